#include <inttypes.h>

#include "sim/report/actors.h"
#include "sim/report/telling.h"
#include "sim/report/text.h"

void telling_add_attempt(const struct report_story *story, struct report_words *what,
                         const struct sim_record *record)
{
    if (saga_plan_has_call(story->plan, record->call)) {
        report_words_add(what, "%s", saga_call_name(story->plan, record->call));
    } else {
        report_words_add(what, "call %u", (unsigned)record->call);
    }
    report_words_add(what, " #%u", (unsigned)record->attempt);
}

void telling_add_call(const struct report_story *story, struct report_words *what,
                      const struct sim_record *record)
{
    telling_add_attempt(story, what, record);
    if (record->epoch > 0) {
        report_words_add(what, " (epoch %u)", (unsigned)record->epoch);
    }
}

void telling_add_answer(const struct report_story *story, struct report_words *what,
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

const char *telling_service(const struct report_story *story, const struct sim_record *record)
{
    if (!saga_plan_has_call(story->plan, record->call)) {
        return "nobody";
    }
    return story->plan->services[saga_call_service(story->plan, record->call)].name;
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

/* What becomes of one message: "lost: node down", "delayed by 6m 00s". */
static void add_fate(struct report_words *what, const struct sim_record *record)
{
    char span[REPORT_TEXT_MAX];
    if (record->kind == SIM_LOST) {
        const char *because = sim_lost_name((enum sim_lost)record->index);
        report_words_add(what, because[0] == '\0' ? "lost" : "lost: %s", because);
    } else if (record->kind == SIM_DELAYED) {
        report_words_add(what, "delayed by %s", report_print_span(span, record->value));
    } else if (record->kind == SIM_DUPLICATED) {
        report_words_add(what, "sent %" PRIu64 " times", record->value + 1);
    } else {
        report_words_add(what, "overtaken by the next %" PRIu64, record->value);
    }
}

/* What becomes of the message just told: "; lost". Returns how many records that took. */
static uint32_t add_fates(struct report_words *what, const struct sim_record *records, uint32_t len)
{
    uint32_t i = 0;
    for (; i < len && is_about_message(&records[i]); i++) {
        report_words_add(what, records[i].what == SCENARIO_REPLY_LEG ? "; the answer is " : "; ");
        add_fate(what, &records[i]);
    }
    return i;
}

/* What became of a message that was told of before. */
uint32_t telling_message(struct report_story *story, const struct sim_record *records, uint32_t len)
{
    struct report_words *what =
        telling_begin(story, records, telling_service(story, records), NULL);
    telling_add_call(story, what, records);
    report_words_add(what, records->what == SCENARIO_REPLY_LEG ? ": the answer is "
                                                               : ": the request is ");
    add_fate(what, records);
    uint32_t taken = 1 + add_fates(what, records + 1, len - 1);
    telling_end(story);
    return taken;
}

uint32_t telling_sent(struct report_story *story, const struct sim_record *records, uint32_t len)
{
    char node[REPORT_NODE_NAME_MAX];
    const char *how = sim_sent_name((enum sim_sent)records->what);
    struct report_words *what =
        telling_begin(story, records, report_node_name(node, story->scenario, records->index),
                      telling_service(story, records));
    telling_add_call(story, what, records);
    report_words_add(what, how[0] == '\0' ? "%s" : ", sent %s", how);
    uint32_t taken = 1 + add_fates(what, records + 1, len - 1);
    telling_end(story);
    return taken;
}

void telling_owed(struct report_story *story, const struct sim_record *record)
{
    char node[REPORT_NODE_NAME_MAX];
    struct report_words *what =
        telling_begin(story, record, report_node_name(node, story->scenario, record->index), NULL);
    report_words_add(what, "owed: ");
    telling_add_call(story, what, record);
    telling_end(story);
}

/* Whether a compensation is answered ok because there was nothing to undo. */
static bool is_vain(const struct sim_record *answered, bool has_effect)
{
    return !has_effect && !saga_call_is_step(answered->call) &&
           answered->answer == SAGA_ANSWER_OK && answered->what == SIM_BECAUSE_BOOKS;
}

/* A request at its service: what it did there, what is answered, and how that answer fares. */
uint32_t telling_arrived(struct report_story *story, const struct sim_record *records, uint32_t len)
{
    struct report_words *what =
        telling_begin(story, records, story->plan->services[records->index].name, NULL);
    char span[REPORT_TEXT_MAX];
    uint32_t i = 1;
    bool has_effect = false;
    telling_add_call(story, what, records);
    report_words_add(what, ": ");
    if (i < len && records[i].kind == SIM_SLOWED) {
        report_words_add(what, "slow by %s; ", report_print_span(span, records[i++].value));
    }
    if (i < len && records[i].kind == SIM_EFFECT) {
        add_effect(what, &records[i++]);
        report_words_add(what, "; ");
        has_effect = true;
    }
    if (i < len && records[i].kind == SIM_ANSWERED) {
        report_words_add(what, is_vain(&records[i], has_effect) ? "nothing to undo; " : "");
        const char *because = sim_answered_name((enum sim_answered)records[i].what);
        report_words_add(what, "answers ");
        telling_add_answer(story, what, &records[i++]);
        report_words_add(what, because[0] == '\0' ? "%s" : " (%s)", because);
    }
    i += add_fates(what, records + i, len - i);
    telling_end(story);
    return i;
}
