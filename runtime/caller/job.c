#include "runtime/caller/job.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char content_type[] = "Content-Type: ";

/* Copies two texts as one, and steps behind it. */
static char *append(char **at, const char *first, const char *second)
{
    char *text = *at;
    *at = stpcpy(stpcpy(text, first), second) + 1;
    return text;
}

struct job *job_create(const struct caller_request *request, const char *url, uint64_t now_ns)
{
    size_t headers_len = 0;
    size_t size = strlen(url) + strlen(request->path) + 1;
    size += sizeof content_type + strlen(request->type);
    while (headers_len < CALLER_HEADERS_MAX && request->headers[headers_len] != NULL) {
        assert(strpbrk(request->headers[headers_len], "\r\n") == NULL);
        size += strlen(request->headers[headers_len++]) + 1;
    }
    struct job *job = malloc(sizeof *job + size + request->body_len);
    if (job == NULL) {
        return NULL;
    }
    memset(job, 0, sizeof *job);
    job->target = request->target;
    job->expires_ns = now_ns + request->timeout_ns;
    if (job->expires_ns < now_ns) {
        job->expires_ns = UINT64_MAX;
    }
    memcpy(job->tag, request->tag, sizeof job->tag);
    memcpy(job->id, request->id, sizeof job->id);
    char *at = job->bytes;
    job->url = append(&at, url, request->path);
    job->headers[0] = append(&at, content_type, request->type);
    for (size_t i = 0; i < headers_len; i++) {
        job->headers[1 + i] = append(&at, request->headers[i], "");
    }
    job->body = at;
    job->body_len = request->body_len;
    if (request->body_len > 0) {
        memcpy(at, request->body, request->body_len);
    }
    return job;
}

void job_queue_put(struct job_queue *queue, struct job *job)
{
    job->next = NULL;
    if (queue->first == NULL) {
        queue->first = job;
        queue->look_ns = job->expires_ns;
    } else {
        queue->last->next = job;
        if (job->expires_ns < queue->look_ns) {
            queue->look_ns = job->expires_ns;
        }
    }
    queue->last = job;
    queue->len++;
}

struct job *job_queue_take(struct job_queue *queue)
{
    struct job *job = queue->first;
    if (job != NULL) {
        queue->first = job->next;
        queue->len--;
        job->next = NULL;
    }
    return job;
}

struct job *job_queue_take_expired(struct job_queue *queue, uint64_t now_ns)
{
    struct job *expired = NULL;
    struct job **end = &expired;
    if (queue->first == NULL || now_ns < queue->look_ns) {
        return NULL;
    }
    uint64_t earliest_ns = UINT64_MAX;
    struct job *last = NULL;
    struct job **link = &queue->first;
    while (*link != NULL) {
        struct job *job = *link;
        if (job->expires_ns <= now_ns) {
            *link = job->next;
            job->next = NULL;
            *end = job;
            end = &job->next;
            queue->len--;
        } else {
            earliest_ns = job->expires_ns < earliest_ns ? job->expires_ns : earliest_ns;
            last = job;
            link = &job->next;
        }
    }
    queue->last = last;
    queue->look_ns = earliest_ns > now_ns + JOB_LOOK_NS ? earliest_ns : now_ns + JOB_LOOK_NS;
    return expired;
}
