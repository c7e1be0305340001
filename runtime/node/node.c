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
    };
    memset(buckets, 0xFF, buckets_len * sizeof(*buckets));
}

void node_clear(struct node *node)
{
    for (uint32_t slot = 0; slot < node->entries_len; slot++) {
        node->buckets[bucket_of(node, node->entries[slot].id)] = NODE_NO_SLOT;
    }
    node->entries_len = 0;
}

const struct saga_session *node_session(const struct node *node, uint32_t slot)
{
    assert(slot < node->entries_len);
    const struct node_entry *entry = &node->entries[slot];
    return &entry->sessions[entry->current];
}

uint32_t node_find(const struct node *node, const char *id)
{
    uint32_t slot = node->buckets[bucket_of(node, id)];
    while (slot != NODE_NO_SLOT && !is_id(node->entries[slot].id, id)) {
        slot = node->entries[slot].next;
    }
    return slot;
}

/* Takes the next entry for this id. The caller has seen that there is room. */
static uint32_t add_entry(struct node *node, const struct saga_plan *plan, const char *id)
{
    uint32_t slot = node->entries_len++;
    uint32_t bucket = bucket_of(node, id);
    struct node_entry *entry = &node->entries[slot];
    entry->plan = plan;
    memset(entry->id, 0, sizeof(entry->id));
    for (size_t i = 0; i < SAGA_ID_MAX && id[i] != '\0'; i++) {
        entry->id[i] = id[i];
    }
    entry->wake_at_ns = SAGA_NEVER;
    entry->current = 0;
    entry->staged = false;
    entry->unloaded = false;
    entry->next = node->buckets[bucket];
    node->buckets[bucket] = slot;
    return slot;
}

/* Gives the last entry back. */
static void drop_entry(struct node *node, uint32_t slot)
{
    assert(slot == node->entries_len - 1);
    node->buckets[bucket_of(node, node->entries[slot].id)] = node->entries[slot].next;
    node->entries_len--;
}

/* Lets the core apply the event to a copy: the session itself moves on when the copy is durable. */
static enum node_status stage(struct node *node, uint32_t slot, const struct saga_event *event,
                              struct node_commit *commit)
{
    struct node_entry *entry = &node->entries[slot];
    const struct saga_session *before = &entry->sessions[entry->current];
    struct saga_session *after = &entry->sessions[entry->current ^ 1];
    memcpy(after, before, sizeof(*after));
    commit->slot = slot;
    commit->expected_version = before->version;
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

enum node_status node_start(struct node *node, const struct saga_plan *plan,
                            const struct saga_event *event, struct node_commit *commit)
{
    assert(event->kind == SAGA_START);
    if (!has_end(event->start.id)) { /* the core would refuse it; here it could not be looked up */
        commit->slot = NODE_NO_SLOT;
        commit->result = SAGA_ERROR_INVALID_STATE;
        return NODE_REFUSED;
    }
    uint32_t slot = node_find(node, event->start.id);
    if (slot != NODE_NO_SLOT) {
        return node_handle(node, slot, event, commit);
    }
    commit->slot = NODE_NO_SLOT;
    if (node->entries_len == node->entries_max) {
        return NODE_FULL;
    }
    slot = add_entry(node, plan, event->start.id);
    struct saga_session *session = &node->entries[slot].sessions[0];
    memset(session, 0, sizeof(*session));
    enum node_status status = stage(node, slot, event, commit);
    if (status != NODE_STAGED) {
        drop_entry(node, slot); /* it never was a checkout */
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
    struct node_entry *entry = &node->entries[commit->slot];
    assert(entry->staged);
    entry->staged = false;
    switch (outcome) {
    case NODE_COMMITTED:
        entry->current ^= 1;
        entry->wake_at_ns = commit->update->wake_at_ns;
        break;
    case NODE_CONFLICT:
    case NODE_UNKNOWN:
        entry->unloaded = true;
        break;
    }
}

uint32_t node_load(struct node *node, const struct saga_session *session, enum saga_result *result)
{
    const struct saga_plan *plan = NULL;
    for (uint32_t i = 0; i < node->plans_len && plan == NULL; i++) {
        plan = saga_session_is_of(session, node->plans[i]) ? node->plans[i] : NULL;
    }
    *result = plan == NULL ? SAGA_ERROR_UNKNOWN_PLAN : SAGA_OK; /* R19 */
    if (plan == NULL) {
        return NODE_NO_SLOT;
    }
    uint32_t slot = node_find(node, session->id);
    if (slot == NODE_NO_SLOT) {
        if (node->entries_len == node->entries_max) {
            return NODE_NO_SLOT;
        }
        slot = add_entry(node, plan, session->id);
    }
    struct node_entry *entry = &node->entries[slot];
    assert(!entry->staged);
    entry->plan = plan; /* perhaps another version than the one that we had started it on */
    memcpy(&entry->sessions[entry->current], session, sizeof(*session));
    entry->unloaded = false;
    entry->wake_at_ns = saga_session_wake_at_ns(plan, session);
    return slot;
}
