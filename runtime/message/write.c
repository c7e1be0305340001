#include "runtime/message/write.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/message/writing.h"
#include "runtime/text/utc.h"
#include "runtime/text/utf8.h"

static_assert((int)MESSAGE_TIME_SIZE >= (int)UTC_SIZE, "an instant fits");

void message_format_time(char text[MESSAGE_TIME_SIZE], uint64_t time_ns)
{
    utc_format(text, time_ns, 9);
}

void message_put(struct message_tree *tree, json_t *object, const char *name, json_t *value)
{
    tree->failed |= json_object_set_new_nocheck(object, name, value) != 0;
}

void message_append(struct message_tree *tree, json_t *array, json_t *value)
{
    tree->failed |= json_array_append_new(array, value) != 0;
}

json_t *message_text(const char *text, size_t size)
{
    char clean[MESSAGE_TEXT_MAX + 1];
    size_t len = utf8_copy(clean, sizeof clean, text, strnlen(text, size));
    return json_stringn_nocheck(clean, len);
}

json_t *message_text_or_null(const char *text, size_t size)
{
    return size == 0 || text[0] == '\0' ? json_null() : message_text(text, size);
}

json_t *message_number(uint64_t number)
{
    return json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number);
}

json_t *message_time(uint64_t time_ns)
{
    char text[UTC_SIZE];
    if (time_ns == SAGA_NEVER) {
        return json_null();
    }
    utc_format(text, time_ns, 9);
    return json_string_nocheck(text);
}

json_t *message_flags(struct message_tree *tree, const struct saga_plan *plan, uint32_t flags)
{
    json_t *names = json_array();
    for (uint8_t i = 0; i < plan->flags_len; i++) {
        if ((flags >> i & 1) != 0) {
            message_append(tree, names, message_text(plan->flags[i], SAGA_NAME_MAX));
        }
    }
    return names;
}

/* Text that grows. */
struct output {
    char *bytes;
    size_t len;
    size_t size;
    bool failed;
};

/* jansson 2.14 does not look whether the key of a member was taken; `failed` remembers. */
static int take(const char *bytes, size_t len, void *context)
{
    struct output *output = context;
    if (len >= output->size - output->len) {
        size_t size = 2 * (output->size + len) + 256;
        char *longer = realloc(output->bytes, size);
        if (longer == NULL) {
            output->failed = true;
            return -1;
        }
        output->bytes = longer;
        output->size = size;
    }
    memcpy(output->bytes + output->len, bytes, len);
    output->len += len;
    output->bytes[output->len] = '\0';
    return 0;
}

/* Puts the context behind the last member of the object. */
static void add_context(struct output *output, const struct saga_request *request)
{
    static const char name[] = ",\"context\":";
    assert(request->context_len <= SAGA_CONTEXT_MAX);
    output->len -= 1; /* the end of the object */
    (void)take(name, sizeof name - 1, output);
    if (request->context_len == 0) {
        (void)take("{}", 2, output);
    } else {
        (void)take((const char *)request->context, request->context_len, output);
    }
    (void)take("}", 1, output);
}

char *message_finish(struct message_tree *tree, json_t *root, const struct saga_request *request,
                     size_t *len)
{
    struct output output = {.failed = tree->failed};
    if (json_dump_callback(root, take, &output, JSON_COMPACT) != 0) {
        output.failed = true;
    }
    json_decref(root);
    if (!output.failed && request != NULL) {
        add_context(&output, request);
    }
    if (output.failed) {
        free(output.bytes);
        return NULL;
    }
    *len = output.len;
    return output.bytes;
}

char *message_write_call(const struct saga_plan *plan, const struct saga_session *session,
                         const struct store_request *request, const struct saga_call *call,
                         size_t *len)
{
    struct message_tree tree = {0};
    const struct saga_request *asked = &request->request;
    json_t *root = json_object();
    message_put(&tree, root, "checkout", message_text(session->id, SAGA_ID_MAX));
    message_put(&tree, root, "call", message_text(saga_call_name(plan, call->call), SAGA_NAME_MAX));
    message_put(&tree, root, "attempt", message_number(call->attempt));
    message_put(&tree, root, "cart", message_text(asked->cart, SAGA_ID_MAX));
    message_put(&tree, root, "flags", message_flags(&tree, plan, asked->flags));
    return message_finish(&tree, root, asked, len);
}
