/*
 * Fuzz target: bytes that claim to be the daemon's file.
 *
 * Nothing may crash, hang, leak or be read past its end; what is refused comes with an error that
 * has a place; what is accepted can be run: every service of every plan has a target, every event
 * answers a call, and nobody from outside gets in without a token. Seeds: tests/runtime/config/.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "runtime/config/address.h"
#include "runtime/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config config;

static void check_errors(const struct yaml_errors *errors, bool fine)
{
    assert(fine == !yaml_errors_any(errors));
    assert(!errors->no_memory);
    for (uint32_t i = 0; i < errors->len; i++) {
        assert(errors->items[i].line > 0);
        assert(errors->items[i].column > 0);
        assert(errors->items[i].text[0] != '\0');
    }
}

static void check_target(const struct config_target *target)
{
    char url[CONFIG_URL_MAX + 1];
    memcpy(url, target->url, sizeof url);
    assert(config_check_url(url) == NULL);
    assert(strcmp(url, target->url) == 0); /* nothing is left to be taken away */
    assert(target->concurrency > 0);
    assert(target->queue > 0);
}

static void check_services(void)
{
    for (uint32_t i = 0; i < config.plans_len; i++) {
        const struct saga_plan *plan = &config.plans[i];
        struct saga_plan_problem problem;
        assert(saga_plan_check(plan, &problem, 1) == 0);
        for (uint8_t j = 0; j < plan->services_len; j++) {
            assert(config_find_service(&config, plan->services[j].name) < config.services_len);
        }
    }
    for (uint32_t i = 0; i < config.services_len; i++) {
        check_target(&config.services[i]);
    }
}

static void check_events(void)
{
    assert(config.event_types_len <= CONFIG_EVENT_TYPES_MAX);
    for (uint32_t i = 0; i < config.event_types_len; i++) {
        bool found = false;
        for (uint32_t j = 0; j < config.plans_len; j++) {
            found |= saga_plan_find_call(&config.plans[j], config.event_types[i].call) != SAGA_NONE;
        }
        assert(found);
        assert(config.event_types[i].type[0] != '\0');
    }
}

static void check_config(void)
{
    bool loopback = false;
    assert(config.plans_len >= 1);
    assert(config_check_listen(config.listen, sizeof config.listen, &loopback) == NULL);
    assert(loopback || config.tokens_file[0] != '\0');
    assert(config.database[0] != '\0');
    assert(config.source[0] != '\0');
    assert(config.limits.streams < config.limits.connections);
    check_services();
    check_events();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct yaml_errors errors = {0};
    bool fine = config_load_memory("input", (const char *)data, size, &config, &errors);
    check_errors(&errors, fine);
    yaml_errors_free(&errors);
    if (fine) {
        check_config();
    }
    return 0;
}
