/* Listens to a story of made-up records, and has the page that it makes. */
#ifndef BACKSTEP_TESTS_SIM_REPORT_LISTENER_H
#define BACKSTEP_TESTS_SIM_REPORT_LISTENER_H

#include <stdio.h>

#include "sim/report/story.h"

struct listener {
    struct scenario *scenario; /* the checkout plan, one checkout, one node */
    struct run_result *result;
    struct report_page page;
    char *written;
    size_t len;
};

/* For cmocka: *state is the listener. */
int listener_setup(void **state);
int listener_teardown(void **state);

/* Begins the story of one checkout, or of all (0). */
struct report_story *listener_begin(struct listener *listener, uint32_t checkout);

/* Tells one step of these records, and gives the whole page so far. */
const char *listener_hear(struct listener *listener, struct report_story *story,
                          const struct sim_record *records, uint32_t len);

/* The page of a story of these records alone, of all checkouts. The listener's until the next. */
const char *listener_page(struct listener *listener, const struct sim_record *records,
                          uint32_t len);

#endif
