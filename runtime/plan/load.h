/* Reads plan files (docs/writing_your_own_plan.md; the keys are described in keys.c). */
#ifndef BACKSTEP_RUNTIME_PLAN_LOAD_H
#define BACKSTEP_RUNTIME_PLAN_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/plan.h"
#include "runtime/yaml/document.h"
#include "runtime/yaml/reader.h"

/*
 * Reads the plan at path, with its defaults applied, checked by saga_plan_check(). False if
 * anything is wrong: errors then tells all of it, sorted, and the plan must not be used. Every byte
 * of the plan is set, so that equal plans are equal byte for byte.
 */
bool plan_load(const char *path, struct saga_plan *plan, struct yaml_errors *errors);

/* The same of bytes in memory, under a name for the errors. */
bool plan_load_memory(const char *name, const char *bytes, size_t size, struct saga_plan *plan,
                      struct yaml_errors *errors);

/* The same of a document that was loaded already. Does not sort the errors. */
bool plan_read(const struct yaml_document *document, struct saga_plan *plan,
               struct yaml_errors *errors);

/*
 * Applies a what-if's `override` mapping to a checked plan, and checks the plan again. False if
 * anything is wrong. Does not sort the errors.
 */
bool plan_override(const struct yaml_document *document, struct yaml_node *override,
                   struct saga_plan *plan, struct yaml_errors *errors);

#endif
