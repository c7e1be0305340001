#include "sim/report/label.h"

#include <stdbool.h>
#include <string.h>

#include "sim/report/story.h"

void report_write_wrapped(FILE *out, const char *text, size_t margin)
{
    size_t column = margin;
    text += strspn(text, " \n");
    while (*text != '\0') {
        size_t len = strcspn(text, " \n");
        bool is_first = column == margin;
        if (!is_first && column + 1 + len > REPORT_PAGE_COLUMNS) {
            fprintf(out, "\n%*s", (int)margin, "");
            column = margin;
            is_first = true;
        }
        fprintf(out, "%s%.*s", is_first ? "" : " ", (int)len, text);
        column += len + (is_first ? 0 : 1);
        text += len;
        text += strspn(text, " \n");
    }
    fputc('\n', out);
}

void report_write_labelled(FILE *out, const struct report_style *style, const char *label,
                           const char *text)
{
    report_ink(out, style, REPORT_STRONG);
    fprintf(out, "%-*s", REPORT_LABEL_COLUMNS, label);
    report_ink_end(out, style);
    fputs("  ", out);
    report_write_wrapped(out, text[0] == '\0' ? "nothing" : text, REPORT_LABEL_COLUMNS + 2);
}
