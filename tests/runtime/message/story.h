/* A checkout that is led along some way, for whoever looks at what is written of it. */
#ifndef BACKSTEP_TESTS_RUNTIME_MESSAGE_STORY_H
#define BACKSTEP_TESTS_RUNTIME_MESSAGE_STORY_H

#include "core/checkout.h"
#include "core/saga.h"
#include "runtime/store/reader.h"

#define STORY_STARTED_NS UINT64_C(1795395723004005006) /* 2026-11-23T01:02:03.004005006Z */

struct story {
    struct saga_session session;
    struct saga_update update; /* of the last event */
    struct store_request request;
};

/* Checkout c-17 starts, with these flags. */
void story_start(struct story *story, uint32_t flags);

/* A second later, something happens; it must be accepted. */
void story_answer(struct story *story, uint8_t call, enum saga_answer answer, const char *code);
void story_cancel(struct story *story);

/* The next wake-up comes. */
void story_tick(struct story *story);

/* The running step succeeds, until this one runs. */
void story_until(struct story *story, uint8_t step);

/* Answers of the compensations. */
void story_undone(struct story *story, uint8_t compensation);
void story_undo_fails(struct story *story, uint8_t compensation, uint32_t times);

/* The events of the last update as the store gives them back; how many. */
size_t story_events(const struct story *story, struct store_event *events);

#endif
