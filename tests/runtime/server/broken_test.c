/* Memory that runs out: a problem, or an end, and the next request is served. */
#include "tests/runtime/server/desk.h"

#include "runtime/message/write.h"
#include "tests/sim/support/allocations.h"

char *__real_message_write_checkout(const struct saga_session *session,
                                    const struct saga_plan *plan,
                                    const struct store_request *request, size_t *len);
char *__wrap_message_write_checkout(const struct saga_session *session,
                                    const struct saga_plan *plan,
                                    const struct store_request *request, size_t *len);
char *__wrap_message_write_list(const struct store_progress *rows, size_t rows_len,
                                const struct message_plan_lookup *plans, const char *next,
                                size_t *len);
char *__wrap_message_write_history(const struct store_event *events, size_t events_len,
                                   const char *source, const char *next, size_t *len);

char *__real_message_write_event(const struct store_event *event, const char *source, size_t *len);
char *__wrap_message_write_event(const struct store_event *event, const char *source, size_t *len);

static _Atomic bool memory_is_out;

char *__wrap_message_write_event(const struct store_event *event, const char *source, size_t *len)
{
    return memory_is_out ? NULL : __real_message_write_event(event, source, len);
}

char *__wrap_message_write_checkout(const struct saga_session *session,
                                    const struct saga_plan *plan,
                                    const struct store_request *request, size_t *len)
{
    return memory_is_out ? NULL : __real_message_write_checkout(session, plan, request, len);
}

char *__wrap_message_write_list(const struct store_progress *rows, size_t rows_len,
                                const struct message_plan_lookup *plans, const char *next,
                                size_t *len)
{
    (void)rows, (void)rows_len, (void)plans, (void)next;
    *len = 0;
    return NULL;
}

char *__wrap_message_write_history(const struct store_event *events, size_t events_len,
                                   const char *source, const char *next, size_t *len)
{
    (void)events, (void)events_len, (void)source, (void)next;
    *len = 0;
    return NULL;
}

static void without_memory_it_says_so(void **state)
{
    static struct desk desk;
    struct desk *d = &desk;
    (void)state;
    given_desk(d);
    given_checkout(d, &saga_checkout_plan, "c-17");
    desk_open(d);
    memory_is_out = true;
    post(d, "/v1/checkouts", "{\"id\":\"c-17\",\"cart\":\"cart-17\"}");
    then_problem(d, 500, "internal");
    get(d, "/v1/checkouts/c-17");
    then_problem(d, 500, "internal");
    get(d, "/v1/checkouts");
    then_problem(d, 500, "internal");
    get(d, "/v1/checkouts/c-17/events");
    then_problem(d, 500, "internal");
    memory_is_out = false;
    get(d, "/v1/checkouts/c-17");
    then_status(d, 200);
    desk_close(d);
}

/* The client connects again, and goes on. */
static void without_memory_a_stream_ends(void **state)
{
    static struct desk desk;
    struct desk *d = &desk;
    (void)state;
    given_desk(d);
    given_event(d, "c-17", 0, 1);
    desk_open(d);
    memory_is_out = true;
    get(d, "/v1/stream?after=0");
    then_status(d, 200);
    assert_string_equal(d->reply.body, ": after 0\n\n");
    memory_is_out = false;
    given_events_end(d);
    get(d, "/v1/stream?after=0");
    then_says(d, "id: 1\n");
    desk_close(d);
}

/* Each allocation fails once, until all are there. */
static void without_memory_it_does_not_start(void **state)
{
    static struct desk desk;
    char why[HTTP_WHY_SIZE];
    uint64_t nth = 0;
    struct server *server = NULL;
    (void)state;
    while (server == NULL) {
        given_desk(&desk);
        why[0] = '\0';
        allocations_fail(++nth, false);
        server = server_start(&desk.options, why);
        bool failed = allocations_have_failed();
        allocations_fail(0, false);
        assert_true(failed == (server == NULL));
        assert_true(desk.reader_closed == (server == NULL));
        assert_true((why[0] != '\0') == (server == NULL));
    }
    assert_true(nth > 5);
    server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_it_says_so),
        cmocka_unit_test(without_memory_a_stream_ends),
        cmocka_unit_test(without_memory_it_does_not_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
