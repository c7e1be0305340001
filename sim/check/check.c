/* The checker's life, and which record goes to whom. */
#include "sim/check/check.h"

#include <stdlib.h>
#include <string.h>

#include "core/result.h"
#include "sim/check/state.h"

static_assert(SIM_INVARIANTS_LEN <= 64, "what was reported is one word of bits");

struct check *check_create(void)
{
    return calloc(1, sizeof(struct check));
}

void check_destroy(struct check *check)
{
    if (check != NULL) {
        free(check->checkouts);
        free(check);
    }
}

static void look_at_step(struct check_plan *facts, const struct saga_plan *plan, uint8_t i)
{
    const struct saga_step *step = &plan->steps[i];
    enum saga_effect effect = (enum saga_effect)step->effect;
    facts->timeout_ns[saga_call_of_step(i)] = step->timeout_ns;
    if (effect != SAGA_EFFECT_NONE) {
        facts->effects |= check_bit(i);
    }
    if (effect == SAGA_EFFECT_COMMIT || effect == SAGA_EFFECT_CAPTURE) {
        facts->payments |= check_bit(i);
    }
    if (step->hold_ns > 0) {
        facts->consumes[step->hold_until] |= check_bit(i);
    }
}

/*
 * What one compensation may take: its attempt timeout, longest backoff, and answer. These bring
 * about three commits, each of which may stand behind another one, and behind those of the other
 * checkouts, 16 at a time. With several nodes also 2 s: one that is not the owner finds twice, up
 * to 1 s late, that something is due.
 */
static uint64_t undoing_ns(const struct scenario *scenario, uint8_t i)
{
    const struct saga_compensation *compensation = &scenario->plan.compensations[i];
    uint64_t commits = 3 * (UINT64_C(2) + scenario->checkouts.count / 16);
    uint64_t answer_ns =
        2 * scenario->network.latency_ns.hi + scenario->services[compensation->service].work_ns.hi;
    uint64_t found_ns = scenario->nodes_len > 1 ? UINT64_C(2000000000) : 0;
    return compensation->timeout_ns + compensation->retry.max_ns + answer_ns +
           commits * scenario->commit_ns.hi + found_ns;
}

static void look_at_plan(struct check_plan *facts, const struct scenario *scenario)
{
    const struct saga_plan *plan = &scenario->plan;
    facts->closing_ns = 0;
    facts->effects = 0;
    facts->payments = 0;
    memset(facts->consumes, 0, sizeof(facts->consumes));
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        look_at_step(facts, plan, i);
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        const struct saga_compensation *compensation = &plan->compensations[i];
        facts->timeout_ns[saga_call_of_compensation(i)] = compensation->timeout_ns;
        facts->closing_ns += undoing_ns(scenario, i);
    }
}

bool check_start(struct check *check, const struct scenario *scenario,
                 const struct sim_books *books)
{
    uint32_t count = scenario->checkouts.count;
    if (count > check->checkouts_max) {
        struct check_checkout *checkouts = malloc(count * sizeof(*checkouts));
        if (checkouts == NULL) {
            return false;
        }
        free(check->checkouts);
        check->checkouts = checkouts;
        check->checkouts_max = count;
    }
    check->scenario = scenario;
    check->plan = &scenario->plan;
    check->books = books;
    check->checkouts_len = count;
    for (uint32_t i = 0; i < count; i++) {
        memset(&check->checkouts[i], 0, offsetof(struct check_checkout, fails_ns));
    }
    look_at_plan(&check->facts, scenario);
    check_clock_start(&check->clocks, scenario);
    check->healed_ns = scenario->heal_ns;
    check->resumed = 0;
    check->reported = 0;
    check->violated = 0;
    check->violations_len = 0;
    check->dropped = 0;
    return true;
}

/* What became of the checkout with this accepted event. `before`: the phase before it. */
static void follow_phase(struct check *check, struct check_checkout *c, enum saga_phase before,
                         const struct sim_record *record)
{
    enum saga_phase after = (enum saga_phase)c->stored.phase;
    if (before == SAGA_FORWARD && after != SAGA_FORWARD && c->stored.cause == SAGA_CAUSE_EXPIRY) {
        check_time_expired(check, c, record);
    }
    if (saga_session_is_closed(&c->stored) && !c->has_closed) {
        c->has_closed = true;
        c->closed_ns = record->time_ns;
        check_events_closed(check, c, record);
    }
}

/* It changed nothing. The node that stored last must know that a deadline has come; one that
 * another has overtaken need not: it holds an older session, and finds out when it commits. */
static void ignored(struct check *check, const struct check_checkout *c,
                    const struct sim_record *record)
{
    bool overdue = c->stored.phase == SAGA_FORWARD && record->index == SAGA_OK &&
                   record->time_ns >= c->deadline_ns;
    if (overdue && (record->epoch & ~SIM_GARBAGE) == c->stored_by) {
        check_time_overdue(check, c, record);
    }
}

/* Of all records the one that costs most: not inlined, so that the others pay nothing for it. */
__attribute__((noinline)) static void accepted(struct check *check, struct check_checkout *c,
                                               const struct sim_step *step,
                                               const struct sim_record *record)
{
    enum saga_phase before = (enum saga_phase)c->stored.phase;
    check->handled_ns = record->time_ns - (record->value - 1);
    bool overdue = before == SAGA_FORWARD && check->handled_ns >= c->deadline_ns;
    check_stored_accepted(check, c, step, record);
    follow_phase(check, c, before, record);
    if (overdue && (c->stored.phase == SAGA_FORWARD || c->stored.phase == SAGA_COMPLETED)) {
        check_time_overdue(check, c, record);
    }
    check_order_accepted(check, c, step, record);
}

static void handled(struct check *check, const struct sim_step *step,
                    const struct sim_record *record)
{
    struct check_checkout *c = check_of(check, record->checkout);
    if (record->value == 0) {
        ignored(check, c, record);
    } else {
        accepted(check, c, step, record);
    }
}

static void sent(struct check *check, const struct sim_record *record)
{
    struct check_checkout *c = check_of(check, record->checkout);
    switch ((enum sim_sent)record->what) {
    case SIM_SENT_FRESH:
        check_order_sent(check, c, record);
        break;
    case SIM_SENT_LATE:
        check_again_late(check, c, record);
        break;
    case SIM_SENT_AGAIN:
        if ((check->resumed >> record->index & 1) != 0) {
            check_again_resumed(check, c, record); /* it stood still before it could send them */
        } else {
            check_again_restarted(check, c, record);
        }
        break;
    }
}

/* Inlined: most records cost less than the call would. */
__attribute__((always_inline)) static inline void
judge(struct check *check, const struct sim_step *step, const struct sim_record *record)
{
    uint32_t checkout = record->checkout;
    switch ((enum sim_record_kind)record->kind) {
    case SIM_HANDLED:
        handled(check, step, record);
        break;
    case SIM_STORED:
        check_clock_stamped(&check->clocks, record->index, record->time_ns);
        check_stored_durable(check, check_of(check, checkout), record);
        break;
    case SIM_PUBLISHED:
        check_events_published(check, check_of(check, checkout), record);
        break;
    case SIM_SENT:
        sent(check, record);
        break;
    case SIM_OWED:
        check_order_sent(check, check_of(check, checkout), record);
        check_again_owed(check_of(check, checkout), record);
        break;
    case SIM_EFFECT:
        check_books_effect(check, check_of(check, checkout), record);
        break;
    case SIM_LAPSED:
        check_books_lapsed(check, record);
        break;
    case SIM_MENDED:
        check_books_mended(check, check_of(check, checkout), record);
        break;
    case SIM_NOTIFIED:
        check_told_notified(check, check_of(check, checkout), record);
        break;
    case SIM_UNSTORED:
    case SIM_SLOWED:
    case SIM_PARTITIONED:
        check_end_put_off(check, record);
        break;
    case SIM_JUMPED:
        check_clock_jumped(&check->clocks, record);
        break;
    case SIM_DRIFTED:
        check_clock_drifted(&check->clocks, record);
        break;
    case SIM_RESTARTED:
        check_clock_restarted(&check->clocks, record);
        check_end_put_off(check, record);
        check->resumed &= (uint16_t)~check_bit(record->index);
        break;
    case SIM_RESUMED:
        check->resumed |= check_bit(record->index);
        break;
    case SIM_ARRIVED:
    case SIM_ANSWERED:
    case SIM_LOST:
    case SIM_DELAYED:
    case SIM_DUPLICATED:
    case SIM_OVERTAKEN:
    case SIM_LATE:
    case SIM_UNPUBLISHED:
    case SIM_CRASHED:
    case SIM_PAUSED:
    case SIM_SERVICE_CRASHED:
    case SIM_SERVICE_RESTARTED:
    case SIM_JOINED:
        break;
    }
}

void check_step(struct check *check, const struct sim_step *step)
{
    check->handled_ns = step->time_ns;
    check->storing = 0;
    check->retried = SAGA_NONE;
    for (uint32_t i = 0; i < step->records_len; i++) {
        judge(check, step, &step->records[i]);
    }
    if (check->storing != 0) {
        check_stored_end(check, step);
    }
}

const struct check_violation *check_violations(const struct check *check, size_t *len,
                                               size_t *dropped)
{
    *len = check->violations_len;
    if (dropped != NULL) {
        *dropped = check->dropped;
    }
    return check->violations;
}

uint64_t check_violated(const struct check *check)
{
    return check->violated;
}

const struct saga_session *check_stored(const struct check *check, uint32_t checkout)
{
    const struct check_checkout *c = check_of(check, checkout);
    return c->has_started ? &c->stored : NULL;
}

size_t check_events(const struct check *check, uint32_t checkout,
                    const struct saga_domain_event **events)
{
    const struct check_checkout *c = check_of(check, checkout);
    *events = c->events;
    return c->published < c->events_len ? c->published : c->events_len;
}

void check_times(const struct check *check, uint32_t checkout, uint64_t *started_ns,
                 uint64_t *closed_ns)
{
    const struct check_checkout *c = check_of(check, checkout);
    *started_ns = c->has_started ? c->started_ns : SAGA_NEVER;
    *closed_ns = c->has_closed ? c->closed_ns : SAGA_NEVER;
}

uint32_t check_attempts(const struct check *check, uint32_t checkout, uint8_t call)
{
    assert(call < SAGA_CALLS_MAX);
    return check_of(check, checkout)->attempts[call];
}
