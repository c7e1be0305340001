/* JSON Schema (draft 2020-12) from the tables of shape.h, for editors. */
#ifndef BACKSTEP_RUNTIME_YAML_SCHEMA_H
#define BACKSTEP_RUNTIME_YAML_SCHEMA_H

#include <jansson.h>

#include "runtime/yaml/shape.h"

/*
 * Adds the schema of the shape, and of every shape within it, to `definitions` (an object, to be
 * the `$defs` of a schema) and returns a reference to it, which the caller owns. Unknown keys are
 * refused. NULL if memory ran out.
 */
json_t *yaml_schema_define(json_t *definitions, const struct yaml_shape *shape);

/* The schema of files of one shape. The caller owns it. NULL if memory ran out. */
json_t *yaml_schema(const char *title, const struct yaml_shape *shape);

/* The frame of a schema around its definitions, which are taken over: `$schema`, title, `$defs`. */
json_t *yaml_schema_frame(const char *title, json_t *definitions);

#endif
