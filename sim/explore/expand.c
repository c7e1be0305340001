/* What each worker does with a layer: opens states, and looks up their children in batches. */
#include <string.h>

#include "sim/explore/search.h"

static void run_out_of_memory(struct worker *worker)
{
    atomic_store(&worker->search->is_out_of_memory, true);
}

bool search_is_nearer(const struct search_violation *a, const struct search_violation *b)
{
    if (a->violated == 0 || b->violated == 0) {
        return a->violated != 0;
    }
    return a->steps != b->steps ? a->steps < b->steps : a->used < b->used;
}

static void note_violation(struct worker *worker, const struct search_violation *violation)
{
    if (search_is_nearer(violation, &worker->violation)) {
        worker->violation = *violation;
    }
}

/* Puts a child that is to be opened into the next layer. */
static bool keep_child(struct worker *worker, const struct search_child *child,
                       const uint8_t *bytes)
{
    struct search *search = worker->search;
    struct frontier_entry entry = {.key = child->key, .len = child->len, .used = child->used};
    if (search->trail != NULL) {
        entry.node = trail_add(search->trail, child->node, child->number);
        if (entry.node == TRAIL_NONE) {
            return false;
        }
    }
    return frontier_add(&worker->arena, &entry, bytes);
}

static bool look_up(struct worker *worker, const struct search_child *child, const uint8_t *bytes,
                    uint64_t *states)
{
    struct search *search = worker->search;
    struct closes_stream *stream = &search->streams[worker - search->workers];
    if (child->kind == SEARCH_STATE) {
        uint32_t slot = 0;
        visited_find(&search->visited, child->key, &slot);
        return closes_add_state(stream, slot);
    }
    struct visited_found found =
        visited_add(&search->visited, child->key, child->used, search->depth + 1);
    *states += found.is_new;
    if (found.is_to_open && !keep_child(worker, child, bytes)) {
        return false;
    }
    return child->kind == SEARCH_CHILD || closes_add_move(stream, found.slot);
}

/* Looks all of the batch up. What is in hand when memory is out is dropped. */
static void flush(struct worker *worker)
{
    struct search *search = worker->search;
    uint64_t states = 0;
    uint32_t bytes_at = 0;
    while (search_is_full(search) && search_keeps_on(search)) {
        search_meet(worker, false);
    }
    for (uint32_t i = 0; i < worker->batch_len && search_keeps_on(search); i++) {
        const struct search_child *child = &worker->batch[i];
        if (!look_up(worker, child, &worker->batch_bytes[bytes_at], &states)) {
            run_out_of_memory(worker);
        }
        bytes_at += child->len;
    }
    if (states > 0) {
        worker->counts.states += states;
        atomic_fetch_add_explicit(&search->states, states, memory_order_relaxed);
    }
    worker->batch_len = 0;
    worker->batch_bytes_len = 0;
}

static struct search_child *add_to_batch(struct worker *worker)
{
    if (worker->batch_len == SEARCH_BATCH ||
        worker->batch_bytes_max - worker->batch_bytes_len < worker->search->packed_max) {
        flush(worker);
    }
    return &worker->batch[worker->batch_len++];
}

static void add_child(struct worker *worker, const struct model_step *step, uint32_t node,
                      bool is_move_kept)
{
    struct search_child *child = add_to_batch(worker);
    visited_prefetch(&worker->search->visited, step->key);
    size_t len = model_pack(worker->model, &worker->batch_bytes[worker->batch_bytes_len]);
    worker->batch_bytes_len += (uint32_t)len;
    *child = (struct search_child){.key = step->key,
                                   .node = node,
                                   .number = step->number,
                                   .len = (uint16_t)len,
                                   .used = step->used,
                                   .kind = is_move_kept ? SEARCH_MOVE : SEARCH_CHILD};
}

static void judge_step(struct worker *worker, const struct model_step *step, uint32_t node)
{
    const struct search *search = worker->search;
    uint64_t violated = step->violated & search->settings->invariants;
    if (violated != 0 && search->wanted_key == 0) {
        note_violation(worker, &(struct search_violation){.violated = violated,
                                                          .steps = search->depth + 1,
                                                          .node = node,
                                                          .number = step->number,
                                                          .used = step->used});
    }
}

static uint64_t end_violated(struct worker *worker)
{
    uint64_t invariants = worker->search->settings->invariants;
    uint64_t all_closed = UINT64_C(1) << SIM_ALL_CLOSED & invariants;
    uint64_t violated = model_end_violated(worker->model) & invariants;
    if (!model_end_is_closed(worker->model)) {
        violated |= all_closed;
    }
    return violated;
}

/* Two checkouts that end alike are one way to end. */
static void count_outcomes(struct worker *worker, uint8_t used, bool is_first)
{
    struct explore_outcome outcomes[EXPLORE_CHECKOUTS_MAX] = {{0}};
    uint32_t len = model_outcomes(worker->model, outcomes);
    for (uint32_t i = 0; i < len; i++) {
        bool is_again = i > 0 && memcmp(&outcomes[i], &outcomes[0], sizeof(outcomes[0])) == 0;
        struct explore_reached reached = {
            .outcome = outcomes[i], .faults = used, .states = is_first && !is_again};
        if (!outcomes_add(&worker->outcomes, &reached)) {
            run_out_of_memory(worker);
        }
    }
}

static void judge_end(struct worker *worker, const struct frontier_entry *entry, bool is_first)
{
    const struct search *search = worker->search;
    worker->counts.ends += is_first;
    count_outcomes(worker, entry->used, is_first);
    uint64_t violated = end_violated(worker);
    if (violated != 0 && search->wanted_key == 0) {
        note_violation(worker, &(struct search_violation){.violated = violated,
                                                          .steps = search->depth,
                                                          .node = entry->node,
                                                          .used = entry->used,
                                                          .is_in_state = true});
    }
}

static void note_wanted(struct worker *worker, const struct frontier_entry *entry)
{
    note_violation(worker, &(struct search_violation){.violated = UINT64_C(1) << SIM_ALL_CLOSED,
                                                      .steps = worker->search->depth,
                                                      .node = entry->node,
                                                      .used = entry->used,
                                                      .is_in_state = true});
}

static void expand_state(struct worker *worker, const struct frontier_entry *entry,
                         const uint8_t *bytes)
{
    struct search *search = worker->search;
    struct visited_opening opening =
        visited_open(&search->visited, entry->key, entry->used, search->depth);
    if (!opening.is_due) {
        return;
    }
    worker->counts.opened++;
    if (search->wanted_key == entry->key) {
        note_wanted(worker, entry);
    }
    bool are_moves_kept = search->keeps_moves && opening.is_first;
    if (are_moves_kept) {
        *add_to_batch(worker) = (struct search_child){.key = entry->key, .kind = SEARCH_STATE};
    }
    struct model_step step;
    model_open(worker->model, bytes, entry->used);
    while (model_next(worker->model, &step)) {
        worker->counts.transitions += step.moves;
        judge_step(worker, &step, entry->node);
        add_child(worker, &step, entry->node, are_moves_kept && !step.is_fault);
    }
    if (model_is_end(worker->model)) {
        judge_end(worker, entry, opening.is_first);
    }
}

static void expand_block(struct worker *worker, const struct frontier_block *block)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < block->entries && search_keeps_on(worker->search); i++) {
        uint32_t from = at + (uint32_t)sizeof(struct frontier_entry);
        struct frontier_entry entry = frontier_read(block, &at);
        if (i + 1 < block->entries) {
            uint32_t next = at;
            visited_prefetch(&worker->search->visited, frontier_read(block, &next).key);
        }
        expand_state(worker, &entry, &block->bytes[from]);
    }
}

void search_expand(struct worker *worker)
{
    struct search *search = worker->search;
    struct frontier_block *block = NULL;
    while (search_keeps_on(search) && (block = frontier_take(&search->layer)) != NULL) {
        expand_block(worker, block);
        frontier_reuse(&worker->arena, block);
    }
    if (worker->batch_len > 0) {
        flush(worker);
    }
}
