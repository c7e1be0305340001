#include "runtime/node/progress.h"

/* The public status that the success gives the checkout, if the plan says that it gives one. */
static void step_succeeded(const struct saga_plan *plan, struct node_progress *progress,
                           uint8_t step)
{
    if (step >= plan->steps_len) {
        return;
    }
    progress->steps = (uint16_t)(progress->steps | 1U << step);
    switch ((enum saga_milestone)plan->steps[step].milestone) {
    case SAGA_MILESTONE_NONE:
        break;
    case SAGA_MILESTONE_RESERVED:
        progress->status = SAGA_STATUS_RESERVED;
        break;
    case SAGA_MILESTONE_PAID:
        progress->status = SAGA_STATUS_PAID;
        break;
    }
}

static void undo_acknowledged(const struct saga_plan *plan, struct node_progress *progress,
                              uint8_t compensation)
{
    assert(progress->undone_len <= SAGA_COMPENSATIONS_MAX);
    for (uint8_t i = 0; i < progress->undone_len; i++) {
        if (progress->undone[i] == compensation) {
            return;
        }
    }
    if (compensation < plan->compensations_len) {
        progress->undone[progress->undone_len++] = compensation;
    }
}

static void begin_compensation(struct node_progress *progress, enum saga_status status)
{
    progress->status = (uint8_t)status;
    progress->compensation = SAGA_COMPENSATION_RUNNING;
}

enum node_progress_result node_progress_apply(const struct saga_plan *plan,
                                              struct node_progress *progress,
                                              const struct saga_domain_event *event)
{
    if (event->sequence != progress->events_len) {
        return event->sequence < progress->events_len ? NODE_PROGRESS_SEEN : NODE_PROGRESS_GAP;
    }
    progress->events_len++;
    switch ((enum saga_domain_event_kind)event->kind) {
    case SAGA_STARTED:
        progress->status = SAGA_STATUS_STARTED;
        break;
    case SAGA_STEP_SUCCEEDED:
        step_succeeded(plan, progress, event->index);
        break;
    case SAGA_COMPLETION:
        progress->status = SAGA_STATUS_COMPLETED;
        progress->closed = 1;
        break;
    case SAGA_FAILURE:
        begin_compensation(progress, SAGA_STATUS_FAILED);
        break;
    case SAGA_EXPIRY:
        begin_compensation(progress, SAGA_STATUS_EXPIRED);
        break;
    case SAGA_UNDO_ACKNOWLEDGED:
        undo_acknowledged(plan, progress, event->index);
        break;
    case SAGA_STALL:
        progress->compensation = SAGA_COMPENSATION_STALLED;
        break;
    case SAGA_COMPENSATION:
        progress->compensation = SAGA_COMPENSATION_DONE;
        progress->closed = 1;
        break;
    }
    return NODE_PROGRESS_APPLIED;
}

bool node_tells_outcome(const struct saga_domain_event *event)
{
    switch ((enum saga_domain_event_kind)event->kind) {
    case SAGA_COMPLETION:
    case SAGA_FAILURE:
    case SAGA_EXPIRY:
        return true;
    case SAGA_STARTED:
    case SAGA_STEP_SUCCEEDED:
    case SAGA_UNDO_ACKNOWLEDGED:
    case SAGA_STALL:
    case SAGA_COMPENSATION:
        break;
    }
    return false;
}
