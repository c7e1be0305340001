/* Inside the core: fixed-size strings. The core links no C library but memcpy, memset, memcmp. */
#ifndef BACKSTEP_CORE_TEXT_H
#define BACKSTEP_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* The length of a string in a field of `size` bytes; `size` when no NUL ends it. */
static inline size_t text_len(const char *text, size_t size)
{
    size_t len = 0;
    while (len < size && text[len] != '\0') {
        len++;
    }
    return len;
}

/* Copies into a field: cut if too long, ended by a NUL, the rest zeroed: equal strings are equal
 * bytes. `from_size` bounds what is read. */
static inline void text_copy(char *to, size_t to_size, const char *from, size_t from_size)
{
    size_t len = text_len(from, from_size < to_size - 1 ? from_size : to_size - 1);
    memcpy(to, from, len);
    memset(to + len, 0, to_size - len);
}

/* Whether two NUL-ended strings are equal. */
static inline bool text_equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

#endif
