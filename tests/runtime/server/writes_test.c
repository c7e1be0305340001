/* What changes a checkout: what the engine is handed, and what its answer becomes. */
#include "tests/runtime/server/desk.h"

#include <stdio.h>
#include <string.h>

#define START_BODY "{\"id\":\"c-17\",\"cart\":\"cart-17\"}"
#define REPLY_BODY                                                                                 \
    "{\"checkout\":\"c-17\",\"call\":\"reserve_inventory\",\"attempt\":2,\"answer\":\"ok\"}"
#define EVENT_BODY                                                                                 \
    "{\"specversion\":\"1.0\",\"id\":\"inv-1\",\"source\":\"/inventory\","                         \
    "\"type\":\"InventoryReserved\",\"subject\":\"c-17\",\"data\":{\"attempt\":1}}"
#define UNDO_BODY "{\"compensation\":\"refund_payment\"}"

static struct desk *given_open_desk(void **state)
{
    static struct desk desk;
    given_desk(&desk);
    desk_open(&desk);
    *state = &desk;
    return &desk;
}

static int set_up(void **state)
{
    given_open_desk(state);
    return 0;
}

static int tear_down(void **state)
{
    desk_close(*state);
    return 0;
}

/* Every route that hands something to the engine, with a body that is right. */
static const struct write {
    const char *target;
    const char *headers;
    const char *body;
    enum engine_input_kind kind;
} writes[] = {
    {"/v1/checkouts", JSON, START_BODY, ENGINE_START},
    {"/v1/checkouts/c-17/cancel", "", NULL, ENGINE_CANCEL},
    {"/v1/checkouts/c-17/retry", JSON, UNDO_BODY, ENGINE_RETRY},
    {"/v1/checkouts/c-17/resolve", JSON, UNDO_BODY, ENGINE_RESOLVE},
    {"/v1/replies", JSON, REPLY_BODY, ENGINE_REPLY},
    {"/v1/events", EVENT, EVENT_BODY, ENGINE_REPLY},
};
enum { WRITES = sizeof(writes) / sizeof(writes[0]) };

static void ask_write(struct desk *d, const struct write *write)
{
    ask(d, "POST", write->target, write->headers, write->body);
}

/* The engine answers it so; on every route that such an answer can come to. */
static void each_answer_has_one_status(struct desk *d, enum engine_end end, enum saga_result result,
                                       const enum engine_input_kind *kinds, unsigned status,
                                       const char *code)
{
    for (size_t i = 0; i < WRITES; i++) {
        bool can = false;
        for (const enum engine_input_kind *kind = kinds; *kind != ENGINE_TICK; kind++) {
            can = can || *kind == writes[i].kind;
        }
        if (can) {
            given_engine(d, DESK_ANSWERS, end, result);
            ask_write(d, &writes[i]);
            then_problem(d, status, code);
        }
    }
}
#define KINDS(...) ((const enum engine_input_kind[]){__VA_ARGS__, ENGINE_TICK})
#define ALL_KINDS  KINDS(ENGINE_START, ENGINE_CANCEL, ENGINE_RETRY, ENGINE_RESOLVE, ENGINE_REPLY)

static void a_start_is_accepted_once_it_is_durable(void **state)
{
    struct desk *d = *state;
    ask(d, "POST", "/v1/checkouts",
        JSON "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
        "{\"id\":\"c-17\",\"cart\":\"cart-17\",\"plan\":\"gift\",\"flags\":[\"coupon\"],"
        "\"context\":{\"buyer\":\"b-1\"}}");
    then_status(d, 202);
    then_header(d, "Location", "/v1/checkouts/c-17");
    then_header(d, "Content-Type", "application/json");
    then_says(d, "\"c-17\"");
    then_says(d, "\"STARTED\"");
    struct engine_input input = then_input(d, 1);
    assert_int_equal(input.kind, ENGINE_START);
    assert_true(input.ticket != 0);
    assert_ptr_equal(input.plan, &d->gift);
    assert_string_equal(input.id, "c-17");
    assert_string_equal(input.request.request.cart, "cart-17");
    assert_int_equal(input.request.request.flags, 1u << SAGA_FLAG_COUPON);
    assert_string_equal(input.request.traceparent,
                        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
}

static void the_idempotency_key_is_the_id(void **state)
{
    struct desk *d = *state;
    ask(d, "POST", "/v1/checkouts", JSON "Idempotency-Key: c-18\r\n", "{\"cart\":\"cart-18\"}");
    then_status(d, 202);
    then_header(d, "Location", "/v1/checkouts/c-18");
    assert_string_equal(then_input(d, 1).id, "c-18");
    ask(d, "POST", "/v1/checkouts", JSON "Idempotency-Key: c-19\r\n", START_BODY);
    then_problem(d, 400, "malformed");
}

static void the_same_start_again_is_the_same_checkout(void **state)
{
    struct desk *d = *state;
    given_engine(d, DESK_ANSWERS, ENGINE_IGNORED, SAGA_OK);
    post(d, "/v1/checkouts", START_BODY);
    then_status(d, 200);
    then_header(d, "Location", "/v1/checkouts/c-17");
    then_says(d, "\"c-17\"");
}

static void what_acts_on_a_checkout_answers_how_it_stands(void **state)
{
    struct desk *d = *state;
    for (size_t i = 1; i < WRITES; i++) {
        if (writes[i].kind == ENGINE_REPLY) {
            continue;
        }
        given_engine(d, DESK_ANSWERS, ENGINE_ACCEPTED, SAGA_OK);
        ask_write(d, &writes[i]);
        then_status(d, 202);
        then_says(d, "\"STARTED\"");
        assert_null(http_reply_header(&d->reply, "Location"));
        given_engine(d, DESK_ANSWERS, ENGINE_IGNORED, SAGA_OK);
        ask_write(d, &writes[i]);
        then_status(d, 200);
        then_says(d, "\"STARTED\"");
    }
}

static void operators_name_a_compensation(void **state)
{
    struct desk *d = *state;
    post(d, "/v1/checkouts/c-17/retry", UNDO_BODY);
    struct engine_input input = then_input(d, 1);
    assert_int_equal(input.kind, ENGINE_RETRY);
    assert_string_equal(input.id, "c-17");
    assert_string_equal(input.call, "refund_payment");
    post(d, "/v1/checkouts/c-17/resolve", UNDO_BODY);
    assert_int_equal(then_input(d, 2).kind, ENGINE_RESOLVE);
}

/* A service learns whether its answer counted, and nothing of the checkout. */
static void an_answer_of_a_service_is_taken_or_stale(void **state)
{
    struct desk *d = *state;
    post(d, "/v1/replies", REPLY_BODY);
    then_status(d, 202);
    assert_string_equal(d->reply.body, "{\"checkout\":\"c-17\",\"taken\":true}");
    struct engine_input input = then_input(d, 1);
    assert_int_equal(input.kind, ENGINE_REPLY);
    assert_string_equal(input.call, "reserve_inventory");
    assert_int_equal(input.attempt, 2);
    assert_int_equal(input.answer, SAGA_ANSWER_OK);
    post(d, "/v1/replies",
         "{\"checkout\":\"c-17\",\"call\":\"authorize_payment\",\"attempt\":1,"
         "\"answer\":\"rejected\",\"code\":\"declined\"}");
    then_status(d, 202);
    input = then_input(d, 2);
    assert_int_equal(input.answer, SAGA_ANSWER_REJECTED);
    assert_string_equal(input.code, "declined");
    given_engine(d, DESK_ANSWERS, ENGINE_IGNORED, SAGA_OK);
    post(d, "/v1/replies", REPLY_BODY);
    then_status(d, 200);
    assert_string_equal(d->reply.body, "{\"checkout\":\"c-17\",\"taken\":false}");
}

static void an_event_of_a_service_is_an_answer(void **state)
{
    struct desk *d = *state;
    ask(d, "POST", "/v1/events", EVENT, EVENT_BODY);
    then_status(d, 202);
    struct engine_input input = then_input(d, 1);
    assert_string_equal(input.call, "reserve_inventory");
    assert_string_equal(input.origin.source, "/inventory");
    assert_string_equal(input.origin.id, "inv-1");
    given_engine(d, DESK_ANSWERS, ENGINE_IGNORED, SAGA_OK);
    ask(d, "POST", "/v1/events", EVENT, EVENT_BODY);
    then_status(d, 200);
}

static void each_end_of_the_engine_has_one_status(void **state)
{
    struct desk *d = *state;
    each_answer_has_one_status(d, ENGINE_NOT_NOW, SAGA_OK, ALL_KINDS, 503, "unavailable");
    then_header(d, "Retry-After", "1");
    each_answer_has_one_status(d, ENGINE_NO_CHECKOUT, SAGA_OK,
                               KINDS(ENGINE_CANCEL, ENGINE_RETRY, ENGINE_RESOLVE, ENGINE_REPLY),
                               404, "no_checkout");
    each_answer_has_one_status(d, ENGINE_NO_CALL, SAGA_OK,
                               KINDS(ENGINE_RETRY, ENGINE_RESOLVE, ENGINE_REPLY), 422, "no_call");
    each_answer_has_one_status(d, ENGINE_NO_ATTEMPT, SAGA_OK, KINDS(ENGINE_REPLY), 422,
                               "no_attempt");
}

static void each_result_of_the_core_has_one_status(void **state)
{
    struct desk *d = *state;
    each_answer_has_one_status(d, ENGINE_REFUSED, SAGA_ERROR_UNKNOWN_PLAN, ALL_KINDS, 503,
                               "unknown_plan");
    each_answer_has_one_status(d, ENGINE_REFUSED, SAGA_ERROR_INVALID_STATE,
                               KINDS(ENGINE_CANCEL, ENGINE_RETRY, ENGINE_RESOLVE), 409,
                               "invalid_state");
    then_says(d, "the checkout is STARTED");
    each_answer_has_one_status(d, ENGINE_REFUSED, SAGA_ERROR_CHECKOUT_EXPIRED, KINDS(ENGINE_CANCEL),
                               409, "checkout_expired");
    each_answer_has_one_status(d, ENGINE_REFUSED, SAGA_ERROR_STEP_FAILED, KINDS(ENGINE_CANCEL), 409,
                               "step_failed");
    each_answer_has_one_status(d, ENGINE_REFUSED, SAGA_ERROR_CONFLICT, KINDS(ENGINE_START), 422,
                               "conflict");
}

static void what_is_malformed_never_reaches_the_engine(void **state)
{
    struct desk *d = *state;
    for (size_t i = 0; i < WRITES; i++) {
        ask(d, "POST", writes[i].target, writes[i].headers, "{\"what\":");
        then_problem(d, 400, "malformed");
    }
    post(d, "/v1/checkouts", "{\"id\":\"c-17\",\"cart\":\"cart-17\",\"card\":\"4111\"}");
    then_problem(d, 400, "malformed");
    ask(d, "POST", "/v1/checkouts/no%20id/cancel", "", NULL);
    then_problem(d, 400, "malformed");
    ask(d, "POST", "/v1/checkouts?dry=true", JSON, START_BODY);
    then_problem(d, 400, "malformed");
    then_says(d, "`dry`");
    then_no_input(d);
}

static void a_body_of_another_type_is_refused(void **state)
{
    struct desk *d = *state;
    for (size_t i = 0; i < WRITES; i++) {
        if (writes[i].kind == ENGINE_CANCEL) {
            continue;
        }
        ask(d, "POST", writes[i].target, "Content-Type: text/plain\r\n", writes[i].body);
        then_problem(d, 415, "media_type");
        ask(d, "POST", writes[i].target, "", writes[i].body);
        then_problem(d, 415, "media_type");
    }
    for (size_t i = 0; i < WRITES; i++) {
        char headers[128];
        snprintf(headers, sizeof(headers), "%sContent-Encoding: gzip\r\n", writes[i].headers);
        ask(d, "POST", writes[i].target, headers, writes[i].body);
        then_problem(d, 415, "media_type");
    }
    ask(d, "POST", "/v1/checkouts", "Content-Type: application/jsonp\r\n", START_BODY);
    then_problem(d, 415, "media_type");
    then_no_input(d);
    ask(d, "POST", "/v1/checkouts", "Content-Type: Application/JSON; charset=utf-8\r\n",
        START_BODY);
    then_status(d, 202);
}

static void without_room_it_is_overloaded_and_nothing_was_taken(void **state)
{
    struct desk *d = *state;
    given_engine(d, DESK_IS_FULL, ENGINE_ACCEPTED, SAGA_OK);
    for (size_t i = 0; i < WRITES; i++) {
        ask_write(d, &writes[i]);
        then_problem(d, 503, "overloaded");
        then_header(d, "Retry-After", "1");
    }
    then_no_input(d);
}

static void while_the_store_takes_nothing_it_is_unavailable(void **state)
{
    struct desk *d = *state;
    given_engine(d, DESK_IS_FULL, ENGINE_ACCEPTED, SAGA_OK);
    given_state(d, &(struct server_state){.engine.ailing = true});
    ask(d, "POST", "/v1/checkouts", JSON, START_BODY);
    then_problem(d, 503, "unavailable");
    then_header(d, "Retry-After", "1");
    then_no_input(d);
}

/* Connections that are open are answered once more. */
static void while_it_stops_nothing_new_is_taken(void **state)
{
    struct desk *d = *state;
    struct http_client clients[WRITES + 1];
    for (size_t i = 0; i <= WRITES; i++) {
        assert_true(http_client_open(&clients[i], server_port(d->server)));
        ask_on(d, &clients[i], "GET", "/healthz", "", NULL);
        then_status(d, 200);
    }
    server_drain(d->server);
    for (size_t i = 0; i < WRITES; i++) {
        ask_on(d, &clients[i], "POST", writes[i].target, writes[i].headers, writes[i].body);
        then_problem(d, 503, "stopping");
        then_header(d, "Retry-After", "1");
    }
    given_checkout(d, &saga_checkout_plan, "c-17");
    ask_on(d, &clients[WRITES], "GET", "/v1/checkouts/c-17", "", NULL);
    then_status(d, 200);
    for (size_t i = 0; i <= WRITES; i++) {
        http_client_close(&clients[i]);
    }
    then_no_input(d);
}

int main(void)
{
#define STORY(story) cmocka_unit_test_setup_teardown(story, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORY(a_start_is_accepted_once_it_is_durable),
        STORY(the_idempotency_key_is_the_id),
        STORY(the_same_start_again_is_the_same_checkout),
        STORY(what_acts_on_a_checkout_answers_how_it_stands),
        STORY(operators_name_a_compensation),
        STORY(an_answer_of_a_service_is_taken_or_stale),
        STORY(an_event_of_a_service_is_an_answer),
        STORY(each_end_of_the_engine_has_one_status),
        STORY(each_result_of_the_core_has_one_status),
        STORY(what_is_malformed_never_reaches_the_engine),
        STORY(a_body_of_another_type_is_refused),
        STORY(without_room_it_is_overloaded_and_nothing_was_taken),
        STORY(while_the_store_takes_nothing_it_is_unavailable),
        STORY(while_it_stops_nothing_new_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
