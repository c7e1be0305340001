#include "sim/check/account.h"

#include <inttypes.h>
#include <stdio.h>

const char *check_cents(char text[CHECK_CENTS_MAX], int64_t cents)
{
    uint64_t size = cents < 0 ? -(uint64_t)cents : (uint64_t)cents;
    snprintf(text, CHECK_CENTS_MAX, "%s%" PRIu64 ".%02" PRIu64, cents < 0 ? "-" : "", size / 100,
             size % 100);
    return text;
}

void check_pool_describe(const struct sim_pool *pool, char text[CHECK_ACCOUNT_TEXT_SIZE])
{
    snprintf(text, CHECK_ACCOUNT_TEXT_SIZE,
             "%" PRId64 " available, %" PRId64 " held and %" PRId64 " committed of %" PRId64,
             pool->available, pool->held, pool->committed, pool->initial);
}

bool check_account_describe_money(const struct sim_account *account, const char *service,
                                  char text[CHECK_ACCOUNT_TEXT_SIZE])
{
    char left[CHECK_CENTS_MAX];
    char right[CHECK_CENTS_MAX];
    if (account->captured > account->authorized) {
        snprintf(text, CHECK_ACCOUNT_TEXT_SIZE, "captured %s, authorized %s at %s",
                 check_cents(left, account->captured), check_cents(right, account->authorized),
                 service);
        return true;
    }
    if (account->refunded > account->captured) {
        snprintf(text, CHECK_ACCOUNT_TEXT_SIZE, "refunded %s, captured %s at %s",
                 check_cents(left, account->refunded), check_cents(right, account->captured),
                 service);
        return true;
    }
    return false;
}

bool check_account_describe_captures(const struct sim_account *account, const char *service,
                                     char text[CHECK_ACCOUNT_TEXT_SIZE])
{
    char sum[CHECK_CENTS_MAX];
    if (account->captures <= 1) {
        return false;
    }
    snprintf(text, CHECK_ACCOUNT_TEXT_SIZE, "captured %" PRIu32 " times at %s, %s in all",
             account->captures, service, check_cents(sum, account->captured));
    return true;
}

/* "1 unit held". */
static void describe_units(int32_t units, const char *what, char text[CHECK_ACCOUNT_TEXT_SIZE])
{
    snprintf(text, CHECK_ACCOUNT_TEXT_SIZE, "%" PRId32 " unit%s %s", units, units == 1 ? "" : "s",
             what);
}

bool check_account_describe_rest(const struct sim_account *account,
                                 char text[CHECK_ACCOUNT_TEXT_SIZE])
{
    char cents[CHECK_CENTS_MAX];
    int64_t blocked = account->authorized - account->voided - account->captured;
    int64_t kept = account->captured - account->refunded;
    if (account->opened > account->cancelled) {
        snprintf(text, CHECK_ACCOUNT_TEXT_SIZE, "%" PRIu32 " open",
                 account->opened - account->cancelled);
    } else if (account->held > 0) {
        describe_units(account->held, "held", text);
    } else if (account->committed > 0) {
        describe_units(account->committed, "committed", text);
    } else if (kept > 0) {
        snprintf(text, CHECK_ACCOUNT_TEXT_SIZE, "%s captured and not refunded",
                 check_cents(cents, kept));
    } else if (blocked > 0) {
        snprintf(text, CHECK_ACCOUNT_TEXT_SIZE, "%s authorized and not voided",
                 check_cents(cents, blocked));
    } else {
        return false;
    }
    return true;
}
