#include "runtime/daemon/inbox.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool inbox_open(struct inbox *inbox, uint32_t inputs_max)
{
    *inbox = (struct inbox){.inputs_max = inputs_max};
    inbox->inputs = calloc(inputs_max, sizeof(*inbox->inputs));
    inbox->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (inbox->inputs == NULL || inbox->wake_fd < 0) {
        free(inbox->inputs);
        if (inbox->wake_fd >= 0) {
            close(inbox->wake_fd);
        }
        return false;
    }
    int failed = pthread_mutex_init(&inbox->lock, NULL);
    assert(failed == 0);
    failed = pthread_cond_init(&inbox->room, NULL);
    assert(failed == 0);
    (void)failed;
    return true;
}

void inbox_free(struct inbox *inbox)
{
    pthread_cond_destroy(&inbox->room);
    pthread_mutex_destroy(&inbox->lock);
    close(inbox->wake_fd);
    free(inbox->inputs);
}

static void wake(const struct inbox *inbox)
{
    uint64_t one = 1;
    ssize_t written = write(inbox->wake_fd, &one, sizeof(one));
    (void)written; /* it fails only when the counter is full, and then it is awake */
}

static void append(struct inbox *inbox, const struct engine_input *input)
{
    inbox->inputs[(inbox->inputs_at + inbox->inputs_len) % inbox->inputs_max] = *input;
    inbox->inputs_len++;
    if (inbox->inputs_len == 1) {
        wake(inbox);
    }
}

bool inbox_offer(struct inbox *inbox, const struct engine_input *input)
{
    pthread_mutex_lock(&inbox->lock);
    uint32_t max = inbox->inputs_max;
    max -= input->kind == ENGINE_START ? max / 4 : 0;
    bool fits = !inbox->closed && inbox->inputs_len < max;
    if (fits) {
        append(inbox, input);
    }
    pthread_mutex_unlock(&inbox->lock);
    return fits;
}

bool inbox_put(struct inbox *inbox, const struct engine_input *input)
{
    pthread_mutex_lock(&inbox->lock);
    while (!inbox->closed && inbox->inputs_len == inbox->inputs_max) {
        pthread_cond_wait(&inbox->room, &inbox->lock);
    }
    bool taken = !inbox->closed;
    if (taken) {
        append(inbox, input);
    }
    pthread_mutex_unlock(&inbox->lock);
    return taken;
}

void inbox_put_outcome(struct inbox *inbox, struct inbox_outcome outcome)
{
    pthread_mutex_lock(&inbox->lock);
    assert(inbox->outcomes_len < INBOX_OUTCOMES_MAX);
    inbox->outcomes[inbox->outcomes_len++] = outcome;
    wake(inbox);
    pthread_mutex_unlock(&inbox->lock);
}

bool inbox_drain(struct inbox *inbox, struct engine *engine)
{
    uint64_t count = 0;
    ssize_t got = read(inbox->wake_fd, &count, sizeof(count));
    (void)got; /* nothing to read: nobody woke us */
    pthread_mutex_lock(&inbox->lock);
    bool was_full = inbox->inputs_len == inbox->inputs_max;
    while (inbox->inputs_len > 0 && engine_offer(engine, &inbox->inputs[inbox->inputs_at])) {
        inbox->inputs_at = (inbox->inputs_at + 1) % inbox->inputs_max;
        inbox->inputs_len--;
    }
    bool is_left = inbox->inputs_len > 0;
    if (was_full) {
        pthread_cond_broadcast(&inbox->room);
    }
    pthread_mutex_unlock(&inbox->lock);
    return is_left;
}

uint32_t inbox_take_outcomes(struct inbox *inbox, struct inbox_outcome *outcomes)
{
    pthread_mutex_lock(&inbox->lock);
    uint32_t len = inbox->outcomes_len;
    for (uint32_t i = 0; i < len; i++) {
        outcomes[i] = inbox->outcomes[i];
    }
    inbox->outcomes_len = 0;
    pthread_mutex_unlock(&inbox->lock);
    return len;
}

void inbox_close(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    inbox->closed = true;
    pthread_cond_broadcast(&inbox->room);
    pthread_mutex_unlock(&inbox->lock);
}

uint32_t inbox_len(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    uint32_t len = inbox->inputs_len;
    pthread_mutex_unlock(&inbox->lock);
    return len;
}
