#include "tests/sim/explore/playing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct option {
    struct explore_choice choice;
    struct model_step step;
};

/* What a story says that a choice is about. */
struct about {
    char name[SAGA_NAME_MAX + 1];
    uint32_t attempt; /* 0: any */
    uint8_t checkout;
    bool is_late;
};

static struct scenario scenario;
static struct explore_settings settings;
static struct model *model;
static uint8_t *bytes;
static struct option options[EXPLORE_MOVES_MAX];
static uint32_t options_len;
static struct explore_choice told[PLAY_MOVES_MAX];
static uint32_t told_len;
static struct model_step taken;
static uint64_t key;
static uint8_t used;
static struct explore_state copied;

struct scenario *play_prepare(void)
{
    builder_begin(&scenario);
    return &scenario;
}

int play_end(void **state)
{
    (void)state;
    if (model != NULL) {
        model_destroy(model);
        free(bytes);
    }
    model = NULL;
    bytes = NULL;
    return 0;
}

/* Faults of a reply that is not accepted are numbered and are no choices: told by going through. */
static void open_packed(void)
{
    uint32_t numbers_len = 0;
    struct model_step step;
    options_len = 0;
    model_open(model, bytes, used);
    while (model_next(model, &step)) {
        options[numbers_len++].step = step;
    }
    for (uint32_t i = 0; i < numbers_len; i++) {
        struct explore_choice choices[PLAY_MOVES_MAX];
        uint16_t number = options[i].step.number;
        assert_true(model_choose(model, number, &step, choices, PLAY_MOVES_MAX) > 0);
        assert_int_equal(step.key, options[i].step.key);
        options[options_len++].choice = choices[0];
    }
}

void play_root(uint32_t root)
{
    used = 0;
    told_len = 0;
    model_root(model, root, bytes, &key);
    open_packed();
}

static void begin(uint32_t checkouts, uint32_t faults, bool is_folded)
{
    play_end(NULL);
    settings = (struct explore_settings){.scenario = &scenario,
                                         .checkouts = checkouts,
                                         .faults = faults,
                                         .jobs = 1,
                                         .invariants = explore_invariants(),
                                         .is_folded = is_folded};
    model = model_create(&settings);
    assert_non_null(model);
    bytes = malloc(model_packed_max(model));
    assert_non_null(bytes);
    play_root(0);
}

void play_begin(uint32_t checkouts, uint32_t faults)
{
    begin(checkouts, faults, true);
}

void play_begin_unfolded(uint32_t checkouts, uint32_t faults)
{
    begin(checkouts, faults, false);
}

static struct about read_about(const char *text)
{
    struct about about = {.checkout = 0};
    if (strncmp(text, "2:", 2) == 0) {
        about.checkout = 1;
        text += 2;
    }
    if (strncmp(text, "late ", 5) == 0) {
        about.is_late = true;
        text += 5;
    }
    size_t len = strcspn(text, "/");
    assert_true(len < sizeof(about.name));
    memcpy(about.name, text, len);
    about.attempt = text[len] == '/' ? (uint32_t)strtoul(text + len + 1, NULL, 10) : 0;
    return about;
}

static const char *name_of(const struct explore_choice *choice)
{
    switch ((int)choice->kind) {
    case EXPLORE_LAPSE:
    case EXPLORE_EARLY_LAPSE:
        return scenario.plan.services[choice->call].name;
    case EXPLORE_TICK:
    case EXPLORE_RESTART:
    case EXPLORE_RESUME:
    case EXPLORE_PASS:
    case EXPLORE_CRASH:
    case EXPLORE_PAUSE:
    case EXPLORE_LEAP:
    case EXPLORE_CANCEL:
        return "";
    default:
        return saga_call_name(&scenario.plan, choice->call);
    }
}

static bool is_meant(const struct explore_choice *choice, enum explore_choice_kind kind,
                     const char *text)
{
    struct about about = read_about(text);
    return choice->kind == kind && choice->checkout == about.checkout &&
           (!about.is_late || choice->is_late) &&
           (about.attempt == 0 || choice->attempt == about.attempt) &&
           (about.name[0] == '\0' || strcmp(about.name, name_of(choice)) == 0);
}

static void print_options(void)
{
    print_message("open are:\n");
    for (uint32_t i = 0; i < options_len; i++) {
        const struct explore_choice *c = &options[i].choice;
        print_message("  %u: %s%s%s/%u for %llu ms\n", c->checkout + 1U,
                      explore_choice_name((enum explore_choice_kind)c->kind),
                      c->is_late ? " late " : " ", name_of(c), c->attempt,
                      (unsigned long long)(c->span_ns / MS));
    }
}

static uint32_t count(enum explore_choice_kind kind, const char *about, const uint64_t *span_ns,
                      uint16_t *number)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < options_len; i++) {
        if (is_meant(&options[i].choice, kind, about) &&
            (span_ns == NULL || options[i].choice.span_ns == *span_ns)) {
            found++;
            *number = options[i].step.number;
        }
    }
    return found;
}

static void take(enum explore_choice_kind kind, const char *about, const uint64_t *span_ns)
{
    uint16_t number = 0;
    uint32_t found = count(kind, about, span_ns, &number);
    if (found != 1) {
        print_options();
        fail_msg("%s of '%s': %u choices", explore_choice_name(kind), about, found);
    }
    told_len = model_choose(model, number, &taken, told, PLAY_MOVES_MAX);
}

/* Goes on from what was taken. */
static void keep(void)
{
    model_pack(model, bytes);
    key = taken.key;
    used = taken.used;
    open_packed();
}

static void keep_sound(const char *what, const char *about)
{
    for (unsigned i = 0; taken.violated != 0 && i < 64; i++) {
        char detail[EXPLORE_DETAIL_MAX + 1];
        model_detail(model, (enum sim_invariant)i, detail);
        if (detail[0] != '\0') {
            fail_msg("%s of '%s' violates: %s", what, about, detail);
        }
    }
    assert_int_equal(taken.violated, 0);
    assert_false(model_is_crowded(model));
    keep();
}

void play(enum explore_choice_kind kind, const char *about)
{
    take(kind, about, NULL);
    keep_sound(explore_choice_name(kind), about);
}

void play_for(enum explore_choice_kind kind, const char *about, uint64_t span_ns)
{
    take(kind, about, &span_ns);
    keep_sound(explore_choice_name(kind), about);
}

void play_crowding(enum explore_choice_kind kind, const char *about)
{
    take(kind, about, NULL);
    assert_true(model_is_crowded(model));
}

const char *play_violating(enum explore_choice_kind kind, const char *about,
                           enum sim_invariant invariant)
{
    static char detail[EXPLORE_DETAIL_MAX + 1];
    take(kind, about, NULL);
    assert_true((taken.violated >> invariant & 1) != 0);
    model_detail(model, invariant, detail);
    keep();
    return detail;
}

void play_well(const char *call)
{
    play(EXPLORE_SERVE, call);
    play(EXPLORE_HEAR, call);
}

static const char *next_name(void)
{
    const struct explore_net *net = played_net();
    assert_true(net->sending_len > 0);
    return saga_call_name(&scenario.plan, net->messages[0].call);
}

void play_until(const char *call)
{
    while (strcmp(next_name(), call) != 0) {
        play_well(next_name());
    }
}

static const struct option *first_free(void)
{
    for (uint32_t i = 0; i < options_len; i++) {
        if (!explore_choice_is_fault((enum explore_choice_kind)options[i].choice.kind)) {
            return &options[i];
        }
    }
    return NULL;
}

void play_on(void)
{
    for (const struct option *option = first_free(); option != NULL; option = first_free()) {
        told_len = model_choose(model, option->step.number, &taken, told, PLAY_MOVES_MAX);
        keep_sound("the first free choice", "");
    }
}

void assert_open(enum explore_choice_kind kind, const char *about)
{
    uint16_t number;
    if (count(kind, about, NULL, &number) == 0) {
        print_options();
        fail_msg("%s of '%s' is not open", explore_choice_name(kind), about);
    }
}

void assert_shut(enum explore_choice_kind kind, const char *about)
{
    uint16_t number;
    if (count(kind, about, NULL, &number) != 0) {
        print_options();
        fail_msg("%s of '%s' is open", explore_choice_name(kind), about);
    }
}

void assert_only(enum explore_choice_kind kind, const char *about)
{
    assert_open(kind, about);
    if (options_len != 1) {
        print_options();
        fail_msg("%s of '%s' is not the only choice", explore_choice_name(kind), about);
    }
}

void assert_no_choice(void)
{
    if (options_len != 0) {
        print_options();
        fail_msg("there is a choice");
    }
}

void assert_ended(const char *status, const char *reason, const char *compensation)
{
    struct explore_outcome outcomes[EXPLORE_CHECKOUTS_MAX];
    assert_int_equal(model_outcomes(model, outcomes), settings.checkouts);
    assert_string_equal(saga_status_name((enum saga_status)outcomes[0].status), status);
    assert_string_equal(outcomes[0].reason, reason);
    assert_string_equal(
        saga_compensation_status_name((enum saga_compensation_status)outcomes[0].compensation),
        compensation);
}

void assert_spans_are(enum explore_choice_kind kind, const char *about, const uint64_t *spans_ns,
                      size_t spans_len)
{
    size_t found = 0;
    for (uint32_t i = 0; i < options_len; i++) {
        if (is_meant(&options[i].choice, kind, about)) {
            uint64_t expected_ns = found < spans_len ? spans_ns[found] : UINT64_MAX;
            if (options[i].choice.span_ns != expected_ns) {
                print_options();
                fail_msg("%s of '%s': span %zu is %llu ms", explore_choice_name(kind), about, found,
                         (unsigned long long)(options[i].choice.span_ns / MS));
            }
            found++;
        }
    }
    if (found != spans_len) {
        print_options();
    }
    assert_int_equal(found, spans_len);
}

struct model *played(void)
{
    return model;
}

const struct explore_state *played_state(void)
{
    return &model->open;
}

const struct saga_session *played_session(void)
{
    return &model->open.parts[0].session;
}

const struct explore_net *played_net(void)
{
    return &model->open.parts[0].net;
}

uint64_t played_key(void)
{
    return key;
}

uint32_t played_moves(const struct explore_choice **moves)
{
    *moves = told;
    return told_len;
}

uint64_t play_key_of(const struct explore_state *state)
{
    struct explore_hashes hashes = {.pools = fold_pools(model, state)};
    for (uint8_t p = 0; p < settings.checkouts; p++) {
        hashes.parts[p][0] = fold_session(model, state, p);
        hashes.parts[p][1] = fold_net(model, state, p);
        hashes.parts[p][2] = fold_books(model, state, p);
        hashes.parts[p][3] = fold_watch(model, state, p);
    }
    return fold_all(model, &hashes);
}

struct explore_part *play_copy(void)
{
    copied = *played_state();
    assert_same();
    return &copied.parts[0];
}

struct explore_state *play_copied(void)
{
    return &copied;
}

void assert_same(void)
{
    assert_int_equal(play_key_of(&copied), key);
}

void assert_other(void)
{
    assert_int_not_equal(play_key_of(&copied), key);
}

static uint32_t in_flight(const char *call, bool is_reply)
{
    const struct explore_net *net = played_net();
    uint32_t found = 0;
    for (uint8_t i = 0; i < net->messages_len; i++) {
        struct explore_message m = net->messages[i];
        found += explore_is_reply(m) == is_reply && m.call == builder_call(&scenario, call);
    }
    return found;
}

uint32_t play_requests(const char *call)
{
    return in_flight(call, false);
}

uint32_t play_replies(const char *call)
{
    return in_flight(call, true);
}
