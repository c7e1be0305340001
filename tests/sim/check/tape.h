/*
 * A tape: a whole run of one checkout as the checker would see it, made by hand. A correct world is
 * played first, from a short list of what goes wrong in it; then a test tampers with the tape, and
 * winds it past the checker.
 *
 *     tape_begin(&tape);
 *     tape_rule(&tape, SAGA_AUTHORIZE_PAYMENT, 1, 1, TAPE_REJECT);
 *     tape_play(&tape);
 *     ... tamper ...
 *     assert_violates(&tape, SIM_STEP_ORDER);
 */
#ifndef BACKSTEP_TESTS_SIM_CHECK_TAPE_H
#define BACKSTEP_TESTS_SIM_CHECK_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/checkout.h"
#include "core/saga.h"
#include "sim/check/check.h"

#define MS  UINT64_C(1000000)
#define S   (1000 * MS)
#define MIN (60 * S)
#define H   (60 * MIN)

/* Services of the checkout plan. */
enum { TAPE_ORDER = 1, TAPE_INVENTORY = 3, TAPE_PAYMENT = 4 };

enum { TAPE_STEPS_MAX = 1024, TAPE_RULES_MAX = 16, TAPE_QUEUE_MAX = 64, TAPE_PRICE = 4990 };

/* What happens to an attempt of a call. */
enum tape_fate {
    TAPE_REJECT,        /* nothing is done */
    TAPE_UNAVAILABLE,   /* nothing is done */
    TAPE_FAIL_AFTER,    /* it is done, and answered `unavailable` */
    TAPE_LOSE_REQUEST,  /* it never arrives */
    TAPE_LOSE_REPLY,    /* it is done, and nobody hears of it */
    TAPE_DELAY_REQUEST, /* it arrives late */
    TAPE_DELAY_REPLY    /* its answer arrives late */
};

struct tape_rule {
    uint64_t late_ns;
    uint32_t attempt_lo;
    uint32_t attempt_hi;
    uint8_t call;
    enum tape_fate fate;
};

enum tape_what { TAPE_EVENT, TAPE_REQUEST, TAPE_REPLY };

/* Something that is still to happen. */
struct tape_item {
    uint64_t time_ns;
    enum tape_what what;
    uint8_t epoch;
    struct saga_event event;
};

/* The books as they stand after a step. */
struct tape_books {
    struct sim_pool pools[SAGA_SERVICES_MAX];
    struct sim_account accounts[SAGA_SERVICES_MAX];
    struct sim_told told;
};

struct tape_step {
    struct sim_step step;
    struct saga_event event;
    struct saga_session stored;
    struct tape_books books;
};

struct tape {
    struct scenario scenario; /* what the checker is told */
    uint32_t flags;           /* of the request */
    uint64_t ahead_from_ns;   /* the node's clock is ahead by `ahead_ns` from here on; SAGA_NEVER */
    uint64_t ahead_ns;
    uint64_t behind_ns;    /* the node's clock is behind */
    uint64_t deaf_from_ns; /* every tick is ignored from here on, until `deaf_to_ns` */
    uint64_t deaf_to_ns;
    uint64_t commit_ns; /* how long a commit takes; the node is busy with it */
    bool mute;          /* no tick ever comes */
    bool unfenced;      /* the services keep no tombstones */

    /* The world while it is played. */
    struct tape_rule rules[TAPE_RULES_MAX];
    size_t rules_len;
    struct tape_item queue[TAPE_QUEUE_MAX];
    size_t queue_len;
    struct saga_session session;
    uint64_t wake_at_ns;
    uint64_t busy_to_ns;
    struct tape_books books;
    uint8_t answers[SAGA_CALLS_MAX][2]; /* remembered by key: 0: none; 1 + enum saga_answer */
    uint16_t fenced;                    /* steps that a compensation has come before */

    size_t steps_len;
    struct tape_step steps[TAPE_STEPS_MAX]; /* only what counts is ever cleared */
};

/* A world in which nothing goes wrong: the checkout plan, ten units in each pool. */
void tape_begin(struct tape *tape);

/* Attempts lo..hi of the call meet this fate; late_ns for the late ones. The first rule decides. */
void tape_rule(struct tape *tape, uint8_t call, uint32_t lo, uint32_t hi, enum tape_fate fate);
void tape_rule_late(struct tape *tape, uint8_t call, uint32_t attempt, enum tape_fate fate,
                    uint64_t late_ns);

/* The buyer or the operator does something at that time. */
void tape_event(struct tape *tape, uint64_t time_ns, enum saga_event_kind kind, uint8_t call);

/* A service's answer that nobody asked for arrives. */
void tape_reply(struct tape *tape, uint64_t time_ns, uint8_t call, uint32_t attempt,
                enum saga_answer answer);

/* Plays the checkout from its start at 0 until nothing is left to happen. */
void tape_play(struct tape *tape);

/* Begun and played: nothing goes wrong; declined: release the stock, cancel the order; not
 * confirmed: restock, refund, cancel. */
void tape_play_happy(struct tape *tape);
void tape_play_declined(struct tape *tape);
void tape_play_unconfirmed(struct tape *tape);

/* What a request that arrived now does and is answered; `record` is its SIM_EFFECT if it did
 * something (tape_services.c). */
enum saga_answer tape_serve(struct tape *tape, uint8_t call, uint8_t epoch,
                            struct sim_record *effect, bool *made);

/* Undoes by hand what the compensation would have. */
void tape_mend(struct tape *tape, uint8_t call);

/* Tampering. A record is named by kind, call and attempt; it must be there. */
struct sim_record *tape_find(struct tape *tape, enum sim_record_kind kind, uint8_t call,
                             uint32_t attempt);
struct sim_record *tape_published(struct tape *tape, enum saga_domain_event_kind kind,
                                  uint8_t index);
size_t tape_step_of(const struct tape *tape, const struct sim_record *record);
void tape_drop(struct tape *tape, struct sim_record *record);
/* Appends the record to that step, at its time; of the checkout, or of a node. */
void tape_add(struct tape *tape, size_t step, struct sim_record record);
/* Takes the record from its step and appends it to another one. */
void tape_move(struct tape *tape, struct sim_record *record, size_t to);
/* The step in which the first attempt of the call has its effect, and every step from one on. */
struct tape_step *tape_effect_step(struct tape *tape, uint8_t call);
#define TAPE_FROM(tape, first, step)                                                               \
    for (struct tape_step *step = (first); step < (tape)->steps + (tape)->steps_len; step++)

/* A step of its own, without an event, behind that step. */
void tape_insert(struct tape *tape, size_t after, uint64_t time_ns, struct sim_record record);

/* Winds the tape past the checker. Bit i: invariant i was violated. */
uint64_t tape_check(struct tape *tape, struct check *check);

/* The tape violates nothing; exactly this one. */
void assert_sound(struct tape *tape);
void assert_violates(struct tape *tape, enum sim_invariant invariant);
/* And says so in these words. */
void assert_violates_as(struct tape *tape, enum sim_invariant invariant, const char *detail);

#endif
