#include "runtime/server/authority.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "runtime/access/signature.h"
#include "runtime/server/room.h"

#define SIGNATURE_HEADER "Backstep-Signature"

static bool refuse(struct authority_refusal *refusal, enum problem problem, const char *detail)
{
    *refusal = (struct authority_refusal){problem, detail};
    return false;
}

/* Whether the host ends here, or a port follows. */
static bool ends_host(const char *at)
{
    return *at == '\0' || *at == ':';
}

/* "localhost", "127.0.0.1" and its like, "[::1]", each with or without a port. */
static bool is_loopback(const char *host)
{
    static const char *const names[] = {"localhost", "[::1]"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t len = strlen(names[i]);
        if (strncasecmp(host, names[i], len) == 0 && ends_host(host + len)) {
            return true;
        }
    }
    return strncmp(host, "127.", 4) == 0 && ends_host(host + strspn(host, "0123456789."));
}

static bool is_own_origin(const char *origin, const char *host)
{
    static const char scheme[] = "http://";
    size_t len = strlen(scheme);
    return strncasecmp(origin, scheme, len) == 0 && strcasecmp(origin + len, host) == 0;
}

static bool is_no_stranger(const struct server_exchange *exchange,
                           struct authority_refusal *refusal)
{
    const char *host = http_header(exchange->http, "Host");
    const char *origin = http_header(exchange->http, "Origin");
    if (host != NULL && !is_loopback(host)) {
        return refuse(refusal, PROBLEM_FORBIDDEN,
                      "without tokens, only requests for localhost are taken");
    }
    if (origin != NULL && (host == NULL || !is_own_origin(origin, host))) {
        return refuse(refusal, PROBLEM_FORBIDDEN,
                      "without tokens, nothing is taken from pages of another origin");
    }
    return true;
}

static bool has_role(const struct server_exchange *exchange, enum access_role role,
                     struct authority_refusal *refusal)
{
    static const char *const needed[] = {
        [ACCESS_NOBODY] = NULL,
        [ACCESS_READ] = "needed: a token of the role `read` or higher",
        [ACCESS_WRITE] = "needed: a token of the role `write` or higher",
        [ACCESS_OPERATOR] = "needed: a token of the role `operator`",
    };
    if (exchange->role >= role) {
        return true;
    }
    bool unknown = exchange->role == ACCESS_NOBODY;
    return refuse(refusal, unknown ? PROBLEM_UNAUTHORIZED : PROBLEM_FORBIDDEN, needed[role]);
}

bool authority_admits(const struct server *server, const struct server_exchange *exchange,
                      struct authority_refusal *refusal)
{
    const struct access *access = server->options.access;
    if (access->tokens_len == 0 && !is_no_stranger(exchange, refusal)) {
        return false;
    }
    bool is_signed = access->secrets_len > 0 && exchange->route->signable &&
                     http_header(exchange->http, SIGNATURE_HEADER) != NULL;
    return is_signed || has_role(exchange, exchange->route->role, refusal);
}

static bool is_signed_with(const struct server_exchange *exchange,
                           const struct access_secret *secret)
{
    size_t len;
    const char *body = http_body(exchange->http, &len);
    return signature_check(http_header(exchange->http, SIGNATURE_HEADER), secret->bytes,
                           secret->len, (int64_t)time(NULL), body, len);
}

bool authority_may_be_read(const struct server *server, const struct server_exchange *exchange,
                           struct authority_refusal *refusal)
{
    const struct access *access = server->options.access;
    if (exchange->role >= ACCESS_WRITE) {
        return true;
    }
    for (size_t i = 0; i < access->secrets_len; i++) {
        if (is_signed_with(exchange, &access->secrets[i])) {
            return true;
        }
    }
    return refuse(refusal, PROBLEM_UNAUTHORIZED,
                  "the signature is not that of a service, or is too old");
}

/* Who vouches for an answer to a call. */
struct voucher {
    bool known;                         /* there is such a call */
    const struct access_secret *secret; /* whoever has it; NULL: a token to write */
};

static struct voucher voucher_in(const struct server *server, const struct saga_plan *plan,
                                 const char *name)
{
    uint8_t call = saga_plan_find_call(plan, name);
    if (call == SAGA_NONE) {
        return (struct voucher){0};
    }
    const char *service = plan->services[saga_call_service(plan, call)].name;
    return (struct voucher){true, access_find_secret(server->options.access, service)};
}

/* The same one in every plan that has the call. False: plans differ. */
static bool voucher_in_all(const struct server *server, const char *call, struct voucher *voucher)
{
    *voucher = (struct voucher){0};
    for (size_t i = 0; i < server->plans.plans_len; i++) {
        struct voucher here = voucher_in(server, server->plans.plans[i], call);
        if (here.known && voucher->known && here.secret != voucher->secret) {
            return false;
        }
        *voucher = here.known ? here : *voucher;
    }
    return true;
}

/* The one in the checkout's own plan. */
static bool voucher_of_checkout(struct server *server, const struct engine_input *input,
                                struct voucher *voucher, struct authority_refusal *refusal)
{
    struct store_reader *reader = server->options.reader;
    struct store_checkout *checkout = &server->checkout;
    enum store_result result = reader->operations->load(reader, input->id, checkout);
    if (result == STORE_NOTHING) {
        return refuse(refusal, PROBLEM_NO_CHECKOUT, NULL);
    }
    if (result != STORE_OK) {
        server_log_reader(server);
        return refuse(refusal, PROBLEM_UNAVAILABLE, NULL);
    }
    const struct saga_plan *plan =
        server_find_plan(server, checkout->session.plan, checkout->session.plan_version);
    if (plan == NULL) {
        return refuse(refusal, PROBLEM_UNKNOWN_PLAN, NULL);
    }
    *voucher = voucher_in(server, plan, input->call);
    return true;
}

bool authority_may_answer(struct server *server, const struct server_exchange *exchange,
                          const struct engine_input *input, struct authority_refusal *refusal)
{
    struct voucher voucher;
    if (!voucher_in_all(server, input->call, &voucher) &&
        !voucher_of_checkout(server, input, &voucher, refusal)) {
        return false;
    }
    if (!voucher.known) {
        return true;
    }
    if (voucher.secret == NULL) {
        return has_role(exchange, ACCESS_WRITE, refusal);
    }
    return is_signed_with(exchange, voucher.secret) ||
           refuse(refusal, PROBLEM_UNAUTHORIZED,
                  "the call's service signs what it sends: this is not signed by it, or too long "
                  "ago");
}
