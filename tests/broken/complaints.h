/* Files that are broken, each in its own way, and beside each, in NAME.expected, what is said of
 * it. BACKSTEP_REWRITE=1 rewrites those; read the diff. */
#ifndef BACKSTEP_TESTS_BROKEN_COMPLAINTS_H
#define BACKSTEP_TESTS_BROKEN_COMPLAINTS_H

#include <stddef.h>

#include "runtime/yaml/errors.h"

/* Holds what `load` says of each file against what is expected, and every sentence of it to having
 * a place. The pattern matches at least that many files, and none of them loads. */
void complaints_check(const char *pattern, size_t files_min,
                      bool (*load)(const char *path, struct yaml_errors *errors));

/* A whole file, "" if there is none. The caller frees it. */
char *complaints_read(const char *path, size_t *size);

#endif
