/*
 * What is sent to the sandbox, from JSON to plain values. What the daemon sends is held to the
 * letter of docs/writing_a_service.md, so that the sandbox notices when it is not kept. Every
 * function returns true, or false with what is wrong in `why`.
 */
#ifndef BACKSTEP_SIM_SANDBOX_RECEIVED_H
#define BACKSTEP_SIM_SANDBOX_RECEIVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/plan.h"
#include "sim/sandbox/ledger.h"

enum { RECEIVED_WHY_SIZE = 160, RECEIVED_EVENTS_MAX = 256 };

/* Headers that go with a body; NULL: not sent. */
struct received_headers {
    const char *key;      /* Idempotency-Key: <id>:<call>:<epoch> */
    const char *attempt;  /* Backstep-Attempt: as in the body */
    const char *checkout; /* Backstep-Checkout: as in the body */
};

/* {"checkout", "call", "attempt", "cart", "flags", "context"}, under its key. */
struct received_call {
    char id[SAGA_ID_MAX + 1];
    uint8_t call;
    uint8_t epoch;
    uint16_t flags;
    uint32_t attempt;
};

/* `call`: the one that the path names. */
bool received_read_call(const struct saga_plan *plan, uint8_t call,
                        const struct received_headers *headers, const char *bytes, size_t len,
                        struct received_call *message, char why[RECEIVED_WHY_SIZE]);

/* A CloudEvent of the daemon: id "ID:SEQUENCE", subject ID, data.sequence. */
struct received_event {
    char id[SAGA_ID_MAX + 1];
    uint32_t sequence;
    struct ledger_event event;
};

/* One of them, or an array of at most RECEIVED_EVENTS_MAX. */
bool received_read_events(const struct saga_plan *plan, const char *bytes, size_t len,
                          struct received_event events[RECEIVED_EVENTS_MAX], size_t *events_len,
                          char why[RECEIVED_WHY_SIZE]);

/* A notification: a CloudEvent as above; its key is the Idempotency-Key header, else its id. */
struct received_notice {
    char id[SAGA_ID_MAX + 1];
    uint64_t key; /* hash */
};

bool received_read_notice(const struct saga_plan *plan, const struct received_headers *headers,
                          const char *bytes, size_t len, struct received_notice *notice,
                          char why[RECEIVED_WHY_SIZE]);

#endif
