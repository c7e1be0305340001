/*
 * W3C Trace Context: one trace for a checkout, one span for each attempt of a call.
 * https://www.w3.org/TR/trace-context/: VERSION-TRACE-SPAN-FLAGS, in lower-case hex of 2, 32, 16
 * and 2 digits.
 */
#ifndef BACKSTEP_RUNTIME_MESSAGE_TRACE_H
#define BACKSTEP_RUNTIME_MESSAGE_TRACE_H

#include <stdbool.h>

#include "runtime/store/store.h"

/* Whether it is a traceparent of version 00 (or of a later one that begins alike), in lower case,
 * with ids that are not zero. */
bool trace_is_sound(const char *traceparent);

/* Takes a header's value, as version 00: of a later version what this one knows. False when it is
 * not sound, or NULL; then `traceparent` is "". */
bool trace_take(char traceparent[STORE_TRACEPARENT_MAX + 1], const char *header);

/*
 * The traceparent for what is sent: the trace and flags of the checkout's own traceparent, or when
 * it has none ("") a trace that is drawn from its id, always the same, and to be recorded; and a
 * span that belongs to (key, attempt).
 */
void trace_of_call(char traceparent[STORE_TRACEPARENT_MAX + 1], const char *of_checkout,
                   const char *id, const char *key, uint32_t attempt);

#endif
