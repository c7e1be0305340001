#include "runtime/caller/answer.h"

#include <stdio.h>
#include <string.h>

const char *caller_outcome_name(enum caller_outcome outcome)
{
    static const char *const names[] = {
#define X(id, name) name,
        CALLER_OUTCOMES(X)
#undef X
    };
    return names[outcome];
}

enum caller_outcome answer_outcome_of_status(long status)
{
    static const long not_now[] = {401, 403, 404, 408, 425, 429};
    if (status == 202) {
        return CALLER_LATER;
    }
    if (status >= 200 && status <= 299) {
        return CALLER_OK;
    }
    if (status < 400 || status > 499) {
        return CALLER_UNAVAILABLE;
    }
    for (size_t i = 0; i < sizeof not_now / sizeof *not_now; i++) {
        if (status == not_now[i]) {
            return CALLER_UNAVAILABLE;
        }
    }
    return CALLER_REJECTED;
}

enum caller_outcome answer_outcome(const struct answer *answer)
{
    if (answer->code == CURLE_OK || answer->enough) {
        return answer_outcome_of_status(answer->status);
    }
    bool in_time = answer->code != CURLE_OPERATION_TIMEDOUT;
    return in_time || !answer->sent ? CALLER_UNAVAILABLE : CALLER_NO_ANSWER;
}

void answer_explain(const struct answer *answer, char why[CALLER_WHY_SIZE])
{
    static const struct {
        CURLcode code;
        const char *why;
    } known[] = {
        {CURLE_COULDNT_RESOLVE_HOST, "no connection: the host is unknown"},
        {CURLE_GOT_NOTHING, "the connection was closed without an answer"},
        {CURLE_PARTIAL_FILE, "the answer was cut short"},
        {CURLE_UNSUPPORTED_PROTOCOL, "the answer is no HTTP"},
        {CURLE_WEIRD_SERVER_REPLY, "the answer is no HTTP"},
        {CURLE_WRITE_ERROR, "the answer's head is too large"},
        {CURLE_OUT_OF_MEMORY, "out of memory, or a line of the answer has no end"},
    };
    if (answer->code == CURLE_OK || answer->enough) {
        snprintf(why, CALLER_WHY_SIZE, "HTTP %ld", answer->status);
        return;
    }
    if (answer->code == CURLE_OPERATION_TIMEDOUT) {
        snprintf(why, CALLER_WHY_SIZE, "no %s in time", answer->sent ? "answer" : "connection");
        return;
    }
    if (answer->code == CURLE_COULDNT_CONNECT && answer->os_error != 0) {
        char text[CALLER_WHY_SIZE / 2];
        snprintf(why, CALLER_WHY_SIZE, "no connection: %s",
                 strerror_r(answer->os_error, text, sizeof text));
        return;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (answer->code == known[i].code) {
            snprintf(why, CALLER_WHY_SIZE, "%s", known[i].why);
            return;
        }
    }
    snprintf(why, CALLER_WHY_SIZE, "%s", curl_easy_strerror(answer->code));
}
