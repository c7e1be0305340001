#include "sim/campaign/suite.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/plan/load.h"
#include "sim/scenario/load.h"

/* Tells what is wrong with one file, and counts it. */
static void complain(struct campaign_suite *suite, struct yaml_errors *errors, FILE *complaints)
{
    if (yaml_errors_any(errors)) {
        suite->files_bad++;
        suite->no_memory |= errors->no_memory;
        yaml_errors_sort(errors);
        yaml_errors_print(errors, complaints);
    }
    yaml_errors_free(errors);
}

static void load_plan(struct campaign_suite *suite, const struct campaign_file *file,
                      enum campaign_plans plans, struct yaml_errors *errors)
{
    struct saga_plan *plan = malloc(sizeof(*plan));
    if (plan == NULL) {
        suite->no_memory = true;
        return;
    }
    if (file->named && plans == CAMPAIGN_PLANS_REFUSED) {
        yaml_errors_add(
            errors, file->path, 1, 1,
            "there is nothing to run in a plan: a scenario begins with `scenario: <what "
            "it shows>` (`backstep plan %s` prints a plan)",
            file->path);
    } else if (plan_load(file->path, plan, errors)) {
        suite->plans_len++;
    }
    free(plan);
}

static void load_scenario(struct campaign_suite *suite, const struct campaign_file *file,
                          struct yaml_errors *errors)
{
    struct scenario *scenario = malloc(sizeof(*scenario));
    if (scenario == NULL) {
        suite->no_memory = true;
        return;
    }
    bool loaded = scenario_load(file->path, scenario, errors);
    if (loaded && scenario->seed > CAMPAIGN_SEED_MAX - scenario->runs) {
        yaml_errors_add(errors, file->path, 1, 1, "the seeds go up to %lld at most",
                        (long long)CAMPAIGN_SEED_MAX);
        loaded = false;
    }
    if (!loaded) {
        free(scenario);
        return;
    }
    suite->entries[suite->len++] = (struct campaign_entry){.path = file->path,
                                                           .area = file->area,
                                                           .scenario = scenario,
                                                           .seed = scenario->seed,
                                                           .runs = scenario->runs};
}

static void load_file(struct campaign_suite *suite, const struct campaign_file *file,
                      enum campaign_plans plans, FILE *complaints)
{
    struct yaml_errors errors = {0};
    enum scenario_file_kind kind = scenario_file_kind(file->path, &errors);
    switch (kind) {
    case SCENARIO_FILE_PLAN:
        load_plan(suite, file, plans, &errors);
        break;
    case SCENARIO_FILE_SCENARIO:
        load_scenario(suite, file, &errors);
        break;
    case SCENARIO_FILE_BROKEN:
        break;
    }
    complain(suite, &errors, complaints);
}

bool campaign_suite_load(struct campaign_suite *suite, char *const *paths, size_t paths_len,
                         enum campaign_plans plans, FILE *complaints)
{
    *suite = (struct campaign_suite){0};
    for (size_t i = 0; i < paths_len; i++) {
        struct yaml_errors errors = {0};
        campaign_files_add(&suite->files, paths[i], &errors);
        complain(suite, &errors, complaints);
    }
    suite->entries = calloc(suite->files.len + 1, sizeof(*suite->entries));
    if (suite->entries == NULL || suite->files.no_memory) {
        suite->no_memory = true;
        return false;
    }
    for (size_t i = 0; i < suite->files.len; i++) {
        load_file(suite, &suite->files.items[i], plans, complaints);
    }
    return suite->files_bad == 0 && !suite->no_memory;
}

static bool path_matches(const char *glob, const char *path)
{
    while (path != NULL) {
        if (fnmatch(glob, path, 0) == 0) {
            return true;
        }
        path = strchr(path, '/');
        path = path == NULL ? NULL : path + 1;
    }
    return false;
}

bool campaign_glob_matches(const char *glob, const char *path, const char *name)
{
    if (fnmatch(glob, name, 0) == 0 || path_matches(glob, path)) {
        return true;
    }
    const char *dot = strrchr(path, '.');
    char *bare = dot == NULL ? NULL : strndup(path, (size_t)(dot - path));
    bool matches = bare != NULL && path_matches(glob, bare);
    free(bare);
    return matches;
}

void campaign_suite_select(struct campaign_suite *suite, const char *glob)
{
    size_t kept = 0;
    for (size_t i = 0; i < suite->len; i++) {
        struct campaign_entry *entry = &suite->entries[i];
        if (campaign_glob_matches(glob, entry->path, entry->scenario->name)) {
            suite->entries[kept++] = *entry;
        } else {
            free(entry->scenario);
        }
    }
    suite->len = kept;
}

void campaign_suite_free(struct campaign_suite *suite)
{
    for (size_t i = 0; i < suite->len; i++) {
        free(suite->entries[i].scenario);
    }
    free(suite->entries);
    campaign_files_free(&suite->files);
    *suite = (struct campaign_suite){0};
}
