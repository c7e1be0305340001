#include "runtime/message/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/text/utf8.h"

bool message_wrong(struct message_error *error, enum problem problem, const char *pointer,
                   const char *format, ...)
{
    char detail[2 * PROBLEM_DETAIL_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    memset(error, 0, sizeof *error);
    error->problem = problem;
    utf8_copy(error->detail, sizeof error->detail, detail, strlen(detail));
    utf8_copy(error->pointer, sizeof error->pointer, pointer, strlen(pointer));
    return false;
}

bool message_no_memory(struct message_error *error)
{
    return message_wrong(error, PROBLEM_OVERLOADED, "", "there is no memory for this now");
}

/* Whether nothing in it is nested deeper than is read: jansson calls itself for each level. */
static bool is_shallow(const char *bytes, size_t len)
{
    size_t depth = 0;
    bool in_text = false;
    for (size_t i = 0; i < len; i++) {
        char byte = bytes[i];
        if (in_text && byte == '\\') {
            i++;
        } else if (byte == '"') {
            in_text = !in_text;
        } else if (!in_text && (byte == '{' || byte == '[')) {
            if (++depth > MESSAGE_DEPTH_MAX) {
                return false;
            }
        } else if (!in_text && (byte == '}' || byte == ']')) {
            depth -= depth > 0 ? 1 : 0;
        }
    }
    return true;
}

/* Whether two readings of the same bytes came to the same. */
static bool agree(json_t *one, const json_error_t *one_error, json_t *other,
                  const json_error_t *other_error)
{
    if (one != NULL && other != NULL) {
        return json_equal(one, other) == 1;
    }
    return one == NULL && other == NULL && one_error->position == other_error->position &&
           strcmp(one_error->text, other_error->text) == 0 && one_error->text[0] != '\0';
}

/*
 * Reads twice: when jansson 2.14 can not grow the buffer of a token it drops a byte of it and goes
 * on, or calls the token invalid. What lack of memory does to one reading it does not do to the
 * other. NULL with an error.
 */
static json_t *load(const char *bytes, size_t len, struct message_error *error)
{
    json_error_t first_error;
    json_error_t second_error;
    json_t *first = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &first_error);
    json_t *second = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &second_error);
    bool same = agree(first, &first_error, second, &second_error);
    json_decref(second);
    if (same && first != NULL) {
        return first;
    }
    json_decref(first);
    if (same) {
        message_wrong(error, PROBLEM_MALFORMED, "", "not JSON: line %d, column %d: %s",
                      first_error.line, first_error.column, first_error.text);
    } else {
        message_no_memory(error);
    }
    return NULL;
}

json_t *message_parse(const char *bytes, size_t len, struct message_error *error)
{
    if (len > MESSAGE_BODY_MAX) {
        message_wrong(error, PROBLEM_TOO_LARGE, "", "the body has %zu bytes; at most %d are read",
                      len, MESSAGE_BODY_MAX);
        return NULL;
    }
    if (!is_shallow(bytes, len)) {
        message_wrong(error, PROBLEM_MALFORMED, "", "nested too deep; at most %d levels are read",
                      MESSAGE_DEPTH_MAX);
        return NULL;
    }
    json_t *root = load(bytes, len, error);
    if (root != NULL && !json_is_object(root)) {
        message_wrong(error, PROBLEM_MALFORMED, "", "the body is %s; an object is expected",
                      message_type(root));
        json_decref(root);
        return NULL;
    }
    return root;
}

void message_point(char pointer[PROBLEM_POINTER_SIZE], const struct message_place *place,
                   const char *name)
{
    size_t used = (size_t)snprintf(pointer, PROBLEM_POINTER_SIZE, "%s/", place->pointer);
    for (const char *at = name; *at != '\0' && used < PROBLEM_POINTER_SIZE; at++) {
        bool escaped = *at == '~' || *at == '/';
        size_t room = PROBLEM_POINTER_SIZE - used;
        used += (size_t)(escaped ? snprintf(pointer + used, room, "~%d", *at == '/' ? 1 : 0)
                                 : snprintf(pointer + used, room, "%c", *at));
    }
    if (used >= PROBLEM_POINTER_SIZE) {
        pointer[0] = '\0'; /* half a pointer points elsewhere */
    }
}

bool message_wrong_member(const struct message_place *place, const char *name, const char *is,
                          const char *expected)
{
    char pointer[PROBLEM_POINTER_SIZE];
    message_point(pointer, place, name);
    return message_wrong(place->error, PROBLEM_MALFORMED, pointer, "`%s` %s; expected is %s", name,
                         is, expected);
}

bool message_only(const struct message_place *place, const char *const *known)
{
    struct yaml_names names = {0};
    yaml_names_add_all(&names, known);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)place->object, key, value)
    {
        size_t i = 0;
        while (i < names.len && strcmp(names.names[i], key) != 0) {
            i++;
        }
        if (i < names.len) {
            continue;
        }
        char pointer[PROBLEM_POINTER_SIZE];
        char shown[YAML_SHOWN_MAX];
        char list[YAML_LIST_MAX];
        const char *guess = yaml_names_guess(&names, key);
        message_point(pointer, place, key);
        return message_wrong(place->error, PROBLEM_MALFORMED, pointer,
                             "unknown member `%s`%s%s%s; known here are %s", yaml_show(shown, key),
                             guess == NULL ? "" : " (did you mean `", guess == NULL ? "" : guess,
                             guess == NULL ? "" : "`?)", yaml_names_list(&names, list));
    }
    return true;
}

const char *message_type(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        return "null";
    }
    return "";
}

/* Whether there is a control character of C0 or C1, or DEL. */
static bool has_control(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0)) {
            return true;
        }
    }
    return false;
}

/* What is wrong with a text; NULL for nothing. */
static const char *fault(const struct message_field *field, const char *text)
{
    size_t len = strlen(text);
    if (len == 0) {
        return "is empty";
    }
    if (len > field->max) {
        return "is too long";
    }
    if (field->allowed == NULL ? has_control(text) : strspn(text, field->allowed) < len) {
        return "has a character that is not allowed";
    }
    return NULL;
}

bool message_take_text(const struct message_field *field, const char *text, const char *pointer,
                       struct message_error *error, char *to)
{
    const char *wrong = fault(field, text);
    if (wrong != NULL) {
        return message_wrong(error, PROBLEM_MALFORMED, pointer, "`%s` %s; expected is %s",
                             field->name, wrong, field->what);
    }
    strncpy(to, text, field->max + 1); /* it fits; the rest is zeroed */
    return true;
}

/* The member; NULL with an error when it is not there or of another type. */
static const json_t *find(const struct message_place *place, const char *name, bool fits(json_type),
                          const char *what)
{
    const json_t *value = json_object_get(place->object, name);
    if (value != NULL && fits(json_typeof(value))) {
        return value;
    }
    char is[32];
    snprintf(is, sizeof is, "is %s", value == NULL ? "missing" : message_type(value));
    message_wrong_member(place, name, is, what);
    return NULL;
}

static bool is_string(json_type type)
{
    return type == JSON_STRING;
}

static bool is_integer(json_type type)
{
    return type == JSON_INTEGER;
}

bool message_take(const struct message_place *place, const struct message_field *field, char *to)
{
    const json_t *value = find(place, field->name, is_string, field->what);
    char pointer[PROBLEM_POINTER_SIZE];
    message_point(pointer, place, field->name);
    return value != NULL &&
           message_take_text(field, json_string_value(value), pointer, place->error, to);
}

bool message_take_attempt(const struct message_place *place, uint32_t *attempt)
{
    static const char what[] = "the number of the attempt that is answered: 1 to 4294967295";
    const json_t *value = find(place, "attempt", is_integer, what);
    json_int_t number = json_integer_value(value);
    if (value != NULL && (number < 1 || number > UINT32_MAX)) {
        return message_wrong_member(place, "attempt", "is out of bounds", what);
    }
    *attempt = (uint32_t)number;
    return value != NULL;
}

size_t message_take_name(const struct message_place *place, const char *name,
                         const struct yaml_names *names, const char *what)
{
    char list[YAML_LIST_MAX];
    char expected[YAML_LIST_MAX + 64];
    snprintf(expected, sizeof expected, "%s: %s", what, yaml_names_list(names, list));
    const json_t *value = find(place, name, is_string, expected);
    if (value == NULL) {
        return names->len;
    }
    const char *text = json_string_value(value);
    for (size_t i = 0; i < names->len; i++) {
        if (strcmp(names->names[i], text) == 0) {
            return i;
        }
    }
    char is[2 * YAML_SHOWN_MAX + 64];
    char shown[YAML_SHOWN_MAX];
    const char *guess = yaml_names_guess(names, text);
    snprintf(is, sizeof is, "is `%s`, which is not known%s%.*s%s", yaml_show(shown, text),
             guess == NULL ? "" : " (did you mean `", YAML_SHOWN_MAX, guess == NULL ? "" : guess,
             guess == NULL ? "" : "`?)");
    message_wrong_member(place, name, is, expected);
    return names->len;
}
