/*
 * The services of a plan, simulated: what each keeps in its books, what it remembers, what it bars.
 * A service does what a request asks the moment it arrives, and answers after its work.
 */
#ifndef BACKSTEP_SIM_WORLD_SERVICE_H
#define BACKSTEP_SIM_WORLD_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/plan.h"
#include "sim/record/books.h"
#include "sim/record/record.h"
#include "sim/scenario/scenario.h"

/* What the services remember of one checkout. */
struct service_memory {
    uint16_t answers[SAGA_CALLS_MAX][2]; /* by call and epoch: 0: none yet; 1: ok; 2 + code */
    uint32_t fenced;                     /* bit i: a compensation of step i has come */
};

struct services {
    const struct scenario *scenario;
    struct sim_books books;
    struct service_memory *memories; /* by checkout - 1 */
    uint32_t checkouts_max;          /* what the two arrays have room for */
    uint8_t service_of[SAGA_CALLS_MAX];
    uint8_t effect_of[SAGA_CALLS_MAX];
};

/* What a request does, and what is answered. */
struct service_answer {
    uint8_t answer;  /* enum saga_answer */
    uint8_t because; /* enum sim_answered */
    uint16_t code;
    bool made;      /* the books changed */
    uint64_t value; /* cents or units of the effect */
};

/* What the scenario makes of a request at the door. */
struct service_fault {
    bool outage;       /* every request is answered `unavailable` */
    bool injected;     /* `answer` and `code` are given, and nothing is done */
    bool failed_after; /* it is done, and answered `unavailable` */
    uint8_t answer;
    uint16_t code;
};

/* Takes up a scenario; false when memory is out. Memory is kept from run to run. */
bool services_start(struct services *services, const struct scenario *scenario);
void services_free(struct services *services);

/* A request of this key has arrived. `amount` is the checkout's, in cents. */
struct service_answer service_receive(struct services *services, uint32_t checkout, uint8_t call,
                                      uint8_t epoch, int64_t amount,
                                      const struct service_fault *fault);

/* A hold of the checkout runs out. Returns whether there was still something held. */
bool service_lapse(struct services *services, uint32_t checkout, uint8_t service);

/* An operator mends by hand what the compensation would have undone. Returns whether anything was.
 */
bool service_mend(struct services *services, uint32_t checkout, uint8_t call, int64_t amount);

#endif
