#include "sim/atlas/cell.h"

#include <stdio.h>
#include <string.h>

#include "core/event.h"
#include "runtime/yaml/scalar.h"
#include "sim/scenario/load.h"

static const uint64_t SECOND = 1000000000;
static const uint64_t HOUR = UINT64_C(3600) * 1000000000;
static const uint64_t DAY = UINT64_C(24) * 3600 * 1000000000;

/* What a service says that refuses. */
static const char refusal[] = "refused";

static bool no(struct atlas_cell *cell, const char *why)
{
    snprintf(cell->why, sizeof(cell->why), "%s", why);
    return false;
}

static bool comes_first(struct atlas_cell *cell, const char *what, uint64_t span_ns)
{
    char span[YAML_SCALAR_MAX];
    snprintf(cell->why, sizeof(cell->why), "%s, %s, comes first", what,
             yaml_print_duration(span, span_ns));
    return false;
}

/* How long after the start the first hold lapses that is open while the step runs, as no step takes
 * any time here; SAGA_NEVER: none is open. */
static uint64_t open_hold_ns(const struct atlas *atlas, uint8_t step)
{
    uint64_t first_ns = SAGA_NEVER;
    for (uint8_t i = 0; i <= step; i++) {
        const struct saga_step *holding = &atlas->plan.steps[i];
        bool is_open = holding->hold_ns > 0 && holding->hold_until >= step;
        if (is_open && atlas_runs_step(atlas, i) && holding->hold_ns < first_ns) {
            first_ns = holding->hold_ns;
        }
    }
    return first_ns;
}

/* Of deadlines that have passed at once, the checkout's counts first and the step's last (R2). */
static bool is_step_deadline_possible(const struct atlas *atlas, struct atlas_cell *cell)
{
    uint64_t deadline_ns = atlas->plan.steps[cell->call].deadline_ns;
    uint64_t hold_ns = open_hold_ns(atlas, cell->call);
    if (deadline_ns == 0) {
        return no(cell, "the step has no deadline of its own");
    }
    if (deadline_ns >= atlas->plan.deadline_ns) {
        return comes_first(cell, "the checkout's deadline", atlas->plan.deadline_ns);
    }
    return deadline_ns < hold_ns || comes_first(cell, "the end of a hold", hold_ns);
}

static bool is_hold_possible(const struct atlas *atlas, struct atlas_cell *cell)
{
    uint64_t hold_ns = open_hold_ns(atlas, cell->call);
    if (hold_ns == SAGA_NEVER) {
        return no(cell, "no hold is open here");
    }
    return hold_ns < atlas->plan.deadline_ns ||
           comes_first(cell, "the checkout's deadline", atlas->plan.deadline_ns);
}

static bool is_late_possible(const struct atlas *atlas, struct atlas_cell *cell)
{
    if (atlas->plan.steps[cell->call].effect == SAGA_EFFECT_NONE) {
        return no(cell, "read-only: late or not, there is nothing to undo");
    }
    return cell->late_ns > 0 || no(cell, "without an answer it is never closed, so never late");
}

/* How long its attempts take at most until it is flagged as stalled. */
static uint64_t stall_ns(const struct atlas *atlas, const struct atlas_cell *cell)
{
    const struct saga_retry *retry = saga_call_retry(&atlas->plan, cell->call);
    uint64_t each_ns = saga_call_timeout_ns(&atlas->plan, cell->call) + retry->max_ns;
    uint64_t all_ns = 0;
    bool is_stalling = cell->way == ATLAS_UNDO_STALLED || cell->way == ATLAS_UNDO_SILENT;
    if (!is_stalling) {
        return 0;
    }
    return __builtin_mul_overflow(each_ns, retry->attempts, &all_ns) ? SAGA_NEVER : all_ns;
}

static bool is_stall_possible(const struct atlas *atlas, struct atlas_cell *cell)
{
    if (saga_call_retry(&atlas->plan, cell->call)->attempts == SAGA_UNLIMITED) {
        return no(cell, "its attempts are unlimited: it is never flagged as stalled");
    }
    return stall_ns(atlas, cell) <= 10 * DAY ||
           no(cell, "until its attempts are used up it takes longer than ten days");
}

bool atlas_cell_is_possible(const struct atlas *atlas, struct atlas_cell *cell)
{
    if (!saga_call_is_step(cell->call) && cell->failing == SAGA_NONE) {
        return no(cell, "no step that fails, or is in doubt, makes it needed");
    }
    switch (cell->way) {
    case ATLAS_AFTER_EFFECT:
        return atlas->plan.steps[cell->call].effect != SAGA_EFFECT_NONE ||
               no(cell, "read-only: it has no effect");
    case ATLAS_LATE_SUCCESS:
    case ATLAS_LATE_REQUEST:
        return is_late_possible(atlas, cell);
    case ATLAS_STEP_DEADLINE:
        return is_step_deadline_possible(atlas, cell);
    case ATLAS_HOLD_LAPSED:
        return is_hold_possible(atlas, cell);
    case ATLAS_UNDO_STALLED:
    case ATLAS_UNDO_SILENT:
        return is_stall_possible(atlas, cell);
    case ATLAS_REJECTED:
    case ATLAS_UNAVAILABLE:
    case ATLAS_UNANSWERED:
    case ATLAS_CHECKOUT_DEADLINE:
    case ATLAS_CANCELLED:
    case ATLAS_CRASH_BEFORE_COMMIT:
    case ATLAS_CRASH_BEFORE_DISPATCH:
    case ATLAS_CRASH_AFTER:
    case ATLAS_UNDO_REJECTED:
    case ATLAS_UNDO_UNAVAILABLE:
    case ATLAS_UNDO_UNANSWERED:
    case ATLAS_UNDO_AFTER_EFFECT:
    case ATLAS_UNDO_CRASH_BEFORE_COMMIT:
    case ATLAS_UNDO_CRASH_BEFORE_DISPATCH:
    case ATLAS_WAYS_LEN:
        break;
    }
    return true;
}

enum attempts { EVERY, THE_FIRST, ALL_IT_HAS };

/* What goes wrong: the members of a fault that a way says; `leg` and `answer` where the action has
 * them. */
struct recipe {
    enum scenario_trigger trigger;
    enum scenario_action action;
    enum attempts attempts;
    enum scenario_leg leg;
    enum saga_answer answer;
};

/* clang-format off */
#define RECIPE(trigger, action, attempts, leg, answer)                                             \
    {SCENARIO_##trigger, SCENARIO_##action, attempts, SCENARIO_##leg##_LEG, SAGA_ANSWER_##answer}
static const struct recipe recipes[ATLAS_WAYS_LEN] = {
    [ATLAS_REJECTED] =                   RECIPE(ON, REPLY, EVERY, REQUEST, REJECTED),
    [ATLAS_UNAVAILABLE] =                RECIPE(ON, REPLY, EVERY, REQUEST, UNAVAILABLE),
    [ATLAS_UNANSWERED] =                 RECIPE(ON, LOSE, EVERY, REPLY, OK),
    [ATLAS_AFTER_EFFECT] =               RECIPE(ON, FAIL_AFTER_EFFECT, EVERY, REQUEST, OK),
    [ATLAS_LATE_SUCCESS] =               RECIPE(ON, DELAY, EVERY, REPLY, OK),
    [ATLAS_LATE_REQUEST] =               RECIPE(ON, DELAY, EVERY, REQUEST, OK),
    [ATLAS_STEP_DEADLINE] =              RECIPE(ON, CRASH, THE_FIRST, REQUEST, OK),
    [ATLAS_HOLD_LAPSED] =                RECIPE(ON, CRASH, THE_FIRST, REQUEST, OK),
    [ATLAS_CHECKOUT_DEADLINE] =          RECIPE(ON, CRASH, THE_FIRST, REQUEST, OK),
    [ATLAS_CANCELLED] =                  RECIPE(ON, CANCEL, THE_FIRST, REQUEST, OK),
    [ATLAS_CRASH_BEFORE_COMMIT] =        RECIPE(BEFORE_COMMIT, CRASH, EVERY, REQUEST, OK),
    [ATLAS_CRASH_BEFORE_DISPATCH] =      RECIPE(BEFORE_DISPATCH, CRASH, EVERY, REQUEST, OK),
    [ATLAS_CRASH_AFTER] =                RECIPE(AFTER, CRASH, EVERY, REQUEST, OK),
    [ATLAS_UNDO_REJECTED] =              RECIPE(ON, REPLY, EVERY, REQUEST, REJECTED),
    [ATLAS_UNDO_UNAVAILABLE] =           RECIPE(ON, REPLY, THE_FIRST, REQUEST, UNAVAILABLE),
    [ATLAS_UNDO_STALLED] =               RECIPE(ON, REPLY, ALL_IT_HAS, REQUEST, UNAVAILABLE),
    [ATLAS_UNDO_UNANSWERED] =            RECIPE(ON, LOSE, THE_FIRST, REPLY, OK),
    [ATLAS_UNDO_SILENT] =                RECIPE(ON, LOSE, ALL_IT_HAS, REPLY, OK),
    [ATLAS_UNDO_AFTER_EFFECT] =          RECIPE(ON, FAIL_AFTER_EFFECT, THE_FIRST, REQUEST, OK),
    [ATLAS_UNDO_CRASH_BEFORE_COMMIT] =   RECIPE(BEFORE_COMMIT, CRASH, EVERY, REQUEST, OK),
    [ATLAS_UNDO_CRASH_BEFORE_DISPATCH] = RECIPE(BEFORE_DISPATCH, CRASH, EVERY, REQUEST, OK),
};
#undef RECIPE
/* clang-format on */

/* How long it lasts: a message is late, or the node is down until a deadline, or for a while. */
static uint64_t span_ns(const struct atlas *atlas, const struct atlas_cell *cell,
                        enum atlas_way way, uint8_t call)
{
    if (recipes[way].action == SCENARIO_DELAY) {
        return cell->late_ns;
    }
    if (recipes[way].action != SCENARIO_CRASH) {
        return 0;
    }
    if (way == ATLAS_STEP_DEADLINE) {
        return atlas->plan.steps[call].deadline_ns;
    }
    if (way == ATLAS_HOLD_LAPSED) {
        return open_hold_ns(atlas, call);
    }
    return way == ATLAS_CHECKOUT_DEADLINE ? atlas->plan.deadline_ns : 30 * SECOND;
}

static uint32_t last_attempt(const struct atlas *atlas, enum attempts attempts, uint8_t call)
{
    switch (attempts) {
    case EVERY:
        break;
    case THE_FIRST:
        return 1;
    case ALL_IT_HAS:
        return saga_call_retry(&atlas->plan, call)->attempts;
    }
    return UINT32_MAX;
}

/* A fault with what the way says, and else as the reader of scenario files leaves what a file does
 * not say. */
static void add_fault(const struct atlas *atlas, const struct atlas_cell *cell, enum atlas_way way,
                      uint8_t call, struct scenario *scenario)
{
    const struct recipe *recipe = &recipes[way];
    struct scenario_fault *fault = &scenario->faults[scenario->faults_len++];
    fault->trigger = recipe->trigger;
    fault->action = recipe->action;
    fault->leg = recipe->leg;
    fault->answer = (uint8_t)recipe->answer;
    fault->checkout = recipe->action == SCENARIO_CANCEL ? 1 : 0;
    fault->attempt_lo = 1;
    fault->attempt_hi = last_attempt(atlas, recipe->attempts, call);
    fault->to_ns = scenario->heal_ns;
    fault->span_ns = span_ns(atlas, cell, way, call);
    fault->call = call;
    fault->target = SAGA_NONE;
    fault->service = SAGA_NONE;
    fault->node = recipe->action == SCENARIO_CRASH ? 0 : SAGA_NONE;
    if (recipe->action == SCENARIO_REPLY && recipe->answer == SAGA_ANSWER_REJECTED) {
        memcpy(fault->code, refusal, sizeof(refusal));
    }
}

/* Times at which every wait of the cell is over, at their defaults if those will do. */
static void set_end(const struct atlas *atlas, const struct atlas_cell *cell,
                    struct scenario *scenario)
{
    uint64_t busy_ns = 2 * atlas->plan.deadline_ns + stall_ns(atlas, cell) + HOUR;
    uint64_t heal_ns = (busy_ns + HOUR - 1) / HOUR * HOUR;
    if (heal_ns > scenario->heal_ns) {
        scenario->heal_ns = heal_ns;
    }
    if (2 * scenario->heal_ns > scenario->until_ns) {
        scenario->until_ns = 2 * scenario->heal_ns;
    }
}

static void set_world(const struct atlas *atlas, struct scenario *scenario)
{
    scenario->network.latency_ns = (struct scenario_range){0, 0};
    for (uint8_t i = 0; i < atlas->plan.services_len; i++) {
        scenario->services[i].work_ns = (struct scenario_range){0, 0};
        scenario->services[i].tombstones = atlas->services[i].tombstones;
        scenario->services[i].idempotent = atlas->services[i].idempotent;
    }
    for (uint8_t i = 0; i < atlas->plan.flags_len; i++) {
        bool is_asked_for = (atlas->flags >> i & 1) != 0;
        scenario->checkouts.flags_ppm[i] = is_asked_for ? SAGA_PPM : 0;
    }
}

static void set_name(const struct atlas *atlas, const struct atlas_cell *cell,
                     struct scenario *scenario)
{
    const char *call = saga_call_name(&atlas->plan, cell->call);
    snprintf(scenario->name, sizeof(scenario->name), "%s, %s", call, atlas_way_word(cell->way));
    if (saga_call_is_step(cell->call)) {
        snprintf(scenario->about, sizeof(scenario->about), "%s", atlas_way_sentence(cell->way));
    } else {
        snprintf(scenario->about, sizeof(scenario->about), "%s It is needed, as %s is %s.",
                 atlas_way_sentence(cell->way), atlas->plan.steps[cell->failing].name,
                 atlas_way_word(cell->failing_way));
    }
}

static void expect_outcome(const struct atlas *atlas, const struct atlas_cell *cell,
                           struct scenario *scenario)
{
    const struct run_outcome *outcome = &cell->outcome;
    struct scenario_outcome *all = &scenario->expect.all;
    all->has_status = true;
    all->status = outcome->status;
    all->has_reason = outcome->reason[0] != '\0';
    memcpy(all->reason, outcome->reason, sizeof(all->reason));
    all->has_code = outcome->code[0] != '\0';
    memcpy(all->code, outcome->code, sizeof(all->code));
    all->has_compensation = true;
    all->compensation = outcome->compensation;
    all->has_undone = true;
    all->undone_len = outcome->undone_len;
    memcpy(all->undone, outcome->undone, sizeof(all->undone));
    all->has_events = true;
    all->events_len = outcome->events_len;
    for (uint8_t i = 0; i < outcome->events_len; i++) {
        snprintf(all->events[i], sizeof(all->events[i]), "%s",
                 saga_domain_event_name(&atlas->plan, &outcome->events[i]));
    }
    for (unsigned i = 0; i < SIM_INVARIANTS_LEN; i++) {
        if ((cell->violated >> i & 1) != 0) {
            scenario->expect.violates[scenario->expect.violates_len++] = (uint8_t)i;
        }
    }
}

void atlas_cell_scenario(const struct atlas *atlas, const struct atlas_cell *cell,
                         struct scenario *scenario)
{
    scenario_begin(scenario, &atlas->plan);
    set_name(atlas, cell, scenario);
    set_world(atlas, scenario);
    set_end(atlas, cell, scenario);
    if (!saga_call_is_step(cell->call)) {
        add_fault(atlas, cell, cell->failing_way, cell->failing, scenario);
    }
    add_fault(atlas, cell, cell->way, cell->call, scenario);
    if (cell->verdict == ATLAS_PLAYED) {
        expect_outcome(atlas, cell, scenario);
    }
}
