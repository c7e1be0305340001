/* One request under way: a handle of libcurl, used again and again. For the files of this folder
 * only. */
#ifndef BACKSTEP_RUNTIME_CALLER_TRANSFER_H
#define BACKSTEP_RUNTIME_CALLER_TRANSFER_H

#include <curl/curl.h>

#include "runtime/caller/job.h"

/* What every request to a target has. */
struct transfer_settings {
    const char *ca_file;
    size_t answer_max;
    const char *authorization; /* the header; NULL: none */
    const unsigned char *secret;
    size_t secret_len;
};

/* Zeroed, it is idle and without a handle. */
struct transfer {
    CURL *easy;
    struct curl_slist *headers;
    struct job *job; /* NULL: idle */
    uint64_t began_ns;
    size_t answer_max;
    char *answer; /* of an answer that may carry a code */
    size_t answer_len;
    size_t head_len;
    bool head_whole; /* it has come to its end, which libcurl does not insist on */
    bool added;      /* to the multi handle */
    bool enough;     /* of the answer: it was ended here */
    bool again;      /* over a connection of its own: the one that had been kept was closed */
};

/* Takes the job, which must not have expired. False when memory is out: nothing was sent. Then,
 * too, it is ended by transfer_end(). */
bool transfer_begin(struct transfer *transfer, CURLM *multi,
                    const struct transfer_settings *settings, struct job *job, uint64_t now_ns);

/* It failed, as libcurl says. If that was because a connection that had been kept open was closed,
 * it is sent again over a new one, once; else false: it is over. */
bool transfer_begin_again(struct transfer *transfer, CURLM *multi, CURLcode code, uint64_t now_ns);

/* It is over, as libcurl says: fills in the result. It is idle again. */
void transfer_end(struct transfer *transfer, CURLM *multi, CURLcode code, uint64_t now_ns,
                  struct caller_result *result);

/* Gives it up, if it is under way, and frees what it holds. */
void transfer_free(struct transfer *transfer, CURLM *multi);

#endif
