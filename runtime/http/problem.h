/* RFC 9457: what is wrong with a request, as application/problem+json. Every error that leaves the
 * server is one of these; docs/openapi.yaml lists the same. */
#ifndef BACKSTEP_RUNTIME_HTTP_PROBLEM_H
#define BACKSTEP_RUNTIME_HTTP_PROBLEM_H

#include <stddef.h>

/* id, status, code, title. The type is urn:backstep:problem:CODE. */
#define PROBLEMS(X)                                                                                \
    X(PROBLEM_MALFORMED, 400, "malformed", "The request is not what is expected")                  \
    X(PROBLEM_UNAUTHORIZED, 401, "unauthorized", "A token or a signature is missing or wrong")     \
    X(PROBLEM_FORBIDDEN, 403, "forbidden", "This token does not allow that")                       \
    X(PROBLEM_NO_ROUTE, 404, "no_route", "There is nothing at this path")                          \
    X(PROBLEM_NO_CHECKOUT, 404, "no_checkout", "There is no such checkout")                        \
    X(PROBLEM_METHOD, 405, "method_not_allowed", "This path does not take this method")            \
    X(PROBLEM_TIMEOUT, 408, "request_timeout", "The request took too long to arrive")              \
    X(PROBLEM_INVALID_STATE, 409, "invalid_state",                                                 \
      "The checkout is not in a state that allows this")                                           \
    X(PROBLEM_CHECKOUT_EXPIRED, 409, "checkout_expired",                                           \
      "The checkout has expired and is being undone")                                              \
    X(PROBLEM_STEP_FAILED, 409, "step_failed",                                                     \
      "A step has failed and the checkout is being undone")                                        \
    X(PROBLEM_TOO_LARGE, 413, "too_large", "The body is too large")                                \
    X(PROBLEM_URI_TOO_LONG, 414, "uri_too_long", "The path is too long")                           \
    X(PROBLEM_MEDIA_TYPE, 415, "media_type", "The body has another content type")                  \
    X(PROBLEM_CONFLICT, 422, "conflict", "The same id was started with another request")           \
    X(PROBLEM_NO_CALL, 422, "no_call", "The checkout's plan has no such call")                     \
    X(PROBLEM_NO_ATTEMPT, 422, "no_attempt",                                                       \
      "An answer of a compensation must say which attempt it answers")                             \
    X(PROBLEM_HEADERS, 431, "headers_too_large", "The headers are too large")                      \
    X(PROBLEM_INTERNAL, 500, "internal", "Something went wrong here")                              \
    X(PROBLEM_OVERLOADED, 503, "overloaded", "There is too much to do; try again later")           \
    X(PROBLEM_UNAVAILABLE, 503, "unavailable", "The store does not take it now; try again later")  \
    X(PROBLEM_STOPPING, 503, "stopping", "The server is stopping; try again later")                \
    X(PROBLEM_UNKNOWN_PLAN, 503, "unknown_plan",                                                   \
      "The checkout runs on a plan or version that is not here")

enum problem {
#define X(id, status, code, title) id,
    PROBLEMS(X)
#undef X
};

enum { PROBLEM_DETAIL_SIZE = 256, PROBLEM_POINTER_SIZE = 64, PROBLEM_BODY_SIZE = 1024 };

unsigned problem_status(enum problem problem);
const char *problem_code(enum problem problem);
const char *problem_title(enum problem problem);

/*
 * Writes the JSON into `body`; returns its length. `detail`: what exactly is wrong and what is
 * allowed, NULL for none; bytes that are no UTF-8 or would not fit are replaced or cut. `pointer`:
 * RFC 6901, to the member of the body that is wrong; NULL for none.
 */
size_t problem_write(char body[PROBLEM_BODY_SIZE], enum problem problem, const char *detail,
                     const char *pointer);

#endif
