/*
 * Inside the checker: what it knows of a run, and how it says what it found. Not for its users.
 *
 * check.c hands each record to the files that judge it:
 *     check_stored.c  the accepted event folded anew, the stored bytes
 *     check_order.c   what is decided to be sent, and when it is its turn
 *     check_again.c   what is sent late, or again after a restart
 *     check_time.c    deadlines and backoffs, in true time
 *     check_clock.c   the slack of true time: how far the nodes' clocks may be wrong
 *     check_books.c   what the services hold
 *     check_events.c  what is published
 *     check_told.c    the outbox, the read model, the buyer's notification
 *     check_end.c     what is owed once the world is healed
 * account.c puts what the books tell into words, check_report.c notes what they find.
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
    uint64_t event_ns;   /* when its last domain event was stored */
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
    uint8_t told;      /* bit i: enum saga_domain_event_kind i was published */
    uint8_t emitted;   /* bit i: it was stored */
    uint8_t published; /* events published: the next one's sequence number */
    uint8_t events_len;
    uint8_t stored_by; /* the node that stored it last */
    bool has_started;
    bool has_closed;
    bool was_operated;                 /* an operator's retry or resolve was accepted */
    bool was_notified;                 /* the buyer was told of the outcome */
    uint8_t owed[SAGA_CALLS_MAX];      /* attempts that were decided, and not sent since */
    uint32_t attempts[SAGA_CALLS_MAX]; /* the last one decided */

    uint64_t fails_ns[SAGA_CALLS_MAX]; /* when the last attempt fails, if nothing answers; failed */
    uint64_t first_ns[SAGA_STEPS_MAX]; /* when the step was first sent, as its node reckons */
    struct saga_domain_event events[SCENARIO_EVENTS_MAX]; /* stored: of the fold, in order */
};

/* What is looked up in the plan again and again. */
struct check_plan {
    uint64_t timeout_ns[SAGA_CALLS_MAX];
    uint64_t closing_ns;               /* what all compensations may take: see check.c */
    uint16_t consumes[SAGA_STEPS_MAX]; /* steps whose hold lasts until this one */
    uint16_t effects;                  /* steps that have one */
    uint16_t payments;                 /* steps that commit or capture */
};

/* How far the nodes' clocks may be wrong: see check_clock.c. */
struct check_clocks {
    uint64_t apart_ns;   /* the largest offset less the smallest */
    uint64_t jumped_ns;  /* what nodes took for time because of jumps, or did not take for it */
    uint64_t rounded_ns; /* what whole nanoseconds lose, if any clock drifts */
    uint32_t fast_ppm;   /* the most that any clock has run too fast, and too slow */
    uint32_t slow_ppm;
    bool are_several;
    bool are_exact; /* all of them show true time, or differ from it by the same */
    uint64_t stamped_ns[SCENARIO_NODES_MAX];  /* when the node last stored its clocks, as far as is
                                                 told */
    int64_t unnoticed_ns[SCENARIO_NODES_MAX]; /* jumps since that it did not notice, added up */
};

struct check {
    const struct scenario *scenario;
    const struct saga_plan *plan; /* in force: the scenario's */
    const struct sim_books *books;
    struct check_plan facts;
    struct check_clocks clocks;
    struct check_checkout *checkouts; /* by checkout - 1 */
    uint32_t checkouts_len;
    uint32_t checkouts_max;

    uint64_t healed_ns; /* when the nodes have got over the last fault: heal, or somewhat later */
    uint16_t resumed;   /* nodes that stood still since they last started; bit i: node i */

    /* Of the step that is being checked. */
    uint64_t handled_ns; /* when the event was handled: what the node reckons from */
    uint32_t storing;    /* the checkout whose accepted event is not stored yet; 0 */
    uint8_t retried;     /* the call that the operator retried; SAGA_NONE */

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

/* Notes that the invariant did not hold at this record: once for each checkout. */
__attribute__((cold, format(printf, 4, 5))) void check_report(struct check *check,
                                                              enum sim_invariant invariant,
                                                              const struct sim_record *record,
                                                              const char *format, ...);

/* check_stored.c: an accepted event; the record is its SIM_HANDLED, a SIM_STORED; a step's end. */
void check_stored_accepted(struct check *check, struct check_checkout *c,
                           const struct sim_step *step, const struct sim_record *record);
void check_stored_durable(struct check *check, struct check_checkout *c,
                          const struct sim_record *record);
void check_stored_end(struct check *check, const struct sim_step *step);

/* check_order.c: a SIM_HANDLED that was accepted (after its fold); a call that was decided with it:
 * a fresh SIM_SENT, or SIM_OWED. */
void check_order_accepted(struct check *check, struct check_checkout *c,
                          const struct sim_step *step, const struct sim_record *record);
void check_order_sent(struct check *check, struct check_checkout *c,
                      const struct sim_record *record);

/* check_again.c: SIM_OWED; a SIM_SENT of what was decided before: late, or by a node that has
 * restarted, and has stood still since, or not. */
void check_again_owed(struct check_checkout *c, const struct sim_record *record);
void check_again_late(struct check *check, struct check_checkout *c,
                      const struct sim_record *record);
void check_again_resumed(struct check *check, const struct check_checkout *c,
                         const struct sim_record *record);
void check_again_restarted(struct check *check, const struct check_checkout *c,
                           const struct sim_record *record);

/* check_clock.c: the scenario's clocks; SIM_JUMPED, SIM_DRIFTED, SIM_RESTARTED. */
void check_clock_start(struct check_clocks *clocks, const struct scenario *scenario);
void check_clock_jumped(struct check_clocks *clocks, const struct sim_record *record);
void check_clock_drifted(struct check_clocks *clocks, const struct sim_record *record);
void check_clock_restarted(struct check_clocks *clocks, const struct sim_record *record);
uint64_t check_clock_inexact_ns(const struct check_clocks *clocks, uint64_t since_ns,
                                uint64_t now_ns);

/* A node stores its clocks: with each session, and when it starts. */
static inline void check_clock_stamped(struct check_clocks *clocks, uint8_t node, uint64_t time_ns)
{
    clocks->stamped_ns[node] = time_ns;
}

/* By how much nodes may disagree with true time on what has passed from `since_ns` to `now_ns`. */
static inline uint64_t check_slack_ns(const struct check *check, uint64_t since_ns, uint64_t now_ns)
{
    return check->clocks.are_exact ? 0 : check_clock_inexact_ns(&check->clocks, since_ns, now_ns);
}

/* check_time.c: all of it at `check->handled_ns`. */
void check_time_started(struct check *check, struct check_checkout *c);
void check_time_first_sent(struct check *check, struct check_checkout *c, uint8_t step);
void check_time_done(struct check *check, struct check_checkout *c, uint8_t step);
/* A forward checkout was handled, or sent a step, at or after `deadline_ns` and goes on. */
void check_time_overdue(struct check *check, const struct check_checkout *c,
                        const struct sim_record *record);
/* A forward checkout is stored as expired by the record's event. */
void check_time_expired(struct check *check, const struct check_checkout *c,
                        const struct sim_record *record);
/* By how much the attempt after the last one is sent too early; 0 if it is not. */
uint64_t check_time_hurried_ns(const struct check *check, struct check_checkout *c, uint8_t call);
/* Whether the last attempt of the call has failed, as far as any node can tell. */
bool check_time_has_failed(const struct check *check, const struct check_checkout *c, uint8_t call);

/* check_books.c: SIM_EFFECT, SIM_LAPSED, SIM_MENDED. */
void check_books_effect(struct check *check, struct check_checkout *c,
                        const struct sim_record *record);
void check_books_lapsed(struct check *check, const struct sim_record *record);
void check_books_mended(struct check *check, struct check_checkout *c,
                        const struct sim_record *record);

/* check_events.c: what the fold of an accepted event emits; SIM_PUBLISHED; a checkout has closed
 * with the record's event. */
enum {
    CHECK_OUTCOMES = 1 << SAGA_COMPLETION | 1 << SAGA_FAILURE | 1 << SAGA_EXPIRY,
    CHECK_FAILURES = 1 << SAGA_FAILURE | 1 << SAGA_EXPIRY
};
void check_events_stored(struct check_checkout *c, const struct saga_update *update,
                         const struct sim_record *record);
void check_events_published(struct check *check, struct check_checkout *c,
                            const struct sim_record *record);
void check_events_closed(struct check *check, const struct check_checkout *c,
                         const struct sim_record *record);

/* check_told.c: SIM_NOTIFIED; the end of a run that owes all of it. */
void check_told_notified(struct check *check, struct check_checkout *c,
                         const struct sim_record *record);
void check_told_end(struct check *check, const struct check_checkout *c,
                    const struct sim_record *record);

/* check_end.c: what may last longer than until heal: SIM_UNSTORED, SIM_SLOWED, SIM_PARTITIONED,
 * SIM_RESTARTED. */
void check_end_put_off(struct check *check, const struct sim_record *record);

#endif
