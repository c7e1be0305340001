/*
 * What the rules say of a cell: that it can not be, and why; or what must follow. Read off the plan
 * by R1 to R19, without the engine.
 *
 * A driver may be late by any time: a node that is down sends no tick. So a deadline can find a
 * step in any state of its call.
 */
#ifndef BACKSTEP_SIM_COVERAGE_LAW_H
#define BACKSTEP_SIM_COVERAGE_LAW_H

#include "core/result.h"
#include "sim/coverage/cell.h"

/* Why a cell can not be visited, in a sentence. */
#define COVERAGE_WHYS(X)                                                                           \
    X(COVERAGE_POSSIBLE, "")                                                                       \
    X(COVERAGE_ELSEWHERE, "told in another table, by step or by compensation")                     \
    X(COVERAGE_NOT_TRIED_AGAIN, "R7, R8: the call has one attempt; there is no backoff after it "  \
                                "and no later attempt")                                            \
    X(COVERAGE_NO_THIRD, "R7, R8: the second attempt is the last; there is no backoff after it")   \
    X(COVERAGE_NO_LAST, "R7, R8: attempts are unlimited; none is the last")                        \
    X(COVERAGE_NOT_LAST, "R7, R8: this attempt is not the last; the step is tried again")          \
    X(COVERAGE_NOT_OUT, "R7, R8: during a backoff no attempt is out that could fail")              \
    X(COVERAGE_NO_STEP_DEADLINE, "R10: the step has no deadline")                                  \
    X(COVERAGE_STEP_BEHIND_CHECKOUT,                                                               \
      "R2: the step's deadline is never due before the checkout's, "                               \
      "which comes first")                                                                         \
    X(COVERAGE_STEP_BEHIND_HOLD, "R2: the step's deadline is never due before the hold, which "    \
                                 "comes first")                                                    \
    X(COVERAGE_NO_HOLD, "R10: nothing is held while this step runs")                               \
    X(COVERAGE_HOLD_BEHIND_CHECKOUT,                                                               \
      "R2: the hold never runs out before the checkout's deadline, "                               \
      "which comes first")                                                                         \
    X(COVERAGE_READ_ONLY, "R11: nothing reverses a read-only step; its late success is stale")     \
    X(COVERAGE_IS_NEEDED, "R11: the compensation of a step in doubt is needed")                    \
    X(COVERAGE_FIRST_TO_GO,                                                                        \
      "R12: it is the first of every path that it is on; it is sent with the "                     \
      "event that makes it needed")                                                                \
    X(COVERAGE_NEVER_SECOND, "R12, R15: where its step can be in doubt it is the first of its "    \
                             "path; needed again, it is sent at once")                             \
    X(COVERAGE_NO_EARLIER, "R5: one attempt was sent; there is no earlier one")                    \
    X(COVERAGE_NOT_SENT, "R11, R12: nothing of this epoch was sent that could be answered")        \
    X(COVERAGE_FIRST_EPOCH, "R15: what is not needed has no second epoch")                         \
    X(COVERAGE_NO_TIMER, "R14: neither an attempt nor a backoff is under way that could be due")   \
    X(COVERAGE_NOT_STARTED, "R18: before the start there is no request that another could differ " \
                            "from")                                                                \
    X(COVERAGE_NO_DOUBT, "R13: no step is in doubt unless compensation began")                     \
    X(COVERAGE_ALL_READ_ONLY, "R11: no step has an effect that could turn out to have been made")  \
    X(COVERAGE_NOTHING_OWED, "R11: nothing reverses any step; what fails closes at once")          \
    X(COVERAGE_NO_WAKE_UP, "no tick was asked for so far that could come before its time")

#define X(id, sentence) id,
enum coverage_why { COVERAGE_WHYS(X) COVERAGE_WHYS_LEN };
#undef X

enum coverage_reaction {
    COVERAGE_ACCEPTED, /* the session changed */
    COVERAGE_IGNORED,
    COVERAGE_REFUSED /* with a result */
};

struct coverage_law {
    uint8_t why;      /* enum coverage_why; the rest is there if COVERAGE_POSSIBLE */
    uint8_t reaction; /* enum coverage_reaction */
    uint8_t result;   /* enum saga_result; SAGA_OK unless refused */
};

/* Of a cell of the plan. What follows a failure and a late success is always accepted. */
struct coverage_law coverage_law(const struct saga_plan *plan, struct coverage_cell cell);

/*
 * The compensation path of a failure: of this step in this way, from this state of its call, for a
 * request that asks for these flags (R6, R11).
 */
uint16_t coverage_failure_path(const struct saga_plan *plan, uint8_t step,
                               enum coverage_call_state state, enum coverage_way way,
                               uint32_t flags);

/* What is told of it: "FAILED", "EXPIRED"; the reason; and the code, NULL if it is the service's
 * own. */
const char *coverage_failure_status(enum coverage_way way);
const char *coverage_failure_reason(const struct saga_plan *plan, uint8_t step,
                                    enum coverage_way way);
const char *coverage_failure_code(enum coverage_way way);

const char *coverage_why_sentence(enum coverage_why why);

#endif
