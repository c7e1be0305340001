#include "runtime/message/read.h"

#include <assert.h>
#include <string.h>

#include "runtime/message/fields.h"
#include "runtime/message/json.h"

static const struct message_field code_field = {
    "code", SAGA_CODE_MAX, MESSAGE_LOWER MESSAGE_UPPER MESSAGE_DIGITS "._-",
    "the service's own code: 1 to 23 of A-Z a-z 0-9 . _ -"};

static const struct message_field call_field = {
    "call", SAGA_NAME_MAX, MESSAGE_LOWER MESSAGE_DIGITS "_",
    "the name of a step or compensation: 1 to 31 of a-z 0-9 _"};

static const struct message_field compensation_field = {
    "compensation", SAGA_NAME_MAX, MESSAGE_LOWER MESSAGE_DIGITS "_",
    "the name of a compensation: 1 to 31 of a-z 0-9 _"};

static struct message_field id_field(const char *name)
{
    return (struct message_field){
        name, SAGA_ID_MAX, MESSAGE_LOWER MESSAGE_UPPER MESSAGE_DIGITS "._~-", MESSAGE_ID_WHAT};
}

bool message_take_id_text(const char *name, const char *text, const char *pointer,
                          struct message_error *error, char id[SAGA_ID_MAX + 1])
{
    struct message_field field = id_field(name);
    if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0) {
        return message_wrong(error, PROBLEM_MALFORMED, pointer,
                             "`%s` is `%s`, which means something else in a path; expected is %s",
                             name, text, field.what);
    }
    return message_take_text(&field, text, pointer, error, id);
}

bool message_take_id(const struct message_place *place, const char *name, char id[SAGA_ID_MAX + 1])
{
    struct message_field field = id_field(name);
    char pointer[PROBLEM_POINTER_SIZE];
    char taken[SAGA_ID_MAX + 1];
    message_point(pointer, place, name);
    return message_take(place, &field, taken) &&
           message_take_id_text(name, taken, pointer, place->error, id);
}

bool message_read_id(const char *text, char id[SAGA_ID_MAX + 1], struct message_error *error)
{
    return message_take_id_text("id", text, "", error, id);
}

bool message_take_code(const struct message_place *place, char code[SAGA_CODE_MAX + 1])
{
    return message_take(place, &code_field, code);
}

static bool read_answer(const struct message_place *place, struct engine_input *input)
{
    struct yaml_names names = {0};
    for (unsigned answer = SAGA_ANSWER_OK; answer <= SAGA_ANSWER_UNAVAILABLE; answer++) {
        yaml_names_add(&names, saga_answer_name((enum saga_answer)answer));
    }
    size_t answer = message_take_name(place, "answer", &names, "an answer");
    input->answer = (uint8_t)answer;
    return answer < names.len;
}

static bool read_code_of_answer(const struct message_place *place, struct engine_input *input)
{
    if (input->answer == SAGA_ANSWER_REJECTED) {
        return message_take_code(place, input->code);
    }
    return json_object_get(place->object, "code") == NULL ||
           message_wrong_member(place, "code", "has no place here",
                                "a code with the answer `rejected` only");
}

bool message_read_reply(const char *bytes, size_t len, struct engine_input *input,
                        struct message_error *error)
{
    static const char *const known[] = {"checkout", "call", "attempt", "answer", "code", NULL};
    memset(input, 0, sizeof *input);
    input->kind = ENGINE_REPLY;
    json_t *root = message_parse(bytes, len, error);
    struct message_place place = {root, "", error};
    bool fine = root != NULL && message_only(&place, known) &&
                message_take_id(&place, "checkout", input->id) &&
                message_take(&place, &call_field, input->call) &&
                message_take_attempt(&place, &input->attempt) && read_answer(&place, input) &&
                read_code_of_answer(&place, input);
    json_decref(root);
    return fine;
}

bool message_read_operator(const char *bytes, size_t len, const char *id,
                           enum engine_input_kind kind, struct engine_input *input,
                           struct message_error *error)
{
    static const char *const known[] = {"compensation", NULL};
    assert(kind == ENGINE_RETRY || kind == ENGINE_RESOLVE);
    memset(input, 0, sizeof *input);
    input->kind = (uint8_t)kind;
    if (!message_read_id(id, input->id, error)) {
        return false;
    }
    json_t *root = message_parse(bytes, len, error);
    struct message_place place = {root, "", error};
    bool fine = root != NULL && message_only(&place, known) &&
                message_take(&place, &compensation_field, input->call);
    json_decref(root);
    return fine;
}

void message_read_code(const char *bytes, size_t len, char code[SAGA_CODE_MAX + 1])
{
    struct message_error error;
    memset(code, 0, SAGA_CODE_MAX + 1);
    json_t *root = message_parse(bytes, len, &error);
    struct message_place place = {root, "", &error};
    if (root != NULL) {
        (void)message_take_code(&place, code);
    }
    json_decref(root);
}
