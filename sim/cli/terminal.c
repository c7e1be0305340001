#include "sim/cli/terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sim/report/text.h"

enum { LINE_MAX_BYTES = 256 };

static const uint64_t QUIET_NS = 1000000000;
static const uint64_t BETWEEN_NS = 100000000;

static bool is_dumb(void)
{
    const char *term = getenv("TERM");
    return term == NULL || strcmp(term, "dumb") == 0;
}

static unsigned columns_of(FILE *out)
{
    struct winsize size;
    return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

struct report_style cli_terminal_style(FILE *out)
{
    struct report_style style = {0};
    const char *no_color = getenv("NO_COLOR");
    if (isatty(fileno(out)) == 0) {
        return style;
    }
    style.colour = !is_dumb() && (no_color == NULL || no_color[0] == '\0');
    style.columns = columns_of(out);
    return style;
}

struct cli_progress cli_progress_begin(void)
{
    return (struct cli_progress){.wanted = isatty(STDERR_FILENO) != 0 && !is_dumb(),
                                 .columns = columns_of(stderr),
                                 .due_ns = QUIET_NS};
}

bool cli_progress_is_due(struct cli_progress *progress, uint64_t elapsed_ns)
{
    if (!progress->wanted || elapsed_ns < progress->due_ns) {
        return false;
    }
    progress->due_ns = elapsed_ns + BETWEEN_NS;
    return true;
}

void cli_progress_write(struct cli_progress *progress, const char *line)
{
    int width = progress->columns > 0 ? (int)progress->columns - 1 : LINE_MAX_BYTES;
    progress->shown = true;
    fprintf(stderr, "\r\033[K%.*s", width, line);
    fflush(stderr);
}

static void write_progress(FILE *out, const struct campaign_progress *state)
{
    char count[REPORT_TEXT_MAX];
    char span[REPORT_TEXT_MAX];
    uint64_t elapsed_ms = state->elapsed_ns / 1000000;
    fputs(report_print_count(count, state->runs), out);
    if (state->runs_total > 0) {
        fprintf(out, " of %s", report_print_count(count, state->runs_total));
    }
    fprintf(out, " runs, %s failed", report_print_count(count, state->failed));
    fprintf(out, ", %s seeds/s", report_print_count(count, state->runs * 1000 / elapsed_ms));
    fprintf(out, ", %s events/s", report_print_count(count, state->events * 1000 / elapsed_ms));
    fprintf(out, ", %s", report_print_span(span, state->elapsed_ns));
}

static void write_swarm(FILE *out, const struct cli_progress_swarm *swarm)
{
    char count[REPORT_TEXT_MAX];
    fprintf(out, "; %s faults of %u/%u kinds, %zu/%zu paths",
            report_print_count(count, swarm->struck), swarm->kinds, swarm->promised, swarm->paths,
            swarm->possible);
}

void cli_progress_show(struct cli_progress *progress, const struct campaign_progress *state,
                       const struct cli_progress_swarm *swarm)
{
    char line[LINE_MAX_BYTES] = "";
    FILE *out = fmemopen(line, sizeof(line), "w");
    if (out == NULL) {
        return;
    }
    write_progress(out, state);
    if (swarm->promised > 0) {
        write_swarm(out, swarm);
    }
    fclose(out);
    cli_progress_write(progress, line);
}

void cli_progress_clear(struct cli_progress *progress)
{
    if (progress->shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        progress->shown = false;
    }
}
