#include <assert.h>
#include <string.h>

#include "runtime/message/write.h"
#include "runtime/message/writing.h"

/* Of a call that is under way: when its attempt times out, or the next one is sent. */
static void put_due(struct message_tree *tree, json_t *object, bool waiting, uint64_t due_ns)
{
    if (due_ns != SAGA_NEVER) {
        message_put(tree, object, waiting ? "next_attempt_at" : "times_out_at",
                    message_time(due_ns));
    }
}

static json_t *write_call(struct message_tree *tree, const struct saga_plan *plan, uint8_t call,
                          const char *state, uint32_t attempts)
{
    const char *service = plan->services[saga_call_service(plan, call)].name;
    json_t *object = json_object();
    message_put(tree, object, "name", message_text(saga_call_name(plan, call), SAGA_NAME_MAX));
    message_put(tree, object, "service", message_text(service, SAGA_NAME_MAX));
    message_put(tree, object, "state", json_string_nocheck(state));
    message_put(tree, object, "attempts", message_number(attempts));
    return object;
}

static json_t *write_steps(struct message_tree *tree, const struct saga_plan *plan,
                           const struct saga_session *session)
{
    json_t *steps = json_array();
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        enum saga_step_state state = (enum saga_step_state)session->step_state[i];
        json_t *step = write_call(tree, plan, saga_call_of_step(i), saga_step_state_name(state),
                                  session->step_attempts[i]);
        if (state == SAGA_STEP_RUNNING) {
            put_due(tree, step, session->waiting != 0, session->due_ns);
        }
        message_append(tree, steps, step);
    }
    return steps;
}

static json_t *write_compensations(struct message_tree *tree, const struct saga_plan *plan,
                                   const struct saga_session *session)
{
    json_t *compensations = json_array();
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        enum saga_undo_state state = (enum saga_undo_state)session->undo_state[i];
        json_t *compensation = write_call(tree, plan, saga_call_of_compensation(i),
                                          saga_undo_state_name(state), session->undo_attempts[i]);
        if (state == SAGA_UNDO_RUNNING || state == SAGA_UNDO_WAITING) {
            put_due(tree, compensation, state == SAGA_UNDO_WAITING, session->time_ns[i]);
        }
        message_append(tree, compensations, compensation);
    }
    return compensations;
}

static json_t *write_undone(struct message_tree *tree, const struct saga_plan *plan,
                            const uint8_t undone[SAGA_COMPENSATIONS_MAX], uint8_t undone_len)
{
    json_t *names = json_array();
    for (uint8_t i = 0; i < undone_len && i < SAGA_COMPENSATIONS_MAX; i++) {
        if (undone[i] < plan->compensations_len) {
            message_append(tree, names,
                           message_text(plan->compensations[undone[i]].name, SAGA_NAME_MAX));
        }
    }
    return names;
}

static json_t *write_stuck(struct message_tree *tree, const struct saga_plan *plan,
                           const struct saga_session *session)
{
    json_t *names = json_array();
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        if (session->undo_state[i] == SAGA_UNDO_STUCK) {
            message_append(tree, names, message_text(plan->compensations[i].name, SAGA_NAME_MAX));
        }
    }
    return names;
}

static void put_standing(struct message_tree *tree, json_t *root, const struct saga_plan *plan,
                         const struct saga_session *session)
{
    bool has_step = session->phase != SAGA_COMPLETED && session->step < plan->steps_len;
    message_put(tree, root, "status",
                json_string_nocheck(saga_status_name(saga_session_status(plan, session))));
    message_put(tree, root, "compensation",
                json_string_nocheck(saga_compensation_status_name(
                    saga_session_compensation_status(plan, session))));
    message_put(tree, root, "reason",
                message_text_or_null(saga_session_reason(plan, session), SAGA_NAME_MAX));
    message_put(tree, root, "step",
                has_step ? message_text(plan->steps[session->step].name, SAGA_NAME_MAX)
                         : json_null());
    message_put(tree, root, "undone",
                write_undone(tree, plan, session->undone, session->undone_len));
    message_put(tree, root, "stuck", write_stuck(tree, plan, session));
}

static void put_times(struct message_tree *tree, json_t *root, const struct saga_plan *plan,
                      const struct saga_session *session)
{
    message_put(tree, root, "started_at", message_time(session->started_ns));
    message_put(tree, root, "updated_at", message_time(session->now_ns));
    message_put(tree, root, "closed_at", message_time(session->closed_ns));
    if (plan == NULL) {
        return;
    }
    uint64_t left = SAGA_NEVER - session->started_ns;
    message_put(tree, root, "deadline_at",
                message_time(plan->deadline_ns < left ? session->started_ns + plan->deadline_ns
                                                      : SAGA_NEVER));
    message_put(tree, root, "hold_ends_at",
                message_time(session->phase == SAGA_FORWARD ? session->hold_ns : SAGA_NEVER));
}

static void put_request(struct message_tree *tree, json_t *root, const struct saga_plan *plan,
                        const struct saga_request *request)
{
    message_put(tree, root, "cart", message_text(request->cart, SAGA_ID_MAX));
    if (plan != NULL) {
        message_put(tree, root, "flags", message_flags(tree, plan, request->flags));
    }
}

char *message_write_checkout(const struct saga_session *session, const struct saga_plan *plan,
                             const struct store_request *request, size_t *len)
{
    struct message_tree tree = {0};
    json_t *root = json_object();
    assert(plan == NULL || saga_session_is_of(session, plan));
    message_put(&tree, root, "id", message_text(session->id, SAGA_ID_MAX));
    message_put(&tree, root, "plan", message_text(session->plan, SAGA_NAME_MAX));
    message_put(&tree, root, "version", message_number(session->plan_version));
    message_put(&tree, root, "plan_known", json_boolean(plan != NULL));
    message_put(&tree, root, "phase",
                json_string_nocheck(saga_phase_name((enum saga_phase)session->phase)));
    if (plan != NULL) {
        put_standing(&tree, root, plan, session);
    }
    message_put(&tree, root, "code", message_text_or_null(session->code, SAGA_CODE_MAX));
    message_put(&tree, root, "revision", message_number(session->version));
    message_put(&tree, root, "events", message_number(session->events_len));
    put_times(&tree, root, plan, session);
    if (plan != NULL) {
        message_put(&tree, root, "steps", write_steps(&tree, plan, session));
        message_put(&tree, root, "compensations", write_compensations(&tree, plan, session));
    }
    if (request != NULL) {
        put_request(&tree, root, plan, &request->request);
    }
    return message_finish(&tree, root, request == NULL ? NULL : &request->request, len);
}

static const struct saga_plan *find_plan(const struct message_plan_lookup *plans,
                                         const struct store_progress *row)
{
    for (size_t i = 0; i < plans->plans_len; i++) {
        if (plans->plans[i]->version == row->plan_version &&
            strncmp(plans->plans[i]->name, row->plan, sizeof row->plan) == 0) {
            return plans->plans[i];
        }
    }
    return NULL;
}

static json_t *write_row(struct message_tree *tree, const struct store_progress *row,
                         const struct saga_plan *plan)
{
    const struct node_progress *progress = &row->progress;
    json_t *object = json_object();
    message_put(tree, object, "id", message_text(row->id, SAGA_ID_MAX));
    message_put(tree, object, "plan", message_text(row->plan, SAGA_NAME_MAX));
    message_put(tree, object, "version", message_number(row->plan_version));
    message_put(tree, object, "plan_known", json_boolean(plan != NULL));
    message_put(tree, object, "status",
                json_string_nocheck(saga_status_name((enum saga_status)progress->status)));
    message_put(tree, object, "compensation",
                json_string_nocheck(saga_compensation_status_name(
                    (enum saga_compensation_status)progress->compensation)));
    if (plan != NULL) {
        message_put(tree, object, "undone",
                    write_undone(tree, plan, progress->undone, progress->undone_len));
    }
    message_put(tree, object, "events", message_number(progress->events_len));
    message_put(tree, object, "started_at", message_time(row->started_ns));
    message_put(tree, object, "updated_at", message_time(row->updated_ns));
    message_put(tree, object, "closed", json_boolean(progress->closed != 0));
    return object;
}

char *message_write_list(const struct store_progress *rows, size_t rows_len,
                         const struct message_plan_lookup *plans, const char *next, size_t *len)
{
    struct message_tree tree = {0};
    json_t *root = json_object();
    json_t *checkouts = json_array();
    for (size_t i = 0; i < rows_len; i++) {
        message_append(&tree, checkouts, write_row(&tree, &rows[i], find_plan(plans, &rows[i])));
    }
    message_put(&tree, root, "checkouts", checkouts);
    message_put(&tree, root, "next",
                next == NULL ? json_null() : message_text(next, MESSAGE_TEXT_MAX));
    return message_finish(&tree, root, NULL, len);
}
