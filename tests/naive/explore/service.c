#include "tests/naive/explore/service.h"

/* E4: cleared once the service holds nothing. */
static void forget_lapse(struct small_account *account)
{
    if (account->held == 0) {
        account->lapse_at_ns = SAGA_NEVER;
    }
}

static bool acquire(struct small_world *world, uint8_t step, struct small_account *account)
{
    uint32_t *available = &world->available[world->plan->steps[step].service];
    if (*available == 0) {
        return false;
    }
    (*available)--;
    account->held++;
    if (world->plan->steps[step].hold_ns > 0) {
        account->lapse_at_ns = world->now_ns + world->plan->steps[step].hold_ns;
    }
    return true;
}

/* Undoing what is not there, or what is settled, is no mistake: it does nothing. */
static bool undo(struct small_world *world, uint8_t call, struct small_account *account)
{
    uint32_t *available = &world->available[saga_call_service(world->plan, call)];
    switch (saga_call_effect(world->plan, call)) {
    case SAGA_EFFECT_CANCEL:
        if (account->opened > account->cancelled) {
            account->cancelled++;
            return true;
        }
        break;
    case SAGA_EFFECT_RELEASE:
        if (account->held > 0) {
            account->held--;
            (*available)++;
            forget_lapse(account);
            return true;
        }
        break;
    case SAGA_EFFECT_RETURN:
        if (account->committed > 0) {
            account->committed--;
            (*available)++;
            return true;
        }
        break;
    case SAGA_EFFECT_VOID:
        if (account->authorized > account->voided + account->captured) {
            account->voided++;
            return true;
        }
        break;
    case SAGA_EFFECT_REFUND:
        if (account->captured > account->refunded) {
            account->refunded++;
            return true;
        }
        break;
    case SAGA_EFFECT_NONE:
    case SAGA_EFFECT_OPEN:
    case SAGA_EFFECT_CONFIRM:
    case SAGA_EFFECT_ACQUIRE:
    case SAGA_EFFECT_COMMIT:
    case SAGA_EFFECT_AUTHORIZE:
    case SAGA_EFFECT_CAPTURE:
        break;
    }
    return false;
}

/* Whether it could be done: if not, it is rejected. */
static bool do_step(struct small_world *world, uint8_t step, struct small_account *account)
{
    switch (saga_call_effect(world->plan, step)) {
    case SAGA_EFFECT_NONE:
        return true;
    case SAGA_EFFECT_OPEN:
        account->opened++;
        return true;
    case SAGA_EFFECT_CONFIRM:
        if (account->opened <= account->cancelled) {
            return false;
        }
        account->confirmed++;
        return true;
    case SAGA_EFFECT_ACQUIRE:
        return acquire(world, step, account);
    case SAGA_EFFECT_COMMIT:
        if (account->held == 0) {
            return false;
        }
        account->held--;
        account->committed++;
        forget_lapse(account);
        return true;
    case SAGA_EFFECT_AUTHORIZE:
        account->authorized++;
        return true;
    case SAGA_EFFECT_CAPTURE:
        if (account->authorized <= account->voided) {
            return false;
        }
        account->captured++;
        return true;
    case SAGA_EFFECT_CANCEL:
    case SAGA_EFFECT_RELEASE:
    case SAGA_EFFECT_RETURN:
    case SAGA_EFFECT_VOID:
    case SAGA_EFFECT_REFUND:
        break;
    }
    return false;
}

/* For the first time of this key: a step that a compensation of its has overtaken is barred. */
static bool make(struct small_world *world, uint8_t checkout, uint8_t call)
{
    struct small_checkout *c = &world->checkouts[checkout];
    struct small_account *account = &c->accounts[saga_call_service(world->plan, call)];
    if (call < 16) {
        return (c->fenced >> call & 1) == 0 && do_step(world, call, account);
    }
    c->fenced |= world->plan->compensations[call - 16].reverses;
    undo(world, call, account);
    return true;
}

enum saga_answer service_serve(struct small_world *world, const struct small_message *request,
                               enum service_strike strike)
{
    uint8_t *remembered =
        &world->checkouts[request->checkout].remembered[request->call][request->epoch];
    if (strike == SERVICE_REFUSES) {
        return SAGA_ANSWER_UNAVAILABLE;
    }
    if (*remembered == SMALL_UNHEARD_OF) {
        bool done = strike != SERVICE_REJECTS && make(world, request->checkout, request->call);
        *remembered = done ? SMALL_DONE : SMALL_REJECTED;
    }
    if (strike == SERVICE_FAILS_AFTER) {
        return SAGA_ANSWER_UNAVAILABLE;
    }
    return *remembered == SMALL_DONE ? SAGA_ANSWER_OK : SAGA_ANSWER_REJECTED;
}

bool service_is_out(const struct small_world *world, uint8_t checkout, uint8_t service)
{
    return world->now_ns < world->checkouts[checkout].accounts[service].out_until_ns;
}

void service_drop(struct small_world *world, uint8_t checkout, uint8_t service)
{
    struct small_account *account = &world->checkouts[checkout].accounts[service];
    account->held--;
    world->available[service]++;
    forget_lapse(account);
}

void service_mend(struct small_world *world, uint8_t checkout, uint8_t call)
{
    struct small_checkout *c = &world->checkouts[checkout];
    c->fenced |= world->plan->compensations[call - 16].reverses;
    while (undo(world, call, &c->accounts[saga_call_service(world->plan, call)])) {
    }
}
