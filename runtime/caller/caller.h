/*
 * HTTP out, over libcurl: what is sent to services, to the notification port and to the sink of
 * events. One thread of its own; each target has a queue and a bound on what is under way at once,
 * so that a slow one does not slow the others.
 *
 * A request is sent at most once more than it was asked for: when a connection that was kept open
 * turns out to be closed. Redirects are not followed, no proxy of the environment is used, and an
 * answer counts once it is whole: one that was cut short is as good as none.
 */
#ifndef BACKSTEP_RUNTIME_CALLER_CALLER_H
#define BACKSTEP_RUNTIME_CALLER_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/limits.h"

enum { CALLER_WHY_SIZE = 128, CALLER_HEADERS_MAX = 8 };

/* Where requests go. */
struct caller_target {
    const char *name;     /* for the log: `payment` */
    const char *url;      /* without a trailing slash */
    unsigned concurrency; /* requests under way at once */
    unsigned queue_max;   /* requests that wait for their turn */
    const char *bearer;   /* token to send; NULL: none */
    const char *secret; /* key of the HMAC that signs the body (runtime/access/signature.h); NULL */
    size_t secret_len;
};

/* A request: everything is copied. */
struct caller_request {
    uint32_t target;                         /* index */
    const char *path;                        /* behind the URL: "/authorize_payment"; "" for none */
    const char *type;                        /* content type */
    const char *headers[CALLER_HEADERS_MAX]; /* "Name: value", one line; ended by NULL, or full */
    const char *body;
    size_t body_len;
    uint64_t timeout_ns;      /* from now, the wait in the queue included; more than 0 */
    uint64_t tag[2];          /* given back with the outcome */
    char id[SAGA_ID_MAX + 1]; /* of the checkout, given back; "" for none */
};

#define CALLER_OUTCOMES(X)                                                                         \
    X(CALLER_OK, "ok")                   /* 2xx */                                                 \
    X(CALLER_LATER, "later")             /* 202: the answer comes by another way */                \
    X(CALLER_REJECTED, "rejected")       /* 4xx but for those below; `code` */                     \
    X(CALLER_UNAVAILABLE, "unavailable") /* 3xx, 401, 403, 404, 408, 425, 429, 5xx; no connection, \
                                            or one that was lost, or an answer that is none: not   \
                                            now, and perhaps done */                               \
    X(CALLER_NO_ANSWER, "no_answer")     /* sent, and no answer in time: nothing is known */       \
    X(CALLER_NOT_SENT, "not_sent")       /* its time was over before its turn came: certainly not */

enum caller_outcome {
#define X(id, name) id,
    CALLER_OUTCOMES(X)
#undef X
};

const char *caller_outcome_name(enum caller_outcome outcome);

struct caller_result {
    enum caller_outcome outcome;
    uint32_t target;
    long status;             /* of HTTP; 0: there was none */
    uint64_t took_ns;        /* from the start of the transfer */
    uint64_t retry_after_ns; /* as the server asked for, at most a day; 0: it did not */
    uint64_t tag[2];
    char id[SAGA_ID_MAX + 1];
    char code[SAGA_CODE_MAX + 1]; /* rejected: the problem's `code`, else "http_422" */
    char why[CALLER_WHY_SIZE];    /* in words, without secrets: "HTTP 503", "connection refused" */
};

struct caller_options {
    const struct caller_target *targets; /* copied */
    uint32_t targets_len;
    const char *ca_file; /* certificates to trust; NULL: the system's */
    size_t answer_max;   /* bytes of an answer that are looked at; the rest is not read */
    /* Called by the caller's thread with each outcome. It may block for a while: nothing else is
     * taken meanwhile. */
    void (*done)(void *context, const struct caller_result *result);
    void *context;
};

struct caller_gauges {
    uint64_t waiting; /* in the queue */
    uint64_t running;
    uint64_t sent;                            /* since the start */
    uint64_t by_outcome[CALLER_NOT_SENT + 1]; /* since the start */
    uint64_t took_ns;                         /* sum, since the start */
};

struct caller;

/* NULL with a sentence in `why`. */
struct caller *caller_start(const struct caller_options *options, char why[CALLER_WHY_SIZE]);

/* From any thread; never blocks. False: the target's queue is full, or memory is out: it was
 * certainly not sent. */
bool caller_send(struct caller *caller, const struct caller_request *request);

/* Sends nothing more of what waits (it has no outcome), and waits at most `grace_ms` for what is
 * under way; then ends its thread and frees. No outcome comes after it, and no other thread may
 * send any more. `done` must not wait for whoever stops. */
void caller_stop(struct caller *caller, unsigned grace_ms);

/* From any thread. */
struct caller_gauges caller_gauges(struct caller *caller, uint32_t target);

#endif
