#include "sim/campaign/record_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void add(char text[CAMPAIGN_RECORD_TEXT_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(char text[CAMPAIGN_RECORD_TEXT_MAX], const char *format, ...)
{
    size_t len = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + len, CAMPAIGN_RECORD_TEXT_MAX - len, format, args);
    va_end(args);
}

static void add_call(char text[CAMPAIGN_RECORD_TEXT_MAX], const struct saga_plan *plan,
                     const struct sim_record *record)
{
    if (saga_plan_has_call(plan, record->call)) {
        add(text, " %s", saga_call_name(plan, record->call));
    } else {
        add(text, " call %u", (unsigned)record->call);
    }
    add(text, " attempt %" PRIu32, record->attempt);
}

/* What it is, as far as its name and its call tell. */
static void add_subject(char text[CAMPAIGN_RECORD_TEXT_MAX], const struct saga_plan *plan,
                        const struct sim_record *record)
{
    add(text, "%s", sim_record_kind_name((enum sim_record_kind)record->kind));
    if (record->kind == SIM_HANDLED) {
        add(text, " %s", saga_event_kind_name((enum saga_event_kind)record->what));
    }
    if (record->attempt > 0) { /* whatever has attempts is about a call */
        add_call(text, plan, record);
    }
}

static void add_number(char text[CAMPAIGN_RECORD_TEXT_MAX], const char *name, uint64_t is,
                       uint64_t other)
{
    if (is != other) {
        add(text, ", %s %" PRIu64, name, is);
    }
}

const char *campaign_record_text(char text[CAMPAIGN_RECORD_TEXT_MAX],
                                 const struct scenario *scenario, const struct sim_record *record,
                                 const struct sim_record *other)
{
    text[0] = '\0';
    if (record == NULL) {
        add(text, "nothing");
        return text;
    }
    add_subject(text, &scenario->plan, record);
    if (other == NULL || record->kind != other->kind) {
        return text; /* another kind says enough */
    }
    bool has_call = record->attempt > 0 && other->attempt > 0;
    bool has_what = record->kind == SIM_HANDLED;
    add_number(text, "time_ns", record->time_ns, other->time_ns);
    add_number(text, "checkout", record->checkout, other->checkout);
    add_number(text, "call", has_call ? 0 : record->call, has_call ? 0 : other->call);
    add_number(text, "epoch", record->epoch, other->epoch);
    add_number(text, "answer", record->answer, other->answer);
    add_number(text, "code", record->code, other->code);
    add_number(text, "what", has_what ? 0 : record->what, has_what ? 0 : other->what);
    add_number(text, "index", record->index, other->index);
    add_number(text, "value", record->value, other->value);
    return text;
}
