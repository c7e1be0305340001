/* A file that holds a secret: read whole, and only if others can not read it. */
#ifndef BACKSTEP_RUNTIME_ACCESS_FILE_H
#define BACKSTEP_RUNTIME_ACCESS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/yaml/errors.h"

enum { ACCESS_FILE_MAX = 32 * 1024 };

/* What was read; to be wiped. */
struct access_file {
    char bytes[ACCESS_FILE_MAX + 1];
    size_t len; /* at most ACCESS_FILE_MAX */
};

/* False with an error: it can not be read, is no regular file, is too large, or everybody (any user
 * of the machine) can read or write it. */
bool access_file_read(struct access_file *file, const char *path, struct yaml_errors *errors);

void access_file_wipe(struct access_file *file);

#endif
