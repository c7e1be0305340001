/*
 * The core and the naive second implementation of the rules agree: on random sequences, and on
 * every short one. BACKSTEP_LOCKSTEP_SEED and BACKSTEP_LOCKSTEP_RUNS choose which and how many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "tests/naive/coverage.h"
#include "tests/naive/exhaust.h"
#include "tests/naive/generate.h"
#include "tests/naive/lockstep.h"

enum { RUNS = 60000, RUN_EVENTS_MAX = 80 };

static const uint64_t MS = 1000000;

static uint64_t environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    if (text == NULL) {
        return otherwise;
    }
    char *end = NULL;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0') {
        fail_msg("%s=%s is not a number", name, text);
    }
    return value;
}

static void assert_valid(const struct saga_plan *plan)
{
    struct saga_plan_problem problem;
    if (saga_plan_check(plan, &problem, 1) != 0) {
        fail_msg("not a plan: %s (place %d, index %u)", saga_plan_fault_sentence(problem.fault),
                 (int)problem.place, problem.index);
    }
}

static void choose_plan(struct saga_plan *plan, struct dice *dice, uint64_t *quantum_ns)
{
    bool checkout = dice_chance(dice, 35);
    if (checkout) {
        *plan = saga_checkout_plan;
    } else {
        generate_plan(plan, dice);
    }
    *quantum_ns = checkout ? 500 * MS : MS;
    assert_valid(plan);
}

/* One random sequence. Returns whether they agree on it; it is left in `sequence`. */
static bool run(uint64_t seed, lockstep_tamper *tamper, struct coverage *coverage,
                struct lockstep_case *sequence)
{
    struct dice dice = {.state = seed * UINT64_C(0xD1342543DE82EF95)};
    struct temper temper;
    struct lockstep lockstep;
    uint64_t quantum_ns = 0;
    choose_plan(&sequence->plan, &dice, &quantum_ns);
    generate_temper(&temper, quantum_ns, &dice);
    lockstep_begin(&lockstep, &sequence->plan, tamper);
    size_t len = 5 + dice_roll(&dice, RUN_EVENTS_MAX - 5);
    bool agree = true;
    for (sequence->len = 0; sequence->len < len && agree;) {
        struct naive_meaning before = lockstep.meaning;
        struct lockstep_event *event = &sequence->events[sequence->len++];
        generate_event(event, &lockstep, &temper, &dice);
        agree = lockstep_apply(&lockstep, event);
        coverage_observe(coverage, &before, event, &lockstep);
        if (saga_session_is_closed(&lockstep.session) && dice_chance(&dice, 10)) {
            break; /* what comes then is mostly ignored */
        }
    }
    lockstep_end(&lockstep);
    return agree;
}

static void tell_and_fail(struct lockstep_case *sequence, const char *replay)
{
    size_t len = sequence->len;
    lockstep_shrink(sequence, NULL);
    fprintf(stderr, "core and naive differ; %zu events, shrunk to %zu\n", len, sequence->len);
    lockstep_print(sequence, NULL, stderr);
    fail_msg("replay: %s", replay);
}

static void assert_covered(const struct coverage *coverage, const enum coverage_item *but,
                           size_t but_len)
{
    for (int i = 0; i < COVERAGE_COUNT; i++) {
        bool excused = false;
        for (size_t j = 0; j < but_len; j++) {
            excused = excused || (int)but[j] == i;
        }
        if (coverage->counts[i] == 0 && !excused) {
            fail_msg("never exercised: %s", coverage_name((enum coverage_item)i));
        }
    }
}

static void tell_coverage(const struct coverage *coverage)
{
    if (getenv("BACKSTEP_LOCKSTEP_VERBOSE") == NULL) {
        return;
    }
    printf("%" PRIu64 " events\n", coverage->events);
    for (int i = 0; i < COVERAGE_COUNT; i++) {
        printf("%10" PRIu64 "  %s\n", coverage->counts[i], coverage_name((enum coverage_item)i));
    }
}

static void core_and_naive_agree_on_random_sequences(void **state)
{
    (void)state;
    static struct lockstep_case sequence;
    struct coverage coverage = {0};
    uint64_t first = environment("BACKSTEP_LOCKSTEP_SEED", 1);
    uint64_t runs = environment("BACKSTEP_LOCKSTEP_RUNS", RUNS);
    for (uint64_t seed = first; seed - first < runs; seed++) {
        if (!run(seed, NULL, &coverage, &sequence)) {
            char replay[96];
            snprintf(replay, sizeof(replay),
                     "BACKSTEP_LOCKSTEP_SEED=%" PRIu64 " BACKSTEP_LOCKSTEP_RUNS=1", seed);
            tell_and_fail(&sequence, replay);
        }
    }
    tell_coverage(&coverage);
    if (runs >= RUNS) {
        assert_covered(&coverage, NULL, 0);
    }
}

static void core_and_naive_agree_on_every_short_sequence(void **state)
{
    (void)state;
    static const struct {
        void (*put)(struct saga_plan *plan);
        uint8_t done;
        size_t depth;
    } plans[] = {{exhaust_plan_one, 0, 7},
                 {exhaust_plan_two, 0, 5},
                 {exhaust_plan_two, 1, 6},
                 {exhaust_plan_shared, 2, 6}};
    static struct lockstep_case sequence;
    struct coverage coverage = {0};
    for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
        struct saga_plan plan;
        plans[i].put(&plan);
        assert_valid(&plan);
        if (!exhaust(&plan, plans[i].done, plans[i].depth, &coverage, &sequence)) {
            tell_and_fail(&sequence, "the exhaustive test has no seed");
        }
    }
    static const enum coverage_item beyond[] = {
        COVERED_SKIPPED,    COVERED_NOTHING_OWED,  COVERED_UNKNOWN_PLAN, COVERED_CONFLICT,
        COVERED_CLOCK_BACK, COVERED_STARTED_TWICE, COVERED_HUGE_TIME};
    tell_coverage(&coverage);
    assert_covered(&coverage, beyond, sizeof(beyond) / sizeof(beyond[0]));
}

/* R17 broken: the naive one does not hear the buyer. */
static void no_cancel(struct saga_event *event)
{
    event->kind = event->kind == SAGA_CANCEL ? SAGA_TICK : event->kind;
}

/* R14 broken: a compensation that is rejected is taken for undone. */
static void no_stuck(struct saga_event *event)
{
    bool rejected = event->kind == SAGA_REPLY && event->call >= SAGA_STEPS_MAX &&
                    event->answer == SAGA_ANSWER_REJECTED;
    event->answer = rejected ? SAGA_ANSWER_OK : event->answer;
}

/* R6 broken: a rejection from an older attempt is not heard. */
static void no_second_rejection(struct saga_event *event)
{
    bool rejected = event->kind == SAGA_REPLY && event->call < SAGA_STEPS_MAX &&
                    event->answer == SAGA_ANSWER_REJECTED && event->attempt > 1;
    event->attempt = rejected ? 0 : event->attempt;
}

/* The first difference that turns up, shrunk: at most `len` events, the last one told in `story`.
 */
static void assert_found_and_shrunk(lockstep_tamper *tamper, size_t len, const char *story)
{
    static struct lockstep_case sequence;
    struct coverage coverage = {0};
    uint64_t seed = 1;
    while (run(seed, tamper, &coverage, &sequence)) {
        assert_true(++seed < 500);
    }
    lockstep_shrink(&sequence, tamper);
    assert_int_equal(lockstep_play(&sequence, tamper), sequence.len - 1);
    assert_int_equal(lockstep_play(&sequence, NULL), sequence.len);

    char *text = NULL;
    size_t text_len = 0;
    FILE *out = open_memstream(&text, &text_len);
    lockstep_print(&sequence, tamper, out);
    fclose(out);
    if (sequence.len > len || strstr(text, story) == NULL ||
        strstr(text, "they differ in") == NULL) {
        fprintf(stderr, "%s", text);
        fail_msg("expected at most %zu events, and \"%s\"", len, story);
    }
    free(text);
}

static void a_broken_rule_is_found_and_its_sequence_shrunk(void **state)
{
    (void)state;
    assert_found_and_shrunk(no_cancel, 2, "  2. at 0ms  cancel");
    /* start, the read-only step, doubt, rejected */
    assert_found_and_shrunk(no_stuck, 4, "attempt 1 rejected");
    /* start, unavailable, the backoff's end, rejected */
    assert_found_and_shrunk(no_second_rejection, 4, "attempt 2 rejected");
}

static void a_sequence_on_which_they_agree_is_left_alone(void **state)
{
    (void)state;
    static struct lockstep_case sequence;
    struct coverage coverage = {0};
    assert_true(run(1, NULL, &coverage, &sequence));
    size_t len = sequence.len;
    lockstep_shrink(&sequence, NULL);
    assert_int_equal(sequence.len, len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(core_and_naive_agree_on_every_short_sequence),
        cmocka_unit_test(core_and_naive_agree_on_random_sequences),
        cmocka_unit_test(a_broken_rule_is_found_and_its_sequence_shrunk),
        cmocka_unit_test(a_sequence_on_which_they_agree_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
