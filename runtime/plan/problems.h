/* What saga_plan_check() finds, at the places in the file that it is about. */
#ifndef BACKSTEP_RUNTIME_PLAN_PROBLEMS_H
#define BACKSTEP_RUNTIME_PLAN_PROBLEMS_H

#include "core/plan.h"
#include "runtime/yaml/reader.h"

/* What was reported before: a further problem of it is probably a consequence, and is not told. */
struct plan_bad {
    uint32_t steps;         /* bit i: the i-th */
    uint32_t compensations; /* bit i: the i-th */
    bool services;
    bool flags;
};

/* Checks a plan that was read from the reader's document, which is a plan file. */
void plan_report_problems(const struct yaml_reader *reader, const struct saga_plan *plan,
                          const struct plan_bad *bad);

/* Checks a plan after the `override` mapping was applied to it. */
void plan_report_override_problems(const struct yaml_reader *reader, struct yaml_node *override,
                                   const struct saga_plan *plan);

#endif
