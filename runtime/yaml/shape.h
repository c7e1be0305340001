/*
 * What a mapping may hold, as data: its keys are described once, in a table. The reader
 * (reader.h), the messages about errors, the JSON Schema (schema.h) and the reference
 * (reference.h) all come from it.
 */
#ifndef BACKSTEP_RUNTIME_YAML_SHAPE_H
#define BACKSTEP_RUNTIME_YAML_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The kinds of scalar (see scalar.h for their texts): kind, what it is called, an example, a
 * pattern for the schema. The comment says what a value of the kind is read into; `not kept` means
 * that it is checked, and that its owner takes it from the node (yaml_get_scalar()).
 */
#define YAML_KINDS(X)                                                                              \
    X(YAML_NONE, "", "", "")              /* no scalar */                                          \
    X(YAML_TEXT, "text", "some text", "") /* char[size] */                                         \
    X(YAML_NAME, "a name of a-z, 0-9 and _ (at most 31)", "book_room",                             \
      "^[a-z][a-z0-9_]{0,30}$") /* not kept */                                                     \
    X(YAML_EVENT, "an event's name of letters and digits (at most 31)", "RoomBooked",              \
      "^[A-Za-z0-9]{1,31}$") /* not kept */                                                        \
    X(YAML_CODE, "a code of letters, digits, _ . and - (at most 23)", "declined",                  \
      "^[A-Za-z0-9_.-]{1,23}$")                /* char[size] */                                    \
    X(YAML_WORD, "a word", "", "")             /* uint8_t: its index among the words */            \
    X(YAML_INTEGER, "a whole number", "3", "") /* unsigned, of `size` bytes */                     \
    X(YAML_DURATION, "a duration", "250ms", "^[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d)$")              \
    /* uint64_t, nanoseconds */                                                                    \
    X(YAML_AGE, "`forever`, or a duration", "30d", "^[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d)$")       \
    /* uint64_t, nanoseconds; 0 for ever */                                                        \
    X(YAML_SHIFT, "a duration", "-2h", "^-?[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d)$")                 \
    /* int64_t, nanoseconds */                                                                     \
    X(YAML_SPAN, "a duration or a range of them", "2ms..40ms",                                     \
      "^[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d)(\\.\\.[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d))?$")       \
    /* uint64_t[2], nanoseconds */                                                                 \
    X(YAML_RATE, "a rate", "2%", "^([0-9]+(\\.[0-9]+)?%|[0-9]+/[1-9][0-9]*)$")                     \
    /* uint32_t, parts per million */                                                              \
    X(YAML_SHARE, "a rate, `true` or `false`", "30%",                                              \
      "^([0-9]+(\\.[0-9]+)?%|[0-9]+/[1-9][0-9]*)$")                                                \
    /* uint32_t, parts per million */                                                              \
    X(YAML_DRIFT, "parts per million", "50ppm", "^-?[0-9]+ppm$")                                   \
    /* int32_t, parts per million */                                                               \
    X(YAML_FACTOR, "a factor", "10x", "^[0-9]+x$")                   /* uint32_t */                \
    X(YAML_ATTEMPTS, "a number, or `unlimited`", "4", "^unlimited$") /* uint32_t */                \
    X(YAML_NUMBERS, "a number, or a range of them", "1..3", "^[0-9]+(\\.\\.[0-9]*)?$")             \
    /* uint32_t[2] */                                                                              \
    X(YAML_BOOLEAN, "`true` or `false`", "true", "") /* bool */                                    \
    X(YAML_CALL, "a step, a compensation, or a number", "capture_payment",                         \
      "^[a-z][a-z0-9_]{0,30}$")                               /* not kept */                       \
    X(YAML_NODE, "a node", "node-1", "^node-([1-9]|1[0-6])$") /* not kept */                       \
    X(YAML_PLACE, "a node or a service", "node-1",                                                 \
      "^([a-z][a-z0-9_]{0,30}|node-([1-9]|1[0-6]))$") /* not kept */

enum yaml_kind {
#define X(id, name, example, pattern) id,
    YAML_KINDS(X)
#undef X
};

const char *yaml_kind_name(enum yaml_kind kind);
const char *yaml_kind_example(enum yaml_kind kind);
const char *yaml_kind_pattern(enum yaml_kind kind);

/* Whether it is written with a unit of time. */
bool yaml_kind_is_timed(enum yaml_kind kind);

/* Whether a `-` may stand before it. */
bool yaml_kind_is_signed(enum yaml_kind kind);

enum {
    YAML_REQUIRED = 1,  /* an error if it is missing */
    YAML_MANY = 2,      /* a list, of scalars of the kind or of mappings of the shape */
    YAML_OR_ALL = 4,    /* with YAML_MANY: or the word `all` */
    YAML_KEEP = 8,      /* not read into the structure: its owner takes it from the node */
    YAML_OVERRIDE = 16, /* a what-if may change it */
    YAML_OWN_WORDS = 32 /* with YAML_REQUIRED: its owner reports that it is missing, as it can say
                           more */
};

/*
 * One key. Its value is a scalar of `kind`, a mapping of `shape`, either of them if it has both,
 * or a list (YAML_MANY). A mapping is read into the structure at `offset`; lists, and keys with
 * both forms, are always kept (YAML_KEEP).
 */
struct yaml_key {
    const char *name;
    enum yaml_kind kind;
    unsigned flags;
    const struct yaml_shape *shape;
    const char *const *words; /* YAML_WORD: which, ended by NULL */
    size_t offset;            /* where the value goes */
    size_t size;              /* of the destination, where the kind leaves it open */
    uint64_t min;             /* of numbers, durations (ns), rates (ppm), of what may be negative
                                 without its sign; list: of its items */
    uint64_t max;             /* 0: as the kind allows */
    const char *standard;     /* the default, as YAML; applied by the reader if it is a scalar */
    const char *absent;       /* or what holds without the key, in words */
    const char *what;         /* one sentence */
    const char *example;      /* as YAML; NULL: the kind's */
};

struct yaml_shape {
    const char *name;  /* in the schema: `retry` */
    const char *title; /* in messages and in the reference: `a retry policy` */
    const char *what;  /* a sentence or two for the reference */
    const struct yaml_key *keys;
    size_t keys_len;
    const struct yaml_key *any; /* keys that the file names itself: what each stands for; the owner
                                   reads them. NULL: no others */
    const char *const *any_words; /* what those keys may be, if that is known, ended by NULL */
    const char *example;          /* of a mapping of this shape, where it stands in lists */
    unsigned only; /* if not 0: only the keys with one of these flags, none required */
};

/* Whether the key is one of the shape's, read under `only`. */
static inline int yaml_shape_has(const struct yaml_shape *shape, const struct yaml_key *key,
                                 unsigned only)
{
    unsigned needed = only | shape->only;
    return needed == 0 || (key->flags & needed) != 0;
}

/* The key of that name; NULL if there is none. */
const struct yaml_key *yaml_shape_find(const struct yaml_shape *shape, const char *name,
                                       unsigned only);

enum { YAML_LABEL_MAX = 64, YAML_ALLOWED_MAX = 1600 };

/* The shape's name in the schema and in the reference; under `only` it is another shape. */
const char *yaml_shape_label(const struct yaml_shape *shape, unsigned only,
                             char label[YAML_LABEL_MAX]);

/* What the key's value may be, in words and with its bounds: "a duration of 1ms to 3650d". */
const char *yaml_key_allowed(const struct yaml_key *key, char allowed[YAML_ALLOWED_MAX]);

/* The example of the key, or else of its kind. */
const char *yaml_key_example(const struct yaml_key *key);

/* A list's key as the key of one of its items; any other as it is. */
struct yaml_key yaml_key_of_item(const struct yaml_key *key);

/* Largest number, or number of bytes or items, that the key takes. */
uint64_t yaml_key_max(const struct yaml_key *key);

#endif
