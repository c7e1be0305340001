#include "sim/sandbox/sandbox.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/hash.h"
#include "runtime/plan/write.h"
#include "sim/sandbox/state.h"
#include "sim/scenario/write.h"

enum {
    CONNECTIONS_MAX = 1024,
    EXCHANGES_MAX = 16384,
    STREAMS_MAX = 1, /* there are none */
    REQUEST_S = 30,
    HEAD_MAX = 16 * 1024,
    BODY_MAX = 1024 * 1024
};

#define SECOND_NS UINT64_C(1000000000)

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

uint64_t sandbox_wall_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

uint64_t sandbox_now_ns(const struct sandbox *sandbox)
{
    return read_clock(CLOCK_MONOTONIC) - sandbox->began_ns;
}

/* When there is something to do; what waits to be overtaken goes on at heal at the latest. */
static uint64_t next_ns(const struct sandbox *sandbox)
{
    uint64_t heal_ns = sandbox->scenario->heal_ns;
    uint64_t due_ns = agenda_next_ns(&sandbox->agenda);
    return sandbox->agenda.parked_len > 0 && heal_ns < due_ns ? heal_ns : due_ns;
}

void sandbox_lock(struct sandbox *sandbox)
{
    pthread_mutex_lock(&sandbox->lock);
}

void sandbox_unlock(struct sandbox *sandbox)
{
    if (next_ns(sandbox) < sandbox->sleeps_until_ns) {
        pthread_cond_signal(&sandbox->woken);
    }
    pthread_mutex_unlock(&sandbox->lock);
}

bool sandbox_do(struct sandbox *sandbox, struct journal_record *record, bool failed_after,
                struct service_answer *answer)
{
    record->wall_ns = sandbox_wall_ns();
    if (sandbox->journal != NULL && !journal_write(sandbox->journal, record)) {
        return false;
    }
    ledger_apply(&sandbox->ledger, record, failed_after, answer);
    return true;
}

uint32_t sandbox_number(struct sandbox *sandbox, const char *id)
{
    uint32_t number = ledger_find(&sandbox->ledger, id);
    if (number != 0) {
        return number;
    }
    struct journal_record record = {.kind = JOURNAL_HEARD,
                                    .number = ledger_choose(&sandbox->ledger, id)};
    memcpy(record.id, id, strlen(id));
    bool is_given = record.number != 0 && sandbox_do(sandbox, &record, false, NULL);
    return is_given ? record.number : 0;
}

/* Sleeps until something is due, or is said to be. */
static void sleep_until(struct sandbox *sandbox, uint64_t due_ns)
{
    sandbox->sleeps_until_ns = due_ns;
    if (due_ns == UINT64_MAX) {
        pthread_cond_wait(&sandbox->woken, &sandbox->lock);
    } else {
        uint64_t at_ns = sandbox->began_ns + due_ns;
        struct timespec at = {.tv_sec = (time_t)(at_ns / SECOND_NS),
                              .tv_nsec = (long)(at_ns % SECOND_NS)};
        pthread_cond_timedwait(&sandbox->woken, &sandbox->lock, &at);
    }
    sandbox->sleeps_until_ns = 0;
}

static void *do_what_is_due(void *context)
{
    struct sandbox *sandbox = context;
    struct agenda_job job;
    pthread_mutex_lock(&sandbox->lock);
    while (!sandbox->stopping) {
        uint64_t now_ns = sandbox_now_ns(sandbox);
        if (now_ns >= sandbox->scenario->heal_ns) {
            agenda_release(&sandbox->agenda, now_ns);
        }
        if (agenda_next_ns(&sandbox->agenda) > now_ns) {
            sleep_until(sandbox, next_ns(sandbox));
        } else if (agenda_pop(&sandbox->agenda, &job)) {
            calls_happen(sandbox, &job);
        }
    }
    pthread_mutex_unlock(&sandbox->lock);
    return NULL;
}

/* What makes a journal this scenario's: its file, as it would be written, and its plan's. 0: memory
 * is out. */
static uint64_t identity_of(const struct scenario *scenario)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL) {
        return 0;
    }
    plan_write_yaml(out, &scenario->plan);
    scenario_write_yaml(out, scenario, NULL, scenario->plan.name, &scenario->plan);
    bool is_whole = ferror(out) == 0;
    is_whole &= fclose(out) == 0;
    uint64_t identity = is_whole ? saga_hash_mix(saga_hash_bytes(SAGA_HASH_SEED, text, len)) : 0;
    free(text);
    return identity;
}

/* What is acquired runs out so long after it was, however long the sandbox was away; the wall clock
 * may have been set since. */
static bool take_record(void *context, const struct journal_record *record)
{
    struct sandbox *sandbox = context;
    struct service_answer answer = {0};
    if (!ledger_allows(&sandbox->ledger, record)) {
        return false;
    }
    ledger_apply(&sandbox->ledger, record, false, &answer);
    if (record->kind != JOURNAL_CALL || !answer.made || record->lapse_ns == SAGA_NEVER) {
        return true;
    }
    uint64_t wall_ns = sandbox_wall_ns();
    uint64_t gone_ns = wall_ns > record->wall_ns ? wall_ns - record->wall_ns : 0;
    uint64_t left_ns = gone_ns < record->lapse_ns ? record->lapse_ns - gone_ns : 0;
    if (!agenda_reserve(&sandbox->agenda, 1)) {
        return false;
    }
    calls_arm_lapse(sandbox, record, left_ns);
    return true;
}

static bool open_journal(struct sandbox *sandbox, const struct sandbox_options *options,
                         char why[SANDBOX_WHY_SIZE])
{
    if (options->journal == NULL) {
        return true;
    }
    uint64_t identity = identity_of(options->scenario);
    if (identity == 0) {
        snprintf(why, SANDBOX_WHY_SIZE, "out of memory");
        return false;
    }
    sandbox->journal = journal_open(options->journal, identity, options->sync, take_record, sandbox,
                                    options->notes, why);
    return sandbox->journal != NULL;
}

static bool start_thread(struct sandbox *sandbox, char why[SANDBOX_WHY_SIZE])
{
    int error = pthread_create(&sandbox->thread, NULL, do_what_is_due, sandbox);
    sandbox->has_thread = error == 0;
    if (error != 0) {
        snprintf(why, SANDBOX_WHY_SIZE, "no thread can be started: %s", strerror(error));
    }
    return sandbox->has_thread;
}

static bool start_server(struct sandbox *sandbox, const struct sandbox_options *options,
                         char why[SANDBOX_WHY_SIZE])
{
    char http_why[HTTP_WHY_SIZE];
    struct http_server_options settings = {.address = options->listen,
                                           .connections_max = CONNECTIONS_MAX,
                                           .streams_max = STREAMS_MAX,
                                           .exchanges_max = EXCHANGES_MAX,
                                           .timeout_s = REQUEST_S,
                                           .request_s = REQUEST_S,
                                           .head_max = HEAD_MAX,
                                           .body_max = BODY_MAX,
                                           .handle = routes_handle,
                                           .context = sandbox};
    sandbox->server = http_server_start(&settings, http_why);
    if (sandbox->server == NULL) {
        snprintf(why, SANDBOX_WHY_SIZE, "%s", http_why);
    }
    return sandbox->server != NULL;
}

static struct sandbox *create(const struct sandbox_options *options)
{
    pthread_condattr_t monotonic;
    struct sandbox *sandbox = calloc(1, sizeof(*sandbox));
    if (sandbox == NULL || !ledger_start(&sandbox->ledger, options->scenario)) {
        free(sandbox);
        return NULL;
    }
    sandbox->scenario = options->scenario;
    sandbox->plan = &options->scenario->plan;
    sandbox->later = options->later;
    sandbox->began_ns = read_clock(CLOCK_MONOTONIC);
    faults_start(&sandbox->faults, options->scenario);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&sandbox->lock, NULL);
    pthread_cond_init(&sandbox->woken, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return sandbox;
}

struct sandbox *sandbox_start(const struct sandbox_options *options, char why[SANDBOX_WHY_SIZE])
{
    struct sandbox *sandbox = create(options);
    if (sandbox == NULL) {
        snprintf(why, SANDBOX_WHY_SIZE, "out of memory");
        return NULL;
    }
    if (!open_journal(sandbox, options, why) || !later_start(sandbox, options, why) ||
        !start_thread(sandbox, why) || !start_server(sandbox, options, why)) {
        sandbox_stop(sandbox);
        return NULL;
    }
    return sandbox;
}

unsigned sandbox_port(const struct sandbox *sandbox)
{
    return http_server_port(sandbox->server);
}

/* Nothing more comes to be done: whoever waits is told. */
static void turn_all_away(struct sandbox *sandbox)
{
    struct agenda_job job;
    agenda_release(&sandbox->agenda, 0);
    while (agenda_pop(&sandbox->agenda, &job)) {
        if (job.exchange != NULL) {
            answer_problem(job.exchange, PROBLEM_STOPPING, NULL);
        }
    }
}

void sandbox_stop(struct sandbox *sandbox)
{
    sandbox_lock(sandbox);
    sandbox->stopping = true;
    pthread_cond_signal(&sandbox->woken);
    turn_all_away(sandbox);
    pthread_mutex_unlock(&sandbox->lock);
    if (sandbox->has_thread) {
        pthread_join(sandbox->thread, NULL);
    }
    if (sandbox->caller != NULL) {
        caller_stop(sandbox->caller, 0);
    }
    if (sandbox->server != NULL) {
        http_server_stop(sandbox->server);
    }
    journal_close(sandbox->journal);
    pthread_cond_destroy(&sandbox->woken);
    pthread_mutex_destroy(&sandbox->lock);
    agenda_free(&sandbox->agenda);
    ledger_free(&sandbox->ledger);
    free(sandbox);
}
