/*
 * A journal: every record of a run, in order, for tests that ask what happened.
 *
 *     journal_play(&journal, world, &scenario, 1);
 *     const struct sim_record *sent = journal_find(&journal, SIM_SENT, 1, call, 2);
 */
#ifndef BACKSTEP_TESTS_SIM_SUPPORT_JOURNAL_H
#define BACKSTEP_TESTS_SIM_SUPPORT_JOURNAL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

#include "core/update.h"
#include "sim/record/record.h"
#include "sim/world/world.h"

struct journal {
    struct sim_record *records; /* zeroed struct: none yet */
    size_t len;
    size_t max;
    uint64_t steps;
};

void journal_free(struct journal *journal);

/* Plays the scenario to its end; the journal then holds this run and no other. */
void journal_play(struct journal *journal, struct world *world, const struct scenario *scenario,
                  uint64_t seed);

/* The first record of this kind, checkout, call and attempt. It must be there. */
const struct sim_record *journal_find(const struct journal *journal, enum sim_record_kind kind,
                                      uint32_t checkout, uint8_t call, uint32_t attempt);

/* How many records of this kind there are: of all checkouts and calls, of one call. */
size_t journal_count(const struct journal *journal, enum sim_record_kind kind);
size_t journal_count_of(const struct journal *journal, enum sim_record_kind kind, uint8_t call);

/* The n-th (from 0) event of that kind that the node handled. It must be there. */
const struct sim_record *journal_handled(const struct journal *journal, enum saga_event_kind kind,
                                         size_t nth);

/* Whether a domain event of that kind was published by the checkout. */
bool journal_has_published(const struct journal *journal, uint32_t checkout,
                           enum saga_domain_event_kind kind);

/* Whether both hold the same records, byte for byte; of one checkout, or of all of them (0). */
bool journal_is_same(const struct journal *a, const struct journal *b, uint32_t checkout);
void assert_same_journal(const struct journal *a, const struct journal *b, uint32_t checkout);

#endif
