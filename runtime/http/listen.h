/* The socket that connections arrive at. */
#ifndef BACKSTEP_RUNTIME_HTTP_LISTEN_H
#define BACKSTEP_RUNTIME_HTTP_LISTEN_H

#include "runtime/http/server.h"

/* Listens on "HOST:PORT", "[HOST]:PORT" or ":PORT" (every address, IPv4 and IPv6), not blocking.
 * Less than 0 with a sentence in `why`. */
int listen_open(const char *address, char why[HTTP_WHY_SIZE]);

unsigned listen_port(int fd);

#endif
