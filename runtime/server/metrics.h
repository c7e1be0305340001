/* What the server counts of itself, from any thread. */
#ifndef BACKSTEP_RUNTIME_SERVER_METRICS_H
#define BACKSTEP_RUNTIME_SERVER_METRICS_H

#include <pthread.h>
#include <stdint.h>

#include "runtime/server/prometheus.h"
#include "runtime/server/routes.h"

/* Every status that a route answers; another one would be a bug of ours. */
#define METRICS_STATUSES(X)                                                                        \
    X(200)                                                                                         \
    X(202)                                                                                         \
    X(304)                                                                                         \
    X(400)                                                                                         \
    X(401) X(403) X(404) X(405) X(408) X(409) X(413) X(414) X(415) X(422) X(431) X(500) X(503)

/* Upper bounds of the latencies that are told apart: microseconds, seconds as text. */
#define METRICS_BUCKETS(X)                                                                         \
    X(500, "0.0005")                                                                               \
    X(1000, "0.001")                                                                               \
    X(2500, "0.0025")                                                                              \
    X(5000, "0.005")                                                                               \
    X(10000, "0.01")                                                                               \
    X(25000, "0.025")                                                                              \
    X(50000, "0.05")                                                                               \
    X(100000, "0.1")                                                                               \
    X(250000, "0.25")                                                                              \
    X(500000, "0.5")                                                                               \
    X(1000000, "1")                                                                                \
    X(2500000, "2.5")                                                                              \
    X(10000000, "10")

#define X(status) +1
enum { METRICS_STATUSES_LEN = 0 METRICS_STATUSES(X) };
#undef X
#define X(us, text) +1
enum { METRICS_BUCKETS_LEN = 0 METRICS_BUCKETS(X) };
#undef X

struct metrics_route {
    uint64_t by_status[METRICS_STATUSES_LEN];
    uint64_t by_bucket[METRICS_BUCKETS_LEN + 1]; /* not summed up; the last: longer than any */
    uint64_t took_ns;
};

struct metrics {
    pthread_mutex_t lock;
    struct metrics_route routes[ROUTES_LEN];
    uint64_t late;      /* inputs that the engine did not answer in time */
    uint64_t forgotten; /* answers of the engine that nobody waited for any more */
};

void metrics_init(struct metrics *metrics);
void metrics_destroy(struct metrics *metrics);

/* A request was answered. */
void metrics_count(struct metrics *metrics, enum route_id route, unsigned status, uint64_t took_ns);
void metrics_count_late(struct metrics *metrics);
void metrics_count_forgotten(struct metrics *metrics);

void metrics_write(struct metrics *metrics, struct prometheus *text);

#endif
