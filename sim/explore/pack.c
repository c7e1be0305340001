/*
 * A state as bytes: what is in use of it, one piece after the other, and the hashes of its regions.
 * The plan says which arrays of a session are in use; ids, names and codes are the same throughout
 * or do not matter (E10).
 */
#include <string.h>

#include "sim/explore/state.h"

/* Goes through the pieces of a state, writing them or reading them. */
struct packing {
    bool is_writing;
    uint8_t *to;         /* to write to */
    const uint8_t *from; /* to read from */
};

static inline __attribute__((always_inline)) void piece(struct packing *p, void *at, size_t size)
{
    if (p->is_writing) {
        memcpy(p->to, at, size);
        p->to += size;
    } else {
        memcpy(at, p->from, size);
        p->from += size;
    }
}

/* The same of a few small ones, without a call. */
#define PIECES(p, array, len)                                                                      \
    for (size_t i_ = 0; i_ < (len); i_++) {                                                        \
        piece(p, &(array)[i_], sizeof((array)[0]));                                                \
    }

/* From one member of a session up to another: they stand in a row. */
static inline __attribute__((always_inline)) void part_of(struct packing *p, struct saga_session *s,
                                                          size_t from, size_t to)
{
    piece(p, (uint8_t *)s + from, to - from);
}

static inline __attribute__((always_inline)) void
pack_session(struct packing *p, const struct saga_plan *plan, struct saga_session *s)
{
    size_t steps = plan->steps_len;
    size_t undos = plan->compensations_len;
    size_t times = steps > undos ? steps : undos;
    part_of(p, s, 0, offsetof(struct saga_session, time_ns) + times * sizeof(s->time_ns[0]));
    part_of(p, s, offsetof(struct saga_session, step_attempts),
            offsetof(struct saga_session, undo_attempts) + undos * sizeof(s->undo_attempts[0]));
    part_of(p, s, offsetof(struct saga_session, plan_version), offsetof(struct saga_session, id));
    part_of(p, s, offsetof(struct saga_session, step_state), sizeof(*s));
}

static inline __attribute__((always_inline)) void pack_net(struct packing *p,
                                                           struct explore_net *net)
{
    piece(p, (uint8_t *)net, offsetof(struct explore_net, messages));
    PIECES(p, net->messages, net->messages_len)
    PIECES(p, net->outages, net->outages_len)
    PIECES(p, net->lapses, net->lapses_len)
}

static inline __attribute__((always_inline)) void
pack_watch(struct packing *p, const struct model *model, struct explore_watch *watch)
{
    for (unsigned left = model->facts.timed; left != 0; left &= left - 1) {
        piece(p, &watch->first_ns[__builtin_ctz(left)], sizeof(watch->first_ns[0]));
    }
    piece(p, &watch->started_ns, sizeof(watch->started_ns));
    piece(p, (uint8_t *)watch + offsetof(struct explore_watch, published),
          sizeof(*watch) - offsetof(struct explore_watch, published));
}

static inline __attribute__((always_inline)) void pack(struct packing *p, const struct model *model,
                                                       struct explore_state *state,
                                                       struct explore_hashes *hashes)
{
    const struct saga_plan *plan = model_plan(model);
    piece(p, &state->now_ns, sizeof(state->now_ns));
    piece(p, &hashes->pools, sizeof(hashes->pools));
    PIECES(p, state->pools, plan->services_len)
    for (uint32_t i = 0; i < model->settings->checkouts; i++) {
        struct explore_part *part = &state->parts[i];
        piece(p, hashes->parts[i], sizeof(hashes->parts[i]));
        pack_net(p, &part->net);
        pack_session(p, plan, &part->session);
        piece(p, &part->books,
              offsetof(struct explore_books, accounts) +
                  plan->services_len * sizeof(part->books.accounts[0]));
        pack_watch(p, model, &part->watch);
    }
}

size_t pack_max(void)
{
    return sizeof(struct explore_state) + sizeof(struct explore_hashes);
}

size_t pack_state(const struct model *model, struct explore_state *state,
                  struct explore_hashes *hashes, uint8_t *bytes)
{
    struct packing p = {.is_writing = true, .to = bytes};
    pack(&p, model, state, hashes);
    return (size_t)(p.to - bytes);
}

void unpack_state(const struct model *model, const uint8_t *bytes, struct explore_state *state,
                  struct explore_hashes *hashes)
{
    struct packing p = {.from = bytes};
    pack(&p, model, state, hashes);
}
