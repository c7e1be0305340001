#include "runtime/yaml/errors.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool yaml_errors_any(const struct yaml_errors *errors)
{
    return yaml_errors_count(errors) > 0;
}

uint32_t yaml_errors_count(const struct yaml_errors *errors)
{
    return errors->len + errors->dropped + (errors->no_memory ? 1 : 0);
}

void yaml_errors_add_no_memory(struct yaml_errors *errors)
{
    errors->no_memory = true;
}

static void add_text(struct yaml_errors *errors, const char *file, uint32_t line, uint32_t column,
                     const char *text)
{
    if (errors->len == YAML_ERRORS_MAX) {
        errors->dropped++;
        return;
    }
    if (errors->items == NULL) {
        errors->items = calloc(YAML_ERRORS_MAX, sizeof *errors->items);
    }
    size_t file_size = strlen(file) + 1;
    size_t text_size = strlen(text) + 1;
    char *copy = errors->items == NULL ? NULL : malloc(file_size + text_size);
    if (copy == NULL) {
        errors->no_memory = true;
        return;
    }
    memcpy(copy, file, file_size);
    memcpy(copy + file_size, text, text_size);
    errors->items[errors->len] = (struct yaml_error){.file = copy,
                                                     .line = line,
                                                     .column = column,
                                                     .number = errors->len,
                                                     .text = copy + file_size};
    errors->len++;
}

void yaml_errors_add(struct yaml_errors *errors, const char *file, uint32_t line, uint32_t column,
                     const char *format, ...)
{
    char text[YAML_ERROR_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    add_text(errors, file, line, column, text);
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int compare_errors(const void *left, const void *right)
{
    const struct yaml_error *a = left;
    const struct yaml_error *b = right;
    int order = strcmp(a->file, b->file);
    if (order == 0) {
        order = compare_numbers(a->line, b->line);
    }
    if (order == 0) {
        order = compare_numbers(a->column, b->column);
    }
    if (order == 0) {
        order = compare_numbers(a->number, b->number);
    }
    return order;
}

static bool says_the_same(const struct yaml_error *a, const struct yaml_error *b)
{
    return a->line == b->line && a->column == b->column && strcmp(a->file, b->file) == 0 &&
           strcmp(a->text, b->text) == 0;
}

void yaml_errors_sort(struct yaml_errors *errors)
{
    if (errors->len == 0) {
        return;
    }
    qsort(errors->items, errors->len, sizeof *errors->items, compare_errors);
    uint32_t kept = 1;
    for (uint32_t i = 1; i < errors->len; i++) {
        if (says_the_same(&errors->items[i], &errors->items[kept - 1])) {
            free(errors->items[i].file);
        } else {
            errors->items[kept++] = errors->items[i];
        }
    }
    errors->len = kept;
    for (uint32_t i = 0; i < kept; i++) {
        errors->items[i].number = i;
    }
}

void yaml_errors_print(const struct yaml_errors *errors, FILE *out)
{
    for (uint32_t i = 0; i < errors->len; i++) {
        const struct yaml_error *error = &errors->items[i];
        fprintf(out, "%s:%u:%u: %s\n", error->file, error->line, error->column, error->text);
    }
    if (errors->dropped > 0) {
        fprintf(out, "and %u more: mend these first\n", errors->dropped);
    }
    if (errors->no_memory) {
        fprintf(out, "out of memory: what was read so far is not complete\n");
    }
}

void yaml_errors_free(struct yaml_errors *errors)
{
    for (uint32_t i = 0; i < errors->len; i++) {
        free(errors->items[i].file);
    }
    free(errors->items);
    *errors = (struct yaml_errors){0};
}
