#include "sim/campaign/campaign.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/plan/same.h"
#include "sim/campaign/twice.h"
#include "sim/coverage/fold.h"

enum { SLOTS_FOR_EACH_JOB = 4, IDLE_MS = 100 };

/* What became of one chunk. Belongs to the worker until it is ready, then to the caller. */
struct slot {
    struct campaign_chunk chunk;
    struct campaign_tally tally;
    struct coverage_visits *visits; /* NULL without `coverage` */
    char *text;
    size_t text_len;
    bool ready;
    bool failed; /* memory was out */
};

/*
 * What the threads share. Chunks are numbered as they are dealt; chunk n lives in slot n modulo
 * slots_len, so at most slots_len of them wait to be told.
 */
struct crew {
    pthread_mutex_t mutex;
    pthread_cond_t has_room;  /* a slot has been told */
    pthread_cond_t has_ready; /* a slot is ready, or there will be no more */
    const struct campaign_suite *suite;
    const struct campaign_options *options;
    const struct campaign_hooks *hooks;
    struct campaign_pairs pairs;
    uint64_t started_ns;
    uint64_t dealt; /* chunks */
    uint64_t told;  /* chunks */
    bool exhausted; /* no more chunks will be dealt */
    bool stopped;   /* by the caller */
    bool no_memory;
    uint32_t slots_len;
    struct slot *slots;
};

uint64_t campaign_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* A worker's own. */
struct hand {
    struct run *run;
    struct run_result *result;
    struct coverage_fold *fold; /* NULL without `coverage` */
};

/* One run that is watched for the cells that it visits. What is played is known with its first
 * event: a seed may change the scenario. */
struct watch {
    const struct hand *hand;
    const struct scenario *scenario;
    struct coverage_visits *visits;
    uint64_t seed;
    uint32_t entry;
    bool begun;
    bool no_memory;
};

static void watch(void *context, const struct sim_step *step)
{
    struct watch *watched = context;
    const struct scenario *played = run_played(watched->hand->run);
    if (!watched->begun) {
        struct coverage_run run = {
            .played = played,
            .seed = watched->seed,
            .entry = watched->entry,
            .counts = played == watched->scenario ||
                      plan_is_same(&played->plan, &watched->scenario->plan),
        };
        watched->begun = true;
        watched->no_memory = !coverage_fold_begin(watched->hand->fold, &run, watched->visits);
    }
    if (!watched->no_memory) {
        coverage_fold_step(watched->hand->fold, step);
    }
}

static bool play_one(struct crew *crew, const struct hand *hand, const struct slot *slot,
                     uint64_t seed)
{
    const struct scenario *scenario = crew->suite->entries[slot->chunk.entry].scenario;
    struct watch watched = {.hand = hand,
                            .scenario = scenario,
                            .visits = slot->visits,
                            .seed = seed,
                            .entry = (uint32_t)slot->chunk.entry};
    run_observer *observer = crew->options->coverage ? watch : NULL;
    bool played =
        crew->options->twice
            ? campaign_run_twice(hand->run, scenario, seed, observer, &watched, hand->result)
            : run_scenario(hand->run, scenario, seed, observer, &watched, hand->result);
    return played && !watched.no_memory;
}

static bool play_all(struct crew *crew, const struct hand *hand, struct slot *slot, FILE *out)
{
    struct campaign_chunk *chunk = &slot->chunk;
    const struct campaign_entry *entry = &crew->suite->entries[chunk->entry];
    for (uint32_t i = 0; i < chunk->len; i++) {
        if (!play_one(crew, hand, slot, chunk->seed + i * chunk->stride)) {
            return false;
        }
        campaign_tally_add(&slot->tally, hand->run, entry->scenario, hand->result);
        if (out != NULL &&
            !crew->hooks->write(crew->hooks->context, out, entry, hand->run, hand->result)) {
            return false;
        }
        if (!hand->result->passed && crew->options->fail_fast) {
            chunk->len = i + 1;
        }
    }
    return true;
}

/* Plays a chunk. Returns false when memory is out. */
static bool play(struct crew *crew, const struct hand *hand, struct slot *slot)
{
    uint64_t from_ns = campaign_clock_ns();
    FILE *out = NULL;
    slot->tally = (struct campaign_tally){0};
    if (slot->visits != NULL) {
        *slot->visits = (struct coverage_visits){0};
    }
    slot->text = NULL;
    slot->text_len = 0;
    if (crew->hooks->write != NULL) {
        out = open_memstream(&slot->text, &slot->text_len);
        if (out == NULL) {
            return false;
        }
    }
    bool played = play_all(crew, hand, slot, out);
    if (out != NULL) {
        played &= ferror(out) == 0;
        played &= fclose(out) == 0;
    }
    slot->tally.wall_ns = campaign_clock_ns() - from_ns;
    return played;
}

/* Takes the next chunk, when there is room for what becomes of it; NULL when there is none. */
static struct slot *take(struct crew *crew)
{
    while (!crew->stopped && !crew->exhausted && crew->dealt - crew->told == crew->slots_len) {
        pthread_cond_wait(&crew->has_room, &crew->mutex);
    }
    if (crew->stopped || crew->exhausted) {
        return NULL;
    }
    struct slot *slot = &crew->slots[crew->dealt % crew->slots_len];
    if (!campaign_pairs_next(&crew->pairs, &slot->chunk)) {
        return NULL;
    }
    /* Every scenario is played at least once, however short the time. */
    bool is_late = crew->options->time_ns > 0 && crew->pairs.round > 0 &&
                   campaign_clock_ns() - crew->started_ns >= crew->options->time_ns;
    if (is_late) {
        return NULL;
    }
    slot->ready = false;
    crew->dealt++;
    return slot;
}

static void work(struct crew *crew, const struct hand *hand)
{
    pthread_mutex_lock(&crew->mutex);
    struct slot *slot;
    while ((slot = take(crew)) != NULL) {
        pthread_mutex_unlock(&crew->mutex);
        bool played = play(crew, hand, slot);
        pthread_mutex_lock(&crew->mutex);
        slot->failed = !played;
        slot->ready = true;
        pthread_cond_signal(&crew->has_ready);
    }
    crew->exhausted = true;
    pthread_cond_broadcast(&crew->has_room);
    pthread_cond_signal(&crew->has_ready);
    pthread_mutex_unlock(&crew->mutex);
}

static void *worker(void *context)
{
    struct crew *crew = context;
    bool covers = crew->options->coverage;
    struct hand hand = {.run = run_create(),
                        .result = malloc(sizeof(*hand.result)),
                        .fold = covers ? coverage_fold_create() : NULL};
    if (hand.run != NULL && hand.result != NULL && (hand.fold != NULL || !covers)) {
        work(crew, &hand);
    } else {
        pthread_mutex_lock(&crew->mutex);
        crew->no_memory = true;
        crew->stopped = true;
        pthread_cond_signal(&crew->has_ready);
        pthread_cond_broadcast(&crew->has_room);
        pthread_mutex_unlock(&crew->mutex);
    }
    coverage_fold_destroy(hand.fold);
    run_destroy(hand.run);
    free(hand.result);
    return NULL;
}

static bool idle(struct crew *crew, struct campaign_progress *progress)
{
    progress->elapsed_ns = campaign_clock_ns() - crew->started_ns;
    return crew->hooks->idle == NULL || crew->hooks->idle(crew->hooks->context, progress);
}

/* Waits for the next slot in order; NULL when all have been told, or it is to stop. */
static struct slot *await(struct crew *crew, struct campaign_progress *progress)
{
    struct slot *slot = &crew->slots[crew->told % crew->slots_len];
    pthread_mutex_lock(&crew->mutex);
    for (;;) {
        bool is_there = crew->told < crew->dealt && slot->ready;
        bool is_over = crew->told == crew->dealt && crew->exhausted;
        if (is_there || is_over || crew->stopped) {
            pthread_mutex_unlock(&crew->mutex);
            return is_there && !crew->no_memory ? slot : NULL;
        }
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += IDLE_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&crew->has_ready, &crew->mutex, &until);
        pthread_mutex_unlock(&crew->mutex);
        bool goes_on = idle(crew, progress);
        pthread_mutex_lock(&crew->mutex);
        crew->stopped |= !goes_on;
    }
}

static bool tell_runs(const struct crew *crew, const struct slot *slot)
{
    const struct campaign_hooks *hooks = crew->hooks;
    const struct campaign_chunk *chunk = &slot->chunk;
    if (slot->text_len > 0 && hooks->text != NULL &&
        !hooks->text(hooks->context, slot->text, slot->text_len)) {
        return false;
    }
    for (uint32_t i = 0; hooks->ran != NULL && i < chunk->len; i++) {
        if (!hooks->ran(hooks->context, &crew->suite->entries[chunk->entry],
                        chunk->seed + i * chunk->stride)) {
            return false;
        }
    }
    return true;
}

static bool tell_covered(const struct crew *crew, const struct slot *slot)
{
    const struct campaign_hooks *hooks = crew->hooks;
    return slot->visits == NULL || hooks->covered == NULL ||
           hooks->covered(hooks->context, slot->chunk.entry, slot->visits);
}

static bool tell_finished(const struct crew *crew, size_t entry, struct campaign_tally *tallies)
{
    const struct campaign_hooks *hooks = crew->hooks;
    return hooks->finished == NULL || tallies[entry].runs == 0 ||
           hooks->finished(hooks->context, &crew->suite->entries[entry], &tallies[entry]);
}

/* Tells one chunk. Returns whether to go on. */
static bool tell(struct crew *crew, struct slot *slot, struct campaign_tally *tallies,
                 struct campaign_progress *progress, size_t *finished)
{
    size_t entry = slot->chunk.entry;
    campaign_tally_merge(&tallies[entry], &slot->tally);
    progress->runs += slot->tally.runs;
    progress->failed += slot->tally.failed;
    progress->events += slot->tally.events;
    bool goes_on = tell_covered(crew, slot) && tell_runs(crew, slot);
    bool is_last = slot->chunk.last && crew->options->time_ns == 0;
    if (goes_on && is_last) {
        goes_on = tell_finished(crew, entry, tallies);
        *finished = entry + 1;
    }
    return goes_on;
}

/* Tells chunk after chunk in the order in which they were dealt. */
static enum campaign_end tell_all(struct crew *crew, struct campaign_tally *tallies,
                                  struct campaign_progress *progress)
{
    enum campaign_end end = CAMPAIGN_DONE;
    size_t finished = 0;
    bool is_enough = false;
    struct slot *slot;
    while (end == CAMPAIGN_DONE && !is_enough && (slot = await(crew, progress)) != NULL) {
        if (slot->failed) {
            end = CAMPAIGN_NO_MEMORY;
            break;
        }
        if (!tell(crew, slot, tallies, progress, &finished) || !idle(crew, progress)) {
            end = CAMPAIGN_STOPPED;
        }
        is_enough = crew->options->fail_fast && slot->tally.failed > 0;
        free(slot->text);
        slot->text = NULL;
        pthread_mutex_lock(&crew->mutex);
        slot->ready = false;
        crew->told++;
        pthread_cond_broadcast(&crew->has_room);
        pthread_mutex_unlock(&crew->mutex);
    }
    pthread_mutex_lock(&crew->mutex);
    if (crew->no_memory) {
        end = CAMPAIGN_NO_MEMORY;
    } else if (crew->stopped) {
        end = CAMPAIGN_STOPPED;
    }
    crew->stopped = true;
    pthread_cond_broadcast(&crew->has_room);
    pthread_mutex_unlock(&crew->mutex);
    for (size_t i = finished; end != CAMPAIGN_NO_MEMORY && i < crew->suite->len; i++) {
        if (!tell_finished(crew, i, tallies)) {
            end = CAMPAIGN_STOPPED;
            break;
        }
    }
    return end;
}

static uint32_t hire(struct crew *crew, pthread_t *threads, uint64_t wanted)
{
    uint32_t hired = 0;
    while (hired < wanted && pthread_create(&threads[hired], NULL, worker, crew) == 0) {
        hired++;
    }
    return hired;
}

static void init_sync(struct crew *crew)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&crew->mutex, NULL);
    pthread_cond_init(&crew->has_room, NULL);
    pthread_cond_init(&crew->has_ready, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static uint64_t runs_of_shard(const struct campaign_suite *suite,
                              const struct campaign_options *options)
{
    uint64_t runs = 0;
    for (size_t i = 0; i < suite->len; i++) {
        runs += suite->entries[i].runs;
    }
    return (runs + options->shards - 1 - options->shard) / options->shards;
}

/* Room for what each chunk visits. */
static bool reserve_visits(struct crew *crew)
{
    bool has_room = true;
    for (uint32_t i = 0; crew->options->coverage && i < crew->slots_len; i++) {
        crew->slots[i].visits = malloc(sizeof(*crew->slots[i].visits));
        has_room &= crew->slots[i].visits != NULL;
    }
    return has_room;
}

static enum campaign_end play_suite(struct crew *crew, struct campaign_tally *tallies,
                                    struct campaign_progress *progress, uint64_t jobs)
{
    pthread_t threads[CAMPAIGN_JOBS_MAX];
    init_sync(crew);
    uint32_t hired = reserve_visits(crew) ? hire(crew, threads, jobs) : 0;
    enum campaign_end end = hired > 0 ? tell_all(crew, tallies, progress) : CAMPAIGN_NO_MEMORY;
    for (uint32_t i = 0; i < hired; i++) {
        pthread_join(threads[i], NULL);
    }
    for (uint32_t i = 0; i < crew->slots_len; i++) {
        free(crew->slots[i].text);
        free(crew->slots[i].visits);
    }
    pthread_cond_destroy(&crew->has_ready);
    pthread_cond_destroy(&crew->has_room);
    pthread_mutex_destroy(&crew->mutex);
    return end;
}

enum campaign_end campaign_play(const struct campaign_suite *suite,
                                const struct campaign_options *options,
                                const struct campaign_hooks *hooks, struct campaign_tally *tallies,
                                struct campaign_progress *progress)
{
    assert(options->jobs >= 1);
    assert(options->jobs <= CAMPAIGN_JOBS_MAX);
    uint64_t total = runs_of_shard(suite, options);
    uint64_t jobs = total < options->jobs && options->time_ns == 0 ? total : options->jobs;
    *progress = (struct campaign_progress){.runs_total = options->time_ns == 0 ? total : 0};
    if (total == 0) {
        return CAMPAIGN_DONE;
    }
    struct crew crew = {.suite = suite,
                        .options = options,
                        .hooks = hooks,
                        .started_ns = campaign_clock_ns(),
                        .slots_len = (uint32_t)jobs * SLOTS_FOR_EACH_JOB};
    crew.slots = calloc(crew.slots_len, sizeof(*crew.slots));
    enum campaign_end end = CAMPAIGN_NO_MEMORY;
    if (crew.slots != NULL && campaign_pairs_start(&crew.pairs, suite, options->shard,
                                                   options->shards, options->time_ns > 0)) {
        end = play_suite(&crew, tallies, progress, jobs);
        campaign_pairs_end(&crew.pairs);
    }
    progress->elapsed_ns = campaign_clock_ns() - crew.started_ns;
    free(crew.slots);
    return end;
}
