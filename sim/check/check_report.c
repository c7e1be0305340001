/* How a violation is noted: once for each invariant and checkout. */
#include <stdarg.h>
#include <stdio.h>

#include "sim/check/state.h"

/* Broken stock is a matter of the run: it would be found broken at every checkout from then on. */
static bool is_of_run(enum sim_invariant invariant)
{
    return invariant == SIM_STOCK_CONSERVED;
}

void check_report(struct check *check, enum sim_invariant invariant,
                  const struct sim_record *record, const char *format, ...)
{
    uint64_t *reported =
        is_of_run(invariant) ? &check->reported : &check_of(check, record->checkout)->reported;
    if ((*reported >> invariant & 1) != 0) {
        return;
    }
    *reported |= UINT64_C(1) << invariant;
    check->violated |= UINT64_C(1) << invariant;
    if (check->violations_len == CHECK_VIOLATIONS_MAX) {
        check->dropped++;
        return;
    }
    struct check_violation *violation = &check->violations[check->violations_len++];
    violation->invariant = invariant;
    violation->checkout = record->checkout;
    violation->time_ns = record->time_ns;
    va_list args;
    va_start(args, format);
    vsnprintf(violation->detail, sizeof(violation->detail), format, args);
    va_end(args);
}
