#include "sim/explore/retell.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/explore/search.h"

/* Goes the way that was found, and keeps what is told on it. */
struct walk {
    struct model *model;
    struct explore_violation *told;
    uint8_t *bytes; /* the packed state that it has come to */
    uint8_t used;
    uint64_t keys[EXPLORE_PATH_MAX + 1]; /* of the states from the open one on */
    uint32_t at[EXPLORE_PATH_MAX + 1];   /* how long the path was then */
    uint32_t keys_len;
    uint16_t numbers[EXPLORE_PATH_MAX];
};

static void free_walk(struct walk *walk)
{
    if (walk != NULL) {
        model_destroy(walk->model);
        free(walk->bytes);
        free(walk);
    }
}

static struct walk *create_walk(const struct retell *retell)
{
    struct walk *walk = calloc(1, sizeof(*walk));
    if (walk == NULL) {
        return NULL;
    }
    walk->told = retell->told;
    walk->model = model_create(retell->settings);
    walk->bytes = walk->model == NULL ? NULL : malloc(model_packed_max(walk->model));
    if (walk->bytes == NULL) {
        free_walk(walk);
        return NULL;
    }
    return walk;
}

/* Takes one choice, and tells it and what followed, as far as there is room. Returns the step. */
static struct model_step go(struct walk *walk, uint16_t number)
{
    struct model_step step;
    struct explore_violation *told = walk->told;
    uint32_t room = EXPLORE_PATH_MAX - told->path_len;
    model_open(walk->model, walk->bytes, walk->used);
    uint32_t moves = model_choose(walk->model, number, &step, &told->path[told->path_len], room);
    assert(moves > 0 || room == 0);
    told->path_len += moves;
    model_pack(walk->model, walk->bytes);
    walk->used = step.used;
    return step;
}

static void note_key(struct walk *walk, uint64_t key)
{
    walk->keys[walk->keys_len] = key;
    walk->at[walk->keys_len++] = walk->told->path_len;
}

/* Opens the state that it has come to, to its end: then the model can judge it as one. */
static void open_fully(struct walk *walk)
{
    struct model_step step;
    model_open(walk->model, walk->bytes, walk->used);
    while (model_next(walk->model, &step)) {
    }
}

static void follow(struct walk *walk, const struct trail *trail,
                   const struct search_violation *violation)
{
    struct explore_violation *told = walk->told;
    uint64_t key;
    uint32_t len = trail_path(trail, violation->node, walk->numbers, EXPLORE_PATH_MAX, &told->root);
    told->path_len = 0;
    model_root(walk->model, told->root, walk->bytes, &key);
    for (uint32_t i = 0; i < len; i++) {
        key = go(walk, walk->numbers[i]).key;
    }
    if (violation->is_in_state) {
        open_fully(walk);
        (void)model_end_violated(walk->model);
    } else {
        key = go(walk, violation->number).key;
    }
    told->invariant = (enum sim_invariant)__builtin_ctzll(violation->violated);
    told->cycle_at = told->path_len;
    note_key(walk, key);
}

/* Searches again; NULL when it cannot be told. */
static struct walk *find_again(struct retell *retell, uint64_t wanted_key)
{
    struct memory memory;
    struct trail trail;
    struct search search;
    struct explore_result again = {.end = EXPLORE_MEMORY};
    struct walk *walk = NULL;
    memory_init(&memory, 0);
    trail_init(&trail, &memory);
    if (search_init(&search, retell->settings, 1, &memory, &trail)) {
        search.stop = retell->stop;
        search.wanted_key = wanted_key;
        if (search_run(&search, &again) && again.end == EXPLORE_VIOLATION) {
            walk = create_walk(retell);
            again.end = EXPLORE_MEMORY;
        }
    }
    if (walk != NULL) {
        again.end = EXPLORE_VIOLATION;
        follow(walk, &trail, &search.violation);
    }
    retell->end = again.end;
    search_free(&search);
    trail_free(&trail);
    return walk;
}

static void detail(const struct walk *walk)
{
    model_detail(walk->model, walk->told->invariant, walk->told->detail);
}

bool retell_violation(struct retell *retell)
{
    struct walk *walk = find_again(retell, 0);
    if (walk == NULL) {
        return false;
    }
    detail(walk);
    free_walk(walk);
    return true;
}

static bool find_key(const struct walk *walk, uint64_t key, uint32_t *at)
{
    for (uint32_t i = 0; i < walk->keys_len; i++) {
        if (walk->keys[i] == key) {
            *at = i;
            return true;
        }
    }
    return false;
}

/* The first free choice that leads back to where it was, or else to an open state. */
static uint16_t choose_open(struct walk *walk, const struct visited *visited,
                            const struct closes *closes)
{
    struct model_step step;
    uint16_t number = 0;
    bool is_found = false;
    uint32_t slot;
    uint32_t at;
    model_open(walk->model, walk->bytes, walk->used);
    while (model_next(walk->model, &step)) {
        if (step.is_fault || !visited_find(visited, step.key, &slot) ||
            closes_is_set(closes, slot)) {
            continue;
        }
        if (find_key(walk, step.key, &at)) {
            return step.number;
        }
        number = is_found ? number : step.number;
        is_found = true;
    }
    assert(is_found); /* or it would close */
    return number;
}

bool retell_open(struct retell *retell, const struct visited *visited, const struct closes *closes,
                 const struct closes_open *open)
{
    struct walk *walk = find_again(retell, visited_key(visited, open->slot));
    if (walk == NULL) {
        return false;
    }
    struct explore_violation *told = retell->told;
    bool is_round = false;
    while (!is_round && told->path_len < EXPLORE_PATH_MAX) {
        uint32_t at = 0;
        uint64_t key = go(walk, choose_open(walk, visited, closes)).key;
        is_round = find_key(walk, key, &at);
        told->cycle_at = is_round ? walk->at[at] : told->path_len;
        note_key(walk, key);
    }
    open_fully(walk);
    detail(walk);
    free_walk(walk);
    return true;
}
