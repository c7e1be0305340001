#include "runtime/server/prometheus.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Writes behind what stands, or nothing: false when there is no room. */
static bool put(struct prometheus *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool put(struct prometheus *text, const char *format, ...)
{
    size_t room = text->max - text->len;
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text->bytes + text->len, room, format, arguments);
    va_end(arguments);
    if (len < 0 || (size_t)len >= room) {
        return false;
    }
    text->len += (size_t)len;
    return true;
}

static bool put_value(struct prometheus *text, const char *value)
{
    bool fits = true;
    for (; *value != '\0' && fits; value++) {
        switch (*value) {
        case '\\':
            fits = put(text, "\\\\");
            break;
        case '"':
            fits = put(text, "\\\"");
            break;
        case '\n':
            fits = put(text, "\\n");
            break;
        default:
            fits = put(text, "%c", *value);
            break;
        }
    }
    return fits;
}

static bool put_labels(struct prometheus *text, const struct prometheus_labels *labels)
{
    if (labels == NULL || labels->pairs[0].name == NULL) {
        return true;
    }
    bool fits = true;
    for (size_t i = 0; i < PROMETHEUS_LABELS_MAX && labels->pairs[i].name != NULL && fits; i++) {
        fits = put(text, "%s%s=\"", i == 0 ? "{" : ",", labels->pairs[i].name) &&
               put_value(text, labels->pairs[i].value) && put(text, "\"");
    }
    return fits && put(text, "}");
}

void prometheus_family(struct prometheus *text, const char *name, const char *type,
                       const char *help)
{
    put(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void prometheus_sample(struct prometheus *text, const char *name,
                       const struct prometheus_labels *labels, uint64_t value)
{
    size_t len = text->len;
    if (!put(text, "%s", name) || !put_labels(text, labels) ||
        !put(text, " %" PRIu64 "\n", value)) {
        text->len = len;
    }
}

void prometheus_seconds(struct prometheus *text, const char *name,
                        const struct prometheus_labels *labels, uint64_t value_ns)
{
    size_t len = text->len;
    if (!put(text, "%s", name) || !put_labels(text, labels) ||
        !put(text, " %" PRIu64 ".%09" PRIu64 "\n", value_ns / 1000000000, value_ns % 1000000000)) {
        text->len = len;
    }
}

void prometheus_single(struct prometheus *text, const char *name, const char *type,
                       const char *help, uint64_t value)
{
    prometheus_family(text, name, type, help);
    prometheus_sample(text, name, NULL, value);
}
