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

/*
 * Whether it is UTF-8 text without control characters and without YAML directives; if not, the first
 * place where it is not.
 */
bool yaml_source_check(const char *name, const char *bytes, size_t size,
                       struct yaml_errors *errors);

#endif
