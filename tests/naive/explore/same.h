/* E10: which state a world is. Two worlds are the same if, and only if, their bytes are equal. */
#ifndef BACKSTEP_TESTS_NAIVE_EXPLORE_SAME_H
#define BACKSTEP_TESTS_NAIVE_EXPLORE_SAME_H

#include "tests/naive/explore/world.h"

enum { SAME_BYTES_MAX = 16384 };

struct same_bytes {
    size_t len;
    uint8_t bytes[SAME_BYTES_MAX];
};

void same_of(const struct small_world *world, struct same_bytes *same);

/* Two worlds are the same only if nothing tells them apart: neither the past of a session, nor the
 * time. What E10 folds must lead to no other outcomes than this. */
void same_in_full(const struct small_world *world, struct same_bytes *same);

/* The number of attempts beyond which another one makes no difference. */
uint32_t same_attempts_max(const struct saga_retry *retry);

#endif
