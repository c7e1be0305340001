/* Where requests are sent: the services of the plans, the notification port, the sink. */
#include <stdio.h>
#include <string.h>

#include "runtime/config/address.h"
#include "runtime/config/keys.h"
#include "runtime/config/reading.h"

/* Reads a target, in its short form or as a mapping. */
static void read_target(const struct config_reading *reading, const struct yaml_key *key,
                        struct yaml_node *node, struct config_target *target)
{
    bool brief = node->form == YAML_SCALAR;
    struct yaml_key described = *key;
    described.name = target->name;
    yaml_apply_defaults(&config_target_shape, target);
    if (!yaml_read_value(&reading->reader, &described, node,
                         brief ? (void *)target->url : (void *)target)) {
        return;
    }
    struct yaml_node *url = brief ? node : yaml_get(node, "url");
    const char *wrong = config_check_url(target->url);
    if (wrong != NULL) {
        char shown[YAML_SHOWN_MAX];
        bool secret = strchr(url->text, '@') != NULL; /* what is before it may be a password */
        config_report(reading, url,
                      "`%s` is no URL to send to: %s; allowed: one such as "
                      "`https://payment.example/v1`",
                      secret ? "..." : yaml_show(shown, url->text), wrong);
    }
    config_see_from_file(reading, yaml_get(node, "token"), target->token_file);
    config_see_from_file(reading, yaml_get(node, "secret"), target->secret_file);
}

static bool has_service(const struct config *config, const char *name)
{
    for (uint32_t i = 0; i < config->plans_len; i++) {
        if (saga_plan_find_service(&config->plans[i], name) != SAGA_NONE) {
            return true;
        }
    }
    return false;
}

static void report_no_service(const struct config_reading *reading, struct yaml_node *pair)
{
    const struct config *config = reading->config;
    struct yaml_names names = {0};
    for (uint32_t i = 0; i < config->services_len; i++) {
        yaml_names_add(&names, config->services[i].name);
    }
    yaml_report_unknown(&reading->reader, pair, "service", ": no plan names it", &names);
}

/* A target for each service that some plan names, in the order of the plans. */
static void add_services(const struct config_reading *reading)
{
    struct config *config = reading->config;
    for (uint32_t i = 0; i < config->plans_len; i++) {
        const struct saga_plan *plan = &config->plans[i];
        for (uint8_t j = 0; j < plan->services_len; j++) {
            const char *name = plan->services[j].name;
            if (config_find_service(config, name) < config->services_len) {
                continue;
            }
            if (config->services_len == CONFIG_SERVICES_MAX) {
                config_report(reading, yaml_get(reading->root, "plans"),
                              "these plans name more services than there can be; allowed: at most "
                              "%d",
                              CONFIG_SERVICES_MAX);
                return;
            }
            struct config_target *target = &config->services[config->services_len++];
            memcpy(target->name, name, sizeof target->name);
        }
    }
}

/* Every service has a URL. `services` is the mapping that should say so. */
static void check_services(const struct config_reading *reading, struct yaml_node *services)
{
    const struct config *config = reading->config;
    for (uint32_t i = 0; i < config->services_len; i++) {
        const struct config_target *target = &config->services[i];
        if (yaml_get_key(services, target->name) != NULL) {
            continue;
        }
        const struct saga_plan *plan = config->plans;
        while (saga_plan_find_service(plan, target->name) == SAGA_NONE) {
            plan++;
        }
        yaml_errors_add(reading->reader.errors, reading->reader.document->name, services->line,
                        services->column,
                        "`%s` is missing here: the plan `%s` calls that service; give it a URL, "
                        "such as `%s: http://127.0.0.1:9090/%s`",
                        target->name, plan->name, target->name, target->name);
    }
}

static void read_services(const struct config_reading *reading)
{
    struct config *config = reading->config;
    struct yaml_node *services = yaml_get(reading->root, "services");
    if (reading->has_plans) {
        add_services(reading);
    }
    if (services == NULL || services->form != YAML_MAPPING || services->broken) {
        return;
    }
    const struct yaml_key *key = yaml_shape_find(&config_shape, "services", 0)->shape->any;
    bool all_known = true;
    for (struct yaml_node *pair = services->first; pair != NULL; pair = pair->next) {
        struct config_target other = {
            0}; /* of a service that no plan names: checked all the same */
        uint32_t index = config_find_service(config, pair->text);
        struct config_target *target =
            index < config->services_len ? &config->services[index] : &other;
        snprintf(target->name, sizeof target->name, "%s", pair->text);
        read_target(reading, key, pair->value, target);
        if (reading->has_plans && !has_service(config, pair->text)) {
            report_no_service(reading, pair);
            all_known = false;
        }
    }
    if (all_known) { /* else what is missing is probably what was misspelled */
        check_services(reading, services);
    }
}

static void read_port(const struct config_reading *reading, const char *name,
                      struct config_target *target)
{
    struct yaml_node *node = yaml_get(reading->root, name);
    snprintf(target->name, sizeof target->name, "%s", name);
    if (node != NULL) {
        read_target(reading, yaml_shape_find(&config_shape, name, 0), node, target);
    }
}

void config_read_targets(const struct config_reading *reading)
{
    read_services(reading);
    read_port(reading, "notification", &reading->config->notification);
    read_port(reading, "sink", &reading->config->sink);
}
