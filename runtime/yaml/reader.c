#include "runtime/yaml/reader.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "runtime/yaml/scalar.h"

/* A scalar, parsed, before its bounds are checked. */
struct value {
    uint64_t wide[2]; /* one number, or both ends */
    bool truth;
    bool endless; /* the upper end stands for "no end" */
};

/* Whether all of the text is of these characters, and is not empty nor too long. */
static bool is_of(const char *text, size_t len_max, bool (*allowed)(char))
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (!allowed(text[i]))
            return false;
    }
    return len > 0 && len <= len_max;
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_in_code(char c)
{
    return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-';
}

static bool is_in_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_name(const char *text)
{
    return is_of(text, 31, is_in_name) && text[0] >= 'a' && text[0] <= 'z';
}

size_t yaml_word_index(const char *const *words, const char *text)
{
    size_t i = 0;
    while (words[i] != NULL && strcmp(words[i], text) != 0)
        i++;
    return i;
}

static enum yaml_parsed parse_text(const struct yaml_key *key, const char *text)
{
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '\n')
        len--;
    if (len == 0)
        return YAML_MALFORMED;
    for (size_t i = 0; i < len; i++) {
        if (iscntrl((unsigned char)text[i]) && text[i] != '\n' && text[i] != '\t')
            return YAML_MALFORMED;
    }
    return len > yaml_key_max(key) ? YAML_OUT_OF_BOUNDS : YAML_PARSED;
}

static enum yaml_parsed parse_words(const struct yaml_key *key, const char *text,
                                    struct value *value)
{
    value->wide[0] = yaml_word_index(key->words, text);
    return key->words[value->wide[0]] == NULL ? YAML_MALFORMED : YAML_PARSED;
}

static enum yaml_parsed parse_numbers(enum yaml_kind kind, const char *text, struct value *value)
{
    uint32_t lo = 0;
    uint32_t hi = 0;
    enum yaml_parsed parsed;
    if (kind == YAML_NUMBERS) {
        parsed = yaml_parse_numbers(text, &lo, &hi);
    } else {
        parsed = kind == YAML_RATE     ? yaml_parse_rate(text, &lo)
                 : kind == YAML_SHARE  ? yaml_parse_share(text, &lo)
                 : kind == YAML_FACTOR ? yaml_parse_factor(text, &lo)
                                       : yaml_parse_attempts(text, &lo);
        hi = lo;
    }
    value->wide[0] = lo;
    value->wide[1] = hi;
    value->endless = hi == UINT32_MAX && kind != YAML_FACTOR;
    return parsed;
}

static enum yaml_parsed parse_kind(const struct yaml_key *key, const char *text,
                                   struct value *value)
{
    enum yaml_parsed parsed = YAML_MALFORMED;
    bool fits = false;
    switch (key->kind) {
    case YAML_NONE:
        break;
    case YAML_TEXT:
        return parse_text(key, text);
    case YAML_NAME:
        fits = is_name(text);
        break;
    case YAML_EVENT:
        fits = is_of(text, 31, is_letter_or_digit);
        break;
    case YAML_CODE:
        fits = is_of(text, 23, is_in_code);
        break;
    case YAML_CALL:
        fits = is_name(text) || yaml_parse_integer(text, &value->wide[0]) == YAML_PARSED;
        break;
    case YAML_WORD:
        return parse_words(key, text, value);
    case YAML_INTEGER:
        parsed = yaml_parse_integer(text, &value->wide[0]);
        value->wide[1] = value->wide[0];
        return parsed;
    case YAML_DURATION:
        parsed = yaml_parse_duration(text, &value->wide[0]);
        value->wide[1] = value->wide[0];
        return parsed;
    case YAML_SPAN:
        return yaml_parse_span(text, &value->wide[0], &value->wide[1]);
    case YAML_RATE:
    case YAML_SHARE:
    case YAML_FACTOR:
    case YAML_ATTEMPTS:
    case YAML_NUMBERS:
        return parse_numbers(key->kind, text, value);
    case YAML_BOOLEAN:
        return yaml_parse_boolean(text, &value->truth);
    }
    return fits ? YAML_PARSED : YAML_MALFORMED;
}

static bool is_number(enum yaml_kind kind)
{
    return kind == YAML_INTEGER || kind == YAML_DURATION || kind == YAML_SPAN ||
           kind == YAML_RATE || kind == YAML_SHARE || kind == YAML_FACTOR ||
           kind == YAML_ATTEMPTS || kind == YAML_NUMBERS;
}

static enum yaml_parsed parse(const struct yaml_key *key, const char *text, struct value *value)
{
    enum yaml_parsed parsed = parse_kind(key, text, value);
    if (parsed != YAML_PARSED || !is_number(key->kind))
        return parsed;
    uint64_t max = yaml_key_max(key);
    bool above = value->wide[0] > max || (value->wide[1] > max && !value->endless);
    return above || value->wide[0] < key->min ? YAML_OUT_OF_BOUNDS : YAML_PARSED;
}

static void put_integer(uint64_t number, size_t size, void *out)
{
    if (size == sizeof(uint64_t))
        memcpy(out, &number, size);
    else if (size == sizeof(uint32_t))
        memcpy(out, &(uint32_t){(uint32_t)number}, size);
    else if (size == sizeof(uint16_t))
        memcpy(out, &(uint16_t){(uint16_t)number}, size);
    else
        memcpy(out, &(uint8_t){(uint8_t)number}, sizeof(uint8_t));
}

static void put_text(const struct yaml_key *key, const char *text, char *out)
{
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '\n')
        len--;
    memset(out, 0, key->size); /* so that equal structures are equal byte for byte */
    memcpy(out, text, len);
}

static void put(const struct yaml_key *key, const char *text, const struct value *value, void *out)
{
    switch (key->kind) {
    case YAML_TEXT:
    case YAML_CODE:
        put_text(key, text, out);
        break;
    case YAML_WORD:
        put_integer(value->wide[0], sizeof(uint8_t), out);
        break;
    case YAML_INTEGER:
        put_integer(value->wide[0], key->size, out);
        break;
    case YAML_DURATION:
        put_integer(value->wide[0], sizeof(uint64_t), out);
        break;
    case YAML_SPAN:
        memcpy(out, value->wide, sizeof value->wide);
        break;
    case YAML_RATE:
    case YAML_SHARE:
    case YAML_FACTOR:
    case YAML_ATTEMPTS:
        put_integer(value->wide[0], sizeof(uint32_t), out);
        break;
    case YAML_NUMBERS:
        memcpy(out, &(uint32_t[2]){(uint32_t)value->wide[0], (uint32_t)value->wide[1]},
               2 * sizeof(uint32_t));
        break;
    case YAML_BOOLEAN:
        memcpy(out, &value->truth, sizeof value->truth);
        break;
    case YAML_NONE:
    case YAML_NAME:
    case YAML_EVENT:
    case YAML_CALL:
        break; /* not kept */
    }
}

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
        if (is_kept(key) || (key->flags & YAML_NOT_YET) != 0)
            continue;
        if (key->shape != NULL) {
            yaml_apply_defaults(key->shape, at_offset(key, out));
        } else if (key->standard != NULL) {
            struct value value = {0};
            enum yaml_parsed parsed = parse(key, key->standard, &value);
            assert(parsed == YAML_PARSED);
            put(key, key->standard, &value, at_offset(key, out));
        }
    }
}

/* What the text would be if one common slip were mended; NULL if there is no such slip. */
static const char *guess_scalar(const struct yaml_key *key, const char *text,
                                char guess[YAML_SHOWN_MAX])
{
    static const char *const yes[] = {"yes", "on", "True", "TRUE", "1", NULL};
    static const char *const no[] = {"no", "off", "False", "FALSE", "0", NULL};
    size_t len = strlen(text);
    bool digits = len > 0 && strspn(text, "0123456789.") == len;
    if (len >= 32)
        return NULL;
    if (key->kind == YAML_WORD) {
        struct yaml_names words = {0};
        yaml_names_add_all(&words, key->words);
        return yaml_names_guess(&words, text);
    }
    if (key->kind == YAML_BOOLEAN)
        return yes[yaml_word_index(yes, text)] != NULL  ? "true"
               : no[yaml_word_index(no, text)] != NULL ? "false"
                                                       : NULL;
    strcpy(guess, text);
    char *dash = strchr(guess, '-');
    if (dash != NULL && (key->kind == YAML_SPAN || key->kind == YAML_NUMBERS))
        sprintf(dash, "..%s", text + (dash - guess) + 1);
    else if (digits && (key->kind == YAML_DURATION || key->kind == YAML_SPAN))
        strcat(guess, "s");
    else if (digits && (key->kind == YAML_RATE || key->kind == YAML_SHARE))
        strcat(guess, "%");
    else if (digits && key->kind == YAML_FACTOR)
        strcat(guess, "x");
    else
        for (char *c = guess; *c != 0; c++)
            *c = *c == '-' || *c == ' ' ? '_' : (char)tolower((unsigned char)*c);
    struct value value = {0};
    return parse(key, guess, &value) == YAML_PARSED ? guess : NULL;
}

/* "; did you mean `x`? Allowed: ", or without a guess "; allowed: ". */
static const char *ask(char question[2 * YAML_SHOWN_MAX], const char *guess)
{
    if (guess == NULL)
        return "; allowed: ";
    snprintf(question, 2 * YAML_SHOWN_MAX, "; did you mean `%.*s`? Allowed: ", YAML_SHOWN_MAX,
             guess);
    return question;
}

static void report_scalar(const struct yaml_reader *reader, const struct yaml_key *key,
                          struct yaml_node *node, enum yaml_parsed parsed)
{
    char shown[YAML_SHOWN_MAX];
    char allowed[YAML_ALLOWED_MAX];
    char guess[YAML_SHOWN_MAX];
    char question[2 * YAML_SHOWN_MAX];
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
    bool timed = key->kind == YAML_DURATION || key->kind == YAML_SPAN;
    yaml_report(reader->document, reader->errors, node, "`%s` %s for `%s`%s%s%s, such as `%s`",
                shown, wrong, key->name, ask(question, mended), allowed,
                timed && parsed == YAML_MALFORMED ? " (units: ns us ms s m h d)" : "",
                yaml_key_example(key));
}

static const char *form_name(const struct yaml_node *node)
{
    if (node->form == YAML_LIST)
        return "a list";
    if (node->form == YAML_MAPPING)
        return "a mapping";
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
    struct value value = {0};
    enum yaml_parsed parsed = parse(key, node->text, &value);
    if (parsed != YAML_PARSED) {
        report_scalar(reader, key, node, parsed);
        return false;
    }
    if (out != NULL)
        put(key, node->text, &value, out);
    return true;
}

bool yaml_read_value(const struct yaml_reader *reader, const struct yaml_key *key,
                     struct yaml_node *node, void *out)
{
    struct yaml_key one = yaml_key_of_item(key);
    bool empty = node->form == YAML_SCALAR && node->len == 0 && !node->quoted;
    if (node->broken)
        return false;
    if (node->form == YAML_SCALAR && key->kind != YAML_NONE && !empty)
        return read_scalar(reader, &one, node, out);
    if (node->form == YAML_MAPPING && key->shape != NULL)
        return out == NULL || yaml_read_mapping(reader, key->shape, node, out);
    return report_form(reader, (key->flags & YAML_MANY) != 0 ? "an entry of " : "", &one, node);
}

static bool check_list(const struct yaml_reader *reader, const struct yaml_key *key,
                       struct yaml_node *node)
{
    if (node->broken)
        return false;
    if (node->form != YAML_LIST)
        return report_form(reader, "", key, node);
    if (node->len >= key->min && node->len <= yaml_key_max(key))
        return true;
    yaml_report(reader->document, reader->errors, node,
                "`%s` has %u entries; allowed: %llu to %llu", key->name, node->len,
                (unsigned long long)key->min, (unsigned long long)yaml_key_max(key));
    return false;
}

static bool read_key(const struct yaml_reader *reader, const struct yaml_key *key,
                     struct yaml_node *pair, void *out)
{
    if ((key->flags & YAML_NOT_YET) != 0) {
        yaml_report(reader->document, reader->errors, pair,
                    "`%s` does not work yet: a later version of backstep brings it; leave it out",
                    key->name);
        return false;
    }
    if ((key->flags & YAML_MANY) != 0)
        return check_list(reader, key, pair->value);
    return yaml_read_value(reader, key, pair->value, is_kept(key) ? NULL : at_offset(key, out));
}

void yaml_add_keys(const struct yaml_reader *reader, const struct yaml_shape *shape,
                   struct yaml_names *names)
{
    for (size_t i = 0; i < shape->keys_len; i++) {
        if (yaml_shape_has(shape, &shape->keys[i], reader->only))
            yaml_names_add(names, shape->keys[i].name);
    }
}

void yaml_report_unknown(const struct yaml_reader *reader, struct yaml_node *node,
                         const char *noun, const char *where, const struct yaml_names *allowed)
{
    char shown[YAML_SHOWN_MAX];
    char list[YAML_LIST_MAX];
    char question[2 * YAML_SHOWN_MAX];
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
        if (!ours || yaml_get_key(node, key->name) != NULL)
            continue;
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
    if (inner.only == 0)
        yaml_apply_defaults(shape, out);
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
    if (inner.only == 0 && !node->broken)
        fine &= check_required(&inner, shape, node);
    return fine;
}
