#include "runtime/yaml/scalar.h"
#include "sim/report/follow.h"
#include "sim/report/plan.h"
#include "sim/report/words.h"

#include <string.h>

enum { NUMBER_COLUMNS = 4 };

/* Widths that every cell of a plan's tables fits. */
struct widths {
    int call;
    int service;
};

static int wider(int width, const char *text)
{
    int len = (int)strlen(text);
    return len > width ? len : width;
}

static struct widths measure(const struct saga_plan *plan)
{
    struct widths widths = {.call = (int)strlen("compensation"), .service = (int)strlen("service")};
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        widths.call = wider(widths.call, plan->steps[i].name);
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        widths.call = wider(widths.call, plan->compensations[i].name);
    }
    for (uint8_t i = 0; i < plan->services_len; i++) {
        widths.service = wider(widths.service, plan->services[i].name);
    }
    return widths;
}

static const char *undone_by(const struct saga_plan *plan, uint8_t step)
{
    uint8_t undo = saga_plan_reversed_by(plan, step);
    return undo == SAGA_NONE ? "read-only" : plan->compensations[undo].name;
}

/* What is special about a step: "hold 15m until commit_inventory, if coupon". */
static void add_notes(const struct saga_plan *plan, const struct saga_step *step,
                      struct report_words *words)
{
    char duration[YAML_SCALAR_MAX];
    size_t start = words->len;
    if (step->when != SAGA_NONE) {
        report_words_add(words, "if %s", plan->flags[step->when]);
    }
    if (step->deadline_ns > 0) {
        report_words_add_item(words, start, "deadline ");
        report_words_add(words, "%s", yaml_print_duration(duration, step->deadline_ns));
    }
    if (step->hold_ns > 0) {
        report_words_add_item(words, start, "holds for ");
        report_words_add(words, "%s, until %s", yaml_print_duration(duration, step->hold_ns),
                         plan->steps[step->hold_until].name);
    }
    if (step->settles != SAGA_NONE) {
        report_words_add_item(words, start, "settles ");
        report_words_add(words, "%s", plan->steps[step->settles].name);
    }
}

static void write_call(FILE *out, const struct widths *widths, int number, const char *name,
                       const char *service)
{
    fprintf(out, "%*d  %-*s  %-*s", NUMBER_COLUMNS, number, widths->call, name, widths->service,
            service);
}

static void write_steps(FILE *out, const struct saga_plan *plan, const struct widths *widths)
{
    fprintf(out, "%*s  %-*s  %-*s  %-*s  %7s  %9s\n", NUMBER_COLUMNS, "", widths->call, "step",
            widths->service, "service", widths->call, "undone by", "timeout", "tries");
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        const struct saga_step *step = &plan->steps[i];
        char timeout[YAML_SCALAR_MAX];
        char tries[YAML_SCALAR_MAX];
        struct report_words notes;
        report_words_clear(&notes);
        add_notes(plan, step, &notes);
        write_call(out, widths, i + 1, step->name, plan->services[step->service].name);
        fprintf(out, "  %-*s  %7s  %9s%s%s\n", widths->call, undone_by(plan, i),
                yaml_print_duration(timeout, step->timeout_ns),
                yaml_print_attempts(tries, step->retry.attempts), notes.len > 0 ? "  " : "",
                notes.text);
    }
}

static void write_compensations(FILE *out, const struct saga_plan *plan,
                                const struct widths *widths)
{
    fprintf(out, "\n%*s  %-*s  %-*s  %7s  %9s  undoes\n", NUMBER_COLUMNS, "", widths->call,
            "compensation", widths->service, "service", "timeout", "stalled");
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        const struct saga_compensation *undo = &plan->compensations[i];
        char timeout[YAML_SCALAR_MAX];
        char tries[YAML_SCALAR_MAX];
        struct report_words steps;
        report_words_clear(&steps);
        for (uint8_t step = 0; step < plan->steps_len; step++) {
            if ((undo->reverses >> step & 1) != 0) {
                report_words_add_item(&steps, 0, plan->steps[step].name);
            }
        }
        write_call(out, widths, i + 1, undo->name, plan->services[undo->service].name);
        fprintf(out, "  %7s  %9s  %s\n", yaml_print_duration(timeout, undo->timeout_ns),
                yaml_print_attempts(tries, undo->retry.attempts), steps.text);
    }
}

/* The compensations of a set; those that only an optional step needs stand in brackets. */
static void add_follow(const struct saga_plan *plan, uint8_t step, bool in_doubt,
                       struct report_words *words)
{
    uint8_t when = plan->steps[step].when;
    uint32_t least = when == SAGA_NONE ? 0 : UINT32_C(1) << when;
    uint16_t always = report_follow(plan, step, in_doubt, least);
    uint16_t optional = report_follow(plan, step, in_doubt, UINT32_MAX);
    size_t start = words->len;
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        bool is_always = (always & optional) >> i & 1;
        if (((always | optional) >> i & 1) != 0) {
            report_words_add(words, "%s%s%s%s", words->len == start ? "" : ", ",
                             is_always ? "" : "[", plan->compensations[i].name,
                             is_always ? "" : "]");
        }
    }
    if (words->len == start) {
        report_words_add(words, "nothing");
    }
}

static void write_follow(FILE *out, const struct saga_plan *plan, const struct widths *widths)
{
    fprintf(out, "\nWhat is undone when a step fails%s:\n\n",
            plan->flags_len > 0 ? " (in brackets: if its step was asked for)" : "");
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        struct report_words certain;
        struct report_words doubt;
        report_words_clear(&certain);
        report_words_clear(&doubt);
        add_follow(plan, i, false, &certain);
        add_follow(plan, i, true, &doubt);
        fprintf(out, "%*d  %-*s  rejected  %s\n", NUMBER_COLUMNS, i + 1, widths->call,
                plan->steps[i].name, certain.text);
        if (strcmp(certain.text, doubt.text) != 0) {
            fprintf(out, "%*s  %-*s  in doubt  %s\n", NUMBER_COLUMNS, "", widths->call, "",
                    doubt.text);
        }
    }
}

void report_write_plan_text(FILE *out, const struct saga_plan *plan)
{
    char deadline[YAML_SCALAR_MAX];
    struct widths widths = measure(plan);
    fprintf(out, "%s, version %u: %u steps, %u compensations, to be done in %s\n\n", plan->name,
            (unsigned)plan->version, (unsigned)plan->steps_len, (unsigned)plan->compensations_len,
            yaml_print_duration(deadline, plan->deadline_ns));
    write_steps(out, plan, &widths);
    write_compensations(out, plan, &widths);
    write_follow(out, plan, &widths);
}
