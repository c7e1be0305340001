#include "runtime/yaml/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/text/utf8.h"
#include "runtime/yaml/document.h"

static const char *what_it_is(mode_t mode)
{
    if (S_ISDIR(mode)) {
        return "a folder";
    }
    if (S_ISFIFO(mode) || S_ISSOCK(mode)) {
        return "a pipe";
    }
    return "a device";
}

/* Reads until the end of the file, or until there is more than a file may have. */
static bool read_all(int fd, char *bytes, size_t *size)
{
    *size = 0;
    while (*size <= YAML_FILE_MAX) {
        ssize_t got = read(fd, bytes + *size, YAML_FILE_MAX + 1 - *size);
        if (got == 0) {
            return true;
        }
        if (got < 0 && errno != EINTR) {
            return false;
        }
        if (got > 0) {
            *size += (size_t)got;
        }
    }
    return true;
}

static bool read_open(int fd, const char *path, char **bytes, size_t *size,
                      struct yaml_errors *errors)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        yaml_errors_add(errors, path, 1, 1, "cannot be read: %s", strerror(errno));
        return false;
    }
    if (!S_ISREG(status.st_mode)) {
        yaml_errors_add(errors, path, 1, 1, "this is %s; a file is expected here",
                        what_it_is(status.st_mode));
        return false;
    }
    *bytes = malloc(YAML_FILE_MAX + 1);
    if (*bytes == NULL) {
        yaml_errors_add_no_memory(errors);
        return false;
    }
    bool read = read_all(fd, *bytes, size);
    if (!read) {
        yaml_errors_add(errors, path, 1, 1, "cannot be read: %s", strerror(errno));
    }
    if (read && *size > YAML_FILE_MAX) {
        yaml_errors_add(errors, path, 1, 1, "the file is too large; at most %d KiB are read",
                        YAML_FILE_MAX / 1024);
    }
    if (read && *size <= YAML_FILE_MAX) {
        return true;
    }
    free(*bytes);
    *bytes = NULL;
    return false;
}

bool yaml_source_read(const char *path, char **bytes, size_t *size, struct yaml_errors *errors)
{
    *bytes = NULL;
    *size = 0;
    /* O_NONBLOCK: opening a pipe that nobody writes to must not wait. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        yaml_errors_add(errors, path, 1, 1, "cannot be read: %s; is the path right?",
                        strerror(errno));
        return false;
    }
    bool read = read_open(fd, path, bytes, size, errors);
    close(fd);
    return read;
}

static bool is_control(unsigned char byte)
{
    return byte == 0x7f || (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r');
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_mark(const char *bytes, size_t size, size_t at)
{
    return size - at >= YAML_MARK_SIZE && memcmp(bytes + at, "\xef\xbb\xbf", YAML_MARK_SIZE) == 0;
}

size_t yaml_source_start(const char *bytes, size_t size)
{
    return is_mark(bytes, size, 0) ? YAML_MARK_SIZE : 0;
}

/* Where the check is. */
struct place {
    const char *name;
    struct yaml_errors *errors;
    uint32_t line;
    uint32_t column;
    uint32_t blanks; /* that follow one another up to here */
    uint32_t quotes; /* likewise, single ones */
};

static bool refuse(const struct place *place, const char *sentence)
{
    yaml_errors_add(place->errors, place->name, place->line, place->column, "%s", sentence);
    return false;
}

static bool refuse_byte(const struct place *place, const char *what, char byte, const char *way_out)
{
    yaml_errors_add(place->errors, place->name, place->line, place->column, "the %s 0x%02x %s",
                    what, (unsigned char)byte, way_out);
    return false;
}

/* Whether nothing is wrong with the character there, which takes len bytes. */
static bool check_at(const struct place *place, const char *bytes, size_t size, size_t at,
                     size_t len)
{
    bool line_start = at == 0 || bytes[at - 1] == '\n' || bytes[at - 1] == '\r';
    if (len == 0) {
        return refuse_byte(place, "byte", bytes[at],
                           "is not UTF-8 here; save the file as UTF-8 text");
    }
    if (is_control((unsigned char)bytes[at])) {
        return refuse_byte(place, "control character", bytes[at],
                           "has no place in a YAML file; is this text in UTF-8?");
    }
    if (is_mark(bytes, size, at)) {
        return refuse(place, "a byte order mark has no place within a file; take it out");
    }
    if (line_start && bytes[at] == '%') {
        return refuse(place, "directives (`%...`) are not read; leave the line out");
    }
    if (place->blanks > YAML_BLANKS_MAX) {
        return refuse(place, "too much empty space; at most 256 blanks and line breaks may follow "
                             "one another");
    }
    if (place->quotes > YAML_QUOTES_MAX) {
        return refuse(place, "too many quotes; at most 7 single quotes may follow one another");
    }
    return true;
}

static void move_on(struct place *place, char byte)
{
    bool newline = byte == '\n';
    place->line += newline ? 1 : 0;
    place->column = newline ? 1 : place->column + 1;
}

bool yaml_source_check(const char *name, const char *bytes, size_t size, struct yaml_errors *errors)
{
    struct place place = {.name = name, .errors = errors, .line = 1, .column = 1};
    if (size >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0)) {
        return refuse(&place, "this is UTF-16; save the file as UTF-8 text");
    }
    for (size_t i = 0; i < size;) {
        size_t len = utf8_length(bytes + i, size - i);
        place.blanks = is_blank(bytes[i]) ? place.blanks + 1 : 0;
        place.quotes = bytes[i] == '\'' ? place.quotes + 1 : 0;
        if (!check_at(&place, bytes, size, i, len)) {
            return false;
        }
        move_on(&place, bytes[i]);
        i += len;
    }
    return true;
}
