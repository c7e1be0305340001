#include <jansson.h>

#include "sim/report/explore.h"
#include "sim/report/json.h"
#include "sim/report/text.h"

static json_t *flags_of(const struct scenario *scenario)
{
    const struct saga_plan *plan = &scenario->plan;
    json_t *flags = json_object();
    for (uint8_t i = 0; i < plan->flags_len; i++) {
        uint32_t share_ppm = scenario->checkouts.flags_ppm[i];
        json_object_set_new(flags, plan->flags[i],
                            json_string(share_ppm == 0          ? "never"
                                        : share_ppm == SAGA_PPM ? "always"
                                                                : "both"));
    }
    return flags;
}

static json_t *invariants_of(uint64_t invariants)
{
    json_t *names = json_array();
    for (int i = 0; i < SIM_INVARIANTS_LEN; i++) {
        if ((invariants >> i & 1) != 0) {
            json_array_append_new(names, json_string(sim_invariant_name((enum sim_invariant)i)));
        }
    }
    return names;
}

static json_t *reached_of(const struct saga_plan *plan, const struct explore_reached *reached)
{
    const struct explore_outcome *outcome = &reached->outcome;
    json_t *undone = json_array();
    for (uint8_t i = 0; i < outcome->undone_len; i++) {
        json_array_append_new(undone, json_string(plan->compensations[outcome->undone[i]].name));
    }
    return json_pack(
        "{s:s, s:o, s:s, s:o, s:I, s:I}", "status",
        saga_status_name((enum saga_status)outcome->status), "reason",
        outcome->reason[0] == '\0' ? json_null() : json_string(outcome->reason), "compensation",
        saga_compensation_status_name((enum saga_compensation_status)outcome->compensation),
        "undone", undone, "faults", (json_int_t)reached->faults, "ends",
        (json_int_t)reached->states);
}

static json_t *outcomes_of(const struct saga_plan *plan, const struct explore_result *result)
{
    json_t *outcomes = json_array();
    for (size_t i = 0; i < result->outcomes_len; i++) {
        if (json_array_append_new(outcomes, reached_of(plan, &result->outcomes[i])) != 0) {
            json_decref(outcomes);
            return NULL;
        }
    }
    return outcomes;
}

/* What is a message's, and what a compensation's or a service's. */
static bool add_call(json_t *value, const struct saga_plan *plan,
                     const struct explore_choice *choice)
{
    bool is_of_service = choice->kind == EXPLORE_LAPSE || choice->kind == EXPLORE_EARLY_LAPSE;
    bool is_of_people = choice->kind == EXPLORE_RETRY || choice->kind == EXPLORE_RESOLVE;
    if (is_of_service) {
        return json_object_set_new(value, "service",
                                   json_string(plan->services[choice->call].name)) == 0;
    }
    if (choice->attempt == 0 && !is_of_people) {
        return true;
    }
    bool is_set =
        json_object_set_new(value, "call", json_string(saga_call_name(plan, choice->call))) == 0;
    if (is_of_people) {
        return is_set;
    }
    bool is_reply = choice->leg == SCENARIO_REPLY_LEG;
    is_set &= json_object_set_new(value, "attempt", json_integer(choice->attempt)) == 0;
    is_set &= json_object_set_new(value, "epoch", json_integer(choice->epoch)) == 0;
    is_set &= json_object_set_new(value, "leg", json_string(is_reply ? "reply" : "request")) == 0;
    is_set &= json_object_set_new(value, "late", json_boolean(choice->is_late)) == 0;
    if (is_reply) {
        const char *answer = saga_answer_name((enum saga_answer)choice->answer);
        is_set &= json_object_set_new(value, "answer", json_string(answer)) == 0;
    }
    return is_set;
}

static json_t *choice_of(const struct saga_plan *plan, const struct explore_choice *choice,
                         uint64_t at_ns)
{
    enum explore_choice_kind kind = (enum explore_choice_kind)choice->kind;
    json_t *value = json_pack("{s:s, s:b, s:I}", "kind", explore_choice_name(kind), "fault",
                              (int)explore_choice_is_fault(kind), "at_ns", (json_int_t)at_ns);
    bool is_whole = value != NULL;
    if (is_whole && kind != EXPLORE_PASS) {
        is_whole =
            json_object_set_new(value, "checkout", json_integer(choice->checkout + 1)) == 0 &&
            add_call(value, plan, choice);
    }
    if (is_whole && choice->span_ns > 0) {
        is_whole =
            json_object_set_new(value, "span_ns", json_integer((json_int_t)choice->span_ns)) == 0;
    }
    if (!is_whole) {
        json_decref(value);
        return NULL;
    }
    return value;
}

static json_t *path_of(const struct saga_plan *plan, const struct explore_violation *violation)
{
    json_t *path = json_array();
    uint64_t at_ns = 0;
    for (uint32_t i = 0; i < violation->path_len; i++) {
        const struct explore_choice *choice = &violation->path[i];
        if (json_array_append_new(path, choice_of(plan, choice, at_ns)) != 0) {
            json_decref(path);
            return NULL;
        }
        at_ns += choice->kind == EXPLORE_PASS ? choice->span_ns : 0;
    }
    return path;
}

static json_t *asked_of(const struct saga_plan *plan, uint32_t root)
{
    json_t *flags = json_array();
    for (uint8_t i = 0; i < plan->flags_len; i++) {
        if ((root >> i & 1) != 0) {
            json_array_append_new(flags, json_string(plan->flags[i]));
        }
    }
    return flags;
}

static json_t *violation_of(const struct report_exploration *exploration)
{
    const struct saga_plan *plan = &exploration->settings->scenario->plan;
    const struct explore_violation *violation = &exploration->result->violation;
    bool is_cycle =
        violation->cycle_at < violation->path_len && violation->invariant == SIM_ALL_CLOSED;
    if (exploration->result->end != EXPLORE_VIOLATION) {
        return json_null();
    }
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o}", "invariant", sim_invariant_name(violation->invariant),
        "detail", report_json_text(violation->detail), "flags", asked_of(plan, violation->root),
        "cycle_at", is_cycle ? json_integer(violation->cycle_at) : json_null(), "path",
        path_of(plan, violation), "scenario",
        exploration->scenario == NULL ? json_null() : report_json_text(exploration->scenario));
}

static json_t *machine_of(const struct report_exploration *exploration)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "wall_ns", (json_int_t)exploration->wall_ns, "jobs",
                     (json_int_t)exploration->settings->jobs, "memory_bytes",
                     (json_int_t)exploration->result->memory_bytes, "frontier_max",
                     (json_int_t)exploration->result->frontier_max);
}

static json_t *odds_of(uint64_t states)
{
    uint64_t odds = report_collision_odds(states);
    return odds == 0 ? json_null() : json_sprintf("1 in %llu", (unsigned long long)odds);
}

bool report_write_json_exploration(FILE *out, const struct report_exploration *exploration)
{
    const struct explore_settings *settings = exploration->settings;
    const struct explore_result *result = exploration->result;
    const struct saga_plan *plan = &settings->scenario->plan;
    json_t *value = json_pack(
        "{s:i, s:s, s:I, s:I, s:I, s:o, s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o}",
        "version", 1, "plan", plan->name, "plan_version", (json_int_t)plan->version, "checkouts",
        (json_int_t)settings->checkouts, "faults", (json_int_t)settings->faults, "flags",
        flags_of(settings->scenario), "end", report_exploration_end(result->end), "states",
        (json_int_t)result->states, "transitions", (json_int_t)result->transitions, "ends",
        (json_int_t)result->ends, "depth", (json_int_t)result->depth, "odds_of_collision",
        odds_of(result->states), "invariants", invariants_of(settings->invariants), "outcomes",
        outcomes_of(plan, result), "violation", violation_of(exploration), "machine",
        machine_of(exploration));
    return report_write_json_value(out, value);
}
