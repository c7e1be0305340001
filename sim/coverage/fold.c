#include "sim/coverage/fold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/coverage/law.h"
#include "sim/coverage/place.h"

/* One checkout. */
struct seen {
    struct saga_session session; /* as stored last; zeroed: nothing is */
    uint16_t informed;           /* bit i: node i knows that */
};

struct coverage_fold {
    struct coverage_run run;
    struct coverage_visits *visits;
    bool has_true_clocks;
    bool has_other_starts; /* some start may be with another request */
    struct seen *checkouts;
    uint32_t checkouts_max;
};

struct coverage_fold *coverage_fold_create(void)
{
    return calloc(1, sizeof(struct coverage_fold));
}

void coverage_fold_destroy(struct coverage_fold *fold)
{
    if (fold != NULL) {
        free(fold->checkouts);
        free(fold);
    }
}

static bool has_action(const struct scenario *scenario, enum scenario_action action)
{
    for (uint32_t i = 0; i < scenario->faults_len; i++) {
        if (scenario->faults[i].action == action) {
            return true;
        }
    }
    return false;
}

static bool has_true_clocks(const struct scenario *scenario)
{
    for (uint32_t n = 0; n < scenario->nodes_len; n++) {
        if (scenario->clocks[n].offset_ns != 0 || scenario->clocks[n].drift_ppm != 0) {
            return false;
        }
    }
    return !has_action(scenario, SCENARIO_JUMP) && !has_action(scenario, SCENARIO_DRIFT);
}

bool coverage_fold_begin(struct coverage_fold *fold, const struct coverage_run *run,
                         struct coverage_visits *visits)
{
    uint32_t count = run->played->checkouts.count;
    fold->run = *run;
    fold->visits = visits;
    fold->has_true_clocks = has_true_clocks(run->played);
    fold->has_other_starts = has_action(run->played, SCENARIO_START_OTHER);
    visits->runs += run->counts;
    visits->runs_apart += !run->counts;
    if (count > fold->checkouts_max) {
        free(fold->checkouts);
        fold->checkouts = malloc(count * sizeof(*fold->checkouts));
        fold->checkouts_max = fold->checkouts == NULL ? 0 : count;
    }
    if (fold->checkouts == NULL) {
        return false;
    }
    memset(fold->checkouts, 0, count * sizeof(*fold->checkouts));
    return true;
}

/* What came of an event. */
struct reaction {
    enum coverage_reaction what;
    enum saga_result result;
};

static struct reaction reaction_of(const struct sim_record *record)
{
    enum saga_result result = (enum saga_result)record->index;
    if (record->value > 0) {
        return (struct reaction){COVERAGE_ACCEPTED, SAGA_OK};
    }
    return (struct reaction){result == SAGA_OK ? COVERAGE_IGNORED : COVERAGE_REFUSED, result};
}

static void write_reaction(char *text, struct reaction reaction)
{
    static const char *const names[] = {"accepted", "ignored", "refused"};
    bool is_refused = reaction.what == COVERAGE_REFUSED;
    snprintf(text, COVERAGE_TOLD_MAX + 1, "%s%s%s", names[reaction.what], is_refused ? ", " : "",
             is_refused ? saga_result_name(reaction.result) : "");
}

static struct coverage_wrong wrong_at(const struct coverage_fold *fold,
                                      const struct sim_record *record,
                                      enum coverage_wrong_kind kind, uint16_t cell)
{
    return (struct coverage_wrong){.kind = kind,
                                   .cell = cell,
                                   .entry = fold->run.entry,
                                   .checkout = record->checkout,
                                   .seed = fold->run.seed,
                                   .time_ns = record->time_ns};
}

static void judge_visit(struct coverage_fold *fold, const struct sim_record *record, uint16_t cell)
{
    struct coverage_law law = coverage_law(&fold->run.played->plan, coverage_cell_of(cell));
    struct reaction expected = {(enum coverage_reaction)law.reaction, (enum saga_result)law.result};
    struct reaction seen = reaction_of(record);
    struct coverage_wrong wrong = wrong_at(fold, record, COVERAGE_WRONG_REACTION, cell);
    write_reaction(wrong.seen, seen);
    if (law.why != COVERAGE_POSSIBLE) {
        wrong.kind = COVERAGE_WRONG_VISIT;
        snprintf(wrong.expected, sizeof(wrong.expected), "%s",
                 coverage_why_sentence((enum coverage_why)law.why));
        coverage_visits_add_wrong(fold->visits, &wrong);
    } else if (seen.what != expected.what || seen.result != expected.result) {
        write_reaction(wrong.expected, expected);
        coverage_visits_add_wrong(fold->visits, &wrong);
    }
    if (fold->run.counts) {
        coverage_visits_add(fold->visits, cell, fold->run.entry, fold->run.seed);
    }
}

/* What is told of the failure: "FAILED at authorize_payment: payment_failed/declined". */
static void write_told(char *text, const char *status, const char *step, const char *reason,
                       const char *code)
{
    snprintf(text, COVERAGE_TOLD_MAX + 1, "%s at %s: %s%s%s", status, step, reason,
             code[0] == '\0' ? "" : "/", code);
}

static uint16_t path_taken(const struct saga_plan *plan, const struct saga_session *after)
{
    uint16_t path = 0;
    for (uint8_t c = 0; c < plan->compensations_len; c++) {
        bool is_needed = after->undo_state[c] != SAGA_UNDO_NOT_NEEDED;
        path = (uint16_t)(path | (unsigned)is_needed << c);
    }
    return path;
}

/* One step of a checkout that became durable. */
struct change {
    const struct sim_record *record;
    const struct saga_event *event;
    const struct saga_session *before;
    const struct saga_session *after;
};

static void judge_failure(struct coverage_fold *fold, const struct change *change, uint16_t cell)
{
    const struct saga_plan *plan = &fold->run.played->plan;
    const struct saga_session *before = change->before;
    const struct saga_session *after = change->after;
    enum coverage_way way = (enum coverage_way)coverage_cell_of(cell).column;
    const char *code = coverage_failure_code(way);
    struct coverage_wrong told = wrong_at(fold, change->record, COVERAGE_WRONG_TOLD, cell);
    write_told(told.expected, coverage_failure_status(way), plan->steps[before->step].name,
               coverage_failure_reason(plan, before->step, way),
               code == NULL ? change->event->code : code);
    write_told(told.seen, saga_status_name(saga_session_status(plan, after)),
               plan->steps[after->step].name, saga_session_reason(plan, after), after->code);
    if (strcmp(told.expected, told.seen) != 0) {
        coverage_visits_add_wrong(fold->visits, &told);
    }
    struct coverage_wrong path = wrong_at(fold, change->record, COVERAGE_WRONG_PATH, cell);
    path.path_expected = coverage_failure_path(plan, before->step, coverage_call_state_of(before),
                                               way, before->flags);
    path.path_seen = path_taken(plan, after);
    if (path.path_expected != path.path_seen) {
        coverage_visits_add_wrong(fold->visits, &path);
    }
}

/* R15: sent again in the next epoch, but what was never sent, or stays stuck. */
static void judge_late(struct coverage_fold *fold, const struct change *change, uint16_t cell)
{
    const struct saga_session *before = change->before;
    const struct saga_session *after = change->after;
    uint8_t c = saga_plan_reversed_by(&fold->run.played->plan, coverage_cell_of(cell).row);
    bool was_sent = before->undo_attempts[c] > 0;
    bool was_stuck = before->undo_state[c] == SAGA_UNDO_STUCK;
    bool is_stuck = after->undo_state[c] == SAGA_UNDO_STUCK;
    bool is_owed = is_stuck || after->undo_state[c] == SAGA_UNDO_NEEDED ||
                   after->undo_state[c] == SAGA_UNDO_RUNNING;
    bool is_reopened = after->reopened == c;
    if (is_owed && is_stuck == was_stuck && is_reopened == was_sent) {
        return;
    }
    struct coverage_wrong wrong = wrong_at(fold, change->record, COVERAGE_WRONG_OUTCOME, cell);
    snprintf(wrong.expected, sizeof(wrong.expected), "%s, in the %s epoch",
             was_stuck ? "stuck" : "needed or running", was_sent ? "second" : "first");
    snprintf(wrong.seen, sizeof(wrong.seen), "%s, in the %s epoch",
             saga_undo_state_name((enum saga_undo_state)after->undo_state[c]),
             is_reopened ? "second" : "first");
    coverage_visits_add_wrong(fold->visits, &wrong);
}

/* Forward, it goes on or back as it should. */
static void judge_direction(struct coverage_fold *fold, const struct change *change,
                            const struct coverage_place *place)
{
    bool goes_back =
        change->after->phase == SAGA_COMPENSATING || change->after->phase == SAGA_COMPENSATED;
    if (goes_back != place->fails) {
        struct coverage_wrong wrong =
            wrong_at(fold, change->record, COVERAGE_WRONG_OUTCOME, place->cells[place->len - 1]);
        snprintf(wrong.expected, sizeof(wrong.expected), "%s",
                 place->fails ? "compensation begins" : "it goes on");
        snprintf(wrong.seen, sizeof(wrong.seen), "%s",
                 saga_phase_name((enum saga_phase)change->after->phase));
        coverage_visits_add_wrong(fold->visits, &wrong);
    } else if (place->fails) {
        judge_failure(fold, change, place->cells[place->len - 1]);
    }
}

/* A start with another request than the first: an accepted one tells it; of the others the answer
 * does, in a run in which there can be such a start. */
static bool is_other_start(const struct coverage_fold *fold, const struct sim_record *record,
                           const struct saga_event *event, const struct saga_session *session)
{
    if (record->what != SAGA_START || session->phase == SAGA_NEW) {
        return false;
    }
    if (event != NULL) {
        return event->start.fingerprint != session->fingerprint;
    }
    return fold->has_other_starts && record->index == SAGA_ERROR_CONFLICT;
}

static void visit(struct coverage_fold *fold, const struct sim_record *record,
                  const struct seen *checkout, struct coverage_place *place,
                  const struct saga_event *event)
{
    uint64_t known_ns = fold->has_true_clocks ? record->time_ns : 0;
    struct coverage_occasion occasion = {
        .plan = &fold->run.played->plan,
        .session = &checkout->session,
        .now_ns = event == NULL ? known_ns : event->now_ns,
        .attempt = record->attempt,
        .kind = record->what,
        .call = record->call,
        .answer = record->answer,
        .is_other = is_other_start(fold, record, event, &checkout->session),
    };
    coverage_place(&occasion, place);
    bool is_in_vain = record->value == 0 && (place->fails || place->is_late_success);
    uint8_t len = (uint8_t)(place->len - is_in_vain); /* the last is what should have followed */
    for (uint8_t i = 0; i < len; i++) {
        judge_visit(fold, record, place->cells[i]);
    }
}

static void accepted(struct coverage_fold *fold, const struct sim_step *step,
                     const struct sim_record *record, struct seen *checkout)
{
    struct coverage_place place;
    struct change change = {.record = record,
                            .event = step->event,
                            .before = &checkout->session,
                            .after = step->stored};
    visit(fold, record, checkout, &place, step->event);
    if (checkout->session.phase == SAGA_FORWARD) {
        judge_direction(fold, &change, &place);
    } else if (place.is_late_success) {
        judge_late(fold, &change, place.cells[place.len - 1]);
    }
    checkout->session = *step->stored;
}

static void handled(struct coverage_fold *fold, const struct sim_step *step,
                    const struct sim_record *record)
{
    struct seen *checkout = &fold->checkouts[record->checkout - 1];
    unsigned node = record->epoch & ~(unsigned)SIM_GARBAGE;
    bool is_informed = checkout->session.version == 0 || (checkout->informed >> node & 1) != 0;
    if (record->value > 0) {
        accepted(fold, step, record, checkout);
    } else if (is_informed) {
        struct coverage_place place;
        visit(fold, record, checkout, &place, NULL);
    }
}

void coverage_fold_step(struct coverage_fold *fold, const struct sim_step *step)
{
    for (uint32_t i = 0; i < step->records_len; i++) {
        const struct sim_record *record = &step->records[i];
        if (record->kind == SIM_HANDLED) {
            handled(fold, step, record);
        } else if (record->kind == SIM_STORED) {
            fold->checkouts[record->checkout - 1].informed = (uint16_t)(1U << record->index);
        } else if (record->kind == SIM_UNSTORED) { /* it reads what is stored before it goes on */
            struct seen *checkout = &fold->checkouts[record->checkout - 1];
            checkout->informed = (uint16_t)(checkout->informed | 1U << record->index);
        }
    }
}
