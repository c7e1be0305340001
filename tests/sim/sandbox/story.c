#include "tests/sim/sandbox/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/key.h"

struct scenario scenario;
struct sandbox_options options;
struct sandbox *sandbox;
struct answer answer;
static json_t *body_of_last;

void given_scenario(void)
{
    builder_begin(&scenario);
    builder_checkouts(&scenario, 100, SECOND);
    builder_steady(&scenario, 0, 0);
    for (uint8_t i = 0; i < scenario.plan.steps_len; i++) {
        scenario.plan.steps[i].timeout_ns = 50 * MS;
    }
    for (uint8_t i = 0; i < scenario.plan.compensations_len; i++) {
        scenario.plan.compensations[i].timeout_ns = 50 * MS;
    }
    options = (struct sandbox_options){.scenario = &scenario, .listen = "127.0.0.1:0"};
}

void given_sandbox(void)
{
    char why[SANDBOX_WHY_SIZE] = "";
    sandbox = sandbox_start(&options, why);
    assert_string_equal(why, "");
    assert_non_null(sandbox);
}

void end_sandbox(void)
{
    if (sandbox != NULL) {
        sandbox_stop(sandbox);
        sandbox = NULL;
    }
}

int end_test(void **state)
{
    (void)state;
    end_sandbox();
    json_decref(body_of_last);
    body_of_last = NULL;
    return 0;
}

static const json_t *take_reply(struct http_reply *reply)
{
    json_decref(body_of_last);
    body_of_last = reply->body == NULL ? NULL : json_loads(reply->body, 0, NULL);
    const char *code = json_string_value(json_object_get(body_of_last, "code"));
    answer.status = reply->status;
    snprintf(answer.code, sizeof(answer.code), "%s", code == NULL ? "" : code);
    http_reply_free(reply);
    return body_of_last;
}

static const json_t *ask(const char *method, const char *path, const char *headers,
                         const char *body)
{
    struct http_reply reply;
    http_request(sandbox_port(sandbox), method, path, headers, body, &reply);
    return take_reply(&reply);
}

const json_t *post(const char *path, const char *headers, const char *body)
{
    return ask("POST", path, headers, body);
}

const json_t *get(const char *path)
{
    return ask("GET", path, "", NULL);
}

struct written {
    char path[128];
    char headers[256];
    char body[512];
};

static void write_words(struct written *written, const struct words *words)
{
    char key[SAGA_KEY_MAX + 1];
    uint8_t number = builder_call(&scenario, words->call);
    saga_key_format(key, &scenario.plan, words->id, number, (uint8_t)words->epoch);
    snprintf(written->path, sizeof(written->path), "/%s/%s",
             scenario.plan.services[saga_call_service(&scenario.plan, number)].name, words->call);
    snprintf(written->headers, sizeof(written->headers),
             "Idempotency-Key: %s\r\nBackstep-Attempt: %u\r\nBackstep-Checkout: %s\r\n", key,
             words->attempt, words->id);
    snprintf(written->body, sizeof(written->body),
             "{\"checkout\":\"%s\",\"call\":\"%s\",\"attempt\":%u,\"cart\":\"cart\",\"flags\":%s,"
             "\"context\":{}}",
             words->id, words->call, words->attempt, words->flags == NULL ? "[]" : words->flags);
}

void say(const struct words *words)
{
    struct written written;
    write_words(&written, words);
    post(written.path, written.headers, written.body);
}

void begin_to_say(struct http_client *client, const struct words *words)
{
    struct written written;
    char text[1024];
    write_words(&written, words);
    snprintf(text, sizeof(text),
             "POST %s HTTP/1.1\r\nHost: sandbox\r\nContent-Length: %zu\r\n%s\r\n%s", written.path,
             strlen(written.body), written.headers, written.body);
    assert_true(http_client_open(client, sandbox_port(sandbox)));
    http_client_say(client, text);
}

void hear(struct http_client *client)
{
    struct http_reply reply;
    http_client_read(client, &reply, false);
    take_reply(&reply);
    http_client_close(client);
}

void call_of(const char *id, const char *name, unsigned attempt)
{
    struct words words = {.call = name, .id = id, .attempt = attempt};
    say(&words);
}

void call_again(const char *name, unsigned attempt)
{
    call_of("checkout-1", name, attempt);
}

void call_in_vain(const char *name)
{
    struct words words = {.call = name, .id = "checkout-1", .attempt = 1};
    struct http_client client;
    struct http_reply reply;
    begin_to_say(&client, &words);
    http_client_read(&client, &reply, false);
    assert_int_equal(reply.status, 0);
    assert_true(http_client_is_closed(&client));
    http_reply_free(&reply);
    http_client_close(&client);
}

void call(const char *name)
{
    call_again(name, 1);
}

void expect_ok(void)
{
    assert_int_equal(answer.status, 200);
}

void expect_rejected(const char *code)
{
    assert_int_equal(answer.status, 422);
    assert_string_equal(answer.code, code);
}

void expect_unavailable(void)
{
    assert_int_equal(answer.status, 503);
}

static void write_event(char *text, size_t size, unsigned sequence, const char *type)
{
    snprintf(text, size,
             "{\"specversion\":\"1.0\",\"id\":\"checkout-1:%u\",\"source\":\"/backstep\","
             "\"type\":\"%s\",\"subject\":\"checkout-1\",\"data\":{\"checkout\":\"checkout-1\","
             "\"sequence\":%u,\"position\":%u}}",
             sequence, type, sequence, sequence + 1);
}

void tell_event(unsigned sequence, const char *type)
{
    char body[512];
    write_event(body, sizeof(body), sequence, type);
    post("/events", "Content-Type: application/cloudevents+json\r\n", body);
}

void tell_events_from(unsigned sequence, const char *const *types)
{
    char body[8192] = "[";
    for (unsigned i = 0; types[i] != NULL; i++) {
        size_t len = strlen(body);
        snprintf(body + len, sizeof(body) - len, "%s", i == 0 ? "" : ",");
        len = strlen(body);
        write_event(body + len, sizeof(body) - len, sequence + i, types[i]);
    }
    strcat(body, "]");
    post("/events", "Content-Type: application/cloudevents-batch+json\r\n", body);
    expect_ok();
}

void notify(unsigned sequence, const char *type)
{
    char body[512];
    char headers[128];
    write_event(body, sizeof(body), sequence, type);
    snprintf(headers, sizeof(headers), "Idempotency-Key: checkout-1:%u\r\n", sequence);
    post("/notification", headers, body);
}

static json_int_t look_up(const json_t *value, const char *path)
{
    char step[64];
    while (*path != '\0') {
        size_t len = strcspn(path, ".");
        snprintf(step, sizeof(step), "%.*s", (int)len, path);
        value = json_object_get(value, step);
        path += len + (path[len] == '.');
    }
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

json_int_t number_of(const char *path)
{
    return look_up(get("/ledger"), path);
}

static void wait_a_little(void)
{
    static const struct timespec pause = {.tv_nsec = 10000000};
    nanosleep(&pause, NULL);
}

void await_number(const char *path, json_int_t expected)
{
    for (int tries = 0; tries < 3000 && number_of(path) != expected; tries++) {
        wait_a_little();
    }
    assert_int_equal(number_of(path), expected);
}

static size_t known(void)
{
    return json_array_size(json_object_get(get("/ledger"), "checkouts"));
}

void await_known(size_t expected)
{
    for (int tries = 0; tries < 3000 && known() != expected; tries++) {
        wait_a_little();
    }
    assert_int_equal(known(), expected);
}

void expect_balance(void)
{
    char *told = json_dumps(get("/ledger/check"), JSON_COMPACT);
    if (answer.status != 200) {
        print_error("%s\n", told);
    }
    free(told);
    assert_int_equal(answer.status, 200);
}

void expect_problem(const char *text)
{
    char *told = json_dumps(json_object_get(get("/ledger/check"), "problems"), JSON_COMPACT);
    bool is_told = strstr(told, text) != NULL;
    if (!is_told) {
        print_error("no `%s` in %s\n", text, told);
    }
    free(told);
    assert_int_equal(answer.status, 409);
    assert_true(is_told);
}
