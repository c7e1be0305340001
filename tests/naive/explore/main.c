/* naive_explore: the outcomes of a bounded world on stdout, what it took on stderr. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "runtime/plan/load.h"
#include "tests/naive/explore/explore.h"

enum { EXIT_USAGE = 2, FAULTS_MAX = 9 };

static const char usage[] =
    "usage: naive_explore [--faults N] [--checkouts N] [--flags all|none|NAME,...]\n"
    "                     [--stock SERVICE=N]... [--same folded|full] [--tell outcomes|books]\n"
    "                     [PLAN.yaml]\n";

struct arguments {
    struct saga_plan plan;
    struct explore_bounds bounds;
    uint32_t first_flags; /* the beginnings: from this combination of flags to that one */
    uint32_t last_flags;
};

static void __attribute__((noreturn, format(printf, 1, 2))) refuse(const char *format, ...)
{
    va_list rest;
    va_start(rest, format);
    fputs("naive_explore: ", stderr);
    vfprintf(stderr, format, rest);
    va_end(rest);
    fprintf(stderr, "\n%s", usage);
    exit(EXIT_USAGE);
}

static uint32_t read_number(const char *option, const char *text, uint32_t min, uint32_t max)
{
    char *rest = NULL;
    errno = 0;
    unsigned long value = strtoul(text, &rest, 10);
    if (errno != 0 || text[0] < '0' || text[0] > '9' || *rest != '\0' || value < min ||
        value > max) {
        refuse("%s %s: a number from %" PRIu32 " to %" PRIu32 " is wanted", option, text, min, max);
    }
    return (uint32_t)value;
}

static void read_plan(const char *path, struct saga_plan *plan)
{
    struct yaml_errors errors = {0};
    if (!plan_load(path, plan, &errors)) {
        yaml_errors_print(&errors, stderr);
        yaml_errors_free(&errors);
        exit(EXIT_USAGE);
    }
    yaml_errors_free(&errors);
}

static void read_flags(const char *text, struct arguments *arguments)
{
    const struct saga_plan *plan = &arguments->plan;
    arguments->first_flags = 0;
    arguments->last_flags = 0;
    if (strcmp(text, "all") == 0) {
        arguments->last_flags = (UINT32_C(1) << plan->flags_len) - 1;
        return;
    }
    if (strcmp(text, "none") == 0) {
        return;
    }
    char *names = strdup(text);
    char *rest = names;
    for (char *name = strsep(&rest, ","); name != NULL; name = strsep(&rest, ",")) {
        uint8_t flag = saga_plan_find_flag(plan, name);
        if (flag == SAGA_NONE) {
            refuse("--flags %s: the plan has no flag of this name", name);
        }
        arguments->first_flags |= UINT32_C(1) << flag;
    }
    free(names);
    arguments->last_flags = arguments->first_flags;
}

static void read_stock(const char *text, struct arguments *arguments)
{
    char name[SAGA_NAME_MAX + 1];
    const char *equals = strchr(text, '=');
    size_t len = equals == NULL ? 0 : (size_t)(equals - text);
    if (len == 0 || len > SAGA_NAME_MAX) {
        refuse("--stock %s: SERVICE=N is wanted", text);
    }
    memcpy(name, text, len);
    name[len] = '\0';
    uint8_t service = saga_plan_find_service(&arguments->plan, name);
    if (service == SAGA_NONE || arguments->plan.services[service].model != SAGA_MODEL_HOLD) {
        refuse("--stock %s: the plan has no service of this name that holds", name);
    }
    arguments->bounds.stock[service] = read_number("--stock", equals + 1, 0, 1000);
}

/* One of two words: whether it is the second. */
static bool read_choice(const char *option, const char *text, const char *first, const char *second)
{
    bool is_second = strcmp(text, second) == 0;
    if (!is_second && strcmp(text, first) != 0) {
        refuse("%s %s: %s or %s is wanted", option, text, first, second);
    }
    return is_second;
}

static void read_option(const char *option, const char *text, struct arguments *arguments)
{
    struct explore_bounds *bounds = &arguments->bounds;
    if (strcmp(option, "--faults") == 0) {
        bounds->faults = read_number(option, text, 0, FAULTS_MAX);
    } else if (strcmp(option, "--checkouts") == 0) {
        bounds->checkouts = read_number(option, text, 1, SMALL_CHECKOUTS_MAX);
    } else if (strcmp(option, "--flags") == 0) {
        read_flags(text, arguments);
    } else if (strcmp(option, "--stock") == 0) {
        read_stock(text, arguments);
    } else if (strcmp(option, "--same") == 0) {
        bounds->in_full = read_choice(option, text, "folded", "full");
    } else if (strcmp(option, "--tell") == 0) {
        bounds->tells_books = read_choice(option, text, "outcomes", "books");
    } else {
        refuse("%s: there is no such option", option);
    }
}

/* The plan first: flags and services are its own. */
static void read_arguments(int argc, char **argv, struct arguments *arguments)
{
    const char *path = NULL;
    *arguments = (struct arguments){.plan = saga_checkout_plan};
    arguments->bounds = (struct explore_bounds){.faults = 1, .checkouts = 1};
    memset(arguments->bounds.stock, 0xFF, sizeof(arguments->bounds.stock));
    for (int i = 1; i < argc; i++) {
        bool is_option = argv[i][0] == '-';
        if (is_option && i + 1 == argc) {
            refuse("%s: a value is missing, or there is no such option", argv[i]);
        }
        if (!is_option && path != NULL) {
            refuse("%s: only one plan is explored", argv[i]);
        }
        path = is_option ? path : argv[i];
        i += is_option;
    }
    if (path != NULL) {
        read_plan(path, &arguments->plan);
    }
    read_flags("all", arguments);
    for (int i = 1; i < argc; i++) {
        if (argv[i] != path) {
            read_option(argv[i], argv[i + 1], arguments);
            i++;
        }
    }
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct exploration exploration = {0};
    read_arguments(argc, argv, &arguments);
    for (uint32_t flags = arguments.first_flags; flags <= arguments.last_flags; flags++) {
        explore_from(&exploration, &arguments.plan, &arguments.bounds, flags);
    }
    explore_print(&exploration, stdout);
    fprintf(stderr, "%zu outcomes, %zu states, %" PRIu64 " of them ends, %" PRIu64 " transitions\n",
            exploration.outcomes_len, exploration.visited.len, exploration.ends,
            exploration.transitions);
    explore_free(&exploration);
    return 0;
}
