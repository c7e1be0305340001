/* Nodes, clocks, network, services' speed, store and checkouts. */
#include "sim/swarm/drawing.h"

#define BIT(kind) (UINT64_C(1) << (kind))

/* With these it matters how many nodes there are. */
#define OF_NODES                                                                                   \
    (BIT(SIM_FAULT_SECOND_NODE) | BIT(SIM_FAULT_CRASH) | BIT(SIM_FAULT_CRASH_BEFORE_COMMIT) |      \
     BIT(SIM_FAULT_CRASH_BEFORE_DISPATCH) | BIT(SIM_FAULT_CRASH_AFTER_DISPATCH) |                  \
     BIT(SIM_FAULT_PAUSE) | BIT(SIM_FAULT_CLOCK_JUMP) | BIT(SIM_FAULT_CLOCK_DRIFT) |               \
     BIT(SIM_FAULT_PARTITION) | BIT(SIM_FAULT_PARTITION_ONE_WAY))

/* Parts of the world: what draws are about. */
enum part { PART_NODES, PART_NETWORK, PART_STORE, PART_CHECKOUTS, PART_CLOCKS, PART_FLAGS = 32 };

static void draw_nodes(struct drawing *d, uint64_t mask)
{
    static const uint8_t counts[] = {1, 1, 1, 1, 2, 2, 2, DRAWING_NODES_MAX};
    uint32_t nodes_len = (mask & OF_NODES) == 0 ? 1 : counts[drawing_below(d, DRAWN_COUNT, 8)];
    if (drawing_has(d, SIM_FAULT_SECOND_NODE) && nodes_len == 1) {
        nodes_len = 2;
    }
    if (nodes_len > d->scenario->nodes_len) {
        d->scenario->nodes_len = nodes_len;
    }
}

/* Wall clocks that do not agree: some milliseconds, or minutes; and that run too fast or too slow.
 */
static void draw_clocks(struct drawing *d)
{
    if (!drawing_has(d, SIM_FAULT_CLOCK_JUMP) && !drawing_has(d, SIM_FAULT_CLOCK_DRIFT)) {
        return;
    }
    for (uint32_t i = 0; i < d->scenario->nodes_len && i < DRAWING_NODES_MAX; i++) {
        struct scenario_clock *clock = &d->scenario->clocks[i];
        d->about = (uint16_t)(PART_CLOCKS + i);
        bool far = drawing_below(d, DRAWN_WHETHER, 16) == 0;
        int64_t bound_ns = (int64_t)(far ? 2 * DRAWING_MIN : 50 * DRAWING_MS);
        clock->offset_ns =
            (int64_t)drawing_below(d, DRAWN_FOR, 2 * (uint64_t)bound_ns + 1) - bound_ns;
        clock->drift_ppm = (int32_t)drawing_below(d, DRAWN_COUNT, 401) - 200;
    }
}

/* Nothing takes any time: what is delayed by a deadline arrives with it. */
static void stand_still(struct scenario *scenario)
{
    scenario->network.latency_ns = (struct scenario_range){0, 0};
    for (uint8_t i = 0; i < scenario->plan.services_len; i++) {
        scenario->services[i].work_ns = (struct scenario_range){0, 0};
    }
}

static void draw_latency(struct drawing *d)
{
    static const struct scenario_range ranges_ns[] = {
        {2 * DRAWING_MS, 40 * DRAWING_MS},
        {20 * DRAWING_MS, 20 * DRAWING_MS},
        {0, 10 * DRAWING_MS},
        {DRAWING_MS, 2 * DRAWING_S},
    };
    uint64_t choice = drawing_below(d, DRAWN_LENGTH, 16);
    if (choice == 0) {
        stand_still(d->scenario);
    } else if (choice <= sizeof(ranges_ns) / sizeof(ranges_ns[0])) {
        d->scenario->network.latency_ns = ranges_ns[choice - 1];
    }
}

/* 1 to 20 %, if both kinds may strike and one of them does. */
static uint32_t draw_rate_ppm(const struct drawing *d, enum drawn what, uint64_t mask,
                              uint64_t kinds)
{
    bool may = (mask & kinds) == kinds && (d->kinds & kinds) != 0;
    uint64_t bits = drawing_bits(d, what);
    return !may || bits % 2 == 0 ? 0 : (1 + (uint32_t)draw_below(bits, 20)) * (SAGA_PPM / 100);
}

static void draw_rates(struct drawing *d, uint64_t mask)
{
    struct scenario_network *network = &d->scenario->network;
    uint32_t lose_ppm =
        draw_rate_ppm(d, DRAWN_CALL, mask, BIT(SIM_FAULT_LOSE_REQUEST) | BIT(SIM_FAULT_LOSE_REPLY));
    uint32_t duplicate_ppm = draw_rate_ppm(
        d, DRAWN_COUNT, mask, BIT(SIM_FAULT_DUPLICATE_REQUEST) | BIT(SIM_FAULT_DUPLICATE_REPLY));
    network->lose_ppm = lose_ppm > 0 ? lose_ppm : network->lose_ppm;
    network->duplicate_ppm = duplicate_ppm > 0 ? duplicate_ppm : network->duplicate_ppm;
}

/* A commit that takes time lets events meet it. */
static void draw_commit(struct drawing *d)
{
    static const struct scenario_range ranges_ns[] = {
        {DRAWING_MS, 3 * DRAWING_MS},
        {0, 20 * DRAWING_MS},
        {100 * DRAWING_MS, DRAWING_S},
    };
    uint64_t choice =
        drawing_below(d, DRAWN_LENGTH, drawing_has(d, SIM_FAULT_SECOND_NODE) ? 4 : 12);
    if (choice < sizeof(ranges_ns) / sizeof(ranges_ns[0])) {
        d->scenario->commit_ns = ranges_ns[choice];
    }
}

/* Where the scenario has one checkout, sometimes two or three. */
static void draw_checkouts(struct drawing *d)
{
    struct scenario_checkouts *checkouts = &d->scenario->checkouts;
    if (checkouts->count > 1 || drawing_below(d, DRAWN_WHETHER, 8) != 0) {
        return;
    }
    uint64_t every_ns = drawing_below(d, DRAWN_FOR, 2) == 0
                            ? 0
                            : drawing_below(d, DRAWN_LENGTH, 10001) * DRAWING_MS;
    uint32_t count = 2 + (uint32_t)drawing_below(d, DRAWN_COUNT, 2);
    if ((count - 1) * every_ns < d->scenario->heal_ns) {
        checkouts->count = count;
        checkouts->every_ns = every_ns;
    }
}

/* What the requests ask for: as the scenario says, or none, half or all of them each. */
static void draw_flags(struct drawing *d)
{
    static const uint32_t shares_ppm[] = {0, SAGA_PPM / 2, SAGA_PPM};
    for (uint8_t i = 0; i < d->scenario->plan.flags_len; i++) {
        d->about = (uint16_t)(PART_FLAGS + i);
        uint64_t choice = drawing_below(d, DRAWN_COUNT, 6);
        if (choice < 3) {
            d->scenario->checkouts.flags_ppm[i] = shares_ppm[choice];
        }
    }
}

void swarm_draw_world(struct drawing *d, uint64_t mask)
{
    d->about = PART_NODES;
    draw_nodes(d, mask);
    draw_clocks(d);
    d->about = PART_NETWORK;
    draw_latency(d);
    draw_rates(d, mask);
    d->about = PART_STORE;
    draw_commit(d);
    d->about = PART_CHECKOUTS;
    draw_checkouts(d);
    draw_flags(d);
}
