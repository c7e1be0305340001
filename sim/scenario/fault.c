/* What goes wrong: one trigger, one action, options; and what goes with what. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/event.h"
#include "runtime/yaml/scalar.h"
#include "sim/scenario/actions.h"
#include "sim/scenario/keys.h"
#include "sim/scenario/reading.h"

#define TRIGGERS "`on`, `at`, `after`, `during`, `before_commit`, `before_dispatch`"

enum {
    ANSWERED = SCENARIO_WITH_BEFORE_COMMIT | SCENARIO_WITH_BEFORE_DISPATCH,
    BY_ATTEMPT = SCENARIO_WITH_ON | ANSWERED,
    BY_CALL = SCENARIO_WITH_ON | SCENARIO_WITH_AFTER | ANSWERED
};

/* Options and what they go with. */
static const struct {
    const char *key;
    unsigned triggers;      /* one of these, if not 0 */
    const char *actions[2]; /* one of these, if not NULL */
    const char *goes_with;
} options[] = {
    {"attempt", BY_ATTEMPT, {NULL}, "`on`, `before_commit` or `before_dispatch`"},
    {"checkout", BY_CALL, {NULL}, "`on`, `after`, `before_commit` or `before_dispatch`"},
    {"service", 0, {"slow"}, "`slow`"},
    {"request", 0, {"start"}, "`start`"},
    {"for", ~(unsigned)SCENARIO_WITH_DURING, {"crash", "pause"}, "`crash` or `pause` of a node"},
    {"one_way", 0, {"partition"}, "`partition`"},
};

/* Finds the one trigger. A `during` beside `on` is an option. */
static bool find_trigger(const struct scenario_fault_reading *at, struct yaml_node **trigger)
{
    *trigger = NULL;
    for (struct yaml_node *pair = at->item->first; pair != NULL; pair = pair->next) {
        if (scenario_trigger_words[yaml_word_index(scenario_trigger_words, pair->text)] == NULL) {
            continue;
        }
        struct yaml_node *before = *trigger;
        bool window = before != NULL &&
                      (strcmp(before->text, "on") == 0 || strcmp(before->text, "during") == 0) &&
                      (strcmp(pair->text, "on") == 0 || strcmp(pair->text, "during") == 0);
        if (before != NULL && !window) {
            scenario_report(at->reading, pair,
                            "`%s` is a second trigger beside `%s`; allowed: one of " TRIGGERS
                            "; or `on` with `during`",
                            pair->text, before->text);
            return false;
        }
        if (before == NULL || strcmp(pair->text, "on") == 0) {
            *trigger = pair;
        }
    }
    if (*trigger == NULL) {
        scenario_report(at->reading, at->item,
                        "this fault has no trigger, so it never strikes; give it one of " TRIGGERS);
    }
    return *trigger != NULL;
}

static void report_no_action(const struct scenario_fault_reading *at)
{
    struct yaml_names names = {0};
    char list[YAML_LIST_MAX];
    for (size_t i = 0; i < scenario_actions_len; i++) {
        yaml_names_add(&names, scenario_actions[i].key);
    }
    scenario_report(at->reading, at->item,
                    "this fault has no action, so nothing goes wrong; give it one of %s",
                    yaml_names_list(&names, list));
}

static const struct scenario_action_rule *rule_of(const char *key)
{
    for (size_t i = 0; i < scenario_actions_len; i++) {
        if (strcmp(scenario_actions[i].key, key) == 0) {
            return &scenario_actions[i];
        }
    }
    return NULL;
}

/* Finds the one action; its key and what goes for it. */
static bool find_action(const struct scenario_fault_reading *at, struct yaml_node **action,
                        const struct scenario_action_rule **rule)
{
    *action = NULL;
    for (struct yaml_node *pair = at->item->first; pair != NULL; pair = pair->next) {
        const struct scenario_action_rule *found = rule_of(pair->text);
        if (found == NULL) {
            continue;
        }
        if (*action != NULL) {
            scenario_report(at->reading, pair,
                            "`%s` is a second action beside `%s`; allowed: one; make two faults "
                            "of it",
                            pair->text, (*action)->text);
            return false;
        }
        *action = pair;
        *rule = found;
    }
    if (*action == NULL) {
        report_no_action(at);
    }
    return *action != NULL;
}

static const char *describe_triggers(unsigned triggers, char text[100])
{
    text[0] = 0;
    for (size_t i = 0; scenario_trigger_words[i] != NULL; i++) {
        if ((triggers >> i & 1) == 0) {
            continue;
        }
        size_t len = strlen(text);
        snprintf(text + len, 100 - len, "%s`%s`", len == 0 ? "" : ", ", scenario_trigger_words[i]);
    }
    return text;
}

static bool check_pairing(const struct scenario_fault_reading *at, struct yaml_node *action,
                          const struct scenario_action_rule *rule)
{
    unsigned trigger = 1U << at->fault->trigger;
    if ((rule->triggers & trigger) != 0) {
        return true;
    }
    char allowed[100];
    scenario_report(at->reading, action, "`%s` does not go with `%s`; allowed: %s", rule->key,
                    scenario_trigger_words[at->fault->trigger],
                    describe_triggers(rule->triggers, allowed));
    return false;
}

static bool takes_action(const char *const actions[2], const char *action)
{
    return strcmp(actions[0], action) == 0 ||
           (actions[1] != NULL && strcmp(actions[1], action) == 0);
}

static bool check_options(const struct scenario_fault_reading *at,
                          const struct scenario_action_rule *rule)
{
    bool fine = true;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        struct yaml_node *pair = yaml_get_key(at->item, options[i].key);
        bool triggered =
            options[i].triggers == 0 || (options[i].triggers & 1U << at->fault->trigger) != 0;
        bool acted = options[i].actions[0] == NULL || takes_action(options[i].actions, rule->key);
        if (pair == NULL || (triggered && acted)) {
            continue;
        }
        scenario_report(at->reading, pair, "`%s` goes with %s only; leave it out here",
                        options[i].key, options[i].goes_with);
        fine = false;
    }
    return fine;
}

/* Which call the trigger means, if it means one. */
static bool read_call(const struct scenario_fault_reading *at, struct yaml_node *trigger)
{
    struct scenario_fault *fault = at->fault;
    struct yaml_node *node = trigger->value;
    if (node->broken) {
        return false;
    }
    if (fault->trigger == SCENARIO_AFTER) {
        fault->call = scenario_find_step(at->reading, node);
    } else if ((BY_CALL & 1U << fault->trigger) != 0) {
        fault->call = scenario_find_call(at->reading, node);
    }
    return !node->broken;
}

/* Buyers and operators act whenever they like; all else is a fault, and heals. */
static bool is_of_people(enum scenario_action action)
{
    return action == SCENARIO_CANCEL || action == SCENARIO_START ||
           action == SCENARIO_START_OTHER || action == SCENARIO_RETRY || action == SCENARIO_RESOLVE;
}

/* When it strikes: from_ns and to_ns, all before the world heals. */
static bool check_times(const struct scenario_fault_reading *at, struct yaml_node *trigger)
{
    struct scenario_fault *fault = at->fault;
    struct yaml_node *during = yaml_get(at->item, "during");
    struct yaml_node *heal = yaml_get(at->reading->root, "heal");
    uint64_t heal_ns = at->reading->scenario->heal_ns;
    char text[YAML_SCALAR_MAX];
    if (during == NULL) {
        fault->to_ns = fault->trigger == SCENARIO_AT ? 0 : heal_ns;
    }
    if ((during != NULL && during->broken) || (heal != NULL && heal->broken)) {
        return false;
    }
    if (during != NULL && fault->from_ns >= fault->to_ns) {
        scenario_report(
            at->reading, during,
            "no time lies in this range, so the fault never strikes; allowed: from..to, "
            "such as `0s..5m`");
        return false;
    }
    if (during != NULL && fault->to_ns > heal_ns) {
        scenario_report(at->reading, during,
                        "it would go on after the world heals; allowed: at most `heal`, which is "
                        "%s; or raise `heal`",
                        yaml_print_duration(text, heal_ns));
        return false;
    }
    bool heals = !is_of_people(fault->action);
    uint64_t last_ns = heals ? heal_ns : at->reading->scenario->until_ns;
    if (fault->trigger == SCENARIO_AT && !trigger->value->broken && fault->from_ns >= last_ns) {
        scenario_report(at->reading, trigger->value,
                        "nothing %s; allowed: before `%s`, which is %s; or raise `%s`",
                        heals ? "strikes after the world heals" : "happens after the run ends",
                        heals ? "heal" : "until", yaml_print_duration(text, last_ns),
                        heals ? "heal" : "until");
        return false;
    }
    return !trigger->value->broken;
}

/* `slow` without a service: one fault for each service. */
static void spread(const struct scenario_fault_reading *at)
{
    struct scenario *scenario = at->reading->scenario;
    struct scenario_fault fault = *at->fault;
    for (uint8_t i = 0; i < scenario->plan.services_len; i++) {
        if (scenario->faults_len == SCENARIO_FAULTS_MAX) {
            scenario_report(at->reading, at->item,
                            "too many faults, as this one counts for each service; allowed: at "
                            "most %d",
                            SCENARIO_FAULTS_MAX);
            return;
        }
        fault.service = i;
        scenario->faults[scenario->faults_len++] = fault;
    }
}

static void keep(const struct scenario_fault_reading *at)
{
    struct scenario *scenario = at->reading->scenario;
    if (at->fault->action == SCENARIO_SLOW && at->fault->service == SAGA_NONE) {
        spread(at);
    } else if (scenario->faults_len < SCENARIO_FAULTS_MAX) {
        scenario->faults[scenario->faults_len++] = *at->fault;
    } else {
        scenario_report(at->reading, at->item, "too many faults; allowed: at most %d",
                        SCENARIO_FAULTS_MAX);
    }
}

static void read_fault(const struct scenario_fault_reading *at)
{
    struct yaml_node *trigger = NULL;
    struct yaml_node *action = NULL;
    const struct scenario_action_rule *rule = NULL;
    const struct yaml_key *described = yaml_shape_find(&scenario_shape, "faults", 0);
    bool fine = yaml_read_value(&at->reading->reader, described, at->item, at->fault);
    if (at->item->form != YAML_MAPPING || at->item->broken) {
        return;
    }
    fine &= find_trigger(at, &trigger);
    if (at->item->broken || !find_action(at, &action, &rule) || !fine || !at->reading->has_plan) {
        return;
    }
    at->fault->trigger =
        (enum scenario_trigger)yaml_word_index(scenario_trigger_words, trigger->text);
    at->fault->action = rule->action;
    if (!check_pairing(at, action, rule)) {
        return;
    }
    fine &= read_call(at, trigger);
    fine &= check_options(at, rule);
    fine &= check_times(at, trigger);
    struct yaml_node *checkout = yaml_get_scalar(at->item, "checkout");
    if (checkout != NULL) {
        fine &= scenario_check_checkout(at->reading, checkout, at->fault->checkout);
    }
    fine &= rule->read(at, action->value);
    if (fine) {
        keep(at);
    }
}

void scenario_read_faults(const struct scenario_reading *reading)
{
    struct yaml_node *list = yaml_get(reading->root, "faults");
    if (list == NULL || list->form != YAML_LIST || list->broken) {
        return;
    }
    for (struct yaml_node *item = list->first; item != NULL; item = item->next) {
        struct scenario_fault fault;
        memset(&fault, 0, sizeof fault);
        fault.line = item->line;
        fault.attempt_lo = 1;
        fault.attempt_hi = UINT32_MAX;
        fault.call = SAGA_NONE;
        fault.target = SAGA_NONE;
        fault.service = SAGA_NONE;
        fault.node = SAGA_NONE;
        struct scenario_fault_reading at = {.reading = reading, .item = item, .fault = &fault};
        read_fault(&at);
    }
}
