#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "runtime/http/state.h"

enum { LINGER_TICK_MS = 20 };

uint64_t http_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void http_ring(struct http_server *server)
{
    static const uint64_t ONE = 1;
    ssize_t written = write(server->bell, &ONE, sizeof ONE);

    assert(written == sizeof ONE || errno == EAGAIN); /* EAGAIN: it rings already */
    (void)written;
}

static void stop_listening(struct http_server *server)
{
    if (server->listen_fd >= 0)
        close(server->listen_fd);
    server->listen_fd = -1;
}

static void take_mail(struct http_server *server)
{
    pthread_mutex_lock(&server->lock);
    struct http_exchange *answered = server->mailbox.answered;
    bool wake = server->mailbox.wake;
    server->mailbox.answered = NULL;
    server->mailbox.wake = false;
    server->draining |= server->mailbox.drain || server->mailbox.stop;
    server->stopping |= server->mailbox.stop;
    pthread_mutex_unlock(&server->lock);

    while (answered != NULL) {
        struct http_exchange *exchange = answered;
        answered = exchange->next;
        assert(exchange->phase == HTTP_WAITING);
        exchange->phase = HTTP_ANSWERED;
        MHD_resume_connection(exchange->mhd);
    }
    if (wake || server->stopping)
        http_streams_resume(server);
    if (server->draining)
        stop_listening(server);
}

static void tick(struct http_server *server)
{
    uint64_t now_ms = http_now_ms();

    if (server->lingering_len > 0)
        http_linger_on(server, now_ms);
    if (now_ms - server->ticked_ms < HTTP_TICK_MS)
        return;
    server->ticked_ms = now_ms;
    http_check_clocks(server, now_ms);
    http_streams_check_idle(server, now_ms);
}

static int shorter(int a_ms, int b_ms)
{
    return a_ms < 0 || b_ms < a_ms ? b_ms : a_ms;
}

/* How long nothing needs to be done unless something comes; less than 0: for ever. */
static int idle_ms(struct http_server *server, bool pauses)
{
    MHD_UNSIGNED_LONG_LONG wish_ms;
    int ms = -1;

    if (atomic_load(&server->connections_open) > 0)
        ms = HTTP_TICK_MS;
    if (pauses)
        ms = shorter(ms, HTTP_ACCEPT_PAUSE_MS);
    if (server->lingering_len > 0)
        ms = shorter(ms, LINGER_TICK_MS);
    if (MHD_get_timeout(server->daemon, &wish_ms) == MHD_YES && wish_ms < HTTP_TICK_MS)
        ms = shorter(ms, (int)wish_ms);
    return ms;
}

static void wait_and_run(struct http_server *server)
{
    bool wants = server->listen_fd >= 0 && server->free != NULL;
    bool pauses = wants && http_now_ms() < server->accept_pause_ms;
    struct pollfd ready[] = {
        {.fd = server->bell, .events = POLLIN},
        {.fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
         .events = POLLIN},
        {.fd = wants && !pauses ? server->listen_fd : -1, .events = POLLIN},
    };
    uint64_t rings;

    (void)poll(ready, sizeof ready / sizeof ready[0], idle_ms(server, pauses));
    if (ready[0].revents != 0)
        (void)!read(server->bell, &rings, sizeof rings);
    take_mail(server);
    if (ready[2].revents != 0 && server->listen_fd >= 0)
        http_accept(server);
    (void)MHD_run(server->daemon);
    tick(server);
}

/* The daemon's signals are for the thread that waits for them. */
static void block_signals(void)
{
    sigset_t all;

    sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, NULL);
}

static void close_lingering(struct http_server *server)
{
    for (size_t i = 0; i < server->lingering_len; i++)
        close(server->lingering[i].fd);
    server->lingering_len = 0;
}

void *http_loop(void *context)
{
    struct http_server *server = context;

    block_signals();
    server->self = pthread_self();
    while (!server->stopping)
        wait_and_run(server);
    assert(atomic_load(&server->exchanges_waiting) == 0);
    uint64_t until_ms = http_now_ms() + HTTP_STOP_GRACE_MS;
    while (server->replying > 0 && http_now_ms() < until_ms)
        wait_and_run(server);
    MHD_stop_daemon(server->daemon);
    close_lingering(server);
    return NULL;
}
