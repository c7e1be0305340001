/*
 * The keys of a plan file, and of a what-if's `override`, as data (see runtime/yaml/shape.h): the
 * reader, the messages, the schema and the reference come from these tables.
 */
#ifndef BACKSTEP_RUNTIME_PLAN_KEYS_H
#define BACKSTEP_RUNTIME_PLAN_KEYS_H

#include "core/plan.h"
#include "runtime/yaml/shape.h"

/* What a call has unless it says otherwise. */
struct plan_call_defaults {
    uint64_t timeout_ns;
    struct saga_retry retry;
};

/* Of a plan that has no `defaults` and no `compensation_defaults`. */
extern const struct plan_call_defaults plan_step_defaults;
extern const struct plan_call_defaults plan_compensation_defaults;

/* What a plan file is read into, before the names in it are resolved. */
struct plan_draft {
    struct saga_plan plan;
    struct plan_call_defaults steps;
    struct plan_call_defaults compensations;
};

extern const struct yaml_shape plan_shape;          /* into struct plan_draft */
extern const struct yaml_shape plan_override_shape; /* into struct saga_plan */

/* The words of `effect` and of a service's model, as in SAGA_EFFECTS and SAGA_MODELS. */
extern const char *const plan_effect_words[];
extern const char *const plan_model_words[];

/* The words of `status`: the milestones, from 1. */
extern const char *const plan_milestone_words[];

#endif
