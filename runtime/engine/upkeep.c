/*
 * What can wait: the read model, and forgetting what is old. Each in a transaction of its own, so
 * it is done seldom and in bounded pieces: commits are never held up by more than one of each.
 *
 * The read model: 512 events at a time (some milliseconds) as soon as so many wait; fewer when a
 * step has nothing else to do, at most every 50 ms. Forgetting: 256 checkouts at a time; every
 * 100 ms while there are so many, else once a minute.
 */
#include "runtime/engine/state.h"

#define PROJECT_EVERY_NS (50 * ENGINE_MS)
#define FORGET_ON_NS     (100 * ENGINE_MS)
#define FORGET_EVERY_NS  (60000 * ENGINE_MS)

enum { PROJECT_MAX = 512, FORGET_MAX = 256 };

static void project(struct engine *engine)
{
    size_t len = 0;
    enum store_result result = engine->store->operations->project(engine->store, PROJECT_MAX, &len);
    if (result != STORE_OK) {
        engine_failed(engine, result);
        return;
    }
    engine->project_ns = engine->now_ns + PROJECT_EVERY_NS;
    engine->unprojected -= len < engine->unprojected ? len : engine->unprojected;
    if (len < PROJECT_MAX) {
        engine->unprojected = 0; /* these were all that there were */
    } else if (engine->unprojected < PROJECT_MAX) {
        engine->unprojected = PROJECT_MAX; /* perhaps an engine before this one left more */
    }
}

static void forget(struct engine *engine)
{
    size_t len = 0;
    uint64_t retention_ns = engine->options.retention_ns;
    uint64_t before_ns = engine->now_ns > retention_ns ? engine->now_ns - retention_ns : 0;
    enum store_result result =
        engine->store->operations->forget(engine->store, before_ns, FORGET_MAX, &len);
    if (result != STORE_OK) {
        engine_failed(engine, result);
        return;
    }
    if (len > 0) {
        engine_cache_drop_closed(engine, before_ns);
    }
    engine->forget_ns = engine->now_ns + (len == FORGET_MAX ? FORGET_ON_NS : FORGET_EVERY_NS);
}

void engine_keep_up(struct engine *engine, bool idle)
{
    bool is_far_behind = engine->unprojected >= PROJECT_MAX;
    bool is_worth_it = idle && engine->unprojected > 0 && engine->project_ns <= engine->now_ns;
    if ((is_far_behind || is_worth_it) && !engine->failed_now) {
        project(engine);
    }
    if (engine->forget_ns <= engine->now_ns && !engine->failed_now) {
        forget(engine);
    }
}

uint64_t engine_upkeep_next_ns(const struct engine *engine)
{
    uint64_t next_ns = engine->forget_ns;
    if (engine->unprojected > 0 && engine->project_ns < next_ns) {
        next_ns = engine->project_ns;
    }
    return engine->unprojected >= PROJECT_MAX ? engine->now_ns : next_ns;
}
