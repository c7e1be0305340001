/* How the lines of a story are laid out on a page. */
#include <string.h>

#include "sim/report/actors.h"
#include "sim/report/story.h"
#include "sim/report/text.h"

enum { TIME_COLUMNS = 14, WHICH_COLUMNS = 7, HANGING_INDENT = 2 };

struct report_page report_page_begin(FILE *out, const struct scenario *scenario, int indent)
{
    struct report_page page = {
        .out = out, .indent = indent, .mark = "", .tells_which = scenario->checkouts.count > 1};
    size_t longest = strlen("operator"); /* beside "node" */
    for (uint8_t i = 0; i < scenario->plan.services_len; i++) {
        size_t len = strlen(scenario->plan.services[i].name);
        longest = len > longest ? len : longest;
    }
    char node[REPORT_NODE_NAME_MAX];
    report_node_name(node, scenario, (uint8_t)(scenario->nodes_len - 1));
    page.actors_width = (int)(strlen(node) + strlen(" -> ") + longest);
    return page;
}

/* How many bytes of the text go into so many columns: as many words as fit, or one. */
static size_t fitting(const char *text, size_t columns)
{
    size_t len = strlen(text);
    if (len <= columns) {
        return len;
    }
    size_t fit = columns;
    while (fit > 0 && text[fit] != ' ') {
        fit--;
    }
    if (fit > 0) {
        return fit;
    }
    return strcspn(text, " ");
}

void report_page_write(struct report_page *page, const struct report_line *line)
{
    char instant[REPORT_TEXT_MAX] = "";
    char which[REPORT_TEXT_MAX] = "";
    int which_columns = page->tells_which ? WHICH_COLUMNS : 0;
    if (!page->has_last || page->last_ns != line->time_ns) {
        report_print_instant(instant, line->time_ns);
    }
    if (page->tells_which && line->checkout > 0) {
        snprintf(which, sizeof(which), "c%u", (unsigned)line->checkout);
    }
    page->has_last = true;
    page->last_ns = line->time_ns;
    int margin = page->indent + TIME_COLUMNS + 2 + which_columns + page->actors_width + 2;
    const char *text = line->what.text;
    size_t len = fitting(text, (size_t)(REPORT_PAGE_COLUMNS - margin));
    fprintf(page->out, "%-*s%*s  %-*s%-*s  %.*s\n", page->indent, page->mark, TIME_COLUMNS, instant,
            which_columns, which, page->actors_width, line->actors, (int)len, text);
    for (text += len; *text != '\0'; text += len) {
        text += *text == ' ' ? 1 : 0;
        len = fitting(text, (size_t)(REPORT_PAGE_COLUMNS - margin - HANGING_INDENT));
        fprintf(page->out, "%*s%.*s\n", margin + HANGING_INDENT, "", (int)len, text);
    }
}
