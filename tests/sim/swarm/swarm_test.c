/* What a seed makes of a scenario: varied, the same each time, and what a file could say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/fault_kind.h"
#include "sim/swarm/swarm.h"
#include "tests/sim/support/scenario_builder.h"
#include "tests/sim/swarm/kind.h"
#include "tests/sim/swarm/same.h"

enum { SEEDS = 20000 };

struct fixture {
    struct swarm *swarm;
    struct scenario *base;
    struct scenario *copy;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->swarm = swarm_create();
    fixture->base = malloc(sizeof(*fixture->base));
    fixture->copy = malloc(sizeof(*fixture->copy));
    assert_non_null(fixture->swarm);
    assert_non_null(fixture->base);
    assert_non_null(fixture->copy);
    builder_begin(fixture->base);
    fixture->base->nodes_len = 1;
    fixture->base->swarm = SIM_FAULTS_ALL;
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    swarm_destroy(fixture->swarm);
    free(fixture->base);
    free(fixture->copy);
    free(fixture);
    return 0;
}

static uint64_t bit(enum sim_fault_kind kind)
{
    return UINT64_C(1) << kind;
}

static const struct scenario *expand(struct fixture *fixture, uint64_t seed)
{
    return swarm_expand(fixture->swarm, fixture->base, seed);
}

static uint64_t kinds_of(const struct scenario *scenario)
{
    uint64_t kinds = 0;
    for (uint32_t i = 0; i < scenario->faults_len; i++) {
        kinds |= bit(kind_of_fault(&scenario->faults[i]));
    }
    return kinds;
}

static void test_without_swarm_it_is_the_scenario_itself(void **state)
{
    struct fixture *fixture = *state;
    fixture->base->swarm = 0;
    assert_ptr_equal(expand(fixture, 7), fixture->base);
}

static void test_a_seed_gives_the_same_whatever_came_before(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        *fixture->copy = *expand(fixture, seed);
        expand(fixture, seed * 31);
        expand(fixture, seed + 1);
        assert_true(same_scenario(expand(fixture, seed), fixture->copy));
        assert_int_equal(fixture->copy->swarm, 0);
    }
}

static void test_another_base_is_taken_as_a_whole(void **state)
{
    struct fixture *fixture = *state;
    struct scenario *other = malloc(sizeof(*other));
    assert_non_null(other);
    builder_begin(other);
    other->nodes_len = 1;
    other->swarm = bit(SIM_FAULT_CANCEL);
    other->network.latency_ns = (struct scenario_range){7, 7};
    for (uint64_t seed = 1; seed <= 300; seed++) {
        *fixture->copy = *expand(fixture, seed);
        const struct scenario *drawn = swarm_expand(fixture->swarm, other, seed);
        assert_int_equal(kinds_of(drawn) & ~bit(SIM_FAULT_CANCEL), 0);
        assert_true(same_scenario(expand(fixture, seed), fixture->copy));
    }
    free(other);
}

static void test_a_base_that_changed_is_read_anew_when_told(void **state)
{
    struct fixture *fixture = *state;
    expand(fixture, 1);
    fixture->base->heal_ns = HOUR;
    swarm_forget(fixture->swarm);
    assert_int_equal(expand(fixture, 1)->heal_ns, HOUR);
}

static void test_one_seed_in_64_draws_nothing(void **state)
{
    struct fixture *fixture = *state;
    uint32_t plain = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        plain += same_scenario(expand(fixture, seed), fixture->base);
    }
    assert_in_range(plain, SEEDS / 64 / 2, SEEDS / 64 * 2);
}

static void test_the_scenarios_own_faults_stay_in_front(void **state)
{
    struct fixture *fixture = *state;
    builder_reply(fixture->base, "create_order", "declined");
    builder_lose(fixture->base, "cancel_order", SCENARIO_REPLY_LEG);
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        const struct scenario *drawn = expand(fixture, seed);
        assert_in_range(drawn->faults_len, 2, SCENARIO_FAULTS_MAX);
        assert_true(same_fault(&drawn->faults[0], &fixture->base->faults[0]));
        assert_true(same_fault(&drawn->faults[1], &fixture->base->faults[1]));
    }
}

static void test_a_scenario_full_of_faults_has_room_for_no_more(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < SCENARIO_FAULTS_MAX - 1; i++) {
        builder_reply(fixture->base, "create_order", "declined");
    }
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        assert_in_range(expand(fixture, seed)->faults_len, SCENARIO_FAULTS_MAX - 1,
                        SCENARIO_FAULTS_MAX);
    }
}

static void test_every_kind_is_drawn_and_seldom_are_many(void **state)
{
    struct fixture *fixture = *state;
    uint32_t with[SIM_FAULT_KINDS_LEN] = {0};
    uint32_t few = 0;
    uint32_t many = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const struct scenario *drawn = expand(fixture, seed);
        uint64_t kinds = kinds_of(drawn);
        kinds |= drawn->nodes_len > 1 ? bit(SIM_FAULT_SECOND_NODE) : 0;
        for (int kind = 0; kind < SIM_FAULT_KINDS_LEN; kind++) {
            with[kind] += (kinds >> kind & 1) != 0;
        }
        few += drawn->faults_len >= 1 && drawn->faults_len <= 8;
        many += drawn->faults_len > 12;
    }
    for (int kind = 0; kind < SIM_FAULT_KINDS_LEN; kind++) {
        assert_in_range(with[kind], SEEDS / 40, SEEDS / 2 + SEEDS / 8);
    }
    assert_in_range(few, SEEDS / 2, SEEDS);
    assert_in_range(many, SEEDS / 100, SEEDS / 4);
}

static void test_only_kinds_of_the_mask_are_drawn_and_each_often_enough(void **state)
{
    struct fixture *fixture = *state;
    for (int kind = 0; kind < SIM_FAULT_KINDS_LEN; kind++) {
        uint32_t drawn = 0;
        fixture->base->swarm = bit((enum sim_fault_kind)kind);
        swarm_forget(fixture->swarm);
        for (uint64_t seed = 1; seed <= 1000; seed++) {
            const struct scenario *scenario = expand(fixture, seed);
            uint64_t kinds = kinds_of(scenario);
            assert_int_equal(kinds & ~fixture->base->swarm, 0);
            drawn += kind == SIM_FAULT_SECOND_NODE ? scenario->nodes_len > 1 : kinds != 0;
        }
        assert_in_range(drawn, 500, 1000);
    }
}

/* Whether `faults` has this one. */
static bool has_fault(const struct scenario *scenario, const struct scenario_fault *fault)
{
    for (uint32_t i = 0; i < scenario->faults_len; i++) {
        if (same_fault(&scenario->faults[i], fault)) {
            return true;
        }
    }
    return false;
}

static void test_without_one_kind_the_others_stay_as_they_are(void **state)
{
    struct fixture *fixture = *state;
    for (int kind = 0; kind < SIM_FAULT_KINDS_LEN; kind++) {
        for (uint64_t seed = 1; kind != SIM_FAULT_SECOND_NODE && seed <= 300; seed++) {
            fixture->base->swarm = SIM_FAULTS_ALL;
            swarm_forget(fixture->swarm);
            *fixture->copy = *expand(fixture, seed);
            fixture->base->swarm &= ~bit((enum sim_fault_kind)kind);
            swarm_forget(fixture->swarm);
            const struct scenario *without = expand(fixture, seed);
            for (uint32_t i = 0; i < fixture->copy->faults_len; i++) {
                const struct scenario_fault *fault = &fixture->copy->faults[i];
                assert_true((int)kind_of_fault(fault) == kind || has_fault(without, fault));
            }
            assert_memory_equal(&without->plan, &fixture->copy->plan, sizeof(without->plan));
        }
    }
}

static void test_every_plan_is_sound_and_some_are_changed(void **state)
{
    struct fixture *fixture = *state;
    uint32_t changed = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const struct saga_plan *plan = &expand(fixture, seed)->plan;
        struct saga_plan_problem problems[1];
        assert_int_equal(saga_plan_check(plan, problems, 1), 0);
        changed += memcmp(plan, &fixture->base->plan, sizeof(*plan)) != 0;
    }
    assert_in_range(changed, SEEDS / 8, SEEDS / 2);
}

static void assert_worlds_sound(const struct scenario *scenario)
{
    assert_in_range(scenario->nodes_len, 1, 3);
    assert_in_range(scenario->checkouts.count, 1, 3);
    assert_true((scenario->checkouts.count - 1) * scenario->checkouts.every_ns < scenario->heal_ns);
    assert_true(scenario->network.latency_ns.lo <= scenario->network.latency_ns.hi);
    assert_true(scenario->network.lose_ppm <= SAGA_PPM / 5);
    assert_true(scenario->network.duplicate_ppm <= SAGA_PPM / 5);
    assert_true(scenario->commit_ns.lo <= scenario->commit_ns.hi);
    for (uint32_t i = 0; i < SCENARIO_NODES_MAX; i++) {
        int64_t offset_ns = scenario->clocks[i].offset_ns;
        assert_true(offset_ns >= -(int64_t)(2 * MINUTE) && offset_ns <= (int64_t)(2 * MINUTE));
        assert_true(i < scenario->nodes_len || offset_ns == 0);
    }
}

/* As a file could say it. */
static void assert_fault_sound(const struct scenario *scenario, const struct scenario_fault *fault)
{
    bool on_call = fault->trigger == SCENARIO_ON || fault->trigger == SCENARIO_BEFORE_COMMIT ||
                   fault->trigger == SCENARIO_BEFORE_DISPATCH;
    bool at = fault->trigger == SCENARIO_AT;
    assert_true(on_call || (fault->attempt_lo == 1 && fault->attempt_hi == UINT32_MAX));
    assert_true(fault->attempt_lo >= 1 && fault->attempt_lo <= fault->attempt_hi);
    assert_true(fault->checkout <= scenario->checkouts.count);
    assert_true(fault->from_ns < scenario->heal_ns);
    assert_true(at ? fault->to_ns == 0
                   : fault->from_ns < fault->to_ns && fault->to_ns <= scenario->heal_ns);
    assert_true(at || fault->trigger == SCENARIO_DURING || fault->from_ns == 0);
    if (on_call) {
        assert_true(saga_plan_has_call(&scenario->plan, fault->call));
    } else if (fault->trigger == SCENARIO_AFTER) {
        assert_true(fault->call < scenario->plan.steps_len);
    } else {
        assert_int_equal(fault->call, SAGA_NONE);
    }
    assert_true(fault->node == SAGA_NONE || fault->node < scenario->nodes_len);
    assert_true(fault->nodes < UINT32_C(1) << scenario->nodes_len);
}

static bool lasts(enum scenario_action action)
{
    return action == SCENARIO_DELAY || action == SCENARIO_EXPIRE_HOLD ||
           action == SCENARIO_LATE_TICKS || action == SCENARIO_CRASH || action == SCENARIO_PAUSE;
}

static bool counts(enum scenario_action action)
{
    return action == SCENARIO_DUPLICATE || action == SCENARIO_REORDER || action == SCENARIO_SLOW;
}

static bool is_of_one_checkout(const struct scenario_fault *fault)
{
    return fault->action == SCENARIO_CANCEL || fault->action == SCENARIO_START ||
           fault->action == SCENARIO_START_OTHER ||
           (fault->trigger == SCENARIO_AT &&
            (fault->action == SCENARIO_RETRY || fault->action == SCENARIO_RESOLVE ||
             fault->action == SCENARIO_GARBAGE));
}

/* What goes with the action is there, and what does not is not. */
static void assert_action_sound(const struct scenario *scenario, const struct scenario_fault *fault)
{
    bool rejects = fault->action == SCENARIO_REPLY || fault->action == SCENARIO_GARBAGE;
    rejects &= fault->answer == SAGA_ANSWER_REJECTED;
    bool has_span = lasts(fault->action) ||
                    (fault->action == SCENARIO_STORE && fault->store == SCENARIO_STORE_SLOW);
    assert_true(!has_span || fault->span_ns > 0);
    assert_true(has_span || fault->action == SCENARIO_DUPLICATE || fault->span_ns == 0);
    assert_true(counts(fault->action) ? fault->count >= 1 : fault->count == 0);
    assert_true(rejects ? fault->code[0] != '\0' : fault->code[0] == '\0');
    assert_true((fault->action == SCENARIO_GARBAGE) == (fault->attempt > 0));
    assert_true((fault->action == SCENARIO_JUMP) == (fault->jump_ns != 0));
    assert_true((fault->action == SCENARIO_DRIFT) == (fault->drift_ppm != 0));
    assert_true((fault->action == SCENARIO_PARTITION) == (fault->nodes != 0 && fault->peers != 0));
    assert_true(!is_of_one_checkout(fault) || fault->checkout >= 1);
    if (fault->action == SCENARIO_EXPIRE_HOLD) {
        assert_int_equal(saga_call_effect(&scenario->plan, fault->call), SAGA_EFFECT_ACQUIRE);
    }
}

static void test_every_world_and_fault_is_what_a_file_could_say(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const struct scenario *drawn = expand(fixture, seed);
        assert_worlds_sound(drawn);
        for (uint32_t i = 0; i < drawn->faults_len; i++) {
            assert_fault_sound(drawn, &drawn->faults[i]);
            assert_action_sound(drawn, &drawn->faults[i]);
        }
    }
}

/* An answer to an attempt that is out would be believed, and rightly so. */
static void test_garbage_is_never_what_a_service_could_have_said(void **state)
{
    struct fixture *fixture = *state;
    uint32_t after = 0;
    uint32_t ahead = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const struct scenario *drawn = expand(fixture, seed);
        for (uint32_t i = 0; i < drawn->faults_len; i++) {
            const struct scenario_fault *fault = &drawn->faults[i];
            bool is_past = fault->trigger == SCENARIO_AFTER && fault->target <= fault->call;
            if (fault->action == SCENARIO_GARBAGE) {
                assert_true(is_past || fault->attempt >= 1000000);
                after += is_past;
                ahead += !is_past;
            }
        }
    }
    assert_true(after > 0);
    assert_true(ahead > 0);
}

/* A step and a compensation of one checkout are rejected, and then somebody comes about it. */
static bool is_occasion(const struct scenario_fault *person)
{
    const struct scenario_fault *step = person + 1;
    const struct scenario_fault *compensation = person + 2;
    return strncmp(step->code, "awaits_", 7) == 0 && saga_call_is_step(step->call) &&
           step->checkout == person->checkout && strcmp(compensation->code, step->code) == 0 &&
           compensation->call == person->target && compensation->checkout == person->checkout;
}

static void test_an_operator_who_has_something_to_do_comes_soon_after_it(void **state)
{
    struct fixture *fixture = *state;
    uint32_t occasions = 0;
    uint32_t operators = 0;
    fixture->base->swarm = bit(SIM_FAULT_OPERATOR_RETRY) | bit(SIM_FAULT_OPERATOR_RESOLVE);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const struct scenario *drawn = expand(fixture, seed);
        for (uint32_t i = 0; i < drawn->faults_len; i++) {
            const struct scenario_fault *fault = &drawn->faults[i];
            bool acts = fault->action == SCENARIO_RETRY || fault->action == SCENARIO_RESOLVE;
            bool has_more = acts && i + 2 < drawn->faults_len;
            operators += acts;
            if (has_more && is_occasion(fault)) {
                uint64_t started_ns = (fault->checkout - 1) * drawn->checkouts.every_ns;
                assert_int_equal(fault->trigger, SCENARIO_AT);
                assert_in_range(fault->checkout, 1, drawn->checkouts.count);
                assert_in_range(fault->from_ns, started_ns + SECOND, started_ns + 5 * MINUTE);
                occasions++;
            }
        }
    }
    assert_in_range(occasions, operators * 2 / 3, operators * 5 / 6);
}

static void test_a_short_world_heals_in_time(void **state)
{
    struct fixture *fixture = *state;
    fixture->base->heal_ns = 10 * SECOND;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        const struct scenario *drawn = expand(fixture, seed);
        for (uint32_t i = 0; i < drawn->faults_len; i++) {
            assert_fault_sound(drawn, &drawn->faults[i]);
        }
    }
}

/* What gives an operator something to do is two faults: both or none. */
static void test_with_room_for_one_more_nothing_is_drawn_by_half(void **state)
{
    struct fixture *fixture = *state;
    fixture->base->swarm = bit(SIM_FAULT_OPERATOR_RETRY);
    for (int i = 0; i < SCENARIO_FAULTS_MAX - 2; i++) {
        builder_reply(fixture->base, "create_order", "declined");
    }
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        const struct scenario *drawn = expand(fixture, seed);
        for (uint32_t i = 0; i < drawn->faults_len; i++) {
            assert_fault_sound(drawn, &drawn->faults[i]);
        }
    }
}

static void test_delays_stand_on_deadlines_and_beside_them(void **state)
{
    static const uint64_t edges_ns[] = {20 * MINUTE, 15 * MINUTE, 5 * MINUTE, MINUTE, 10 * SECOND};
    struct fixture *fixture = *state;
    uint32_t hits[5][3] = {{0}};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const struct scenario *drawn = expand(fixture, seed);
        for (uint32_t i = 0; i < drawn->faults_len; i++) {
            const struct scenario_fault *fault = &drawn->faults[i];
            for (int edge = 0; fault->action == SCENARIO_DELAY && edge < 5; edge++) {
                uint64_t beside = fault->span_ns + 1 - edges_ns[edge];
                if (beside < 3) {
                    hits[edge][beside]++;
                }
            }
        }
    }
    for (int edge = 0; edge < 5; edge++) {
        for (int beside = 0; beside < 3; beside++) {
            assert_true(hits[edge][beside] > 0);
        }
    }
}

static void test_faults_strike_both_ways(void **state)
{
    struct fixture *fixture = *state;
    uint32_t legs[2] = {0};
    uint32_t jumps[2] = {0};
    uint32_t drifts[2] = {0};
    uint32_t directions[2] = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const struct scenario *drawn = expand(fixture, seed);
        for (uint32_t i = 0; i < drawn->faults_len; i++) {
            const struct scenario_fault *fault = &drawn->faults[i];
            legs[fault->leg] += fault->action == SCENARIO_REORDER;
            jumps[fault->jump_ns < 0] += fault->action == SCENARIO_JUMP;
            drifts[fault->drift_ppm < 0] += fault->action == SCENARIO_DRIFT;
            directions[fault->from_nodes] += fault->one_way;
        }
    }
    for (int way = 0; way < 2; way++) {
        assert_true(legs[way] > 0);
        assert_true(jumps[way] > 0);
        assert_true(drifts[way] > 0);
        assert_true(directions[way] > 0);
    }
}

static void test_a_plan_without_a_place_for_a_kind_promises_it_not(void **state)
{
    struct fixture *fixture = *state;
    struct saga_plan *plan = &fixture->base->plan;
    assert_true(swarm_kinds(fixture->base) == SIM_FAULTS_ALL);
    plan->steps_len = 1; /* validate_cart: nothing to undo, nothing held */
    plan->compensations_len = 0;
    uint64_t lacking = bit(SIM_FAULT_EXPIRE_HOLD) | bit(SIM_FAULT_OPERATOR_RETRY) |
                       bit(SIM_FAULT_OPERATOR_RESOLVE);
    assert_true(swarm_kinds(fixture->base) == (SIM_FAULTS_ALL & ~lacking));
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        assert_int_equal(kinds_of(expand(fixture, seed)) & lacking, 0);
    }
    fixture->base->heal_ns = 0;
    swarm_forget(fixture->swarm);
    assert_true(swarm_kinds(fixture->base) == 0);
    assert_int_equal(expand(fixture, 5)->faults_len, 0);
}

#define TOLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOLD(test_without_swarm_it_is_the_scenario_itself),
        TOLD(test_a_seed_gives_the_same_whatever_came_before),
        TOLD(test_another_base_is_taken_as_a_whole),
        TOLD(test_a_base_that_changed_is_read_anew_when_told),
        TOLD(test_one_seed_in_64_draws_nothing),
        TOLD(test_the_scenarios_own_faults_stay_in_front),
        TOLD(test_a_scenario_full_of_faults_has_room_for_no_more),
        TOLD(test_every_kind_is_drawn_and_seldom_are_many),
        TOLD(test_only_kinds_of_the_mask_are_drawn_and_each_often_enough),
        TOLD(test_without_one_kind_the_others_stay_as_they_are),
        TOLD(test_every_plan_is_sound_and_some_are_changed),
        TOLD(test_every_world_and_fault_is_what_a_file_could_say),
        TOLD(test_garbage_is_never_what_a_service_could_have_said),
        TOLD(test_an_operator_who_has_something_to_do_comes_soon_after_it),
        TOLD(test_a_short_world_heals_in_time),
        TOLD(test_with_room_for_one_more_nothing_is_drawn_by_half),
        TOLD(test_delays_stand_on_deadlines_and_beside_them),
        TOLD(test_faults_strike_both_ways),
        TOLD(test_a_plan_without_a_place_for_a_kind_promises_it_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
