/*
 * The ways to fail: what the atlas does to each step, and to each compensation, of a plan. A way
 * has a word, which names it in links, in JSON and in scenarios; a title over its column; the group
 * that its column stands in; and a sentence, in which "it" is the call.
 */
#ifndef BACKSTEP_SIM_ATLAS_WAY_H
#define BACKSTEP_SIM_ATLAS_WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/record/fault_kind.h"

#define ATLAS_GROUPS(X)                                                                            \
    X(ATLAS_ANSWERS, "the service answers")                                                        \
    X(ATLAS_LATE, "too late")                                                                      \
    X(ATLAS_TIME, "time runs out")                                                                 \
    X(ATLAS_PEOPLE, "the buyer")                                                                   \
    X(ATLAS_NODE, "the node crashes")

/* The columns of a step: id, word, title, group, the kind of fault that must have struck, sentence.
 * A way may look at the outcome of one that stands before it. */
#define ATLAS_STEP_WAYS(X)                                                                         \
    X(ATLAS_REJECTED, "rejected", "rejected", ATLAS_ANSWERS, SIM_FAULT_REJECT,                     \
      "The service says no: certain, and without effect.")                                         \
    X(ATLAS_UNAVAILABLE, "unavailable", "unavailable", ATLAS_ANSWERS, SIM_FAULT_UNAVAILABLE,       \
      "Every attempt is answered `unavailable`, until they are used up or a deadline comes.")      \
    X(ATLAS_UNANSWERED, "unanswered", "unanswered", ATLAS_ANSWERS, SIM_FAULT_LOSE_REPLY,           \
      "Every answer is lost: the effect is made, and nobody knows.")                               \
    X(ATLAS_AFTER_EFFECT, "effect-then-failure", "effect, then failure", ATLAS_ANSWERS,            \
      SIM_FAULT_FAIL_AFTER_EFFECT,                                                                 \
      "The effect is made, and every attempt is answered `unavailable` all the same.")             \
    X(ATLAS_LATE_SUCCESS, "late-success", "success", ATLAS_LATE, SIM_FAULT_DELAY_REPLY,            \
      "It succeeds, and the answers arrive when everything has been undone (R15).")                \
    X(ATLAS_LATE_REQUEST, "late-request", "request", ATLAS_LATE, SIM_FAULT_DELAY_REQUEST,          \
      "The requests arrive at the service when everything has been undone.")                       \
    X(ATLAS_STEP_DEADLINE, "step-deadline", "step deadline", ATLAS_TIME, SIM_FAULT_CRASH,          \
      "The node is down until the step's own deadline has passed.")                                \
    X(ATLAS_HOLD_LAPSED, "hold-lapsed", "hold", ATLAS_TIME, SIM_FAULT_CRASH,                       \
      "The node is down until the first hold that is open has lapsed.")                            \
    X(ATLAS_CHECKOUT_DEADLINE, "checkout-deadline", "checkout deadline", ATLAS_TIME,               \
      SIM_FAULT_CRASH, "The node is down until the deadline of the whole has passed.")             \
    X(ATLAS_CANCELLED, "cancelled", "cancels", ATLAS_PEOPLE, SIM_FAULT_CANCEL,                     \
      "The buyer cancels while the request is at the service.")                                    \
    X(ATLAS_CRASH_BEFORE_COMMIT, "crash-before-commit", "before commit", ATLAS_NODE,               \
      SIM_FAULT_CRASH_BEFORE_COMMIT,                                                               \
      "The node is down for 30s; its answer had arrived and was not yet stored.")                  \
    X(ATLAS_CRASH_BEFORE_DISPATCH, "crash-before-dispatch", "before dispatch", ATLAS_NODE,         \
      SIM_FAULT_CRASH_BEFORE_DISPATCH,                                                             \
      "The node is down for 30s; its success was stored, what follows was not yet sent.")          \
    X(ATLAS_CRASH_AFTER, "crash-after", "after", ATLAS_NODE, SIM_FAULT_CRASH_AFTER_DISPATCH,       \
      "The node is down for 30s; its success was stored, what follows had been sent.")

/* The same of a compensation. */
#define ATLAS_UNDO_WAYS(X)                                                                         \
    X(ATLAS_UNDO_REJECTED, "rejected", "rejected", ATLAS_ANSWERS, SIM_FAULT_REJECT,                \
      "The service refuses to undo: it is stuck, and waits for an operator (R14).")                \
    X(ATLAS_UNDO_UNAVAILABLE, "unavailable", "unavailable", ATLAS_ANSWERS, SIM_FAULT_UNAVAILABLE,  \
      "Its first attempt is answered `unavailable`: it holds nothing back (R12).")                 \
    X(ATLAS_UNDO_STALLED, "unavailable-stalled", "unavailable, stalled", ATLAS_ANSWERS,            \
      SIM_FAULT_UNAVAILABLE,                                                                       \
      "All its attempts are answered `unavailable`: it is flagged as stalled, and goes on (R14).") \
    X(ATLAS_UNDO_UNANSWERED, "unanswered", "unanswered", ATLAS_ANSWERS, SIM_FAULT_LOSE_REPLY,      \
      "The answer to its first attempt is lost.")                                                  \
    X(ATLAS_UNDO_SILENT, "unanswered-stalled", "unanswered, stalled", ATLAS_ANSWERS,               \
      SIM_FAULT_LOSE_REPLY, "The answers to all its attempts are lost: it is flagged as stalled.") \
    X(ATLAS_UNDO_AFTER_EFFECT, "effect-then-failure", "effect, then failure", ATLAS_ANSWERS,       \
      SIM_FAULT_FAIL_AFTER_EFFECT,                                                                 \
      "It is undone, and its first attempt is answered `unavailable` all the same.")               \
    X(ATLAS_UNDO_CRASH_BEFORE_COMMIT, "crash-before-commit", "before commit", ATLAS_NODE,          \
      SIM_FAULT_CRASH_BEFORE_COMMIT,                                                               \
      "The node is down for 30s; its answer had arrived and was not yet stored.")                  \
    X(ATLAS_UNDO_CRASH_BEFORE_DISPATCH, "crash-before-dispatch", "before dispatch", ATLAS_NODE,    \
      SIM_FAULT_CRASH_BEFORE_DISPATCH,                                                             \
      "The node is down for 30s; its answer was stored, what follows was not yet sent.")

enum atlas_group {
#define X(id, title) id,
    ATLAS_GROUPS(X)
#undef X
};

enum atlas_way {
#define X(id, word, title, group, kind, sentence) id,
    ATLAS_STEP_WAYS(X) ATLAS_UNDO_WAYS(X)
#undef X
        ATLAS_WAYS_LEN,
    ATLAS_STEP_WAYS_LEN = ATLAS_UNDO_REJECTED,
    ATLAS_UNDO_WAYS_LEN = ATLAS_WAYS_LEN - ATLAS_STEP_WAYS_LEN
};

const char *atlas_way_word(enum atlas_way way);
const char *atlas_way_title(enum atlas_way way);
const char *atlas_way_sentence(enum atlas_way way);
enum atlas_group atlas_way_group(enum atlas_way way);
const char *atlas_group_title(enum atlas_group group);

/* What a record must show, or the way was never taken. */
enum sim_fault_kind atlas_way_kind(enum atlas_way way);

/* The ways of a step, or of a compensation: from `first` to before `end`. */
struct atlas_ways {
    unsigned first;
    unsigned end;
};

static inline struct atlas_ways atlas_ways(bool of_step)
{
    return of_step ? (struct atlas_ways){0, ATLAS_STEP_WAYS_LEN}
                   : (struct atlas_ways){ATLAS_STEP_WAYS_LEN, ATLAS_WAYS_LEN};
}

#endif
