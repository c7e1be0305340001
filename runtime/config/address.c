#include "runtime/config/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HOST_MAX = 255, PORT_MAX = 65535 };

/* A port of 1 to 5 digits; -1 if it is none. */
static long parse_port(const char *text)
{
    size_t len = strspn(text, "0123456789");
    long port = 0;
    if (len == 0 || len > 5 || text[len] != '\0') {
        return -1;
    }
    for (size_t i = 0; i < len; i++) {
        port = 10 * port + (text[i] - '0');
    }
    return port <= PORT_MAX ? port : -1;
}

static bool is_loopback_v6(const struct in6_addr *address)
{
    return IN6_IS_ADDR_LOOPBACK(address) ||
           (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127);
}

/* The host of an address to listen on, without brackets. */
static const char *check_host(const char *host, bool bracketed, bool *loopback)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (bracketed) {
        if (inet_pton(AF_INET6, host, &v6) != 1) {
            return "in the brackets is no IPv6 address";
        }
        *loopback = is_loopback_v6(&v6);
        return NULL;
    }
    if (host[0] == '\0') {
        *loopback = false; /* every address */
        return NULL;
    }
    if (strcmp(host, "localhost") == 0) {
        *loopback = true;
        return NULL;
    }
    if (inet_pton(AF_INET, host, &v4) != 1) {
        return strchr(host, ':') != NULL ? "an IPv6 address needs brackets"
                                         : "it has no IPv4 address";
    }
    *loopback = ntohl(v4.s_addr) >> 24 == 127;
    return NULL;
}

const char *config_check_listen(char *text, size_t size, bool *loopback)
{
    char host[HOST_MAX + 1];
    const char *colon = strrchr(text, ':');
    if (colon == NULL || strchr(colon, ']') != NULL) {
        return "it has no port";
    }
    if (parse_port(colon + 1) < 0) {
        return "a port is a number of 0 to 65535";
    }
    bool bracketed = text[0] == '[' && colon - text >= 2 && colon[-1] == ']';
    int len = (int)(colon - text) - (bracketed ? 2 : 0);
    if (len > HOST_MAX) {
        return "it is too long";
    }
    snprintf(host, sizeof host, "%.*s", len, text + (bracketed ? 1 : 0));
    const char *wrong = check_host(host, bracketed, loopback);
    if (wrong == NULL && strcmp(host, "localhost") == 0) {
        char port[8];
        snprintf(port, sizeof port, "%s", colon + 1);
        snprintf(text, size, "127.0.0.1:%s", port);
    }
    return wrong;
}

/* Whether the first `len` bytes are the host of a URL, with its port if there is one. */
static const char *check_authority(const char *text, size_t len)
{
    char authority[HOST_MAX + 1 + sizeof ":65535"];
    struct in6_addr v6;
    if (len >= sizeof authority) {
        return "its host is too long";
    }
    memcpy(authority, text, len);
    authority[len] = '\0';
    char *end = authority + strspn(authority, "abcdefghijklmnopqrstuvwxyz"
                                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
    bool host = end != authority;
    if (authority[0] == '[') {
        char *bracket = strchr(authority, ']');
        if (bracket == NULL) {
            return "its host is no IPv6 address in brackets";
        }
        *bracket = '\0';
        host = inet_pton(AF_INET6, authority + 1, &v6) == 1;
        end = bracket + 1;
    }
    if (strchr(authority, '@') != NULL) {
        return "it has user information, which is no place for a secret: use `token`";
    }
    if (!host || (*end != '\0' && *end != ':')) {
        return "it has no host";
    }
    return *end == ':' && parse_port(end + 1) < 1 ? "a port is a number of 1 to 65535" : NULL;
}

const char *config_check_url(char *text)
{
    size_t scheme = strncasecmp(text, "http://", 7) == 0    ? 7
                    : strncasecmp(text, "https://", 8) == 0 ? 8
                                                            : 0;
    if (scheme == 0) {
        return "it begins with neither `http://` nor `https://`";
    }
    for (const char *c = text; *c != '\0'; c++) {
        if (!isgraph((unsigned char)*c) || strchr("\"<>\\^`{|}", *c) != NULL) {
            return "it has a character that no URL has";
        }
    }
    if (strpbrk(text, "?#") != NULL) {
        return "it has a query or a fragment; the action is put behind it";
    }
    const char *wrong = check_authority(text + scheme, strcspn(text + scheme, "/"));
    size_t len = strlen(text);
    while (wrong == NULL && len > scheme && text[len - 1] == '/') {
        text[--len] = '\0';
    }
    return wrong;
}
