#include "runtime/yaml/scalar.h"
#include "sim/report/plan.h"

/* Names are a-z, 0-9 and _, and services likewise: nothing needs to be escaped. */

static void write_label(FILE *out, const struct saga_plan *plan, const struct saga_step *step,
                        const char *line_break)
{
    char duration[YAML_SCALAR_MAX];
    fprintf(out, "%s%s%s", step->name, line_break, plan->services[step->service].name);
    if (step->when != SAGA_NONE) {
        fprintf(out, "%sif %s", line_break, plan->flags[step->when]);
    }
    if (step->deadline_ns > 0) {
        fprintf(out, "%sdeadline %s", line_break, yaml_print_duration(duration, step->deadline_ns));
    }
    if (step->hold_ns > 0) {
        fprintf(out, "%sholds for %s", line_break, yaml_print_duration(duration, step->hold_ns));
    }
}

void report_write_plan_dot(FILE *out, const struct saga_plan *plan)
{
    fprintf(out, "digraph %s {\n    rankdir=LR;\n    node [shape=box, fontname=\"sans-serif\"];\n",
            plan->name);
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        const struct saga_step *step = &plan->steps[i];
        fprintf(out, "    %s [label=\"", step->name);
        write_label(out, plan, step, "\\n");
        fprintf(out, "\"%s];\n", step->when == SAGA_NONE ? "" : ", style=rounded");
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        const struct saga_compensation *undo = &plan->compensations[i];
        fprintf(out, "    %s [label=\"%u. %s\\n%s\", style=\"rounded,dashed\"];\n", undo->name,
                (unsigned)i + 1, undo->name, plan->services[undo->service].name);
    }
    for (uint8_t i = 0; i + 1 < plan->steps_len; i++) {
        fprintf(out, "    %s -> %s;\n", plan->steps[i].name, plan->steps[i + 1].name);
    }
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        uint8_t undo = saga_plan_reversed_by(plan, i);
        if (undo != SAGA_NONE) {
            fprintf(out, "    %s -> %s [style=dashed, dir=back, constraint=false];\n",
                    plan->compensations[undo].name, plan->steps[i].name);
        }
        if (plan->steps[i].settles != SAGA_NONE) {
            fprintf(out, "    %s -> %s [style=dotted, label=\"settles\", constraint=false];\n",
                    plan->steps[i].name, plan->steps[plan->steps[i].settles].name);
        }
    }
    fputs("}\n", out);
}

void report_write_plan_mermaid(FILE *out, const struct saga_plan *plan)
{
    fputs("flowchart LR\n", out);
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        const struct saga_step *step = &plan->steps[i];
        fprintf(out, "    s%u%s", (unsigned)i, step->when == SAGA_NONE ? "[\"" : "(\"");
        write_label(out, plan, step, "<br/>");
        fprintf(out, "%s\n", step->when == SAGA_NONE ? "\"]" : "\")");
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        const struct saga_compensation *undo = &plan->compensations[i];
        fprintf(out, "    c%u([\"%u. %s<br/>%s\"])\n", (unsigned)i, (unsigned)i + 1, undo->name,
                plan->services[undo->service].name);
    }
    for (uint8_t i = 0; i + 1 < plan->steps_len; i++) {
        fprintf(out, "    s%u --> s%u\n", (unsigned)i, (unsigned)i + 1);
    }
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        uint8_t undo = saga_plan_reversed_by(plan, i);
        if (undo != SAGA_NONE) {
            fprintf(out, "    s%u -. undone by .-> c%u\n", (unsigned)i, (unsigned)undo);
        }
        if (plan->steps[i].settles != SAGA_NONE) {
            fprintf(out, "    s%u -. settles .-> s%u\n", (unsigned)i,
                    (unsigned)plan->steps[i].settles);
        }
    }
}
