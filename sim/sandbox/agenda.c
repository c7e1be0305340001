#include "sim/sandbox/agenda.h"

#include <assert.h>
#include <stdlib.h>

void agenda_free(struct agenda *agenda)
{
    free(agenda->jobs);
    agenda->jobs = NULL;
    agenda->len = 0;
    agenda->max = 0;
}

/* What is parked has room in the heap, too. */
bool agenda_reserve(struct agenda *agenda, size_t more)
{
    size_t needed = agenda->len + agenda->parked_len + more;
    if (needed > AGENDA_MAX) {
        return false;
    }
    if (needed <= agenda->max) {
        return true;
    }
    size_t max = agenda->max == 0 ? 256 : agenda->max;
    while (max < needed) {
        max *= 2;
    }
    struct agenda_job *jobs = realloc(agenda->jobs, max * sizeof(*jobs));
    if (jobs == NULL) {
        return false;
    }
    agenda->jobs = jobs;
    agenda->max = max;
    return true;
}

static bool is_before(const struct agenda_job *a, const struct agenda_job *b)
{
    return a->due_ns < b->due_ns || (a->due_ns == b->due_ns && a->order < b->order);
}

void agenda_add(struct agenda *agenda, const struct agenda_job *job)
{
    assert(agenda->len < agenda->max);
    struct agenda_job added = *job;
    size_t i = agenda->len++;
    added.order = agenda->order++;
    while (i > 0 && is_before(&added, &agenda->jobs[(i - 1) / 2])) {
        agenda->jobs[i] = agenda->jobs[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    agenda->jobs[i] = added;
}

bool agenda_park(struct agenda *agenda, const struct agenda_job *job, uint32_t overtaken_by)
{
    if (agenda->parked_len == AGENDA_PARKED_MAX) {
        return false;
    }
    agenda->parked[agenda->parked_len++] =
        (struct agenda_parked){.job = *job, .overtaken_by = overtaken_by};
    return true;
}

static void go_on(struct agenda *agenda, size_t i, uint64_t now_ns)
{
    struct agenda_job job = agenda->parked[i].job;
    job.due_ns = job.due_ns > now_ns ? job.due_ns : now_ns;
    agenda->parked[i] = agenda->parked[--agenda->parked_len];
    agenda_add(agenda, &job);
}

void agenda_pass(struct agenda *agenda, uint64_t now_ns)
{
    for (size_t i = agenda->parked_len; i-- > 0;) {
        agenda->parked[i].overtaken_by--;
        if (agenda->parked[i].overtaken_by == 0) {
            go_on(agenda, i, now_ns);
        }
    }
}

void agenda_release(struct agenda *agenda, uint64_t now_ns)
{
    while (agenda->parked_len > 0) {
        go_on(agenda, agenda->parked_len - 1, now_ns);
    }
}

uint64_t agenda_next_ns(const struct agenda *agenda)
{
    return agenda->len == 0 ? UINT64_MAX : agenda->jobs[0].due_ns;
}

bool agenda_pop(struct agenda *agenda, struct agenda_job *job)
{
    if (agenda->len == 0) {
        return false;
    }
    *job = agenda->jobs[0];
    struct agenda_job last = agenda->jobs[--agenda->len];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= agenda->len) {
            break;
        }
        if (child + 1 < agenda->len && is_before(&agenda->jobs[child + 1], &agenda->jobs[child])) {
            child++;
        }
        if (!is_before(&agenda->jobs[child], &last)) {
            break;
        }
        agenda->jobs[i] = agenda->jobs[child];
        i = child;
    }
    if (agenda->len > 0) {
        agenda->jobs[i] = last;
    }
    return true;
}
