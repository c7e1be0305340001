/*
 * Inside the checker: what it knows of a run, and how it says what it found. Not for its users.
 *
 * check.c hands each record to the files that judge it:
 *     check_stored.c  the accepted event folded anew, the stored bytes
 *     check_order.c   what is sent, and when it is its turn
 *     check_time.c    deadlines and backoffs, in true time
 *     check_books.c   what the services hold
 *     check_events.c  what is published
 *     check_end.c     what is owed once the world is healed
 * check_report.c notes what they find.
 *
 * A new invariant is one row in sim/record/invariant.h and one function in the file that judges its
 * records, which calls check_report(); nothing else lists them.
 */
#ifndef BACKSTEP_SIM_CHECK_STATE_H
#define BACKSTEP_SIM_CHECK_STATE_H

#include "sim/check/check.h"

/*
 * One checkout. The arrays at the end are written before they are read: only what stands before
 * `fails_ns` is cleared when a run starts.
 *
 * Masks of steps and compensations have bit i for index i; masks of calls have bit i for call i.
 */
struct check_checkout {
    struct saga_session stored; /* as last stored; the fold of the accepted events */
    uint64_t reported;          /* invariants that it broke before */
    uint64_t effects;           /* bit 2 * call + epoch: the service made this effect */
    uint64_t deadline_ns;       /* the first of those in force */
    uint64_t hold_ns;           /* when the first hold in force runs out; SAGA_NEVER */
    uint64_t step_ns;           /* the running step's deadline; SAGA_NEVER */
    uint64_t started_ns;
    uint64_t owed_ns;    /* from here on it is owed that it closes: see check_end.c */
    uint64_t closed_ns;  /* the first time; meaningful once `has_closed` */
    uint64_t id_hash;    /* of its id, for the backoff; 0: not computed yet */
    uint32_t made;       /* calls that had an effect, mending by hand included */
    uint32_t epochs;     /* calls last sent in the second epoch */
    uint16_t asked;      /* steps that the request asks for */
    uint16_t done;       /* steps that went on after an ok */
    uint16_t standing;   /* steps whose effect was made and not reversed since */
    uint16_t settled;    /* compensations acknowledged, rejected or resolved since last sent */
    uint16_t failed;     /* compensations that have had an attempt fail */
    uint16_t told_steps; /* steps and compensations whose own event was published */
    uint16_t told_undos;
    uint8_t told; /* bit i: enum saga_domain_event_kind i was published */
    uint8_t events_len;
    bool has_started;
    bool has_closed;
    bool was_operated;                 /* an operator's retry or resolve was accepted */
    uint32_t attempts[SAGA_CALLS_MAX]; /* the last one sent */

    uint64_t fails_ns[SAGA_CALLS_MAX]; /* when the last attempt fails, if nothing answers; failed */
    uint64_t first_ns[SAGA_STEPS_MAX]; /* when the step was first sent */
    struct saga_domain_event events[SCENARIO_EVENTS_MAX];
};

/* What is looked up in the plan again and again. */
struct check_plan {
    uint64_t timeout_ns[SAGA_CALLS_MAX];
    uint64_t closing_ns;               /* a longest backoff and attempt for each compensation */
    uint16_t consumes[SAGA_STEPS_MAX]; /* steps whose hold lasts until this one */
    uint16_t effects;                  /* steps that have one */
    uint16_t payments;                 /* steps that commit or capture */
};

struct check {
    const struct scenario *scenario;
    const struct saga_plan *plan; /* in force: the scenario's */
    const struct sim_books *books;
    struct check_plan facts;
    struct check_checkout *checkouts; /* by checkout - 1 */
    uint32_t checkouts_len;
    uint32_t checkouts_max;

    /* Of the step that is being checked. */
    uint32_t storing; /* the checkout whose accepted event is not stored yet; 0 */
    uint32_t closing; /* the checkout that closed with this step; 0 */
    uint8_t retried;  /* the call that the operator retried; SAGA_NONE */

    uint64_t reported; /* invariants of the run as a whole that were broken before */
    uint64_t violated; /* invariants that were broken anywhere; bit i: invariant i */
    size_t violations_len;
    size_t dropped;
    struct check_violation violations[CHECK_VIOLATIONS_MAX];
};

static inline struct check_checkout *check_of(const struct check *check, uint32_t checkout)
{
    assert(checkout >= 1 && checkout <= check->checkouts_len);
    return &check->checkouts[checkout - 1];
}

static inline uint16_t check_bit(uint8_t index)
{
    return (uint16_t)(1U << index);
}

/* Steps or compensations before this one. */
static inline uint16_t check_below(uint8_t index)
{
    return (uint16_t)((1U << index) - 1);
}

/* Whether compensation has begun, as far as what is stored or what was published tells. */
static inline bool check_has_begun(const struct check_checkout *c)
{
    return c->stored.phase == SAGA_COMPENSATING || c->stored.phase == SAGA_COMPENSATED ||
           (c->told & (1U << SAGA_FAILURE | 1U << SAGA_EXPIRY)) != 0;
}

/* A time or a duration in words for a detail: CHECK_SECONDS and CHECK_SECONDS_OF(ns). */
#define CHECK_SECONDS "%llu.%03llus"
#define CHECK_SECONDS_OF(ns)                                                                       \
    (unsigned long long)((ns) / 1000000000), (unsigned long long)((ns) / 1000000 % 1000)

/* An amount of cents as "49.90", into `text`, which is returned. */
enum { CHECK_CENTS_MAX = 24 };
const char *check_cents(char text[CHECK_CENTS_MAX], int64_t cents);

/* Notes that the invariant did not hold at this record: once for each checkout. */
__attribute__((cold, format(printf, 4, 5))) void check_report(struct check *check,
                                                              enum sim_invariant invariant,
                                                              const struct sim_record *record,
                                                              const char *format, ...);

/* check_stored.c: an accepted event; the record is its SIM_HANDLED, a SIM_STORED; a step's end. */
void check_stored_accepted(struct check *check, struct check_checkout *c,
                           const struct sim_step *step, const struct sim_record *record);
void check_stored_durable(struct check *check, const struct check_checkout *c,
                          const struct sim_record *record);
void check_stored_end(struct check *check, const struct sim_step *step);

/* check_order.c: a SIM_HANDLED that was accepted (after its fold); a SIM_SENT. */
void check_order_accepted(struct check *check, struct check_checkout *c,
                          const struct sim_step *step, const struct sim_record *record);
void check_order_sent(struct check *check, struct check_checkout *c,
                      const struct sim_record *record);

/* check_time.c */
void check_time_started(struct check *check, struct check_checkout *c, uint64_t time_ns);
void check_time_first_sent(struct check *check, struct check_checkout *c, uint8_t step,
                           uint64_t time_ns);
void check_time_done(struct check *check, struct check_checkout *c, uint8_t step);
/* A forward checkout was handled, or sent a step, at or after `deadline_ns` and goes on. */
void check_time_overdue(struct check *check, const struct check_checkout *c,
                        const struct sim_record *record);
/* A forward checkout is stored as expired by the record's event. */
void check_time_expired(struct check *check, const struct check_checkout *c,
                        const struct sim_record *record);
/* When the attempt after the last one may be sent. */
uint64_t check_time_again_ns(const struct check *check, struct check_checkout *c, uint8_t call);

/* check_books.c: SIM_EFFECT, SIM_LAPSED, SIM_MENDED. */
void check_books_effect(struct check *check, struct check_checkout *c,
                        const struct sim_record *record);
void check_books_lapsed(struct check *check, const struct sim_record *record);
void check_books_mended(struct check *check, struct check_checkout *c,
                        const struct sim_record *record);

/* check_events.c: SIM_PUBLISHED; the end of the step in which a checkout closed. */
void check_events_published(struct check *check, struct check_checkout *c,
                            const struct sim_record *record);
void check_events_closed(struct check *check, const struct sim_step *step);

#endif
