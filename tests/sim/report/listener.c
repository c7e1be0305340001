#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "listener.h"

static void open_page(struct listener *listener)
{
    FILE *out = open_memstream(&listener->written, &listener->len);
    assert_non_null(out);
    listener->page = report_page_begin(out, listener->scenario, 0);
}

static void close_page(struct listener *listener)
{
    fclose(listener->page.out);
    free(listener->written);
}

int listener_setup(void **state)
{
    struct listener *listener = calloc(1, sizeof(*listener));
    assert_non_null(listener);
    listener->scenario = calloc(1, sizeof(*listener->scenario));
    listener->result = calloc(1, sizeof(*listener->result));
    assert_non_null(listener->scenario);
    assert_non_null(listener->result);
    listener->scenario->plan = saga_checkout_plan;
    listener->scenario->checkouts.count = 1;
    listener->scenario->nodes_len = 1;
    open_page(listener);
    *state = listener;
    return 0;
}

int listener_teardown(void **state)
{
    struct listener *listener = *state;
    close_page(listener);
    free(listener->result);
    free(listener->scenario);
    free(listener);
    return 0;
}

static void take(void *context, const struct report_line *line)
{
    struct listener *listener = context;
    report_page_write(&listener->page, line);
}

struct report_story *listener_begin(struct listener *listener, uint32_t checkout)
{
    struct report_story *story =
        report_story_create(listener->scenario, checkout, listener->result, take, listener);
    assert_non_null(story);
    close_page(listener);
    open_page(listener); /* as wide as the scenario is by now */
    return story;
}

const char *listener_hear(struct listener *listener, struct report_story *story,
                          const struct sim_record *records, uint32_t len)
{
    struct sim_step *step = calloc(1, sizeof(*step));
    assert_non_null(step);
    step->time_ns = records[0].time_ns;
    step->records_len = len;
    memcpy(step->records, records, len * sizeof(*records));
    report_story_tell(story, step);
    free(step);
    fflush(listener->page.out);
    return listener->written;
}

const char *listener_page(struct listener *listener, const struct sim_record *records, uint32_t len)
{
    struct report_story *story = listener_begin(listener, 0);
    listener_hear(listener, story, records, len);
    report_story_destroy(story);
    return listener->written;
}
