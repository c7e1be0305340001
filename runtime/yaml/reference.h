/* The reference of a kind of file, in Markdown, from the tables of shape.h. */
#ifndef BACKSTEP_RUNTIME_YAML_REFERENCE_H
#define BACKSTEP_RUNTIME_YAML_REFERENCE_H

#include <stdio.h>

#include "runtime/yaml/shape.h"

/*
 * One section for the shape and one for each shape within it, each with a table of its keys: what
 * it is, what is allowed, the default, an example. Headings begin at level 2. The shapes in `known`
 * (ended by NULL) have their sections elsewhere in the same file.
 */
void yaml_write_reference(FILE *out, const struct yaml_shape *shape,
                          const struct yaml_shape *const *known);

/* The kinds of scalar: one row each, with an example. */
void yaml_write_reference_of_scalars(FILE *out);

#endif
