#include "sim/cli/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "runtime/yaml/names.h"
#include "runtime/yaml/scalar.h"

enum { HELP_ID = 1000, HELP_COLUMNS = 20, LETTERS_SIZE = 2 * CLI_OPTIONS_MAX + 3 };

int cli_complain(const struct cli_command *command, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "backstep %s: ", command->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n(`backstep %s --help` tells how it is used)\n", command->name);
    return CLI_USAGE;
}

static size_t count_options(const struct cli_command *command)
{
    size_t len = 0;
    while (command->options[len].id != 0) {
        len++;
    }
    return len;
}

static const struct cli_option *find_option(const struct cli_command *command, int id)
{
    const struct cli_option *option = command->options;
    while (option->id != 0 && option->id != id) {
        option++;
    }
    return option->id == 0 ? NULL : option;
}

static bool has_letter(const struct cli_option *option)
{
    return option->id > CLI_OPTIONS_MAX;
}

/* The table that getopt wants. */
static void fill(const struct cli_command *command, struct option *table)
{
    size_t len = count_options(command);
    for (size_t i = 0; i < len; i++) {
        const struct cli_option *option = &command->options[i];
        int takes = option->value == NULL ? no_argument : required_argument;
        table[i] = (struct option){.name = option->name, .has_arg = takes, .val = option->id};
    }
    table[len] = (struct option){.name = "help", .has_arg = no_argument, .val = HELP_ID};
    table[len + 1] = (struct option){0};
}

/* The short forms, as getopt wants them: with a colon behind one that takes a value. */
static void fill_letters(const struct cli_command *command, char *letters)
{
    letters += sprintf(letters, ":h");
    for (const struct cli_option *option = command->options; option->id != 0; option++) {
        if (has_letter(option)) {
            letters += sprintf(letters, "%c%s", option->id, option->value == NULL ? "" : ":");
        }
    }
}

static int complain_unknown(const struct cli_command *command, const char *argument)
{
    struct yaml_names names = {0};
    char shown[YAML_SHOWN_MAX];
    for (const struct cli_option *option = command->options; option->id != 0; option++) {
        yaml_names_add(&names, option->name);
    }
    yaml_names_add(&names, "help");
    yaml_show(shown, argument);
    bool is_long = strncmp(argument, "--", 2) == 0;
    const char *guess = is_long ? yaml_names_guess(&names, argument + 2) : NULL;
    if (guess != NULL) {
        return cli_complain(command, "there is no option `%s`; did you mean `--%s`?", shown, guess);
    }
    return cli_complain(command, "there is no option `%s`", shown);
}

/* getopt found fault with an argument: an option that is unknown, or has a value that it takes not.
 */
static int complain_bad(const struct cli_command *command, const char *argument)
{
    const struct cli_option *option = find_option(command, optopt);
    if (option != NULL) {
        return cli_complain(command, "--%s takes no value", option->name);
    }
    if (optopt == HELP_ID) {
        return cli_complain(command, "--help takes no value");
    }
    return complain_unknown(command, argument);
}

bool cli_read(const struct cli_command *command, int argc, char **argv, cli_taker *take,
              void *context, int *rest, int *status)
{
    struct option table[CLI_OPTIONS_MAX + 2];
    char letters[LETTERS_SIZE];
    fill(command, table);
    fill_letters(command, letters);
    opterr = 0;
    optind = 1;
    for (;;) {
        int at = optind;
        int id = getopt_long(argc, argv, letters, table, NULL);
        if (id == -1) {
            break;
        }
        if (id == HELP_ID || id == 'h') {
            cli_print_help(stdout, command);
            *status = CLI_OK;
            return false;
        }
        const struct cli_option *option = find_option(command, id == ':' ? optopt : id);
        *status = CLI_USAGE;
        if (id == ':') {
            cli_complain(command, "--%s takes %s", option->name, option->value);
            return false;
        }
        if (option == NULL) {
            complain_bad(command, argv[optind > at ? optind - 1 : at]);
            return false;
        }
        if (!take(context, command, option, optarg)) {
            return false;
        }
    }
    *rest = optind;
    if ((size_t)(argc - optind) > command->arguments_max) {
        *status = cli_complain(command, "one argument too many: `%s`",
                               argv[(size_t)optind + command->arguments_max]);
        return false;
    }
    return true;
}

void cli_print_help(FILE *out, const struct cli_command *command)
{
    fprintf(out, "backstep %s %s\n\n%s\n", command->name, command->arguments, command->summary);
    if (command->about != NULL) {
        fprintf(out, "\n%s", command->about);
    }
    fputs("\nOptions:\n", out);
    for (const struct cli_option *option = command->options; option->id != 0; option++) {
        char letter[] = {'-', (char)option->id, ',', ' ', '\0'};
        int len =
            fprintf(out, "  %s--%s%s%s", has_letter(option) ? letter : "", option->name,
                    option->value == NULL ? "" : " ", option->value == NULL ? "" : option->value);
        fprintf(out, "%*s%s\n", len < HELP_COLUMNS ? HELP_COLUMNS - len : 1, "", option->help);
    }
    fprintf(out, "  %-*s%s\n", HELP_COLUMNS - 2, "--help", "print this");
    fprintf(out, "\nExamples:\n%s", command->examples);
    fputs("\nExit status:\n"
          "  0  all held\n"
          "  1  an expectation or an invariant failed, or no scenario was found\n"
          "  2  bad usage or a bad file\n"
          "  3  a fault of the program or the machine: no memory, no space, a closed pipe\n"
          "  130, 143  interrupted (SIGINT, SIGTERM)\n",
          out);
}

bool cli_read_number(const struct cli_command *command, const struct cli_option *option,
                     const char *value, uint64_t min, uint64_t max, uint64_t *number)
{
    if (yaml_parse_integer(value, number) == YAML_PARSED && *number >= min && *number <= max) {
        return true;
    }
    char shown[YAML_SHOWN_MAX];
    cli_complain(command, "--%s takes a number from %llu to %llu, not `%s`", option->name,
                 (unsigned long long)min, (unsigned long long)max, yaml_show(shown, value));
    return false;
}

/* "4G": the number, then the unit; false if it is not of that form, or too large. */
static bool parse_size(const char *value, uint64_t *bytes)
{
    static const char units[] = "KMGT";
    char digits[YAML_SCALAR_MAX];
    size_t len = strlen(value);
    const char *unit = len == 0 ? NULL : strchr(units, value[len - 1]);
    if (unit == NULL || len > sizeof(digits)) {
        return false;
    }
    memcpy(digits, value, len - 1);
    digits[len - 1] = '\0';
    return yaml_parse_integer(digits, bytes) == YAML_PARSED &&
           !__builtin_mul_overflow(*bytes, UINT64_C(1024) << 10 * (unit - units), bytes);
}

bool cli_read_size(const struct cli_command *command, const struct cli_option *option,
                   const char *value, uint64_t *bytes)
{
    char shown[YAML_SHOWN_MAX];
    if (parse_size(value, bytes) && *bytes >= UINT64_C(1024) * 1024) {
        return true;
    }
    cli_complain(command, "--%s takes a size of at least 1M, such as 512M or 4G, not `%s`",
                 option->name, yaml_show(shown, value));
    return false;
}

uint32_t cli_cores(uint32_t max)
{
    long len = sysconf(_SC_NPROCESSORS_ONLN);
    return len < 1 ? 1 : len > max ? max : (uint32_t)len;
}

bool cli_read_word(const struct cli_command *command, const char *name, const char *value,
                   const char *const *words, int *index)
{
    struct yaml_names names = {0};
    char list[YAML_LIST_MAX];
    char shown[YAML_SHOWN_MAX];
    for (*index = 0; words[*index] != NULL; ++*index) {
        if (strcmp(words[*index], value) == 0) {
            return true;
        }
    }
    yaml_names_add_all(&names, words);
    cli_complain(command, "%s is one of %s, not `%s`", name, yaml_names_list(&names, list),
                 yaml_show(shown, value));
    return false;
}
