/*
 * The services of the checkout plan, asked one request at a time: given, when, then. Every request
 * is of checkout 1 and epoch 0 unless it says otherwise.
 */
#ifndef BACKSTEP_TESTS_SIM_WORLD_SERVICE_STORY_H
#define BACKSTEP_TESTS_SIM_WORLD_SERVICE_STORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/world/service.h"
#include "tests/sim/support/scenario_builder.h"

enum { PRICE = 4990 };

extern struct scenario scenario;
extern struct services services;
extern struct service_answer answer; /* to the last request */

extern const struct service_fault service_is_well;

/* Given: the checkout plan's services, one unit in stock for each of three checkouts. Set-up and
 * tear-down of a test. */
int given_services(void **state);
int free_services(void **state);

/* Given: the scenario was changed: fresh services. */
void start_again(void);

/* When: a request arrives; with a fault, in another epoch, of another checkout. */
void request(const char *call);
void receive(const char *call, const struct service_fault *fault);
void receive_in_epoch(const char *call, uint8_t epoch);
void receive_of(uint32_t checkout, const char *call);

/* Then: it was done and is worth so much; there was nothing to do; it was refused. */
void expect_done(uint64_t value);
void expect_nothing_to_do(void);
void expect_rejected(uint16_t code, enum sim_answered because);
void expect_unavailable(enum sim_answered because, bool made);
void expect_remembered(enum saga_answer wanted, uint16_t code);

/* Then: this is what inventory has, of three. */
void expect_pool(int64_t available, int64_t held, int64_t committed);

/* What a service keeps for checkout 1. */
const struct sim_account *account_of(const char *service);

#endif
