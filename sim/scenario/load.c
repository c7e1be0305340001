#include "sim/scenario/load.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/plan/keys.h"
#include "runtime/plan/load.h"
#include "sim/scenario/keys.h"
#include "sim/scenario/reading.h"

static void read_document(const struct yaml_document *document, bool may_open,
                          struct scenario *scenario, struct yaml_errors *errors)
{
    struct scenario_reading reading = {.reader = {.document = document, .errors = errors},
                                       .root = document->root,
                                       .scenario = scenario,
                                       .may_open = may_open};
    if (document->root->form != YAML_MAPPING) {
        yaml_report(document, errors, document->root,
                    "a scenario is a mapping of keys to values; it begins with `scenario: <what it "
                    "shows>`");
        return;
    }
    yaml_read_mapping(&reading.reader, &scenario_shape, document->root, scenario);
    scenario_read_world(&reading);
    scenario_read_faults(&reading);
    scenario_read_expect(&reading);
}

static bool read_and_free(struct yaml_document *document, bool loaded, bool may_open,
                          struct scenario *scenario, struct yaml_errors *errors)
{
    memset(scenario, 0, sizeof *scenario);
    if (loaded) {
        read_document(document, may_open, scenario, errors);
    }
    yaml_document_free(document);
    yaml_errors_sort(errors);
    return !yaml_errors_any(errors);
}

bool scenario_load(const char *path, struct scenario *scenario, struct yaml_errors *errors)
{
    struct yaml_document document;
    bool loaded = yaml_document_load(&document, path, errors);
    return read_and_free(&document, loaded, true, scenario, errors);
}

bool scenario_load_memory(const char *name, const char *bytes, size_t size,
                          struct scenario *scenario, struct yaml_errors *errors)
{
    struct yaml_document document;
    bool loaded = yaml_document_load_memory(&document, name, bytes, size, errors);
    return read_and_free(&document, loaded, false, scenario, errors);
}

void scenario_begin(struct scenario *scenario, const struct saga_plan *plan)
{
    memset(scenario, 0, sizeof *scenario);
    yaml_apply_defaults(&scenario_shape, scenario);
    yaml_apply_defaults(&scenario_checkouts_shape, &scenario->checkouts);
    scenario_begin_services(scenario);
    scenario->plan = *plan;
}

enum scenario_file_kind scenario_file_kind(const char *path, struct yaml_errors *errors)
{
    struct yaml_document document;
    enum scenario_file_kind kind = SCENARIO_FILE_BROKEN;
    if (yaml_document_load(&document, path, errors)) {
        kind = yaml_get_key(document.root, "scenario") != NULL ? SCENARIO_FILE_SCENARIO
                                                               : SCENARIO_FILE_PLAN;
    }
    yaml_document_free(&document);
    yaml_errors_sort(errors);
    return kind;
}

/* Whether it is a scenario, or looks like one whose `scenario:` was forgotten or misspelled: then
 * that is what is told. */
static bool seems_scenario(const struct yaml_node *root)
{
    bool of_scenario = false;
    bool of_plan = false;
    for (const struct yaml_node *pair = root->first; pair != NULL; pair = pair->next) {
        bool scenario = yaml_shape_find(&scenario_shape, pair->text, 0) != NULL;
        bool plan = yaml_shape_find(&plan_shape, pair->text, 0) != NULL;
        of_scenario |= scenario && !plan;
        of_plan |= plan && !scenario;
    }
    return yaml_get_key(root, "scenario") != NULL || (of_scenario && !of_plan);
}

static void check_document(const struct yaml_document *document, struct yaml_errors *errors)
{
    if (document->root->form != YAML_MAPPING) {
        yaml_report(document, errors, document->root,
                    "a file is a mapping of keys to values; it begins with `scenario: <what it "
                    "shows>` or `plan: <name>`");
        return;
    }
    struct scenario *scenario = calloc(1, sizeof *scenario);
    if (scenario == NULL) {
        yaml_errors_add_no_memory(errors);
    } else if (seems_scenario(document->root)) {
        read_document(document, true, scenario, errors);
    } else {
        plan_read(document, &scenario->plan, errors);
    }
    free(scenario);
}

bool scenario_check_file(const char *path, struct yaml_errors *errors)
{
    struct yaml_document document;
    uint32_t before = yaml_errors_count(errors);
    if (yaml_document_load(&document, path, errors)) {
        check_document(&document, errors);
    }
    yaml_document_free(&document);
    bool fine = yaml_errors_count(errors) == before;
    yaml_errors_sort(errors);
    return fine;
}
