#include "sim/report/words.h"

#include <stdarg.h>
#include <stdio.h>

void report_words_clear(struct report_words *words)
{
    words->len = 0;
    words->text[0] = '\0';
}

void report_words_add(struct report_words *words, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(words->text + words->len, sizeof(words->text) - words->len, format, args);
    va_end(args);
    if (len > 0) {
        words->len += (size_t)len;
    }
    if (words->len > REPORT_WORDS_MAX) {
        words->len = REPORT_WORDS_MAX;
    }
}

void report_words_add_item(struct report_words *words, size_t start, const char *item)
{
    report_words_add(words, "%s%s", words->len == start ? "" : ", ", item);
}
