/* Answers that go to the daemon by themselves: POST {replies_to}/v1/replies, until it takes them.
 */
#include <stdio.h>
#include <string.h>

#include "sim/sandbox/state.h"

#define TIMEOUT_NS   UINT64_C(10000000000)
#define AGAIN_NS     UINT64_C(100000000)
#define AGAIN_MAX_NS UINT64_C(5000000000)

/* An hour and more; who asked has sent the call again by then. */
enum { CONCURRENCY = 16, QUEUE_MAX = 4096, ANSWER_MAX = 4096, TRIES_MAX = 1000, BODY_SIZE = 512 };

/* All that is to be said of an answer travels with it. */
static void write_tag(uint64_t tag[2], const struct agenda_job *job)
{
    tag[0] = (uint64_t)job->number << 32 | job->attempt;
    tag[1] = (uint64_t)job->tries << 32 | (uint64_t)job->code << 16 | (uint64_t)job->call << 8 |
             job->answer;
}

static struct agenda_job read_tag(const uint64_t tag[2])
{
    return (struct agenda_job){.kind = AGENDA_ANSWER,
                               .number = (uint32_t)(tag[0] >> 32),
                               .attempt = (uint32_t)tag[0],
                               .tries = (uint32_t)(tag[1] >> 32),
                               .code = (uint16_t)(tag[1] >> 16),
                               .call = (uint8_t)(tag[1] >> 8),
                               .answer = (uint8_t)tag[1]};
}

static uint64_t again_ns(uint32_t tries)
{
    uint64_t wait_ns = AGAIN_NS << (tries < 6 ? tries : 6);
    return wait_ns < AGAIN_MAX_NS ? wait_ns : AGAIN_MAX_NS;
}

/* The daemon did not take it. */
static void try_again(struct sandbox *sandbox, struct agenda_job job)
{
    job.due_ns = sandbox_now_ns(sandbox) + again_ns(job.tries);
    job.tries++;
    if (!sandbox->stopping && job.tries <= TRIES_MAX && agenda_reserve(&sandbox->agenda, 1)) {
        agenda_add(&sandbox->agenda, &job);
    }
}

void later_send(struct sandbox *sandbox, const struct agenda_job *job)
{
    char body[BODY_SIZE];
    const char *code = sim_code(sandbox->scenario, job->code);
    int len = snprintf(
        body, sizeof(body),
        "{\"checkout\":\"%s\",\"call\":\"%s\",\"attempt\":%u,\"answer\":\"%s\"%s%s%s}",
        sandbox->ledger.checkouts[job->number - 1].id, saga_call_name(sandbox->plan, job->call),
        (unsigned)job->attempt, saga_answer_name((enum saga_answer)job->answer),
        code[0] == '\0' ? "" : ",\"code\":\"", code, code[0] == '\0' ? "" : "\"");
    struct caller_request request = {.path = "/v1/replies",
                                     .type = "application/json",
                                     .body = body,
                                     .body_len = (size_t)len,
                                     .timeout_ns = TIMEOUT_NS};
    write_tag(request.tag, job);
    if (!caller_send(sandbox->caller, &request)) {
        try_again(sandbox, *job);
    }
}

/* What the daemon refuses for good is not asked again. */
static void done(void *context, const struct caller_result *result)
{
    struct sandbox *sandbox = context;
    switch (result->outcome) {
    case CALLER_OK:
    case CALLER_LATER:
    case CALLER_REJECTED:
        break;
    case CALLER_UNAVAILABLE:
    case CALLER_NO_ANSWER:
    case CALLER_NOT_SENT:
        sandbox_lock(sandbox);
        try_again(sandbox, read_tag(result->tag));
        sandbox_unlock(sandbox);
        break;
    }
}

bool later_start(struct sandbox *sandbox, const struct sandbox_options *options,
                 char why[SANDBOX_WHY_SIZE])
{
    char caller_why[CALLER_WHY_SIZE];
    struct caller_target target = {.name = "replies",
                                   .url = options->replies_to,
                                   .concurrency = CONCURRENCY,
                                   .queue_max = QUEUE_MAX,
                                   .bearer = options->token,
                                   .secret = options->secret,
                                   .secret_len =
                                       options->secret == NULL ? 0 : strlen(options->secret)};
    struct caller_options settings = {.targets = &target,
                                      .targets_len = 1,
                                      .answer_max = ANSWER_MAX,
                                      .done = done,
                                      .context = sandbox};
    if (options->later == 0) {
        return true;
    }
    if (options->replies_to == NULL) {
        snprintf(why, SANDBOX_WHY_SIZE, "who answers later must know where to: replies_to");
        return false;
    }
    sandbox->caller = caller_start(&settings, caller_why);
    if (sandbox->caller == NULL) {
        snprintf(why, SANDBOX_WHY_SIZE, "%s", caller_why);
    }
    return sandbox->caller != NULL;
}
