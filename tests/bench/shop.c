#include "tests/bench/shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/checkout.h"
#include "runtime/engine/engine.h"
#include "runtime/sqlite/sqlite.h"
#include "sim/world/service.h"
#include "tests/bench/measure.h"
#include "tests/bench/pure.h"
#include "tests/bench/raw.h"
#include "tests/sim/support/scenario_builder.h"

enum { PRICE = 4990, PATH_MAX_LEN = 255, LEAVES = 8 /* room on the tape for batches of nothing */ };

static const struct saga_plan *const plans[] = {&saga_checkout_plan};

struct shop {
    struct scenario scenario;
    struct services services;
    struct tape tape;
    char folder[PATH_MAX_LEN + 1];
    char path[PATH_MAX_LEN + 16];
};

/* One run of the engine. */
struct running {
    struct shop *shop;
    struct engine *engine;
    uint32_t checkouts;
    uint32_t started;
    uint64_t completed;
    uint64_t commits;
    bool failed;
};

struct shop *shop_create(uint32_t checkouts_max)
{
    struct shop *shop = calloc(1, sizeof(*shop));
    if (shop == NULL) {
        return NULL;
    }
    builder_begin(&shop->scenario);
    builder_checkouts(&shop->scenario, checkouts_max, 0);
    snprintf(shop->folder, sizeof(shop->folder), "%s/shop-XXXXXX", BENCH_FOLDER);
    if (!services_start(&shop->services, &shop->scenario) || mkdtemp(shop->folder) == NULL ||
        !tape_init(&shop->tape, SHOP_STEPS * checkouts_max, 2 * checkouts_max + LEAVES)) {
        shop->folder[0] = '\0';
        shop_destroy(shop);
        return NULL;
    }
    snprintf(shop->path, sizeof(shop->path), "%s/shop.db", shop->folder);
    return shop;
}

static void remove_database(const struct shop *shop)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal", "-lock", ".lock"};
    char path[sizeof(shop->path) + 16];
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        snprintf(path, sizeof(path), "%s%s", shop->path, ends[i]);
        unlink(path);
    }
}

void shop_destroy(struct shop *shop)
{
    if (shop->folder[0] != '\0') {
        remove_database(shop);
        rmdir(shop->folder);
    }
    services_free(&shop->services);
    tape_free(&shop->tape);
    free(shop);
}

static struct store *open_store(struct shop *shop)
{
    const struct sqlite_store_options options = {
        .path = shop->path, .synchronous = SQLITE_STORE_FULL, .plans = plans, .plans_len = 1};
    char why[SQLITE_STORE_WHY_SIZE];
    struct store *store = NULL;
    remove_database(shop);
    if (sqlite_store_open(&options, &store, why) != STORE_OK) {
        fprintf(stderr, "bench: %s\n", why);
    }
    return store;
}

static void start_some(struct running *r)
{
    static const char context[] = "{\"buyer\":\"b-17\",\"currency\":\"EUR\",\"locale\":\"de-DE\"}";
    for (int i = 0; i < SHOP_STARTS && r->started < r->checkouts; i++) {
        struct engine_input input = {
            .kind = ENGINE_START, .plan = &saga_checkout_plan, .ticket = ++r->started};
        struct saga_request *request = &input.request.request;
        snprintf(input.id, sizeof(input.id), "%08x-3b1e-4d0a-9c55-%012x",
                 r->started * UINT32_C(2654435761), (unsigned)r->started);
        memcpy(request->id, input.id, sizeof(request->id));
        snprintf(request->cart, sizeof(request->cart), "cart-%u", (unsigned)r->started);
        memcpy(request->context, context, sizeof(context) - 1);
        request->context_len = sizeof(context) - 1;
        r->failed |= !engine_offer(r->engine, &input);
    }
}

/* A service does it at once, and answers before the next step. */
static void serve(struct running *r, const struct engine_call *call)
{
    static const struct service_fault well = {0};
    uint32_t checkout = (uint32_t)strtoul(call->request->request.cart + 5, NULL, 10);
    struct service_answer answer = service_receive(&r->shop->services, checkout, call->call.call,
                                                   call->call.epoch, PRICE, &well);
    struct engine_input input = {
        .kind = ENGINE_REPLY, .attempt = call->call.attempt, .answer = answer.answer};
    memcpy(input.id, call->session->id, sizeof(input.id));
    memcpy(input.call, saga_call_name(call->plan, call->call.call), sizeof(input.call));
    r->failed |= !engine_offer(r->engine, &input);
}

static void step(struct running *r)
{
    struct engine_output output;
    uint64_t now_ns = measure_wall_ns();
    struct node_stamp stamp = {.wall_ns = (int64_t)now_ns, .corrected_ns = now_ns};
    start_some(r);
    engine_step(r->engine, now_ns, stamp, &output);
    for (size_t i = 0; i < output.calls_len; i++) {
        serve(r, &output.calls[i]);
    }
    for (size_t i = 0; i < output.moves_len; i++) {
        r->completed += output.moves[i].session->phase == SAGA_COMPLETED;
    }
    for (uint32_t i = 0; i < STORE_CHANNELS; i++) {
        size_t len = output.events_len[i];
        if (len > 0) {
            engine_taken(r->engine, (enum store_channel)i, output.events[i][len - 1].position);
        }
    }
    r->commits += output.moves_len;
    r->failed |= output.stored != STORE_OK;
}

static struct engine *open_engine(struct store *store, struct shop_how how)
{
    const struct engine_options options = {
        .store = store,
        .plans = plans,
        .plans_len = 1,
        .cache_max = 10000,
        .inputs_max = 4 * SHOP_BATCH,
        .open_max = UINT64_MAX,
        .channels = how.publishes ? 1U << STORE_CHANNEL_SINK : 0,
    };
    enum store_result result = STORE_OK;
    return engine_create(&options, &result);
}

bool shop_run_engine(struct shop *shop, uint32_t checkouts, struct shop_how how,
                     struct shop_run *run)
{
    struct running r = {.shop = shop, .checkouts = checkouts};
    struct store *store = open_store(shop);
    if (store == NULL || !services_start(&shop->services, &shop->scenario)) {
        return false;
    }
    if (how.records) {
        tape_record(&shop->tape, store);
    }
    r.engine = open_engine(store, how);
    r.failed = r.engine == NULL;
    pure_count(how.counts);
    uint64_t wall_ns = measure_wall_ns();
    uint64_t thread_ns = measure_thread_ns();
    while (!r.failed && r.completed < checkouts) {
        step(&r);
    }
    *run = (struct shop_run){.checkouts = r.completed,
                             .commits = r.commits,
                             .wall_ns = measure_wall_ns() - wall_ns,
                             .thread_ns = measure_thread_ns() - thread_ns,
                             .pure_ns = how.counts ? pure_ns() : 0};
    pure_count(false);
    if (r.failed) {
        fprintf(stderr, "bench: the engine failed: %s\n", store->operations->why(store));
    }
    engine_free(r.engine);
    store->operations->close(store);
    return !r.failed;
}

bool shop_run_raw(struct shop *shop, struct shop_run *run)
{
    struct store *store = open_store(shop); /* makes the tables, and the row of the plan */
    if (store == NULL) {
        return false;
    }
    store->operations->close(store);
    *run = (struct shop_run){.checkouts = shop->tape.checkouts, .commits = shop->tape.writes_len};
    return raw_commit(&shop->tape, shop->path, &run->wall_ns);
}
