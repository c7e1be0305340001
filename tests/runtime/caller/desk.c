#include "tests/runtime/caller/desk.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATIENCE_S = 30 };

#define NS_PER_MS UINT64_C(1000000)

static void take(void *context, const struct caller_result *result)
{
    struct desk *desk = context;
    pthread_mutex_lock(&desk->lock);
    assert(desk->len < DESK_RESULTS_MAX);
    desk->results[desk->len++] = *result;
    pthread_cond_broadcast(&desk->came);
    pthread_mutex_unlock(&desk->lock);
}

struct desk *desk_open(const struct caller_target *targets, uint32_t targets_len)
{
    return desk_open_trusting(targets, targets_len, NULL);
}

struct desk *desk_open_trusting(const struct caller_target *targets, uint32_t targets_len,
                                const char *ca_file)
{
    struct desk *desk = calloc(1, sizeof *desk);
    char why[CALLER_WHY_SIZE] = "";
    assert(desk != NULL);
    pthread_mutex_init(&desk->lock, NULL);
    pthread_cond_init(&desk->came, NULL);
    struct caller_options options = {.targets = targets,
                                     .targets_len = targets_len,
                                     .ca_file = ca_file,
                                     .answer_max = 4096,
                                     .done = take,
                                     .context = desk};
    desk->caller = caller_start(&options, why);
    if (desk->caller == NULL) {
        fprintf(stderr, "%s\n", why);
    }
    assert(desk->caller != NULL);
    return desk;
}

struct desk *desk_open_one(const char *url, unsigned concurrency)
{
    struct caller_target target = {
        .name = "payment", .url = url, .concurrency = concurrency, .queue_max = 1000};
    return desk_open(&target, 1);
}

void desk_stop(struct desk *desk, unsigned grace_ms)
{
    caller_stop(desk->caller, grace_ms);
    desk->caller = NULL;
}

void desk_close(struct desk *desk)
{
    if (desk->caller != NULL) {
        desk_stop(desk, 0);
    }
    pthread_cond_destroy(&desk->came);
    pthread_mutex_destroy(&desk->lock);
    free(desk);
}

bool desk_send(struct desk *desk, uint32_t target, const char *path, uint64_t number,
               uint64_t timeout_ms)
{
    struct caller_request request = {.target = target,
                                     .path = path,
                                     .type = "application/json",
                                     .body = "{}",
                                     .body_len = 2,
                                     .timeout_ns = timeout_ms * NS_PER_MS,
                                     .tag = {number, ~number}};
    snprintf(request.id, sizeof request.id, "c-%llu", (unsigned long long)number);
    return caller_send(desk->caller, &request);
}

struct caller_result desk_wait(struct desk *desk, size_t len)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&desk->lock);
    int failed = 0;
    while (desk->len < len && failed == 0) {
        failed = pthread_cond_timedwait(&desk->came, &desk->lock, &until);
    }
    assert(desk->len >= len);
    struct caller_result result = desk->results[len - 1];
    pthread_mutex_unlock(&desk->lock);
    return result;
}

struct caller_result desk_of(struct desk *desk, uint64_t number)
{
    pthread_mutex_lock(&desk->lock);
    const struct caller_result *result = NULL;
    for (size_t i = 0; i < desk->len; i++) {
        if (desk->results[i].tag[0] == number) {
            assert(result == NULL); /* one outcome each */
            result = &desk->results[i];
        }
    }
    assert(result != NULL);
    struct caller_result copy = *result;
    pthread_mutex_unlock(&desk->lock);
    return copy;
}

size_t desk_len(struct desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    size_t len = desk->len;
    pthread_mutex_unlock(&desk->lock);
    return len;
}

bool desk_until(unsigned (*count)(struct peer *peer), struct peer *peer, unsigned reached)
{
    for (unsigned i = 0; i < PATIENCE_S * 1000; i++) {
        if (count(peer) >= reached) {
            return true;
        }
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return false;
}
