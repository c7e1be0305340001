/* What must hold of the ledger, whoever called. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/check/account.h"
#include "sim/sandbox/ledger.h"
#include "sim/world/draw.h"

#define X(id, sentence) [id] = sentence,
static const char *const misfits[] = {LEDGER_MISFITS(X)};
#undef X

enum {
    OUTCOMES = 1 << SAGA_COMPLETION | 1 << SAGA_FAILURE | 1 << SAGA_EXPIRY,
    FAILURES = 1 << SAGA_FAILURE | 1 << SAGA_EXPIRY
};

struct checking {
    const struct ledger *ledger;
    const struct saga_plan *plan;
    json_t *problems;
    uint64_t problems_len;
    bool no_memory;
};

__attribute__((format(printf, 3, 4))) static void complain(struct checking *checking,
                                                           const char *id, const char *format, ...)
{
    char what[2 * CHECK_ACCOUNT_TEXT_SIZE];
    va_list args;
    checking->problems_len++;
    if (checking->problems_len > LEDGER_PROBLEMS_MAX) {
        return;
    }
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    checking->no_memory |=
        json_array_append_new(checking->problems,
                              json_pack("{s:s?, s:s}", "checkout", id, "what", what)) != 0;
}

static void check_pools(struct checking *checking)
{
    for (uint8_t i = 0; i < checking->plan->services_len; i++) {
        const struct sim_pool *pool = &checking->ledger->services.books.pools[i];
        char text[CHECK_ACCOUNT_TEXT_SIZE];
        if (!check_pool_is_whole(pool)) {
            check_pool_describe(pool, text);
            complain(checking, NULL, "%s: %s", checking->plan->services[i].name, text);
        }
    }
}

static void check_money(struct checking *checking, const char *id,
                        const struct sim_account *account, const char *service)
{
    char text[CHECK_ACCOUNT_TEXT_SIZE];
    if (check_account_describe_money(account, service, text)) {
        complain(checking, id, "%s", text);
    }
    if (check_account_describe_captures(account, service, text)) {
        complain(checking, id, "%s", text);
    }
}

/* What the account holds once the step has succeeded. */
static void add_effect(struct sim_account *due, enum saga_effect effect, int64_t amount)
{
    due->opened += effect == SAGA_EFFECT_OPEN;
    due->confirmed += effect == SAGA_EFFECT_CONFIRM;
    due->held += (effect == SAGA_EFFECT_ACQUIRE) - (effect == SAGA_EFFECT_COMMIT);
    due->committed += effect == SAGA_EFFECT_COMMIT;
    due->authorized += effect == SAGA_EFFECT_AUTHORIZE ? amount : 0;
    due->captured += effect == SAGA_EFFECT_CAPTURE ? amount : 0;
    due->captures += effect == SAGA_EFFECT_CAPTURE;
}

/* A completed checkout: every step that was asked for has had its effect, once, and none is undone.
 */
static void check_completed(struct checking *checking, const struct ledger_checkout *c,
                            uint32_t number)
{
    struct sim_account due[SAGA_SERVICES_MAX];
    memset(due, 0, sizeof(due));
    for (uint8_t i = 0; i < checking->plan->steps_len; i++) {
        const struct saga_step *step = &checking->plan->steps[i];
        if (step->when == SAGA_NONE || (c->flags >> step->when & 1) != 0) {
            add_effect(&due[step->service], (enum saga_effect)step->effect,
                       draw_amount(checking->ledger->seed, number));
        }
    }
    for (uint8_t i = 0; i < checking->plan->services_len; i++) {
        const struct sim_account *account =
            sim_books_account(&checking->ledger->services.books, number, i);
        if (memcmp(account, &due[i], sizeof(*account)) != 0) {
            complain(checking, c->id, "completed, and %s does not hold what it should",
                     checking->plan->services[i].name);
        }
    }
}

/* A compensated one: nothing is left of it anywhere. */
static void check_compensated(struct checking *checking, const struct ledger_checkout *c,
                              uint32_t number)
{
    for (uint8_t i = 0; i < checking->plan->services_len; i++) {
        char rest[CHECK_ACCOUNT_TEXT_SIZE];
        if (check_account_describe_rest(
                sim_books_account(&checking->ledger->services.books, number, i), rest)) {
            complain(checking, c->id, "compensated, and at %s there is %s",
                     checking->plan->services[i].name, rest);
        }
    }
}

/* Whether the event may stand behind those told so far; bit i: enum saga_domain_event_kind i. */
static bool follows(unsigned told, const struct ledger_event *event)
{
    switch ((enum saga_domain_event_kind)event->kind) {
    case SAGA_STARTED:
        return told == 0;
    case SAGA_STEP_SUCCEEDED:
    case SAGA_COMPLETION:
    case SAGA_FAILURE:
    case SAGA_EXPIRY:
        return (told & 1 << SAGA_STARTED) != 0 && (told & OUTCOMES) == 0;
    case SAGA_UNDO_ACKNOWLEDGED:
        return (told & FAILURES) != 0;
    case SAGA_STALL:
    case SAGA_COMPENSATION:
        return (told & FAILURES) != 0 && (told & 1U << event->kind) == 0;
    }
    return true; /* of another plan */
}

static bool is_again(const struct ledger_checkout *c, uint32_t sequence)
{
    uint32_t i = 0;
    while (memcmp(&c->events[i], &c->events[sequence], sizeof(c->events[i])) != 0) {
        i++;
    }
    return i < sequence;
}

static void check_events(struct checking *checking, const struct ledger_checkout *c)
{
    unsigned told = 0;
    if (c->misfit != LEDGER_FITS) {
        complain(checking, c->id, "event %" PRIu32 " %s", c->misfit_sequence, misfits[c->misfit]);
    }
    for (uint32_t i = 0; i < c->events_len; i++) {
        const struct ledger_event *event = &c->events[i];
        if (event->kind == LEDGER_EVENT_MISSING) {
            complain(checking, c->id, "event %" PRIu32 " is missing", i);
            return;
        }
        if (event->kind == LEDGER_EVENT_OTHER) {
            continue;
        }
        struct saga_domain_event domain = {.kind = event->kind, .index = event->index};
        if (!follows(told, event) || is_again(c, i)) {
            complain(checking, c->id, "event %" PRIu32 ", %s, does not follow from those before it",
                     i, saga_domain_event_name(checking->plan, &domain));
            return;
        }
        told |= 1U << event->kind;
    }
}

static void check_checkout(struct checking *checking, uint32_t number, uint64_t ends[3])
{
    const struct ledger_checkout *c = &checking->ledger->checkouts[number - 1];
    struct node_progress progress = ledger_progress(checking->ledger, number);
    bool is_completed = progress.closed == 1 && progress.status == SAGA_STATUS_COMPLETED;
    ends[progress.closed == 0 ? 0 : is_completed ? 1 : 2]++;
    for (uint8_t i = 0; i < checking->plan->services_len; i++) {
        check_money(checking, c->id,
                    sim_books_account(&checking->ledger->services.books, number, i),
                    checking->plan->services[i].name);
    }
    if (is_completed) {
        check_completed(checking, c, number);
    } else if (progress.closed == 1) {
        check_compensated(checking, c, number);
    }
    check_events(checking, c);
    if (c->notices_len > 1) {
        complain(checking, c->id, "the buyer was notified %" PRIu32 " times", c->notices_len);
    }
}

json_t *ledger_check(const struct ledger *ledger, bool *balanced)
{
    uint64_t ends[3] = {0};
    struct checking checking = {
        .ledger = ledger, .plan = &ledger->scenario->plan, .problems = json_array()};
    check_pools(&checking);
    for (uint32_t number = 1; number <= ledger->scenario->checkouts.count; number++) {
        if (ledger->checkouts[number - 1].id[0] != '\0') {
            check_checkout(&checking, number, ends);
        }
    }
    *balanced = checking.problems_len == 0;
    if (checking.no_memory) {
        json_decref(checking.problems);
        return NULL;
    }
    return json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:o}", "balanced", (int)*balanced, "checkouts",
                     (json_int_t)ledger->known, "completed", (json_int_t)ends[1], "compensated",
                     (json_int_t)ends[2], "open", (json_int_t)ends[0], "problems_len",
                     (json_int_t)checking.problems_len, "problems", checking.problems);
}
