/*
 * Inside the room: values for a tree of jansson's. Each may be NULL when memory is out; put() and
 * append() take the value over and note that, so that only the end has to ask.
 */
#ifndef BACKSTEP_RUNTIME_MESSAGE_WRITING_H
#define BACKSTEP_RUNTIME_MESSAGE_WRITING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/plan.h"
#include "core/request.h"

enum { MESSAGE_TEXT_MAX = 1023 /* bytes of a text that is written; a longer one is cut */ };

/* A tree that is being made. */
struct message_tree {
    bool failed;
};

void message_put(struct message_tree *tree, json_t *object, const char *name, json_t *value);
void message_append(struct message_tree *tree, json_t *array, json_t *value);

/* A string of at most `size` bytes, mended; null for "". */
json_t *message_text(const char *text, size_t size);
json_t *message_text_or_null(const char *text, size_t size);
json_t *message_number(uint64_t number);

/* An instant; null for SAGA_NEVER. */
json_t *message_time(uint64_t time_ns);

/* The names of the flags that are set. */
json_t *message_flags(struct message_tree *tree, const struct saga_plan *plan, uint32_t flags);

/*
 * The text of the tree, from malloc(); the tree is gone. With a request, its context becomes the
 * last member of the object: as the bytes that were kept, so that every number stays as it was.
 */
char *message_finish(struct message_tree *tree, json_t *root, const struct saga_request *request,
                     size_t *len);

#endif
