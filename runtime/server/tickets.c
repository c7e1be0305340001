#include "runtime/server/tickets.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum slot_state { SLOT_FREE, SLOT_WAITING, SLOT_ANSWERED };

/* "No slot" in a list. */
#define NOBODY UINT32_MAX

struct slot {
    struct server_exchange exchange;
    struct engine_answer answer;
    uint64_t late_ns;    /* monotonic */
    uint32_t generation; /* tells the tickets of one slot apart */
    uint32_t before;
    uint32_t behind;
    enum slot_state state;
};

struct list {
    uint32_t first;
    uint32_t last;
};

/*
 * Each slot is in the list of its state. All wait equally long, so that the first in `waiting` is
 * the first to be late.
 */
struct tickets {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t patience_ns;
    struct list lists[SLOT_ANSWERED + 1];
    bool closed;
    uint32_t max;
    struct slot slots[];
};

static void push(struct tickets *t, uint32_t i, enum slot_state state)
{
    struct list *list = &t->lists[state];
    struct slot *slot = &t->slots[i];
    slot->state = state;
    slot->before = list->last;
    slot->behind = NOBODY;
    if (list->last == NOBODY) {
        list->first = i;
    } else {
        t->slots[list->last].behind = i;
    }
    list->last = i;
}

static void take_out(struct tickets *t, uint32_t i)
{
    struct slot *slot = &t->slots[i];
    struct list *list = &t->lists[slot->state];
    if (slot->before == NOBODY) {
        list->first = slot->behind;
    } else {
        t->slots[slot->before].behind = slot->behind;
    }
    if (slot->behind == NOBODY) {
        list->last = slot->before;
    } else {
        t->slots[slot->behind].before = slot->before;
    }
}

static void move(struct tickets *t, uint32_t i, enum slot_state state)
{
    take_out(t, i);
    push(t, i, state);
}

struct tickets *tickets_create(uint32_t max, uint64_t patience_ns)
{
    assert(max > 0 && max < NOBODY);
    struct tickets *t = calloc(1, sizeof(*t) + max * sizeof(t->slots[0]));
    if (t == NULL) {
        return NULL;
    }
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&t->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&t->lock, NULL);
    t->max = max;
    t->patience_ns = patience_ns;
    for (int state = SLOT_FREE; state <= SLOT_ANSWERED; state++) {
        t->lists[state] = (struct list){NOBODY, NOBODY};
    }
    for (uint32_t i = 0; i < max; i++) {
        push(t, i, SLOT_FREE);
    }
    return t;
}

void tickets_free(struct tickets *t)
{
    if (t == NULL) {
        return;
    }
    assert(t->lists[SLOT_WAITING].first == NOBODY && t->lists[SLOT_ANSWERED].first == NOBODY);
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

/* A ticket is its slot's number, from 1, below the generation. */
static uint64_t ticket_of(const struct tickets *t, uint32_t i)
{
    return (uint64_t)t->slots[i].generation << 32 | (i + 1);
}

/* The slot of a ticket that waits; NOBODY when it does not. */
static uint32_t find(const struct tickets *t, uint64_t ticket)
{
    uint32_t number = (uint32_t)ticket;
    if (number == 0 || number > t->max) {
        return NOBODY;
    }
    uint32_t i = number - 1;
    bool waits = t->slots[i].state == SLOT_WAITING && ticket_of(t, i) == ticket;
    return waits ? i : NOBODY;
}

static void release(struct tickets *t, uint32_t i, struct server_exchange *exchange)
{
    *exchange = t->slots[i].exchange;
    t->slots[i].generation++;
    move(t, i, SLOT_FREE);
}

uint64_t tickets_open(struct tickets *t, const struct server_exchange *exchange)
{
    uint64_t ticket = 0;
    pthread_mutex_lock(&t->lock);
    uint32_t i = t->closed ? NOBODY : t->lists[SLOT_FREE].first;
    if (i != NOBODY) {
        bool alone = t->lists[SLOT_WAITING].first == NOBODY;
        t->slots[i].exchange = *exchange;
        t->slots[i].late_ns = exchange_clock_ns() + t->patience_ns;
        move(t, i, SLOT_WAITING);
        ticket = ticket_of(t, i);
        if (alone) { /* there is a first one now that can be late */
            pthread_cond_signal(&t->changed);
        }
    }
    pthread_mutex_unlock(&t->lock);
    return ticket;
}

bool tickets_withdraw(struct tickets *t, uint64_t ticket, struct server_exchange *exchange)
{
    pthread_mutex_lock(&t->lock);
    uint32_t i = find(t, ticket);
    if (i != NOBODY) {
        release(t, i, exchange);
    }
    pthread_mutex_unlock(&t->lock);
    return i != NOBODY;
}

bool tickets_answer(struct tickets *t, const struct engine_answer *answer)
{
    pthread_mutex_lock(&t->lock);
    uint32_t i = find(t, answer->ticket);
    if (i != NOBODY) {
        t->slots[i].answer = *answer;
        move(t, i, SLOT_ANSWERED);
        pthread_cond_signal(&t->changed);
    }
    pthread_mutex_unlock(&t->lock);
    return i != NOBODY;
}

void tickets_close(struct tickets *t)
{
    pthread_mutex_lock(&t->lock);
    t->closed = true;
    pthread_cond_signal(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

static void wait_until(struct tickets *t, uint64_t time_ns)
{
    struct timespec until = {.tv_sec = (time_t)(time_ns / 1000000000),
                             .tv_nsec = (long)(time_ns % 1000000000)};
    pthread_cond_timedwait(&t->changed, &t->lock, &until);
}

/* Whoever leaves now, with why; false: nobody yet. Under the lock. */
static bool leaves(struct tickets *t, uint32_t *slot, enum tickets_next *why)
{
    uint32_t waiting = t->lists[SLOT_WAITING].first;
    *slot = t->lists[SLOT_ANSWERED].first;
    if (*slot != NOBODY) {
        *why = TICKETS_ANSWERED;
        return true;
    }
    *slot = waiting;
    if (t->closed) {
        *why = waiting == NOBODY ? TICKETS_END : TICKETS_CLOSED;
        return true;
    }
    *why = TICKETS_LATE;
    return waiting != NOBODY && t->slots[waiting].late_ns <= exchange_clock_ns();
}

enum tickets_next tickets_next(struct tickets *t, struct server_exchange *exchange,
                               struct engine_answer *answer)
{
    uint32_t i;
    enum tickets_next why;
    pthread_mutex_lock(&t->lock);
    while (!leaves(t, &i, &why)) {
        if (i == NOBODY) {
            pthread_cond_wait(&t->changed, &t->lock);
        } else {
            wait_until(t, t->slots[i].late_ns);
        }
    }
    if (i != NOBODY) {
        if (why == TICKETS_ANSWERED) {
            *answer = t->slots[i].answer;
        }
        release(t, i, exchange);
    }
    pthread_mutex_unlock(&t->lock);
    return why;
}
