/* The history of a naive session, and the questions that the rules put to it. */
#ifndef BACKSTEP_TESTS_NAIVE_HISTORY_H
#define BACKSTEP_TESTS_NAIVE_HISTORY_H

#include "tests/naive/naive.h"

enum {
    NAIVE_ANSWERS = NAIVE_OK | NAIVE_REJECTED | NAIVE_UNAVAILABLE,
    NAIVE_FAILURES = NAIVE_UNAVAILABLE | NAIVE_TIMED_OUT, /* of an attempt */
    NAIVE_ANY_CALL = -1,                                  /* no byte: a reply may name any */
    NAIVE_NOWHERE = -1
};

/* Appends a fact of now, and returns it for its details to be filled in. */
struct naive_fact *naive_note(struct naive *naive, enum naive_kind kind, uint8_t call,
                              uint32_t attempt);

/* The last fact before `upto` of these kinds about this call: its index, or NAIVE_NOWHERE. */
int naive_last(const struct naive *naive, size_t upto, unsigned kinds, int call);
int naive_first(const struct naive *naive, unsigned kinds, int call);

/* How many facts of these kinds there are about this call. */
uint32_t naive_count(const struct naive *naive, size_t upto, unsigned kinds, int call);

/* Attempts of the call sent so far. */
uint32_t naive_sent(const struct naive *naive, uint8_t call);
bool naive_was_sent(const struct naive *naive, uint8_t call, uint32_t attempt);

/* Whether the call's latest attempt has failed, so that it waits for its backoff. */
bool naive_is_waiting(const struct naive *naive, uint8_t call);

bool naive_was_published(const struct naive *naive, enum saga_domain_event_kind kind,
                         uint8_t index);

/* The fact with which compensation began; NAIVE_NOWHERE while it has not. */
int naive_began(const struct naive *naive);

uint8_t naive_undo_call(uint8_t compensation);
const struct saga_retry *naive_retry(const struct naive *naive, uint8_t call);

/* Whether the request asks for the step (R3). */
bool naive_is_asked_for(const struct naive *naive, uint8_t step);

/* As things stood before fact `upto`. */
enum saga_step_state naive_step_state(const struct naive *naive, uint8_t step, size_t upto);
enum saga_undo_state naive_undo_state(const struct naive *naive, uint8_t compensation, size_t upto);
uint8_t naive_epoch(const struct naive *naive, uint8_t compensation, size_t upto);

enum saga_phase naive_phase(const struct naive *naive);

/* The step that runs; SAGA_NONE if none does. */
uint8_t naive_running_step(const struct naive *naive);

/* R14: attempt `attempts` or a later one has failed, and it still goes on. */
bool naive_is_stalled(const struct naive *naive, uint8_t compensation);

/* When the call's attempt times out, or its backoff ends. */
uint64_t naive_due_ns(const struct naive *naive, uint8_t call);

/* R10: when the checkout, the first hold, and the running step expire; SAGA_NEVER for never. */
uint64_t naive_checkout_expiry_ns(const struct naive *naive);
uint64_t naive_hold_expiry_ns(const struct naive *naive);
uint64_t naive_step_expiry_ns(const struct naive *naive);

/* The one next instant at which something is due. */
uint64_t naive_wake_at_ns(const struct naive *naive);

#endif
