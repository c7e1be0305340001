#include "tests/naive/exhaust.h"

#include <stdio.h>
#include <string.h>

#include "tests/naive/generate.h"

enum { ALPHABET_MAX = 64 };

static const uint64_t MS = 1000000;

static void put_step(struct saga_plan *plan, uint8_t index, uint8_t service, uint8_t effect)
{
    struct saga_step *step = &plan->steps[index];
    snprintf(step->name, sizeof(step->name), "s%u", index);
    snprintf(step->emits, sizeof(step->emits), "Done%u", index);
    snprintf(step->reason, sizeof(step->reason), "failed_s%u", index);
    step->retry = (struct saga_retry){
        .initial_ns = MS, .max_ns = 2 * MS, .attempts = 2, .multiplier = 2, .jitter_ppm = 0};
    step->timeout_ns = 2 * MS;
    step->service = service;
    step->effect = effect;
    step->hold_until = step->settles = step->when = SAGA_NONE;
    plan->steps_len++;
}

static void put_undo(struct saga_plan *plan, uint16_t reverses, uint8_t service, uint8_t effect)
{
    struct saga_compensation *undo = &plan->compensations[plan->compensations_len];
    snprintf(undo->name, sizeof(undo->name), "undo%u", plan->compensations_len);
    snprintf(undo->emits, sizeof(undo->emits), "Undone%u", plan->compensations_len);
    undo->retry = (struct saga_retry){
        .initial_ns = MS, .max_ns = 2 * MS, .attempts = 1, .multiplier = 2, .jitter_ppm = 0};
    undo->timeout_ns = 2 * MS;
    undo->reverses = reverses;
    undo->service = service;
    undo->effect = effect;
    plan->compensations_len++;
}

static void put_plan(struct saga_plan *plan, const char *name, uint64_t deadline_ns)
{
    memset(plan, 0, sizeof(*plan));
    memcpy(plan->name, name, strlen(name));
    plan->version = 1;
    plan->deadline_ns = deadline_ns;
    plan->services_len = 3;
    memcpy(plan->services[0].name, "stock", sizeof("stock"));
    plan->services[0].model = SAGA_MODEL_HOLD;
    memcpy(plan->services[1].name, "book", sizeof("book"));
    plan->services[1].model = SAGA_MODEL_RECORD;
    memcpy(plan->services[2].name, "rules", sizeof("rules"));
    plan->services[2].model = SAGA_MODEL_CHECK;
}

void exhaust_plan_one(struct saga_plan *plan)
{
    put_plan(plan, "one", 6 * MS);
    put_step(plan, 0, 1, SAGA_EFFECT_OPEN);
    put_undo(plan, 1 << 0, 1, SAGA_EFFECT_CANCEL);
}

void exhaust_plan_two(struct saga_plan *plan)
{
    put_plan(plan, "two", 8 * MS);
    put_step(plan, 0, 0, SAGA_EFFECT_ACQUIRE);
    put_step(plan, 1, 0, SAGA_EFFECT_COMMIT);
    put_step(plan, 2, 2, SAGA_EFFECT_NONE);
    plan->steps[0].hold_ns = 3 * MS;
    plan->steps[0].hold_until = 1;
    plan->steps[1].settles = 0;
    plan->steps[1].deadline_ns = 2 * MS;
    plan->steps[2].retry.attempts = 1;
    put_undo(plan, 1 << 1, 0, SAGA_EFFECT_RETURN);
    put_undo(plan, 1 << 0, 0, SAGA_EFFECT_RELEASE);
}

void exhaust_plan_shared(struct saga_plan *plan)
{
    put_plan(plan, "shared", 8 * MS);
    put_step(plan, 0, 1, SAGA_EFFECT_OPEN);
    put_step(plan, 1, 0, SAGA_EFFECT_ACQUIRE);
    put_step(plan, 2, 1, SAGA_EFFECT_CONFIRM);
    plan->steps[0].retry.attempts = 1;
    plan->steps[2].retry.attempts = 1;
    put_undo(plan, 1 << 1, 0, SAGA_EFFECT_RELEASE);
    put_undo(plan, 1 << 0 | 1 << 2, 1, SAGA_EFFECT_CANCEL);
}

struct alphabet {
    size_t len;
    struct saga_event letters[ALPHABET_MAX];
};

static struct saga_event *put_letter(struct alphabet *alphabet, uint64_t now_ns,
                                     enum saga_event_kind kind, uint8_t call)
{
    struct saga_event *event = &alphabet->letters[alphabet->len++];
    *event = (struct saga_event){.now_ns = now_ns, .kind = (uint8_t)kind, .call = call};
    return event;
}

static void put_reply(struct alphabet *alphabet, uint64_t now_ns, uint8_t call, uint32_t attempt,
                      enum saga_answer answer)
{
    struct saga_event *event = put_letter(alphabet, now_ns, SAGA_REPLY, call);
    event->attempt = attempt;
    event->answer = (uint8_t)answer;
    event->code[0] = answer == SAGA_ANSWER_REJECTED ? 'x' : '\0';
}

/* Every answer to the latest attempt now, `ok` also as late as can be; and to the one before. */
static void put_replies(struct alphabet *alphabet, const struct naive_meaning *m, uint8_t call,
                        uint32_t attempts)
{
    if (attempts == 0) {
        return;
    }
    put_reply(alphabet, m->now_ns, call, attempts, SAGA_ANSWER_OK);
    put_reply(alphabet, m->now_ns, call, attempts, SAGA_ANSWER_REJECTED);
    put_reply(alphabet, m->now_ns, call, attempts, SAGA_ANSWER_UNAVAILABLE);
    if (m->wake_at_ns != SAGA_NEVER) {
        put_reply(alphabet, m->wake_at_ns, call, attempts, SAGA_ANSWER_OK);
    }
    if (attempts > 1) {
        put_reply(alphabet, m->now_ns, call, attempts - 1, SAGA_ANSWER_OK);
        put_reply(alphabet, m->now_ns, call, attempts - 1, SAGA_ANSWER_REJECTED);
    }
}

static void put_alphabet(struct alphabet *alphabet, const struct lockstep *l)
{
    const struct naive_meaning *m = &l->meaning;
    alphabet->len = 0;
    if (m->step != SAGA_NONE) { /* the running step, or the one in doubt */
        put_replies(alphabet, m, m->step, m->step_attempts[m->step]);
    }
    for (uint8_t undo = 0; undo < l->plan->compensations_len; undo++) {
        uint8_t call = (uint8_t)(SAGA_STEPS_MAX + undo);
        if (m->undo_state[undo] != SAGA_UNDO_NOT_NEEDED) {
            put_replies(alphabet, m, call, m->undo_attempts[undo]);
            put_letter(alphabet, m->now_ns, SAGA_RETRY, call);
            put_letter(alphabet, m->now_ns, SAGA_RESOLVE, call);
        }
    }
    if (m->wake_at_ns != SAGA_NEVER) {
        put_letter(alphabet, m->wake_at_ns, SAGA_TICK, 0);
    }
    if (m->phase == SAGA_FORWARD) {
        put_letter(alphabet, m->started_ns + l->plan->deadline_ns, SAGA_TICK, 0);
    }
    put_letter(alphabet, m->now_ns, SAGA_CANCEL, 0);
}

/* One event behind the sequence so far. */
static bool extend(struct lockstep *l, const struct saga_event *event, struct coverage *coverage,
                   struct lockstep_case *sequence)
{
    struct naive_meaning before = l->meaning;
    struct lockstep_event *next = &sequence->events[sequence->len++];
    *next = (struct lockstep_event){.event = *event};
    bool agree = lockstep_apply(l, next);
    coverage_observe(coverage, &before, next, l);
    return agree;
}

static bool descend(struct lockstep *l, size_t depth, struct coverage *coverage,
                    struct lockstep_case *sequence)
{
    struct alphabet alphabet;
    struct lockstep_mark mark;
    put_alphabet(&alphabet, l);
    lockstep_save(l, &mark);
    for (size_t i = 0; i < alphabet.len; i++) {
        if (!extend(l, &alphabet.letters[i], coverage, sequence)) {
            return false;
        }
        if (l->outcome.accepted && depth > 1 && !descend(l, depth - 1, coverage, sequence)) {
            return false;
        }
        sequence->len--;
        lockstep_restore(l, &mark);
    }
    return true;
}

bool exhaust(const struct saga_plan *plan, uint8_t done, size_t depth, struct coverage *coverage,
             struct lockstep_case *sequence)
{
    struct lockstep lockstep;
    struct saga_event event;
    sequence->plan = *plan;
    sequence->len = 0;
    lockstep_begin(&lockstep, plan, NULL);
    generate_start(&event, 0, 0);
    bool agree = extend(&lockstep, &event, coverage, sequence);
    for (uint8_t step = 0; step < done && agree; step++) {
        event = (struct saga_event){.kind = SAGA_REPLY, .call = step, .attempt = 1};
        agree = extend(&lockstep, &event, coverage, sequence);
    }
    agree = agree && descend(&lockstep, depth, coverage, sequence);
    lockstep_end(&lockstep);
    return agree;
}
