/*
 * stock-conserved, money-conserved, captured-once, one-effect-per-call, confirmed-means-paid: the
 * books, whenever a service changes them.
 */
#include "sim/check/account.h"
#include "sim/check/state.h"

static void hold_against_stock(struct check *check, const struct sim_record *record)
{
    const struct sim_pool *pool = &check->books->pools[record->index];
    char text[CHECK_ACCOUNT_TEXT_SIZE];
    if (check_pool_is_whole(pool)) {
        return;
    }
    check_pool_describe(pool, text);
    check_report(check, SIM_STOCK_CONSERVED, record, "%s: %s",
                 check->plan->services[record->index].name, text);
}

static void hold_against_money(struct check *check, const struct sim_record *record)
{
    const struct sim_account *account =
        sim_books_account(check->books, record->checkout, record->index);
    const char *service = check->plan->services[record->index].name;
    char text[CHECK_ACCOUNT_TEXT_SIZE];
    if (check_account_describe_money(account, service, text)) {
        check_report(check, SIM_MONEY_CONSERVED, record, "%s", text);
    }
    if (check_account_describe_captures(account, service, text)) {
        check_report(check, SIM_CAPTURED_ONCE, record, "%s", text);
    }
}

static void hold_against_books(struct check *check, const struct sim_record *record)
{
    switch ((enum saga_model)check->plan->services[record->index].model) {
    case SAGA_MODEL_CHECK:
    case SAGA_MODEL_RECORD:
        break;
    case SAGA_MODEL_HOLD:
        hold_against_stock(check, record);
        break;
    case SAGA_MODEL_CHARGE:
        hold_against_money(check, record);
        break;
    }
}

static void hold_against_payment(struct check *check, const struct check_checkout *c,
                                 const struct sim_record *record)
{
    if (check_has_begun(c)) {
        return; /* it came late, and is being undone */
    }
    unsigned due = check->facts.payments & c->asked & check_below(record->call);
    unsigned missing = due & ~(unsigned)c->standing;
    if (missing != 0) {
        check_report(
            check, SIM_CONFIRMED_MEANS_PAID, record, "%s had its effect at %s, and %s had not",
            saga_call_name(check->plan, record->call), check->plan->services[record->index].name,
            check->plan->steps[__builtin_ctz(missing)].name);
    }
}

static void stands(const struct check *check, struct check_checkout *c, uint8_t call)
{
    c->made |= UINT32_C(1) << call;
    if (saga_call_is_step(call)) {
        c->standing |= check_bit(call);
    } else {
        c->standing &= (uint16_t)~check->plan->compensations[saga_call_index(call)].reverses;
    }
}

void check_books_effect(struct check *check, struct check_checkout *c,
                        const struct sim_record *record)
{
    uint64_t bit = UINT64_C(1) << (2 * record->call + (record->epoch & 1));
    if ((c->effects & bit) != 0) {
        check_report(check, SIM_ONE_EFFECT_PER_CALL, record,
                     "%s had another effect at %s, under the same key (attempt %u)",
                     saga_call_name(check->plan, record->call),
                     check->plan->services[record->index].name, record->attempt);
    }
    c->effects |= bit;
    hold_against_books(check, record);
    if (record->what == SAGA_EFFECT_CONFIRM) {
        hold_against_payment(check, c, record);
    }
    stands(check, c, record->call);
}

void check_books_lapsed(struct check *check, const struct sim_record *record)
{
    hold_against_stock(check, record);
}

void check_books_mended(struct check *check, struct check_checkout *c,
                        const struct sim_record *record)
{
    hold_against_books(check, record);
    stands(check, c, record->call);
}
