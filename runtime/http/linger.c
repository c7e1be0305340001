#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/http/state.h"

enum { DISCARDS_MAX = 64 };

void http_linger(struct http_server *server, int fd)
{
    if (server->lingering_len == HTTP_LINGER_MAX)
        return;
    int kept = dup(fd);
    if (kept < 0)
        return;
    /* The end of what we say; libmicrohttpd does the same when it closes. */
    (void)shutdown(kept, SHUT_WR);
    server->lingering[server->lingering_len++] =
        (struct http_lingering){kept, http_now_ms() + HTTP_LINGER_MS};
}

/* Reads what there is and throws it away. False: nothing more can come. */
static bool discard(int fd)
{
    char bytes[16384];
    ssize_t len = 1;

    for (int i = 0; i < DISCARDS_MAX && len > 0; i++)
        len = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    return len > 0 || (len < 0 && (errno == EAGAIN || errno == EINTR));
}

void http_linger_on(struct http_server *server, uint64_t now_ms)
{
    size_t kept = 0;

    for (size_t i = 0; i < server->lingering_len; i++) {
        struct http_lingering one = server->lingering[i];
        if (now_ms < one.until_ms && discard(one.fd))
            server->lingering[kept++] = one;
        else
            close(one.fd);
    }
    server->lingering_len = kept;
}
