#include "sim/report/atlas_html.h"

#include <stdlib.h>
#include <string.h>

#include "atlas_css.h"
#include "atlas_js.h"
#include "runtime/yaml/scalar.h"

/* A matrix and the stories of its cells. */
struct section {
    const char *id;
    const char *title;
    const char *prefix;
    bool of_steps;
    const struct report_atlas *before; /* NULL: of one atlas */
    const struct report_atlas *after;
    const struct atlas_diff *diff; /* before and after; or `all` and `plain`; NULL */
};

static void begin(struct atlas_page *page, const char *title, const char *label)
{
    FILE *out = page->out;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
          "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
          "<link rel=\"icon\" href=\"data:,\">\n<title>",
          out);
    atlas_html_text(out, title);
    atlas_html_text(out, label);
    fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<h1>", atlas_css);
    atlas_html_text(out, title);
    atlas_html_text(out, label);
    fputs("</h1>\n<p>", out);
    atlas_html_text(out, atlas_preface);
    fputs(" Click a cell for its story.</p>\n", out);
}

static void end(struct atlas_page *page)
{
    fprintf(page->out,
            "<aside id=\"panel\" aria-label=\"the story of a cell\" hidden><header><h2></h2>"
            "<button type=\"button\" class=\"close\">close</button></header>"
            "<div class=\"body\"></div></aside>\n<script>\n%s</script>\n</body>\n</html>\n",
            atlas_js);
}

static const struct {
    const char *kind;
    const char *word;
    const char *meaning;
} kinds[] = {
    {"completed", "COMPLETED", "the checkout went through"},
    {"failed", "FAILED", "and everything is undone"},
    {"expired", "EXPIRED", "out of time, and everything is undone"},
    {"stuck", "stuck", "a compensation was refused: an operator is needed"},
    {"violating", "violating", "an invariant does not hold"},
};

enum { KINDS_LEN = sizeof(kinds) / sizeof(kinds[0]) };

static size_t count_kind(const struct atlas *atlas, const char *kind)
{
    size_t count = 0;
    for (size_t i = 0; i < atlas->cells_len; i++) {
        count += strcmp(atlas_html_kind(&atlas->cells[i]), kind) == 0;
    }
    return count;
}

static void write_legend(FILE *out, const struct atlas *atlas)
{
    fputs("<ul class=\"legend\">", out);
    for (int i = 0; i < KINDS_LEN; i++) {
        fprintf(out, "<li><span class=\"status %s\">%s</span> %zu &middot; %s</li>", kinds[i].kind,
                kinds[i].word, count_kind(atlas, kinds[i].kind), kinds[i].meaning);
    }
    fprintf(out,
            "<li><span class=\"status none\">&ndash;</span> %zu &middot; can not happen; it says "
            "why</li></ul>\n",
            count_kind(atlas, "none"));
}

static void write_tools(FILE *out)
{
    fputs("<div class=\"tools\"><input type=\"search\" id=\"search\" aria-label=\"filter\" "
          "placeholder=\"filter: capture no_answer, PaymentRefunded ...\">",
          out);
    for (int i = 0; i < KINDS_LEN; i++) {
        fprintf(out, "<button type=\"button\" data-kind=\"%s\" aria-pressed=\"false\">%s</button>",
                kinds[i].kind, kinds[i].word);
    }
    fputs("<button type=\"button\" data-kind=\"none\" aria-pressed=\"false\">can not "
          "happen</button><span id=\"count\" class=\"faint\" role=\"status\"></span></div>\n",
          out);
}

static void write_call(FILE *out, const struct saga_plan *plan, uint8_t call)
{
    struct report_words words;
    uint8_t undo =
        saga_call_is_step(call) ? saga_plan_reversed_by(plan, call) : saga_call_index(call);
    fprintf(out, "<tr><td>");
    if (saga_call_is_step(call)) {
        fprintf(out, "%d", call + 1);
    } else {
        atlas_html_chip(out, plan, undo);
    }
    fprintf(out, "</td><td><b>%s</b>", saga_call_name(plan, call));
    if (saga_call_is_step(call) && plan->steps[call].when != SAGA_NONE) {
        fprintf(out, " <span class=\"faint\">if %s</span>", plan->flags[plan->steps[call].when]);
    }
    fprintf(out, "</td><td>%s</td><td>", plan->services[saga_call_service(plan, call)].name);
    if (saga_call_is_step(call) && undo != SAGA_NONE) {
        atlas_html_chip(out, plan, undo);
        fputc(' ', out);
    }
    report_words_clear(&words);
    atlas_reverses_words(plan, call, &words);
    fprintf(out, "%s</td><td>", words.text);
    report_words_clear(&words);
    atlas_patience_words(plan, call, &words);
    fprintf(out, "%s</td></tr>\n", words.text);
}

static void write_calls(FILE *out, const struct saga_plan *plan, bool of_steps)
{
    uint8_t len = of_steps ? plan->steps_len : plan->compensations_len;
    fprintf(out,
            "<div class=\"wide\"><table class=\"plan\"><thead><tr><th></th><th>%s</th>"
            "<th>service</th><th>%s</th><th>timing</th></tr></thead><tbody>\n",
            of_steps ? "step" : "compensation, in order", of_steps ? "reversed by" : "reverses");
    for (uint8_t i = 0; i < len; i++) {
        write_call(out, plan, of_steps ? saga_call_of_step(i) : saga_call_of_compensation(i));
    }
    fputs("</tbody></table></div>\n", out);
}

static void write_policy(FILE *out, const struct atlas *atlas)
{
    char deadline[YAML_SCALAR_MAX];
    struct report_words promises;
    struct report_words asked;
    report_words_clear(&promises);
    report_words_clear(&asked);
    atlas_promises_words(atlas, &promises);
    atlas_flags_words(atlas, atlas->flags, &asked);
    fprintf(out, "<p><b>%s</b>, version %u, to be done in <b>%s</b>. %s%s. ", atlas->plan.name,
            (unsigned)atlas->plan.version, yaml_print_duration(deadline, atlas->plan.deadline_ns),
            promises.len == 0 ? "Every service is idempotent and keeps tombstones" : "But ",
            promises.text);
    fprintf(out, "The checkout asks for %s.</p>\n",
            asked.len == 0 ? "nothing optional" : asked.text);
}

static void write_plan(FILE *out, const struct atlas *atlas)
{
    fputs("<h2 id=\"plan\">The plan</h2>\n", out);
    write_policy(out, atlas);
    fputs("<div class=\"plans\">", out);
    write_calls(out, &atlas->plan, true);
    write_calls(out, &atlas->plan, false);
    fputs("</div>\n", out);
}

/* The ways as columns, under the titles of their groups. */
static void write_head(FILE *out, const struct section *section)
{
    struct atlas_ways ways = atlas_ways(section->of_steps);
    fprintf(out, "<thead><tr><th rowspan=\"2\">%s</th>",
            section->of_steps ? "step" : "compensation");
    for (unsigned way = ways.first; way < ways.end;) {
        unsigned after = way;
        enum atlas_group group = atlas_way_group((enum atlas_way)way);
        while (after < ways.end && atlas_way_group((enum atlas_way)after) == group) {
            after++;
        }
        fprintf(out, "<th scope=\"colgroup\" colspan=\"%u\">%s</th>", after - way,
                atlas_group_title(group));
        way = after;
    }
    fputs("</tr><tr>", out);
    for (unsigned way = ways.first; way < ways.end; way++) {
        fputs("<th scope=\"col\" title=\"", out);
        atlas_html_text(out, atlas_way_sentence((enum atlas_way)way));
        fprintf(out, "\">%s</th>", atlas_way_title((enum atlas_way)way));
    }
    fputs("</tr></thead>\n", out);
}

/* What stands in the section for this call and way; false if nothing does. */
static bool find(const struct section *section, const char *call, enum atlas_way way,
                 struct atlas_field *field)
{
    *field = (struct atlas_field){.prefix = section->prefix,
                                  .call = call,
                                  .way = way,
                                  .before = section->before,
                                  .after = section->after};
    if (section->diff == NULL) {
        const struct atlas *atlas = section->after->atlas;
        field->after_cell = atlas_find(atlas, saga_plan_find_call(&atlas->plan, call), way);
        return field->after_cell != NULL;
    }
    const struct atlas_pair *pair = atlas_diff_find(section->diff, call, way);
    if (pair == NULL) {
        return false;
    }
    field->after_cell = pair->after;
    field->before_cell = pair->before;
    field->differs = pair->differs;
    return section->before != NULL || pair->after != NULL;
}

/* The names of the calls of one kind that the section has, in order. */
static size_t names_of(const struct section *section, const char *names[ATLAS_NAMES_MAX])
{
    unsigned first = atlas_ways(section->of_steps).first;
    size_t len = 0;
    size_t kept = 0;
    struct atlas_field field;
    if (section->diff != NULL) {
        len = atlas_diff_names(section->diff, names);
    } else {
        const struct saga_plan *plan = &section->after->atlas->plan;
        for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
            if (saga_plan_has_call(plan, call)) {
                names[len++] = saga_call_name(plan, call);
            }
        }
    }
    for (size_t i = 0; i < len; i++) {
        if (find(section, names[i], (enum atlas_way)first, &field)) {
            names[kept++] = names[i];
        }
    }
    return kept;
}

/* Told in the first matrix, because nothing is otherwise without what is optional. */
static bool is_told_elsewhere(const struct section *section, const struct atlas_field *field)
{
    return section->diff != NULL && section->before == NULL && field->differs == 0;
}

static void write_row(struct atlas_page *page, const struct section *section, const char *call)
{
    struct atlas_ways ways = atlas_ways(section->of_steps);
    fprintf(page->out, "<tr><th scope=\"row\">%s</th>", call);
    for (unsigned way = ways.first; way < ways.end; way++) {
        struct atlas_field field;
        find(section, call, (enum atlas_way)way, &field);
        bool is_same = is_told_elsewhere(section, &field);
        field.prefix = is_same ? "" : field.prefix;
        atlas_html_field(page, &field, is_same);
    }
    fputs("</tr>\n", page->out);
}

static void write_stories(struct atlas_page *page, const struct section *section, const char *call)
{
    struct atlas_ways ways = atlas_ways(section->of_steps);
    bool begun = false;
    for (unsigned way = ways.first; way < ways.end; way++) {
        struct atlas_field field;
        find(section, call, (enum atlas_way)way, &field);
        if (is_told_elsewhere(section, &field)) {
            continue;
        }
        if (!begun) {
            fprintf(page->out, "<h3>%s</h3>\n", call);
        }
        begun = true;
        if (section->before == NULL) {
            field.differs = 0; /* from its own first matrix: nothing to tell a reader */
        }
        atlas_html_story(page, &field);
    }
}

static void write_section(struct atlas_page *page, const struct section *section)
{
    const char *names[ATLAS_NAMES_MAX];
    size_t len = names_of(section, names);
    fprintf(page->out, "<h2 id=\"%s\">%s</h2>\n<div class=\"wide\"><table class=\"matrix\">",
            section->id, section->title);
    write_head(page->out, section);
    fputs("<tbody>\n", page->out);
    for (size_t i = 0; i < len; i++) {
        write_row(page, section, names[i]);
    }
    fputs("</tbody></table></div>\n<details class=\"stories\"><summary>every story, below one "
          "another</summary>\n",
          page->out);
    for (size_t i = 0; i < len && !page->no_memory; i++) {
        write_stories(page, section, names[i]);
    }
    fputs("</details>\n", page->out);
}

static bool begin_page(struct atlas_page *page, FILE *out, struct run *run)
{
    *page = (struct atlas_page){.out = out, .run = run};
    page->scenario = malloc(sizeof(*page->scenario));
    page->result = malloc(sizeof(*page->result));
    page->no_memory = page->scenario == NULL || page->result == NULL;
    return !page->no_memory;
}

static bool end_page(struct atlas_page *page)
{
    free(page->scenario);
    free(page->result);
    return !page->no_memory;
}

static void write_plain(struct atlas_page *page, const struct report_atlas *report)
{
    struct atlas_diff *diff = atlas_plain_diff(report);
    struct report_atlas plain = *report;
    plain.atlas = report->plain;
    if (diff == NULL) {
        page->no_memory = true;
        return;
    }
    write_section(page, &(struct section){.id = "nothing-optional",
                                          .title = "Steps that fail, nothing optional asked for",
                                          .prefix = "none/",
                                          .of_steps = true,
                                          .after = &plain,
                                          .diff = diff});
    free(diff);
}

bool report_write_atlas_html(FILE *out, const struct report_atlas *report, struct run *run)
{
    struct atlas_page page;
    if (!begin_page(&page, out, run)) {
        return end_page(&page);
    }
    begin(&page, "Failure modes: ", report->label);
    fprintf(out,
            "<nav><ul><li><a href=\"#plan\">the plan</a></li><li><a href=\"#steps\">steps that "
            "fail</a></li><li><a href=\"#compensations\">compensations that fail</a></li>%s"
            "</ul></nav>\n",
            report->plain == NULL
                ? ""
                : "<li><a href=\"#nothing-optional\">nothing optional asked for</a></li>");
    write_plan(out, report->atlas);
    write_legend(out, report->atlas);
    write_tools(out);
    write_section(&page, &(struct section){.id = "steps",
                                           .title = "Steps that fail",
                                           .prefix = "",
                                           .of_steps = true,
                                           .after = report});
    write_section(&page, &(struct section){.id = "compensations",
                                           .title = "Compensations that fail",
                                           .prefix = "",
                                           .after = report});
    if (report->plain != NULL) {
        write_plain(&page, report);
    }
    end(&page);
    return end_page(&page);
}

static void write_policies(FILE *out, const struct report_atlas_diff *report)
{
    const char *names[ATLAS_NAMES_MAX];
    size_t len = atlas_diff_names(report->diff, names);
    fputs("<h2 id=\"plan\">Two policies</h2>\n<h3>before: ", out);
    atlas_html_text(out, report->before.label);
    fputs("</h3>", out);
    write_policy(out, report->before.atlas);
    fputs("<h3>after: ", out);
    atlas_html_text(out, report->after.label);
    fputs("</h3>", out);
    write_policy(out, report->after.atlas);
    fputs("<div class=\"wide\"><table class=\"plan\"><thead><tr><th>call</th><th>before</th>"
          "<th>after</th></tr></thead><tbody>\n",
          out);
    for (size_t i = 0; i < len; i++) {
        struct report_words before;
        struct report_words after;
        if (atlas_diff_patience(report->diff, names[i], &before, &after)) {
            fprintf(out, "<tr><td><b>%s</b></td><td>%s</td><td>%s</td></tr>\n", names[i],
                    before.len > 0 ? before.text : "not there",
                    after.len > 0 ? after.text : "not there");
        }
    }
    fprintf(out,
            "</tbody></table></div>\n<p><b>%zu</b> of %zu cells are otherwise: they stand out "
            "below, as they are <b>after</b>; their stories tell both.</p>\n",
            report->diff->changed, report->diff->len);
}

bool report_write_atlas_diff_html(FILE *out, const struct report_atlas_diff *report,
                                  struct run *run)
{
    struct atlas_page page;
    if (!begin_page(&page, out, run)) {
        return end_page(&page);
    }
    begin(&page, "Failure modes of two policies: ", report->after.label);
    write_policies(out, report);
    write_legend(out, report->after.atlas);
    write_tools(out);
    for (int i = 0; i < 2; i++) {
        write_section(&page, &(struct section){.id = i == 0 ? "steps" : "compensations",
                                               .title = i == 0 ? "Steps that fail"
                                                               : "Compensations that fail",
                                               .prefix = "",
                                               .of_steps = i == 0,
                                               .before = &report->before,
                                               .after = &report->after,
                                               .diff = report->diff});
    }
    end(&page);
    return end_page(&page);
}
