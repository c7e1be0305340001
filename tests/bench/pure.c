#include "tests/bench/pure.h"

#include <time.h>

#include "core/codec.h"
#include "core/request.h"
#include "runtime/node/node.h"

enum { INTERRUPTED_NS = 20000 };

static struct {
    bool counts;
    uint64_t calls;
    uint64_t total_ns;
    uint64_t clock_ns; /* what the clock adds to each call, in thousandths */
} pure;

static uint64_t read_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static uint64_t enter(void)
{
    return pure.counts ? read_clock() : 0;
}

/* A call that took longer than any can was interrupted: it is left out. */
static void leave(uint64_t entered_ns)
{
    if (pure.counts) {
        uint64_t took_ns = read_clock() - entered_ns;
        if (took_ns < INTERRUPTED_NS) {
            pure.total_ns += took_ns;
            pure.calls++;
        }
    }
}

void pure_count(bool counts)
{
    enum { TIMES = 100000 };
    pure.counts = counts;
    pure.total_ns = 0;
    pure.calls = 0;
    if (counts) {
        for (int i = 0; i < TIMES; i++) {
            leave(enter());
        }
        pure.clock_ns = pure.total_ns * 1000 / TIMES;
        pure.total_ns = 0;
        pure.calls = 0;
    }
}

uint64_t pure_ns(void)
{
    uint64_t clock_ns = pure.calls * pure.clock_ns / 1000;
    return pure.total_ns > clock_ns ? pure.total_ns - clock_ns : 0;
}

/* FUNCTION(result, name, parameters, arguments): the linker calls __wrap_name for name. */
#define FUNCTION(result, name, parameters, arguments)                                              \
    result __real_##name parameters;                                                               \
    result __wrap_##name parameters;                                                               \
    result __wrap_##name parameters                                                                \
    {                                                                                              \
        uint64_t entered_ns = enter();                                                             \
        result returned = __real_##name arguments;                                                 \
        leave(entered_ns);                                                                         \
        return returned;                                                                           \
    }

#define PROCEDURE(name, parameters, arguments)                                                     \
    void __real_##name parameters;                                                                 \
    void __wrap_##name parameters;                                                                 \
    void __wrap_##name parameters                                                                  \
    {                                                                                              \
        uint64_t entered_ns = enter();                                                             \
        __real_##name arguments;                                                                   \
        leave(entered_ns);                                                                         \
    }

FUNCTION(uint32_t, node_find, (const struct node *node, const char *id), (node, id))
FUNCTION(enum node_status, node_start,
         (struct node * node, const struct saga_plan *plan, const struct saga_event *event,
          struct node_commit *commit),
         (node, plan, event, commit))
FUNCTION(enum node_status, node_handle,
         (struct node * node, uint32_t slot, const struct saga_event *event,
          struct node_commit *commit),
         (node, slot, event, commit))
FUNCTION(enum node_loaded, node_load,
         (struct node * node, const struct saga_session *stored, uint32_t published,
          struct node_commit *commit),
         (node, stored, published, commit))
PROCEDURE(node_settle,
          (struct node * node, const struct node_commit *commit, enum node_outcome outcome),
          (node, commit, outcome))
PROCEDURE(node_forget, (struct node * node, uint32_t slot), (node, slot))
FUNCTION(uint64_t, saga_request_fingerprint, (const struct saga_request *request), (request))
FUNCTION(uint8_t, saga_plan_find_call, (const struct saga_plan *plan, const char *name),
         (plan, name))
FUNCTION(const char *, saga_domain_event_name,
         (const struct saga_plan *plan, const struct saga_domain_event *event), (plan, event))
PROCEDURE(saga_encode, (const struct saga_session *session, uint8_t bytes[SAGA_CODEC_SIZE]),
          (session, bytes))
FUNCTION(enum saga_codec_result, saga_decode,
         (struct saga_session * session, const uint8_t *bytes, size_t len), (session, bytes, len))
