#include "sim/swarm/swarm.h"

#include <stdlib.h>
#include <string.h>

#include "sim/swarm/drawing.h"

enum {
    NOTHING_IN = 64,     /* one seed in so many draws nothing */
    FAULTS_OF_A_KIND = 4 /* less than this */
};

struct swarm {
    const struct scenario *base;    /* that `scenario` was copied from; NULL: none */
    struct drawing_choices of_base; /* of the plan as it stands in the file */
    struct drawing_choices of_plan; /* of the plan as this seed has it */
    bool has_drawn;                 /* the last seed changed something */
    bool has_drawn_plan;            /* also the plan */
    struct scenario scenario;
};

struct swarm *swarm_create(void)
{
    return calloc(1, sizeof(struct swarm));
}

void swarm_destroy(struct swarm *swarm)
{
    free(swarm);
}

void swarm_forget(struct swarm *swarm)
{
    swarm->base = NULL;
}

static void add_edge(struct drawing_choices *choices, uint64_t ns)
{
    for (uint32_t i = 0; i < choices->edges_len; i++) {
        if (choices->edges_ns[i] == ns) {
            return;
        }
    }
    if (ns > 0) {
        choices->edges_ns[choices->edges_len++] = ns;
    }
}

/* Where something changes of itself: deadlines, holds, timeouts and the longest backoffs. */
static void find_edges(struct drawing_choices *choices, const struct saga_plan *plan)
{
    choices->edges_len = 0;
    add_edge(choices, plan->deadline_ns);
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        add_edge(choices, plan->steps[i].deadline_ns);
        add_edge(choices, plan->steps[i].hold_ns);
    }
    for (uint8_t i = 0; i < choices->calls_len; i++) {
        add_edge(choices, saga_call_timeout_ns(plan, choices->calls[i]));
        add_edge(choices, saga_call_retry(plan, choices->calls[i])->max_ns);
    }
}

/* The store, events and notification, unless a service of the plan took the name. */
static void find_peers(struct drawing_choices *choices, const struct saga_plan *plan)
{
    choices->peers_len = 0;
    for (uint8_t i = 0; i < plan->services_len; i++) {
        choices->peers[choices->peers_len++] = i;
    }
    static const struct {
        const char *name;
        enum scenario_peer peer;
    } others[] = {{"notification", SCENARIO_PEER_NOTIFICATION},
                  {"events", SCENARIO_PEER_EVENTS},
                  {"store", SCENARIO_PEER_STORE}};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (saga_plan_find_service(plan, others[i].name) == SAGA_NONE) {
            choices->peers[choices->peers_len++] = (uint8_t)others[i].peer;
        }
    }
}

static void find_choices(struct drawing_choices *choices, const struct saga_plan *plan)
{
    choices->calls_len = 0;
    choices->acquiring_len = 0;
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        choices->calls[choices->calls_len++] = saga_call_of_step(i);
        if (plan->steps[i].effect == SAGA_EFFECT_ACQUIRE) {
            choices->acquiring[choices->acquiring_len++] = saga_call_of_step(i);
        }
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        choices->calls[choices->calls_len++] = saga_call_of_compensation(i);
    }
    find_peers(choices, plan);
    find_edges(choices, plan);
}

static uint64_t bit(enum sim_fault_kind kind)
{
    return UINT64_C(1) << kind;
}

uint64_t swarm_kinds(const struct scenario *scenario)
{
    bool acquires = false;
    for (uint8_t i = 0; i < scenario->plan.steps_len; i++) {
        acquires |= scenario->plan.steps[i].effect == SAGA_EFFECT_ACQUIRE;
    }
    uint64_t none = acquires ? 0 : bit(SIM_FAULT_EXPIRE_HOLD);
    if (scenario->plan.compensations_len == 0) {
        none |= bit(SIM_FAULT_OPERATOR_RETRY) | bit(SIM_FAULT_OPERATOR_RESOLVE);
    }
    return scenario->heal_ns < DRAWING_S ? 0 : scenario->swarm & ~none;
}

/* Takes the base as a whole, when it is another than last time. */
static void take_base(struct swarm *swarm, const struct scenario *base)
{
    swarm->scenario = *base;
    swarm->scenario.swarm = 0;
    swarm->base = base;
    swarm->has_drawn = false;
    swarm->has_drawn_plan = false;
    find_choices(&swarm->of_base, &base->plan);
}

/* Undoes what the last seed drew. What stands behind the faults' end counts for nobody. */
static void restore(struct swarm *swarm, const struct scenario *base)
{
    struct scenario *scenario = &swarm->scenario;
    if (swarm->has_drawn_plan) {
        scenario->plan = base->plan;
    }
    if (swarm->has_drawn) {
        scenario->checkouts = base->checkouts;
        scenario->network = base->network;
        memcpy(scenario->services, base->services, sizeof(base->services));
        scenario->nodes_len = base->nodes_len;
        memcpy(scenario->clocks, base->clocks, sizeof(base->clocks));
        scenario->commit_ns = base->commit_ns;
        scenario->faults_len = base->faults_len;
    }
    swarm->has_drawn = false;
    swarm->has_drawn_plan = false;
}

/* How many of so many are 1 of 2, 1 of 4, ...: the next power of two. */
static uint32_t class_of(uint64_t mask)
{
    uint32_t len = (uint32_t)__builtin_popcountll(mask);
    uint32_t class = 1;
    while (class < len) {
        class *= 2;
    }
    return class;
}

/*
 * Which kinds are on: few in most seeds, many in some. A kind is on by a draw of its own, held
 * against a share that all have; with fewer kinds to draw from the share only rises.
 */
static uint64_t draw_kinds(const struct drawing *d, uint64_t mask)
{
    static const uint8_t wanted[] = {1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 4, 4, 6, 8, 16};
    uint64_t want = wanted[drawing_below(d, DRAWN_MANY, sizeof(wanted))];
    uint64_t share_ppm = 2 * want * SAGA_PPM / class_of(mask);
    share_ppm = share_ppm > SAGA_PPM * 3 / 4 ? SAGA_PPM * 3 / 4 : share_ppm;
    uint64_t kinds = 0;
    struct drawing one = *d;
    for (uint64_t left = mask; left != 0; left &= left - 1) {
        one.about = (uint16_t)__builtin_ctzll(left);
        bool is_on = draw_happens(drawing_bits(&one, DRAWN_WHETHER), (uint32_t)share_ppm);
        kinds |= (uint64_t)is_on << one.about;
    }
    return kinds;
}

static void draw_fault(const struct drawing *d, enum sim_fault_kind kind,
                       struct scenario_fault *fault)
{
    switch (kind) {
    case SIM_FAULT_LOSE_REQUEST:
    case SIM_FAULT_LOSE_REPLY:
    case SIM_FAULT_DELAY_REQUEST:
    case SIM_FAULT_DELAY_REPLY:
    case SIM_FAULT_DUPLICATE_REQUEST:
    case SIM_FAULT_DUPLICATE_REPLY:
    case SIM_FAULT_REORDER:
        swarm_draw_message(d, kind, fault);
        break;
    case SIM_FAULT_REJECT:
    case SIM_FAULT_UNAVAILABLE:
    case SIM_FAULT_FAIL_AFTER_EFFECT:
    case SIM_FAULT_EXPIRE_HOLD:
    case SIM_FAULT_OUTAGE:
    case SIM_FAULT_SLOW:
    case SIM_FAULT_SERVICE_CRASH:
        swarm_draw_service(d, kind, fault);
        break;
    case SIM_FAULT_CRASH:
    case SIM_FAULT_CRASH_BEFORE_COMMIT:
    case SIM_FAULT_CRASH_BEFORE_DISPATCH:
    case SIM_FAULT_CRASH_AFTER_DISPATCH:
    case SIM_FAULT_PAUSE:
    case SIM_FAULT_CLOCK_JUMP:
    case SIM_FAULT_CLOCK_DRIFT:
    case SIM_FAULT_PARTITION:
    case SIM_FAULT_PARTITION_ONE_WAY:
    case SIM_FAULT_LATE_TICKS:
        swarm_draw_node(d, kind, fault);
        break;
    case SIM_FAULT_STORE_FAILED:
    case SIM_FAULT_STORE_AMBIGUOUS:
    case SIM_FAULT_STORE_CONFLICT:
    case SIM_FAULT_STORE_SLOW:
        swarm_draw_store(d, kind, fault);
        break;
    case SIM_FAULT_GARBAGE:
    case SIM_FAULT_CANCEL:
    case SIM_FAULT_START_AGAIN:
    case SIM_FAULT_START_OTHER:
    case SIM_FAULT_OPERATOR_RETRY:
    case SIM_FAULT_OPERATOR_RESOLVE:
        swarm_draw_person(d, kind, fault);
        break;
    case SIM_FAULT_SECOND_NODE: /* is no fault of a list: see swarm_world.c */
    case SIM_FAULT_KINDS_LEN:
        break;
    }
}

/* As a file leaves it: see sim/scenario/fault.c. */
static const struct scenario_fault blank = {.attempt_lo = 1,
                                            .attempt_hi = UINT32_MAX,
                                            .call = SAGA_NONE,
                                            .target = SAGA_NONE,
                                            .service = SAGA_NONE,
                                            .node = SAGA_NONE};

/* One more fault of this seed, if there is room. */
static struct scenario_fault *add_fault(struct drawing *d)
{
    if (d->scenario->faults_len == SCENARIO_FAULTS_MAX) {
        return NULL;
    }
    struct scenario_fault *fault = &d->scenario->faults[d->scenario->faults_len++];
    *fault = blank;
    fault->to_ns = d->scenario->heal_ns;
    return fault;
}

/* An operator who has nothing to do changes nothing: more often than not a step is rejected, and
 * then the compensation that the operator is after. */
static void add_occasion(struct drawing *d, struct scenario_fault *person)
{
    bool has_room = d->scenario->faults_len + 2 <= SCENARIO_FAULTS_MAX;
    if (has_room && drawing_below(d, DRAWN_WHETHER, 4) != 0) {
        struct scenario_fault *step = add_fault(d);
        swarm_draw_occasion(d, person, step, add_fault(d));
    }
}

/* The faults of one kind: one, and with luck more. */
static void draw_faults(struct drawing *d, enum sim_fault_kind kind)
{
    static const uint8_t counts[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3};
    d->about = (uint16_t)(kind * FAULTS_OF_A_KIND);
    uint8_t count = counts[drawing_below(d, DRAWN_MANY, sizeof(counts))];
    for (uint8_t i = 0; i < count; i++) {
        struct scenario_fault *fault = add_fault(d);
        if (fault == NULL) {
            return;
        }
        d->about = (uint16_t)(kind * FAULTS_OF_A_KIND + i);
        draw_fault(d, kind, fault);
        if (kind == SIM_FAULT_OPERATOR_RETRY || kind == SIM_FAULT_OPERATOR_RESOLVE) {
            add_occasion(d, fault);
        }
    }
}

/* What the seed draws, in an order in which the later depends on the earlier. */
static void draw(struct swarm *swarm, uint64_t seed, uint64_t mask)
{
    struct drawing d = {.seed = seed,
                        .scenario = &swarm->scenario,
                        .choices = &swarm->of_base,
                        .purpose = DRAW_SWARM_KIND};
    if (drawing_below(&d, DRAWN_NOTHING, NOTHING_IN) == 0) {
        return;
    }
    d.kinds = draw_kinds(&d, mask);
    swarm->has_drawn = true;
    d.purpose = DRAW_SWARM_PLAN;
    swarm->has_drawn_plan = swarm_draw_plan(&d);
    if (swarm->has_drawn_plan) {
        swarm->of_plan = swarm->of_base;
        find_edges(&swarm->of_plan, &swarm->scenario.plan);
        d.choices = &swarm->of_plan;
    }
    d.purpose = DRAW_SWARM_WORLD;
    swarm_draw_world(&d, mask);
    d.purpose = DRAW_SWARM_FAULT;
    for (uint64_t left = d.kinds & ~bit(SIM_FAULT_SECOND_NODE); left != 0; left &= left - 1) {
        draw_faults(&d, (enum sim_fault_kind)__builtin_ctzll(left));
    }
}

const struct scenario *swarm_expand(struct swarm *swarm, const struct scenario *base, uint64_t seed)
{
    if (base->swarm == 0) {
        return base;
    }
    if (swarm->base != base) {
        take_base(swarm, base);
    } else {
        restore(swarm, base);
    }
    uint64_t kinds = swarm_kinds(base);
    if (kinds != 0) {
        draw(swarm, saga_hash_mix(seed), kinds);
    }
    return &swarm->scenario;
}
