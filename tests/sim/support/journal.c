#include "tests/sim/support/journal.h"

#include <stdlib.h>
#include <string.h>

void journal_free(struct journal *journal)
{
    free(journal->records);
    *journal = (struct journal){0};
}

static void add(struct journal *journal, const struct sim_step *step)
{
    while (journal->len + step->records_len > journal->max) {
        journal->max = journal->max == 0 ? 1024 : journal->max * 2;
        journal->records = realloc(journal->records, journal->max * sizeof(*journal->records));
        assert_non_null(journal->records);
    }
    memcpy(&journal->records[journal->len], step->records,
           step->records_len * sizeof(*journal->records));
    journal->len += step->records_len;
    journal->steps++;
}

void journal_play(struct journal *journal, struct world *world, const struct scenario *scenario,
                  uint64_t seed)
{
    const struct sim_step *step;
    journal->len = 0;
    journal->steps = 0;
    assert_true(world_start(world, scenario, seed));
    while ((step = world_next(world)) != NULL) {
        add(journal, step);
    }
    assert_false(world_is_out_of_memory(world));
}

const struct sim_record *journal_find(const struct journal *journal, enum sim_record_kind kind,
                                      uint32_t checkout, uint8_t call, uint32_t attempt)
{
    for (size_t i = 0; i < journal->len; i++) {
        const struct sim_record *record = &journal->records[i];
        if (record->kind == kind && record->checkout == checkout && record->call == call &&
            record->attempt == attempt) {
            return record;
        }
    }
    fail_msg("nothing %s of checkout %u, call %u, attempt %u", sim_record_kind_name(kind),
             (unsigned)checkout, (unsigned)call, (unsigned)attempt);
    return NULL;
}

size_t journal_count(const struct journal *journal, enum sim_record_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < journal->len; i++) {
        count += journal->records[i].kind == kind;
    }
    return count;
}

size_t journal_count_of(const struct journal *journal, enum sim_record_kind kind, uint8_t call)
{
    size_t count = 0;
    for (size_t i = 0; i < journal->len; i++) {
        count += journal->records[i].kind == kind && journal->records[i].call == call;
    }
    return count;
}

const struct sim_record *journal_handled(const struct journal *journal, enum saga_event_kind kind,
                                         size_t nth)
{
    for (size_t i = 0; i < journal->len; i++) {
        const struct sim_record *record = &journal->records[i];
        if (record->kind == SIM_HANDLED && record->what == kind && nth-- == 0) {
            return record;
        }
    }
    fail_msg("no such %s was handled", saga_event_kind_name(kind));
    return NULL;
}

bool journal_has_published(const struct journal *journal, uint32_t checkout,
                           enum saga_domain_event_kind kind)
{
    for (size_t i = 0; i < journal->len; i++) {
        const struct sim_record *record = &journal->records[i];
        if (record->kind == SIM_PUBLISHED && record->checkout == checkout && record->what == kind) {
            return true;
        }
    }
    return false;
}

/* The next record of the checkout from `at` on; NULL behind the last. */
static const struct sim_record *next_of(const struct journal *journal, uint32_t checkout,
                                        size_t *at)
{
    while (*at < journal->len) {
        const struct sim_record *record = &journal->records[(*at)++];
        if (checkout == 0 || record->checkout == checkout) {
            return record;
        }
    }
    return NULL;
}

bool journal_is_same(const struct journal *a, const struct journal *b, uint32_t checkout)
{
    size_t at_a = 0;
    size_t at_b = 0;
    for (;;) {
        const struct sim_record *of_a = next_of(a, checkout, &at_a);
        const struct sim_record *of_b = next_of(b, checkout, &at_b);
        if (of_a == NULL || of_b == NULL) {
            return of_a == of_b;
        }
        if (memcmp(of_a, of_b, sizeof(*of_a)) != 0) {
            return false;
        }
    }
}

void assert_same_journal(const struct journal *a, const struct journal *b, uint32_t checkout)
{
    assert_true(journal_is_same(a, b, checkout));
}
