#include "runtime/server/routes.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const route_no_query[] = {NULL};
static const char *const route_list_query[] = {"status", "stuck", "open", "page", "limit", NULL};
static const char *const route_history_query[] = {"from", "limit", NULL};
static const char *const route_stream_query[] = {"after", "checkout", NULL};

static const struct route routes[] = {
    [ROUTE_NONE] = {.id = ROUTE_NONE, .method = "", .path = "none", .query = route_no_query},
#define X(i, m, p, r, s, b, q, h)                                                                  \
    [i] = {.id = i,                                                                                \
           .method = m,                                                                            \
           .path = p,                                                                              \
           .role = r,                                                                              \
           .signable = s,                                                                          \
           .body = b,                                                                              \
           .query = q,                                                                             \
           .handle = h},
    ROUTES(X)
#undef X
};

const struct route *route_at(enum route_id id)
{
    assert((int)id < ROUTES_LEN);
    return &routes[id];
}

/* Whether the path is of the pattern; then `id` is what stands for {id}. */
static bool matches(const char *pattern, const char *path, char id[ROUTE_ID_SIZE])
{
    static const char hole[] = "{id}";
    const char *open = strstr(pattern, hole);
    if (open == NULL) {
        return strcmp(pattern, path) == 0;
    }
    size_t before = (size_t)(open - pattern);
    if (strncmp(pattern, path, before) != 0) {
        return false;
    }
    const char *segment = path + before;
    size_t len = strcspn(segment, "/");
    if (len == 0 || strcmp(open + strlen(hole), segment + len) != 0) {
        return false;
    }
    snprintf(id, ROUTE_ID_SIZE, "%.*s", (int)(len < ROUTE_ID_SIZE ? len : ROUTE_ID_SIZE - 1),
             segment);
    return true;
}

static void allow_method(char allow[ROUTE_ALLOW_SIZE], const char *method)
{
    size_t len = strlen(allow);
    int written = snprintf(allow + len, ROUTE_ALLOW_SIZE - len, "%s%s%s", len > 0 ? ", " : "",
                           method, strcmp(method, "GET") == 0 ? ", HEAD" : "");
    assert(written > 0 && (size_t)written < ROUTE_ALLOW_SIZE - len);
}

const struct route *route_find(const char *method, const char *path, char id[ROUTE_ID_SIZE],
                               char allow[ROUTE_ALLOW_SIZE])
{
    id[0] = '\0';
    allow[0] = '\0';
    for (size_t i = ROUTE_NONE + 1; i < ROUTES_LEN; i++) {
        if (!matches(routes[i].path, path, id)) {
            continue;
        }
        if (strcmp(routes[i].method, method) == 0) {
            return &routes[i];
        }
        allow_method(allow, routes[i].method);
    }
    return &routes[ROUTE_NONE];
}
