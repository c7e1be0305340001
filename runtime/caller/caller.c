#include "runtime/caller/caller.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime/caller/transfer.h"

#define NS_PER_S  UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

enum {
    WAIT_MAX_MS = 1000, /* between two looks at the queues */
    BREATH_MS = 10      /* after a failure of libcurl itself */
};

/* One target. What is marked (lock) is read and written under the caller's lock; transfers are the
 * thread's own; the rest is never changed. */
struct target {
    char *url;
    char *authorization;   /* "Authorization: Bearer ..."; NULL: none */
    unsigned char *secret; /* NULL: none */
    struct transfer_settings settings;
    unsigned concurrency;
    unsigned queue_max;
    struct transfer *transfers;  /* `concurrency` of them */
    unsigned running;            /* of the thread */
    struct job_queue queue;      /* (lock) */
    struct caller_gauges gauges; /* (lock) but for `waiting`, which is the queue's length */
};

struct caller {
    CURLM *multi;
    pthread_t thread;
    pthread_mutex_t lock;
    bool stopping;       /* (lock) */
    uint64_t stop_by_ns; /* (lock) */
    void (*done)(void *context, const struct caller_result *result);
    void *context;
    char *ca_file;
    uint32_t targets_len;
    struct target targets[];
};

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

static void tell(struct caller *caller, const struct caller_result *result)
{
    struct target *target = &caller->targets[result->target];
    pthread_mutex_lock(&caller->lock);
    target->gauges.running = target->running;
    target->gauges.by_outcome[result->outcome]++;
    target->gauges.took_ns += result->took_ns;
    pthread_mutex_unlock(&caller->lock);
    caller->done(caller->context, result);
}

/* Tells of the requests whose time was over before their turn came, and frees them. */
static void tell_expired(struct caller *caller, struct job *expired)
{
    while (expired != NULL) {
        struct job *job = expired;
        expired = job->next;
        struct caller_result result = {.outcome = CALLER_NOT_SENT,
                                       .target = job->target,
                                       .tag = {job->tag[0], job->tag[1]},
                                       .why = "its turn did not come in time"};
        memcpy(result.id, job->id, sizeof result.id);
        free(job);
        tell(caller, &result);
    }
}

static void end_transfer(struct caller *caller, struct target *target, struct transfer *transfer,
                         CURLcode code)
{
    struct caller_result result;
    transfer_end(transfer, caller->multi, code, now(), &result);
    target->running--;
    tell(caller, &result);
}

static void begin_transfer(struct caller *caller, struct target *target, struct job *job,
                           uint64_t now_ns)
{
    struct transfer *transfer = target->transfers;
    while (transfer->job != NULL) {
        transfer++;
    }
    target->running++;
    pthread_mutex_lock(&caller->lock);
    target->gauges.running = target->running;
    target->gauges.sent++;
    pthread_mutex_unlock(&caller->lock);
    if (!transfer_begin(transfer, caller->multi, &target->settings, job, now_ns)) {
        end_transfer(caller, target, transfer, CURLE_OUT_OF_MEMORY);
    }
}

/* The next request of the target whose turn it is; `expired` gets those whose time is over. */
static struct job *take_turn(struct caller *caller, struct target *target, uint64_t now_ns,
                             struct job **expired)
{
    struct job *job = NULL;
    pthread_mutex_lock(&caller->lock);
    *expired = job_queue_take_expired(&target->queue, now_ns);
    bool over = target->queue.first != NULL && target->queue.first->expires_ns <= now_ns;
    if (*expired == NULL && (over || target->running < target->concurrency)) {
        job = job_queue_take(&target->queue);
    }
    pthread_mutex_unlock(&caller->lock);
    if (job != NULL && over) {
        *expired = job;
        job = NULL;
    }
    return job;
}

static void begin_transfers(struct caller *caller)
{
    for (uint32_t i = 0; i < caller->targets_len; i++) {
        struct target *target = &caller->targets[i];
        struct job *job = NULL;
        struct job *expired = NULL;
        do {
            uint64_t now_ns = now();
            job = take_turn(caller, target, now_ns, &expired);
            if (job != NULL) {
                begin_transfer(caller, target, job, now_ns);
            }
            tell_expired(caller, expired);
        } while (job != NULL || expired != NULL);
    }
}

/* Whether there were any. */
static bool end_transfers(struct caller *caller)
{
    bool any = false;
    int left = 0;
    for (CURLMsg *message = curl_multi_info_read(caller->multi, &left); message != NULL;
         message = curl_multi_info_read(caller->multi, &left)) {
        char *private = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        struct transfer *transfer = (struct transfer *)(void *)private;
        if (!transfer_begin_again(transfer, caller->multi, code, now())) {
            end_transfer(caller, &caller->targets[transfer->job->target], transfer, code);
        }
        any = true;
    }
    return any;
}

/* Forgets what waits. Whether everything is over: nothing runs, or the grace has passed. */
static bool stop_now(struct caller *caller)
{
    unsigned running = 0;
    pthread_mutex_lock(&caller->lock);
    bool stopping = caller->stopping;
    uint64_t stop_by_ns = caller->stop_by_ns;
    for (uint32_t i = 0; i < caller->targets_len && stopping; i++) {
        struct target *target = &caller->targets[i];
        for (struct job *job = job_queue_take(&target->queue); job != NULL;
             job = job_queue_take(&target->queue)) {
            free(job);
        }
        running += target->running;
    }
    pthread_mutex_unlock(&caller->lock);
    return stopping && (running == 0 || now() >= stop_by_ns);
}

/* How long there is nothing to do but for libcurl: until a request that waits expires, or the grace
 * of a stop ends. */
static int wait_ms(struct caller *caller)
{
    uint64_t now_ns = now();
    uint64_t until_ns = now_ns + WAIT_MAX_MS * NS_PER_MS;
    pthread_mutex_lock(&caller->lock);
    if (caller->stopping && caller->stop_by_ns < until_ns) {
        until_ns = caller->stop_by_ns;
    }
    for (uint32_t i = 0; i < caller->targets_len; i++) {
        const struct job_queue *queue = &caller->targets[i].queue;
        if (queue->first != NULL && queue->look_ns < until_ns) {
            until_ns = queue->look_ns;
        }
    }
    pthread_mutex_unlock(&caller->lock);
    return until_ns <= now_ns ? 0 : (int)((until_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS);
}

static void *run(void *context)
{
    struct caller *caller = context;
    while (!stop_now(caller)) {
        int running = 0;
        begin_transfers(caller);
        CURLMcode code = curl_multi_perform(caller->multi, &running);
        if (end_transfers(caller)) {
            continue;
        }
        if (code == CURLM_OK) {
            code = curl_multi_poll(caller->multi, NULL, 0, wait_ms(caller), NULL);
        }
        if (code != CURLM_OK) {
            nanosleep(&(struct timespec){.tv_nsec = BREATH_MS * NS_PER_MS}, NULL);
        }
    }
    return NULL;
}

/* Frees all of it; what is secret is overwritten. The thread is not, or not any more. */
static void free_caller(struct caller *caller)
{
    for (uint32_t i = 0; i < caller->targets_len; i++) {
        struct target *target = &caller->targets[i];
        for (unsigned j = 0; target->transfers != NULL && j < target->concurrency; j++) {
            transfer_free(&target->transfers[j], caller->multi);
        }
        free(target->transfers);
        free(target->url);
        if (target->authorization != NULL) {
            explicit_bzero(target->authorization, strlen(target->authorization));
        }
        free(target->authorization);
        if (target->secret != NULL) {
            explicit_bzero(target->secret, target->settings.secret_len);
        }
        free(target->secret);
    }
    if (caller->multi != NULL) {
        curl_multi_cleanup(caller->multi);
    }
    free(caller->ca_file);
    pthread_mutex_destroy(&caller->lock);
    free(caller);
    curl_global_cleanup();
}

/* Copies a target. False when memory is out. */
static bool set_up_target(struct target *target, const struct caller_target *from,
                          const struct caller_options *options, const char *ca_file)
{
    assert(from->concurrency > 0);
    assert(from->queue_max > 0);
    static const char bearer[] = "Authorization: Bearer ";
    target->concurrency = from->concurrency;
    target->queue_max = from->queue_max;
    target->url = strdup(from->url);
    target->transfers = calloc(from->concurrency, sizeof *target->transfers);
    bool fine = target->url != NULL && target->transfers != NULL;
    if (from->bearer != NULL) {
        size_t size = sizeof bearer + strlen(from->bearer);
        target->authorization = malloc(size);
        fine = fine && target->authorization != NULL;
        if (target->authorization != NULL) {
            snprintf(target->authorization, size, "%s%s", bearer, from->bearer);
        }
    }
    if (from->secret != NULL) {
        target->secret = malloc(from->secret_len);
        fine = fine && target->secret != NULL;
        if (target->secret != NULL) {
            memcpy(target->secret, from->secret, from->secret_len);
        }
    }
    target->settings = (struct transfer_settings){.ca_file = ca_file,
                                                  .answer_max = options->answer_max,
                                                  .authorization = target->authorization,
                                                  .secret = target->secret,
                                                  .secret_len = from->secret_len};
    return fine;
}

/* Connections are kept open for as many requests as may be under way at once. */
static bool set_up_multi(struct caller *caller)
{
    long connections = 0;
    for (uint32_t i = 0; i < caller->targets_len; i++) {
        connections += (long)caller->targets[i].concurrency;
    }
    caller->multi = curl_multi_init();
    return caller->multi != NULL &&
           curl_multi_setopt(caller->multi, CURLMOPT_MAXCONNECTS, connections) == CURLM_OK &&
           curl_multi_setopt(caller->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) ==
               CURLM_OK;
}

/* NULL when memory is out. Without its thread. */
static struct caller *create(const struct caller_options *options)
{
    struct caller *caller =
        calloc(1, sizeof *caller + options->targets_len * sizeof *caller->targets);
    if (caller == NULL) {
        curl_global_cleanup();
        return NULL;
    }
    pthread_mutex_init(&caller->lock, NULL);
    caller->done = options->done;
    caller->context = options->context;
    caller->targets_len = options->targets_len;
    bool fine = true;
    if (options->ca_file != NULL) {
        caller->ca_file = strdup(options->ca_file);
        fine = caller->ca_file != NULL;
    }
    for (uint32_t i = 0; i < options->targets_len && fine; i++) {
        fine = set_up_target(&caller->targets[i], &options->targets[i], options, caller->ca_file);
    }
    if (!fine || !set_up_multi(caller)) {
        free_caller(caller);
        return NULL;
    }
    return caller;
}

/* Signals are for the other threads. */
static int start_thread(struct caller *caller)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&caller->thread, NULL, run, caller);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

struct caller *caller_start(const struct caller_options *options, char why[CALLER_WHY_SIZE])
{
    assert(options->targets_len > 0);
    assert(options->answer_max > 0);
    if (options->ca_file != NULL && access(options->ca_file, R_OK) != 0) {
        snprintf(why, CALLER_WHY_SIZE, "cannot read the certificates in %.80s", options->ca_file);
        return NULL;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        snprintf(why, CALLER_WHY_SIZE, "libcurl does not start");
        return NULL;
    }
    struct caller *caller = create(options);
    if (caller == NULL) {
        snprintf(why, CALLER_WHY_SIZE, "out of memory");
        return NULL;
    }
    int error = start_thread(caller);
    if (error != 0) {
        char text[CALLER_WHY_SIZE / 2];
        snprintf(why, CALLER_WHY_SIZE, "no thread: %s", strerror_r(error, text, sizeof text));
        free_caller(caller);
        return NULL;
    }
    return caller;
}

bool caller_send(struct caller *caller, const struct caller_request *request)
{
    assert(request->target < caller->targets_len);
    assert(request->timeout_ns > 0);
    struct target *target = &caller->targets[request->target];
    struct job *job = job_create(request, target->url, now());
    if (job == NULL) {
        return false;
    }
    pthread_mutex_lock(&caller->lock);
    bool room = target->queue.len < target->queue_max && !caller->stopping;
    if (room) {
        job_queue_put(&target->queue, job);
    }
    pthread_mutex_unlock(&caller->lock);
    if (!room) {
        free(job);
        return false;
    }
    curl_multi_wakeup(caller->multi);
    return true;
}

void caller_stop(struct caller *caller, unsigned grace_ms)
{
    pthread_mutex_lock(&caller->lock);
    caller->stopping = true;
    caller->stop_by_ns = now() + grace_ms * NS_PER_MS;
    pthread_mutex_unlock(&caller->lock);
    curl_multi_wakeup(caller->multi);
    pthread_join(caller->thread, NULL);
    free_caller(caller);
}

struct caller_gauges caller_gauges(struct caller *caller, uint32_t target)
{
    assert(target < caller->targets_len);
    pthread_mutex_lock(&caller->lock);
    struct caller_gauges gauges = caller->targets[target].gauges;
    gauges.waiting = caller->targets[target].queue.len;
    pthread_mutex_unlock(&caller->lock);
    return gauges;
}
