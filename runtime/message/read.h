/*
 * What comes in over HTTP, from JSON to plain values. Bytes are anybody's: bounded in size, depth
 * and number; no key twice; an unknown key is an error with the known ones named. Every function
 * returns true, or false with what is wrong: a sentence that tells what is expected, and where.
 * When memory is out the problem is PROBLEM_OVERLOADED. Nothing of a message that is refused is
 * used: what it was to fill in is then unspecified.
 */
#ifndef BACKSTEP_RUNTIME_MESSAGE_READ_H
#define BACKSTEP_RUNTIME_MESSAGE_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/engine/engine.h"
#include "runtime/http/problem.h"

enum {
    MESSAGE_BODY_MAX = 1024 * 1024, /* bytes of a body, as much as a server may be set to take; a
                                       longer one is PROBLEM_TOO_LARGE */
    MESSAGE_DEPTH_MAX = 32,         /* objects and arrays within one another */
    MESSAGE_TYPE_MAX = 63           /* bytes of a CloudEvent's type that is known */
};

/* What is wrong: to be answered. */
struct message_error {
    enum problem problem;
    char detail[PROBLEM_DETAIL_SIZE];   /* UTF-8 */
    char pointer[PROBLEM_POINTER_SIZE]; /* RFC 6901, to a member of the body; "" for none */
};

/* The plans that a start may name. A start that names none takes the name of the first; of several
 * versions of a name, the highest is taken. */
struct message_plans {
    const struct saga_plan *const *plans;
    size_t plans_len;
};

/*
 * POST /v1/checkouts:
 *     {"id": "c-17", "cart": "cart-17", "flags": ["coupon"], "context": {...}, "plan": "checkout"}
 * Only `cart` must be there: 1 to 39 bytes without control characters.
 * `key`: the Idempotency-Key header, bare or in quotes (RFC 8941), NULL for none; the id unless the
 * body has one; both must be the same. An id is 1 to 39 of A-Z a-z 0-9 . _ ~ -, and neither `.` nor
 * `..`, which mean something else in a path. The context, any object, is kept as compact JSON with
 * sorted keys, of at most SAGA_CONTEXT_MAX bytes: the same request gives the same fingerprint
 * however it was spaced; an empty one is the same as none. `traceparent`: the header, NULL for
 * none; one that is not sound is left out. Fills the whole input but its ticket, which is 0.
 */
bool message_read_start(const char *bytes, size_t len, const char *key, const char *traceparent,
                        const struct message_plans *plans, struct engine_input *input,
                        struct message_error *error);

/*
 * POST /v1/replies:
 *     {"checkout": "c-17", "call": "authorize_payment", "attempt": 1, "answer": "rejected",
 *      "code": "declined"}
 * `code` belongs to `rejected` and must then be there: 1 to 23 of A-Z a-z 0-9 . _ -.
 */
bool message_read_reply(const char *bytes, size_t len, struct engine_input *input,
                        struct message_error *error);

/* How an event of a service is read as a reply. */
struct message_event_type {
    char type[MESSAGE_TYPE_MAX + 1]; /* of the CloudEvent: "InventoryReserved" */
    char call[SAGA_NAME_MAX + 1];
    enum saga_answer answer;
};

/*
 * POST /v1/events: a CloudEvent 1.0 as structured JSON (application/cloudevents+json). `subject` is
 * the checkout's id; `data.attempt` the attempt that it answers: it may be left out for a step;
 * `data.code` goes with an answer of `rejected`, which is code `rejected` without it. What else is
 * in `data` is the service's own. Attributes of extensions are let pass; `null` is the same as
 * nothing, as the standard says. The input carries (source, id) as its origin.
 */
bool message_read_event(const char *bytes, size_t len, const struct message_event_type *types,
                        size_t types_len, struct engine_input *input, struct message_error *error);

/* POST .../retry and .../resolve: {"compensation": "refund_payment"}; `kind` is ENGINE_RETRY or
 * ENGINE_RESOLVE. `id` comes from the path. */
bool message_read_operator(const char *bytes, size_t len, const char *id,
                           enum engine_input_kind kind, struct engine_input *input,
                           struct message_error *error);

/* A checkout's id from a path. */
bool message_read_id(const char *text, char id[SAGA_ID_MAX + 1], struct message_error *error);

/* The `code` of a problem that a service answered with, "" if there is none that is sound: 1 to 23
 * of A-Z a-z 0-9 . _ -. */
void message_read_code(const char *bytes, size_t len, char code[SAGA_CODE_MAX + 1]);

#endif
