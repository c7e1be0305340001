#include "tests/sim/world/steady_world.h"

struct scenario scenario;
struct world *world;
struct journal journal;

int make_world(void **state)
{
    (void)state;
    world = world_create();
    return world == NULL;
}

int drop_world(void **state)
{
    (void)state;
    journal_free(&journal);
    world_destroy(world);
    return 0;
}

int given_steady_world(void **state)
{
    (void)state;
    builder_begin(&scenario);
    builder_steady(&scenario, 10 * MS, 20 * MS);
    return 0;
}

void play(void)
{
    journal_play(&journal, world, &scenario, 1);
}

uint8_t call_of(const char *name)
{
    return builder_call(&scenario, name);
}
