/*
 * A run in the Chrome trace format, for ui.perfetto.dev: a process for each checkout, in it a track
 * for each service with a span for each attempt, from when it is sent until it is answered, given
 * up for the next one, or the run ends. Domain events are instants on the node's track. What
 * befalls nodes, services and the network is a process of its own, written when the first of it
 * happens.
 */
#ifndef BACKSTEP_SIM_REPORT_PERFETTO_H
#define BACKSTEP_SIM_REPORT_PERFETTO_H

#include <stdbool.h>
#include <stdio.h>

#include "sim/record/record.h"
#include "sim/scenario/scenario.h"

struct report_perfetto;

/* Begins the document; `checkout` 0: of all. The scenario, as it is played, must outlive it. NULL
 * when memory is out. */
struct report_perfetto *report_perfetto_begin(FILE *out, const struct scenario *scenario,
                                              uint32_t checkout);

void report_perfetto_step(struct report_perfetto *perfetto, const struct sim_step *step);

/* Ends the document and frees it. Returns false when memory was out. */
bool report_perfetto_end(struct report_perfetto *perfetto, uint64_t end_ns);

#endif
