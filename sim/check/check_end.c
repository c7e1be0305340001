/*
 * all-closed, completed-means-done, failed-leaves-nothing, closes-in-time: what is owed once the
 * faults have stopped. And when it is owed what check_told.c judges.
 *
 * A run ends because nothing is left to happen or because `until` has come; either way nothing that
 * is owed before `until` comes after it. What is owed later than that is not judged: a checkout
 * that started an hour before the end of the world may still run.
 */
#include "sim/check/account.h"
#include "sim/check/state.h"

/* What a compensation can be while it is to be done yet. One that is stuck waits for an operator.
 */
enum {
    LEFT = 1 << SAGA_UNDO_NEEDED | 1 << SAGA_UNDO_RUNNING | 1 << SAGA_UNDO_WAITING,
    STUCK = 1 << SAGA_UNDO_STUCK
};

/* The first compensation in one of these states; SAGA_NONE. */
static uint8_t first_of(const struct check *check, const struct check_checkout *c, unsigned states)
{
    for (uint8_t i = 0; i < check->plan->compensations_len; i++) {
        if ((states >> c->stored.undo_state[i] & 1) != 0) {
            return i;
        }
    }
    return SAGA_NONE;
}

/* A node whose commits go wrong waits 3.2 s at most before it reads the store, and another second
 * if it can not reach it. */
#define LOOKS_AGAIN_NS UINT64_C(4200000000)

static uint64_t after_unstored_ns(const struct check *check, const struct sim_record *record)
{
    if (record->time_ns < check->scenario->heal_ns) {
        return check->scenario->heal_ns + LOOKS_AGAIN_NS;
    }
    /* That another node was first is no fault, and no excuse. */
    return record->what == SIM_UNSTORED_OVERTAKEN ? 0 : record->time_ns + LOOKS_AGAIN_NS;
}

void check_end_put_off(struct check *check, const struct sim_record *record)
{
    uint64_t healed_ns = record->time_ns; /* started again */
    if (record->kind == SIM_UNSTORED) {
        healed_ns = after_unstored_ns(check, record);
    } else if (record->kind == SIM_PARTITIONED) {
        healed_ns = check->scenario->heal_ns + LOOKS_AGAIN_NS;
    } else if (record->kind == SIM_SLOWED) {
        healed_ns += record->what == 1 ? record->value : 0; /* a commit */
    }
    check->healed_ns = healed_ns > check->healed_ns ? healed_ns : check->healed_ns;
}

/*
 * The later of heal and its last deadline, time for every compensation, and the slack of the nodes'
 * clocks. A late success (R15) begins some of it anew, so it counts as a deadline. What a
 * compensation may take stands at undoing_ns() in check.c. Heal is when every node has got over the
 * last fault: see check_end_put_off().
 */
static uint64_t closing_ns(const struct check *check, const struct check_checkout *c)
{
    uint64_t from_ns = c->owed_ns > check->healed_ns ? c->owed_ns : check->healed_ns;
    uint64_t owed_ns = from_ns + check->facts.closing_ns;
    return owed_ns + check_slack_ns(check, c->started_ns, owed_ns);
}

/* Every event is on the other side of the outbox: as long after it was stored as a closing takes.
 */
static uint64_t telling_ns(const struct check *check, const struct check_checkout *c)
{
    uint64_t event_ns = c->event_ns + check->facts.closing_ns;
    uint64_t owed_ns = closing_ns(check, c);
    return event_ns > owed_ns ? event_ns : owed_ns;
}

/* R14: what is stuck keeps a checkout open, and nothing else of it. */
static void hold_against_stuck(struct check *check, const struct check_checkout *c,
                               const struct sim_record *record, uint8_t stuck)
{
    uint8_t left = first_of(check, c, LEFT);
    if (left != SAGA_NONE) {
        const struct saga_compensation *compensations = check->plan->compensations;
        check_report(check, SIM_ALL_CLOSED, record,
                     "%s is not done at the end, owed by " CHECK_SECONDS "; stuck is only %s",
                     compensations[left].name, CHECK_SECONDS_OF(closing_ns(check, c)),
                     compensations[stuck].name);
    }
}

static void hold_against_closing(struct check *check, const struct check_checkout *c,
                                 const struct sim_record *record)
{
    uint8_t stuck = first_of(check, c, STUCK);
    if (saga_session_is_closed(&c->stored)) {
        return;
    }
    if (stuck != SAGA_NONE) {
        hold_against_stuck(check, c, record, stuck);
        return;
    }
    check_report(check, SIM_ALL_CLOSED, record, "still %s at the end, owed by " CHECK_SECONDS,
                 saga_phase_name((enum saga_phase)c->stored.phase),
                 CHECK_SECONDS_OF(closing_ns(check, c)));
}

/* A buyer tries until a node takes the checkout: one that came before heal is in the store. */
static void hold_against_start(struct check *check, const struct sim_record *record,
                               uint64_t horizon_ns)
{
    uint64_t comes_ns = (record->checkout - 1) * check->scenario->checkouts.every_ns;
    uint64_t owed_ns = check->healed_ns + check->facts.closing_ns;
    if (comes_ns < check->scenario->heal_ns && owed_ns <= horizon_ns) {
        check_report(check, SIM_ALL_CLOSED, record,
                     "never started, though its buyer came at " CHECK_SECONDS,
                     CHECK_SECONDS_OF(comes_ns));
    }
}

static void hold_against_time(struct check *check, const struct check_checkout *c,
                              const struct sim_record *record)
{
    if (c->has_closed && !c->was_operated && c->closed_ns > closing_ns(check, c)) {
        check_report(check, SIM_CLOSES_IN_TIME, record,
                     "closed at " CHECK_SECONDS ", owed by " CHECK_SECONDS,
                     CHECK_SECONDS_OF(c->closed_ns), CHECK_SECONDS_OF(closing_ns(check, c)));
    }
}

static void hold_against_completion(struct check *check, const struct check_checkout *c,
                                    const struct sim_record *record)
{
    unsigned missing = check->facts.effects & c->asked & ~c->made;
    if (missing != 0) {
        check_report(check, SIM_COMPLETED_MEANS_DONE, record, "completed, and %s had no effect",
                     check->plan->steps[__builtin_ctz(missing)].name);
    }
    unsigned undone = c->made >> SAGA_STEPS_MAX;
    if (undone != 0) {
        check_report(check, SIM_COMPLETED_MEANS_DONE, record, "completed, and %s had an effect",
                     check->plan->compensations[__builtin_ctz(undone)].name);
    }
}

static void hold_against_rest(struct check *check, const struct sim_record *record)
{
    for (uint8_t i = 0; i < check->plan->services_len; i++) {
        char rest[CHECK_ACCOUNT_TEXT_SIZE];
        if (check_account_describe_rest(sim_books_account(check->books, record->checkout, i),
                                        rest)) {
            check_report(check, SIM_FAILED_LEAVES_NOTHING, record, "%s for a closed checkout at %s",
                         rest, check->plan->services[i].name);
        }
    }
}

static void end_checkout(struct check *check, const struct check_checkout *c,
                         const struct sim_record *record, uint64_t horizon_ns)
{
    if (closing_ns(check, c) <= horizon_ns) {
        hold_against_closing(check, c, record);
    }
    hold_against_time(check, c, record);
    if (c->stored.phase == SAGA_COMPLETED) {
        hold_against_completion(check, c, record);
    } else if (c->stored.phase == SAGA_COMPENSATED) {
        hold_against_rest(check, record);
    }
    if (telling_ns(check, c) <= horizon_ns) {
        check_told_end(check, c, record);
    }
}

void check_end(struct check *check, uint64_t time_ns)
{
    uint64_t until_ns = check->scenario->until_ns;
    uint64_t horizon_ns = time_ns > until_ns ? time_ns : until_ns;
    if (horizon_ns < check->scenario->heal_ns) {
        return; /* cut off while things went wrong: nothing is owed yet */
    }
    for (uint32_t i = 0; i < check->checkouts_len; i++) {
        const struct check_checkout *c = &check->checkouts[i];
        struct sim_record record = {.time_ns = time_ns, .checkout = i + 1};
        if (c->has_started) {
            end_checkout(check, c, &record, horizon_ns);
        } else {
            hold_against_start(check, &record, horizon_ns);
        }
    }
}
