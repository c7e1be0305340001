/* Text as YAML: plain, quoted or in a block, whichever reads back the same. */
#include <string.h>

#include "runtime/yaml/source.h"
#include "sim/scenario/writing.h"

enum { ESCAPE_SIZE = 8 };

/* Characters beyond ASCII that YAML or its reader takes for something else than text: line and
 * paragraph separators, byte order marks, what is no character. */
static const struct {
    const char *bytes;
    const char *escape;
} specials[] = {
    {"\xe2\x80\xa8", "\\u2028"}, {"\xe2\x80\xa9", "\\u2029"}, {"\xef\xbb\xbf", "\\uFEFF"},
    {"\xef\xbf\xbe", "\\uFFFE"}, {"\xef\xbf\xbf", "\\uFFFF"},
};

/* How the character at `at` is escaped. Returns the bytes it takes; 0 if it stands for itself. */
static size_t escape_special(const char *at, char escape[ESCAPE_SIZE])
{
    unsigned char lead = (unsigned char)at[0];
    unsigned char next = lead == 0 ? 0 : (unsigned char)at[1];
    if (lead == 0xc2 && next < 0xa0) { /* U+0080 to U+009F: control characters */
        snprintf(escape, ESCAPE_SIZE, "\\x%02X", next);
        return 2;
    }
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        size_t len = strlen(specials[i].bytes);
        if (strncmp(at, specials[i].bytes, len) == 0) {
            snprintf(escape, ESCAPE_SIZE, "%s", specials[i].escape);
            return len;
        }
    }
    return 0;
}

/* The same within double quotes. A blank or a quote behind another is escaped, as the reader takes
 * only so many in a row. `before` is the character before, 0 at the start. */
static size_t escape_quoted(const char *at, char before, char escape[ESCAPE_SIZE])
{
    bool again = before == at[0] && (at[0] == ' ' || at[0] == '\'');
    if (at[0] == '\n') {
        snprintf(escape, ESCAPE_SIZE, "\\n");
    } else if (at[0] == '\t') {
        snprintf(escape, ESCAPE_SIZE, "\\t");
    } else if (at[0] == '"' || at[0] == '\\') {
        snprintf(escape, ESCAPE_SIZE, "\\%c", at[0]);
    } else if (again) {
        snprintf(escape, ESCAPE_SIZE, "\\x%02X", (unsigned char)at[0]);
    } else {
        return escape_special(at, escape);
    }
    return 1;
}

static void write_quoted(FILE *out, const char *text)
{
    char escape[ESCAPE_SIZE];
    fputc('"', out);
    for (const char *at = text; *at != 0;) {
        size_t escaped = escape_quoted(at, at == text ? 0 : at[-1], escape);
        if (escaped == 0) {
            fputc(*at++, out);
        } else {
            fputs(escape, out);
            at += escaped;
        }
    }
    fputc('"', out);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* Whether all of it can stand in a file without an escape. */
static bool is_without_escapes(const char *text)
{
    char escape[ESCAPE_SIZE];
    size_t blanks = 0;
    size_t quotes = 0;
    for (const char *at = text; *at != 0; at++) {
        blanks = is_blank(*at) ? blanks + 1 : 0;
        quotes = *at == '\'' ? quotes + 1 : 0;
        bool many = blanks > YAML_BLANKS_MAX / 2 || quotes > YAML_QUOTES_MAX;
        if (many || *at == '\t' || escape_special(at, escape) != 0) {
            return false;
        }
    }
    return true;
}

/* Whether it can stand in one line without quotes: its start says nothing else, and it has nothing
 * that ends it. */
static bool is_plain(const char *text)
{
    size_t len = strlen(text);
    unsigned char first = (unsigned char)text[0];
    bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
    bool digit = first >= '0' && first <= '9';
    bool begins = letter || digit || first == '.' || first == '/' || first >= 0x80;
    if (!begins || is_blank(text[len - 1]) || text[len - 1] == ':') {
        return false;
    }
    return strchr(text, '\n') == NULL && strstr(text, ": ") == NULL && strstr(text, " #") == NULL &&
           is_without_escapes(text);
}

/* Whether a block holds it: its first line tells the indentation, and blanks at the end of a line
 * are not to be seen. */
static bool is_block(const char *text)
{
    size_t len = strlen(text);
    return !is_blank(text[0]) && !is_blank(text[len - 1]) && strstr(text, " \n") == NULL &&
           is_without_escapes(text);
}

void writing_text(struct writing *mapping, const char *key, const char *text)
{
    writing_key(mapping, key);
    if (is_plain(text)) {
        fputs(text, mapping->out);
    } else {
        write_quoted(mapping->out, text);
    }
}

void writing_block(struct writing *mapping, const char *key, const char *text)
{
    if (!is_block(text)) {
        writing_text(mapping, key, text);
        return;
    }
    writing_key(mapping, key);
    fputc('|', mapping->out);
    while (text != NULL) {
        size_t len = strcspn(text, "\n");
        fprintf(mapping->out, "\n%s%.*s", len == 0 ? "" : "  ", (int)len, text);
        text = text[len] == 0 ? NULL : text + len + 1;
    }
}
