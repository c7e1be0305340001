#include "runtime/yaml/reference.h"

#include <stdbool.h>
#include <string.h>

/* The shapes still to be written, each once, in the order in which they are met. */
enum { SECTIONS_MAX = 64 };

struct section {
    const struct yaml_shape *shape;
    unsigned only;
};

struct writing {
    FILE *out;
    const struct yaml_shape *const *known;
    struct section sections[SECTIONS_MAX];
    size_t len;
};

static bool is_known(const struct writing *writing, const struct yaml_shape *shape)
{
    for (size_t i = 0; writing->known != NULL && writing->known[i] != NULL; i++) {
        if (writing->known[i] == shape) {
            return true;
        }
    }
    return false;
}

/* Each name stands for one section: two shapes of one name are one table seen twice. */
static void add_section(struct writing *writing, const struct yaml_shape *shape, unsigned only)
{
    only |= shape->only;
    for (size_t i = 0; i < writing->len; i++) {
        if (strcmp(writing->sections[i].shape->name, shape->name) == 0 &&
            writing->sections[i].only == only) {
            return;
        }
    }
    if (writing->len < SECTIONS_MAX && !is_known(writing, shape)) {
        writing->sections[writing->len++] = (struct section){shape, only};
    }
}

/* In a table a `|` would end the cell. */
static void write_cell(FILE *out, const char *text)
{
    for (; *text != 0; text++) {
        if (*text == '|') {
            fputc('\\', out);
        }
        fputc(*text, out);
    }
}

static void write_link(FILE *out, const struct yaml_shape *shape, unsigned only)
{
    char label[YAML_LABEL_MAX];
    fprintf(out, "[%s](#%s)", shape->title, yaml_shape_label(shape, only, label));
}

static void write_allowed(FILE *out, const struct yaml_key *key, unsigned only)
{
    char allowed[YAML_ALLOWED_MAX];
    if ((key->flags & YAML_MANY) != 0) {
        struct yaml_key item = yaml_key_of_item(key);
        fprintf(out, "%sa list of at most %llu, each ",
                (key->flags & YAML_OR_ALL) != 0 ? "`all`, or " : "",
                (unsigned long long)yaml_key_max(key));
        write_allowed(out, &item, only);
        return;
    }
    if (key->kind != YAML_NONE) {
        struct yaml_key scalar = *key;
        scalar.shape = NULL;
        write_cell(out, yaml_key_allowed(&scalar, allowed));
    }
    if (key->kind != YAML_NONE && key->shape != NULL) {
        fputs(", or ", out);
    }
    if (key->shape != NULL) {
        write_link(out, key->shape, only);
    }
}

static void write_default(FILE *out, const struct yaml_key *key, unsigned only)
{
    if ((key->flags & YAML_REQUIRED) != 0 && only == 0) {
        fputs("**required**", out);
    } else if (only != 0) {
        fputs("as in the plan", out);
    } else if (key->standard != NULL) {
        fprintf(out, "`%s`", key->standard);
    } else {
        write_cell(out, key->absent == NULL ? "" : key->absent);
    }
}

static void write_row(struct writing *writing, const struct yaml_key *key, unsigned only)
{
    bool named = key->name[0] == '<';
    FILE *out = writing->out;
    fprintf(out, named ? "| *`%s`* | " : "| `%s` | ", key->name);
    write_cell(out, key->what);
    fputs(" | ", out);
    write_allowed(out, key, only);
    fputs(" | ", out);
    write_default(out, key, only);
    fputs(" | ", out);
    if (only == 0 || key->shape == NULL || named) { /* else the example shows too much */
        fputc('`', out);
        write_cell(out, yaml_key_example(key));
        fputs("` ", out);
    }
    fputs("|\n", out);
    if (key->shape != NULL) {
        add_section(writing, key->shape, only);
    }
}

static void write_section(struct writing *writing, struct section section)
{
    const struct yaml_shape *shape = section.shape;
    char label[YAML_LABEL_MAX];
    fprintf(writing->out, "## %s\n\n%s\n\n", yaml_shape_label(shape, section.only, label),
            shape->what);
    fputs("| key | what | allowed | default | example |\n|---|---|---|---|---|\n", writing->out);
    for (size_t i = 0; i < shape->keys_len; i++) {
        if (yaml_shape_has(shape, &shape->keys[i], section.only)) {
            write_row(writing, &shape->keys[i], section.only);
        }
    }
    if (shape->any != NULL) {
        write_row(writing, shape->any, section.only);
    }
    fputc('\n', writing->out);
}

void yaml_write_reference(FILE *out, const struct yaml_shape *shape,
                          const struct yaml_shape *const *known)
{
    struct writing writing = {.out = out, .known = known};
    add_section(&writing, shape, 0);
    for (size_t i = 0; i < writing.len; i++) {
        write_section(&writing, writing.sections[i]);
    }
}

void yaml_write_reference_of_scalars(FILE *out)
{
    static const struct {
        const char *what;
        const char *how;
        enum yaml_kind kind;
    } rows[] = {
        {"duration",
         "a number, whole or decimal, and a unit: `ns us ms s m h d`; exact, so nothing finer than "
         "a nanosecond; `0s` is none",
         YAML_DURATION},
        {"duration with a sign", "a duration, or a `-` and a duration", YAML_SHIFT},
        {"range of durations",
         "two durations with `..` between them, both ends included; or one for both", YAML_SPAN},
        {"rate",
         "a percentage, whole or decimal, or a fraction such as `1/1000`; exact, so nothing finer "
         "than one in a million; at most 100%",
         YAML_RATE},
        {"drift", "a whole number and `ppm`, parts per million; or a `-` before them", YAML_DRIFT},
        {"factor", "a whole number and `x`", YAML_FACTOR},
        {"attempts of a retry policy", "a whole number, or `unlimited`", YAML_ATTEMPTS},
        {"range of attempts",
         "a whole number, or two with `..` between them, both included; `3..` is the third and "
         "every later one",
         YAML_NUMBERS},
        {"whole number", "digits, without sign or separators", YAML_INTEGER},
        {"name", "1 to 31 of a-z, 0-9 and `_`, beginning with a letter", YAML_NAME},
        {"node", "`node-1` to `node-16`, as many as the scenario has `nodes`", YAML_NODE},
        {"code", "1 to 23 letters, digits, `_`, `.` or `-`", YAML_CODE},
        {"event", "1 to 31 letters and digits", YAML_EVENT},
    };
    fputs("| what | how it is written | example |\n|---|---|---|\n", out);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fprintf(out, "| %s | %s | `%s` |\n", rows[i].what, rows[i].how,
                yaml_kind_example(rows[i].kind));
    }
    fputc('\n', out);
}
