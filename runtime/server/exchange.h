/* One request and its one answer, from the route that was found to the line in the log. */
#ifndef BACKSTEP_RUNTIME_SERVER_EXCHANGE_H
#define BACKSTEP_RUNTIME_SERVER_EXCHANGE_H

#include <stdint.h>

#include "runtime/access/access.h"
#include "runtime/http/server.h"
#include "runtime/message/read.h"

struct route;
struct server;

/* A plain value; whoever has it must answer it. */
struct server_exchange {
    struct http_exchange *http;
    const struct route *route;
    enum access_role role;
    uint64_t began_ns;            /* monotonic: when the request was whole */
    char id[SAGA_ID_MAX + 1];     /* of the checkout; "" for none */
    char call[SAGA_NAME_MAX + 1]; /* retry, resolve: the compensation; reply: the call; else "" */
};

/* Each answers the exchange, counts it and logs it. From any thread. */
void exchange_respond(struct server *server, struct server_exchange *exchange,
                      const struct http_response *response);
/* JSON of a message_write_...(): frees it; NULL: memory is out, which is answered. `headers`: as in
 * a response. */
void exchange_respond_json(struct server *server, struct server_exchange *exchange, unsigned status,
                           char *json, size_t len, const struct http_header *headers,
                           size_t headers_len);
/* `detail` and `pointer` may be NULL. */
void exchange_refuse(struct server *server, struct server_exchange *exchange, enum problem problem,
                     const char *detail, const char *pointer);
void exchange_refuse_error(struct server *server, struct server_exchange *exchange,
                           const struct message_error *error);

/* Fills in a problem: its body is in `body`, its headers are those that its status asks for. */
void exchange_write_problem(struct http_response *response, char body[PROBLEM_BODY_SIZE],
                            enum problem problem, const char *detail, const char *pointer);

/* Counts and logs what is answered to the exchange; `problem` NULL: it is no problem. */
void exchange_note(struct server *server, const struct server_exchange *exchange, unsigned status,
                   const char *problem);

/* The monotonic clock. */
uint64_t exchange_clock_ns(void);

#endif
