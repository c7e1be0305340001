#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "runtime/http/state.h"

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3986 section 2.1. What would end the text, or is no escape, is left as it is and noted. */
size_t http_unescape(void *server, struct MHD_Connection *mhd, char *text)
{
    char *to = text;

    (void)server;
    for (const char *from = text; *from != '\0'; from++) {
        int high = *from == '%' ? digit_of(from[1]) : -1;
        int low = high < 0 ? -1 : digit_of(from[2]);
        bool sound = *from != '%' || (low >= 0 && high + low > 0);
        if (!sound)
            http_connection_of(mhd)->bad_uri = true;
        if (*from == '%' && sound) {
            *to++ = (char)(high * 16 + low);
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return (size_t)(to - text);
}

void *http_note_uri(void *server, const char *uri, struct MHD_Connection *mhd)
{
    struct http_connection *connection = http_connection_of(mhd);

    (void)server;
    connection->uri_len = strlen(uri);
    connection->bad_uri = false;
    for (const char *at = uri; *at != '\0'; at++)
        connection->bad_uri |= (unsigned char)*at <= ' ' || *at == 0x7F;
    return NULL;
}

/* RFC 9110 section 5.6.2. */
static bool is_token(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)text[i]) && strchr("!#$%&'*+-.^_`|~", text[i]) == NULL)
            return false;
    return len > 0;
}

/* Fields of which a second one would let two readers of the same bytes disagree. */
#define SINGLE_FIELDS(X)                                                                           \
    X(AUTHORIZATION, "Authorization")                                                              \
    X(CONTENT_LENGTH, "Content-Length")                                                            \
    X(CONTENT_TYPE, "Content-Type")                                                                \
    X(HOST, "Host")                                                                                \
    X(IDEMPOTENCY_KEY, "Idempotency-Key")                                                          \
    X(TRANSFER_ENCODING, "Transfer-Encoding")

enum single_field {
#define X(id, name) id,
    SINGLE_FIELDS(X)
#undef X
        SINGLE_FIELDS_LEN
};

static const char *const SINGLE_FIELD_NAMES[SINGLE_FIELDS_LEN] = {
#define X(id, name) name,
    SINGLE_FIELDS(X)
#undef X
};

struct fields {
    unsigned count[SINGLE_FIELDS_LEN];
    const char *value[SINGLE_FIELDS_LEN];
    const char *wrong; /* what is wrong with one; NULL: nothing */
};

static enum MHD_Result look_at_field(void *context, enum MHD_ValueKind kind, const char *name,
                                     size_t name_len, const char *value, size_t value_len)
{
    struct fields *fields = context;

    (void)kind;
    if (!is_token(name, name_len))
        fields->wrong = "a header's name has a character that names do not have";
    for (size_t i = 0; i < value_len; i++)
        if (((unsigned char)value[i] < ' ' && value[i] != '\t') || value[i] == 0x7F)
            fields->wrong = "a header's value has a control character";
    for (size_t i = 0; i < SINGLE_FIELDS_LEN; i++)
        if (strcasecmp(name, SINGLE_FIELD_NAMES[i]) == 0) {
            fields->count[i]++;
            fields->value[i] = value;
        }
    return MHD_YES;
}

/* RFC 9112 sections 3.2 and 6.3: what must be refused, so that nobody in front of us can see
 * another request in the same bytes (request smuggling). */
static const char *find_wrong(const struct fields *fields, const char *version)
{
    bool is_old = strcmp(version, "HTTP/1.0") == 0;

    if (fields->wrong != NULL)
        return fields->wrong;
    for (size_t i = 0; i < SINGLE_FIELDS_LEN; i++)
        if (fields->count[i] > 1)
            return "a header that may be there once is there twice";
    if (!is_old && fields->count[HOST] == 0)
        return "the Host header is missing";
    if (fields->count[TRANSFER_ENCODING] == 0)
        return NULL;
    if (fields->count[CONTENT_LENGTH] > 0)
        return "Content-Length and Transfer-Encoding exclude each other";
    if (is_old || strcasecmp(fields->value[TRANSFER_ENCODING], "chunked") != 0)
        return "Transfer-Encoding must be chunked, and the version HTTP/1.1";
    return NULL;
}

/* libmicrohttpd has seen that it is a number that it can hold. */
static bool is_too_long(const char *content_length, size_t max)
{
    uint64_t len = 0;

    for (const char *at = content_length; *at != '\0'; at++) {
        len = len * 10 + (uint64_t)(*at - '0');
        if (len > max)
            return true;
    }
    return false;
}

static bool is_path(const char *path)
{
    return path[0] == '/' || strcmp(path, "*") == 0;
}

bool http_head_is_sound(const struct http_exchange *exchange, const char *version,
                        enum problem *problem, const char **detail)
{
    const struct http_server_options *options = &exchange->server->options;
    struct fields fields = {0};
    const char *length;

    *detail = NULL;
    if (exchange->connection->uri_len > options->head_max)
        return *problem = PROBLEM_URI_TOO_LONG, false;
    if (MHD_get_connection_info(exchange->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
            ->header_size > options->head_max)
        return *problem = PROBLEM_HEADERS, false;
    (void)MHD_get_connection_values_n(exchange->mhd, MHD_HEADER_KIND, look_at_field, &fields);
    if (!is_token(exchange->method, strlen(exchange->method)))
        *detail = "the method has a character that methods do not have";
    else if (exchange->connection->bad_uri || !is_path(exchange->path))
        *detail = "the path or the query is not a URI's";
    else
        *detail = find_wrong(&fields, version);
    if (*detail != NULL)
        return *problem = PROBLEM_MALFORMED, false;
    length = fields.value[CONTENT_LENGTH];
    if (length != NULL && is_too_long(length, options->body_max))
        return *problem = PROBLEM_TOO_LARGE, false;
    return true;
}

bool http_has_body(struct MHD_Connection *mhd)
{
    const char *length = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Content-Length");
    const char *coding = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Transfer-Encoding");

    return coding != NULL || (length != NULL && strspn(length, "0") != strlen(length));
}
