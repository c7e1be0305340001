/*
 * The daemon's file, read by tables (runtime/yaml): the keys, their defaults and their bounds are
 * in keys.c, and docs/config_reference.md is made of them. Paths in it are seen from where the file
 * is.
 */
#ifndef BACKSTEP_RUNTIME_CONFIG_CONFIG_H
#define BACKSTEP_RUNTIME_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdio.h>

#include "core/plan.h"
#include "runtime/access/access.h"
#include "runtime/log/log.h"
#include "runtime/message/read.h"
#include "runtime/sqlite/sqlite.h"
#include "runtime/yaml/errors.h"

enum {
    CONFIG_PATH_MAX = 4095,
    CONFIG_URL_MAX = 1023,
    CONFIG_ADDRESS_MAX = 255,
    CONFIG_TOKEN_MAX = 4095, /* bytes of a token that is sent: a JWT fits */
    CONFIG_PLANS_MAX = 64,
    CONFIG_SERVICES_MAX = 64,
    CONFIG_EVENT_TYPES_MAX = 128
};

/* A service, the notification port or the sink of events. */
struct config_target {
    char name[SAGA_NAME_MAX + 1];
    char url[CONFIG_URL_MAX + 1];          /* without a trailing slash; "" for none */
    uint32_t concurrency;                  /* requests under way at once */
    uint32_t queue;                        /* requests that wait */
    char token_file[CONFIG_PATH_MAX + 1];  /* bearer token that is sent; "" for none */
    char secret_file[CONFIG_PATH_MAX + 1]; /* of the HMAC, both ways; "" for none */
};

struct config_limits {
    uint64_t open_checkouts; /* further starts are answered 503 */
    uint32_t cached_sessions;
    uint32_t waiting; /* inputs between server and engine */
    uint32_t connections;
    uint32_t streams;
    uint32_t body;       /* bytes of a request's body */
    uint32_t head;       /* bytes of a request's line and headers */
    uint64_t idle_ns;    /* a connection without a byte; 1 s or more, as those below */
    uint64_t request_ns; /* a whole request */
    uint64_t answer_ns;  /* an answer of the engine */
};

struct config {
    char listen[CONFIG_ADDRESS_MAX + 1]; /* as http/server.h takes it: never a name */
    char source[CONFIG_ADDRESS_MAX + 1]; /* of CloudEvents: "/backstep" */
    char database[CONFIG_PATH_MAX + 1];
    uint8_t synchronous;   /* enum sqlite_store_sync */
    uint8_t log_level;     /* enum log_level */
    uint8_t log_format;    /* enum log_format */
    uint64_t retention_ns; /* of closed checkouts; 0: for ever */
    uint64_t drain_ns;     /* how long a stop waits for what is under way */
    uint32_t plans_len;
    struct saga_plan plans[CONFIG_PLANS_MAX]; /* as the file lists them; checked; no two alike */
    uint32_t services_len;
    struct config_target services[CONFIG_SERVICES_MAX]; /* one for each that some plan names */
    struct config_target notification;
    struct config_target sink;
    uint32_t event_types_len;
    struct message_event_type event_types[CONFIG_EVENT_TYPES_MAX]; /* of calls of the plans */
    char tokens_file[CONFIG_PATH_MAX + 1];                         /* "" for none */
    char ca_file[CONFIG_PATH_MAX + 1];                             /* "" for the system's */
    struct config_limits limits;
};

/*
 * Reads the file at path: about 1.2 MiB of plain data, allocate it. False if anything is wrong;
 * errors tells all of it, sorted. Wrong is also: a service of a plan without a URL, a service that
 * no plan names, two plans of the same name and version, `listen` beyond loopback without tokens.
 */
bool config_load(const char *path, struct config *config, struct yaml_errors *errors);

/* The same of bytes in memory, under a name for the errors; no plan file can be opened from it. */
bool config_load_memory(const char *name, const char *bytes, size_t size, struct config *config,
                        struct yaml_errors *errors);

/* Reads the tokens, and the secrets of the services, that the config names. */
bool config_load_access(const struct config *config, struct access *access,
                        struct yaml_errors *errors);

/* What the requests to a target carry. */
struct config_credentials {
    char token[CONFIG_TOKEN_MAX + 1]; /* "" for none */
    unsigned char secret[ACCESS_SECRET_MAX];
    size_t secret_len; /* 0: none */
};

/* Reads the token and the secret of one target. Overwrite them (explicit_bzero) after use. */
bool config_load_credentials(const struct config_target *target,
                             struct config_credentials *credentials, struct yaml_errors *errors);

/* The target of a service: an index into services; services_len if no plan names it. */
uint32_t config_find_service(const struct config *config, const char *name);

/* docs/config_reference.md; False if it could not be written. */
bool config_write_reference(FILE *out);

/* The JSON Schema of the file. False if it could not be written, or if memory ran out. */
bool config_write_schema(FILE *out);

#endif
