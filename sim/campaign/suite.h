/*
 * A suite: the scenarios of files and folders, read and checked, and which of them are wanted.
 */
#ifndef BACKSTEP_SIM_CAMPAIGN_SUITE_H
#define BACKSTEP_SIM_CAMPAIGN_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/campaign/files.h"
#include "sim/scenario/scenario.h"

/* Seeds are at most this, so that they are integers in JSON for everyone. */
#define CAMPAIGN_SEED_MAX ((uint64_t)INT64_MAX)

/* A scenario, and with which seeds it is played: `seed` to `seed` + `runs` - 1. */
struct campaign_entry {
    const char *path; /* as the user would name the file */
    const char *area;
    struct scenario *scenario;
    uint64_t seed;
    uint64_t runs;
};

struct campaign_suite {
    struct campaign_entry *entries;
    size_t len;
    size_t plans_len; /* plan files that were found and checked */
    size_t files_bad; /* files and folders with something wrong */
    bool no_memory;
    struct campaign_files files; /* what the entries' strings live in */
};

/* What a plan file among the named files means. */
enum campaign_plans {
    CAMPAIGN_PLANS_CHECKED, /* `backstep check`: it is checked */
    CAMPAIGN_PLANS_REFUSED  /* `backstep run`: it was named, but there is nothing to run */
};

/*
 * Reads every file of the paths (see files.h). What is wrong with them goes to `complaints`, all of
 * it. Plans found in a folder are checked, and are no entries. Returns whether all is well: else
 * `files_bad` or `no_memory` tells. Free the suite in any case.
 */
bool campaign_suite_load(struct campaign_suite *suite, char *const *paths, size_t paths_len,
                         enum campaign_plans plans, FILE *complaints);

/* Keeps the entries that the glob matches. */
void campaign_suite_select(struct campaign_suite *suite, const char *glob);

/*
 * Whether the glob matches the scenario's name, or its path: the whole of it, the end of it from
 * any folder on, with or without `.yaml`. `*` also stands for `/`.
 */
bool campaign_glob_matches(const char *glob, const char *path, const char *name);

/* Frees what it holds; it is empty again. */
void campaign_suite_free(struct campaign_suite *suite);

#endif
