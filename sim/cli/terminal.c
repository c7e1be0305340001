#include "sim/cli/terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sim/report/text.h"

static const uint64_t QUIET_NS = 1000000000;

static bool is_dumb(void)
{
    const char *term = getenv("TERM");
    return term == NULL || strcmp(term, "dumb") == 0;
}

struct report_style cli_terminal_style(FILE *out)
{
    struct report_style style = {0};
    const char *no_color = getenv("NO_COLOR");
    struct winsize size;
    if (isatty(fileno(out)) == 0) {
        return style;
    }
    style.colour = !is_dumb() && (no_color == NULL || no_color[0] == '\0');
    if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0) {
        style.columns = size.ws_col;
    }
    return style;
}

struct cli_progress cli_progress_begin(void)
{
    return (struct cli_progress){.wanted = isatty(STDERR_FILENO) != 0 && !is_dumb()};
}

void cli_progress_show(struct cli_progress *progress, const struct campaign_progress *state)
{
    char runs[REPORT_TEXT_MAX];
    char total[REPORT_TEXT_MAX];
    char failed[REPORT_TEXT_MAX];
    char speed[REPORT_TEXT_MAX];
    char elapsed[REPORT_TEXT_MAX];
    if (!progress->wanted || state->elapsed_ns < QUIET_NS) {
        return;
    }
    progress->shown = true;
    fprintf(stderr, "\r\033[K%s", report_print_count(runs, state->runs));
    if (state->runs_total > 0) {
        fprintf(stderr, " of %s", report_print_count(total, state->runs_total));
    }
    fprintf(stderr, " runs, %s failed, %s events/s, %s", report_print_count(failed, state->failed),
            report_print_count(speed, state->events * 1000 / (state->elapsed_ns / 1000000)),
            report_print_span(elapsed, state->elapsed_ns));
    fflush(stderr);
}

void cli_progress_clear(struct cli_progress *progress)
{
    if (progress->shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        progress->shown = false;
    }
}
