#include "sim/report/campaign.h"

#include <inttypes.h>
#include <stdbool.h>

#include "sim/report/text.h"

enum { INDENT = 2, NAME_COLUMNS = 24, COUNT_COLUMNS = 14, SPAN_COLUMNS = 12 };

static void write_title(FILE *out, const struct report_style *style, const char *title)
{
    report_ink(out, style, REPORT_STRONG);
    fprintf(out, "%*s%-*s", INDENT, "", NAME_COLUMNS, title);
    report_ink_end(out, style);
}

static void write_name(FILE *out, const char *name)
{
    fprintf(out, "%*s%-*s", 2 * INDENT, "", NAME_COLUMNS - INDENT, name);
}

/* A count, or `never` where something should have been. */
static void write_count(FILE *out, const struct report_style *style, uint64_t count)
{
    char text[REPORT_TEXT_MAX];
    if (count == 0) {
        report_ink(out, style, REPORT_BAD);
    }
    fprintf(out, "%*s", COUNT_COLUMNS, count == 0 ? "never" : report_print_count(text, count));
    if (count == 0) {
        report_ink_end(out, style);
    }
}

static void write_head(FILE *out, const struct report_style *style,
                       const struct report_campaign *campaign)
{
    char runs[REPORT_TEXT_MAX];
    char events[REPORT_TEXT_MAX];
    char span[REPORT_TEXT_MAX];
    report_ink(out, style, REPORT_STRONG);
    fputs(campaign->name, out);
    report_ink_end(out, style);
    fprintf(out, "\n%*s%s seed%s, %s events, %s of virtual time", INDENT, "",
            report_print_count(runs, campaign->runs), campaign->runs == 1 ? "" : "s",
            report_print_count(events, campaign->events),
            report_print_span(span, campaign->virtual_ns));
    if (campaign->elapsed_ns > 0) {
        __extension__ typedef unsigned __int128 wide;
        uint64_t speed = (uint64_t)((wide)campaign->runs * 1000000000 / campaign->elapsed_ns);
        fprintf(out, " in %s: %s seeds/s", report_print_span(span, campaign->elapsed_ns),
                report_print_count(runs, speed));
    }
    fputs("; ", out);
    report_ink(out, style, campaign->failed == 0 ? REPORT_GOOD : REPORT_BAD);
    if (campaign->failed == 0) {
        fputs("none failed", out);
    } else {
        fprintf(out, "%s FAILED", report_print_count(runs, campaign->failed));
    }
    report_ink_end(out, style);
    fputc('\n', out);
}

static bool is_promised(const struct report_campaign *campaign, int kind)
{
    return (campaign->promised >> kind & 1) != 0;
}

static void write_faults(FILE *out, const struct report_style *style,
                         const struct report_campaign *campaign)
{
    bool has_title = false;
    for (int kind = 0; kind < SIM_FAULT_KINDS_LEN; kind++) {
        if (campaign->faults[kind] == 0 && !is_promised(campaign, kind)) {
            continue;
        }
        if (!has_title) {
            write_title(out, style, "faults");
            fprintf(out, "%*s\n", COUNT_COLUMNS, "struck");
            has_title = true;
        }
        write_name(out, sim_fault_kind_name((enum sim_fault_kind)kind));
        write_count(out, style, campaign->faults[kind]);
        fputc('\n', out);
    }
}

/* "61.7 %" of so many. */
static void write_share(FILE *out, uint64_t count, uint64_t all)
{
    __extension__ typedef unsigned __int128 wide;
    unsigned permille = all == 0 ? 0 : (unsigned)(((wide)count * 1000 + all / 2) / all);
    fprintf(out, "%*u.%u %%", COUNT_COLUMNS - 4, permille / 10, permille % 10);
}

static void write_outcomes(FILE *out, const struct report_style *style,
                           const struct report_campaign *campaign)
{
    /* How it should end first. */
    static const enum saga_status order[REPORT_STATUSES] = {
        SAGA_STATUS_COMPLETED, SAGA_STATUS_FAILED,   SAGA_STATUS_EXPIRED,
        SAGA_STATUS_STARTED,   SAGA_STATUS_RESERVED, SAGA_STATUS_PAID};
    uint64_t all = 0;
    for (int i = 0; i < REPORT_STATUSES; i++) {
        all += campaign->statuses[i];
    }
    write_title(out, style, "outcomes");
    fprintf(out, "%*s%*s\n", COUNT_COLUMNS, "checkouts", COUNT_COLUMNS, "share");
    for (int i = 0; i < REPORT_STATUSES; i++) {
        uint64_t count = campaign->statuses[order[i]];
        if (count > 0) {
            write_name(out, saga_status_name(order[i]));
            write_count(out, style, count);
            write_share(out, count, all);
            fputc('\n', out);
        }
    }
}

static void write_closing(FILE *out, const struct report_style *style, const char *name,
                          const struct report_closing *closing)
{
    char span[REPORT_TEXT_MAX];
    if (closing->count == 0) {
        return;
    }
    write_name(out, name);
    write_count(out, style, closing->count);
    fprintf(out, "%*s", SPAN_COLUMNS, report_print_span(span, closing->p50_ns));
    fprintf(out, "%*s\n", SPAN_COLUMNS, report_print_span(span, closing->p99_ns));
}

static void write_closings(FILE *out, const struct report_style *style,
                           const struct report_campaign *campaign)
{
    if (campaign->completed.count == 0 && campaign->came_to_nothing.count == 0) {
        return;
    }
    write_title(out, style, "time to close");
    fprintf(out, "%*s%*s%*s\n", COUNT_COLUMNS, "checkouts", SPAN_COLUMNS, "p50", SPAN_COLUMNS,
            "p99");
    write_closing(out, style, "completed", &campaign->completed);
    write_closing(out, style, "came to nothing", &campaign->came_to_nothing);
}

/* Stock-hours, to a tenth. */
static void write_held(FILE *out, const struct report_style *style,
                       const struct report_campaign *campaign)
{
    const uint64_t tenth_ms = UINT64_C(3600) * 1000 / 10;
    char hours[REPORT_TEXT_MAX];
    uint64_t tenths = campaign->held_ms / tenth_ms;
    write_title(out, style, "stock held for nothing");
    fprintf(out, "%*s.%u stock-hours\n", COUNT_COLUMNS - 2, report_print_count(hours, tenths / 10),
            (unsigned)(tenths % 10));
}

/* The paths that were taken, or those that were not; and how many there was no room for. */
static void write_paths_that(FILE *out, const struct report_style *style,
                             const struct report_campaign *campaign, bool taken)
{
    char count[REPORT_TEXT_MAX];
    size_t found = 0;
    for (size_t i = 0; i < campaign->paths_len; i++) {
        const struct report_path *path = &campaign->paths[i];
        if ((path->count > 0) != taken || found++ >= REPORT_PATHS_MAX) {
            continue;
        }
        fprintf(out, "%*s", INDENT, "");
        write_count(out, style, path->count);
        fprintf(out, "  %s\n", path->text[0] == '\0' ? "nothing to undo" : path->text);
    }
    if (found > REPORT_PATHS_MAX) {
        fprintf(out, "%*s  and %s more\n", INDENT + COUNT_COLUMNS, taken ? "" : "never",
                report_print_count(count, found - REPORT_PATHS_MAX));
    }
}

static void write_paths(FILE *out, const struct report_style *style,
                        const struct report_campaign *campaign)
{
    char taken_text[REPORT_TEXT_MAX];
    char possible[REPORT_TEXT_MAX];
    uint64_t taken = 0;
    for (size_t i = 0; i < campaign->paths_len; i++) {
        taken += campaign->paths[i].count > 0;
    }
    write_title(out, style, "compensation paths");
    fprintf(out, "%*s of %s possible\n", COUNT_COLUMNS, report_print_count(taken_text, taken),
            report_print_count(possible, campaign->paths_possible));
    write_paths_that(out, style, campaign, true);
    write_paths_that(out, style, campaign, false);
}

void report_write_campaign(FILE *out, const struct report_style *style,
                           const struct report_campaign *campaign)
{
    write_head(out, style, campaign);
    write_faults(out, style, campaign);
    write_outcomes(out, style, campaign);
    write_closings(out, style, campaign);
    write_held(out, style, campaign);
    write_paths(out, style, campaign);
}
