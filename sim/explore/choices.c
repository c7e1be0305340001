/* Which choices a state has: E3, E4, E5, E7 and E8 of docs/exploration.md. */
#include <string.h>

#include "sim/explore/state.h"

static uint64_t later_ns(uint64_t from_ns, uint64_t span_ns)
{
    return span_ns == 0 || from_ns == SAGA_NEVER ? SAGA_NEVER : from_ns + span_ns;
}

/* Adds an instant after now, as a span, in order, once. */
static uint8_t add_instant(uint64_t spans_ns[EXPLORE_HORIZONS_MAX], uint8_t len, uint64_t now_ns,
                           uint64_t at_ns)
{
    if (at_ns <= now_ns || at_ns == SAGA_NEVER) {
        return len;
    }
    uint64_t span_ns = at_ns - now_ns;
    uint8_t at = 0;
    while (at < len && spans_ns[at] < span_ns) {
        at++;
    }
    if (at < len && spans_ns[at] == span_ns) {
        return len;
    }
    memmove(&spans_ns[at + 1], &spans_ns[at], (size_t)(len - at) * sizeof(spans_ns[0]));
    spans_ns[at] = span_ns;
    return (uint8_t)(len + 1);
}

static uint8_t add_deadlines(const struct model *model, const struct saga_session *session,
                             uint64_t now_ns, uint64_t spans_ns[EXPLORE_HORIZONS_MAX], uint8_t len)
{
    const struct saga_plan *plan = model_plan(model);
    const struct saga_step *step = &plan->steps[session->step];
    len = add_instant(spans_ns, len, now_ns,
                      later_ns(session->time_ns[session->step], step->deadline_ns));
    len = add_instant(spans_ns, len, now_ns, session->hold_ns);
    return add_instant(spans_ns, len, now_ns, later_ns(session->started_ns, plan->deadline_ns));
}

uint8_t choices_horizons(const struct model *model, const struct saga_session *session,
                         uint64_t node_now_ns, uint64_t spans_ns[EXPLORE_HORIZONS_MAX])
{
    if (session->phase == SAGA_FORWARD) {
        uint8_t len = add_instant(spans_ns, 0, node_now_ns, session->due_ns);
        return add_deadlines(model, session, node_now_ns, spans_ns, len);
    }
    return add_instant(spans_ns, 0, node_now_ns,
                       saga_session_wake_at_ns(model_plan(model), session));
}

uint8_t choices_outage_ends(const struct model *model, const struct saga_session *session,
                            uint64_t node_now_ns, uint64_t spans_ns[EXPLORE_HORIZONS_MAX])
{
    if (session->phase == SAGA_FORWARD) {
        return add_deadlines(model, session, node_now_ns, spans_ns, 0);
    }
    if (session->phase != SAGA_COMPENSATING) {
        return 0;
    }
    spans_ns[0] = model->facts.long_ns;
    return 1;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t choices_next_ns(const struct explore_state *state, uint32_t parts_len)
{
    uint64_t next_ns = SAGA_NEVER;
    for (uint32_t p = 0; p < parts_len; p++) {
        const struct explore_net *net = &state->parts[p].net;
        if (net->node != EXPLORE_UP) {
            next_ns = earlier(next_ns, net->until_ns);
        } else if (net->wake_ns != SAGA_NEVER) {
            /* In true time; a clock that has leapt may be past it. */
            next_ns =
                earlier(next_ns, net->wake_ns > net->leapt_ns ? net->wake_ns - net->leapt_ns : 0);
        }
        if (net->lapses_len > 0) {
            next_ns = earlier(next_ns, net->lapses[0].at_ns);
        }
    }
    return next_ns;
}

/* A state whose choices are being listed. */
struct listing {
    const struct model *model;
    const struct explore_state *state;
    struct explore_moves *moves;
    bool may_fail; /* the budget is not used up */
};

static void add(struct listing *l, enum explore_choice_kind kind, uint8_t part, uint8_t message,
                uint8_t horizon)
{
    assert(l->moves->len < EXPLORE_MOVES_MAX);
    l->moves->at[l->moves->len++] = (struct explore_move){
        .kind = (uint8_t)kind, .part = part, .message = message, .horizon = horizon};
}

static void add_message_faults(struct listing *l, uint8_t part, uint8_t message)
{
    add(l, EXPLORE_LOSE, part, message, 0);
    add(l, EXPLORE_DELAY, part, message, 0);
    add(l, EXPLORE_DUPLICATE, part, message, 0);
}

/* A prompt request: nothing else happens before it. */
static void list_request(struct listing *l, uint8_t part)
{
    const struct explore_part *p = &l->state->parts[part];
    uint8_t service = l->model->services.service_of[p->net.messages[0].call];
    add(l, EXPLORE_SERVE, part, 0, 0);
    if (!l->may_fail) {
        return;
    }
    add_message_faults(l, part, 0);
    if (services_outage(l->state, part, service) != NULL) {
        return;
    }
    add(l, EXPLORE_REJECT, part, 0, 0);
    add(l, EXPLORE_REFUSE, part, 0, 0);
    add(l, EXPLORE_FAIL_AFTER, part, 0, 0);
    uint64_t spans_ns[EXPLORE_HORIZONS_MAX];
    uint8_t ends =
        choices_outage_ends(l->model, &p->session, explore_node_now_ns(l->state, part), spans_ns);
    for (uint8_t k = 1; k <= ends; k++) {
        add(l, EXPLORE_OUTAGE, part, 0, k);
        add(l, EXPLORE_SILENCE, part, 0, k);
    }
}

/* The two crashes end at horizons of the session that is then stored: how many, is known once the
 * reply has been heard. */
static void add_commit_faults(struct listing *l, uint8_t part, uint8_t message)
{
    for (uint8_t k = 0; k <= EXPLORE_HORIZONS_MAX; k++) {
        add(l, EXPLORE_CRASH_BEFORE_COMMIT, part, message, k);
        add(l, EXPLORE_CRASH_BEFORE_DISPATCH, part, message, k);
    }
    add(l, EXPLORE_STORE_AMBIGUOUS, part, message, 0);
    add(l, EXPLORE_STORE_FAILED, part, message, 0);
    add(l, EXPLORE_STORE_CONFLICT, part, message, 0);
}

static void list_reply(struct listing *l, uint8_t part, uint8_t message)
{
    const struct explore_net *net = &l->state->parts[part].net;
    bool is_late = explore_is_late(net->messages[message]);
    switch ((enum explore_node_state)net->node) {
    case EXPLORE_DOWN:
        add(l, EXPLORE_VANISH, part, message, 0);
        return;
    case EXPLORE_PAUSED:
        break;
    case EXPLORE_UP:
        add(l, EXPLORE_HEAR, part, message, 0);
        if (l->may_fail) {
            add_commit_faults(l, part, message);
        }
        break;
    }
    if (l->may_fail && !is_late) {
        add_message_faults(l, part, message);
    }
}

static bool is_same(const struct explore_message *a, const struct explore_message *b)
{
    return a->attempt == b->attempt && a->call == b->call && a->what == b->what;
}

static void list_messages(struct listing *l, uint8_t part)
{
    const struct explore_net *net = &l->state->parts[part].net;
    for (uint8_t i = 0; i < net->messages_len; i++) {
        if (i > 0 && is_same(&net->messages[i], &net->messages[i - 1])) {
            continue; /* one is as good as the other */
        }
        if (explore_is_reply(net->messages[i])) {
            list_reply(l, part, i);
        } else {
            add(l, EXPLORE_SERVE, part, i, 0); /* late */
        }
    }
}

static void list_due(struct listing *l, uint8_t part)
{
    const struct explore_net *net = &l->state->parts[part].net;
    uint64_t now_ns = l->state->now_ns;
    if (net->node == EXPLORE_UP) {
        if (net->wake_ns <= explore_node_now_ns(l->state, part)) {
            add(l, EXPLORE_TICK, part, 0, 0);
        }
    } else if (net->until_ns <= now_ns) {
        add(l, net->node == EXPLORE_DOWN ? EXPLORE_RESTART : EXPLORE_RESUME, part, 0, 0);
    }
    for (uint8_t i = 0; i < net->lapses_len && net->lapses[i].at_ns <= now_ns; i++) {
        if (i == 0 || net->lapses[i].service != net->lapses[i - 1].service) {
            add(l, EXPLORE_LAPSE, part, net->lapses[i].service, 0);
        }
    }
}

static void list_node_faults(struct listing *l, uint8_t part)
{
    const struct explore_part *p = &l->state->parts[part];
    const struct saga_session *session = &p->session;
    bool is_open = session->phase == SAGA_FORWARD || session->phase == SAGA_COMPENSATING;
    if (p->net.node != EXPLORE_UP || !is_open) {
        return;
    }
    uint64_t spans_ns[EXPLORE_HORIZONS_MAX];
    uint8_t horizons =
        choices_horizons(l->model, session, explore_node_now_ns(l->state, part), spans_ns);
    if (session->phase == SAGA_FORWARD) {
        add(l, EXPLORE_CANCEL, part, 0, 0);
    }
    add(l, EXPLORE_CRASH, part, 0, 0);
    for (uint8_t k = 1; k <= horizons; k++) {
        add(l, EXPLORE_CRASH, part, 0, k);
        add(l, EXPLORE_PAUSE, part, 0, k);
        add(l, EXPLORE_LEAP, part, 0, k);
    }
}

/* A stuck session may be a closed one that a late success opened again: it is open then. */
static void list_operator(struct listing *l, uint8_t part)
{
    const struct explore_part *p = &l->state->parts[part];
    if (p->net.node != EXPLORE_UP) {
        return;
    }
    for (uint8_t c = 0; c < model_plan(l->model)->compensations_len; c++) {
        if (p->session.undo_state[c] == SAGA_UNDO_STUCK) {
            add(l, EXPLORE_RETRY, part, saga_call_of_compensation(c), 0);
            add(l, EXPLORE_RESOLVE, part, saga_call_of_compensation(c), 0);
        }
    }
}

static void list_early_lapses(struct listing *l, uint8_t part)
{
    const struct explore_net *net = &l->state->parts[part].net;
    uint32_t seen = 0;
    for (uint8_t i = 0; i < net->lapses_len; i++) {
        uint32_t bit = UINT32_C(1) << net->lapses[i].service;
        if ((seen & bit) == 0) {
            add(l, EXPLORE_EARLY_LAPSE, part, net->lapses[i].service, 0);
        }
        seen |= bit;
    }
}

/* E3: whether time may pass: no prompt reply waits but for a node that is paused. */
static bool is_quiet(const struct explore_net *net)
{
    for (uint8_t i = 0; i < net->messages_len; i++) {
        if (explore_is_reply(net->messages[i]) && !explore_is_late(net->messages[i]) &&
            net->node != EXPLORE_PAUSED) {
            return false;
        }
    }
    return true;
}

static void list_pass(struct listing *l)
{
    uint32_t parts_len = l->model->settings->checkouts;
    for (uint32_t p = 0; p < parts_len; p++) {
        if (!is_quiet(&l->state->parts[p].net)) {
            return;
        }
    }
    uint64_t next_ns = choices_next_ns(l->state, parts_len);
    if (next_ns > l->state->now_ns && next_ns != SAGA_NEVER) {
        add(l, EXPLORE_PASS, 0, 0, 0);
    }
}

void choices_list(struct model *model, const struct explore_state *state, uint8_t used,
                  struct explore_moves *moves)
{
    struct listing l = {
        .model = model, .state = state, .moves = moves, .may_fail = used < model->settings->faults};
    uint8_t parts_len = (uint8_t)model->settings->checkouts;
    moves->len = 0;
    for (uint8_t p = 0; p < parts_len; p++) {
        if (state->parts[p].net.sending_len > 0) {
            list_request(&l, p);
            return;
        }
    }
    for (uint8_t p = 0; p < parts_len; p++) {
        list_messages(&l, p);
        list_due(&l, p);
        if (l.may_fail) {
            list_node_faults(&l, p);
            list_operator(&l, p);
            list_early_lapses(&l, p);
        }
    }
    list_pass(&l);
}
