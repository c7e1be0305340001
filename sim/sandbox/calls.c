/* A call on its way: to its service, what the service makes of it, and the way back. */
#include <string.h>

#include "sim/sandbox/received.h"
#include "sim/sandbox/state.h"
#include "sim/world/draw.h"

/* Whoever sent a call has given up so long after its timeout. */
#define GIVEN_UP_NS UINT64_C(1000000000)
/* A lapse that the journal did not take is tried again. */
#define LAPSE_AGAIN_NS UINT64_C(1000000000)

static struct faults_target target_of(const struct agenda_job *job, uint64_t now_ns)
{
    return (struct faults_target){
        .now_ns = now_ns, .checkout = job->number, .attempt = job->attempt, .call = job->call};
}

static uint64_t draw(const struct sandbox *sandbox, const struct agenda_job *job,
                     enum draw_purpose purpose, enum scenario_leg leg)
{
    struct draw_key key = {.checkout = job->number,
                           .attempt = job->attempt,
                           .purpose = (uint8_t)purpose,
                           .call = job->call,
                           .leg = (uint8_t)leg};
    return draw_bits(sandbox->ledger.seed, key);
}

/* What the scenario's faults and its network's rates do to the message. */
static struct faults_message strike(const struct sandbox *sandbox, const struct agenda_job *job,
                                    enum scenario_leg leg, uint64_t now_ns)
{
    const struct scenario_network *network = &sandbox->scenario->network;
    struct faults_message fault = faults_of_message(&sandbox->faults, target_of(job, now_ns), leg);
    if (sandbox->faults.has_rates && now_ns < sandbox->scenario->heal_ns) {
        fault.lost |= draw_happens(draw(sandbox, job, DRAW_LOSE, leg), network->lose_ppm);
        fault.copies +=
            draw_happens(draw(sandbox, job, DRAW_DUPLICATE, leg), network->duplicate_ppm);
    }
    return fault;
}

/* No answer comes: the connection is held until its other end has given up. */
static void let_go(struct sandbox *sandbox, struct agenda_job job, uint64_t now_ns)
{
    if (job.exchange != NULL) {
        job.kind = AGENDA_LET_GO;
        job.due_ns = now_ns + saga_call_timeout_ns(sandbox->plan, job.call) + GIVEN_UP_NS;
        agenda_add(&sandbox->agenda, &job);
    }
}

/* Copies of the message follow it. An answer over the connection that brought the call comes once,
 * whatever the network does. */
static void send_copies(struct sandbox *sandbox, struct agenda_job job, enum scenario_leg leg,
                        const struct faults_message *fault)
{
    if (leg == SCENARIO_REPLY_LEG && job.exchange != NULL) {
        return;
    }
    job.exchange = NULL;
    for (uint32_t i = 0; i < fault->copies && agenda_reserve(&sandbox->agenda, 2); i++) {
        job.due_ns += fault->copies_ns;
        agenda_add(&sandbox->agenda, &job);
    }
}

/* The message leaves at `leaves_ns`. There is room for it in the agenda; for its copies perhaps. */
static void travel(struct sandbox *sandbox, struct agenda_job job, enum scenario_leg leg,
                   uint64_t leaves_ns, uint64_t now_ns)
{
    struct faults_message fault = strike(sandbox, &job, leg, now_ns);
    if (fault.lost) {
        let_go(sandbox, job, now_ns);
        return;
    }
    job.due_ns = leaves_ns + fault.delay_ns;
    send_copies(sandbox, job, leg, &fault);
    if (fault.overtaken_by > 0 && agenda_park(&sandbox->agenda, &job, fault.overtaken_by)) {
        return;
    }
    if (job.due_ns > now_ns) {
        agenda_add(&sandbox->agenda, &job);
    } else {
        calls_happen(sandbox, &job);
    }
}

static uint64_t work_ns(const struct sandbox *sandbox, const struct agenda_job *job,
                        uint8_t service, uint64_t now_ns)
{
    uint64_t work = draw_range(draw(sandbox, job, DRAW_WORK, SCENARIO_REQUEST_LEG),
                               sandbox->scenario->services[service].work_ns);
    return work * faults_slowness(&sandbox->faults, now_ns, service);
}

uint64_t calls_hold_ns(const struct saga_plan *plan, uint8_t call)
{
    bool is_held = saga_call_is_step(call) && plan->steps[call].hold_ns > 0;
    return is_held ? plan->steps[call].hold_ns : SAGA_NEVER;
}

void calls_arm_lapse(struct sandbox *sandbox, const struct journal_record *record, uint64_t due_ns)
{
    struct agenda_job job = {
        .due_ns = due_ns, .number = record->number, .kind = AGENDA_LAPSE, .call = record->call};
    agenda_add(&sandbox->agenda, &job);
}

/* What the service makes of it; false: the journal did not take it, and nothing was done. */
static bool ask(struct sandbox *sandbox, const struct agenda_job *job, uint8_t service,
                uint64_t now_ns, struct service_answer *answer)
{
    struct faults_target target = target_of(job, now_ns);
    struct service_fault fault = faults_of_request(&sandbox->faults, target, service);
    bool is_door = fault.outage || (fault.injected && fault.answer == SAGA_ANSWER_UNAVAILABLE);
    if (is_door || ledger_remembers(&sandbox->ledger, job->number, job->call, job->epoch)) {
        *answer = ledger_answer(&sandbox->ledger, job->number, job->call, job->epoch, &fault);
        return true;
    }
    struct journal_record record = {.kind = JOURNAL_CALL,
                                    .number = job->number,
                                    .call = job->call,
                                    .epoch = job->epoch,
                                    .flags = job->flags,
                                    .injected = fault.injected,
                                    .answer = fault.answer,
                                    .code = fault.code,
                                    .lapse_ns = SAGA_NEVER};
    if (saga_call_effect(sandbox->plan, job->call) == SAGA_EFFECT_ACQUIRE) {
        record.lapse_ns = faults_hold_span_ns(&sandbox->faults, target);
        if (record.lapse_ns == SAGA_NEVER) {
            record.lapse_ns = calls_hold_ns(sandbox->plan, job->call);
        }
    }
    if (!sandbox_do(sandbox, &record, fault.failed_after, answer)) {
        return false;
    }
    if (answer->made && record.lapse_ns != SAGA_NEVER) {
        calls_arm_lapse(sandbox, &record, now_ns + record.lapse_ns);
    }
    return true;
}

/* Nothing was done. */
static void turn_away(struct http_exchange *exchange, const char *detail)
{
    if (exchange != NULL) {
        answer_problem(exchange, PROBLEM_UNAVAILABLE, detail);
    }
}

/* A request reaches its service. */
static void arrive(struct sandbox *sandbox, struct agenda_job job)
{
    uint64_t now_ns = sandbox_now_ns(sandbox);
    uint8_t service = saga_call_service(sandbox->plan, job.call);
    bool answers_later = (sandbox->later >> service & 1) != 0;
    struct service_answer answer = {0};
    /* What it acquires, and the answer. */
    if (!agenda_reserve(&sandbox->agenda, 2)) {
        turn_away(job.exchange, "too much is under way");
        return;
    }
    if (faults_is_down(&sandbox->faults, service, now_ns, now_ns)) {
        let_go(sandbox, job, now_ns);
        return;
    }
    if (!ask(sandbox, &job, service, now_ns, &answer)) {
        turn_away(job.exchange, "the journal takes nothing");
        return;
    }
    if (answers_later && job.exchange != NULL) {
        answer_later(job.exchange);
        job.exchange = NULL;
    } else if (!answers_later && job.exchange == NULL) {
        return; /* a copy: there is nobody to hear its answer */
    }
    uint64_t leaves_ns = now_ns + work_ns(sandbox, &job, service, now_ns);
    job.kind = AGENDA_ANSWER;
    job.answer = answer.answer;
    job.code = answer.code;
    if (leaves_ns > now_ns && faults_is_down(&sandbox->faults, service, now_ns, leaves_ns)) {
        let_go(sandbox, job, now_ns);
        return;
    }
    travel(sandbox, job, SCENARIO_REPLY_LEG, leaves_ns, now_ns);
}

static void answer_call(struct sandbox *sandbox, const struct agenda_job *job)
{
    agenda_pass(&sandbox->agenda, sandbox_now_ns(sandbox));
    if (job->exchange == NULL) {
        later_send(sandbox, job);
        return;
    }
    switch ((enum saga_answer)job->answer) {
    case SAGA_ANSWER_OK:
        answer_ok(job->exchange);
        break;
    case SAGA_ANSWER_REJECTED:
        answer_rejected(job->exchange, sim_code(sandbox->scenario, job->code));
        break;
    case SAGA_ANSWER_UNAVAILABLE:
        answer_problem(job->exchange, PROBLEM_UNAVAILABLE, "the service does not work now");
        break;
    }
}

static void lapse(struct sandbox *sandbox, const struct agenda_job *job)
{
    struct journal_record record = {
        .kind = JOURNAL_LAPSE, .number = job->number, .call = job->call};
    const struct sim_account *account = sim_books_account(
        &sandbox->ledger.services.books, job->number, saga_call_service(sandbox->plan, job->call));
    if (account->held > 0 && !sandbox_do(sandbox, &record, false, NULL)) {
        calls_arm_lapse(sandbox, &record, sandbox_now_ns(sandbox) + LAPSE_AGAIN_NS);
    }
}

void calls_happen(struct sandbox *sandbox, const struct agenda_job *job)
{
    switch ((enum agenda_kind)job->kind) {
    case AGENDA_ARRIVE:
        arrive(sandbox, *job);
        break;
    case AGENDA_ANSWER:
        answer_call(sandbox, job);
        break;
    case AGENDA_LET_GO:
        http_drop(job->exchange);
        break;
    case AGENDA_LAPSE:
        lapse(sandbox, job);
        break;
    }
}

static void take(struct sandbox *sandbox, struct http_exchange *exchange,
                 const struct received_call *received)
{
    uint64_t now_ns = sandbox_now_ns(sandbox);
    if (sandbox->stopping) {
        answer_problem(exchange, PROBLEM_STOPPING, NULL);
        return;
    }
    struct agenda_job job = {.kind = AGENDA_ARRIVE,
                             .exchange = exchange,
                             .number = sandbox_number(sandbox, received->id),
                             .attempt = received->attempt,
                             .flags = received->flags,
                             .call = received->call,
                             .epoch = received->epoch};
    if (job.number == 0 || !agenda_reserve(&sandbox->agenda, 1)) {
        turn_away(exchange, "no more checkouts can be taken here");
        return;
    }
    agenda_pass(&sandbox->agenda, now_ns);
    travel(sandbox, job, SCENARIO_REQUEST_LEG, now_ns, now_ns);
}

void calls_take(struct sandbox *sandbox, struct http_exchange *exchange, uint8_t call)
{
    struct received_call received;
    char why[RECEIVED_WHY_SIZE];
    size_t len = 0;
    struct received_headers headers = {.key = http_header(exchange, "Idempotency-Key"),
                                       .attempt = http_header(exchange, "Backstep-Attempt"),
                                       .checkout = http_header(exchange, "Backstep-Checkout")};
    const char *body = http_body(exchange, &len);
    if (!received_read_call(sandbox->plan, call, &headers, body, len, &received, why)) {
        answer_problem(exchange, PROBLEM_MALFORMED, why);
        return;
    }
    sandbox_lock(sandbox);
    take(sandbox, exchange, &received);
    sandbox_unlock(sandbox);
}
