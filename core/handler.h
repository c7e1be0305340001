/*
 * Inside the core: one event being applied. saga_apply() (apply.c) holds the order; forward.c knows
 * the steps, compensate.c the way back, emit.c what comes out. Each calls only those named after
 * it. Not for drivers.
 */
#ifndef BACKSTEP_CORE_HANDLER_H
#define BACKSTEP_CORE_HANDLER_H

#include "core/saga.h"

/* What the handlers work on. `changed` is the only thing that makes an event accepted. */
struct apply {
    const struct saga_plan *plan;
    struct saga_session *session;
    struct saga_update *update;
    uint64_t now_ns; /* R1: never before the session's own */
    bool changed;
};

/* now + span; a sum that reaches SAGA_NEVER never comes. */
static inline uint64_t time_after(uint64_t now_ns, uint64_t span_ns)
{
    return span_ns < SAGA_NEVER - now_ns ? now_ns + span_ns : SAGA_NEVER;
}

/* emit.c: appends to the update. */
void apply_publish(struct apply *a, enum saga_domain_event_kind kind, uint8_t index);
void apply_send(struct apply *a, uint8_t call, uint8_t epoch, uint32_t attempt);

/* forward.c */
void forward_start(struct apply *a, const struct saga_event *event);
void forward_reply(struct apply *a, const struct saga_event *event);
void forward_due(struct apply *a);       /* the attempt's timeout, the backoff's end */
void forward_deadlines(struct apply *a); /* R2 */
void forward_cancel(struct apply *a);    /* R17 */
uint64_t forward_wake_at_ns(const struct saga_plan *plan, const struct saga_session *session);

/* compensate.c */
void compensate_begin(struct apply *a, enum saga_cause cause, const char *code, size_t code_size);
void compensate_reply(struct apply *a, const struct saga_event *event);
void compensate_late(struct apply *a, const struct saga_event *event); /* a step's reply: R15 */
void compensate_due(struct apply *a);
void compensate_send(struct apply *a); /* R12: what may now be sent; closes if nothing is owed */
void compensate_retry(struct apply *a, uint8_t compensation);
void compensate_resolve(struct apply *a, uint8_t compensation);
uint64_t compensate_wake_at_ns(const struct saga_plan *plan, const struct saga_session *session);

/* Whether the operator may retry or resolve it (R14). */
bool compensate_can_retry(const struct saga_session *session, uint8_t compensation);
bool compensate_can_resolve(const struct saga_session *session, uint8_t compensation);

#endif
