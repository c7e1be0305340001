/* Faults, each in one line: its trigger, its options, its action. */
#include <string.h>

#include "core/event.h"
#include "sim/scenario/actions.h"
#include "sim/scenario/keys.h"
#include "sim/scenario/write.h"
#include "sim/scenario/writing.h"

/* The code that the reader gives to garbage that is rejected without one. */
static const char garbage_code[] = "garbage";

/* One fault while it is written. */
struct fault_writing {
    struct writing line;
    const struct scenario *scenario;
    const struct scenario_fault *fault;
};

static const char *call_name(const struct fault_writing *at, uint8_t call)
{
    return saga_call_name(&at->scenario->plan, call);
}

/* A service, or a peer that is none. */
static const char *peer_name(const struct fault_writing *at, uint8_t peer)
{
    static const char *const others[] = {"store", "events", "notification"};
    return peer < SCENARIO_PEER_STORE ? at->scenario->plan.services[peer].name
                                      : others[peer - SCENARIO_PEER_STORE];
}

static void write_reply(struct fault_writing *at)
{
    bool rejected = at->fault->answer == SAGA_ANSWER_REJECTED;
    writing_text(&at->line, "reply",
                 rejected ? at->fault->code : scenario_answer_words[at->fault->answer]);
}

static void write_lose(struct fault_writing *at)
{
    writing_word(&at->line, "lose", scenario_leg_words[at->fault->leg]);
}

static void write_delay(struct fault_writing *at)
{
    struct writing delay = writing_flow(&at->line, "delay");
    writing_duration(&delay, scenario_leg_words[at->fault->leg], at->fault->span_ns);
    writing_end(&delay);
}

static void write_duplicate(struct fault_writing *at)
{
    struct writing duplicate = writing_flow(&at->line, "duplicate");
    writing_number(&duplicate, scenario_leg_words[at->fault->leg], at->fault->count);
    if (at->fault->span_ns != 0) {
        writing_duration(&duplicate, "after", at->fault->span_ns);
    }
    writing_end(&duplicate);
}

static void write_reorder(struct fault_writing *at)
{
    if (at->fault->leg == SCENARIO_REQUEST_LEG) {
        writing_number(&at->line, "reorder", at->fault->count);
        return;
    }
    struct writing reorder = writing_flow(&at->line, "reorder");
    writing_number(&reorder, scenario_leg_words[at->fault->leg], at->fault->count);
    writing_end(&reorder);
}

static void write_fail_after_effect(struct fault_writing *at)
{
    writing_word(&at->line, "fail_after_effect", "true");
}

static void write_expire_hold(struct fault_writing *at)
{
    writing_duration(&at->line, "expire_hold", at->fault->span_ns);
}

static void write_cancel(struct fault_writing *at)
{
    writing_number(&at->line, "cancel", at->fault->checkout);
}

static void write_start(struct fault_writing *at)
{
    writing_number(&at->line, "start", at->fault->checkout);
    if (at->fault->action == SCENARIO_START_OTHER) {
        writing_word(&at->line, "request", "other");
    }
}

/* The checkout that an action names. Without it, the one that is there is meant. */
static void write_checkout(struct writing *mapping, uint32_t checkout)
{
    if (checkout != 0) {
        writing_number(mapping, "checkout", checkout);
    }
}

static void write_operator(struct fault_writing *at)
{
    struct writing action = writing_flow(&at->line, "operator");
    writing_word(&action, at->fault->action == SCENARIO_RETRY ? "retry" : "resolve",
                 call_name(at, at->fault->target));
    write_checkout(&action, at->fault->checkout);
    writing_end(&action);
}

static void write_garbage(struct fault_writing *at)
{
    const struct scenario_fault *fault = at->fault;
    struct writing garbage = writing_flow(&at->line, "garbage");
    write_checkout(&garbage, fault->checkout);
    if (saga_plan_has_call(&at->scenario->plan, fault->target)) {
        writing_word(&garbage, "call", call_name(at, fault->target));
    } else {
        writing_number(&garbage, "call", fault->target);
    }
    if (fault->attempt != 1) {
        writing_number(&garbage, "attempt", fault->attempt);
    }
    if (fault->answer != SAGA_ANSWER_OK) {
        writing_word(&garbage, "answer", scenario_answer_words[fault->answer]);
    }
    if (fault->answer == SAGA_ANSWER_REJECTED && strcmp(fault->code, garbage_code) != 0) {
        writing_text(&garbage, "code", fault->code);
    }
    writing_end(&garbage);
}

static void write_unavailable(struct fault_writing *at)
{
    writing_word(&at->line, "unavailable", peer_name(at, at->fault->service));
}

static void write_slow(struct fault_writing *at)
{
    writing_number(&at->line, "slow", at->fault->count);
    fputc('x', at->line.out);
    writing_word(&at->line, "service", peer_name(at, at->fault->service));
}

static void write_late_ticks(struct fault_writing *at)
{
    struct writing ticks = writing_flow(&at->line, "ticks");
    writing_duration(&ticks, "late", at->fault->span_ns);
    writing_end(&ticks);
}

static void write_crash_service(struct fault_writing *at)
{
    writing_word(&at->line, "crash", peer_name(at, at->fault->service));
}

static void add_nodes(struct yaml_names *names, const struct fault_writing *at)
{
    for (uint8_t i = 0; i < SCENARIO_NODES_MAX; i++) {
        if ((at->fault->nodes >> i & 1) != 0) {
            yaml_names_add(names, scenario_node_words[i]);
        }
    }
}

static void add_peers(struct yaml_names *names, const struct fault_writing *at)
{
    for (uint8_t i = 0; i <= SCENARIO_PEER_NOTIFICATION; i++) {
        if ((at->fault->peers >> i & 1) != 0) {
            yaml_names_add(names, peer_name(at, i));
        }
    }
}

static void write_partition(struct fault_writing *at)
{
    struct yaml_names names = {0};
    if (at->fault->from_nodes) {
        add_nodes(&names, at);
        add_peers(&names, at);
    } else {
        add_peers(&names, at);
        add_nodes(&names, at);
    }
    writing_names(&at->line, "partition", &names);
    if (at->fault->one_way) {
        writing_word(&at->line, "one_way", "true");
    }
}

static void write_store(struct fault_writing *at)
{
    if (at->fault->store != SCENARIO_STORE_SLOW) {
        writing_word(&at->line, "store", scenario_store_words[at->fault->store]);
        return;
    }
    struct writing store = writing_flow(&at->line, "store");
    writing_duration(&store, "slow", at->fault->span_ns);
    writing_end(&store);
}

static void write_crash(struct fault_writing *at)
{
    writing_word(&at->line, "crash", scenario_node_words[at->fault->node]);
    writing_duration(&at->line, "for", at->fault->span_ns);
}

static void write_pause(struct fault_writing *at)
{
    writing_word(&at->line, "pause", scenario_node_words[at->fault->node]);
    writing_duration(&at->line, "for", at->fault->span_ns);
}

static void write_clock(struct fault_writing *at)
{
    struct writing clock = writing_flow(&at->line, "clock");
    writing_word(&clock, "node", scenario_node_words[at->fault->node]);
    if (at->fault->action == SCENARIO_JUMP) {
        writing_shift(&clock, "jump", at->fault->jump_ns);
    } else {
        writing_drift(&clock, "drift", at->fault->drift_ppm);
    }
    writing_end(&clock);
}

/* By enum scenario_action. */
static const struct {
    void (*write)(struct fault_writing *at);
    bool names_checkout; /* itself: then it is no option beside it */
} actions[] = {
    [SCENARIO_REPLY] = {write_reply, false},
    [SCENARIO_LOSE] = {write_lose, false},
    [SCENARIO_DELAY] = {write_delay, false},
    [SCENARIO_DUPLICATE] = {write_duplicate, false},
    [SCENARIO_REORDER] = {write_reorder, false},
    [SCENARIO_FAIL_AFTER_EFFECT] = {write_fail_after_effect, false},
    [SCENARIO_EXPIRE_HOLD] = {write_expire_hold, false},
    [SCENARIO_CANCEL] = {write_cancel, true},
    [SCENARIO_START] = {write_start, true},
    [SCENARIO_START_OTHER] = {write_start, true},
    [SCENARIO_RETRY] = {write_operator, true},
    [SCENARIO_RESOLVE] = {write_operator, true},
    [SCENARIO_GARBAGE] = {write_garbage, true},
    [SCENARIO_UNAVAILABLE] = {write_unavailable, false},
    [SCENARIO_SLOW] = {write_slow, false},
    [SCENARIO_LATE_TICKS] = {write_late_ticks, false},
    [SCENARIO_CRASH_SERVICE] = {write_crash_service, false},
    [SCENARIO_PARTITION] = {write_partition, false},
    [SCENARIO_STORE] = {write_store, false},
    [SCENARIO_CRASH] = {write_crash, false},
    [SCENARIO_PAUSE] = {write_pause, false},
    [SCENARIO_JUMP] = {write_clock, false},
    [SCENARIO_DRIFT] = {write_clock, false},
};

static void write_trigger(struct fault_writing *at)
{
    const struct scenario_fault *fault = at->fault;
    const char *key = scenario_trigger_words[fault->trigger];
    bool always = fault->from_ns == 0 && fault->to_ns == at->scenario->heal_ns;
    switch (fault->trigger) {
    case SCENARIO_AT:
        writing_duration(&at->line, key, fault->from_ns);
        break;
    case SCENARIO_DURING:
        writing_span(&at->line, key, fault->from_ns, fault->to_ns);
        break;
    case SCENARIO_ON:
    case SCENARIO_AFTER:
    case SCENARIO_BEFORE_COMMIT:
    case SCENARIO_BEFORE_DISPATCH:
        writing_word(&at->line, key, call_name(at, fault->call));
        break;
    }
    if (fault->trigger == SCENARIO_ON && !always) {
        writing_span(&at->line, "during", fault->from_ns, fault->to_ns);
    }
}

static void write_options(struct fault_writing *at)
{
    const struct scenario_fault *fault = at->fault;
    if (fault->attempt_lo != 1 || fault->attempt_hi != UINT32_MAX) {
        writing_number(&at->line, "attempt", fault->attempt_lo);
        if (fault->attempt_hi == UINT32_MAX) {
            fputs("..", at->line.out);
        } else if (fault->attempt_hi != fault->attempt_lo) {
            fprintf(at->line.out, "..%u", fault->attempt_hi);
        }
    }
    if (!actions[fault->action].names_checkout) {
        write_checkout(&at->line, fault->checkout);
    }
}

static void write_fault(FILE *out, const char *start, const struct scenario *scenario,
                        uint32_t fault)
{
    struct fault_writing at = {
        .line = writing_entry(out, start), .scenario = scenario, .fault = &scenario->faults[fault]};
    write_trigger(&at);
    write_options(&at);
    actions[at.fault->action].write(&at);
    writing_end(&at.line);
}

void scenario_write_fault(FILE *out, const struct scenario *scenario, uint32_t fault)
{
    write_fault(out, "", scenario, fault);
}

void writing_faults(struct writing *top, const struct scenario *scenario)
{
    if (scenario->faults_len > 0) {
        writing_list(top, "faults");
    }
    for (uint32_t i = 0; i < scenario->faults_len; i++) {
        write_fault(top->out, "\n  - ", scenario, i);
    }
}
