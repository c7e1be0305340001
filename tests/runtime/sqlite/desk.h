/*
 * A store at work, for stories: checkouts are begun and moved on, each by the core, and what
 * follows is committed. It knows the checkout plan and a second version of it.
 */
#ifndef BACKSTEP_TESTS_RUNTIME_SQLITE_DESK_H
#define BACKSTEP_TESTS_RUNTIME_SQLITE_DESK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/checkout.h"
#include "runtime/sqlite/sqlite.h"

enum { DESK_PATH_MAX = 128, DESK_CHECKOUTS_MAX = 64 };

/* One second, the unit of the stories. */
#define SECOND_NS UINT64_C(1000000000)

/* When the stories begin. */
#define BEGIN_NS UINT64_C(1700000000000000000)

/* A checkout as it should be stored, and as the next event has made it. */
struct member {
    struct saga_session stored; /* version 0: not stored */
    struct saga_session next;
    struct saga_update update; /* that leads to `next` */
    struct store_request request;
    struct store_origin origin; /* "" for none */
    const struct saga_plan *plan;
};

struct desk {
    char folder[DESK_PATH_MAX];
    char path[DESK_PATH_MAX + 16];
    struct saga_plan second; /* version 2 of the checkout */
    const struct saga_plan *plans[2];
    struct sqlite_store_options options;
    struct store *store;
    uint64_t now_ns;
    uint8_t channels;
    char why[SQLITE_STORE_WHY_SIZE];
};

/* Given: a folder of its own, and a new store in it, with both plans. */
void given_store(struct desk *d);

/* Given: the folder alone. */
void given_folder(struct desk *d);

/* Closes what is open, and removes the folder with what is in it. */
void clear_away(struct desk *d);

/* When: the store is opened or closed; opened as told by `options`. */
enum store_result open_store(struct desk *d);
void close_store(struct desk *d);

/* The path of a file beside the database: "-wal", "-lock"; "" is itself. Valid until the next. */
const char *path_of(struct desk *d, const char *suffix);

/* A request for the id, with a cart and a context of its own. */
void given_member(struct desk *d, struct member *m, const char *id, const struct saga_plan *plan);

/* Lets the core apply an event to the stored session; false if it changes nothing. */
bool apply(struct desk *d, struct member *m, struct saga_event event);
bool apply_start(struct desk *d, struct member *m);

/* What is in flight is answered: the first attempt that is out, with `ok`, or rejected. */
bool apply_ok(struct desk *d, struct member *m);
bool apply_rejected(struct desk *d, struct member *m, const char *code);

/* The store_write of a member whose event was applied. */
struct store_write write_of(const struct member *m);

/* When: what was applied to these is committed in one transaction. Then the members stand at what
 * is stored; none may be in conflict. */
enum store_result commit(struct desk *d, struct member *const *members, size_t len);

/* Given: a checkout that was begun, and that has gone on by so many `ok`. */
void given_started(struct desk *d, struct member *m, const char *id);
void given_moved_on(struct desk *d, struct member *m, const char *id, unsigned replies);

/* Given: it went all the way. */
void given_completed(struct desk *d, struct member *m, const char *id);

/* When: the read model has seen all events. */
void project_all(struct desk *d);

/* Then: this is what is stored of it. */
void expect_stored(struct desk *d, const struct member *m);

/* A draw below `below`, from a stream of its own. */
uint32_t draw(uint64_t *stream, uint32_t below);

/* Something that can happen to the checkout happens: any answer to any call, a tick, a cancel, an
 * operator. False if it changes nothing. */
bool apply_anything(struct desk *d, struct member *m, uint64_t *stream);

#endif
