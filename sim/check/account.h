/*
 * What the books of a service tell by themselves, in words: what is wrong with them, and what is
 * left. The invariants read it (check_books.c, check_end.c), and so does whoever has books and no
 * run: sim/sandbox.
 */
#ifndef BACKSTEP_SIM_CHECK_ACCOUNT_H
#define BACKSTEP_SIM_CHECK_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/record/books.h"

enum { CHECK_ACCOUNT_TEXT_SIZE = 160, CHECK_CENTS_MAX = 24 };

/* An amount of cents as "49.90", into `text`, which is returned. */
const char *check_cents(char text[CHECK_CENTS_MAX], int64_t cents);

/* stock-conserved: whether available + held + committed is the pool's initial stock, and none of
 * them is negative. */
static inline bool check_pool_is_whole(const struct sim_pool *pool)
{
    return pool->available + pool->held + pool->committed == pool->initial &&
           pool->available >= 0 && pool->held >= 0 && pool->committed >= 0;
}
/* "3 available, 1 held and 0 committed of 5". */
void check_pool_describe(const struct sim_pool *pool, char text[CHECK_ACCOUNT_TEXT_SIZE]);

/* money-conserved: "captured 49.90, authorized 0.00 at payment"; false when it is. */
bool check_account_describe_money(const struct sim_account *account, const char *service,
                                  char text[CHECK_ACCOUNT_TEXT_SIZE]);
/* captured-once: "captured 2 times at payment, 99.80 in all"; false when it was at most once. */
bool check_account_describe_captures(const struct sim_account *account, const char *service,
                                     char text[CHECK_ACCOUNT_TEXT_SIZE]);
/* failed-leaves-nothing: "1 unit held"; false when nothing is left. */
bool check_account_describe_rest(const struct sim_account *account,
                                 char text[CHECK_ACCOUNT_TEXT_SIZE]);

#endif
