#include "tests/runtime/engine/support/memory_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct memory_store *of(struct store *store)
{
    return (struct memory_store *)store;
}

static const struct saga_plan *plan_of(const struct memory_store *m,
                                       const struct saga_session *session)
{
    for (size_t i = 0; i < m->plans_len; i++) {
        if (saga_session_is_of(session, m->plans[i])) {
            return m->plans[i];
        }
    }
    return NULL;
}

static enum store_result result_of(enum memory_fault fault)
{
    static const enum store_result results[] = {
        [MEMORY_WELL] = STORE_OK,         [MEMORY_FAILED] = STORE_FAILED,
        [MEMORY_FULL] = STORE_FULL,       [MEMORY_NO_MEMORY] = STORE_NO_MEMORY,
        [MEMORY_LOST] = STORE_UNKNOWN,    [MEMORY_STORED] = STORE_UNKNOWN,
        [MEMORY_CONFLICT] = STORE_OK,     [MEMORY_STARTED] = STORE_OK,
        [MEMORY_DAMAGED] = STORE_DAMAGED,
    };
    return results[fault];
}

static enum memory_fault fault_of_commit(struct memory_store *m)
{
    m->commits++;
    if (m->chance != NULL) {
        return m->chance(m->context, true);
    }
    bool strikes = m->commits >= m->fault_from && m->commits <= m->fault_to;
    return strikes ? m->fault : MEMORY_WELL;
}

static enum store_result fault_of_read(struct memory_store *m)
{
    m->reads++;
    if (m->chance != NULL) {
        return result_of(m->chance(m->context, false));
    }
    bool strikes = m->reads >= m->read_fault_from && m->reads <= m->read_fault_to;
    return strikes ? result_of(m->read_fault) : STORE_OK;
}

struct memory_checkout *memory_store_find(struct memory_store *m, const char *id)
{
    for (size_t i = 0; i < m->checkouts_len; i++) {
        if (strcmp(m->checkouts[i].checkout.session.id, id) == 0) {
            return &m->checkouts[i];
        }
    }
    return NULL;
}

/* A free row for the id, in its order. */
static struct memory_checkout *insert(struct memory_store *m, const char *id)
{
    size_t at = 0;
    assert_true(m->checkouts_len < MEMORY_CHECKOUTS_MAX);
    while (at < m->checkouts_len && strcmp(m->checkouts[at].checkout.session.id, id) < 0) {
        at++;
    }
    memmove(&m->checkouts[at + 1], &m->checkouts[at],
            (m->checkouts_len - at) * sizeof(m->checkouts[0]));
    m->checkouts_len++;
    memset(&m->checkouts[at], 0, sizeof(m->checkouts[at]));
    return &m->checkouts[at];
}

static void add_event(struct memory_store *m, const struct store_batch *batch,
                      const struct store_write *write, const struct saga_domain_event *event)
{
    assert_true(m->events_len < MEMORY_EVENTS_MAX);
    struct memory_event *row = &m->events[m->events_len++];
    memset(row, 0, sizeof(*row));
    row->event.position = m->events_len;
    row->event.at_ns = batch->now_ns;
    row->event.sequence = event->sequence;
    row->event.kind = event->kind;
    row->event.index = event->index;
    row->event.plan_version = write->plan->version;
    strcpy(row->event.id, write->session->id);
    strcpy(row->event.plan, write->plan->name);
    strcpy(row->event.name, saga_domain_event_name(write->plan, event));
    row->owed = batch->channels & 1U << STORE_CHANNEL_SINK;
    if (node_tells_outcome(event)) {
        row->owed |= batch->channels & 1U << STORE_CHANNEL_NOTIFICATION;
    }
}

static void store_one(struct memory_store *m, const struct store_batch *batch,
                      struct store_write *write)
{
    struct memory_checkout *row = memory_store_find(m, write->session->id);
    uint64_t stored_version = row == NULL ? 0 : row->checkout.session.version;
    write->conflict = stored_version != write->expected_version;
    if (write->conflict) {
        return;
    }
    assert_int_equal(write->session->version, stored_version + 1);
    assert_int_equal(row == NULL, write->request != NULL);
    if (row == NULL) {
        row = insert(m, write->session->id);
        row->checkout.request = *write->request;
    }
    row->checkout.session = *write->session;
    row->plan = write->plan;
    row->wake_ns = write->update->wake_at_ns;
    for (uint8_t i = 0; i < write->update->events_len; i++) {
        assert_int_equal(write->update->events[i].sequence, row->events_len);
        row->events_len++;
        add_event(m, batch, write, &write->update->events[i]);
    }
    assert_int_equal(row->events_len, write->session->events_len);
    if (write->origin != NULL) {
        assert_true(m->origins_len < MEMORY_ORIGINS_MAX);
        m->origins[m->origins_len++] = *write->origin;
    }
}

static void take(struct memory_store *m, const struct store_taken *taken)
{
    assert_true(taken->from >= 1 && taken->from <= taken->to && taken->to <= m->events_len);
    for (uint64_t position = taken->from; position <= taken->to; position++) {
        m->events[position - 1].owed &= (uint8_t) ~(1U << taken->channel);
    }
}

static void store_all(struct memory_store *m, struct store_batch *batch)
{
    for (size_t i = 0; i < batch->writes_len; i++) {
        for (size_t j = 0; j < i; j++) { /* one event of a session at a time */
            assert_string_not_equal(batch->writes[i].session->id, batch->writes[j].session->id);
        }
        store_one(m, batch, &batch->writes[i]);
    }
    for (size_t i = 0; i < batch->taken_len; i++) {
        take(m, &batch->taken[i]);
    }
    m->stamp = batch->stamp;
    m->has_stamp = true;
    m->stored += batch->writes_len > 0;
}

/* Another one has started the checkout, with a cart of its own. */
static void start_before(struct memory_store *m, const struct store_batch *batch,
                         const struct store_write *late)
{
    struct store_request request = *late->request;
    struct saga_event event = {.now_ns = batch->now_ns, .kind = SAGA_START};
    struct saga_session session = {0};
    struct saga_update update;
    strcpy(request.request.cart, "theirs");
    strcpy(event.start.id, request.request.id);
    event.start.fingerprint = saga_request_fingerprint(&request.request);
    saga_apply(late->plan, &session, &event, &update);
    struct store_write write = {
        .session = &session, .plan = late->plan, .update = &update, .request = &request};
    store_one(m, batch, &write);
}

/* Another one cancels the first checkout of the batch. */
static void cancel_before(struct memory_store *m, const struct store_batch *batch)
{
    struct memory_checkout *row =
        batch->writes_len == 0 ? NULL : memory_store_find(m, batch->writes[0].session->id);
    if (row == NULL) {
        return;
    }
    const struct saga_event cancel = {.now_ns = batch->now_ns, .kind = SAGA_CANCEL};
    struct saga_session session = row->checkout.session;
    struct saga_update update;
    saga_apply(row->plan, &session, &cancel, &update);
    if (update.accepted) {
        struct store_write write = {.session = &session,
                                    .plan = row->plan,
                                    .update = &update,
                                    .expected_version = session.version - 1};
        store_one(m, batch, &write);
    }
}

static enum store_result do_commit(struct store *store, struct store_batch *batch)
{
    struct memory_store *m = of(store);
    enum memory_fault fault = fault_of_commit(m);
    assert_in_range(batch->writes_len, 0, STORE_BATCH_MAX);
    if (fault == MEMORY_CONFLICT) {
        cancel_before(m, batch);
    } else if (fault == MEMORY_STARTED) {
        start_before(m, batch, &batch->writes[0]);
    }
    if (result_of(fault) == STORE_OK || fault == MEMORY_STORED) {
        store_all(m, batch);
    }
    return result_of(fault);
}

static enum store_result do_load(struct store *store, const char *id,
                                 struct store_checkout *checkout)
{
    struct memory_store *m = of(store);
    enum store_result result = fault_of_read(m);
    if (result != STORE_OK) {
        return result;
    }
    const struct memory_checkout *row = memory_store_find(m, id);
    if (row == NULL) {
        return STORE_NOTHING;
    }
    *checkout = row->checkout;
    return STORE_OK;
}

/* The earliest that is due behind (wake_ns, id); NULL when there is none. */
static const struct memory_checkout *next_due(const struct memory_store *m, uint64_t now_ns,
                                              const struct memory_checkout *behind)
{
    const struct memory_checkout *first = NULL;
    for (size_t i = 0; i < m->checkouts_len; i++) {
        const struct memory_checkout *row = &m->checkouts[i];
        bool is_behind = behind == NULL || row->wake_ns > behind->wake_ns ||
                         (row->wake_ns == behind->wake_ns && row > behind);
        if (row->wake_ns <= now_ns && is_behind && plan_of(m, &row->checkout.session) != NULL &&
            (first == NULL || row->wake_ns < first->wake_ns)) {
            first = row;
        }
    }
    return first;
}

static enum store_result do_load_due(struct store *store, uint64_t now_ns, size_t max,
                                     struct store_checkout *checkouts, size_t *len)
{
    struct memory_store *m = of(store);
    enum store_result result = fault_of_read(m);
    const struct memory_checkout *row = NULL;
    assert_true(max > 0);
    *len = 0;
    while (result == STORE_OK && *len < max && (row = next_due(m, now_ns, row)) != NULL) {
        checkouts[(*len)++] = row->checkout;
    }
    return result;
}

static enum store_result do_load_open(struct store *store, const char *after, size_t max,
                                      struct store_checkout *checkouts, size_t *len)
{
    struct memory_store *m = of(store);
    enum store_result result = fault_of_read(m);
    *len = 0;
    for (size_t i = 0; result == STORE_OK && i < m->checkouts_len && *len < max; i++) {
        const struct saga_session *session = &m->checkouts[i].checkout.session;
        if (strcmp(session->id, after) > 0 && !saga_session_is_closed(session) &&
            plan_of(m, session) != NULL) {
            checkouts[(*len)++] = m->checkouts[i].checkout;
        }
    }
    return result;
}

static enum store_result do_next_wake(struct store *store, uint64_t *wake_at_ns)
{
    struct memory_store *m = of(store);
    enum store_result result = fault_of_read(m);
    *wake_at_ns = SAGA_NEVER;
    for (size_t i = 0; i < m->checkouts_len; i++) {
        const struct memory_checkout *row = &m->checkouts[i];
        if (row->wake_ns < *wake_at_ns && plan_of(m, &row->checkout.session) != NULL) {
            *wake_at_ns = row->wake_ns;
        }
    }
    return result;
}

static enum store_result do_load_owed(struct store *store, enum store_channel channel,
                                      uint64_t after, size_t max, struct store_event *events,
                                      size_t *len)
{
    struct memory_store *m = of(store);
    enum store_result result = fault_of_read(m);
    *len = 0;
    for (size_t i = after; result == STORE_OK && i < m->events_len && *len < max; i++) {
        if ((m->events[i].owed >> channel & 1U) != 0) {
            events[(*len)++] = m->events[i].event;
        }
    }
    return result;
}

static enum store_result do_find_origin(struct store *store, const struct store_origin *origin)
{
    struct memory_store *m = of(store);
    enum store_result result = fault_of_read(m);
    if (result != STORE_OK) {
        return result;
    }
    for (size_t i = 0; i < m->origins_len; i++) {
        if (strcmp(m->origins[i].source, origin->source) == 0 &&
            strcmp(m->origins[i].id, origin->id) == 0) {
            return STORE_OK;
        }
    }
    return STORE_NOTHING;
}

static enum store_result do_project(struct store *store, size_t max, size_t *len)
{
    struct memory_store *m = of(store);
    enum memory_fault fault = fault_of_commit(m);
    bool is_stored = result_of(fault) == STORE_OK || fault == MEMORY_STORED;
    *len = 0;
    while (is_stored && !m->is_lazy && *len < max && m->projected < m->events_len) {
        const struct store_event *event = &m->events[m->projected++].event;
        struct memory_checkout *row = memory_store_find(m, event->id);
        const struct saga_domain_event told = {
            .sequence = event->sequence, .kind = event->kind, .index = event->index};
        assert_non_null(row);
        assert_int_equal(node_progress_apply(row->plan, &row->progress, &told),
                         NODE_PROGRESS_APPLIED);
        (*len)++;
    }
    return result_of(fault);
}

/* Whether all of its events were taken by everyone, and projected. */
static bool is_told(const struct memory_store *m, const char *id)
{
    for (size_t i = 0; i < m->events_len; i++) {
        if (strcmp(m->events[i].event.id, id) == 0 &&
            (m->events[i].owed != 0 || i >= m->projected)) {
            return false;
        }
    }
    return true;
}

static enum store_result do_forget(struct store *store, uint64_t before_ns, size_t max, size_t *len)
{
    struct memory_store *m = of(store);
    enum memory_fault fault = fault_of_commit(m);
    bool is_stored = result_of(fault) == STORE_OK || fault == MEMORY_STORED;
    *len = 0;
    for (size_t i = m->checkouts_len; is_stored && i > 0 && *len < max; i--) {
        const struct saga_session *session = &m->checkouts[i - 1].checkout.session;
        if (session->closed_ns < before_ns && saga_session_is_closed(session) &&
            is_told(m, session->id)) {
            m->checkouts_len--;
            memmove(&m->checkouts[i - 1], &m->checkouts[i],
                    (m->checkouts_len - (i - 1)) * sizeof(m->checkouts[0]));
            (*len)++;
        }
    }
    return result_of(fault);
}

static enum store_result do_load_stamp(struct store *store, struct node_stamp *stamp)
{
    struct memory_store *m = of(store);
    enum store_result result = fault_of_read(m);
    *stamp = m->stamp;
    return result == STORE_OK && !m->has_stamp ? STORE_NOTHING : result;
}

static enum store_result do_count(struct store *store, struct store_counts *counts)
{
    struct memory_store *m = of(store);
    enum store_result result = fault_of_read(m);
    *counts = (struct store_counts){0};
    for (size_t i = 0; i < m->checkouts_len; i++) {
        counts->open += !saga_session_is_closed(&m->checkouts[i].checkout.session);
    }
    for (size_t i = 0; i < m->events_len; i++) {
        counts->owed[STORE_CHANNEL_SINK] += m->events[i].owed >> STORE_CHANNEL_SINK & 1U;
        counts->owed[STORE_CHANNEL_NOTIFICATION] +=
            m->events[i].owed >> STORE_CHANNEL_NOTIFICATION & 1U;
    }
    return result;
}

static const struct store_operations operations = {
    .commit = do_commit,
    .load = do_load,
    .load_due = do_load_due,
    .load_open = do_load_open,
    .next_wake = do_next_wake,
    .load_owed = do_load_owed,
    .find_origin = do_find_origin,
    .project = do_project,
    .forget = do_forget,
    .load_stamp = do_load_stamp,
    .count = do_count,
};

void memory_store_init(struct memory_store *m, const struct saga_plan *const *plans,
                       size_t plans_len)
{
    memset(m, 0, sizeof(*m));
    m->store.operations = &operations;
    m->plans = plans;
    m->plans_len = plans_len;
}

void memory_store_fail_commits(struct memory_store *m, enum memory_fault fault, uint64_t len)
{
    m->fault = fault;
    m->fault_from = m->commits + 1;
    m->fault_to = m->commits + len;
}

void memory_store_fail_reads(struct memory_store *m, enum memory_fault fault, uint64_t len)
{
    m->read_fault = fault;
    m->read_fault_from = m->reads + 1;
    m->read_fault_to = m->reads + len;
}
