/* One record as JSON: the members that count for its kind (sim/record/record.h), by name. */
#include "core/result.h"
#include "sim/report/json.h"

static void set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, json_string(text));
}

static void set_number(json_t *object, const char *key, uint64_t number)
{
    json_object_set_new(object, key, json_integer((json_int_t)number));
}

static void set_call(json_t *object, const struct saga_plan *plan, const struct sim_record *record)
{
    if (saga_plan_has_call(plan, record->call)) {
        set_text(object, "call", saga_call_name(plan, record->call));
    } else {
        set_number(object, "call", record->call);
    }
}

static void set_attempt(json_t *object, const struct saga_plan *plan,
                        const struct sim_record *record)
{
    set_call(object, plan, record);
    set_number(object, "attempt", record->attempt);
    set_number(object, "epoch", record->epoch);
}

static void set_answer(json_t *object, const struct scenario *scenario,
                       const struct sim_record *record)
{
    set_text(object, "answer", saga_answer_name((enum saga_answer)record->answer));
    if (record->answer == SAGA_ANSWER_REJECTED) {
        set_text(object, "code", sim_code(scenario, record->code));
    }
}

static void set_handled(json_t *object, const struct scenario *scenario,
                        const struct sim_record *record)
{
    enum saga_event_kind kind = (enum saga_event_kind)record->what;
    set_text(object, "event", saga_event_kind_name(kind));
    switch (kind) {
    case SAGA_REPLY:
        set_call(object, &scenario->plan, record);
        set_number(object, "attempt", record->attempt);
        set_answer(object, scenario, record);
        break;
    case SAGA_RETRY:
    case SAGA_RESOLVE:
        set_call(object, &scenario->plan, record);
        break;
    case SAGA_START:
    case SAGA_TICK:
    case SAGA_CANCEL:
        break;
    }
    set_text(object, "result", saga_result_name((enum saga_result)record->index));
    json_object_set_new(object, "accepted", json_boolean(record->value == 1));
}

static void set_leg(json_t *object, const struct saga_plan *plan, const struct sim_record *record)
{
    set_attempt(object, plan, record);
    set_text(object, "leg", record->what == SCENARIO_REPLY_LEG ? "reply" : "request");
}

static void set_service(json_t *object, const struct saga_plan *plan,
                        const struct sim_record *record)
{
    set_text(object, "service", plan->services[record->index].name);
}

static void set_published(json_t *object, const struct saga_plan *plan,
                          const struct sim_record *record)
{
    struct saga_domain_event event = {.kind = record->what, .index = record->index};
    set_text(object, "event", saga_domain_event_name(plan, &event));
    set_number(object, "sequence", record->value);
}

static void set_members(json_t *object, const struct scenario *scenario,
                        const struct sim_record *record)
{
    const struct saga_plan *plan = &scenario->plan;
    switch ((enum sim_record_kind)record->kind) {
    case SIM_HANDLED:
        set_handled(object, scenario, record);
        break;
    case SIM_STORED:
        set_number(object, "version", record->value);
        break;
    case SIM_PUBLISHED:
        set_published(object, plan, record);
        break;
    case SIM_SENT:
        set_attempt(object, plan, record);
        break;
    case SIM_ARRIVED:
        set_attempt(object, plan, record);
        set_service(object, plan, record);
        break;
    case SIM_EFFECT:
        set_attempt(object, plan, record);
        set_service(object, plan, record);
        set_text(object, "effect", saga_effect_name((enum saga_effect)record->what));
        set_number(object, "amount", record->value);
        break;
    case SIM_LAPSED:
        set_service(object, plan, record);
        break;
    case SIM_ANSWERED:
        set_attempt(object, plan, record);
        set_service(object, plan, record);
        set_answer(object, scenario, record);
        if (record->what != SIM_BECAUSE_BOOKS) {
            set_text(object, "because", sim_answered_name((enum sim_answered)record->what));
        }
        break;
    case SIM_LOST:
        set_leg(object, plan, record);
        break;
    case SIM_DELAYED:
        set_leg(object, plan, record);
        set_number(object, "delay_ns", record->value);
        break;
    case SIM_DUPLICATED:
        set_leg(object, plan, record);
        set_number(object, "copies", record->value);
        break;
    case SIM_OVERTAKEN:
        set_leg(object, plan, record);
        set_number(object, "by", record->value);
        break;
    case SIM_MENDED:
        set_call(object, plan, record);
        set_service(object, plan, record);
        break;
    }
}

bool report_write_json_record(FILE *out, const struct scenario *scenario, const char *path,
                              uint64_t seed, const struct sim_record *record)
{
    json_t *object = json_object();
    if (object == NULL) {
        return false;
    }
    if (path != NULL) {
        json_object_set_new(object, "file", report_json_text(path));
        set_number(object, "seed", seed);
    }
    set_number(object, "at_ns", record->time_ns);
    set_number(object, "checkout", record->checkout);
    set_text(object, "kind", sim_record_kind_name((enum sim_record_kind)record->kind));
    set_members(object, scenario, record);
    bool written = report_write_json_value(out, object);
    fputc('\n', out);
    return written;
}
