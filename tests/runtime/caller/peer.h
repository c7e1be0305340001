/*
 * A service as a test scripts it: a TCP server on 127.0.0.1 that reads one HTTP request after the
 * other and answers each, byte for byte, as the script says for its path.
 */
#ifndef BACKSTEP_TESTS_RUNTIME_CALLER_PEER_H
#define BACKSTEP_TESTS_RUNTIME_CALLER_PEER_H

#include <stdbool.h>
#include <stddef.h>

enum peer_manner {
    PEER_KEEP,     /* says it, and waits for the next request */
    PEER_CLOSE,    /* says it, and closes */
    PEER_HOLD,     /* says it once peer_release() was called */
    PEER_REPEAT,   /* says it, and says `again` again and again until the other side has enough */
    PEER_DRIP,     /* says it a byte at a time, a millisecond between two */
    PEER_HALF_READ /* closes, with a reset, once it has the head, whatever of the body is to come */
};

struct peer_answer {
    const char *path; /* of the request; NULL: any */
    enum peer_manner manner;
    const char *bytes; /* NULL: nothing */
    const char *again;
};

struct peer;

/* The script is ended by an answer to any path; it outlives the peer. */
struct peer *peer_start(const struct peer_answer *script);
void peer_release(struct peer *peer);
void peer_stop(struct peer *peer);

/* The base URL, "http://127.0.0.1:PORT/base". */
const char *peer_url(const struct peer *peer);
unsigned peer_port(const struct peer *peer);

/* Since the start. */
unsigned peer_connections(struct peer *peer);
unsigned peer_requests(struct peer *peer);
/* Requests that were not answered yet, now and at the most. */
unsigned peer_pending(struct peer *peer);
unsigned peer_pending_most(struct peer *peer);
/* The text of the last request, head and body; valid until the peer is stopped. */
const char *peer_last(struct peer *peer);

#endif
