/*
 * The invariants, checked after every simulated event. The checker reads what crossed a border:
 * records, the stored bytes, the events they came from, the services' books; never the node.
 */
#ifndef BACKSTEP_SIM_CHECK_CHECK_H
#define BACKSTEP_SIM_CHECK_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/update.h"
#include "sim/record/books.h"
#include "sim/record/invariant.h"
#include "sim/record/record.h"
#include "sim/scenario/scenario.h"

enum { CHECK_VIOLATIONS_MAX = 64, CHECK_DETAIL_MAX = 159 };

/* An invariant that did not hold; the first time for each (invariant, checkout). */
struct check_violation {
    enum sim_invariant invariant;
    uint32_t checkout; /* 0: of the run as a whole */
    uint64_t time_ns;
    char detail[CHECK_DETAIL_MAX + 1]; /* what was seen, in words and numbers */
};

/* What the checker knows of one checkout, for the reports too. */
struct check_checkout;

struct check;

/* Allocates a checker; NULL when memory is out. */
struct check *check_create(void);
void check_destroy(struct check *check);

/*
 * Begins a run of the scenario. The scenario and the books must outlive it. Returns false when
 * memory is out. Memory is kept from run to run: a run of no more checkouts than the last one
 * allocates nothing.
 */
bool check_start(struct check *check, const struct scenario *scenario,
                 const struct sim_books *books);

/* Holds what one simulated event brought about against every invariant. */
void check_step(struct check *check, const struct sim_step *step);

/* The run is over, at `time_ns`: holds what is owed now (liveness) against the invariants. */
void check_end(struct check *check, uint64_t time_ns);

/* The violations so far, in the order found. `dropped`, if given: how many more there were. */
const struct check_violation *check_violations(const struct check *check, size_t *len,
                                               size_t *dropped);

/* Every invariant that was violated, also by those that were dropped. Bit i: invariant i. */
uint64_t check_violated(const struct check *check);

/* The session as last stored, and as folded from the events; NULL before its start. */
const struct saga_session *check_stored(const struct check *check, uint32_t checkout);

/* The domain events of a checkout that were published, in order; returns how many. */
size_t check_events(const struct check *check, uint32_t checkout,
                    const struct saga_domain_event **events);

/* When the checkout started and first closed, in true time; SAGA_NEVER if it did not. */
void check_times(const struct check *check, uint32_t checkout, uint64_t *started_ns,
                 uint64_t *closed_ns);

/* How many attempts of a call were decided: sent, or lost with the node that was to send them. */
uint32_t check_attempts(const struct check *check, uint32_t checkout, uint8_t call);

#endif
