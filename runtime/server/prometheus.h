/* Prometheus' text format, version 0.0.4, into bounded memory. */
#ifndef BACKSTEP_RUNTIME_SERVER_PROMETHEUS_H
#define BACKSTEP_RUNTIME_SERVER_PROMETHEUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROMETHEUS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct prometheus {
    char *bytes;
    size_t len;
    size_t max;
};

enum { PROMETHEUS_LABELS_MAX = 3 };

/* Names and values; ended by a NULL name, or full. A value may be any UTF-8: it is escaped. */
struct prometheus_labels {
    struct {
        const char *name;
        const char *value;
    } pairs[PROMETHEUS_LABELS_MAX];
};

/* The lines above a family of samples: `type` is counter, gauge or histogram. */
void prometheus_family(struct prometheus *text, const char *name, const char *type,
                       const char *help);

/* A sample; a line that has no room is left out whole. `labels` NULL: none. */
void prometheus_sample(struct prometheus *text, const char *name,
                       const struct prometheus_labels *labels, uint64_t value);

/* The same, in seconds. */
void prometheus_seconds(struct prometheus *text, const char *name,
                        const struct prometheus_labels *labels, uint64_t value_ns);

/* A family of one sample without labels. */
void prometheus_single(struct prometheus *text, const char *name, const char *type,
                       const char *help, uint64_t value);

#endif
