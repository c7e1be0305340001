/*
 * Bugs that are planted into what the explorer's model is made of: the core, and the services.
 * Link with ${PLANTING}, which puts these between the two and their callers.
 */
#ifndef BACKSTEP_TESTS_SIM_EXPLORE_PLANTING_H
#define BACKSTEP_TESTS_SIM_EXPLORE_PLANTING_H

#include "core/saga.h"
#include "sim/world/service.h"

struct planting {
    /* What an accepted event has come to, to be changed. */
    void (*core)(struct saga_session *session, const struct saga_event *event,
                 struct saga_update *update);
    /* What a request has come to at its service, to be changed. */
    void (*service)(struct services *services, uint8_t call, struct service_answer *answer);
    const char *forgets; /* the call that is answered `ok`, and nothing is done; NULL */
    const char *ignores; /* the call that is never answered; NULL */
    bool is_timeless;    /* the core takes every instant for the beginning */
    bool accepts_all;    /* a closed session accepts what it should ignore */
    bool never_wakes;    /* no wake-up is asked for */
};

extern struct planting planting;

#endif
