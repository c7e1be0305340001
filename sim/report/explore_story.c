/* The path of an exploration as a story: numbered steps, each with its instant, who, and what. */
#include <inttypes.h>
#include <string.h>

#include "sim/record/record.h"
#include "sim/report/actors.h"
#include "sim/report/explore.h"
#include "sim/report/label.h"
#include "sim/report/story.h"
#include "sim/report/text.h"

enum { MARGIN = 8 };

struct path_story {
    const struct scenario *scenario;
    struct report_page page;
    struct report_line line;
    uint64_t now_ns;
    uint32_t steps; /* told; time that passes is none */
    char mark[MARGIN + 8];
    /* Until when each service is out for each checkout, and whether it is silent then. */
    uint64_t out_ns[EXPLORE_CHECKOUTS_MAX][SAGA_SERVICES_MAX];
    bool is_silent[EXPLORE_CHECKOUTS_MAX][SAGA_SERVICES_MAX];
};

static const char *service_of(const struct path_story *story, const struct explore_choice *choice)
{
    const struct saga_plan *plan = &story->scenario->plan;
    return plan->services[saga_call_service(plan, choice->call)].name;
}

/* "a -> b", or a alone. */
static void act(struct path_story *story, const char *from, const char *to)
{
    snprintf(story->line.actors, sizeof(story->line.actors), "%s%s%s", from,
             to == NULL ? "" : " -> ", to == NULL ? "" : to);
}

static void say(struct path_story *story, const char *text)
{
    report_words_add(&story->line.what, "%s", text);
}

static void say_span(struct path_story *story, const struct explore_choice *choice)
{
    char span[REPORT_TEXT_MAX];
    say(story, report_print_span(span, choice->span_ns));
}

static void say_for(struct path_story *story, const struct explore_choice *choice)
{
    say(story, ", for ");
    say_span(story, choice);
}

/* How long a node is down. */
static void say_crash(struct path_story *story, const struct explore_choice *choice)
{
    if (choice->span_ns == 0) {
        say(story, ", and starts again at once");
    } else {
        say_for(story, choice);
    }
}

static void say_call(struct path_story *story, const struct explore_choice *choice)
{
    say(story, saga_call_name(&story->scenario->plan, choice->call));
}

/* "authorize_payment #1 (late)" */
static void say_attempt(struct path_story *story, const struct explore_choice *choice)
{
    report_words_add(&story->line.what, "%s #%" PRIu32,
                     saga_call_name(&story->scenario->plan, choice->call), choice->attempt);
    if (choice->epoch > 0) {
        report_words_add(&story->line.what, " (epoch %u)", (unsigned)choice->epoch);
    }
    say(story, choice->is_late ? ", late: " : ": ");
}

static void say_answer(struct path_story *story, const struct explore_choice *choice)
{
    const char *code =
        choice->code < SIM_CODES_LEN ? sim_code(story->scenario, choice->code) : "injected";
    bool is_rejected = choice->answer == SAGA_ANSWER_REJECTED && code[0] != '\0';
    report_words_add(&story->line.what, "%s%s%s",
                     saga_answer_name((enum saga_answer)choice->answer), is_rejected ? ", " : "",
                     is_rejected ? code : "");
}

/* A request at its service. */
static void tell_request(struct path_story *story, const struct explore_choice *choice,
                         const char *node)
{
    (void)node;
    act(story, service_of(story, choice), NULL);
    say_attempt(story, choice);
}

/* The same, of one that no fault strikes: but an outage may. */
static void tell_served(struct path_story *story, const struct explore_choice *choice,
                        const char *node)
{
    uint8_t service = saga_call_service(&story->scenario->plan, choice->call);
    bool is_out = story->now_ns < story->out_ns[choice->checkout][service];
    bool is_silent = story->is_silent[choice->checkout][service];
    tell_request(story, choice, node);
    say(story, !is_out     ? "served"
               : is_silent ? "never answered (outage)"
                           : "answers unavailable (outage)");
}

/* A reply at its node. */
static void tell_reply(struct path_story *story, const struct explore_choice *choice,
                       const char *node)
{
    act(story, service_of(story, choice), node);
    say_attempt(story, choice);
    say_answer(story, choice);
}

/* What becomes of a message on its way. */
static void tell_message(struct path_story *story, const struct explore_choice *choice,
                         const char *node)
{
    bool is_reply = choice->leg == SCENARIO_REPLY_LEG;
    const char *service = service_of(story, choice);
    act(story, is_reply ? service : node, is_reply ? node : service);
    say_attempt(story, choice);
    say(story, is_reply ? "the answer is " : "the request is ");
}

static void tell_hold(struct path_story *story, const struct explore_choice *choice,
                      const char *node)
{
    (void)node;
    act(story, report_peer_name(&story->scenario->plan, choice->call), NULL);
}

static void tell_node(struct path_story *story, const struct explore_choice *choice,
                      const char *node)
{
    (void)choice;
    act(story, node, NULL);
}

static void tell_clock(struct path_story *story, const struct explore_choice *choice,
                       const char *node)
{
    (void)choice;
    act(story, "clock", node);
}

static void tell_buyer(struct path_story *story, const struct explore_choice *choice,
                       const char *node)
{
    (void)choice;
    act(story, "buyer", node);
}

static void tell_operator(struct path_story *story, const struct explore_choice *choice,
                          const char *node)
{
    (void)choice;
    act(story, "operator", node);
}

static void begin_outage(struct path_story *story, const struct explore_choice *choice)
{
    uint8_t service = saga_call_service(&story->scenario->plan, choice->call);
    story->out_ns[choice->checkout][service] = story->now_ns + choice->span_ns;
    story->is_silent[choice->checkout][service] = choice->kind == EXPLORE_SILENCE;
    say_for(story, choice);
}

/* What of each kind is told: who, then the words, then what only the choice knows. */
static const struct {
    void (*who)(struct path_story *story, const struct explore_choice *choice, const char *node);
    const char *what;
    void (*more)(struct path_story *story, const struct explore_choice *choice);
} tellings[EXPLORE_CHOICES_LEN] = {
    [EXPLORE_SERVE] = {tell_served, "", NULL},
    [EXPLORE_HEAR] = {tell_reply, "", NULL},
    [EXPLORE_VANISH] = {tell_reply, "; lost: node down", NULL},
    [EXPLORE_TICK] = {tell_clock, "tick", NULL},
    [EXPLORE_RESTART] = {tell_node, "starts again", NULL},
    [EXPLORE_RESUME] = {tell_node, "goes on", NULL},
    [EXPLORE_LAPSE] = {tell_hold, "the hold has run out", NULL},
    [EXPLORE_LOSE] = {tell_message, "lost", NULL},
    [EXPLORE_DELAY] = {tell_message, "delayed", NULL},
    [EXPLORE_DUPLICATE] = {tell_message, "doubled: a copy comes late", NULL},
    [EXPLORE_REJECT] = {tell_request, "answers rejected, nothing done (injected)", NULL},
    [EXPLORE_REFUSE] = {tell_request, "answers unavailable, nothing done (injected)", NULL},
    [EXPLORE_FAIL_AFTER] = {tell_request, "served, and answers unavailable (failed after effect)",
                            NULL},
    [EXPLORE_OUTAGE] = {tell_request, "answers unavailable: an outage begins", begin_outage},
    [EXPLORE_SILENCE] = {tell_request, "never answered: an outage begins", begin_outage},
    [EXPLORE_CRASH_BEFORE_COMMIT] = {tell_reply, "; the node crashes before the commit", say_crash},
    [EXPLORE_CRASH_BEFORE_DISPATCH] = {tell_reply, "; stored; the node crashes before the dispatch",
                                       say_crash},
    [EXPLORE_STORE_AMBIGUOUS] = {tell_reply, "; commit ambiguous: stored, reported as failed",
                                 NULL},
    [EXPLORE_STORE_FAILED] = {tell_reply, "; commit failed: nothing is stored; heard again", NULL},
    [EXPLORE_STORE_CONFLICT] = {tell_reply,
                                "; commit refused as a conflict: nothing is stored; heard again",
                                NULL},
    [EXPLORE_CRASH] = {tell_node, "crashes", say_crash},
    [EXPLORE_PAUSE] = {tell_node, "stands still", say_for},
    [EXPLORE_LEAP] = {tell_node, "starts again; its clock has leapt ahead by ", say_span},
    [EXPLORE_CANCEL] = {tell_buyer, "cancel", NULL},
    [EXPLORE_RETRY] = {tell_operator, "retry ", say_call},
    [EXPLORE_RESOLVE] = {tell_operator, "resolve ", say_call},
    [EXPLORE_EARLY_LAPSE] = {tell_hold, "the hold is dropped early", NULL},
};

static void tell_choice(struct path_story *story, const struct explore_choice *choice,
                        const char *node)
{
    tellings[choice->kind].who(story, choice, node);
    say(story, tellings[choice->kind].what);
    if (tellings[choice->kind].more != NULL) {
        tellings[choice->kind].more(story, choice);
    }
}

/* One step, with its number; a fault is marked. */
static void tell(struct path_story *story, const struct report_style *style,
                 const struct explore_choice *choice)
{
    char node[REPORT_NODE_NAME_MAX];
    bool is_fault = explore_choice_is_fault((enum explore_choice_kind)choice->kind);
    if (choice->kind == EXPLORE_PASS) {
        story->now_ns += choice->span_ns;
        return;
    }
    story->steps++;
    story->line.time_ns = story->now_ns;
    story->line.checkout = choice->checkout + 1U;
    report_words_clear(&story->line.what);
    report_node_name(node, story->scenario, choice->checkout);
    tell_choice(story, choice, node);
    snprintf(story->mark, sizeof(story->mark), "%c %5" PRIu32, is_fault ? '!' : ' ', story->steps);
    story->page.mark = story->mark;
    if (is_fault) {
        report_ink(story->page.out, style, REPORT_BAD);
    }
    report_page_write(&story->page, &story->line);
    if (is_fault) {
        report_ink_end(story->page.out, style);
    }
}

static void write_head(FILE *out, const struct report_style *style, const struct scenario *scenario,
                       const struct explore_violation *violation)
{
    const struct saga_plan *plan = &scenario->plan;
    struct report_words words;
    report_write_labelled(out, style, "violated", sim_invariant_name(violation->invariant));
    report_write_labelled(out, style, "", sim_invariant_sentence(violation->invariant));
    report_write_labelled(out, style, "seen", violation->detail);
    report_words_clear(&words);
    for (uint8_t i = 0; i < plan->flags_len; i++) {
        bool is_asked = (violation->root >> i & 1) != 0;
        report_words_add(&words, "%s%s%s", i == 0 ? "" : ", ", is_asked ? "" : "no ",
                         plan->flags[i]);
    }
    if (plan->flags_len > 0) {
        report_write_labelled(out, style, "asked for", words.text);
    }
}

void report_write_path(FILE *out, const struct report_style *style, const struct scenario *scenario,
                       const struct explore_violation *violation)
{
    struct path_story story = {.scenario = scenario,
                               .page = report_page_begin(out, scenario, MARGIN)};
    bool is_cycle = violation->cycle_at < violation->path_len;
    bool is_endless = violation->invariant == SIM_ALL_CLOSED;
    uint32_t cycle_step = 0;
    write_head(out, style, scenario, violation);
    fputc('\n', out);
    for (uint32_t i = 0; i < violation->path_len; i++) {
        if (is_endless && is_cycle && i == violation->cycle_at) {
            cycle_step = story.steps + 1;
            fprintf(out, "%*sfrom here on it goes round in circles:\n", MARGIN, "");
        }
        tell(&story, style, &violation->path[i]);
    }
    if (is_endless) {
        if (is_cycle) {
            fprintf(out, "%*sand again from step %" PRIu32 ", without end\n", MARGIN, "",
                    cycle_step);
        } else {
            fprintf(out, "%*snothing more can happen, and it is not closed\n", MARGIN, "");
        }
    }
}
