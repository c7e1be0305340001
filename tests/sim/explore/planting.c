#include "tests/sim/explore/planting.h"

#include <string.h>

#include "sim/explore/state.h"

struct planting planting;

enum saga_result __real_saga_apply(const struct saga_plan *plan, struct saga_session *session,
                                   const struct saga_event *event, struct saga_update *update);
enum saga_result __wrap_saga_apply(const struct saga_plan *plan, struct saga_session *session,
                                   const struct saga_event *event, struct saga_update *update);
struct service_answer __real_service_receive(struct services *services, uint32_t checkout,
                                             uint8_t call, uint8_t epoch, int64_t amount,
                                             const struct service_fault *fault);
struct service_answer __wrap_service_receive(struct services *services, uint32_t checkout,
                                             uint8_t call, uint8_t epoch, int64_t amount,
                                             const struct service_fault *fault);
void __real_services_serve(struct model *model, uint8_t part, struct explore_message message,
                           const struct service_fault *fault);
void __wrap_services_serve(struct model *model, uint8_t part, struct explore_message message,
                           const struct service_fault *fault);

enum saga_result __wrap_saga_apply(const struct saga_plan *plan, struct saga_session *session,
                                   const struct saga_event *event, struct saga_update *update)
{
    struct saga_event seen = *event;
    seen.now_ns = planting.is_timeless ? 0 : event->now_ns;
    enum saga_result result = __real_saga_apply(plan, session, &seen, update);
    if (planting.accepts_all && !update->accepted && saga_session_is_closed(session)) {
        update->accepted = true;
        session->version++;
        return SAGA_OK;
    }
    if (planting.core != NULL && update->accepted) {
        planting.core(session, event, update);
    }
    if (planting.never_wakes) {
        update->wake_at_ns = SAGA_NEVER;
    }
    return result;
}

static bool is_call(const struct services *services, const char *name, uint8_t call)
{
    return name != NULL && strcmp(saga_call_name(&services->scenario->plan, call), name) == 0;
}

struct service_answer __wrap_service_receive(struct services *services, uint32_t checkout,
                                             uint8_t call, uint8_t epoch, int64_t amount,
                                             const struct service_fault *fault)
{
    if (is_call(services, planting.forgets, call)) {
        return (struct service_answer){.answer = SAGA_ANSWER_OK};
    }
    struct service_answer answer =
        __real_service_receive(services, checkout, call, epoch, amount, fault);
    if (planting.service != NULL && answer.made) {
        planting.service(services, call, &answer);
    }
    return answer;
}

void __wrap_services_serve(struct model *model, uint8_t part, struct explore_message message,
                           const struct service_fault *fault)
{
    if (!is_call(&model->services, planting.ignores, message.call)) {
        __real_services_serve(model, part, message, fault);
    }
}
