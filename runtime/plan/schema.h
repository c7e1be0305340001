/* The JSON Schema of plan files. */
#ifndef BACKSTEP_RUNTIME_PLAN_SCHEMA_H
#define BACKSTEP_RUNTIME_PLAN_SCHEMA_H

#include <jansson.h>

/* The caller owns it. NULL if memory ran out. */
json_t *plan_schema(void);

#endif
