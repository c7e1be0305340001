#include "sim/report/mermaid.h"

#include <stdbool.h>
#include <stdlib.h>

#include "core/result.h"
#include "core/update.h"
#include "sim/report/actors.h"
#include "sim/report/text.h"

/* Services are s0, s1, ...; the orchestrator is `node`, several are n0, n1, ... A `;` or `#` would
 * end the line there, but names and codes hold none. */

struct report_mermaid {
    FILE *out;
    const struct scenario *scenario;
    const struct saga_plan *plan;
    uint32_t checkout; /* 0: all */
    uint8_t *senders;  /* [checkout - 1][call]: the node that sent it last */
};

enum { ACTOR_MAX = 16, TEXT_MAX = 64 };

/* How the diagram calls a node. */
static const char *node_id(char id[ACTOR_MAX], const struct report_mermaid *mermaid, uint8_t node)
{
    if (mermaid->scenario->nodes_len > 1) {
        snprintf(id, ACTOR_MAX, "n%u", (unsigned)node);
    } else {
        snprintf(id, ACTOR_MAX, "node");
    }
    return id;
}

struct report_mermaid *report_mermaid_begin(FILE *out, const struct scenario *scenario,
                                            uint32_t checkout)
{
    const struct saga_plan *plan = &scenario->plan;
    struct report_mermaid *mermaid = calloc(1, sizeof(*mermaid));
    uint8_t *senders = calloc(scenario->checkouts.count, SAGA_CALLS_MAX);
    if (mermaid == NULL || senders == NULL) {
        free(mermaid);
        free(senders);
        return NULL;
    }
    *mermaid = (struct report_mermaid){
        .out = out, .scenario = scenario, .plan = plan, .checkout = checkout, .senders = senders};
    fputs("sequenceDiagram\n    participant buyer\n", out);
    if (scenario->nodes_len > 1) {
        for (uint32_t node = 0; node < scenario->nodes_len; node++) {
            char name[REPORT_NODE_NAME_MAX];
            report_node_name(name, scenario, (uint8_t)node);
            fprintf(out, "    participant n%u as %s\n", (unsigned)node, name);
        }
    } else {
        fputs("    participant node\n", out);
    }
    for (uint8_t i = 0; i < plan->services_len; i++) {
        fprintf(out, "    participant s%u as %s\n", (unsigned)i, plan->services[i].name);
    }
    return mermaid;
}

void report_mermaid_end(struct report_mermaid *mermaid)
{
    if (mermaid != NULL) {
        free(mermaid->senders);
        free(mermaid);
    }
}

static uint8_t *sender_of(struct report_mermaid *mermaid, const struct sim_record *record)
{
    return &mermaid->senders[(record->checkout - 1) * (size_t)SAGA_CALLS_MAX + record->call];
}

static void write_attempt(const struct report_mermaid *mermaid, const struct sim_record *record)
{
    fprintf(mermaid->out, "%s, attempt %u", saga_call_name(mermaid->plan, record->call),
            (unsigned)record->attempt);
    if (record->epoch > 0) {
        fprintf(mermaid->out, ", epoch %u", (unsigned)record->epoch);
    }
}

static void write_reply(const struct report_mermaid *mermaid, const struct sim_record *record,
                        const char *node)
{
    FILE *out = mermaid->out;
    struct sim_record reply = *record;
    const char *code = sim_code(mermaid->scenario, record->code);
    if (!saga_plan_has_call(mermaid->plan, record->call)) {
        fprintf(out, "    Note over %s: a reply to no call\n", node);
        return;
    }
    reply.epoch = 0; /* of a reply it is the node */
    fprintf(out, "    s%u-->>%s: ", (unsigned)saga_call_service(mermaid->plan, record->call), node);
    write_attempt(mermaid, &reply);
    fprintf(out, ": %s", saga_answer_name((enum saga_answer)record->answer));
    if (record->answer == SAGA_ANSWER_REJECTED && code[0] != '\0') {
        fprintf(out, ", %s", code);
    }
    fputs(record->value > 0 ? "\n" : " (ignored)\n", out);
}

static void write_handled(struct report_mermaid *mermaid, const struct sim_record *record)
{
    FILE *out = mermaid->out;
    char node[ACTOR_MAX];
    enum saga_event_kind kind = (enum saga_event_kind)record->what;
    const char *refused =
        record->index == SAGA_OK ? "" : saga_result_name((enum saga_result)record->index);
    node_id(node, mermaid, report_record_node(record));
    switch (kind) {
    case SAGA_START:
    case SAGA_CANCEL:
        fprintf(out, "    buyer->>%s: %s%s%s\n", node, saga_event_kind_name(kind),
                refused[0] == '\0' ? "" : ": ", refused);
        break;
    case SAGA_REPLY:
        write_reply(mermaid, record, node);
        break;
    case SAGA_TICK:
        fprintf(out, "    Note over %s: time is up\n", node);
        break;
    case SAGA_RETRY:
    case SAGA_RESOLVE:
        fprintf(out, "    Note over %s: the operator's %s of %s\n", node,
                saga_event_kind_name(kind), saga_call_name(mermaid->plan, record->call));
        break;
    }
}

static void write_lost(struct report_mermaid *mermaid, const struct sim_record *record)
{
    char node[ACTOR_MAX];
    if (!saga_plan_has_call(mermaid->plan, record->call)) {
        return; /* garbage, of nobody */
    }
    unsigned service = saga_call_service(mermaid->plan, record->call);
    const char *because = sim_lost_name((enum sim_lost)record->index);
    node_id(node, mermaid, *sender_of(mermaid, record));
    if (record->what == SCENARIO_REPLY_LEG) {
        fprintf(mermaid->out, "    s%u--x%s: ", service, node);
    } else {
        fprintf(mermaid->out, "    %s-xs%u: ", node, service);
    }
    write_attempt(mermaid, record);
    fprintf(mermaid->out, " lost%s%s\n", because[0] == '\0' ? "" : ", ", because);
}

static void write_arrived(struct report_mermaid *mermaid, const struct sim_record *record)
{
    char node[ACTOR_MAX];
    fprintf(mermaid->out, "    %s->>s%u: ", node_id(node, mermaid, *sender_of(mermaid, record)),
            (unsigned)record->index);
    write_attempt(mermaid, record);
    fputc('\n', mermaid->out);
}

static void write_note(const struct report_mermaid *mermaid, const struct sim_record *record,
                       const char *text)
{
    char node[ACTOR_MAX];
    fprintf(mermaid->out, "    Note over %s: %s\n",
            node_id(node, mermaid, report_record_node(record)), text);
}

static void write_service_note(const struct report_mermaid *mermaid,
                               const struct sim_record *record, const char *text)
{
    if (record->index < mermaid->plan->services_len) { /* a peer is no participant */
        fprintf(mermaid->out, "    Note over s%u: %s\n", (unsigned)record->index, text);
    }
}

static void write_published(struct report_mermaid *mermaid, const struct sim_record *record)
{
    struct saga_domain_event event = {.kind = record->what, .index = record->index};
    write_note(mermaid, record, saga_domain_event_name(mermaid->plan, &event));
}

static void write_notified(struct report_mermaid *mermaid, const struct sim_record *record)
{
    char node[ACTOR_MAX];
    struct saga_domain_event event = {.kind = record->what};
    if (record->index == 0) {
        fprintf(mermaid->out, "    %s-->>buyer: %s\n",
                node_id(node, mermaid, report_record_node(record)),
                saga_domain_event_name(mermaid->plan, &event));
    }
}

static void write_unstored(struct report_mermaid *mermaid, const struct sim_record *record)
{
    char text[TEXT_MAX];
    snprintf(text, sizeof(text), "a commit goes wrong: %s",
             sim_unstored_name((enum sim_unstored)record->what));
    write_note(mermaid, record, text);
}

static void write_sent(struct report_mermaid *mermaid, const struct sim_record *record)
{
    *sender_of(mermaid, record) = record->index; /* drawn when it arrives, or is lost */
}

static void write_effect(struct report_mermaid *mermaid, const struct sim_record *record)
{
    write_service_note(mermaid, record, saga_effect_name((enum saga_effect)record->what));
}

static void write_lapsed(struct report_mermaid *mermaid, const struct sim_record *record)
{
    write_service_note(mermaid, record, "the hold has run out");
}

static void write_mended(struct report_mermaid *mermaid, const struct sim_record *record)
{
    write_service_note(mermaid, record, "mended by hand");
}

/* "crashes for 30.0 s" */
static const char *stop_text(char text[TEXT_MAX], const struct sim_record *record, const char *how)
{
    char span[REPORT_TEXT_MAX];
    snprintf(text, TEXT_MAX, "%s for %s", how, report_print_span(span, record->value));
    return text;
}

static void write_crashed(struct report_mermaid *mermaid, const struct sim_record *record)
{
    char text[TEXT_MAX];
    write_note(mermaid, record, stop_text(text, record, "crashes"));
}

static void write_restarted(struct report_mermaid *mermaid, const struct sim_record *record)
{
    write_note(mermaid, record, "starts again");
}

static void write_paused(struct report_mermaid *mermaid, const struct sim_record *record)
{
    char text[TEXT_MAX];
    write_note(mermaid, record, stop_text(text, record, "stands still"));
}

static void write_resumed(struct report_mermaid *mermaid, const struct sim_record *record)
{
    write_note(mermaid, record, "goes on");
}

static void write_jumped(struct report_mermaid *mermaid, const struct sim_record *record)
{
    write_note(mermaid, record, "the wall clock jumps");
}

static void write_service_crashed(struct report_mermaid *mermaid, const struct sim_record *record)
{
    char text[TEXT_MAX];
    write_service_note(mermaid, record, stop_text(text, record, "crashes"));
}

static void write_service_restarted(struct report_mermaid *mermaid, const struct sim_record *record)
{
    write_service_note(mermaid, record, "starts again");
}

typedef void writer(struct report_mermaid *mermaid, const struct sim_record *record);

/* By kind. What is left out is shown by when and whether a message arrives, or by what follows. */
static writer *const writers[] = {
    [SIM_HANDLED] = write_handled,
    [SIM_PUBLISHED] = write_published,
    [SIM_SENT] = write_sent,
    [SIM_ARRIVED] = write_arrived,
    [SIM_EFFECT] = write_effect,
    [SIM_LAPSED] = write_lapsed,
    [SIM_LOST] = write_lost,
    [SIM_MENDED] = write_mended,
    [SIM_UNSTORED] = write_unstored,
    [SIM_NOTIFIED] = write_notified,
    [SIM_CRASHED] = write_crashed,
    [SIM_RESTARTED] = write_restarted,
    [SIM_PAUSED] = write_paused,
    [SIM_RESUMED] = write_resumed,
    [SIM_JUMPED] = write_jumped,
    [SIM_SERVICE_CRASHED] = write_service_crashed,
    [SIM_SERVICE_RESTARTED] = write_service_restarted,
    [SIM_JOINED] = NULL, /* the last kind: there is a place for each */
};

void report_mermaid_step(struct report_mermaid *mermaid, const struct sim_step *step)
{
    for (uint32_t i = 0; i < step->records_len; i++) {
        const struct sim_record *record = &step->records[i];
        bool is_wanted = mermaid->checkout == 0 || record->checkout == 0 ||
                         record->checkout == mermaid->checkout;
        if (is_wanted && writers[record->kind] != NULL) {
            writers[record->kind](mermaid, record);
        }
    }
}
