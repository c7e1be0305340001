#include "sim/explore/search.h"

#include <assert.h>

enum { BATCH_BYTES = 16384 };

static bool init_worker(struct worker *worker, struct search *search)
{
    worker->search = search;
    frontier_arena_init(&worker->arena, search->memory);
    outcomes_init(&worker->outcomes, search->memory);
    worker->model = model_create(search->settings);
    if (worker->model == NULL) {
        return false;
    }
    search->packed_max = model_packed_max(worker->model);
    assert(search->packed_max + sizeof(struct frontier_entry) <= FRONTIER_BLOCK_BYTES);
    worker->batch_bytes_max = BATCH_BYTES + (uint32_t)search->packed_max;
    worker->batch_bytes = memory_take(search->memory, worker->batch_bytes_max);
    return worker->batch_bytes != NULL;
}

static void free_worker(struct worker *worker)
{
    struct memory *memory = worker->search->memory;
    model_destroy(worker->model);
    memory_give(memory, worker->batch_bytes, worker->batch_bytes_max);
    frontier_arena_free(&worker->arena);
    outcomes_free(&worker->outcomes);
}

bool search_init(struct search *search, const struct explore_settings *settings, uint32_t jobs,
                 struct memory *memory, struct trail *trail)
{
    assert(jobs >= 1);
    assert(jobs <= EXPLORE_JOBS_MAX);
    assert(trail == NULL || jobs == 1);
    uint64_t all_closed = UINT64_C(1) << SIM_ALL_CLOSED;
    *search = (struct search){.settings = settings,
                              .memory = memory,
                              .trail = trail,
                              .keeps_moves = trail == NULL && (settings->invariants & all_closed)};
    frontier_layer_init(&search->layer, memory);
    outcomes_init(&search->outcomes, memory);
    if (!visited_init(&search->visited, memory, SEARCH_BUCKETS)) {
        return false;
    }
    search->workers = memory_take(memory, jobs * sizeof(*search->workers));
    if (search->workers == NULL) {
        return false;
    }
    search->workers_max = jobs;
    for (uint32_t i = 0; i < jobs; i++) {
        closes_stream_init(&search->streams[i], memory);
        search->workers_len++;
        if (!init_worker(&search->workers[i], search)) {
            return false;
        }
    }
    return true;
}

void search_forget_moves(struct search *search)
{
    for (uint32_t i = 0; i < search->workers_len; i++) {
        closes_stream_free(&search->streams[i]);
    }
}

void search_free(struct search *search)
{
    search_forget_moves(search);
    for (uint32_t i = 0; i < search->workers_len; i++) {
        free_worker(&search->workers[i]);
    }
    memory_give(search->memory, search->workers, search->workers_max * sizeof(*search->workers));
    outcomes_free(&search->outcomes);
    frontier_layer_free(&search->layer);
    visited_free(&search->visited);
}

/* By half, or by what the bound allows if that is worth it. 0: by nothing. */
static uint32_t grown_len(const struct visited *visited)
{
    uint32_t len = visited->buckets_len;
    uint32_t wanted = len + len / 2;
    uint32_t max = visited_growth_max(visited);
    wanted = wanted < max ? wanted : max;
    return wanted >= len + len / 8 ? wanted : 0;
}

static void grow(struct search *search)
{
    uint32_t len = grown_len(&search->visited);
    search->has_grown = len != 0 && visited_grow(&search->visited, len, &search->moves);
    if (!search->has_grown) {
        search->is_out_of_memory = true;
    }
}

/* Adds what the workers have counted in the layer. */
static bool count_layer(struct search *search)
{
    struct explore_result *result = search->result;
    struct search_counts sum = {0};
    for (uint32_t i = 0; i < search->workers_len; i++) {
        struct worker *worker = &search->workers[i];
        sum.states += worker->counts.states;
        sum.transitions += worker->counts.transitions;
        sum.ends += worker->counts.ends;
        sum.opened += worker->counts.opened;
        worker->counts = (struct search_counts){0};
        if (!outcomes_merge(&search->outcomes, &worker->outcomes)) {
            return false;
        }
    }
    result->states += sum.states;
    result->transitions += sum.transitions;
    result->ends += sum.ends;
    result->depth = sum.states > 0 ? search->depth + 1 : result->depth;
    result->frontier_max = sum.opened > result->frontier_max ? sum.opened : result->frontier_max;
    return true;
}

/* What was found becomes the layer. */
static bool turn_layer(struct search *search, uint64_t *entries)
{
    *entries = 0;
    frontier_begin(&search->layer);
    for (uint32_t i = 0; i < search->workers_len; i++) {
        *entries += search->workers[i].arena.entries;
        if (!frontier_collect(&search->layer, &search->workers[i].arena) ||
            (search->keeps_moves && !closes_add_layer(&search->streams[i]))) {
            return false;
        }
    }
    search->depth++;
    return true;
}

static bool find_violation(struct search *search)
{
    const struct search_violation *nearest = &search->violation;
    for (uint32_t i = 0; i < search->workers_len; i++) {
        if (search_is_nearer(&search->workers[i].violation, nearest)) {
            nearest = &search->workers[i].violation;
        }
    }
    search->violation = *nearest;
    return nearest->violated != 0;
}

static bool is_crowded(const struct search *search)
{
    for (uint32_t i = 0; i < search->workers_len; i++) {
        if (model_is_crowded(search->workers[i].model)) {
            return true;
        }
    }
    return false;
}

static void observe(const struct search *search, uint64_t entries)
{
    if (search->observer != NULL) {
        const struct explore_progress progress = {.depth = search->depth,
                                                  .states = search->result->states,
                                                  .transitions = search->result->transitions,
                                                  .frontier = entries};
        search->observer(search->context, &progress);
    }
}

/* A longer path could not be told. */
static uint32_t until_depth(const struct search *search)
{
    uint32_t until = search->settings->until_depth;
    return until != 0 && until < EXPLORE_PATH_MAX ? until : EXPLORE_PATH_MAX;
}

/* Ends the layer. Returns whether it was the last, and why. */
static bool is_layer_last(struct search *search, enum explore_end *end)
{
    uint64_t entries = 0;
    bool is_violated = find_violation(search);
    if (search->is_out_of_memory || !count_layer(search) || !turn_layer(search, &entries)) {
        *end = is_violated ? EXPLORE_VIOLATION : EXPLORE_MEMORY;
        return true;
    }
    observe(search, entries);
    if (is_violated) {
        *end = EXPLORE_VIOLATION;
    } else if (is_crowded(search)) {
        *end = EXPLORE_CROWDED;
    } else if (entries == 0) {
        *end = EXPLORE_COMPLETE;
    } else if (search->depth == until_depth(search)) {
        *end = EXPLORE_DEPTH;
    } else if (search->stop != NULL && *search->stop) {
        *end = EXPLORE_INTERRUPTED;
    } else {
        return false;
    }
    return true;
}

/* What the first worker does while all others stand. */
static void preside(struct search *search, bool is_idle)
{
    bool are_all_idle = crew_gather(&search->crew, is_idle);
    if (search_is_full(search) && search_keeps_on(search)) {
        grow(search);
    }
    if (are_all_idle) {
        search->is_over = is_layer_last(search, &search->result->end);
    }
    crew_dismiss(&search->crew);
}

/* Each worker's stream follows the set that has grown. */
static void move_streams(struct worker *worker)
{
    struct search *search = worker->search;
    if (search->keeps_moves) {
        closes_move(&search->streams[worker - search->workers], &search->moves);
    }
    if (worker != &search->workers[0]) {
        crew_attend(&search->crew, false);
        return;
    }
    crew_gather(&search->crew, false);
    visited_free_moves(&search->moves);
    search->has_grown = false;
    crew_dismiss(&search->crew);
}

void search_meet(struct worker *worker, bool is_idle)
{
    struct search *search = worker->search;
    if (worker == &search->workers[0]) {
        preside(search, is_idle);
    } else {
        crew_attend(&search->crew, is_idle);
    }
    if (search->has_grown) {
        move_streams(worker);
    }
}

static void *work(void *context)
{
    struct worker *worker = context;
    while (!worker->search->is_over) {
        search_expand(worker);
        search_meet(worker, true);
    }
    return NULL;
}

/* The beginnings are the first layer. */
static bool begin(struct search *search)
{
    struct worker *worker = &search->workers[0];
    uint64_t entries;
    uint32_t roots = model_roots_len(worker->model);
    for (uint32_t i = 0; i < roots; i++) {
        struct frontier_entry entry = {0};
        size_t len = model_root(worker->model, i, worker->batch_bytes, &entry.key);
        struct visited_found found = visited_add(&search->visited, entry.key, 0, 0);
        if (!found.is_to_open) {
            continue;
        }
        entry.len = (uint16_t)len;
        if (search->trail != NULL) {
            entry.node = trail_add(search->trail, TRAIL_NONE, (uint16_t)i);
        }
        if (entry.node == TRAIL_NONE ||
            !frontier_add(&worker->arena, &entry, worker->batch_bytes)) {
            return false;
        }
        search->states++;
    }
    search->result->states = search->states;
    bool is_well = turn_layer(search, &entries);
    search->depth = 0;
    return is_well;
}

/* How many there are: those that no thread could be had for are let go. */
static uint32_t hire(struct search *search)
{
    uint32_t hired = 1;
    while (hired < search->workers_len && pthread_create(&search->workers[hired].thread, NULL, work,
                                                         &search->workers[hired]) == 0) {
        hired++;
    }
    return hired;
}

bool search_run(struct search *search, struct explore_result *result)
{
    search->result = result;
    if (!begin(search)) {
        return false;
    }
    crew_init(&search->crew, search->workers_len);
    uint32_t hired = hire(search);
    crew_resize(&search->crew, hired);
    work(&search->workers[0]);
    for (uint32_t i = 1; i < hired; i++) {
        pthread_join(search->workers[i].thread, NULL);
    }
    crew_destroy(&search->crew);
    return true;
}
