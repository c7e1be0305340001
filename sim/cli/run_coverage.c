/* What `backstep run --coverage` tells: for each plan which of its cells were visited. */
#include <stdlib.h>
#include <string.h>

#include "runtime/plan/same.h"
#include "sim/cli/run.h"

static bool is_same_plan(const struct campaign_entry *a, const struct campaign_entry *b)
{
    return plan_is_same(&a->scenario->plan, &b->scenario->plan);
}

static bool is_variant(const struct campaign_entry *a, const struct campaign_entry *b)
{
    return strcmp(a->scenario->plan.name, b->scenario->plan.name) == 0 &&
           a->scenario->plan.version == b->scenario->plan.version;
}

/* How many scenarios play exactly this entry's plan, and how many a variant of it. */
static struct report_coverage count_plan(const struct campaign_suite *suite, size_t entry)
{
    struct report_coverage plan = {.plan = &suite->entries[entry].scenario->plan, .suite = suite};
    for (size_t i = 0; i < suite->len; i++) {
        bool is_same = is_same_plan(&suite->entries[i], &suite->entries[entry]);
        plan.scenarios += is_same;
        plan.scenarios_apart += !is_same && is_variant(&suite->entries[i], &suite->entries[entry]);
    }
    return plan;
}

/* The section of the entry's plan, whatever its policies; the sections' number if there is none. */
static size_t section_of(const struct run_coverage *coverage, const struct campaign_entry *entry)
{
    size_t i = 0;
    while (i < coverage->len && !is_variant(&coverage->entries[i], entry)) {
        i++;
    }
    return i;
}

bool run_coverage_begin(struct run_command *command)
{
    struct run_coverage *coverage = &command->coverage;
    size_t len = command->suite.len;
    coverage->plans = calloc(len + 1, sizeof(*coverage->plans));
    coverage->entries = calloc(len + 1, sizeof(*coverage->entries));
    coverage->visits = calloc(len + 1, sizeof(struct coverage_visits *));
    if (coverage->plans == NULL || coverage->entries == NULL || coverage->visits == NULL) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        struct report_coverage plan = count_plan(&command->suite, i);
        size_t section = section_of(coverage, &command->suite.entries[i]);
        if (section == coverage->len) {
            coverage->visits[section] = calloc(1, sizeof(struct coverage_visits));
            if (coverage->visits[section] == NULL) {
                return false;
            }
            coverage->len++;
        }
        if (plan.scenarios > coverage->plans[section].scenarios) {
            coverage->plans[section] = plan;
            coverage->plans[section].visits = coverage->visits[section];
            coverage->entries[section] = command->suite.entries[i];
        }
    }
    return true;
}

bool run_coverage_covered(void *context, size_t entry, const struct coverage_visits *visits)
{
    struct run_command *command = context;
    struct run_coverage *coverage = &command->coverage;
    const struct campaign_entry *played = &command->suite.entries[entry];
    size_t section = section_of(coverage, played);
    if (is_same_plan(played, &coverage->entries[section])) {
        coverage_visits_merge(coverage->visits[section], visits);
    } else {
        coverage_visits_merge_apart(coverage->visits[section], visits);
    }
    return true;
}

/* Every possible cell of the plan was visited, and somebody played it. */
static bool passes_gate(struct run_command *command, const char *gate)
{
    const struct run_coverage *coverage = &command->coverage;
    for (size_t i = 0; i < coverage->len; i++) {
        struct report_cells cells = report_cells_of_all(&coverage->plans[i]);
        if (strcmp(coverage->plans[i].plan->name, gate) == 0) {
            return cells.visited == cells.possible;
        }
    }
    fprintf(command->human, "\nno scenario plays the plan %s of --coverage-gate\n", gate);
    return false;
}

bool run_coverage_tell(struct run_command *command)
{
    const struct run_coverage *coverage = &command->coverage;
    const char *gate = command->options.coverage_gate;
    bool is_well = true;
    for (size_t i = 0; i < coverage->len; i++) {
        fputc('\n', command->human);
        report_write_coverage(command->human, &command->style, &coverage->plans[i]);
        is_well &= coverage->visits[i]->wrong == 0;
    }
    return (gate == NULL || passes_gate(command, gate)) && is_well;
}

void run_coverage_end(struct run_command *command)
{
    struct run_coverage *coverage = &command->coverage;
    for (size_t i = 0; i < coverage->len; i++) {
        free(coverage->visits[i]);
    }
    free(coverage->visits);
    free(coverage->entries);
    free(coverage->plans);
    *coverage = (struct run_coverage){0};
}
