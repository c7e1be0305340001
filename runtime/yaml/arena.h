/* Memory that is freed all at once: what a document is made of. */
#ifndef BACKSTEP_RUNTIME_YAML_ARENA_H
#define BACKSTEP_RUNTIME_YAML_ARENA_H

#include <stddef.h>

struct yaml_chunk;

/* Zeroed bytes, aligned for anything; NULL when memory ran out. */
void *yaml_arena_take(struct yaml_chunk **chunks, size_t size);

/* A copy of len bytes, with a NUL behind them; NULL when memory ran out. */
char *yaml_arena_copy(struct yaml_chunk **chunks, const char *bytes, size_t len);

void yaml_arena_free(struct yaml_chunk **chunks);

#endif
