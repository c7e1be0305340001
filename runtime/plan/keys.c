#include "runtime/plan/keys.h"

#include <assert.h>

#include "runtime/yaml/scalar.h"

#define MS         UINT64_C(1000000)
#define S          (1000 * MS)
#define LEN(array) (sizeof(array) / sizeof *(array))

static_assert(YAML_DURATION_MAX_NS == SAGA_DURATION_MAX_NS, "files can say what plans can hold");

/* clang-format off */
const struct plan_call_defaults plan_step_defaults = {
    .timeout_ns = 10 * S,
    .retry = {.attempts = 4, .initial_ns = 500 * MS, .multiplier = 2, .max_ns = 10 * S,
              .jitter_ppm = 200000},
};

const struct plan_call_defaults plan_compensation_defaults = {
    .timeout_ns = 10 * S,
    .retry = {.attempts = 8, .initial_ns = 500 * MS, .multiplier = 2, .max_ns = 60 * S,
              .jitter_ppm = 200000},
};

const char *const plan_effect_words[] = {
#define X(id, name, model, forward) name,
    SAGA_EFFECTS(X)
#undef X
    NULL};

const char *const plan_model_words[] = {
#define X(id, name, sentence) name,
    SAGA_MODELS(X)
#undef X
    NULL};

const char *const plan_milestone_words[] = {"RESERVED", "PAID", NULL};

static const struct yaml_key retry_keys[] = {
    {.name = "attempts", .kind = YAML_ATTEMPTS, .flags = YAML_OVERRIDE, .min = 1,
     .offset = offsetof(struct saga_retry, attempts), .absent = "as in the plan's defaults",
     .what = "How often a step is sent; a compensation goes on, but is flagged as stalled after "
             "so many.",
     .example = "unlimited"},
    {.name = "initial", .kind = YAML_DURATION, .flags = YAML_OVERRIDE, .min = MS,
     .offset = offsetof(struct saga_retry, initial_ns), .absent = "as in the plan's defaults",
     .what = "The backoff before the second attempt; at most `max`.", .example = "500ms"},
    {.name = "multiplier", .kind = YAML_INTEGER, .flags = YAML_OVERRIDE, .min = 1,
     .max = SAGA_MULTIPLIER_MAX, .size = sizeof(uint32_t),
     .offset = offsetof(struct saga_retry, multiplier), .absent = "as in the plan's defaults",
     .what = "Each backoff is so many times the one before.", .example = "2"},
    {.name = "max", .kind = YAML_DURATION, .flags = YAML_OVERRIDE, .min = MS,
     .offset = offsetof(struct saga_retry, max_ns), .absent = "as in the plan's defaults",
     .what = "No backoff is longer.", .example = "10s"},
    {.name = "jitter", .kind = YAML_RATE, .flags = YAML_OVERRIDE,
     .offset = offsetof(struct saga_retry, jitter_ppm), .absent = "as in the plan's defaults",
     .what = "The largest share that is taken off a backoff at random.", .example = "20%"},
};

static const struct yaml_shape retry_shape = {
    .name = "retry", .title = "a retry policy",
    .what = "How a call is tried again after `unavailable`, or after no answer.",
    .keys = retry_keys, .keys_len = LEN(retry_keys)};

static const struct yaml_key defaults_keys[] = {
    {.name = "timeout", .kind = YAML_DURATION, .min = MS,
     .offset = offsetof(struct plan_call_defaults, timeout_ns), .absent = "10s",
     .what = "How long one attempt waits for an answer.", .example = "10s"},
    {.name = "retry", .shape = &retry_shape,
     .offset = offsetof(struct plan_call_defaults, retry),
     .absent = "{attempts: 4, initial: 500ms, multiplier: 2, max: 10s, jitter: 20%}; for "
               "compensations {attempts: 8, initial: 500ms, multiplier: 2, max: 1m, jitter: 20%}",
     .what = "How it is tried again; what is left out keeps its default.",
     .example = "{attempts: 4}"},
};

static const struct yaml_shape defaults_shape = {
    .name = "defaults", .title = "the defaults of calls",
    .what = "What each call has unless it says otherwise.",
    .keys = defaults_keys, .keys_len = LEN(defaults_keys)};

static const struct yaml_key hold_keys[] = {
    {.name = "ttl", .kind = YAML_DURATION, .flags = YAML_REQUIRED | YAML_OVERRIDE, .min = MS,
     .offset = offsetof(struct saga_step, hold_ns),
     .what = "What the step reserved lapses so long after its first dispatch.", .example = "15m"},
    {.name = "until", .kind = YAML_NAME, .flags = YAML_REQUIRED,
     .what = "The later step that consumes the hold.", .example = "issue_ticket"},
};

static const struct yaml_shape hold_shape = {
    .name = "hold", .title = "a hold",
    .what = "How long a reservation lasts. A saga whose hold ran out before the consuming step was "
            "done expires.",
    .keys = hold_keys, .keys_len = LEN(hold_keys)};

static const char *const forward_words[] = {"none", "open", "confirm", "acquire", "commit",
                                            "authorize", "capture", NULL};
static const char *const reverse_words[] = {"cancel", "release", "return", "void", "refund", NULL};

/* What steps and compensations have alike. */
#define TIMEOUT(type)                                                                              \
    {.name = "timeout", .kind = YAML_DURATION, .flags = YAML_OVERRIDE, .min = MS,                  \
     .offset = offsetof(struct type, timeout_ns), .absent = "as in the plan's defaults",           \
     .what = "How long one attempt waits for an answer.", .example = "30s"}
#define RETRY(type)                                                                                \
    {.name = "retry", .shape = &retry_shape, .flags = YAML_OVERRIDE,                               \
     .offset = offsetof(struct type, retry), .absent = "as in the plan's defaults",                \
     .what = "How it is tried again; what is left out keeps its default.",                         \
     .example = "{attempts: 3}"}
#define EMITS(sentence, name_of_it)                                                                \
    {.name = "emits", .kind = YAML_EVENT, .absent = "none", .what = sentence, .example = name_of_it}

static const struct yaml_key step_keys[] = {
    {.name = "step", .kind = YAML_NAME, .flags = YAML_REQUIRED,
     .what = "Its name, which is also the action that the service is asked for.",
     .example = "hold_seat"},
    {.name = "service", .kind = YAML_NAME, .flags = YAML_REQUIRED,
     .what = "The service that does it: one of the plan's `services`.", .example = "flight"},
    {.name = "effect", .kind = YAML_WORD, .words = forward_words,
     .flags = YAML_REQUIRED | YAML_OWN_WORDS | YAML_KEEP,
     .what = "What it does there. By the service's model: `record` open, confirm; `hold` acquire, "
             "commit; `charge` authorize, capture; any: none, which is read-only and needs no "
             "reverse step.",
     .example = "acquire"},
    {.name = "hold", .shape = &hold_shape, .flags = YAML_OVERRIDE, .absent = "never lapses",
     .what = "How long what it reserved lasts, and which step consumes it.",
     .example = "{ttl: 5m, until: issue_ticket}"},
    {.name = "deadline", .kind = YAML_DURATION, .flags = YAML_OVERRIDE, .min = MS,
     .offset = offsetof(struct saga_step, deadline_ns), .absent = "none",
     .what = "From its first dispatch, through all its attempts; at its end the saga expires.",
     .example = "2m"},
    TIMEOUT(saga_step),
    RETRY(saga_step),
    {.name = "when", .kind = YAML_NAME, .absent = "always runs",
     .what = "A flag of the request: without it the step is skipped.", .example = "wants_hotel"},
    {.name = "settles", .kind = YAML_NAME, .absent = "none",
     .what = "An earlier step of the same service that needs no undoing once this one is done.",
     .example = "hold_seat"},
    EMITS("The domain event that its success publishes.", "SeatHeld"),
    {.name = "reason", .kind = YAML_NAME, .absent = "the service's name and `_failed`",
     .what = "The reason that the saga gives when this step fails it.", .example = "card_refused"},
    {.name = "status", .kind = YAML_WORD, .words = plan_milestone_words, .flags = YAML_KEEP,
     .absent = "unchanged", .what = "The public status that its success gives the checkout.",
     .example = "PAID"},
};

static const struct yaml_shape step_shape = {
    .name = "step", .title = "a step",
    .what = "One forward call. Every step has a reverse step, or is declared read-only "
            "(`effect: none`).",
    .keys = step_keys, .keys_len = LEN(step_keys),
    .example = "{step: check_rules, service: rules, effect: none}"};

static const struct yaml_key compensation_keys[] = {
    {.name = "undo", .kind = YAML_NAME, .flags = YAML_REQUIRED,
     .what = "Its name, which is also the action that the service is asked for.",
     .example = "free_seat"},
    {.name = "reverses", .kind = YAML_NAME, .flags = YAML_REQUIRED | YAML_MANY, .min = 1,
     .max = SAGA_STEPS_MAX,
     .what = "The steps that it reverses, all of one service, which is also its own.",
     .example = "[hold_seat]"},
    {.name = "effect", .kind = YAML_WORD, .words = reverse_words,
     .flags = YAML_REQUIRED | YAML_OWN_WORDS | YAML_KEEP,
     .what = "What it does there. By the service's model: `record` cancel; `hold` release, return; "
             "`charge` void, refund.",
     .example = "release"},
    TIMEOUT(saga_compensation),
    RETRY(saga_compensation),
    EMITS("The domain event that its first acknowledgement publishes.", "SeatFreed"),
};

static const struct yaml_shape compensation_shape = {
    .name = "compensation", .title = "a compensation",
    .what = "The reverse of one or more steps.",
    .keys = compensation_keys, .keys_len = LEN(compensation_keys),
    .example = "{undo: free_seat, reverses: [hold_seat], effect: release}"};

static const struct yaml_key model_key = {
    .name = "<service>", .kind = YAML_WORD, .words = plan_model_words,
    .what = "The model that simulates the service: `check` answers questions and keeps nothing; "
            "`record` keeps a record; `hold` keeps a pool of units; `charge` keeps money.",
    .example = "hold"};

static const struct yaml_shape models_shape = {
    .name = "models", .title = "a mapping of services to models",
    .what = "The plan's services, by names of its own.", .any = &model_key};

static const struct yaml_key plan_keys[] = {
    {.name = "plan", .kind = YAML_NAME, .flags = YAML_REQUIRED, .what = "The plan's name.",
     .example = "trip"},
    {.name = "version", .kind = YAML_INTEGER, .min = 1, .size = sizeof(uint32_t),
     .offset = offsetof(struct plan_draft, plan.version), .standard = "1",
     .what = "A saga ends on the version of the plan that it began with.", .example = "2"},
    {.name = "deadline", .kind = YAML_DURATION, .min = MS,
     .offset = offsetof(struct plan_draft, plan.deadline_ns), .standard = "20m",
     .what = "Of the whole saga, from its start; at its end it expires.", .example = "10m"},
    {.name = "services", .shape = &models_shape, .flags = YAML_REQUIRED | YAML_KEEP,
     .what = "Each service of the plan, and the model that simulates it.",
     .example = "{flight: hold, card: charge}"},
    {.name = "flags", .kind = YAML_NAME, .flags = YAML_MANY, .max = SAGA_FLAGS_MAX,
     .absent = "the names after `when`, in order of first use",
     .what = "What a request can ask for.", .example = "[wants_hotel]"},
    {.name = "defaults", .shape = &defaults_shape, .offset = offsetof(struct plan_draft, steps),
     .absent = "{timeout: 10s, retry: {attempts: 4, initial: 500ms, multiplier: 2, max: 10s, "
               "jitter: 20%}}",
     .what = "What each step has unless it says otherwise.",
     .example = "{timeout: 10s, retry: {attempts: 4}}"},
    {.name = "compensation_defaults", .shape = &defaults_shape,
     .offset = offsetof(struct plan_draft, compensations),
     .absent = "{timeout: 10s, retry: {attempts: 8, initial: 500ms, multiplier: 2, max: 1m, "
               "jitter: 20%}}",
     .what = "What each compensation has unless it says otherwise.",
     .example = "{retry: {attempts: 8}}"},
    {.name = "steps", .shape = &step_shape, .flags = YAML_REQUIRED | YAML_MANY, .min = 1,
     .max = SAGA_STEPS_MAX, .what = "What is done, in this order.",
     .example = "[{step: check_rules, service: rules, effect: none}]"},
    {.name = "compensations", .shape = &compensation_shape, .flags = YAML_MANY,
     .max = SAGA_COMPENSATIONS_MAX, .absent = "none",
     .what = "How it is undone, in this order.",
     .example = "[{undo: free_seat, reverses: [hold_seat], effect: release}]"},
};

const struct yaml_shape plan_shape = {
    .name = "plan", .title = "a plan",
    .what = "A saga as data: its services, its steps in order, and how they are undone.",
    .keys = plan_keys, .keys_len = LEN(plan_keys)};

static const struct yaml_shape step_override_shape = {
    .name = "step", .title = "a step", .what = "What a what-if may change of a step.",
    .keys = step_keys, .keys_len = LEN(step_keys), .only = YAML_OVERRIDE};

static const struct yaml_key step_override_key = {
    .name = "<step>", .shape = &step_override_shape, .flags = YAML_OVERRIDE,
    .what = "What is different about the step of that name.", .example = "{deadline: 5m}"};

static const struct yaml_shape steps_override_shape = {
    .name = "steps", .title = "a mapping of steps to what is different",
    .what = "Steps of the plan, by name.", .any = &step_override_key};

static const struct yaml_shape compensation_override_shape = {
    .name = "compensation", .title = "a compensation",
    .what = "What a what-if may change of a compensation.",
    .keys = compensation_keys, .keys_len = LEN(compensation_keys), .only = YAML_OVERRIDE};

static const struct yaml_key compensation_override_key = {
    .name = "<compensation>", .shape = &compensation_override_shape, .flags = YAML_OVERRIDE,
    .what = "What is different about the compensation of that name.", .example = "{timeout: 5s}"};

static const struct yaml_shape compensations_override_shape = {
    .name = "compensations", .title = "a mapping of compensations to what is different",
    .what = "Compensations of the plan, by name.", .any = &compensation_override_key};

static const struct yaml_key override_keys[] = {
    {.name = "deadline", .kind = YAML_DURATION, .flags = YAML_OVERRIDE, .min = MS,
     .offset = offsetof(struct saga_plan, deadline_ns), .absent = "the plan's",
     .what = "Of the whole saga.", .example = "20m"},
    {.name = "steps", .shape = &steps_override_shape, .flags = YAML_OVERRIDE | YAML_KEEP,
     .absent = "the plan's", .what = "What is different about its steps.",
     .example = "{authorize_payment: {deadline: 5m, retry: {attempts: 3}}}"},
    {.name = "compensations", .shape = &compensations_override_shape,
     .flags = YAML_OVERRIDE | YAML_KEEP, .absent = "the plan's",
     .what = "What is different about its compensations.",
     .example = "{refund_payment: {timeout: 30s}}"},
};

const struct yaml_shape plan_override_shape = {
    .name = "override", .title = "an override of the plan",
    .what = "What if? The plan with other timeouts, retries and deadlines.",
    .keys = override_keys, .keys_len = LEN(override_keys), .only = YAML_OVERRIDE};
/* clang-format on */
