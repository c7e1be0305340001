/* Every allocation of ours fails once, and every one that we ask of libmicrohttpd: the request is
 * answered 503, or its connection closed, and the server goes on. Who is tested is every thread but
 * the client's. */
#include "tests/runtime/http/host.h"

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static _Atomic int fails_in; /* 1: the next one; 0: none */
static _Atomic bool has_failed;
static _Thread_local bool is_spared;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
struct MHD_Response *__real_MHD_create_response_from_buffer(size_t len, void *bytes,
                                                            enum MHD_ResponseMemoryMode mode);
struct MHD_Response *__real_MHD_create_response_from_callback(uint64_t len, size_t block,
                                                              MHD_ContentReaderCallback read,
                                                              void *context,
                                                              MHD_ContentReaderFreeCallback done);
enum MHD_Result __real_MHD_add_response_header(struct MHD_Response *response, const char *name,
                                               const char *value);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
struct MHD_Response *__wrap_MHD_create_response_from_buffer(size_t len, void *bytes,
                                                            enum MHD_ResponseMemoryMode mode);
struct MHD_Response *__wrap_MHD_create_response_from_callback(uint64_t len, size_t block,
                                                              MHD_ContentReaderCallback read,
                                                              void *context,
                                                              MHD_ContentReaderFreeCallback done);
enum MHD_Result __wrap_MHD_add_response_header(struct MHD_Response *response, const char *name,
                                               const char *value);

static bool fails(void)
{
    if (is_spared || atomic_load(&fails_in) == 0 || atomic_fetch_sub(&fails_in, 1) != 1)
        return false;
    atomic_store(&has_failed, true);
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

struct MHD_Response *__wrap_MHD_create_response_from_buffer(size_t len, void *bytes,
                                                            enum MHD_ResponseMemoryMode mode)
{
    return fails() ? NULL : __real_MHD_create_response_from_buffer(len, bytes, mode);
}

struct MHD_Response *__wrap_MHD_create_response_from_callback(uint64_t len, size_t block,
                                                              MHD_ContentReaderCallback read,
                                                              void *context,
                                                              MHD_ContentReaderFreeCallback done)
{
    return fails() ? NULL
                   : __real_MHD_create_response_from_callback(len, block, read, context, done);
}

enum MHD_Result __wrap_MHD_add_response_header(struct MHD_Response *response, const char *name,
                                               const char *value)
{
    return fails() ? MHD_NO : __real_MHD_add_response_header(response, name, value);
}

/* From the n-th of the others' allocations on, once. False: there were fewer. */
static void fail_at(int nth)
{
    atomic_store(&has_failed, false);
    atomic_store(&fails_in, nth);
}

static bool stop_failing(void)
{
    atomic_store(&fails_in, 0);
    return atomic_load(&has_failed);
}

/* Waits for either; true: an exchange is kept. */
static bool await_kept_or_closed(struct host *host)
{
    AWAIT(host_kept(host) == 1 || http_server_gauges(host->server).connections == 0);
    return host_kept(host) == 1;
}

/* A request, until nothing fails any more; each time it gets its answer, a 503, or none. */
static void play(const char *request, unsigned status, bool is_kept)
{
    struct http_server_options options = host_options();
    struct host host;
    int nth = 0;
    bool failed;

    is_spared = true;
    options.streams_max = 1;
    given_host_with(&host, &options);
    host.ends = true;
    do {
        struct http_client client;
        struct http_reply reply;
        uint64_t requests = http_server_gauges(host.server).requests;
        given_client(&host, &client, "");
        fail_at(++nth);
        http_client_say(&client, request);
        AWAIT(http_server_gauges(host.server).requests > requests);
        if (is_kept && await_kept_or_closed(&host)) {
            is_spared = false;
            answer_kept(&host, "kept");
            is_spared = true;
        }
        http_client_read(&client, &reply, false);
        failed = stop_failing();
        if (reply.status != status)
            assert_true(failed && (reply.status == 503 || reply.status == 0));
        http_reply_free(&reply);
        http_client_close(&client);
        AWAIT(http_server_gauges(host.server).connections == 0);
        http_request(host.port, "GET", "/echo", "", NULL, &reply);
        assert_int_equal(reply.status, 200);
        http_reply_free(&reply);
        AWAIT(http_server_gauges(host.server).connections == 0);
    } while (failed);
    assert_true(nth > 3);
    assert_int_equal(http_server_gauges(host.server).exchanges, 0);
    end_host(&host);
}

static void test_a_request_without_memory(void **state)
{
    (void)state;
    play("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n", 200, false);
}

static void test_a_body_without_memory(void **state)
{
    (void)state;
    char request[8192] = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 8000\r\n\r\n";
    size_t len = strlen(request);
    memset(request + len, 'x', 8000);
    play(request, 200, false);
}

static void test_an_answer_from_another_thread_without_memory(void **state)
{
    (void)state;
    play("GET /keep HTTP/1.1\r\nHost: x\r\n\r\n", 200, true);
}

static void test_a_refusal_without_memory(void **state)
{
    (void)state;
    play("GET /echo HTTP/1.1\r\n\r\n", 400, false);
}

static void test_a_stream_without_memory(void **state)
{
    (void)state;
    play("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n", 200, false);
}

static void test_a_server_does_not_start_without_memory(void **state)
{
    (void)state;
    struct http_server_options options = host_options();
    struct http_server *server;
    int nth = 0;
    options.handle = (void (*)(void *, struct http_exchange *))abort;
    do {
        char why[HTTP_WHY_SIZE] = "";
        is_spared = false;
        fail_at(++nth);
        server = http_server_start(&options, why);
        bool failed = stop_failing();
        is_spared = true;
        assert_int_equal(failed, server == NULL);
        assert_true(!failed || strstr(why, options.address) != NULL);
    } while (server == NULL);
    assert_true(nth > 2);
    http_server_stop(server);
}

/* Nor without descriptors: for the socket, the bell, or libmicrohttpd's own. */
static void test_a_server_does_not_start_without_descriptors(void **state)
{
    (void)state;
    struct http_server_options options = host_options();
    struct http_server *server = NULL;
    struct rlimit before;
    options.handle = (void (*)(void *, struct http_exchange *))abort;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    int tries = 0;
    for (rlim_t most = 3; server == NULL && most < 64; most++) {
        char why[HTTP_WHY_SIZE] = "";
        struct rlimit low = {most, before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
        server = http_server_start(&options, why);
        assert_true(server != NULL || strstr(why, options.address) != NULL);
        tries++;
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_non_null(server);
    assert_true(tries > 3);
    http_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_without_memory),
        cmocka_unit_test(test_a_body_without_memory),
        cmocka_unit_test(test_an_answer_from_another_thread_without_memory),
        cmocka_unit_test(test_a_refusal_without_memory),
        cmocka_unit_test(test_a_stream_without_memory),
        cmocka_unit_test(test_a_server_does_not_start_without_memory),
        cmocka_unit_test(test_a_server_does_not_start_without_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
