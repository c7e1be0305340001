/*
 * One story that is told again and again while the disk or the memory fails: a store is made, three
 * checkouts run, one of them fails, the read model follows, events are taken, one checkout is
 * forgotten, and the store is opened anew in between. It is told once with nothing in its way;
 * after each operation a fingerprint of all that is stored is kept: that is what must be there.
 */
#ifndef BACKSTEP_TESTS_RUNTIME_SQLITE_STORY_H
#define BACKSTEP_TESTS_RUNTIME_SQLITE_STORY_H

#include "tests/runtime/sqlite/desk.h"

enum { STORY_OPERATIONS_MAX = 40, STORY_MEMBERS_MAX = 3 };

enum story_kind { STORY_OPEN, STORY_CLOSE, STORY_COMMIT, STORY_PROJECT, STORY_FORGET };

struct story_operation {
    enum story_kind kind;
    uint64_t now_ns;
    struct member members[STORY_MEMBERS_MAX]; /* of a commit */
    size_t members_len;
    struct store_taken taken; /* to 0: none */
};

struct story {
    struct story_operation operations[STORY_OPERATIONS_MAX];
    uint64_t expected[STORY_OPERATIONS_MAX + 1]; /* before operation i; the last: at the end */
    size_t len;
};

/* Tells it with nothing in its way. */
void given_story(struct story *story);

/* Does operation i; the store is closed before STORY_OPEN, and open before every other. */
enum store_result do_operation(struct desk *d, const struct story *story, size_t i);

/* Tells the story up to the first operation that fails, and returns its number; story->len if none
 * does. */
size_t tell_until_it_fails(struct desk *d, const struct story *story, enum store_result *result);

/* Given: a folder for a store on the disk that fails; and clearing it away. */
void given_disk(struct desk *d);
void clear_disk(struct desk *d);

/* Then: of two that may be stored one is. */
void expect_one_of(uint64_t stored, uint64_t either, uint64_t other);

/* The n to try after this one: every one if BACKSTEP_LONG is set; else every 31st, and the first
 * ones, which make the database. */
uint64_t story_next(uint64_t n);

/* A fingerprint of all that is stored, by the store that is open. */
uint64_t stored_now(struct desk *d);

/* Closes what is open, mends the disk, opens it again and checks it; then what is stored. */
uint64_t stored_after_all(struct desk *d);

#endif
