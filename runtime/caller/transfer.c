#include "runtime/caller/transfer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/access/signature.h"
#include "runtime/caller/answer.h"
#include "runtime/message/read.h"

#define NS_PER_S  UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

enum {
    HEAD_MAX = 65536,       /* bytes of all headers of an answer */
    CONNECT_MAX_MS = 10000, /* a connection that is not there by then is none */
    BUFFER_SIZE = 16384,    /* of libcurl, each way */
    RETRY_AFTER_MAX_S = 86400
};

/* Called by libcurl with each line of the head. */
static size_t take_head(char *bytes, size_t one, size_t len, void *context)
{
    struct transfer *transfer = context;
    (void)one;
    if (len >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        transfer->head_whole = false; /* there may be some of 1xx before the one that counts */
    } else if (len > 0 && (bytes[0] == '\r' || bytes[0] == '\n')) {
        transfer->head_whole = true;
    }
    transfer->head_len += len;
    return transfer->head_len <= HEAD_MAX ? len : 0;
}

static long status_of(const struct transfer *transfer)
{
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* Called by libcurl with some of the body. Only one that may carry a code is kept. */
static size_t take_body(char *bytes, size_t one, size_t len, void *context)
{
    struct transfer *transfer = context;
    (void)one;
    size_t room = transfer->answer_max - transfer->answer_len;
    size_t taken = len < room ? len : room;
    bool has_code = answer_outcome_of_status(status_of(transfer)) == CALLER_REJECTED;
    if (transfer->answer == NULL && has_code) {
        transfer->answer = malloc(transfer->answer_max); /* without it there is just no code */
    }
    if (transfer->answer != NULL) {
        memcpy(transfer->answer + transfer->answer_len, bytes, taken);
    }
    transfer->answer_len += taken;
    transfer->enough = taken < len;
    return taken;
}

/* What is the same for all requests. */
static bool open_handle(struct transfer *transfer, const struct transfer_settings *settings)
{
    CURL *easy = curl_easy_init();
    if (easy == NULL) {
        return false;
    }
    transfer->easy = easy;
    bool fine = curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK; /* see no resolver out */
    fine &= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_USERAGENT, "backstepd/" BACKSTEP_VERSION) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)BUFFER_SIZE) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)BUFFER_SIZE) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_head) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK;
    if (settings->ca_file != NULL) {
        fine &= curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file) == CURLE_OK;
    }
    if (!fine) {
        curl_easy_cleanup(easy);
        transfer->easy = NULL;
    }
    return fine;
}

static bool add_header(struct transfer *transfer, const char *header)
{
    struct curl_slist *list = curl_slist_append(transfer->headers, header);
    if (list != NULL) {
        transfer->headers = list;
    }
    return list != NULL;
}

static bool add_signature(struct transfer *transfer, const struct transfer_settings *settings,
                          const struct job *job)
{
    char value[SIGNATURE_SIZE];
    char header[SIGNATURE_SIZE + sizeof "Backstep-Signature: "];
    if (!signature_write(value, settings->secret, settings->secret_len, (int64_t)time(NULL),
                         job->body, job->body_len)) {
        return false;
    }
    snprintf(header, sizeof header, "Backstep-Signature: %s", value);
    return add_header(transfer, header);
}

static bool add_headers(struct transfer *transfer, const struct transfer_settings *settings,
                        const struct job *job)
{
    bool fine = add_header(transfer, "Expect:"); /* no asking before the body is sent */
    for (size_t i = 0; i < JOB_HEADERS_MAX && job->headers[i] != NULL; i++) {
        fine = fine && add_header(transfer, job->headers[i]);
    }
    if (settings->authorization != NULL) {
        fine = fine && add_header(transfer, settings->authorization);
    }
    if (settings->secret != NULL) {
        fine = fine && add_signature(transfer, settings, job);
    }
    return fine;
}

/* The time that is left, in whole milliseconds, of which 0 would mean for ever. */
static long left_ms(const struct job *job, uint64_t now_ns)
{
    uint64_t ms = (job->expires_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS;
    return ms < INT32_MAX ? (long)ms : INT32_MAX;
}

static bool set_request(struct transfer *transfer, const struct job *job, uint64_t now_ns)
{
    CURL *easy = transfer->easy;
    long total_ms = left_ms(job, now_ns);
    long connect_ms = total_ms < CONNECT_MAX_MS ? total_ms : CONNECT_MAX_MS;
    bool fine = curl_easy_setopt(easy, CURLOPT_URL, job->url) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, job->body) == CURLE_OK;
    fine &=
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)job->body_len) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, transfer->again ? 1L : 0L) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, total_ms) == CURLE_OK;
    fine &= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) == CURLE_OK;
    return fine;
}

bool transfer_begin(struct transfer *transfer, CURLM *multi,
                    const struct transfer_settings *settings, struct job *job, uint64_t now_ns)
{
    assert(transfer->job == NULL);
    assert(job->expires_ns > now_ns);
    transfer->job = job;
    transfer->began_ns = now_ns;
    transfer->answer_max = settings->answer_max;
    transfer->added = (transfer->easy != NULL || open_handle(transfer, settings)) &&
                      add_headers(transfer, settings, job) && set_request(transfer, job, now_ns) &&
                      curl_multi_add_handle(multi, transfer->easy) == CURLM_OK;
    return transfer->added;
}

/* Whether it failed because the other side closed a connection that had been kept open, without a
 * word about this request. */
static bool was_let_down(const struct transfer *transfer, CURLcode code)
{
    long connections = 1;
    bool silent = code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR;
    curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &connections);
    return silent && transfer->head_len == 0 && connections == 0;
}

bool transfer_begin_again(struct transfer *transfer, CURLM *multi, CURLcode code, uint64_t now_ns)
{
    const struct job *job = transfer->job;
    if (transfer->again || job->expires_ns <= now_ns || !was_let_down(transfer, code)) {
        return false;
    }
    curl_multi_remove_handle(multi, transfer->easy);
    transfer->again = true;
    transfer->added = set_request(transfer, job, now_ns) &&
                      curl_multi_add_handle(multi, transfer->easy) == CURLM_OK;
    return transfer->added;
}

static void forget(struct transfer *transfer)
{
    curl_slist_free_all(transfer->headers);
    free(transfer->answer);
    free(transfer->job);
    *transfer = (struct transfer){.easy = transfer->easy};
}

static uint64_t retry_after_ns(CURL *easy)
{
    curl_off_t seconds = 0;
    if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds) != CURLE_OK || seconds <= 0) {
        return 0;
    }
    return (seconds < RETRY_AFTER_MAX_S ? (uint64_t)seconds : RETRY_AFTER_MAX_S) * NS_PER_S;
}

/* What libcurl knows of the answer. */
static void look_at_answer(const struct transfer *transfer, struct answer *answer,
                           struct caller_result *result)
{
    long request_size = 0;
    long os_error = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &request_size);
    curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_error);
    answer->status = status_of(transfer);
    answer->sent = request_size > 0;
    if (answer->code == CURLE_OK && !transfer->head_whole) {
        answer->code = CURLE_PARTIAL_FILE;
    }
    answer->os_error = (int)os_error;
    result->status = answer->status;
    result->retry_after_ns = retry_after_ns(transfer->easy);
}

void transfer_end(struct transfer *transfer, CURLM *multi, CURLcode code, uint64_t now_ns,
                  struct caller_result *result)
{
    const struct job *job = transfer->job;
    struct answer answer = {.code = code, .enough = transfer->enough};
    *result = (struct caller_result){.target = job->target,
                                     .took_ns = now_ns - transfer->began_ns,
                                     .tag = {job->tag[0], job->tag[1]}};
    memcpy(result->id, job->id, sizeof result->id);
    if (transfer->added) {
        look_at_answer(transfer, &answer, result);
        curl_multi_remove_handle(multi, transfer->easy);
    }
    result->outcome = answer_outcome(&answer);
    answer_explain(&answer, result->why);
    if (result->outcome == CALLER_REJECTED) {
        if (transfer->answer != NULL) {
            message_read_code(transfer->answer, transfer->answer_len, result->code);
        }
        if (result->code[0] == '\0') {
            snprintf(result->code, sizeof result->code, "http_%ld", result->status);
        }
    }
    forget(transfer);
}

void transfer_free(struct transfer *transfer, CURLM *multi)
{
    if (transfer->added) {
        curl_multi_remove_handle(multi, transfer->easy);
    }
    if (transfer->easy != NULL) {
        curl_easy_cleanup(transfer->easy);
    }
    transfer->easy = NULL;
    forget(transfer);
}
