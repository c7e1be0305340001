#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "runtime/message/fields.h"
#include "runtime/message/json.h"
#include "runtime/message/read.h"
#include "runtime/message/trace.h"

static const struct message_field cart_field = {
    "cart", SAGA_ID_MAX, NULL, "the id of the cart: 1 to 39 bytes without control characters"};

/* The highest version of that name; NULL for none. */
static const struct saga_plan *find_plan(const struct message_plans *plans, const char *name)
{
    const struct saga_plan *found = NULL;
    for (size_t i = 0; i < plans->plans_len; i++) {
        const struct saga_plan *plan = plans->plans[i];
        if (strcmp(plan->name, name) == 0 && (found == NULL || plan->version > found->version)) {
            found = plan;
        }
    }
    return found;
}

static bool read_plan(const struct message_place *place, const struct message_plans *plans,
                      struct engine_input *input)
{
    struct yaml_names names = {0};
    size_t named = 0;
    for (size_t i = 0; i < plans->plans_len; i++) {
        if (plans->plans[i] == find_plan(plans, plans->plans[i]->name)) {
            yaml_names_add(&names, plans->plans[i]->name);
        }
    }
    const char *name = plans->plans[0]->name;
    if (json_object_get(place->object, "plan") != NULL) {
        named = message_take_name(place, "plan", &names, "one of the plans that run here");
        name = named < names.len ? names.names[named] : NULL;
    }
    input->plan = name == NULL ? NULL : find_plan(plans, name);
    return input->plan != NULL;
}

/* The header's value as it is meant: without the quotes of a structured field. False with an error
 * when it is no id. */
static bool read_key(const char *key, char id[SAGA_ID_MAX + 1], struct message_error *error)
{
    char bare[SAGA_ID_MAX + 2];
    size_t len = strlen(key);
    bool quoted = len >= 2 && key[0] == '"' && key[len - 1] == '"';
    int printed = quoted ? snprintf(bare, sizeof bare, "%.*s",
                                    (int)strnlen(key, sizeof bare + 1) - 2, key + 1)
                         : snprintf(bare, sizeof bare, "%s", key);
    (void)printed; /* one that is cut is still too long */
    return message_take_id_text("Idempotency-Key", bare, "", error, id);
}

static bool read_id(const struct message_place *place, const char *key, struct engine_input *input)
{
    char of_key[SAGA_ID_MAX + 1];
    bool in_body = json_object_get(place->object, "id") != NULL;
    if (!in_body && key == NULL) {
        return message_wrong_member(place, "id", "is missing",
                                    MESSAGE_ID_WHAT ", here or as Idempotency-Key");
    }
    if (key != NULL && !read_key(key, of_key, place->error)) {
        return false;
    }
    if (!in_body) {
        memcpy(input->id, of_key, sizeof of_key);
        return true;
    }
    if (!message_take_id(place, "id", input->id)) {
        return false;
    }
    return key == NULL || strcmp(of_key, input->id) == 0 ||
           message_wrong(place->error, PROBLEM_MALFORMED, "/id",
                         "`id` is `%s` and the Idempotency-Key is `%s`; both must be the same",
                         input->id, of_key);
}

static size_t find_flag(const struct saga_plan *plan, const char *name)
{
    size_t i = 0;
    while (i < plan->flags_len && strcmp(plan->flags[i], name) != 0) {
        i++;
    }
    return i;
}

static bool refuse_flag(const struct message_place *place, const struct saga_plan *plan,
                        size_t index, const json_t *value)
{
    struct yaml_names names = {0};
    char pointer[PROBLEM_POINTER_SIZE];
    char shown[YAML_SHOWN_MAX];
    char list[YAML_LIST_MAX];
    for (uint8_t i = 0; i < plan->flags_len; i++) {
        yaml_names_add(&names, plan->flags[i]);
    }
    yaml_names_list(&names, list);
    snprintf(pointer, sizeof pointer, "/flags/%zu", index);
    if (!json_is_string(value)) {
        return message_wrong(place->error, PROBLEM_MALFORMED, pointer,
                             "a flag is %s; expected is a string: %s", message_type(value), list);
    }
    const char *guess = yaml_names_guess(&names, json_string_value(value));
    return message_wrong(
        place->error, PROBLEM_MALFORMED, pointer, "unknown flag `%s`%s%s%s; plan `%s` has %s",
        yaml_show(shown, json_string_value(value)), guess == NULL ? "" : " (did you mean `",
        guess == NULL ? "" : guess, guess == NULL ? "" : "`?)", plan->name, list);
}

static bool read_flags(const struct message_place *place, struct engine_input *input)
{
    const json_t *flags = json_object_get(place->object, "flags");
    uint32_t *bits = &input->request.request.flags;
    if (flags == NULL) {
        return true;
    }
    if (!json_is_array(flags)) {
        return message_wrong(place->error, PROBLEM_MALFORMED, "/flags",
                             "`flags` is %s; expected is an array of names", message_type(flags));
    }
    for (size_t i = 0; i < json_array_size(flags); i++) {
        const json_t *value = json_array_get(flags, i);
        size_t flag = json_is_string(value) ? find_flag(input->plan, json_string_value(value))
                                            : input->plan->flags_len;
        if (flag == input->plan->flags_len) {
            return refuse_flag(place, input->plan, i, value);
        }
        if ((*bits >> flag & 1) != 0) {
            char pointer[PROBLEM_POINTER_SIZE];
            snprintf(pointer, sizeof pointer, "/flags/%zu", i);
            return message_wrong(place->error, PROBLEM_MALFORMED, pointer,
                                 "the flag `%s` stands here twice", input->plan->flags[flag]);
        }
        *bits |= UINT32_C(1) << flag;
    }
    return true;
}

/* Whether the context, as it is kept, is read as what it was: every number in full. */
static bool is_kept(const json_t *context, const struct saga_request *request,
                    struct message_error *error, bool *same)
{
    json_t *again = message_parse((const char *)request->context, request->context_len, error);
    *same = again != NULL && json_equal(context, again) == 1;
    json_decref(again);
    return again != NULL;
}

/* Keeps it as compact JSON with sorted keys; a number gets as many digits as it takes to be read
 * as the same. */
static bool keep_context(const json_t *context, struct saga_request *request,
                         struct message_error *error)
{
    bool same = false;
    for (size_t precision = 15; !same && precision <= 17; precision++) { /* 17 always suffice */
        size_t len = json_dumpb(context, (char *)request->context, SAGA_CONTEXT_MAX,
                                JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(precision));
        if (len == 0) {
            return message_no_memory(error);
        }
        if (len > SAGA_CONTEXT_MAX) {
            return message_wrong(error, PROBLEM_MALFORMED, "/context",
                                 "`context` has %zu bytes as compact JSON; at most %d are kept: "
                                 "send references, not data",
                                 len, SAGA_CONTEXT_MAX);
        }
        memset(request->context + len, 0, SAGA_CONTEXT_MAX - len);
        request->context_len = (uint32_t)len;
        if (!is_kept(context, request, error, &same)) {
            return false;
        }
    }
    return true;
}

static bool read_context(const struct message_place *place, struct engine_input *input)
{
    const json_t *context = json_object_get(place->object, "context");
    if (context != NULL && !json_is_object(context)) {
        return message_wrong(place->error, PROBLEM_MALFORMED, "/context",
                             "`context` is %s; expected is an object", message_type(context));
    }
    return json_object_size(context) == 0 ||
           keep_context(context, &input->request.request, place->error);
}

bool message_read_start(const char *bytes, size_t len, const char *key, const char *traceparent,
                        const struct message_plans *plans, struct engine_input *input,
                        struct message_error *error)
{
    static const char *const known[] = {"id", "cart", "flags", "context", "plan", NULL};
    assert(plans->plans_len > 0);
    memset(input, 0, sizeof *input);
    input->kind = ENGINE_START;
    json_t *root = message_parse(bytes, len, error);
    struct message_place place = {root, "", error};
    struct saga_request *request = &input->request.request;
    bool fine = root != NULL && message_only(&place, known) && read_plan(&place, plans, input) &&
                read_id(&place, key, input) && message_take(&place, &cart_field, request->cart) &&
                read_flags(&place, input) && read_context(&place, input);
    json_decref(root);
    memcpy(request->id, input->id, sizeof request->id);
    (void)trace_take(input->request.traceparent, traceparent);
    return fine;
}
