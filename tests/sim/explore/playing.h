/*
 * The explorer's model, played by hand: a story takes one choice after the other, by what it is
 * about, and asks what is open now. A choice is taken with all that follows of itself; none may
 * violate anything, unless the story says so.
 *
 *     play_prepare();
 *     play_begin(1, 2);
 *     play(EXPLORE_SERVE, "validate_cart");
 *     play(EXPLORE_DELAY, "validate_cart");
 *     assert_open(EXPLORE_HEAR, "late validate_cart/1");
 *
 * What a choice is about is [2:][late ][NAME][/ATTEMPT]: of the second checkout, of a late message
 * only, of that call or service, of that attempt. "" is of the first checkout, whatever it is.
 */
#ifndef BACKSTEP_TESTS_SIM_EXPLORE_PLAYING_H
#define BACKSTEP_TESTS_SIM_EXPLORE_PLAYING_H

#include "sim/explore/state.h"
#include "tests/sim/support/scenario_builder.h"

enum { PLAY_MOVES_MAX = EXPLORE_CHAIN_MAX };

/* One checkout of the checkout plan with nothing optional, to be changed before play_begin(). */
struct scenario *play_prepare(void);

/* Opens the beginning. Whatever was played before is over. */
void play_begin(uint32_t checkouts, uint32_t faults);
void play_begin_unfolded(uint32_t checkouts, uint32_t faults);
void play_root(uint32_t root);
int play_end(void **state); /* a cmocka teardown, too */

/* Takes the one choice of that kind that is open; with a span where there are several. */
void play(enum explore_choice_kind kind, const char *about);
void play_for(enum explore_choice_kind kind, const char *about, uint64_t span_ns);

/* Takes it, and it violates this (and whatever else); returns the sentence on it. */
const char *play_violating(enum explore_choice_kind kind, const char *about,
                           enum sim_invariant invariant);

/* Takes it, and there is no room for what it sends: the story ends here. */
void play_crowding(enum explore_choice_kind kind, const char *about);

/* Serves the call's request and hears its reply. */
void play_well(const char *call);
/* All goes well until the call is about to be served. */
void play_until(const char *call);
/* The first free choice, again and again, until there is none. */
void play_on(void);

void assert_open(enum explore_choice_kind kind, const char *about);
void assert_shut(enum explore_choice_kind kind, const char *about);
/* It is the only choice. */
void assert_only(enum explore_choice_kind kind, const char *about);
void assert_no_choice(void);
void assert_ended(const char *status, const char *reason, const char *compensation);
/* The spans of that choice are these, in order; 0 for one of no length. */
#define assert_spans(kind, about, ...)                                                             \
    assert_spans_are(kind, about, (const uint64_t[]){__VA_ARGS__},                                 \
                     sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))
void assert_spans_are(enum explore_choice_kind kind, const char *about, const uint64_t *spans_ns,
                      size_t spans_len);

/* What the open state is. */
struct model *played(void);
const struct explore_state *played_state(void);
const struct saga_session *played_session(void);
const struct explore_net *played_net(void);
uint64_t played_key(void);
/* What was told of the last choice: it, and what followed of itself. */
uint32_t played_moves(const struct explore_choice **moves);
/* Of any state of this scenario. */
uint64_t play_key_of(const struct explore_state *state);

/* A copy of the open state, to be changed: its first checkout, and all of it. Then: whether it is
 * still the same state (E10). */
struct explore_part *play_copy(void);
struct explore_state *play_copied(void);
void assert_same(void);
void assert_other(void);

/* How often the call is in flight, as a request or as a reply. */
uint32_t play_requests(const char *call);
uint32_t play_replies(const char *call);

#endif
