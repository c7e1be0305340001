/* CloudEvents 1.0.2: https://github.com/cloudevents/spec, spec.md, formats/json-format.md and
 * extensions/distributed-tracing.md. */
#include <inttypes.h>
#include <stdio.h>

#include "runtime/message/write.h"
#include "runtime/message/writing.h"

static json_t *write_data(struct message_tree *tree, const struct store_event *event)
{
    json_t *data = json_object();
    message_put(tree, data, "checkout", message_text(event->id, SAGA_ID_MAX));
    message_put(tree, data, "plan", message_text(event->plan, SAGA_NAME_MAX));
    message_put(tree, data, "version", message_number(event->plan_version));
    message_put(tree, data, "sequence", message_number(event->sequence));
    message_put(tree, data, "position", message_number(event->position));
    if (event->kind == SAGA_FAILURE || event->kind == SAGA_EXPIRY) {
        message_put(tree, data, "step", message_text_or_null(event->step, SAGA_NAME_MAX));
        message_put(tree, data, "reason", message_text_or_null(event->reason, SAGA_NAME_MAX));
        message_put(tree, data, "code", message_text_or_null(event->code, SAGA_CODE_MAX));
    }
    return data;
}

static json_t *write_event(struct message_tree *tree, const struct store_event *event,
                           const char *source)
{
    char id[SAGA_ID_MAX + 16];
    char whole_source[MESSAGE_TEXT_MAX + 1];
    json_t *object = json_object();
    snprintf(id, sizeof id, "%.*s:%" PRIu32, SAGA_ID_MAX, event->id, event->sequence);
    snprintf(whole_source, sizeof whole_source, "%s/%.*s", source, SAGA_NAME_MAX, event->plan);
    message_put(tree, object, "specversion", json_string_nocheck("1.0"));
    message_put(tree, object, "id", message_text(id, sizeof id));
    message_put(tree, object, "source", message_text(whole_source, sizeof whole_source));
    message_put(tree, object, "type", message_text(event->name, SAGA_NAME_MAX));
    message_put(tree, object, "subject", message_text(event->id, SAGA_ID_MAX));
    message_put(tree, object, "time", message_time(event->at_ns));
    if (event->traceparent[0] != '\0') {
        message_put(tree, object, "traceparent",
                    message_text(event->traceparent, STORE_TRACEPARENT_MAX));
    }
    message_put(tree, object, "datacontenttype", json_string_nocheck("application/json"));
    message_put(tree, object, "data", write_data(tree, event));
    return object;
}

static json_t *write_array(struct message_tree *tree, const struct store_event *events,
                           size_t events_len, const char *source)
{
    json_t *array = json_array();
    for (size_t i = 0; i < events_len; i++) {
        message_append(tree, array, write_event(tree, &events[i], source));
    }
    return array;
}

char *message_write_event(const struct store_event *event, const char *source, size_t *len)
{
    struct message_tree tree = {0};
    json_t *root = write_event(&tree, event, source);
    return message_finish(&tree, root, NULL, len);
}

char *message_write_events(const struct store_event *events, size_t events_len, const char *source,
                           size_t *len)
{
    struct message_tree tree = {0};
    json_t *root = write_array(&tree, events, events_len, source);
    return message_finish(&tree, root, NULL, len);
}

char *message_write_history(const struct store_event *events, size_t events_len, const char *source,
                            const char *next, size_t *len)
{
    struct message_tree tree = {0};
    json_t *root = json_object();
    message_put(&tree, root, "events", write_array(&tree, events, events_len, source));
    message_put(&tree, root, "next",
                next == NULL ? json_null() : message_text(next, MESSAGE_TEXT_MAX));
    return message_finish(&tree, root, NULL, len);
}
