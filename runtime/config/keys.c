#include "runtime/config/keys.h"

#include <assert.h>

#include "runtime/config/config.h"
#include "runtime/engine/engine.h"
#include "runtime/yaml/path.h"

#define S          UINT64_C(1000000000)
#define MIN        (60 * S)
#define H          (60 * MIN)
#define LEN(array) (sizeof(array) / sizeof *(array))

static_assert((int)CONFIG_PATH_MAX + 1 == YAML_PATH_SIZE, "a path is one wherever it is read");

/* clang-format off */
const char *const config_answer_words[] = {
#define X(id, name) name,
    SAGA_ANSWERS(X)
#undef X
    NULL};

static const char *const synchronous_words[] = {
#define X(id, name) name,
    SQLITE_STORE_SYNCS(X)
#undef X
    NULL};

static const char *const level_words[] = {
#define X(id, name) name,
    LOG_LEVELS(X)
#undef X
    NULL};

static const char *const format_words[] = {
#define X(id, name) name,
    LOG_FORMATS(X)
#undef X
    NULL};

static const struct yaml_key target_keys[] = {
    {.name = "url", .kind = YAML_TEXT, .flags = YAML_REQUIRED, .size = CONFIG_URL_MAX + 1,
     .offset = offsetof(struct config_target, url),
     .what = "Where it is: `http` or `https`, without user, query or fragment. A call is a POST to "
             "this, a `/` and the action.",
     .example = "https://payment.example/v1"},
    {.name = "concurrency", .kind = YAML_INTEGER, .min = 1, .max = 1024, .size = sizeof(uint32_t),
     .offset = offsetof(struct config_target, concurrency), .standard = "32",
     .what = "How many requests may be under way at once.", .example = "8"},
    {.name = "queue", .kind = YAML_INTEGER, .min = 1, .max = 1000000, .size = sizeof(uint32_t),
     .offset = offsetof(struct config_target, queue), .standard = "10000",
     .what = "How many more may wait for their turn; a call that finds no room counts as "
             "`unavailable`, and is tried again after its backoff.",
     .example = "1000"},
    {.name = "token", .kind = YAML_TEXT, .size = CONFIG_PATH_MAX + 1,
     .offset = offsetof(struct config_target, token_file), .absent = "none",
     .what = "The file with the bearer token that is sent; it must not be readable by everybody.",
     .example = "payment.token"},
    {.name = "secret", .kind = YAML_TEXT, .size = CONFIG_PATH_MAX + 1,
     .offset = offsetof(struct config_target, secret_file), .absent = "none",
     .what = "The file with the key that signs what is sent; a service with one must sign its "
             "replies and events with it.",
     .example = "payment.secret"},
};

const struct yaml_shape config_target_shape = {
    .name = "target", .title = "a mapping of where it is and what it takes",
    .what = "Somewhere that requests are sent to. A URL alone stands for `{url: ...}`.",
    .keys = target_keys, .keys_len = LEN(target_keys)};

static const struct yaml_key service_key = {
    .name = "<service>", .kind = YAML_TEXT, .shape = &config_target_shape,
    .size = CONFIG_URL_MAX + 1, .what = "A service that some plan names.",
    .example = "http://127.0.0.1:9090/cart"};

static const struct yaml_shape services_shape = {
    .name = "services", .title = "a mapping of services to where they are",
    .what = "Each service of the plans, once, by its name.", .any = &service_key};

static const struct yaml_key event_keys[] = {
    {.name = "type", .kind = YAML_TEXT, .flags = YAML_REQUIRED,
     .size = sizeof(((struct message_event_type *)0)->type),
     .offset = offsetof(struct message_event_type, type), .what = "The CloudEvent's `type`.",
     .example = "InventoryReserved"},
    {.name = "call", .kind = YAML_NAME, .flags = YAML_REQUIRED,
     .what = "The step or compensation, of some plan, that it answers.",
     .example = "reserve_inventory"},
    {.name = "answer", .kind = YAML_WORD, .flags = YAML_KEEP, .words = config_answer_words,
     .standard = "ok", .what = "What it says of it.", .example = "rejected"},
};

static const struct yaml_shape event_shape = {
    .name = "event", .title = "a type of event",
    .what = "How an event that a service publishes is read as the answer to a call.",
    .keys = event_keys, .keys_len = LEN(event_keys),
    .example = "{type: InventoryReserved, call: reserve_inventory}"};

static const struct yaml_key log_keys[] = {
    {.name = "format", .kind = YAML_WORD, .words = format_words,
     .offset = offsetof(struct config, log_format), .standard = "logfmt", .what = "Of its lines."},
    {.name = "level", .kind = YAML_WORD, .words = level_words,
     .offset = offsetof(struct config, log_level), .standard = "info",
     .what = "The least grave that is written.", .example = "debug"},
};

static const struct yaml_shape log_shape = {
    .name = "log", .title = "a mapping of format and level",
    .what = "What is written to the standard error stream.",
    .keys = log_keys, .keys_len = LEN(log_keys)};

#define COUNT(key, member, least, most, usual, sentence)                                           \
    {.name = key, .kind = YAML_INTEGER, .min = least, .max = most,                                 \
     .size = sizeof(((struct config_limits *)0)->member),                                          \
     .offset = offsetof(struct config_limits, member), .standard = usual, .what = sentence,        \
     .example = usual}
#define TIME(key, member, most, usual, sentence)                                                   \
    {.name = key, .kind = YAML_DURATION, .min = S, .max = most,                                    \
     .offset = offsetof(struct config_limits, member), .standard = usual, .what = sentence,        \
     .example = usual}

static const struct yaml_key limit_keys[] = {
    COUNT("open_checkouts", open_checkouts, 1, 100000000, "100000",
          "Checkouts that are not closed; a further start is answered 503."),
    COUNT("cached_sessions", cached_sessions, 2 * (uint64_t)ENGINE_BATCH_MAX, 10000000, "10000",
          "Sessions that are held in memory; each takes about 3 KiB."),
    COUNT("waiting", waiting, 64, 1000000, "4096",
          "Requests that wait for the engine; a further one is answered 503."),
    COUNT("connections", connections, 2, 65536, "1024",
          "Connections at once; a further one waits until another ends."),
    COUNT("streams", streams, 1, 65535, "64",
          "Of these, how many may be event streams; less than `connections`."),
    COUNT("body", body, 2048, 1048576, "16384", "Bytes of a request's body; else 413."),
    COUNT("head", head, 1024, 1048576, "16384",
          "Bytes of a request's line and headers; else 414 or 431."),
    TIME("idle", idle_ns, H, "30s", "A connection without a byte for so long is closed."),
    TIME("request", request_ns, H, "10s", "A request that is not whole by then is answered 408."),
    TIME("answer", answer_ns, H, "5s",
         "A request that the engine has not answered by then is answered 503."),
};

static const struct yaml_shape limits_shape = {
    .name = "limits", .title = "a mapping of limits",
    .what = "What the daemon takes on. Nothing grows beyond these.",
    .keys = limit_keys, .keys_len = LEN(limit_keys)};

static const struct yaml_key config_keys[] = {
    {.name = "listen", .kind = YAML_TEXT, .size = CONFIG_ADDRESS_MAX + 1,
     .offset = offsetof(struct config, listen), .standard = "127.0.0.1:8080",
     .what = "The address and port of the REST API; with a port alone, `:8080`, every address, and "
             "with port 0 any that is free. Without `tokens` it must be a loopback address.",
     .example = "'[::1]:8080'"},
    {.name = "database", .kind = YAML_TEXT, .size = CONFIG_PATH_MAX + 1,
     .offset = offsetof(struct config, database), .standard = "backstep.db",
     .what = "The file of the SQLite database; made if it is not there.",
     .example = "/var/lib/backstep/backstep.db"},
    {.name = "plans", .kind = YAML_TEXT, .flags = YAML_MANY, .min = 1, .max = CONFIG_PLANS_MAX,
     .size = CONFIG_PATH_MAX + 1, .absent = "[checkout]",
     .what = "The plans that checkouts run on: `checkout`, which is built in, or plan files; of one "
             "name as many versions as still have open checkouts. A start that names no plan runs "
             "on the first.",
     .example = "[checkout, plans/trip.yaml]"},
    {.name = "services", .shape = &services_shape, .flags = YAML_REQUIRED | YAML_KEEP,
     .what = "Where the services of the plans are.",
     .example = "{cart: 'http://127.0.0.1:9090/cart'}"},
    {.name = "notification", .kind = YAML_TEXT, .shape = &config_target_shape, .flags = YAML_KEEP,
     .size = CONFIG_URL_MAX + 1, .absent = "nobody is notified",
     .what = "Who tells buyers that a checkout completed, failed or expired.",
     .example = "http://127.0.0.1:9090/notification"},
    {.name = "sink", .kind = YAML_TEXT, .shape = &config_target_shape, .flags = YAML_KEEP,
     .size = CONFIG_URL_MAX + 1, .absent = "events go to the stream only",
     .what = "Who takes every domain event, as a CloudEvent.",
     .example = "http://127.0.0.1:9090/events"},
    {.name = "events", .shape = &event_shape, .flags = YAML_MANY, .max = CONFIG_EVENT_TYPES_MAX,
     .absent = "those of the [built-in checkout](#events-that-are-read-by-default)",
     .what = "How the services' own events are read.",
     .example = "[{type: InventoryReserved, call: reserve_inventory}]"},
    {.name = "tokens", .kind = YAML_TEXT, .size = CONFIG_PATH_MAX + 1,
     .offset = offsetof(struct config, tokens_file),
     .absent = "whoever reaches the daemon may do everything",
     .what = "The file of bearer tokens: one a line, a role and a token. It must not be readable by "
             "everybody.",
     .example = "tokens"},
    {.name = "source", .kind = YAML_TEXT, .size = CONFIG_ADDRESS_MAX + 1,
     .offset = offsetof(struct config, source), .standard = "/backstep",
     .what = "The `source` of the CloudEvents that are published.",
     .example = "https://shop.example/backstep"},
    {.name = "retention", .kind = YAML_AGE, .min = S, .offset = offsetof(struct config, retention_ns),
     .standard = "30d",
     .what = "How long a closed checkout is kept, with its events. Longer than any service may "
             "still answer late.",
     .example = "90d"},
    {.name = "synchronous", .kind = YAML_WORD, .words = synchronous_words,
     .offset = offsetof(struct config, synchronous), .standard = "full",
     .what = "What a commit survives: `full` a power cut, `normal` a crash of the daemon only."},
    {.name = "drain", .kind = YAML_DURATION, .max = 10 * MIN,
     .offset = offsetof(struct config, drain_ns), .standard = "10s",
     .what = "How long a stop waits for what is under way."},
    {.name = "ca", .kind = YAML_TEXT, .size = CONFIG_PATH_MAX + 1,
     .offset = offsetof(struct config, ca_file), .absent = "the system's",
     .what = "The file of certificates that `https` services are held against.",
     .example = "/etc/ssl/our-ca.pem"},
    {.name = "log", .shape = &log_shape, .absent = "each key's default",
     .what = "What is written about what happens.", .example = "{format: json}"},
    {.name = "limits", .shape = &limits_shape, .offset = offsetof(struct config, limits),
     .absent = "each key's default", .what = "What the daemon takes on.",
     .example = "{open_checkouts: 1000000}"},
};

const struct yaml_shape config_shape = {
    .name = "config", .title = "the daemon's file",
    .what = "What `backstepd --config FILE` reads. Every key but `services` has a default. A path "
            "is seen from where the file is.",
    .keys = config_keys, .keys_len = LEN(config_keys)};
/* clang-format on */
