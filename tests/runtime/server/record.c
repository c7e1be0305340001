#include "tests/runtime/server/record.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *text(const char *value)
{
    return value == NULL ? json_null() : json_string(value);
}

void record_exchange(const char *method, const char *target, const char *headers, const char *body,
                     const struct http_reply *reply)
{
    const char *path = getenv("BACKSTEP_EXCHANGES");
    FILE *file = path != NULL && path[0] != '\0' ? fopen(path, "a") : NULL;
    if (file == NULL) {
        return;
    }
    json_t *line = json_object();
    json_object_set_new(line, "method", text(method));
    json_object_set_new(line, "target", text(target));
    json_object_set_new(line, "headers", text(headers));
    json_object_set_new(line, "body", text(body));
    json_object_set_new(line, "status", json_integer(reply->status));
    json_object_set_new(line, "reply_head", text(reply->head));
    json_object_set_new(line, "reply_body", text(reply->body));
    json_dumpf(line, file, JSON_COMPACT);
    json_decref(line);
    fputc('\n', file);
    fclose(file);
}
