#include "tests/sim/world/service_story.h"

struct scenario scenario;
struct services services;
struct service_answer answer; /* to the last request */

const struct service_fault service_is_well;

/* Given: the checkout plan's services, one unit in stock for each of three checkouts. */
int given_services(void **state)
{
    (void)state;
    builder_begin(&scenario);
    builder_checkouts(&scenario, 3, SECOND);
    assert_true(services_start(&services, &scenario));
    return 0;
}

int free_services(void **state)
{
    (void)state;
    services_free(&services);
    return 0;
}

/* Given: the scenario was changed. */
void start_again(void)
{
    assert_true(services_start(&services, &scenario));
}

/* When: a request of checkout 1 arrives; with a fault, or in another epoch. */
void receive(const char *call, const struct service_fault *fault)
{
    answer = service_receive(&services, 1, builder_call(&scenario, call), 0, PRICE, fault);
}

void receive_in_epoch(const char *call, uint8_t epoch)
{
    answer = service_receive(&services, 1, builder_call(&scenario, call), epoch, PRICE,
                             &service_is_well);
}

void receive_of(uint32_t checkout, const char *call)
{
    answer = service_receive(&services, checkout, builder_call(&scenario, call), 0, PRICE,
                             &service_is_well);
}

void request(const char *call)
{
    receive(call, &service_is_well);
}

/* Then. */
void expect_done(uint64_t value)
{
    assert_int_equal(answer.answer, SAGA_ANSWER_OK);
    assert_int_equal(answer.because, SIM_BECAUSE_BOOKS);
    assert_true(answer.made);
    assert_int_equal(answer.value, value);
}

void expect_nothing_to_do(void)
{
    assert_int_equal(answer.answer, SAGA_ANSWER_OK);
    assert_int_equal(answer.because, SIM_BECAUSE_BOOKS);
    assert_false(answer.made);
}

void expect_rejected(uint16_t code, enum sim_answered because)
{
    assert_int_equal(answer.answer, SAGA_ANSWER_REJECTED);
    assert_int_equal(answer.code, code);
    assert_int_equal(answer.because, because);
    assert_false(answer.made);
}

void expect_unavailable(enum sim_answered because, bool made)
{
    assert_int_equal(answer.answer, SAGA_ANSWER_UNAVAILABLE);
    assert_int_equal(answer.because, because);
    assert_int_equal(answer.code, SIM_CODE_NONE);
    assert_int_equal(answer.made, made);
}

void expect_remembered(enum saga_answer wanted, uint16_t code)
{
    assert_int_equal(answer.answer, wanted);
    assert_int_equal(answer.because, SIM_BECAUSE_REMEMBERED);
    assert_int_equal(answer.code, code);
    assert_false(answer.made);
}

const struct sim_account *account_of(const char *service)
{
    return sim_books_account(&services.books, 1, builder_service(&scenario, service));
}

void expect_pool(int64_t available, int64_t held, int64_t committed)
{
    const struct sim_pool *pool = &services.books.pools[builder_service(&scenario, "inventory")];
    assert_int_equal(pool->initial, 3);
    assert_int_equal(pool->available, available);
    assert_int_equal(pool->held, held);
    assert_int_equal(pool->committed, committed);
}
