/* The naive services: counters, and what section 3 of the design has them promise. */
#ifndef BACKSTEP_TESTS_NAIVE_EXPLORE_SERVICE_H
#define BACKSTEP_TESTS_NAIVE_EXPLORE_SERVICE_H

#include "core/event.h"
#include "tests/naive/explore/world.h"

/* What strikes a request at its service (E8). */
enum service_strike {
    SERVICE_AS_ASKED,
    SERVICE_REJECTS,    /* unless it remembers an answer */
    SERVICE_REFUSES,    /* `unavailable`, whatever it remembers */
    SERVICE_FAILS_AFTER /* done, then `unavailable` */
};

/* Does what the request asks, at once, and answers. Knows nothing of outages. */
enum saga_answer service_serve(struct small_world *world, const struct small_message *request,
                               enum service_strike strike);

/* E8: the service is out for the checkout, now. */
bool service_is_out(const struct small_world *world, uint8_t checkout, uint8_t service);

/* What it holds that has a time to live it holds no more: lapsed, or dropped early. */
void service_drop(struct small_world *world, uint8_t checkout, uint8_t service);

/* An operator mends by hand what the compensation would have undone. */
void service_mend(struct small_world *world, uint8_t checkout, uint8_t call);

#endif
