#include "tests/runtime/caller/peer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 512, REQUEST_SIZE = 65536, POLL_MS = 20 };

struct connection {
    struct peer *peer;
    pthread_t thread;
    int fd;
    char text[REQUEST_SIZE];
};

struct peer {
    const struct peer_answer *script;
    int fd;
    unsigned port;
    char url[64];
    pthread_t thread;
    pthread_mutex_t lock; /* of everything below */
    bool stopping;
    bool released;
    unsigned requests;
    unsigned pending;
    unsigned pending_most;
    char last[REQUEST_SIZE];
    unsigned connections_len;
    struct connection connections[CONNECTIONS_MAX];
};

static bool is_over(struct peer *peer)
{
    pthread_mutex_lock(&peer->lock);
    bool over = peer->stopping;
    pthread_mutex_unlock(&peer->lock);
    return over;
}

/* Waits until there is something to read. False: the test is over. */
static bool wait_readable(struct peer *peer, int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    while (!is_over(peer)) {
        if (poll(&poll_fd, 1, POLL_MS) > 0) {
            return true;
        }
    }
    return false;
}

static void breathe(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* The length of the whole request, from its head; 0: the head is not complete. */
static size_t request_len(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, "\r\nContent-Length:");
    if (end == NULL) {
        return 0;
    }
    size_t body = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
    return (size_t)(end + 4 - text) + body;
}

/* Reads one request, or only its head. False: the connection or the test is over. */
static bool read_request(struct connection *connection, char *text, bool (*is_enough)(const char *))
{
    size_t len = 0;
    text[0] = '\0';
    while (wait_readable(connection->peer, connection->fd)) {
        ssize_t got = recv(connection->fd, text + len, REQUEST_SIZE - 1 - len, 0);
        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
        text[len] = '\0';
        bool tls = text[0] == 0x16;
        size_t whole = request_len(text);
        if (tls || (whole > 0 && (len >= whole || is_enough(text)))) {
            return true;
        }
        if (len == REQUEST_SIZE - 1) {
            return false;
        }
    }
    return false;
}

static bool say(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

static const struct peer_answer *answer_to(const struct peer *peer, const char *text)
{
    const struct peer_answer *answer = peer->script;
    while (answer->path != NULL) {
        char line[256];
        snprintf(line, sizeof line, "POST /base%s HTTP/1.1\r\n", answer->path);
        if (strncmp(text, line, strlen(line)) == 0) {
            break;
        }
        answer++;
    }
    return answer;
}

static void note_request(struct peer *peer, const char *text)
{
    pthread_mutex_lock(&peer->lock);
    peer->requests++;
    peer->pending++;
    peer->pending_most = peer->pending > peer->pending_most ? peer->pending : peer->pending_most;
    snprintf(peer->last, sizeof peer->last, "%s", text);
    pthread_mutex_unlock(&peer->lock);
}

static void note_answer(struct peer *peer)
{
    pthread_mutex_lock(&peer->lock);
    peer->pending--;
    pthread_mutex_unlock(&peer->lock);
}

static void wait_release(struct peer *peer)
{
    for (bool released = false; !released && !is_over(peer); breathe()) {
        pthread_mutex_lock(&peer->lock);
        released = peer->released;
        pthread_mutex_unlock(&peer->lock);
    }
}

/* Answers as the script says. False: the connection is to be closed. */
static bool answer_request(struct connection *connection, const struct peer_answer *answer)
{
    struct peer *peer = connection->peer;
    const char *bytes = answer->bytes != NULL ? answer->bytes : "";
    size_t len = strlen(bytes);
    if (answer->manner == PEER_HOLD) {
        wait_release(peer);
    }
    note_answer(peer); /* before it is heard: the next request may be here at once */
    switch (answer->manner) {
    case PEER_KEEP:
    case PEER_HOLD:
        return say(connection->fd, bytes, len);
    case PEER_CLOSE:
        say(connection->fd, bytes, len);
        return false;
    case PEER_REPEAT:
        say(connection->fd, bytes, len);
        while (!is_over(peer) && say(connection->fd, answer->again, strlen(answer->again))) {
        }
        return false;
    case PEER_DRIP:
        for (size_t i = 0; i < len && !is_over(peer) && say(connection->fd, bytes + i, 1); i++) {
            breathe();
        }
        return true;
    case PEER_HALF_READ:
        setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1},
                   sizeof(struct linger));
        return false;
    }
    return false;
}

static bool is_half_enough(const char *text)
{
    return strstr(text, "/half") != NULL;
}

static void *serve(void *context)
{
    struct connection *connection = context;
    bool more = true;
    while (more && read_request(connection, connection->text, is_half_enough)) {
        note_request(connection->peer, connection->text);
        more = answer_request(connection, answer_to(connection->peer, connection->text));
    }
    close(connection->fd);
    return NULL;
}

static void *listen_on(void *context)
{
    struct peer *peer = context;
    while (wait_readable(peer, peer->fd)) {
        int fd = accept(peer->fd, NULL, NULL);
        if (fd < 0) {
            continue;
        }
        pthread_mutex_lock(&peer->lock);
        assert(peer->connections_len < CONNECTIONS_MAX);
        struct connection *connection = &peer->connections[peer->connections_len++];
        pthread_mutex_unlock(&peer->lock);
        connection->peer = peer;
        connection->fd = fd;
        int error = pthread_create(&connection->thread, NULL, serve, connection);
        assert(error == 0);
    }
    return NULL;
}

struct peer *peer_start(const struct peer_answer *script)
{
    struct peer *peer = calloc(1, sizeof *peer);
    assert(peer != NULL);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    peer->script = script;
    peer->fd = socket(AF_INET, SOCK_STREAM, 0);
    int failed = bind(peer->fd, (const struct sockaddr *)&address, sizeof address);
    failed |= listen(peer->fd, CONNECTIONS_MAX);
    failed |= getsockname(peer->fd, (struct sockaddr *)&address, &len);
    assert(failed == 0);
    peer->port = ntohs(address.sin_port);
    snprintf(peer->url, sizeof peer->url, "http://127.0.0.1:%u/base", peer->port);
    pthread_mutex_init(&peer->lock, NULL);
    failed = pthread_create(&peer->thread, NULL, listen_on, peer);
    assert(failed == 0);
    return peer;
}

void peer_release(struct peer *peer)
{
    pthread_mutex_lock(&peer->lock);
    peer->released = true;
    pthread_mutex_unlock(&peer->lock);
}

void peer_stop(struct peer *peer)
{
    pthread_mutex_lock(&peer->lock);
    peer->stopping = true;
    pthread_mutex_unlock(&peer->lock);
    pthread_join(peer->thread, NULL);
    for (unsigned i = 0; i < peer->connections_len; i++) {
        pthread_join(peer->connections[i].thread, NULL);
    }
    close(peer->fd);
    pthread_mutex_destroy(&peer->lock);
    free(peer);
}

const char *peer_url(const struct peer *peer)
{
    return peer->url;
}

unsigned peer_port(const struct peer *peer)
{
    return peer->port;
}

static unsigned look_at(struct peer *peer, const unsigned *count)
{
    pthread_mutex_lock(&peer->lock);
    unsigned seen = *count;
    pthread_mutex_unlock(&peer->lock);
    return seen;
}

unsigned peer_connections(struct peer *peer)
{
    return look_at(peer, &peer->connections_len);
}

unsigned peer_requests(struct peer *peer)
{
    return look_at(peer, &peer->requests);
}

unsigned peer_pending(struct peer *peer)
{
    return look_at(peer, &peer->pending);
}

unsigned peer_pending_most(struct peer *peer)
{
    return look_at(peer, &peer->pending_most);
}

const char *peer_last(struct peer *peer)
{
    pthread_mutex_lock(&peer->lock); /* whoever wrote it has */
    pthread_mutex_unlock(&peer->lock);
    return peer->last;
}
