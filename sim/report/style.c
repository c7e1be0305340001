#include "sim/report/style.h"

void report_ink(FILE *out, const struct report_style *style, enum report_ink ink)
{
    static const char *const codes[] = {
        [REPORT_GOOD] = "32", [REPORT_BAD] = "1;31", [REPORT_STRONG] = "1", [REPORT_FAINT] = "2"};
    if (style->colour) {
        fprintf(out, "\033[%sm", codes[ink]);
    }
}

void report_ink_end(FILE *out, const struct report_style *style)
{
    if (style->colour) {
        fputs("\033[0m", out);
    }
}
