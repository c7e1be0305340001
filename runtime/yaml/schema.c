#include "runtime/yaml/schema.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "runtime/yaml/scalar.h"

enum { SENTENCE_SIZE = 1000 };

static json_t *define(json_t *definitions, const struct yaml_shape *shape, unsigned only);
static json_t *schema_of_value(json_t *definitions, const struct yaml_key *key, unsigned only);

/* Adds a member; takes over the value. False, with the object freed, if memory ran out. */
static bool put(json_t **object, const char *name, json_t *value)
{
    if (*object != NULL && json_object_set_new(*object, name, value) == 0) {
        return true;
    }
    if (*object == NULL) {
        json_decref(value);
    }
    json_decref(*object);
    *object = NULL;
    return false;
}

static json_t *schema_of_pattern(const char *pattern)
{
    return json_pack("{s:s, s:s}", "type", "string", "pattern", pattern);
}

static json_t *either(json_t *a, json_t *b)
{
    return json_pack("{s:o}", "anyOf", json_pack("[o, o]", a, b));
}

static json_t *schema_of_integer(uint64_t min, uint64_t max)
{
    json_t *schema = json_pack("{s:s, s:I}", "type", "integer", "minimum", (json_int_t)min);
    if (max <= INT64_MAX) {
        put(&schema, "maximum", json_integer((json_int_t)max));
    }
    return schema;
}

static json_t *list_of_words(const char *const *words)
{
    json_t *list = json_array();
    for (; list != NULL && *words != NULL; words++) {
        if (json_array_append_new(list, json_string(*words)) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

static json_t *schema_of_scalar(const struct yaml_key *key)
{
    const char *pattern = yaml_kind_pattern(key->kind);
    switch (key->kind) {
    case YAML_NONE:
        return NULL;
    case YAML_TEXT:
        return json_pack("{s:s, s:i, s:I}", "type", "string", "minLength", 1, "maxLength",
                         (json_int_t)yaml_key_max(key));
    case YAML_WORD:
        return json_pack("{s:o}", "enum", list_of_words(key->words));
    case YAML_INTEGER:
        return schema_of_integer(key->min, yaml_key_max(key));
    case YAML_BOOLEAN:
        return json_pack("{s:s}", "type", "boolean");
    case YAML_SHARE:
        return either(schema_of_pattern(pattern), json_pack("{s:s}", "type", "boolean"));
    case YAML_ATTEMPTS:
        return either(schema_of_integer(key->min, yaml_key_max(key)),
                      json_pack("{s:s}", "const", "unlimited"));
    case YAML_AGE:
        return either(schema_of_pattern(pattern), json_pack("{s:s}", "const", "forever"));
    case YAML_NUMBERS:
        return either(schema_of_integer(key->min, yaml_key_max(key)), schema_of_pattern(pattern));
    case YAML_CALL:
        return either(schema_of_integer(0, UINT8_MAX), schema_of_pattern(pattern));
    case YAML_CODE: /* a code of digits is a number to an editor */
    case YAML_EVENT:
        return either(schema_of_pattern(pattern), json_pack("{s:s}", "type", "integer"));
    case YAML_NAME:
    case YAML_DURATION:
    case YAML_SHIFT:
    case YAML_SPAN:
    case YAML_RATE:
    case YAML_DRIFT:
    case YAML_FACTOR:
    case YAML_NODE:
    case YAML_PLACE:
        return schema_of_pattern(pattern);
    }
    return NULL;
}

/* The default as JSON: a number or a truth value where it is one. */
static json_t *value_of_default(const struct yaml_key *key)
{
    uint64_t number = 0;
    bool truth = false;
    if (yaml_parse_integer(key->standard, &number) == YAML_PARSED) {
        return json_integer((json_int_t)number);
    }
    if (yaml_parse_boolean(key->standard, &truth) == YAML_PARSED) {
        return json_boolean(truth);
    }
    return json_string(key->standard);
}

static const char *describe(const struct yaml_key *key, char sentence[SENTENCE_SIZE])
{
    bool absent = key->absent != NULL && key->absent[0] != 0;
    snprintf(sentence, SENTENCE_SIZE, "%s%s%s%s", key->what, absent ? " Without it: " : "",
             absent ? key->absent : "", absent ? "." : "");
    return sentence;
}

/* What one key stands for, with its description. */
static json_t *schema_of_key(json_t *definitions, const struct yaml_key *key, unsigned only)
{
    char sentence[SENTENCE_SIZE];
    json_t *schema = schema_of_value(definitions, key, only);
    put(&schema, "description", json_string(describe(key, sentence)));
    if (key->standard != NULL) {
        put(&schema, "default", value_of_default(key));
    }
    return schema;
}

static json_t *schema_of_value(json_t *definitions, const struct yaml_key *key, unsigned only)
{
    if ((key->flags & YAML_MANY) != 0) {
        struct yaml_key item = yaml_key_of_item(key);
        json_t *list = json_pack("{s:s, s:I, s:I, s:o}", "type", "array", "minItems",
                                 (json_int_t)key->min, "maxItems", (json_int_t)yaml_key_max(key),
                                 "items", schema_of_value(definitions, &item, only));
        bool all = (key->flags & YAML_OR_ALL) != 0;
        return all ? either(json_pack("{s:s}", "const", "all"), list) : list;
    }
    if (key->shape == NULL) {
        return schema_of_scalar(key);
    }
    json_t *mapping = define(definitions, key->shape, only);
    return key->kind == YAML_NONE ? mapping : either(schema_of_scalar(key), mapping);
}

static json_t *list_of_required(const struct yaml_shape *shape, unsigned only)
{
    json_t *list = json_array();
    for (size_t i = 0; i < shape->keys_len && list != NULL; i++) {
        const struct yaml_key *key = &shape->keys[i];
        if (only != 0 || (key->flags & YAML_REQUIRED) == 0) {
            continue;
        }
        if (json_array_append_new(list, json_string(key->name)) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

static json_t *schema_of_shape(json_t *definitions, const struct yaml_shape *shape, unsigned only)
{
    json_t *properties = json_object();
    for (size_t i = 0; i < shape->keys_len; i++) {
        const struct yaml_key *key = &shape->keys[i];
        if (yaml_shape_has(shape, key, only)) {
            put(&properties, key->name, schema_of_key(definitions, key, only));
        }
    }
    json_t *schema = json_pack("{s:s, s:s, s:o}", "type", "object", "description", shape->what,
                               "properties", properties);
    json_t *required = list_of_required(shape, only);
    if (required == NULL || json_array_size(required) > 0) {
        put(&schema, "required", required);
    } else {
        json_decref(required);
    }
    if (shape->any_words != NULL) {
        put(&schema, "propertyNames", json_pack("{s:o}", "enum", list_of_words(shape->any_words)));
    } else if (shape->any != NULL) {
        put(&schema, "propertyNames", schema_of_pattern(yaml_kind_pattern(YAML_NAME)));
    }
    put(&schema, "additionalProperties",
        shape->any == NULL ? json_false() : schema_of_key(definitions, shape->any, only));
    return schema;
}

/* Defines the shape once; a shape under `only` is another one. */
static json_t *define(json_t *definitions, const struct yaml_shape *shape, unsigned only)
{
    char name[YAML_LABEL_MAX];
    char path[YAML_LABEL_MAX + sizeof "#/$defs/"];
    only |= shape->only;
    yaml_shape_label(shape, only, name);
    snprintf(path, sizeof path, "#/$defs/%s", name);
    if (json_object_get(definitions, name) == NULL &&
        (json_object_set_new(definitions, name, json_object()) != 0 ||
         json_object_set_new(definitions, name, schema_of_shape(definitions, shape, only)) != 0)) {
        return NULL;
    }
    return json_pack("{s:s}", "$ref", path);
}

json_t *yaml_schema_define(json_t *definitions, const struct yaml_shape *shape)
{
    return define(definitions, shape, 0);
}

json_t *yaml_schema_frame(const char *title, json_t *definitions)
{
    return json_pack("{s:s, s:s, s:o}", "$schema", "https://json-schema.org/draft/2020-12/schema",
                     "title", title, "$defs", definitions);
}

json_t *yaml_schema(const char *title, const struct yaml_shape *shape)
{
    json_t *definitions = json_object();
    json_t *root = definitions == NULL ? NULL : define(definitions, shape, 0);
    json_t *schema = yaml_schema_frame(title, definitions);
    if (root == NULL || schema == NULL || json_object_update(schema, root) != 0) {
        json_decref(schema);
        schema = NULL;
    }
    json_decref(root);
    return schema;
}
