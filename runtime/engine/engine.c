#include "runtime/engine/engine.h"

#include <assert.h>
#include <stdlib.h>

#include "runtime/engine/state.h"

const char *engine_end_name(enum engine_end end)
{
    static const char *const names[] = {
#define X(id, name) [id] = name,
        ENGINE_ENDS(X)
#undef X
    };
    return names[end];
}

void engine_answer(struct engine *engine, uint64_t ticket, enum engine_end end,
                   enum saga_result result, const struct saga_session *session,
                   const struct saga_plan *plan)
{
    if (ticket == 0) {
        return;
    }
    assert(engine->output->answers_len < ENGINE_ANSWERS_MAX);
    struct engine_answer *answer = &engine->answers[engine->output->answers_len++];
    answer->ticket = ticket;
    answer->end = end;
    answer->result = result;
    answer->plan = plan;
    answer->has_session = session != NULL;
    if (session != NULL) {
        answer->session = *session;
    }
}

void engine_call(struct engine *engine, const struct saga_call *call, bool again,
                 const struct saga_plan *plan, const struct saga_session *session,
                 const struct store_request *request)
{
    assert(engine->output->calls_len < ENGINE_CALLS_MAX);
    engine->calls[engine->output->calls_len++] = (struct engine_call){
        .call = *call, .again = again, .plan = plan, .session = session, .request = request};
}

const struct saga_plan *engine_plan_of(const struct engine *engine,
                                       const struct saga_session *session)
{
    for (uint32_t i = 0; i < engine->options.plans_len; i++) {
        if (saga_session_is_of(session, engine->options.plans[i])) {
            return engine->options.plans[i];
        }
    }
    return NULL;
}

/* A power of two, at least twice as many as sessions: most buckets hold one. */
static uint32_t buckets_for(uint32_t cache_max)
{
    uint32_t buckets = 1;
    while (buckets < 2 * cache_max) {
        buckets *= 2;
    }
    return buckets;
}

/* Allocates all there will ever be. */
static struct engine *allocate(const struct engine_options *options)
{
    uint32_t buckets_len = buckets_for(options->cache_max);
    struct engine *engine = calloc(1, sizeof(*engine));
    if (engine == NULL) {
        return NULL;
    }
    engine->lines = calloc(options->cache_max, sizeof(*engine->lines));
    engine->node.entries = calloc(options->cache_max, sizeof(*engine->node.entries));
    engine->node.buckets = calloc(buckets_len, sizeof(*engine->node.buckets));
    engine->queue.places = calloc(options->inputs_max, sizeof(*engine->queue.places));
    if (engine->lines == NULL || engine->node.entries == NULL || engine->node.buckets == NULL ||
        engine->queue.places == NULL) {
        engine_free(engine);
        return NULL;
    }
    node_init(&engine->node, options->plans, options->plans_len, engine->node.entries,
              options->cache_max, engine->node.buckets, buckets_len);
    engine_queue_init(&engine->queue, engine->queue.places, options->inputs_max);
    return engine;
}

/* What the store knows of the time before. */
static enum store_result take_stock(struct engine *engine)
{
    const struct store_operations *operations = engine->store->operations;
    struct store_counts counts;
    struct node_stamp stamp;
    enum store_result result = operations->count(engine->store, &counts);
    if (result != STORE_OK) {
        return result;
    }
    engine->open = counts.open;
    for (uint32_t i = 0; i < STORE_CHANNELS; i++) {
        engine->channels[i].owed = counts.owed[i];
        engine->channels[i].store_ns = SAGA_NEVER;
    }
    result = operations->load_stamp(engine->store, &stamp);
    if (result == STORE_OK) {
        engine->before_ns = stamp.corrected_ns;
        engine->recovering = true;
    }
    return result == STORE_NOTHING ? STORE_OK : result;
}

struct engine *engine_create(const struct engine_options *options, enum store_result *result)
{
    assert(options->plans_len > 0);
    assert(options->cache_max >= 2 * ENGINE_BATCH_MAX);
    struct engine *engine = allocate(options);
    if (engine == NULL) {
        *result = STORE_NO_MEMORY;
        return NULL;
    }
    engine->store = options->store;
    engine->options = *options;
    engine->unprojected = 1; /* perhaps: the read model tells */
    engine->forget_ns = options->retention_ns == 0 ? SAGA_NEVER : 0;
    *result = take_stock(engine);
    if (*result != STORE_OK) {
        engine_free(engine);
        return NULL;
    }
    return engine;
}

void engine_free(struct engine *engine)
{
    if (engine != NULL) {
        free(engine->lines);
        free(engine->node.entries);
        free(engine->node.buckets);
        free(engine->queue.places);
        free(engine);
    }
}

bool engine_offer(struct engine *engine, const struct engine_input *input)
{
    uint32_t starts_max = engine->queue.max - engine->queue.max / 4;
    assert(input->kind != ENGINE_TICK);
    assert(input->id[SAGA_ID_MAX] == '\0');
    bool is_refused =
        input->kind == ENGINE_START && (engine->retry_ns != 0 || engine->queue.used >= starts_max);
    return !is_refused && engine_queue_add(&engine->queue, input);
}

static void begin(struct engine *engine, uint64_t now_ns, struct node_stamp stamp,
                  struct engine_output *output)
{
    *output = (struct engine_output){.answers = engine->answers,
                                     .calls = engine->calls,
                                     .moves = engine->moves,
                                     .stored = STORE_OK};
    engine->output = output;
    engine->now_ns = now_ns;
    engine->stamp = stamp;
    engine->failed_now = false;
}

static uint64_t earlier(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

/* When there is something to do again, if nothing arrives. */
static uint64_t next_ns(const struct engine *engine)
{
    if (engine->damaged) {
        return SAGA_NEVER;
    }
    if (engine->retry_ns != 0) {
        return engine->queue.starts > 0 ? engine->now_ns : engine->retry_ns;
    }
    if (engine->queue.len > 0 || engine->recovering) {
        return engine->now_ns;
    }
    return earlier(engine->wake_ns,
                   earlier(engine_channels_next_ns(engine), engine_upkeep_next_ns(engine)));
}

void engine_step(struct engine *engine, uint64_t now_ns, struct node_stamp stamp,
                 struct engine_output *output)
{
    assert(!engine->damaged);
    engine->step++;
    begin(engine, now_ns, stamp, output);
    if (engine_is_well(engine)) {
        engine->members_len = 0;
        engine->new_len = 0;
        engine_stage_inputs(engine);
        engine_stage_due(engine);
        bool idle = engine->members_len == 0 && engine->queue.len == 0;
        engine_commit(engine);
        engine_recover(engine);
        engine_channels_hand_out(engine);
        engine_keep_up(engine, idle);
    }
    if (engine->retry_ns != 0) {
        engine_turn_away(engine);
    }
    output->damaged = engine->damaged;
    output->next_ns = next_ns(engine);
    engine->output = NULL;
}

enum store_result engine_store_stamp(struct engine *engine, uint64_t now_ns,
                                     struct node_stamp stamp)
{
    struct engine_output output;
    begin(engine, now_ns, stamp, &output);
    enum store_result result = engine_transact(engine, 0);
    engine->output = NULL;
    return result;
}

struct engine_gauges engine_gauges(const struct engine *engine)
{
    struct engine_gauges gauges = {
        .open = engine->open,
        .waiting = engine->queue.used,
        .cached = engine->cached,
        .commits = engine->commits,
        .commits_failed = engine->commits_failed,
        .conflicts = engine->conflicts,
        .loads = engine->loads,
        .recovering = engine->recovering,
        .ailing = engine->retry_ns != 0,
    };
    for (uint32_t i = 0; i < STORE_CHANNELS; i++) {
        gauges.owed[i] = engine->channels[i].owed;
    }
    return gauges;
}
