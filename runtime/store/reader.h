/*
 * Reading what is stored, beside the one who writes: for the REST API, the stream and metrics. A
 * reader belongs to one thread. It sees what was committed, and never waits for the writer.
 */
#ifndef BACKSTEP_RUNTIME_STORE_READER_H
#define BACKSTEP_RUNTIME_STORE_READER_H

#include "runtime/node/progress.h"
#include "runtime/store/store.h"

/* A row of the read model `checkout_progress`. */
struct store_progress {
    char id[SAGA_ID_MAX + 1];
    char plan[SAGA_NAME_MAX + 1];
    uint32_t plan_version;
    uint64_t started_ns; /* when its first event was committed, and its last; corrected time */
    uint64_t updated_ns;
    char step[SAGA_NAME_MAX + 1]; /* of the failure or expiry, as its event told; else "" */
    char reason[SAGA_NAME_MAX + 1];
    char code[SAGA_CODE_MAX + 1];
    struct node_progress progress;
};

/* Which rows; a zeroed filter lets every row pass. Each condition is one more that must hold. */
struct store_filter {
    bool has_status;
    uint8_t status; /* enum saga_status */
    bool stuck;     /* only those that wait for an operator, or have stalled, and are open */
    bool open;      /* only those that are not closed */
    char after[SAGA_ID_MAX + 1]; /* rows that come behind this id; "" to begin */
};

/* How many checkouts the read model holds. */
struct store_tally {
    uint64_t by_status[SAGA_STATUS_EXPIRED + 1];
    uint64_t open;
    uint64_t stuck;
    uint64_t owed[STORE_CHANNELS]; /* events that a channel has not taken */
    uint64_t last_position;        /* of the last event stored; 0: none */
    uint64_t projected_position;   /* of the last event in the read model */
};

struct store_reader;

struct store_reader_operations {
    /* STORE_NOTHING when there is no such checkout. */
    enum store_result (*load)(struct store_reader *reader, const char *id,
                              struct store_checkout *checkout);
    /* Rows of the read model by id; fewer than `max`: those were the last. */
    enum store_result (*list)(struct store_reader *reader, const struct store_filter *filter,
                              size_t max, struct store_progress *rows, size_t *len);
    /* Events of one checkout from `sequence` on. */
    enum store_result (*events_of)(struct store_reader *reader, const char *id, uint32_t sequence,
                                   size_t max, struct store_event *events, size_t *len);
    /* Events of all with positions above `after`, in their order. */
    enum store_result (*events_after)(struct store_reader *reader, uint64_t after, size_t max,
                                      struct store_event *events, size_t *len);
    enum store_result (*tally)(struct store_reader *reader, struct store_tally *tally);
    const char *(*why)(const struct store_reader *reader);
    void (*close)(struct store_reader *reader);
};

struct store_reader {
    const struct store_reader_operations *operations;
};

#endif
