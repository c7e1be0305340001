#include "any_scenario.h"

#include <string.h>

#include "core/checkout.h"
#include "core/hash.h"
#include "drawing.h"
#include "sim/record/fault_kind.h"

/* What YAML, libfyaml or the reader give a meaning of their own. */
static const char *const hard_pieces[] = {
    "a",
    "word",
    "7",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "'",
    "''",
    "\"",
    "\\",
    ":",
    ": ",
    " #",
    "#",
    "- ",
    "-",
    "---",
    "...",
    "%",
    "%YAML",
    "&x",
    "*x",
    "!t",
    "|",
    ">",
    "@",
    "`",
    "[",
    "]",
    "{",
    "}",
    ",",
    "? ",
    "<<",
    "~",
    "null",
    "true",
    "0x1",
    "é",
    "日本",
    "🛒",
    "\xc2\x80",
    "\xc2\x85",
    "\xc2\x9f",
    "\xc2\xa0",
    "\xe2\x80\xa7",
    "\xe2\x80\xa8",
    "\xe2\x80\xa9",
    "\xef\xbb\xbf",
    "\xef\xbf\xbd",
    "\xef\xbf\xbe",
    "\xef\xbf\xbf",
    "\xf4\x8f\xbf\xbf",
};

static void draw_text(struct drawing *d, char *text, size_t max, bool lines)
{
    size_t len = 0;
    for (uint64_t pieces = 1 + draw(d, 12); pieces > 0; pieces--) {
        const char *piece = hard_pieces[draw(d, LEN(hard_pieces))];
        size_t more = strlen(piece);
        if (len + more <= max && (lines || strchr(piece, '\n') == NULL)) {
            memcpy(text + len, piece, more);
            len += more;
        }
    }
    while (len > 0 && text[len - 1] == '\n') { /* the reader drops them */
        text[--len] = 0;
    }
}

void any_text(struct scenario *scenario, uint64_t seed)
{
    struct drawing d = {.state = saga_hash_mix(seed + 1), .scenario = scenario};
    memset(scenario->name, 0, sizeof scenario->name);
    memset(scenario->about, 0, sizeof scenario->about);
    draw_text(&d, scenario->name, SCENARIO_NAME_MAX, false);
    draw_text(&d, scenario->about, SCENARIO_ABOUT_MAX, true);
    if (scenario->name[0] == 0) {
        scenario->name[0] = '-';
    }
}

static void draw_retry(struct drawing *d, struct saga_retry *retry)
{
    if (draw_one_in(d, 4)) {
        retry->attempts = draw_one_in(d, 2) ? SAGA_UNLIMITED : 1 + (uint32_t)draw(d, 1000000);
    }
    if (draw_one_in(d, 4)) {
        retry->initial_ns = draw_ns(d, MS, retry->max_ns);
    }
    if (draw_one_in(d, 4)) {
        retry->max_ns = draw_ns(d, retry->initial_ns, SAGA_DURATION_MAX_NS);
    }
    if (draw_one_in(d, 4)) {
        retry->multiplier = 1 + (uint32_t)draw(d, SAGA_MULTIPLIER_MAX);
    }
    if (draw_one_in(d, 4)) {
        retry->jitter_ppm = draw_ppm(d);
    }
}

static void draw_plan(struct drawing *d)
{
    struct saga_plan *plan = &d->scenario->plan;
    memcpy(plan, &saga_checkout_plan, sizeof *plan);
    if (draw_one_in(d, 2)) {
        return;
    }
    if (draw_one_in(d, 3)) {
        plan->deadline_ns = draw_ns(d, MS, SAGA_DURATION_MAX_NS);
    }
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        struct saga_step *step = &plan->steps[i];
        if (draw_one_in(d, 4)) {
            draw_retry(d, &step->retry);
            step->timeout_ns = draw_ns(d, MS, SAGA_DURATION_MAX_NS);
        }
        if (draw_one_in(d, 8)) {
            step->deadline_ns = draw_ns(d, MS, SAGA_DURATION_MAX_NS);
        }
        if (step->hold_ns != 0 && draw_one_in(d, 3)) {
            step->hold_ns = draw_ns(d, MS, SAGA_DURATION_MAX_NS);
        }
    }
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        if (draw_one_in(d, 4)) {
            draw_retry(d, &plan->compensations[i].retry);
            plan->compensations[i].timeout_ns = draw_ns(d, MS, SAGA_DURATION_MAX_NS);
        }
    }
}

static void draw_services(struct drawing *d)
{
    for (uint8_t i = 0; i < SAGA_SERVICES_MAX; i++) {
        struct scenario_service *service = &d->scenario->services[i];
        *service = (struct scenario_service){
            {5 * MS, 50 * MS}, SCENARIO_STOCK_ENOUGH, .tombstones = true, .idempotent = true};
        if (i >= d->scenario->plan.services_len || draw_one_in(d, 2)) {
            continue;
        }
        service->work_ns = draw_range(d, 60 * MIN);
        service->tombstones = draw_one_in(d, 2);
        service->idempotent = draw_one_in(d, 2);
        if (d->scenario->plan.services[i].model == SAGA_MODEL_HOLD && draw_one_in(d, 2)) {
            service->stock = draw(d, 1000000001);
        }
    }
}

static void draw_checkouts(struct drawing *d)
{
    struct scenario_checkouts *checkouts = &d->scenario->checkouts;
    checkouts->count = draw_one_in(d, 3) ? 1 : 1 + (uint32_t)draw(d, 100);
    checkouts->every_ns = S;
    if (draw_one_in(d, 3)) {
        return;
    }
    checkouts->every_ns = draw_ns(d, 0, (d->scenario->heal_ns - 1) / checkouts->count);
    checkouts->cancel_ppm = draw_one_in(d, 2) ? 0 : draw_ppm(d);
    for (uint8_t i = 0; i < d->scenario->plan.flags_len; i++) {
        checkouts->flags_ppm[i] = draw_one_in(d, 2) ? 0 : draw_ppm(d);
    }
}

static void draw_world(struct drawing *d)
{
    struct scenario *scenario = d->scenario;
    bool plain = draw_one_in(d, 4);
    scenario->seed = plain ? 1 : draw(d, UINT64_MAX - 1000000);
    scenario->runs = plain ? 1 : 1 + (uint32_t)draw(d, 1000000);
    scenario->heal_ns = plain ? 120 * MIN : draw_ns(d, 10 * MIN, 100 * D);
    scenario->until_ns = plain ? D : draw_ns(d, scenario->heal_ns, 365 * D);
    scenario->network.latency_ns = (struct scenario_range){2 * MS, 40 * MS};
    scenario->nodes_len = plain ? 1 : 1 + (uint32_t)draw(d, SCENARIO_NODES_MAX);
    draw_checkouts(d);
    draw_services(d);
    if (plain) {
        return;
    }
    scenario->network = (struct scenario_network){draw_range(d, D), draw_ppm(d), draw_ppm(d)};
    for (uint32_t i = 0; i < scenario->nodes_len; i++) {
        scenario->clocks[i].offset_ns = draw_one_in(d, 2) ? 0 : draw_shift(d, D);
        scenario->clocks[i].drift_ppm = draw_one_in(d, 2) ? 0 : draw_drift(d);
    }
    scenario->commit_ns = draw_range(d, 10 * MIN);
    scenario->swarm = draw_one_in(d, 3) ? SIM_FAULTS_ALL : draw(d, SIM_FAULTS_ALL);
}

void any_scenario(struct scenario *scenario, uint64_t seed)
{
    struct drawing d = {.state = saga_hash_mix(seed + 1), .scenario = scenario};
    memset(scenario, 0, sizeof *scenario);
    any_text(scenario, seed);
    draw_plan(&d);
    draw_world(&d);
    draw_faults(&d);
    draw_expect(&d);
}
