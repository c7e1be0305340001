#include "tests/runtime/sqlite/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "runtime/sqlite/adapter.h"
#include "tests/runtime/support/fault_vfs.h"

static const char *const contents[] = {
    "SELECT quote(number), name, version FROM plan ORDER BY number",
    "SELECT number, id, version, plan, wake_at, closed_at, quote(session) FROM checkout "
    "ORDER BY number",
    "SELECT checkout, cart, quote(context), traceparent FROM request ORDER BY checkout",
    "SELECT * FROM event ORDER BY position",
    "SELECT * FROM outbox ORDER BY channel, position",
    "SELECT * FROM origin ORDER BY number",
    "SELECT * FROM head",
    "SELECT checkout, id, plan, plan_version, status, compensation, closed, step, reason, code, "
    "started_at, updated_at, events, steps, quote(undone) FROM checkout_progress ORDER BY checkout",
    "SELECT * FROM progress_tally WHERE checkouts > 0 ORDER BY status",
    "SELECT * FROM checkpoint",
};

static uint64_t add_rows(sqlite3 *handle, const char *sql, uint64_t hash)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    int rc = sqlite3_step(statement);
    for (; rc == SQLITE_ROW; rc = sqlite3_step(statement)) {
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const char *text = (const char *)sqlite3_column_text(statement, i);
            hash = saga_hash_bytes(hash, text == NULL ? "" : text, text == NULL ? 1 : strlen(text));
            hash = saga_hash_bytes(hash, "|", 1);
        }
    }
    assert_int_equal(rc, SQLITE_DONE);
    sqlite3_finalize(statement);
    return saga_hash_bytes(hash, "#", 1);
}

uint64_t stored_now(struct desk *d)
{
    sqlite3 *handle = adapter_of(d->store)->database.handle;
    uint64_t hash = SAGA_HASH_SEED;
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        hash = add_rows(handle, contents[i], hash);
    }
    return hash;
}

uint64_t stored_after_all(struct desk *d)
{
    char found[64] = "";
    close_store(d);
    fault_vfs_disarm();
    enum store_result result = open_store(d);
    assert_string_equal(d->why, "");
    assert_int_equal(result, STORE_OK);
    assert_int_equal(database_ask_text(&adapter_of(d->store)->database, "PRAGMA integrity_check",
                                       found, sizeof(found)),
                     STORE_OK);
    assert_string_equal(found, "ok");
    uint64_t stored = stored_now(d);
    close_store(d);
    return stored;
}

static enum store_result do_commit(struct desk *d, const struct story_operation *operation)
{
    struct store_write writes[STORY_MEMBERS_MAX];
    for (size_t i = 0; i < operation->members_len; i++) {
        writes[i] = write_of(&operation->members[i]);
    }
    struct store_batch batch = {
        .writes = writes,
        .writes_len = operation->members_len,
        .taken = &operation->taken,
        .taken_len = operation->taken.to == 0 ? 0 : 1,
        .channels = d->channels,
        .now_ns = operation->now_ns,
        .stamp = {.wall_ns = (int64_t)operation->now_ns, .corrected_ns = operation->now_ns}};
    enum store_result result = d->store->operations->commit(d->store, &batch);
    for (size_t i = 0; result == STORE_OK && i < operation->members_len; i++) {
        assert_false(writes[i].conflict);
    }
    return result;
}

/* The log is written into the database often, and cut, so that faults meet that as well. */
static enum store_result do_open(struct desk *d)
{
    enum store_result result = open_store(d);
    if (result == STORE_OK) {
        result = database_execute(&adapter_of(d->store)->database,
                                  "PRAGMA wal_autocheckpoint = 20; PRAGMA journal_size_limit = 0");
        if (result != STORE_OK) {
            close_store(d);
        }
    }
    return result;
}

enum store_result do_operation(struct desk *d, const struct story *story, size_t i)
{
    const struct story_operation *operation = &story->operations[i];
    size_t len = 0;
    switch (operation->kind) {
    case STORY_OPEN:
        return do_open(d);
    case STORY_CLOSE:
        close_store(d);
        return STORE_OK;
    case STORY_COMMIT:
        return do_commit(d, operation);
    case STORY_PROJECT:
        return d->store->operations->project(d->store, 5, &len);
    case STORY_FORGET:
        return d->store->operations->forget(d->store, SAGA_NEVER, 5, &len);
    }
    return STORE_FAILED;
}

size_t tell_until_it_fails(struct desk *d, const struct story *story, enum store_result *result)
{
    for (size_t i = 0; i < story->len; i++) {
        *result = do_operation(d, story, i);
        if (*result != STORE_OK) {
            return i;
        }
    }
    return story->len;
}

void given_disk(struct desk *d)
{
    given_folder(d);
    d->options.vfs = fault_vfs_name();
}

void clear_disk(struct desk *d)
{
    close_store(d);
    fault_vfs_reset();
    clear_away(d);
}

void expect_one_of(uint64_t stored, uint64_t either, uint64_t other)
{
    if (stored != either && stored != other) {
        fail_msg("half of something is stored");
    }
}

uint64_t story_next(uint64_t n)
{
    return getenv("BACKSTEP_LONG") != NULL || n < 8 ? n + 1 : n + 31;
}

/* Tells the next operation, and notes what is stored then. */
static struct story_operation *tell(struct desk *d, struct story *story, enum story_kind kind)
{
    assert_in_range(story->len, 0, STORY_OPERATIONS_MAX - 1);
    struct story_operation *operation = &story->operations[story->len];
    d->now_ns += SECOND_NS;
    operation->kind = kind;
    operation->now_ns = d->now_ns;
    return operation;
}

static void done(struct desk *d, struct story *story)
{
    assert_int_equal(do_operation(d, story, story->len), STORE_OK);
    story->len++;
    story->expected[story->len] =
        d->store == NULL ? story->expected[story->len - 1] : stored_now(d);
}

static void tell_simple(struct desk *d, struct story *story, enum story_kind kind)
{
    tell(d, story, kind);
    done(d, story);
}

/* What can be applied to these is committed together, with what is taken. */
static void tell_commit(struct desk *d, struct story *story, struct member *const *members,
                        size_t len, uint64_t taken_to)
{
    struct story_operation *operation = tell(d, story, STORY_COMMIT);
    for (size_t i = 0; i < len; i++) {
        struct member *m = members[i];
        bool applied = m->stored.version == 0 ? apply_start(d, m) : apply_ok(d, m);
        if (applied) {
            snprintf(m->origin.source, sizeof(m->origin.source), "/service");
            snprintf(m->origin.id, sizeof(m->origin.id), "%zu-%zu", story->len, i);
            operation->members[operation->members_len++] = *m;
            m->stored = m->next;
        }
    }
    operation->taken = (struct store_taken){
        .channel = story->len % 2 == 0 ? STORE_CHANNEL_SINK : STORE_CHANNEL_NOTIFICATION,
        .from = 1,
        .to = taken_to};
    done(d, story);
}

static void tell_rejection(struct desk *d, struct story *story, struct member *m)
{
    struct story_operation *operation = tell(d, story, STORY_COMMIT);
    assert_true(apply_rejected(d, m, "declined"));
    operation->members[operation->members_len++] = *m;
    m->stored = m->next;
    done(d, story);
}

static void tell_all(struct desk *d, struct story *story, struct member m[STORY_MEMBERS_MAX])
{
    struct member *const all[] = {&m[0], &m[1], &m[2]};
    tell_simple(d, story, STORY_OPEN);
    tell_commit(d, story, all, 1, 0);
    tell_commit(d, story, all, 3, 0);
    tell_commit(d, story, all, 2, 0);
    tell_simple(d, story, STORY_PROJECT);
    tell_commit(d, story, all, 2, 0);
    tell_rejection(d, story, &m[1]);
    tell_commit(d, story, all, 3, 3);
    tell_simple(d, story, STORY_CLOSE);
    tell_simple(d, story, STORY_OPEN);
    for (unsigned i = 0; i < 5; i++) {
        tell_commit(d, story, all, 2, 0);
    }
    tell_simple(d, story, STORY_PROJECT);
    tell_simple(d, story, STORY_PROJECT);
    tell_commit(d, story, NULL, 0, UINT64_MAX);
    tell_commit(d, story, NULL, 0, UINT64_MAX);
    tell_simple(d, story, STORY_PROJECT);
    tell_simple(d, story, STORY_FORGET);
    tell_commit(d, story, all, 3, 0);
    tell_simple(d, story, STORY_CLOSE);
}

void given_story(struct story *story)
{
    struct desk d;
    struct member members[STORY_MEMBERS_MAX];
    memset(story, 0, sizeof(*story));
    given_disk(&d);
    assert_int_equal(open_store(&d), STORE_OK);
    story->expected[0] = stored_now(&d); /* an empty store */
    close_store(&d);
    for (size_t i = 0; i < STORY_MEMBERS_MAX; i++) {
        char id[2] = {(char)('a' + i), '\0'};
        given_member(&d, &members[i], id, d.plans[i % 2]);
        members[i].plan = &saga_checkout_plan; /* outlives this desk */
    }
    tell_all(&d, story, members);
    clear_disk(&d);
}
