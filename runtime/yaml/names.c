#include "runtime/yaml/names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { GUESS_MAX = 40 /* bytes of a name that is compared */ };

static bool is_shown(unsigned char byte)
{
    return byte >= 0x20 && byte != 0x7f;
}

const char *yaml_show(char shown[YAML_SHOWN_MAX], const char *text)
{
    if (*text == 0) {
        snprintf(shown, YAML_SHOWN_MAX, "\"\"");
        return shown;
    }
    size_t room = YAML_SHOWN_MAX - sizeof "...";
    size_t len = strlen(text);
    size_t cut = len < room ? len : room;
    if (cut < len) {
        while (cut > 0 && ((unsigned char)text[cut] & 0xc0) == 0x80) {
            cut--; /* not in the middle of a character */
        }
    }
    for (size_t i = 0; i < cut; i++) {
        char c = text[i];
        if (!is_shown((unsigned char)c)) {
            c = '?';
        }
        shown[i] = c;
    }
    snprintf(shown + cut, YAML_SHOWN_MAX - cut, "%s", cut < len ? "..." : "");
    return shown;
}

void yaml_names_add(struct yaml_names *names, const char *name)
{
    if (names->len < YAML_NAMES_MAX) {
        names->names[names->len++] = name;
    }
}

void yaml_names_add_all(struct yaml_names *names, const char *const *list)
{
    for (; *list != NULL; list++) {
        yaml_names_add(names, *list);
    }
}

const char *yaml_names_list(const struct yaml_names *names, char list[YAML_LIST_MAX])
{
    size_t used = 0;
    snprintf(list, YAML_LIST_MAX, "nothing");
    for (size_t i = 0; i < names->len; i++) {
        char shown[YAML_SHOWN_MAX];
        yaml_show(shown, names->names[i]);
        if (used + strlen(shown) + sizeof ", ``, ..." > YAML_LIST_MAX) {
            snprintf(list + used, YAML_LIST_MAX - used, ", ...");
            break;
        }
        used += (size_t)snprintf(list + used, YAML_LIST_MAX - used, "%s`%s`", i == 0 ? "" : ", ",
                                 shown);
    }
    return list;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters must be put in, taken out, replaced, or swapped with a neighbour, to make one
 * of the other (optimal string alignment). Case counts for nothing. Both at most GUESS_MAX. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][GUESS_MAX + 1];
    for (size_t j = 0; j <= b_len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *above_that = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            int a_at = tolower((unsigned char)a[i - 1]);
            int b_at = tolower((unsigned char)b[j - 1]);
            row[j] = smaller(smaller(above[j], row[j - 1]) + 1, above[j - 1] + (a_at != b_at));
            if (i > 1 && j > 1 && a_at == tolower((unsigned char)b[j - 2]) &&
                tolower((unsigned char)a[i - 2]) == b_at) {
                row[j] = smaller(row[j], above_that[j - 2] + 1);
            }
        }
    }
    return rows[a_len % 3][b_len];
}

/* The one name that begins so, if it is only one: `authorize` for `authorize_payment`. */
static const char *guess_by_start(const struct yaml_names *names, const char *text, size_t len)
{
    const char *guess = NULL;
    for (size_t i = 0; i < names->len && len >= 3; i++) {
        if (strncasecmp(names->names[i], text, len) != 0) {
            continue;
        }
        if (guess != NULL) {
            return NULL;
        }
        guess = names->names[i];
    }
    return guess;
}

const char *yaml_names_guess(const struct yaml_names *names, const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len > GUESS_MAX) {
        return NULL;
    }
    const char *best = NULL;
    size_t best_distance = 1 + (len + 1) / 3; /* a third of the letters may be wrong */
    for (size_t i = 0; i < names->len; i++) {
        size_t name_len = strlen(names->names[i]);
        if (name_len == 0 || name_len > GUESS_MAX) {
            continue;
        }
        size_t far = distance(text, len, names->names[i], name_len);
        /* A word of which nothing remains is not meant. */
        if (far < best_distance && far < name_len) {
            best = names->names[i];
            best_distance = far;
        }
    }
    return best != NULL ? best : guess_by_start(names, text, len);
}
