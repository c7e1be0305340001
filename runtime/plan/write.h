/* Writes a plan as a plan file: loaded back, it is the same byte for byte. */
#ifndef BACKSTEP_RUNTIME_PLAN_WRITE_H
#define BACKSTEP_RUNTIME_PLAN_WRITE_H

#include <stdio.h>

#include "core/plan.h"

/* The plan must be a checked one. Whether the file took it all, ferror() tells. */
void plan_write_yaml(FILE *out, const struct saga_plan *plan);

#endif
