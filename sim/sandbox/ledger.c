#include "sim/sandbox/ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "sim/world/draw.h"

static uint32_t slots_for(uint32_t count)
{
    uint32_t slots = 4;
    while (slots < count * 2) {
        slots *= 2;
    }
    return slots;
}

bool ledger_start(struct ledger *ledger, const struct scenario *scenario)
{
    uint32_t count = scenario->checkouts.count;
    *ledger = (struct ledger){.scenario = scenario,
                              .seed = saga_hash_mix(scenario->seed),
                              .next_free = 1,
                              .slots_len = slots_for(count)};
    ledger->checkouts = calloc(count, sizeof(*ledger->checkouts));
    ledger->slots = calloc(ledger->slots_len, sizeof(*ledger->slots));
    if (ledger->checkouts == NULL || ledger->slots == NULL ||
        !services_start(&ledger->services, scenario)) {
        ledger_free(ledger);
        return false;
    }
    return true;
}

void ledger_free(struct ledger *ledger)
{
    free(ledger->checkouts);
    free(ledger->slots);
    services_free(&ledger->services);
    ledger->checkouts = NULL;
    ledger->slots = NULL;
}

static struct ledger_checkout *checkout_of(const struct ledger *ledger, uint32_t number)
{
    assert(number >= 1 && number <= ledger->scenario->checkouts.count);
    return &ledger->checkouts[number - 1];
}

/* The slot of the id, or the empty one where it belongs. */
static uint32_t slot_of(const struct ledger *ledger, const char *id)
{
    uint64_t hash = saga_hash_mix(saga_hash_bytes(SAGA_HASH_SEED, id, strlen(id)));
    uint32_t mask = ledger->slots_len - 1;
    uint32_t slot = (uint32_t)hash & mask;
    while (ledger->slots[slot] != 0 &&
           strcmp(checkout_of(ledger, ledger->slots[slot])->id, id) != 0) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

uint32_t ledger_find(const struct ledger *ledger, const char *id)
{
    return ledger->slots[slot_of(ledger, id)];
}

/* N of `checkout-N`; 0: it is no such id, or the scenario has no such number. */
static uint32_t number_in(const char *id, uint32_t count)
{
    static const char prefix[] = "checkout-";
    uint32_t number = 0;
    if (strncmp(id, prefix, sizeof(prefix) - 1) != 0) {
        return 0;
    }
    const char *digits = id + sizeof(prefix) - 1;
    for (const char *p = digits; *p != '\0'; p++) {
        if (*p < '0' || *p > '9' || *digits == '0' || number > count / 10) {
            return 0;
        }
        number = number * 10 + (uint32_t)(*p - '0');
    }
    return number <= count ? number : 0;
}

uint32_t ledger_choose(struct ledger *ledger, const char *id)
{
    uint32_t count = ledger->scenario->checkouts.count;
    uint32_t number = number_in(id, count);
    if (number != 0 && checkout_of(ledger, number)->id[0] == '\0') {
        return number;
    }
    while (ledger->next_free <= count && checkout_of(ledger, ledger->next_free)->id[0] != '\0') {
        ledger->next_free++;
    }
    return ledger->next_free <= count ? ledger->next_free : 0;
}

bool ledger_remembers(const struct ledger *ledger, uint32_t number, uint8_t call, uint8_t epoch)
{
    return ledger->services.memories[number - 1].answers[call][epoch] != 0;
}

bool ledger_has_event(const struct ledger *ledger, uint32_t number, uint32_t sequence,
                      struct ledger_event event)
{
    const struct ledger_checkout *c = checkout_of(ledger, number);
    return sequence < c->events_len && c->events[sequence].kind == event.kind &&
           c->events[sequence].index == event.index;
}

bool ledger_has_notice(const struct ledger *ledger, uint32_t number, uint64_t key)
{
    const struct ledger_checkout *c = checkout_of(ledger, number);
    for (uint32_t i = 0; i < c->notices_len && i < LEDGER_NOTICES_MAX; i++) {
        if (c->notices[i] == key) {
            return true;
        }
    }
    return false;
}

static bool allows_call(const struct ledger *ledger, const struct journal_record *record)
{
    return record->call < SAGA_CALLS_MAX &&
           saga_plan_has_call(&ledger->scenario->plan, record->call) && record->epoch <= 1 &&
           record->answer <= SAGA_ANSWER_UNAVAILABLE &&
           record->code < SIM_CODES_LEN + ledger->scenario->faults_len;
}

bool ledger_allows(const struct ledger *ledger, const struct journal_record *record)
{
    if (record->number < 1 || record->number > ledger->scenario->checkouts.count) {
        return false;
    }
    bool is_known = checkout_of(ledger, record->number)->id[0] != '\0';
    switch ((enum journal_kind)record->kind) {
    case JOURNAL_HEARD:
        return !is_known && record->id[0] != '\0' && ledger_find(ledger, record->id) == 0;
    case JOURNAL_CALL:
    case JOURNAL_LAPSE:
        return is_known && allows_call(ledger, record);
    case JOURNAL_EVENT:
    case JOURNAL_NOTICE:
        return is_known;
    }
    return false;
}

static void apply_heard(struct ledger *ledger, const struct journal_record *record)
{
    uint32_t slot = slot_of(ledger, record->id);
    assert(ledger->slots[slot] == 0);
    ledger->slots[slot] = record->number;
    memcpy(checkout_of(ledger, record->number)->id, record->id, sizeof(record->id));
    ledger->known++;
}

static void apply_call(struct ledger *ledger, const struct journal_record *record,
                       bool failed_after, struct service_answer *answer)
{
    struct ledger_checkout *c = checkout_of(ledger, record->number);
    struct service_fault fault = {.injected = record->injected,
                                  .failed_after = failed_after,
                                  .answer = record->answer,
                                  .code = record->code};
    c->was_called = true;
    c->flags = record->flags;
    *answer = service_receive(&ledger->services, record->number, record->call, record->epoch,
                              draw_amount(ledger->seed, record->number), &fault);
}

struct service_answer ledger_answer(struct ledger *ledger, uint32_t number, uint8_t call,
                                    uint8_t epoch, const struct service_fault *fault)
{
    return service_receive(&ledger->services, number, call, epoch, 0, fault);
}

static void misfits(struct ledger_checkout *c, enum ledger_misfit misfit, uint32_t sequence)
{
    if (c->misfit == LEDGER_FITS) {
        c->misfit = (uint8_t)misfit;
        c->misfit_sequence = sequence;
    }
}

static void apply_event(struct ledger *ledger, const struct journal_record *record)
{
    struct ledger_checkout *c = checkout_of(ledger, record->number);
    struct ledger_event event = {.kind = record->event, .index = record->index};
    if (record->sequence >= SCENARIO_EVENTS_MAX) {
        misfits(c, LEDGER_TOO_MANY, record->sequence);
        return;
    }
    struct ledger_event *place = &c->events[record->sequence];
    if (record->sequence < c->events_len) {
        if (place->kind != LEDGER_EVENT_MISSING) {
            misfits(c, LEDGER_CHANGED, record->sequence);
            return;
        }
        *place = event;
        return;
    }
    if (record->sequence > c->events_len) {
        misfits(c, LEDGER_AHEAD, record->sequence);
    }
    while (c->events_len < record->sequence) {
        c->events[c->events_len++] = (struct ledger_event){.kind = LEDGER_EVENT_MISSING};
    }
    *place = event;
    c->events_len++;
}

static void apply_notice(struct ledger *ledger, const struct journal_record *record)
{
    struct ledger_checkout *c = checkout_of(ledger, record->number);
    if (c->notices_len < LEDGER_NOTICES_MAX) {
        c->notices[c->notices_len] = record->key;
    }
    c->notices_len++;
}

void ledger_apply(struct ledger *ledger, const struct journal_record *record, bool failed_after,
                  struct service_answer *answer)
{
    switch ((enum journal_kind)record->kind) {
    case JOURNAL_HEARD:
        apply_heard(ledger, record);
        break;
    case JOURNAL_CALL:
        apply_call(ledger, record, failed_after, answer);
        break;
    case JOURNAL_LAPSE:
        service_lapse(&ledger->services, record->number, ledger->services.service_of[record->call]);
        checkout_of(ledger, record->number)->lapsed |= UINT32_C(1) << record->call;
        break;
    case JOURNAL_EVENT:
        apply_event(ledger, record);
        break;
    case JOURNAL_NOTICE:
        apply_notice(ledger, record);
        break;
    }
}

struct ledger_event ledger_event_of(const struct saga_plan *plan, const char *name)
{
    for (uint8_t kind = SAGA_STARTED; kind <= SAGA_COMPENSATION; kind++) {
        uint8_t len = kind == SAGA_STEP_SUCCEEDED      ? plan->steps_len
                      : kind == SAGA_UNDO_ACKNOWLEDGED ? plan->compensations_len
                                                       : 1;
        for (uint8_t i = 0; i < len && name[0] != '\0'; i++) {
            struct saga_domain_event event = {.kind = kind, .index = i};
            if (strcmp(saga_domain_event_name(plan, &event), name) == 0) {
                return (struct ledger_event){.kind = kind, .index = i};
            }
        }
    }
    return (struct ledger_event){.kind = LEDGER_EVENT_OTHER};
}

struct node_progress ledger_progress(const struct ledger *ledger, uint32_t number)
{
    const struct ledger_checkout *c = checkout_of(ledger, number);
    struct node_progress progress = {0};
    for (uint32_t i = 0; i < c->events_len && c->events[i].kind != LEDGER_EVENT_MISSING; i++) {
        struct saga_domain_event event = {
            .sequence = i, .kind = c->events[i].kind, .index = c->events[i].index};
        if (event.kind == LEDGER_EVENT_OTHER) { /* counts, and tells nothing */
            event.kind = SAGA_STEP_SUCCEEDED;
            event.index = SAGA_NONE;
        }
        node_progress_apply(&ledger->scenario->plan, &progress, &event);
    }
    return progress;
}
