/* What is written down of requests: who acted, who was refused, and no secret. */
#include "tests/runtime/server/desk.h"

#include <stdio.h>
#include <string.h>

#include "runtime/log/log.h"

#define UNDO_BODY "{\"compensation\":\"refund_payment\"}"

static struct desk desk;
static FILE *log_file;
static char text[16 * 1024];

static int set_up(void **state)
{
    log_file = tmpfile();
    assert_non_null(log_file);
    memset(text, 0, sizeof(text));
    log_set_up(log_file, LOG_LOGFMT, LOG_DEBUG);
    given_desk(&desk);
    given_tokens(&desk);
    given_secret(&desk, "order", "the secret of order");
    given_checkout(&desk, &saga_checkout_plan, "c-17");
    desk_open(&desk);
    *state = &desk;
    return 0;
}

/* Lines may be written until the server has stopped. */
static const char *when_closed(struct desk *d)
{
    desk_close(d);
    rewind(log_file);
    text[fread(text, 1, sizeof(text) - 1, log_file)] = '\0';
    return text;
}

static int tear_down(void **state)
{
    (void)state;
    log_set_up(stderr, LOG_LOGFMT, LOG_INFO);
    fclose(log_file);
    return 0;
}

/* The line that has all of these. */
static void then_a_line_has(const char *lines, const char *const *parts)
{
    for (const char *line = lines; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        bool all = true;
        for (const char *const *part = parts; *part != NULL; part++) {
            all = all && memmem(line, len, *part, strlen(*part)) != NULL;
        }
        if (all) {
            return;
        }
        line += len + (line[len] == '\n');
    }
    fail_msg("no line with %s ... in:\n%s", parts[0], lines);
}
#define PARTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void an_operators_action_is_told_with_its_role(void **state)
{
    struct desk *d = *state;
    ask(d, "POST", "/v1/checkouts/c-17/resolve", JSON BEARER(OPERATOR_TOKEN), UNDO_BODY);
    then_status(d, 202);
    then_a_line_has(when_closed(d),
                    PARTS("level=info", "event=http.request", "route=/v1/checkouts/{id}/resolve",
                          "status=202", "checkout=c-17", "call=refund_payment", "role=operator",
                          "took="));
}

static void a_refusal_is_told(void **state)
{
    struct desk *d = *state;
    ask(d, "POST", "/v1/checkouts/c-17/resolve", JSON BEARER(WRITE_TOKEN), UNDO_BODY);
    then_status(d, 403);
    get(d, "/v1/checkouts");
    then_status(d, 401);
    const char *lines = when_closed(d);
    then_a_line_has(lines, PARTS("level=info", "status=403", "problem=forbidden", "role=write"));
    then_a_line_has(lines, PARTS("level=info", "status=401", "problem=unauthorized"));
}

static void who_answers_without_its_signature_is_told_with_the_call(void **state)
{
    struct desk *d = *state;
    ask(d, "POST", "/v1/replies", JSON BEARER(WRITE_TOKEN),
        "{\"checkout\":\"c-17\",\"call\":\"create_order\",\"attempt\":1,\"answer\":\"ok\"}");
    then_status(d, 401);
    then_a_line_has(when_closed(d), PARTS("level=info", "status=401", "checkout=c-17",
                                          "call=create_order", "role=write"));
}

static void overload_does_not_fill_the_log(void **state)
{
    struct desk *d = *state;
    given_engine(d, DESK_IS_FULL, ENGINE_ACCEPTED, SAGA_OK);
    ask(d, "POST", "/v1/checkouts/c-17/cancel", BEARER(WRITE_TOKEN), NULL);
    then_status(d, 503);
    then_a_line_has(when_closed(d), PARTS("level=debug", "status=503", "problem=overloaded"));
}

static void the_rest_is_for_whoever_looks_close(void **state)
{
    struct desk *d = *state;
    ask(d, "GET", "/v1/checkouts/c-17", BEARER(READ_TOKEN), NULL);
    ask(d, "GET", "/no%0aevent=checkout.closed", BEARER(READ_TOKEN), NULL);
    const char *lines = when_closed(d);
    then_a_line_has(lines, PARTS("level=debug", "route=/v1/checkouts/{id}", "status=200"));
    then_a_line_has(lines, PARTS("level=debug", "route=none", "problem=no_route"));
    assert_null(strstr(lines, "checkout.closed"));
}

static void no_token_is_ever_written(void **state)
{
    struct desk *d = *state;
    ask(d, "POST", "/v1/checkouts", JSON BEARER(WRITE_TOKEN),
        "{\"id\":\"c-18\",\"cart\":\"cart-18\",\"context\":{\"secret\":\"hush\"}}");
    then_status(d, 202);
    ask(d, "GET", "/v1/checkouts", BEARER("a-wrong-token-0001"), NULL);
    const char *lines = when_closed(d);
    then_a_line_has(lines, PARTS("status=202", "checkout=c-18"));
    assert_null(strstr(lines, WRITE_TOKEN));
    assert_null(strstr(lines, "a-wrong-token"));
    assert_null(strstr(lines, "hush"));
}

int main(void)
{
#define STORY(story) cmocka_unit_test_setup_teardown(story, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORY(an_operators_action_is_told_with_its_role),
        STORY(a_refusal_is_told),
        STORY(who_answers_without_its_signature_is_told_with_the_call),
        STORY(overload_does_not_fill_the_log),
        STORY(the_rest_is_for_whoever_looks_close),
        STORY(no_token_is_ever_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
