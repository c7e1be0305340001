#include "runtime/http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HOST_SIZE = 256, PORT_SIZE = 6 };

/* Splits at the last colon; brackets around an IPv6 address are taken away. */
static bool split(const char *address, char host[HOST_SIZE], char port[PORT_SIZE])
{
    const char *colon = strrchr(address, ':');
    size_t host_len = colon == NULL ? 0 : (size_t)(colon - address);
    bool bracketed = host_len >= 2 && address[0] == '[' && address[host_len - 1] == ']';

    if (bracketed) {
        address++;
        host_len -= 2;
    }
    if (colon == NULL || host_len >= HOST_SIZE || colon[1] == '\0')
        return false;
    if (!bracketed && memchr(address, ':', host_len) != NULL)
        return false; /* an IPv6 address without brackets */
    if (strlen(colon + 1) >= PORT_SIZE || strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return false;
    memcpy(host, address, host_len);
    host[host_len] = '\0';
    strcpy(port, colon + 1);
    return strtoul(port, NULL, 10) <= UINT16_MAX;
}

static int listen_at(const struct addrinfo *at)
{
    int on = 1;
    int off = 0;
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (at->ai_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* IPv6 first where every address is meant: it takes IPv4 as well. */
static int listen_at_any(const struct addrinfo *found, bool every)
{
    int fd = -1;

    for (int pass = every ? 0 : 1; pass < 2 && fd < 0; pass++)
        for (const struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next)
            if (pass == 1 || at->ai_family == AF_INET6)
                fd = listen_at(at);
    return fd;
}

int listen_open(const char *address, char why[HTTP_WHY_SIZE])
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char host[HOST_SIZE];
    char port[PORT_SIZE];

    if (!split(address, host, port)) {
        snprintf(why, HTTP_WHY_SIZE, "\"%.128s\" is not HOST:PORT, [IPV6]:PORT or :PORT", address);
        return -1;
    }
    int error = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &found);
    if (error != 0) {
        snprintf(why, HTTP_WHY_SIZE, "cannot listen on %.128s: %s", address, gai_strerror(error));
        return -1;
    }
    int fd = listen_at_any(found, host[0] == '\0');
    if (fd < 0)
        snprintf(why, HTTP_WHY_SIZE, "cannot listen on %.128s: %s", address, strerror(errno));
    freeaddrinfo(found);
    return fd;
}

unsigned listen_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } bound = {.six = {0}};
    socklen_t len = sizeof bound;

    (void)getsockname(fd, &bound.any, &len);
    return ntohs(bound.any.sa_family == AF_INET6 ? bound.six.sin6_port : bound.four.sin_port);
}
