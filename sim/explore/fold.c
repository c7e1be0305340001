/*
 * The key of a state: 64 bits of what can still matter of it (E10). Instants are folded to their
 * distance from now: those of the session from its node's. Without folding, every byte counts.
 */
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sim/explore/state.h"

enum { WORDS_MAX = 128 };

struct words {
    uint32_t len;
    uint64_t at[WORDS_MAX];
};

static inline void put(struct words *words, uint64_t word)
{
    assert(words->len < WORDS_MAX);
    words->at[words->len++] = word;
}

static inline void put_bytes(struct words *words, const void *from, size_t size)
{
    assert(size % sizeof(uint64_t) == 0 && words->len + size / sizeof(uint64_t) <= WORDS_MAX);
    memcpy(&words->at[words->len], from, size);
    words->len += (uint32_t)(size / sizeof(uint64_t));
}

static inline void put_instant(struct words *words, uint64_t at_ns, uint64_t now_ns)
{
    put(words, at_ns == SAGA_NEVER ? SAGA_NEVER : at_ns - now_ns);
}

static uint64_t hash(const struct words *words)
{
    return XXH3_64bits(words->at, words->len * sizeof(words->at[0]));
}

static uint64_t hash_bytes(const void *from, size_t size)
{
    return XXH3_64bits(from, size);
}

/* How many attempts of the call are too many to be told apart (E10). */
static uint32_t surplus(const struct model *model, const struct saga_session *session, uint8_t call)
{
    uint32_t attempts = saga_call_is_step(call) ? session->step_attempts[call]
                                                : session->undo_attempts[saga_call_index(call)];
    uint32_t max = model->facts.attempts_max[call];
    return attempts > max ? attempts - max : 0;
}

/* The number of the last attempt in the first epoch, without the surplus. */
static uint32_t reopened_after(const struct model *model, const struct saga_session *session)
{
    if (session->reopened == SAGA_NONE) {
        return 0;
    }
    uint32_t less = surplus(model, session, saga_call_of_compensation(session->reopened));
    return session->reopened_after > less ? session->reopened_after - less : 1;
}

/* Neither below the first, nor into another epoch. */
static uint32_t fold_attempt(const struct model *model, const struct saga_session *session,
                             uint8_t call, uint32_t attempt)
{
    uint32_t less = surplus(model, session, call);
    if (less == 0) {
        return attempt;
    }
    bool is_reopened = !saga_call_is_step(call) && session->reopened == saga_call_index(call);
    uint32_t floor = 1;
    if (is_reopened) {
        if (attempt <= session->reopened_after) {
            return 1;
        }
        floor = reopened_after(model, session) + 1;
    }
    return attempt > less && attempt - less > floor ? attempt - less : floor;
}

static void put_forward(const struct model *model, const struct saga_session *s, uint64_t now_ns,
                        struct words *words)
{
    const struct saga_plan *plan = model_plan(model);
    put_instant(words, s->due_ns, now_ns);
    put_instant(words, s->hold_ns, now_ns);
    put_instant(words, s->started_ns, now_ns);
    put(words, plan->steps[s->step].deadline_ns > 0 ? s->time_ns[s->step] - now_ns : 0);
    for (unsigned left = s->hold_ns == SAGA_NEVER ? 0 : model->facts.holding; left != 0;
         left &= left - 1) {
        put_instant(words, s->time_ns[__builtin_ctz(left)], now_ns);
    }
}

static void put_backward(const struct model *model, const struct saga_session *s, uint64_t now_ns,
                         struct words *words)
{
    put(words,
        (uint64_t)s->undo_failed | (uint64_t)s->undo_stalled << 16 | (uint64_t)s->undone_len << 32);
    put_bytes(words, s->undo_state, sizeof(s->undo_state));
    put_bytes(words, s->undone, sizeof(s->undone));
    for (uint8_t c = 0; c < model_plan(model)->compensations_len; c++) {
        if (s->undo_state[c] != SAGA_UNDO_NOT_NEEDED) {
            uint8_t call = saga_call_of_compensation(c);
            put_instant(words, s->time_ns[c], now_ns);
            put(words, fold_attempt(model, s, call, s->undo_attempts[c]));
        }
    }
    put(words, reopened_after(model, s));
}

uint64_t fold_session(const struct model *model, const struct explore_state *state, uint8_t part)
{
    const struct saga_session *s = &state->parts[part].session;
    if (!model->settings->is_folded) {
        return hash_bytes(s, sizeof(*s)) + state->now_ns;
    }
    struct words words;
    words.len = 0;
    uint64_t now_ns = explore_node_now_ns(state, part);
    bool answers = s->phase == SAGA_FORWARD || s->step_state[s->step] == SAGA_STEP_IN_DOUBT;
    put(&words, (uint64_t)s->phase | (uint64_t)s->cause << 8 | (uint64_t)s->step << 16 |
                    (uint64_t)s->waiting << 24 | (uint64_t)s->stalled << 32 |
                    (uint64_t)s->reopened << 40);
    put(&words, (uint64_t)s->flags << 32 |
                    (answers ? fold_attempt(model, s, s->step, s->step_attempts[s->step]) : 0));
    put_bytes(&words, s->step_state, sizeof(s->step_state));
    if (s->phase == SAGA_FORWARD) {
        put_forward(model, s, now_ns, &words);
    } else {
        put_backward(model, s, now_ns, &words);
    }
    return hash(&words);
}

static uint64_t message_word(const struct model *model, const struct saga_session *session,
                             const struct explore_message *m)
{
    uint32_t attempt = fold_attempt(model, session, m->call, m->attempt);
    return (uint64_t)m->what << 48 | (uint64_t)m->call << 40 | attempt;
}

/* Late and heard messages are a multiset: what folding made equal stands in order again. */
static void sort(uint64_t *words, uint32_t len)
{
    for (uint32_t i = 1; i < len; i++) {
        uint64_t word = words[i];
        uint32_t at = i;
        for (; at > 0 && words[at - 1] > word; at--) {
            words[at] = words[at - 1];
        }
        words[at] = word;
    }
}

static uint64_t hash_net(const struct explore_net *net)
{
    struct words words;
    words.len = 0;
    put_bytes(&words, net, offsetof(struct explore_net, messages));
    put_bytes(&words, net->messages, net->messages_len * sizeof(net->messages[0]));
    put_bytes(&words, net->outages, net->outages_len * sizeof(net->outages[0]));
    put_bytes(&words, net->lapses, net->lapses_len * sizeof(net->lapses[0]));
    return hash(&words);
}

uint64_t fold_net(const struct model *model, const struct explore_state *state, uint8_t part)
{
    const struct explore_part *p = &state->parts[part];
    const struct explore_net *net = &p->net;
    if (!model->settings->is_folded) {
        return hash_net(net);
    }
    struct words words;
    words.len = 0;
    put(&words, (uint64_t)net->node | (uint64_t)net->sending_len << 8 |
                    (uint64_t)net->messages_len << 16 | (uint64_t)net->outages_len << 24 |
                    (uint64_t)net->lapses_len << 32);
    put(&words, net->node == EXPLORE_UP ? 0 : net->until_ns - state->now_ns);
    put_instant(&words, net->wake_ns, explore_node_now_ns(state, part));
    for (uint8_t i = 0; i < net->messages_len; i++) {
        put(&words, message_word(model, &p->session, &net->messages[i]));
    }
    sort(&words.at[words.len - (net->messages_len - net->sending_len)],
         net->messages_len - (uint32_t)net->sending_len);
    for (uint8_t i = 0; i < net->outages_len; i++) {
        const struct explore_outage *outage = &net->outages[i];
        put(&words, (uint64_t)outage->service << 1 | outage->is_silent);
        put_instant(&words, outage->until_ns, state->now_ns);
    }
    for (uint8_t i = 0; i < net->lapses_len; i++) {
        put(&words, net->lapses[i].service);
        put_instant(&words, net->lapses[i].at_ns, state->now_ns);
    }
    return hash(&words);
}

uint64_t fold_books(const struct model *model, const struct explore_state *state, uint8_t part)
{
    const struct explore_books *books = &state->parts[part].books;
    return hash_bytes(books, offsetof(struct explore_books, accounts) +
                                 model_plan(model)->services_len * sizeof(books->accounts[0]));
}

/* Whether a deadline counts from the first dispatch of the step, or its hold is open. */
static bool counts_from(const struct model *model, const struct explore_watch *watch, uint8_t step)
{
    if (step >= watch->last_step) {
        return step == watch->last_step;
    }
    uint8_t until = model_plan(model)->steps[step].hold_until;
    return (model->facts.holding >> step & 1) != 0 && (watch->done >> until & 1) == 0;
}

uint64_t fold_watch(const struct model *model, const struct explore_state *state, uint8_t part)
{
    const struct explore_watch *watch = &state->parts[part].watch;
    if (!model->settings->is_folded) {
        return hash_bytes(watch, sizeof(*watch));
    }
    struct words words;
    words.len = 0;
    put_bytes(&words, &watch->published,
              sizeof(*watch) - offsetof(struct explore_watch, published));
    if (watch->has_begun == 0 && watch->has_closed == 0) {
        uint64_t now_ns = explore_node_now_ns(state, part);
        put_instant(&words, watch->started_ns, now_ns);
        for (unsigned left = model->facts.timed & watch->asked; left != 0; left &= left - 1) {
            uint8_t step = (uint8_t)__builtin_ctz(left);
            put_instant(&words, counts_from(model, watch, step) ? watch->first_ns[step] : now_ns,
                        now_ns);
        }
    }
    return hash(&words);
}

uint64_t fold_pools(const struct model *model, const struct explore_state *state)
{
    return hash_bytes(state->pools, model_plan(model)->services_len * sizeof(state->pools[0]));
}

/* Two checkouts are as good the other way round. */
uint64_t fold_all(const struct model *model, const struct explore_hashes *hashes)
{
    uint64_t of_part[EXPLORE_CHECKOUTS_MAX] = {0};
    for (uint32_t p = 0; p < model->settings->checkouts; p++) {
        of_part[p] = XXH3_64bits(hashes->parts[p], sizeof(hashes->parts[p]));
    }
    if (model->settings->is_folded && of_part[0] > of_part[1]) {
        uint64_t other = of_part[0];
        of_part[0] = of_part[1];
        of_part[1] = other;
    }
    uint64_t all[EXPLORE_CHECKOUTS_MAX + 1] = {of_part[0], of_part[1], hashes->pools};
    uint64_t key = XXH3_64bits(all, sizeof(all));
    return key == 0 ? 1 : key;
}
