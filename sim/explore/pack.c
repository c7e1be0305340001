/*
 * A state as bytes: what is in use of it, one piece after the other, and the hashes of its regions.
 * The plan says which arrays of a session are in use; ids, names and codes are the same throughout
 * or do not matter (E10).
 */
#include <string.h>

#include "sim/explore/state.h"

/* Goes through the pieces of a state, writing them or reading them. */
struct packing {
    uint8_t *bytes;      /* to write to; NULL when reading */
    const uint8_t *from; /* to read from */
};

static inline void piece(struct packing *p, void *at, size_t size)
{
    if (p->bytes != NULL) {
        memcpy(p->bytes, at, size);
        p->bytes += size;
    } else {
        memcpy(at, p->from, size);
        p->from += size;
    }
}

#define FIELD(p, s, name) piece(p, &(s)->name, sizeof((s)->name))

static inline void pack_session(struct packing *p, const struct saga_plan *plan,
                                struct saga_session *s)
{
    size_t steps = plan->steps_len;
    size_t undos = plan->compensations_len;
    size_t times = steps > undos ? steps : undos;
    /* From `version` to `hold_ns`, and from `step_state` on, they stand in a row. */
    piece(p, s, offsetof(struct saga_session, time_ns));
    piece(p, s->time_ns, times * sizeof(s->time_ns[0]));
    piece(p, s->step_attempts, steps * sizeof(s->step_attempts[0]));
    piece(p, s->undo_attempts, undos * sizeof(s->undo_attempts[0]));
    FIELD(p, s, flags);
    FIELD(p, s, events_len);
    FIELD(p, s, reopened_after);
    piece(p, s->step_state, steps);
    piece(p, s->undo_state, undos);
    piece(p, s->undone, undos);
    piece(p, &s->undo_failed, sizeof(*s) - offsetof(struct saga_session, undo_failed));
}

static inline void pack_net(struct packing *p, struct explore_net *net)
{
    piece(p, net, offsetof(struct explore_net, messages));
    piece(p, net->messages, net->messages_len * sizeof(net->messages[0]));
    piece(p, net->outages, net->outages_len * sizeof(net->outages[0]));
    piece(p, net->lapses, net->lapses_len * sizeof(net->lapses[0]));
}

static inline void pack_watch(struct packing *p, const struct model *model,
                              struct explore_watch *watch)
{
    for (unsigned left = model->facts.timed; left != 0; left &= left - 1) {
        piece(p, &watch->first_ns[__builtin_ctz(left)], sizeof(watch->first_ns[0]));
    }
    FIELD(p, watch, started_ns);
    piece(p, &watch->published, sizeof(*watch) - offsetof(struct explore_watch, published));
}

static inline void pack(struct packing *p, const struct model *model, struct explore_state *state,
                        struct explore_hashes *hashes)
{
    const struct saga_plan *plan = model_plan(model);
    FIELD(p, state, now_ns);
    FIELD(p, hashes, pools);
    piece(p, state->pools, plan->services_len * sizeof(state->pools[0]));
    for (uint32_t i = 0; i < model->settings->checkouts; i++) {
        struct explore_part *part = &state->parts[i];
        FIELD(p, hashes, parts[i]);
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
    struct packing p = {.bytes = bytes};
    pack(&p, model, state, hashes);
    return (size_t)(p.bytes - bytes);
}

void unpack_state(const struct model *model, const uint8_t *bytes, struct explore_state *state,
                  struct explore_hashes *hashes)
{
    struct packing p = {.from = bytes};
    pack(&p, model, state, hashes);
}
