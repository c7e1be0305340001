/* backstep: plays failure scenarios of a saga and checks that every path leads home. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "runtime/yaml/names.h"
#include "sim/cli/commands.h"
#include "sim/cli/output.h"

static const struct cli_command *const commands[] = {
    &cli_command_run,     &cli_command_trace,  &cli_command_check,   &cli_command_shrink,
    &cli_command_explore, &cli_command_atlas,  &cli_command_plan,    &cli_command_invariants,
    &cli_command_faults,  &cli_command_schema, &cli_command_sandbox,
};

enum { COMMANDS_LEN = sizeof(commands) / sizeof(commands[0]), SYNOPSIS_COLUMNS = 28 };

int cli_no_memory(void)
{
    fputs("backstep: out of memory\n", stderr);
    return CLI_FAULT;
}

static void print_usage(FILE *out)
{
    fputs("backstep: failure scenarios of a saga, simulated; every step has a reverse step\n\n",
          out);
    for (int i = 0; i < COMMANDS_LEN; i++) {
        int len = fprintf(out, "  backstep %s %s", commands[i]->name, commands[i]->arguments);
        fprintf(out, "%*s%s\n", len < SYNOPSIS_COLUMNS + 11 ? SYNOPSIS_COLUMNS + 11 - len : 1, "",
                commands[i]->summary);
    }
    fputs("\n"
          "  backstep COMMAND --help     tells more of one\n"
          "  backstep --version\n\n"
          "Begin with `backstep run scenarios`, then `backstep trace` one of them.\n",
          out);
}

static int complain_unknown(const char *word)
{
    struct yaml_names names = {0};
    char shown[YAML_SHOWN_MAX];
    char list[YAML_LIST_MAX];
    for (int i = 0; i < COMMANDS_LEN; i++) {
        yaml_names_add(&names, commands[i]->name);
    }
    yaml_show(shown, word);
    const char *guess = yaml_names_guess(&names, word);
    if (guess != NULL) {
        fprintf(stderr, "backstep: there is no command `%s`; did you mean `%s`?\n", shown, guess);
    } else {
        fprintf(stderr, "backstep: there is no command `%s`; there are %s\n", shown,
                yaml_names_list(&names, list));
    }
    fputs("(`backstep --help` tells what each does)\n", stderr);
    return CLI_USAGE;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return CLI_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        print_usage(stdout);
        return CLI_OK;
    }
    if (strcmp(word, "--version") == 0) {
        puts("backstep " BACKSTEP_VERSION);
        return CLI_OK;
    }
    for (int i = 0; i < COMMANDS_LEN; i++) {
        if (strcmp(word, commands[i]->name) == 0) {
            return commands[i]->run(commands[i], argc - 1, argv + 1);
        }
    }
    return complain_unknown(word);
}

/*
 * A closed descriptor 0, 1 or 2 would be given to the next file opened, and what we print would go
 * there. Standard output must be there: what a command prints is its purpose.
 */
static bool check_descriptors(void)
{
    bool has_output = fcntl(STDOUT_FILENO, F_GETFD) != -1;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF && open("/dev/null", O_RDWR) != fd) {
            return false;
        }
    }
    if (!has_output) {
        fputs("backstep: standard output is closed\n", stderr);
    }
    return has_output;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of the write, like a full disk */
    if (!check_descriptors()) {
        return CLI_FAULT;
    }
    int status = dispatch(argc, argv);
    return cli_stdout_end() ? status : CLI_FAULT;
}
