#include "runtime/node/node.h"

#include <assert.h>
#include <string.h>

#include "core/hash.h"

/* The node is linked into whatever drives it: like the core it needs no C library. */
static bool is_id(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* Ids come from outside: not every one is a string. */
static bool has_end(const char id[SAGA_ID_MAX + 1])
{
    size_t len = 0;
    while (len <= SAGA_ID_MAX && id[len] != '\0') {
        len++;
    }
    return len <= SAGA_ID_MAX;
}

static uint32_t bucket_of(const struct node *node, const char *id)
{
    uint64_t hash = SAGA_HASH_SEED;
    for (const char *p = id; *p != '\0'; p++) {
        hash = saga_hash_bytes(hash, p, 1);
    }
    return (uint32_t)saga_hash_mix(hash) & node->buckets_mask;
}

void node_init(struct node *node, const struct saga_plan *const *plans, uint32_t plans_len,
               struct node_entry *entries, uint32_t entries_max, uint32_t *buckets,
               uint32_t buckets_len)
{
    assert(buckets_len > 0 && (buckets_len & (buckets_len - 1)) == 0);
    assert(entries_max < NODE_NO_SLOT);
    *node = (struct node){
        .plans = plans,
        .plans_len = plans_len,
        .entries = entries,
        .entries_max = entries_max,
        .buckets = buckets,
        .buckets_mask = buckets_len - 1,
        .free = NODE_NO_SLOT,
    };
    memset(buckets, 0xFF, buckets_len * sizeof(*buckets));
}

void node_clear(struct node *node)
{
    for (uint32_t slot = 0; slot < node->entries_len; slot++) {
        node->buckets[node->entries[slot].bucket] = NODE_NO_SLOT;
    }
    node->entries_len = 0;
    node->free = NODE_NO_SLOT;
}

const struct saga_session *node_session(const struct node *node, uint32_t slot)
{
    assert(slot < node->entries_len);
    const struct node_entry *entry = &node->entries[slot];
    return &entry->sessions[entry->current];
}

/* The entry for this id, in its bucket. */
static uint32_t find_in(const struct node *node, uint32_t bucket, const char *id)
{
    uint32_t slot = node->buckets[bucket];
    while (slot != NODE_NO_SLOT && !is_id(node->entries[slot].id, id)) {
        slot = node->entries[slot].next;
    }
    return slot;
}

uint32_t node_find(const struct node *node, const char *id)
{
    return find_in(node, bucket_of(node, id), id);
}

/* A slot that is free, also one that was never used; NODE_NO_SLOT when there is none. */
static uint32_t take_free(struct node *node)
{
    uint32_t slot = node->free;
    if (slot != NODE_NO_SLOT) {
        node->free = node->entries[slot].next;
        return slot;
    }
    return node->entries_len < node->entries_max ? node->entries_len++ : NODE_NO_SLOT;
}

/* Takes an entry for this id, in its bucket; NODE_NO_SLOT when there is no room. */
static uint32_t add_to(struct node *node, uint32_t bucket, const char *id)
{
    uint32_t slot = take_free(node);
    if (slot == NODE_NO_SLOT) {
        return NODE_NO_SLOT;
    }
    struct node_entry *entry = &node->entries[slot];
    memset(entry->id, 0, sizeof(entry->id));
    for (size_t i = 0; i < SAGA_ID_MAX && id[i] != '\0'; i++) {
        entry->id[i] = id[i];
    }
    memset(&entry->sessions[0], 0, sizeof(entry->sessions[0]));
    entry->wake_at_ns = SAGA_NEVER;
    entry->published = 0;
    entry->current = 0;
    entry->staged = false;
    entry->unloaded = false;
    entry->in_doubt = false;
    entry->bucket = bucket;
    entry->next = node->buckets[bucket];
    node->buckets[bucket] = slot;
    return slot;
}

void node_forget(struct node *node, uint32_t slot)
{
    assert(slot < node->entries_len);
    struct node_entry *entry = &node->entries[slot];
    assert(!entry->staged);
    uint32_t *link = &node->buckets[entry->bucket];
    while (*link != slot) {
        assert(*link != NODE_NO_SLOT);
        link = &node->entries[*link].next;
    }
    *link = entry->next;
    entry->next = node->free;
    node->free = slot;
}

/* Lets the core apply the event to a copy: the session itself moves on when the copy is durable. */
static inline enum node_status stage(struct node *node, uint32_t slot,
                                     const struct saga_event *event, struct node_commit *commit)
{
    struct node_entry *entry = &node->entries[slot];
    const struct saga_session *before = &entry->sessions[entry->current];
    struct saga_session *after = &entry->sessions[entry->current ^ 1];
    memcpy(after, before, sizeof(*after));
    commit->slot = slot;
    commit->expected_version = before->version;
    commit->published = entry->published;
    commit->session = after;
    commit->update = &entry->update;
    commit->plan = entry->plan;
    commit->result = saga_apply(entry->plan, after, event, &entry->update);
    if (commit->result != SAGA_OK) {
        return NODE_REFUSED;
    }
    if (!entry->update.accepted) {
        return NODE_IGNORED;
    }
    entry->staged = true;
    return NODE_STAGED;
}

/* R18: of a checkout that is here; or one of which nothing is stored, perhaps on another plan. */
static enum node_status start_again(struct node *node, uint32_t slot, const struct saga_plan *plan,
                                    const struct saga_event *event, struct node_commit *commit)
{
    struct node_entry *entry = &node->entries[slot];
    bool is_new = !entry->staged && !entry->unloaded && node_session(node, slot)->version == 0;
    if (is_new) {
        entry->plan = plan;
    }
    return node_handle(node, slot, event, commit);
}

enum node_status node_start(struct node *node, const struct saga_plan *plan,
                            const struct saga_event *event, struct node_commit *commit)
{
    assert(event->kind == SAGA_START);
    if (!has_end(event->start.id)) { /* the core would refuse it; here it could not be looked up */
        commit->slot = NODE_NO_SLOT;
        commit->result = SAGA_ERROR_INVALID_STATE;
        return NODE_REFUSED;
    }
    uint32_t bucket = bucket_of(node, event->start.id);
    uint32_t slot = find_in(node, bucket, event->start.id);
    if (slot != NODE_NO_SLOT) {
        return start_again(node, slot, plan, event, commit);
    }
    slot = add_to(node, bucket, event->start.id);
    commit->slot = slot;
    if (slot == NODE_NO_SLOT) {
        return NODE_FULL;
    }
    node->entries[slot].plan = plan;
    enum node_status status = stage(node, slot, event, commit);
    if (status != NODE_STAGED) {
        node_forget(node, slot); /* it never was a checkout */
        commit->slot = NODE_NO_SLOT;
    }
    return status;
}

enum node_status node_handle(struct node *node, uint32_t slot, const struct saga_event *event,
                             struct node_commit *commit)
{
    assert(slot < node->entries_len);
    const struct node_entry *entry = &node->entries[slot];
    if (entry->staged) {
        return NODE_BUSY;
    }
    if (entry->unloaded) {
        return NODE_UNLOADED;
    }
    return stage(node, slot, event, commit);
}

void node_settle(struct node *node, const struct node_commit *commit, enum node_outcome outcome)
{
    assert(commit->slot < node->entries_len);
    struct node_entry *entry = &node->entries[commit->slot];
    assert(entry->staged);
    entry->staged = false;
    switch (outcome) {
    case NODE_COMMITTED:
        entry->current ^= 1;
        entry->wake_at_ns = commit->update->wake_at_ns;
        break;
    case NODE_UNKNOWN:
        entry->in_doubt = true;
        entry->unloaded = true;
        break;
    case NODE_CONFLICT:
        entry->unloaded = true;
        break;
    }
}

/* The node's plan that the session runs on; NULL for none. */
static const struct saga_plan *plan_of(const struct node *node, const struct saga_session *session)
{
    for (uint32_t i = 0; i < node->plans_len; i++) {
        if (saga_session_is_of(session, node->plans[i])) {
            return node->plans[i];
        }
    }
    return NULL;
}

/* What was staged is what is stored: moves on to it, and tells the commit as it was staged. */
static void go_on(struct node_entry *entry, struct node_commit *commit)
{
    commit->result = SAGA_OK;
    commit->expected_version = entry->sessions[entry->current].version;
    entry->current ^= 1;
    commit->session = &entry->sessions[entry->current];
    commit->update = &entry->update;
    commit->plan = entry->plan;
    entry->wake_at_ns = entry->update.wake_at_ns;
}

static void take(struct node_entry *entry, const struct saga_plan *plan,
                 const struct saga_session *stored)
{
    entry->plan = plan; /* perhaps another version than the one that we had started it on */
    memcpy(&entry->sessions[entry->current], stored, sizeof(*stored));
    entry->wake_at_ns = saga_session_wake_at_ns(plan, stored);
}

enum node_loaded node_load(struct node *node, const struct saga_session *stored, uint32_t published,
                           struct node_commit *commit)
{
    commit->slot = NODE_NO_SLOT;
    const struct saga_plan *plan = plan_of(node, stored);
    if (plan == NULL) { /* R19 */
        return NODE_UNKNOWN_PLAN;
    }
    uint32_t bucket = bucket_of(node, stored->id);
    uint32_t slot = find_in(node, bucket, stored->id);
    if (slot == NODE_NO_SLOT) {
        slot = add_to(node, bucket, stored->id);
    }
    commit->slot = slot;
    if (slot == NODE_NO_SLOT) {
        return NODE_NO_ROOM;
    }
    struct node_entry *entry = &node->entries[slot];
    assert(!entry->staged);
    const struct saga_session *staged = &entry->sessions[entry->current ^ 1];
    bool goes_on = entry->in_doubt && memcmp(staged, stored, sizeof(*stored)) == 0;
    if (goes_on) {
        commit->published = published;
        go_on(entry, commit);
    } else {
        take(entry, plan, stored);
    }
    entry->unloaded = false;
    entry->in_doubt = false;
    node_published(node, slot, published < stored->events_len ? published : stored->events_len);
    return goes_on ? NODE_CONTINUED : NODE_LOADED;
}

void node_load_nothing(struct node *node, uint32_t slot)
{
    assert(slot < node->entries_len);
    struct node_entry *entry = &node->entries[slot];
    assert(entry->unloaded);
    assert(node_session(node, slot)->version == 0);
    entry->unloaded = false;
    entry->in_doubt = false;
}

uint8_t node_in_flight(const struct node *node, uint32_t slot,
                       struct saga_call calls[SAGA_UPDATE_CALLS_MAX])
{
    const struct saga_session *session = node_session(node, slot);
    const struct node_entry *entry = &node->entries[slot];
    return entry->unloaded ? 0 : saga_session_in_flight(entry->plan, session, calls);
}

uint32_t node_unpublished(const struct node *node, uint32_t slot, uint32_t *from)
{
    *from = node->entries[slot].published;
    return node_session(node, slot)->events_len;
}

void node_published(struct node *node, uint32_t slot, uint32_t sequence)
{
    assert(sequence <= node_session(node, slot)->events_len);
    struct node_entry *entry = &node->entries[slot];
    entry->published = sequence > entry->published ? sequence : entry->published;
}
