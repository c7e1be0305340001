#include "runtime/plan/problems.h"

enum { PROBLEMS_MAX = 128 };

/* The key that a fault is about: of a step or a compensation; NULL for the whole. */
static const char *key_about(enum saga_plan_fault fault, enum saga_plan_place place)
{
    bool step = place == SAGA_PLACE_STEP;
    switch (fault) {
    case SAGA_PLAN_NAME:
    case SAGA_PLAN_NAME_TWICE:
    case SAGA_PLAN_NOT_REVERSED:
        return place == SAGA_PLACE_PLAN ? "plan" : step ? "step" : "undo";
    case SAGA_PLAN_EVENT_NAME:
    case SAGA_PLAN_EVENT_TWICE:
        return "emits";
    case SAGA_PLAN_VERSION:
        return "version";
    case SAGA_PLAN_DEADLINE:
    case SAGA_PLAN_DURATION:
        return "deadline";
    case SAGA_PLAN_TIMEOUT:
        return "timeout";
    case SAGA_PLAN_ATTEMPTS:
    case SAGA_PLAN_BACKOFF:
        return "retry";
    case SAGA_PLAN_SERVICE:
        return "service";
    case SAGA_PLAN_EFFECT:
    case SAGA_PLAN_DIRECTION:
        return "effect";
    case SAGA_PLAN_SETTLES:
        return "settles";
    case SAGA_PLAN_HOLD:
        return "hold";
    case SAGA_PLAN_WHEN:
        return "when";
    case SAGA_PLAN_REVERSED_TWICE:
    case SAGA_PLAN_REVERSES:
        return "reverses";
    case SAGA_PLAN_COUNT:
        return NULL;
    }
    return NULL;
}

static struct yaml_node *nth(struct yaml_node *list, uint8_t index)
{
    struct yaml_node *item = list == NULL ? NULL : list->first;
    while (item != NULL && index-- > 0) {
        item = item->next;
    }
    return item;
}

static void report(const struct yaml_reader *reader, struct yaml_node *node,
                   enum saga_plan_fault fault)
{
    const char *sentence = saga_plan_fault_sentence(fault);
    char shown[YAML_SHOWN_MAX];
    if (node->form == YAML_SCALAR) {
        yaml_report(reader->document, reader->errors, node, "`%s`: %s",
                    yaml_show(shown, node->text), sentence);
    } else {
        yaml_report(reader->document, reader->errors, node, "%s", sentence);
    }
}

/* The value that a problem is about; else the nearest thing around it that the file has. */
static struct yaml_node *node_about(struct yaml_node *root, const struct saga_plan_problem *problem)
{
    struct yaml_node *around = root;
    if (problem->place == SAGA_PLACE_STEP) {
        around = nth(yaml_get(root, "steps"), problem->index);
    } else if (problem->place == SAGA_PLACE_COMPENSATION) {
        around = nth(yaml_get(root, "compensations"), problem->index);
    } else if (problem->place == SAGA_PLACE_SERVICE) {
        return nth(yaml_get(root, "services"), problem->index);
    } else if (problem->place == SAGA_PLACE_FLAG) {
        return nth(yaml_get(root, "flags"), problem->index);
    }
    const char *key = key_about(problem->fault, problem->place);
    struct yaml_node *node = key == NULL ? NULL : yaml_get(around, key);
    return node != NULL ? node : around;
}

static bool is_consequence(const struct saga_plan_problem *problem, const struct plan_bad *bad)
{
    uint32_t bit = 1U << problem->index;
    switch (problem->place) {
    case SAGA_PLACE_STEP:
        if (problem->fault == SAGA_PLAN_NOT_REVERSED && bad->compensations != 0) {
            return true;
        }
        return (bad->steps & bit) != 0;
    case SAGA_PLACE_COMPENSATION:
        if (problem->fault == SAGA_PLAN_REVERSES && bad->steps != 0) {
            return true;
        }
        return (bad->compensations & bit) != 0;
    case SAGA_PLACE_SERVICE:
        return bad->services;
    case SAGA_PLACE_FLAG:
        return bad->flags;
    case SAGA_PLACE_PLAN:
        return false;
    }
    return false;
}

void plan_report_problems(const struct yaml_reader *reader, const struct saga_plan *plan,
                          const struct plan_bad *bad)
{
    struct saga_plan_problem problems[PROBLEMS_MAX];
    bool wrong_before = yaml_errors_any(reader->errors);
    size_t len = saga_plan_check(plan, problems, PROBLEMS_MAX);
    for (size_t i = 0; i < len; i++) {
        struct yaml_node *node = node_about(reader->document->root, &problems[i]);
        if (node == NULL || node->broken || is_consequence(&problems[i], bad)) {
            continue;
        }
        if (problems[i].place == SAGA_PLACE_PLAN && wrong_before) {
            continue; /* what is missing or out of bounds there was told by the tables */
        }
        report(reader, node, problems[i].fault);
    }
}

/* What the override says about it; else the override as a whole. */
static struct yaml_node *override_about(struct yaml_node *override, const struct saga_plan *plan,
                                        const struct saga_plan_problem *problem)
{
    struct yaml_node *call = NULL;
    if (problem->place == SAGA_PLACE_STEP) {
        call = yaml_get(yaml_get(override, "steps"), plan->steps[problem->index].name);
    } else if (problem->place == SAGA_PLACE_COMPENSATION) {
        call =
            yaml_get(yaml_get(override, "compensations"), plan->compensations[problem->index].name);
    }
    struct yaml_node *around = call == NULL ? override : call;
    const char *key = key_about(problem->fault, problem->place);
    struct yaml_node *node = key == NULL ? NULL : yaml_get(around, key);
    return node == NULL ? around : node;
}

void plan_report_override_problems(const struct yaml_reader *reader, struct yaml_node *override,
                                   const struct saga_plan *plan)
{
    struct saga_plan_problem problems[PROBLEMS_MAX];
    size_t len = saga_plan_check(plan, problems, PROBLEMS_MAX);
    for (size_t i = 0; i < len; i++) {
        struct yaml_node *node = override_about(override, plan, &problems[i]);
        if (!node->broken) {
            report(reader, node, problems[i].fault);
        }
    }
}
