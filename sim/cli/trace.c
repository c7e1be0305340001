/* backstep trace: one run, told as a story. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/campaign/suite.h"
#include "sim/cli/commands.h"
#include "sim/cli/terminal.h"
#include "sim/report/ending.h"
#include "sim/report/json.h"
#include "sim/report/mermaid.h"
#include "sim/report/perfetto.h"
#include "sim/report/story.h"

enum trace_format { TRACE_TEXT, TRACE_NDJSON, TRACE_MERMAID, TRACE_PERFETTO };

static const char *const formats[] = {"text", "ndjson", "mermaid", "perfetto", NULL};

enum option_id { TRACE_SEED = 1, TRACE_CHECKOUT, TRACE_FORMAT };

static const struct cli_option options_table[] = {
    {TRACE_SEED, "seed", "N", "play this seed instead of the scenario's"},
    {TRACE_CHECKOUT, "checkout", "N", "tell of this checkout only"},
    {TRACE_FORMAT, "format", "FORMAT", "text (default), ndjson, mermaid or perfetto"},
    {0}};

struct trace {
    bool has_seed;
    uint64_t seed;
    uint64_t checkout; /* 0: all */
    int format;
    const struct campaign_entry *entry;
    struct run *run;
    struct run_result *result;
    struct report_page page;
    struct report_perfetto *perfetto;
    bool no_memory;
};

static bool take(void *context, const struct cli_command *command, const struct cli_option *option,
                 const char *value)
{
    struct trace *trace = context;
    switch ((enum option_id)option->id) {
    case TRACE_SEED:
        trace->has_seed = true;
        return cli_read_number(command, option, value, 0, CAMPAIGN_SEED_MAX, &trace->seed);
    case TRACE_CHECKOUT:
        return cli_read_number(command, option, value, 1, SCENARIO_CHECKOUTS_MAX, &trace->checkout);
    case TRACE_FORMAT:
        return cli_read_word(command, "--format", value, formats, &trace->format);
    }
    return false;
}

static bool play(struct trace *trace, run_observer *observer, void *context)
{
    return run_scenario(trace->run, trace->entry->scenario, trace->seed, observer, context,
                        trace->result);
}

static void take_line(void *context, const struct report_line *line)
{
    struct trace *trace = context;
    report_page_write(&trace->page, line);
}

/* Played twice: first to know which invariants are violated, and when; then to tell it. */
static bool tell_text(struct trace *trace)
{
    const struct scenario *scenario = trace->entry->scenario;
    if (!play(trace, NULL, NULL)) {
        return false;
    }
    struct run_result *known = malloc(sizeof(*known));
    if (known == NULL) {
        return false;
    }
    *known = *trace->result;
    struct report_story *story =
        report_story_create(scenario, (uint32_t)trace->checkout, known, take_line, trace);
    bool told = story != NULL;
    if (told) {
        struct report_style style = cli_terminal_style(stdout);
        report_write_beginning(stdout, &style, trace->entry, trace->seed);
        trace->page = report_page_begin(stdout, scenario, 0);
        told = play(trace, report_story_tell, story);
        report_story_end(story);
        report_write_ending(stdout, &style, trace->entry, (uint32_t)trace->checkout, trace->run,
                            trace->result);
    }
    report_story_destroy(story);
    free(known);
    return told;
}

static void tell_json(void *context, const struct sim_step *step)
{
    struct trace *trace = context;
    for (uint32_t i = 0; i < step->records_len; i++) {
        const struct sim_record *record = &step->records[i];
        if (trace->checkout == 0 || trace->checkout == record->checkout) {
            trace->no_memory |= !report_write_json_record(stdout, trace->entry->scenario, NULL,
                                                          trace->seed, record);
        }
    }
}

static void tell_mermaid(void *context, const struct sim_step *step)
{
    const struct trace *trace = context;
    report_write_mermaid_step(stdout, trace->entry->scenario, (uint32_t)trace->checkout, step);
}

static void tell_perfetto(void *context, const struct sim_step *step)
{
    report_perfetto_step(context, step);
}

static bool tell(struct trace *trace)
{
    const struct scenario *scenario = trace->entry->scenario;
    bool played = false;
    switch ((enum trace_format)trace->format) {
    case TRACE_TEXT:
        return tell_text(trace);
    case TRACE_NDJSON:
        return play(trace, tell_json, trace) && !trace->no_memory;
    case TRACE_MERMAID:
        report_write_mermaid_begin(stdout, scenario);
        return play(trace, tell_mermaid, trace);
    case TRACE_PERFETTO:
        trace->perfetto = report_perfetto_begin(stdout, scenario, (uint32_t)trace->checkout);
        if (trace->perfetto == NULL) {
            return false;
        }
        played = play(trace, tell_perfetto, trace->perfetto);
        return report_perfetto_end(trace->perfetto, trace->result->end_ns) && played;
    }
    return false;
}

static int trace_entry(struct trace *trace, const struct cli_command *command)
{
    uint32_t count = trace->entry->scenario->checkouts.count;
    if (trace->checkout > count) {
        return cli_complain(command, "there is no checkout %" PRIu64 ": the scenario has %u",
                            trace->checkout, (unsigned)count);
    }
    if (!trace->has_seed) {
        trace->seed = trace->entry->seed;
    }
    trace->run = run_create();
    trace->result = malloc(sizeof(*trace->result));
    int status = CLI_FAULT;
    if (trace->run == NULL || trace->result == NULL || !tell(trace)) {
        cli_no_memory();
    } else {
        status = trace->result->passed ? CLI_OK : CLI_FAILED;
    }
    run_destroy(trace->run);
    free(trace->result);
    return status;
}

static int run_trace(const struct cli_command *command, int argc, char **argv)
{
    struct trace trace = {0};
    struct campaign_suite suite;
    int rest = 0;
    int status = CLI_OK;
    if (!cli_read(command, argc, argv, take, &trace, &rest, &status)) {
        return status;
    }
    if (rest == argc) {
        return cli_complain(command, "which scenario?");
    }
    if (!campaign_suite_load(&suite, argv + rest, 1, CAMPAIGN_PLANS_REFUSED, stderr)) {
        status = suite.no_memory ? cli_no_memory() : CLI_USAGE;
    } else if (suite.len != 1) {
        status = cli_complain(command, "one scenario, please: in %s there are %zu", argv[rest],
                              suite.len);
    } else {
        trace.entry = &suite.entries[0];
        status = trace_entry(&trace, command);
    }
    campaign_suite_free(&suite);
    return status;
}

const struct cli_command cli_command_trace = {
    .name = "trace",
    .arguments = "SCENARIO",
    .summary = "tells one run as a story: who said what, and what came of it",
    .about = "text      what happened, one line each, and how it ended\n"
             "ndjson    every record, one JSON object a line\n"
             "mermaid   a sequence diagram, for Markdown\n"
             "perfetto  a timeline with a track for each service, for ui.perfetto.dev\n",
    .examples = "  backstep trace scenarios/table/payment-failed.yaml\n"
                "  backstep trace scenarios/table/payment-failed.yaml --seed 7 --format perfetto > "
                "t.json\n",
    .options = options_table,
    .arguments_max = 1,
    .run = run_trace,
};
