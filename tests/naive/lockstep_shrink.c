/* Shrinking: take away, then make plain, again and again until nothing more can go. */
#include <string.h>

#include "tests/naive/lockstep.h"

/* Takes the candidate if it still differs, and cuts off what comes after the difference. */
static bool adopt(struct lockstep_case *sequence, const struct lockstep_case *candidate,
                  lockstep_tamper *tamper)
{
    size_t at = lockstep_play(candidate, tamper);
    if (at == candidate->len) {
        return false;
    }
    *sequence = *candidate;
    sequence->len = at + 1;
    return true;
}

/* Without an event its call may have been sent less often: later answers may need renumbering. */
static void renumber(struct lockstep_case *sequence, size_t from, uint8_t call)
{
    for (size_t i = from; i < sequence->len; i++) {
        struct saga_event *event = &sequence->events[i].event;
        if (event->kind == SAGA_REPLY && event->call == call && event->attempt > 1) {
            event->attempt--;
        }
    }
}

static bool try_without(struct lockstep_case *sequence, size_t at, size_t count,
                        lockstep_tamper *tamper)
{
    struct lockstep_case candidate = *sequence;
    memmove(&candidate.events[at], &candidate.events[at + count],
            (candidate.len - at - count) * sizeof(candidate.events[0]));
    candidate.len -= count;
    if (adopt(sequence, &candidate, tamper)) {
        return true;
    }
    for (uint8_t call = 0; count <= 2 && call < SAGA_CALLS_MAX; call++) {
        struct lockstep_case renumbered = candidate;
        renumber(&renumbered, at, call);
        if (adopt(sequence, &renumbered, tamper)) {
            return true;
        }
    }
    return false;
}

/* Delta debugging (Zeller, Hildebrandt 2002): big pieces first. */
static bool remove_events(struct lockstep_case *sequence, lockstep_tamper *tamper)
{
    bool shrunk = false;
    for (size_t count = sequence->len; count > 0; count /= 2) {
        for (size_t at = 0; at + count <= sequence->len;) {
            if (try_without(sequence, at, count, tamper)) {
                shrunk = true;
            } else {
                at++;
            }
        }
    }
    return shrunk;
}

/* Everything from this event on happens that much earlier. */
static bool try_earlier(struct lockstep_case *sequence, size_t from, uint64_t by_ns, bool alone,
                        lockstep_tamper *tamper)
{
    struct lockstep_case candidate = *sequence;
    size_t to = alone ? from + 1 : candidate.len;
    for (size_t i = from; i < to; i++) {
        uint64_t *now_ns = &candidate.events[i].event.now_ns;
        if (*now_ns == SAGA_NEVER && by_ns != SAGA_NEVER) {
            continue;
        }
        *now_ns = *now_ns > by_ns ? *now_ns - by_ns : 0;
    }
    return by_ns != 0 && adopt(sequence, &candidate, tamper);
}

static bool shrink_times(struct lockstep_case *sequence, lockstep_tamper *tamper)
{
    bool shrunk = false;
    for (size_t i = 0; i < sequence->len; i++) {
        uint64_t before_ns = i == 0 ? 0 : sequence->events[i - 1].event.now_ns;
        for (int halvings = 0; halvings < 64 && i < sequence->len; halvings++) {
            uint64_t now_ns = sequence->events[i].event.now_ns;
            if (now_ns <= before_ns) {
                break;
            }
            uint64_t by_ns = (now_ns - before_ns) >> halvings;
            if (by_ns == 0) {
                break;
            }
            if (try_earlier(sequence, i, by_ns, false, tamper) ||
                (i < sequence->len && try_earlier(sequence, i, by_ns, true, tamper))) {
                shrunk = true;
            }
        }
    }
    return shrunk;
}

enum plainer {
    PLAIN_PLAN,
    PLAIN_TICK,
    PLAIN_CANCEL,
    PLAIN_CODE,
    PLAIN_FLAGS,
    PLAIN_ATTEMPT,
    PLAINER_COUNT
};

/* Whether there was anything to make plainer. */
static bool make_plainer(struct lockstep_event *event, enum plainer what)
{
    struct lockstep_event before = *event;
    struct saga_event *e = &event->event;
    switch (what) {
    case PLAIN_PLAN:
        event->other_plan = false;
        break;
    case PLAIN_TICK:
        if (e->kind != SAGA_START && e->kind != SAGA_TICK) {
            *e = (struct saga_event){.now_ns = e->now_ns, .kind = SAGA_TICK};
        }
        break;
    case PLAIN_CANCEL: /* the shortest way to compensation */
        if (e->kind != SAGA_START && e->kind != SAGA_TICK) {
            *e = (struct saga_event){.now_ns = e->now_ns, .kind = SAGA_CANCEL};
        }
        break;
    case PLAIN_CODE:
        if (e->kind != SAGA_START) {
            memset(e->code, 0, sizeof(e->code));
        }
        break;
    case PLAIN_FLAGS:
        if (e->kind == SAGA_START) {
            e->start.flags = 0;
        }
        break;
    case PLAIN_ATTEMPT:
        e->attempt = e->attempt > 1 ? 1 : e->attempt;
        break;
    case PLAINER_COUNT:
        break;
    }
    return memcmp(&before, event, sizeof(before)) != 0;
}

static bool simplify(struct lockstep_case *sequence, lockstep_tamper *tamper)
{
    bool shrunk = false;
    for (int what = 0; what < PLAINER_COUNT; what++) {
        for (size_t i = 0; i < sequence->len; i++) {
            struct lockstep_case candidate = *sequence;
            if (make_plainer(&candidate.events[i], (enum plainer)what)) {
                shrunk = adopt(sequence, &candidate, tamper) || shrunk;
            }
        }
    }
    return shrunk;
}

void lockstep_shrink(struct lockstep_case *sequence, lockstep_tamper *tamper)
{
    struct lockstep_case whole = *sequence;
    if (!adopt(sequence, &whole, tamper)) {
        return; /* they agree: there is nothing to shrink to */
    }
    for (int round = 0; round < 10; round++) { /* enough: each round tries everything */
        bool shrunk = remove_events(sequence, tamper);
        shrunk = simplify(sequence, tamper) || shrunk;
        shrunk = shrink_times(sequence, tamper) || shrunk;
        if (!shrunk) {
            return;
        }
    }
}
