#include "sim/scenario/writing.h"

#include <assert.h>
#include <string.h>

#include "runtime/yaml/scalar.h"
#include "runtime/yaml/value.h"

struct writing writing_top(FILE *out)
{
    return (struct writing){.out = out, .first = "", .between = "\n", .last = "\n"};
}

struct writing writing_lines(struct writing *around, const char *key, const char *start)
{
    return (struct writing){.out = around->out,
                            .around = around,
                            .key = key,
                            .first = start,
                            .between = start,
                            .last = ""};
}

struct writing writing_flow(struct writing *around, const char *key)
{
    return (struct writing){.out = around->out,
                            .around = around,
                            .key = key,
                            .first = " {",
                            .between = ", ",
                            .last = "}"};
}

struct writing writing_entry(FILE *out, const char *start)
{
    fputs(start, out);
    return (struct writing){.out = out, .first = "{", .between = ", ", .last = "}"};
}

/* The key and its colon, and around it whatever has not been begun yet. */
static void begin_key(struct writing *mapping, const char *key)
{
    if (!mapping->begun && mapping->around != NULL) {
        begin_key(mapping->around, mapping->key);
    }
    fprintf(mapping->out, "%s%s:", mapping->begun ? mapping->between : mapping->first, key);
    mapping->begun = true;
}

void writing_list(struct writing *around, const char *key)
{
    begin_key(around, key);
}

void writing_key(struct writing *mapping, const char *key)
{
    begin_key(mapping, key);
    fputc(' ', mapping->out);
}

void writing_end(struct writing *mapping)
{
    if (mapping->begun) {
        fputs(mapping->last, mapping->out);
    }
}

void writing_word(struct writing *mapping, const char *key, const char *word)
{
    writing_key(mapping, key);
    fputs(word, mapping->out);
}

void writing_names(struct writing *mapping, const char *key, const struct yaml_names *names)
{
    writing_key(mapping, key);
    fputc('[', mapping->out);
    for (size_t i = 0; i < names->len; i++) {
        fprintf(mapping->out, "%s%s", i == 0 ? "" : ", ", names->names[i]);
    }
    fputc(']', mapping->out);
}

void writing_number(struct writing *mapping, const char *key, uint64_t number)
{
    writing_key(mapping, key);
    fprintf(mapping->out, "%llu", (unsigned long long)number);
}

void writing_duration(struct writing *mapping, const char *key, uint64_t ns)
{
    char text[YAML_SCALAR_MAX];
    writing_word(mapping, key, yaml_print_duration(text, ns));
}

void writing_span(struct writing *mapping, const char *key, uint64_t lo_ns, uint64_t hi_ns)
{
    char text[YAML_SCALAR_MAX];
    writing_duration(mapping, key, lo_ns);
    if (lo_ns != hi_ns) {
        fprintf(mapping->out, "..%s", yaml_print_duration(text, hi_ns));
    }
}

void writing_rate(struct writing *mapping, const char *key, uint32_t ppm)
{
    char text[YAML_SCALAR_MAX];
    writing_word(mapping, key, yaml_print_rate(text, ppm));
}

void writing_shift(struct writing *mapping, const char *key, int64_t ns)
{
    char text[YAML_SCALAR_MAX];
    uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    writing_key(mapping, key);
    fprintf(mapping->out, "%s%s", ns < 0 ? "-" : "", yaml_print_duration(text, size));
}

void writing_drift(struct writing *mapping, const char *key, int32_t ppm)
{
    writing_key(mapping, key);
    fprintf(mapping->out, "%dppm", ppm);
}

/* How much of a structure the value takes; 0 if it is written by its owner. */
static size_t size_of_value(const struct yaml_key *key)
{
    switch (key->kind) {
    case YAML_INTEGER:
        return key->size;
    case YAML_DURATION:
    case YAML_SHIFT:
        return sizeof(uint64_t);
    case YAML_SPAN:
        return 2 * sizeof(uint64_t);
    case YAML_RATE:
    case YAML_DRIFT:
    case YAML_ATTEMPTS:
        return sizeof(uint32_t);
    case YAML_BOOLEAN:
        return sizeof(bool);
    case YAML_NONE:
    case YAML_TEXT:
    case YAML_NAME:
    case YAML_EVENT:
    case YAML_CODE:
    case YAML_WORD:
    case YAML_AGE:
    case YAML_SHARE:
    case YAML_FACTOR:
    case YAML_NUMBERS:
    case YAML_CALL:
    case YAML_NODE:
    case YAML_PLACE:
        break;
    }
    return 0;
}

/* Writes a value that takes some of a structure. */
static void write_value(struct writing *mapping, const struct yaml_key *key, const void *value)
{
    char text[YAML_SCALAR_MAX];
    const uint64_t *wide = value;
    const uint32_t *number = value;
    if (key->kind == YAML_DURATION) {
        writing_duration(mapping, key->name, *wide);
    } else if (key->kind == YAML_SPAN) {
        writing_span(mapping, key->name, wide[0], wide[1]);
    } else if (key->kind == YAML_SHIFT) {
        writing_shift(mapping, key->name, *(const int64_t *)value);
    } else if (key->kind == YAML_DRIFT) {
        writing_drift(mapping, key->name, *(const int32_t *)value);
    } else if (key->kind == YAML_RATE) {
        writing_rate(mapping, key->name, *number);
    } else if (key->kind == YAML_ATTEMPTS) {
        writing_word(mapping, key->name, yaml_print_attempts(text, *number));
    } else if (key->kind == YAML_BOOLEAN) {
        writing_word(mapping, key->name, *(const bool *)value ? "true" : "false");
    } else {
        assert(key->kind == YAML_INTEGER);
        writing_number(mapping, key->name, key->size == sizeof *wide ? *wide : *number);
    }
}

static const void *place_of(const struct yaml_key *key, const void *structure)
{
    return structure == NULL ? NULL : (const unsigned char *)structure + key->offset;
}

/* Whether the reader stores the key by itself. */
static bool is_stored(const struct yaml_key *key)
{
    return (key->flags & (YAML_KEEP | YAML_MANY)) == 0 &&
           (key->kind == YAML_NONE || key->shape == NULL);
}

/* Whether the value at that place is what stands there by default, if there is a default. */
static bool is_standard(const struct yaml_key *key, const void *place)
{
    uint64_t standard[2] = {0};
    struct yaml_value value = {0};
    if (key->standard == NULL || size_of_value(key) == 0) {
        return true;
    }
    enum yaml_parsed parsed = yaml_value_parse(key, key->standard, &value);
    assert(parsed == YAML_PARSED);
    yaml_value_put(key, key->standard, &value, standard);
    return memcmp(place, standard, size_of_value(key)) == 0;
}

static bool differs_in(const struct yaml_key *key, const void *value, const void *base)
{
    const void *place = place_of(key, value);
    if (key->shape != NULL) {
        return writing_differs(key->shape, place, place_of(key, base));
    }
    if (base == NULL) {
        return !is_standard(key, place);
    }
    return memcmp(place, place_of(key, base), size_of_value(key)) != 0;
}

bool writing_differs(const struct yaml_shape *shape, const void *value, const void *base)
{
    bool found = false;
    for (size_t i = 0; i < shape->keys_len; i++) {
        found |= is_stored(&shape->keys[i]) && differs_in(&shape->keys[i], value, base);
    }
    return found;
}

static void write_difference(struct writing *mapping, const struct yaml_key *key, const void *value,
                             const void *base)
{
    const void *place = place_of(key, value);
    if (key->shape != NULL) {
        struct writing inner = writing_flow(mapping, key->name);
        writing_differences(&inner, key->shape, place, place_of(key, base));
        writing_end(&inner);
    } else if (differs_in(key, value, base)) {
        write_value(mapping, key, place);
    }
}

void writing_differences(struct writing *mapping, const struct yaml_shape *shape, const void *value,
                         const void *base)
{
    for (size_t i = 0; i < shape->keys_len; i++) {
        if (is_stored(&shape->keys[i])) {
            write_difference(mapping, &shape->keys[i], value, base);
        }
    }
}

void writing_difference(struct writing *mapping, const struct yaml_shape *shape, const char *key,
                        const void *value)
{
    write_difference(mapping, yaml_shape_find(shape, key, 0), value, NULL);
}
