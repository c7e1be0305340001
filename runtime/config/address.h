/* Where to listen, and whom to call: texts of the file, held against what they must be. */
#ifndef BACKSTEP_RUNTIME_CONFIG_ADDRESS_H
#define BACKSTEP_RUNTIME_CONFIG_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Checks `address:port` to listen on: 127.0.0.1:8080, [::1]:8080, localhost:8080, or :8080 for
 * every address; port 0 is any that is free. A localhost becomes 127.0.0.1, in place. *loopback:
 * whether only this machine can reach it. Returns NULL, or what is wrong.
 */
const char *config_check_listen(char *text, size_t size, bool *loopback);

/* Checks a URL to send to, and takes slashes at its end away, in place. Returns NULL, or what is
 * wrong. It has no user information, which would be a secret in a file that everybody may read. */
const char *config_check_url(char *text);

#endif
