/* Over TLS a service is believed only if a certificate that is trusted names it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/runtime/caller/desk.h"

/* A service that speaks TLS to one client, once. */
struct service {
    SSL_CTX *context;
    char ca_file[32]; /* what must be trusted to believe it */
    char url[64];
    int fd;
    pthread_t thread;
    bool heard; /* a request; read it once the thread is joined */
};

static X509 *make_certificate(EVP_PKEY *key, const char *names)
{
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
    assert_non_null(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    return certificate;
}

static void write_certificate(struct service *service, X509 *certificate)
{
    snprintf(service->ca_file, sizeof service->ca_file, "/tmp/caller_test.XXXXXX");
    FILE *file = fdopen(mkstemp(service->ca_file), "w");
    assert_non_null(file);
    PEM_write_X509(file, certificate);
    assert_int_equal(fclose(file), 0);
}

static void *serve(void *context)
{
    static const char answer[] = "HTTP/1.1 200 Fine\r\nContent-Length: 0\r\n\r\n";
    struct service *service = context;
    char text[4096];
    int fd = accept(service->fd, NULL, NULL);
    SSL *ssl = SSL_new(service->context);
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, text, sizeof text) > 0) {
        service->heard = true;
        SSL_write(ssl, answer, sizeof answer - 1);
        SSL_read(ssl, text, sizeof text); /* until the client has gone */
    }
    SSL_free(ssl);
    close(fd);
    return NULL;
}

/* A service whose certificate is for these names: "IP:127.0.0.1". */
static void start_service(struct service *service, const char *names)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    memset(service, 0, sizeof *service);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key, names);
    service->context = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(service->context, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(service->context, key), 1);
    write_certificate(service, certificate);
    X509_free(certificate);
    EVP_PKEY_free(key);
    service->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(service->fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(service->fd, 1), 0);
    assert_int_equal(getsockname(service->fd, (struct sockaddr *)&address, &len), 0);
    snprintf(service->url, sizeof service->url, "https://127.0.0.1:%u", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&service->thread, NULL, serve, service), 0);
}

/* One request to the service, trusting that file. */
static struct caller_result ask(struct service *service, const char *ca_file)
{
    struct caller_target target = {
        .name = "payment", .url = service->url, .concurrency = 1, .queue_max = 1};
    struct desk *desk = desk_open_trusting(&target, 1, ca_file);
    assert_true(desk_send(desk, 0, "/pay", 1, 30000));
    struct caller_result result = desk_wait(desk, 1);
    desk_close(desk);
    pthread_join(service->thread, NULL);
    close(service->fd);
    unlink(service->ca_file);
    SSL_CTX_free(service->context);
    return result;
}

static void test_a_trusted_service_is_called(void **state)
{
    (void)state;
    struct service service;
    start_service(&service, "IP:127.0.0.1");
    struct caller_result result = ask(&service, service.ca_file);
    assert_int_equal(result.outcome, CALLER_OK);
    assert_true(service.heard);
}

static void test_whom_nobody_vouches_for_is_told_nothing(void **state)
{
    (void)state;
    struct service service;
    start_service(&service, "IP:127.0.0.1");
    struct caller_result result = ask(&service, NULL);
    assert_int_equal(result.outcome, CALLER_UNAVAILABLE);
    assert_false(service.heard);
    assert_true(result.why[0] != '\0');
}

static void test_whoever_has_the_certificate_of_another_is_told_nothing(void **state)
{
    (void)state;
    struct service service;
    start_service(&service, "DNS:payment.example,IP:127.0.0.2");
    struct caller_result result = ask(&service, service.ca_file);
    assert_int_equal(result.outcome, CALLER_UNAVAILABLE);
    assert_false(service.heard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_trusted_service_is_called),
        cmocka_unit_test(test_whom_nobody_vouches_for_is_told_nothing),
        cmocka_unit_test(test_whoever_has_the_certificate_of_another_is_told_nothing),
    };
    signal(SIGPIPE, SIG_IGN); /* libssl, the service here, writes to whoever has hung up */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
