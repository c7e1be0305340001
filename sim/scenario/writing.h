/* How YAML is written, for write.c, write_fault.c and write_expect.c. For the files of this folder
 * only. */
#ifndef BACKSTEP_SIM_SCENARIO_WRITING_H
#define BACKSTEP_SIM_SCENARIO_WRITING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "runtime/yaml/names.h"
#include "runtime/yaml/shape.h"
#include "sim/scenario/scenario.h"

/* A mapping while it is written. One that never gets a key is not written at all. */
struct writing {
    FILE *out;
    struct writing *around; /* the mapping that it stands in, under `key`; NULL: in none */
    const char *key;
    const char *first;   /* before its first key */
    const char *between; /* before each other one */
    const char *last;    /* behind its last value */
    bool begun;
};

/* The file itself: a line for each key. */
struct writing writing_top(FILE *out);

/* A mapping under a key: with a line for each key, each after `start`, which is a line break and
 * the indentation; or in one line, `{a: 1, b: 2}`. */
struct writing writing_lines(struct writing *around, const char *key, const char *start);
struct writing writing_flow(struct writing *around, const char *key);

/* A list of mappings under a key; and a mapping in it, in one line after `start`, which says how it
 * stands in the list. */
void writing_list(struct writing *around, const char *key);
struct writing writing_entry(FILE *out, const char *start);

void writing_end(struct writing *mapping);

/* Begins a key; its value is the caller's to write. */
void writing_key(struct writing *mapping, const char *key);

/* A key and its value. A word is a name of ours; text is quoted if it must be. */
void writing_word(struct writing *mapping, const char *key, const char *word);
void writing_text(struct writing *mapping, const char *key, const char *text);
void writing_names(struct writing *mapping, const char *key, const struct yaml_names *names);
void writing_number(struct writing *mapping, const char *key, uint64_t number);
void writing_duration(struct writing *mapping, const char *key, uint64_t ns);
void writing_span(struct writing *mapping, const char *key, uint64_t lo_ns, uint64_t hi_ns);
void writing_rate(struct writing *mapping, const char *key, uint32_t ppm);
void writing_shift(struct writing *mapping, const char *key, int64_t ns);
void writing_drift(struct writing *mapping, const char *key, int32_t ppm);

/* A key and text of several lines: as a block, if that reads back the same. */
void writing_block(struct writing *mapping, const char *key, const char *text);

/*
 * What the structure `value`, which the shape is read into, has otherwise than `base`, another such
 * structure, or with NULL than the defaults of the shape. Only what the reader stores by itself:
 * what it leaves to its owner, and (with NULL) what has no default, the owner writes, too.
 */
bool writing_differs(const struct yaml_shape *shape, const void *value, const void *base);
void writing_differences(struct writing *mapping, const struct yaml_shape *shape, const void *value,
                         const void *base);

/* One key of the shape, in the same way, held against its default. */
void writing_difference(struct writing *mapping, const struct yaml_shape *shape, const char *key,
                        const void *value);

/* write_fault.c: what goes wrong, if anything does. */
void writing_faults(struct writing *top, const struct scenario *scenario);

/* write_expect.c: what is expected, if anything is. */
void writing_expect(struct writing *top, const struct scenario *scenario);

#endif
