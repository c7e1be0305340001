/* Instants in words (RFC 3339), in UTC, whatever the machine's time zone is. */
#ifndef BACKSTEP_RUNTIME_TEXT_UTC_H
#define BACKSTEP_RUNTIME_TEXT_UTC_H

#include <stdint.h>

enum { UTC_SIZE = 40 /* bytes of an instant, with the NUL */ };

/* "2026-11-23T01:02:03.004Z": nanoseconds since 1970, cut to `digits` (0 to 9) behind the second.
 * The largest is in the year 2554. */
void utc_format(char text[UTC_SIZE], uint64_t time_ns, unsigned digits);

#endif
