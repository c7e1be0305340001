/* How events of the built-in checkout's services are read, unless the file lists its own. */
#ifndef BACKSTEP_RUNTIME_CONFIG_EVENTS_H
#define BACKSTEP_RUNTIME_CONFIG_EVENTS_H

#include <stddef.h>

#include "runtime/message/read.h"

extern const struct message_event_type config_default_events[];
extern const size_t config_default_events_len;

#endif
