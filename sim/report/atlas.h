/*
 * The atlas of a plan as a document: Markdown, one page of HTML, JSON; and two of them side by
 * side. All are the same on every machine.
 */
#ifndef BACKSTEP_SIM_REPORT_ATLAS_H
#define BACKSTEP_SIM_REPORT_ATLAS_H

#include <stdbool.h>
#include <stdio.h>

#include "sim/atlas/atlas.h"
#include "sim/atlas/diff.h"

struct report_atlas {
    const char *label;            /* what it is the atlas of, as a person would call it */
    const struct atlas *atlas;    /* played */
    const struct atlas *plain;    /* the same for a checkout that asks for nothing optional; NULL */
    const char *plan_key;         /* what the cells' scenario files say at `plan` */
    const struct saga_plan *base; /* the plan that this names */
};

/* Returns false when memory is out, as all of these do. */
bool report_write_atlas_markdown(FILE *out, const struct report_atlas *report);

/* Plays each cell once more, to tell its story. */
bool report_write_atlas_html(FILE *out, const struct report_atlas *report, struct run *run);

/* {"version":1,"plan":name,"label","flags":[],"cells":[{"call","way","verdict":
 * "played|impossible|missed","why","faults":[],"status",...,"closes_after_ns","violates":[],
 * "hash"}]}; what is not there is null. */
bool report_write_atlas_json(FILE *out, const struct report_atlas *report);

/* Two policies: `diff` is of their atlases. */
struct report_atlas_diff {
    struct report_atlas before;
    struct report_atlas after;
    const struct atlas_diff *diff;
};

bool report_write_atlas_diff_markdown(FILE *out, const struct report_atlas_diff *report);
bool report_write_atlas_diff_html(FILE *out, const struct report_atlas_diff *report,
                                  struct run *run);
bool report_write_atlas_diff_json(FILE *out, const struct report_atlas_diff *report);

#endif
