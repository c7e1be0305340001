/* UTF-8 (RFC 3629) from anybody: recognized, mended, and made safe for JSON and for a log. */
#ifndef BACKSTEP_RUNTIME_TEXT_UTF8_H
#define BACKSTEP_RUNTIME_TEXT_UTF8_H

#include <stddef.h>

/* The bytes of the character at `text`, 1 to 4; 0 if there is none (ill-formed, overlong, a
 * surrogate, beyond U+10FFFF, cut short by `size`). A NUL is one byte; `size` is 1 or more. */
size_t utf8_length(const char *text, size_t size);

/*
 * Copies into a field of `size` bytes and ends it with a NUL. Each byte that is no UTF-8 becomes
 * U+FFFD. What does not fit is cut between two characters. Returns the length.
 */
size_t utf8_copy(char *to, size_t size, const char *text, size_t len);

/*
 * Writes what stands between the quotes of a JSON string (RFC 8259) that holds the text; no NUL.
 * Bytes that are no UTF-8 become U+FFFD. Escaped is also what could pass for something else on a
 * screen or in a viewer of logs: DEL, the controls of C1, the separators of lines and paragraphs,
 * and what turns the direction of writing. What does not fit into `size` bytes is cut between two
 * characters: *taken says how many bytes of the text were written. Returns the length.
 */
size_t utf8_escape_json(char *to, size_t size, const char *text, size_t len, size_t *taken);

#endif
