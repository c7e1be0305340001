/* The services of the tape: the books of section 5, idempotent by key, and fenced. */
#include "tape.h"

static bool change_record(struct sim_account *account, enum saga_effect effect)
{
    bool is_live = account->opened > account->cancelled;
    account->opened += effect == SAGA_EFFECT_OPEN;
    account->confirmed += effect == SAGA_EFFECT_CONFIRM;
    account->cancelled += effect == SAGA_EFFECT_CANCEL && is_live;
    return effect != SAGA_EFFECT_CANCEL || is_live;
}

static bool change_hold(struct sim_pool *pool, struct sim_account *account, enum saga_effect effect)
{
    int held = effect == SAGA_EFFECT_ACQUIRE ? 1 : effect == SAGA_EFFECT_RETURN ? 0 : -1;
    int committed = effect == SAGA_EFFECT_COMMIT ? 1 : effect == SAGA_EFFECT_RETURN ? -1 : 0;
    if (account->held + held < 0 || account->committed + committed < 0) {
        return false;
    }
    account->held += held;
    account->committed += committed;
    pool->held += held;
    pool->committed += committed;
    pool->available -= held + committed;
    return true;
}

static bool change_charge(struct sim_account *account, enum saga_effect effect)
{
    int64_t blocked = account->authorized - account->voided - account->captured;
    int64_t kept = account->captured - account->refunded;
    if ((effect == SAGA_EFFECT_VOID && blocked <= 0) ||
        (effect == SAGA_EFFECT_REFUND && kept <= 0)) {
        return false;
    }
    account->authorized += effect == SAGA_EFFECT_AUTHORIZE ? TAPE_PRICE : 0;
    account->voided += effect == SAGA_EFFECT_VOID ? TAPE_PRICE : 0;
    account->captured += effect == SAGA_EFFECT_CAPTURE ? TAPE_PRICE : 0;
    account->captures += effect == SAGA_EFFECT_CAPTURE;
    account->refunded += effect == SAGA_EFFECT_REFUND ? TAPE_PRICE : 0;
    return true;
}

/* Whether anything changed: undoing finds nothing to undo, checking changes nothing. */
static bool change_books(struct tape *tape, uint8_t call)
{
    const struct saga_plan *plan = &tape->scenario.plan;
    uint8_t service = saga_call_service(plan, call);
    enum saga_effect effect = saga_call_effect(plan, call);
    struct sim_account *account = &tape->books.accounts[service];
    switch (saga_effect_model(effect)) {
    case SAGA_MODEL_CHECK:
        break;
    case SAGA_MODEL_RECORD:
        return change_record(account, effect);
    case SAGA_MODEL_HOLD:
        return change_hold(&tape->books.pools[service], account, effect);
    case SAGA_MODEL_CHARGE:
        return change_charge(account, effect);
    }
    return false;
}

enum saga_answer tape_serve(struct tape *tape, uint8_t call, uint8_t epoch,
                            struct sim_record *effect, bool *made)
{
    const struct saga_plan *plan = &tape->scenario.plan;
    uint8_t *remembered = &tape->answers[call][epoch];
    *made = false;
    if (*remembered != 0) {
        return (enum saga_answer)(*remembered - 1);
    }
    enum saga_answer answer = SAGA_ANSWER_OK;
    if (!saga_call_is_step(call)) {
        tape->fenced |= plan->compensations[saga_call_index(call)].reverses;
        *made = change_books(tape, call);
    } else if ((tape->fenced >> call & 1) != 0 && !tape->unfenced) {
        answer = SAGA_ANSWER_REJECTED;
    } else {
        *made = change_books(tape, call);
    }
    effect->what = (uint8_t)saga_call_effect(plan, call);
    effect->index = saga_call_service(plan, call);
    *remembered = (uint8_t)(1 + answer);
    return answer;
}

void tape_mend(struct tape *tape, uint8_t call)
{
    tape->fenced |= tape->scenario.plan.compensations[saga_call_index(call)].reverses;
    change_books(tape, call);
}
