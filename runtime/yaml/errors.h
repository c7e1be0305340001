/*
 * What is wrong with a file: a list of places and sentences, owned by the caller. A zeroed list is
 * an empty one. Each error reads `file:line:column: what is wrong, and what is allowed there`.
 * The list is bounded: what does not fit is counted. When memory runs out it says so, once.
 */
#ifndef BACKSTEP_RUNTIME_YAML_ERRORS_H
#define BACKSTEP_RUNTIME_YAML_ERRORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    YAML_ERRORS_MAX = 100,
    YAML_ERROR_SIZE = 2000 /* bytes of a sentence, with the NUL; a longer one is cut */
};

struct yaml_error {
    char *file;      /* as the caller named it */
    uint32_t line;   /* from 1 */
    uint32_t column; /* from 1, in characters */
    uint32_t number; /* in the order of finding: what is at one place stays in that order */
    const char *text;
};

struct yaml_errors {
    struct yaml_error *items;
    uint32_t len;
    uint32_t dropped; /* more than fit */
    bool no_memory;   /* something could not be allocated; errors may be missing */
};

/* Whether anything is wrong. */
bool yaml_errors_any(const struct yaml_errors *errors);

/* How many errors have been found so far, dropped ones and lack of memory included. */
uint32_t yaml_errors_count(const struct yaml_errors *errors);

/* Adds one; copies file and text. */
void yaml_errors_add(struct yaml_errors *errors, const char *file, uint32_t line, uint32_t column,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Notes that memory ran out. */
void yaml_errors_add_no_memory(struct yaml_errors *errors);

/* Sorts by file, line and column; of equal ones keeps one. Every loader ends with it. */
void yaml_errors_sort(struct yaml_errors *errors);

/* One line each; and one more for what was dropped. */
void yaml_errors_print(const struct yaml_errors *errors, FILE *out);

/* Frees what the list holds; it is empty again. */
void yaml_errors_free(struct yaml_errors *errors);

#endif
