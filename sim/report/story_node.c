#include <assert.h>
#include <inttypes.h>

#include "core/result.h"
#include "sim/report/actors.h"
#include "sim/report/change.h"
#include "sim/report/telling.h"
#include "sim/report/text.h"

/* How the node took an event that changed nothing. */
static void add_refusal(struct report_words *what, const struct sim_record *record)
{
    if (record->index != SAGA_OK) {
        report_words_add(what, "; refused: %s", saga_result_name((enum saga_result)record->index));
    } else if (record->value == 0) {
        report_words_add(what, record->what == SAGA_REPLY ? "; stale, ignored" : "; ignored");
    }
}

/* An accepted event is told when it is stored: how long after it was handled? */
static void add_latency(struct report_words *what, const struct sim_record *record)
{
    char span[REPORT_TEXT_MAX];
    if (record->value > 1) {
        report_words_add(what, " (handled %s before)", report_print_span(span, record->value - 1));
    }
}

void telling_handled(struct report_story *story, const struct sim_record *record)
{
    char node[REPORT_NODE_NAME_MAX];
    const char *service =
        (record->epoch & SIM_GARBAGE) != 0 ? "nobody" : telling_service(story, record);
    struct report_words *what = NULL;
    report_node_name(node, story->scenario, report_record_node(record));
    switch ((enum saga_event_kind)record->what) {
    case SAGA_START:
        what = telling_begin(story, record, "buyer", node);
        report_words_add(what, "start");
        break;
    case SAGA_CANCEL:
        what = telling_begin(story, record, "buyer", node);
        report_words_add(what, "cancel");
        break;
    case SAGA_REPLY:
        what = telling_begin(story, record, service, node);
        telling_add_attempt(story, what, record);
        report_words_add(what, ": ");
        telling_add_answer(story, what, record);
        break;
    case SAGA_TICK:
        if (record->value > 0) {
            return; /* what was due is told by the change that it made */
        }
        what = telling_begin(story, record, "clock", node);
        report_words_add(what, "tick");
        break;
    case SAGA_RETRY:
    case SAGA_RESOLVE:
        what = telling_begin(story, record, "operator", node);
        report_words_add(what, "%s %s", saga_event_kind_name((enum saga_event_kind)record->what),
                         saga_call_name(story->plan, record->call));
        break;
    }
    assert(what != NULL);
    add_refusal(what, record);
    add_latency(what, record);
    telling_end(story);
}

/* What has been told of the record's checkout. */
static struct told *told_of(struct report_story *story, const struct sim_record *record)
{
    return story->checkout == 0 ? &story->told[record->checkout - 1] : story->told;
}

/* The tick that is stored in this step, if one is: nothing else tells of it. */
static const struct sim_record *find_tick(const struct sim_step *step)
{
    for (uint32_t i = 0; i < step->records_len; i++) {
        const struct sim_record *record = &step->records[i];
        if (record->kind == SIM_HANDLED && record->what == SAGA_TICK && record->value > 0) {
            return record;
        }
    }
    return NULL;
}

void telling_stored(struct report_story *story, const struct sim_record *record,
                    const struct sim_step *step)
{
    char node[REPORT_NODE_NAME_MAX];
    if (step->stored == NULL) {
        return;
    }
    const struct sim_record *tick = find_tick(step);
    struct saga_session *session = &told_of(story, record)->session;
    struct report_change change = {
        .plan = story->plan, .before = session, .after = step->stored, .is_tick = tick != NULL};
    report_node_name(node, story->scenario, record->index);
    struct report_words *what = telling_begin(story, record, node, NULL);
    if (report_change_words(&change, what)) {
        if (tick != NULL) {
            add_latency(what, tick);
        }
        telling_end(story);
    }
    what = telling_begin(story, record, node, NULL);
    report_words_add(what, "stored v%" PRIu64 ": ", record->value);
    report_change_state(story->plan, step->stored, session->cause == SAGA_CAUSE_NONE, what);
    telling_end(story);
    *session = *step->stored;
}

void telling_unstored(struct report_story *story, const struct sim_record *record)
{
    static const char *const how[] = {
        [SIM_UNSTORED_FAILED] = "failed: nothing is stored",
        [SIM_UNSTORED_AMBIGUOUS] = "ambiguous: stored, reported as failed",
        [SIM_UNSTORED_CONFLICT] = "refused as a conflict: nothing is stored",
        [SIM_UNSTORED_OVERTAKEN] = "refused: another node has stored since",
        [SIM_UNSTORED_PARTITION] = "failed: partition, the store is out of reach",
        [SIM_UNSTORED_CRASH] = "lost in the crash",
    };
    char node[REPORT_NODE_NAME_MAX];
    struct report_words *what =
        telling_begin(story, record, report_node_name(node, story->scenario, record->index), NULL);
    report_words_add(what, "commit ");
    if (record->call != SAGA_NONE) {
        report_words_add(what, "of ");
        telling_add_attempt(story, what, record);
        report_words_add(what, " ");
    }
    report_words_add(what, "%s", how[record->what]);
    telling_end(story);
}

/* Completion, failure and expiry: they come of no step and of no compensation. */
static const char *outcome_name(const struct report_story *story, const struct sim_record *record)
{
    struct saga_domain_event event = {.kind = record->what};
    return saga_domain_event_name(story->plan, &event);
}

static bool is_notified_of(const struct sim_record *published, const struct sim_record *record)
{
    return record->kind == SIM_NOTIFIED && record->checkout == published->checkout &&
           record->value == published->value;
}

/* An event, and the buyer's notification of it if that follows. */
uint32_t telling_published(struct report_story *story, const struct sim_record *records,
                           uint32_t len)
{
    char node[REPORT_NODE_NAME_MAX];
    struct saga_domain_event event = {.kind = records->what, .index = records->index};
    struct told *told = told_of(story, records);
    report_node_name(node, story->scenario, report_record_node(records));
    struct report_words *what = telling_begin(story, records, node, NULL);
    bool is_known = records->value < told->events;
    bool is_notified = len > 1 && is_notified_of(records, &records[1]);
    report_words_add(what, "publishes %s%s", saga_domain_event_name(story->plan, &event),
                     is_known ? " again" : "");
    if (is_notified) {
        report_words_add(what, records[1].index == 0 ? "; the buyer is notified"
                                                     : "; the buyer was notified before");
    }
    telling_end(story);
    told->events = is_known ? told->events : records->value + 1;
    return is_notified ? 2 : 1;
}

void telling_notified(struct report_story *story, const struct sim_record *record)
{
    char node[REPORT_NODE_NAME_MAX];
    report_node_name(node, story->scenario, report_record_node(record));
    report_words_add(telling_begin(story, record, node, "buyer"), "notified%s: %s",
                     record->index == 0 ? "" : " before", outcome_name(story, record));
    telling_end(story);
}

void telling_unpublished(struct report_story *story, const struct sim_record *record)
{
    char node[REPORT_NODE_NAME_MAX];
    report_node_name(node, story->scenario, record->index);
    report_words_add(telling_begin(story, record, node, NULL), "%s can not be reached: %s",
                     record->what == 0 ? "events" : "notification",
                     record->answer == 0 ? "unavailable" : "partition");
    telling_end(story);
}
