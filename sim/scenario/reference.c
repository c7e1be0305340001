#include <string.h>

#include "runtime/plan/keys.h"
#include "runtime/yaml/reference.h"
#include "sim/scenario/actions.h"
#include "sim/scenario/document.h"
#include "sim/scenario/keys.h"

static const char introduction[] =
    "# Scenario and plan files: the reference\n"
    "\n"
    "<!-- Generated from the tables of keys in sim/scenario and runtime/plan. Do not edit. -->\n"
    "\n"
    "A file is one YAML 1.2 document, in UTF-8, of at most 1 MiB. Anchors, aliases, merge keys "
    "and\n"
    "tags are not read. A file with the key `scenario` is a [scenario](#scenario); any other is a\n"
    "[plan](#plan). Everything that is wrong with a file is told at once, as\n"
    "`file:line:column: what is wrong, and what is allowed there`.\n"
    "\n"
    "## How values are written\n"
    "\n";

static void write_mark(FILE *out, unsigned triggers, unsigned trigger)
{
    fputs((triggers & trigger) != 0 ? " yes |" : " |", out);
}

/* Which action goes with which trigger. */
static void write_actions(FILE *out)
{
    fputs("## Which action goes with which trigger\n\n"
          "| action | `on` | `at` | `after` | `during` |\n|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < scenario_actions_len; i++) {
        const struct scenario_action_rule *rule = &scenario_actions[i];
        fprintf(out, "| `%s` |", rule->key);
        write_mark(out, rule->triggers, SCENARIO_WITH_ON);
        write_mark(out, rule->triggers, SCENARIO_WITH_AT);
        write_mark(out, rule->triggers, SCENARIO_WITH_AFTER);
        write_mark(out, rule->triggers, SCENARIO_WITH_DURING);
        fputc('\n', out);
    }
    fputs("\nWith `on`, a `during` beside it is an option: the fault strikes only then. Faults\n"
          "strike before `heal` only; buyers and operators act until the run ends.\n\n",
          out);
}

bool scenario_write_reference(FILE *out)
{
    fputs(introduction, out);
    yaml_write_reference_of_scalars(out);
    yaml_write_reference(out, &scenario_shape, NULL);
    write_actions(out);
    yaml_write_reference(out, &plan_shape, NULL);
    return ferror(out) == 0;
}
