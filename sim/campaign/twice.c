#include "sim/campaign/twice.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/campaign/record_text.h"

/* Every record of one run, in order, and where each event ends. */
struct tape {
    struct sim_record *records;
    size_t records_len;
    size_t records_max;
    size_t *ends; /* by event: index of the record behind its last one */
    size_t events_len;
    size_t events_max;
    bool no_memory;
};

/* A second run, held against the tape of the first until they part. */
struct second {
    const struct tape *tape;
    const struct run *run;
    size_t events; /* so far */
    bool parted;
    struct run_mismatch *mismatch;
};

/* Room for `more` items behind the `len` that are there. Returns false when memory is out. */
static bool make_room(void **items, size_t size, size_t len, size_t more, size_t *max)
{
    if (len + more < *max) { /* never NULL, even for nothing */
        return true;
    }
    size_t wanted = 2 * (len + more) + 1024;
    void *grown = realloc(*items, wanted * size);
    if (grown == NULL) {
        return false;
    }
    *items = grown;
    *max = wanted;
    return true;
}

static void keep(void *context, const struct sim_step *step)
{
    struct tape *tape = context;
    void *records = tape->records;
    void *ends = tape->ends;
    tape->no_memory =
        tape->no_memory ||
        !make_room(&records, sizeof(*tape->records), tape->records_len, step->records_len,
                   &tape->records_max) ||
        !make_room(&ends, sizeof(*tape->ends), tape->events_len, 1, &tape->events_max);
    tape->records = records;
    tape->ends = ends;
    if (tape->no_memory) {
        return;
    }
    memcpy(tape->records + tape->records_len, step->records,
           step->records_len * sizeof(*step->records));
    tape->records_len += step->records_len;
    tape->ends[tape->events_len++] = tape->records_len;
}

/* What was seen of the event both times; one may be NULL: nothing, or nothing more. */
static void describe(struct second *second, const struct sim_record *first,
                     const struct sim_record *again)
{
    char texts[2][CAMPAIGN_RECORD_TEXT_MAX];
    const struct scenario *played = run_played(second->run);
    const struct sim_record *either = first != NULL ? first : again;
    assert(either != NULL);
    uint64_t time_ns = either->time_ns;
    second->parted = true;
    campaign_record_text(texts[0], played, first, again);
    campaign_record_text(texts[1], played, again, first);
    snprintf(second->mismatch->actual, sizeof(second->mismatch->actual),
             "event %zu, at %" PRIu64 ".%09" PRIu64 " s: %s | the second time: %s",
             second->events + 1, time_ns / 1000000000, time_ns % 1000000000, texts[0], texts[1]);
}

/* Where so many events of the tape end. */
static size_t end_of(const struct tape *tape, size_t events)
{
    if (events == 0) {
        return 0;
    }
    return events <= tape->events_len ? tape->ends[events - 1] : tape->records_len;
}

static void compare(void *context, const struct sim_step *step)
{
    struct second *second = context;
    const struct tape *tape = second->tape;
    if (second->parted) {
        return;
    }
    size_t from = end_of(tape, second->events);
    size_t to = end_of(tape, second->events + 1);
    for (uint32_t i = 0; i < step->records_len || from + i < to; i++) {
        const struct sim_record *first = from + i < to ? &tape->records[from + i] : NULL;
        const struct sim_record *again = i < step->records_len ? &step->records[i] : NULL;
        if (first == NULL || again == NULL || memcmp(first, again, sizeof(*first)) != 0) {
            describe(second, first, again);
            return;
        }
    }
    second->events++;
}

static struct run_mismatch *add_mismatch(struct run_result *result)
{
    if (result->mismatches_len == RUN_MISMATCHES_MAX) {
        result->mismatches_len--;
    }
    struct run_mismatch *mismatch = &result->mismatches[result->mismatches_len++];
    mismatch->key = CAMPAIGN_TWICE_KEY;
    mismatch->checkout = 0;
    mismatch->line = 0;
    mismatch->name[0] = '\0';
    return mismatch;
}

/* The second run is over, and all of it was as the first time: but that may have gone on. */
static void end(struct second *second)
{
    const struct tape *tape = second->tape;
    size_t from = end_of(tape, second->events);
    if (from < tape->records_len) {
        describe(second, &tape->records[from], NULL);
        return;
    }
    snprintf(second->mismatch->actual, sizeof(second->mismatch->actual),
             "another hash the second time, but not when played again");
}

/* Plays it twice more, record by record. The result of the run stays what it was. */
static bool explain(struct run *run, const struct scenario *scenario, uint64_t seed,
                    struct run_result *result, struct run_result *scratch)
{
    struct tape tape = {0};
    struct second second = {.tape = &tape, .run = run, .mismatch = add_mismatch(result)};
    snprintf(second.mismatch->expected, sizeof(second.mismatch->expected),
             "the same seed gives the same run: %016" PRIx64, result->hash);
    bool ran = run_scenario(run, scenario, seed, keep, &tape, scratch) && !tape.no_memory &&
               run_scenario(run, scenario, seed, compare, &second, scratch);
    if (ran && !second.parted) {
        end(&second);
    }
    free(tape.records);
    free(tape.ends);
    return ran;
}

bool campaign_run_twice(struct run *run, const struct scenario *scenario, uint64_t seed,
                        run_observer *observer, void *context, struct run_result *result)
{
    struct run_result *again = malloc(sizeof(*again));
    bool ran = again != NULL && run_scenario(run, scenario, seed, observer, context, result) &&
               run_scenario(run, scenario, seed, NULL, NULL, again);
    if (ran && (again->hash != result->hash || again->events != result->events ||
                again->end_ns != result->end_ns)) {
        result->passed = false;
        ran = explain(run, scenario, seed, result, again);
    }
    free(again);
    return ran;
}
