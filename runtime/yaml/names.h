/* Names in messages: shown safely, listed, and guessed at when misspelled. */
#ifndef BACKSTEP_RUNTIME_YAML_NAMES_H
#define BACKSTEP_RUNTIME_YAML_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum {
    YAML_SHOWN_MAX = 64, /* bytes, with the NUL, of text from a file in a message */
    YAML_NAMES_MAX = 128,
    YAML_LIST_MAX = 1200 /* bytes, with the NUL, of a list of names */
};

/* Text from a file for a message: without control characters, cut with `...` if long,
 * and `""` if there is none. */
const char *yaml_show(char shown[YAML_SHOWN_MAX], const char *text);

/* What may stand in a place. Names are borrowed; what does not fit is left out. */
struct yaml_names {
    const char *names[YAML_NAMES_MAX];
    size_t len;
};

void yaml_names_add(struct yaml_names *names, const char *name);

/* Adds a list that ends with NULL. */
void yaml_names_add_all(struct yaml_names *names, const char *const *list);

/* "`a`, `b`, `c`"; "nothing" for none. */
const char *yaml_names_list(const struct yaml_names *names, char list[YAML_LIST_MAX]);

/* The name most probably meant by the text; NULL if none is near. */
const char *yaml_names_guess(const struct yaml_names *names, const char *text);

#endif
