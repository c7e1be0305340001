#include "runtime/yaml/reader.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { QUESTION_SIZE = YAML_SHOWN_MAX + 40 };

static bool is_kept(const struct yaml_key *key)
{
    return (key->flags & (YAML_KEEP | YAML_MANY)) != 0 ||
           (key->kind != YAML_NONE && key->shape != NULL);
}

static void *at_offset(const struct yaml_key *key, void *out)
{
    return (unsigned char *)out + key->offset;
}

void yaml_apply_defaults(const struct yaml_shape *shape, void *out)
{
    for (size_t i = 0; i < shape->keys_len; i++) {
        const struct yaml_key *key = &shape->keys[i];
        if (is_kept(key)) {
            continue;
        }
        if (key->shape != NULL) {
            yaml_apply_defaults(key->shape, at_offset(key, out));
        } else if (key->standard != NULL) {
            struct yaml_value value = {0};
            enum yaml_parsed parsed = yaml_value_parse(key, key->standard, &value);
            assert(parsed == YAML_PARSED);
            yaml_value_put(key, key->standard, &value, at_offset(key, out));
        }
    }
}

/* The text, as a name might have been meant. */
static void guess_name(const char *text, char guess[YAML_SHOWN_MAX])
{
    size_t i = 0;
    for (; text[i] != 0 && i + 1 < YAML_SHOWN_MAX; i++) {
        bool gap = text[i] == '-' || text[i] == ' ';
        guess[i] = (char)(gap ? '_' : tolower((unsigned char)text[i]));
    }
    guess[i] = 0;
}

/* A number that lacks its unit, or a range with a dash: mended. */
static void guess_number(enum yaml_kind kind, const char *text, char guess[YAML_SHOWN_MAX])
{
    const char *dash = yaml_kind_is_signed(kind) ? NULL : strchr(text, '-');
    bool rated = kind == YAML_RATE || kind == YAML_SHARE;
    if (dash != NULL) {
        snprintf(guess, YAML_SHOWN_MAX, "%.*s..%s", (int)(dash - text), text, dash + 1);
    } else {
        const char *unit = yaml_kind_is_timed(kind) ? "s"
                           : rated                  ? "%"
                           : kind == YAML_DRIFT     ? "ppm"
                           : kind == YAML_FACTOR    ? "x"
                                                    : "";
        snprintf(guess, YAML_SHOWN_MAX, "%s%s", text, unit);
    }
}

/* What the text would be if one common slip were mended; NULL if there is no such slip. */
static const char *guess_scalar(const struct yaml_key *key, const char *text,
                                char guess[YAML_SHOWN_MAX])
{
    static const char *const yes[] = {"yes", "on", "True", "TRUE", "1", NULL};
    static const char *const no[] = {"no", "off", "False", "FALSE", "0", NULL};
    struct yaml_names words = {0};
    if (key->kind == YAML_WORD) {
        yaml_names_add_all(&words, key->words);
        return yaml_names_guess(&words, text);
    }
    if (key->kind == YAML_BOOLEAN && yes[yaml_word_index(yes, text)] != NULL) {
        return "true";
    }
    if (key->kind == YAML_BOOLEAN && no[yaml_word_index(no, text)] != NULL) {
        return "false";
    }
    if ((text[0] >= '0' && text[0] <= '9') || yaml_kind_is_signed(key->kind)) {
        guess_number(key->kind, text, guess);
    } else {
        guess_name(text, guess);
    }
    struct yaml_value value = {0};
    return yaml_value_parse(key, guess, &value) == YAML_PARSED ? guess : NULL;
}

/* "; did you mean `x`? Allowed: ", or without a guess "; allowed: ". */
static const char *ask(char question[QUESTION_SIZE], const char *guess)
{
    if (guess == NULL) {
        return "; allowed: ";
    }
    snprintf(question, QUESTION_SIZE, "; did you mean `%.*s`? Allowed: ", YAML_SHOWN_MAX, guess);
    return question;
}

static void report_scalar(const struct yaml_reader *reader, const struct yaml_key *key,
                          struct yaml_node *node, enum yaml_parsed parsed)
{
    char shown[YAML_SHOWN_MAX];
    char allowed[YAML_ALLOWED_MAX];
    char guess[YAML_SHOWN_MAX];
    char question[QUESTION_SIZE];
    yaml_show(shown, node->text);
    yaml_key_allowed(key, allowed);
    const char *wrong = "";
    switch (parsed) {
    case YAML_TOO_FINE:
        wrong = key->kind == YAML_RATE || key->kind == YAML_SHARE ? "is finer than one in a million"
                                                                  : "is finer than a nanosecond";
        break;
    case YAML_TOO_LARGE:
        wrong = "is too large";
        break;
    case YAML_BACKWARD:
        wrong = "ends before it begins";
        break;
    case YAML_OUT_OF_BOUNDS:
        wrong = key->kind == YAML_TEXT ? "is too long" : "is out of bounds";
        break;
    case YAML_PARSED:
    case YAML_MALFORMED:
        wrong = "is not allowed";
        break;
    }
    const char *mended = parsed == YAML_MALFORMED ? guess_scalar(key, node->text, guess) : NULL;
    bool timed = yaml_kind_is_timed(key->kind);
    yaml_report(reader->document, reader->errors, node, "`%s` %s for `%s`%s%s%s, such as `%s`",
                shown, wrong, key->name, ask(question, mended), allowed,
                timed && parsed == YAML_MALFORMED ? " (units: ns us ms s m h d)" : "",
                yaml_key_example(key));
}

static const char *form_name(const struct yaml_node *node)
{
    if (node->form == YAML_LIST) {
        return "a list";
    }
    if (node->form == YAML_MAPPING) {
        return "a mapping";
    }
    return node->len == 0 && !node->quoted ? "empty" : "a single value";
}

static bool report_form(const struct yaml_reader *reader, const char *before,
                        const struct yaml_key *key, struct yaml_node *node)
{
    char allowed[YAML_ALLOWED_MAX];
    yaml_report(reader->document, reader->errors, node, "%s`%s` is %s; allowed: %s, such as `%s`",
                before, key->name, form_name(node), yaml_key_allowed(key, allowed),
                yaml_key_example(key));
    return false;
}

static bool read_scalar(const struct yaml_reader *reader, const struct yaml_key *key,
                        struct yaml_node *node, void *out)
{
    struct yaml_value value = {0};
    enum yaml_parsed parsed = yaml_value_parse(key, node->text, &value);
    if (parsed != YAML_PARSED) {
        report_scalar(reader, key, node, parsed);
        return false;
    }
    if (out != NULL) {
        yaml_value_put(key, node->text, &value, out);
    }
    return true;
}

bool yaml_read_value(const struct yaml_reader *reader, const struct yaml_key *key,
                     struct yaml_node *node, void *out)
{
    struct yaml_key one = yaml_key_of_item(key);
    bool empty = node->form == YAML_SCALAR && node->len == 0 && !node->quoted;
    if (node->broken) {
        return false;
    }
    if (node->form == YAML_SCALAR && key->kind != YAML_NONE && !empty) {
        return read_scalar(reader, &one, node, out);
    }
    if (node->form == YAML_MAPPING && key->shape != NULL) {
        return out == NULL || yaml_read_mapping(reader, key->shape, node, out);
    }
    return report_form(reader, (key->flags & YAML_MANY) != 0 ? "an entry of " : "", &one, node);
}

static bool check_list(const struct yaml_reader *reader, const struct yaml_key *key,
                       struct yaml_node *node)
{
    if (node->broken) {
        return false;
    }
    bool all = node->form == YAML_SCALAR && strcmp(node->text, "all") == 0;
    if (all && (key->flags & YAML_OR_ALL) != 0) {
        return true;
    }
    if (node->form != YAML_LIST) {
        return report_form(reader, "", key, node);
    }
    if (node->len >= key->min && node->len <= yaml_key_max(key)) {
        return true;
    }
    yaml_report(reader->document, reader->errors, node,
                "`%s` has %u entries; allowed: %llu to %llu", key->name, node->len,
                (unsigned long long)key->min, (unsigned long long)yaml_key_max(key));
    return false;
}

static bool read_key(const struct yaml_reader *reader, const struct yaml_key *key,
                     struct yaml_node *pair, void *out)
{
    if ((key->flags & YAML_MANY) != 0) {
        return check_list(reader, key, pair->value);
    }
    return yaml_read_value(reader, key, pair->value, is_kept(key) ? NULL : at_offset(key, out));
}

void yaml_add_keys(const struct yaml_reader *reader, const struct yaml_shape *shape,
                   struct yaml_names *names)
{
    for (size_t i = 0; i < shape->keys_len; i++) {
        if (yaml_shape_has(shape, &shape->keys[i], reader->only)) {
            yaml_names_add(names, shape->keys[i].name);
        }
    }
}

void yaml_report_unknown(const struct yaml_reader *reader, struct yaml_node *node, const char *noun,
                         const char *where, const struct yaml_names *allowed)
{
    char shown[YAML_SHOWN_MAX];
    char list[YAML_LIST_MAX];
    char question[QUESTION_SIZE];
    yaml_report(reader->document, reader->errors, node, "unknown %s `%s`%s%s%s", noun,
                yaml_show(shown, node->text), where,
                ask(question, yaml_names_guess(allowed, node->text)),
                yaml_names_list(allowed, list));
}

static void report_unknown_key(const struct yaml_reader *reader, const struct yaml_shape *shape,
                               struct yaml_node *pair)
{
    struct yaml_names keys = {0};
    yaml_add_keys(reader, shape, &keys);
    char where[100];
    bool known = yaml_shape_find(shape, pair->text, 0) != NULL;
    snprintf(where, sizeof where, " in %s%s", known ? "an override of " : "", shape->title);
    yaml_report_unknown(reader, pair, "key", where, &keys);
}

static bool check_required(const struct yaml_reader *reader, const struct yaml_shape *shape,
                           struct yaml_node *node)
{
    bool complete = true;
    for (size_t i = 0; i < shape->keys_len; i++) {
        const struct yaml_key *key = &shape->keys[i];
        bool ours = (key->flags & (YAML_REQUIRED | YAML_OWN_WORDS)) == YAML_REQUIRED;
        if (!ours || yaml_get_key(node, key->name) != NULL) {
            continue;
        }
        char allowed[YAML_ALLOWED_MAX];
        yaml_errors_add(reader->errors, reader->document->name, node->line, node->column,
                        "`%s` is missing in %s; it is required: %s, such as `%s: %s`", key->name,
                        shape->title, yaml_key_allowed(key, allowed), key->name,
                        yaml_key_example(key));
        complete = false;
    }
    return complete;
}

bool yaml_read_mapping(const struct yaml_reader *reader, const struct yaml_shape *shape,
                       struct yaml_node *node, void *out)
{
    struct yaml_reader inner = *reader;
    inner.only |= shape->only;
    if (inner.only == 0) {
        yaml_apply_defaults(shape, out);
    }
    bool fine = true;
    for (struct yaml_node *pair = node->first; pair != NULL; pair = pair->next) {
        const struct yaml_key *key = yaml_shape_find(shape, pair->text, inner.only);
        if (key != NULL) {
            fine &= read_key(&inner, key, pair, out);
        } else if (shape->any == NULL) {
            report_unknown_key(&inner, shape, pair);
            node->broken = true;
            fine = false;
        }
    }
    if (inner.only == 0 && !node->broken) {
        fine &= check_required(&inner, shape, node);
    }
    return fine;
}
