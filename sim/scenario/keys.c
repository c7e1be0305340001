/* The keys of a scenario but for those of its faults (fault_keys.c) and of what is expected
 * (expect_keys.c). */
#include "sim/scenario/keys.h"

#include <assert.h>

#include "runtime/plan/keys.h"
#include "sim/record/fault_kind.h"

#define MS         UINT64_C(1000000)
#define S          (1000 * MS)
#define MIN        (60 * S)
#define H          (60 * MIN)
#define D          (24 * H)
#define LEN(array) (sizeof(array) / sizeof *(array))

/* clang-format off */
const char *const scenario_node_words[] = {
    "node-1", "node-2", "node-3", "node-4", "node-5", "node-6", "node-7", "node-8",
    "node-9", "node-10", "node-11", "node-12", "node-13", "node-14", "node-15", "node-16", NULL};

const char *const scenario_fault_kind_words[] = {
#define X(id, name, sentence) name,
    SIM_FAULT_KINDS(X)
#undef X
    NULL};

static const struct yaml_key flag_key = {
    .name = "<flag>", .kind = YAML_SHARE, .standard = "0%",
    .what = "The share of checkouts whose request asks for this flag of the plan; those of the "
            "built-in plan are `coupon` and `ships`.",
    .example = "30%"};

static const struct yaml_key checkouts_keys[] = {
    {.name = "count", .kind = YAML_INTEGER, .min = 1, .max = SCENARIO_CHECKOUTS_MAX,
     .size = sizeof(uint32_t), .offset = offsetof(struct scenario_checkouts, count),
     .standard = "1", .what = "How many there are. They are numbered from 1.", .example = "100"},
    {.name = "every", .kind = YAML_DURATION,
     .offset = offsetof(struct scenario_checkouts, every_ns), .standard = "1s",
     .what = "One starts so long after the other; the first at 0s.", .example = "250ms"},
    {.name = "cancel", .kind = YAML_RATE,
     .offset = offsetof(struct scenario_checkouts, cancel_ppm), .standard = "0%",
     .what = "The share of checkouts whose buyer cancels at some time.", .example = "2%"},
};

const struct yaml_shape scenario_checkouts_shape = {
    .name = "checkouts", .title = "a mapping of counts and shares",
    .what = "How many checkouts there are, when they start, and what they ask for.",
    .keys = checkouts_keys, .keys_len = LEN(checkouts_keys), .any = &flag_key};

static const struct yaml_key network_keys[] = {
    {.name = "latency", .kind = YAML_SPAN,
     .offset = offsetof(struct scenario_network, latency_ns), .standard = "2ms..40ms",
     .what = "How long a message is on its way.", .example = "2ms..40ms"},
    {.name = "lose", .kind = YAML_RATE, .offset = offsetof(struct scenario_network, lose_ppm),
     .standard = "0%", .what = "The share of messages that never arrive.", .example = "0.5%"},
    {.name = "duplicate", .kind = YAML_RATE,
     .offset = offsetof(struct scenario_network, duplicate_ppm), .standard = "0%",
     .what = "The share of messages that arrive twice.", .example = "1/1000"},
};

static const struct yaml_shape network_shape = {
    .name = "network", .title = "a mapping of latency and rates",
    .what = "What messages between the orchestrator and the services go through, until `heal`.",
    .keys = network_keys, .keys_len = LEN(network_keys)};

static const struct yaml_key service_keys[] = {
    {.name = "work", .kind = YAML_SPAN, .offset = offsetof(struct scenario_service, work_ns),
     .standard = "5ms..50ms",
     .what = "From the arrival of a request to the departure of the answer.",
     .example = "5ms..50ms"},
    {.name = "stock", .kind = YAML_INTEGER, .size = sizeof(uint64_t), .max = 1000000000,
     .offset = offsetof(struct scenario_service, stock), .absent = "one unit for each checkout",
     .what = "Units in the pool at the start; only for a service whose model is `hold`.",
     .example = "100"},
    {.name = "tombstones", .kind = YAML_BOOLEAN,
     .offset = offsetof(struct scenario_service, tombstones), .standard = "true",
     .what = "Whether a compensation that arrives first bars the call that it reverses.",
     .example = "false"},
    {.name = "idempotent", .kind = YAML_BOOLEAN,
     .offset = offsetof(struct scenario_service, idempotent), .standard = "true",
     .what = "Whether the first definite answer to a key is remembered and repeated.",
     .example = "false"},
};

const struct yaml_shape scenario_service_shape = {
    .name = "service", .title = "a mapping of what the service promises",
    .what = "How one service behaves.", .keys = service_keys, .keys_len = LEN(service_keys)};

static const struct yaml_key service_key = {
    .name = "<service>", .shape = &scenario_service_shape,
    .what = "How the service of that name, one of the plan's, behaves.",
    .example = "{tombstones: false}"};

static const struct yaml_shape services_shape = {
    .name = "services", .title = "a mapping of the plan's services",
    .what = "The plan's services, by name; one that is left out behaves as by default.",
    .any = &service_key};

static const struct yaml_key clock_keys[] = {
    {.name = "offset", .kind = YAML_SHIFT, .max = D,
     .offset = offsetof(struct scenario_clock, offset_ns), .standard = "0s",
     .what = "So far its wall clock is ahead of true time at the start; with a `-`, behind.",
     .example = "40ms"},
    {.name = "drift", .kind = YAML_DRIFT, .max = SCENARIO_DRIFT_MAX_PPM,
     .offset = offsetof(struct scenario_clock, drift_ppm), .standard = "0ppm",
     .what = "So much too fast its clocks run; with a `-`, too slow.", .example = "50ppm"},
};

static const struct yaml_shape clock_shape = {
    .name = "clock", .title = "a mapping of offset and drift",
    .what = "How the clocks of one node go.",
    .keys = clock_keys, .keys_len = LEN(clock_keys)};

static const struct yaml_key clock_key = {
    .name = "<node>", .shape = &clock_shape, .what = "How the clocks of this node go.",
    .example = "{offset: 40ms, drift: 50ppm}"};

const struct yaml_shape scenario_clocks_shape = {
    .name = "clocks", .title = "a mapping of nodes to their clocks",
    .what = "The nodes, by name; the clocks of one that is left out show true time.",
    .any = &clock_key, .any_words = scenario_node_words};

static const struct yaml_key store_keys[] = {
    {.name = "commit", .kind = YAML_SPAN, .max = 10 * MIN,
     .offset = offsetof(struct scenario, commit_ns), .standard = "0s",
     .what = "How long a commit takes. Meanwhile the node gathers what arrives, for the next one. "
             "`0s`: each event is committed at once.",
     .example = "1ms..3ms"},
};

static const struct yaml_shape store_shape = {
    .name = "store", .title = "a mapping of commit times", .what = "The store of the sessions.",
    .keys = store_keys, .keys_len = LEN(store_keys)};

static const struct yaml_key scenario_keys[] = {
    {.name = "scenario", .kind = YAML_TEXT, .flags = YAML_REQUIRED, .size = SCENARIO_NAME_MAX + 1,
     .offset = offsetof(struct scenario, name),
     .what = "What the scenario shows, in one line. A file without it is a plan.",
     .example = "a declined card releases the stock"},
    {.name = "about", .kind = YAML_TEXT, .size = SCENARIO_ABOUT_MAX + 1,
     .offset = offsetof(struct scenario, about), .absent = "nothing",
     .what = "More about it, for people.", .example = "Payment failed -> release, cancel."},
    {.name = "plan", .kind = YAML_TEXT, .flags = YAML_KEEP, .max = 200, .standard = "checkout",
     .what = "The saga that is played: the built-in plan `checkout`, or the path of a plan file, "
             "relative to this one.",
     .example = "trip.yaml"},
    {.name = "override", .shape = &plan_override_shape, .flags = YAML_KEEP, .absent = "the plan",
     .what = "What if? The plan with other timeouts, retries and deadlines.",
     .example = "{deadline: 10m}"},
    {.name = "seed", .kind = YAML_INTEGER, .size = sizeof(uint64_t),
     .offset = offsetof(struct scenario, seed), .standard = "1",
     .what = "What every random draw depends on: the same seed gives the same run.",
     .example = "7"},
    {.name = "runs", .kind = YAML_INTEGER, .min = 1, .max = 1000000, .size = sizeof(uint32_t),
     .offset = offsetof(struct scenario, runs), .standard = "1",
     .what = "It is played with the seeds `seed` to `seed` + `runs` - 1.", .example = "100"},
    {.name = "checkouts", .kind = YAML_INTEGER, .shape = &scenario_checkouts_shape, .min = 1,
     .max = SCENARIO_CHECKOUTS_MAX, .size = sizeof(uint32_t), .standard = "1",
     .what = "How many checkouts there are; or more about them.",
     .example = "{count: 100, every: 250ms, coupon: 30%}"},
    {.name = "nodes", .kind = YAML_INTEGER, .min = 1, .max = SCENARIO_NODES_MAX,
     .size = sizeof(uint32_t), .offset = offsetof(struct scenario, nodes_len), .standard = "1",
     .what = "How many orchestrator nodes there are: `node-1`, `node-2` and so on, on one store.",
     .example = "2"},
    {.name = "network", .shape = &network_shape, .offset = offsetof(struct scenario, network),
     .absent = "each key's default", .what = "What messages go through.",
     .example = "{latency: 2ms..40ms, lose: 1%}"},
    {.name = "services", .shape = &services_shape, .flags = YAML_KEEP,
     .absent = "each key's default", .what = "How the services behave.",
     .example = "{inventory: {stock: 100}}"},
    {.name = "clocks", .shape = &scenario_clocks_shape, .flags = YAML_KEEP,
     .absent = "true time", .what = "How the nodes' clocks go.",
     .example = "{node-1: {offset: 40ms}}"},
    {.name = "store", .shape = &store_shape, .absent = "each key's default",
     .what = "How the store behaves.", .example = "{commit: 1ms..3ms}"},
    {.name = "faults", .shape = &scenario_fault_shape, .flags = YAML_MANY,
     .max = SCENARIO_FAULTS_MAX, .absent = "nothing fails", .what = "What goes wrong, and when.",
     .example = "[{on: authorize_payment, reply: declined}]"},
    {.name = "heal", .kind = YAML_DURATION, .offset = offsetof(struct scenario, heal_ns),
     .standard = "2h",
     .what = "From here on no fault strikes and no message is lost; every checkout must close.",
     .example = "2h"},
    {.name = "until", .kind = YAML_DURATION, .min = 1, .max = 365 * D,
     .offset = offsetof(struct scenario, until_ns), .standard = "24h",
     .what = "The run ends here, if not before because nothing is left to happen; at least "
             "`heal`.",
     .example = "24h"},
    {.name = "swarm", .kind = YAML_WORD, .words = scenario_fault_kind_words,
     .flags = YAML_MANY | YAML_OR_ALL, .min = 1, .max = SIM_FAULT_KINDS_LEN,
     .absent = "only `faults`",
     .what = "Campaigns: each seed draws its own subset of faults of these kinds, their rates, and "
             "policies at their edges.",
     .example = "all"},
    {.name = "expect", .shape = &scenario_expect_shape, .flags = YAML_KEEP,
     .absent = "that the invariants hold", .what = "What must have happened at the end.",
     .example = "{status: COMPLETED}"},
};

const struct yaml_shape scenario_shape = {
    .name = "scenario", .title = "a scenario",
    .what = "What is simulated, what goes wrong, and what is expected. Every key but `scenario` "
            "has a default.",
    .keys = scenario_keys, .keys_len = LEN(scenario_keys)};
/* clang-format on */

static_assert(offsetof(struct scenario_range, hi) == sizeof(uint64_t), "a span is two numbers");
static_assert(LEN(scenario_node_words) == SCENARIO_NODES_MAX + 1, "each node has a name");
