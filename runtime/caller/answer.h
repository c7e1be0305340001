/* What a transfer's end means. For the files of this folder only. */
#ifndef BACKSTEP_RUNTIME_CALLER_ANSWER_H
#define BACKSTEP_RUNTIME_CALLER_ANSWER_H

#include <curl/curl.h>

#include "runtime/caller/caller.h"

/* What a status of HTTP means, when the answer is whole. */
enum caller_outcome answer_outcome_of_status(long status);

/* How a transfer ended. */
struct answer {
    CURLcode code;
    bool enough; /* it was ended here, as no more of the answer is looked at */
    bool sent;   /* at least some of the request */
    long status; /* 0: there was none */
    int os_error;
};

enum caller_outcome answer_outcome(const struct answer *answer);

/* The same in words, without anything of the request or of the answer but its status. */
void answer_explain(const struct answer *answer, char why[CALLER_WHY_SIZE]);

#endif
