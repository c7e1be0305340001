#include "sim/scenario/actions.h"

#include <string.h>

#include "core/event.h"
#include "runtime/yaml/scalar.h"
#include "sim/scenario/keys.h"

/* Reads the action's value as its key describes it, into out. */
static bool read_as(const struct scenario_fault_reading *at, const char *key,
                    struct yaml_node *value, void *out)
{
    return yaml_read_value(&at->reading->reader, yaml_shape_find(&scenario_fault_shape, key, 0),
                           value, out);
}

static bool read_reply(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    if (strcmp(value->text, "ok") == 0) {
        scenario_report(
            at->reading, value,
            "`ok` is what a service answers anyway; allowed: `unavailable`, or the code "
            "of a rejection, such as `declined`");
        return false;
    }
    bool unavailable = strcmp(value->text, "unavailable") == 0;
    at->fault->answer = unavailable ? SAGA_ANSWER_UNAVAILABLE : SAGA_ANSWER_REJECTED;
    return unavailable || read_as(at, "reply", value, at->fault->code);
}

static bool read_lose(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    at->fault->leg = (enum scenario_leg)yaml_word_index(scenario_leg_words, value->text);
    return true;
}

/* Which of two keys a mapping has: one of them. */
static struct yaml_node *read_either(const struct scenario_fault_reading *at,
                                     struct yaml_node *value, const char *a, const char *b)
{
    struct yaml_node *one = yaml_get(value, a);
    struct yaml_node *other = yaml_get(value, b);
    if (one == NULL && other == NULL) {
        scenario_report(at->reading, value, "neither `%s` nor `%s` is here; name one of them", a,
                        b);
    } else if (one != NULL && other != NULL) {
        scenario_report(at->reading, value,
                        "`%s` and `%s` are both here; allowed: one; make two faults of it", a, b);
        return NULL;
    }
    return one != NULL ? one : other;
}

/* Which of `request` and `reply` a mapping has. */
static struct yaml_node *read_leg(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    bool reply = yaml_get(value, "reply") != NULL;
    at->fault->leg = reply ? SCENARIO_REPLY_LEG : SCENARIO_REQUEST_LEG;
    return read_either(at, value, "request", "reply");
}

static bool read_delay(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    if (!read_as(at, "delay", value, at->fault)) {
        return false;
    }
    struct yaml_node *span = read_leg(at, value);
    return span != NULL && yaml_parse_duration(span->text, &at->fault->span_ns) == YAML_PARSED;
}

static bool read_count(const struct scenario_fault_reading *at, struct yaml_node *node)
{
    uint64_t count = 0;
    if (node == NULL || yaml_parse_integer(node->text, &count) != YAML_PARSED) {
        return false;
    }
    at->fault->count = (uint32_t)count; /* bounded by the tables */
    return true;
}

static bool read_duplicate(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    return read_as(at, "duplicate", value, at->fault) && read_count(at, read_leg(at, value));
}

static bool read_reorder(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    if (value->form == YAML_SCALAR) {
        return read_count(at, value);
    }
    return read_as(at, "reorder", value, at->fault) && read_count(at, read_leg(at, value));
}

static bool read_fail_after_effect(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    if (strcmp(value->text, "true") == 0) {
        return true;
    }
    scenario_report(at->reading, value,
                    "this fault does nothing; allowed: `true`, or leave it out");
    return false;
}

static bool read_expire_hold(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    const struct saga_plan *plan = &at->reading->scenario->plan;
    if (at->fault->call == SAGA_NONE || !read_as(at, "expire_hold", value, &at->fault->span_ns)) {
        return false;
    }
    if (saga_call_effect(plan, at->fault->call) == SAGA_EFFECT_ACQUIRE) {
        return true;
    }
    struct yaml_names names = {0};
    char list[YAML_LIST_MAX];
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        if (plan->steps[i].effect == SAGA_EFFECT_ACQUIRE) {
            yaml_names_add(&names, plan->steps[i].name);
        }
    }
    scenario_report(at->reading, yaml_get_key(at->item, "expire_hold"),
                    "`%s` acquires no hold that could expire; allowed: `on` %s",
                    saga_call_name(plan, at->fault->call), yaml_names_list(&names, list));
    return false;
}

/* The checkout that the action names, beside the one that `checkout` lets through. */
static bool take_checkout(const struct scenario_fault_reading *at, struct yaml_node *node,
                          uint32_t checkout)
{
    if (!scenario_check_checkout(at->reading, node, checkout)) {
        return false;
    }
    struct yaml_node *filter = yaml_get_scalar(at->item, "checkout");
    uint64_t only = checkout;
    if (filter != NULL) {
        yaml_parse_integer(filter->text, &only);
    }
    if (only != checkout) {
        scenario_report(
            at->reading, filter,
            "this is about checkout %u only, so it would never strike; leave `checkout` "
            "out",
            checkout);
        return false;
    }
    at->fault->checkout = checkout;
    return true;
}

static bool read_cancel(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    uint32_t checkout = 0;
    return read_as(at, "cancel", value, &checkout) && take_checkout(at, value, checkout);
}

static bool read_start(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    const struct yaml_node *request = yaml_get_scalar(at->item, "request");
    if (request != NULL && strcmp(request->text, "other") == 0) {
        at->fault->action = SCENARIO_START_OTHER;
    }
    uint32_t checkout = 0;
    return read_as(at, "start", value, &checkout) && take_checkout(at, value, checkout);
}

/* `checkout` within the action's mapping. Without it: the only one; and with `on` and `after` the
 * one that is there. `before` is what the fault's own `checkout` said. */
static bool take_inner_checkout(const struct scenario_fault_reading *at, struct yaml_node *value,
                                uint32_t before)
{
    struct yaml_node *inner = yaml_get_scalar(value, "checkout");
    if (inner != NULL) {
        return take_checkout(at, inner, at->fault->checkout);
    }
    at->fault->checkout = before;
    if (at->fault->trigger != SCENARIO_AT) {
        return true;
    }
    at->fault->checkout = 1;
    uint32_t count = at->reading->scenario->checkouts.count;
    if (count == 1) {
        return true;
    }
    scenario_report(at->reading, value, "of which checkout? Give it `checkout`, 1 to %u", count);
    return false;
}

static bool read_operator(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    uint32_t before = at->fault->checkout;
    if (!read_as(at, "operator", value, at->fault)) {
        return false;
    }
    struct yaml_node *compensation = read_either(at, value, "retry", "resolve");
    if (compensation == NULL) {
        return false;
    }
    bool retries = yaml_get(value, "retry") != NULL;
    at->fault->action = retries ? SCENARIO_RETRY : SCENARIO_RESOLVE;
    uint8_t index = scenario_find_compensation(at->reading, compensation);
    at->fault->target = index == SAGA_NONE ? SAGA_NONE : saga_call_of_compensation(index);
    return take_inner_checkout(at, value, before) && index != SAGA_NONE;
}

/* A call by name, or by a number that may be no call's. */
static bool read_garbage_call(const struct scenario_fault_reading *at, struct yaml_node *node)
{
    uint64_t number = 0;
    if (yaml_parse_integer(node->text, &number) != YAML_PARSED) {
        at->fault->target = scenario_find_call(at->reading, node);
        return at->fault->target != SAGA_NONE;
    }
    if (number > UINT8_MAX) {
        scenario_report(at->reading, node, "a call's number is 0 to 255; allowed: that, or a name");
        return false;
    }
    at->fault->target = (uint8_t)number;
    return true;
}

static bool read_garbage(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    uint32_t before = at->fault->checkout;
    if (!read_as(at, "garbage", value, at->fault)) {
        return false;
    }
    bool fine = read_garbage_call(at, yaml_get(value, "call"));
    fine &= take_inner_checkout(at, value, before);
    struct yaml_node *code = yaml_get_key(value, "code");
    if (at->fault->answer == SAGA_ANSWER_REJECTED) {
        if (code == NULL) {
            strcpy(at->fault->code, "garbage");
        }
    } else if (code != NULL) {
        scenario_report(at->reading, code, "only a `rejected` has a code; leave it out");
        fine = false;
    }
    return fine;
}

static bool read_unavailable(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    struct scenario_place place;
    bool found = scenario_find_place(at->reading, value, SCENARIO_PLACE_SERVICE, &place);
    at->fault->service = place.index;
    return found;
}

static bool read_slow(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    struct yaml_node *service = yaml_get_scalar(at->item, "service");
    if (service != NULL) {
        at->fault->service = scenario_find_service(at->reading, service);
    }
    bool found = service == NULL || at->fault->service != SAGA_NONE;
    return read_as(at, "slow", value, &at->fault->count) && found;
}

static bool read_ticks(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    return read_as(at, "ticks", value, at->fault);
}

/* How long: `for`, or its default. */
static bool read_for(const struct scenario_fault_reading *at)
{
    const struct yaml_node *node = yaml_get(at->item, "for");
    const char *text = yaml_shape_find(&scenario_fault_shape, "for", 0)->standard;
    if (node != NULL) {
        text = node->text;
    }
    return yaml_parse_duration(text, &at->fault->span_ns) == YAML_PARSED;
}

static bool read_node(const struct scenario_fault_reading *at, struct yaml_node *node)
{
    at->fault->node = scenario_find_node(at->reading, node);
    return at->fault->node != SAGA_NONE;
}

static bool crash_node(const struct scenario_fault_reading *at, struct yaml_node *value,
                       uint8_t node)
{
    if (at->fault->trigger == SCENARIO_DURING) {
        scenario_report(at->reading, value,
                        "a node stops at some time, and starts again `for` so long after; allowed: "
                        "`at` instead of `during`");
        return false;
    }
    at->fault->node = node;
    return read_for(at);
}

static bool crash_service(const struct scenario_fault_reading *at, struct yaml_node *value,
                          uint8_t service)
{
    if (at->fault->trigger != SCENARIO_DURING) {
        scenario_report(at->reading, value,
                        "a service is down for a time, and `%s` is one; allowed: `during` alone",
                        value->text);
        return false;
    }
    at->fault->action = SCENARIO_CRASH_SERVICE;
    at->fault->service = service;
    return true;
}

static bool read_crash(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    struct scenario_place place;
    unsigned allowed = SCENARIO_PLACE_NODE | SCENARIO_PLACE_SERVICE;
    if (!scenario_find_place(at->reading, value, allowed, &place)) {
        return false;
    }
    return place.is_node ? crash_node(at, value, place.index)
                         : crash_service(at, value, place.index);
}

static bool read_pause(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    return read_for(at) && read_node(at, value);
}

static bool read_clock(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    if (!read_as(at, "clock", value, at->fault)) {
        return false;
    }
    bool found = read_node(at, yaml_get(value, "node"));
    const struct yaml_node *change = read_either(at, value, "jump", "drift");
    at->fault->action = yaml_get(value, "drift") != NULL ? SCENARIO_DRIFT : SCENARIO_JUMP;
    return change != NULL && found;
}

/* One item of `partition`; the first one tells the direction. */
static bool read_partitioned(const struct scenario_fault_reading *at, const struct yaml_node *list,
                             struct yaml_node *item)
{
    struct scenario_fault *fault = at->fault;
    struct scenario_place place;
    const struct yaml_key *key = yaml_shape_find(&scenario_fault_shape, "partition", 0);
    unsigned allowed = SCENARIO_PLACE_NODE | SCENARIO_PLACE_SERVICE | SCENARIO_PLACE_STORE;
    if (!yaml_read_value(&at->reading->reader, key, item, NULL) ||
        scenario_stands_before(at->reading, list, item, "once is enough") ||
        !scenario_find_place(at->reading, item, allowed, &place)) {
        return false;
    }
    if (place.is_node) {
        fault->nodes |= (uint16_t)(1U << place.index);
    } else {
        fault->peers |= UINT32_C(1) << place.index;
    }
    fault->from_nodes |= item == list->first && place.is_node;
    return true;
}

static bool read_partition(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    bool fine = true;
    for (struct yaml_node *item = value->first; item != NULL; item = item->next) {
        fine &= read_partitioned(at, value, item);
    }
    if (fine && (at->fault->nodes == 0 || at->fault->peers == 0)) {
        scenario_report(at->reading, value,
                        "these have no messages between them; allowed: at least one node, and at "
                        "least one that is none, such as `[node-1, payment]`");
        return false;
    }
    return fine;
}

static bool read_store(const struct scenario_fault_reading *at, struct yaml_node *value)
{
    if (value->form == YAML_SCALAR) {
        at->fault->store = (uint8_t)yaml_word_index(scenario_store_words, value->text);
        return true;
    }
    at->fault->store = SCENARIO_STORE_SLOW;
    return read_as(at, "store", value, at->fault);
}

enum {
    ON = SCENARIO_WITH_ON,
    DURING = SCENARIO_WITH_DURING,
    ONCE = SCENARIO_WITH_ON | SCENARIO_WITH_AT | SCENARIO_WITH_AFTER,
    COMMITTING = SCENARIO_WITH_BEFORE_COMMIT | SCENARIO_WITH_BEFORE_DISPATCH
};

const char *const scenario_trigger_words[] = {
    "on", "at", "after", "during", "before_commit", "before_dispatch", NULL};

const struct scenario_action_rule scenario_actions[] = {
    {"reply", ON, SCENARIO_REPLY, read_reply},
    {"lose", ON, SCENARIO_LOSE, read_lose},
    {"delay", ON, SCENARIO_DELAY, read_delay},
    {"duplicate", ON, SCENARIO_DUPLICATE, read_duplicate},
    {"reorder", ON, SCENARIO_REORDER, read_reorder},
    {"fail_after_effect", ON, SCENARIO_FAIL_AFTER_EFFECT, read_fail_after_effect},
    {"expire_hold", ON, SCENARIO_EXPIRE_HOLD, read_expire_hold},
    {"cancel", ONCE, SCENARIO_CANCEL, read_cancel},
    {"start", ONCE, SCENARIO_START, read_start},
    {"operator", ONCE, SCENARIO_RETRY, read_operator},
    {"garbage", ONCE, SCENARIO_GARBAGE, read_garbage},
    {"unavailable", DURING, SCENARIO_UNAVAILABLE, read_unavailable},
    {"slow", DURING, SCENARIO_SLOW, read_slow},
    {"ticks", DURING, SCENARIO_LATE_TICKS, read_ticks},
    {"crash", ONCE | DURING | COMMITTING, SCENARIO_CRASH, read_crash},
    {"pause", ONCE, SCENARIO_PAUSE, read_pause},
    {"clock", ONCE, SCENARIO_JUMP, read_clock},
    {"partition", DURING, SCENARIO_PARTITION, read_partition},
    {"store", ON | DURING, SCENARIO_STORE, read_store},
};

const size_t scenario_actions_len = sizeof scenario_actions / sizeof *scenario_actions;
