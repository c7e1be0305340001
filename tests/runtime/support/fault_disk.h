/* The shadow of one file: what is durable of it, and what was done since. */
#ifndef BACKSTEP_TESTS_RUNTIME_SUPPORT_FAULT_DISK_H
#define BACKSTEP_TESTS_RUNTIME_SUPPORT_FAULT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/runtime/support/fault_vfs.h"

/* A write, or a truncate (no bytes), that no sync has covered. */
struct fault_change {
    struct fault_change *next;
    uint64_t offset; /* of a truncate: the size that is left */
    size_t len;
    uint8_t *bytes; /* NULL for a truncate */
};

struct fault_file {
    struct fault_file *next;
    char *path;
    uint8_t *durable;
    size_t durable_len;
    struct fault_change *changes; /* in order */
    struct fault_change **last;
    bool exists;
    unsigned users; /* how often it is open */
};

/* The shadow of the file at this path, from what is there now; made if there is none yet. Aborts
 * when memory is out, as all here. */
struct fault_file *fault_file_find(struct fault_file **files, const char *path);

void fault_file_write(struct fault_file *file, uint64_t offset, const void *bytes, size_t len);
void fault_file_truncate(struct fault_file *file, uint64_t size);

/* All changes are durable now; or are gone. */
void fault_file_sync(struct fault_file *file);
void fault_file_lose(struct fault_file *file);

/* Writes to the path what a power cut leaves; that is durable then. */
void fault_file_restore(struct fault_file *file, enum fault_survivors survivors, uint64_t *stream);

void fault_files_free(struct fault_file **files);

#endif
