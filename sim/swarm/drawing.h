/* Inside the swarm: one seed's scenario while it is drawn. Every draw is keyed by what it is for:
 * the kind of fault, which of that kind, and what of it; so no fault depends on which others there
 * are. */
#ifndef BACKSTEP_SIM_SWARM_DRAWING_H
#define BACKSTEP_SIM_SWARM_DRAWING_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/record/fault_kind.h"
#include "sim/scenario/scenario.h"
#include "sim/world/draw.h"

#define DRAWING_MS  UINT64_C(1000000)
#define DRAWING_S   (1000 * DRAWING_MS)
#define DRAWING_MIN (60 * DRAWING_S)

enum {
    DRAWING_EDGES_MAX = 2 + 4 * SAGA_CALLS_MAX,
    DRAWING_PEERS_MAX = SAGA_SERVICES_MAX + 3,
    DRAWING_NODES_MAX = 3
};

/* What of a fault, of the world or of the plan is drawn. */
enum drawn {
    DRAWN_NOTHING,
    DRAWN_WHETHER,
    DRAWN_MANY,
    DRAWN_TRIGGER,
    DRAWN_CALL,
    DRAWN_ATTEMPT,
    DRAWN_CHECKOUT,
    DRAWN_FROM,
    DRAWN_FOR,
    DRAWN_LENGTH,
    DRAWN_COUNT,
    DRAWN_LEG,
    DRAWN_SERVICE,
    DRAWN_ANSWER,
    DRAWN_TARGET,
    DRAWN_CODE,
    DRAWN_NODE,
    DRAWN_SIGN,
    DRAWN_WINDOW
};

/* What can be drawn from: of the plan as this seed has it, and of the scenario. */
struct drawing_choices {
    uint32_t edges_len;
    uint64_t edges_ns[DRAWING_EDGES_MAX]; /* the plan's durations, each once: where things change */
    uint8_t calls_len;
    uint8_t calls[SAGA_CALLS_MAX]; /* steps, then compensations */
    uint8_t acquiring_len;
    uint8_t acquiring[SAGA_STEPS_MAX]; /* steps that acquire a hold */
    uint8_t peers_len;
    uint8_t peers[DRAWING_PEERS_MAX]; /* what a node can be cut off from; the store is the last */
};

struct drawing {
    uint64_t seed;             /* mixed: see draw_bits() */
    struct scenario *scenario; /* what is drawn */
    const struct drawing_choices *choices;
    uint64_t kinds; /* of fault, that are on in this seed */
    uint8_t purpose;
    uint16_t about; /* the fault: its kind, and which of that kind; or part of world or plan */
};

static inline uint64_t drawing_bits(const struct drawing *d, enum drawn what)
{
    struct draw_key key = {.checkout = d->about, .attempt = what, .purpose = d->purpose};
    return draw_bits(d->seed, key);
}

/* 0..bound-1 */
static inline uint64_t drawing_below(const struct drawing *d, enum drawn what, uint64_t bound)
{
    return draw_below(drawing_bits(d, what), bound);
}

static inline bool drawing_has(const struct drawing *d, enum sim_fault_kind kind)
{
    return (d->kinds >> kind & 1) != 0;
}

/* A duration from 1 ns on: one of the plan's, exactly, a nanosecond or some milliseconds beside it;
 * or any up to 35 minutes, where short ones are as likely as long ones. */
uint64_t drawing_span_ns(const struct drawing *d, enum drawn what);

/* The same, up to 16 seconds; seldom any. For what costs an event every few milliseconds. */
uint64_t drawing_short_span_ns(const struct drawing *d, enum drawn what);

/* An instant before `heal`. */
uint64_t drawing_instant_ns(const struct drawing *d, enum drawn what);

/* Makes it strike during a time: for so long. */
void drawing_during(const struct drawing *d, struct scenario_fault *fault, uint64_t span_ns);

/* Makes it strike `on` a call: which one, of which attempts, of which checkouts. */
void drawing_on(const struct drawing *d, struct scenario_fault *fault, uint8_t call);

/* Any call of the plan; any checkout of the scenario. */
uint8_t drawing_call(const struct drawing *d, enum drawn what);
uint32_t drawing_checkout(const struct drawing *d);

/* Makes it strike at some moment: on a call, at an instant, or after a step. */
void drawing_moment(const struct drawing *d, struct scenario_fault *fault);

/* swarm_faults.c, swarm_nodes.c, swarm_people.c: fill a fault of the kind. */
void swarm_draw_message(const struct drawing *d, enum sim_fault_kind kind,
                        struct scenario_fault *fault);
void swarm_draw_service(const struct drawing *d, enum sim_fault_kind kind,
                        struct scenario_fault *fault);
void swarm_draw_node(const struct drawing *d, enum sim_fault_kind kind,
                     struct scenario_fault *fault);
void swarm_draw_store(const struct drawing *d, enum sim_fault_kind kind,
                      struct scenario_fault *fault);
/* What gives the operator something to do: a step of one checkout is rejected, and after it the
 * first attempt of the compensation that the operator is after. The code tells whom it awaits. The
 * operator comes when that has happened: seconds or minutes after the checkout began. */
void swarm_draw_occasion(const struct drawing *d, struct scenario_fault *person,
                         struct scenario_fault *step, struct scenario_fault *compensation);
void swarm_draw_person(const struct drawing *d, enum sim_fault_kind kind,
                       struct scenario_fault *fault);

/* swarm_world.c: nodes, clocks, network, store, checkouts. `mask`: the kinds that may be on. */
void swarm_draw_world(struct drawing *d, uint64_t mask);

/* swarm_plan.c: policies at their edges. Returns whether the plan was changed. */
bool swarm_draw_plan(struct drawing *d);

#endif
