/* Whatever fails, and whenever: each step of a day, one after the other, and then all at random. */
#include "tests/runtime/engine/support/desk.h"
#include "tests/runtime/engine/support/town.h"

static struct town town;
static struct memory_store memory;

static const struct saga_plan *const plans[] = {&saga_checkout_plan};

static void given(uint64_t seed, uint32_t checkouts)
{
    memory_store_init(&memory, plans, 1);
    given_town(&town, &memory.store, seed, checkouts);
}

/* A day: it completes; it is declined and undone; it expires. */
static const struct {
    const char *rejects;
    const char *silent;
} days[] = {{NULL, NULL}, {"authorize_payment", NULL}, {NULL, "authorize_payment"}};
enum { DAYS = sizeof(days) / sizeof(days[0]) };

static void test_the_day_without_faults(void **state)
{
    (void)state;
    static const uint8_t phases[] = {SAGA_COMPLETED, SAGA_COMPENSATED, SAGA_COMPENSATED};
    for (size_t day = 0; day < DAYS; day++) {
        given(1, 3);
        town.rejects = days[day].rejects;
        town.silent = days[day].silent;
        assert_true(live(&town));
        expect_balance(&town);
        assert_int_equal(memory_store_find(&memory, "c-1")->checkout.session.phase, phases[day]);
        close_town(&town);
    }
}

/* It dies in each step: what the step said is not done, and all that was in memory is gone. */
static void test_a_crash_in_each_step(void **state)
{
    (void)state;
    for (size_t day = 0; day < DAYS; day++) {
        for (uint64_t n = 1;; n++) {
            given(n, 3);
            town.rejects = days[day].rejects;
            town.silent = days[day].silent;
            town.crash_at_step = n;
            assert_true(live(&town));
            expect_balance(&town);
            bool untouched = town.crashes == 0;
            close_town(&town);
            if (untouched) {
                assert_true(n > 30);
                break;
            }
        }
    }
}

/* Each commit goes wrong in each way; and, for a while, every one. */
static void fail_each_commit(enum memory_fault fault, uint64_t len)
{
    for (size_t day = 0; day < DAYS; day++) {
        for (uint64_t n = 1;; n++) {
            given(n, 3);
            town.rejects = days[day].rejects;
            town.silent = days[day].silent;
            memory.fault = fault;
            memory.fault_from = n;
            memory.fault_to = n + len - 1;
            assert_true(live(&town));
            expect_balance(&town);
            bool untouched = memory.commits < n;
            close_town(&town);
            if (untouched) {
                break;
            }
        }
    }
}

static void test_each_commit_fails(void **state)
{
    (void)state;
    static const enum memory_fault faults[] = {MEMORY_FAILED, MEMORY_FULL,   MEMORY_NO_MEMORY,
                                               MEMORY_LOST,   MEMORY_STORED, MEMORY_CONFLICT};
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        fail_each_commit(faults[i], 1);
        fail_each_commit(faults[i], 7);
    }
}

static enum memory_fault chance(void *context, bool is_commit)
{
    struct town *t = context;
    static const enum memory_fault faults[] = {MEMORY_FAILED, MEMORY_FULL,   MEMORY_NO_MEMORY,
                                               MEMORY_LOST,   MEMORY_STORED, MEMORY_CONFLICT};
    if (t->now_ns >= t->heal_ns || town_draw(t, 100) >= 5) {
        return MEMORY_WELL;
    }
    return is_commit ? faults[town_draw(t, 6)] : faults[town_draw(t, 3)];
}

/* All at once: each seed draws how often each thing goes wrong. */
static void test_everything_at_random(void **state)
{
    (void)state;
    uint64_t crashes = 0;
    uint64_t failures = 0;
    for (uint64_t seed = 1; seed <= 600; seed++) {
        given(seed * 7919, 1 + seed % 12);
        struct town_faults *f = &town.faults;
        uint32_t *rates[] = {&f->lose,   &f->twice,  &f->late,   &f->unavailable, &f->reject,
                             &f->refuse, &f->cancel, &f->repeat, &f->crash};
        for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
            *rates[i] = town_draw(&town, 2) == 0 ? 0 : town_draw(&town, 100);
        }
        f->cancel /= 20;
        if (seed % 4 != 0) {
            memory.chance = chance;
            memory.context = &town;
        }
        assert_true(live(&town));
        failures += engine_gauges(town.engine).commits_failed;
        expect_balance(&town);
        crashes += town.crashes;
        close_town(&town);
    }
    assert_true(crashes > 500);
    assert_true(failures > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_day_without_faults),
        cmocka_unit_test(test_a_crash_in_each_step),
        cmocka_unit_test(test_each_commit_fails),
        cmocka_unit_test(test_everything_at_random),
    };
    return cmocka_run_group_tests_name("engine among services", tests, NULL, NULL);
}
