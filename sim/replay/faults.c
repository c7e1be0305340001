#include <string.h>

#include "sim/replay/state.h"

static const char *const rejection = "rejected";

/* One more fault with everything that does not apply as a file leaves it; NULL: there is no room.
 */
static struct scenario_fault *add(struct replay *replay, enum scenario_trigger trigger,
                                  enum scenario_action action)
{
    struct scenario *scenario = replay->scenario;
    if (scenario->faults_len == SCENARIO_FAULTS_MAX) {
        return NULL;
    }
    struct scenario_fault *fault = &scenario->faults[scenario->faults_len++];
    *fault = (struct scenario_fault){
        .trigger = trigger,
        .action = action,
        .attempt_lo = 1,
        .attempt_hi = UINT32_MAX,
        .to_ns = trigger == SCENARIO_AT ? 0 : scenario->heal_ns,
        .call = SAGA_NONE,
        .target = SAGA_NONE,
        .service = SAGA_NONE,
        .node = SAGA_NONE,
    };
    return fault;
}

static void strike_attempt(struct scenario_fault *fault, uint8_t checkout, uint8_t call,
                           uint32_t attempt)
{
    fault->checkout = checkout + 1U;
    fault->call = call;
    fault->attempt_lo = attempt;
    fault->attempt_hi = attempt;
}

/* Of the choice's message, and of no other of the same attempt: at that instant. */
static struct scenario_fault *add_on(struct replay *replay, const struct explore_choice *choice,
                                     enum scenario_action action, uint64_t at_ns)
{
    struct scenario_fault *fault = add(replay, SCENARIO_ON, action);
    if (fault != NULL) {
        strike_attempt(fault, choice->checkout, choice->call, choice->attempt);
        fault->from_ns = at_ns;
        fault->to_ns = at_ns + 1;
    }
    return fault;
}

static struct scenario_fault *add_message(struct replay *replay,
                                          const struct explore_choice *choice,
                                          enum scenario_action action, uint64_t sent_ns)
{
    struct scenario_fault *fault = add_on(replay, choice, action, sent_ns);
    if (fault != NULL) {
        fault->leg = (enum scenario_leg)choice->leg;
    }
    return fault;
}

static uint8_t node_of(const struct replay *replay, const struct explore_choice *choice)
{
    return replay->scenario->nodes_len > 1 ? choice->checkout : 0;
}

static uint64_t length_of(const struct explore_choice *choice)
{
    return choice->span_ns > 0 ? choice->span_ns : REPLAY_APART_NS;
}

static bool place_reply(struct replay *replay, const struct explore_choice *choice, uint64_t at_ns,
                        bool rejects)
{
    struct scenario_fault *fault = add_on(replay, choice, SCENARIO_REPLY, at_ns);
    if (fault != NULL) {
        fault->answer = rejects ? SAGA_ANSWER_REJECTED : SAGA_ANSWER_UNAVAILABLE;
        memcpy(fault->code, rejection, rejects ? strlen(rejection) : 0);
    }
    return fault != NULL;
}

/* Of the whole service where no other checkout is there to notice; else of each of its calls. It
 * ends at an instant that counts from when its first request was sent. */
static bool place_outage(struct replay *replay, const struct explore_choice *choice, uint64_t at_ns)
{
    uint32_t i = (uint32_t)(choice - replay->violation->path);
    uint64_t sent_ns = replay_sent_ns(replay, i);
    const struct saga_plan *plan = &replay->scenario->plan;
    uint8_t service = saga_call_service(plan, choice->call);
    bool is_alone = replay->scenario->checkouts.count == 1;
    struct scenario_fault *fault = NULL;
    for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
        if (!saga_plan_has_call(plan, call) || saga_call_service(plan, call) != service ||
            (is_alone && fault != NULL)) {
            continue;
        }
        fault = is_alone ? add(replay, SCENARIO_DURING, SCENARIO_UNAVAILABLE)
                         : add(replay, SCENARIO_ON, SCENARIO_REPLY);
        if (fault == NULL) {
            return false;
        }
        fault->from_ns = at_ns;
        fault->to_ns = (sent_ns < at_ns ? sent_ns : at_ns) + choice->span_ns;
        if (is_alone) {
            fault->service = service;
        } else {
            fault->checkout = choice->checkout + 1U;
            fault->call = call;
            fault->answer = SAGA_ANSWER_UNAVAILABLE;
        }
    }
    return fault != NULL;
}

static bool place_at_commit(struct replay *replay, const struct explore_choice *choice,
                            enum scenario_trigger trigger)
{
    struct scenario_fault *fault = add(replay, trigger, SCENARIO_CRASH);
    if (fault != NULL) {
        strike_attempt(fault, choice->checkout, choice->call, choice->attempt);
        fault->node = node_of(replay, choice);
        fault->span_ns = length_of(choice);
    }
    return fault != NULL;
}

static bool place_store(struct replay *replay, const struct explore_choice *choice, uint64_t at_ns,
                        enum scenario_store store)
{
    struct scenario_fault *fault = add_on(replay, choice, SCENARIO_STORE, at_ns);
    if (fault != NULL) {
        fault->store = (uint8_t)store;
    }
    return fault != NULL;
}

static struct scenario_fault *add_at(struct replay *replay, const struct explore_choice *choice,
                                     enum scenario_action action, uint64_t at_ns)
{
    struct scenario_fault *fault = add(replay, SCENARIO_AT, action);
    if (fault != NULL) {
        fault->from_ns = at_ns;
        fault->node = node_of(replay, choice);
    }
    return fault;
}

static bool place_node(struct replay *replay, const struct explore_choice *choice, uint64_t at_ns)
{
    bool leaps = choice->kind == EXPLORE_LEAP;
    enum scenario_action action = choice->kind == EXPLORE_PAUSE ? SCENARIO_PAUSE : SCENARIO_CRASH;
    struct scenario_fault *fault = add_at(replay, choice, action, at_ns);
    if (fault == NULL) {
        return false;
    }
    fault->span_ns = leaps ? REPLAY_APART_NS : length_of(choice);
    /* The clock leaps while the node is down: it learns of it when it starts. */
    struct scenario_fault *jump = leaps ? add_at(replay, choice, SCENARIO_JUMP, at_ns) : NULL;
    if (jump != NULL) {
        jump->jump_ns = (int64_t)choice->span_ns;
    }
    return !leaps || jump != NULL;
}

static bool place_people(struct replay *replay, const struct explore_choice *choice,
                         enum scenario_action action, uint64_t at_ns)
{
    struct scenario_fault *fault = add_at(replay, choice, action, at_ns);
    if (fault != NULL) {
        fault->node = SAGA_NONE;
        fault->checkout = choice->checkout + 1U;
        fault->target = action == SCENARIO_CANCEL ? SAGA_NONE : choice->call;
    }
    return fault != NULL;
}

/* The service drops what it last acquired for this checkout. */
static bool place_lapse(struct replay *replay, const struct explore_choice *choice, uint64_t at_ns)
{
    const struct replay_log *log = &replay->log;
    for (uint32_t i = log->acquired_len; i > 0; i--) {
        const struct replay_acquired *acquired = &log->acquired[i - 1];
        if (acquired->checkout == choice->checkout && acquired->service == choice->call &&
            acquired->time_ns < at_ns) {
            struct explore_choice call = {.checkout = acquired->checkout,
                                          .call = acquired->call,
                                          .attempt = acquired->attempt};
            struct scenario_fault *fault =
                add_on(replay, &call, SCENARIO_EXPIRE_HOLD, acquired->time_ns);
            if (fault != NULL) {
                fault->span_ns = at_ns - acquired->time_ns;
            }
            return fault != NULL;
        }
    }
    return false;
}

/* It arrives, or its copy does, when a later choice of the path says so. */
static bool place_late(struct replay *replay, const struct explore_choice *choice, uint64_t sent_ns)
{
    bool doubles = choice->kind == EXPLORE_DUPLICATE;
    struct scenario_fault *fault =
        add_message(replay, choice, doubles ? SCENARIO_DUPLICATE : SCENARIO_DELAY, sent_ns);
    if (fault != NULL) {
        fault->span_ns = replay->later_ns - sent_ns;
        fault->count = doubles ? 1 : 0;
    }
    return fault != NULL;
}

static bool place(struct replay *replay, const struct explore_choice *choice, uint64_t at_ns)
{
    switch ((enum explore_choice_kind)choice->kind) {
    case EXPLORE_SERVE: /* by a service that is silent */
    case EXPLORE_LOSE:
    case EXPLORE_SILENCE:
        return add_message(replay, choice, SCENARIO_LOSE, at_ns) != NULL;
    case EXPLORE_DELAY:
    case EXPLORE_DUPLICATE:
        return place_late(replay, choice, at_ns);
    case EXPLORE_REJECT:
    case EXPLORE_REFUSE:
        return place_reply(replay, choice, at_ns, choice->kind == EXPLORE_REJECT);
    case EXPLORE_FAIL_AFTER:
        return add_on(replay, choice, SCENARIO_FAIL_AFTER_EFFECT, at_ns) != NULL;
    case EXPLORE_OUTAGE:
        return place_outage(replay, choice, at_ns);
    case EXPLORE_CRASH_BEFORE_COMMIT:
        return place_at_commit(replay, choice, SCENARIO_BEFORE_COMMIT);
    case EXPLORE_CRASH_BEFORE_DISPATCH:
        return place_at_commit(replay, choice, SCENARIO_BEFORE_DISPATCH);
    case EXPLORE_STORE_AMBIGUOUS:
        return place_store(replay, choice, at_ns, SCENARIO_STORE_AMBIGUOUS);
    case EXPLORE_STORE_FAILED:
        return place_store(replay, choice, at_ns, SCENARIO_STORE_FAILED);
    case EXPLORE_STORE_CONFLICT:
        return place_store(replay, choice, at_ns, SCENARIO_STORE_CONFLICT);
    case EXPLORE_CRASH:
    case EXPLORE_PAUSE:
    case EXPLORE_LEAP:
        return place_node(replay, choice, at_ns);
    case EXPLORE_CANCEL:
        return place_people(replay, choice, SCENARIO_CANCEL, at_ns);
    case EXPLORE_RETRY:
        return place_people(replay, choice, SCENARIO_RETRY, at_ns);
    case EXPLORE_RESOLVE:
        return place_people(replay, choice, SCENARIO_RESOLVE, at_ns);
    case EXPLORE_EARLY_LAPSE:
        return place_lapse(replay, choice, at_ns);
    case EXPLORE_HEAR:
    case EXPLORE_VANISH:
    case EXPLORE_TICK:
    case EXPLORE_RESTART:
    case EXPLORE_RESUME:
    case EXPLORE_LAPSE:
    case EXPLORE_PASS:
    case EXPLORE_CHOICES_LEN:
        break;
    }
    return false;
}

bool replay_place(struct replay *replay, uint32_t i, uint64_t at_ns)
{
    uint32_t before = replay->scenario->faults_len;
    if (!place(replay, &replay->violation->path[i], at_ns)) {
        replay->scenario->faults_len = before;
        return false;
    }
    replay->choices[i].fault = (uint16_t)(before + 1);
    return true;
}

bool replay_is_of(const struct explore_choice *choice, uint8_t leg, uint8_t checkout, uint8_t call,
                  uint32_t attempt)
{
    return choice->leg == leg && choice->checkout == checkout && choice->call == call &&
           choice->attempt == attempt;
}

/* Whether the choice is the end of a prompt message: taken, lost, or made a late one. */
static bool ends_prompt(const struct explore_choice *choice)
{
    bool is_message = choice->kind == EXPLORE_SERVE || choice->kind == EXPLORE_HEAR ||
                      choice->kind == EXPLORE_VANISH ||
                      (choice->kind >= EXPLORE_LOSE && choice->kind <= EXPLORE_STORE_CONFLICT);
    return is_message && choice->kind != EXPLORE_DUPLICATE && !choice->is_late;
}

uint64_t replay_sent_ns(const struct replay *replay, uint32_t i)
{
    const struct replay_log *log = &replay->log;
    const struct explore_choice *path = replay->violation->path;
    uint32_t ended = 0; /* of the same attempt, before this one */
    for (uint32_t k = 0; k < i; k++) {
        ended += ends_prompt(&path[k]) && replay_is_of(&path[k], path[i].leg, path[i].checkout,
                                                       path[i].call, path[i].attempt);
    }
    for (uint32_t k = 0; k < log->sends_len; k++) {
        const struct replay_send *send = &log->sends[k];
        if (replay_is_of(&path[i], send->leg, send->checkout, send->call, send->attempt) &&
            ended-- == 0) {
            return send->time_ns;
        }
    }
    return SAGA_NEVER;
}

/* Whether the fault is this action on the message of that leg, and attempt, sent at that time. */
static bool strikes(const struct scenario_fault *fault, enum scenario_action action,
                    const struct replay_send *send)
{
    return fault->trigger == SCENARIO_ON && fault->action == action && fault->leg == send->leg &&
           fault->call == send->call && fault->checkout == send->checkout + 1U &&
           fault->attempt_lo == send->attempt && fault->from_ns == send->time_ns;
}

static uint32_t find_fault(const struct replay *replay, enum scenario_action action,
                           const struct replay_send *send)
{
    uint32_t i = 0;
    while (i < replay->scenario->faults_len &&
           !strikes(&replay->scenario->faults[i], action, send)) {
        i++;
    }
    return i < replay->scenario->faults_len ? i : (uint32_t)REPLAY_NO_FAULT;
}

static uint64_t delay_of(const struct replay *replay, const struct replay_send *send)
{
    uint32_t i = find_fault(replay, SCENARIO_DELAY, send);
    return i == REPLAY_NO_FAULT ? 0 : replay->scenario->faults[i].span_ns;
}

/* Its copies arrive so long after it; SAGA_NEVER: it has none. */
static uint64_t copied_after(const struct replay *replay, const struct replay_send *send)
{
    uint32_t i = find_fault(replay, SCENARIO_DUPLICATE, send);
    return i == REPLAY_NO_FAULT ? SAGA_NEVER : replay->scenario->faults[i].span_ns;
}

bool replay_time_late(struct replay *replay, uint32_t i, uint64_t at_ns)
{
    const struct explore_choice *path = replay->violation->path;
    const struct explore_choice *late = &path[i];
    uint32_t skipped = 0; /* late ones of the same message that were taken before */
    for (uint32_t k = 0; k < i; k++) {
        skipped += path[k].is_late &&
                   replay_is_of(&path[k], late->leg, late->checkout, late->call, late->attempt);
    }
    for (uint32_t k = 0; k < i; k++) {
        bool makes_late = path[k].kind == EXPLORE_DELAY || path[k].kind == EXPLORE_DUPLICATE;
        if (!makes_late || replay->choices[k].fault == 0 ||
            !replay_is_of(&path[k], late->leg, late->checkout, late->call, late->attempt)) {
            continue;
        }
        if (skipped-- > 0) {
            continue;
        }
        struct scenario_fault *fault = &replay->scenario->faults[replay->choices[k].fault - 1U];
        uint64_t from_ns = fault->from_ns;
        if (fault->action == SCENARIO_DUPLICATE) {
            struct replay_send send = {.time_ns = fault->from_ns,
                                       .attempt = late->attempt,
                                       .leg = late->leg,
                                       .checkout = late->checkout,
                                       .call = late->call};
            from_ns += delay_of(replay, &send);
        }
        fault->span_ns = at_ns > from_ns ? at_ns - from_ns : 1;
        replay->choices[i].is_timed = true;
        return true;
    }
    return false;
}

/* The sending that this event is the end of: the last one that would have arrived then, or before.
 */
static const struct replay_send *find_send(const struct replay *replay,
                                           const struct replay_event *event, bool *is_copy)
{
    const struct replay_log *log = &replay->log;
    const struct replay_send *found = NULL;
    uint8_t leg = event->kind == REPLAY_SERVED ? SCENARIO_REQUEST_LEG : SCENARIO_REPLY_LEG;
    *is_copy = false;
    for (uint32_t i = 0; i < log->sends_len && log->sends[i].time_ns <= event->time_ns; i++) {
        const struct replay_send *send = &log->sends[i];
        if (send->leg != leg || send->checkout != event->checkout || send->call != event->call ||
            send->attempt != event->attempt) {
            continue;
        }
        uint64_t arrives_ns = send->time_ns + delay_of(replay, send);
        uint64_t after_ns = copied_after(replay, send);
        if (arrives_ns <= event->time_ns) {
            found = send;
            *is_copy = false;
        }
        if (after_ns != SAGA_NEVER && arrives_ns + after_ns == event->time_ns) {
            *is_copy = true;
            return send;
        }
    }
    return found;
}

bool replay_hold_back(struct replay *replay, const struct replay_event *event, uint64_t until_ns)
{
    bool is_copy = false;
    const struct replay_send *send = find_send(replay, event, &is_copy);
    if (send == NULL) {
        return false;
    }
    uint32_t i = find_fault(replay, is_copy ? SCENARIO_DUPLICATE : SCENARIO_DELAY, send);
    if (is_copy) {
        uint64_t arrives_ns = send->time_ns + delay_of(replay, send);
        replay->scenario->faults[i].span_ns = until_ns - arrives_ns;
        return true;
    }
    struct scenario_fault *fault = NULL;
    if (i != REPLAY_NO_FAULT) {
        fault = &replay->scenario->faults[i];
    } else {
        struct explore_choice message = {.checkout = send->checkout,
                                         .call = send->call,
                                         .attempt = send->attempt,
                                         .leg = send->leg};
        fault = add_message(replay, &message, SCENARIO_DELAY, send->time_ns);
    }
    if (fault != NULL) {
        fault->span_ns = until_ns - send->time_ns;
    }
    return fault != NULL;
}
