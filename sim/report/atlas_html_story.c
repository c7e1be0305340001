#include "sim/report/atlas_html.h"

#include <stdlib.h>
#include <string.h>

#include "sim/atlas/cell.h"
#include "sim/report/story.h"
#include "sim/scenario/write.h"

/* A story of so many lines more than this is folded in its middle. */
enum { STORY_LINES = 120, STORY_ENDS = 45 };

void atlas_html_text(FILE *out, const char *text)
{
    report_write_xml(out, text);
}

const char *atlas_html_kind(const struct atlas_cell *cell)
{
    static const char *const statuses[] = {
        [SAGA_STATUS_STARTED] = "stuck", [SAGA_STATUS_RESERVED] = "stuck",
        [SAGA_STATUS_PAID] = "stuck",    [SAGA_STATUS_COMPLETED] = "completed",
        [SAGA_STATUS_FAILED] = "failed", [SAGA_STATUS_EXPIRED] = "expired"};
    if (cell == NULL || cell->verdict == ATLAS_IMPOSSIBLE) {
        return "none";
    }
    if (cell->verdict == ATLAS_MISSED) {
        return "missed";
    }
    if (cell->violated != 0) {
        return "violating";
    }
    return cell->outcome.closed_ns == SAGA_NEVER ? "stuck" : statuses[cell->outcome.status];
}

void atlas_html_chip(FILE *out, const struct saga_plan *plan, uint8_t compensation)
{
    fprintf(out, "<span class=\"chip u%d\" title=\"%s\">%d</span>", compensation + 1,
            plan->compensations[compensation].name, compensation + 1);
}

static void write_chips(FILE *out, const struct atlas *atlas, const struct run_outcome *outcome)
{
    fputs("<span class=\"chips\">", out);
    for (uint8_t i = 0; i < outcome->undone_len; i++) {
        atlas_html_chip(out, &atlas->plan, outcome->undone[i]);
    }
    fputs("</span>", out);
}

/* What it was before, as far as a matrix shows it. */
static void write_was(FILE *out, const struct atlas_field *field)
{
    const struct atlas_cell *was = field->before_cell;
    char closes[REPORT_TEXT_MAX];
    struct report_words words;
    bool all = (field->differs >> ATLAS_HAPPENS & 1) != 0;
    fputs("<span class=\"was\">", out);
    if (was == NULL || was->verdict != ATLAS_PLAYED) {
        fputs("&ndash;</span>", out);
        return;
    }
    if (all || (field->differs >> ATLAS_STATUS & 1) != 0) {
        report_words_clear(&words);
        atlas_status_words(&was->outcome, &words);
        fprintf(out, "<s>%s</s> ", words.text);
    }
    if (all || (field->differs >> ATLAS_UNDONE & 1) != 0) {
        write_chips(out, field->before->atlas, &was->outcome);
    }
    if (all || (field->differs >> ATLAS_CLOSES & 1) != 0) {
        fprintf(out, " <s>%s</s>", atlas_closes(closes, &was->outcome));
    }
    fputs("</span>", out);
}

static void write_field_body(FILE *out, const struct atlas *atlas, const struct atlas_cell *cell)
{
    char closes[REPORT_TEXT_MAX];
    struct report_words words;
    report_words_clear(&words);
    if (cell == NULL || cell->verdict == ATLAS_IMPOSSIBLE) {
        fputs("&ndash;", out);
        return;
    }
    atlas_status_words(&cell->outcome, &words);
    fprintf(out, "<b>%s%s</b>", cell->verdict == ATLAS_MISSED ? "DEFECT: " : "", words.text);
    write_chips(out, atlas, &cell->outcome);
    fprintf(out, "<span class=\"closes\">%s</span>", atlas_closes(closes, &cell->outcome));
}

void atlas_html_field(struct atlas_page *page, const struct atlas_field *field, bool is_same)
{
    const struct atlas_cell *cell = field->after_cell;
    const char *how = is_same ? " same" : "";
    if (field->before != NULL) {
        how = field->differs != 0 ? " changed" : " same";
    }
    fprintf(page->out, "<td><a class=\"cell %s%s\" href=\"#%s%s/%s\"", atlas_html_kind(cell), how,
            field->prefix, field->call, atlas_way_word(field->way));
    if (cell != NULL && cell->verdict != ATLAS_PLAYED) {
        fprintf(page->out, " title=\"%s\"", cell->why);
    }
    fputs(">", page->out);
    if (field->before != NULL && field->differs != 0) {
        write_was(page->out, field);
    }
    write_field_body(page->out, field->after->atlas, cell);
    fputs("</a></td>", page->out);
}

static void write_fact(FILE *out, const char *name, const char *text)
{
    fprintf(out, "<dt>%s</dt><dd>", name);
    atlas_html_text(out, text[0] == '\0' ? "nothing" : text);
    fputs("</dd>", out);
}

static void write_undone(FILE *out, const struct saga_plan *plan, const struct run_outcome *outcome)
{
    fputs("<dt>undone, in order</dt><dd>", out);
    fputs(outcome->undone_len == 0 ? "nothing" : "<ol class=\"chain\">", out);
    for (uint8_t i = 0; i < outcome->undone_len; i++) {
        uint8_t undo = outcome->undone[i];
        uint32_t attempts = outcome->attempts[saga_call_of_compensation(undo)];
        fputs("<li>", out);
        atlas_html_chip(out, plan, undo);
        fprintf(out, "%s", plan->compensations[undo].name);
        if (attempts > 1) {
            fprintf(out, " <span class=\"faint\">%u attempts</span>", (unsigned)attempts);
        }
        fputs("</li>", out);
    }
    fputs(outcome->undone_len == 0 ? "</dd>" : "</ol></dd>", out);
}

static void write_facts(FILE *out, const struct atlas *atlas, const struct atlas_cell *cell)
{
    const struct run_outcome *outcome = &cell->outcome;
    char closes[REPORT_TEXT_MAX];
    char hash[REPORT_TEXT_MAX];
    struct report_words words;
    report_words_clear(&words);
    atlas_status_words(outcome, &words);
    fprintf(out, "<dl class=\"facts\"><dt>outcome</dt><dd><span class=\"status %s\">%s</span> ",
            atlas_html_kind(cell), words.text);
    report_words_clear(&words);
    atlas_reason_words(outcome, &words);
    atlas_html_text(out, words.text);
    fputs("</dd>", out);
    if (cell->violated != 0) {
        report_words_clear(&words);
        report_breaks_words(cell->violated, &words);
        write_fact(out, "violates", words.text);
    }
    write_undone(out, &atlas->plan, outcome);
    report_words_clear(&words);
    atlas_events_words(&atlas->plan, outcome, &words);
    write_fact(out, "events", words.text);
    write_fact(out, "closes after", atlas_closes(closes, outcome));
    write_fact(out, "hash", report_print_hash(hash, cell->hash));
    fputs("</dl>", out);
}

static void take_line(void *context, const struct report_line *line)
{
    report_page_write(context, line);
}

/* The cell's story as `backstep trace` tells it; the caller frees it. NULL when memory is out. */
static char *tell(struct atlas_page *page)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL || !run_scenario_anew(page->run, page->scenario, page->scenario->seed, NULL,
                                          NULL, page->result)) {
        page->no_memory = true;
    } else {
        struct report_page lines = report_page_begin(out, page->scenario, 0);
        struct run_result *again = malloc(sizeof(*again));
        struct report_story *story =
            report_story_create(page->scenario, 0, page->result, take_line, &lines);
        page->no_memory |= again == NULL || story == NULL ||
                           !run_scenario(page->run, page->scenario, page->scenario->seed,
                                         report_story_tell, story, again);
        if (!page->no_memory) {
            report_story_end(story);
        }
        report_story_destroy(story);
        free(again);
    }
    if (out != NULL) {
        fclose(out);
    }
    return text;
}

/* The start of line `number`, from 0; of more than there are, the end. */
static char *line_of(char *text, size_t number)
{
    while (number > 0 && *text != '\0') {
        text += strcspn(text, "\n");
        text += *text == '\n' ? 1 : 0;
        number--;
    }
    return text;
}

static void write_piece(FILE *out, char *from, char *to)
{
    char kept = *to;
    *to = '\0';
    fputs("<pre>", out);
    report_write_xml_text(out, from);
    fputs("</pre>\n", out);
    *to = kept;
}

static void write_lines(FILE *out, char *text)
{
    size_t len = 0;
    for (char *at = text; *at != '\0'; at = line_of(at, 1)) {
        len++;
    }
    char *end = text + strlen(text);
    if (len <= STORY_LINES) {
        write_piece(out, text, end);
        return;
    }
    char *middle = line_of(text, STORY_ENDS);
    char *last = line_of(text, len - STORY_ENDS);
    write_piece(out, text, middle);
    fprintf(out, "<details><summary>%zu lines more</summary>", len - 2 * (size_t)STORY_ENDS);
    write_piece(out, middle, last);
    fputs("</details>", out);
    write_piece(out, last, end);
}

static void write_file(struct atlas_page *page, const struct report_atlas *report)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        page->no_memory = true;
        return;
    }
    scenario_write_yaml(out, page->scenario, NULL, report->plan_key, report->base);
    fclose(out);
    fputs("<details><summary>the scenario file</summary><div>"
          "<button type=\"button\" class=\"copy\">copy</button><pre>",
          page->out);
    report_write_xml_text(page->out, text == NULL ? "" : text);
    fputs("</pre></div></details>\n", page->out);
    free(text);
}

static void write_side(struct atlas_page *page, const struct report_atlas *report,
                       const struct atlas_cell *cell)
{
    if (cell == NULL) {
        fputs("<p>It is not in this plan, or not asked for.</p>", page->out);
        return;
    }
    if (cell->verdict != ATLAS_PLAYED) {
        fprintf(page->out, "<p>%s: %s.</p>",
                cell->verdict == ATLAS_IMPOSSIBLE ? "It can not happen" : "A defect of the atlas",
                cell->why);
    }
    if (cell->verdict == ATLAS_IMPOSSIBLE) {
        return;
    }
    atlas_cell_scenario(report->atlas, cell, page->scenario);
    write_facts(page->out, report->atlas, cell);
    for (uint32_t i = 0; i < page->scenario->faults_len; i++) {
        fputs(i == 0 ? "<pre>" : "\n", page->out);
        scenario_write_fault(page->out, page->scenario, i);
    }
    fputs("</pre>\n", page->out);
    char *story = tell(page);
    if (story != NULL && !page->no_memory) {
        write_lines(page->out, story);
    }
    free(story);
    write_file(page, report);
}

/* What the filter looks through. */
static void write_find(FILE *out, const struct atlas_field *field)
{
    struct report_words words;
    report_words_clear(&words);
    report_words_add(&words, "%s %s ", field->call, atlas_way_word(field->way));
    if (field->after_cell != NULL && field->after_cell->verdict != ATLAS_IMPOSSIBLE) {
        const struct run_outcome *outcome = &field->after_cell->outcome;
        const struct saga_plan *plan = &field->after->atlas->plan;
        atlas_status_words(outcome, &words);
        report_words_add(&words, " ");
        atlas_reason_words(outcome, &words);
        report_words_add(&words, " ");
        atlas_undone_words(plan, outcome, &words);
        report_words_add(&words, " ");
        atlas_events_words(plan, outcome, &words);
        report_words_add(&words, " ");
        report_breaks_words(field->after_cell->violated, &words);
    }
    fputs(" data-find=\"", out);
    atlas_html_text(out, words.text);
    fputs("\"", out);
}

static void write_summary(FILE *out, const struct atlas_field *field)
{
    const struct atlas_cell *cell = field->after_cell;
    struct report_words words;
    report_words_clear(&words);
    fprintf(out, "<summary><span class=\"way\">%s</span>", atlas_way_word(field->way));
    if (cell == NULL || cell->verdict == ATLAS_IMPOSSIBLE) {
        fprintf(out, "<span class=\"faint\">%s</span>", cell == NULL ? "not there" : cell->why);
    } else {
        atlas_status_words(&cell->outcome, &words);
        fprintf(out, "<span class=\"status %s\">%s</span>", atlas_html_kind(cell), words.text);
        write_chips(out, field->after->atlas, &cell->outcome);
        report_words_clear(&words);
        atlas_reason_words(&cell->outcome, &words);
        fputs("<span class=\"faint\">", out);
        atlas_html_text(out, words.text);
        fputs("</span>", out);
    }
    if (field->differs != 0) {
        report_words_clear(&words);
        atlas_differs_words(field->differs, &words);
        fprintf(out, "<span class=\"otherwise\">otherwise: %s</span>", words.text);
    }
    fputs("</summary>\n", out);
}

void atlas_html_story(struct atlas_page *page, const struct atlas_field *field)
{
    FILE *out = page->out;
    fprintf(out, "<details class=\"story\" id=\"%s%s/%s\" data-title=\"%s, %s%s\"", field->prefix,
            field->call, atlas_way_word(field->way), field->call, atlas_way_word(field->way),
            field->prefix[0] == '\0' ? "" : ", nothing optional asked for");
    write_find(out, field);
    fputs(">\n", out);
    write_summary(out, field);
    fputs("<div class=\"told\"><p>", out);
    atlas_html_text(out, atlas_way_sentence(field->way));
    fputs("</p>", out);
    if (field->before == NULL) {
        write_side(page, field->after, field->after_cell);
    } else {
        fputs("<div class=\"sides\"><div><h3>before</h3>", out);
        write_side(page, field->before, field->before_cell);
        fputs("</div><div><h3>after</h3>", out);
        write_side(page, field->after, field->after_cell);
        fputs("</div></div>", out);
    }
    fputs("</div></details>\n", out);
}
