#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/http/state.h"

enum {
    ACCEPTS_AT_ONCE = 32,
    REFUSAL_SIZE = PROBLEM_BODY_SIZE + 512,
    NETWORK_LEN = 8, /* bytes of an IPv6 address that are its network's: one client may have all */
    STATE_CLOSE_WAIT = 8 /* TCP_CLOSE_WAIT of <netinet/tcp.h>, which excludes <linux/tcp.h> */
};

/* The address that connections are counted by: IPv4 as ::ffff:a.b.c.d, IPv6 by its network. */
static struct in6_addr client_of(const struct sockaddr_storage *from)
{
    struct in6_addr address = {0};

    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *four = (const void *)from;
        address.s6_addr[10] = 0xFF;
        address.s6_addr[11] = 0xFF;
        memcpy(address.s6_addr + 12, &four->sin_addr, 4);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const void *)from;
        bool is_four = IN6_IS_ADDR_V4MAPPED(&six->sin6_addr);
        memcpy(&address, &six->sin6_addr, is_four ? sizeof address : NETWORK_LEN);
    }
    return address;
}

static unsigned count_from(const struct http_server *server, const struct in6_addr *address)
{
    unsigned count = 0;

    for (unsigned i = 0; i < server->options.connections_max; i++) {
        const struct http_connection *connection = &server->connections[i];
        if (connection->fd >= 0 && memcmp(&connection->address, address, sizeof *address) == 0)
            count++;
    }
    return count;
}

/* What our own answers look like where libmicrohttpd does not write them. */
static void send_refusal(int fd, enum problem problem, const char *detail)
{
    char body[PROBLEM_BODY_SIZE];
    char refusal[REFUSAL_SIZE];
    size_t body_len = problem_write(body, problem, detail, NULL);
    unsigned status = problem_status(problem);
    int len = snprintf(refusal, sizeof refusal,
                       "HTTP/1.1 %u %s\r\n"
                       "Connection: close\r\n"
                       "X-Content-Type-Options: nosniff\r\n"
                       "Cache-Control: no-store\r\n"
                       "Content-Type: application/problem+json\r\n"
                       "%s"
                       "Content-Length: %zu\r\n\r\n%s",
                       status, MHD_get_reason_phrase_for(status),
                       status == 503 ? "Retry-After: 1\r\n" : "", body_len, body);

    assert(len > 0 && len < REFUSAL_SIZE);
    (void)send(fd, refusal, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void http_cut_off(struct http_connection *connection, enum problem problem, const char *detail)
{
    connection->refused = true;
    send_refusal(connection->fd, problem, detail);
    (void)shutdown(connection->fd, SHUT_RD);
}

static void release(struct http_server *server, struct http_connection *connection)
{
    connection->fd = -1;
    connection->next_free = server->free;
    server->free = connection;
}

static void add(struct http_server *server, int fd, const struct sockaddr_storage *from,
                socklen_t from_len)
{
    struct http_connection *connection = server->free;

    server->free = connection->next_free;
    *connection = (struct http_connection){.fd = fd, .address = client_of(from)};
    server->accepting = connection;
    /* It closes the socket itself when it fails. */
    enum MHD_Result added =
        MHD_add_connection(server->daemon, fd, (const struct sockaddr *)from, from_len);
    if (added == MHD_NO && server->accepting != NULL)
        release(server, connection);
    server->accepting = NULL;
}

/* False: nothing more to accept now. */
static bool accept_one(struct http_server *server)
{
    struct sockaddr_storage from = {0};
    socklen_t from_len = sizeof from;
    int fd = accept4(server->listen_fd, (struct sockaddr *)&from, &from_len,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        bool scarce = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        if (scarce)
            server->accept_pause_ms = http_now_ms() + HTTP_ACCEPT_PAUSE_MS;
        return !scarce && errno != EAGAIN;
    }
    struct in6_addr address = client_of(&from);
    unsigned most = server->options.per_address_max;
    if (most > 0 && count_from(server, &address) >= most) {
        atomic_fetch_add(&server->refused, 1);
        send_refusal(fd, PROBLEM_OVERLOADED, "this address has too many connections");
        http_linger(server, fd);
        close(fd);
        return true;
    }
    add(server, fd, &from, from_len);
    return true;
}

void http_accept(struct http_server *server)
{
    for (int i = 0; i < ACCEPTS_AT_ONCE && server->free != NULL; i++)
        if (!accept_one(server))
            return;
}

struct http_connection *http_connection_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

void http_note_connection(void *context, struct MHD_Connection *mhd, void **slot,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = context;

    (void)mhd;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *slot = server->accepting;
        server->accepting = NULL;
        atomic_fetch_add(&server->connections_open, 1);
        return;
    }
    struct http_connection *connection = *slot;
    int unread = 0;
    (void)ioctl(connection->fd, FIONREAD, &unread);
    if (!server->stopping && (connection->refused || unread > 0))
        http_linger(server, connection->fd);
    release(server, connection);
    atomic_fetch_sub(&server->connections_open, 1);
}

static struct tcp_info look_at(const struct http_connection *connection)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;

    (void)getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &info, &len);
    return info;
}

void http_request_ended(struct http_connection *connection)
{
    connection->exchange = NULL;
    connection->begun_ms = 0;
    connection->bytes = look_at(connection).tcpi_bytes_received;
}

/*
 * libmicrohttpd ends a connection without a byte for timeout_s. A client that sends one now and
 * then is found here: a request has request_s from its first byte to its last. So is an end that
 * came together with the last bytes: libmicrohttpd waits for an edge, and there is none but this.
 */
static void check_clock(struct http_server *server, struct http_connection *connection,
                        uint64_t now_ms)
{
    const struct http_exchange *exchange = connection->exchange;

    if (connection->refused || (exchange != NULL && exchange->phase != HTTP_RECEIVING))
        return;
    struct tcp_info info = look_at(connection);
    if (info.tcpi_state == STATE_CLOSE_WAIT) {
        (void)shutdown(connection->fd, SHUT_RD);
    } else if (connection->begun_ms == 0) {
        if (info.tcpi_bytes_received > connection->bytes)
            connection->begun_ms = now_ms;
    } else if (now_ms - connection->begun_ms >= server->options.request_s * (uint64_t)1000) {
        atomic_fetch_add(&server->refused, 1);
        http_cut_off(connection, PROBLEM_TIMEOUT, NULL);
    }
}

void http_check_clocks(struct http_server *server, uint64_t now_ms)
{
    for (unsigned i = 0; i < server->options.connections_max; i++)
        if (server->connections[i].fd >= 0)
            check_clock(server, &server->connections[i], now_ms);
}
