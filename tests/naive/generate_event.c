#include <string.h>

#include "tests/naive/generate.h"

enum act {
    REPLY_DUE,
    REPLY_DOUBTED,
    REPLY_STALE,
    REPLY_GARBAGE,
    TICK,
    CANCEL,
    OPERATE,
    START,
    ALIEN
};

static size_t pick(struct dice *dice, const uint32_t *weights, size_t len)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < len; i++) {
        sum += weights[i];
    }
    uint64_t at = dice_roll(dice, sum);
    size_t i = 0;
    while (at >= weights[i]) {
        at -= weights[i++];
    }
    return i;
}

void generate_temper(struct temper *temper, uint64_t quantum_ns, struct dice *dice)
{
    static const uint32_t usual[] = {60, 8, 5, 2, 20, 1, 8, 1, 1};
    static const uint32_t answers[][3] = {{90, 4, 6}, {60, 10, 30}, {98, 1, 1}, {30, 10, 60}};
    temper->quantum_ns = quantum_ns;
    for (size_t i = 0; i < 9; i++) { /* each is off, usual, or frequent */
        static const uint32_t factors[] = {0, 1, 1, 1, 3};
        temper->act[i] = usual[i] * factors[dice_roll(dice, 5)];
    }
    temper->act[REPLY_DUE] += 20;
    temper->act[TICK] += 5;
    memcpy(temper->answer[0], answers[dice_roll(dice, 3)], sizeof(temper->answer[0]));
    memcpy(temper->answer[1], answers[dice_roll(dice, 4)], sizeof(temper->answer[1]));
    temper->late_percent = (uint32_t)dice_roll(dice, 30);
    temper->expire_percent = (uint32_t)dice_roll(dice, 6);
    temper->huge = dice_chance(dice, 5);
}

/* One of the deadlines that stand: of the checkout, of a hold, or of a step. */
static uint64_t some_deadline(const struct lockstep *l, struct dice *dice)
{
    const struct naive_meaning *m = &l->meaning;
    const struct saga_step *step = &l->plan->steps[dice_roll(dice, l->plan->steps_len)];
    size_t index = (size_t)(step - l->plan->steps);
    uint64_t duration_ns = dice_chance(dice, 50) ? step->hold_ns : step->deadline_ns;
    if (m->phase == SAGA_NEW || m->first_sent_ns[index] == SAGA_NEVER || duration_ns == 0) {
        return m->started_ns + l->plan->deadline_ns;
    }
    return m->first_sent_ns[index] + duration_ns;
}

/* Often the very instant at which something is due, or one beside it. */
static uint64_t some_time(const struct lockstep *l, const struct temper *temper, bool tick,
                          struct dice *dice)
{
    static const int beside[] = {0, 0, 0, 0, 1, -1};
    const struct naive_meaning *m = &l->meaning;
    uint64_t now_ns = m->now_ns;
    if (temper->huge && dice_chance(dice, 5)) {
        static const uint64_t huge[] = {SAGA_NEVER, SAGA_NEVER - 1, SAGA_NEVER / 2,
                                        SAGA_NEVER - 2000000};
        return huge[dice_roll(dice, 4)];
    }
    if (dice_chance(dice, 3)) {
        uint64_t back_ns = dice_roll(dice, 20 * temper->quantum_ns);
        return now_ns > back_ns ? now_ns - back_ns : 0;
    }
    if (dice_chance(dice, temper->expire_percent)) {
        return some_deadline(l, dice) + (uint64_t)beside[dice_roll(dice, 6)];
    }
    if (m->wake_at_ns != SAGA_NEVER && dice_chance(dice, tick ? 75 : temper->late_percent)) {
        return m->wake_at_ns + (uint64_t)beside[dice_roll(dice, 6)];
    }
    return now_ns + temper->quantum_ns * (dice_chance(dice, 60) ? 0 : dice_roll(dice, 4));
}

void generate_start(struct saga_event *event, uint64_t now_ns, uint32_t flags)
{
    memset(event, 0, sizeof(*event));
    event->now_ns = now_ns;
    event->kind = SAGA_START;
    event->start.fingerprint = 1;
    event->start.flags = flags;
    memcpy(event->start.id, "k-1", sizeof("k-1"));
}

static uint32_t some_flags(const struct saga_plan *plan, struct dice *dice)
{
    return (uint32_t)dice_roll(dice, UINT64_C(1) << plan->flags_len);
}

/* The first start; now and then something that a new session must refuse. */
static void generate_first(struct saga_event *event, const struct lockstep *l,
                           const struct temper *temper, struct dice *dice)
{
    generate_start(event, temper->quantum_ns * dice_roll(dice, 3), some_flags(l->plan, dice));
    event->start.id[2] = (char)('0' + dice_roll(dice, 10)); /* R9: the jitter hangs on the id */
    if (temper->huge && dice_chance(dice, 30)) {
        event->now_ns = SAGA_NEVER - dice_roll(dice, 2) * 5 * temper->quantum_ns;
    }
    if (dice_chance(dice, 3)) {
        event->start.id[0] = '\0';
    }
    if (dice_chance(dice, 3)) {
        event->start.flags |= 1U << (l->plan->flags_len + dice_roll(dice, 3));
    }
    if (dice_chance(dice, 5)) {
        uint64_t now_ns = event->now_ns;
        memset(event, 0, sizeof(*event));
        event->now_ns = now_ns;
        event->kind = (uint8_t)(SAGA_REPLY + dice_roll(dice, 5));
        event->call = (uint8_t)dice_roll(dice, SAGA_CALLS_MAX);
        event->attempt = 1;
    }
}

/* Not only bytes that matter: what stands behind the code's end must not leak into the session. */
static void set_code(struct saga_event *event, struct dice *dice)
{
    static const char *const codes[] = {"declined", "out_of_stock", "", "a_code_of_23_bytes_long"};
    memset(event->code, 'x', sizeof(event->code));
    const char *code = codes[dice_roll(dice, 4)];
    memcpy(event->code, code, strlen(code) + 1);
}

static uint8_t some_undo(const struct lockstep *l, struct dice *dice)
{
    return (uint8_t)(SAGA_STEPS_MAX + (l->plan->compensations_len == 0
                                           ? 0
                                           : dice_roll(dice, l->plan->compensations_len)));
}

static uint32_t sent(const struct naive_meaning *m, uint8_t call)
{
    return call < SAGA_STEPS_MAX ? m->step_attempts[call] : m->undo_attempts[call - SAGA_STEPS_MAX];
}

/* To a call that is out: mostly to its latest attempt. */
static void reply_due(struct saga_event *event, const struct lockstep *l,
                      const struct temper *temper, struct dice *dice)
{
    const struct naive_meaning *m = &l->meaning;
    event->call = m->step == SAGA_NONE ? 0 : m->step;
    if (m->phase != SAGA_FORWARD) {
        event->call = some_undo(l, dice);
        for (int tries = 0; tries < 8; tries++) {
            enum saga_undo_state state = m->undo_state[event->call - SAGA_STEPS_MAX];
            if (state == SAGA_UNDO_RUNNING || state == SAGA_UNDO_WAITING) {
                break;
            }
            event->call = some_undo(l, dice);
        }
    }
    event->attempt = sent(m, event->call);
    if (event->attempt > 1 && dice_chance(dice, 15)) {
        event->attempt = 1 + (uint32_t)dice_roll(dice, event->attempt);
    }
    event->answer = (uint8_t)pick(dice, temper->answer[event->call >= SAGA_STEPS_MAX], 3);
}

static void reply_any(struct saga_event *event, const struct lockstep *l, enum act act,
                      struct dice *dice)
{
    const struct naive_meaning *m = &l->meaning;
    event->answer = (uint8_t)dice_roll(dice, 3);
    if (act == REPLY_DOUBTED) {
        event->call = m->step == SAGA_NONE ? 0 : m->step;
        event->attempt = 1 + (uint32_t)dice_roll(dice, sent(m, event->call) + 1U);
        event->answer = dice_chance(dice, 80) ? SAGA_ANSWER_OK : event->answer;
    } else if (act == REPLY_STALE) {
        event->call = dice_chance(dice, 50) ? (uint8_t)dice_roll(dice, l->plan->steps_len)
                                            : some_undo(l, dice);
        event->attempt = (uint32_t)dice_roll(dice, sent(m, event->call) + 2U);
    } else {
        event->call = (uint8_t)dice_roll(dice, dice_chance(dice, 50) ? SAGA_CALLS_MAX : 256);
        event->attempt = (uint32_t)dice_roll(dice, UINT32_MAX) >> dice_roll(dice, 32);
    }
}

void generate_event(struct lockstep_event *event, const struct lockstep *l,
                    const struct temper *temper, struct dice *dice)
{
    memset(event, 0, sizeof(*event));
    struct saga_event *e = &event->event;
    if (l->meaning.phase == SAGA_NEW) {
        generate_first(e, l, temper, dice);
        return;
    }
    enum act act = (enum act)pick(dice, temper->act, 9);
    e->now_ns = some_time(l, temper, act == TICK, dice);
    e->kind = SAGA_TICK;
    switch (act) {
    case REPLY_DUE:
    case REPLY_DOUBTED:
    case REPLY_STALE:
    case REPLY_GARBAGE:
        e->kind = SAGA_REPLY;
        set_code(e, dice);
        if (act == REPLY_DUE) {
            reply_due(e, l, temper, dice);
        } else {
            reply_any(e, l, act, dice);
        }
        break;
    case CANCEL:
        e->kind = SAGA_CANCEL;
        break;
    case OPERATE:
        e->kind = dice_chance(dice, 50) ? SAGA_RETRY : SAGA_RESOLVE;
        e->call = dice_chance(dice, 95) ? some_undo(l, dice) : (uint8_t)dice_roll(dice, 256);
        break;
    case START:
        generate_start(e, e->now_ns, l->session.flags);
        e->start.fingerprint = dice_chance(dice, 70) ? 1 : 2;
        break;
    case TICK:
    case ALIEN:
        break;
    }
    event->other_plan = act == ALIEN;
}
