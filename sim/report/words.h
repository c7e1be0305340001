/* A line of words that is put together piece by piece; what does not fit is cut. */
#ifndef BACKSTEP_SIM_REPORT_WORDS_H
#define BACKSTEP_SIM_REPORT_WORDS_H

#include <stddef.h>

enum { REPORT_WORDS_MAX = 2047 };

struct report_words {
    size_t len;
    char text[REPORT_WORDS_MAX + 1];
};

/* Empties it. */
void report_words_clear(struct report_words *words);

void report_words_add(struct report_words *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds an item of a list: with ", " before it unless it is the first since `start`, the length that
 * the words had when the list began. */
void report_words_add_item(struct report_words *words, size_t start, const char *item);

#endif
