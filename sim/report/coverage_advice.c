/* How a scenario visits a cell: what brings a checkout into the row's state, and what then comes.
 */
#include "sim/report/coverage.h"

static const char *const call_states[] = {
    [COVERAGE_FIRST_OUT] = "its first attempt is out (`delay: {reply: 5s}`)",
    [COVERAGE_FIRST_WAITING] = "its first attempt was answered `unavailable`",
    [COVERAGE_LATER_OUT] = "its first attempt was lost, and the second is out",
    [COVERAGE_LATER_WAITING] = "its first two attempts were answered `unavailable`",
};

static const char *const ways[] = {
    [COVERAGE_REJECTED] = "a rejection arrives",
    [COVERAGE_UNAVAILABLE] = "so are all the others, and the last",
    [COVERAGE_NO_ANSWER] = "all the others are lost, and the last",
    [COVERAGE_STEP_DEADLINE] = "its node is down until the step's deadline",
    [COVERAGE_HOLD_DEADLINE] = "its node is down until the hold has run out",
    [COVERAGE_CHECKOUT_DEADLINE] = "its node is down until the checkout's deadline",
    [COVERAGE_CANCELLED] = "the buyer cancels",
};

static const char *const undo_states[] = {
    [SAGA_UNDO_NOT_NEEDED] = "it is not needed",
    [SAGA_UNDO_NEEDED] = "an earlier compensation holds it back",
    [SAGA_UNDO_RUNNING] = "it is out (`delay: {reply: 5s}`)",
    [SAGA_UNDO_WAITING] = "it was answered `unavailable`",
    [SAGA_UNDO_UNDONE] = "it is acknowledged",
    [SAGA_UNDO_STUCK] = "it was rejected",
    [SAGA_UNDO_RESOLVED] = "an operator has resolved it",
};

void report_cell_advice(const struct saga_plan *plan, struct coverage_cell cell,
                        struct report_words *words)
{
    enum coverage_table table = (enum coverage_table)cell.table;
    const char *call = coverage_row_call(plan, table, cell.row);
    const char *column = coverage_column_name(table, cell.column);
    switch (table) {
    case COVERAGE_FAILURES:
        report_words_add(words, "`%s` runs, %s, and %s", call,
                         call_states[cell.row % COVERAGE_CALL_STATES_LEN], ways[cell.column]);
        break;
    case COVERAGE_LATE:
        report_words_add(words,
                         "the answer of `%s` is delayed and the buyer cancels; when it arrives, of "
                         "its compensation: %s",
                         call, undo_states[cell.column]);
        break;
    case COVERAGE_FORWARD:
        report_words_add(words, "`%s` runs, %s; then comes: %s", call,
                         call_states[cell.row % COVERAGE_CALL_STATES_LEN], column);
        break;
    case COVERAGE_UNDOING:
        report_words_add(words, "`%s`: %s; then comes: %s", call,
                         undo_states[cell.row % COVERAGE_UNDO_STATES_LEN], column);
        break;
    case COVERAGE_SESSION:
        report_words_add(words, "a checkout is %s; then comes: %s",
                         coverage_row_state(table, cell.row), column);
        break;
    case COVERAGE_TABLES_LEN:
        break;
    }
}
