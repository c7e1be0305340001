#include "tests/sim/explore/toy.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/model.h"

enum { BROKEN = 15, NO_CHOICE = 16 };

/* A fault comes first: it is superseded by the free move that does the same. */
enum { STUMBLE, RISE, LEAP, BREAK, KINDS };

static struct toy the_toy;

/* The state that is open, and the choice that is next. */
struct model {
    const struct explore_settings *settings;
    uint64_t state;
    uint64_t child;
    uint64_t judged; /* last: a child, or the state as an end */
    uint8_t used;
    uint16_t next; /* its number */
    uint32_t kind;
    uint32_t cell;
    bool is_end;
    bool is_crowded;
};

void toy_set(const struct toy *toy)
{
    assert(toy->cells <= TOY_CELLS_MAX);
    assert(toy->packed_len >= 8);
    assert(toy->packed_len <= TOY_PACKED_MAX);
    assert(toy->height < BROKEN);
    the_toy = *toy;
}

uint64_t toy_all_at(const struct toy *toy, uint32_t height)
{
    uint64_t state = 0;
    for (uint32_t i = 0; i < toy->cells; i++) {
        state |= (uint64_t)height << 4 * i;
    }
    return state;
}

uint64_t toy_key(uint64_t state)
{
    uint64_t key = state + UINT64_C(0x9e3779b97f4a7c15);
    key = (key ^ key >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    key = (key ^ key >> 27) * UINT64_C(0x94d049bb133111eb);
    key ^= key >> 31;
    return key == 0 ? 1 : key;
}

struct explore_settings toy_settings(uint32_t faults, uint32_t jobs)
{
    return (struct explore_settings){
        .checkouts = 1, .faults = faults, .jobs = jobs, .invariants = UINT64_MAX};
}

struct model *model_create(const struct explore_settings *settings)
{
    struct model *model = calloc(1, sizeof(*model));
    if (model != NULL) {
        model->settings = settings;
    }
    return model;
}

void model_destroy(struct model *model)
{
    free(model);
}

uint32_t model_roots_len(const struct model *model)
{
    (void)model;
    return the_toy.roots;
}

static size_t pack(uint64_t state, uint8_t *bytes)
{
    memcpy(bytes, &state, sizeof(state));
    memset(&bytes[sizeof(state)], 0x5a, the_toy.packed_len - sizeof(state));
    return the_toy.packed_len;
}

size_t model_root(struct model *model, uint32_t root, uint8_t *bytes, uint64_t *key)
{
    (void)model;
    *key = toy_key(root % (the_toy.height + 1));
    return pack(root % (the_toy.height + 1), bytes);
}

size_t model_packed_max(const struct model *model)
{
    (void)model;
    return TOY_PACKED_MAX;
}

void model_open(struct model *model, const uint8_t *bytes, uint8_t used)
{
    memcpy(&model->state, bytes, sizeof(model->state));
    model->used = used;
    model->next = 0;
    model->kind = 0;
    model->cell = 0;
    model->is_end = true;
    model->is_crowded |= model->state == the_toy.crowded;
}

static uint32_t height_of(uint64_t state, uint32_t cell)
{
    return state >> 4 * cell & 15u;
}

static uint64_t with_height(uint64_t state, uint32_t cell, uint32_t height)
{
    return (state & ~(UINT64_C(15) << 4 * cell)) | (uint64_t)height << 4 * cell;
}

/* To what height a choice of that kind brings the cell; NO_CHOICE when there is none. */
static uint32_t height_by(const struct model *model, uint32_t kind, uint32_t cell)
{
    uint32_t height = height_of(model->state, cell);
    if (kind == RISE) {
        bool is_round = the_toy.is_round ||
                        (the_toy.is_round_if_broken && height_of(model->state, 1) == BROKEN);
        bool falls = height == the_toy.height && cell == 0 && is_round;
        return height < the_toy.height ? height + 1 : falls ? 0 : NO_CHOICE;
    }
    if (model->used >= model->settings->faults) {
        return NO_CHOICE;
    }
    if (kind == LEAP) {
        return the_toy.has_leaps && height + 2 <= the_toy.height ? height + 2 : NO_CHOICE;
    }
    if (kind == STUMBLE) {
        return the_toy.has_stumbles && height < the_toy.height ? height + 1 : NO_CHOICE;
    }
    return the_toy.has_breaks && height == 0 ? BROKEN : NO_CHOICE;
}

/* Choices are numbered kind by kind, and for each cell by cell. */
static bool choose(struct model *model, uint32_t kind, uint32_t cell)
{
    uint32_t height = height_by(model, kind, cell);
    if (height == NO_CHOICE) {
        return false;
    }
    model->child = with_height(model->state, cell, height);
    return true;
}

static void tell_step(struct model *model, uint16_t number, struct model_step *step)
{
    bool is_fault = number < RISE * the_toy.cells || number >= LEAP * the_toy.cells;
    *step = (struct model_step){.key = toy_key(model->child),
                                .number = number,
                                .moves = 1,
                                .used = (uint8_t)(model->used + is_fault),
                                .is_fault = is_fault};
    model->judged = model->child;
    if (model->child == the_toy.bad || model->child == the_toy.bad_too) {
        step->violated = UINT64_C(1) << SIM_STOCK_CONSERVED;
    }
}

bool model_next(struct model *model, struct model_step *step)
{
    while (model->kind < KINDS) {
        uint32_t cell = model->cell++;
        if (cell == the_toy.cells) {
            model->cell = 0;
            model->kind++;
            continue;
        }
        uint16_t number = model->next++;
        if (choose(model, model->kind, cell)) {
            model->is_end &= model->kind != RISE;
            tell_step(model, number, step);
            return true;
        }
    }
    return false;
}

uint32_t model_choose(struct model *model, uint16_t number, struct model_step *step,
                      struct explore_choice *choices, uint32_t choices_max)
{
    uint32_t kind = number / the_toy.cells;
    uint32_t cell = number % the_toy.cells;
    if (kind >= KINDS || !choose(model, kind, cell)) {
        return 0;
    }
    tell_step(model, number, step);
    if (choices_max > 0) {
        choices[0] = (struct explore_choice){.kind = kind == RISE ? EXPLORE_SERVE : EXPLORE_LOSE,
                                             .call = (uint8_t)cell};
    }
    return choices_max > 0 ? 1 : 0;
}

size_t model_pack(struct model *model, uint8_t *bytes)
{
    return pack(model->child, bytes);
}

bool model_is_end(const struct model *model)
{
    return model->is_end;
}

uint64_t model_end_violated(struct model *model)
{
    model->judged = model->state;
    return model->state == the_toy.bad_end ? UINT64_C(1) << SIM_FAILED_LEAVES_NOTHING : 0;
}

bool model_end_is_closed(const struct model *model)
{
    return model->state != the_toy.open_end;
}

/* How many cells are broken is the outcome. */
uint32_t model_outcomes(const struct model *model,
                        struct explore_outcome outcomes[EXPLORE_CHECKOUTS_MAX])
{
    outcomes[0] = (struct explore_outcome){0};
    for (uint32_t i = 0; i < the_toy.cells; i++) {
        outcomes[0].undone_len += height_of(model->state, i) == BROKEN;
    }
    snprintf(outcomes[0].reason, sizeof(outcomes[0].reason), "broken_%u",
             (unsigned)outcomes[0].undone_len);
    return 1;
}

bool model_is_crowded(const struct model *model)
{
    return model->is_crowded;
}

void model_detail(const struct model *model, enum sim_invariant invariant,
                  char detail[EXPLORE_DETAIL_MAX + 1])
{
    snprintf(detail, EXPLORE_DETAIL_MAX + 1, "%s in %llx", sim_invariant_name(invariant),
             (unsigned long long)model->judged);
}

/* One layer: of each state, the fewest faults that it is there with; NONE for none. */
enum { COUNT_CELLS_MAX = 4, COUNT_STATES = 1 << 4 * COUNT_CELLS_MAX, NONE = 255 };

struct count {
    uint8_t *fewest; /* of each state, in all layers so far */
    uint8_t *layer;
    uint8_t *next;
    struct explore_result *result;
};

static uint64_t expand(struct count *count, struct model *model, uint64_t state)
{
    struct model_step step;
    struct explore_result *result = count->result;
    uint8_t bytes[TOY_PACKED_MAX];
    uint64_t found = 0;
    pack(state, bytes);
    model_open(model, bytes, count->layer[state]);
    while (model_next(model, &step)) {
        result->transitions++;
        uint64_t child = model->child;
        if (count->fewest[child] == NONE) {
            result->states++;
            found++;
        }
        if (step.used < count->fewest[child]) {
            count->fewest[child] = step.used;
            count->next[child] = step.used;
        }
    }
    return found;
}

static void count_layers(struct count *count, struct model *model)
{
    struct explore_result *result = count->result;
    for (uint32_t depth = 0;; depth++) {
        uint64_t opened = 0;
        memset(count->next, NONE, COUNT_STATES);
        for (uint64_t state = 0; state < COUNT_STATES; state++) {
            if (count->layer[state] != NONE) {
                opened++;
                result->depth = expand(count, model, state) > 0 ? depth + 1 : result->depth;
            }
        }
        if (opened == 0) {
            return;
        }
        result->frontier_max = opened > result->frontier_max ? opened : result->frontier_max;
        uint8_t *layer = count->layer;
        count->layer = count->next;
        count->next = layer;
    }
}

void toy_count(uint32_t faults, struct explore_result *result)
{
    struct explore_settings settings = toy_settings(faults, 1);
    struct count count = {.fewest = malloc(COUNT_STATES),
                          .layer = malloc(COUNT_STATES),
                          .next = malloc(COUNT_STATES),
                          .result = result};
    struct model *model = model_create(&settings);
    assert(the_toy.cells <= COUNT_CELLS_MAX);
    memset(result, 0, sizeof(*result));
    memset(count.fewest, NONE, COUNT_STATES);
    memset(count.layer, NONE, COUNT_STATES);
    for (uint32_t i = 0; i < the_toy.roots && i <= the_toy.height; i++) {
        count.fewest[i] = 0;
        count.layer[i] = 0;
        result->states++;
    }
    count_layers(&count, model);
    for (uint64_t state = 0; state < COUNT_STATES; state++) {
        uint8_t bytes[TOY_PACKED_MAX];
        struct model_step step;
        if (count.fewest[state] != NONE) {
            pack(state, bytes);
            model_open(model, bytes, count.fewest[state]);
            while (model_next(model, &step)) {
            }
            result->ends += model_is_end(model);
        }
    }
    model_destroy(model);
    free(count.fewest);
    free(count.layer);
    free(count.next);
}
