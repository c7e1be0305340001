/* CloudEvents 1.0.2: https://github.com/cloudevents/spec, spec.md and formats/json-format.md. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "runtime/message/fields.h"
#include "runtime/message/json.h"
#include "runtime/message/read.h"

/* The attributes that the standard names. */
static const char *const attributes[] = {
    "specversion", "id",   "source", "type",        "subject", "datacontenttype",
    "dataschema",  "time", "data",   "data_base64", NULL};

static const struct message_field id_field = {
    "id", STORE_SOURCE_MAX, NULL, "the event's id: 1 to 255 bytes without control characters"};

static const struct message_field source_field = {
    "source", STORE_SOURCE_MAX, NULL,
    "where the event comes from: 1 to 255 bytes without control characters"};

static bool is_attribute(const char *name)
{
    size_t i = 0;
    while (attributes[i] != NULL && strcmp(attributes[i], name) != 0) {
        i++;
    }
    return attributes[i] != NULL;
}

/* Attributes of extensions: names of lower-case letters and digits, values that are plain. */
static bool check_extension(const struct message_place *place, const char *name,
                            const json_t *value)
{
    if (name[0] == '\0' || strspn(name, MESSAGE_LOWER MESSAGE_DIGITS) < strlen(name)) {
        struct yaml_names names = {0};
        char pointer[PROBLEM_POINTER_SIZE];
        char shown[YAML_SHOWN_MAX];
        yaml_names_add_all(&names, attributes);
        const char *guess = yaml_names_guess(&names, name);
        message_point(pointer, place, name);
        return message_wrong(place->error, PROBLEM_MALFORMED, pointer,
                             "`%s` is no name of an attribute%s%s%s; expected are a-z and 0-9",
                             yaml_show(shown, name), guess == NULL ? "" : " (did you mean `",
                             guess == NULL ? "" : guess, guess == NULL ? "" : "`?)");
    }
    if (json_is_object(value) || json_is_array(value) || json_is_real(value)) {
        char is[32];
        snprintf(is, sizeof is, "is %s", message_type(value));
        return message_wrong_member(place, name, is, "a string, an integer, true or false");
    }
    return true;
}

/* Whether every attribute is one; `null` is taken out: it is the same as nothing. */
static bool check_attributes(const struct message_place *place)
{
    const char *name;
    json_t *value;
    void *next;
    json_object_foreach_safe((json_t *)place->object, next, name, value)
    {
        if (!is_attribute(name) && !check_extension(place, name, value)) {
            return false;
        }
        if (json_is_null(value)) {
            json_object_del((json_t *)place->object, name);
        }
    }
    return true;
}

static bool check_version(const struct message_place *place)
{
    const char *version = json_string_value(json_object_get(place->object, "specversion"));
    return (version != NULL && strcmp(version, "1.0") == 0) ||
           message_wrong_member(place, "specversion", version == NULL ? "is missing" : "is another",
                                "\"1.0\"");
}

/* Whether a media type is JSON: `application/json`, `application/x+json; charset=utf-8`. */
static bool is_json_type(const char *type)
{
    size_t len = strcspn(type, "; \t");
    const char *slash = memchr(type, '/', len);
    if (slash == NULL) {
        return false;
    }
    size_t subtype_len = len - (size_t)(slash + 1 - type);
    const char *end = type + len;
    return (subtype_len == 4 && strncasecmp(end - 4, "json", 4) == 0) ||
           (subtype_len >= 5 && strncasecmp(end - 5, "+json", 5) == 0);
}

/* The event's data, an object; *data NULL when there is none. */
static bool find_data(const struct message_place *place, const json_t **data)
{
    const json_t *type = json_object_get(place->object, "datacontenttype");
    *data = json_object_get(place->object, "data");
    if (json_object_get(place->object, "data_base64") != NULL) {
        return message_wrong_member(place, "data_base64", "is not read", "JSON under `data`");
    }
    if (type != NULL && (!json_is_string(type) || !is_json_type(json_string_value(type)))) {
        return message_wrong_member(place, "datacontenttype", "is another",
                                    "JSON: `application/json`");
    }
    if (*data != NULL && !json_is_object(*data)) {
        char is[32];
        snprintf(is, sizeof is, "is %s", message_type(*data));
        return message_wrong_member(place, "data", is, "an object");
    }
    return true;
}

static bool read_data(const struct message_place *place, struct engine_input *input)
{
    const json_t *data = NULL;
    if (!find_data(place, &data)) {
        return false;
    }
    struct message_place within = {data, "/data", place->error};
    if (json_object_get(data, "attempt") != NULL &&
        !message_take_attempt(&within, &input->attempt)) {
        return false;
    }
    if (input->answer != SAGA_ANSWER_REJECTED) {
        return true;
    }
    if (json_object_get(data, "code") != NULL) {
        return message_take_code(&within, input->code);
    }
    memcpy(input->code, "rejected", sizeof "rejected");
    return true;
}

static bool read_type(const struct message_place *place, const struct message_event_type *types,
                      size_t types_len, struct engine_input *input)
{
    struct yaml_names names = {0};
    const char *type = json_string_value(json_object_get(place->object, "type"));
    size_t i = 0;
    while (type != NULL && i < types_len && strcmp(types[i].type, type) != 0) {
        i++;
    }
    if (type != NULL && i < types_len) {
        memcpy(input->call, types[i].call, strnlen(types[i].call, SAGA_NAME_MAX));
        input->answer = (uint8_t)types[i].answer;
        return true;
    }
    for (i = 0; i < types_len; i++) {
        yaml_names_add(&names, types[i].type);
    }
    (void)message_take_name(place, "type", &names, "one of the types that are known here");
    return false;
}

bool message_read_event(const char *bytes, size_t len, const struct message_event_type *types,
                        size_t types_len, struct engine_input *input, struct message_error *error)
{
    memset(input, 0, sizeof *input);
    input->kind = ENGINE_REPLY;
    json_t *root = message_parse(bytes, len, error);
    struct message_place place = {root, "", error};
    bool fine = root != NULL && check_attributes(&place) && check_version(&place) &&
                message_take(&place, &id_field, input->origin.id) &&
                message_take(&place, &source_field, input->origin.source) &&
                read_type(&place, types, types_len, input) &&
                message_take_id(&place, "subject", input->id) && read_data(&place, input);
    json_decref(root);
    return fine;
}
