#include "tests/naive/explore/same.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/naive/explore/node.h"
#include "tests/naive/naive_history.h"

enum { MESSAGE_BYTES = 10 };

static void put(struct same_bytes *same, uint64_t value, size_t size)
{
    assert(same->len + size <= SAME_BYTES_MAX);
    for (size_t i = 0; i < size; i++) {
        same->bytes[same->len++] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
}

/* All instants are relative to now; what is due is due, for however long. */
static void put_instant(struct same_bytes *same, uint64_t at_ns, uint64_t now_ns)
{
    put(same, at_ns == SAGA_NEVER ? SAGA_NEVER : at_ns <= now_ns ? 0 : at_ns - now_ns, 8);
}

/* The backoff stays the same, and the call is flagged. R6 tells one attempt from two. */
uint32_t same_attempts_max(const struct saga_retry *retry)
{
    uint32_t max = 2;
    while (retry->multiplier > 1 && node_backoff_ns(retry, max) < retry->max_ns) {
        max++;
    }
    return retry->attempts != SAGA_UNLIMITED && retry->attempts > max ? retry->attempts : max;
}

/* How many attempts of the call make no difference any more: the first ones. */
static uint32_t attempts_beyond(const struct small_checkout *c, uint8_t call)
{
    uint32_t sent = naive_sent(&c->stored, call);
    uint32_t max = same_attempts_max(naive_retry(&c->stored, call));
    return sent > max ? sent - max : 0;
}

/* Those of a step that neither runs nor ran when compensation began are all alike. */
static uint32_t attempt_of(const struct small_checkout *c, uint8_t call, uint32_t attempt)
{
    uint32_t beyond = attempts_beyond(c, call);
    bool is_past = call < 16 && call != c->meaning.step;
    return is_past || attempt <= beyond ? 0 : attempt - beyond;
}

static void put_forward(struct same_bytes *same, const struct small_checkout *c, uint64_t t_ns)
{
    const struct naive *naive = &c->stored;
    put(same, naive_is_waiting(naive, c->meaning.step), 1);
    put_instant(same, naive_due_ns(naive, c->meaning.step), t_ns);
    put_instant(same, naive_step_expiry_ns(naive), t_ns);
    put_instant(same, naive_hold_expiry_ns(naive), t_ns);
    put_instant(same, naive_checkout_expiry_ns(naive), t_ns);
}

/* Whether it has ever had its last attempt fail: a need that comes again is flagged at once. */
static bool was_flagged(const struct naive *naive, uint8_t call)
{
    for (size_t i = 0; i < naive->len; i++) {
        const struct naive_fact *fact = &naive->facts[i];
        if ((fact->kind & NAIVE_FAILURES) != 0 && fact->call == call &&
            fact->attempt >= naive_retry(naive, call)->attempts) {
            return true;
        }
    }
    return false;
}

static void put_undo(struct same_bytes *same, const struct small_checkout *c, uint8_t i,
                     uint64_t t_ns)
{
    const struct naive_meaning *m = &c->meaning;
    uint8_t call = naive_undo_call(i);
    bool is_due = m->undo_state[i] == SAGA_UNDO_RUNNING || m->undo_state[i] == SAGA_UNDO_WAITING;
    put(same, m->undo_state[i], 1);
    put(same, m->undo_epoch[i], 1);
    put(same, m->undo_failed[i], 1);
    put(same, was_flagged(&c->stored, call), 1);
    put(same, attempt_of(c, call, m->undo_attempts[i]), 4);
    put_instant(same, is_due ? naive_due_ns(&c->stored, call) : SAGA_NEVER, t_ns);
}

static void put_session(struct same_bytes *same, const struct saga_plan *plan,
                        const struct small_checkout *c, uint64_t t_ns)
{
    const struct naive_meaning *m = &c->meaning;
    put(same, c->stored.start.start.flags, 2);
    put(same, m->phase, 1);
    put(same, m->cause, 1);
    put(same, m->step, 1);
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        put(same, m->step_state[i], 1);
    }
    if (m->step != SAGA_NONE) {
        put(same, attempt_of(c, m->step, m->step_attempts[m->step]), 4);
    }
    if (m->phase == SAGA_FORWARD) {
        put_forward(same, c, t_ns);
    }
    if (m->cause != SAGA_CAUSE_NONE) {
        for (uint8_t i = 0; i < plan->compensations_len; i++) {
            put_undo(same, c, i, t_ns);
        }
        put(same, m->undone_len, 1);
        for (uint8_t i = 0; i < m->undone_len; i++) {
            put(same, m->undone[i], 1);
        }
    }
}

static void put_services(struct same_bytes *same, const struct saga_plan *plan,
                         const struct small_checkout *c, uint64_t now_ns)
{
    for (uint8_t s = 0; s < plan->services_len; s++) {
        const struct small_account *a = &c->accounts[s];
        const uint32_t counters[] = {a->opened, a->confirmed, a->cancelled,
                                     a->held,   a->committed, a->authorized,
                                     a->voided, a->captured,  a->refunded};
        for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
            put(same, counters[i], 1);
        }
        put_instant(same, a->lapse_at_ns, now_ns);
        put_instant(same, a->out_until_ns, now_ns);
        put(same, now_ns < a->out_until_ns && a->is_silent, 1);
    }
    for (uint8_t i = 0; i < SAGA_CALLS_MAX; i++) {
        put(same, c->remembered[i][0], 1);
        put(same, c->remembered[i][1], 1);
    }
    put(same, c->fenced, 4);
}

static int compare_messages(const void *a, const void *b)
{
    return memcmp(a, b, MESSAGE_BYTES);
}

static void put_message(struct same_bytes *same, const struct small_message *message,
                        uint32_t attempt)
{
    put(same, message->checkout, 1);
    put(same, message->is_reply, 1);
    put(same, message->is_late, 1);
    put(same, message->call, 1);
    put(same, message->epoch, 1);
    put(same, message->is_reply ? message->answer : 0, 1);
    put(same, attempt, 4);
}

/* In no order: they can be taken in any. */
static void sort_messages(struct same_bytes *same, size_t first)
{
    qsort(same->bytes + first, (same->len - first) / MESSAGE_BYTES, MESSAGE_BYTES,
          compare_messages);
}

static void put_messages(struct same_bytes *same, const struct small_world *world, uint8_t checkout)
{
    const struct small_checkout *c = &world->checkouts[checkout];
    size_t first = same->len;
    for (size_t i = 0; i < world->messages_len; i++) {
        const struct small_message *message = &world->messages[i];
        if (message->checkout == checkout) {
            struct small_message own = *message;
            own.checkout = 0;
            put_message(same, &own, attempt_of(c, message->call, message->attempt));
        }
    }
    sort_messages(same, first);
}

static void put_checkout(struct same_bytes *same, const struct small_world *world, uint8_t checkout)
{
    const struct small_checkout *c = &world->checkouts[checkout];
    put(same, c->node.state, 1);
    put_instant(same, c->node.until_ns, world->now_ns);
    put_session(same, world->plan, c, small_node_ns(world, checkout));
    put_services(same, world->plan, c, world->now_ns);
    put_messages(same, world, checkout);
}

static int compare(const struct same_bytes *a, const struct same_bytes *b)
{
    if (a->len != b->len) {
        return a->len < b->len ? -1 : 1;
    }
    return memcmp(a->bytes, b->bytes, a->len);
}

static void append(struct same_bytes *same, const struct same_bytes *more)
{
    put(same, more->len, 4);
    assert(same->len + more->len <= SAME_BYTES_MAX);
    memcpy(same->bytes + same->len, more->bytes, more->len);
    same->len += more->len;
}

/* Which of two checkouts is which does not matter: the lesser one stands first. */
void same_of(const struct small_world *world, struct same_bytes *same)
{
    struct same_bytes of[SMALL_CHECKOUTS_MAX];
    same->len = 0;
    for (uint8_t s = 0; s < world->plan->services_len; s++) {
        put(same, world->available[s], 4);
    }
    for (uint8_t c = 0; c < world->checkouts_len; c++) {
        of[c].len = 0;
        put_checkout(&of[c], world, c);
    }
    bool swapped = world->checkouts_len == 2 && compare(&of[0], &of[1]) > 0;
    for (uint8_t c = 0; c < world->checkouts_len; c++) {
        append(same, &of[swapped ? 1 - c : c]);
    }
}

static void put_history(struct same_bytes *same, const struct small_checkout *c)
{
    put(same, c->stored.start.start.flags, 2);
    put(same, c->node.state, 1);
    put(same, c->node.until_ns, 8);
    put(same, c->node.ahead_ns, 8);
    put(same, c->stored.len, 4);
    for (size_t i = 0; i < c->stored.len; i++) {
        const struct naive_fact *fact = &c->stored.facts[i];
        put(same, fact->at_ns, 8);
        put(same, fact->kind, 2);
        put(same, fact->call, 1);
        put(same, fact->attempt, 4);
        put(same, fact->detail, 1);
    }
}

void same_in_full(const struct small_world *world, struct same_bytes *same)
{
    same->len = 0;
    put(same, world->now_ns, 8);
    for (uint8_t s = 0; s < world->plan->services_len; s++) {
        put(same, world->available[s], 4);
    }
    for (uint8_t c = 0; c < world->checkouts_len; c++) {
        put_history(same, &world->checkouts[c]);
        put_services(same, world->plan, &world->checkouts[c], 0);
    }
    size_t first = same->len;
    for (size_t i = 0; i < world->messages_len; i++) {
        const struct small_message *message = &world->messages[i];
        put_message(same, message, message->attempt);
    }
    sort_messages(same, first);
}
