#include "sim/explore/model.h"

#include <stdlib.h>
#include <string.h>

#include "sim/explore/state.h"

uint32_t model_roots_len(const struct model *model)
{
    return facts_roots_len(model->scenario);
}

static void begin(struct model *model, uint32_t root)
{
    uint32_t flags = facts_flags(model->scenario, root);
    memset(&model->child, 0, sizeof(model->child));
    for (uint8_t i = 0; i < model_plan(model)->services_len; i++) {
        int16_t stock = (int16_t)model->scenario->services[i].stock;
        model->child.pools[i] = (struct explore_pool){.available = stock, .initial = stock};
    }
    for (uint8_t p = 0; p < model->settings->checkouts; p++) {
        model_node_start(model, p, flags);
    }
}

struct model *model_create(const struct explore_settings *settings)
{
    struct model *model = calloc(1, sizeof(*model));
    if (model == NULL) {
        return NULL;
    }
    model->settings = settings;
    model->scenario = malloc(sizeof(*model->scenario));
    if (model->scenario == NULL) {
        model_destroy(model);
        return NULL;
    }
    *model->scenario = *settings->scenario;
    facts_still(model->scenario, settings->checkouts);
    model->plans[0] = model_plan(model);
    if (!services_start(&model->services, model->scenario)) {
        model_destroy(model);
        return NULL;
    }
    facts_read(&model->facts, model_plan(model));
    for (uint32_t p = 0; p < settings->checkouts; p++) {
        struct explore_table *table = &model->tables[p];
        node_init(&table->node, model->plans, 1, table->entries, 1, table->buckets, 2);
    }
    begin(model, 0); /* ids and names stand in both states from here on */
    model->open = model->child;
    return model;
}

void model_destroy(struct model *model)
{
    if (model != NULL) {
        services_free(&model->services);
        free(model->scenario);
        free(model);
    }
}

static void fold_part(struct model *model, uint8_t part, unsigned regions)
{
    const struct explore_state *child = &model->child;
    uint64_t *hashes = model->child_hashes.parts[part];
    if ((regions & EXPLORE_SESSION) != 0) {
        hashes[0] = fold_session(model, child, part);
    }
    /* What is in flight is told apart by the session's attempts. */
    if ((regions & (EXPLORE_NET | EXPLORE_SESSION)) != 0) {
        hashes[1] = fold_net(model, child, part);
    }
    if ((regions & EXPLORE_BOOKS) != 0) {
        hashes[2] = fold_books(model, child, part);
    }
    if ((regions & EXPLORE_WATCH) != 0) {
        hashes[3] = fold_watch(model, child, part);
    }
}

/* The key of the child; what it shares with the open state was folded with that. */
static uint64_t key_of_child(struct model *model)
{
    bool is_later = (model->dirty & EXPLORE_NOW) != 0;
    model->child_hashes = model->open_hashes;
    for (uint8_t p = 0; p < model->settings->checkouts; p++) {
        unsigned regions = model->dirty >> 4 * p & EXPLORE_PART;
        /* The services' books tell no instants. */
        unsigned later = EXPLORE_SESSION | EXPLORE_NET | EXPLORE_WATCH;
        fold_part(model, p, is_later ? regions | later : regions);
    }
    if ((model->dirty & EXPLORE_POOLS) != 0) {
        model->child_hashes.pools = fold_pools(model, &model->child);
    }
    return fold_all(model, &model->child_hashes);
}

size_t model_packed_max(const struct model *model)
{
    (void)model;
    return pack_max();
}

size_t model_root(struct model *model, uint32_t root, uint8_t *bytes, uint64_t *key)
{
    begin(model, root);
    model->dirty = ~0U;
    *key = key_of_child(model);
    return model_pack(model, bytes);
}

size_t model_pack(struct model *model, uint8_t *bytes)
{
    return pack_state(model, &model->child, &model->child_hashes, bytes);
}

void model_open(struct model *model, const uint8_t *bytes, uint8_t used)
{
    unpack_state(model, bytes, &model->open, &model->open_hashes);
    model->dirty = ~0U;
    model->used = used;
    model->next = 0;
    model->has_free = false;
    model->found_len = 0;
    model->violated = 0;
    choices_list(model, &model->open, used, &model->moves);
}

/* The child is the open state again. */
static void restore(struct model *model)
{
    for (uint8_t p = 0; p < model->settings->checkouts; p++) {
        const struct explore_part *open = &model->open.parts[p];
        struct explore_part *child = &model->child.parts[p];
        unsigned regions = model->dirty >> 4 * p;
        if ((regions & EXPLORE_SESSION) != 0) {
            child->session = open->session;
            model->tables[p].is_loaded = false;
        }
        if ((regions & EXPLORE_NET) != 0) {
            explore_copy_net(&child->net, &open->net);
        }
        if ((regions & EXPLORE_BOOKS) != 0) {
            child->books = open->books;
        }
        if ((regions & EXPLORE_WATCH) != 0) {
            child->watch = open->watch;
        }
    }
    if ((model->dirty & EXPLORE_POOLS) != 0) {
        memcpy(model->child.pools, model->open.pools, sizeof(model->child.pools));
    }
    model->child.now_ns = model->open.now_ns;
    model->dirty = 0;
}

/* A reply of the open state has been heard: which faults it can have, is known from here on. */
static void note_heard(struct model *model, const struct explore_move *move)
{
    uint64_t spans_ns[EXPLORE_HORIZONS_MAX];
    model->heard[move->part][move->message] = (struct explore_heard){
        .is_accepted = model->heard_is_accepted,
        .horizons = choices_horizons(model, &model->child.parts[move->part].session,
                                     explore_node_now_ns(&model->child, move->part), spans_ns)};
}

/* Whether a fault of a reply that was listed is one, now that the reply has been heard. */
static bool is_void(const struct model *model, const struct explore_move *move)
{
    const struct explore_heard *heard = &model->heard[move->part][move->message];
    uint64_t spans_ns[EXPLORE_HORIZONS_MAX];
    switch ((int)move->kind) {
    case EXPLORE_CRASH_BEFORE_COMMIT:
        return !heard->is_accepted ||
               move->horizon > choices_horizons(model, &model->open.parts[move->part].session,
                                                explore_node_now_ns(&model->open, move->part),
                                                spans_ns);
    case EXPLORE_CRASH_BEFORE_DISPATCH:
        return !heard->is_accepted || move->horizon > heard->horizons;
    case EXPLORE_STORE_AMBIGUOUS:
    case EXPLORE_STORE_FAILED:
    case EXPLORE_STORE_CONFLICT:
        return !heard->is_accepted;
    default:
        return false;
    }
}

/*
 * Goes on from the child while there is but one choice, a free one: no decision, no state to keep.
 * Where time has passed it is kept all the same, so that ways that meet are found to have met.
 */
static uint32_t follow(struct model *model, uint8_t used, enum explore_choice_kind kind)
{
    uint32_t moves = 1;
    if (model->settings->keeps_all) {
        return moves;
    }
    while (kind != EXPLORE_PASS && moves < EXPLORE_CHAIN_MAX && model->violated == 0) {
        choices_list(model, &model->child, used, &model->forced);
        if (model->forced.len != 1) {
            break;
        }
        kind = (enum explore_choice_kind)model->forced.at[0].kind;
        moves_take(model, &model->forced.at[0]);
        moves++;
    }
    return moves;
}

bool model_next(struct model *model, struct model_step *step)
{
    while (model->next < model->moves.len && is_void(model, &model->moves.at[model->next])) {
        model->next++;
    }
    if (model->next == model->moves.len) {
        return false;
    }
    const struct explore_move *move = &model->moves.at[model->next];
    bool is_fault = explore_choice_is_fault((enum explore_choice_kind)move->kind);
    uint8_t used = (uint8_t)(model->used + is_fault);
    restore(model);
    model->violated = 0;
    model->found_len = 0;
    moves_take(model, move);
    if (move->kind == EXPLORE_HEAR && used < model->settings->faults) {
        note_heard(model, move);
    }
    model->has_free |= !is_fault;
    uint32_t moves = follow(model, used, (enum explore_choice_kind)move->kind);
    *step = (struct model_step){.key = key_of_child(model),
                                .violated = model->violated,
                                .number = (uint16_t)model->next,
                                .moves = (uint16_t)moves,
                                .used = used,
                                .is_fault = is_fault};
    model->next++;
    return true;
}

bool model_is_end(const struct model *model)
{
    return !model->has_free;
}

uint64_t model_end_violated(struct model *model)
{
    model->violated = 0;
    model->found_len = 0;
    judge_end(model);
    return model->violated;
}

/* R14: what is stuck waits for an operator; everything else must be done. */
static bool is_stuck(const struct model *model, const struct saga_session *session)
{
    bool stuck = false;
    for (uint8_t c = 0; c < model_plan(model)->compensations_len; c++) {
        enum saga_undo_state state = (enum saga_undo_state)session->undo_state[c];
        if (state == SAGA_UNDO_NEEDED || state == SAGA_UNDO_RUNNING || state == SAGA_UNDO_WAITING) {
            return false;
        }
        stuck = stuck || state == SAGA_UNDO_STUCK;
    }
    return stuck;
}

bool model_end_is_closed(const struct model *model)
{
    for (uint32_t p = 0; p < model->settings->checkouts; p++) {
        const struct saga_session *session = &model->open.parts[p].session;
        if (!saga_session_is_closed(session) && !is_stuck(model, session)) {
            return false;
        }
    }
    return true;
}

uint32_t model_outcomes(const struct model *model,
                        struct explore_outcome outcomes[EXPLORE_CHECKOUTS_MAX])
{
    for (uint32_t p = 0; p < model->settings->checkouts; p++) {
        const struct saga_session *session = &model->open.parts[p].session;
        const char *reason = saga_session_reason(model_plan(model), session);
        struct explore_outcome *outcome = &outcomes[p];
        memset(outcome, 0, sizeof(*outcome));
        outcome->status = (uint8_t)saga_session_status(model_plan(model), session);
        outcome->compensation =
            (uint8_t)saga_session_compensation_status(model_plan(model), session);
        outcome->undone_len = session->undone_len;
        memcpy(outcome->undone, session->undone, session->undone_len);
        for (size_t i = 0; i < SAGA_NAME_MAX && reason[i] != '\0'; i++) {
            outcome->reason[i] = reason[i];
        }
    }
    return model->settings->checkouts;
}

bool model_is_crowded(const struct model *model)
{
    return model->is_crowded;
}

void model_detail(const struct model *model, enum sim_invariant invariant,
                  char detail[EXPLORE_DETAIL_MAX + 1])
{
    detail[0] = '\0';
    for (uint32_t i = 0; i < model->found_len; i++) {
        if (model->found[i].invariant == invariant) {
            memcpy(detail, model->found[i].detail, EXPLORE_DETAIL_MAX + 1);
            return;
        }
    }
}

uint32_t model_choose(struct model *model, uint16_t number, struct model_step *step,
                      struct explore_choice *choices, uint32_t choices_max)
{
    if (number >= model->moves.len) {
        return 0;
    }
    const struct explore_move *move = &model->moves.at[number];
    model->next = number;
    model->heard[move->part][move->message % EXPLORE_MESSAGES_MAX] =
        (struct explore_heard){.is_accepted = true, .horizons = EXPLORE_HORIZONS_MAX};
    model->told = choices;
    model->told_len = 0;
    model->told_max = choices_max;
    bool is_there = model_next(model, step);
    model->told = NULL;
    return is_there ? model->told_len : 0;
}
