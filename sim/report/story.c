#include "sim/report/story.h"

#include <stdlib.h>

#include "sim/report/telling.h"

struct report_story *report_story_create(const struct scenario *scenario, uint32_t checkout,
                                         const struct run_result *result, report_line_taker *take,
                                         void *context)
{
    struct report_story *story = calloc(1, sizeof(*story));
    size_t told_len = checkout == 0 ? scenario->checkouts.count : 1;
    if (story == NULL) {
        return NULL;
    }
    story->scenario = scenario;
    story->plan = &scenario->plan;
    story->result = result;
    story->checkout = checkout;
    story->take = take;
    story->context = context;
    story->told = calloc(told_len, sizeof(*story->told));
    if (story->told == NULL) {
        free(story);
        return NULL;
    }
    return story;
}

void report_story_destroy(struct report_story *story)
{
    if (story != NULL) {
        free(story->told);
        free(story);
    }
}

struct report_words *telling_begin(struct report_story *story, const struct sim_record *record,
                                   const char *from, const char *to)
{
    struct report_line *line = &story->line;
    line->time_ns = record->time_ns;
    line->checkout = record->checkout;
    snprintf(line->actors, sizeof(line->actors), to == NULL ? "%s" : "%s -> %s", from, to);
    report_words_clear(&line->what);
    return &line->what;
}

void telling_end(struct report_story *story)
{
    story->take(story->context, &story->line);
}

typedef void teller(struct report_story *story, const struct sim_record *record);

/* Those that tell of one record alone, by kind. SIM_EFFECT and SIM_ANSWERED are told with the
 * arrival that they belong to. */
static teller *const tellers[] = {
    [SIM_HANDLED] = telling_handled,
    [SIM_LAPSED] = telling_lapsed,
    [SIM_MENDED] = telling_mended,
    [SIM_OWED] = telling_owed,
    [SIM_UNSTORED] = telling_unstored,
    [SIM_SLOWED] = telling_slowed,
    [SIM_LATE] = telling_late,
    [SIM_NOTIFIED] = telling_notified,
    [SIM_UNPUBLISHED] = telling_unpublished,
    [SIM_CRASHED] = telling_crashed,
    [SIM_RESTARTED] = telling_restarted,
    [SIM_PAUSED] = telling_paused,
    [SIM_RESUMED] = telling_resumed,
    [SIM_JUMPED] = telling_jumped,
    [SIM_DRIFTED] = telling_drifted,
    [SIM_SERVICE_CRASHED] = telling_service_crashed,
    [SIM_SERVICE_RESTARTED] = telling_service_restarted,
    [SIM_PARTITIONED] = telling_partitioned,
    [SIM_JOINED] = telling_joined,
};

typedef uint32_t group_teller(struct report_story *story, const struct sim_record *records,
                              uint32_t len);

/* Those that tell of a record and what belongs to it, by kind. */
static group_teller *const group_tellers[] = {
    [SIM_PUBLISHED] = telling_published, [SIM_SENT] = telling_sent,
    [SIM_ARRIVED] = telling_arrived,     [SIM_LOST] = telling_message,
    [SIM_DELAYED] = telling_message,     [SIM_DUPLICATED] = telling_message,
    [SIM_OVERTAKEN] = telling_message,   [SIM_JOINED] = NULL, /* the last kind */
};

/* One record, and those that belong to it. Returns how many that were. */
static uint32_t tell_record(struct report_story *story, const struct sim_step *step, uint32_t i)
{
    const struct sim_record *record = &step->records[i];
    if (group_tellers[record->kind] != NULL) {
        return group_tellers[record->kind](story, record, step->records_len - i);
    }
    if (record->kind == SIM_STORED) {
        telling_stored(story, record, step);
    } else if (tellers[record->kind] != NULL) {
        tellers[record->kind](story, record);
    }
    return 1;
}

/* The violations found before this instant that have not been told. */
static void tell_violations(struct report_story *story, uint64_t time_ns)
{
    const struct run_result *result = story->result;
    while (result != NULL && story->violations_told < result->violations_len) {
        const struct check_violation *violation = &result->violations[story->violations_told];
        if (violation->time_ns >= time_ns) {
            return;
        }
        story->violations_told++;
        if (story->checkout != 0 && violation->checkout != 0 &&
            violation->checkout != story->checkout) {
            continue;
        }
        struct sim_record at = {.time_ns = violation->time_ns, .checkout = violation->checkout};
        struct report_words *what = telling_begin(story, &at, "VIOLATED", NULL);
        report_words_add(what, "%s: %s", sim_invariant_name(violation->invariant),
                         violation->detail);
        telling_end(story);
    }
}

/* What befalls a node, a service or the network concerns every checkout. */
static bool is_wanted(const struct report_story *story, const struct sim_record *record)
{
    return story->checkout == 0 || record->checkout == 0 || record->checkout == story->checkout;
}

void report_story_tell(void *context, const struct sim_step *step)
{
    struct report_story *story = context;
    tell_violations(story, step->time_ns);
    for (uint32_t i = 0; i < step->records_len;) {
        i += is_wanted(story, &step->records[i]) ? tell_record(story, step, i) : 1;
    }
}

void report_story_end(struct report_story *story)
{
    tell_violations(story, UINT64_MAX);
}
