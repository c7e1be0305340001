#include "runtime/yaml/document.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/yaml/arena.h"

void yaml_document_free(struct yaml_document *document)
{
    yaml_arena_free(&document->chunks);
    *document = (struct yaml_document){0};
}

struct yaml_node *yaml_get_key(const struct yaml_node *mapping, const char *key)
{
    if (mapping == NULL || mapping->form != YAML_MAPPING) {
        return NULL;
    }
    for (struct yaml_node *pair = mapping->first; pair != NULL; pair = pair->next) {
        if (strcmp(pair->text, key) == 0) {
            return pair;
        }
    }
    return NULL;
}

struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key)
{
    struct yaml_node *pair = yaml_get_key(mapping, key);
    return pair == NULL ? NULL : pair->value;
}

struct yaml_node *yaml_get_scalar(const struct yaml_node *mapping, const char *key)
{
    struct yaml_node *node = yaml_get(mapping, key);
    return node == NULL || node->broken || node->form != YAML_SCALAR ? NULL : node;
}

void yaml_report(const struct yaml_document *document, struct yaml_errors *errors,
                 struct yaml_node *node, const char *format, ...)
{
    char text[YAML_ERROR_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    yaml_errors_add(errors, document->name, node->line, node->column, "%s", text);
    node->broken = true;
}
