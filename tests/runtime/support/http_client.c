#include "tests/runtime/support/http_client.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PATIENCE_S = 30, READ_LEN = 16384, VALUE_SIZE = 512, REQUEST_SIZE = 4096 };

bool http_client_open(struct http_client *client, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((unsigned short)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = PATIENCE_S};

    *client = (struct http_client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert(client->fd >= 0);
    (void)setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(client->fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return true;
    http_client_close(client);
    return false;
}

void http_client_close(struct http_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    free(client->bytes);
    *client = (struct http_client){.fd = -1};
}

bool http_client_send(struct http_client *client, const void *bytes, size_t len)
{
    const char *from = bytes;

    while (len > 0) {
        ssize_t sent = send(client->fd, from, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        from += sent;
        len -= (size_t)sent;
    }
    return true;
}

void http_client_say(struct http_client *client, const char *text)
{
    (void)http_client_send(client, text, strlen(text));
}

void http_client_finish(struct http_client *client)
{
    (void)shutdown(client->fd, SHUT_WR);
}

/* Reads what there is. False: nothing more will come. */
static bool read_more(struct http_client *client)
{
    char *bytes = realloc(client->bytes, client->len + READ_LEN + 1);

    assert(bytes != NULL);
    client->bytes = bytes;
    ssize_t len = recv(client->fd, bytes + client->len, READ_LEN, 0);
    if (len > 0)
        client->len += (size_t)len;
    bytes[client->len] = '\0';
    return len > 0;
}

static void take(struct http_client *client, size_t len)
{
    assert(len <= client->len);
    client->len -= len;
    memmove(client->bytes, client->bytes + len, client->len + 1);
}

/* How many bytes there are up to and with `text`; 0: the connection ended before. */
static size_t find(struct http_client *client, const char *text)
{
    size_t text_len = strlen(text);

    for (;;) {
        const char *at =
            client->len == 0 ? NULL : memmem(client->bytes, client->len, text, text_len);
        if (at != NULL)
            return (size_t)(at - client->bytes) + text_len;
        if (!read_more(client))
            return 0;
    }
}

static bool fill(struct http_client *client, size_t len)
{
    while (client->len < len)
        if (!read_more(client))
            return false;
    return true;
}

static void append_body(struct http_client *client, struct http_reply *reply, size_t len)
{
    size_t there = client->len < len ? client->len : len;
    char *body = realloc(reply->body, reply->body_len + there + 1);

    assert(body != NULL);
    reply->body = body;
    memcpy(body + reply->body_len, there == 0 ? "" : client->bytes, there);
    reply->body_len += there;
    body[reply->body_len] = '\0';
    if (there > 0)
        take(client, there);
}

static void read_chunks(struct http_client *client, struct http_reply *reply)
{
    for (;;) {
        size_t line = find(client, "\r\n");
        if (line == 0)
            return;
        size_t len = strtoul(client->bytes, NULL, 16);
        take(client, line);
        if (!fill(client, len + 2))
            return;
        append_body(client, reply, len);
        take(client, 2);
        if (len == 0)
            return;
    }
}

static void read_body(struct http_client *client, struct http_reply *reply)
{
    const char *coding = http_reply_header(reply, "Transfer-Encoding");

    append_body(client, reply, 0);
    if (coding != NULL && strcasecmp(coding, "chunked") == 0) {
        read_chunks(client, reply);
        return;
    }
    const char *length = http_reply_header(reply, "Content-Length");
    size_t len = length == NULL ? (size_t)-1 : strtoul(length, NULL, 10);
    (void)fill(client, len);
    append_body(client, reply, len);
}

void http_client_read(struct http_client *client, struct http_reply *reply, bool is_head)
{
    *reply = (struct http_reply){0};
    size_t head_len = find(client, "\r\n\r\n");
    if (head_len == 0)
        return;
    reply->head = strndup(client->bytes, head_len);
    assert(reply->head != NULL);
    take(client, head_len);
    if (strncmp(reply->head, "HTTP/1.1 ", 9) != 0)
        return;
    reply->status = (unsigned)strtoul(reply->head + 9, NULL, 10);
    bool is_empty = is_head || reply->status < 200 || reply->status == 204 || reply->status == 304;
    if (!is_empty)
        read_body(client, reply);
}

void http_reply_free(struct http_reply *reply)
{
    free(reply->head);
    free(reply->body);
    *reply = (struct http_reply){0};
}

const char *http_reply_header(const struct http_reply *reply, const char *name)
{
    static _Thread_local char value[VALUE_SIZE];
    size_t name_len = strlen(name);

    for (const char *line = reply->head; line != NULL; line = strstr(line, "\r\n")) {
        line += line == reply->head ? 0 : 2;
        if (strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
            continue;
        const char *from = line + name_len + 1 + strspn(line + name_len + 1, " ");
        snprintf(value, sizeof value, "%.*s", (int)strcspn(from, "\r\n"), from);
        return value;
    }
    return NULL;
}

bool http_client_await(struct http_client *client, const char *text)
{
    size_t len = find(client, text);

    if (len > 0)
        take(client, len);
    return len > 0;
}

bool http_client_is_closed(struct http_client *client)
{
    char bytes[READ_LEN];
    ssize_t len;

    do
        len = recv(client->fd, bytes, sizeof bytes, 0);
    while (len > 0);
    return len == 0 || errno == ECONNRESET;
}

void http_request(unsigned port, const char *method, const char *path, const char *headers,
                  const char *body, struct http_reply *reply)
{
    struct http_client client;
    char head[REQUEST_SIZE];
    char length[64] = "";

    *reply = (struct http_reply){0};
    if (!http_client_open(&client, port))
        return;
    if (body != NULL)
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", strlen(body));
    int len = snprintf(head, sizeof head,
                       "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s%s\r\n", method,
                       path, length, headers);
    assert(len > 0 && (size_t)len < sizeof head);
    http_client_say(&client, head);
    http_client_say(&client, body == NULL ? "" : body);
    http_client_read(&client, reply, strcmp(method, "HEAD") == 0);
    http_client_close(&client);
}
