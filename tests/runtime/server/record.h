/* Writes down each exchange, a line of JSON each, into the file that BACKSTEP_EXCHANGES names, for
 * contract.py. Without it, does nothing. */
#ifndef BACKSTEP_TESTS_RUNTIME_SERVER_RECORD_H
#define BACKSTEP_TESTS_RUNTIME_SERVER_RECORD_H

#include "tests/runtime/support/http_client.h"

/* `body` NULL: none. */
void record_exchange(const char *method, const char *target, const char *headers, const char *body,
                     const struct http_reply *reply);

#endif
