/* How the program ends. */
#ifndef BACKSTEP_SIM_CLI_EXIT_H
#define BACKSTEP_SIM_CLI_EXIT_H

/* A signal that ends a run early gives 128 + its number: 130 for SIGINT, 143 for SIGTERM. */
enum cli_exit {
    CLI_OK = 0,      /* all held */
    CLI_FAILED = 1,  /* an expectation or an invariant failed, or nothing was found to hold */
    CLI_USAGE = 2,   /* bad usage or a bad file */
    CLI_FAULT = 3,   /* of the program or the machine: no memory, no space, a closed pipe */
    CLI_SIGNAL = 128 /* + the signal's number */
};

#endif
