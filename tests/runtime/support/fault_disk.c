#include "tests/runtime/support/fault_disk.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR = 512 };

static void *get(void *memory, size_t size)
{
    void *got = realloc(memory, size > 0 ? size : 1);
    if (got == NULL) {
        abort();
    }
    return got;
}

/* What is in the file now is taken for durable. */
static void read_durable(struct fault_file *file)
{
    file->durable_len = 0;
    FILE *stream = fopen(file->path, "rb");
    if (stream == NULL) {
        return;
    }
    uint8_t buffer[65536];
    for (size_t len = fread(buffer, 1, sizeof(buffer), stream); len > 0;
         len = fread(buffer, 1, sizeof(buffer), stream)) {
        file->durable = get(file->durable, file->durable_len + len);
        memcpy(file->durable + file->durable_len, buffer, len);
        file->durable_len += len;
    }
    fclose(stream);
}

struct fault_file *fault_file_find(struct fault_file **files, const char *path)
{
    struct fault_file *file = *files;
    while (file != NULL && strcmp(file->path, path) != 0) {
        file = file->next;
    }
    if (file == NULL) {
        file = get(NULL, sizeof(*file));
        memset(file, 0, sizeof(*file));
        file->path = get(NULL, strlen(path) + 1);
        strcpy(file->path, path);
        file->last = &file->changes;
        file->next = *files;
        *files = file;
        read_durable(file);
    }
    return file;
}

static void add(struct fault_file *file, uint64_t offset, const void *bytes, size_t len)
{
    struct fault_change *change = get(NULL, sizeof(*change));
    *change = (struct fault_change){.offset = offset, .len = len};
    if (bytes != NULL) {
        change->bytes = get(NULL, len);
        memcpy(change->bytes, bytes, len);
    }
    *file->last = change;
    file->last = &change->next;
}

void fault_file_write(struct fault_file *file, uint64_t offset, const void *bytes, size_t len)
{
    if (len > 0) {
        add(file, offset, bytes, len);
    }
}

void fault_file_truncate(struct fault_file *file, uint64_t size)
{
    add(file, size, NULL, 0);
}

/* Grows with zeros: a hole. */
static void resize(struct fault_file *file, size_t size)
{
    if (size > file->durable_len) {
        file->durable = get(file->durable, size);
        memset(file->durable + file->durable_len, 0, size - file->durable_len);
    }
    file->durable_len = size;
}

static void put(struct fault_file *file, uint64_t offset, const uint8_t *bytes, size_t len)
{
    if (offset + len > file->durable_len) {
        resize(file, offset + len);
    }
    memcpy(file->durable + offset, bytes, len);
}

static void make_durable(struct fault_file *file, const struct fault_change *change)
{
    if (change->bytes == NULL) {
        resize(file, change->offset);
    } else {
        put(file, change->offset, change->bytes, change->len);
    }
}

void fault_file_lose(struct fault_file *file)
{
    for (struct fault_change *change = file->changes; change != NULL;) {
        struct fault_change *next = change->next;
        free(change->bytes);
        free(change);
        change = next;
    }
    file->changes = NULL;
    file->last = &file->changes;
}

void fault_file_sync(struct fault_file *file)
{
    for (const struct fault_change *change = file->changes; change != NULL; change = change->next) {
        make_durable(file, change);
    }
    fault_file_lose(file);
}

static uint64_t draw(uint64_t *stream, uint64_t below)
{
    *stream = *stream * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*stream >> 33) % below;
}

/* Whole, not at all, or sector by sector. */
static void survive(struct fault_file *file, const struct fault_change *change, uint64_t *stream)
{
    uint64_t how = draw(stream, 3);
    if (how == 0 || (how == 2 && change->bytes == NULL)) {
        make_durable(file, change);
    } else if (how == 2) {
        for (size_t at = 0; at < change->len; at += SECTOR) {
            size_t len = change->len - at < SECTOR ? change->len - at : SECTOR;
            if (draw(stream, 2) == 0) {
                put(file, change->offset + at, change->bytes + at, len);
            }
        }
    }
}

static void write_durable(const struct fault_file *file)
{
    FILE *to = fopen(file->path, "wb");
    bool is_empty = file->durable_len == 0;
    if (to == NULL || (!is_empty && fwrite(file->durable, file->durable_len, 1, to) != 1) ||
        fclose(to) != 0) {
        abort();
    }
}

void fault_file_restore(struct fault_file *file, enum fault_survivors survivors, uint64_t *stream)
{
    assert(file->users == 0);
    if (survivors == FAULT_SOME_SURVIVE) {
        for (const struct fault_change *c = file->changes; c != NULL; c = c->next) {
            survive(file, c, stream);
        }
    }
    fault_file_lose(file);
    if (!file->exists) {
        unlink(file->path);
    } else if (survivors == FAULT_ALL_SURVIVE) {
        read_durable(file);
    } else {
        write_durable(file);
    }
}

void fault_files_free(struct fault_file **files)
{
    while (*files != NULL) {
        struct fault_file *file = *files;
        assert(file->users == 0);
        *files = file->next;
        fault_file_lose(file);
        free(file->durable);
        free(file->path);
        free(file);
    }
}
