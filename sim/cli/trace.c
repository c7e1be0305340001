/* backstep trace: one run, told as a story. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/commands.h"
#include "sim/cli/single.h"
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
    struct scenario *played; /* what the seed made of the scenario */
    struct report_page page;
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

/* The result of the first play knows which invariants are violated, and when. */
static bool tell_text(struct trace *trace)
{
    struct run_result *known = malloc(sizeof(*known));
    if (known == NULL) {
        return false;
    }
    *known = *trace->result;
    struct report_story *story =
        report_story_create(trace->played, (uint32_t)trace->checkout, known, take_line, trace);
    bool told = story != NULL;
    if (told) {
        struct report_style style = cli_terminal_style(stdout);
        report_write_beginning(stdout, &style, trace->entry, trace->seed);
        trace->page = report_page_begin(stdout, trace->played, 0);
        told = play(trace, report_story_tell, story);
        report_story_end(story);
        report_write_ending(stdout, &style, trace->entry, (uint32_t)trace->checkout, trace->run,
                            trace->result);
    }
    report_story_destroy(story);
    free(known);
    return told;
}

static void tell_record(void *context, const struct sim_step *step)
{
    struct trace *trace = context;
    for (uint32_t i = 0; i < step->records_len; i++) {
        const struct sim_record *record = &step->records[i];
        if (trace->checkout == 0 || record->checkout == 0 || trace->checkout == record->checkout) {
            trace->no_memory |=
                !report_write_json_record(stdout, trace->played, NULL, trace->seed, record);
        }
    }
}

static bool tell_json(struct trace *trace)
{
    return play(trace, tell_record, trace) && !trace->no_memory;
}

static void take_mermaid(void *context, const struct sim_step *step)
{
    report_mermaid_step(context, step);
}

static bool tell_mermaid(struct trace *trace)
{
    struct report_mermaid *mermaid =
        report_mermaid_begin(stdout, trace->played, (uint32_t)trace->checkout);
    bool told = mermaid != NULL && play(trace, take_mermaid, mermaid);
    report_mermaid_end(mermaid);
    return told;
}

static void take_perfetto(void *context, const struct sim_step *step)
{
    report_perfetto_step(context, step);
}

static bool tell_perfetto(struct trace *trace)
{
    struct report_perfetto *perfetto =
        report_perfetto_begin(stdout, trace->played, (uint32_t)trace->checkout);
    if (perfetto == NULL) {
        return false;
    }
    bool played = play(trace, take_perfetto, perfetto);
    return report_perfetto_end(perfetto, trace->result->end_ns) && played;
}

static bool tell(struct trace *trace)
{
    switch ((enum trace_format)trace->format) {
    case TRACE_TEXT:
        return tell_text(trace);
    case TRACE_NDJSON:
        return tell_json(trace);
    case TRACE_MERMAID:
        return tell_mermaid(trace);
    case TRACE_PERFETTO:
        return tell_perfetto(trace);
    }
    return false;
}

/* Plays it once without telling, to know what the seed makes of it; then again, to tell it. */
static int play_and_tell(struct trace *trace, const struct cli_command *command)
{
    if (!play(trace, NULL, NULL)) {
        return cli_no_memory();
    }
    *trace->played = *run_played(trace->run);
    uint32_t count = trace->played->checkouts.count;
    if (trace->checkout > count) {
        return cli_complain(command, "there is no checkout %" PRIu64 ": the scenario has %u",
                            trace->checkout, (unsigned)count);
    }
    if (!tell(trace)) {
        return cli_no_memory();
    }
    return trace->result->passed ? CLI_OK : CLI_FAILED;
}

static int trace_entry(struct trace *trace, const struct cli_command *command)
{
    if (!trace->has_seed) {
        trace->seed = trace->entry->seed;
    }
    trace->run = run_create();
    trace->result = malloc(sizeof(*trace->result));
    trace->played = malloc(sizeof(*trace->played));
    bool has_memory = trace->run != NULL && trace->result != NULL && trace->played != NULL;
    int status = has_memory ? play_and_tell(trace, command) : cli_no_memory();
    run_destroy(trace->run);
    free(trace->result);
    free(trace->played);
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
    if (cli_load_single(command, argv[rest], &suite, &status)) {
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
