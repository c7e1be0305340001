/* Requests that wait: first in, first out, and out of the way once their time is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/caller/job.h"

#define MS UINT64_C(1000000)

static void put(struct job_queue *queue, uint64_t number, uint64_t expires_ns)
{
    struct caller_request request = {
        .path = "/x", .type = "t", .timeout_ns = expires_ns, .tag = {number}};
    struct job *job = job_create(&request, "http://a", 0);
    assert_non_null(job);
    job_queue_put(queue, job);
}

static void assert_taken(struct job_queue *queue, uint64_t number)
{
    struct job *job = job_queue_take(queue);
    assert_non_null(job);
    assert_int_equal(job->tag[0], number);
    assert_null(job->next);
    free(job);
}

static void assert_expired(struct job_queue *queue, uint64_t now_ns, const uint64_t *numbers,
                           size_t len)
{
    struct job *job = job_queue_take_expired(queue, now_ns);
    for (size_t i = 0; i < len; i++) {
        assert_non_null(job);
        assert_int_equal(job->tag[0], numbers[i]);
        struct job *next = job->next;
        free(job);
        job = next;
    }
    assert_null(job);
}

static void test_a_copy_is_whole(void **state)
{
    (void)state;
    char path[] = "/pay";
    char body[] = "{\"a\":1}";
    char header[] = "Idempotency-Key: k";
    struct caller_request request = {.target = 3,
                                     .path = path,
                                     .type = "application/json",
                                     .headers = {header, "B: b"},
                                     .body = body,
                                     .body_len = strlen(body),
                                     .timeout_ns = 7,
                                     .tag = {1, 2},
                                     .id = "c-1"};
    struct job *job = job_create(&request, "http://a/v1", 100);
    memset(path, 'x', strlen(path));
    memset(body, 'x', strlen(body));
    memset(header, 'x', strlen(header));
    assert_int_equal(job->target, 3);
    assert_int_equal(job->expires_ns, 107);
    assert_string_equal(job->url, "http://a/v1/pay");
    assert_string_equal(job->headers[0], "Content-Type: application/json");
    assert_string_equal(job->headers[1], "Idempotency-Key: k");
    assert_string_equal(job->headers[2], "B: b");
    assert_null(job->headers[3]);
    assert_int_equal(job->body_len, 7);
    assert_memory_equal(job->body, "{\"a\":1}", 7);
    assert_int_equal(job->tag[1], 2);
    assert_string_equal(job->id, "c-1");
    free(job);
}

static void test_headers_may_be_full_and_a_body_empty(void **state)
{
    (void)state;
    struct caller_request request = {.path = "", .type = "t", .timeout_ns = UINT64_MAX};
    for (size_t i = 0; i < CALLER_HEADERS_MAX; i++) {
        request.headers[i] = "A: a";
    }
    struct job *job = job_create(&request, "http://a", 100);
    assert_string_equal(job->url, "http://a");
    assert_string_equal(job->headers[CALLER_HEADERS_MAX], "A: a");
    assert_int_equal(job->body_len, 0);
    assert_int_equal(job->expires_ns, UINT64_MAX);
    free(job);
}

static void test_first_in_first_out(void **state)
{
    (void)state;
    struct job_queue queue = {0};
    assert_null(job_queue_take(&queue));
    put(&queue, 1, MS);
    put(&queue, 2, MS);
    assert_taken(&queue, 1);
    put(&queue, 3, MS);
    assert_int_equal(queue.len, 2);
    assert_taken(&queue, 2);
    assert_taken(&queue, 3);
    assert_null(job_queue_take(&queue));
    put(&queue, 4, MS);
    assert_taken(&queue, 4);
    assert_int_equal(queue.len, 0);
}

static void test_those_whose_time_is_over_leave_wherever_they_stand(void **state)
{
    (void)state;
    struct job_queue queue = {0};
    put(&queue, 1, 500 * MS);
    put(&queue, 2, 10 * MS);
    put(&queue, 3, 500 * MS);
    put(&queue, 4, 9 * MS);
    assert_expired(&queue, 9 * MS - 1, NULL, 0);
    assert_int_equal(queue.look_ns, 9 * MS);
    assert_expired(&queue, 10 * MS, (const uint64_t[]){2, 4}, 2);
    assert_int_equal(queue.len, 2);
    put(&queue, 5, 500 * MS);
    assert_taken(&queue, 1);
    assert_taken(&queue, 3);
    assert_taken(&queue, 5);
}

static void test_a_queue_may_expire_as_a_whole(void **state)
{
    (void)state;
    struct job_queue queue = {0};
    put(&queue, 1, MS);
    put(&queue, 2, MS);
    assert_expired(&queue, MS, (const uint64_t[]){1, 2}, 2);
    assert_int_equal(queue.len, 0);
    assert_null(queue.first);
    put(&queue, 3, 2 * MS);
    assert_int_equal(queue.look_ns, 2 * MS);
    assert_taken(&queue, 3);
}

static void test_a_long_queue_is_not_looked_through_all_the_time(void **state)
{
    (void)state;
    struct job_queue queue = {0};
    put(&queue, 1, 10 * MS);
    put(&queue, 2, 11 * MS);
    assert_expired(&queue, 10 * MS, (const uint64_t[]){1}, 1);
    assert_int_equal(queue.look_ns, 10 * MS + JOB_LOOK_NS);
    assert_expired(&queue, 12 * MS, NULL, 0);
    assert_expired(&queue, 10 * MS + JOB_LOOK_NS, (const uint64_t[]){2}, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_copy_is_whole),
        cmocka_unit_test(test_headers_may_be_full_and_a_body_empty),
        cmocka_unit_test(test_first_in_first_out),
        cmocka_unit_test(test_those_whose_time_is_over_leave_wherever_they_stand),
        cmocka_unit_test(test_a_queue_may_expire_as_a_whole),
        cmocka_unit_test(test_a_long_queue_is_not_looked_through_all_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
