#include "sim/atlas/play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/event.h"
#include "sim/atlas/cell.h"

static const uint64_t MINUTE = UINT64_C(60) * 1000000000;

/* What the records of a cell showed. */
struct witness {
    const struct atlas_cell *cell;
    bool struck;       /* the fault of the way, at its call */
    bool has_late_yes; /* a success of the call was accepted, and not as the fault would have it */
    bool arrived_behind; /* a request of the call arrived when the checkout had closed */
};

static void see(struct witness *witness, const struct sim_record *record)
{
    const struct atlas_cell *cell = witness->cell;
    enum sim_fault_kind kind = atlas_way_kind(cell->way);
    bool is_of_call = record->call == cell->call || record->kind == SIM_CRASHED ||
                      (record->kind == SIM_HANDLED && record->what == SAGA_CANCEL);
    witness->struck |= is_of_call && sim_fault_kind_of(record) == kind;
    if (record->call != cell->call) {
        return;
    }
    witness->has_late_yes |= record->kind == SIM_HANDLED && record->what == SAGA_REPLY &&
                             record->answer == SAGA_ANSWER_OK && record->value > 0;
    witness->arrived_behind |=
        record->kind == SIM_ARRIVED && cell->late_ns > 0 && record->time_ns >= cell->late_ns;
}

static void watch(void *context, const struct sim_step *step)
{
    for (uint32_t i = 0; i < step->records_len; i++) {
        see(context, &step->records[i]);
    }
}

static bool has_stalled(const struct run_outcome *outcome)
{
    for (uint8_t i = 0; i < outcome->events_len; i++) {
        if (outcome->events[i].kind == SAGA_STALL) {
            return true;
        }
    }
    return false;
}

static bool is_expired_by(const struct atlas_cell *cell, const char *code)
{
    return cell->outcome.status == SAGA_STATUS_EXPIRED && cell->outcome.step == cell->call &&
           strcmp(cell->outcome.code, code) == 0;
}

/* Whether what the way says is what happened, beside that its fault struck. */
static bool is_as_meant(const struct witness *witness)
{
    const struct atlas_cell *cell = witness->cell;
    const struct run_outcome *outcome = &cell->outcome;
    switch (cell->way) {
    case ATLAS_REJECTED:
    case ATLAS_UNAVAILABLE:
    case ATLAS_UNANSWERED:
    case ATLAS_AFTER_EFFECT:
        return outcome->step == cell->call;
    case ATLAS_LATE_SUCCESS:
        return outcome->step == cell->call && witness->has_late_yes;
    case ATLAS_LATE_REQUEST:
        return outcome->step == cell->call && witness->arrived_behind;
    case ATLAS_STEP_DEADLINE:
        return is_expired_by(cell, "step");
    case ATLAS_HOLD_LAPSED:
        return is_expired_by(cell, "hold");
    case ATLAS_CHECKOUT_DEADLINE:
        return is_expired_by(cell, "checkout");
    case ATLAS_CANCELLED:
        return outcome->step == cell->call && strcmp(outcome->reason, "cancelled") == 0;
    case ATLAS_UNDO_REJECTED:
        return outcome->compensation == SAGA_COMPENSATION_STUCK;
    case ATLAS_UNDO_STALLED:
    case ATLAS_UNDO_SILENT:
        return has_stalled(outcome);
    case ATLAS_UNDO_UNAVAILABLE:
    case ATLAS_UNDO_UNANSWERED:
    case ATLAS_UNDO_AFTER_EFFECT:
    case ATLAS_UNDO_CRASH_BEFORE_COMMIT:
    case ATLAS_UNDO_CRASH_BEFORE_DISPATCH:
        return (outcome->needed >> saga_call_index(cell->call) & 1) != 0;
    case ATLAS_CRASH_BEFORE_COMMIT:
    case ATLAS_CRASH_BEFORE_DISPATCH:
    case ATLAS_CRASH_AFTER:
    case ATLAS_WAYS_LEN:
        break;
    }
    return true;
}

/* A minute after the checkout closed when no answer of the step came: late beyond doubt. */
static uint64_t late_ns(const struct atlas *atlas, uint8_t call)
{
    const struct atlas_cell *unanswered = atlas_find(atlas, call, ATLAS_UNANSWERED);
    if (unanswered->verdict != ATLAS_PLAYED || unanswered->outcome.closed_ns == SAGA_NEVER) {
        return 0;
    }
    return (unanswered->outcome.closed_ns + MINUTE - 1) / MINUTE * MINUTE + MINUTE;
}

/* The last step whose failure, or else whose doubt, makes the compensation needed: as late as
 * possible, so that there is the most to undo beside it. */
static void choose_failing(const struct atlas *atlas, struct atlas_cell *cell)
{
    static const enum atlas_way ways[] = {ATLAS_REJECTED, ATLAS_UNANSWERED};
    for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
        for (uint8_t step = atlas->plan.steps_len; step-- > 0;) {
            const struct atlas_cell *failing = atlas_find(atlas, step, ways[way]);
            if (failing != NULL && failing->verdict == ATLAS_PLAYED &&
                (failing->outcome.needed >> saga_call_index(cell->call) & 1) != 0) {
                cell->failing = step;
                cell->failing_way = ways[way];
                return;
            }
        }
    }
}

static bool play(const struct atlas *atlas, struct atlas_cell *cell, struct run *run,
                 struct scenario *scenario, struct run_result *result)
{
    struct witness witness = {.cell = cell};
    atlas_cell_scenario(atlas, cell, scenario);
    if (!run_scenario_anew(run, scenario, scenario->seed, watch, &witness, result)) {
        return false;
    }
    run_outcome(run, 1, &cell->outcome);
    cell->hash = result->hash;
    cell->violated = result->violated;
    cell->verdict = ATLAS_PLAYED;
    if (!witness.struck) {
        cell->verdict = ATLAS_MISSED;
        snprintf(cell->why, sizeof(cell->why), "the fault never struck");
    } else if (!is_as_meant(&witness)) {
        cell->verdict = ATLAS_MISSED;
        snprintf(cell->why, sizeof(cell->why), "the fault struck, and something else came of it");
    }
    return true;
}

static bool play_all(struct atlas *atlas, struct run *run, struct scenario *scenario,
                     struct run_result *result)
{
    for (size_t i = 0; i < atlas->cells_len; i++) {
        struct atlas_cell *cell = &atlas->cells[i];
        if (!saga_call_is_step(cell->call)) {
            choose_failing(atlas, cell);
        } else if (atlas_way_group(cell->way) == ATLAS_LATE) {
            cell->late_ns = late_ns(atlas, cell->call);
        }
        if (atlas_cell_is_possible(atlas, cell) && !play(atlas, cell, run, scenario, result)) {
            return false;
        }
    }
    return true;
}

bool atlas_play(struct atlas *atlas, struct run *run)
{
    struct scenario *scenario = malloc(sizeof(*scenario));
    struct run_result *result = malloc(sizeof(*result));
    bool played = scenario != NULL && result != NULL && play_all(atlas, run, scenario, result);
    free(scenario);
    free(result);
    return played;
}
