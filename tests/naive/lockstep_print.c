/* A sequence as lines to read: each event, then what core and naive said to it. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "tests/naive/lockstep.h"

/* A line under construction; too long a line is cut. */
struct line {
    char text[1024];
    size_t len;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line->text + line->len, sizeof(line->text) - line->len, format, args);
    va_end(args);
    if (n > 0) {
        line->len += (size_t)n;
        if (line->len >= sizeof(line->text)) {
            line->len = sizeof(line->text) - 1;
        }
    }
}

static void add_time(struct line *line, uint64_t ns)
{
    if (ns == SAGA_NEVER) {
        add(line, "never");
    } else if (ns % 1000000 == 0) {
        add(line, "%" PRIu64 "ms", ns / 1000000);
    } else {
        add(line, "%" PRIu64 "ns", ns);
    }
}

static const char *call_name(const struct saga_plan *plan, uint8_t call)
{
    return saga_plan_has_call(plan, call) ? saga_call_name(plan, call) : "(no such call)";
}

static void add_event(struct line *line, const struct saga_plan *plan,
                      const struct lockstep_event *event)
{
    const struct saga_event *e = &event->event;
    add(line, "at ");
    add_time(line, e->now_ns);
    add(line, "  %s", saga_event_kind_name((enum saga_event_kind)e->kind));
    switch ((enum saga_event_kind)e->kind) {
    case SAGA_START:
        add(line, " \"%s\" flags %" PRIu32 " request %" PRIu64, e->start.id, e->start.flags,
            e->start.fingerprint);
        break;
    case SAGA_REPLY:
        add(line, " %s (call %u) attempt %" PRIu32 " %s \"%s\"", call_name(plan, e->call), e->call,
            e->attempt, saga_answer_name((enum saga_answer)e->answer), e->code);
        break;
    case SAGA_RETRY:
    case SAGA_RESOLVE:
        add(line, " %s (call %u)", call_name(plan, e->call), e->call);
        break;
    case SAGA_TICK:
    case SAGA_CANCEL:
        break;
    }
    add(line, "%s", event->other_plan ? " under another plan" : "");
}

static void add_outcome(struct line *line, const struct saga_plan *plan, enum saga_result result,
                        bool accepted, const struct saga_domain_event *events, size_t events_len,
                        const struct saga_call *calls, size_t calls_len, uint64_t wake_at_ns)
{
    const char *ignored = accepted ? ", accepted" : ", ignored";
    add(line, "%s%s", saga_result_name(result), result == SAGA_OK ? ignored : "");
    for (size_t i = 0; i < events_len; i++) {
        add(line, "%s%" PRIu32 ":%s", i == 0 ? "; events " : " ", events[i].sequence,
            saga_domain_event_name(plan, &events[i]));
    }
    for (size_t i = 0; i < calls_len; i++) {
        add(line, "%s%s#%" PRIu32 "e%u", i == 0 ? "; calls " : " ", call_name(plan, calls[i].call),
            calls[i].attempt, calls[i].epoch);
    }
    add(line, "; wake ");
    add_time(line, wake_at_ns);
}

/* The state of each call, but for those that nothing has touched. */
static void add_states(struct line *line, const struct saga_plan *plan,
                       const enum saga_step_state *steps, const enum saga_undo_state *undos)
{
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        if (steps[i] != SAGA_STEP_PENDING) {
            add(line, " %s=%s", plan->steps[i].name, saga_step_state_name(steps[i]));
        }
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        if (undos[i] != SAGA_UNDO_NOT_NEEDED) {
            add(line, " %s=%s", plan->compensations[i].name, saga_undo_state_name(undos[i]));
        }
    }
}

static void add_core(struct line *line, const struct lockstep *l)
{
    const struct saga_session *s = &l->session;
    const struct saga_update *u = &l->update;
    enum saga_step_state steps[SAGA_STEPS_MAX];
    enum saga_undo_state undos[SAGA_COMPENSATIONS_MAX];
    for (size_t i = 0; i < SAGA_STEPS_MAX; i++) {
        steps[i] = (enum saga_step_state)s->step_state[i];
        undos[i] = (enum saga_undo_state)s->undo_state[i];
    }
    add_outcome(line, l->plan, l->result, u->accepted, u->events, u->events_len, u->calls,
                u->calls_len, u->wake_at_ns);
    add(line, "; v%" PRIu64 " %s", s->version, saga_phase_name((enum saga_phase)s->phase));
    if (s->version != 0) {
        add(line, " %s/%s", saga_status_name(saga_session_status(l->plan, s)),
            saga_compensation_status_name(saga_session_compensation_status(l->plan, s)));
        add_states(line, l->plan, steps, undos);
    }
}

static void add_naive(struct line *line, const struct lockstep *l)
{
    const struct naive_meaning *m = &l->meaning;
    const struct naive_outcome *o = &l->outcome;
    add_outcome(line, l->plan, o->result, o->accepted, o->events, o->events_len, o->calls,
                o->calls_len, o->wake_at_ns);
    add(line, "; v%" PRIu64 " %s", m->version, saga_phase_name(m->phase));
    if (m->version != 0) {
        add(line, " %s/%s", saga_status_name(m->status),
            saga_compensation_status_name(m->compensation));
        add_states(line, l->plan, m->step_state, m->undo_state);
    }
}

void lockstep_print(const struct lockstep_case *sequence, lockstep_tamper *tamper, FILE *out)
{
    struct lockstep l;
    lockstep_begin(&l, &sequence->plan, tamper);
    fprintf(out, "plan %s, %zu events:\n", sequence->plan.name, sequence->len);
    bool agree = true;
    for (size_t i = 0; i < sequence->len && agree; i++) {
        struct line event = {0};
        struct line core = {0};
        struct line naive = {0};
        add_event(&event, l.plan, &sequence->events[i]);
        agree = lockstep_apply(&l, &sequence->events[i]);
        add_core(&core, &l);
        add_naive(&naive, &l);
        fprintf(out, "%3zu. %s\n", i + 1, event.text);
        if (agree) {
            fprintf(out, "      both:  %s\n", core.text);
        } else {
            fprintf(out, "      core:  %s\n      naive: %s\n", core.text, naive.text);
        }
    }
    fprintf(out, "%s%s\n", agree ? "they agree" : "they differ in ", l.difference);
    lockstep_end(&l);
}
