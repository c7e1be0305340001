/*
 * Signatures, held against an HMAC of this test's own, made of SHA-256 as RFC 2104 says, which is
 * itself held against the vectors of RFC 4231.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "runtime/access/signature.h"

enum { BLOCK = 64, MAC = 32, NOW_S = 1795395723 };

static const char secret[] = "0123456789abcdef";
static const char body[] = "{\"checkout\":\"c-17\"}";

static void digest(unsigned char *out, const void *first, size_t first_len, const void *second,
                   size_t second_len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestInit_ex(context, EVP_sha256(), NULL), 1);
    assert_int_equal(EVP_DigestUpdate(context, first, first_len), 1);
    assert_int_equal(EVP_DigestUpdate(context, second, second_len), 1);
    assert_int_equal(EVP_DigestFinal_ex(context, out, NULL), 1);
    EVP_MD_CTX_free(context);
}

static void reference(char hex[2 * MAC + 1], const void *key, size_t key_len, const void *data,
                      size_t data_len)
{
    unsigned char inner_pad[BLOCK] = {0};
    unsigned char outer_pad[BLOCK];
    unsigned char mac[MAC];
    if (key_len > BLOCK) {
        digest(inner_pad, key, key_len, "", 0);
    } else {
        memcpy(inner_pad, key, key_len);
    }
    for (size_t i = 0; i < BLOCK; i++) {
        outer_pad[i] = inner_pad[i] ^ 0x5c;
        inner_pad[i] ^= 0x36;
    }
    digest(mac, inner_pad, BLOCK, data, data_len);
    digest(mac, outer_pad, BLOCK, mac, MAC);
    for (size_t i = 0; i < MAC; i++) {
        snprintf(hex + 2 * i, 3, "%02x", mac[i]);
    }
}

static void test_the_reference_keeps_to_rfc_4231(void **state)
{
    (void)state;
    char hex[2 * MAC + 1];
    unsigned char long_key[131];
    memset(long_key, 0xaa, sizeof long_key);
    reference(hex,
              "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b",
              20, "Hi There", 8);
    assert_string_equal(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    reference(hex, "Jefe", 4, "what do ya want for nothing?", 28);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    reference(hex, long_key, sizeof long_key,
              "Test Using Larger Than Block-Size Key - Hash Key First", 54);
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void test_a_signature_is_the_hmac_of_time_and_body(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 256; len += 5) {
        char key[256];
        char text[64];
        char value[SIGNATURE_SIZE];
        char expected[SIGNATURE_SIZE] = "t=1795395723,v1=";
        memset(key, (int)len, sizeof key);
        snprintf(text, sizeof text, "%d.%s", NOW_S, body);
        reference(expected + strlen(expected), key, len, text, strlen(text));
        assert_true(signature_write(value, key, len, NOW_S, body, strlen(body)));
        assert_string_equal(value, expected);
        assert_true(signature_check(value, key, len, NOW_S, body, strlen(body)));
    }
}

static void test_what_was_changed_is_refused(void **state)
{
    (void)state;
    char value[SIGNATURE_SIZE];
    char changed[] = "{\"checkout\":\"c-18\"}";
    assert_true(signature_write(value, secret, 16, NOW_S, body, strlen(body)));
    assert_false(signature_check(value, secret, 16, NOW_S, changed, strlen(changed)));
    assert_false(signature_check(value, secret, 16, NOW_S, body, strlen(body) - 1));
    assert_false(signature_check(value, secret, 15, NOW_S, body, strlen(body)));
    assert_false(signature_check(value, "0123456789abcdeF", 16, NOW_S, body, strlen(body)));
    for (size_t i = 0; value[i] != '\0'; i++) { /* every character of it counts */
        char forged[SIGNATURE_SIZE];
        memcpy(forged, value, sizeof forged);
        forged[i] = forged[i] == '1' ? '2' : '1';
        assert_false(signature_check(forged, secret, 16, NOW_S, body, strlen(body)));
    }
}

static void test_an_empty_body_and_one_with_a_nul_are_signed_too(void **state)
{
    (void)state;
    char value[SIGNATURE_SIZE];
    assert_true(signature_write(value, secret, 16, NOW_S, "", 0));
    assert_true(signature_check(value, secret, 16, NOW_S, "", 0));
    assert_false(signature_check(value, secret, 16, NOW_S, "\0", 1));
    assert_true(signature_write(value, secret, 16, NOW_S, "a\0b", 3));
    assert_false(signature_check(value, secret, 16, NOW_S, "a\0c", 3));
}

static void test_an_old_one_is_refused(void **state)
{
    (void)state;
    char value[SIGNATURE_SIZE];
    size_t len = strlen(body);
    assert_true(signature_write(value, secret, 16, NOW_S, body, len));
    assert_true(signature_check(value, secret, 16, NOW_S + SIGNATURE_TOLERANCE_S, body, len));
    assert_true(signature_check(value, secret, 16, NOW_S - SIGNATURE_TOLERANCE_S, body, len));
    assert_false(signature_check(value, secret, 16, NOW_S + SIGNATURE_TOLERANCE_S + 1, body, len));
    assert_false(signature_check(value, secret, 16, NOW_S - SIGNATURE_TOLERANCE_S - 1, body, len));
    assert_false(signature_check(value, secret, 16, INT64_MAX, body, len));
    assert_false(signature_check(value, secret, 16, -1, body, len));
}

static void test_what_is_no_signature_is_refused(void **state)
{
    (void)state;
    char good[SIGNATURE_SIZE];
    assert_true(signature_write(good, secret, 16, NOW_S, body, strlen(body)));
    const char *hex = strstr(good, "v1=") + 3;
    static const char *const forms[] = {"%s",
                                        "v1=%s",
                                        "t=,v1=%s",
                                        "t=-1,v1=%s",
                                        "t=1795395723 ,v1=%s",
                                        "t=1795395723,v0=%s",
                                        "t=1795395723,v1=%s ",
                                        "t=1795395723,v1=%s,v1=0",
                                        "T=1795395723,v1=%s",
                                        "t=9999999999999,v1=%s",
                                        "t=01795395723,v1=%s"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char value[SIGNATURE_SIZE + 16];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(value, sizeof value, forms[i], hex);
#pragma GCC diagnostic pop
        assert_false(signature_check(value, secret, 16, NOW_S, body, strlen(body)));
    }
    assert_false(signature_check(NULL, secret, 16, NOW_S, body, strlen(body)));
    assert_false(signature_check("", secret, 16, NOW_S, body, strlen(body)));
    assert_false(signature_check("t=1795395723,v1=", secret, 16, NOW_S, body, strlen(body)));
}

static void test_a_time_that_is_none_is_not_signed(void **state)
{
    (void)state;
    char value[SIGNATURE_SIZE];
    assert_false(signature_write(value, secret, 16, -1, body, 1));
    assert_false(signature_write(value, secret, 16, INT64_MAX, body, 1));
    assert_true(signature_write(value, secret, 16, INT64_C(999999999999), body, 1));
    assert_true(signature_check(value, secret, 16, INT64_C(999999999999), body, 1));
}

static void test_texts_are_equal_or_not(void **state)
{
    (void)state;
    assert_true(signature_equal("", ""));
    assert_true(signature_equal("abc", "abc"));
    assert_false(signature_equal("abc", "abd"));
    assert_false(signature_equal("abc", "ab"));
    assert_false(signature_equal("", "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_reference_keeps_to_rfc_4231),
        cmocka_unit_test(test_a_signature_is_the_hmac_of_time_and_body),
        cmocka_unit_test(test_what_was_changed_is_refused),
        cmocka_unit_test(test_an_empty_body_and_one_with_a_nul_are_signed_too),
        cmocka_unit_test(test_an_old_one_is_refused),
        cmocka_unit_test(test_what_is_no_signature_is_refused),
        cmocka_unit_test(test_a_time_that_is_none_is_not_signed),
        cmocka_unit_test(test_texts_are_equal_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
