/* What is an address to listen on, and a URL to send to, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "runtime/config/address.h"

static void test_addresses_to_listen_on(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *becomes;
        bool loopback;
    } rows[] = {
        {"127.0.0.1:8080", "127.0.0.1:8080", true},
        {"127.255.3.4:1", "127.255.3.4:1", true},
        {"127.0.0.1:0", "127.0.0.1:0", true},
        {"128.0.0.1:80", "128.0.0.1:80", false},
        {"0.0.0.0:65535", "0.0.0.0:65535", false},
        {"localhost:8080", "127.0.0.1:8080", true},
        {":8080", ":8080", false},
        {"[::1]:8080", "[::1]:8080", true},
        {"[0:0:0:0:0:0:0:1]:8080", "[0:0:0:0:0:0:0:1]:8080", true},
        {"[::ffff:127.0.0.1]:8080", "[::ffff:127.0.0.1]:8080", true},
        {"[::ffff:10.0.0.1]:8080", "[::ffff:10.0.0.1]:8080", false},
        {"[::]:8080", "[::]:8080", false},
        {"[2001:db8::1]:8080", "[2001:db8::1]:8080", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[256];
        bool loopback = !rows[i].loopback;
        snprintf(text, sizeof text, "%s", rows[i].text);
        assert_null(config_check_listen(text, sizeof text, &loopback));
        assert_string_equal(text, rows[i].becomes);
        assert_int_equal(loopback, rows[i].loopback);
    }
}

static void test_what_nobody_can_listen_on(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "8080",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:65536",
        "127.1:80",
        "256.0.0.1:80",
        "127.0.0.1:-1",
        "127.0.0.1:80x",
        "127.0.0.1:000080",
        "::1:8080",
        "[::1]",
        "[::1",
        "[:8080",
        "[]:8080",
        "[1.2.3.4]:80",
        "example.com:80",
        "localhost",
        " 127.0.0.1:80",
        "[::1]x:80",
        "[::g]:80",
        "http://127.0.0.1:80",
        "*:80",
        "[fe80::1%lo]:80",
        "127.0.0.1:8 0",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[256];
        bool loopback = false;
        snprintf(text, sizeof text, "%s", texts[i]);
        if (config_check_listen(text, sizeof text, &loopback) == NULL) {
            fail_msg("%s was taken for an address", texts[i]);
        }
    }
    char text[256];
    bool loopback = false;
    memset(text, '1', sizeof text);
    memcpy(text + sizeof text - 4, ":80", 4);
    assert_non_null(config_check_listen(text, sizeof text, &loopback));
}

static void test_urls_to_send_to(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *becomes;
    } rows[] = {
        {"http://cart", "http://cart"},
        {"https://cart.example/", "https://cart.example"},
        {"http://127.0.0.1:9090/cart///", "http://127.0.0.1:9090/cart"},
        {"HTTP://Cart.Example:1/v1/a%20b;c=d,e~f", "HTTP://Cart.Example:1/v1/a%20b;c=d,e~f"},
        {"http://[::1]:65535/x", "http://[::1]:65535/x"},
        {"https://[2001:db8::1]", "https://[2001:db8::1]"},
        {"http://a/b@c:d", "http://a/b@c:d"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[256];
        snprintf(text, sizeof text, "%s", rows[i].text);
        assert_null(config_check_url(text));
        assert_string_equal(text, rows[i].becomes);
    }
}

static void test_what_nobody_can_send_to(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "cart",
        "//cart",
        "http:/cart",
        "http://",
        "http:///cart",
        "http://:80",
        "http://?",
        "ftp://cart",
        "file:///etc/passwd",
        "http://user@cart",
        "http://user:secret@cart/",
        "http://cart?x=1",
        "http://cart/#x",
        "http://cart:0",
        "http://cart:",
        "http://cart:65536",
        "http://cart:80a",
        "http://ca rt",
        "http://cart/a b",
        "http://cart/a\nb",
        "http://cart/\x7f",
        "http://cart/\xc3\xa9",
        "http://cart\\x",
        "http://[::1",
        "http://[]",
        "http://[::1]x",
        "http://[127.0.0.1]",
        "http://c@rt",
        "http://a,b",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[256];
        snprintf(text, sizeof text, "%s", texts[i]);
        if (config_check_url(text) == NULL) {
            fail_msg("%s was taken for a URL", texts[i]);
        }
    }
    char text[512];
    memset(text, 'a', sizeof text);
    memcpy(text, "http://", 7);
    text[sizeof text - 1] = '\0';
    assert_non_null(config_check_url(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_to_listen_on),
        cmocka_unit_test(test_what_nobody_can_listen_on),
        cmocka_unit_test(test_urls_to_send_to),
        cmocka_unit_test(test_what_nobody_can_send_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
