/* What stands at the other end of a stream, and the line of progress on it. */
#ifndef BACKSTEP_SIM_CLI_TERMINAL_H
#define BACKSTEP_SIM_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include "sim/campaign/campaign.h"
#include "sim/report/style.h"

/* Colour and width for a terminal; neither for anything else. NO_COLOR (set, not empty) and
 * TERM=dumb take the colour away. */
struct report_style cli_terminal_style(FILE *out);

/* A line on standard error that is written over and over, when that is a terminal and the run has
 * lasted for a second. */
struct cli_progress {
    bool wanted;
    bool shown;
    unsigned columns; /* 0: not known */
    uint64_t due_ns;  /* not again before */
};

/* What the campaigns have tried so far; `promised` 0: there are none. */
struct cli_progress_swarm {
    uint64_t struck;   /* faults, of all kinds */
    unsigned kinds;    /* that struck, of those promised */
    unsigned promised; /* kinds */
    size_t paths;      /* compensation paths that were taken */
    size_t possible;   /* paths */
};

struct cli_progress cli_progress_begin(void);

/* Whether it is time to write it anew: ten times a second. `elapsed_ns`: since the beginning. */
bool cli_progress_is_due(struct cli_progress *progress, uint64_t elapsed_ns);

/* Writes the line, cut to the terminal's width: what was wrapped could not be written over. */
void cli_progress_write(struct cli_progress *progress, const char *line);

/* How far a campaign is, as a line. */
void cli_progress_show(struct cli_progress *progress, const struct campaign_progress *state,
                       const struct cli_progress_swarm *swarm);

/* Takes the line away, so that something else may be printed. */
void cli_progress_clear(struct cli_progress *progress);

#endif
