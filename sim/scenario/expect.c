/* What must have happened at the end. */
#include <string.h>

#include "core/session.h"
#include "runtime/yaml/scalar.h"
#include "sim/record/invariant.h"
#include "sim/scenario/keys.h"
#include "sim/scenario/reading.h"

/* One outcome while it is read: `expect` itself, or an entry of its `each`. */
struct outcome_reading {
    const struct scenario_reading *reading;
    const struct yaml_shape *shape;
    struct yaml_node *node;
    struct scenario_outcome *outcome;
};

static void copy_text(char *to, size_t size, const char *text)
{
    size_t len = strlen(text);
    memcpy(to, text, len < size ? len : size - 1);
}

/* A list under the key, if it is there and is one. */
static struct yaml_node *list_of(const struct yaml_node *node, const char *key)
{
    struct yaml_node *list = yaml_get(node, key);
    return list == NULL || list->form != YAML_LIST || list->broken ? NULL : list;
}

static void read_reason(const struct outcome_reading *at)
{
    struct yaml_node *node = yaml_get_scalar(at->node, "reason");
    const struct saga_plan *plan = &at->reading->scenario->plan;
    if (node == NULL) {
        return;
    }
    struct yaml_names names = {0};
    yaml_names_add(&names, "timeout");
    yaml_names_add(&names, "cancelled");
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        const char *reason = plan->steps[i].reason;
        bool known = false;
        for (size_t j = 0; j < names.len; j++) {
            known |= strcmp(names.names[j], reason) == 0;
        }
        if (!known) {
            yaml_names_add(&names, reason);
        }
    }
    for (size_t i = 0; i < names.len; i++) {
        if (strcmp(names.names[i], node->text) == 0) {
            at->outcome->has_reason = true;
            copy_text(at->outcome->reason, sizeof at->outcome->reason, node->text);
            return;
        }
    }
    yaml_report_unknown(&at->reading->reader, node, "reason", "", &names);
}

static void read_step(const struct outcome_reading *at)
{
    struct yaml_node *node = yaml_get_scalar(at->node, "step");
    if (node == NULL) {
        return;
    }
    at->outcome->step = scenario_find_step(at->reading, node);
    at->outcome->has_step = at->outcome->step != SAGA_NONE;
}

static void read_undone(const struct outcome_reading *at)
{
    struct yaml_node *list = list_of(at->node, "undone");
    if (list == NULL) {
        return;
    }
    at->outcome->has_undone = true;
    for (struct yaml_node *item = list->first; item != NULL; item = item->next) {
        const struct yaml_key *key = yaml_shape_find(at->shape, "undone", 0);
        if (!yaml_read_value(&at->reading->reader, key, item, NULL) ||
            scenario_stands_before(at->reading, list, item,
                                   "`undone` lists each compensation once")) {
            continue;
        }
        uint8_t index = scenario_find_compensation(at->reading, item);
        if (index != SAGA_NONE) {
            at->outcome->undone[at->outcome->undone_len++] = index;
        }
    }
}

/* Whether any checkout on this plan can publish it. */
static bool can_publish(const struct saga_plan *plan, const char *event, struct yaml_names *names)
{
    yaml_names_add_all(names, scenario_own_events);
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        if (plan->steps[i].emits[0] != 0) {
            yaml_names_add(names, plan->steps[i].emits);
        }
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        if (plan->compensations[i].emits[0] != 0) {
            yaml_names_add(names, plan->compensations[i].emits);
        }
    }
    for (size_t i = 0; i < names->len; i++) {
        if (strcmp(names->names[i], event) == 0) {
            return true;
        }
    }
    return false;
}

static void read_events(const struct outcome_reading *at)
{
    struct yaml_node *list = list_of(at->node, "events");
    if (list == NULL) {
        return;
    }
    at->outcome->has_events = true;
    for (struct yaml_node *item = list->first; item != NULL; item = item->next) {
        const struct yaml_key *key = yaml_shape_find(at->shape, "events", 0);
        if (!yaml_read_value(&at->reading->reader, key, item, NULL) ||
            scenario_stands_before(at->reading, list, item,
                                   "a checkout publishes each event once at most")) {
            continue;
        }
        struct yaml_names names = {0};
        if (!can_publish(&at->reading->scenario->plan, item->text, &names)) {
            yaml_report_unknown(&at->reading->reader, item, "domain event", "", &names);
            continue;
        }
        copy_text(at->outcome->events[at->outcome->events_len++], SAGA_NAME_MAX + 1, item->text);
    }
}

static void read_attempts(const struct outcome_reading *at)
{
    struct yaml_node *mapping = yaml_get(at->node, "attempts");
    if (mapping == NULL || mapping->form != YAML_MAPPING) {
        return;
    }
    for (struct yaml_node *pair = mapping->first; pair != NULL; pair = pair->next) {
        uint8_t call = scenario_find_call(at->reading, pair);
        struct yaml_key described = *yaml_shape_find(at->shape, "attempts", 0)->shape->any;
        described.name = pair->text;
        uint32_t attempts = 0;
        if (!yaml_read_value(&at->reading->reader, &described, pair->value, &attempts) ||
            call == SAGA_NONE) {
            continue;
        }
        at->outcome->has_attempts |= UINT32_C(1) << call;
        at->outcome->attempts[call] = attempts;
    }
}

static void check_sense(const struct outcome_reading *at)
{
    const struct scenario_outcome *outcome = at->outcome;
    struct yaml_node *reason = yaml_get_scalar(at->node, "reason");
    if (!outcome->has_status || !outcome->has_reason || reason == NULL) {
        return;
    }
    bool expired = outcome->status == SAGA_STATUS_EXPIRED;
    bool timeout = strcmp(outcome->reason, "timeout") == 0;
    if (expired && !timeout) {
        scenario_report(at->reading, reason, "what is EXPIRED has the reason `timeout`, always");
    } else if (timeout && !expired) {
        scenario_report(at->reading, reason, "the reason `timeout` goes with EXPIRED only");
    } else if (!expired && outcome->status != SAGA_STATUS_FAILED) {
        scenario_report(at->reading, reason,
                        "only what is FAILED or EXPIRED has a reason; leave it out");
    }
}

static void check_span(const struct outcome_reading *at)
{
    const struct scenario_outcome *outcome = at->outcome;
    struct yaml_node *earliest = yaml_get_scalar(at->node, "not_before");
    char within[YAML_SCALAR_MAX];
    if (outcome->has_within && earliest != NULL && outcome->not_before_ns > outcome->within_ns) {
        scenario_report(at->reading, earliest,
                        "nothing closes both then and `within` %s; allowed: at most that",
                        yaml_print_duration(within, outcome->within_ns));
    }
}

/* What the tables read already, and what needs the plan. */
static void read_outcome(const struct outcome_reading *at)
{
    struct scenario_outcome *outcome = at->outcome;
    outcome->line = at->node->line;
    outcome->has_status = yaml_get_scalar(at->node, "status") != NULL;
    outcome->has_code = yaml_get_scalar(at->node, "code") != NULL;
    outcome->has_compensation = yaml_get_scalar(at->node, "compensation") != NULL;
    outcome->has_within = yaml_get_scalar(at->node, "within") != NULL;
    outcome->has_not_before = yaml_get_scalar(at->node, "not_before") != NULL;
    check_span(at);
    if (!at->reading->has_plan) {
        return;
    }
    read_reason(at);
    read_step(at);
    read_undone(at);
    read_events(at);
    read_attempts(at);
    check_sense(at);
}

static void read_each(const struct scenario_reading *reading, struct yaml_node *expect)
{
    struct scenario_expect *into = &reading->scenario->expect;
    struct yaml_node *list = list_of(expect, "each");
    const struct yaml_key *key = yaml_shape_find(&scenario_expect_shape, "each", 0);
    for (struct yaml_node *item = list == NULL ? NULL : list->first; item; item = item->next) {
        struct scenario_outcome *outcome = &into->each[into->each_len];
        if (!yaml_read_value(&reading->reader, key, item, outcome) && item->form != YAML_MAPPING) {
            continue;
        }
        struct yaml_node *number = yaml_get_scalar(item, "checkout");
        for (uint32_t i = 0; i < into->each_len && number != NULL; i++) {
            if (into->each[i].checkout != outcome->checkout) {
                continue;
            }
            scenario_report(reading, number,
                            "checkout %u stands here for the second time, first in line %u; put "
                            "the two together",
                            outcome->checkout, into->each[i].line);
            number = NULL;
        }
        if (number != NULL) {
            scenario_check_checkout(reading, number, outcome->checkout);
        }
        struct outcome_reading at = {reading, &scenario_each_shape, item, outcome};
        read_outcome(&at);
        into->each_len++;
    }
}

static void check_sum(const struct scenario_reading *reading, struct yaml_node *mapping)
{
    const struct scenario_expect *expect = &reading->scenario->expect;
    const struct yaml_node *checkouts = yaml_get(reading->root, "checkouts");
    uint64_t sum = 0;
    for (size_t i = 0; scenario_status_words[i] != NULL; i++) {
        sum += expect->counts[i];
    }
    if (sum == reading->scenario->checkouts.count || (checkouts != NULL && checkouts->broken)) {
        return;
    }
    scenario_report(reading, mapping, "these add up to %llu, but there are %u checkouts",
                    (unsigned long long)sum, reading->scenario->checkouts.count);
}

static void read_counts(const struct scenario_reading *reading, struct yaml_node *expect)
{
    struct yaml_node *mapping = yaml_get(expect, "counts");
    if (mapping == NULL || mapping->form != YAML_MAPPING) {
        return;
    }
    struct yaml_node *status = yaml_get_key(expect, "status");
    if (status != NULL) {
        scenario_report(reading, status,
                        "`status` is of every checkout, so `counts` beside it says nothing; "
                        "allowed: one of the two");
    }
    uint32_t before = yaml_errors_count(reading->reader.errors);
    reading->scenario->expect.has_counts = true;
    for (struct yaml_node *pair = mapping->first; pair != NULL; pair = pair->next) {
        size_t index = yaml_word_index(scenario_status_words, pair->text);
        if (scenario_status_words[index] == NULL) {
            struct yaml_names names = {0};
            yaml_names_add_all(&names, scenario_status_words);
            yaml_report_unknown(&reading->reader, pair, "status", "", &names);
            continue;
        }
        struct yaml_key described =
            *yaml_shape_find(&scenario_expect_shape, "counts", 0)->shape->any;
        described.name = pair->text;
        yaml_read_value(&reading->reader, &described, pair->value,
                        &reading->scenario->expect.counts[index]);
    }
    if (yaml_errors_count(reading->reader.errors) == before) {
        check_sum(reading, mapping);
    }
}

static void read_violates(const struct scenario_reading *reading, struct yaml_node *expect)
{
    struct scenario_expect *into = &reading->scenario->expect;
    struct yaml_node *list = list_of(expect, "violates");
    const struct yaml_key *key = yaml_shape_find(&scenario_expect_shape, "violates", 0);
    for (struct yaml_node *item = list == NULL ? NULL : list->first; item; item = item->next) {
        uint8_t invariant = 0;
        if (!yaml_read_value(&reading->reader, key, item, &invariant) ||
            scenario_stands_before(reading, list, item, "`violates` lists each invariant once")) {
            continue;
        }
        into->violates[into->violates_len++] = invariant;
    }
}

void scenario_read_expect(const struct scenario_reading *reading)
{
    struct yaml_node *node = yaml_get(reading->root, "expect");
    if (node == NULL || node->form != YAML_MAPPING) {
        return;
    }
    struct scenario_outcome *all = &reading->scenario->expect.all;
    const struct yaml_key *key = yaml_shape_find(&scenario_shape, "expect", 0);
    yaml_read_value(&reading->reader, key, node, all);
    struct outcome_reading at = {reading, &scenario_expect_shape, node, all};
    read_outcome(&at);
    read_each(reading, node);
    read_counts(reading, node);
    read_violates(reading, node);
}
