/* What is read, from the store and never from the engine. */
#include "tests/runtime/server/desk.h"

#include <stdio.h>
#include <string.h>

static int set_up(void **state)
{
    static struct desk desk;
    given_desk(&desk);
    desk_open(&desk);
    *state = &desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *d = *state;
    then_no_input(d);
    desk_close(d);
    return 0;
}

static void a_checkout_is_told_as_it_stands(void **state)
{
    struct desk *d = *state;
    given_failed_checkout(d, "c-17");
    get(d, "/v1/checkouts/c-17");
    then_status(d, 200);
    then_header(d, "Content-Type", "application/json");
    then_says(d, "\"FAILED\"");
    then_says(d, "\"payment_failed\"");
    then_says(d, "\"declined\"");
    then_says(d, "\"cart-17\"");
}

static void a_checkout_that_waits_says_until_when(void **state)
{
    struct desk *d = *state;
    given_waiting_checkout(d, "c-17");
    get(d, "/v1/checkouts/c-17");
    then_status(d, 200);
    then_says(d, "\"next_attempt_at\":");
}

static void a_checkout_that_has_not_changed_is_not_told_again(void **state)
{
    struct desk *d = *state;
    char headers[128];
    char tag[64];
    given_checkout(d, &saga_checkout_plan, "c-17");
    get(d, "/v1/checkouts/c-17");
    snprintf(tag, sizeof(tag), "%s", http_reply_header(&d->reply, "ETag"));
    snprintf(headers, sizeof(headers), "If-None-Match: \"x\", W/%s\r\n", tag);
    ask(d, "GET", "/v1/checkouts/c-17", headers, NULL);
    then_status(d, 304);
    then_header(d, "ETag", tag);
    ask(d, "GET", "/v1/checkouts/c-17", "If-None-Match: *\r\n", NULL);
    then_status(d, 304);
    ask(d, "GET", "/v1/checkouts/c-17", "If-None-Match: \"1-0\"\r\n", NULL);
    then_status(d, 200);
    pthread_mutex_lock(&d->lock);
    d->checkouts[0].session.version++;
    pthread_mutex_unlock(&d->lock);
    ask(d, "GET", "/v1/checkouts/c-17", headers, NULL);
    then_status(d, 200);
}

static void a_checkout_of_a_plan_that_is_not_here_is_told_without_it(void **state)
{
    struct desk *d = *state;
    struct saga_plan other = saga_checkout_plan;
    other.version = 9;
    given_checkout(d, &other, "c-9");
    get(d, "/v1/checkouts/c-9");
    then_status(d, 200);
    then_says(d, "\"plan_known\":false");
    assert_null(http_reply_header(&d->reply, "ETag"));
    ask(d, "GET", "/v1/checkouts/c-9", "If-None-Match: *\r\n", NULL);
    then_status(d, 200);
}

static void a_checkout_that_is_not_there_is_not_found(void **state)
{
    struct desk *d = *state;
    given_checkout(d, &saga_checkout_plan, "c-17");
    get(d, "/v1/checkouts/c-18");
    then_problem(d, 404, "no_checkout");
    get(d, "/v1/checkouts/c-18/events");
    then_problem(d, 404, "no_checkout");
    get(d, "/v1/stream?checkout=c-18");
    then_problem(d, 404, "no_checkout");
}

static void a_head_is_a_get_without_its_body(void **state)
{
    static const char *const targets[] = {
        "/v1/checkouts", "/v1/checkouts/c-17", "/v1/checkouts/c-17/events",
        "/v1/stream",    "/metrics",           "/healthz",
        "/readyz"};
    struct desk *d = *state;
    given_checkout(d, &saga_checkout_plan, "c-17");
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        ask(d, "HEAD", targets[i], "", NULL);
        then_status(d, 200);
        assert_null(d->reply.body);
    }
}

static void given_five_checkouts(struct desk *d)
{
    given_checkout(d, &saga_checkout_plan, "c-1");
    given_failed_checkout(d, "c-2");
    given_checkout(d, &saga_checkout_plan, "c-3");
    given_failed_checkout(d, "c-4");
    given_checkout(d, &d->gift, "c-5");
}

static void then_lists(struct desk *d, const char *const *ids)
{
    static const char *const all[] = {"c-1", "c-2", "c-3", "c-4", "c-5"};
    then_status(d, 200);
    for (size_t i = 0; i < 5; i++) {
        char member[32];
        bool wanted = false;
        for (const char *const *id = ids; *id != NULL; id++) {
            wanted = wanted || strcmp(*id, all[i]) == 0;
        }
        snprintf(member, sizeof(member), "\"id\":\"%s\"", all[i]);
        if ((strstr(d->reply.body, member) != NULL) != wanted) {
            fail_msg("%s is %s in %s", all[i], wanted ? "not" : "wrongly", d->reply.body);
        }
    }
}
#define IDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NOTHING  ((const char *const[]){NULL})

/* Follows `next` of the page that was read last; NULL: there is none. */
static char *next_of(struct desk *d, char next[256])
{
    const char *member = "\"next\":\"";
    const char *at = strstr(d->reply.body, member);
    if (at == NULL) {
        return NULL;
    }
    snprintf(next, 256, "%.*s", (int)strcspn(at + strlen(member), "\""), at + strlen(member));
    return next;
}

static void a_list_comes_in_pages(void **state)
{
    struct desk *d = *state;
    char next[256];
    given_five_checkouts(d);
    get(d, "/v1/checkouts");
    then_lists(d, IDS("c-1", "c-2", "c-3"));
    assert_non_null(next_of(d, next));
    get(d, next);
    then_lists(d, IDS("c-4", "c-5"));
    assert_null(next_of(d, next));
    get(d, "/v1/checkouts?limit=2");
    then_lists(d, IDS("c-1", "c-2"));
    get(d, next_of(d, next));
    then_lists(d, IDS("c-3", "c-4"));
    get(d, next_of(d, next));
    then_lists(d, IDS("c-5"));
}

/* The last page is known as the last: nobody has to fetch an empty one. */
static void a_page_that_is_just_full_is_the_last(void **state)
{
    struct desk *d = *state;
    char next[256];
    given_checkout(d, &saga_checkout_plan, "c-1");
    given_checkout(d, &saga_checkout_plan, "c-2");
    given_checkout(d, &saga_checkout_plan, "c-3");
    get(d, "/v1/checkouts?limit=3");
    then_lists(d, IDS("c-1", "c-2", "c-3"));
    assert_null(next_of(d, next));
    get(d, "/v1/checkouts?page=c-3");
    then_lists(d, NOTHING);
}

static void a_list_is_filtered_and_its_pages_are_too(void **state)
{
    struct desk *d = *state;
    char next[256];
    given_five_checkouts(d);
    get(d, "/v1/checkouts?status=STARTED&limit=2");
    then_lists(d, IDS("c-1", "c-3"));
    get(d, next_of(d, next));
    then_lists(d, IDS("c-5"));
    get(d, "/v1/checkouts?status=FAILED");
    then_lists(d, IDS("c-2", "c-4"));
    get(d, "/v1/checkouts?status=RESERVED");
    then_lists(d, NOTHING);
    get(d, "/v1/checkouts?status=PAID");
    then_lists(d, NOTHING);
    get(d, "/v1/checkouts?status=COMPLETED");
    then_lists(d, NOTHING);
    get(d, "/v1/checkouts?status=EXPIRED");
    then_lists(d, NOTHING);
    get(d, "/v1/checkouts?stuck=true&open=true&limit=1");
    then_lists(d, IDS("c-2"));
    assert_string_equal(next_of(d, next), "/v1/checkouts?stuck=true&open=true&limit=1&page=c-2");
    get(d, "/v1/checkouts?stuck=false&open=false");
    then_lists(d, IDS("c-1", "c-2", "c-3"));
}

static void given_history(struct desk *d)
{
    given_failed_checkout(d, "c-17");
    for (uint32_t sequence = 0; sequence < 5; sequence++) {
        given_event(d, "c-17", sequence, UINT64_C(10) * (sequence + 1));
    }
}

static void a_history_comes_in_pages(void **state)
{
    struct desk *d = *state;
    char next[256];
    given_history(d);
    get(d, "/v1/checkouts/c-17/events");
    then_status(d, 200);
    then_says(d, "\"c-17:0\"");
    then_says(d, "\"c-17:2\"");
    assert_string_equal(next_of(d, next), "/v1/checkouts/c-17/events?from=3&limit=3");
    get(d, next);
    then_says(d, "\"c-17:4\"");
    then_says(d, "\"declined\"");
    assert_null(next_of(d, next));
    get(d, "/v1/checkouts/c-17/events?from=4&limit=1");
    then_says(d, "\"c-17:4\"");
    get(d, "/v1/checkouts/c-17/events?from=5");
    then_status(d, 200);
    assert_string_equal(d->reply.body, "{\"events\":[],\"next\":null}");
}

static void a_query_that_makes_no_sense_is_refused(void **state)
{
    static const char *const targets[] = {
        "/v1/checkouts?status=started",
        "/v1/checkouts?status=",
        "/v1/checkouts?stuck=yes",
        "/v1/checkouts?open",
        "/v1/checkouts?limit=0",
        "/v1/checkouts?limit=4",
        "/v1/checkouts?limit=-1",
        "/v1/checkouts?limit=2x",
        "/v1/checkouts?limit=99999999999999999999",
        "/v1/checkouts?page=no%20id",
        "/v1/checkouts?page=",
        "/v1/checkouts?after=c-1",
        "/v1/checkouts/c-17?verbose=1",
        "/v1/checkouts/c-17/events?from=4294967296",
        "/v1/checkouts/c-17/events?from=",
        "/v1/checkouts/c-17/events?limit=0",
        "/v1/checkouts/no%20id",
        "/v1/checkouts/0123456789012345678901234567890123456789",
        "/v1/checkouts/no%20id/events",
        "/v1/stream?after=-1",
        "/v1/stream?checkout=no%20id",
        "/v1/stream?from=1",
        "/metrics?name=x",
        "/healthz?x",
        "/readyz?x=1",
    };
    struct desk *d = *state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        get(d, targets[i]);
        then_problem(d, 400, "malformed");
        then_says(d, "\"detail\":");
    }
    get(d, "/v1/checkouts?color=red");
    then_says(d, "`color` in the query; known here: status, stuck, open, page, limit");
}

static void a_store_that_can_not_be_read_is_unavailable(void **state)
{
    static const char *const targets[] = {"/v1/checkouts", "/v1/checkouts/c-17",
                                          "/v1/checkouts/c-17/events", "/v1/stream",
                                          "/v1/stream?after=1&checkout=c-17"};
    struct desk *d = *state;
    given_checkout(d, &saga_checkout_plan, "c-17");
    given_reads(d, STORE_FAILED);
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        get(d, targets[i]);
        then_problem(d, 503, "unavailable");
        then_header(d, "Retry-After", "1");
        assert_null(strstr(d->reply.body, "disk")); /* that is for the log */
    }
}

static void health_is_that_somebody_answers(void **state)
{
    struct desk *d = *state;
    given_state(d, &(struct server_state){.not_ready = "the store is being checked"});
    get(d, "/healthz");
    then_status(d, 200);
    assert_string_equal(d->reply.body, "{\"status\":\"ok\"}");
}

static void readiness_says_why_not(void **state)
{
    struct desk *d = *state;
    get(d, "/readyz");
    then_status(d, 200);
    assert_string_equal(d->reply.body, "{\"status\":\"ready\"}");
    given_state(d, &(struct server_state){.not_ready = "the disk is full"});
    get(d, "/readyz");
    then_problem(d, 503, "unavailable");
    then_says(d, "the disk is full");
    given_state(d, &(struct server_state){.stopping = true, .not_ready = "the disk is full"});
    get(d, "/readyz");
    then_problem(d, 503, "stopping");
}

static void metrics_tell_of_server_engine_store_and_daemon(void **state)
{
    static const char *const lines[] = {
        "{method=\"GET\",route=\"/v1/checkouts/{id}\",status=\"404\"} 1\n",
        "backstep_http_exchanges 1\n",
        "backstep_checkouts_open 12\n",
        "backstep_ailing 1\n",
        "backstep_events_owed{channel=\"notification\"} 5\n",
        "backstep_checkouts{status=\"STARTED\"} 1\n",
        "backstep_checkouts_stuck 2\n",
        "backstep_calls_total{target=\"payment\"} 7\n",
    };
    struct desk *d = *state;
    struct server_state daemon = {.engine = {.open = 12, .ailing = true}};
    daemon.engine.owed[STORE_CHANNEL_NOTIFICATION] = 5;
    given_state(d, &daemon);
    given_checkout(d, &saga_checkout_plan, "c-17");
    get(d, "/v1/checkouts/c-18");
    get(d, "/metrics");
    then_status(d, 200);
    then_header(d, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        then_says(d, lines[i]);
    }
}

/* Whoever asks often does not make the store count often. */
static void checkouts_are_counted_now_and_then(void **state)
{
    struct desk *d = *state;
    get(d, "/metrics");
    get(d, "/metrics");
    get(d, "/metrics");
    pthread_mutex_lock(&d->lock);
    uint64_t tallies = d->tallies;
    pthread_mutex_unlock(&d->lock);
    assert_true(tallies < 3);
}

static void metrics_do_without_a_store_that_can_not_be_read(void **state)
{
    struct desk *d = *state;
    given_reads(d, STORE_FAILED);
    get(d, "/metrics");
    then_status(d, 200);
    then_says(d, "backstep_checkouts_open 0\n");
    assert_null(strstr(d->reply.body, "backstep_checkouts_stuck"));
    given_reads(d, STORE_OK);
    get(d, "/metrics");
    then_says(d, "backstep_checkouts_stuck 2\n");
}

int main(void)
{
#define STORY(story) cmocka_unit_test_setup_teardown(story, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORY(a_checkout_is_told_as_it_stands),
        STORY(a_checkout_that_waits_says_until_when),
        STORY(a_checkout_that_has_not_changed_is_not_told_again),
        STORY(a_checkout_of_a_plan_that_is_not_here_is_told_without_it),
        STORY(a_checkout_that_is_not_there_is_not_found),
        STORY(a_head_is_a_get_without_its_body),
        STORY(a_list_comes_in_pages),
        STORY(a_page_that_is_just_full_is_the_last),
        STORY(a_list_is_filtered_and_its_pages_are_too),
        STORY(a_history_comes_in_pages),
        STORY(a_query_that_makes_no_sense_is_refused),
        STORY(a_store_that_can_not_be_read_is_unavailable),
        STORY(health_is_that_somebody_answers),
        STORY(readiness_says_why_not),
        STORY(metrics_tell_of_server_engine_store_and_daemon),
        STORY(checkouts_are_counted_now_and_then),
        STORY(metrics_do_without_a_store_that_can_not_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
