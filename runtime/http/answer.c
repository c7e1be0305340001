#include <stdio.h>
#include <string.h>

#include "runtime/http/state.h"

static bool add(struct MHD_Response *response, const char *name, const char *value)
{
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

bool http_add_headers(struct MHD_Response *response, const char *type)
{
    return add(response, "X-Content-Type-Options", "nosniff") &&
           add(response, "Cache-Control", "no-store") &&
           (type == NULL || add(response, "Content-Type", type));
}

static bool add_headers(struct MHD_Response *made, const struct http_response *response)
{
    bool added = http_add_headers(made, response->type);

    for (size_t i = 0; i < HTTP_HEADERS_MAX && response->headers[i].name != NULL; i++)
        added = added && add(made, response->headers[i].name, response->headers[i].value);
    return added;
}

struct MHD_Response *http_response_make(const struct http_response *response)
{
    /* It is copied, although the type does not say so. */
    union {
        const char *ours;
        void *theirs;
    } body = {response->body};
    struct MHD_Response *made = MHD_create_response_from_buffer(
        response->type == NULL ? 0 : response->body_len, body.theirs, MHD_RESPMEM_MUST_COPY);

    if (made != NULL && !add_headers(made, response)) {
        MHD_destroy_response(made);
        return NULL;
    }
    return made;
}

struct MHD_Response *http_problem_make(enum problem problem, const char *detail)
{
    char body[PROBLEM_BODY_SIZE];
    struct http_response response = {.status = problem_status(problem),
                                     .type = "application/problem+json",
                                     .body = body,
                                     .body_len = problem_write(body, problem, detail, NULL)};

    if (response.status == 503)
        response.headers[0] = (struct http_header){"Retry-After", "1"};
    return http_response_make(&response);
}
