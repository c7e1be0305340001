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

/* Which action goes with which trigger. */
static void write_actions(FILE *out)
{
    fputs("## Which action goes with which trigger\n\n| action |", out);
    for (size_t i = 0; scenario_trigger_words[i] != NULL; i++) {
        fprintf(out, " `%s` |", scenario_trigger_words[i]);
    }
    fputs("\n|---|", out);
    for (size_t i = 0; scenario_trigger_words[i] != NULL; i++) {
        fputs("---|", out);
    }
    for (size_t i = 0; i < scenario_actions_len; i++) {
        fprintf(out, "\n| `%s` |", scenario_actions[i].key);
        for (size_t j = 0; scenario_trigger_words[j] != NULL; j++) {
            fputs((scenario_actions[i].triggers >> j & 1) != 0 ? " yes |" : " |", out);
        }
    }
    fputs("\n\nA node crashes with any trigger but `during`, a service with `during` only. With "
          "`on`, a\n`during` beside it is an option: the fault strikes only then. Faults strike "
          "before `heal` only;\nbuyers and operators act until the run ends.\n\n",
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
