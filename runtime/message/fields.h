/* Inside the room: the members that several messages have. */
#ifndef BACKSTEP_RUNTIME_MESSAGE_FIELDS_H
#define BACKSTEP_RUNTIME_MESSAGE_FIELDS_H

#include "runtime/message/json.h"

#define MESSAGE_ID_WHAT "the id of a checkout: 1 to 39 of A-Z a-z 0-9 . _ ~ -"

/* An id under the name that it has there: `id`, `checkout`, `subject`. */
bool message_take_id(const struct message_place *place, const char *name, char id[SAGA_ID_MAX + 1]);

/* The same of a text that stands elsewhere. */
bool message_take_id_text(const char *name, const char *text, const char *pointer,
                          struct message_error *error, char id[SAGA_ID_MAX + 1]);

/* A service's own code. */
bool message_take_code(const struct message_place *place, char code[SAGA_CODE_MAX + 1]);

#endif
