/*
 * An engine among simulated services: what it calls is delivered and done, what they answer comes
 * back, time passes as it says. What goes wrong is drawn from a seed; after `heal_ns` nothing does.
 * The store is anybody's.
 *
 * All along it is held that nothing is called that is not stored, and that the sink gets the events
 * of each checkout in their order; in the end, that everything is closed and told, and that the
 * books of the services balance.
 */
#ifndef BACKSTEP_TESTS_RUNTIME_ENGINE_TOWN_H
#define BACKSTEP_TESTS_RUNTIME_ENGINE_TOWN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/engine/engine.h"
#include "sim/world/service.h"

enum { TOWN_CHECKOUTS_MAX = 64, TOWN_MESSAGES_MAX = 4096 };

/* A request on its way to a service, or what it answers on its way back. */
struct town_message {
    uint64_t at_ns;
    uint32_t checkout;
    uint32_t attempt;
    uint16_t code;
    uint8_t call;
    uint8_t epoch;
    uint8_t answer;
    bool is_reply;
};

/* How often, in a thousand. */
struct town_faults {
    uint32_t lose; /* a message */
    uint32_t twice;
    uint32_t late;        /* up to two minutes */
    uint32_t unavailable; /* a service, before or after the effect */
    uint32_t reject;
    uint32_t refuse; /* the sink, or who notifies, a batch */
    uint32_t cancel; /* a buyer, a checkout */
    uint32_t repeat; /* a buyer starts it again */
    uint32_t crash;  /* in a step: of what it says nothing is done */
};

struct town {
    struct engine_options options; /* with the store */
    struct engine *engine;
    struct scenario *scenario; /* the services of the checkout plan */
    struct services services;
    struct town_faults faults;
    const char *rejects; /* a call that is rejected with `declined`; NULL */
    const char *silent;  /* a call that is never answered before heal_ns; NULL */
    uint64_t random;
    uint64_t now_ns;
    uint64_t heal_ns;
    uint32_t checkouts; /* c-1 to c-N */
    uint32_t started;   /* so many are known to be stored */
    bool is_stored[TOWN_CHECKOUTS_MAX + 1];
    uint32_t seen[TOWN_CHECKOUTS_MAX + 1];     /* events by the sink */
    uint32_t outcomes[TOWN_CHECKOUTS_MAX + 1]; /* notifications, by their sequence */
    uint64_t next_start_ns;
    uint64_t steps;
    uint64_t crashes;
    uint64_t crash_at_step; /* 0: never */
    bool damaged;
    /* After each step: whether it crashes now. NULL: no. */
    bool (*watch)(struct town *t);
    /* A crash takes the store with it: another one on the same data. NULL: it stays. */
    struct store *(*reopen)(struct town *t);
    void *context; /* theirs */
    struct town_message messages[TOWN_MESSAGES_MAX];
    size_t messages_len;
};

/* Given: a town around this store. Whoever made the store keeps it. */
void given_town(struct town *t, struct store *store, uint64_t seed, uint32_t checkouts);

/* When: it goes on until every checkout is closed and told, or (false) the store is damaged. */
bool live(struct town *t);

/* Then: the books balance, and all is as the statuses say. `load` reads the store. */
void expect_balance(struct town *t);

void close_town(struct town *t);

/* A number below `below`, drawn. */
uint32_t town_draw(struct town *t, uint32_t below);

#endif
