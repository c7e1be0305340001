/*
 * All that the sandbox remembers: which checkout has which number, the services' books and
 * memories, what was told. It changes by records of the journal and by nothing else, so that a
 * journal that is read again gives the same ledger.
 */
#ifndef BACKSTEP_SIM_SANDBOX_LEDGER_H
#define BACKSTEP_SIM_SANDBOX_LEDGER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "runtime/node/progress.h"
#include "sim/sandbox/journal.h"
#include "sim/world/service.h"

/* Kinds of events beside enum saga_domain_event_kind. */
enum {
    LEDGER_EVENT_OTHER = 254,  /* of a name that the plan does not have */
    LEDGER_EVENT_MISSING = 255 /* a later one has come */
};

struct ledger_event {
    uint8_t kind; /* enum saga_domain_event_kind, or one of those above */
    uint8_t index;
};

enum { LEDGER_NOTICES_MAX = 4 };

/* How the events of a checkout came otherwise than they should. */
#define LEDGER_MISFITS(X)                                                                          \
    X(LEDGER_FITS, "")                                                                             \
    X(LEDGER_AHEAD, "came before the one before it")                                               \
    X(LEDGER_CHANGED, "came once more as another event")                                           \
    X(LEDGER_TOO_MANY, "is beyond all that a checkout can have")

enum ledger_misfit {
#define X(id, sentence) id,
    LEDGER_MISFITS(X)
#undef X
};

struct ledger_checkout {
    char id[SAGA_ID_MAX + 1]; /* "" while nobody has this number */
    bool was_called;          /* `flags` is known */
    uint16_t flags;
    uint8_t misfit; /* enum ledger_misfit: the first */
    uint32_t misfit_sequence;
    uint32_t events_len;
    struct ledger_event events[SCENARIO_EVENTS_MAX]; /* by sequence */
    uint32_t notices_len;                            /* with different keys */
    uint64_t notices[LEDGER_NOTICES_MAX];            /* hashes of the first keys */
    uint32_t lapsed;                                 /* bit i: what call i acquired has run out */
};

struct ledger {
    const struct scenario *scenario;
    uint64_t seed; /* mixed: sim/world/draw.h */
    struct services services;
    struct ledger_checkout *checkouts; /* by number - 1; as many as the scenario has */
    uint32_t known;                    /* that have an id */
    uint32_t next_free;                /* no number below it is free */
    uint32_t *slots;                   /* numbers by hash of the id; 0: empty */
    uint32_t slots_len;                /* a power of two */
};

/* False when memory is out; then nothing is left to free. */
bool ledger_start(struct ledger *ledger, const struct scenario *scenario);
void ledger_free(struct ledger *ledger);

/* The number of a checkout; 0: never heard of. */
uint32_t ledger_find(const struct ledger *ledger, const char *id);

/* The number to give to a checkout that was never heard of: N of `checkout-N` if that is free, else
 * the next free one; 0: all are taken. */
uint32_t ledger_choose(struct ledger *ledger, const char *id);

/* Whether a call of this key was answered for good: asking again changes nothing. */
bool ledger_remembers(const struct ledger *ledger, uint32_t number, uint8_t call, uint8_t epoch);

/* Whether this event, or a notification with this key, is known already. */
bool ledger_has_event(const struct ledger *ledger, uint32_t number, uint32_t sequence,
                      struct ledger_event event);
bool ledger_has_notice(const struct ledger *ledger, uint32_t number, uint64_t key);

/* Whether the record can be, here and now: it was written by a program that may be another. */
bool ledger_allows(const struct ledger *ledger, const struct journal_record *record);

/* Does what the record says; it is allowed. `answer`: of a call, else untouched. `failed_after`: a
 * call is done, and answered `unavailable`. */
void ledger_apply(struct ledger *ledger, const struct journal_record *record, bool failed_after,
                  struct service_answer *answer);

/* The answer to a call that changes nothing: its key is remembered, or the fault alone decides. */
struct service_answer ledger_answer(struct ledger *ledger, uint32_t number, uint8_t call,
                                    uint8_t epoch, const struct service_fault *fault);

/* How the checkout stands, as far as the events tell that came in order. */
struct node_progress ledger_progress(const struct ledger *ledger, uint32_t number);

/* The event under which the plan knows this name; kind LEDGER_EVENT_OTHER: it does not. */
struct ledger_event ledger_event_of(const struct saga_plan *plan, const char *name);

/*
 * The books as JSON: {"scenario", "plan", "pools", "totals", "checkouts": [...]}; `number`: with
 * this checkout only; 0: with all. NULL when memory is out.
 */
json_t *ledger_as_json(const struct ledger *ledger, uint32_t number);

/*
 * Whether they balance, as JSON: {"balanced", "checkouts", "completed", "compensated", "open",
 * "problems_len", "problems": [{"checkout", "what"}]}; the first LEDGER_PROBLEMS_MAX problems. It
 * is judged as it stands: what a checkout that is closed owes, it owes now. NULL when memory is
 * out.
 */
enum { LEDGER_PROBLEMS_MAX = 100 };
json_t *ledger_check(const struct ledger *ledger, bool *balanced);

#endif
