#include "runtime/yaml/shape.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "runtime/yaml/names.h"
#include "runtime/yaml/scalar.h"

static const struct {
    const char *name;
    const char *example;
    const char *pattern;
} kinds[] = {
#define X(id, name, example, pattern) {name, example, pattern},
    YAML_KINDS(X)
#undef X
};

const char *yaml_kind_name(enum yaml_kind kind)
{
    return kinds[kind].name;
}

const char *yaml_kind_example(enum yaml_kind kind)
{
    return kinds[kind].example;
}

const char *yaml_kind_pattern(enum yaml_kind kind)
{
    return kinds[kind].pattern;
}

bool yaml_kind_is_timed(enum yaml_kind kind)
{
    return kind == YAML_DURATION || kind == YAML_AGE || kind == YAML_SHIFT || kind == YAML_SPAN;
}

bool yaml_kind_is_signed(enum yaml_kind kind)
{
    return kind == YAML_SHIFT || kind == YAML_DRIFT;
}

const struct yaml_key *yaml_shape_find(const struct yaml_shape *shape, const char *name,
                                       unsigned only)
{
    for (size_t i = 0; i < shape->keys_len; i++) {
        const struct yaml_key *key = &shape->keys[i];
        if (yaml_shape_has(shape, key, only) && strcmp(key->name, name) == 0) {
            return key;
        }
    }
    return NULL;
}

const char *yaml_shape_label(const struct yaml_shape *shape, unsigned only,
                             char label[YAML_LABEL_MAX])
{
    bool other = (only | shape->only) != 0 && strcmp(shape->name, "override") != 0;
    snprintf(label, YAML_LABEL_MAX, "%s%s", shape->name, other ? "_override" : "");
    return label;
}

const char *yaml_key_example(const struct yaml_key *key)
{
    if (key->example != NULL) {
        return key->example;
    }
    if (key->kind == YAML_WORD) {
        return key->words[0];
    }
    if (key->kind == YAML_NONE) {
        return key->shape->example != NULL ? key->shape->example : "{}";
    }
    return yaml_kind_example(key->kind);
}

uint64_t yaml_key_max(const struct yaml_key *key)
{
    if (key->max != 0) {
        return key->max;
    }
    switch (key->kind) {
    case YAML_DURATION:
    case YAML_AGE:
    case YAML_SHIFT:
    case YAML_SPAN:
        return YAML_DURATION_MAX_NS;
    case YAML_RATE:
    case YAML_SHARE:
    case YAML_DRIFT:
        return 1000000;
    case YAML_INTEGER:
        return key->size == sizeof(uint64_t) ? UINT64_MAX : UINT32_MAX;
    case YAML_TEXT:
    case YAML_CODE:
        return key->size > 0 ? key->size - 1 : 1000;
    case YAML_NONE:
    case YAML_NAME:
    case YAML_EVENT:
    case YAML_WORD:
    case YAML_FACTOR:
    case YAML_ATTEMPTS:
    case YAML_NUMBERS:
    case YAML_BOOLEAN:
    case YAML_CALL:
    case YAML_NODE:
    case YAML_PLACE:
        break;
    }
    return UINT32_MAX;
}

/* One bound as the key's kind writes it. */
static const char *print_bound(enum yaml_kind kind, uint64_t bound, char text[YAML_SCALAR_MAX])
{
    if (yaml_kind_is_timed(kind)) {
        return yaml_print_duration(text, bound);
    }
    if (kind == YAML_RATE || kind == YAML_SHARE) {
        return yaml_print_rate(text, (uint32_t)bound);
    }
    snprintf(text, YAML_SCALAR_MAX, "%llu%s", (unsigned long long)bound,
             kind == YAML_FACTOR  ? "x"
             : kind == YAML_DRIFT ? "ppm"
                                  : "");
    return text;
}

static void describe_numbers(const struct yaml_key *key, char allowed[YAML_ALLOWED_MAX])
{
    char lo[YAML_SCALAR_MAX];
    char hi[YAML_SCALAR_MAX];
    print_bound(key->kind, key->min, lo);
    print_bound(key->kind, yaml_key_max(key), hi);
    const char *name = yaml_kind_name(key->kind);
    /* The bound of the integer itself is of no interest. */
    bool bounded = yaml_key_max(key) < UINT32_MAX || yaml_kind_is_timed(key->kind);
    if (bounded) {
        snprintf(allowed, YAML_ALLOWED_MAX, "%s, %s to %s%s", name, lo, hi,
                 yaml_kind_is_signed(key->kind) ? ", or the same with a `-`" : "");
    } else {
        snprintf(allowed, YAML_ALLOWED_MAX, "%s%s%s%s", name, key->min > 0 ? ", " : "",
                 key->min > 0 ? lo : "", key->min > 0 ? " or more" : "");
    }
}

static void describe_scalar(const struct yaml_key *key, char allowed[YAML_ALLOWED_MAX])
{
    struct yaml_names words = {0};
    char list[YAML_LIST_MAX];
    switch (key->kind) {
    case YAML_WORD:
        yaml_names_add_all(&words, key->words);
        snprintf(allowed, YAML_ALLOWED_MAX, "%s%s", words.len > 1 ? "one of " : "",
                 yaml_names_list(&words, list));
        break;
    case YAML_TEXT:
        snprintf(allowed, YAML_ALLOWED_MAX, "text of at most %llu bytes",
                 (unsigned long long)yaml_key_max(key));
        break;
    case YAML_INTEGER:
    case YAML_DURATION:
    case YAML_AGE:
    case YAML_SHIFT:
    case YAML_SPAN:
    case YAML_RATE:
    case YAML_SHARE:
    case YAML_DRIFT:
    case YAML_FACTOR:
    case YAML_ATTEMPTS:
    case YAML_NUMBERS:
        describe_numbers(key, allowed);
        break;
    case YAML_NONE:
    case YAML_NAME:
    case YAML_EVENT:
    case YAML_CODE:
    case YAML_BOOLEAN:
    case YAML_CALL:
    case YAML_NODE:
    case YAML_PLACE:
        snprintf(allowed, YAML_ALLOWED_MAX, "%s", yaml_kind_name(key->kind));
        break;
    }
}

struct yaml_key yaml_key_of_item(const struct yaml_key *key)
{
    struct yaml_key item = *key;
    if ((key->flags & YAML_MANY) == 0) {
        return item;
    }
    item.flags &= ~(unsigned)(YAML_MANY | YAML_OR_ALL);
    item.min = 0; /* the list's bounds */
    item.max = 0;
    item.example = NULL; /* the list's */
    return item;
}

static void describe_list(const struct yaml_key *key, char allowed[YAML_ALLOWED_MAX])
{
    struct yaml_key item = yaml_key_of_item(key);
    char of[YAML_ALLOWED_MAX];
    yaml_key_allowed(&item, of);
    snprintf(allowed, YAML_ALLOWED_MAX, "%sa list of at most %llu, each %.1500s",
             (key->flags & YAML_OR_ALL) != 0 ? "`all`, or " : "",
             (unsigned long long)yaml_key_max(key), of);
}

const char *yaml_key_allowed(const struct yaml_key *key, char allowed[YAML_ALLOWED_MAX])
{
    if ((key->flags & YAML_MANY) != 0) {
        describe_list(key, allowed);
    } else if (key->kind == YAML_NONE) {
        snprintf(allowed, YAML_ALLOWED_MAX, "%s", key->shape->title);
    } else {
        describe_scalar(key, allowed);
        size_t len = strlen(allowed);
        if (key->shape != NULL) {
            snprintf(allowed + len, YAML_ALLOWED_MAX - len, ", or %s", key->shape->title);
        }
    }
    return allowed;
}
