/* The fingerprint by which R18 tells the same request from another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/request.h"

#include <string.h>

static struct saga_request a_request(void)
{
    struct saga_request request = {.id = "c-1", .cart = "cart-1", .flags = 3, .context_len = 3};
    memcpy(request.context, "abc", 3);
    return request;
}

/* Stored sessions carry it, so it can not change. */
static void test_the_fingerprint_is_fixed(void **state)
{
    (void)state;
    struct saga_request request = a_request();
    assert_int_equal(saga_request_fingerprint(&request), UINT64_C(0x07BC68E9C914E7B5));
    struct saga_request nothing = {0};
    assert_int_equal(saga_request_fingerprint(&nothing), UINT64_C(0xB81DECCC3941DDDC));
}

static void test_the_id_and_what_is_behind_the_context_are_no_part(void **state)
{
    (void)state;
    struct saga_request request = a_request();
    uint64_t fingerprint = saga_request_fingerprint(&request);
    memcpy(request.id, "c-2", 3);
    request.context[3] = 'x';
    assert_int_equal(saga_request_fingerprint(&request), fingerprint);
    memcpy(request.cart, "cart-1\0x", 8); /* behind the end of the text */
    assert_int_equal(saga_request_fingerprint(&request), fingerprint);
}

static void test_every_part_tells(void **state)
{
    (void)state;
    struct saga_request requests[7];
    for (size_t i = 0; i < 7; i++) {
        requests[i] = a_request();
    }
    requests[1].cart[5] = '2';
    requests[2].cart[5] = '\0';
    requests[3].flags = 1;
    requests[4].context[2] = 'd';
    requests[5].context_len = 2;
    requests[6].context_len = 4; /* a zero more */
    for (size_t i = 0; i < 7; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_true(saga_request_fingerprint(&requests[i]) !=
                        saga_request_fingerprint(&requests[j]));
        }
    }
}

/* What moves from one field to the next is another request. */
static void test_fields_do_not_run_together(void **state)
{
    (void)state;
    struct saga_request a = {.cart = "a", .context_len = 2, .context = {'b', 'c'}};
    struct saga_request b = {.cart = "ab", .context_len = 1, .context = {'c'}};
    assert_true(saga_request_fingerprint(&a) != saga_request_fingerprint(&b));
}

/* A length from outside is not believed beyond the field. */
static void test_a_length_beyond_the_field_is_cut(void **state)
{
    (void)state;
    struct saga_request request = a_request();
    request.context_len = SAGA_CONTEXT_MAX;
    uint64_t fingerprint = saga_request_fingerprint(&request);
    request.context_len = UINT32_MAX;
    assert_int_equal(saga_request_fingerprint(&request), fingerprint);
    memset(request.cart, 'x', sizeof(request.cart)); /* and no end */
    assert_true(saga_request_fingerprint(&request) != fingerprint);
}

/* A context made so that its hash is 0, which stands for no fingerprint. */
static void test_a_fingerprint_is_never_zero(void **state)
{
    (void)state;
    struct saga_request request = {.context_len = 17,
                                   .context = {0x00, 0x05, 0x07, 0x06, 0x36, 0x02, 0xF9, 0x02, 0x05,
                                               0x00, 0x0D, 0x1F, 0x1C, 0x0B, 0x0E, 0x05, 0x04}};
    assert_int_equal(saga_request_fingerprint(&request), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_fingerprint_is_fixed),
        cmocka_unit_test(test_the_id_and_what_is_behind_the_context_are_no_part),
        cmocka_unit_test(test_every_part_tells),
        cmocka_unit_test(test_fields_do_not_run_together),
        cmocka_unit_test(test_a_length_beyond_the_field_is_cut),
        cmocka_unit_test(test_a_fingerprint_is_never_zero),
    };
    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
