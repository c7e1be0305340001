#include "runtime/plan/write.h"

#include <string.h>

#include "runtime/plan/keys.h"
#include "runtime/plan/same.h"
#include "runtime/yaml/scalar.h"

static void write_duration(FILE *out, const char *before, uint64_t ns)
{
    char text[YAML_SCALAR_MAX];
    fprintf(out, "%s%s", before, yaml_print_duration(text, ns));
}

/* The parts of a retry policy that are not as in the defaults; all of them without defaults. */
static void write_retry(FILE *out, const struct saga_retry *retry, const struct saga_retry *as)
{
    char text[YAML_SCALAR_MAX];
    const char *comma = "";
    fputc('{', out);
    if (as == NULL || retry->attempts != as->attempts) {
        fprintf(out, "attempts: %s", yaml_print_attempts(text, retry->attempts));
        comma = ", ";
    }
    if (as == NULL || retry->initial_ns != as->initial_ns) {
        fprintf(out, "%sinitial: %s", comma, yaml_print_duration(text, retry->initial_ns));
        comma = ", ";
    }
    if (as == NULL || retry->multiplier != as->multiplier) {
        fprintf(out, "%smultiplier: %u", comma, retry->multiplier);
        comma = ", ";
    }
    if (as == NULL || retry->max_ns != as->max_ns) {
        fprintf(out, "%smax: %s", comma, yaml_print_duration(text, retry->max_ns));
        comma = ", ";
    }
    if (as == NULL || retry->jitter_ppm != as->jitter_ppm) {
        fprintf(out, "%sjitter: %s", comma, yaml_print_rate(text, retry->jitter_ppm));
    }
    fputc('}', out);
}

static void write_defaults(FILE *out, const char *key, const struct plan_call_defaults *defaults)
{
    fprintf(out, "%s: {", key);
    write_duration(out, "timeout: ", defaults->timeout_ns);
    fputs(", retry: ", out);
    write_retry(out, &defaults->retry, NULL);
    fputs("}\n", out);
}

/* What steps and compensations have alike, where it is not as in the defaults. */
static void write_call(FILE *out, uint64_t timeout_ns, const struct saga_retry *retry,
                       const char *emits, const struct plan_call_defaults *defaults)
{
    if (timeout_ns != defaults->timeout_ns) {
        write_duration(out, "\n    timeout: ", timeout_ns);
    }
    if (!plan_is_same_retry(retry, &defaults->retry)) {
        fputs("\n    retry: ", out);
        write_retry(out, retry, &defaults->retry);
    }
    if (emits[0] != 0) {
        fprintf(out, "\n    emits: %s", emits);
    }
    fputc('\n', out);
}

static void write_step(FILE *out, const struct saga_plan *plan, const struct saga_step *step)
{
    const char *service = plan->services[step->service].name;
    fprintf(out, "  - step: %s\n    service: %s\n    effect: %s", step->name, service,
            plan_effect_words[step->effect]);
    if (step->hold_ns != 0) {
        write_duration(out, "\n    hold: {ttl: ", step->hold_ns);
        fprintf(out, ", until: %s}", plan->steps[step->hold_until].name);
    }
    if (step->when != SAGA_NONE) {
        fprintf(out, "\n    when: %s", plan->flags[step->when]);
    }
    if (step->settles != SAGA_NONE) {
        fprintf(out, "\n    settles: %s", plan->steps[step->settles].name);
    }
    size_t len = strlen(service);
    if (strncmp(step->reason, service, len) != 0 || strcmp(step->reason + len, "_failed") != 0) {
        fprintf(out, "\n    reason: %s", step->reason);
    }
    if (step->milestone != SAGA_MILESTONE_NONE) {
        fprintf(out, "\n    status: %s", plan_milestone_words[step->milestone - 1]);
    }
    if (step->deadline_ns != 0) {
        write_duration(out, "\n    deadline: ", step->deadline_ns);
    }
    write_call(out, step->timeout_ns, &step->retry, step->emits, &plan_step_defaults);
}

static void write_compensation(FILE *out, const struct saga_plan *plan,
                               const struct saga_compensation *compensation)
{
    fprintf(out, "  - undo: %s\n    reverses: [", compensation->name);
    const char *comma = "";
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        if ((compensation->reverses >> i & 1) == 0) {
            continue;
        }
        fprintf(out, "%s%s", comma, plan->steps[i].name);
        comma = ", ";
    }
    fprintf(out, "]\n    effect: %s", plan_effect_words[compensation->effect]);
    write_call(out, compensation->timeout_ns, &compensation->retry, compensation->emits,
               &plan_compensation_defaults);
}

void plan_write_yaml(FILE *out, const struct saga_plan *plan)
{
    fprintf(out, "plan: %s\nversion: %u\n", plan->name, plan->version);
    write_duration(out, "deadline: ", plan->deadline_ns);
    fputs("\nservices:\n", out);
    for (uint8_t i = 0; i < plan->services_len; i++) {
        fprintf(out, "  %s: %s\n", plan->services[i].name,
                plan_model_words[plan->services[i].model]);
    }
    if (plan->flags_len > 0) {
        fputs("flags: [", out);
        for (uint8_t i = 0; i < plan->flags_len; i++) {
            fprintf(out, "%s%s", i == 0 ? "" : ", ", plan->flags[i]);
        }
        fputs("]\n", out);
    }
    write_defaults(out, "defaults", &plan_step_defaults);
    write_defaults(out, "compensation_defaults", &plan_compensation_defaults);
    fputs("steps:\n", out);
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        write_step(out, plan, &plan->steps[i]);
    }
    if (plan->compensations_len == 0) {
        return;
    }
    fputs("compensations:\n", out);
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        write_compensation(out, plan, &plan->compensations[i]);
    }
}
