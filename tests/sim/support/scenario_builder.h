/*
 * Scenarios made in C, for the tests of the simulated world and for the benchmark. What a builder
 * begins with is what an empty scenario file means; faults are added in the order of a file.
 *
 *     static struct scenario scenario;
 *     builder_begin(&scenario);
 *     builder_reply(&scenario, "authorize_payment", "declined");
 *     builder_on(&scenario, "capture_payment", SCENARIO_LOSE)->leg = SCENARIO_REPLY_LEG;
 */
#ifndef BACKSTEP_TESTS_SIM_SUPPORT_SCENARIO_BUILDER_H
#define BACKSTEP_TESTS_SIM_SUPPORT_SCENARIO_BUILDER_H

#include "core/checkout.h"
#include "core/event.h"
#include "sim/record/invariant.h"
#include "sim/scenario/scenario.h"

#define MS     UINT64_C(1000000)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

/* One checkout of the checkout plan, with nothing optional, in which nothing fails. */
void builder_begin(struct scenario *scenario);

/* `count` checkouts, so long after one another. */
void builder_checkouts(struct scenario *scenario, uint32_t count, uint64_t every_ns);

/* Every message takes this long, every service works this long: times can be told. */
void builder_steady(struct scenario *scenario, uint64_t latency_ns, uint64_t work_ns);

/* A call or a service of the scenario's plan, by name. It must be there. */
uint8_t builder_call(const struct scenario *scenario, const char *name);
uint8_t builder_service(const struct scenario *scenario, const char *name);

/*
 * One more fault, for the caller to complete. `on` a call: every attempt, every checkout, whenever;
 * `at` an instant; `after` a step, of every checkout; `during` a span.
 */
struct scenario_fault *builder_on(struct scenario *scenario, const char *call,
                                  enum scenario_action action);
struct scenario_fault *builder_at(struct scenario *scenario, uint64_t at_ns,
                                  enum scenario_action action, uint32_t checkout);
struct scenario_fault *builder_after(struct scenario *scenario, const char *step,
                                     enum scenario_action action);
struct scenario_fault *builder_during(struct scenario *scenario, uint64_t from_ns, uint64_t to_ns,
                                      enum scenario_action action);

/* The call is answered: rejected with this code, or "unavailable". */
struct scenario_fault *builder_reply(struct scenario *scenario, const char *call, const char *code);

/* The message of that leg of the call is lost. */
struct scenario_fault *builder_lose(struct scenario *scenario, const char *call,
                                    enum scenario_leg leg);

#endif
