#include "runtime/sqlite/rows.h"

#include <stdio.h>

#include "core/codec.h"

/* Columns, as the lists of rows.h name them. */
enum {
    CHECKOUT_ID,
    CHECKOUT_VERSION,
    CHECKOUT_SESSION,
    CHECKOUT_CART,
    CHECKOUT_CONTEXT,
    CHECKOUT_TRACEPARENT
};
enum {
    EVENT_POSITION,
    EVENT_AT,
    EVENT_SEQUENCE,
    EVENT_KIND,
    EVENT_INDEX,
    EVENT_NAME,
    EVENT_STEP,
    EVENT_REASON,
    EVENT_CODE,
    EVENT_ID,
    EVENT_PLAN,
    EVENT_PLAN_VERSION,
    EVENT_TRACEPARENT
};
enum {
    PROGRESS_ID,
    PROGRESS_PLAN,
    PROGRESS_PLAN_VERSION,
    PROGRESS_STATUS,
    PROGRESS_COMPENSATION,
    PROGRESS_CLOSED,
    PROGRESS_STEP,
    PROGRESS_REASON,
    PROGRESS_CODE,
    PROGRESS_STARTED_AT,
    PROGRESS_UPDATED_AT,
    PROGRESS_EVENTS,
    PROGRESS_STEPS,
    PROGRESS_UNDONE
};

static const void *bytes_of(struct database *database, size_t statement, int column, size_t *len)
{
    const void *bytes = sqlite3_column_blob(database->statements[statement], column);
    *len =
        bytes == NULL ? 0 : (size_t)sqlite3_column_bytes(database->statements[statement], column);
    return bytes;
}

static enum store_result read_session(struct database *database, size_t statement, const char *id,
                                      struct saga_session *session)
{
    size_t len = 0;
    const void *bytes = bytes_of(database, statement, CHECKOUT_SESSION, &len);
    enum saga_codec_result decoded = saga_decode(session, bytes, len);
    if (decoded != SAGA_CODEC_OK) {
        char name[96 + SAGA_ID_MAX];
        snprintf(name, sizeof(name), "%s: %s", id, saga_codec_sentence(decoded));
        return database_damaged(database, "the session of checkout", name);
    }
    uint64_t version = (uint64_t)database_integer(database, statement, CHECKOUT_VERSION);
    if (session->version != version || strcmp(session->id, id) != 0) {
        return database_damaged(database, "another session stands at checkout", id);
    }
    return STORE_OK;
}

static enum store_result read_request(struct database *database, size_t statement,
                                      const struct saga_session *session,
                                      struct store_request *request)
{
    size_t len = 0;
    const void *context = bytes_of(database, statement, CHECKOUT_CONTEXT, &len);
    memset(request, 0, sizeof(*request));
    memcpy(request->request.id, session->id, sizeof(request->request.id));
    request->request.flags = session->flags;
    bool is_sound = len <= SAGA_CONTEXT_MAX &&
                    database_text(database, statement, CHECKOUT_CART, request->request.cart,
                                  sizeof(request->request.cart)) &&
                    database_text(database, statement, CHECKOUT_TRACEPARENT, request->traceparent,
                                  sizeof(request->traceparent));
    if (is_sound && len > 0) {
        memcpy(request->request.context, context, len);
        request->request.context_len = (uint32_t)len;
    }
    if (!is_sound || saga_request_fingerprint(&request->request) != session->fingerprint) {
        return database_damaged(database, "the request of checkout", session->id);
    }
    return STORE_OK;
}

enum store_result rows_checkout(struct database *database, size_t statement,
                                struct store_checkout *checkout)
{
    char id[SAGA_ID_MAX + 1];
    if (!database_text(database, statement, CHECKOUT_ID, id, sizeof(id))) {
        return database_damaged(database, "a checkout has", "an impossible id");
    }
    enum store_result result = read_session(database, statement, id, &checkout->session);
    if (result != STORE_OK) {
        return result;
    }
    return read_request(database, statement, &checkout->session, &checkout->request);
}

enum store_result rows_event(struct database *database, size_t statement, struct store_event *event)
{
    const struct {
        int column;
        char *text;
        size_t size;
    } texts[] = {
        {EVENT_NAME, event->name, sizeof(event->name)},
        {EVENT_STEP, event->step, sizeof(event->step)},
        {EVENT_REASON, event->reason, sizeof(event->reason)},
        {EVENT_CODE, event->code, sizeof(event->code)},
        {EVENT_ID, event->id, sizeof(event->id)},
        {EVENT_PLAN, event->plan, sizeof(event->plan)},
        {EVENT_TRACEPARENT, event->traceparent, sizeof(event->traceparent)},
    };
    memset(event, 0, sizeof(*event));
    bool is_sound = true;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        is_sound &=
            database_text(database, statement, texts[i].column, texts[i].text, texts[i].size);
    }
    int64_t kind = database_integer(database, statement, EVENT_KIND);
    if (!is_sound || event->id[0] == '\0' || event->plan[0] == '\0' || kind < 0 ||
        kind > SAGA_COMPENSATION) {
        return database_damaged(database, "an event of checkout", event->id);
    }
    event->position = (uint64_t)database_integer(database, statement, EVENT_POSITION);
    event->at_ns = (uint64_t)database_integer(database, statement, EVENT_AT);
    event->sequence = (uint32_t)database_integer(database, statement, EVENT_SEQUENCE);
    event->plan_version = (uint32_t)database_integer(database, statement, EVENT_PLAN_VERSION);
    event->kind = (uint8_t)kind;
    event->index = (uint8_t)database_integer(database, statement, EVENT_INDEX);
    return STORE_OK;
}

bool rows_find_status(const char *name, uint8_t *status)
{
    for (*status = 0; *status <= SAGA_STATUS_EXPIRED; (*status)++) {
        if (strcmp(name, saga_status_name((enum saga_status) * status)) == 0) {
            return true;
        }
    }
    return false;
}

static bool find_compensation(const char *name, uint8_t *status)
{
    for (*status = 0; *status <= SAGA_COMPENSATION_DONE; (*status)++) {
        enum saga_compensation_status each = (enum saga_compensation_status) * status;
        if (strcmp(name, saga_compensation_status_name(each)) == 0) {
            return true;
        }
    }
    return false;
}

/* What node_progress_apply() goes on from. */
static bool read_fold(struct database *database, size_t statement, struct node_progress *progress)
{
    char status[16];
    char compensation[16];
    size_t len = 0;
    const void *undone = bytes_of(database, statement, PROGRESS_UNDONE, &len);
    if (len > SAGA_COMPENSATIONS_MAX ||
        !database_text(database, statement, PROGRESS_STATUS, status, sizeof(status)) ||
        !rows_find_status(status, &progress->status) ||
        !database_text(database, statement, PROGRESS_COMPENSATION, compensation,
                       sizeof(compensation)) ||
        !find_compensation(compensation, &progress->compensation)) {
        return false;
    }
    if (len > 0) {
        memcpy(progress->undone, undone, len);
    }
    progress->undone_len = (uint8_t)len;
    progress->events_len = (uint32_t)database_integer(database, statement, PROGRESS_EVENTS);
    progress->steps = (uint16_t)database_integer(database, statement, PROGRESS_STEPS);
    progress->closed = (uint8_t)database_integer(database, statement, PROGRESS_CLOSED);
    return true;
}

enum store_result rows_progress(struct database *database, size_t statement,
                                struct store_progress *row)
{
    memset(row, 0, sizeof(*row));
    if (!database_text(database, statement, PROGRESS_ID, row->id, sizeof(row->id)) ||
        !database_text(database, statement, PROGRESS_PLAN, row->plan, sizeof(row->plan)) ||
        !database_text(database, statement, PROGRESS_STEP, row->step, sizeof(row->step)) ||
        !database_text(database, statement, PROGRESS_REASON, row->reason, sizeof(row->reason)) ||
        !database_text(database, statement, PROGRESS_CODE, row->code, sizeof(row->code)) ||
        !read_fold(database, statement, &row->progress)) {
        return database_damaged(database, "the progress of checkout", row->id);
    }
    row->plan_version = (uint32_t)database_integer(database, statement, PROGRESS_PLAN_VERSION);
    row->started_ns = (uint64_t)database_integer(database, statement, PROGRESS_STARTED_AT);
    row->updated_ns = (uint64_t)database_integer(database, statement, PROGRESS_UPDATED_AT);
    return STORE_OK;
}

enum store_result rows_checkouts(struct database *database, size_t statement, size_t max,
                                 struct store_checkout *checkouts, size_t *len)
{
    enum store_result result = STORE_OK;
    for (*len = 0; *len < max; (*len)++) {
        result = database_step(database, statement);
        if (result == STORE_OK) {
            result = rows_checkout(database, statement, &checkouts[*len]);
        }
        if (result != STORE_OK) {
            break;
        }
    }
    database_reset(database, statement);
    return result == STORE_NOTHING ? STORE_OK : result;
}

enum store_result rows_events(struct database *database, size_t statement, size_t max,
                              struct store_event *events, size_t *len)
{
    enum store_result result = STORE_OK;
    for (*len = 0; *len < max; (*len)++) {
        result = database_step(database, statement);
        if (result == STORE_OK) {
            result = rows_event(database, statement, &events[*len]);
        }
        if (result != STORE_OK) {
            break;
        }
    }
    database_reset(database, statement);
    return result == STORE_NOTHING ? STORE_OK : result;
}
