#include "tests/naive/explore/node.h"

#include <assert.h>

#include "tests/naive/naive_history.h"

static void handle(struct small_world *world, uint8_t checkout, struct saga_event *event,
                   struct naive_outcome *outcome)
{
    struct small_checkout *c = &world->checkouts[checkout];
    event->now_ns = small_node_ns(world, checkout);
    naive_apply(&c->stored, world->plan, event, outcome);
    if (outcome->accepted) {
        naive_mean(&c->stored, &c->meaning);
    }
}

bool node_handle(struct small_world *world, uint8_t checkout, struct saga_event *event,
                 enum node_dispatch dispatch)
{
    struct naive_outcome outcome;
    handle(world, checkout, event, &outcome);
    if (dispatch == NODE_SENDS) {
        small_send(world, checkout, outcome.calls, outcome.calls_len);
    }
    return outcome.accepted;
}

struct saga_event node_event_of(const struct small_message *reply)
{
    struct saga_event event = {.kind = SAGA_REPLY,
                               .call = reply->call,
                               .attempt = reply->attempt,
                               .answer = reply->answer};
    if (reply->answer == SAGA_ANSWER_REJECTED) {
        event.code[0] = 'n';
        event.code[1] = 'o';
    }
    return event;
}

bool node_is_woken(const struct small_world *world, uint8_t checkout)
{
    return world->checkouts[checkout].meaning.wake_at_ns <= small_node_ns(world, checkout);
}

bool node_session_is_open(const struct small_world *world, uint8_t checkout)
{
    enum saga_phase phase = world->checkouts[checkout].meaning.phase;
    return phase == SAGA_FORWARD || phase == SAGA_COMPENSATING;
}

static bool is_among(const struct saga_call *call, const struct saga_call *calls, size_t calls_len)
{
    for (size_t i = 0; i < calls_len; i++) {
        if (calls[i].call == call->call && calls[i].attempt == call->attempt) {
            return true;
        }
    }
    return false;
}

void node_restart(struct small_world *world, uint8_t checkout)
{
    struct small_checkout *c = &world->checkouts[checkout];
    struct saga_event tick = {.kind = SAGA_TICK};
    struct naive_outcome ticked = {0};
    c->node.state = SMALL_UP;
    c->node.until_ns = 0;
    if (node_is_woken(world, checkout)) {
        handle(world, checkout, &tick, &ticked);
        small_send(world, checkout, ticked.calls, ticked.calls_len);
    }
    if (!node_session_is_open(world, checkout)) {
        return;
    }
    for (uint8_t i = 0; i < c->meaning.in_flight_len; i++) {
        const struct saga_call *call = &c->meaning.in_flight[i];
        if (!is_among(call, ticked.calls, ticked.calls_len)) {
            small_send(world, checkout, call, 1);
        }
    }
}

/* Those after t, each once. */
static size_t add(uint64_t *in_ns, size_t len, uint64_t t_ns, uint64_t at_ns)
{
    if (at_ns == SAGA_NEVER || at_ns <= t_ns) {
        return len;
    }
    for (size_t i = 0; i < len; i++) {
        if (in_ns[i] == at_ns - t_ns) {
            return len;
        }
    }
    assert(len < NODE_HORIZONS_MAX);
    in_ns[len] = at_ns - t_ns;
    return len + 1;
}

static size_t add_deadlines(uint64_t *in_ns, size_t len, uint64_t t_ns, const struct naive *naive)
{
    len = add(in_ns, len, t_ns, naive_step_expiry_ns(naive));
    len = add(in_ns, len, t_ns, naive_hold_expiry_ns(naive));
    return add(in_ns, len, t_ns, naive_checkout_expiry_ns(naive));
}

size_t node_horizons(const struct small_world *world, uint8_t checkout,
                     uint64_t in_ns[NODE_HORIZONS_MAX])
{
    const struct small_checkout *c = &world->checkouts[checkout];
    uint64_t t_ns = small_node_ns(world, checkout);
    if (c->meaning.phase == SAGA_FORWARD) {
        uint64_t due_ns = naive_due_ns(&c->stored, naive_running_step(&c->stored));
        return add_deadlines(in_ns, add(in_ns, 0, t_ns, due_ns), t_ns, &c->stored);
    }
    if (c->meaning.phase == SAGA_COMPENSATING) {
        return add(in_ns, 0, t_ns, c->meaning.wake_at_ns);
    }
    return 0;
}

uint64_t node_backoff_ns(const struct saga_retry *retry, uint32_t n)
{
    uint64_t backoff_ns = retry->initial_ns;
    for (uint32_t i = 1; i < n && backoff_ns < retry->max_ns && retry->multiplier > 1; i++) {
        backoff_ns *= retry->multiplier;
    }
    return backoff_ns < retry->max_ns ? backoff_ns : retry->max_ns;
}

static uint64_t long_while_ns(const struct saga_plan *plan)
{
    uint64_t longest_ns = 0;
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        const struct saga_compensation *c = &plan->compensations[i];
        uint32_t attempts = c->retry.attempts == SAGA_UNLIMITED ? 1 : c->retry.attempts;
        uint64_t while_ns = attempts * c->timeout_ns;
        for (uint32_t n = 1; n <= attempts; n++) {
            while_ns += node_backoff_ns(&c->retry, n);
        }
        longest_ns = while_ns > longest_ns ? while_ns : longest_ns;
    }
    return longest_ns;
}

size_t node_outage_ends(const struct small_world *world, uint8_t checkout,
                        uint64_t in_ns[NODE_HORIZONS_MAX])
{
    const struct small_checkout *c = &world->checkouts[checkout];
    if (c->meaning.phase == SAGA_FORWARD) {
        return add_deadlines(in_ns, 0, small_node_ns(world, checkout), &c->stored);
    }
    if (c->meaning.phase == SAGA_COMPENSATING) {
        in_ns[0] = long_while_ns(world->plan);
        return 1;
    }
    return 0;
}
