/* What the sequences of the lockstep have exercised: so that it cannot silently become empty. */
#ifndef BACKSTEP_TESTS_COVERAGE_H
#define BACKSTEP_TESTS_COVERAGE_H

#include <stdint.h>

#include "tests/naive/lockstep.h"

#define COVERAGE_ITEMS(X)                                                                          \
    X(COVERED_COMPLETED, "checkouts completed")                                                    \
    X(COVERED_CLOSED, "checkouts closed, everything undone")                                       \
    X(COVERED_NOTHING_OWED, "closed by the event that failed it")                                  \
    X(COVERED_SKIPPED, "R3 steps skipped")                                                         \
    X(COVERED_OLDER_OK, "R5 success from an older attempt")                                        \
    X(COVERED_REJECTED, "R6 certain rejections")                                                   \
    X(COVERED_DOUBT_R6, "R6 rejections that leave doubt")                                          \
    X(COVERED_DOUBT_R7, "R7 last attempt unavailable")                                             \
    X(COVERED_DOUBT_R8, "R8 last attempt without answer")                                          \
    X(COVERED_EXPIRED_CHECKOUT, "R10 checkout expired")                                            \
    X(COVERED_EXPIRED_HOLD, "R10 hold lapsed")                                                     \
    X(COVERED_EXPIRED_STEP, "R10 step expired")                                                    \
    X(COVERED_EXACT_EXPIRY, "R2 event at the very instant of a deadline")                          \
    X(COVERED_OK_AT_TIMEOUT, "R2 ok that arrives with the attempt's timeout")                      \
    X(COVERED_SETTLED, "R11 done step left out because it was settled")                            \
    X(COVERED_HELD_BACK, "R12 compensation held back by an earlier one")                           \
    X(COVERED_OVERTAKEN, "R12 compensation sent past a failing one")                               \
    X(COVERED_STALLED, "R14 stalled")                                                              \
    X(COVERED_STUCK, "R14 stuck")                                                                  \
    X(COVERED_FREED, "R14 stuck, freed by a late acknowledgement")                                 \
    X(COVERED_RETRY_STUCK, "R14 retry of a stuck one")                                             \
    X(COVERED_RETRY_WAITING, "R14 retry of a waiting one")                                         \
    X(COVERED_RESOLVE_NEEDED, "R14 resolve of a needed one")                                       \
    X(COVERED_RESOLVE_RUNNING, "R14 resolve of a running one")                                     \
    X(COVERED_RESOLVE_WAITING, "R14 resolve of a waiting one")                                     \
    X(COVERED_RESOLVE_STUCK, "R14 resolve of a stuck one")                                         \
    X(COVERED_LATE_WITH_DEADLINE, "R15 late success that brings the deadline")                     \
    X(COVERED_LATE_NEEDED, "R15 late success, not yet sent")                                       \
    X(COVERED_LATE_RUNNING, "R15 late success, running")                                           \
    X(COVERED_LATE_WAITING, "R15 late success, waiting")                                           \
    X(COVERED_LATE_UNDONE, "R15 late success, undone")                                             \
    X(COVERED_LATE_RESOLVED, "R15 late success, resolved")                                         \
    X(COVERED_LATE_STUCK, "R15 late success, stuck")                                               \
    X(COVERED_LATE_CLOSED, "R15 late success, closed")                                             \
    X(COVERED_CLOSED_AGAIN, "R15 closed a second time")                                            \
    X(COVERED_IGNORED, "R16 events ignored")                                                       \
    X(COVERED_CANCELLED, "R17 cancelled")                                                          \
    X(COVERED_CANCEL_COMPLETED, "R17 cancel refused: completed")                                   \
    X(COVERED_CANCEL_EXPIRED, "R17 cancel refused: expired")                                       \
    X(COVERED_CANCEL_FAILED, "R17 cancel refused: failed")                                         \
    X(COVERED_CANCEL_TWICE, "R17 cancel of a cancelled one")                                       \
    X(COVERED_STARTED_TWICE, "R18 start with the same request")                                    \
    X(COVERED_CONFLICT, "R18 start with another request")                                          \
    X(COVERED_UNKNOWN_PLAN, "R19 unknown plan")                                                    \
    X(COVERED_CLOCK_BACK, "R1 clock going backwards")                                              \
    X(COVERED_HUGE_TIME, "R1 sums that reach no instant")

enum coverage_item {
#define X(id, name) id,
    COVERAGE_ITEMS(X)
#undef X
        COVERAGE_COUNT
};

struct coverage {
    uint64_t events;
    uint64_t counts[COVERAGE_COUNT];
};

/* Counts what an event exercised, by what was meant before and after it. */
void coverage_observe(struct coverage *coverage, const struct naive_meaning *before,
                      const struct lockstep_event *event, const struct lockstep *after);

const char *coverage_name(enum coverage_item item);

#endif
