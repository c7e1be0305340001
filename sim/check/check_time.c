/*
 * hold-15m, authorization-5m, checkout-20m, never-early, and when an attempt may follow another:
 * true time, reckoned from what was started and sent, never from the session, and less the slack of
 * check_clock.c. The session's time stands still while it is made durable: all of it is judged at
 * the instant in which the event was handled.
 */
#include <stdio.h>
#include <string.h>

#include "core/hash.h"
#include "sim/check/state.h"

static void refresh(struct check *check, struct check_checkout *c)
{
    uint64_t first_ns = c->started_ns + check->plan->deadline_ns;
    first_ns = c->hold_ns < first_ns ? c->hold_ns : first_ns;
    first_ns = c->step_ns < first_ns ? c->step_ns : first_ns;
    c->deadline_ns = first_ns;
}

void check_time_started(struct check *check, struct check_checkout *c)
{
    c->started_ns = check->handled_ns;
    c->owed_ns = c->started_ns + check->plan->deadline_ns;
    c->hold_ns = SAGA_NEVER;
    c->step_ns = SAGA_NEVER;
    refresh(check, c);
}

/* R10: a hold and a step's deadline count from the first dispatch. */
void check_time_first_sent(struct check *check, struct check_checkout *c, uint8_t step)
{
    const struct saga_step *plan_step = &check->plan->steps[step];
    uint64_t time_ns = check->handled_ns;
    c->first_ns[step] = time_ns;
    if (plan_step->hold_ns > 0 && time_ns + plan_step->hold_ns < c->hold_ns) {
        c->hold_ns = time_ns + plan_step->hold_ns;
    }
    c->step_ns = plan_step->deadline_ns > 0 ? time_ns + plan_step->deadline_ns : SAGA_NEVER;
    refresh(check, c);
}

/* The first hold to run out of those that were sent and not consumed. `which`, if given: whose. */
static uint64_t first_hold_ns(const struct check *check, const struct check_checkout *c,
                              uint8_t *which)
{
    uint64_t first_ns = SAGA_NEVER;
    for (uint8_t i = 0; i < check->plan->steps_len; i++) {
        const struct saga_step *step = &check->plan->steps[i];
        if (step->hold_ns == 0 || c->attempts[saga_call_of_step(i)] == 0 ||
            (c->done >> step->hold_until & 1) != 0) {
            continue;
        }
        if (c->first_ns[i] + step->hold_ns < first_ns) {
            first_ns = c->first_ns[i] + step->hold_ns;
            if (which != NULL) {
                *which = i;
            }
        }
    }
    return first_ns;
}

void check_time_done(struct check *check, struct check_checkout *c, uint8_t step)
{
    if (check->facts.consumes[step] != 0) {
        c->hold_ns = first_hold_ns(check, c, NULL);
        refresh(check, c);
    }
    if (c->step_ns != SAGA_NEVER) {
        c->step_ns = SAGA_NEVER;
        refresh(check, c);
    }
}

/* The step that is running: the first one asked for that is not done; else the last one. */
static uint8_t running(const struct check *check, const struct check_checkout *c)
{
    unsigned left = c->asked & ~(unsigned)c->done;
    return left == 0 ? (uint8_t)(check->plan->steps_len - 1) : (uint8_t)__builtin_ctz(left);
}

static const char *running_name(const struct check *check, const struct check_checkout *c)
{
    return check->plan->steps[running(check, c)].name;
}

static void report_overdue(struct check *check, enum sim_invariant invariant,
                           const struct sim_record *record, const char *what, uint64_t deadline_ns)
{
    const char *event = record->kind == SIM_HANDLED
                            ? saga_event_kind_name((enum saga_event_kind)record->what)
                            : saga_call_name(check->plan, record->call);
    check_report(check, invariant, record,
                 "%s ran out at " CHECK_SECONDS "; %s at " CHECK_SECONDS
                 " did not begin compensation",
                 what, CHECK_SECONDS_OF(deadline_ns), event, CHECK_SECONDS_OF(check->handled_ns));
}

/* Whether every node must know by now that a deadline has come which counts from `since_ns`. */
static bool has_passed(const struct check *check, uint64_t since_ns, uint64_t deadline_ns)
{
    uint64_t now_ns = check->handled_ns;
    return deadline_ns <= now_ns && now_ns - deadline_ns >= check_slack_ns(check, since_ns, now_ns);
}

void check_time_overdue(struct check *check, const struct check_checkout *c,
                        const struct sim_record *record)
{
    char what[SAGA_NAME_MAX + 32];
    uint64_t checkout_ns = c->started_ns + check->plan->deadline_ns;
    if (has_passed(check, c->started_ns, checkout_ns)) {
        report_overdue(check, SIM_CHECKOUT_20M, record, "the checkout", checkout_ns);
    }
    uint8_t holding = SAGA_NONE;
    if (first_hold_ns(check, c, &holding) != SAGA_NEVER &&
        has_passed(check, c->first_ns[holding], c->hold_ns)) {
        snprintf(what, sizeof(what), "the hold of %s", check->plan->steps[holding].name);
        report_overdue(check, SIM_HOLD_15M, record, what, c->hold_ns);
    }
    if (c->step_ns != SAGA_NEVER && has_passed(check, c->first_ns[running(check, c)], c->step_ns)) {
        snprintf(what, sizeof(what), "%s", running_name(check, c));
        report_overdue(check, SIM_AUTHORIZATION_5M, record, what, c->step_ns);
    }
}

/* The slack is that of the checkout's own deadline, the longest: it is not told which one came. */
void check_time_expired(struct check *check, const struct check_checkout *c,
                        const struct sim_record *record)
{
    uint64_t now_ns = check->handled_ns;
    if (now_ns < c->deadline_ns &&
        c->deadline_ns - now_ns > check_slack_ns(check, c->started_ns, now_ns)) {
        check_report(check, SIM_NEVER_EARLY, record,
                     "expired in %s at " CHECK_SECONDS ", %llu ns before its first deadline",
                     running_name(check, c), CHECK_SECONDS_OF(now_ns),
                     (unsigned long long)(c->deadline_ns - now_ns));
    }
}

/*
 * R9, read a second time rather than called: a core that forgets its backoff must not be judged by
 * its own word. Also, the hash over the id is made once for each checkout.
 */
static uint64_t backoff_ns(const struct saga_retry *retry, uint64_t id_hash, uint8_t call,
                           uint32_t attempt)
{
    uint64_t base_ns = retry->initial_ns;
    for (uint32_t n = 1; n < attempt && base_ns < retry->max_ns && retry->multiplier > 1; n++) {
        bool is_capped = base_ns > retry->max_ns / retry->multiplier;
        base_ns = is_capped ? retry->max_ns : base_ns * retry->multiplier;
    }
    base_ns = base_ns < retry->max_ns ? base_ns : retry->max_ns;
    uint64_t key = ((uint64_t)call << 32) + attempt + 1;
    uint64_t draw = saga_hash_mix(id_hash + UINT64_C(0x9E3779B97F4A7C15) * key);
    uint64_t share = draw % (retry->jitter_ppm + UINT64_C(1));
    __extension__ typedef unsigned __int128 wide;
    return base_ns - (uint64_t)((wide)base_ns * share / SAGA_PPM);
}

/* What may have been measured wrongly since the last attempt of the call was sent. */
static uint64_t attempt_slack_ns(const struct check *check, const struct check_checkout *c,
                                 uint8_t call)
{
    uint64_t timeout_ns = check->facts.timeout_ns[call];
    uint64_t fails_ns = c->fails_ns[call];
    uint64_t sent_ns = fails_ns > timeout_ns ? fails_ns - timeout_ns : 0;
    return check_slack_ns(check, sent_ns, check->handled_ns);
}

uint64_t check_time_hurried_ns(const struct check *check, struct check_checkout *c, uint8_t call)
{
    if (c->id_hash == 0) {
        const char *id = c->stored.id;
        c->id_hash = saga_hash_bytes(SAGA_HASH_SEED, id, strnlen(id, SAGA_ID_MAX));
    }
    const struct saga_retry *retry = saga_call_retry(check->plan, call);
    uint64_t again_ns = c->fails_ns[call] + backoff_ns(retry, c->id_hash, call, c->attempts[call]);
    if (again_ns <= check->handled_ns) {
        return 0;
    }
    uint64_t early_ns = again_ns - check->handled_ns;
    return early_ns > attempt_slack_ns(check, c, call) ? early_ns : 0;
}

bool check_time_has_failed(const struct check *check, const struct check_checkout *c, uint8_t call)
{
    uint64_t fails_ns = c->fails_ns[call];
    return fails_ns <= check->handled_ns ||
           fails_ns - check->handled_ns <= attempt_slack_ns(check, c, call);
}
