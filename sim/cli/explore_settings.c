/* From a plan or a scenario, and the options, to what is explored. */
#include <stdlib.h>

#include "sim/cli/explore.h"
#include "sim/report/words.h"

/* Neither asked for by all nor by none: both are explored. */
enum { FLAG_BOTH_PPM = SAGA_PPM / 2 };

static bool has_range(struct scenario_range range)
{
    return range.lo != 0 || range.hi != 0;
}

static bool has_clocks(const struct scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->nodes_len; i++) {
        if (scenario->clocks[i].offset_ns != 0 || scenario->clocks[i].drift_ppm != 0) {
            return true;
        }
    }
    return false;
}

static bool has_expectations(const struct scenario_expect *expect)
{
    const struct scenario_outcome *all = &expect->all;
    return expect->each_len > 0 || expect->has_counts || expect->violates_len > 0 ||
           all->has_status || all->has_reason || all->has_code || all->has_step ||
           all->has_compensation || all->has_undone || all->has_events || all->has_within ||
           all->has_not_before || all->has_attempts != 0;
}

/* What the scenario says beside that which is explored. */
static void add_unused(struct report_words *words, const struct scenario *scenario)
{
    const struct {
        const char *key;
        bool is_there;
    } keys[] = {
        {"faults", scenario->faults_len > 0},
        {"swarm", scenario->swarm != 0},
        {"nodes", scenario->nodes_len > 1},
        {"network", scenario->network.lose_ppm > 0 || scenario->network.duplicate_ppm > 0},
        {"clocks", has_clocks(scenario)},
        {"store", has_range(scenario->commit_ns)},
        {"checkouts.cancel", scenario->checkouts.cancel_ppm > 0},
        {"expect", has_expectations(&scenario->expect)},
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (keys[i].is_there) {
            report_words_add_item(words, 0, keys[i].key);
        }
    }
}

static void tell_unused(const struct explore_command *command)
{
    struct report_words words;
    report_words_clear(&words);
    add_unused(&words, command->scenario);
    if (words.len > 0) {
        fprintf(stderr, "backstep explore: of %s these keys have no part in it: %s\n",
                command->options.input, words.text);
    }
}

static uint32_t checkouts_of(const struct explore_command *command)
{
    uint32_t count = command->scenario->checkouts.count;
    if (command->options.checkouts > 0) {
        return (uint32_t)command->options.checkouts;
    }
    return count <= EXPLORE_CHECKOUTS_MAX ? count : 1;
}

/* Two checkouts compete for the last unit, unless the scenario says how many there are. */
static void compete(struct scenario *scenario)
{
    for (uint8_t i = 0; i < scenario->plan.services_len; i++) {
        bool is_hold = scenario->plan.services[i].model == SAGA_MODEL_HOLD;
        if (is_hold && scenario->services[i].stock == SCENARIO_STOCK_ENOUGH) {
            scenario->services[i].stock = 1;
        }
    }
}

static void fill_settings(struct explore_command *command)
{
    const struct explore_options *options = &command->options;
    uint64_t all = explore_invariants();
    command->settings = (struct explore_settings){
        .scenario = command->scenario,
        .checkouts = command->scenario->checkouts.count,
        .faults = (uint32_t)options->faults,
        .jobs = (uint32_t)options->jobs,
        .until_depth = (uint32_t)options->until_depth,
        .memory_bytes = options->memory_bytes,
        .invariants = options->invariants == 0 ? all : options->invariants,
        .is_folded = !options->no_fold,
    };
}

int explore_prepare(struct explore_command *command)
{
    struct scenario *scenario = command->scenario;
    int status = cli_input_load(command->options.input, scenario, &command->input);
    if (status != CLI_OK) {
        return status;
    }
    if (command->input == CLI_INPUT_SCENARIO) {
        tell_unused(command);
    } else {
        for (uint8_t i = 0; i < scenario->plan.flags_len; i++) {
            scenario->checkouts.flags_ppm[i] = FLAG_BOTH_PPM;
        }
    }
    scenario->checkouts.count = checkouts_of(command);
    scenario->nodes_len = scenario->checkouts.count;
    if (scenario->checkouts.count > 1) {
        compete(scenario);
    }
    fill_settings(command);
    return CLI_OK;
}
