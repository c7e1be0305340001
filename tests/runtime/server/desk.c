#include "tests/runtime/server/desk.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/saga.h"
#include "runtime/access/signature.h"
#include "tests/runtime/server/record.h"

static const struct message_event_type event_types[] = {
    {"InventoryReserved", "reserve_inventory", SAGA_ANSWER_OK},
    {"PaymentDeclined", "authorize_payment", SAGA_ANSWER_REJECTED},
    {"PaymentRefunded", "refund_payment", SAGA_ANSWER_OK},
    {"OrderConfirmed", "confirm_order", SAGA_ANSWER_OK}};

/* The store's reader. */

static struct desk *desk_of(const struct store_reader *reader)
{
    return ((const struct desk_reader *)reader)->desk;
}

static enum store_result read_checkout(struct store_reader *reader, const char *id,
                                       struct store_checkout *checkout)
{
    struct desk *d = desk_of(reader);
    pthread_mutex_lock(&d->lock);
    enum store_result result = d->read_result;
    bool found = false;
    for (size_t i = 0; i < d->checkouts_len && !found; i++) {
        found = strcmp(d->checkouts[i].session.id, id) == 0;
        *checkout = d->checkouts[i];
    }
    pthread_mutex_unlock(&d->lock);
    return result != STORE_OK || found ? result : STORE_NOTHING;
}

static const struct saga_plan *plan_of(const struct desk *d, const struct saga_session *session)
{
    for (size_t i = 0; i < 2; i++) {
        if (saga_session_is_of(session, d->plans[i])) {
            return d->plans[i];
        }
    }
    return NULL;
}

static bool passes(const struct store_filter *filter, const struct store_progress *row)
{
    const struct node_progress *progress = &row->progress;
    bool stuck = progress->compensation == SAGA_COMPENSATION_STALLED;
    return (!filter->has_status || filter->status == progress->status) &&
           (!filter->stuck || stuck) && (!filter->open || progress->closed == 0) &&
           strcmp(row->id, filter->after) > 0;
}

static struct store_progress row_of(const struct desk *d, const struct saga_session *session)
{
    struct store_progress row = {.plan_version = session->plan_version,
                                 .started_ns = session->started_ns,
                                 .updated_ns = session->now_ns};
    const struct saga_plan *plan = plan_of(d, session);
    strcpy(row.id, session->id);
    strcpy(row.plan, session->plan);
    row.progress.events_len = session->events_len;
    row.progress.status = plan != NULL ? (uint8_t)saga_session_status(plan, session) : 0;
    if (row.progress.status == SAGA_STATUS_FAILED) {
        row.progress.compensation = SAGA_COMPENSATION_STALLED;
    }
    return row;
}

static enum store_result read_list(struct store_reader *reader, const struct store_filter *filter,
                                   size_t max, struct store_progress *rows, size_t *len)
{
    struct desk *d = desk_of(reader);
    pthread_mutex_lock(&d->lock);
    enum store_result result = d->read_result;
    *len = 0;
    for (size_t i = 0; i < d->checkouts_len && *len < max; i++) {
        struct store_progress row = row_of(d, &d->checkouts[i].session);
        if (passes(filter, &row)) {
            rows[(*len)++] = row;
        }
    }
    pthread_mutex_unlock(&d->lock);
    return result;
}

static enum store_result read_events(struct store_reader *reader, const char *id, uint32_t sequence,
                                     uint64_t after, size_t max, struct store_event *events,
                                     size_t *len)
{
    struct desk *d = desk_of(reader);
    pthread_mutex_lock(&d->lock);
    enum store_result result = d->read_result;
    d->reads++;
    *len = 0;
    for (size_t i = 0; i < d->events_len && *len < max; i++) {
        const struct store_event *event = &d->events[i];
        bool passes_id = id == NULL || (strcmp(event->id, id) == 0 && event->sequence >= sequence);
        if (passes_id && event->position > after) {
            events[(*len)++] = *event;
        }
    }
    if (*len == 0 && d->events_end) {
        result = STORE_FAILED;
    }
    pthread_mutex_unlock(&d->lock);
    return result;
}

static enum store_result read_events_of(struct store_reader *reader, const char *id,
                                        uint32_t sequence, size_t max, struct store_event *events,
                                        size_t *len)
{
    return read_events(reader, id, sequence, 0, max, events, len);
}

static enum store_result read_events_after(struct store_reader *reader, uint64_t after, size_t max,
                                           struct store_event *events, size_t *len)
{
    return read_events(reader, NULL, 0, after, max, events, len);
}

static enum store_result read_tally(struct store_reader *reader, struct store_tally *tally)
{
    struct desk *d = desk_of(reader);
    pthread_mutex_lock(&d->lock);
    enum store_result result = d->read_result;
    *tally = (struct store_tally){0};
    if (result == STORE_OK) {
        tally->open = d->checkouts_len;
        tally->stuck = 2;
        tally->by_status[SAGA_STATUS_STARTED] = d->checkouts_len;
    }
    d->tallies++;
    pthread_mutex_unlock(&d->lock);
    return result;
}

static const char *reader_why(const struct store_reader *reader)
{
    (void)reader;
    return "disk I/O error";
}

static void reader_close(struct store_reader *reader)
{
    struct desk *d = desk_of(reader);
    pthread_mutex_lock(&d->lock);
    d->reader_closed = true;
    pthread_mutex_unlock(&d->lock);
}

static const struct store_reader_operations reader_operations = {
    .load = read_checkout,
    .list = read_list,
    .events_of = read_events_of,
    .events_after = read_events_after,
    .tally = read_tally,
    .why = reader_why,
    .close = reader_close,
};

/* The engine, and the rest of the daemon. */

static bool take_input(void *context, const struct engine_input *input)
{
    struct desk *d = context;
    pthread_mutex_lock(&d->lock);
    bool room = d->mode != DESK_IS_FULL;
    if (room) {
        assert(d->inputs_len < DESK_INPUTS_MAX);
        d->inputs[d->inputs_len++] = *input;
        pthread_cond_broadcast(&d->changed);
    }
    pthread_mutex_unlock(&d->lock);
    return room;
}

static void tell_state(void *context, struct server_state *state)
{
    struct desk *d = context;
    pthread_mutex_lock(&d->lock);
    *state = d->state;
    pthread_mutex_unlock(&d->lock);
}

static size_t tell_metrics(void *context, char *text, size_t max)
{
    (void)context;
    return (size_t)snprintf(text, max, "backstep_calls_total{target=\"payment\"} 7\n");
}

static struct saga_session started(const struct saga_plan *plan, const char *id)
{
    struct saga_session session = {0};
    struct saga_update update;
    struct saga_event event = {.kind = SAGA_START, .now_ns = UINT64_C(1795400000000000000)};
    event.start.fingerprint = 1;
    strcpy(event.start.id, id);
    assert(saga_apply(plan, &session, &event, &update) == SAGA_OK);
    return session;
}

static struct engine_answer answer_to(const struct desk *d, const struct engine_input *input)
{
    const struct saga_plan *plan = input->plan != NULL ? input->plan : &saga_checkout_plan;
    struct engine_answer answer = {
        .ticket = input->ticket, .end = d->end, .result = d->result, .plan = plan};
    answer.has_session = d->end != ENGINE_NO_CHECKOUT && d->end != ENGINE_NOT_NOW;
    answer.session = started(plan, input->id);
    return answer;
}

static void *run_engine(void *context)
{
    struct desk *d = context;
    pthread_mutex_lock(&d->lock);
    while (!d->ends) {
        if (d->looked_at == d->inputs_len) {
            pthread_cond_wait(&d->changed, &d->lock);
            continue;
        }
        struct engine_answer answer = answer_to(d, &d->inputs[d->looked_at]);
        bool answers = d->mode == DESK_ANSWERS;
        d->looked_at++;
        pthread_mutex_unlock(&d->lock);
        if (answers) {
            server_answer(d->server, &answer);
        }
        pthread_mutex_lock(&d->lock);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

/* Given. */

void given_desk(struct desk *d)
{
    memset(d, 0, sizeof(*d));
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->changed, NULL);
    d->gift = saga_checkout_plan;
    memset(d->gift.name, 0, sizeof(d->gift.name)); /* zero behind its end */
    strcpy(d->gift.name, "gift");
    uint8_t payment = saga_plan_find_service(&d->gift, "payment");
    memset(d->gift.services[payment].name, 0, sizeof(d->gift.services[payment].name));
    strcpy(d->gift.services[payment].name, "bank");
    d->plans[0] = &saga_checkout_plan;
    d->plans[1] = &d->gift;
    d->reader = (struct desk_reader){{&reader_operations}, d};
    d->options =
        (struct server_options){.http = {.address = "127.0.0.1:0",
                                         .connections_max = 32,
                                         .streams_max = 4,
                                         .exchanges_max = 16,
                                         .timeout_s = 60,
                                         .request_s = 60,
                                         .head_max = 4096,
                                         .body_max = 8192},
                                .plans = d->plans,
                                .plans_len = 2,
                                .source = "/backstep",
                                .event_types = event_types,
                                .event_types_len = sizeof(event_types) / sizeof(event_types[0]),
                                .access = &d->access,
                                .reader = &d->reader.base,
                                .page_max = DESK_PAGE_MAX,
                                .answer_s = 60,
                                .submit = take_input,
                                .state = tell_state,
                                .metrics = tell_metrics,
                                .context = d};
}

void given_tokens(struct desk *d)
{
    static const struct access_token tokens[] = {
        {ACCESS_READ, READ_TOKEN}, {ACCESS_WRITE, WRITE_TOKEN}, {ACCESS_OPERATOR, OPERATOR_TOKEN}};
    memcpy(d->access.tokens, tokens, sizeof(tokens));
    d->access.tokens_len = sizeof(tokens) / sizeof(tokens[0]);
}

void given_secret(struct desk *d, const char *service, const char *secret)
{
    struct access_secret *s = &d->access.secrets[d->access.secrets_len++];
    strcpy(s->service, service);
    s->len = strlen(secret);
    memcpy(s->bytes, secret, s->len);
}

void desk_open(struct desk *d)
{
    char why[HTTP_WHY_SIZE];
    d->server = server_start(&d->options, why);
    if (d->server == NULL) {
        fail_msg("%s", why);
    }
    assert_int_equal(pthread_create(&d->engine, NULL, run_engine, d), 0);
}

void desk_close(struct desk *d)
{
    pthread_mutex_lock(&d->lock);
    d->ends = true;
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->engine, NULL);
    server_stop(d->server);
    assert_true(d->reader_closed);
    http_reply_free(&d->reply);
    pthread_cond_destroy(&d->changed);
    pthread_mutex_destroy(&d->lock);
}

void given_engine(struct desk *d, enum desk_mode mode, enum engine_end end, enum saga_result result)
{
    pthread_mutex_lock(&d->lock);
    d->mode = mode;
    d->end = end;
    d->result = result;
    pthread_mutex_unlock(&d->lock);
}

void given_reads(struct desk *d, enum store_result result)
{
    pthread_mutex_lock(&d->lock);
    d->read_result = result;
    pthread_mutex_unlock(&d->lock);
}

void given_events_end(struct desk *d)
{
    pthread_mutex_lock(&d->lock);
    d->events_end = true;
    pthread_mutex_unlock(&d->lock);
}

void given_state(struct desk *d, const struct server_state *state)
{
    pthread_mutex_lock(&d->lock);
    d->state = *state;
    pthread_mutex_unlock(&d->lock);
}

static void store(struct desk *d, const struct saga_session *session)
{
    pthread_mutex_lock(&d->lock);
    assert(d->checkouts_len < DESK_CHECKOUTS_MAX);
    struct store_checkout *checkout = &d->checkouts[d->checkouts_len++];
    checkout->session = *session;
    strcpy(checkout->request.request.id, session->id);
    strcpy(checkout->request.request.cart, "cart-17");
    checkout->request.request.context_len =
        (uint32_t)strlen(strcpy((char *)checkout->request.request.context, "{\"buyer\":\"b-1\"}"));
    pthread_mutex_unlock(&d->lock);
}

void given_checkout(struct desk *d, const struct saga_plan *plan, const char *id)
{
    struct saga_session session = started(plan, id);
    store(d, &session);
}

void given_waiting_checkout(struct desk *d, const char *id)
{
    struct saga_session session = started(&saga_checkout_plan, id);
    struct saga_update update;
    struct saga_event event = {.kind = SAGA_REPLY,
                               .now_ns = session.now_ns + 1000000,
                               .call = saga_call_of_step(SAGA_VALIDATE_CART),
                               .attempt = 1,
                               .answer = SAGA_ANSWER_UNAVAILABLE};
    assert(saga_apply(&saga_checkout_plan, &session, &event, &update) == SAGA_OK);
    store(d, &session);
}

void given_failed_checkout(struct desk *d, const char *id)
{
    struct saga_session session = started(&saga_checkout_plan, id);
    struct saga_update update;
    for (uint8_t step = SAGA_VALIDATE_CART; step <= SAGA_AUTHORIZE_PAYMENT; step++) {
        struct saga_event event = {.kind = SAGA_REPLY,
                                   .now_ns = session.now_ns + 1000000,
                                   .call = saga_call_of_step(step),
                                   .attempt = 1};
        if (step == SAGA_AUTHORIZE_PAYMENT) {
            event.answer = SAGA_ANSWER_REJECTED;
            strcpy(event.code, "declined");
        }
        assert(saga_apply(&saga_checkout_plan, &session, &event, &update) == SAGA_OK);
    }
    store(d, &session);
}

void given_event(struct desk *d, const char *id, uint32_t sequence, uint64_t position)
{
    pthread_mutex_lock(&d->lock);
    assert(d->events_len < DESK_EVENTS_MAX);
    struct store_event *event = &d->events[d->events_len++];
    *event = (struct store_event){.position = position,
                                  .at_ns = UINT64_C(1795400000000000000) + position,
                                  .sequence = sequence,
                                  .plan_version = 1,
                                  .kind = sequence == 0 ? SAGA_STARTED : SAGA_FAILURE};
    strcpy(event->id, id);
    strcpy(event->plan, "checkout");
    strcpy(event->name, sequence == 0 ? "CheckoutStarted" : "CheckoutFailed");
    if (sequence > 0) {
        strcpy(event->step, "authorize_payment");
        strcpy(event->reason, "payment_failed");
        strcpy(event->code, "declined");
        strcpy(event->traceparent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    }
    pthread_mutex_unlock(&d->lock);
}

/* When. */

void ask(struct desk *d, const char *method, const char *target, const char *headers,
         const char *body)
{
    http_reply_free(&d->reply);
    http_request(server_port(d->server), method, target, headers, body, &d->reply);
    record_exchange(method, target, headers, body, &d->reply);
}

void get(struct desk *d, const char *target)
{
    ask(d, "GET", target, "", NULL);
}

void post(struct desk *d, const char *target, const char *json)
{
    ask(d, "POST", target, JSON, json);
}

void ask_on(struct desk *d, struct http_client *client, const char *method, const char *target,
            const char *headers, const char *body)
{
    char head[1024];
    snprintf(head, sizeof(head),
             "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n%s\r\n", method, target,
             body != NULL ? strlen(body) : 0, headers);
    http_client_say(client, head);
    http_client_say(client, body != NULL ? body : "");
    hear(d, client);
    record_exchange(method, target, headers, body, &d->reply);
}

void hear(struct desk *d, struct http_client *client)
{
    http_reply_free(&d->reply);
    http_client_read(client, &d->reply, false);
}

void post_signed(struct desk *d, const char *target, const char *headers, const char *body,
                 const char *secret, int64_t later_s)
{
    char signature[SIGNATURE_SIZE];
    char all[1024];
    assert_true(signature_write(signature, secret, strlen(secret), (int64_t)time(NULL) + later_s,
                                body, strlen(body)));
    snprintf(all, sizeof(all), "%sBackstep-Signature: %s\r\n", headers, signature);
    ask(d, "POST", target, all, body);
}

/* Then. */

void then_status(struct desk *d, unsigned status)
{
    if (d->reply.status != status) {
        fail_msg("status %u, not %u: %s", d->reply.status, status,
                 d->reply.body != NULL ? d->reply.body : "");
    }
}

void then_problem(struct desk *d, unsigned status, const char *code)
{
    char member[64];
    then_status(d, status);
    then_header(d, "Content-Type", "application/problem+json");
    snprintf(member, sizeof(member), "\"code\":\"%s\"", code);
    then_says(d, member);
}

void then_header(struct desk *d, const char *name, const char *value)
{
    const char *there = http_reply_header(&d->reply, name);
    if (there == NULL) {
        fail_msg("no header %s in:\n%s", name, d->reply.head);
    }
    assert_string_equal(there, value);
}

void then_says(struct desk *d, const char *text)
{
    if (d->reply.body == NULL || strstr(d->reply.body, text) == NULL) {
        fail_msg("no %s in: %s", text, d->reply.body != NULL ? d->reply.body : "nothing");
    }
}

struct engine_input then_input(struct desk *d, size_t count)
{
    pthread_mutex_lock(&d->lock);
    while (d->inputs_len < count) {
        pthread_cond_wait(&d->changed, &d->lock);
    }
    size_t len = d->inputs_len;
    struct engine_input input = d->inputs[count - 1];
    pthread_mutex_unlock(&d->lock);
    assert_int_equal(len, count);
    return input;
}

void then_no_input(struct desk *d)
{
    pthread_mutex_lock(&d->lock);
    size_t len = d->inputs_len;
    pthread_mutex_unlock(&d->lock);
    assert_int_equal(len, 0);
}
