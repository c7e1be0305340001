#include "sim/explore/crew.h"

#include <stddef.h>

void crew_init(struct crew *crew, uint32_t members)
{
    pthread_mutex_init(&crew->mutex, NULL);
    pthread_cond_init(&crew->has_come, NULL);
    pthread_cond_init(&crew->has_gone, NULL);
    crew->members = members;
    crew->present = 0;
    crew->idle = 0;
    crew->meetings = 0;
}

void crew_resize(struct crew *crew, uint32_t members)
{
    pthread_mutex_lock(&crew->mutex);
    crew->members = members;
    pthread_mutex_unlock(&crew->mutex);
}

void crew_destroy(struct crew *crew)
{
    pthread_cond_destroy(&crew->has_gone);
    pthread_cond_destroy(&crew->has_come);
    pthread_mutex_destroy(&crew->mutex);
}

bool crew_gather(struct crew *crew, bool is_idle)
{
    pthread_mutex_lock(&crew->mutex);
    while (crew->present + 1 < crew->members) {
        pthread_cond_wait(&crew->has_come, &crew->mutex);
    }
    bool are_all_idle = is_idle && crew->idle + 1 == crew->members;
    pthread_mutex_unlock(&crew->mutex);
    return are_all_idle;
}

void crew_dismiss(struct crew *crew)
{
    pthread_mutex_lock(&crew->mutex);
    crew->present = 0;
    crew->idle = 0;
    crew->meetings++;
    pthread_cond_broadcast(&crew->has_gone);
    pthread_mutex_unlock(&crew->mutex);
}

void crew_attend(struct crew *crew, bool is_idle)
{
    pthread_mutex_lock(&crew->mutex);
    uint64_t meeting = crew->meetings;
    crew->present++;
    crew->idle += is_idle;
    if (crew->present + 1 == crew->members) {
        pthread_cond_signal(&crew->has_come);
    }
    while (crew->meetings == meeting) {
        pthread_cond_wait(&crew->has_gone, &crew->mutex);
    }
    pthread_mutex_unlock(&crew->mutex);
}
