/*
 * Commands and their options, as tables: the arguments are read by them, and the help is printed
 * from them.
 */
#ifndef BACKSTEP_SIM_CLI_OPTIONS_H
#define BACKSTEP_SIM_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/cli/exit.h"

enum { CLI_OPTIONS_MAX = 32 };

struct cli_option {
    int id;            /* 1.., unique within the command; a letter: also its short form */
    const char *name;  /* without the dashes */
    const char *value; /* what it takes: "FILE"; NULL for nothing */
    const char *help;  /* a few words */
};

struct cli_command {
    const char *name;
    const char *arguments;            /* "[PATH...]" */
    const char *summary;              /* a few words */
    const char *about;                /* paragraphs, ended by a line break; NULL */
    const char *examples;             /* lines */
    const struct cli_option *options; /* ended by id 0; --help goes without saying */
    size_t arguments_max;
    int (*run)(const struct cli_command *command, int argc, char **argv);
};

/* Takes one option with its value (NULL if it takes none). Returns false after it complained. */
typedef bool cli_taker(void *context, const struct cli_command *command,
                       const struct cli_option *option, const char *value);

/*
 * Reads the arguments; argv[0] is the command. Returns true to go on, with *rest the index of the
 * first that is no option. Else *status is what the program shall end with: help was printed, or an
 * error.
 */
bool cli_read(const struct cli_command *command, int argc, char **argv, cli_taker *take,
              void *context, int *rest, int *status);

void cli_print_help(FILE *out, const struct cli_command *command);

/* Complains about bad usage in one line, with a hint in another. Returns CLI_USAGE. */
int cli_complain(const struct cli_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads an option's number within bounds; complains and returns false if it is none. */
bool cli_read_number(const struct cli_command *command, const struct cli_option *option,
                     const char *value, uint64_t min, uint64_t max, uint64_t *number);

/* Reads an option's number of bytes, such as 512M or 4G: at least 1M. Complains and returns false
 * if it is none. */
bool cli_read_size(const struct cli_command *command, const struct cli_option *option,
                   const char *value, uint64_t *bytes);

/* One of several words: its index in `words`, which ends with NULL. Complains and returns false if
 * it is none of them. */
bool cli_read_word(const struct cli_command *command, const char *name, const char *value,
                   const char *const *words, int *index);

/* The machine's cores, at least 1 and at most `max`. */
uint32_t cli_cores(uint32_t max);

#endif
