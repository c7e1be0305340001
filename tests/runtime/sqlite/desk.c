#include "tests/runtime/sqlite/desk.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void given_folder(struct desk *d)
{
    memset(d, 0, sizeof(*d));
    const char *fast = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(d->folder, sizeof(d->folder), "%s/backstep-store-XXXXXX", fast);
    assert_non_null(mkdtemp(d->folder));
    snprintf(d->path, sizeof(d->path), "%s/store.db", d->folder);
    d->second = saga_checkout_plan;
    d->second.version = 2;
    d->plans[0] = &saga_checkout_plan;
    d->plans[1] = &d->second;
    d->options = (struct sqlite_store_options){.path = d->path, .plans = d->plans, .plans_len = 2};
    d->now_ns = BEGIN_NS;
    d->channels = 1U << STORE_CHANNEL_SINK | 1U << STORE_CHANNEL_NOTIFICATION;
}

void given_store(struct desk *d)
{
    given_folder(d);
    enum store_result result = open_store(d);
    assert_string_equal(d->why, "");
    assert_int_equal(result, STORE_OK);
}

void clear_away(struct desk *d)
{
    close_store(d);
    DIR *folder = opendir(d->folder);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[DESK_PATH_MAX + sizeof(entry->d_name)];
        snprintf(path, sizeof(path), "%s/%s", d->folder, entry->d_name);
        if (entry->d_name[0] != '.') {
            unlink(path);
        }
    }
    closedir(folder);
    assert_int_equal(rmdir(d->folder), 0);
}

enum store_result open_store(struct desk *d)
{
    d->why[0] = '\0';
    return sqlite_store_open(&d->options, &d->store, d->why);
}

void close_store(struct desk *d)
{
    if (d->store != NULL) {
        d->store->operations->close(d->store);
        d->store = NULL;
    }
}

const char *path_of(struct desk *d, const char *suffix)
{
    static char path[DESK_PATH_MAX + 32];
    snprintf(path, sizeof(path), "%s%s", d->path, suffix);
    return path;
}

void given_member(struct desk *d, struct member *m, const char *id, const struct saga_plan *plan)
{
    (void)d;
    memset(m, 0, sizeof(*m));
    m->plan = plan;
    struct saga_request *request = &m->request.request;
    snprintf(request->id, sizeof(request->id), "%s", id);
    snprintf(request->cart, sizeof(request->cart), "cart-of-%.20s", id);
    request->context_len =
        (uint32_t)snprintf((char *)request->context, sizeof(request->context), "buyer of %s", id);
    snprintf(m->request.traceparent, sizeof(m->request.traceparent),
             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
}

bool apply(struct desk *d, struct member *m, struct saga_event event)
{
    if (event.now_ns == 0) {
        event.now_ns = d->now_ns;
    }
    m->next = m->stored;
    enum saga_result result = saga_apply(m->plan, &m->next, &event, &m->update);
    return result == SAGA_OK && m->update.accepted;
}

bool apply_start(struct desk *d, struct member *m)
{
    struct saga_event event = {.kind = SAGA_START};
    event.start.fingerprint = saga_request_fingerprint(&m->request.request);
    event.start.flags = m->request.request.flags;
    memcpy(event.start.id, m->request.request.id, sizeof(event.start.id));
    return apply(d, m, event);
}

static bool apply_reply(struct desk *d, struct member *m, enum saga_answer answer, const char *code)
{
    struct saga_call calls[SAGA_UPDATE_CALLS_MAX];
    if (saga_session_in_flight(m->plan, &m->stored, calls) == 0) {
        return false;
    }
    struct saga_event event = {.kind = SAGA_REPLY,
                               .call = calls[0].call,
                               .attempt = calls[0].attempt,
                               .answer = (uint8_t)answer};
    snprintf(event.code, sizeof(event.code), "%s", code);
    return apply(d, m, event);
}

bool apply_ok(struct desk *d, struct member *m)
{
    return apply_reply(d, m, SAGA_ANSWER_OK, "");
}

bool apply_rejected(struct desk *d, struct member *m, const char *code)
{
    return apply_reply(d, m, SAGA_ANSWER_REJECTED, code);
}

struct store_write write_of(const struct member *m)
{
    return (struct store_write){.session = &m->next,
                                .plan = m->plan,
                                .update = &m->update,
                                .request = m->stored.version == 0 ? &m->request : NULL,
                                .origin = m->origin.id[0] == '\0' ? NULL : &m->origin,
                                .expected_version = m->stored.version};
}

enum store_result commit(struct desk *d, struct member *const *members, size_t len)
{
    struct store_write writes[STORE_BATCH_MAX];
    assert_in_range(len, 0, STORE_BATCH_MAX);
    for (size_t i = 0; i < len; i++) {
        writes[i] = write_of(members[i]);
    }
    struct store_batch batch = {
        .writes = writes,
        .writes_len = len,
        .channels = d->channels,
        .now_ns = d->now_ns,
        .stamp = {.wall_ns = (int64_t)d->now_ns + 5, .corrected_ns = d->now_ns}};
    enum store_result result = d->store->operations->commit(d->store, &batch);
    for (size_t i = 0; result == STORE_OK && i < len; i++) {
        assert_false(writes[i].conflict);
        members[i]->stored = members[i]->next;
    }
    return result;
}

static void commit_one(struct desk *d, struct member *m)
{
    assert_int_equal(commit(d, (struct member *const[]){m}, 1), STORE_OK);
}

void given_started(struct desk *d, struct member *m, const char *id)
{
    given_member(d, m, id, &saga_checkout_plan);
    assert_true(apply_start(d, m));
    commit_one(d, m);
}

void given_moved_on(struct desk *d, struct member *m, const char *id, unsigned replies)
{
    given_started(d, m, id);
    for (unsigned i = 0; i < replies; i++) {
        d->now_ns += SECOND_NS;
        assert_true(apply_ok(d, m));
        commit_one(d, m);
    }
}

void given_completed(struct desk *d, struct member *m, const char *id)
{
    given_started(d, m, id);
    while (apply_ok(d, m)) {
        commit_one(d, m);
    }
    assert_true(saga_session_is_closed(&m->stored));
}

void project_all(struct desk *d)
{
    size_t len = 1;
    while (len > 0) {
        assert_int_equal(d->store->operations->project(d->store, 7, &len), STORE_OK);
    }
}

void expect_stored(struct desk *d, const struct member *m)
{
    struct store_checkout found;
    const char *id = m->request.request.id;
    enum store_result result = d->store->operations->load(d->store, id, &found);
    if (m->stored.version == 0) {
        assert_int_equal(result, STORE_NOTHING);
        return;
    }
    assert_int_equal(result, STORE_OK);
    assert_memory_equal(&found.session, &m->stored, sizeof(found.session));
    assert_memory_equal(&found.request, &m->request, sizeof(found.request));
}

uint32_t draw(uint64_t *stream, uint32_t below)
{
    *stream = *stream * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*stream >> 33) % below);
}

static struct saga_event any_event(struct desk *d, const struct member *m, uint64_t *stream)
{
    struct saga_call calls[SAGA_UPDATE_CALLS_MAX];
    uint8_t len = saga_session_in_flight(m->plan, &m->stored, calls);
    uint32_t drawn = draw(stream, 20);
    struct saga_event event = {.kind = SAGA_TICK};
    if (drawn == 0) {
        event.kind = SAGA_CANCEL;
    } else if (drawn == 1) {
        event.kind = (uint8_t)(SAGA_RETRY + draw(stream, 2));
        event.call = (uint8_t)(SAGA_STEPS_MAX + draw(stream, m->plan->compensations_len));
    } else if (drawn < 5 || len == 0) {
        uint64_t wake_at_ns = saga_session_wake_at_ns(m->plan, &m->stored);
        event.now_ns = wake_at_ns == SAGA_NEVER ? d->now_ns : wake_at_ns;
    } else {
        struct saga_call call = calls[draw(stream, len)];
        event.kind = SAGA_REPLY;
        event.call = call.call;
        event.attempt = call.attempt;
        event.answer = drawn < 16   ? SAGA_ANSWER_OK
                       : drawn < 18 ? SAGA_ANSWER_REJECTED
                                    : SAGA_ANSWER_UNAVAILABLE;
        snprintf(event.code, sizeof(event.code), "code_%u", (unsigned)draw(stream, 3));
    }
    return event;
}

bool apply_anything(struct desk *d, struct member *m, uint64_t *stream)
{
    return m->stored.version == 0 ? apply_start(d, m) : apply(d, m, any_event(d, m, stream));
}
