/*
 * A run told as a story: each record of the simulated world in words, one line each.
 *
 *     0:00:00.031022  node -> payment      authorize_payment #1
 *     0:00:00.058110  payment              authorize_payment #1: rejects it, declined (injected)
 */
#ifndef BACKSTEP_SIM_REPORT_STORY_H
#define BACKSTEP_SIM_REPORT_STORY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/check/check.h"
#include "sim/record/record.h"
#include "sim/report/words.h"
#include "sim/run/run.h"
#include "sim/scenario/scenario.h"

enum {
    REPORT_ACTORS_MAX = 2 * SAGA_NAME_MAX + 8, /* "payment -> node" */
    REPORT_PAGE_COLUMNS = 100                  /* a longer line goes on in the next */
};

struct report_line {
    uint64_t time_ns;
    uint32_t checkout; /* 0: of the run as a whole */
    char actors[REPORT_ACTORS_MAX + 1];
    struct report_words what;
};

/* Takes the next line of the story. */
typedef void report_line_taker(void *context, const struct report_line *line);

struct report_story;

/*
 * Begins the story of one checkout, or of all (0). With a result, each violation is told where it
 * was found, after all that happened at that instant. Scenario and result must outlive the story.
 * NULL when memory is out.
 */
struct report_story *report_story_create(const struct scenario *scenario, uint32_t checkout,
                                         const struct run_result *result, report_line_taker *take,
                                         void *context);
void report_story_destroy(struct report_story *story);

/* Tells what one simulated event brought about. Fit for run_observer, with the story as context. */
void report_story_tell(void *story, const struct sim_step *step);

/* The run is over: tells the violations that are left. */
void report_story_end(struct report_story *story);

/* How lines are laid out; `last_ns` and `last_checkout` remember what stands above. */
struct report_page {
    FILE *out;
    int indent;       /* columns before each line */
    const char *mark; /* what stands there of the next line, at most so wide; "" */
    int actors_width; /* columns */
    bool tells_which; /* whether there are several checkouts to tell apart */
    bool has_last;
    uint64_t last_ns;
};

struct report_page report_page_begin(FILE *out, const struct scenario *scenario, int indent);

/* Writes a line; an instant that stands above already is not repeated. */
void report_page_write(struct report_page *page, const struct report_line *line);

#endif
