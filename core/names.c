/* The printed names of every enum of the core, from the lists that define them. */
#include <stddef.h>

#include "core/codec.h"
#include "core/event.h"
#include "core/plan.h"
#include "core/result.h"
#include "core/session.h"
#include "core/update.h"

#define X(id, name, ...) [id] = name,
static const char *const results[] = {SAGA_RESULTS(X)};
static const char *const models[] = {SAGA_MODELS(X)};
static const char *const effects[] = {SAGA_EFFECTS(X)};
static const char *const phases[] = {SAGA_PHASES(X)};
static const char *const causes[] = {SAGA_CAUSES(X)};
static const char *const step_states[] = {SAGA_STEP_STATES(X)};
static const char *const undo_states[] = {SAGA_UNDO_STATES(X)};
static const char *const statuses[] = {SAGA_STATUSES(X)};
static const char *const compensation_statuses[] = {SAGA_COMPENSATION_STATUSES(X)};
static const char *const event_kinds[] = {SAGA_EVENT_KINDS(X)};
static const char *const answers[] = {SAGA_ANSWERS(X)};
static const char *const domain_events[] = {SAGA_DOMAIN_EVENTS(X)};
static const char *const plan_faults[] = {SAGA_PLAN_FAULTS(X)};
static const char *const codec_results[] = {SAGA_CODEC_RESULTS(X)};
#undef X

#define X(id, name, sentence) [id] = sentence,
static const char *const result_sentences[] = {SAGA_RESULTS(X)};
#undef X

#define X(id, name, model, forward) [id] = {model, forward},
static const struct {
    enum saga_model model;
    bool forward;
} effect_kinds[] = {SAGA_EFFECTS(X)};
#undef X

const char *saga_result_name(enum saga_result result)
{
    return results[result];
}

const char *saga_result_sentence(enum saga_result result)
{
    return result_sentences[result];
}

const char *saga_model_name(enum saga_model model)
{
    return models[model];
}

const char *saga_effect_name(enum saga_effect effect)
{
    return effects[effect];
}

enum saga_model saga_effect_model(enum saga_effect effect)
{
    return effect_kinds[effect].model;
}

bool saga_effect_is_forward(enum saga_effect effect)
{
    return effect_kinds[effect].forward;
}

const char *saga_plan_fault_sentence(enum saga_plan_fault fault)
{
    return plan_faults[fault];
}

const char *saga_phase_name(enum saga_phase phase)
{
    return phases[phase];
}

const char *saga_cause_name(enum saga_cause cause)
{
    return causes[cause];
}

const char *saga_step_state_name(enum saga_step_state state)
{
    return step_states[state];
}

const char *saga_undo_state_name(enum saga_undo_state state)
{
    return undo_states[state];
}

const char *saga_status_name(enum saga_status status)
{
    return statuses[status];
}

const char *saga_compensation_status_name(enum saga_compensation_status status)
{
    return compensation_statuses[status];
}

const char *saga_event_kind_name(enum saga_event_kind kind)
{
    return event_kinds[kind];
}

const char *saga_answer_name(enum saga_answer answer)
{
    return answers[answer];
}

const char *saga_domain_event_name(const struct saga_plan *plan,
                                   const struct saga_domain_event *event)
{
    switch ((enum saga_domain_event_kind)event->kind) {
    case SAGA_STEP_SUCCEEDED:
        return plan->steps[event->index].emits;
    case SAGA_UNDO_ACKNOWLEDGED:
        return plan->compensations[event->index].emits;
    case SAGA_STARTED:
    case SAGA_COMPLETION:
    case SAGA_FAILURE:
    case SAGA_EXPIRY:
    case SAGA_STALL:
    case SAGA_COMPENSATION:
        return domain_events[event->kind];
    }
    return "";
}

const char *saga_codec_sentence(enum saga_codec_result result)
{
    return codec_results[result];
}
