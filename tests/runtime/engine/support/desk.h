/*
 * An engine at work, for stories: who asks for what, what the engine says to it, in words. Time
 * stands still but when it is told to pass.
 *
 *     given_desk(&d);
 *     start(&d, "c-1");
 *     run(&d);
 *     expect_answers(&d, "1 accepted STARTED");
 *     expect_calls(&d, "c-1 validate_cart #1");
 *
 * What was expected is forgotten; what was not stays until it is.
 */
#ifndef BACKSTEP_TESTS_RUNTIME_ENGINE_DESK_H
#define BACKSTEP_TESTS_RUNTIME_ENGINE_DESK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/checkout.h"
#include "runtime/engine/engine.h"
#include "tests/runtime/engine/support/memory_store.h"

#define MS     UINT64_C(1000000)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)

enum { DESK_TEXT_SIZE = 65536 };

struct desk {
    struct memory_store memory;
    struct saga_plan second; /* version 2 of the checkout */
    struct saga_plan other;  /* the same by another name */
    const struct saga_plan *plans[3];
    struct engine_options options;
    struct engine *engine;
    struct engine_output output; /* of the last step */
    uint64_t now_ns;
    uint64_t tickets; /* given so far: the next one is one more */
    uint64_t steps;
    size_t answers_len; /* so far */
    char answers[DESK_TEXT_SIZE];
    char calls[DESK_TEXT_SIZE];
    char events[STORE_CHANNELS][DESK_TEXT_SIZE];
    uint64_t handed_to[STORE_CHANNELS]; /* position of the last event that the channel got */
};

/* Given: a desk with an engine that has a new store, and no channel. It is static, and the last one
 * is closed. Options may be changed before restart(). */
struct desk *given_desk(void);
void close_desk(struct desk *d);

/* When: the engine ends, whatever it was at; a new one begins on the same store. */
void restart(struct desk *d);

/* When: somebody asks. They are answered under the next ticket; false: not even taken. */
bool start(struct desk *d, const char *id);
bool start_on(struct desk *d, const struct saga_plan *plan, const char *id, const char *cart);
bool cancel(struct desk *d, const char *id);
bool operate(struct desk *d, enum engine_input_kind kind, const char *id, const char *call);

/* When: a service answers, under no ticket: "ok", "unavailable", or rejected with a code. */
bool reply(struct desk *d, const char *id, const char *call, uint32_t attempt, const char *answer);
/* The same, by an event of the service, under the next ticket. */
bool reply_by_event(struct desk *d, const char *event, const char *id, const char *call,
                    uint32_t attempt, const char *answer);

/* When: one step; as many as want to be made now; as many as want to be made until then. */
void step(struct desk *d);
void run(struct desk *d);
void pass(struct desk *d, uint64_t span_ns);

/* Given: a checkout that has come so far that this call is out, answered ok until then. What was
 * said on the way is forgotten. */
void given_at(struct desk *d, const char *id, const char *call);
void given_completed(struct desk *d, const char *id);

/* Then: this was answered, called, handed to the channel; in this order, separated by ", ". */
void expect_answers(struct desk *d, const char *wanted);
void expect_calls(struct desk *d, const char *wanted);
void expect_events(struct desk *d, enum store_channel channel, const char *wanted);

/* Then: nothing was said since. */
void expect_silence(struct desk *d);

/* Then: so it is stored; version 0: it is not. */
void expect_stored(struct desk *d, const char *id, uint64_t version, const char *status);

/* When: the channel has taken all that it got. */
void take_all(struct desk *d, enum store_channel channel);

#endif
