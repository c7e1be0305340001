/*
 * The files that a command is about: those named, and those found in the folders named, in a fixed
 * order: as named; within a folder its files by name, then its folders by name.
 */
#ifndef BACKSTEP_SIM_CAMPAIGN_FILES_H
#define BACKSTEP_SIM_CAMPAIGN_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/yaml/errors.h"

struct campaign_file {
    char *path; /* as the user would name it */
    char *area; /* the folder it stands in, seen from the folder named: "payment" */
    char *real; /* without symbolic links: tells whether a file was met before */
    bool named; /* by the user, not found in a folder */
};

struct campaign_files {
    struct campaign_file *items;
    size_t len;
    size_t max;
    bool no_memory;
};

/*
 * Adds the file, or in a folder and the folders below it every *.yaml and *.yml that is not hidden.
 * A file or folder met before is passed over, so symbolic links that lead round in a circle do no
 * harm. What cannot be read is told in `errors`; when memory runs out, `no_memory` is set.
 */
void campaign_files_add(struct campaign_files *files, const char *path, struct yaml_errors *errors);

/* Frees what it holds; it is empty again. */
void campaign_files_free(struct campaign_files *files);

#endif
