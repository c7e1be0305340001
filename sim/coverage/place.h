/*
 * Which cells an event visits: a sorting of (state of the checkout, event) by the rules. It does
 * not say what comes of it: that is the law's (law.h) and the records' to tell.
 *
 * An event belongs to the first of these that fits:
 *   1. what is refused, to its own column: it changes nothing, not even what is due;
 *   2. with a deadline at or before its time, to the deadline (R2);
 *   3. what changes something by its content, to its own column;
 *   4. with an attempt's timeout or a backoff's end at or before its time, to that;
 *   5. what is left, to its own column: it is ignored.
 */
#ifndef BACKSTEP_SIM_COVERAGE_PLACE_H
#define BACKSTEP_SIM_COVERAGE_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/session.h"
#include "sim/coverage/cell.h"

/* What happened, and to what: the checkout as it was stored before. */
struct coverage_occasion {
    const struct saga_plan *plan;
    const struct saga_session *session; /* zeroed: not started */
    uint64_t now_ns;                    /* the node's; 0: not known, nothing is taken to be due */
    uint32_t attempt;                   /* of a reply */
    uint8_t kind;                       /* enum saga_event_kind */
    uint8_t call;                       /* of a reply, of an operator's wish */
    uint8_t answer;                     /* of a reply */
    bool is_other;                      /* a start with another request than the first */
};

struct coverage_place {
    uint16_t cells[SAGA_COMPENSATIONS_MAX]; /* usually one; several when several timers are due */
    uint8_t len;
    /* What it brings about, its cell then the last: forward, a failure; afterwards, a late success.
     */
    bool fails;
    bool is_late_success;
    uint8_t way; /* of the failure: enum coverage_way */
};

/* Of a session of the plan. */
void coverage_place(const struct coverage_occasion *occasion, struct coverage_place *place);

/* The state of the running step's call. */
enum coverage_call_state coverage_call_state_of(const struct saga_session *session);

#endif
