/* What the engine committed, as plain values: to be committed again by somebody else. */
#ifndef BACKSTEP_TESTS_BENCH_TAPE_H
#define BACKSTEP_TESTS_BENCH_TAPE_H

#include "core/codec.h"
#include "runtime/store/store.h"

struct tape_write {
    char id[SAGA_ID_MAX + 1];
    uint32_t checkout; /* counted from 1, in the order of starts: the number of its row */
    uint64_t version;
    uint64_t wake_at_ns; /* SAGA_NEVER: none */
    uint64_t closed_ns;  /* SAGA_NEVER: it is open */
    uint8_t session[SAGA_CODEC_SIZE];
    uint8_t events_len;
    struct saga_domain_event events[SAGA_UPDATE_EVENTS_MAX];
    const char *names[SAGA_UPDATE_EVENTS_MAX]; /* of the events; the plan's */
    char cart[SAGA_ID_MAX + 1];                /* of a start */
    uint32_t context_len;
    uint8_t context[SAGA_CONTEXT_MAX];
};

struct tape_batch {
    uint32_t writes_len;
    uint32_t taken_len;
    uint64_t now_ns;
    struct node_stamp stamp;
    struct store_taken taken[STORE_CHANNELS];
    uint8_t channels;
};

struct tape {
    struct tape_write *writes;
    struct tape_batch *batches;
    uint32_t writes_len;
    uint32_t writes_max;
    uint32_t batches_len;
    uint32_t batches_max;
    uint32_t checkouts;
};

bool tape_init(struct tape *tape, uint32_t writes_max, uint32_t batches_max);
void tape_free(struct tape *tape);

/* From now on what this store commits is recorded on the tape, which is empty again. One store at
 * a time. */
void tape_record(struct tape *tape, struct store *store);

#endif
