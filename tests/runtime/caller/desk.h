/* Whoever sends requests in a test: a caller, and the outcomes that it gave back. */
#ifndef BACKSTEP_TESTS_RUNTIME_CALLER_DESK_H
#define BACKSTEP_TESTS_RUNTIME_CALLER_DESK_H

#include <pthread.h>

#include "runtime/caller/caller.h"

enum { DESK_RESULTS_MAX = 4096 };

struct desk {
    struct caller *caller;
    pthread_mutex_t lock;
    pthread_cond_t came;
    size_t len;
    struct caller_result results[DESK_RESULTS_MAX];
};

/* A desk that knows these targets. Fails the test if it cannot. */
struct desk *desk_open(const struct caller_target *targets, uint32_t targets_len);
/* The same, and trusts the certificates in that file only; NULL: the system's. */
struct desk *desk_open_trusting(const struct caller_target *targets, uint32_t targets_len,
                                const char *ca_file);
/* The same with one target of that URL, of some concurrency. */
struct desk *desk_open_one(const char *url, unsigned concurrency);
void desk_close(struct desk *desk);
/* Stops the caller; what came stays. */
void desk_stop(struct desk *desk, unsigned grace_ms);

/* Sends a small request to the target's path; its tag is {number, ~number}. */
bool desk_send(struct desk *desk, uint32_t target, const char *path, uint64_t number,
               uint64_t timeout_ms);

/* Waits, at most half a minute, for that many outcomes in all; the last of them. */
struct caller_result desk_wait(struct desk *desk, size_t len);
/* The outcome of the request of that number, which has come. */
struct caller_result desk_of(struct desk *desk, uint64_t number);
size_t desk_len(struct desk *desk);

/* Waits until the count is reached, at most half a minute; whether it was. */
struct peer;
bool desk_until(unsigned (*count)(struct peer *peer), struct peer *peer, unsigned reached);

#endif
