#include "runtime/yaml/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 16 * 1024 };

struct yaml_chunk {
    struct yaml_chunk *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

static struct yaml_chunk *add_chunk(struct yaml_chunk **chunks, size_t size)
{
    struct yaml_chunk *chunk = calloc(1, sizeof *chunk + size);
    if (chunk == NULL) {
        return NULL;
    }
    chunk->size = size;
    chunk->next = *chunks;
    *chunks = chunk;
    return chunk;
}

void *yaml_arena_take(struct yaml_chunk **chunks, size_t size)
{
    size_t align = alignof(max_align_t);
    size = (size + align - 1) / align * align;
    struct yaml_chunk *chunk = *chunks;
    if (chunk == NULL || chunk->size - chunk->used < size) {
        chunk = add_chunk(chunks, size > CHUNK_SIZE ? size : CHUNK_SIZE);
    }
    if (chunk == NULL) {
        return NULL;
    }
    void *taken = chunk->bytes + chunk->used;
    chunk->used += size;
    return taken;
}

char *yaml_arena_copy(struct yaml_chunk **chunks, const char *bytes, size_t len)
{
    char *copy = yaml_arena_take(chunks, len + 1);
    if (copy != NULL && len > 0) {
        memcpy(copy, bytes, len);
    }
    return copy;
}

void yaml_arena_free(struct yaml_chunk **chunks)
{
    while (*chunks != NULL) {
        struct yaml_chunk *next = (*chunks)->next;
        free(*chunks);
        *chunks = next;
    }
}
