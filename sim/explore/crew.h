/*
 * Threads that work side by side and meet: what is done at a meeting is done by the first of them,
 * alone, while all others stand.
 */
#ifndef BACKSTEP_SIM_EXPLORE_CREW_H
#define BACKSTEP_SIM_EXPLORE_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct crew {
    pthread_mutex_t mutex;
    pthread_cond_t has_come; /* all have */
    pthread_cond_t has_gone; /* the meeting is over */
    uint32_t members;
    uint32_t present;
    uint32_t idle; /* of those present */
    uint64_t meetings;
};

void crew_init(struct crew *crew, uint32_t members);
/* So many only will ever come. Before the first meeting, by the first member. */
void crew_resize(struct crew *crew, uint32_t members);
void crew_destroy(struct crew *crew);

/* The first member: waits until all others are there. Returns whether all of them are idle, which
 * for itself `is_idle` tells. */
bool crew_gather(struct crew *crew, bool is_idle);

/* The first member: ends the meeting that crew_gather() began. */
void crew_dismiss(struct crew *crew);

/* Any other member: comes, and goes when the meeting is over. */
void crew_attend(struct crew *crew, bool is_idle);

#endif
