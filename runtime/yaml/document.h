/*
 * One YAML file as a tree that can be trusted: bounded in size, depth and number of nodes; keys
 * are scalars and none stands twice; no anchors, aliases, merge keys, tags, further documents,
 * control characters or bytes that are not UTF-8. Whatever else libfyaml would accept is refused
 * here, each at its place, so a cyclic or an exploding file has nothing to work with.
 */
#ifndef BACKSTEP_RUNTIME_YAML_DOCUMENT_H
#define BACKSTEP_RUNTIME_YAML_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/yaml/errors.h"

enum {
    YAML_FILE_MAX = 1024 * 1024, /* bytes */
    YAML_DEPTH_MAX = 16,         /* mappings and lists within each other */
    YAML_NODES_MAX = 20000
};

enum yaml_form { YAML_SCALAR, YAML_LIST, YAML_MAPPING };

struct yaml_node {
    enum yaml_form form;
    uint32_t line;           /* from 1 */
    uint32_t column;         /* from 1, in characters */
    uint32_t len;            /* bytes of text, items, or pairs */
    bool quoted;             /* a scalar that is certainly text */
    bool broken;             /* an error was reported about it: say no more */
    const char *text;        /* scalar, key: without NUL bytes inside */
    struct yaml_node *first; /* list: its items; mapping: its keys */
    struct yaml_node *next;  /* the next item or key */
    struct yaml_node *value; /* key: what it stands for */
};

struct yaml_document {
    char *name; /* as errors name it */
    struct yaml_node *root;
    struct yaml_chunk *chunks; /* of the arena that everything here lives in */
    uint32_t nodes_len;
};

/*
 * Reads the file at path. Returns false if there is no tree to go on with; anything wrong is added
 * to errors in both cases: a tree may come with errors, of which it shows no trace but `broken`.
 * Free the document in both cases.
 */
bool yaml_document_load(struct yaml_document *document, const char *path,
                        struct yaml_errors *errors);

/* The same of bytes in memory, under a name for the errors. */
bool yaml_document_load_memory(struct yaml_document *document, const char *name, const char *bytes,
                               size_t size, struct yaml_errors *errors);

void yaml_document_free(struct yaml_document *document);

/* What the key stands for in the mapping; NULL if it is not there or if this is no mapping. */
struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key);

/* The key itself, for errors about it; NULL likewise. */
struct yaml_node *yaml_get_key(const struct yaml_node *mapping, const char *key);

/* As yaml_get(), but NULL also for what is no scalar or has an error reported about it. */
struct yaml_node *yaml_get_scalar(const struct yaml_node *mapping, const char *key);

/* Adds an error at the node, and marks it broken. */
void yaml_report(const struct yaml_document *document, struct yaml_errors *errors,
                 struct yaml_node *node, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
