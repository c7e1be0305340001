#include "runtime/plan/load.h"

#include <stdio.h>
#include <string.h>

#include "runtime/plan/keys.h"
#include "runtime/plan/problems.h"

/* What is known while a plan is read. Bit i of `bad` means that something about the i-th was
 * reported: whatever else would be found is probably a consequence. */
struct reading {
    struct yaml_reader reader;
    struct yaml_node *root;
    struct saga_plan *plan;
    struct plan_bad bad;
};

static void copy_name(char to[SAGA_NAME_MAX + 1], const struct yaml_node *from)
{
    if (from != NULL && from->len <= SAGA_NAME_MAX) {
        memcpy(to, from->text, from->len);
    }
}

static const struct yaml_key *key_of(const char *name)
{
    return yaml_shape_find(&plan_shape, name, 0);
}

static void read_services(struct reading *reading)
{
    static const struct yaml_key name_key = {.name = "services", .kind = YAML_NAME};
    struct yaml_node *services = yaml_get(reading->root, "services");
    if (services == NULL || services->form != YAML_MAPPING) {
        return;
    }
    const struct yaml_key *model_key = key_of("services")->shape->any;
    for (struct yaml_node *pair = services->first; pair != NULL; pair = pair->next) {
        uint8_t index = reading->plan->services_len;
        if (index == SAGA_SERVICES_MAX) {
            yaml_report(reading->reader.document, reading->reader.errors, pair,
                        "more services than a plan can have; allowed: at most %d",
                        SAGA_SERVICES_MAX);
            reading->bad.services = true;
            return;
        }
        struct saga_service *service = &reading->plan->services[index];
        struct yaml_key described = *model_key;
        described.name = pair->text;
        bool fine = yaml_read_value(&reading->reader, &name_key, pair, NULL);
        fine &= yaml_read_value(&reading->reader, &described, pair->value, &service->model);
        reading->bad.services |= !fine;
        if (pair->len <= SAGA_NAME_MAX) {
            copy_name(service->name, pair);
        }
        reading->plan->services_len++;
    }
}

/* The flag's index; the flag is added if it is new. SAGA_NONE if there is no room. */
static uint8_t add_flag(struct saga_plan *plan, const struct yaml_node *node)
{
    uint8_t index = saga_plan_find_flag(plan, node->text);
    if (index != SAGA_NONE || plan->flags_len == SAGA_FLAGS_MAX) {
        return index;
    }
    index = plan->flags_len++;
    copy_name(plan->flags[index], node);
    return index;
}

static void read_flags(struct reading *reading)
{
    struct yaml_node *flags = yaml_get(reading->root, "flags");
    if (flags == NULL || flags->form != YAML_LIST || flags->broken) {
        return;
    }
    for (struct yaml_node *item = flags->first; item != NULL; item = item->next) {
        if (!yaml_read_value(&reading->reader, key_of("flags"), item, NULL)) {
            reading->bad.flags = true;
        } else if (saga_plan_find_flag(reading->plan, item->text) != SAGA_NONE) {
            yaml_report(reading->reader.document, reading->reader.errors, item,
                        "the flag `%s` stands here for the second time; keep one", item->text);
        } else {
            add_flag(reading->plan, item);
        }
    }
}

/* Reads the scalars of each step, with the defaults below them, and the names by which others
 * refer to it. */
static void read_steps(struct reading *reading, const struct plan_call_defaults *defaults)
{
    struct yaml_node *steps = yaml_get(reading->root, "steps");
    if (steps == NULL || steps->form != YAML_LIST || steps->broken) {
        return;
    }
    for (struct yaml_node *item = steps->first; item != NULL; item = item->next) {
        uint8_t index = reading->plan->steps_len++;
        struct saga_step *step = &reading->plan->steps[index];
        step->timeout_ns = defaults->timeout_ns;
        step->retry = defaults->retry;
        step->hold_until = SAGA_NONE;
        step->service = SAGA_NONE;
        step->settles = SAGA_NONE;
        step->when = SAGA_NONE;
        if (!yaml_read_value(&reading->reader, key_of("steps"), item, step)) {
            reading->bad.steps |= 1U << index;
        }
        copy_name(step->name, yaml_get_scalar(item, "step"));
        copy_name(step->emits, yaml_get_scalar(item, "emits"));
        copy_name(step->reason, yaml_get_scalar(item, "reason"));
    }
}

static void read_compensations(struct reading *reading, const struct plan_call_defaults *defaults)
{
    struct yaml_node *list = yaml_get(reading->root, "compensations");
    bool misspelled = list == NULL && reading->root->broken; /* an unknown key may be meant */
    if (misspelled || (list != NULL && (list->form != YAML_LIST || list->broken))) {
        reading->bad.compensations = UINT32_MAX;
    }
    if (list == NULL || list->form != YAML_LIST || list->broken) {
        return;
    }
    for (struct yaml_node *item = list->first; item != NULL; item = item->next) {
        uint8_t index = reading->plan->compensations_len++;
        struct saga_compensation *compensation = &reading->plan->compensations[index];
        compensation->timeout_ns = defaults->timeout_ns;
        compensation->retry = defaults->retry;
        compensation->service = SAGA_NONE;
        if (!yaml_read_value(&reading->reader, key_of("compensations"), item, compensation)) {
            reading->bad.compensations |= 1U << index;
        }
        copy_name(compensation->name, yaml_get_scalar(item, "undo"));
        copy_name(compensation->emits, yaml_get_scalar(item, "emits"));
    }
}

/* The index of the step that a node names; SAGA_NONE, reported, if there is none. */
static uint8_t find_step(struct reading *reading, struct yaml_node *node)
{
    uint8_t call = saga_plan_find_call(reading->plan, node->text);
    if (call != SAGA_NONE && saga_call_is_step(call)) {
        return call;
    }
    struct yaml_names names = {0};
    for (uint8_t i = 0; i < reading->plan->steps_len; i++) {
        yaml_names_add(&names, reading->plan->steps[i].name);
    }
    yaml_report_unknown(&reading->reader, node, "step", "", &names);
    return SAGA_NONE;
}

static uint8_t find_service(struct reading *reading, struct yaml_node *node)
{
    uint8_t index = saga_plan_find_service(reading->plan, node->text);
    if (index != SAGA_NONE || reading->plan->services_len == 0) { /* none at all was reported */
        return index;
    }
    struct yaml_names names = {0};
    for (uint8_t i = 0; i < reading->plan->services_len; i++) {
        yaml_names_add(&names, reading->plan->services[i].name);
    }
    yaml_report_unknown(&reading->reader, node, "service", "", &names);
    return SAGA_NONE;
}

/* The effects that a service's model allows in this direction. */
static void add_effects(struct yaml_names *names, enum saga_model model, bool forward)
{
    for (size_t i = 0; plan_effect_words[i] != NULL; i++) {
        enum saga_effect effect = (enum saga_effect)i;
        bool fits = effect == SAGA_EFFECT_NONE || saga_effect_model(effect) == model;
        if (fits && saga_effect_is_forward(effect) == forward) {
            yaml_names_add(names, plan_effect_words[i]);
        }
    }
}

/* Reads `effect` of the item, of a step (forward) or a compensation of that service. */
static bool read_effect(struct reading *reading, struct yaml_node *item, uint8_t service,
                        bool forward, uint8_t *effect)
{
    if (service == SAGA_NONE || reading->bad.services) {
        return service == SAGA_NONE;
    }
    const struct saga_service *of = &reading->plan->services[service];
    const char *model = saga_model_name((enum saga_model)of->model);
    struct yaml_names names = {0};
    char list[YAML_LIST_MAX];
    add_effects(&names, (enum saga_model)of->model, forward);
    struct yaml_node *node = yaml_get(item, "effect");
    if (node == NULL) {
        yaml_report(reading->reader.document, reading->reader.errors, item,
                    "`effect` is missing in %s; `%s` is a `%s`, so allowed: %s",
                    forward ? "a step" : "a compensation", of->name, model,
                    yaml_names_list(&names, list));
        return false;
    }
    if (node->broken) {
        return false;
    }
    for (size_t i = 0; i < names.len; i++) {
        if (strcmp(names.names[i], node->text) == 0) {
            *effect = (uint8_t)yaml_word_index(plan_effect_words, node->text);
            return true;
        }
    }
    yaml_report(reading->reader.document, reading->reader.errors, node,
                "`%s` is no effect of `%s` here; it is a `%s`, so allowed: %s", node->text,
                of->name, model, yaml_names_list(&names, list));
    return false;
}

static bool set_reason(struct reading *reading, struct saga_step *step, struct yaml_node *service)
{
    if (step->reason[0] != 0 || step->service == SAGA_NONE) {
        return true;
    }
    char reason[SAGA_NAME_MAX + sizeof "_failed"];
    int len =
        snprintf(reason, sizeof reason, "%s_failed", reading->plan->services[step->service].name);
    if (len > SAGA_NAME_MAX) {
        yaml_report(reading->reader.document, reading->reader.errors, service,
                    "the default reason `%s` is longer than %d bytes; give the step a `reason`",
                    reason, SAGA_NAME_MAX);
        return false;
    }
    memcpy(step->reason, reason, (size_t)len);
    return true;
}

/* The names that a step refers to others by. */
static bool resolve_step(struct reading *reading, struct yaml_node *item, struct saga_step *step)
{
    bool fine = true;
    struct yaml_node *service = yaml_get_scalar(item, "service");
    if (service != NULL) {
        step->service = find_service(reading, service);
        fine &= step->service != SAGA_NONE && set_reason(reading, step, service);
    }
    fine &= read_effect(reading, item, step->service, true, &step->effect);
    struct yaml_node *until = yaml_get_scalar(yaml_get(item, "hold"), "until");
    if (until != NULL) {
        fine &= (step->hold_until = find_step(reading, until)) != SAGA_NONE;
    }
    struct yaml_node *settles = yaml_get_scalar(item, "settles");
    if (settles != NULL) {
        fine &= (step->settles = find_step(reading, settles)) != SAGA_NONE;
    }
    struct yaml_node *status = yaml_get_scalar(item, "status");
    if (status != NULL) {
        step->milestone = (uint8_t)(1 + yaml_word_index(plan_milestone_words, status->text));
    }
    return fine;
}

/* `when`: by default each new name is a flag; with an explicit list it must be one of them. */
static bool resolve_when(struct reading *reading, struct yaml_node *item, struct saga_step *step)
{
    struct yaml_node *when = yaml_get_scalar(item, "when");
    if (when == NULL) {
        return true;
    }
    bool listed = yaml_get_key(reading->root, "flags") != NULL;
    step->when =
        listed ? saga_plan_find_flag(reading->plan, when->text) : add_flag(reading->plan, when);
    if (step->when != SAGA_NONE || reading->bad.flags) {
        return true;
    }
    struct yaml_names names = {0};
    for (uint8_t i = 0; i < reading->plan->flags_len; i++) {
        yaml_names_add(&names, reading->plan->flags[i]);
    }
    yaml_report_unknown(&reading->reader, when, "flag", "", &names);
    return false;
}

static bool resolve_compensation(struct reading *reading, struct yaml_node *item,
                                 struct saga_compensation *compensation)
{
    bool fine = true;
    struct yaml_node *reverses = yaml_get(item, "reverses");
    bool listed = reverses != NULL && reverses->form == YAML_LIST && !reverses->broken;
    for (struct yaml_node *step = listed ? reverses->first : NULL; step != NULL;
         step = step->next) {
        struct yaml_key described = {.name = "reverses", .kind = YAML_NAME};
        uint8_t index = SAGA_NONE;
        if (yaml_read_value(&reading->reader, &described, step, NULL)) {
            index = find_step(reading, step);
        }
        if (index == SAGA_NONE) {
            fine = false;
            continue;
        }
        compensation->reverses |= (uint16_t)(1U << index);
        if (compensation->service == SAGA_NONE) {
            compensation->service = reading->plan->steps[index].service;
        }
    }
    fine &= read_effect(reading, item, compensation->service, false, &compensation->effect);
    return fine && compensation->service != SAGA_NONE;
}

static void resolve(struct reading *reading)
{
    struct yaml_node *steps = yaml_get(reading->root, "steps");
    struct yaml_node *item = reading->plan->steps_len > 0 ? steps->first : NULL;
    for (uint8_t i = 0; item != NULL; item = item->next, i++) {
        struct saga_step *step = &reading->plan->steps[i];
        bool fine = resolve_step(reading, item, step);
        fine &= resolve_when(reading, item, step);
        reading->bad.steps |= fine ? 0 : 1U << i;
    }
    struct yaml_node *list = yaml_get(reading->root, "compensations");
    item = reading->plan->compensations_len > 0 ? list->first : NULL;
    for (uint8_t i = 0; item != NULL; item = item->next, i++) {
        if (!resolve_compensation(reading, item, &reading->plan->compensations[i])) {
            reading->bad.compensations |= 1U << i;
        }
    }
}

bool plan_read(const struct yaml_document *document, struct saga_plan *plan,
               struct yaml_errors *errors)
{
    uint32_t before = yaml_errors_count(errors);
    struct plan_draft draft;
    memset(&draft, 0, sizeof draft);
    draft.steps = plan_step_defaults;
    draft.compensations = plan_compensation_defaults;
    struct reading reading = {.reader = {.document = document, .errors = errors},
                              .root = document->root,
                              .plan = &draft.plan};
    if (document->root->form != YAML_MAPPING) {
        yaml_report(document, errors, document->root,
                    "a plan is a mapping of keys to values; it begins with `plan: <name>`");
        return false;
    }
    struct yaml_node *scenario = yaml_get_key(document->root, "scenario");
    if (scenario != NULL) {
        yaml_report(document, errors, scenario,
                    "this is a scenario; a plan is expected here, with `plan: <name>`, `services` "
                    "and `steps`");
        return false;
    }
    yaml_read_mapping(&reading.reader, &plan_shape, document->root, &draft);
    copy_name(draft.plan.name, yaml_get_scalar(document->root, "plan"));
    read_services(&reading);
    read_flags(&reading);
    read_steps(&reading, &draft.steps);
    read_compensations(&reading, &draft.compensations);
    resolve(&reading);
    plan_report_problems(&reading.reader, &draft.plan, &reading.bad);
    memcpy(plan, &draft.plan, sizeof *plan);
    return yaml_errors_count(errors) == before;
}

static bool read_and_free(struct yaml_document *document, bool loaded, struct saga_plan *plan,
                          struct yaml_errors *errors)
{
    bool fine = loaded && plan_read(document, plan, errors);
    yaml_document_free(document);
    yaml_errors_sort(errors);
    return fine && !yaml_errors_any(errors);
}

bool plan_load(const char *path, struct saga_plan *plan, struct yaml_errors *errors)
{
    struct yaml_document document;
    bool loaded = yaml_document_load(&document, path, errors);
    return read_and_free(&document, loaded, plan, errors);
}

bool plan_load_memory(const char *name, const char *bytes, size_t size, struct saga_plan *plan,
                      struct yaml_errors *errors)
{
    struct yaml_document document;
    bool loaded = yaml_document_load_memory(&document, name, bytes, size, errors);
    return read_and_free(&document, loaded, plan, errors);
}
