/* The keys of a fault: one trigger, one action, options. */
#include <assert.h>

#include "core/event.h"
#include "sim/scenario/keys.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

/* clang-format off */
const char *const scenario_answer_words[] = {
#define X(id, name) name,
    SAGA_ANSWERS(X)
#undef X
    NULL};

const char *const scenario_leg_words[] = {"request", "reply", NULL};

static const char *const other_words[] = {"same", "other", NULL};
const char *const scenario_store_words[] = {"ambiguous", "failed", "conflict", NULL};

const char *const scenario_peer_words[] = {"store", "events", "notification", NULL};

static const struct yaml_key delay_keys[] = {
    {.name = "request", .kind = YAML_DURATION, .flags = YAML_KEEP, .min = 1, .absent = "on time",
     .what = "The request arrives so much later.", .example = "6m"},
    {.name = "reply", .kind = YAML_DURATION, .flags = YAML_KEEP, .min = 1, .absent = "on time",
     .what = "The answer arrives so much later.", .example = "6m"},
};

static const struct yaml_shape delay_shape = {
    .name = "delay", .title = "a mapping of `request` or `reply` to a duration",
    .what = "Which of the two messages is late; one of them.",
    .keys = delay_keys, .keys_len = LEN(delay_keys)};

static const struct yaml_key duplicate_keys[] = {
    {.name = "request", .kind = YAML_INTEGER, .flags = YAML_KEEP, .min = 1, .max = 100,
     .size = sizeof(uint32_t), .absent = "none",
     .what = "So many copies of the request arrive besides it.", .example = "1"},
    {.name = "reply", .kind = YAML_INTEGER, .flags = YAML_KEEP, .min = 1, .max = 100,
     .size = sizeof(uint32_t), .absent = "none",
     .what = "So many copies of the answer arrive besides it.", .example = "1"},
    {.name = "after", .kind = YAML_DURATION, .offset = offsetof(struct scenario_fault, span_ns),
     .standard = "0s", .what = "Each copy comes so long after the one before.", .example = "3s"},
};

static const struct yaml_shape duplicate_shape = {
    .name = "duplicate", .title = "a mapping of `request` or `reply` to a number of copies",
    .what = "Which of the two messages is doubled, how often, and how far apart; one of them.",
    .keys = duplicate_keys, .keys_len = LEN(duplicate_keys)};

static const struct yaml_key reorder_keys[] = {
    {.name = "request", .kind = YAML_INTEGER, .flags = YAML_KEEP, .min = 1, .max = 1000,
     .size = sizeof(uint32_t), .absent = "in order",
     .what = "The request is overtaken by the next so many messages.", .example = "3"},
    {.name = "reply", .kind = YAML_INTEGER, .flags = YAML_KEEP, .min = 1, .max = 1000,
     .size = sizeof(uint32_t), .absent = "in order",
     .what = "The answer is overtaken by the next so many messages.", .example = "3"},
};

static const struct yaml_shape reorder_shape = {
    .name = "reorder", .title = "a mapping of `request` or `reply` to a number",
    .what = "Which of the two messages is overtaken; one of them.",
    .keys = reorder_keys, .keys_len = LEN(reorder_keys)};

static const struct yaml_key operator_keys[] = {
    {.name = "retry", .kind = YAML_NAME, .absent = "none",
     .what = "The compensation, stuck or waiting, that is sent again at once.",
     .example = "refund_payment"},
    {.name = "resolve", .kind = YAML_NAME, .absent = "none",
     .what = "The compensation that a person has settled by hand: it is owed no more.",
     .example = "refund_payment"},
    {.name = "checkout", .kind = YAML_INTEGER, .min = 1, .max = SCENARIO_CHECKOUTS_MAX,
     .size = sizeof(uint32_t), .offset = offsetof(struct scenario_fault, checkout),
     .absent = "the only one; with `on` and `after`, the one that is there",
     .what = "Of which checkout.", .example = "1"},
};

static const struct yaml_shape operator_shape = {
    .name = "operator", .title = "a mapping of `retry` or `resolve` to a compensation",
    .what = "What an operator does; one of `retry` and `resolve`.",
    .keys = operator_keys, .keys_len = LEN(operator_keys)};

static const struct yaml_key garbage_keys[] = {
    {.name = "checkout", .kind = YAML_INTEGER, .min = 1, .max = SCENARIO_CHECKOUTS_MAX,
     .size = sizeof(uint32_t), .offset = offsetof(struct scenario_fault, checkout),
     .absent = "the only one; with `on` and `after`, the one that is there",
     .what = "Which checkout it claims to be about.", .example = "1"},
    {.name = "call", .kind = YAML_CALL, .flags = YAML_REQUIRED,
     .what = "What it claims to answer: a step, a compensation, or a number from 0 to 255 that no "
             "call has (steps are 0 to 15, compensations 16 to 31).",
     .example = "capture_payment"},
    {.name = "attempt", .kind = YAML_INTEGER, .min = 1, .max = 1000000000,
     .size = sizeof(uint32_t), .offset = offsetof(struct scenario_fault, attempt),
     .standard = "1", .what = "Which attempt it claims to answer; one that was never sent, too.",
     .example = "7"},
    {.name = "answer", .kind = YAML_WORD, .words = scenario_answer_words,
     .offset = offsetof(struct scenario_fault, answer), .standard = "ok", .what = "What it says.",
     .example = "rejected"},
    {.name = "code", .kind = YAML_CODE, .size = SAGA_CODE_MAX + 1,
     .offset = offsetof(struct scenario_fault, code), .absent = "`garbage`",
     .what = "The code of a `rejected`.", .example = "declined"},
};

static const struct yaml_shape garbage_shape = {
    .name = "garbage", .title = "a mapping of what it claims to answer",
    .what = "A reply that nobody is owed.",
    .keys = garbage_keys, .keys_len = LEN(garbage_keys)};

static const struct yaml_key ticks_keys[] = {
    {.name = "late", .kind = YAML_DURATION, .flags = YAML_REQUIRED, .min = 1,
     .offset = offsetof(struct scenario_fault, span_ns), .what = "Every tick comes so late.",
     .example = "30s"},
};

static const struct yaml_shape ticks_shape = {
    .name = "ticks", .title = "a mapping of lateness", .what = "The timers that wake a saga.",
    .keys = ticks_keys, .keys_len = LEN(ticks_keys)};

static const struct yaml_key clock_fault_keys[] = {
    {.name = "node", .kind = YAML_NODE, .flags = YAML_REQUIRED, .what = "Whose clock.",
     .example = "node-1"},
    {.name = "jump", .kind = YAML_SHIFT, .min = 1,
     .offset = offsetof(struct scenario_fault, jump_ns), .absent = "it does not jump",
     .what = "Its wall clock jumps so far ahead; with a `-`, back.", .example = "-2h"},
    {.name = "drift", .kind = YAML_DRIFT, .max = SCENARIO_DRIFT_MAX_PPM,
     .offset = offsetof(struct scenario_fault, drift_ppm), .absent = "it runs as before",
     .what = "From here on its clocks run so much too fast, until `heal`; with a `-`, too slow.",
     .example = "200ppm"},
};

static const struct yaml_shape clock_fault_shape = {
    .name = "clock_fault", .title = "a mapping of a node and its jump or drift",
    .what = "What happens to the clocks of a node; one of `jump` and `drift`.",
    .keys = clock_fault_keys, .keys_len = LEN(clock_fault_keys)};

static const struct yaml_key slow_store_keys[] = {
    {.name = "slow", .kind = YAML_DURATION, .flags = YAML_REQUIRED, .min = 1,
     .offset = offsetof(struct scenario_fault, span_ns), .what = "The commit takes so long.",
     .example = "5s"},
};

static const struct yaml_shape slow_store_shape = {
    .name = "slow_store", .title = "a mapping of `slow` to a duration",
    .what = "A slow commit.", .keys = slow_store_keys, .keys_len = LEN(slow_store_keys)};

static const struct yaml_key fault_keys[] = {
    /* triggers */
    {.name = "on", .kind = YAML_NAME, .absent = "",
     .what = "Trigger: whenever this call (a step or a compensation) reaches its service.",
     .example = "authorize_payment"},
    {.name = "after", .kind = YAML_NAME, .absent = "",
     .what = "Trigger: once this step is durable as done, once for each checkout.",
     .example = "capture_payment"},
    {.name = "at", .kind = YAML_DURATION, .offset = offsetof(struct scenario_fault, from_ns),
     .absent = "", .what = "Trigger: once, at this time.", .example = "30s"},
    {.name = "during", .kind = YAML_SPAN, .offset = offsetof(struct scenario_fault, from_ns),
     .absent = "",
     .what = "Trigger: from the first time until, not including, the second. With `on` it is an "
             "option: only then.",
     .example = "0s..5m"},
    {.name = "before_commit", .kind = YAML_NAME, .absent = "",
     .what = "Trigger: before what an answer of this call changed is stored, once for each "
             "checkout.",
     .example = "capture_payment"},
    {.name = "before_dispatch", .kind = YAML_NAME, .absent = "",
     .what = "Trigger: after what an answer of this call changed is stored, before what follows "
             "is sent, once for each checkout.",
     .example = "capture_payment"},
    /* options */
    {.name = "attempt", .kind = YAML_NUMBERS, .min = 1,
     .offset = offsetof(struct scenario_fault, attempt_lo), .absent = "every attempt",
     .what = "Option of `on`, `before_commit` and `before_dispatch`: only these attempts; `3..` is "
             "the third and every later one.",
     .example = "1..3"},
    {.name = "checkout", .kind = YAML_INTEGER, .min = 1, .max = SCENARIO_CHECKOUTS_MAX,
     .size = sizeof(uint32_t), .offset = offsetof(struct scenario_fault, checkout),
     .absent = "every checkout",
     .what = "Option of every trigger but `at` and `during`: only this checkout.",
     .example = "1"},
    {.name = "service", .kind = YAML_NAME, .absent = "every service",
     .what = "Option of `slow`: which service.", .example = "inventory"},
    {.name = "request", .kind = YAML_WORD, .words = other_words, .flags = YAML_KEEP,
     .standard = "same",
     .what = "Option of `start`: with the same request, or with another under the same id.",
     .example = "other"},
    {.name = "for", .kind = YAML_DURATION, .flags = YAML_KEEP, .min = 1, .standard = "30s",
     .what = "Option of `crash` and `pause` of a node: so long. At `heal` it is over in any case.",
     .example = "4m"},
    {.name = "one_way", .kind = YAML_BOOLEAN, .offset = offsetof(struct scenario_fault, one_way),
     .standard = "false",
     .what = "Option of `partition`: only what goes from the first named side to the other is "
             "lost.",
     .example = "true"},
    /* actions */
    {.name = "reply", .kind = YAML_CODE, .flags = YAML_KEEP, .size = SAGA_CODE_MAX + 1,
     .absent = "",
     .what = "The service answers this, without effect: `unavailable`, or a rejection with any "
             "other code.",
     .example = "declined"},
    {.name = "lose", .kind = YAML_WORD, .words = scenario_leg_words, .absent = "",
     .offset = offsetof(struct scenario_fault, leg), .flags = YAML_KEEP,
     .what = "The request, or the answer, never arrives.", .example = "reply"},
    {.name = "delay", .shape = &delay_shape, .flags = YAML_KEEP, .absent = "",
     .what = "The request, or the answer, arrives later.", .example = "{reply: 6m}"},
    {.name = "duplicate", .shape = &duplicate_shape, .flags = YAML_KEEP, .absent = "",
     .what = "The request, or the answer, arrives more than once.",
     .example = "{request: 1, after: 3s}"},
    {.name = "reorder", .kind = YAML_INTEGER, .shape = &reorder_shape, .min = 1, .max = 1000,
     .size = sizeof(uint32_t), .absent = "",
     .what = "The request is overtaken by the next so many messages; or the answer.",
     .example = "3"},
    {.name = "fail_after_effect", .kind = YAML_BOOLEAN, .flags = YAML_KEEP, .absent = "",
     .what = "The effect is made, and the answer is `unavailable`.", .example = "true"},
    {.name = "expire_hold", .kind = YAML_DURATION, .flags = YAML_KEEP, .min = 1, .absent = "",
     .what = "The service drops what this call acquired after so long.", .example = "10m"},
    {.name = "cancel", .kind = YAML_INTEGER, .flags = YAML_KEEP, .min = 1,
     .max = SCENARIO_CHECKOUTS_MAX, .size = sizeof(uint32_t), .absent = "",
     .what = "The buyer of this checkout cancels.", .example = "1"},
    {.name = "start", .kind = YAML_INTEGER, .flags = YAML_KEEP, .min = 1,
     .max = SCENARIO_CHECKOUTS_MAX, .size = sizeof(uint32_t), .absent = "",
     .what = "The buyer of this checkout starts it again.", .example = "1"},
    {.name = "operator", .shape = &operator_shape, .flags = YAML_KEEP, .absent = "",
     .what = "An operator retries or resolves a compensation.",
     .example = "{resolve: refund_payment, checkout: 1}"},
    {.name = "garbage", .shape = &garbage_shape, .flags = YAML_KEEP, .absent = "",
     .what = "A reply that nobody is owed.", .example = "{checkout: 1, call: capture_payment}"},
    {.name = "unavailable", .kind = YAML_NAME, .absent = "",
     .what = "This service, or `events` or `notification`, answers every request `unavailable`, "
             "without effect.",
     .example = "inventory"},
    {.name = "slow", .kind = YAML_FACTOR, .flags = YAML_KEEP, .min = 2, .max = 1000000,
     .absent = "", .what = "Services work so many times as long.", .example = "10x"},
    {.name = "ticks", .shape = &ticks_shape, .flags = YAML_KEEP, .absent = "",
     .what = "The timers come late.", .example = "{late: 30s}"},
    {.name = "crash", .kind = YAML_PLACE, .flags = YAML_KEEP, .absent = "",
     .what = "This node stops, and starts again from what is stored. Or this service, or `events` "
             "or `notification`, is down, and what it was working on is lost.",
     .example = "node-1"},
    {.name = "pause", .kind = YAML_NODE, .flags = YAML_KEEP, .absent = "",
     .what = "This node stands still, and goes on as if nothing had happened.",
     .example = "node-1"},
    {.name = "clock", .shape = &clock_fault_shape, .flags = YAML_KEEP, .absent = "",
     .what = "The wall clock of a node jumps, or its clocks drift.",
     .example = "{node: node-1, jump: -2h}"},
    {.name = "partition", .kind = YAML_PLACE, .flags = YAML_MANY, .min = 2,
     .max = SCENARIO_NODES_MAX + SCENARIO_PEER_NOTIFICATION + 1, .absent = "",
     .what = "No message passes between these nodes and these others: services, `store`, `events`, "
             "`notification`.",
     .example = "[node-1, payment]"},
    {.name = "store", .kind = YAML_WORD, .words = scenario_store_words,
     .shape = &slow_store_shape, .flags = YAML_KEEP, .absent = "",
     .what = "With `on`, the first commit that records an answer to an attempt of this call goes "
             "wrong; with `during` alone, every commit: it is stored and reported as failed, fails, "
             "is refused as a conflict, or takes long.",
     .example = "ambiguous"},
};

const struct yaml_shape scenario_fault_shape = {
    .name = "fault", .title = "a fault",
    .what = "One trigger, one action, options. All faults that match strike; of two answers the "
            "first listed.",
    .keys = fault_keys, .keys_len = LEN(fault_keys),
    .example = "{on: authorize_payment, reply: declined}"};
/* clang-format on */

static_assert(offsetof(struct scenario_fault, to_ns) ==
                  offsetof(struct scenario_fault, from_ns) + sizeof(uint64_t),
              "a span is two numbers");
static_assert(LEN(scenario_peer_words) == SCENARIO_PEER_NOTIFICATION - SCENARIO_PEER_STORE + 2,
              "what stands beside the services has a name");
static_assert(SCENARIO_PEER_NOTIFICATION < 32 && SCENARIO_NODES_MAX <= 16,
              "sets of peers are 32 bits, and of nodes 16");
static_assert(offsetof(struct scenario_fault, attempt_hi) ==
                  offsetof(struct scenario_fault, attempt_lo) + sizeof(uint32_t),
              "a range of numbers is two numbers");
