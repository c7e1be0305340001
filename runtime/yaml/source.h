/* The bytes of a file, before anything is made of them. */
#ifndef BACKSTEP_RUNTIME_YAML_SOURCE_H
#define BACKSTEP_RUNTIME_YAML_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/yaml/errors.h"

/*
 * Reads a whole file of at most YAML_FILE_MAX bytes; the caller frees *bytes. Anything that is no
 * regular file (a folder, a device, a pipe) is refused. False with an error if it cannot be read.
 */
bool yaml_source_read(const char *path, char **bytes, size_t *size, struct yaml_errors *errors);

enum {
    YAML_MARK_SIZE = 3,    /* of the byte order mark that some editors put before UTF-8 */
    YAML_BLANKS_MAX = 256, /* blanks and line breaks that follow one another */
    YAML_QUOTES_MAX = 7    /* single quotes that follow one another */
};

/* Where the text begins: behind a byte order mark, if there is one. */
size_t yaml_source_start(const char *bytes, size_t size);

/*
 * Whether it is UTF-8 text without control characters, and without what libfyaml 0.7.12 is not up
 * to: it takes time quadratic in the length of some directives and of runs of blanks, and leaks
 * memory over runs of single quotes. If not, the first place where it is not.
 */
bool yaml_source_check(const char *name, const char *bytes, size_t size,
                       struct yaml_errors *errors);

#endif
