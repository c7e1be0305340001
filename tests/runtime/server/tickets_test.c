/* Whoever waits for the engine leaves exactly once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "runtime/server/tickets.h"

#define PATIENT_NS   (UINT64_C(3600) * 1000000000)
#define IMPATIENT_NS UINT64_C(1000000)

static struct server_exchange exchange_of(const char *id)
{
    struct server_exchange exchange = {0};
    snprintf(exchange.id, sizeof(exchange.id), "%s", id);
    return exchange;
}

static uint64_t given_waiting(struct tickets *tickets, const char *id)
{
    struct server_exchange exchange = exchange_of(id);
    return tickets_open(tickets, &exchange);
}

static bool answer(struct tickets *tickets, uint64_t ticket)
{
    struct engine_answer given = {.ticket = ticket, .end = ENGINE_IGNORED};
    return tickets_answer(tickets, &given);
}

static void then_leaves(struct tickets *tickets, enum tickets_next why, const char *id)
{
    struct server_exchange exchange;
    struct engine_answer given;
    assert_int_equal(tickets_next(tickets, &exchange, &given), why);
    assert_string_equal(exchange.id, id);
}

static void end(struct tickets *tickets)
{
    struct server_exchange exchange;
    struct engine_answer given;
    tickets_close(tickets);
    assert_int_equal(tickets_next(tickets, &exchange, &given), TICKETS_END);
    tickets_free(tickets);
}

static void answers_leave_in_the_order_they_came(void **state)
{
    struct tickets *tickets = tickets_create(3, PATIENT_NS);
    uint64_t a = given_waiting(tickets, "a");
    uint64_t b = given_waiting(tickets, "b");
    uint64_t c = given_waiting(tickets, "c");
    (void)state;
    assert_true(answer(tickets, b));
    assert_true(answer(tickets, c));
    then_leaves(tickets, TICKETS_ANSWERED, "b");
    assert_true(answer(tickets, a));
    then_leaves(tickets, TICKETS_ANSWERED, "c");
    then_leaves(tickets, TICKETS_ANSWERED, "a");
    end(tickets);
}

static void a_full_table_gives_no_ticket(void **state)
{
    struct tickets *tickets = tickets_create(2, PATIENT_NS);
    uint64_t a = given_waiting(tickets, "a");
    uint64_t b = given_waiting(tickets, "b");
    struct server_exchange back;
    (void)state;
    assert_true(a != 0 && b != 0 && a != b);
    assert_int_equal(given_waiting(tickets, "c"), 0);
    assert_true(tickets_withdraw(tickets, a, &back));
    assert_string_equal(back.id, "a");
    uint64_t c = given_waiting(tickets, "c");
    assert_true(c != 0 && c != a);
    assert_true(tickets_withdraw(tickets, b, &back) && tickets_withdraw(tickets, c, &back));
    end(tickets);
}

static void an_answer_to_one_that_has_left_is_ignored(void **state)
{
    struct tickets *tickets = tickets_create(1, PATIENT_NS);
    uint64_t first = given_waiting(tickets, "first");
    struct server_exchange back;
    (void)state;
    assert_true(tickets_withdraw(tickets, first, &back));
    assert_false(answer(tickets, first));
    assert_false(tickets_withdraw(tickets, first, &back));
    uint64_t second = given_waiting(tickets, "second"); /* in the same place */
    assert_false(answer(tickets, first));
    assert_true(answer(tickets, second));
    assert_false(answer(tickets, second));
    assert_false(tickets_withdraw(tickets, second, &back));
    then_leaves(tickets, TICKETS_ANSWERED, "second");
    end(tickets);
}

static void tickets_that_were_never_given_are_ignored(void **state)
{
    struct tickets *tickets = tickets_create(2, PATIENT_NS);
    (void)state;
    assert_false(answer(tickets, 0));
    assert_false(answer(tickets, 1));
    assert_false(answer(tickets, 3));
    assert_false(answer(tickets, UINT64_MAX));
    end(tickets);
}

static void who_waits_too_long_is_late_the_longest_first(void **state)
{
    struct tickets *tickets = tickets_create(3, IMPATIENT_NS);
    uint64_t a = given_waiting(tickets, "a");
    given_waiting(tickets, "b");
    (void)state;
    then_leaves(tickets, TICKETS_LATE, "a");
    then_leaves(tickets, TICKETS_LATE, "b");
    assert_false(answer(tickets, a));
    end(tickets);
}

static void an_answer_goes_before_what_is_late(void **state)
{
    struct tickets *tickets = tickets_create(3, IMPATIENT_NS);
    given_waiting(tickets, "a");
    uint64_t b = given_waiting(tickets, "b");
    (void)state;
    assert_true(answer(tickets, b));
    then_leaves(tickets, TICKETS_ANSWERED, "b");
    then_leaves(tickets, TICKETS_LATE, "a");
    end(tickets);
}

static void when_it_is_closed_all_leave(void **state)
{
    struct tickets *tickets = tickets_create(3, PATIENT_NS);
    uint64_t a = given_waiting(tickets, "a");
    given_waiting(tickets, "b");
    (void)state;
    assert_true(answer(tickets, a));
    tickets_close(tickets);
    assert_int_equal(given_waiting(tickets, "c"), 0);
    then_leaves(tickets, TICKETS_ANSWERED, "a");
    then_leaves(tickets, TICKETS_CLOSED, "b");
    end(tickets);
}

/* Three threads at once: one opens, one answers every second one, one takes them out. */

enum { MANY = 2000, ROOM = 16 };

struct rush {
    struct tickets *tickets;
    pthread_mutex_t lock;
    uint64_t opened[MANY];
    size_t len;
};

static void *open_many(void *context)
{
    struct rush *rush = context;
    for (size_t i = 0; i < MANY;) {
        uint64_t ticket = given_waiting(rush->tickets, "x");
        if (ticket != 0) {
            pthread_mutex_lock(&rush->lock);
            rush->opened[rush->len++] = ticket;
            pthread_mutex_unlock(&rush->lock);
            i++;
        }
    }
    return NULL;
}

static void *answer_many(void *context)
{
    struct rush *rush = context;
    for (size_t i = 0; i < MANY;) {
        pthread_mutex_lock(&rush->lock);
        uint64_t ticket = i < rush->len ? rush->opened[i] : 0;
        pthread_mutex_unlock(&rush->lock);
        if (ticket != 0) {
            answer(rush->tickets, ticket);
            i++;
        }
    }
    return NULL;
}

static void in_a_rush_each_leaves_once(void **state)
{
    struct rush rush = {.tickets = tickets_create(ROOM, PATIENT_NS),
                        .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t opener;
    pthread_t answerer;
    (void)state;
    pthread_create(&opener, NULL, open_many, &rush);
    pthread_create(&answerer, NULL, answer_many, &rush);
    for (size_t i = 0; i < MANY; i++) {
        then_leaves(rush.tickets, TICKETS_ANSWERED, "x");
    }
    pthread_join(opener, NULL);
    pthread_join(answerer, NULL);
    end(rush.tickets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_leave_in_the_order_they_came),
        cmocka_unit_test(a_full_table_gives_no_ticket),
        cmocka_unit_test(an_answer_to_one_that_has_left_is_ignored),
        cmocka_unit_test(tickets_that_were_never_given_are_ignored),
        cmocka_unit_test(who_waits_too_long_is_late_the_longest_first),
        cmocka_unit_test(an_answer_goes_before_what_is_late),
        cmocka_unit_test(when_it_is_closed_all_leave),
        cmocka_unit_test(in_a_rush_each_leaves_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
