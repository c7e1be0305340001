#include "tests/bench/pure.h"

#include "core/codec.h"
#include "core/request.h"
#include "runtime/node/node.h"
#include "tests/bench/measure.h"

/* A call that took longer than any can was interrupted: it is left out. */
#define INTERRUPTED_NS UINT64_C(20000)

static struct {
    bool counts;
    uint64_t calls;
    uint64_t ticks;
    uint64_t clock;       /* ticks that the clock adds to a hundred calls */
    uint64_t interrupted; /* ticks that no call takes */
    uint64_t ticks_in_1ms;
} pure;

/* The finest clock there is. It has to be cheap: what it measures takes tens of nanoseconds. */
static uint64_t read_ticks(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return measure_wall_ns();
#endif
}

static uint64_t enter(void)
{
    return pure.counts ? read_ticks() : 0;
}

static void leave(uint64_t entered)
{
    if (pure.counts) {
        uint64_t took = read_ticks() - entered;
        if (took < pure.interrupted) {
            pure.ticks += took;
            pure.calls++;
        }
    }
}

static void calibrate(void)
{
    enum { TIMES = 1000000 };
    uint64_t from_ns = measure_wall_ns();
    uint64_t from = read_ticks();
    pure.counts = true;
    pure.interrupted = UINT64_MAX;
    for (int i = 0; i < TIMES; i++) {
        leave(enter());
    }
    pure.clock = pure.ticks / (TIMES / 100);
    pure.ticks_in_1ms = (read_ticks() - from) * 1000000 / (measure_wall_ns() - from_ns);
    pure.interrupted = pure.ticks_in_1ms * INTERRUPTED_NS / 1000000;
}

void pure_count(bool counts)
{
    if (counts && pure.ticks_in_1ms == 0) {
        calibrate();
    }
    pure.counts = counts;
    pure.ticks = 0;
    pure.calls = 0;
}

uint64_t pure_ns(void)
{
    uint64_t clock = pure.calls * pure.clock / 100;
    uint64_t ticks = pure.ticks > clock ? pure.ticks - clock : 0;
    return ticks * 1000000 / pure.ticks_in_1ms;
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
