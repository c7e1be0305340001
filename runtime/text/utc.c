#include "runtime/text/utc.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define SECOND_NS UINT64_C(1000000000)
#define DAY_S     UINT64_C(86400)

struct date {
    unsigned year;
    unsigned month;
    unsigned day;
};

/* The Gregorian date of a day since 1970, by eras of 400 years that begin on 1 March: the leap day
 * is then the last of its year. */
static struct date date_of(uint64_t days)
{
    uint64_t since = days + 719468; /* 0000-03-01 */
    uint64_t era = since / 146097;
    unsigned day_of_era = (unsigned)(since % 146097);
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned from_march = (5 * day_of_year + 2) / 153;
    struct date date = {
        .year = (unsigned)(era * 400) + year_of_era,
        .month = from_march < 10 ? from_march + 3 : from_march - 9,
        .day = day_of_year - (153 * from_march + 2) / 5 + 1,
    };
    date.year += date.month <= 2 ? 1 : 0;
    return date;
}

void utc_format(char text[UTC_SIZE], uint64_t time_ns, unsigned digits)
{
    assert(digits <= 9);
    uint64_t seconds = time_ns / SECOND_NS;
    uint64_t fraction = time_ns % SECOND_NS;
    unsigned of_day = (unsigned)(seconds % DAY_S);
    struct date date = date_of(seconds / DAY_S);
    for (unsigned i = digits; i < 9; i++) {
        fraction /= 10;
    }
    int len = snprintf(text, UTC_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u", date.year, date.month,
                       date.day, of_day / 3600, of_day / 60 % 60, of_day % 60);
    if (digits > 0) {
        len += snprintf(text + len, UTC_SIZE - (size_t)len, ".%0*" PRIu64, (int)digits, fraction);
    }
    snprintf(text + len, UTC_SIZE - (size_t)len, "Z");
}
