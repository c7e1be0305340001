/*
 * What was in flight when the last engine ended is sent again: the same calls, the same attempt
 * numbers. Open checkouts are read by id, a page with each step, once nothing is due any more: as
 * what is due is ticked first.
 *
 * Which calls were sent by this engine, and are not to be sent again? A session tells when: an
 * attempt that is out times out at its dispatch plus the timeout. What was dispatched until the
 * last stamp that was found in the store was dispatched by an engine before this one.
 */
#include <string.h>

#include "runtime/engine/state.h"

static bool is_of_an_earlier_engine(const struct engine *engine, const struct saga_plan *plan,
                                    const struct saga_session *session,
                                    const struct saga_call *call)
{
    uint64_t times_out_ns = saga_call_is_step(call->call)
                                ? session->due_ns
                                : session->time_ns[saga_call_index(call->call)];
    return times_out_ns - saga_call_timeout_ns(plan, call->call) <= engine->before_ns;
}

static void pick_up(struct engine *engine, const struct store_checkout *checkout)
{
    const struct saga_session *session = &checkout->session;
    const struct saga_plan *plan = engine_plan_of(engine, session);
    struct saga_call calls[SAGA_UPDATE_CALLS_MAX];
    if (plan == NULL) {
        return; /* the store tells of known plans only */
    }
    uint8_t len = saga_session_in_flight(plan, session, calls);
    for (uint8_t i = 0; i < len; i++) {
        if (is_of_an_earlier_engine(engine, plan, session, &calls[i])) {
            engine_call(engine, &calls[i], true, plan, session, &checkout->request);
        }
    }
}

void engine_recover(struct engine *engine)
{
    size_t len = 0;
    if (!engine->recovering || engine->due_left || engine->failed_now) {
        return;
    }
    enum store_result result = engine->store->operations->load_open(
        engine->store, engine->recovered, ENGINE_RECOVER_MAX, engine->open_page, &len);
    if (result != STORE_OK) {
        engine_failed(engine, result);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        pick_up(engine, &engine->open_page[i]);
    }
    if (len > 0) {
        memcpy(engine->recovered, engine->open_page[len - 1].session.id, sizeof(engine->recovered));
    }
    engine->recovering = len == ENGINE_RECOVER_MAX;
}
