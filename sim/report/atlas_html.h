/*
 * The page of the atlas. For the files named atlas_html* only.
 *     atlas_html.c        the page around: what it is about, the plan, the matrices
 *     atlas_html_story.c  one cell: its field in the matrix, and its story below
 *     atlas.css, atlas.js are put into the page
 */
#ifndef BACKSTEP_SIM_REPORT_ATLAS_HTML_H
#define BACKSTEP_SIM_REPORT_ATLAS_HTML_H

#include "sim/report/atlas_words.h"

struct atlas_page {
    FILE *out;
    struct run *run;
    struct scenario *scenario; /* of the cell at hand */
    struct run_result *result; /* of its run */
    bool no_memory;
};

/* One cell, or the same cell of two policies: `before` is NULL, or both are there and a cell that a
 * side does not have is NULL. */
struct atlas_field {
    const char *prefix; /* of its link: "" or "none/" */
    const char *call;   /* by name */
    enum atlas_way way;
    const struct report_atlas *before;
    const struct atlas_cell *before_cell;
    const struct report_atlas *after;
    const struct atlas_cell *after_cell;
    unsigned differs; /* enum atlas_aspect, as bits */
};

/* Text with nothing in it that HTML would take for more; fits between tags and in attributes. */
void atlas_html_text(FILE *out, const char *text);

/* How the cell ended, as a class of the style sheet: "failed", "stuck", "none". */
const char *atlas_html_kind(const struct atlas_cell *cell);

/* The number of a compensation in its colour. */
void atlas_html_chip(FILE *out, const struct saga_plan *plan, uint8_t compensation);

/* The field in the matrix: a link to the story. `is_same`: told in another matrix. */
void atlas_html_field(struct atlas_page *page, const struct atlas_field *field, bool is_same);

/* The story below it. */
void atlas_html_story(struct atlas_page *page, const struct atlas_field *field);

#endif
