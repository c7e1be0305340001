#include "sim/report/story.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/result.h"
#include "sim/report/change.h"
#include "sim/report/text.h"

struct report_story {
    const struct scenario *scenario;
    const struct saga_plan *plan;
    const struct run_result *result;
    uint32_t checkout; /* 0: all */
    report_line_taker *take;
    void *context;
    size_t violations_told;
    struct report_line line;
    struct saga_session *sessions; /* as stored before; of `checkout`, or by checkout - 1 */
};

struct report_story *report_story_create(const struct scenario *scenario, uint32_t checkout,
                                         const struct run_result *result, report_line_taker *take,
                                         void *context)
{
    struct report_story *story = calloc(1, sizeof(*story));
    size_t sessions_len = checkout == 0 ? scenario->checkouts.count : 1;
    if (story == NULL) {
        return NULL;
    }
    story->scenario = scenario;
    story->plan = &scenario->plan;
    story->result = result;
    story->checkout = checkout;
    story->take = take;
    story->context = context;
    story->sessions = calloc(sessions_len, sizeof(*story->sessions));
    if (story->sessions == NULL) {
        free(story);
        return NULL;
    }
    return story;
}

void report_story_destroy(struct report_story *story)
{
    if (story != NULL) {
        free(story->sessions);
        free(story);
    }
}

static struct report_words *begin(struct report_story *story, const struct sim_record *record,
                                  const char *from, const char *to)
{
    struct report_line *line = &story->line;
    line->time_ns = record->time_ns;
    line->checkout = record->checkout;
    snprintf(line->actors, sizeof(line->actors), to == NULL ? "%s" : "%s -> %s", from, to);
    report_words_clear(&line->what);
    return &line->what;
}

static void end(struct report_story *story)
{
    story->take(story->context, &story->line);
}

/* The call and its attempt: "authorize_payment #1"; garbage may be about a call that is none. */
static void add_call(const struct report_story *story, struct report_words *what,
                     const struct sim_record *record)
{
    if (saga_plan_has_call(story->plan, record->call)) {
        report_words_add(what, "%s", saga_call_name(story->plan, record->call));
    } else {
        report_words_add(what, "call %u", (unsigned)record->call);
    }
    report_words_add(what, " #%u", (unsigned)record->attempt);
    if (record->epoch > 0) {
        report_words_add(what, " (epoch %u)", (unsigned)record->epoch);
    }
}

static void add_answer(const struct report_story *story, struct report_words *what,
                       const struct sim_record *record)
{
    const char *code = sim_code(story->scenario, record->code);
    switch ((enum saga_answer)record->answer) {
    case SAGA_ANSWER_OK:
        report_words_add(what, "ok");
        break;
    case SAGA_ANSWER_REJECTED:
        report_words_add(what, "rejected%s%s", code[0] == '\0' ? "" : ", ", code);
        break;
    case SAGA_ANSWER_UNAVAILABLE:
        report_words_add(what, "unavailable");
        break;
    }
}

/* What an effect did to the books, in the past tense; money has an amount. */
static void add_effect(struct report_words *what, const struct sim_record *record)
{
    static const char *const done[] = {
        [SAGA_EFFECT_NONE] = "nothing done",           [SAGA_EFFECT_OPEN] = "opened",
        [SAGA_EFFECT_CONFIRM] = "confirmed",           [SAGA_EFFECT_CANCEL] = "cancelled",
        [SAGA_EFFECT_ACQUIRE] = "one unit held",       [SAGA_EFFECT_COMMIT] = "one unit committed",
        [SAGA_EFFECT_RELEASE] = "one unit released",   [SAGA_EFFECT_RETURN] = "one unit returned",
        [SAGA_EFFECT_AUTHORIZE] = "authorized ",       [SAGA_EFFECT_CAPTURE] = "captured ",
        [SAGA_EFFECT_VOID] = "gave back the hold on ", [SAGA_EFFECT_REFUND] = "refunded ",
    };
    char money[REPORT_TEXT_MAX];
    bool is_money = saga_effect_model((enum saga_effect)record->what) == SAGA_MODEL_CHARGE;
    report_words_add(what, "%s%s", done[record->what],
                     is_money ? report_print_money(money, record->value) : "");
}

static bool is_about_message(const struct sim_record *record)
{
    return record->kind == SIM_LOST || record->kind == SIM_DELAYED ||
           record->kind == SIM_DUPLICATED || record->kind == SIM_OVERTAKEN;
}

/* What the network makes of the message just told: "; lost". Returns how many records that took. */
static uint32_t add_message_faults(struct report_words *what, const struct sim_record *records,
                                   uint32_t len)
{
    uint32_t i = 0;
    char span[REPORT_TEXT_MAX];
    for (; i < len && is_about_message(&records[i]); i++) {
        const struct sim_record *record = &records[i];
        const char *leg = record->what == SCENARIO_REPLY_LEG ? "the answer is " : "";
        if (record->kind == SIM_LOST) {
            report_words_add(what, "; %slost", leg);
        } else if (record->kind == SIM_DELAYED) {
            report_words_add(what, "; %sdelayed by %s", leg,
                             report_print_span(span, record->value));
        } else if (record->kind == SIM_DUPLICATED) {
            report_words_add(what, "; %ssent %" PRIu64 " times", leg, record->value + 1);
        } else {
            report_words_add(what, "; %sovertaken by the next %" PRIu64, leg, record->value);
        }
    }
    return i;
}

static uint32_t tell_sent(struct report_story *story, const struct sim_record *records,
                          uint32_t len)
{
    uint8_t service = saga_call_service(story->plan, records->call);
    struct report_words *what = begin(story, records, "node", story->plan->services[service].name);
    add_call(story, what, records);
    uint32_t taken = 1 + add_message_faults(what, records + 1, len - 1);
    end(story);
    return taken;
}

/* Whether a compensation is answered ok because there was nothing to undo. */
static bool is_vain(const struct sim_record *answered, bool has_effect)
{
    return !has_effect && !saga_call_is_step(answered->call) &&
           answered->answer == SAGA_ANSWER_OK && answered->what == SIM_BECAUSE_BOOKS;
}

/* A request at its service: what it did there, what is answered, and how that answer fares. */
static uint32_t tell_arrived(struct report_story *story, const struct sim_record *records,
                             uint32_t len)
{
    struct report_words *what =
        begin(story, records, story->plan->services[records->index].name, NULL);
    uint32_t i = 1;
    add_call(story, what, records);
    report_words_add(what, ": ");
    if (i < len && records[i].kind == SIM_EFFECT) {
        add_effect(what, &records[i++]);
        report_words_add(what, "; ");
    }
    if (i < len && records[i].kind == SIM_ANSWERED) {
        report_words_add(what, is_vain(&records[i], i > 1) ? "nothing to undo; " : "");
        const char *because = sim_answered_name((enum sim_answered)records[i].what);
        report_words_add(what, "answers ");
        add_answer(story, what, &records[i++]);
        report_words_add(what, because[0] == '\0' ? "%s" : " (%s)", because);
    }
    i += add_message_faults(what, records + i, len - i);
    end(story);
    return i;
}

/* How the node took an event that changed nothing. */
static void add_refusal(struct report_words *what, const struct sim_record *record)
{
    if (record->index != SAGA_OK) {
        report_words_add(what, "; refused: %s", saga_result_name((enum saga_result)record->index));
    } else if (record->value == 0) {
        report_words_add(what, record->what == SAGA_REPLY ? "; stale, ignored" : "; ignored");
    }
}

static void tell_handled(struct report_story *story, const struct sim_record *record)
{
    const struct saga_plan *plan = story->plan;
    struct report_words *what = NULL;
    switch ((enum saga_event_kind)record->what) {
    case SAGA_START:
        what = begin(story, record, "buyer", "node");
        report_words_add(what, "start");
        break;
    case SAGA_CANCEL:
        what = begin(story, record, "buyer", "node");
        report_words_add(what, "cancel");
        break;
    case SAGA_REPLY:
        what = begin(story, record,
                     saga_plan_has_call(plan, record->call)
                         ? plan->services[saga_call_service(plan, record->call)].name
                         : "nobody",
                     "node");
        add_call(story, what, record);
        report_words_add(what, ": ");
        add_answer(story, what, record);
        break;
    case SAGA_TICK:
        if (record->value == 1) {
            return; /* what was due is told by the change that it made */
        }
        what = begin(story, record, "clock", "node");
        report_words_add(what, "tick");
        break;
    case SAGA_RETRY:
    case SAGA_RESOLVE:
        what = begin(story, record, "operator", "node");
        report_words_add(what, "%s %s", saga_event_kind_name((enum saga_event_kind)record->what),
                         saga_call_name(plan, record->call));
        break;
    }
    assert(what != NULL);
    add_refusal(what, record);
    end(story);
}

/* The session before this step; where the one after it will be kept. */
static struct saga_session *before(struct report_story *story, uint32_t checkout)
{
    return story->checkout == 0 ? &story->sessions[checkout - 1] : story->sessions;
}

static void tell_stored(struct report_story *story, const struct sim_record *record,
                        const struct sim_step *step)
{
    if (step->stored == NULL) {
        return;
    }
    struct saga_session *session = before(story, record->checkout);
    struct report_change change = {.plan = story->plan,
                                   .before = session,
                                   .after = step->stored,
                                   .is_tick =
                                       step->event != NULL && step->event->kind == SAGA_TICK};
    struct report_words *what = begin(story, record, "node", NULL);
    if (report_change_words(&change, what)) {
        end(story);
    }
    what = begin(story, record, "node", NULL);
    report_words_add(what, "stored v%" PRIu64 ": ", record->value);
    report_change_state(story->plan, step->stored, session->cause == SAGA_CAUSE_NONE, what);
    end(story);
    *session = *step->stored;
}

static void tell_published(struct report_story *story, const struct sim_record *record)
{
    struct saga_domain_event event = {.kind = record->what, .index = record->index};
    struct report_words *what = begin(story, record, "node", NULL);
    report_words_add(what, "publishes %s", saga_domain_event_name(story->plan, &event));
    end(story);
}

static void tell_service(struct report_story *story, const struct sim_record *record,
                         const char *text)
{
    report_words_add(begin(story, record, story->plan->services[record->index].name, NULL), "%s",
                     text);
    end(story);
}

/* One record, and those that belong to it. Returns how many that were. */
static uint32_t tell_record(struct report_story *story, const struct sim_step *step, uint32_t i)
{
    const struct sim_record *record = &step->records[i];
    uint32_t left = step->records_len - i;
    switch ((enum sim_record_kind)record->kind) {
    case SIM_HANDLED:
        tell_handled(story, record);
        break;
    case SIM_STORED:
        tell_stored(story, record, step);
        break;
    case SIM_PUBLISHED:
        tell_published(story, record);
        break;
    case SIM_SENT:
        return tell_sent(story, record, left);
    case SIM_ARRIVED:
        return tell_arrived(story, record, left);
    case SIM_LAPSED:
        tell_service(story, record, "the hold has run out: one unit released");
        break;
    case SIM_MENDED:
        tell_service(story, record, "mended by the operator's own hand");
        break;
    case SIM_EFFECT:
    case SIM_ANSWERED:
    case SIM_LOST:
    case SIM_DELAYED:
    case SIM_DUPLICATED:
    case SIM_OVERTAKEN:
        break; /* told with what they belong to */
    }
    return 1;
}

/* The violations found before this instant that have not been told. */
static void tell_violations(struct report_story *story, uint64_t time_ns)
{
    const struct run_result *result = story->result;
    while (result != NULL && story->violations_told < result->violations_len) {
        const struct check_violation *violation = &result->violations[story->violations_told];
        if (violation->time_ns >= time_ns) {
            return;
        }
        story->violations_told++;
        if (story->checkout != 0 && violation->checkout != 0 &&
            violation->checkout != story->checkout) {
            continue;
        }
        struct sim_record at = {.time_ns = violation->time_ns, .checkout = violation->checkout};
        struct report_words *what = begin(story, &at, "VIOLATED", NULL);
        report_words_add(what, "%s: %s", sim_invariant_name(violation->invariant),
                         violation->detail);
        end(story);
    }
}

void report_story_tell(void *context, const struct sim_step *step)
{
    struct report_story *story = context;
    tell_violations(story, step->time_ns);
    for (uint32_t i = 0; i < step->records_len;) {
        if (story->checkout == 0 || story->checkout == step->records[i].checkout) {
            i += tell_record(story, step, i);
        } else {
            i++;
        }
    }
}

void report_story_end(struct report_story *story)
{
    tell_violations(story, UINT64_MAX);
}
