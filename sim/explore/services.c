/* What becomes of a request, by the simulator's services; the lapse of a hold. */
#include <string.h>

#include "sim/explore/state.h"

/* The services know one checkout, whose amount is 1. */
enum { ONLY = 1, AMOUNT = 1 };

static void open_account(const struct explore_account *kept, struct sim_account *account)
{
    *account = (struct sim_account){
        .opened = kept->opened,
        .confirmed = kept->confirmed,
        .cancelled = kept->cancelled,
        .held = kept->held,
        .committed = kept->committed,
        .captures = kept->captures,
        .authorized = kept->authorized,
        .voided = kept->voided,
        .captured = kept->captured,
        .refunded = kept->refunded,
    };
}

static struct explore_account close_account(const struct sim_account *account)
{
    return (struct explore_account){
        .opened = (uint8_t)account->opened,
        .confirmed = (uint8_t)account->confirmed,
        .cancelled = (uint8_t)account->cancelled,
        .held = (int8_t)account->held,
        .committed = (int8_t)account->committed,
        .captures = (uint8_t)account->captures,
        .authorized = (uint8_t)account->authorized,
        .voided = (uint8_t)account->voided,
        .captured = (uint8_t)account->captured,
        .refunded = (uint8_t)account->refunded,
    };
}

/* Lays the books of this part open at one service. */
static void open_books(struct model *model, const struct explore_state *state, uint8_t part,
                       uint8_t service)
{
    const struct explore_books *books = &state->parts[part].books;
    const struct explore_pool *pool = &state->pools[service];
    open_account(&books->accounts[service],
                 sim_books_account(&model->services.books, ONLY, service));
    model->services.books.pools[service] = (struct sim_pool){
        .initial = pool->initial,
        .available = pool->available,
        .held = pool->held,
        .committed = pool->committed,
    };
    model->services.memories[0].fenced = books->fenced;
}

/* And takes back what the service has made of them. */
static void close_books(struct model *model, uint8_t part, uint8_t service)
{
    struct explore_books *books = &model_touch(model, part, EXPLORE_BOOKS)->books;
    const struct sim_pool *pool = &model->services.books.pools[service];
    struct explore_pool now = {.available = (int16_t)pool->available,
                               .held = (int16_t)pool->held,
                               .committed = (int16_t)pool->committed,
                               .initial = (int16_t)pool->initial};
    books->accounts[service] =
        close_account(sim_books_account(&model->services.books, ONLY, service));
    books->fenced = model->services.memories[0].fenced;
    if (memcmp(&now, &model->child.pools[service], sizeof(now)) != 0) {
        model->child.pools[service] = now;
        model->dirty |= EXPLORE_POOLS;
    }
}

const struct explore_outage *services_outage(const struct explore_state *state, uint8_t part,
                                             uint8_t service)
{
    const struct explore_net *net = &state->parts[part].net;
    for (uint8_t i = 0; i < net->outages_len; i++) {
        const struct explore_outage *outage = &net->outages[i];
        if (outage->service == service && outage->until_ns > state->now_ns) {
            return outage;
        }
    }
    return NULL;
}

void services_begin_outage(struct model *model, uint8_t part, uint8_t service, bool is_silent,
                           uint64_t span_ns)
{
    struct explore_net *net = &model_touch(model, part, EXPLORE_NET)->net;
    uint8_t at = 0;
    while (at < net->outages_len && net->outages[at].service < service) {
        at++;
    }
    bool is_over = at < net->outages_len && net->outages[at].service == service;
    if (!is_over) {
        if (net->outages_len == EXPLORE_OUTAGES_MAX) {
            model->is_crowded = true;
            return;
        }
        memmove(&net->outages[at + 1], &net->outages[at],
                (size_t)(net->outages_len - at) * sizeof(net->outages[0]));
        net->outages_len++;
    }
    net->outages[at] = (struct explore_outage){.until_ns = model->child.now_ns + span_ns,
                                               .service = service,
                                               .is_silent = is_silent ? 1 : 0};
}

/* What a step acquires for a time lapses; what is not held any more does not. */
static void keep_lapses(struct model *model, uint8_t part, uint8_t service, uint8_t acquired_by)
{
    struct explore_part *p = model_touch(model, part, EXPLORE_NET);
    struct explore_net *net = &p->net;
    uint8_t kept = 0;
    for (uint8_t i = 0; i < net->lapses_len; i++) {
        if (net->lapses[i].service != service || p->books.accounts[service].held > 0) {
            net->lapses[kept++] = net->lapses[i];
        }
    }
    net->lapses_len = kept;
    if (acquired_by == SAGA_NONE) {
        return;
    }
    if (net->lapses_len == EXPLORE_LAPSES_MAX) {
        model->is_crowded = true;
        return;
    }
    uint64_t ttl_ns = model_plan(model)->steps[acquired_by].hold_ns;
    uint64_t at_ns = model->child.now_ns + ttl_ns;
    uint8_t at = net->lapses_len;
    for (; at > 0 && net->lapses[at - 1].at_ns > at_ns; at--) {
        net->lapses[at] = net->lapses[at - 1];
    }
    net->lapses[at] = (struct explore_lapse){.at_ns = at_ns, .service = service};
    net->lapses_len++;
}

static uint16_t answer_bits(const struct explore_books *books, uint8_t call, uint8_t epoch)
{
    return (uint16_t)(books->answers[epoch] >> 2 * call & 3);
}

void services_serve(struct model *model, uint8_t part, struct explore_message message,
                    const struct service_fault *fault)
{
    uint8_t call = message.call;
    uint8_t epoch = explore_epoch(message);
    uint8_t service = model->services.service_of[call];
    const struct explore_books *books = &model->child.parts[part].books;
    uint16_t *remembered = &model->services.memories[0].answers[call][epoch];
    uint16_t bits = answer_bits(books, call, epoch);
    open_books(model, &model->child, part, service);
    *remembered = bits < 2 ? bits : 2 + SIM_CODES_LEN; /* the codes are as good as one another */
    struct service_answer answer =
        service_receive(&model->services, ONLY, call, epoch, AMOUNT, fault);
    if (answer.because != SIM_BECAUSE_OUTAGE && answer.because != SIM_BECAUSE_REMEMBERED) {
        uint64_t now = *remembered < 2 ? *remembered : 2;
        close_books(model, part, service);
        model->child.parts[part].books.answers[epoch] |= now << 2 * call;
    }
    *remembered = 0;
    if (answer.made) {
        bool acquires = saga_call_is_step(call) &&
                        (model->facts.ttl_of[service] >> saga_call_index(call) & 1) != 0;
        keep_lapses(model, part, service, acquires ? call : SAGA_NONE);
        judge_effect(model, part, call, epoch);
    }
    message.what = (uint8_t)(EXPLORE_MESSAGE_REPLY | (message.what & EXPLORE_MESSAGE_EPOCH) |
                             answer.answer << EXPLORE_MESSAGE_ANSWER);
    message.code = (uint8_t)answer.code;
    messages_add(model, part, message);
}

/* The first lapse of the service, whether it is due or comes early. */
void services_lapse(struct model *model, uint8_t part, uint8_t service)
{
    struct explore_net *net = &model_touch(model, part, EXPLORE_NET)->net;
    uint8_t at = 0;
    while (net->lapses[at].service != service) {
        at++;
    }
    net->lapses_len--;
    memmove(&net->lapses[at], &net->lapses[at + 1],
            (size_t)(net->lapses_len - at) * sizeof(net->lapses[0]));
    open_books(model, &model->child, part, service);
    service_lapse(&model->services, ONLY, service);
    close_books(model, part, service);
    keep_lapses(model, part, service, SAGA_NONE);
    judge_pool(model, service);
}

void services_mend(struct model *model, uint8_t part, uint8_t call)
{
    uint8_t service = model->services.service_of[call];
    open_books(model, &model->child, part, service);
    bool mended = service_mend(&model->services, ONLY, call, AMOUNT);
    close_books(model, part, service);
    keep_lapses(model, part, service, SAGA_NONE);
    if (mended) {
        judge_mended(model, part, call);
    }
}
