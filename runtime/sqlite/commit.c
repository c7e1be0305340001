/* A transaction of the engine: sessions, events, what is owed of them, and the stamp. */
#include "core/codec.h"
#include "runtime/node/progress.h"
#include "runtime/sqlite/adapter.h"

/* One session on its way. */
struct writing {
    struct sqlite_store *store;
    const struct store_batch *batch;
    struct store_write *write;
    int64_t checkout;   /* its number */
    bool was_open;      /* what is stored; a new one was */
    uint64_t *position; /* given away last */
};

/* STORE_OK: what is stored is what was expected; STORE_NOTHING: a conflict. */
static enum store_result find_expected(struct writing *w)
{
    struct database *database = &w->store->database;
    database_bind_text(database, ADAPTER_FIND, 1, w->write->session->id);
    enum store_result result = database_step(database, ADAPTER_FIND);
    if (result == STORE_NOTHING) {
        w->was_open = true;
        return w->write->expected_version == 0 ? STORE_OK : STORE_NOTHING;
    }
    if (result != STORE_OK) {
        return result;
    }
    w->checkout = database_integer(database, ADAPTER_FIND, 0);
    uint64_t version = (uint64_t)database_integer(database, ADAPTER_FIND, 1);
    w->was_open = database_integer(database, ADAPTER_FIND, 2) != 0;
    database_reset(database, ADAPTER_FIND);
    return version == w->write->expected_version ? STORE_OK : STORE_NOTHING;
}

/* Stores the session; parameters 1 to 3 are alike in the three statements. */
static enum store_result write_session(struct writing *w, enum adapter_statement statement)
{
    struct database *database = &w->store->database;
    const struct saga_session *session = w->write->session;
    uint8_t bytes[SAGA_CODEC_SIZE];
    saga_encode(session, bytes);
    database_bind_integer(database, statement, 1, (int64_t)session->version);
    if (w->write->update->wake_at_ns == SAGA_NEVER) {
        database_bind_null(database, statement, 2);
    } else {
        database_bind_integer(database, statement, 2, database_time(w->write->update->wake_at_ns));
    }
    database_bind_bytes(database, statement, 3, bytes, sizeof(bytes));
    return database_run(database, statement);
}

static void bind_closed_at(struct writing *w, enum adapter_statement statement, int parameter)
{
    const struct saga_session *session = w->write->session;
    if (saga_session_is_closed(session)) {
        database_bind_integer(&w->store->database, statement, parameter,
                              database_time(session->now_ns));
    } else {
        database_bind_null(&w->store->database, statement, parameter);
    }
}

static enum store_result write_request(struct writing *w)
{
    struct database *database = &w->store->database;
    const struct store_request *request = w->write->request;
    assert(request != NULL);
    database_bind_integer(database, ADAPTER_ADD_REQUEST, 1, w->checkout);
    database_bind_text(database, ADAPTER_ADD_REQUEST, 2, request->request.cart);
    database_bind_bytes(database, ADAPTER_ADD_REQUEST, 3, request->request.context,
                        request->request.context_len);
    database_bind_text(database, ADAPTER_ADD_REQUEST, 4, request->traceparent);
    return database_run(database, ADAPTER_ADD_REQUEST);
}

static enum store_result begin_checkout(struct writing *w)
{
    struct database *database = &w->store->database;
    bind_closed_at(w, ADAPTER_BEGIN_CHECKOUT, 4);
    database_bind_text(database, ADAPTER_BEGIN_CHECKOUT, 5, w->write->session->id);
    database_bind_integer(database, ADAPTER_BEGIN_CHECKOUT, 6,
                          plans_number(&w->store->plans, w->write->plan));
    enum store_result result = write_session(w, ADAPTER_BEGIN_CHECKOUT);
    if (result != STORE_OK) {
        return result;
    }
    w->checkout = sqlite3_last_insert_rowid(database->handle);
    return write_request(w);
}

static enum store_result move_checkout(struct writing *w)
{
    bool stays_open = w->was_open && !saga_session_is_closed(w->write->session);
    enum adapter_statement statement = stays_open ? ADAPTER_MOVE : ADAPTER_CLOSE;
    database_bind_integer(&w->store->database, statement, 4, w->checkout);
    if (!stays_open) {
        bind_closed_at(w, statement, 5);
    }
    return write_session(w, statement);
}

static bool is_owed(const struct saga_domain_event *event, enum store_channel channel)
{
    switch (channel) {
    case STORE_CHANNEL_SINK:
        return true;
    case STORE_CHANNEL_NOTIFICATION:
        return node_tells_outcome(event);
    case STORE_CHANNELS:
        break;
    }
    return false;
}

static enum store_result owe(struct writing *w, const struct saga_domain_event *event)
{
    struct database *database = &w->store->database;
    enum store_result result = STORE_OK;
    for (unsigned channel = 0; result == STORE_OK && channel < STORE_CHANNELS; channel++) {
        bool is_there = (w->batch->channels >> channel & 1U) != 0;
        if (is_there && is_owed(event, (enum store_channel)channel)) {
            database_bind_integer(database, ADAPTER_OWE, 1, channel);
            database_bind_integer(database, ADAPTER_OWE, 2, (int64_t)*w->position);
            result = database_run(database, ADAPTER_OWE);
        }
    }
    return result;
}

/* Why it failed or expired: told by the event of that, NULL in every other. */
static void bind_cause(struct writing *w, uint8_t kind)
{
    struct database *database = &w->store->database;
    const struct saga_session *session = w->write->session;
    const struct saga_plan *plan = w->write->plan;
    if (kind != SAGA_FAILURE && kind != SAGA_EXPIRY) {
        database_bind_null(database, ADAPTER_ADD_EVENT, 8);
        database_bind_null(database, ADAPTER_ADD_EVENT, 9);
        database_bind_null(database, ADAPTER_ADD_EVENT, 10);
        return;
    }
    database_bind_text(database, ADAPTER_ADD_EVENT, 8, plan->steps[session->step].name);
    database_bind_text(database, ADAPTER_ADD_EVENT, 9, saga_session_reason(plan, session));
    database_bind_text(database, ADAPTER_ADD_EVENT, 10, session->code);
}

static enum store_result write_event(struct writing *w, const struct saga_domain_event *event)
{
    struct database *database = &w->store->database;
    ++*w->position;
    database_bind_integer(database, ADAPTER_ADD_EVENT, 1, (int64_t)*w->position);
    database_bind_integer(database, ADAPTER_ADD_EVENT, 2, w->checkout);
    database_bind_integer(database, ADAPTER_ADD_EVENT, 3, event->sequence);
    database_bind_integer(database, ADAPTER_ADD_EVENT, 4, event->kind);
    database_bind_integer(database, ADAPTER_ADD_EVENT, 5, event->index);
    database_bind_integer(database, ADAPTER_ADD_EVENT, 6, database_time(w->batch->now_ns));
    database_bind_text(database, ADAPTER_ADD_EVENT, 7,
                       saga_domain_event_name(w->write->plan, event));
    bind_cause(w, event->kind);
    enum store_result result = database_run(database, ADAPTER_ADD_EVENT);
    return result == STORE_OK ? owe(w, event) : result;
}

static enum store_result write_origin(struct writing *w)
{
    struct database *database = &w->store->database;
    const struct store_origin *origin = w->write->origin;
    if (origin == NULL) {
        return STORE_OK;
    }
    database_bind_text(database, ADAPTER_ADD_ORIGIN, 1, origin->source);
    database_bind_text(database, ADAPTER_ADD_ORIGIN, 2, origin->id);
    database_bind_integer(database, ADAPTER_ADD_ORIGIN, 3, database_time(w->batch->now_ns));
    return database_run(database, ADAPTER_ADD_ORIGIN);
}

static enum store_result write_one(struct writing *w)
{
    enum store_result result = find_expected(w);
    w->write->conflict = result == STORE_NOTHING;
    if (result != STORE_OK) {
        return result == STORE_NOTHING ? STORE_OK : result;
    }
    result = w->write->expected_version == 0 ? begin_checkout(w) : move_checkout(w);
    const struct saga_update *update = w->write->update;
    for (uint8_t i = 0; result == STORE_OK && i < update->events_len; i++) {
        result = write_event(w, &update->events[i]);
    }
    return result == STORE_OK ? write_origin(w) : result;
}

static int64_t column_position(uint64_t position)
{
    return position < (uint64_t)INT64_MAX ? (int64_t)position : INT64_MAX;
}

static enum store_result take(struct sqlite_store *store, const struct store_taken *taken)
{
    struct database *database = &store->database;
    database_bind_integer(database, ADAPTER_TAKE, 1, taken->channel);
    database_bind_integer(database, ADAPTER_TAKE, 2, column_position(taken->from));
    database_bind_integer(database, ADAPTER_TAKE, 3, column_position(taken->to));
    return database_run(database, ADAPTER_TAKE);
}

static enum store_result set_head(struct sqlite_store *store, const struct node_stamp *stamp,
                                  uint64_t position)
{
    struct database *database = &store->database;
    database_bind_integer(database, ADAPTER_SET_HEAD, 1, stamp->wall_ns);
    database_bind_integer(database, ADAPTER_SET_HEAD, 2, database_time(stamp->corrected_ns));
    database_bind_integer(database, ADAPTER_SET_HEAD, 3, (int64_t)position);
    return database_run(database, ADAPTER_SET_HEAD);
}

enum store_result adapter_commit(struct store *port, struct store_batch *batch)
{
    struct sqlite_store *store = adapter_of(port);
    assert(batch->writes_len <= STORE_BATCH_MAX);
    enum store_result result = database_begin(&store->database);
    if (result != STORE_OK) {
        return result;
    }
    uint64_t position = store->position;
    for (size_t i = 0; result == STORE_OK && i < batch->writes_len; i++) {
        struct writing w = {
            .store = store, .batch = batch, .write = &batch->writes[i], .position = &position};
        result = write_one(&w);
    }
    for (size_t i = 0; result == STORE_OK && i < batch->taken_len; i++) {
        result = take(store, &batch->taken[i]);
    }
    if (result == STORE_OK) {
        result = set_head(store, &batch->stamp, position);
    }
    result = database_end(&store->database, result);
    if (result == STORE_OK) {
        store->position = position;
    }
    return result;
}
