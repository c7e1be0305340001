/* What `backstep run` tells of scenarios with `swarm`: what struck, how checkouts ended, and
 * whether the campaign kept what it promises. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/campaign/promise.h"
#include "sim/cli/run.h"
#include "sim/report/campaign.h"
#include "sim/report/text.h"
#include "sim/swarm/swarm.h"

/* The paths of one plan, as they are told: those taken, the most frequent first, then the others.
 */
struct told_paths {
    struct report_path *items;
    uint16_t *masks;
    char *text; /* what the items' texts live in */
    size_t len;
    size_t possible;
};

static size_t width_of(const struct saga_plan *plan, uint16_t mask)
{
    size_t width = 1;
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        width += (mask >> i & 1) != 0 ? strlen(plan->compensations[i].name) + 2 : 0;
    }
    return width;
}

/* "release_inventory, cancel_order"; returns where the next text may begin. */
static char *write_path(char *text, const struct saga_plan *plan, uint16_t mask)
{
    *text = '\0';
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        if ((mask >> i & 1) != 0) {
            text = stpcpy(text, plan->compensations[i].name);
            text = stpcpy(text, mask >> i > 1 ? ", " : "");
        }
    }
    return text + 1;
}

static void free_paths(struct told_paths *paths)
{
    free(paths->items);
    free(paths->masks);
    free(paths->text);
}

static int by_count(const void *a, const void *b)
{
    const struct report_path *one = a;
    const struct report_path *other = b;
    if (one->count != other->count) {
        return one->count > other->count ? -1 : 1;
    }
    return strcmp(one->text, other->text);
}

/* The possible ones, and those that were taken all the same. */
static bool find_paths(const struct saga_plan *plan, const struct campaign_paths *taken,
                       struct told_paths *paths)
{
    struct campaign_path_set set;
    size_t size = 0;
    paths->possible = campaign_paths_possible(plan, &set);
    paths->masks = malloc((paths->possible + taken->len + 1) * sizeof(*paths->masks));
    paths->items = malloc((paths->possible + taken->len + 1) * sizeof(*paths->items));
    if (paths->masks == NULL || paths->items == NULL) {
        return false;
    }
    for (uint32_t mask = 0; mask <= UINT16_MAX; mask++) {
        bool is_told = campaign_path_set_has(&set, (uint16_t)mask) ||
                       campaign_paths_count(taken, (uint16_t)mask) > 0;
        if (is_told) {
            paths->masks[paths->len++] = (uint16_t)mask;
            size += width_of(plan, (uint16_t)mask);
        }
    }
    paths->text = malloc(size);
    return paths->text != NULL;
}

/* Fills what is to be told; free it in any case. False when memory is out. */
static bool tell_paths(const struct saga_plan *plan, const struct campaign_paths *taken,
                       struct told_paths *paths)
{
    *paths = (struct told_paths){0};
    if (!find_paths(plan, taken, paths)) {
        return false;
    }
    char *text = paths->text;
    for (size_t i = 0; i < paths->len; i++) {
        paths->items[i] = (struct report_path){
            .text = text, .count = campaign_paths_count(taken, paths->masks[i])};
        text = write_path(text, plan, paths->masks[i]);
    }
    qsort(paths->items, paths->len, sizeof(*paths->items), by_count);
    return true;
}

static struct report_closing closing_of(const struct campaign_spans *spans)
{
    return (struct report_closing){.count = spans->len,
                                   .p50_ns = campaign_spans_percentile_ns(spans, 50),
                                   .p99_ns = campaign_spans_percentile_ns(spans, 99)};
}

static bool write_summary(FILE *out, const struct report_style *style,
                          const struct campaign_entry *entry, const struct campaign_tally *tally)
{
    struct told_paths paths;
    struct report_campaign campaign = {
        .name = entry->scenario->name,
        .runs = tally->runs,
        .failed = tally->failed,
        .events = tally->events,
        .virtual_ns = tally->virtual_ns,
        .promised = campaign_promise_of(entry, tally).promised,
        .completed = closing_of(&tally->completed),
        .came_to_nothing = closing_of(&tally->undone_in),
        .held_ms = tally->held_ms,
    };
    memcpy(campaign.faults, tally->faults, sizeof(campaign.faults));
    memcpy(campaign.statuses, tally->counts, sizeof(campaign.statuses));
    bool told = tell_paths(&entry->scenario->plan, &tally->paths, &paths);
    if (told) {
        campaign.paths = paths.items;
        campaign.paths_len = paths.len;
        campaign.paths_possible = paths.possible;
        fputc('\n', out);
        report_write_campaign(out, style, &campaign);
    }
    free_paths(&paths);
    return told;
}

void run_campaign_summaries(struct run_command *command)
{
    bool is_all = true;
    for (size_t i = 0; i < command->suite.len; i++) {
        is_all &= command->suite.entries[i].scenario->swarm != 0;
    }
    for (size_t i = 0; is_all && i < command->suite.len; i++) {
        if (command->tallies[i].runs > 1) {
            command->no_memory |= !write_summary(command->human, &command->style,
                                                 &command->suite.entries[i], &command->tallies[i]);
        }
    }
}

static void write_never(FILE *out, const struct campaign_promise *promise)
{
    const char *comma = "";
    for (int kind = 0; kind < SIM_FAULT_KINDS_LEN; kind++) {
        if ((promise->never >> kind & 1) != 0) {
            fprintf(out, "%s%s", comma, sim_fault_kind_name((enum sim_fault_kind)kind));
            comma = ", ";
        }
    }
}

/* Nothing is owed by a campaign that was cut short. */
static struct campaign_promise promise_of(const struct run_command *command, size_t entry)
{
    struct campaign_promise promise =
        campaign_promise_of(&command->suite.entries[entry], &command->tallies[entry]);
    bool stopped = command->options.campaign.fail_fast && command->state.failed > 0;
    promise.is_broken &= command->signal == 0 && !stopped;
    return promise;
}

bool run_campaign_write_promise(const struct run_command *command, FILE *out, size_t entry)
{
    struct campaign_promise promise = promise_of(command, entry);
    char count[REPORT_TEXT_MAX];
    if (!promise.is_broken) {
        return false;
    }
    fprintf(out, "FAIL  %s\n", command->suite.entries[entry].scenario->name);
    if (promise.never != 0) {
        fprintf(out, "  in %s runs faults that `swarm` promises never struck: ",
                report_print_count(count, command->tallies[entry].runs));
        write_never(out, &promise);
        fputc('\n', out);
    }
    if (promise.strange > 0) {
        fprintf(out, "  %s checkouts took a compensation path that the plan does not have\n",
                report_print_count(count, promise.strange));
    }
    return true;
}

uint64_t run_campaign_promises(struct run_command *command)
{
    uint64_t unkept = 0;
    for (size_t i = 0; i < command->suite.len; i++) {
        if (promise_of(command, i).is_broken) {
            fputc('\n', command->human);
            run_campaign_write_promise(command, command->human, i);
            unkept += command->tallies[i].failed == 0;
        }
    }
    return unkept;
}

struct cli_progress_swarm run_campaign_progress(const struct run_command *command)
{
    struct cli_progress_swarm swarm = {0};
    uint64_t struck = 0;
    uint64_t promised = 0;
    for (size_t i = 0; i < command->suite.len; i++) {
        const struct scenario *scenario = command->suite.entries[i].scenario;
        const struct campaign_tally *tally = &command->tallies[i];
        struct campaign_path_set set;
        if (scenario->swarm == 0) {
            continue;
        }
        for (int kind = 0; kind < SIM_FAULT_KINDS_LEN; kind++) {
            swarm.struck += tally->faults[kind];
            struck |= (uint64_t)(tally->faults[kind] > 0) << kind;
        }
        promised |= swarm_kinds(scenario);
        swarm.paths += tally->paths.len;
        swarm.possible += campaign_paths_possible(&scenario->plan, &set);
    }
    swarm.kinds = (unsigned)__builtin_popcountll(struck & promised);
    swarm.promised = (unsigned)__builtin_popcountll(promised);
    return swarm;
}
