#include "sim/cli/output.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A signal's handler is told nothing but its number: the files that an end would leave behind. */
enum { PENDING_MAX = 8 };
static char *volatile pending[PENDING_MAX];

static void end(int number)
{
    for (size_t i = 0; i < PENDING_MAX; i++) {
        if (pending[i] != NULL) {
            unlink(pending[i]);
        }
    }
    raise(number); /* by now it ends the program, as if nobody had caught it */
}

/* The signals that end a program leave no half of a file behind, unless they are ignored. */
static void catch_ends(void)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
    struct sigaction action = {.sa_handler = end, .sa_flags = (int)SA_RESETHAND};
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct sigaction old;
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL) {
            sigaction(numbers[i], &action, NULL);
        }
    }
}

static void expect_end(char *temporary)
{
    size_t i = 0;
    while (i < PENDING_MAX && pending[i] != NULL) {
        i++;
    }
    assert(i < PENDING_MAX);
    pending[i] = temporary;
    catch_ends();
}

static void forget_end(const char *temporary)
{
    for (size_t i = 0; i < PENDING_MAX; i++) {
        pending[i] = pending[i] == temporary ? NULL : pending[i];
    }
}

static bool complain(const char *name, int number)
{
    fprintf(stderr, "backstep: cannot write %s: %s\n", name, strerror(number));
    return false;
}

static mode_t usual_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* Opens a new file beside the path, with the rights that the file will have there. */
static FILE *open_beside(struct cli_output *output, const struct stat *old)
{
    size_t size = strlen(output->path) + sizeof(".XXXXXX");
    output->temporary = malloc(size);
    if (output->temporary == NULL) {
        return NULL;
    }
    snprintf(output->temporary, size, "%s.XXXXXX", output->path);
    int fd = mkstemp(output->temporary);
    if (fd < 0) {
        free(output->temporary);
        output->temporary = NULL;
        return NULL;
    }
    expect_end(output->temporary);
    FILE *file = NULL;
    if (fchmod(fd, old == NULL ? usual_mode() : old->st_mode & 07777) == 0) {
        file = fdopen(fd, "w");
    }
    if (file == NULL) {
        int number = errno;
        close(fd);
        unlink(output->temporary);
        errno = number;
    }
    return file;
}

bool cli_output_open(struct cli_output *output, const char *name)
{
    struct stat status;
    *output = (struct cli_output){.name = name};
    if (strcmp(name, "-") == 0) {
        output->name = "standard output";
        output->file = stdout;
        return true;
    }
    bool exists = stat(name, &status) == 0;
    if (exists && !S_ISREG(status.st_mode)) {
        output->file = fopen(name, "w");
    } else {
        /* A link stays what it is: what it leads to is replaced. */
        output->path = exists ? realpath(name, NULL) : strdup(name);
        output->file = output->path == NULL ? NULL : open_beside(output, exists ? &status : NULL);
    }
    if (output->file == NULL) {
        int number = errno;
        cli_output_discard(output);
        return complain(name, number);
    }
    return true;
}

static void forget(struct cli_output *output)
{
    if (output->temporary != NULL) {
        forget_end(output->temporary);
    }
    free(output->path);
    free(output->temporary);
    *output = (struct cli_output){0};
}

void cli_output_discard(struct cli_output *output)
{
    if (output->file != NULL && output->file != stdout) {
        fclose(output->file);
    }
    if (output->temporary != NULL) {
        unlink(output->temporary);
    }
    forget(output);
}

bool cli_output_close(struct cli_output *output)
{
    if (output->file == NULL) {
        return true;
    }
    if (output->file == stdout) {
        forget(output);
        return cli_stdout_flush();
    }
    errno = 0;
    bool failed = fflush(output->file) != 0 || ferror(output->file) != 0;
    int number = errno != 0 ? errno : EIO;
    failed = fclose(output->file) != 0 || failed;
    if (!failed && output->temporary != NULL && rename(output->temporary, output->path) != 0) {
        number = errno;
        failed = true;
    }
    if (failed && output->temporary != NULL) {
        unlink(output->temporary);
    }
    const char *name = output->name;
    forget(output);
    return failed ? complain(name, number) : true;
}

bool cli_stdout_flush(void)
{
    return ferror(stdout) == 0 && fflush(stdout) == 0;
}

bool cli_stdout_end(void)
{
    errno = 0;
    if (cli_stdout_flush()) {
        return true;
    }
    int number = errno;
    if (number == 0) {
        /* It failed some time ago, unnoticed: ask again for the reason. */
        number = write(STDOUT_FILENO, "\n", 1) < 0 ? errno : EIO;
    }
    return complain("standard output", number);
}
