#include <stdlib.h>
#include <string.h>

#include "sim/cli/explore.h"
#include "sim/replay/replay.h"
#include "sim/report/explore.h"
#include "sim/report/failure.h"
#include "sim/report/label.h"
#include "sim/report/words.h"
#include "sim/scenario/write.h"

/* Where the scenario goes, as the user named it. */
static const char *place_of(const struct explore_command *command)
{
    return command->options.output == NULL ? "-" : command->options.output;
}

bool explore_outputs_open(struct explore_command *command)
{
    const struct explore_options *options = &command->options;
    if (options->json != NULL && !cli_output_open(&command->json, options->json)) {
        return false;
    }
    if (options->output != NULL && !cli_output_open(&command->output, options->output)) {
        return false;
    }
    return command->input == CLI_INPUT_SCENARIO
               ? cli_plan_key_read(&command->plan, options->input, place_of(command))
               : cli_plan_key_of_plan(&command->plan, options->input, place_of(command));
}

void explore_outputs_discard(struct explore_command *command)
{
    cli_output_discard(&command->json);
    cli_output_discard(&command->output);
}

/* What people read at the head of the file. */
static char *make_comment(const struct explore_command *command)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL) {
        return NULL;
    }
    const struct explore_violation *violation = &command->result->violation;
    fprintf(out, "%s broke: %s\nmade by   backstep explore ",
            sim_invariant_name(violation->invariant), violation->detail);
    report_write_shell_word(out, command->options.input);
    fprintf(out, " --faults %u --checkouts %u\nreplay    backstep run ",
            (unsigned)command->settings.faults, (unsigned)command->settings.checkouts);
    report_write_shell_word(out,
                            command->options.output == NULL ? "FILE" : command->options.output);
    fputc('\n', out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static bool write_scenario(const struct explore_command *command, FILE *out,
                           const struct scenario *scenario)
{
    char *comment = make_comment(command);
    if (comment == NULL) {
        return false;
    }
    scenario_write_yaml(out, scenario, comment, command->plan.text, &command->plan.plan);
    free(comment);
    return true;
}

/* The simulated world does not come to it: the path stands for itself. */
static void tell_apart(const struct explore_command *command, const struct replay_report *report)
{
    struct report_words words;
    report_words_clear(&words);
    report_words_add(&words,
                     "the simulated world does not violate it that way: it takes %u of %u steps in "
                     "this order; no scenario is written",
                     (unsigned)report->followed, (unsigned)report->choices);
    report_write_labelled(command->human, &command->style, "replay", words.text);
}

/* Writes it to its file, or among the text; and tells how it is replayed. */
static bool write_replay(struct explore_command *command, const struct scenario *scenario)
{
    FILE *out = command->human;
    bool is_file = command->output.file != NULL;
    if (!write_scenario(command, is_file ? command->output.file : out, scenario)) {
        return false;
    }
    fputs(is_file ? "" : "\n", out);
    report_ink(out, &command->style, REPORT_STRONG);
    fprintf(out, "%-*s", REPORT_LABEL_COLUMNS, "replay");
    report_ink_end(out, &command->style);
    fputs("  backstep run ", out);
    report_write_shell_word(out, is_file ? command->options.output : "FILE");
    fputs(is_file ? "\n" : "    (-o FILE writes it there)\n", out);
    return true;
}

/* Tells the violation, and makes a scenario of it. `is_written`: to its file. Returns false when
 * memory is out. */
static bool tell_violation(struct explore_command *command, bool *is_written)
{
    const struct explore_violation *violation = &command->result->violation;
    struct run *run = run_create();
    struct scenario *scenario = malloc(sizeof(*scenario));
    struct replay_report report = {0};
    enum replay_end end = REPLAY_NO_MEMORY;
    bool is_told = false;
    fputc('\n', command->human);
    report_write_path(command->human, &command->style, command->scenario, violation);
    fputc('\n', command->human);
    fflush(command->human);
    if (run != NULL && scenario != NULL) {
        end = replay_violation(run, &command->settings, violation, scenario, &report);
    }
    switch (end) {
    case REPLAY_DONE:
        is_told = write_replay(command, scenario);
        *is_written = command->output.file != NULL;
        break;
    case REPLAY_APART:
        tell_apart(command, &report);
        is_told = true;
        break;
    case REPLAY_ENDLESS:
        report_write_labelled(command->human, &command->style, "replay",
                              "it goes round without time passing: a run of it would never end; no "
                              "scenario is written");
        is_told = true;
        break;
    case REPLAY_NO_MEMORY:
        break;
    }
    run_destroy(run);
    free(scenario);
    return is_told;
}

static bool write_json(struct explore_command *command,
                       const struct report_exploration *exploration)
{
    if (command->json.file == NULL) {
        return true;
    }
    bool is_written = report_write_json_exploration(command->json.file, exploration);
    fputc('\n', command->json.file);
    return is_written;
}

int explore_outputs_write(struct explore_command *command)
{
    struct report_exploration exploration = {
        .settings = &command->settings, .result = command->result, .wall_ns = command->wall_ns};
    const struct saga_plan *plan = &command->scenario->plan;
    bool has_memory = true;
    bool is_written = false;
    report_write_exploration(command->human, &command->style, &exploration);
    if (command->options.lines) {
        has_memory = report_write_reached_lines(stdout, plan, command->result);
    } else if (command->options.outcomes) {
        fputc('\n', command->human);
        report_write_reached(command->human, &command->style, plan, command->result);
    }
    if (command->result->end == EXPLORE_VIOLATION) {
        has_memory = tell_violation(command, &is_written) && has_memory;
    }
    exploration.scenario = is_written ? command->options.output : NULL;
    if (!has_memory || !write_json(command, &exploration)) {
        return cli_no_memory();
    }
    if (!is_written) {
        cli_output_discard(&command->output); /* what stood there still stands */
    }
    bool json = cli_output_close(&command->json);
    bool output = cli_output_close(&command->output);
    return json && output && ferror(command->human) == 0 ? CLI_OK : CLI_FAULT;
}
