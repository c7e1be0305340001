#include "tests/naive/explore/visited.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct visited_state {
    struct visited_state *next;
    uint16_t len;
    uint8_t faults; /* the fewest that it was visited with */
    uint8_t bytes[];
};

/* FNV-1a: it only says where to look. */
static size_t place_of(const uint8_t *bytes, size_t len, size_t buckets_len)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    }
    return (size_t)(hash ^ hash >> 32) & (buckets_len - 1);
}

static void grow(struct visited *visited)
{
    size_t len = visited->buckets_len == 0 ? 1024 : visited->buckets_len * 2;
    struct visited_state **buckets = calloc(len, sizeof(struct visited_state *));
    assert(buckets != NULL);
    for (size_t i = 0; i < visited->buckets_len; i++) {
        for (struct visited_state *state = visited->buckets[i]; state != NULL;) {
            struct visited_state *next = state->next;
            struct visited_state **bucket = &buckets[place_of(state->bytes, state->len, len)];
            state->next = *bucket;
            *bucket = state;
            state = next;
        }
    }
    free(visited->buckets);
    visited->buckets = buckets;
    visited->buckets_len = len;
}

bool visited_add(struct visited *visited, const struct same_bytes *same, unsigned faults,
                 bool *is_new)
{
    if (visited->len >= visited->buckets_len) {
        grow(visited);
    }
    struct visited_state **bucket =
        &visited->buckets[place_of(same->bytes, same->len, visited->buckets_len)];
    *is_new = false;
    for (struct visited_state *state = *bucket; state != NULL; state = state->next) {
        if (state->len == same->len && memcmp(state->bytes, same->bytes, same->len) == 0) {
            bool is_cheaper = faults < state->faults;
            state->faults = is_cheaper ? (uint8_t)faults : state->faults;
            return is_cheaper;
        }
    }
    struct visited_state *state = malloc(sizeof(*state) + same->len);
    assert(state != NULL);
    *state = (struct visited_state){
        .next = *bucket, .len = (uint16_t)same->len, .faults = (uint8_t)faults};
    memcpy(state->bytes, same->bytes, same->len);
    *bucket = state;
    visited->len++;
    *is_new = true;
    return true;
}

void visited_free(struct visited *visited)
{
    for (size_t i = 0; i < visited->buckets_len; i++) {
        for (struct visited_state *state = visited->buckets[i]; state != NULL;) {
            struct visited_state *next = state->next;
            free(state);
            state = next;
        }
    }
    free(visited->buckets);
    *visited = (struct visited){0};
}
