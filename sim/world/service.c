#include "sim/world/service.h"

#include <stdlib.h>
#include <string.h>

bool services_start(struct services *services, const struct scenario *scenario)
{
    const struct saga_plan *plan = &scenario->plan;
    uint32_t count = scenario->checkouts.count;
    if (count > services->checkouts_max) {
        /* Room for the most services a plan can have: a later scenario may have more. */
        size_t accounts = (size_t)count * SAGA_SERVICES_MAX;
        services_free(services);
        services->books.accounts = malloc(accounts * sizeof(struct sim_account));
        services->books.told = malloc(count * sizeof(struct sim_told));
        services->memories = malloc(count * sizeof(struct service_memory));
        if (services->books.accounts == NULL || services->books.told == NULL ||
            services->memories == NULL) {
            services_free(services);
            return false;
        }
        services->checkouts_max = count;
    }
    services->scenario = scenario;
    services->books.checkouts_len = count;
    services->books.services_len = plan->services_len;
    memset(services->books.accounts, 0,
           (size_t)count * plan->services_len * sizeof(struct sim_account));
    memset(services->books.told, 0, count * sizeof(struct sim_told));
    memset(services->memories, 0, count * sizeof(struct service_memory));
    for (uint8_t i = 0; i < plan->services_len; i++) {
        uint64_t stock = scenario->services[i].stock;
        int64_t initial = stock == SCENARIO_STOCK_ENOUGH ? count : (int64_t)stock;
        services->books.pools[i] = (struct sim_pool){.initial = initial, .available = initial};
    }
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        services->service_of[saga_call_of_step(i)] = plan->steps[i].service;
        services->effect_of[saga_call_of_step(i)] = plan->steps[i].effect;
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        services->service_of[saga_call_of_compensation(i)] = plan->compensations[i].service;
        services->effect_of[saga_call_of_compensation(i)] = plan->compensations[i].effect;
    }
    return true;
}

void services_free(struct services *services)
{
    free(services->books.accounts);
    free(services->books.told);
    free(services->memories);
    services->books.accounts = NULL;
    services->books.told = NULL;
    services->memories = NULL;
    services->checkouts_max = 0;
}

static const struct service_answer done = {.answer = SAGA_ANSWER_OK};

static struct service_answer did(int64_t value)
{
    return (struct service_answer){
        .answer = SAGA_ANSWER_OK, .made = true, .value = (uint64_t)value};
}

static struct service_answer no(enum sim_code_number code)
{
    return (struct service_answer){.answer = SAGA_ANSWER_REJECTED, .code = (uint16_t)code};
}

/* record: opened, confirmed, cancelled. Undoing what is not there is ok. */
static struct service_answer record_effect(struct sim_account *account, enum saga_effect effect)
{
    bool live = account->opened > account->cancelled;
    if (effect == SAGA_EFFECT_OPEN) {
        account->opened++;
        return did(1);
    }
    if (effect == SAGA_EFFECT_CONFIRM) {
        if (!live) {
            return no(SIM_CODE_NOT_OPEN);
        }
        account->confirmed++;
        return did(1);
    }
    if (!live) {
        return done;
    }
    account->cancelled++;
    return did(1);
}

/* hold: one unit moves between available, held and committed. */
static struct service_answer hold_effect(struct sim_pool *pool, struct sim_account *account,
                                         enum saga_effect effect)
{
    if (effect == SAGA_EFFECT_ACQUIRE) {
        if (pool->available == 0) {
            return no(SIM_CODE_OUT_OF_STOCK);
        }
        pool->available--;
        pool->held++;
        account->held++;
        return did(1);
    }
    if (effect == SAGA_EFFECT_COMMIT) {
        if (account->held == 0) {
            return no(SIM_CODE_NOT_HELD);
        }
        pool->held--;
        pool->committed++;
        account->held--;
        account->committed++;
        return did(1);
    }
    if (effect == SAGA_EFFECT_RELEASE) {
        if (account->held == 0) {
            return done;
        }
        pool->held--;
        pool->available++;
        account->held--;
        return did(1);
    }
    if (account->committed == 0) {
        return done;
    }
    pool->committed--;
    pool->available++;
    account->committed--;
    return did(1);
}

/* charge: one amount for each checkout. A capture asks for a live authorization, not for one that
 * was never captured: that it is captured once is the key's business, not the amount's. */
static struct service_answer charge_effect(struct sim_account *account, enum saga_effect effect,
                                           int64_t amount)
{
    if (effect == SAGA_EFFECT_AUTHORIZE) {
        account->authorized += amount;
        return did(amount);
    }
    if (effect == SAGA_EFFECT_CAPTURE) {
        if (account->authorized <= account->voided) {
            return no(SIM_CODE_NOT_AUTHORIZED);
        }
        account->captured += amount;
        account->captures++;
        return did(amount);
    }
    if (effect == SAGA_EFFECT_VOID) {
        if (account->authorized - account->voided - account->captured < amount) {
            return done; /* nothing to undo, or settled */
        }
        account->voided += amount;
        return did(amount);
    }
    if (account->captured <= account->refunded) {
        return done;
    }
    account->refunded += amount;
    return did(amount);
}

static struct service_answer make_effect(struct services *services, uint32_t checkout, uint8_t call,
                                         int64_t amount)
{
    uint8_t service = services->service_of[call];
    struct sim_account *account = sim_books_account(&services->books, checkout, service);
    enum saga_effect effect = (enum saga_effect)services->effect_of[call];
    if (effect == SAGA_EFFECT_NONE) {
        return done;
    }
    switch (saga_effect_model(effect)) {
    case SAGA_MODEL_CHECK:
        break;
    case SAGA_MODEL_RECORD:
        return record_effect(account, effect);
    case SAGA_MODEL_HOLD:
        return hold_effect(&services->books.pools[service], account, effect);
    case SAGA_MODEL_CHARGE:
        return charge_effect(account, effect, amount);
    }
    return done;
}

/* A step that a compensation of its has overtaken is barred; a compensation bars its steps. */
static bool is_fenced(struct services *services, struct service_memory *memory, uint8_t call)
{
    if (!services->scenario->services[services->service_of[call]].tombstones) {
        return false;
    }
    if (saga_call_is_step(call)) {
        return (memory->fenced >> call & 1) != 0;
    }
    memory->fenced |= services->scenario->plan.compensations[saga_call_index(call)].reverses;
    return false;
}

static struct service_answer unavailable(enum sim_answered because)
{
    return (struct service_answer){.answer = SAGA_ANSWER_UNAVAILABLE, .because = (uint8_t)because};
}

static struct service_answer decide(struct services *services, struct service_memory *memory,
                                    uint32_t checkout, uint8_t call, int64_t amount,
                                    const struct service_fault *fault)
{
    struct service_answer answer;
    if (fault->injected) {
        answer = (struct service_answer){
            .answer = fault->answer, .because = SIM_BECAUSE_INJECTED, .code = fault->code};
    } else if (is_fenced(services, memory, call)) {
        answer = no(SIM_CODE_FENCED);
        answer.because = SIM_BECAUSE_FENCED;
    } else {
        answer = make_effect(services, checkout, call, amount);
    }
    return answer;
}

struct service_answer service_receive(struct services *services, uint32_t checkout, uint8_t call,
                                      uint8_t epoch, int64_t amount,
                                      const struct service_fault *fault)
{
    struct service_memory *memory = &services->memories[checkout - 1];
    uint16_t *remembered = &memory->answers[call][epoch];
    struct service_answer answer;
    if (fault->outage) {
        return unavailable(SIM_BECAUSE_OUTAGE);
    }
    if (*remembered != 0) {
        answer = (struct service_answer){.because = SIM_BECAUSE_REMEMBERED};
        answer.answer = *remembered == 1 ? SAGA_ANSWER_OK : SAGA_ANSWER_REJECTED;
        answer.code = *remembered == 1 ? SIM_CODE_NONE : (uint16_t)(*remembered - 2);
    } else {
        answer = decide(services, memory, checkout, call, amount, fault);
        if (services->scenario->services[services->service_of[call]].idempotent &&
            answer.answer != SAGA_ANSWER_UNAVAILABLE) {
            *remembered = answer.answer == SAGA_ANSWER_OK ? 1 : (uint16_t)(answer.code + 2);
        }
    }
    if (fault->failed_after) {
        answer.answer = SAGA_ANSWER_UNAVAILABLE;
        answer.because = SIM_BECAUSE_FAILED_AFTER;
        answer.code = SIM_CODE_NONE;
    }
    return answer;
}

bool service_lapse(struct services *services, uint32_t checkout, uint8_t service)
{
    struct sim_pool *pool = &services->books.pools[service];
    struct sim_account *account = sim_books_account(&services->books, checkout, service);
    return hold_effect(pool, account, SAGA_EFFECT_RELEASE).made;
}

bool service_mend(struct services *services, uint32_t checkout, uint8_t call, int64_t amount)
{
    bool mended = false;
    is_fenced(services, &services->memories[checkout - 1], call);
    while (make_effect(services, checkout, call, amount).made) {
        mended = true;
    }
    return mended;
}
