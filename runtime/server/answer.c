/* From the engine's answer to a response: each end and each result of the core has one status. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/message/write.h"
#include "runtime/server/room.h"
#include "runtime/server/routes.h"

static enum problem problem_of_result(enum saga_result result)
{
    switch (result) {
    case SAGA_ERROR_INVALID_STATE:
        return PROBLEM_INVALID_STATE;
    case SAGA_ERROR_CHECKOUT_EXPIRED:
        return PROBLEM_CHECKOUT_EXPIRED;
    case SAGA_ERROR_STEP_FAILED:
        return PROBLEM_STEP_FAILED;
    case SAGA_ERROR_CONFLICT:
        return PROBLEM_CONFLICT;
    case SAGA_ERROR_UNKNOWN_PLAN:
        return PROBLEM_UNKNOWN_PLAN;
    case SAGA_OK: /* is not refused */
        break;
    }
    return PROBLEM_INTERNAL;
}

/* True: it was taken, and with which status; false: what is wrong. */
static bool judge(const struct engine_answer *answer, unsigned *status, enum problem *problem)
{
    switch (answer->end) {
    case ENGINE_ACCEPTED:
        *status = 202;
        return true;
    case ENGINE_IGNORED:
        *status = 200;
        return true;
    case ENGINE_REFUSED:
        *problem = problem_of_result(answer->result);
        return false;
    case ENGINE_NO_CHECKOUT:
        *problem = PROBLEM_NO_CHECKOUT;
        return false;
    case ENGINE_NO_CALL:
        *problem = PROBLEM_NO_CALL;
        return false;
    case ENGINE_NO_ATTEMPT:
        *problem = PROBLEM_NO_ATTEMPT;
        return false;
    case ENGINE_NOT_NOW:
        break;
    }
    *problem = PROBLEM_UNAVAILABLE;
    return false;
}

/* The sender of an answer is told whether it counted, and nothing else of the checkout. */
static void respond_taken(struct server *server, struct server_exchange *exchange, unsigned status)
{
    char json[128];
    int len = snprintf(json, sizeof(json), "{\"checkout\":\"%s\",\"taken\":%s}", exchange->id,
                       status == 202 ? "true" : "false");
    struct http_response response = {
        .status = status, .type = "application/json", .body = json, .body_len = (size_t)len};
    exchange_respond(server, exchange, &response);
}

static void respond_checkout(struct server *server, struct server_exchange *exchange,
                             unsigned status, const struct engine_answer *answer)
{
    assert(answer->has_session);
    char location[SERVER_PATH_MAX];
    snprintf(location, sizeof(location), "/v1/checkouts/%s", exchange->id);
    struct http_header header = {"Location", location};
    size_t len;
    char *json = message_write_checkout(&answer->session, answer->plan, NULL, &len);
    exchange_respond_json(server, exchange, status, json, len, &header,
                          exchange->route->id == ROUTE_START ? 1 : 0);
}

void answer_respond(struct server *server, struct server_exchange *exchange,
                    const struct engine_answer *answer)
{
    unsigned status;
    enum problem problem;
    if (!judge(answer, &status, &problem)) {
        char detail[PROBLEM_DETAIL_SIZE];
        bool stands = answer->end == ENGINE_REFUSED && answer->has_session && answer->plan != NULL;
        if (stands) {
            snprintf(detail, sizeof(detail), "the checkout is %s",
                     saga_status_name(saga_session_status(answer->plan, &answer->session)));
        }
        exchange_refuse(server, exchange, problem, stands ? detail : NULL, NULL);
    } else if (exchange->route->signable) {
        respond_taken(server, exchange, status);
    } else {
        respond_checkout(server, exchange, status, answer);
    }
}
