#include <inttypes.h>

#include "sim/report/actors.h"
#include "sim/report/telling.h"
#include "sim/report/text.h"

static void tell_service(struct report_story *story, const struct sim_record *record,
                         const char *what)
{
    report_words_add(
        telling_begin(story, record, report_peer_name(story->plan, record->index), NULL), "%s",
        what);
    telling_end(story);
}

static void tell_node(struct report_story *story, const struct sim_record *record, const char *what)
{
    char node[REPORT_NODE_NAME_MAX];
    report_node_name(node, story->scenario, record->index);
    report_words_add(telling_begin(story, record, node, NULL), "%s", what);
    telling_end(story);
}

void telling_lapsed(struct report_story *story, const struct sim_record *record)
{
    tell_service(story, record,
                 record->what == 1 ? "the hold is dropped early: one unit released"
                                   : "the hold has run out: one unit released");
}

void telling_mended(struct report_story *story, const struct sim_record *record)
{
    tell_service(story, record, "mended by the operator's own hand");
}

void telling_restarted(struct report_story *story, const struct sim_record *record)
{
    tell_node(story, record, "starts again");
}

void telling_resumed(struct report_story *story, const struct sim_record *record)
{
    tell_node(story, record, "goes on");
}

void telling_service_restarted(struct report_story *story, const struct sim_record *record)
{
    tell_service(story, record, "starts again");
}

/* A line about who stops for a time. */
static void tell_stop(struct report_story *story, const struct sim_record *record, const char *who,
                      const char *how)
{
    char span[REPORT_TEXT_MAX];
    report_words_add(telling_begin(story, record, who, NULL), "%s for %s", how,
                     report_print_span(span, record->value));
    telling_end(story);
}

void telling_crashed(struct report_story *story, const struct sim_record *record)
{
    static const char *const how[] = {
        [SIM_CRASH_AT] = "crashes,",
        [SIM_CRASH_BEFORE_COMMIT] = "crashes before it commits,",
        [SIM_CRASH_BEFORE_DISPATCH] = "crashes after it has committed, before it sends,",
        [SIM_CRASH_AFTER_DISPATCH] = "crashes after it has sent,",
    };
    char node[REPORT_NODE_NAME_MAX];
    tell_stop(story, record, report_node_name(node, story->scenario, record->index),
              how[record->what]);
}

void telling_paused(struct report_story *story, const struct sim_record *record)
{
    char node[REPORT_NODE_NAME_MAX];
    tell_stop(story, record, report_node_name(node, story->scenario, record->index),
              "stands still");
}

void telling_service_crashed(struct report_story *story, const struct sim_record *record)
{
    tell_stop(story, record, report_peer_name(story->plan, record->index), "crashes,");
}

/* A service outside of what arrived there, or a commit, takes longer. */
void telling_slowed(struct report_story *story, const struct sim_record *record)
{
    char span[REPORT_TEXT_MAX];
    char node[REPORT_NODE_NAME_MAX];
    report_print_span(span, record->value);
    if (record->what == 1) {
        report_node_name(node, story->scenario, record->index);
        report_words_add(telling_begin(story, record, node, NULL), "a commit is slow by %s", span);
    } else {
        struct report_words *what =
            telling_begin(story, record, report_peer_name(story->plan, record->index), NULL);
        telling_add_call(story, what, record);
        report_words_add(what, ": slow by %s", span);
    }
    telling_end(story);
}

void telling_late(struct report_story *story, const struct sim_record *record)
{
    char span[REPORT_TEXT_MAX];
    char node[REPORT_NODE_NAME_MAX];
    report_node_name(node, story->scenario, record->index);
    report_words_add(telling_begin(story, record, "clock", node), "a tick is late by %s",
                     report_print_span(span, record->value));
    telling_end(story);
}

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

void telling_jumped(struct report_story *story, const struct sim_record *record)
{
    char span[REPORT_TEXT_MAX];
    char node[REPORT_NODE_NAME_MAX];
    int64_t by_ns = (int64_t)record->value;
    report_node_name(node, story->scenario, record->index);
    report_words_add(telling_begin(story, record, node, NULL), "the wall clock jumps by %s%s%s",
                     by_ns < 0 ? "-" : "", report_print_span(span, magnitude(by_ns)),
                     record->what == 1 ? ", unnoticed" : "");
    telling_end(story);
}

void telling_drifted(struct report_story *story, const struct sim_record *record)
{
    char node[REPORT_NODE_NAME_MAX];
    int64_t ppm = (int64_t)record->value;
    if (ppm == 0) {
        tell_node(story, record, "the clocks keep time again");
        return;
    }
    report_node_name(node, story->scenario, record->index);
    report_words_add(telling_begin(story, record, node, NULL),
                     "the clocks run %" PRIu64 " ppm too %s from now on", magnitude(ppm),
                     ppm < 0 ? "slow" : "fast");
    telling_end(story);
}

void telling_partitioned(struct report_story *story, const struct sim_record *record)
{
    char span[REPORT_TEXT_MAX];
    const struct scenario_fault *fault = &story->scenario->faults[record->call];
    struct report_words *what = telling_begin(story, record, "network", NULL);
    report_words_add(what, "partition: nothing passes %s ", fault->one_way ? "from" : "between");
    report_partition_words(story->scenario, fault, fault->one_way ? " to " : " and ", what);
    report_words_add(what, ", for %s", report_print_span(span, record->value));
    telling_end(story);
}

void telling_joined(struct report_story *story, const struct sim_record *record)
{
    const struct scenario_fault *fault = &story->scenario->faults[record->call];
    struct report_words *what = telling_begin(story, record, "network", NULL);
    report_words_add(what, "joined again: ");
    report_partition_words(story->scenario, fault, " and ", what);
    telling_end(story);
}
