#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tape.h"

enum { ON_THE_WAY_NS = 10000000 };

void tape_begin(struct tape *tape)
{
    memset(tape, 0, offsetof(struct tape, steps));
    tape->scenario.plan = saga_checkout_plan;
    tape->scenario.checkouts.count = 1;
    tape->scenario.heal_ns = 2 * H;
    tape->scenario.until_ns = 24 * H;
    tape->ahead_from_ns = SAGA_NEVER;
    tape->wake_at_ns = SAGA_NEVER;
    for (uint8_t i = 0; i < tape->scenario.plan.services_len; i++) {
        tape->books.pools[i] = (struct sim_pool){.initial = 10, .available = 10};
    }
}

static void add_rule(struct tape *tape, struct tape_rule rule)
{
    assert_true(tape->rules_len < TAPE_RULES_MAX);
    tape->rules[tape->rules_len++] = rule;
}

void tape_rule(struct tape *tape, uint8_t call, uint32_t lo, uint32_t hi, enum tape_fate fate)
{
    add_rule(tape,
             (struct tape_rule){.call = call, .attempt_lo = lo, .attempt_hi = hi, .fate = fate});
}

void tape_rule_late(struct tape *tape, uint8_t call, uint32_t attempt, enum tape_fate fate,
                    uint64_t late_ns)
{
    add_rule(tape, (struct tape_rule){.call = call,
                                      .attempt_lo = attempt,
                                      .attempt_hi = attempt,
                                      .fate = fate,
                                      .late_ns = late_ns});
}

static const struct tape_rule *rule_of(const struct tape *tape, uint8_t call, uint32_t attempt)
{
    for (size_t i = 0; i < tape->rules_len; i++) {
        const struct tape_rule *rule = &tape->rules[i];
        if (rule->call == call && rule->attempt_lo <= attempt && attempt <= rule->attempt_hi) {
            return rule;
        }
    }
    return NULL;
}

static bool meets(const struct tape_rule *rule, enum tape_fate fate)
{
    return rule != NULL && rule->fate == fate;
}

static void push(struct tape *tape, struct tape_item item)
{
    assert_true(tape->queue_len < TAPE_QUEUE_MAX);
    tape->queue[tape->queue_len++] = item;
}

void tape_event(struct tape *tape, uint64_t time_ns, enum saga_event_kind kind, uint8_t call)
{
    struct saga_event event = {.kind = (uint8_t)kind, .call = call};
    if (kind == SAGA_START) {
        memcpy(event.start.id, "checkout-1", sizeof("checkout-1"));
        event.start.fingerprint = 7;
        event.start.flags = tape->flags;
    }
    push(tape, (struct tape_item){.time_ns = time_ns, .what = TAPE_EVENT, .event = event});
}

void tape_reply(struct tape *tape, uint64_t time_ns, uint8_t call, uint32_t attempt,
                enum saga_answer answer)
{
    struct saga_event event = {
        .kind = SAGA_REPLY, .call = call, .attempt = attempt, .answer = (uint8_t)answer};
    push(tape, (struct tape_item){.time_ns = time_ns, .what = TAPE_EVENT, .event = event});
}

static struct tape_step *new_step(struct tape *tape, uint64_t time_ns)
{
    assert_true(tape->steps_len < TAPE_STEPS_MAX);
    struct tape_step *step = &tape->steps[tape->steps_len++];
    memset(step, 0, sizeof(*step));
    step->step.time_ns = time_ns;
    return step;
}

static struct sim_record *new_record(struct tape_step *step, enum sim_record_kind kind)
{
    assert_true(step->step.records_len < SIM_STEP_RECORDS_MAX);
    struct sim_record *record = &step->step.records[step->step.records_len++];
    *record =
        (struct sim_record){.time_ns = step->step.time_ns, .checkout = 1, .kind = (uint8_t)kind};
    return record;
}

static void send(struct tape *tape, struct tape_step *step, const struct saga_call *call)
{
    struct sim_record *record = new_record(step, SIM_SENT);
    record->call = call->call;
    record->epoch = call->epoch;
    record->attempt = call->attempt;
    const struct tape_rule *rule = rule_of(tape, call->call, call->attempt);
    if (meets(rule, TAPE_LOSE_REQUEST)) {
        return;
    }
    struct saga_event reply = {.kind = SAGA_REPLY, .call = call->call, .attempt = call->attempt};
    uint64_t late_ns = meets(rule, TAPE_DELAY_REQUEST) ? rule->late_ns : 0;
    push(tape, (struct tape_item){.time_ns = step->step.time_ns + ON_THE_WAY_NS + late_ns,
                                  .what = TAPE_REQUEST,
                                  .epoch = call->epoch,
                                  .event = reply});
}

/* A request is at its service. */
static void arrive(struct tape *tape, struct tape_item item)
{
    struct tape_step *step = new_step(tape, item.time_ns);
    const struct tape_rule *rule = rule_of(tape, item.event.call, item.event.attempt);
    struct sim_record arrived = {.time_ns = item.time_ns,
                                 .checkout = 1,
                                 .call = item.event.call,
                                 .epoch = item.epoch,
                                 .attempt = item.event.attempt,
                                 .kind = SIM_ARRIVED};
    step->step.records[step->step.records_len++] = arrived;
    enum saga_answer answer =
        meets(rule, TAPE_REJECT) ? SAGA_ANSWER_REJECTED : SAGA_ANSWER_UNAVAILABLE;
    if (!meets(rule, TAPE_REJECT) && !meets(rule, TAPE_UNAVAILABLE)) {
        struct sim_record effect = arrived;
        bool made = false;
        effect.kind = SIM_EFFECT;
        answer = tape_serve(tape, item.event.call, item.epoch, &effect, &made);
        if (made) {
            step->step.records[step->step.records_len++] = effect;
        }
    }
    if (meets(rule, TAPE_FAIL_AFTER)) {
        answer = SAGA_ANSWER_UNAVAILABLE;
    }
    arrived.kind = SIM_ANSWERED;
    arrived.answer = (uint8_t)answer;
    step->step.records[step->step.records_len++] = arrived;
    if (!meets(rule, TAPE_LOSE_REPLY)) {
        item.what = TAPE_REPLY;
        item.time_ns += ON_THE_WAY_NS + (meets(rule, TAPE_DELAY_REPLY) ? rule->late_ns : 0);
        item.event.answer = (uint8_t)answer;
        push(tape, item);
    }
}

static void mend(struct tape *tape, struct tape_step *step, uint8_t call)
{
    tape_mend(tape, call);
    struct sim_record *record = new_record(step, SIM_MENDED);
    record->call = call;
    record->index = saga_call_service(&tape->scenario.plan, call);
}

static bool is_outcome(const struct saga_domain_event *event)
{
    return event->kind == SAGA_COMPLETION || event->kind == SAGA_FAILURE ||
           event->kind == SAGA_EXPIRY;
}

/* To the subscriber, into the read model, and to the buyer. */
static void publish(struct tape *tape, struct tape_step *step,
                    const struct saga_domain_event *event)
{
    struct sim_record *record = new_record(step, SIM_PUBLISHED);
    record->what = event->kind;
    record->index = event->index;
    record->value = event->sequence;
    node_progress_apply(&tape->scenario.plan, &tape->books.told.progress, event);
    tape->books.told.drained++;
    if (is_outcome(event)) {
        struct sim_record *notified = new_record(step, SIM_NOTIFIED);
        notified->what = event->kind;
        notified->value = event->sequence;
        tape->books.told.notified++;
    }
}

static void accept(struct tape *tape, struct tape_step *step, const struct saga_update *update)
{
    step->stored = tape->session;
    step->step.event = &step->event;
    step->step.stored = &step->stored;
    new_record(step, SIM_STORED)->value = tape->session.version;
    for (uint8_t i = 0; i < update->events_len; i++) {
        publish(tape, step, &update->events[i]);
    }
    for (uint8_t i = 0; i < update->calls_len; i++) {
        send(tape, step, &update->calls[i]);
    }
    if (step->event.kind == SAGA_RESOLVE) {
        mend(tape, step, step->event.call);
    }
}

/* The node takes the event. */
static void handle(struct tape *tape, uint64_t time_ns, struct saga_event event)
{
    struct saga_update update = {0};
    bool is_deaf =
        event.kind == SAGA_TICK && time_ns >= tape->deaf_from_ns && time_ns < tape->deaf_to_ns;
    enum saga_result result = SAGA_OK;
    event.now_ns = time_ns + (time_ns >= tape->ahead_from_ns ? tape->ahead_ns : 0);
    event.now_ns -= time_ns > tape->behind_ns ? tape->behind_ns : 0;
    if (!is_deaf) {
        result = saga_apply(&tape->scenario.plan, &tape->session, &event, &update);
        tape->wake_at_ns = update.wake_at_ns;
    }
    uint64_t takes_ns = update.accepted ? tape->commit_ns : 0;
    tape->busy_to_ns = time_ns + takes_ns;
    struct tape_step *step = new_step(tape, tape->busy_to_ns);
    step->event = event;
    struct sim_record *record = new_record(step, SIM_HANDLED);
    record->what = event.kind;
    record->call = event.call;
    record->attempt = event.attempt;
    record->answer = event.answer;
    record->index = (uint8_t)result;
    record->value = update.accepted ? 1 + takes_ns : 0;
    if (update.accepted) {
        accept(tape, step, &update);
    }
}

/* When the next tick comes; a clock that is ahead brings it early. */
static uint64_t tick_ns(const struct tape *tape, uint64_t now_ns)
{
    uint64_t wake_ns = tape->wake_at_ns;
    if (tape->mute || wake_ns == SAGA_NEVER) {
        return SAGA_NEVER;
    }
    if (wake_ns >= tape->ahead_from_ns) {
        uint64_t both_ns = tape->ahead_from_ns + tape->ahead_ns;
        wake_ns = wake_ns >= both_ns ? wake_ns - tape->ahead_ns : tape->ahead_from_ns;
    }
    if (wake_ns >= tape->deaf_from_ns && wake_ns <= now_ns && now_ns < tape->deaf_to_ns) {
        return tape->deaf_to_ns; /* it was told once; the driver tries again */
    }
    wake_ns = wake_ns > tape->busy_to_ns ? wake_ns : tape->busy_to_ns;
    return wake_ns > now_ns ? wake_ns : now_ns;
}

static size_t earliest(const struct tape *tape)
{
    size_t first = 0;
    for (size_t i = 1; i < tape->queue_len; i++) {
        if (tape->queue[i].time_ns < tape->queue[first].time_ns) {
            first = i;
        }
    }
    return first;
}

/* What is next happens; false when nothing is left. */
static bool advance(struct tape *tape, uint64_t *now_ns)
{
    uint64_t tick_at_ns = tick_ns(tape, *now_ns);
    size_t next = earliest(tape);
    if (tape->queue_len == 0 || tick_at_ns < tape->queue[next].time_ns) {
        if (tick_at_ns >= tape->scenario.until_ns) {
            return false;
        }
        *now_ns = tick_at_ns;
        handle(tape, *now_ns, (struct saga_event){.kind = SAGA_TICK});
        return true;
    }
    struct tape_item item = tape->queue[next];
    tape->queue[next] = tape->queue[--tape->queue_len];
    *now_ns = item.time_ns;
    if (item.what == TAPE_REQUEST) {
        arrive(tape, item);
    } else {
        *now_ns = item.time_ns > tape->busy_to_ns ? item.time_ns : tape->busy_to_ns;
        handle(tape, *now_ns, item.event);
    }
    return true;
}

void tape_play(struct tape *tape)
{
    uint64_t now_ns = 0;
    tape_event(tape, 0, SAGA_START, 0);
    while (advance(tape, &now_ns)) {
        tape->steps[tape->steps_len - 1].books = tape->books;
    }
}

void tape_play_happy(struct tape *tape)
{
    tape_begin(tape);
    tape_play(tape);
}

void tape_play_declined(struct tape *tape)
{
    tape_begin(tape);
    tape_rule(tape, SAGA_AUTHORIZE_PAYMENT, 1, 1, TAPE_REJECT);
    tape_play(tape);
}

void tape_play_unconfirmed(struct tape *tape)
{
    tape_begin(tape);
    tape_rule(tape, SAGA_CONFIRM_ORDER, 1, 1, TAPE_REJECT);
    tape_play(tape);
}

struct sim_record *tape_find(struct tape *tape, enum sim_record_kind kind, uint8_t call,
                             uint32_t attempt)
{
    for (size_t i = 0; i < tape->steps_len; i++) {
        struct sim_step *step = &tape->steps[i].step;
        for (uint32_t k = 0; k < step->records_len; k++) {
            struct sim_record *record = &step->records[k];
            if (record->kind == kind && record->call == call && record->attempt == attempt) {
                return record;
            }
        }
    }
    fail_msg("no %s record of call %u, attempt %u", sim_record_kind_name(kind), call, attempt);
    return NULL;
}

struct sim_record *tape_published(struct tape *tape, enum saga_domain_event_kind kind,
                                  uint8_t index)
{
    for (size_t i = 0; i < tape->steps_len; i++) {
        struct sim_step *step = &tape->steps[i].step;
        for (uint32_t k = 0; k < step->records_len; k++) {
            struct sim_record *record = &step->records[k];
            if (record->kind == SIM_PUBLISHED && record->what == kind && record->index == index) {
                return record;
            }
        }
    }
    fail_msg("domain event %d of %u was never published", (int)kind, index);
    return NULL;
}

size_t tape_step_of(const struct tape *tape, const struct sim_record *record)
{
    for (size_t i = 0; i < tape->steps_len; i++) {
        const struct sim_record *records = tape->steps[i].step.records;
        if (record >= records && record < records + SIM_STEP_RECORDS_MAX) {
            return i;
        }
    }
    fail_msg("the record is not on the tape");
    return 0;
}

void tape_drop(struct tape *tape, struct sim_record *record)
{
    struct sim_step *step = &tape->steps[tape_step_of(tape, record)].step;
    size_t behind = (size_t)(step->records + step->records_len - record) - 1;
    memmove(record, record + 1, behind * sizeof(*record));
    step->records_len--;
}

void tape_add(struct tape *tape, size_t step, struct sim_record record)
{
    struct sim_step *to = &tape->steps[step].step;
    assert_true(to->records_len < SIM_STEP_RECORDS_MAX);
    record.time_ns = to->time_ns;
    record.checkout = record.kind < SIM_CRASHED;
    to->records[to->records_len++] = record;
}

void tape_move(struct tape *tape, struct sim_record *record, size_t to)
{
    struct sim_record copy = *record;
    tape_drop(tape, record);
    tape_add(tape, to, copy);
}

void tape_insert(struct tape *tape, size_t after, uint64_t time_ns, struct sim_record record)
{
    assert_true(tape->steps_len < TAPE_STEPS_MAX);
    struct tape_step *at = &tape->steps[after + 1];
    memmove(at + 1, at, (tape->steps_len - after - 1) * sizeof(*at));
    tape->steps_len++;
    for (size_t i = after + 1; i < tape->steps_len; i++) { /* they point into themselves */
        struct sim_step *step = &tape->steps[i].step;
        step->event = step->event == NULL ? NULL : &tape->steps[i].event;
        step->stored = step->stored == NULL ? NULL : &tape->steps[i].stored;
    }
    memset(at, 0, sizeof(*at));
    at->step.time_ns = time_ns;
    at->books = tape->steps[after].books;
    tape_add(tape, after + 1, record);
}

struct tape_step *tape_effect_step(struct tape *tape, uint8_t call)
{
    return &tape->steps[tape_step_of(tape, tape_find(tape, SIM_EFFECT, call, 1))];
}

uint64_t tape_check(struct tape *tape, struct check *check)
{
    struct tape_books live = {0};
    struct sim_books books = {.checkouts_len = 1, .accounts = live.accounts, .told = &live.told};
    books.services_len = tape->scenario.plan.services_len;
    assert_true(check_start(check, &tape->scenario, &books));
    for (size_t i = 0; i < tape->steps_len; i++) {
        live = tape->steps[i].books;
        memcpy(books.pools, live.pools, sizeof(books.pools));
        check_step(check, &tape->steps[i].step);
    }
    /* With no step at all, the run ends where it began. */
    check_end(check, tape->steps_len > 0 ? tape->steps[tape->steps_len - 1].step.time_ns : 0);
    size_t len = 0;
    uint64_t violated = 0;
    const struct check_violation *violations = check_violations(check, &len, NULL);
    for (size_t i = 0; i < len; i++) {
        violated |= UINT64_C(1) << violations[i].invariant;
    }
    return violated;
}

/* Names what was found, for whoever reads the failure. */
static void tell(const struct check *check)
{
    size_t len = 0;
    const struct check_violation *violations = check_violations(check, &len, NULL);
    for (size_t i = 0; i < len; i++) {
        print_error("%s at %llu ns: %s\n", sim_invariant_name(violations[i].invariant),
                    (unsigned long long)violations[i].time_ns, violations[i].detail);
    }
}

static void assert_exactly(struct tape *tape, uint64_t expected, const char *detail)
{
    struct check *check = check_create();
    assert_non_null(check);
    uint64_t violated = tape_check(tape, check);
    if (violated != expected) {
        tell(check);
        for (int i = 0; i < SIM_INVARIANTS_LEN; i++) {
            if ((expected & ~violated) >> i & 1) {
                print_error("%s held\n", sim_invariant_name((enum sim_invariant)i));
            }
        }
    }
    assert_int_equal(violated, expected);
    if (detail != NULL) {
        size_t len = 0;
        assert_string_equal(check_violations(check, &len, NULL)[0].detail, detail);
    }
    check_destroy(check);
}

void assert_sound(struct tape *tape)
{
    assert_exactly(tape, 0, NULL);
}

void assert_violates(struct tape *tape, enum sim_invariant invariant)
{
    assert_exactly(tape, UINT64_C(1) << invariant, NULL);
}

void assert_violates_as(struct tape *tape, enum sim_invariant invariant, const char *detail)
{
    assert_exactly(tape, UINT64_C(1) << invariant, detail);
}
