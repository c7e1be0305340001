/* The keys of what is expected. */
#include "core/session.h"
#include "core/update.h"
#include "sim/record/invariant.h"
#include "sim/scenario/keys.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

/* clang-format off */
const char *const scenario_status_words[] = {
#define X(id, name) name,
    SAGA_STATUSES(X)
#undef X
    NULL};

const char *const scenario_compensation_words[] = {
#define X(id, name) name,
    SAGA_COMPENSATION_STATUSES(X)
#undef X
    NULL};

const char *const scenario_invariant_words[] = {
#define X(id, name, sentence) name,
    SIM_INVARIANTS(X)
#undef X
    NULL};

const char *const scenario_own_events[] = {
    "CheckoutStarted", "CheckoutCompleted", "CheckoutFailed", "CheckoutExpired", "CheckoutStalled",
    "CheckoutCompensated", NULL};

static const struct yaml_key attempts_key = {
    .name = "<call>", .kind = YAML_INTEGER, .size = sizeof(uint32_t), .max = 1000000000,
    .what = "How often the step or compensation of that name was sent; 0: never.", .example = "1"};

static const struct yaml_shape attempts_shape = {
    .name = "attempts", .title = "a mapping of calls to numbers of attempts",
    .what = "Calls of the plan, by name.", .any = &attempts_key};

static const struct yaml_key count_key = {
    .name = "<status>", .kind = YAML_INTEGER, .size = sizeof(uint32_t),
    .max = SCENARIO_CHECKOUTS_MAX, .absent = "0",
    .what = "How many checkouts end with this status: `STARTED`, `RESERVED`, `PAID`, "
            "`COMPLETED`, `FAILED` or `EXPIRED`.",
    .example = "98"};

static const struct yaml_shape counts_shape = {
    .name = "counts", .title = "a mapping of statuses to numbers of checkouts",
    .what = "Statuses; they add up to the number of checkouts.", .any = &count_key,
    .any_words = scenario_status_words};

/* What `expect` and each entry of `each` have alike. */
#define OUTCOME_KEYS                                                                               \
    {.name = "status", .kind = YAML_WORD, .words = scenario_status_words, .absent = "any",         \
     .offset = offsetof(struct scenario_outcome, status),                                          \
     .what = "How it ends.", .example = "FAILED"},                                                 \
    {.name = "reason", .kind = YAML_NAME, .absent = "any",                                         \
     .what = "Why: the reason of one of the plan's steps, `timeout` (with EXPIRED only), or "      \
             "`cancelled`.",                                                                       \
     .example = "payment_failed"},                                                                 \
    {.name = "code", .kind = YAML_CODE, .size = SAGA_CODE_MAX + 1,                                 \
     .offset = offsetof(struct scenario_outcome, code), .absent = "any",                           \
     .what = "The service's own code; or `unavailable`, `no_answer`; or which deadline: "          \
             "`checkout`, `hold`, `step`.",                                                        \
     .example = "declined"},                                                                       \
    {.name = "step", .kind = YAML_NAME, .absent = "any",                                           \
     .what = "The step that failed, or that was running.", .example = "authorize_payment"},        \
    {.name = "compensation", .kind = YAML_WORD, .words = scenario_compensation_words,              \
     .absent = "any", .offset = offsetof(struct scenario_outcome, compensation),                   \
     .what = "How far it has been undone.", .example = "done"},                                    \
    {.name = "undone", .kind = YAML_NAME, .flags = YAML_MANY, .max = SAGA_COMPENSATIONS_MAX,       \
     .absent = "any",                                                                              \
     .what = "Exactly these compensations, in the order in which they were first acknowledged.",   \
     .example = "[release_inventory, cancel_order]"},                                              \
    {.name = "events", .kind = YAML_EVENT, .flags = YAML_MANY, .max = SCENARIO_EVENTS_MAX,         \
     .absent = "any", .what = "Exactly these domain events, in this order.",                       \
     .example = "[CheckoutStarted, CheckoutFailed, CheckoutCompensated]"},                         \
    {.name = "attempts", .shape = &attempts_shape, .flags = YAML_KEEP, .absent = "any",            \
     .what = "How often calls were sent.", .example = "{authorize_payment: 1}"},                   \
    {.name = "within", .kind = YAML_DURATION,                                                      \
     .offset = offsetof(struct scenario_outcome, within_ns), .absent = "any time",                 \
     .what = "From a checkout's start to its closing at most.", .example = "20m"},                 \
    {.name = "not_before", .kind = YAML_DURATION,                                                  \
     .offset = offsetof(struct scenario_outcome, not_before_ns), .absent = "any time",             \
     .what = "From a checkout's start to its closing at least; what never closes is not early.",   \
     .example = "19m"}

static const struct yaml_key each_keys[] = {
    {.name = "checkout", .kind = YAML_INTEGER, .flags = YAML_REQUIRED, .min = 1,
     .max = SCENARIO_CHECKOUTS_MAX, .size = sizeof(uint32_t),
     .offset = offsetof(struct scenario_outcome, checkout), .what = "Which checkout, from 1.",
     .example = "1"},
    OUTCOME_KEYS,
};

const struct yaml_shape scenario_each_shape = {
    .name = "outcome", .title = "what is expected of one checkout",
    .what = "What is expected of one checkout.", .keys = each_keys, .keys_len = LEN(each_keys),
    .example = "{checkout: 1, status: FAILED}"};

static const struct yaml_key expect_keys[] = {
    OUTCOME_KEYS,
    {.name = "counts", .shape = &counts_shape, .flags = YAML_KEEP, .absent = "any",
     .what = "How many checkouts end how.", .example = "{COMPLETED: 98, FAILED: 2}"},
    {.name = "each", .shape = &scenario_each_shape, .flags = YAML_MANY, .max = SCENARIO_EACH_MAX,
     .absent = "nothing", .what = "What is expected of single checkouts.",
     .example = "[{checkout: 1, status: FAILED}]"},
    {.name = "violates", .kind = YAML_WORD, .words = scenario_invariant_words, .flags = YAML_MANY,
     .max = SCENARIO_VIOLATES_MAX, .absent = "none",
     .what = "A what-if that must break: exactly these invariants (`backstep invariants`).",
     .example = "[failed-leaves-nothing]"},
};

const struct yaml_shape scenario_expect_shape = {
    .name = "expect", .title = "a mapping of what is expected",
    .what = "What is expected of every checkout; only what is named is held against the run.",
    .keys = expect_keys, .keys_len = LEN(expect_keys)};
/* clang-format on */
