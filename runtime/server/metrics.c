#include "runtime/server/metrics.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const unsigned statuses[] = {
#define X(status) status,
    METRICS_STATUSES(X)
#undef X
};

static const struct {
    uint64_t max_us;
    const char *seconds;
} buckets[] = {
#define X(us, text) {us, text},
    METRICS_BUCKETS(X)
#undef X
};

void metrics_init(struct metrics *m)
{
    memset(m, 0, sizeof(*m));
    pthread_mutex_init(&m->lock, NULL);
}

void metrics_destroy(struct metrics *m)
{
    pthread_mutex_destroy(&m->lock);
}

void metrics_count(struct metrics *m, enum route_id route, unsigned status, uint64_t took_ns)
{
    size_t column = 0;
    while (statuses[column] != status) {
        column++;
        assert(column < METRICS_STATUSES_LEN);
    }
    size_t bucket = 0;
    while (bucket < METRICS_BUCKETS_LEN && took_ns > buckets[bucket].max_us * 1000) {
        bucket++;
    }
    pthread_mutex_lock(&m->lock);
    m->routes[route].by_status[column]++;
    m->routes[route].by_bucket[bucket]++;
    m->routes[route].took_ns += took_ns;
    pthread_mutex_unlock(&m->lock);
}

void metrics_count_late(struct metrics *m)
{
    pthread_mutex_lock(&m->lock);
    m->late++;
    pthread_mutex_unlock(&m->lock);
}

void metrics_count_forgotten(struct metrics *m)
{
    pthread_mutex_lock(&m->lock);
    m->forgotten++;
    pthread_mutex_unlock(&m->lock);
}

static void write_requests(const struct metrics *m, struct prometheus *text)
{
    static const char name[] = "backstep_http_requests_total";
    prometheus_family(text, name, "counter", "Requests answered, by route and status.");
    for (size_t r = 0; r < ROUTES_LEN; r++) {
        const struct route *route = route_at((enum route_id)r);
        for (size_t s = 0; s < METRICS_STATUSES_LEN; s++) {
            if (m->routes[r].by_status[s] == 0) {
                continue;
            }
            char status[8];
            snprintf(status, sizeof(status), "%u", statuses[s]);
            prometheus_sample(
                text, name,
                &(struct prometheus_labels){
                    {{"method", route->method}, {"route", route->path}, {"status", status}}},
                m->routes[r].by_status[s]);
        }
    }
}

static void write_latencies_of(const struct metrics_route *counted, const struct route *route,
                               struct prometheus *text)
{
    struct prometheus_labels labels = {
        {{"method", route->method}, {"route", route->path}, {"le", "+Inf"}}};
    uint64_t sum = 0;
    for (size_t b = 0; b <= METRICS_BUCKETS_LEN; b++) {
        sum += counted->by_bucket[b];
        labels.pairs[2].value = b < METRICS_BUCKETS_LEN ? buckets[b].seconds : "+Inf";
        prometheus_sample(text, "backstep_http_request_seconds_bucket", &labels, sum);
    }
    labels.pairs[2].name = NULL;
    prometheus_seconds(text, "backstep_http_request_seconds_sum", &labels, counted->took_ns);
    prometheus_sample(text, "backstep_http_request_seconds_count", &labels, sum);
}

static void write_latencies(const struct metrics *m, struct prometheus *text)
{
    prometheus_family(text, "backstep_http_request_seconds", "histogram",
                      "From a whole request to its answer; of a stream, to its beginning.");
    for (size_t r = ROUTE_NONE + 1; r < ROUTES_LEN; r++) {
        write_latencies_of(&m->routes[r], route_at((enum route_id)r), text);
    }
}

void metrics_write(struct metrics *m, struct prometheus *text)
{
    pthread_mutex_lock(&m->lock);
    write_requests(m, text);
    write_latencies(m, text);
    prometheus_single(text, "backstep_http_late_total", "counter",
                      "Inputs that the engine did not answer in time.", m->late);
    prometheus_single(text, "backstep_http_forgotten_total", "counter",
                      "Answers of the engine that nobody waited for any more.", m->forgotten);
    pthread_mutex_unlock(&m->lock);
}
