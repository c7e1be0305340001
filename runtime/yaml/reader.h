/*
 * Reads a tree by the tables of shape.h: finds unknown keys, missing keys, wrong forms and numbers
 * out of bounds, reports each at its place with what is allowed, and stores the rest.
 *
 * What is kept (YAML_KEEP, lists, keys with two forms, the keys that a file names itself) is
 * checked for its form only; its owner goes on from the node, with yaml_read_value() for each item.
 */
#ifndef BACKSTEP_RUNTIME_YAML_READER_H
#define BACKSTEP_RUNTIME_YAML_READER_H

#include <stdbool.h>

#include "runtime/yaml/document.h"
#include "runtime/yaml/names.h"
#include "runtime/yaml/shape.h"
#include "runtime/yaml/value.h"

struct yaml_reader {
    const struct yaml_document *document;
    struct yaml_errors *errors;
    unsigned only; /* YAML_OVERRIDE while a what-if is read: no defaults, nothing required */
};

/* Stores the default of every key of the shape, and of the mappings within it. */
void yaml_apply_defaults(const struct yaml_shape *shape, void *out);

/*
 * Reads a mapping into the structure `out`: first the defaults (unless `only`), then what is there.
 * False if anything was reported. An unknown key marks the mapping broken: what seems to be missing
 * is probably what was misspelled.
 */
bool yaml_read_mapping(const struct yaml_reader *reader, const struct yaml_shape *shape,
                       struct yaml_node *node, void *out);

/*
 * Reads one value of the key's description: an item of its list, or what stands behind a key that
 * the file named. A scalar or a mapping goes to out itself, not to the key's offset; with out NULL
 * it is only checked.
 */
bool yaml_read_value(const struct yaml_reader *reader, const struct yaml_key *key,
                     struct yaml_node *node, void *out);

/*
 * "unknown service `x`; did you mean `y`? Allowed: ...". `noun` is what it should be; `where`, such
 * as " in a fault", may be "".
 */
void yaml_report_unknown(const struct yaml_reader *reader, struct yaml_node *node, const char *noun,
                         const char *where, const struct yaml_names *allowed);

/* The keys of the shape, for messages. */
void yaml_add_keys(const struct yaml_reader *reader, const struct yaml_shape *shape,
                   struct yaml_names *names);

#endif
