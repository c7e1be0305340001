/*
 * A node at work, for stories: what it does next is said in the domain's words. It runs two plans:
 * the checkout, and the checkout's second version.
 */
#ifndef BACKSTEP_TESTS_RUNTIME_NODE_DESK_H
#define BACKSTEP_TESTS_RUNTIME_NODE_DESK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/checkout.h"
#include "runtime/node/node.h"

enum { ENTRIES_MAX = 1000, BUCKETS_MAX = 2048 };

/* A node, its memory, and the commit of the last event or load. */
struct desk {
    struct node node;
    struct saga_plan second; /* version 2 of the checkout */
    const struct saga_plan *plans[2];
    struct node_entry entries[ENTRIES_MAX];
    uint32_t buckets[BUCKETS_MAX];
    struct node_commit commit;
    uint64_t now_ns; /* at which the next event comes */
};

/* Given: a node that knows no checkout; also a restarted one. */
void given_node(struct desk *d, uint32_t entries_max, uint32_t buckets_len);

/* Given: the checkout is started, and that is stored. */
void given_started(struct desk *d, const char *id);

/* When: the buyer's request, on a plan. Without `_on`: the checkout plan, the usual request. */
enum node_status start(struct desk *d, const char *id);
enum node_status start_on(struct desk *d, const struct saga_plan *plan, const char *id,
                          uint64_t fingerprint);

/* When: the first attempt of the call is answered `ok`. */
enum node_status reply_ok(struct desk *d, const char *id, uint8_t call);

enum node_status cancel(struct desk *d, const char *id);

/* When: the last commit is over; what is stored is read. */
void settle(struct desk *d, enum node_outcome outcome);
enum node_loaded load(struct desk *d, const struct saga_session *stored, uint32_t published);

const struct saga_session *session_of(struct desk *d, const char *id);

#endif
