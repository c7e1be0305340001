/*
 * Files that a command writes. A file is written beside its place and moved there when it is whole,
 * so that whoever reads it finds the old one or the new one, and never half of one. What lies
 * beside it is removed also when a signal ends the program. Devices and pipes are written to
 * directly; `-` is standard output.
 */
#ifndef BACKSTEP_SIM_CLI_OUTPUT_H
#define BACKSTEP_SIM_CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct cli_output {
    FILE *file;       /* NULL: not open */
    char *path;       /* where it will be */
    char *temporary;  /* where it is until then; NULL when it is written to directly */
    const char *name; /* as the user named it; borrowed */
};

/* Opens it; `name` must outlive it. Returns false after it complained on standard error. */
bool cli_output_open(struct cli_output *output, const char *name);

/* Closes it and puts it in its place, if it took everything. Returns false after it complained (of
 * standard output the end will). Of an output that is not open: true. */
bool cli_output_close(struct cli_output *output);

/* Closes it and leaves everything as it was. */
void cli_output_discard(struct cli_output *output);

/* Hands what is buffered to standard output. Returns false when it takes no more; does not
 * complain: cli_stdout_end() will. */
bool cli_stdout_flush(void);

/* The same at the end of the program. Returns false after it complained. */
bool cli_stdout_end(void);

#endif
