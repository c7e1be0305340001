#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "core/checkout.h"
#include "runtime/config/address.h"
#include "runtime/config/keys.h"
#include "runtime/config/reading.h"
#include "runtime/plan/load.h"
#include "runtime/yaml/path.h"

void config_see_from_file(const struct config_reading *reading, struct yaml_node *node,
                          char path[CONFIG_PATH_MAX + 1])
{
    char beside[YAML_PATH_SIZE];
    if (path[0] == '\0') {
        return;
    }
    if (yaml_path_beside(reading->reader.document->name, path, beside)) {
        memcpy(path, beside, strlen(beside) + 1);
    } else if (node != NULL) {
        config_report(reading, node, "the path is too long; allowed: at most %d bytes in all",
                      CONFIG_PATH_MAX);
    }
}

static bool load_plan_file(const struct config_reading *reading, struct yaml_node *node,
                           struct saga_plan *plan)
{
    char path[YAML_PATH_SIZE];
    if (!reading->may_open || !yaml_path_beside(reading->reader.document->name, node->text, path)) {
        config_report(reading, node, "a plan file cannot be opened from here; allowed: `checkout`");
        return false;
    }
    if (plan_load(path, plan, reading->reader.errors)) {
        return true;
    }
    config_report(reading, node, "the plan %s is not sound; see its own errors", path);
    return false;
}

static bool load_plan(const struct config_reading *reading, struct yaml_node *node,
                      struct saga_plan *plan)
{
    if (node->form != YAML_SCALAR) {
        config_report(reading, node,
                      "a plan is named here, by `checkout`, which is built in, or by the path of "
                      "its file, such as `plans/trip.yaml`");
        return false;
    }
    if (!yaml_read_value(&reading->reader, yaml_shape_find(&config_shape, "plans", 0), node,
                         NULL)) {
        return false;
    }
    if (yaml_path_is(node->text)) {
        return load_plan_file(reading, node, plan);
    }
    if (strcmp(node->text, saga_checkout_plan.name) == 0) {
        memcpy(plan, &saga_checkout_plan, sizeof *plan);
        return true;
    }
    struct yaml_names names = {.names = {saga_checkout_plan.name}, .len = 1};
    char shown[YAML_SHOWN_MAX];
    config_report(reading, node,
                  "unknown plan `%s`%s `checkout`, which is built in, or the path of a plan file, "
                  "such as `plans/trip.yaml`",
                  yaml_show(shown, node->text),
                  yaml_names_guess(&names, node->text) != NULL
                      ? "; did you mean `checkout`? Allowed:"
                      : "; allowed:");
    return false;
}

/* Whether the last plan stands before it: of the same name and version. `first` is the first of
 * the list, `node` the last plan's. */
static bool is_there_already(const struct config_reading *reading, const struct yaml_node *first,
                             struct yaml_node *node)
{
    const struct config *config = reading->config;
    const struct saga_plan *plan = &config->plans[config->plans_len];
    for (uint32_t i = 0; i < config->plans_len; i++, first = first->next) {
        const struct saga_plan *other = &config->plans[i];
        if (strcmp(other->name, plan->name) == 0 && other->version == plan->version) {
            char shown[YAML_SHOWN_MAX];
            char before[YAML_SHOWN_MAX];
            config_report(reading, node,
                          "`%s` is version %u of the plan `%s`, and so is `%s`, which stands "
                          "before it; keep one, or give the newer one a version of its own",
                          yaml_show(shown, node->text), plan->version, plan->name,
                          yaml_show(before, first->text));
            return true;
        }
    }
    return false;
}

/* All of the plans, as long as they are sound. */
static bool read_plans(const struct config_reading *reading)
{
    struct config *config = reading->config;
    struct yaml_node *plans = yaml_get(reading->root, "plans");
    if (plans == NULL) {
        memcpy(&config->plans[config->plans_len++], &saga_checkout_plan, sizeof saga_checkout_plan);
        return true;
    }
    if (plans->form != YAML_LIST || plans->broken) {
        return false;
    }
    bool sound = true;
    for (struct yaml_node *item = plans->first; item != NULL; item = item->next) {
        bool loaded = load_plan(reading, item, &config->plans[config->plans_len]);
        sound = sound && loaded && !is_there_already(reading, plans->first, item);
        config->plans_len += sound ? 1 : 0;
    }
    return sound;
}

static void check_listen(const struct config_reading *reading)
{
    struct config *config = reading->config;
    struct yaml_node *node = yaml_get_scalar(reading->root, "listen");
    if (node == NULL) {
        return;
    }
    char shown[YAML_SHOWN_MAX];
    bool loopback = false;
    const char *wrong = config_check_listen(config->listen, sizeof config->listen, &loopback);
    if (wrong != NULL) {
        config_report(reading, node,
                      "`%s` is no address to listen on: %s; allowed: an address and a port, such "
                      "as `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, or `:8080` for every "
                      "address",
                      yaml_show(shown, node->text), wrong);
    } else if (!loopback && yaml_get_key(reading->root, "tokens") == NULL) {
        config_report(reading, node,
                      "`%s` can be reached from other machines, and without `tokens` everybody may "
                      "do everything; allowed: a loopback address, or `tokens: <file>`",
                      yaml_show(shown, node->text));
    }
}

static void check_source(const struct config_reading *reading)
{
    struct yaml_node *node = yaml_get_scalar(reading->root, "source");
    const char *c = reading->config->source;
    while (isgraph((unsigned char)*c) && strchr("\"<>\\^`{|}", *c) == NULL) {
        c++;
    }
    if (node != NULL && *c != '\0') {
        char shown[YAML_SHOWN_MAX];
        config_report(reading, node,
                      "`%s` is no URI, which is what a CloudEvent's `source` is; allowed: one such "
                      "as `/backstep` or `https://shop.example/backstep`",
                      yaml_show(shown, node->text));
    }
}

static void check_limits(const struct config_reading *reading)
{
    const struct config_limits *limits = &reading->config->limits;
    struct yaml_node *node = yaml_get(reading->root, "limits");
    struct yaml_node *streams = yaml_get(node, "streams");
    struct yaml_node *connections = yaml_get(node, "connections");
    bool unsure =
        (streams != NULL && streams->broken) || (connections != NULL && connections->broken);
    if (unsure || limits->streams < limits->connections) {
        return;
    }
    config_report(reading, streams != NULL ? streams : connections,
                  "streams would take every connection; allowed: `streams` less than "
                  "`connections`, which is %u",
                  limits->connections);
}

static void see_paths_from_file(const struct config_reading *reading)
{
    struct config *config = reading->config;
    config_see_from_file(reading, yaml_get(reading->root, "database"), config->database);
    config_see_from_file(reading, yaml_get(reading->root, "tokens"), config->tokens_file);
    config_see_from_file(reading, yaml_get(reading->root, "ca"), config->ca_file);
}

static void read_document(const struct yaml_document *document, bool may_open,
                          struct config *config, struct yaml_errors *errors)
{
    struct config_reading reading = {.reader = {.document = document, .errors = errors},
                                     .root = document->root,
                                     .config = config,
                                     .may_open = may_open};
    if (document->root->form != YAML_MAPPING) {
        yaml_report(document, errors, document->root,
                    "the daemon's file is a mapping of keys to values; it needs `services`");
        return;
    }
    yaml_read_mapping(&reading.reader, &config_shape, document->root, config);
    reading.has_plans = read_plans(&reading);
    config_read_targets(&reading);
    config_read_events(&reading);
    see_paths_from_file(&reading);
    check_listen(&reading);
    check_source(&reading);
    check_limits(&reading);
}

static bool read_and_free(struct yaml_document *document, bool loaded, bool may_open,
                          struct config *config, struct yaml_errors *errors)
{
    memset(config, 0, sizeof *config);
    if (loaded) {
        read_document(document, may_open, config, errors);
    }
    yaml_document_free(document);
    yaml_errors_sort(errors);
    return !yaml_errors_any(errors);
}

bool config_load(const char *path, struct config *config, struct yaml_errors *errors)
{
    struct yaml_document document;
    bool loaded = yaml_document_load(&document, path, errors);
    return read_and_free(&document, loaded, true, config, errors);
}

bool config_load_memory(const char *name, const char *bytes, size_t size, struct config *config,
                        struct yaml_errors *errors)
{
    struct yaml_document document;
    bool loaded = yaml_document_load_memory(&document, name, bytes, size, errors);
    return read_and_free(&document, loaded, false, config, errors);
}

uint32_t config_find_service(const struct config *config, const char *name)
{
    uint32_t i = 0;
    while (i < config->services_len && strcmp(config->services[i].name, name) != 0) {
        i++;
    }
    return i;
}
