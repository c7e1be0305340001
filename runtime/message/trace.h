/* W3C Trace Context: one trace for a checkout, one span for each attempt of a call. */
#ifndef BACKSTEP_RUNTIME_MESSAGE_TRACE_H
#define BACKSTEP_RUNTIME_MESSAGE_TRACE_H

#include <stdbool.h>

#include "runtime/store/store.h"

/* Whether it is a traceparent of version 00 (or of a later one that begins alike), in lower case,
 * with ids that are not zero. */
bool trace_is_sound(const char *traceparent);

/* The traceparent for what is sent: the trace of the checkout's own traceparent, or when it has
 * none one that is drawn from its id, always the same; and a span that belongs to (key, attempt).
 */
void trace_of_call(char traceparent[STORE_TRACEPARENT_MAX + 1], const char *of_checkout,
                   const char *id, const char *key, uint32_t attempt);

#endif
