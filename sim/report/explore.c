#include "sim/report/explore.h"

#include <string.h>

#include "sim/report/label.h"
#include "sim/report/text.h"
#include "sim/report/words.h"

__extension__ typedef unsigned __int128 wide;

const char *report_exploration_end(enum explore_end end)
{
    switch (end) {
    case EXPLORE_COMPLETE:
        return "complete";
    case EXPLORE_VIOLATION:
        return "violation";
    case EXPLORE_DEPTH:
        return "depth";
    case EXPLORE_MEMORY:
        return "memory";
    case EXPLORE_CROWDED:
        return "crowded";
    case EXPLORE_INTERRUPTED:
        return "interrupted";
    }
    return "";
}

uint64_t report_collision_odds(uint64_t states)
{
    if (states < 2) {
        return 0;
    }
    wide odds = ((wide)1 << 65) / ((wide)states * states);
    return odds == 0 ? 1 : (uint64_t)odds;
}

/* A number and its noun: "1 fault", "1,234 states". */
static void add_count(struct report_words *words, uint64_t count, const char *noun)
{
    char text[REPORT_TEXT_MAX];
    report_words_add(words, "%s %s%s", report_print_count(text, count), noun,
                     count == 1 ? "" : "s");
}

static void add_flags(struct report_words *words, const struct scenario *scenario)
{
    const struct saga_plan *plan = &scenario->plan;
    for (uint8_t i = 0; i < plan->flags_len; i++) {
        uint32_t share_ppm = scenario->checkouts.flags_ppm[i];
        const char *how = share_ppm == 0          ? "never"
                          : share_ppm == SAGA_PPM ? "always"
                                                  : "with and without";
        report_words_add(words, "%s %s %s", i == 0 ? ";" : ",", plan->flags[i], how);
    }
}

static void write_explored(FILE *out, const struct report_style *style,
                           const struct explore_settings *settings)
{
    struct report_words words;
    const struct saga_plan *plan = &settings->scenario->plan;
    report_words_clear(&words);
    report_words_add(&words, "plan %s, version %u: ", plan->name, (unsigned)plan->version);
    add_count(&words, settings->checkouts, "checkout");
    report_words_add(&words, ", at most ");
    add_count(&words, settings->faults, "fault");
    add_flags(&words, settings->scenario);
    report_write_labelled(out, style, "explored", words.text);
}

static void write_size(FILE *out, const struct report_style *style,
                       const struct explore_result *result)
{
    struct report_words words;
    report_words_clear(&words);
    add_count(&words, result->states, "state");
    report_words_add(&words, ", ");
    add_count(&words, result->transitions, "transition");
    report_words_add(&words, ", at most ");
    add_count(&words, result->depth, "choice");
    report_words_add(&words, " deep; ");
    add_count(&words, result->ends, "end");
    report_words_add(&words, " with ");
    add_count(&words, result->outcomes_len, "outcome");
    report_write_labelled(out, style, "reached", words.text);
}

static uint64_t per_second(uint64_t count, uint64_t wall_ns)
{
    return (uint64_t)((wide)count * 1000000000 / (wall_ns == 0 ? 1 : wall_ns));
}

static void write_cost(FILE *out, const struct report_style *style,
                       const struct report_exploration *exploration)
{
    char text[REPORT_TEXT_MAX];
    struct report_words words;
    const struct explore_result *result = exploration->result;
    report_words_clear(&words);
    report_words_add(&words, "%s with ", report_print_span(text, exploration->wall_ns));
    add_count(&words, exploration->settings->jobs, "thread");
    report_words_add(&words, ": %s states/s, ",
                     report_print_count(text, per_second(result->states, exploration->wall_ns)));
    report_words_add(
        &words, "%s transitions/s; ",
        report_print_count(text, per_second(result->transitions, exploration->wall_ns)));
    report_words_add(&words, "%s, ", report_print_bytes(text, result->memory_bytes));
    uint64_t states = result->states == 0 ? 1 : result->states;
    report_words_add(&words, "%s bytes a state",
                     report_print_count(text, result->memory_bytes / states));
    report_write_labelled(out, style, "cost", words.text);
}

static void write_odds(FILE *out, const struct report_style *style, uint64_t states)
{
    char text[REPORT_TEXT_MAX];
    struct report_words words;
    uint64_t odds = report_collision_odds(states);
    report_words_clear(&words);
    if (odds > 0) {
        report_words_add(&words,
                         "%s that two states have the same 64 bits, and that one of them was taken "
                         "for known",
                         report_print_odds(text, odds));
        report_write_labelled(out, style, "odds", words.text);
    }
}

static void write_judged(FILE *out, const struct report_style *style, uint64_t invariants)
{
    struct report_words words;
    report_words_clear(&words);
    for (int i = 0; i < SIM_INVARIANTS_LEN; i++) {
        if ((invariants >> i & 1) != 0) {
            report_words_add_item(&words, 0, sim_invariant_name((enum sim_invariant)i));
        }
    }
    report_write_labelled(out, style, "judged", words.text);
}

/* What is not explored, and why. */
static void add_end(struct report_words *words, const struct report_exploration *exploration)
{
    char text[REPORT_TEXT_MAX];
    const struct explore_settings *settings = exploration->settings;
    switch (exploration->result->end) {
    case EXPLORE_COMPLETE:
        report_words_add(words, "every interleaving was explored, and every invariant held");
        break;
    case EXPLORE_VIOLATION:
        report_words_add(words, "%s was violated",
                         sim_invariant_name(exploration->result->violation.invariant));
        break;
    case EXPLORE_DEPTH:
        report_words_add(words, "every invariant held; not complete: there is more beyond ");
        add_count(words, settings->until_depth, "choice");
        report_words_add(words, " (--until-depth)");
        break;
    case EXPLORE_MEMORY:
        report_words_add(words, "every invariant held so far; not complete: there is more than ");
        report_words_add(words, "%s can hold (--memory)",
                         settings->memory_bytes == 0
                             ? "memory"
                             : report_print_bytes(text, settings->memory_bytes));
        break;
    case EXPLORE_CROWDED:
        report_words_add(words, "every invariant held so far; not complete: a state had more "
                                "messages in flight than there is room for");
        break;
    case EXPLORE_INTERRUPTED:
        report_words_add(words, "every invariant held so far; not complete: interrupted");
        break;
    }
}

static void write_verdict(FILE *out, const struct report_style *style,
                          const struct report_exploration *exploration)
{
    enum explore_end end = exploration->result->end;
    bool is_fine = end == EXPLORE_COMPLETE || end == EXPLORE_DEPTH;
    const char *label = is_fine ? "pass" : end == EXPLORE_VIOLATION ? "FAIL" : "unfinished";
    struct report_words words;
    report_words_clear(&words);
    add_end(&words, exploration);
    report_ink(out, style, is_fine ? REPORT_GOOD : REPORT_BAD);
    fputs(label, out);
    report_ink_end(out, style);
    fprintf(out, "%*s", REPORT_LABEL_COLUMNS + 2 - (int)strlen(label), "");
    report_write_wrapped(out, words.text, REPORT_LABEL_COLUMNS + 2);
}

void report_write_exploration(FILE *out, const struct report_style *style,
                              const struct report_exploration *exploration)
{
    write_explored(out, style, exploration->settings);
    write_size(out, style, exploration->result);
    write_cost(out, style, exploration);
    write_odds(out, style, exploration->result->states);
    write_judged(out, style, exploration->settings->invariants);
    write_verdict(out, style, exploration);
}
