/* Requests that wait. For the files of this folder only. */
#ifndef BACKSTEP_RUNTIME_CALLER_JOB_H
#define BACKSTEP_RUNTIME_CALLER_JOB_H

#include "runtime/caller/caller.h"

/* The content type, and what the request brings. */
enum { JOB_HEADERS_MAX = CALLER_HEADERS_MAX + 1 };

/* A request as it was copied, in one piece of memory: free() it. Times are of CLOCK_MONOTONIC. */
struct job {
    struct job *next;
    uint32_t target;
    uint64_t expires_ns;
    uint64_t tag[2];
    char id[SAGA_ID_MAX + 1];
    const char *url;
    const char *headers[JOB_HEADERS_MAX]; /* ended by NULL, or full */
    const char *body;
    size_t body_len;
    char bytes[]; /* what the pointers point at */
};

/* `url` is the target's. NULL when memory is out. */
struct job *job_create(const struct caller_request *request, const char *url, uint64_t now_ns);

/* First in, first out. Zeroed, it is empty. */
struct job_queue {
    struct job *first;
    struct job *last;
    size_t len;
    uint64_t look_ns; /* no need to look for expired ones before; meaningful unless empty */
};

void job_queue_put(struct job_queue *queue, struct job *job);

/* The first; NULL when there is none. */
struct job *job_queue_take(struct job_queue *queue);

/*
 * Takes out those that have expired, as a list in their order; NULL when there are none. Looks
 * through the whole queue, but for a queue of ever new ones no more often than JOB_LOOK_NS: an
 * expired one may stay in it for so long.
 */
#define JOB_LOOK_NS UINT64_C(100000000)
struct job *job_queue_take_expired(struct job_queue *queue, uint64_t now_ns);

#endif
