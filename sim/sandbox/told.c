/* What the daemon publishes: domain events, and that the buyer is to be told. */
#include "sim/sandbox/received.h"
#include "sim/sandbox/state.h"

/* Nobody waits for the taking of events as long as that. */
#define GIVEN_UP_NS UINT64_C(60000000000)

/* Whether the scenario lets them through to the peer; else the exchange is dealt with. */
static bool lets_through(struct sandbox *sandbox, struct http_exchange *exchange,
                         enum scenario_peer peer)
{
    uint64_t now_ns = sandbox_now_ns(sandbox);
    struct agenda_job job = {
        .due_ns = now_ns + GIVEN_UP_NS, .exchange = exchange, .kind = AGENDA_LET_GO};
    if (sandbox->stopping) {
        answer_problem(exchange, PROBLEM_STOPPING, NULL);
    } else if (faults_is_unavailable(&sandbox->faults, peer, now_ns)) {
        answer_problem(exchange, PROBLEM_UNAVAILABLE, "it does not work now");
    } else if (!faults_is_down(&sandbox->faults, peer, now_ns, now_ns)) {
        return true;
    } else if (agenda_reserve(&sandbox->agenda, 1)) {
        agenda_add(&sandbox->agenda, &job);
    } else {
        answer_problem(exchange, PROBLEM_OVERLOADED, NULL);
    }
    return false;
}

/* False: it could not be kept. */
static bool take_event(struct sandbox *sandbox, const struct received_event *event)
{
    struct journal_record record = {.kind = JOURNAL_EVENT,
                                    .number = sandbox_number(sandbox, event->id),
                                    .sequence = event->sequence,
                                    .event = event->event.kind,
                                    .index = event->event.index};
    if (record.number == 0) {
        return false;
    }
    return ledger_has_event(&sandbox->ledger, record.number, event->sequence, event->event) ||
           sandbox_do(sandbox, &record, false, NULL);
}

static void take_events(struct sandbox *sandbox, struct http_exchange *exchange,
                        const struct received_event *events, size_t events_len)
{
    if (!lets_through(sandbox, exchange, SCENARIO_PEER_EVENTS)) {
        return;
    }
    for (size_t i = 0; i < events_len; i++) {
        if (!take_event(sandbox, &events[i])) {
            answer_problem(exchange, PROBLEM_UNAVAILABLE, "the journal takes nothing");
            return;
        }
    }
    answer_ok(exchange);
}

void told_take_events(struct sandbox *sandbox, struct http_exchange *exchange)
{
    struct received_event events[RECEIVED_EVENTS_MAX];
    size_t events_len = 0;
    char why[RECEIVED_WHY_SIZE];
    size_t len = 0;
    const char *body = http_body(exchange, &len);
    if (!received_read_events(sandbox->plan, body, len, events, &events_len, why)) {
        answer_problem(exchange, PROBLEM_MALFORMED, why);
        return;
    }
    sandbox_lock(sandbox);
    take_events(sandbox, exchange, events, events_len);
    sandbox_unlock(sandbox);
}

static void take_notice(struct sandbox *sandbox, struct http_exchange *exchange,
                        const struct received_notice *notice)
{
    if (!lets_through(sandbox, exchange, SCENARIO_PEER_NOTIFICATION)) {
        return;
    }
    struct journal_record record = {
        .kind = JOURNAL_NOTICE, .number = sandbox_number(sandbox, notice->id), .key = notice->key};
    bool is_kept =
        record.number != 0 && (ledger_has_notice(&sandbox->ledger, record.number, notice->key) ||
                               sandbox_do(sandbox, &record, false, NULL));
    if (is_kept) {
        answer_ok(exchange);
    } else {
        answer_problem(exchange, PROBLEM_UNAVAILABLE, "the journal takes nothing");
    }
}

void told_take_notice(struct sandbox *sandbox, struct http_exchange *exchange)
{
    struct received_notice notice;
    char why[RECEIVED_WHY_SIZE];
    size_t len = 0;
    struct received_headers headers = {.key = http_header(exchange, "Idempotency-Key")};
    const char *body = http_body(exchange, &len);
    if (!received_read_notice(sandbox->plan, &headers, body, len, &notice, why)) {
        answer_problem(exchange, PROBLEM_MALFORMED, why);
        return;
    }
    sandbox_lock(sandbox);
    take_notice(sandbox, exchange, &notice);
    sandbox_unlock(sandbox);
}
