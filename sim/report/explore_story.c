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

/* ", for 10 s". */
static void say_for(struct path_story *story, uint64_t span_ns)
{
    char span[REPORT_TEXT_MAX];
    report_words_add(&story->line.what, ", for %s", report_print_span(span, span_ns));
}

/* How long a node is down. */
static void say_crash(struct path_story *story, const struct explore_choice *choice)
{
    if (choice->span_ns == 0) {
        say(story, ", and starts again at once");
    } else {
        say_for(story, choice->span_ns);
    }
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
                         const char *what)
{
    act(story, service_of(story, choice), NULL);
    say_attempt(story, choice);
    say(story, what);
}

/* A reply at its node; `what` came of it. */
static void tell_reply(struct path_story *story, const struct explore_choice *choice,
                       const char *node, const char *what)
{
    act(story, service_of(story, choice), node);
    say_attempt(story, choice);
    say_answer(story, choice);
    say(story, what);
}

/* What becomes of a message on its way. */
static void tell_message(struct path_story *story, const struct explore_choice *choice,
                         const char *node, const char *fate)
{
    bool is_reply = choice->leg == SCENARIO_REPLY_LEG;
    const char *service = service_of(story, choice);
    act(story, is_reply ? service : node, is_reply ? node : service);
    say_attempt(story, choice);
    say(story, is_reply ? "the answer is " : "the request is ");
    say(story, fate);
}

static void tell_of_service(struct path_story *story, const struct explore_choice *choice,
                            const char *what)
{
    act(story, report_peer_name(&story->scenario->plan, choice->call), NULL);
    say(story, what);
}

static void tell_of_node(struct path_story *story, const char *node, const char *what)
{
    act(story, node, NULL);
    say(story, what);
}

static void tell_people(struct path_story *story, const struct explore_choice *choice,
                        const char *who, const char *node, const char *what)
{
    act(story, who, node);
    say(story, what);
    if (choice->kind != EXPLORE_CANCEL) {
        say(story, saga_call_name(&story->scenario->plan, choice->call));
    }
}

static void begin_outage(struct path_story *story, const struct explore_choice *choice)
{
    uint8_t service = saga_call_service(&story->scenario->plan, choice->call);
    story->out_ns[choice->checkout][service] = story->now_ns + choice->span_ns;
    story->is_silent[choice->checkout][service] = choice->kind == EXPLORE_SILENCE;
    say_for(story, choice->span_ns);
}

static void tell_served(struct path_story *story, const struct explore_choice *choice)
{
    uint8_t service = saga_call_service(&story->scenario->plan, choice->call);
    bool is_out = story->now_ns < story->out_ns[choice->checkout][service];
    bool is_silent = story->is_silent[choice->checkout][service];
    tell_request(story, choice,
                 !is_out     ? "served"
                 : is_silent ? "never answered (outage)"
                             : "answers unavailable (outage)");
}

static void tell_choice(struct path_story *story, const struct explore_choice *choice,
                        const char *node)
{
    char span[REPORT_TEXT_MAX];
    switch ((enum explore_choice_kind)choice->kind) {
    case EXPLORE_SERVE:
        tell_served(story, choice);
        break;
    case EXPLORE_HEAR:
        tell_reply(story, choice, node, "");
        break;
    case EXPLORE_VANISH:
        tell_reply(story, choice, node, "; lost: node down");
        break;
    case EXPLORE_TICK:
        act(story, "clock", node);
        say(story, "tick");
        break;
    case EXPLORE_RESTART:
        tell_of_node(story, node, "starts again");
        break;
    case EXPLORE_RESUME:
        tell_of_node(story, node, "goes on");
        break;
    case EXPLORE_LAPSE:
        tell_of_service(story, choice, "the hold has run out");
        break;
    case EXPLORE_EARLY_LAPSE:
        tell_of_service(story, choice, "the hold is dropped early");
        break;
    case EXPLORE_LOSE:
        tell_message(story, choice, node, "lost");
        break;
    case EXPLORE_DELAY:
        tell_message(story, choice, node, "delayed");
        break;
    case EXPLORE_DUPLICATE:
        tell_message(story, choice, node, "doubled: a copy comes late");
        break;
    case EXPLORE_REJECT:
        tell_request(story, choice, "answers rejected, nothing done (injected)");
        break;
    case EXPLORE_REFUSE:
        tell_request(story, choice, "answers unavailable, nothing done (injected)");
        break;
    case EXPLORE_FAIL_AFTER:
        tell_request(story, choice, "served, and answers unavailable (failed after effect)");
        break;
    case EXPLORE_OUTAGE:
        tell_request(story, choice, "answers unavailable: an outage begins");
        begin_outage(story, choice);
        break;
    case EXPLORE_SILENCE:
        tell_request(story, choice, "never answered: an outage begins");
        begin_outage(story, choice);
        break;
    case EXPLORE_CRASH_BEFORE_COMMIT:
        tell_reply(story, choice, node, "; the node crashes before the commit");
        say_crash(story, choice);
        break;
    case EXPLORE_CRASH_BEFORE_DISPATCH:
        tell_reply(story, choice, node, "; stored; the node crashes before the dispatch");
        say_crash(story, choice);
        break;
    case EXPLORE_STORE_AMBIGUOUS:
        tell_reply(story, choice, node, "; commit ambiguous: stored, reported as failed");
        break;
    case EXPLORE_STORE_FAILED:
        tell_reply(story, choice, node, "; commit failed: nothing is stored; heard again");
        break;
    case EXPLORE_STORE_CONFLICT:
        tell_reply(story, choice, node,
                   "; commit refused as a conflict: nothing is stored; heard again");
        break;
    case EXPLORE_CRASH:
        tell_of_node(story, node, "crashes");
        say_crash(story, choice);
        break;
    case EXPLORE_PAUSE:
        tell_of_node(story, node, "stands still");
        say_for(story, choice->span_ns);
        break;
    case EXPLORE_LEAP:
        tell_of_node(story, node, "starts again; its clock has leapt ahead by ");
        say(story, report_print_span(span, choice->span_ns));
        break;
    case EXPLORE_CANCEL:
        tell_people(story, choice, "buyer", node, "cancel");
        break;
    case EXPLORE_RETRY:
        tell_people(story, choice, "operator", node, "retry ");
        break;
    case EXPLORE_RESOLVE:
        tell_people(story, choice, "operator", node, "resolve ");
        break;
    case EXPLORE_PASS:
    case EXPLORE_CHOICES_LEN:
        break;
    }
}

/* One step, with its number; a fault is marked. */
static void tell(struct path_story *story, const struct report_style *style,
                 const struct explore_choice *choice)
{
    char mark[MARGIN + 8];
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
    snprintf(mark, sizeof(mark), "%c %5" PRIu32, is_fault ? '!' : ' ', story->steps);
    story->page.mark = mark;
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
