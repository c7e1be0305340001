/* A sandbox for the tests of this folder, and what is said to it over HTTP. */
#ifndef BACKSTEP_TESTS_SIM_SANDBOX_STORY_H
#define BACKSTEP_TESTS_SIM_SANDBOX_STORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "sim/sandbox/sandbox.h"
#include "tests/runtime/support/http_client.h"
#include "tests/sim/support/scenario_builder.h"

/* Of the checkout plan, 100 checkouts, services that take no time; for the test to change before
 * given_sandbox(). One attempt waits 50 ms. */
extern struct scenario scenario;
extern struct sandbox_options options;
extern struct sandbox *sandbox;

void given_scenario(void);
void given_sandbox(void);
void end_sandbox(void);
int end_test(void **state); /* the teardown of every test */

/* The answer to what was said last. */
extern struct answer {
    unsigned status; /* 0: the connection was closed without one */
    char code[64];   /* of a problem */
} answer;

/* A call in its own words: flags, attempt, epoch and all. */
struct words {
    const char *call;
    const char *id;
    unsigned attempt;
    unsigned epoch;
    const char *flags; /* JSON; NULL: [] */
};
void say(const struct words *words);

/* The same on a connection of its own that does not wait for the answer; and hears it later. */
void begin_to_say(struct http_client *client, const struct words *words);
void hear(struct http_client *client);

/* The first attempt of checkout-1 calls; the n-th of that checkout. */
void call(const char *name);
void call_of(const char *id, const char *name, unsigned attempt);
void call_again(const char *name, unsigned attempt);
/* The first attempt gets no answer: its connection is held, and then closed. */
void call_in_vain(const char *name);

void expect_ok(void);
void expect_rejected(const char *code);
void expect_unavailable(void);

/* POST and GET; what came is in `answer`, and the body is returned as JSON (NULL: none), valid
 * until the next. */
const json_t *post(const char *path, const char *headers, const char *body);
const json_t *get(const char *path);

/* A published event, or a notification, of checkout-1. */
void tell_event(unsigned sequence, const char *type);
void tell_events_from(unsigned sequence, const char *const *types);
void notify(unsigned sequence, const char *type);

/* A number of /ledger: "pools.inventory.held", "totals.order.opened". */
json_int_t number_of(const char *path);
/* Waits until it is so, for 30 s at most. */
void await_number(const char *path, json_int_t expected);

/* Waits until the sandbox has heard of so many checkouts. */
void await_known(size_t expected);

/* The ledger balances; or does not, and a problem has this text in it. */
void expect_balance(void);
void expect_problem(const char *text);

#endif
