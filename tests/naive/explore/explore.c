#include "tests/naive/explore/explore.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/naive/explore/move.h"

static void add_outcome(struct exploration *exploration, const char *line)
{
    size_t at = 0;
    while (at < exploration->outcomes_len && strcmp(exploration->outcomes[at], line) < 0) {
        at++;
    }
    if (at < exploration->outcomes_len && strcmp(exploration->outcomes[at], line) == 0) {
        return;
    }
    size_t size = (exploration->outcomes_len + 1) * sizeof(*exploration->outcomes);
    exploration->outcomes = realloc(exploration->outcomes, size);
    assert(exploration->outcomes != NULL);
    memmove(exploration->outcomes + at + 1, exploration->outcomes + at,
            (exploration->outcomes_len - at) * sizeof(*exploration->outcomes));
    exploration->outcomes[at] = strdup(line);
    assert(exploration->outcomes[at] != NULL);
    exploration->outcomes_len++;
}

/* What the services hold in the end, of the kinds of things that they hold. */
static void tell_books(const struct small_world *world, const struct small_checkout *c, FILE *out)
{
    for (uint8_t s = 0; s < world->plan->services_len; s++) {
        const struct saga_service *service = &world->plan->services[s];
        const struct small_account *a = &c->accounts[s];
        switch ((enum saga_model)service->model) {
        case SAGA_MODEL_CHECK:
            break;
        case SAGA_MODEL_RECORD:
            fprintf(out, " %s:%u/%u/%u", service->name, a->opened, a->confirmed, a->cancelled);
            break;
        case SAGA_MODEL_HOLD:
            fprintf(out, " %s:%u/%u", service->name, a->held, a->committed);
            break;
        case SAGA_MODEL_CHARGE:
            fprintf(out, " %s:%u/%u/%u/%u", service->name, a->authorized, a->voided, a->captured,
                    a->refunded);
            break;
        }
    }
}

static void tell_outcome(const struct small_world *world, const struct naive_meaning *m, FILE *out)
{
    fprintf(out, "%s %s %s ", saga_status_name(m->status), m->reason[0] == '\0' ? "-" : m->reason,
            saga_compensation_status_name(m->compensation));
    for (uint8_t i = 0; i < m->undone_len; i++) {
        fprintf(out, "%s%s", i == 0 ? "" : ",", world->plan->compensations[m->undone[i]].name);
    }
    fputs(m->undone_len == 0 ? "-" : "", out);
}

static void end(struct exploration *exploration, const struct explore_bounds *bounds,
                const struct small_world *world)
{
    exploration->ends++;
    for (size_t c = 0; c < world->checkouts_len; c++) {
        char *line = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&line, &size);
        assert(out != NULL);
        tell_outcome(world, &world->checkouts[c].meaning, out);
        if (bounds->tells_books) {
            tell_books(world, &world->checkouts[c], out);
        }
        fclose(out);
        add_outcome(exploration, line);
        free(line);
    }
}

static void visit(struct exploration *exploration, const struct explore_bounds *bounds,
                  struct small_world *world, unsigned faults);

static void visit_each(struct exploration *exploration, const struct explore_bounds *bounds,
                       const struct small_world *world, const struct move_list *list,
                       unsigned faults)
{
    for (size_t i = 0; i < list->len; i++) {
        struct small_world *next = malloc(sizeof(*next));
        assert(next != NULL);
        small_copy(next, world);
        move_take(next, &list->moves[i]);
        exploration->transitions++;
        visit(exploration, bounds, next, faults);
        small_free(next);
        free(next);
    }
}

/* Whether there is anything new to it. */
static bool is_worth_a_visit(struct exploration *exploration, const struct explore_bounds *bounds,
                             const struct small_world *world, unsigned faults, bool *is_new)
{
    struct same_bytes *same = malloc(sizeof(*same));
    assert(same != NULL);
    if (bounds->in_full) {
        same_in_full(world, same);
    } else {
        same_of(world, same);
    }
    bool is_worth = visited_add(&exploration->visited, same, faults, is_new);
    free(same);
    return is_worth;
}

/* As deep as the longest path: each state leads on to all that it has not led to with as few
 * faults. */
static void visit(struct exploration *exploration, const struct explore_bounds *bounds,
                  struct small_world *world, unsigned faults)
{
    struct move_list list = {0};
    bool is_new = false;
    if (!is_worth_a_visit(exploration, bounds, world, faults, &is_new)) {
        return;
    }
    move_list_free_moves(world, &list);
    if (list.len == 0 && is_new) {
        end(exploration, bounds, world);
    }
    visit_each(exploration, bounds, world, &list, faults);
    move_list_free(&list);
    if (faults < bounds->faults) {
        move_list_faults(world, &list);
        visit_each(exploration, bounds, world, &list, faults + 1);
        move_list_free(&list);
    }
}

void explore_from(struct exploration *exploration, const struct saga_plan *plan,
                  const struct explore_bounds *bounds, uint32_t flags)
{
    struct saga_plan without_jitter = *plan;
    uint32_t stock[SAGA_SERVICES_MAX];
    for (size_t i = 0; i < SAGA_STEPS_MAX; i++) {
        without_jitter.steps[i].retry.jitter_ppm = 0;
        without_jitter.compensations[i].retry.jitter_ppm = 0;
    }
    for (size_t s = 0; s < SAGA_SERVICES_MAX; s++) {
        stock[s] = bounds->stock[s] == EXPLORE_STOCK_ENOUGH ? (uint32_t)bounds->checkouts
                                                            : bounds->stock[s];
    }
    struct small_world world;
    small_begin(&world, &without_jitter, bounds->checkouts, flags, stock);
    visit(exploration, bounds, &world, 0);
    small_free(&world);
}

void explore_print(const struct exploration *exploration, FILE *out)
{
    for (size_t i = 0; i < exploration->outcomes_len; i++) {
        fprintf(out, "%s\n", exploration->outcomes[i]);
    }
}

void explore_free(struct exploration *exploration)
{
    visited_free(&exploration->visited);
    for (size_t i = 0; i < exploration->outcomes_len; i++) {
        free(exploration->outcomes[i]);
    }
    free(exploration->outcomes);
    *exploration = (struct exploration){0};
}
