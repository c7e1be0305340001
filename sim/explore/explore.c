#include "sim/explore/explore.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/retell.h"
#include "sim/explore/search.h"

/* Once everything has been visited: does everything close, whatever happens, if there are no more
 * faults? */
static void judge_closing(struct search *search, struct retell *retell,
                          struct explore_result *result)
{
    struct closes closes;
    struct closes_open open;
    if (!closes_init(&closes, search->memory, &search->visited)) {
        result->end = EXPLORE_MEMORY;
        return;
    }
    closes_settle(&closes, search->streams, search->workers_len);
    if (closes_find_open(&search->visited, search->streams, search->workers_len, &open)) {
        search_forget_moves(search);
        retell_open(retell, &search->visited, &closes, &open);
        result->end = retell->end;
    }
    closes_free(&closes);
}

/* What the search has found out, and what can be found out once it has gone through everything. */
static void conclude(struct search *search, struct explore_result *result)
{
    struct retell retell = {
        .settings = search->settings, .stop = search->stop, .told = &result->violation};
    outcomes_sort(&search->outcomes);
    result->outcomes = outcomes_release(&search->outcomes, &result->outcomes_len);
    if (result->end == EXPLORE_COMPLETE && search->keeps_moves) {
        judge_closing(search, &retell, result);
    }
    search_free(search);
    if (result->end == EXPLORE_VIOLATION && retell.end != EXPLORE_VIOLATION) {
        retell_violation(&retell);
        result->end = retell.end;
    }
}

bool explore(const struct explore_settings *settings, const volatile bool *stop,
             explore_observer *observer, void *context, struct explore_result *result)
{
    struct memory memory;
    struct search search;
    assert(settings->faults <= EXPLORE_FAULTS_MAX);
    static_assert((int)EXPLORE_FAULTS_MAX <= (int)VISITED_USED_MAX, "a slot counts them");
    memset(result, 0, sizeof(*result));
    memory_init(&memory, settings->memory_bytes);
    bool is_well = search_init(&search, settings, settings->jobs, &memory, NULL);
    if (is_well) {
        search.stop = stop;
        search.observer = observer;
        search.context = context;
        is_well = search_run(&search, result);
    }
    if (is_well) {
        conclude(&search, result);
    } else {
        search_free(&search);
    }
    result->memory_bytes = atomic_load(&memory.max_bytes);
    return is_well;
}

void explore_result_free(struct explore_result *result)
{
    free(result->outcomes);
    result->outcomes = NULL;
    result->outcomes_len = 0;
}
