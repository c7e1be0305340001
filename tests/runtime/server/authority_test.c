/* Who may do what: roles, signatures, and strangers. */
#include "tests/runtime/server/desk.h"

#include <stdio.h>
#include <string.h>

#define START_BODY "{\"id\":\"c-17\",\"cart\":\"cart-17\"}"
#define REPLY_TO(id, call)                                                                         \
    "{\"checkout\":\"" id "\",\"call\":\"" call "\",\"attempt\":1,\"answer\":\"ok\"}"
#define REPLY_BODY REPLY_TO("c-17", "reserve_inventory")
#define EVENT_OF(type)                                                                             \
    "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/shop\",\"type\":\"" type "\","          \
    "\"subject\":\"c-17\",\"data\":{\"attempt\":1}}"
#define EVENT_BODY EVENT_OF("InventoryReserved")
#define UNDO_BODY  "{\"compensation\":\"refund_payment\"}"

#define INVENTORY_SECRET "the inventory's secret"
#define PAYMENT_SECRET   "the secret of payment"
#define BANK_SECRET      "the secret of the bank"

static struct desk desk;

/* Tokens, and a secret of the inventory, the payment and the bank; not of the order. */
static int set_up(void **state)
{
    struct desk *d = &desk;
    given_desk(d);
    given_tokens(d);
    given_secret(d, "inventory", INVENTORY_SECRET);
    given_secret(d, "payment", PAYMENT_SECRET);
    given_secret(d, "bank", BANK_SECRET);
    given_checkout(d, &saga_checkout_plan, "c-17");
    given_event(d, "c-17", 0, 7);
    desk_open(d);
    *state = d;
    return 0;
}

static int tear_down(void **state)
{
    desk_close(*state);
    return 0;
}

static const struct access_row {
    const char *method;
    const char *target;
    const char *headers;
    const char *body;
    enum access_role role;
} rows[] = {
    {"POST", "/v1/checkouts", JSON, START_BODY, ACCESS_WRITE},
    {"GET", "/v1/checkouts", "", NULL, ACCESS_READ},
    {"GET", "/v1/checkouts/c-17", "", NULL, ACCESS_READ},
    {"GET", "/v1/checkouts/c-17/events", "", NULL, ACCESS_READ},
    {"POST", "/v1/checkouts/c-17/cancel", "", NULL, ACCESS_WRITE},
    {"POST", "/v1/checkouts/c-17/retry", JSON, UNDO_BODY, ACCESS_OPERATOR},
    {"POST", "/v1/checkouts/c-17/resolve", JSON, UNDO_BODY, ACCESS_OPERATOR},
    {"POST", "/v1/replies", JSON, REPLY_TO("c-17", "confirm_order"), ACCESS_WRITE},
    {"POST", "/v1/events", EVENT, EVENT_OF("OrderConfirmed"), ACCESS_WRITE},
    {"HEAD", "/v1/stream?after=0", "", NULL, ACCESS_READ},
    {"GET", "/v1/stream?checkout=c-17", "Last-Event-ID: 7\r\n", NULL, ACCESS_READ},
    {"GET", "/metrics", "", NULL, ACCESS_READ},
    {"GET", "/healthz", "", NULL, ACCESS_NOBODY},
    {"GET", "/readyz", "", NULL, ACCESS_NOBODY},
};

static const char *const authorizations[] = {
    [ACCESS_NOBODY] = "",
    [ACCESS_READ] = BEARER(READ_TOKEN),
    [ACCESS_WRITE] = BEARER(WRITE_TOKEN),
    [ACCESS_OPERATOR] = BEARER(OPERATOR_TOKEN),
};

static void ask_row(struct desk *d, const struct access_row *row, const char *authorization)
{
    char headers[512];
    snprintf(headers, sizeof(headers), "%s%s", row->headers, authorization);
    ask(d, row->method, row->target, headers, row->body);
}

static void each_route_asks_for_its_role(void **state)
{
    struct desk *d = *state;
    for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        for (int role = ACCESS_NOBODY; role < (int)rows[r].role; role++) {
            ask_row(d, &rows[r], authorizations[role]);
            if (strcmp(rows[r].method, "HEAD") == 0) {
                then_status(d, 401);
            } else if (role == ACCESS_NOBODY) {
                then_problem(d, 401, "unauthorized");
                then_header(d, "WWW-Authenticate", "Bearer realm=\"backstep\"");
            } else {
                then_problem(d, 403, "forbidden");
            }
        }
    }
    then_no_input(d);
}

static void a_role_may_do_what_those_before_it_may(void **state)
{
    struct desk *d = *state;
    given_events_end(d); /* or the stream would have no end */
    for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        for (int role = (int)rows[r].role; role <= ACCESS_OPERATOR; role++) {
            ask_row(d, &rows[r], authorizations[role]);
            assert_true(d->reply.status == 200 || d->reply.status == 202);
        }
    }
}

static void what_is_no_token_is_nobody(void **state)
{
    static const char *const wrong[] = {BEARER("write-token-000002"),
                                        BEARER("write-token-0000011"),
                                        BEARER("write-token-00000"),
                                        BEARER(""),
                                        "Authorization: Basic " WRITE_TOKEN "\r\n",
                                        "Authorization: " WRITE_TOKEN "\r\n"};
    struct desk *d = *state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        ask_row(d, &rows[0], wrong[i]);
        then_problem(d, 401, "unauthorized");
    }
    then_no_input(d);
}

/* Who may not, does not learn what there is either. */
static void a_role_is_asked_for_before_anything_is_looked_at(void **state)
{
    struct desk *d = *state;
    get(d, "/v1/checkouts/c-18");
    then_problem(d, 401, "unauthorized");
    get(d, "/v1/checkouts?color=red");
    then_problem(d, 401, "unauthorized");
    ask(d, "POST", "/v1/checkouts", "Content-Type: text/plain\r\n", "what?");
    then_problem(d, 401, "unauthorized");
}

static void a_service_signs_what_it_answers(void **state)
{
    struct desk *d = *state;
    post_signed(d, "/v1/replies", JSON, REPLY_BODY, INVENTORY_SECRET, 0);
    then_status(d, 202);
    post_signed(d, "/v1/events", EVENT, EVENT_BODY, INVENTORY_SECRET, 0);
    then_status(d, 202);
    post_signed(d, "/v1/replies", JSON BEARER(READ_TOKEN), REPLY_BODY, INVENTORY_SECRET, 0);
    then_status(d, 202);
}

/* Whoever may write can not answer in the name of a service that signs. */
static void a_token_does_not_stand_for_a_signature(void **state)
{
    struct desk *d = *state;
    ask(d, "POST", "/v1/replies", JSON BEARER(WRITE_TOKEN), REPLY_BODY);
    then_problem(d, 401, "unauthorized");
    ask(d, "POST", "/v1/replies", JSON BEARER(OPERATOR_TOKEN), REPLY_BODY);
    then_problem(d, 401, "unauthorized");
    ask(d, "POST", "/v1/events", EVENT BEARER(OPERATOR_TOKEN), EVENT_BODY);
    then_problem(d, 401, "unauthorized");
    post_signed(d, "/v1/replies", JSON BEARER(WRITE_TOKEN), REPLY_BODY, "another secret ...", 0);
    then_problem(d, 401, "unauthorized");
    then_no_input(d);
}

static void a_signature_is_of_this_body_this_service_and_this_time(void **state)
{
    struct desk *d = *state;
    post_signed(d, "/v1/replies", JSON, REPLY_BODY, PAYMENT_SECRET, 0);
    then_problem(d, 401, "unauthorized");
    post_signed(d, "/v1/replies", JSON, REPLY_BODY, INVENTORY_SECRET, -400);
    then_problem(d, 401, "unauthorized");
    post_signed(d, "/v1/replies", JSON, REPLY_BODY, INVENTORY_SECRET, 400);
    then_problem(d, 401, "unauthorized");
    ask(d, "POST", "/v1/replies", JSON "Backstep-Signature: t=1,v1=00\r\n", REPLY_BODY);
    then_problem(d, 401, "unauthorized");
    then_no_input(d);
}

/* What nobody has signed is not even read. */
static void a_body_that_nobody_vouches_for_is_not_read(void **state)
{
    struct desk *d = *state;
    ask(d, "POST", "/v1/replies", JSON "Backstep-Signature: t=1,v1=00\r\n", "{]");
    then_problem(d, 401, "unauthorized");
    post_signed(d, "/v1/replies", JSON, "{]", INVENTORY_SECRET, 0);
    then_problem(d, 400, "malformed");
}

static void a_service_without_a_secret_needs_a_token(void **state)
{
    struct desk *d = *state;
    const char *body = REPLY_TO("c-17", "confirm_order");
    post_signed(d, "/v1/replies", JSON, body, INVENTORY_SECRET, 0);
    then_problem(d, 401, "unauthorized");
    post_signed(d, "/v1/replies", JSON BEARER(READ_TOKEN), body, INVENTORY_SECRET, 0);
    then_problem(d, 403, "forbidden");
    ask(d, "POST", "/v1/replies", JSON BEARER(WRITE_TOKEN), body);
    then_status(d, 202);
}

/* The call is `payment`'s in one plan and `bank`'s in the other: the checkout tells. */
static void where_plans_differ_the_checkouts_own_tells_the_service(void **state)
{
    struct desk *d = *state;
    given_checkout(d, &d->gift, "g-1");
    post_signed(d, "/v1/replies", JSON, REPLY_TO("c-17", "capture_payment"), PAYMENT_SECRET, 0);
    then_status(d, 202);
    post_signed(d, "/v1/replies", JSON, REPLY_TO("g-1", "capture_payment"), BANK_SECRET, 0);
    then_status(d, 202);
    post_signed(d, "/v1/replies", JSON, REPLY_TO("c-17", "capture_payment"), BANK_SECRET, 0);
    then_problem(d, 401, "unauthorized");
    post_signed(d, "/v1/replies", JSON, REPLY_TO("g-1", "capture_payment"), PAYMENT_SECRET, 0);
    then_problem(d, 401, "unauthorized");
    post_signed(d, "/v1/replies", JSON, REPLY_TO("c-18", "capture_payment"), BANK_SECRET, 0);
    then_problem(d, 404, "no_checkout");
}

static void a_service_that_can_not_be_told_is_not_guessed(void **state)
{
    struct desk *d = *state;
    struct saga_plan other = saga_checkout_plan;
    other.version = 9;
    given_checkout(d, &other, "c-9");
    post_signed(d, "/v1/replies", JSON, REPLY_TO("c-9", "capture_payment"), PAYMENT_SECRET, 0);
    then_problem(d, 503, "unknown_plan");
    given_reads(d, STORE_FAILED);
    post_signed(d, "/v1/replies", JSON, REPLY_TO("c-17", "capture_payment"), PAYMENT_SECRET, 0);
    then_problem(d, 503, "unavailable");
    then_no_input(d);
}

/* A call that no plan has is for the engine to refuse. */
static void a_call_of_no_plan_is_nobodys(void **state)
{
    struct desk *d = *state;
    given_engine(d, DESK_ANSWERS, ENGINE_NO_CALL, SAGA_OK);
    post_signed(d, "/v1/replies", JSON, REPLY_TO("c-17", "fly"), PAYMENT_SECRET, 0);
    then_problem(d, 422, "no_call");
    ask(d, "POST", "/v1/replies", JSON, REPLY_TO("c-17", "fly"));
    then_problem(d, 401, "unauthorized");
}

static void only_answers_of_services_may_be_signed(void **state)
{
    struct desk *d = *state;
    post_signed(d, "/v1/checkouts", JSON, START_BODY, INVENTORY_SECRET, 0);
    then_problem(d, 401, "unauthorized");
    post_signed(d, "/v1/checkouts/c-17/resolve", JSON, UNDO_BODY, PAYMENT_SECRET, 0);
    then_problem(d, 401, "unauthorized");
    then_no_input(d);
}

/* Without tokens, from here on. */

static int set_up_without_tokens(void **state)
{
    given_desk(&desk);
    given_checkout(&desk, &saga_checkout_plan, "c-17");
    desk_open(&desk);
    *state = &desk;
    return 0;
}

static void without_tokens_whoever_reaches_it_may_do_everything(void **state)
{
    struct desk *d = *state;
    post(d, "/v1/checkouts/c-17/resolve", UNDO_BODY);
    then_status(d, 202);
    get(d, "/v1/checkouts/c-17");
    then_status(d, 200);
}

static void without_tokens_another_host_is_refused(void **state)
{
    static const struct {
        const char *host;
        unsigned status;
    } hosts[] = {
        {"localhost:8080", 200},
        {"127.0.0.1", 200},
        {"127.0.0.2:80", 200},
        {"[::1]:8080", 200},
        {"LOCALHOST", 200},
        {"evil.example", 403},
        {"localhost.evil.example", 403},
        {"127.evil.example", 403},
        {"127.0.0.1.evil.example", 403},
        {"128.0.0.1", 403},
        {"evil.example:80", 403},
        {"[::1].evil.example", 403},
    };
    struct desk *d = *state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct http_client client;
        struct http_reply reply;
        char request[256];
        snprintf(request, sizeof(request), "GET /v1/checkouts/c-17 HTTP/1.1\r\nHost: %s\r\n\r\n",
                 hosts[i].host);
        assert_true(http_client_open(&client, server_port(d->server)));
        http_client_say(&client, request);
        http_client_read(&client, &reply, false);
        assert_int_equal(reply.status, hosts[i].status);
        http_reply_free(&reply);
        http_client_close(&client);
    }
}

static void without_tokens_a_page_of_another_origin_is_refused(void **state)
{
    struct desk *d = *state;
    ask(d, "POST", "/v1/checkouts/c-17/cancel", "Origin: https://evil.example\r\n", NULL);
    then_problem(d, 403, "forbidden");
    ask(d, "GET", "/healthz", "Origin: https://evil.example\r\n", NULL);
    then_problem(d, 403, "forbidden");
    ask(d, "POST", "/v1/checkouts/c-17/cancel", "Origin: null\r\n", NULL);
    then_problem(d, 403, "forbidden");
    ask(d, "POST", "/v1/checkouts/c-17/cancel", "Origin: http://localhost:81\r\n", NULL);
    then_problem(d, 403, "forbidden");
    then_no_input(d);
    ask(d, "POST", "/v1/checkouts/c-17/cancel", "Origin: http://localhost\r\n", NULL);
    then_status(d, 202);
}

int main(void)
{
#define STORY(story) cmocka_unit_test_setup_teardown(story, set_up, tear_down)
#define OPEN(story)  cmocka_unit_test_setup_teardown(story, set_up_without_tokens, tear_down)
    const struct CMUnitTest tests[] = {
        STORY(each_route_asks_for_its_role),
        STORY(a_role_may_do_what_those_before_it_may),
        STORY(what_is_no_token_is_nobody),
        STORY(a_role_is_asked_for_before_anything_is_looked_at),
        STORY(a_service_signs_what_it_answers),
        STORY(a_token_does_not_stand_for_a_signature),
        STORY(a_signature_is_of_this_body_this_service_and_this_time),
        STORY(a_body_that_nobody_vouches_for_is_not_read),
        STORY(a_service_without_a_secret_needs_a_token),
        STORY(where_plans_differ_the_checkouts_own_tells_the_service),
        STORY(a_service_that_can_not_be_told_is_not_guessed),
        STORY(a_call_of_no_plan_is_nobodys),
        STORY(only_answers_of_services_may_be_signed),
        OPEN(without_tokens_whoever_reaches_it_may_do_everything),
        OPEN(without_tokens_another_host_is_refused),
        OPEN(without_tokens_a_page_of_another_origin_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
