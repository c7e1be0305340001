/* backstep atlas: every step times every way to fail. */
#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "runtime/yaml/names.h"
#include "runtime/yaml/scalar.h"
#include "sim/atlas/cell.h"
#include "sim/atlas/play.h"
#include "sim/cli/commands.h"
#include "sim/cli/output.h"
#include "sim/cli/policy.h"
#include "sim/report/atlas.h"
#include "sim/report/failure.h"
#include "sim/report/outcome.h"
#include "sim/scenario/write.h"

enum atlas_format { ATLAS_MARKDOWN, ATLAS_HTML, ATLAS_JSON };

static const char *const formats[] = {"md", "html", "json", NULL};

enum option_id {
    ATLAS_PLAN = 1,
    ATLAS_OVERRIDE,
    ATLAS_FLAGS,
    ATLAS_DIFF,
    ATLAS_CELL,
    ATLAS_FORMAT,
    ATLAS_OUTPUT = 'o'
};

static const struct cli_option options_table[] = {
    {ATLAS_PLAN, "plan", "PLAN", "the same as the argument"},
    {ATLAS_OVERRIDE, "override", "FILE", "other times and retries: a file, or a `{mapping}`"},
    {ATLAS_FLAGS, "flags", "FLAGS", "what is asked for: all, none, or names: coupon,ships"},
    {ATLAS_DIFF, "diff", "BASE", "what is otherwise than in BASE, a plan or a scenario"},
    {ATLAS_CELL, "cell", "CALL/WAY", "the scenario file of this cell, and nothing else"},
    {ATLAS_FORMAT, "format", "FORMAT", "md (default), html or json"},
    {ATLAS_OUTPUT, "output", "FILE", "into this file (default: standard output)"},
    {0}};

struct options {
    const char *plan; /* NULL: the built-in one */
    const char *override;
    const char *flags;
    const char *diff;
    const char *cell;
    const char *output;
    int format;
};

/* One policy with its atlas. */
struct side {
    struct cli_policy policy;
    struct report_words label;
    struct atlas atlas;
    struct atlas plain; /* of nothing optional, if that is another one */
    bool has_plain;
};

static bool take(void *context, const struct cli_command *command, const struct cli_option *option,
                 const char *value)
{
    struct options *options = context;
    switch ((enum option_id)option->id) {
    case ATLAS_PLAN:
        options->plan = value;
        return true;
    case ATLAS_OVERRIDE:
        options->override = value;
        return true;
    case ATLAS_FLAGS:
        options->flags = value;
        return true;
    case ATLAS_DIFF:
        options->diff = value;
        return true;
    case ATLAS_CELL:
        options->cell = value;
        return true;
    case ATLAS_FORMAT:
        return cli_read_word(command, "--format", value, formats, &options->format);
    case ATLAS_OUTPUT:
        options->output = value;
        return true;
    }
    return false;
}

/* Reads `coupon,ships`. Complains and returns false if one of them is no flag of the plan. */
static bool read_names(const struct cli_command *command, const struct saga_plan *plan,
                       const char *text, uint32_t *flags)
{
    char copy[SAGA_FLAGS_MAX * (SAGA_NAME_MAX + 1)];
    char list[YAML_LIST_MAX];
    char shown[YAML_SHOWN_MAX];
    struct yaml_names names = {0};
    for (uint8_t i = 0; i < plan->flags_len; i++) {
        yaml_names_add(&names, plan->flags[i]);
    }
    *flags = 0;
    snprintf(copy, sizeof(copy), "%s", text);
    for (char *rest = NULL, *name = strtok_r(copy, ",", &rest); name != NULL;
         name = strtok_r(NULL, ",", &rest)) {
        uint8_t flag = saga_plan_find_flag(plan, name);
        if (flag == SAGA_NONE) {
            yaml_show(shown, name);
            cli_complain(command, "--flags: the plan has no flag `%s`; allowed: all, none%s%s",
                         shown, names.len > 0 ? ", " : "", yaml_names_list(&names, list));
            return false;
        }
        *flags |= UINT32_C(1) << flag;
    }
    return true;
}

static bool read_flags(const struct cli_command *command, const struct saga_plan *plan,
                       const char *text, uint32_t *flags)
{
    *flags = (UINT32_C(1) << plan->flags_len) - 1;
    if (text == NULL || strcmp(text, "all") == 0) {
        return true;
    }
    if (strcmp(text, "none") == 0) {
        *flags = 0;
        return true;
    }
    return read_names(command, plan, text, flags);
}

static int check_deadline(const struct cli_command *command, const struct side *side)
{
    char deadline[YAML_SCALAR_MAX];
    char longest[YAML_SCALAR_MAX];
    if (side->policy.plan.deadline_ns <= ATLAS_DEADLINE_MAX_NS) {
        return CLI_OK;
    }
    return cli_complain(command, "the deadline of `%s` is %s; an atlas is made up to %s",
                        side->policy.plan.name,
                        yaml_print_duration(deadline, side->policy.plan.deadline_ns),
                        yaml_print_duration(longest, ATLAS_DEADLINE_MAX_NS));
}

/* Loads the policy, its override applied, and how scenario files name its plan. */
static int load(const struct cli_command *command, struct side *side, const char *name,
                const char *override)
{
    int status = cli_policy_load(&side->policy, name);
    if (status == CLI_OK && override != NULL) {
        status = cli_policy_override(&side->policy, override);
    }
    if (status != CLI_OK) {
        return status;
    }
    report_words_clear(&side->label);
    report_words_add(&side->label, "%s", name);
    if (override != NULL) {
        report_words_add(&side->label, " with %s", override);
    }
    return check_deadline(command, side);
}

/* Plays the atlas; and that of nothing optional, if all was asked for because nobody said. */
static bool play(struct side *side, const struct options *options, uint32_t flags, struct run *run)
{
    const struct cli_policy *policy = &side->policy;
    side->has_plain = options->flags == NULL && options->diff == NULL && policy->plan.flags_len > 0;
    atlas_begin(&side->atlas, &policy->plan, policy->services, flags);
    if (!atlas_play(&side->atlas, run)) {
        return false;
    }
    if (!side->has_plain) {
        return true;
    }
    atlas_begin(&side->plain, &policy->plan, policy->services, 0);
    return atlas_play(&side->plain, run);
}

static struct report_atlas report_of(const struct side *side)
{
    return (struct report_atlas){.label = side->label.text,
                                 .atlas = &side->atlas,
                                 .plain = side->has_plain ? &side->plain : NULL,
                                 .plan_key = side->policy.key.text,
                                 .base = &side->policy.key.plan};
}

/* The one line that makes the cell a scenario file. */
static void print_replay(const struct options *options, const struct atlas *atlas,
                         const struct atlas_cell *cell)
{
    fputs("  backstep atlas", stderr);
    if (options->plan != NULL) {
        fputc(' ', stderr);
        report_write_shell_word(stderr, options->plan);
    }
    if (options->override != NULL) {
        fputs(" --override ", stderr);
        report_write_shell_word(stderr, options->override);
    }
    if (options->flags != NULL || atlas->flags == 0) {
        fputs(" --flags ", stderr);
        report_write_shell_word(stderr, options->flags == NULL ? "none" : options->flags);
    }
    fprintf(stderr, " --cell %s/%s > cell.yaml; backstep trace cell.yaml\n",
            saga_call_name(&atlas->plan, cell->call), atlas_way_word(cell->way));
}

/* Tells of every cell that violates an invariant, or is not what it claims to be. */
static int judge(const struct options *options, const struct atlas *atlas)
{
    int status = CLI_OK;
    for (size_t i = 0; i < atlas->cells_len; i++) {
        const struct atlas_cell *cell = &atlas->cells[i];
        const char *call = saga_call_name(&atlas->plan, cell->call);
        const char *way = atlas_way_word(cell->way);
        if (cell->verdict == ATLAS_MISSED) {
            fprintf(stderr, "backstep: a defect of the atlas: %s, %s: %s\n", call, way, cell->why);
            print_replay(options, atlas, cell);
            status = CLI_FAULT;
        } else if (cell->verdict == ATLAS_PLAYED && cell->violated != 0) {
            struct report_words words;
            report_words_clear(&words);
            report_breaks_words(cell->violated, &words);
            fprintf(stderr, "backstep: %s, %s: violates %s\n", call, way, words.text);
            print_replay(options, atlas, cell);
            status = status == CLI_OK ? CLI_FAILED : status;
        }
    }
    return status;
}

static int worse(int a, int b)
{
    return a > b ? a : b;
}

static bool write_atlas(FILE *out, const struct options *options, const struct side *side,
                        struct run *run)
{
    struct report_atlas report = report_of(side);
    switch ((enum atlas_format)options->format) {
    case ATLAS_MARKDOWN:
        return report_write_atlas_markdown(out, &report);
    case ATLAS_HTML:
        return report_write_atlas_html(out, &report, run);
    case ATLAS_JSON:
        return report_write_atlas_json(out, &report);
    }
    return false;
}

static bool write_diff(FILE *out, const struct options *options, const struct side *base,
                       const struct side *side, struct run *run)
{
    struct atlas_diff *diff = malloc(sizeof(*diff));
    struct report_atlas_diff report = {
        .before = report_of(base), .after = report_of(side), .diff = diff};
    bool is_whole = false;
    if (diff == NULL) {
        return false;
    }
    atlas_diff(diff, &base->atlas, &side->atlas);
    switch ((enum atlas_format)options->format) {
    case ATLAS_MARKDOWN:
        is_whole = report_write_atlas_diff_markdown(out, &report);
        break;
    case ATLAS_HTML:
        is_whole = report_write_atlas_diff_html(out, &report, run);
        break;
    case ATLAS_JSON:
        is_whole = report_write_atlas_diff_json(out, &report);
        break;
    }
    free(diff);
    return is_whole;
}

/* The cell that `CALL/WAY` names; NULL after a complaint. */
static const struct atlas_cell *find_cell(const struct cli_command *command,
                                          const struct atlas *atlas, const char *name)
{
    for (size_t i = 0; i < atlas->cells_len; i++) {
        const struct atlas_cell *cell = &atlas->cells[i];
        char own[2 * SAGA_NAME_MAX + 2];
        snprintf(own, sizeof(own), "%s/%s", saga_call_name(&atlas->plan, cell->call),
                 atlas_way_word(cell->way));
        if (strcmp(own, name) != 0) {
            continue;
        }
        if (cell->verdict == ATLAS_IMPOSSIBLE) {
            cli_complain(command, "%s can not happen: %s", own, cell->why);
            return NULL;
        }
        return cell;
    }
    char shown[YAML_SHOWN_MAX];
    yaml_show(shown, name);
    cli_complain(command,
                 "--cell: there is no cell `%s`; it is a step or a compensation and a way to fail, "
                 "such as `%s/rejected`",
                 shown, atlas->plan.steps[0].name);
    return NULL;
}

static int write_cell(FILE *out, const struct cli_command *command, const struct options *options,
                      const struct side *side)
{
    const struct atlas_cell *cell = find_cell(command, &side->atlas, options->cell);
    if (cell == NULL) {
        return CLI_USAGE;
    }
    struct scenario *scenario = malloc(sizeof(*scenario));
    if (scenario == NULL) {
        return cli_no_memory();
    }
    atlas_cell_scenario(&side->atlas, cell, scenario);
    scenario_write_yaml(out, scenario, NULL, side->policy.key.text, &side->policy.key.plan);
    free(scenario);
    return CLI_OK;
}

/* Plays what is asked for and writes it. `sides`: the given policy, and that to hold it against. */
static int play_and_write(FILE *out, const struct cli_command *command,
                          const struct options *options, struct side *sides, struct run *run)
{
    uint32_t flags = 0;
    if (!read_flags(command, &sides[0].policy.plan, options->flags, &flags)) {
        return CLI_USAGE;
    }
    if (!play(&sides[0], options, flags, run)) {
        return cli_no_memory();
    }
    if (options->cell != NULL) {
        return write_cell(out, command, options, &sides[0]);
    }
    if (options->diff == NULL) {
        bool is_whole = write_atlas(out, options, &sides[0], run);
        int status = worse(judge(options, &sides[0].atlas),
                           sides[0].has_plain ? judge(options, &sides[0].plain) : CLI_OK);
        return is_whole ? status : cli_no_memory();
    }
    const struct options base = {.plan = options->diff, .flags = options->flags};
    if (!read_flags(command, &sides[1].policy.plan, options->flags, &flags)) {
        return CLI_USAGE;
    }
    if (!play(&sides[1], options, flags, run) ||
        !write_diff(out, options, &sides[1], &sides[0], run)) {
        return cli_no_memory();
    }
    return worse(judge(&base, &sides[1].atlas), judge(options, &sides[0].atlas));
}

static int write_output(const struct cli_command *command, const struct options *options,
                        struct side *sides, struct run *run)
{
    struct cli_output output = {0};
    if (!cli_output_open(&output, options->output)) {
        return CLI_FAULT;
    }
    int status = play_and_write(output.file, command, options, sides, run);
    bool is_of_use = status == CLI_OK || status == CLI_FAILED;
    if (!is_of_use) {
        cli_output_discard(&output);
    } else if (!cli_output_close(&output)) {
        status = CLI_FAULT;
    }
    return status;
}

static int load_and_write(const struct cli_command *command, const struct options *options,
                          struct side *sides, struct run *run)
{
    const char *plan = options->plan == NULL ? saga_checkout_plan.name : options->plan;
    int status = load(command, &sides[0], plan, options->override);
    if (status == CLI_OK && options->diff != NULL) {
        status = load(command, &sides[1], options->diff, NULL);
    }
    return status == CLI_OK ? write_output(command, options, sides, run) : status;
}

static int make(const struct cli_command *command, const struct options *options)
{
    struct side *sides = calloc(2, sizeof(*sides));
    struct run *run = run_create();
    bool has_memory = sides != NULL && run != NULL;
    int status = has_memory ? load_and_write(command, options, sides, run) : cli_no_memory();
    run_destroy(run);
    free(sides);
    return status;
}

static int run_atlas(const struct cli_command *command, int argc, char **argv)
{
    struct options options = {.output = "-"};
    int rest = 0;
    int status = CLI_OK;
    if (!cli_read(command, argc, argv, take, &options, &rest, &status)) {
        return status;
    }
    if (rest < argc && options.plan != NULL) {
        return cli_complain(command, "`%s` and --plan %s: which of them?", argv[rest],
                            options.plan);
    }
    if (options.cell != NULL && options.diff != NULL) {
        return cli_complain(command, "--cell and --diff do not go together");
    }
    if (rest < argc) {
        options.plan = argv[rest];
    }
    return make(command, &options);
}

const struct cli_command cli_command_atlas = {
    .name = "atlas",
    .arguments = "[PLAN|SCENARIO]",
    .summary = "every step times every way to fail, and what follows",
    .about =
        "Plays, for each step and each compensation of the plan, every way in which it can fail,\n"
        "and tells how that ends: the status, what was undone in which order, the events, the "
        "time\n"
        "to close, and the scenario that shows it. Of a scenario it takes the plan, with its\n"
        "overrides, and what its services promise. The page (`--format html`) needs nothing "
        "beside\n"
        "itself. With --diff: what another policy changes.\n",
    .examples = "  backstep atlas --format html -o atlas.html\n"
                "  backstep atlas --override '{deadline: 10m}' --diff checkout\n"
                "  backstep atlas trip.yaml --flags none\n"
                "  backstep atlas --cell capture_payment/unanswered > cell.yaml\n",
    .options = options_table,
    .arguments_max = 1,
    .run = run_atlas,
};
