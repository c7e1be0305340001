#include "tests/bench/tape.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"

static struct {
    struct tape *tape;
    struct store_operations operations; /* the store's, with a commit of ours */
    enum store_result (*commit)(struct store *store, struct store_batch *batch);
} recording;

bool tape_init(struct tape *tape, uint32_t writes_max, uint32_t batches_max)
{
    *tape = (struct tape){.writes_max = writes_max, .batches_max = batches_max};
    tape->writes = malloc(writes_max * sizeof(*tape->writes));
    tape->batches = malloc(batches_max * sizeof(*tape->batches));
    return tape->writes != NULL && tape->batches != NULL;
}

void tape_free(struct tape *tape)
{
    free(tape->writes);
    free(tape->batches);
}

/* The row of a checkout: the write of its start is on the tape. */
static uint32_t find(const struct tape *tape, const char *id)
{
    for (uint32_t i = tape->writes_len; i > 0; i--) {
        if (strcmp(tape->writes[i - 1].id, id) == 0) {
            return tape->writes[i - 1].checkout;
        }
    }
    assert(tape->writes_len == 0);
    return 0;
}

static void record_write(struct tape *tape, const struct store_write *write)
{
    const struct saga_session *session = write->session;
    const struct saga_request *request = write->request == NULL ? NULL : &write->request->request;
    uint32_t checkout = request != NULL ? ++tape->checkouts : find(tape, session->id);
    assert(tape->writes_len < tape->writes_max);
    struct tape_write *w = &tape->writes[tape->writes_len++];
    memset(w, 0, sizeof(*w));
    memcpy(w->id, session->id, sizeof(w->id));
    w->checkout = checkout;
    w->version = session->version;
    w->wake_at_ns = write->update->wake_at_ns;
    w->closed_ns = saga_session_is_closed(session) ? session->now_ns : SAGA_NEVER;
    saga_encode(session, w->session);
    w->events_len = write->update->events_len;
    memcpy(w->events, write->update->events, sizeof(w->events));
    for (uint8_t i = 0; i < w->events_len; i++) {
        w->names[i] = saga_domain_event_name(&saga_checkout_plan, &w->events[i]);
    }
    if (request != NULL) {
        memcpy(w->cart, request->cart, sizeof(w->cart));
        memcpy(w->context, request->context, request->context_len);
        w->context_len = request->context_len;
    }
}

static enum store_result commit(struct store *store, struct store_batch *batch)
{
    struct tape *tape = recording.tape;
    assert(tape->batches_len < tape->batches_max);
    struct tape_batch *b = &tape->batches[tape->batches_len++];
    *b = (struct tape_batch){.writes_len = (uint32_t)batch->writes_len,
                             .taken_len = (uint32_t)batch->taken_len,
                             .now_ns = batch->now_ns,
                             .stamp = batch->stamp,
                             .channels = batch->channels};
    memcpy(b->taken, batch->taken, batch->taken_len * sizeof(*b->taken));
    for (size_t i = 0; i < batch->writes_len; i++) {
        record_write(tape, &batch->writes[i]);
    }
    return recording.commit(store, batch);
}

void tape_record(struct tape *tape, struct store *store)
{
    tape->writes_len = 0;
    tape->batches_len = 0;
    tape->checkouts = 0;
    recording.tape = tape;
    recording.commit = store->operations->commit;
    recording.operations = *store->operations;
    recording.operations.commit = commit;
    store->operations = &recording.operations;
}
