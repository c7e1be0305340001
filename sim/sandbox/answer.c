#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sandbox/state.h"

static void answer(struct http_exchange *exchange, unsigned status, const char *type,
                   const char *body, size_t len)
{
    struct http_response response = {.status = status, .type = type, .body = body, .body_len = len};
    http_answer(exchange, &response);
}

void answer_ok(struct http_exchange *exchange)
{
    static const char body[] = "{\"result\":\"ok\"}";
    answer(exchange, 200, "application/json", body, sizeof(body) - 1);
}

void answer_later(struct http_exchange *exchange)
{
    static const char body[] = "{\"result\":\"later\"}";
    answer(exchange, 202, "application/json", body, sizeof(body) - 1);
}

void answer_rejected(struct http_exchange *exchange, const char *code)
{
    char body[PROBLEM_BODY_SIZE];
    int len = snprintf(body, sizeof(body),
                       "{\"type\":\"urn:backstep:rejection:%s\",\"title\":\"The service says no\","
                       "\"status\":422,\"code\":\"%s\"}",
                       code, code);
    answer(exchange, 422, "application/problem+json", body, (size_t)len);
}

void answer_problem(struct http_exchange *exchange, enum problem problem, const char *detail)
{
    char body[PROBLEM_BODY_SIZE];
    size_t len = problem_write(body, problem, detail, NULL);
    answer(exchange, problem_status(problem), "application/problem+json", body, len);
}

void answer_json(struct http_exchange *exchange, unsigned status, json_t *value)
{
    char *body = value == NULL ? NULL : json_dumps(value, JSON_INDENT(2));
    json_decref(value);
    if (body == NULL) {
        answer_problem(exchange, PROBLEM_INTERNAL, "out of memory");
        return;
    }
    answer(exchange, status, "application/json", body, strlen(body));
    free(body);
}
