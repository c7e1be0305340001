#include <string.h>

#include "sim/replay/state.h"

/* What of a run shows that a choice was taken; REPLAY_NOTHING: it shows in no event. */
static enum replay_event_kind event_of(enum explore_choice_kind kind)
{
    switch (kind) {
    case EXPLORE_SERVE:
    case EXPLORE_REJECT:
    case EXPLORE_REFUSE:
    case EXPLORE_FAIL_AFTER:
    case EXPLORE_OUTAGE:
        return REPLAY_SERVED;
    case EXPLORE_HEAR:
    case EXPLORE_CRASH_BEFORE_COMMIT:
    case EXPLORE_CRASH_BEFORE_DISPATCH:
    case EXPLORE_STORE_AMBIGUOUS:
    case EXPLORE_STORE_FAILED:
    case EXPLORE_STORE_CONFLICT:
        return REPLAY_HEARD;
    case EXPLORE_VANISH:
        return REPLAY_VANISHED;
    case EXPLORE_TICK:
        return REPLAY_TICKED;
    case EXPLORE_RESTART:
        return REPLAY_RESTARTED;
    case EXPLORE_RESUME:
        return REPLAY_RESUMED;
    case EXPLORE_LAPSE:
    case EXPLORE_EARLY_LAPSE:
        return REPLAY_LAPSED;
    case EXPLORE_CRASH:
    case EXPLORE_LEAP:
        return REPLAY_CRASHED;
    case EXPLORE_PAUSE:
        return REPLAY_PAUSED;
    case EXPLORE_CANCEL:
        return REPLAY_CANCELLED;
    case EXPLORE_RETRY:
    case EXPLORE_RESOLVE:
        return REPLAY_OPERATED;
    case EXPLORE_PASS:
    case EXPLORE_LOSE:
    case EXPLORE_DELAY:
    case EXPLORE_DUPLICATE:
    case EXPLORE_SILENCE:
    case EXPLORE_CHOICES_LEN:
        break;
    }
    return REPLAY_NOTHING;
}

static bool is_of_node(enum replay_event_kind kind)
{
    return kind == REPLAY_RESTARTED || kind == REPLAY_RESUMED || kind == REPLAY_CRASHED ||
           kind == REPLAY_PAUSED;
}

/* Whether the event shows that the choice was taken. */
static bool shows(const struct replay *replay, const struct replay_event *event,
                  const struct explore_choice *choice)
{
    enum replay_event_kind kind = (enum replay_event_kind)event->kind;
    if (kind != event_of((enum explore_choice_kind)choice->kind)) {
        return false;
    }
    if (replay_is_message(event)) {
        return replay_is_of(choice, choice->leg, event->checkout, event->call, event->attempt);
    }
    if (is_of_node(kind) && replay->scenario->nodes_len == 1) {
        return true;
    }
    bool names_call = kind == REPLAY_LAPSED || kind == REPLAY_OPERATED;
    return event->checkout == choice->checkout && (!names_call || event->call == choice->call);
}

/* What comes by itself at its time. */
static bool is_due(uint8_t kind)
{
    return kind == REPLAY_TICKED || kind == REPLAY_RESTARTED || kind == REPLAY_RESUMED ||
           kind == REPLAY_LAPSED;
}

/* Where the world is when the path's time has passed: at what is due there about then. */
static void pass(struct replay *replay, uint64_t span_ns)
{
    const uint64_t tolerance_max_ns = UINT64_C(1000000000);
    uint64_t expected_ns = replay->base_ns + span_ns;
    uint64_t tolerance_ns = span_ns / 2 < tolerance_max_ns ? span_ns / 2 : tolerance_max_ns;
    replay->path_ns += span_ns;
    replay->base_ns = expected_ns;
    replay->is_fresh = true;
    for (uint32_t i = 0; i < replay->log.events_len; i++) {
        const struct replay_event *event = &replay->log.events[i];
        if (!event->is_matched && is_due(event->kind) && event->time_ns > replay->now_ns &&
            event->time_ns + tolerance_ns >= expected_ns &&
            event->time_ns <= expected_ns + tolerance_ns) {
            replay->base_ns = event->time_ns;
            return;
        }
    }
}

/* What of that which is due at this instant comes next on the path; REPLAY_NOTHING. */
static enum replay_event_kind due_after(const struct replay *replay, uint32_t i)
{
    const struct explore_violation *violation = replay->violation;
    for (uint32_t k = i + 1; k < violation->path_len; k++) {
        const struct explore_choice *choice = &violation->path[k];
        enum replay_event_kind kind = event_of((enum explore_choice_kind)choice->kind);
        if (choice->kind == EXPLORE_PASS) {
            break;
        }
        if (is_due((uint8_t)kind) && choice->kind != EXPLORE_EARLY_LAPSE) {
            return kind;
        }
    }
    return REPLAY_NOTHING;
}

/* When something that is done at will happens: after all that was, before all that will be. */
static uint64_t next_ns(const struct replay *replay)
{
    return replay->is_fresh ? replay->base_ns : replay->now_ns + REPLAY_APART_NS;
}

/* The same of a late message. At one instant the world hears before it ticks, and has restarted
 * and lapsed before it hears. */
static uint64_t next_late_ns(const struct replay *replay, uint32_t i)
{
    enum replay_event_kind due = due_after(replay, i);
    if (replay->is_fresh) {
        bool must_precede = due != REPLAY_NOTHING && due != REPLAY_TICKED;
        return must_precede ? replay->base_ns - REPLAY_APART_NS : replay->base_ns;
    }
    return due == REPLAY_TICKED ? replay->now_ns : replay->now_ns + REPLAY_APART_NS;
}

/* Whether the choice takes the message that this event is the end of, whatever comes of it. */
static bool takes(const struct explore_choice *choice, const struct replay_event *event)
{
    enum replay_event_kind kind = event_of((enum explore_choice_kind)choice->kind);
    uint8_t leg = event->kind == REPLAY_SERVED ? SCENARIO_REQUEST_LEG : SCENARIO_REPLY_LEG;
    bool is_message = kind == REPLAY_SERVED || kind == REPLAY_HEARD || kind == REPLAY_VANISHED;
    return is_message && replay_is_of(choice, leg, event->checkout, event->call, event->attempt);
}

static bool is_to_come(const struct replay *replay, uint32_t i, const struct replay_event *event)
{
    for (uint32_t k = i + 1; k < replay->violation->path_len; k++) {
        if (takes(&replay->violation->path[k], event)) {
            return true;
        }
    }
    return false;
}

/* Sees to it that none of these events is a message: what the path takes later comes at `until_ns`,
 * and what it never takes after its end. Returns whether it held one back. */
static bool hold_back(struct replay *replay, uint32_t i, uint32_t end, uint64_t until_ns)
{
    for (uint32_t k = replay->cursor; k < end; k++) {
        const struct replay_event *event = &replay->log.events[k];
        if (!event->is_matched && replay_is_message(event) &&
            replay_hold_back(replay, event,
                             is_to_come(replay, i, event) ? until_ns : replay->later_ns)) {
            return true;
        }
    }
    return false;
}

/* What came of a choice. */
enum outcome { AGREES, CHANGED, IMPOSSIBLE };

/* Finds the event of choice i, and sees to it that no message comes before it which the path takes
 * later. */
static enum outcome match(struct replay *replay, uint32_t i, struct replay_event **matched)
{
    struct replay_log *log = &replay->log;
    uint32_t at = 0;
    while (at < log->events_len &&
           (log->events[at].is_matched ||
            !shows(replay, &log->events[at], &replay->violation->path[i]))) {
        at++;
    }
    if (at == log->events_len) {
        return IMPOSSIBLE;
    }
    if (hold_back(replay, i, at, log->events[at].time_ns + REPLAY_APART_NS)) {
        return CHANGED;
    }
    *matched = &log->events[at];
    return AGREES;
}

/* A crash of no length, which takes a little in the world. */
static bool restarts_at_once(const struct explore_choice *choice)
{
    bool crashes = choice->kind == EXPLORE_CRASH || choice->kind == EXPLORE_CRASH_BEFORE_COMMIT ||
                   choice->kind == EXPLORE_CRASH_BEFORE_DISPATCH;
    return choice->kind == EXPLORE_LEAP || (crashes && choice->span_ns == 0);
}

static void move_on(struct replay *replay, uint32_t i, struct replay_event *event)
{
    event->is_matched = true;
    uint32_t next = (uint32_t)(event - replay->log.events) + 1;
    replay->cursor = next > replay->cursor ? next : replay->cursor;
    replay->now_ns = event->time_ns > replay->now_ns ? event->time_ns : replay->now_ns;
    replay->now_ns += restarts_at_once(&replay->violation->path[i]) ? REPLAY_APART_NS : 0;
    replay->is_fresh = false;
}

static enum outcome place_once(struct replay *replay, uint32_t i, uint64_t at_ns)
{
    if (replay->choices[i].fault != 0) {
        return AGREES;
    }
    return at_ns != SAGA_NEVER && replay_place(replay, i, at_ns) ? CHANGED : IMPOSSIBLE;
}

/* Whether the event's service has served anything at this very instant: an outage that begins with
 * this request would strike that, too. */
static bool was_served_at(const struct replay *replay, const struct replay_event *event)
{
    const struct saga_plan *plan = &replay->scenario->plan;
    for (uint32_t i = 0; i < replay->log.events_len; i++) {
        const struct replay_event *other = &replay->log.events[i];
        if (other->is_matched && other->kind == REPLAY_SERVED && other->time_ns == event->time_ns &&
            saga_call_service(plan, other->call) == saga_call_service(plan, event->call)) {
            return true;
        }
    }
    return false;
}

/* The choice shows in one event, which a fault strikes. */
static enum outcome take_struck(struct replay *replay, uint32_t i)
{
    const struct explore_choice *choice = &replay->violation->path[i];
    struct replay_event *event = NULL;
    enum outcome outcome = match(replay, i, &event);
    if (outcome != AGREES) {
        return outcome;
    }
    if (choice->kind == EXPLORE_OUTAGE && replay->choices[i].fault == 0 &&
        was_served_at(replay, event) &&
        replay_hold_back(replay, event, event->time_ns + REPLAY_APART_NS)) {
        return CHANGED;
    }
    outcome = place_once(replay, i, event->time_ns);
    if (outcome == AGREES) {
        move_on(replay, i, event);
    }
    return outcome;
}

static enum outcome take_plain(struct replay *replay, uint32_t i)
{
    struct replay_event *event = NULL;
    enum outcome outcome = match(replay, i, &event);
    if (outcome == AGREES) {
        move_on(replay, i, event);
    }
    return outcome;
}

/* Something is done at will: it is placed in time, before what comes after it. */
static enum outcome take_action(struct replay *replay, uint32_t i)
{
    const struct replay_log *log = &replay->log;
    uint64_t at_ns = next_ns(replay);
    uint32_t end = replay->cursor;
    while (end < log->events_len && log->events[end].time_ns <= at_ns) {
        end++;
    }
    if (replay->choices[i].fault == 0 && hold_back(replay, i, end, at_ns + REPLAY_APART_NS)) {
        return CHANGED;
    }
    enum outcome outcome = place_once(replay, i, at_ns);
    return outcome == AGREES ? take_plain(replay, i) : outcome;
}

/* Whether the choice's service is silent for its checkout; a silence that begins does so here. */
static bool is_silent(struct replay *replay, const struct explore_choice *choice)
{
    bool is_request = choice->kind == EXPLORE_SERVE || choice->kind == EXPLORE_SILENCE;
    if (!is_request) {
        return false;
    }
    uint8_t service = saga_call_service(&replay->scenario->plan, choice->call);
    uint64_t *until_ns = &replay->silent_ns[choice->checkout][service];
    if (choice->kind == EXPLORE_SILENCE) {
        *until_ns = replay->path_ns + choice->span_ns;
    }
    return replay->path_ns < *until_ns;
}

static enum outcome take(struct replay *replay, uint32_t i)
{
    const struct explore_choice *choice = &replay->violation->path[i];
    if (is_silent(replay, choice)) {
        /* A late one never arrives: that is how it was delayed. */
        return choice->is_late ? AGREES : place_once(replay, i, replay_sent_ns(replay, i));
    }
    bool is_message = choice->kind == EXPLORE_SERVE || choice->kind == EXPLORE_VANISH ||
                      event_of((enum explore_choice_kind)choice->kind) == REPLAY_HEARD;
    if (is_message && choice->is_late && !replay->choices[i].is_timed) {
        return replay_time_late(replay, i, next_late_ns(replay, i)) ? CHANGED : IMPOSSIBLE;
    }
    switch ((enum explore_choice_kind)choice->kind) {
    case EXPLORE_SERVE:
    case EXPLORE_HEAR:
    case EXPLORE_VANISH:
    case EXPLORE_TICK:
    case EXPLORE_RESTART:
    case EXPLORE_RESUME:
    case EXPLORE_LAPSE:
        return take_plain(replay, i);
    case EXPLORE_LOSE:
    case EXPLORE_DELAY:
    case EXPLORE_DUPLICATE:
    case EXPLORE_SILENCE:
        return place_once(replay, i, replay_sent_ns(replay, i));
    case EXPLORE_REJECT:
    case EXPLORE_REFUSE:
    case EXPLORE_FAIL_AFTER:
    case EXPLORE_OUTAGE:
    case EXPLORE_CRASH_BEFORE_COMMIT:
    case EXPLORE_CRASH_BEFORE_DISPATCH:
    case EXPLORE_STORE_AMBIGUOUS:
    case EXPLORE_STORE_FAILED:
    case EXPLORE_STORE_CONFLICT:
        return take_struck(replay, i);
    case EXPLORE_CRASH:
    case EXPLORE_PAUSE:
    case EXPLORE_LEAP:
    case EXPLORE_CANCEL:
    case EXPLORE_RETRY:
    case EXPLORE_RESOLVE:
    case EXPLORE_EARLY_LAPSE:
        return take_action(replay, i);
    case EXPLORE_PASS:
    case EXPLORE_CHOICES_LEN:
        break;
    }
    return AGREES;
}

bool replay_mend(struct replay *replay)
{
    const struct explore_violation *violation = replay->violation;
    replay->path_ns = 0;
    replay->base_ns = 0;
    replay->now_ns = 0;
    replay->is_fresh = true;
    replay->cursor = 0;
    memset(replay->silent_ns, 0, sizeof(replay->silent_ns));
    for (uint32_t i = 0; i < violation->path_len; i++) {
        if (violation->path[i].kind == EXPLORE_PASS) {
            pass(replay, violation->path[i].span_ns);
        } else if (!replay->choices[i].is_impossible) {
            enum outcome outcome = take(replay, i);
            if (outcome == CHANGED) {
                return true;
            }
            replay->choices[i].is_impossible = outcome == IMPOSSIBLE;
        }
    }
    return false;
}
