/*
 * Every allocation fails once: the first, the second, and so on until a whole life of a caller,
 * from its start to its stop, needs no more. What it takes on has its one outcome all the same, and
 * what it does not take on was not sent. The allocations are ours (by the linker's --wrap) and
 * libcurl's (by its own hook), of all threads; the peer has what it needs before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tests/runtime/caller/desk.h"
#include "tests/runtime/caller/peer.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

/* Allocations until one fails; negative: it has, or none does. */
static atomic_long left = -1;

static bool fails(void)
{
    return atomic_load(&left) >= 0 && atomic_fetch_sub(&left, 1) == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

enum { TRIES_MAX = 5000, REQUESTS = 3 };

static const struct peer_answer script[] = {
    {.path = "/ok", .bytes = "HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\n{}"},
    {.bytes = "HTTP/1.1 422 No\r\nContent-Length: 19\r\n\r\n{\"code\":\"declined\"}"}};

/* What became of one life. */
struct life {
    bool started;
    unsigned sent;
    unsigned refused;
    unsigned unavailable;
};

static void take(void *context, const struct caller_result *result)
{
    struct desk *desk = context;
    pthread_mutex_lock(&desk->lock);
    desk->results[desk->len++] = *result;
    pthread_cond_broadcast(&desk->came);
    pthread_mutex_unlock(&desk->lock);
}

static void send_all(struct desk *desk, struct life *life)
{
    static const char *const paths[REQUESTS] = {"/ok", "/declined", "/ok"};
    for (uint64_t i = 0; i < REQUESTS; i++) {
        if (desk_send(desk, 0, paths[i], i, 30000)) {
            desk_wait(desk, ++life->sent);
        } else {
            life->refused++;
        }
    }
    for (size_t i = 0; i < desk->len; i++) {
        const struct caller_result *result = &desk->results[i];
        bool declined = result->tag[0] == 1;
        bool short_of_memory = result->outcome == CALLER_UNAVAILABLE;
        assert_true(result->tag[0] < REQUESTS && result->tag[1] == ~result->tag[0]);
        assert_true(short_of_memory || result->outcome == (declined ? CALLER_REJECTED : CALLER_OK));
        assert_true(strcmp(result->code, "http_422") == 0 ||
                    strcmp(result->code, declined && !short_of_memory ? "declined" : "") == 0);
        life->unavailable += short_of_memory;
    }
}

static struct life live(struct desk *desk, struct peer *peer)
{
    struct life life = {0};
    struct caller_target target = {.name = "payment",
                                   .url = peer_url(peer),
                                   .concurrency = 2,
                                   .queue_max = 4,
                                   .bearer = "hush",
                                   .secret = "a shared secret",
                                   .secret_len = 15};
    struct caller_options options = {
        .targets = &target, .targets_len = 1, .answer_max = 100, .done = take, .context = desk};
    char why[CALLER_WHY_SIZE] = "";
    desk->len = 0;
    desk->caller = caller_start(&options, why);
    life.started = desk->caller != NULL;
    if (life.started) {
        send_all(desk, &life);
        desk_stop(desk, 0);
    } else {
        assert_true(why[0] != '\0');
    }
    return life;
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    static struct desk desk = {.lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER};
    unsigned not_started = 0;
    unsigned refused = 0;
    unsigned unavailable = 0;
    for (long n = 0; n < TRIES_MAX; n++) {
        struct peer *peer = peer_start(script);
        atomic_store(&left, n);
        struct life life = live(&desk, peer);
        bool enough = atomic_exchange(&left, -1) >= 0;
        peer_stop(peer);
        not_started += !life.started;
        refused += life.refused;
        unavailable += life.unavailable;
        if (enough) {
            assert_int_equal(life.sent, REQUESTS);
            assert_int_equal(life.unavailable, 0);
            assert_true(not_started > 3 && refused >= REQUESTS && unavailable > 10);
            return;
        }
    }
    fail_msg("it still needs memory after %d allocations", TRIES_MAX);
}

int main(void)
{
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, __wrap_malloc, free, __wrap_realloc,
                             __wrap_strdup, __wrap_calloc) != CURLE_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
