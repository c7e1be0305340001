#include "sim/report/mermaid.h"

#include <string.h>

#include "core/result.h"
#include "core/update.h"

/* Services are s0, s1, ...; the orchestrator is `node`. A `;` or `#` would end the line there, but
 * names and codes hold none. */

void report_write_mermaid_begin(FILE *out, const struct scenario *scenario)
{
    const struct saga_plan *plan = &scenario->plan;
    fputs("sequenceDiagram\n    participant buyer\n    participant node\n", out);
    for (uint8_t i = 0; i < plan->services_len; i++) {
        fprintf(out, "    participant s%u as %s\n", (unsigned)i, plan->services[i].name);
    }
}

static void write_attempt(FILE *out, const struct saga_plan *plan, const struct sim_record *record)
{
    fprintf(out, "%s, attempt %u", saga_call_name(plan, record->call), (unsigned)record->attempt);
    if (record->epoch > 0) {
        fprintf(out, ", epoch %u", (unsigned)record->epoch);
    }
}

static void write_reply(FILE *out, const struct scenario *scenario, const struct sim_record *record)
{
    const struct saga_plan *plan = &scenario->plan;
    const char *code = sim_code(scenario, record->code);
    if (!saga_plan_has_call(plan, record->call)) {
        fputs("    Note over node: a reply to no call\n", out);
        return;
    }
    fprintf(out, "    s%u-->>node: ", (unsigned)saga_call_service(plan, record->call));
    write_attempt(out, plan, record);
    fprintf(out, ": %s", saga_answer_name((enum saga_answer)record->answer));
    if (record->answer == SAGA_ANSWER_REJECTED && code[0] != '\0') {
        fprintf(out, ", %s", code);
    }
    fputs(record->value == 1 ? "\n" : " (ignored)\n", out);
}

static void write_handled(FILE *out, const struct scenario *scenario,
                          const struct sim_record *record)
{
    enum saga_event_kind kind = (enum saga_event_kind)record->what;
    const char *refused =
        record->index == SAGA_OK ? "" : saga_result_name((enum saga_result)record->index);
    switch (kind) {
    case SAGA_START:
    case SAGA_CANCEL:
        fprintf(out, "    buyer->>node: %s%s%s\n", saga_event_kind_name(kind),
                refused[0] == '\0' ? "" : ": ", refused);
        break;
    case SAGA_REPLY:
        write_reply(out, scenario, record);
        break;
    case SAGA_TICK:
        fputs("    Note over node: time is up\n", out);
        break;
    case SAGA_RETRY:
    case SAGA_RESOLVE:
        fprintf(out, "    Note over node: the operator's %s of %s\n", saga_event_kind_name(kind),
                saga_call_name(&scenario->plan, record->call));
        break;
    }
}

static void write_lost(FILE *out, const struct saga_plan *plan, const struct sim_record *record)
{
    unsigned service = saga_call_service(plan, record->call);
    if (record->what == SCENARIO_REPLY_LEG) {
        fprintf(out, "    s%u--xnode: ", service);
    } else {
        fprintf(out, "    node-xs%u: ", service);
    }
    write_attempt(out, plan, record);
    fputs(" lost\n", out);
}

static void write_record(FILE *out, const struct scenario *scenario,
                         const struct sim_record *record)
{
    const struct saga_plan *plan = &scenario->plan;
    struct saga_domain_event event = {.kind = record->what, .index = record->index};
    switch ((enum sim_record_kind)record->kind) {
    case SIM_HANDLED:
        write_handled(out, scenario, record);
        break;
    case SIM_PUBLISHED:
        fprintf(out, "    Note over node: %s\n", saga_domain_event_name(plan, &event));
        break;
    case SIM_ARRIVED:
        fprintf(out, "    node->>s%u: ", (unsigned)record->index);
        write_attempt(out, plan, record);
        fputc('\n', out);
        break;
    case SIM_EFFECT:
        fprintf(out, "    Note over s%u: %s\n", (unsigned)record->index,
                saga_effect_name((enum saga_effect)record->what));
        break;
    case SIM_LAPSED:
        fprintf(out, "    Note over s%u: the hold has run out\n", (unsigned)record->index);
        break;
    case SIM_LOST:
        write_lost(out, plan, record);
        break;
    case SIM_MENDED:
        fprintf(out, "    Note over s%u: mended by hand\n", (unsigned)record->index);
        break;
    case SIM_STORED:
    case SIM_SENT:
    case SIM_ANSWERED:
    case SIM_DELAYED:
    case SIM_DUPLICATED:
    case SIM_OVERTAKEN:
        break; /* shown by when and whether the message arrives */
    }
}

void report_write_mermaid_step(FILE *out, const struct scenario *scenario, uint32_t checkout,
                               const struct sim_step *step)
{
    for (uint32_t i = 0; i < step->records_len; i++) {
        if (checkout == 0 || step->records[i].checkout == checkout) {
            write_record(out, scenario, &step->records[i]);
        }
    }
}
