/*
 * What is sent without being decided: late, by a node that had decided it before (it stood still,
 * or did not know that its commit was stored), and again, by a node that has restarted. Neither is
 * a new attempt, and what is late was owed until then. Held against attempts-bounded, step-order
 * and no-forward-after-compensation.
 *
 * What is sent late may come at any time: a node that goes on as if nothing had happened can not
 * know better, and its service is fenced. What is sent again was read from the store just now. So
 * was what a node finds stored after all: perhaps another node decided the very same at the very
 * same instant, and has sent it; then it is sent twice, while it is in flight.
 */
#include "sim/check/state.h"

/* The epoch that the attempt was decided in. */
static uint8_t epoch_of(const struct check_checkout *c, const struct sim_record *record)
{
    const struct saga_session *s = &c->stored;
    return !saga_call_is_step(record->call) && s->reopened == saga_call_index(record->call) &&
           record->attempt > s->reopened_after;
}

/* Unanswered, as far as what is stored tells. */
static bool is_out(const struct saga_session *s, uint8_t call)
{
    if (saga_call_is_step(call)) {
        return s->phase == SAGA_FORWARD && s->step == call && s->waiting == 0;
    }
    return s->undo_state[saga_call_index(call)] == SAGA_UNDO_RUNNING;
}

/* The attempt that is out, under its key. */
static bool is_in_flight(const struct check_checkout *c, const struct sim_record *record)
{
    return is_out(&c->stored, record->call) && record->attempt == c->attempts[record->call] &&
           record->epoch == epoch_of(c, record);
}

void check_again_owed(struct check_checkout *c, const struct sim_record *record)
{
    c->owed[record->call] = (uint8_t)(c->owed[record->call] + (c->owed[record->call] < UINT8_MAX));
}

void check_again_resumed(struct check *check, const struct check_checkout *c,
                         const struct sim_record *record)
{
    uint32_t last = c->attempts[record->call];
    if (record->attempt < 1 || record->attempt > last || record->epoch != epoch_of(c, record)) {
        check_report(check, SIM_ATTEMPTS_BOUNDED, record,
                     "attempt %u of %s was sent late, and never decided (the last was %u)",
                     record->attempt, saga_call_name(check->plan, record->call), last);
    }
}

void check_again_late(struct check *check, struct check_checkout *c,
                      const struct sim_record *record)
{
    check_again_resumed(check, c, record);
    if (c->owed[record->call] > 0) {
        c->owed[record->call]--;
    } else if (!is_in_flight(c, record)) {
        check_report(check, SIM_ATTEMPTS_BOUNDED, record,
                     "attempt %u of %s was sent late, had been sent before, and is not in flight",
                     record->attempt, saga_call_name(check->plan, record->call));
    }
}

void check_again_restarted(struct check *check, const struct check_checkout *c,
                           const struct sim_record *record)
{
    const char *name = saga_call_name(check->plan, record->call);
    if (saga_call_is_step(record->call) && check_has_begun(c)) {
        check_report(check, SIM_NO_FORWARD_AFTER_COMPENSATION, record,
                     "%s was sent again (attempt %u) after compensation had begun", name,
                     record->attempt);
    } else if (!is_out(&c->stored, record->call)) {
        check_report(check, SIM_STEP_ORDER, record,
                     "%s was sent again (attempt %u), and was not in flight", name,
                     record->attempt);
    } else if (record->attempt != c->attempts[record->call] ||
               record->epoch != epoch_of(c, record)) {
        check_report(check, SIM_ATTEMPTS_BOUNDED, record,
                     "attempt %u of %s was sent again, and attempt %u is in flight",
                     record->attempt, name, c->attempts[record->call]);
    }
}
