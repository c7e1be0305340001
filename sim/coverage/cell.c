#include "sim/coverage/cell.h"

#include <assert.h>

#define X(id, name) [id] = name,
static const char *const tables[] = {COVERAGE_TABLES(X)};
static const char *const call_states[] = {COVERAGE_CALL_STATES(X)};
static const char *const ways[] = {COVERAGE_WAYS(X)};
static const char *const forward_events[] = {COVERAGE_FORWARD_EVENTS(X)};
static const char *const undo_states[] = {SAGA_UNDO_STATES(X)};
static const char *const undo_events[] = {COVERAGE_UNDO_EVENTS(X)};
static const char *const session_states[] = {COVERAGE_SESSION_STATES(X)};
static const char *const session_events[] = {COVERAGE_SESSION_EVENTS(X)};
#undef X

/* How a table is laid out: the rows of one subject (a step, a compensation, or the one checkout),
 * as often as there are subjects. */
static const struct layout {
    uint8_t subjects_max;
    uint8_t states_len;
    uint8_t columns_len;
    const char *const *states; /* NULL: a row is a subject */
    const char *const *columns;
} layouts[] = {
    [COVERAGE_FAILURES] = {SAGA_STEPS_MAX, COVERAGE_CALL_STATES_LEN, COVERAGE_WAYS_LEN, call_states,
                           ways},
    [COVERAGE_LATE] = {SAGA_STEPS_MAX, 1, COVERAGE_UNDO_STATES_LEN, NULL, undo_states},
    [COVERAGE_FORWARD] = {SAGA_STEPS_MAX, COVERAGE_CALL_STATES_LEN, COVERAGE_FORWARD_EVENTS_LEN,
                          call_states, forward_events},
    [COVERAGE_UNDOING] = {SAGA_COMPENSATIONS_MAX, COVERAGE_UNDO_STATES_LEN,
                          COVERAGE_UNDO_EVENTS_LEN, undo_states, undo_events},
    [COVERAGE_SESSION] = {1, COVERAGE_SESSION_STATES_LEN, COVERAGE_SESSION_EVENTS_LEN,
                          session_states, session_events},
};

static uint16_t size_of(const struct layout *layout)
{
    return (uint16_t)(layout->subjects_max * layout->states_len * layout->columns_len);
}

uint16_t coverage_number(struct coverage_cell cell)
{
    uint16_t first = 0;
    for (uint8_t table = 0; table < cell.table; table++) {
        first = (uint16_t)(first + size_of(&layouts[table]));
    }
    return (uint16_t)(first + cell.row * layouts[cell.table].columns_len + cell.column);
}

struct coverage_cell coverage_cell_of(uint16_t number)
{
    assert(number < COVERAGE_CELLS_MAX);
    uint8_t table = 0;
    while (number >= size_of(&layouts[table])) {
        number = (uint16_t)(number - size_of(&layouts[table]));
        table++;
    }
    uint8_t columns_len = layouts[table].columns_len;
    return (struct coverage_cell){.table = table,
                                  .row = (uint8_t)(number / columns_len),
                                  .column = (uint8_t)(number % columns_len)};
}

static uint8_t subjects_of(const struct saga_plan *plan, enum coverage_table table)
{
    switch (table) {
    case COVERAGE_FAILURES:
    case COVERAGE_LATE:
    case COVERAGE_FORWARD:
        return plan->steps_len;
    case COVERAGE_UNDOING:
        return plan->compensations_len;
    case COVERAGE_SESSION:
    case COVERAGE_TABLES_LEN:
        break;
    }
    return 1;
}

uint8_t coverage_rows(const struct saga_plan *plan, enum coverage_table table)
{
    return (uint8_t)(subjects_of(plan, table) * layouts[table].states_len);
}

uint8_t coverage_columns(enum coverage_table table)
{
    return layouts[table].columns_len;
}

const char *coverage_row_call(const struct saga_plan *plan, enum coverage_table table, uint8_t row)
{
    uint8_t subject = (uint8_t)(row / layouts[table].states_len);
    switch (table) {
    case COVERAGE_FAILURES:
    case COVERAGE_LATE:
    case COVERAGE_FORWARD:
        return plan->steps[subject].name;
    case COVERAGE_UNDOING:
        return plan->compensations[subject].name;
    case COVERAGE_SESSION:
    case COVERAGE_TABLES_LEN:
        break;
    }
    return "";
}

const char *coverage_row_state(enum coverage_table table, uint8_t row)
{
    const struct layout *layout = &layouts[table];
    return layout->states == NULL ? "" : layout->states[row % layout->states_len];
}

const char *coverage_column_name(enum coverage_table table, uint8_t column)
{
    return layouts[table].columns[column];
}

const char *coverage_table_name(enum coverage_table table)
{
    return tables[table];
}
