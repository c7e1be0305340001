/*
 * The invariants, as far as a state and the step into it can tell: what crosses a border is
 * remembered in `watch`, and held against what the session does. The simulator's checker
 * (sim/check) judges more, from more: backoffs, the outbox, the read model, the order of
 * compensations, time to close.
 */
#include <stdarg.h>
#include <stdio.h>

#include "sim/explore/state.h"

uint64_t explore_invariants(void)
{
    static const uint8_t judged[] = {
        SIM_STOCK_CONSERVED,
        SIM_MONEY_CONSERVED,
        SIM_CAPTURED_ONCE,
        SIM_ONE_EFFECT_PER_CALL,
        SIM_CONFIRMED_MEANS_PAID,
        SIM_NO_FORWARD_AFTER_COMPENSATION,
        SIM_NO_COMPENSATION_BEFORE_FAILURE,
        SIM_STEP_ORDER,
        SIM_ATTEMPTS_BOUNDED,
        SIM_NEVER_EARLY,
        SIM_EVENTS_WELL_FORMED,
        SIM_VERSION_STEPS_BY_ONE,
        SIM_CLOSED_IS_ABSORBING,
        SIM_HOLD_15M,
        SIM_AUTHORIZATION_5M,
        SIM_CHECKOUT_20M,
        SIM_ALL_CLOSED,
        SIM_COMPLETED_MEANS_DONE,
        SIM_FAILED_LEAVES_NOTHING,
    };
    uint64_t invariants = 0;
    for (size_t i = 0; i < sizeof(judged) / sizeof(judged[0]); i++) {
        invariants |= UINT64_C(1) << judged[i];
    }
    return invariants;
}

void judge_report(struct model *model, enum sim_invariant invariant, const char *format, ...)
{
    model->violated |= UINT64_C(1) << invariant;
    if (model->found_len == EXPLORE_FOUND_MAX) {
        return;
    }
    struct explore_found *found = &model->found[model->found_len++];
    found->invariant = invariant;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(found->detail, sizeof(found->detail), format, arguments);
    va_end(arguments);
}

static const struct saga_step *step_of(const struct model *model, uint8_t step)
{
    return &model_plan(model)->steps[step];
}

void judge_start(struct model *model, uint8_t part, uint32_t flags)
{
    struct explore_watch *watch = &model_touch(model, part, EXPLORE_WATCH)->watch;
    const struct saga_plan *plan = model_plan(model);
    *watch = (struct explore_watch){.last_step = SAGA_NONE};
    watch->started_ns = explore_node_now_ns(&model->child, part);
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        uint8_t when = plan->steps[i].when;
        if (when == SAGA_NONE || (flags >> when & 1) != 0) {
            watch->asked |= (uint16_t)(1U << i);
        }
    }
}

/* R16: closed accepts nothing but the late success of the step that was running. */
static void judge_closed(struct model *model, struct explore_watch *watch,
                         const struct saga_event *event)
{
    bool is_late_success = event->kind == SAGA_REPLY && event->answer == SAGA_ANSWER_OK &&
                           event->call == watch->last_step &&
                           (watch->done >> watch->last_step & 1) == 0 && watch->has_begun != 0;
    if (watch->has_closed == 0 || watch->is_reopened != 0) {
        return;
    }
    if (is_late_success) {
        watch->is_reopened = 1;
    } else {
        judge_report(model, SIM_CLOSED_IS_ABSORBING, "closed, and accepted a %s",
                     saga_event_kind_name((enum saga_event_kind)event->kind));
    }
}

static unsigned bit_of(const struct saga_domain_event *event)
{
    switch ((enum saga_domain_event_kind)event->kind) {
    case SAGA_STEP_SUCCEEDED:
        return 16U + event->index;
    case SAGA_UNDO_ACKNOWLEDGED:
        return 32U + event->index;
    case SAGA_STARTED:
    case SAGA_COMPLETION:
    case SAGA_FAILURE:
    case SAGA_EXPIRY:
    case SAGA_STALL:
    case SAGA_COMPENSATION:
        break;
    }
    return event->kind;
}

enum { OUTCOMES = 1 << SAGA_COMPLETION | 1 << SAGA_FAILURE | 1 << SAGA_EXPIRY };

static void judge_published(struct model *model, struct explore_watch *watch,
                            const struct saga_domain_event *event)
{
    uint64_t bit = UINT64_C(1) << bit_of(event);
    const char *name = saga_domain_event_name(model_plan(model), event);
    if ((watch->published & bit) != 0) {
        judge_report(model, SIM_EVENTS_WELL_FORMED, "%s is published twice", name);
    } else if (watch->published == 0 && event->kind != SAGA_STARTED) {
        judge_report(model, SIM_EVENTS_WELL_FORMED, "%s is published first", name);
    } else if ((bit & OUTCOMES) != 0 && (watch->published & OUTCOMES) != 0) {
        judge_report(model, SIM_EVENTS_WELL_FORMED, "%s is a second outcome", name);
    }
    watch->published |= bit;
    watch->has_begun |= event->kind == SAGA_FAILURE || event->kind == SAGA_EXPIRY;
    watch->has_closed |= event->kind == SAGA_COMPLETION || event->kind == SAGA_COMPENSATION;
}

static void judge_step_sent(struct model *model, struct explore_watch *watch, uint64_t now_ns,
                            const struct saga_call *call)
{
    uint8_t step = saga_call_index(call->call);
    const struct saga_step *plan = step_of(model, step);
    unsigned before = watch->asked & ((1U << step) - 1);
    if (watch->has_begun != 0) {
        judge_report(model, SIM_NO_FORWARD_AFTER_COMPENSATION,
                     "%s is sent, and compensation has begun", plan->name);
    } else if ((watch->asked >> step & 1) == 0 || watch->done != before) {
        judge_report(model, SIM_STEP_ORDER, "%s is sent, and it is not its turn", plan->name);
    } else if (plan->retry.attempts != SAGA_UNLIMITED && call->attempt > plan->retry.attempts) {
        judge_report(model, SIM_ATTEMPTS_BOUNDED, "%s is sent as attempt %u of %u", plan->name,
                     call->attempt, plan->retry.attempts);
    }
    if ((model->facts.timed >> step & 1) != 0 && watch->last_step != step) {
        watch->first_ns[step] = now_ns;
    }
    watch->last_step = step;
}

static void judge_sent(struct model *model, struct explore_watch *watch, uint64_t now_ns,
                       const struct saga_call *call)
{
    if (saga_call_is_step(call->call)) {
        judge_step_sent(model, watch, now_ns, call);
    } else if (watch->has_begun == 0) {
        judge_report(model, SIM_NO_COMPENSATION_BEFORE_FAILURE,
                     "%s is sent, and nothing has failed",
                     saga_call_name(model_plan(model), call->call));
    }
}

/* The first hold that has been dispatched and is not consumed; SAGA_NEVER. */
static uint64_t hold_ns(const struct model *model, const struct explore_watch *watch)
{
    uint64_t first_ns = SAGA_NEVER;
    if (watch->last_step == SAGA_NONE) {
        return first_ns;
    }
    unsigned sent = watch->asked & ((2U << watch->last_step) - 1);
    for (unsigned left = model->facts.holding & sent; left != 0; left &= left - 1) {
        uint8_t i = (uint8_t)__builtin_ctz(left);
        const struct saga_step *step = step_of(model, i);
        if ((watch->done >> step->hold_until & 1) == 0) {
            uint64_t at_ns = watch->first_ns[i] + step->hold_ns;
            first_ns = at_ns < first_ns ? at_ns : first_ns;
        }
    }
    return first_ns;
}

static uint64_t step_deadline_ns(const struct model *model, const struct explore_watch *watch)
{
    if (watch->last_step == SAGA_NONE || step_of(model, watch->last_step)->deadline_ns == 0) {
        return SAGA_NEVER;
    }
    return watch->first_ns[watch->last_step] + step_of(model, watch->last_step)->deadline_ns;
}

static void judge_expiry(struct model *model, const struct explore_watch *watch, uint64_t now_ns)
{
    if (now_ns < watch->started_ns + model_plan(model)->deadline_ns &&
        now_ns < hold_ns(model, watch) && now_ns < step_deadline_ns(model, watch)) {
        judge_report(model, SIM_NEVER_EARLY, "expired, and no deadline has come");
    }
}

void judge_commit(struct model *model, uint8_t part, uint64_t version_before,
                  const struct saga_event *event, const struct saga_update *update)
{
    struct explore_part *p = model_touch(model, part, EXPLORE_WATCH);
    struct explore_watch *watch = &p->watch;
    uint64_t now_ns = explore_node_now_ns(&model->child, part);
    if (p->session.version != version_before + 1) {
        judge_report(model, SIM_VERSION_STEPS_BY_ONE, "version %llu after %llu",
                     (unsigned long long)p->session.version, (unsigned long long)version_before);
    }
    judge_closed(model, watch, event);
    /* In the order in which the core takes them: a deadline, what the event brings, what it sends.
     */
    for (uint8_t i = 0; i < update->events_len; i++) {
        if (update->events[i].kind == SAGA_EXPIRY) {
            judge_expiry(model, watch, now_ns);
        }
        judge_published(model, watch, &update->events[i]);
    }
    if (event->kind == SAGA_REPLY && event->answer == SAGA_ANSWER_OK &&
        saga_call_is_step(event->call)) {
        watch->done |= (uint16_t)(1U << event->call);
    }
    for (uint8_t i = 0; i < update->calls_len; i++) {
        judge_sent(model, watch, now_ns, &update->calls[i]);
    }
}

void judge_handled(struct model *model, uint8_t part)
{
    const struct explore_watch *watch = &model->child.parts[part].watch;
    uint64_t now_ns = explore_node_now_ns(&model->child, part);
    if (watch->has_begun != 0 || watch->has_closed != 0) {
        return;
    }
    if (now_ns >= watch->started_ns + model_plan(model)->deadline_ns) {
        judge_report(model, SIM_CHECKOUT_20M, "handled past its deadline, and goes on");
    }
    if (now_ns >= hold_ns(model, watch)) {
        judge_report(model, SIM_HOLD_15M, "handled past the end of its hold, and goes on");
    }
    if (now_ns >= step_deadline_ns(model, watch)) {
        judge_report(model, SIM_AUTHORIZATION_5M, "handled past the deadline of %s, and goes on",
                     step_of(model, watch->last_step)->name);
    }
}

void judge_pool(struct model *model, uint8_t service)
{
    const struct explore_pool *pool = &model->child.pools[service];
    bool is_whole = pool->available + pool->held + pool->committed == pool->initial;
    if (!is_whole || pool->available < 0 || pool->held < 0 || pool->committed < 0) {
        judge_report(model, SIM_STOCK_CONSERVED, "%s: %d available, %d held and %d committed of %d",
                     model_plan(model)->services[service].name, pool->available, pool->held,
                     pool->committed, pool->initial);
    }
}

static void judge_money(struct model *model, uint8_t part, uint8_t service)
{
    const struct explore_account *account = &model->child.parts[part].books.accounts[service];
    const char *name = model_plan(model)->services[service].name;
    if (account->captured > account->authorized) {
        judge_report(model, SIM_MONEY_CONSERVED, "more captured than authorized at %s", name);
    } else if (account->refunded > account->captured) {
        judge_report(model, SIM_MONEY_CONSERVED, "more refunded than captured at %s", name);
    }
    if (account->captures > 1) {
        judge_report(model, SIM_CAPTURED_ONCE, "captured %u times at %s", account->captures, name);
    }
}

static void judge_confirmed(struct model *model, const struct explore_watch *watch, uint8_t step)
{
    unsigned due = model->facts.payments & watch->asked & ((1U << step) - 1);
    unsigned missing = due & ~(unsigned)watch->standing;
    if (watch->has_begun == 0 && missing != 0) {
        judge_report(model, SIM_CONFIRMED_MEANS_PAID, "%s had its effect, and %s had not",
                     step_of(model, step)->name,
                     step_of(model, (uint8_t)__builtin_ctz(missing))->name);
    }
}

static void judge_books(struct model *model, uint8_t part, uint8_t service)
{
    switch ((enum saga_model)model_plan(model)->services[service].model) {
    case SAGA_MODEL_CHECK:
    case SAGA_MODEL_RECORD:
        break;
    case SAGA_MODEL_HOLD:
        judge_pool(model, service);
        break;
    case SAGA_MODEL_CHARGE:
        judge_money(model, part, service);
        break;
    }
}

static void stands(const struct model *model, struct explore_watch *watch, uint8_t call)
{
    if (saga_call_is_step(call)) {
        watch->standing |= (uint16_t)(1U << call);
    } else {
        watch->standing &=
            (uint16_t)~model_plan(model)->compensations[saga_call_index(call)].reverses;
    }
}

void judge_effect(struct model *model, uint8_t part, uint8_t call, uint8_t epoch)
{
    struct explore_watch *watch = &model_touch(model, part, EXPLORE_WATCH)->watch;
    uint32_t bit = UINT32_C(1) << call;
    if ((watch->effects[epoch] & bit) != 0) {
        judge_report(model, SIM_ONE_EFFECT_PER_CALL, "%s had another effect, under the same key",
                     saga_call_name(model_plan(model), call));
    }
    watch->effects[epoch] |= bit;
    judge_books(model, part, model->services.service_of[call]);
    if (model->services.effect_of[call] == SAGA_EFFECT_CONFIRM) {
        judge_confirmed(model, watch, call);
    }
    stands(model, watch, call);
}

void judge_mended(struct model *model, uint8_t part, uint8_t call)
{
    judge_books(model, part, model->services.service_of[call]);
    stands(model, &model_touch(model, part, EXPLORE_WATCH)->watch, call);
}

static void judge_completed(struct model *model, const struct explore_watch *watch)
{
    uint32_t made = watch->effects[0] | watch->effects[1];
    unsigned missing = model->facts.effects & watch->asked & ~made;
    if (missing != 0) {
        judge_report(model, SIM_COMPLETED_MEANS_DONE, "completed, and %s had no effect",
                     step_of(model, (uint8_t)__builtin_ctz(missing))->name);
    }
    if (made >> SAGA_STEPS_MAX != 0) {
        uint8_t call = (uint8_t)(SAGA_STEPS_MAX + __builtin_ctz(made >> SAGA_STEPS_MAX));
        judge_report(model, SIM_COMPLETED_MEANS_DONE, "completed, and %s had an effect",
                     saga_call_name(model_plan(model), call));
    }
}

static const char *left_in(const struct explore_account *account)
{
    if (account->opened > account->cancelled) {
        return "a record is open";
    }
    if (account->held > 0) {
        return "stock is held";
    }
    if (account->committed > 0) {
        return "stock is committed";
    }
    if (account->captured > account->refunded) {
        return "money is captured and not refunded";
    }
    if (account->authorized > account->voided + account->captured) {
        return "money is authorized and not voided";
    }
    return NULL;
}

static void judge_compensated(struct model *model, const struct explore_books *books)
{
    const struct saga_plan *plan = model_plan(model);
    for (uint8_t i = 0; i < plan->services_len; i++) {
        const char *left = left_in(&books->accounts[i]);
        if (left != NULL) {
            judge_report(model, SIM_FAILED_LEAVES_NOTHING, "%s for a closed checkout at %s", left,
                         plan->services[i].name);
        }
    }
}

void judge_end(struct model *model)
{
    for (uint32_t p = 0; p < model->settings->checkouts; p++) {
        const struct explore_part *part = &model->open.parts[p];
        if (part->session.phase == SAGA_COMPLETED) {
            judge_completed(model, &part->watch);
        } else if (part->session.phase == SAGA_COMPENSATED) {
            judge_compensated(model, &part->books);
        }
    }
}
