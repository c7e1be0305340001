/* Who may do what: roles, signatures, and whom a server without tokens listens to. */
#ifndef BACKSTEP_RUNTIME_SERVER_AUTHORITY_H
#define BACKSTEP_RUNTIME_SERVER_AUTHORITY_H

#include "runtime/server/exchange.h"

/* What is wrong; `detail` is a literal. */
struct authority_refusal {
    enum problem problem;
    const char *detail;
};

/*
 * Before the body is there. Without tokens, whoever reaches the server may do everything: it
 * listens on loopback only. There a browser is the danger, which any page can tell to send
 * something: a request for another host, or from a page of another origin, is refused.
 */
bool authority_admits(const struct server *server, const struct server_exchange *exchange,
                      struct authority_refusal *refusal);

/*
 * Of a route that takes signatures, with its body, before anybody reads that: the role suffices, or
 * the body is signed by some service.
 */
bool authority_may_be_read(const struct server *server, const struct server_exchange *exchange,
                           struct authority_refusal *refusal);

/*
 * Whether this sender may answer that call. A service that has a secret must have signed the body,
 * whatever the token: whoever may write can not answer in its name. Of any other service a token to
 * write is needed.
 *
 * The service of a call is that of the plan. If plans differ in who must sign, the checkout's own
 * plan tells, which is read from the store. A call that no plan has is nobody's: the engine refuses
 * it.
 */
bool authority_may_answer(struct server *server, const struct server_exchange *exchange,
                          const struct engine_input *input, struct authority_refusal *refusal);

#endif
