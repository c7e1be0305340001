#include "sim/cli/plan_key.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checkout.h"
#include "runtime/plan/load.h"

/* The folder that the file is in, without symbolic links. */
static bool find_folder(const char *file, char folder[PATH_MAX])
{
    char named[PATH_MAX];
    const char *slash = strrchr(file, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - file) + 1;
    if (len + sizeof(".") > sizeof(named)) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(named, file, len);
    memcpy(named + len, ".", sizeof("."));
    return realpath(named, folder) != NULL;
}

/* The way from a folder to a file, both without symbolic links: "../plans/trip.yaml". */
static bool find_way(const char *folder, const char *file, char way[CLI_PLAN_KEY_MAX + 1])
{
    char ups[PATH_MAX] = "";
    size_t common = 0; /* bytes of the folders that both are in, with the slash */
    for (size_t i = 0; folder[i] == file[i] || (folder[i] == '\0' && file[i] == '/'); i++) {
        if (file[i] == '/') {
            common = i + 1;
        }
        if (folder[i] == '\0') {
            break;
        }
    }
    size_t ups_len = 0;
    for (size_t i = common; i < strlen(folder) && ups_len + 4 < sizeof(ups); i++) {
        if (i == common || folder[i - 1] == '/') {
            memcpy(ups + ups_len, "../", sizeof("../"));
            ups_len += 3;
        }
    }
    const char *start = ups_len == 0 && strchr(file + common, '/') == NULL ? "./" : "";
    int len = snprintf(way, CLI_PLAN_KEY_MAX + 1, "%s%s%s", start, ups, file + common);
    return len <= CLI_PLAN_KEY_MAX;
}

/* Where the plan file really is that the scenario at `path` names. */
static bool find_plan(const char *path, const char *named, char real[PATH_MAX])
{
    char folder[PATH_MAX] = "";
    char joined[2 * PATH_MAX];
    if (named[0] != '/' && !find_folder(path, folder)) {
        return false;
    }
    snprintf(joined, sizeof(joined), "%s%s%s", folder, named[0] == '/' ? "" : "/", named);
    return realpath(joined, real) != NULL;
}

static bool complain(const char *path, const char *what)
{
    fprintf(stderr, "backstep: the plan of %s: %s\n", path, what);
    return false;
}

/* `real`: where the plan file is, without symbolic links; "" if it was not found. */
static bool load_file(struct cli_plan_key *key, const char *path, const char *real,
                      const char *output)
{
    char folder[PATH_MAX];
    const char *beside = strcmp(output, "-") == 0 ? "" : output;
    if (real[0] == '\0' || !find_folder(beside, folder)) {
        return complain(path, strerror(errno));
    }
    if (!find_way(folder, real, key->text)) {
        return complain(path, "it is too far from where the scenario is written to");
    }
    struct yaml_errors errors = {0};
    bool is_loaded = plan_load(real, &key->plan, &errors);
    yaml_errors_print(&errors, stderr);
    yaml_errors_free(&errors);
    return is_loaded;
}

static bool take_built_in(struct cli_plan_key *key)
{
    snprintf(key->text, sizeof(key->text), "%s", saga_checkout_plan.name);
    key->plan = saga_checkout_plan;
    return true;
}

bool cli_plan_key_read(struct cli_plan_key *key, const char *path, const char *output)
{
    struct yaml_errors errors = {0};
    struct yaml_document document;
    char real[PATH_MAX];
    bool is_well = yaml_document_load(&document, path, &errors) && !yaml_errors_any(&errors);
    const struct yaml_node *node = is_well ? yaml_get_scalar(document.root, "plan") : NULL;
    memset(key, 0, sizeof(*key));
    if (!is_well) {
        yaml_errors_print(&errors, stderr);
    } else if (node == NULL || strcmp(node->text, saga_checkout_plan.name) == 0) {
        is_well = take_built_in(key);
    } else {
        bool is_found = find_plan(path, node->text, real);
        is_well = load_file(key, path, is_found ? real : "", output);
    }
    yaml_document_free(&document);
    yaml_errors_free(&errors);
    return is_well;
}

bool cli_plan_key_of_plan(struct cli_plan_key *key, const char *path, const char *output)
{
    char real[PATH_MAX];
    memset(key, 0, sizeof(*key));
    if (strcmp(path, saga_checkout_plan.name) == 0) {
        return take_built_in(key);
    }
    return load_file(key, path, realpath(path, real) == NULL ? "" : real, output);
}
