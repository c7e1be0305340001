/*
 * Inside the room: a body as a tree of jansson's, taken apart member by member. Every function
 * returns false, or NULL, with what is wrong in `error`; the sentence tells what is expected.
 */
#ifndef BACKSTEP_RUNTIME_MESSAGE_JSON_H
#define BACKSTEP_RUNTIME_MESSAGE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "runtime/message/read.h"
#include "runtime/yaml/names.h"

#define MESSAGE_DIGITS "0123456789"
#define MESSAGE_LOWER  "abcdefghijklmnopqrstuvwxyz"
#define MESSAGE_UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* An object of the body, and where it is. */
struct message_place {
    const json_t *object;
    const char *pointer; /* RFC 6901; "" for the whole body */
    struct message_error *error;
};

/* A member whose value is text. */
struct message_field {
    const char *name;
    size_t max;          /* bytes; at least one is wanted */
    const char *allowed; /* characters; NULL: all but controls */
    const char *what;    /* is expected: "the id of the cart: ..." */
};

/* Fills in the error; false. `pointer` may be "". */
bool message_wrong(struct message_error *error, enum problem problem, const char *pointer,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Memory is out: to be tried again later. */
bool message_no_memory(struct message_error *error);

/* The body, an object; the caller decrefs it. */
json_t *message_parse(const char *bytes, size_t len, struct message_error *error);

/* The pointer to a member; "" when it would be too long. */
void message_point(char pointer[PROBLEM_POINTER_SIZE], const struct message_place *place,
                   const char *name);

/* What is wrong with a member; false. */
bool message_wrong_member(const struct message_place *place, const char *name, const char *is,
                          const char *expected);

/* Whether the object has no member but these (ended by NULL). */
bool message_only(const struct message_place *place, const char *const *known);

/* "a string", "null". */
const char *message_type(const json_t *value);

/* Takes a text into `to` (of max + 1 bytes, zero behind the end) if it is as the field says. */
bool message_take(const struct message_place *place, const struct message_field *field, char *to);

/* The same of a text that comes from elsewhere; `pointer` tells where it stands. */
bool message_take_text(const struct message_field *field, const char *text, const char *pointer,
                       struct message_error *error, char *to);

/* An attempt: 1 to 4294967295. */
bool message_take_attempt(const struct message_place *place, uint32_t *attempt);

/* One of several names. The index, or `names->len` with an error. */
size_t message_take_name(const struct message_place *place, const char *name,
                         const struct yaml_names *names, const char *what);

#endif
