/* One scalar, by the description of its key: parsed, held against its bounds, and stored. */
#ifndef BACKSTEP_RUNTIME_YAML_VALUE_H
#define BACKSTEP_RUNTIME_YAML_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/yaml/scalar.h"
#include "runtime/yaml/shape.h"

struct yaml_value {
    uint64_t wide[2]; /* one number, or both ends; without a sign */
    bool negative;
    bool truth;
    bool endless; /* the upper end stands for "no end", or an age for "for ever" */
};

/* Parses the text as the key's kind, and checks the key's bounds. */
enum yaml_parsed yaml_value_parse(const struct yaml_key *key, const char *text,
                                  struct yaml_value *value);

/* Stores what was parsed as the kind says (YAML_KINDS); text of one that is not kept is ignored. */
void yaml_value_put(const struct yaml_key *key, const char *text, const struct yaml_value *value,
                    void *out);

/* The index of the text among the words; the number of words if it is none of them. */
size_t yaml_word_index(const char *const *words, const char *text);

#endif
