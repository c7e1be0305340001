#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/yaml/reader.h"
#include "runtime/yaml/reference.h"
#include "runtime/yaml/schema.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

/* A lamp, as an example of a mapping with one of each. */
struct lamp {
    char name[16];
    uint64_t fade_ns;
    uint64_t lasts_ns;
    uint64_t glow_ns[2];
    uint32_t power;
    uint32_t dim_ppm;
    uint32_t retries[2];
    int64_t timer_ns;
    int32_t drift_ppm;
    uint8_t colour;
    bool lit;
    struct {
        uint32_t height;
    } stand;
};

static const char *const colours[] = {"red", "green", "blue", NULL};

static const struct yaml_key stand_keys[] = {
    {.name = "height",
     .kind = YAML_INTEGER,
     .size = sizeof(uint32_t),
     .standard = "40",
     .flags = YAML_OVERRIDE,
     .what = "How high.",
     .max = 200},
};
static const struct yaml_shape stand_shape = {.name = "stand",
                                              .title = "a stand",
                                              .what = "A stand.",
                                              .keys = stand_keys,
                                              .keys_len = LEN(stand_keys)};

static const struct yaml_key lamp_keys[] = {
    {.name = "name",
     .kind = YAML_TEXT,
     .flags = YAML_REQUIRED,
     .size = 16,
     .offset = offsetof(struct lamp, name),
     .what = "Its name."},
    {.name = "fade",
     .kind = YAML_DURATION,
     .offset = offsetof(struct lamp, fade_ns),
     .standard = "1s",
     .what = "How slowly."},
    {.name = "glow",
     .kind = YAML_SPAN,
     .offset = offsetof(struct lamp, glow_ns),
     .standard = "1s..2s",
     .what = "How long."},
    {.name = "power",
     .kind = YAML_INTEGER,
     .size = sizeof(uint32_t),
     .min = 1,
     .max = 100,
     .offset = offsetof(struct lamp, power),
     .standard = "60",
     .flags = YAML_OVERRIDE,
     .what = "How strong."},
    {.name = "dim",
     .kind = YAML_RATE,
     .offset = offsetof(struct lamp, dim_ppm),
     .standard = "0%",
     .what = "How dim."},
    {.name = "tries",
     .kind = YAML_NUMBERS,
     .offset = offsetof(struct lamp, retries),
     .min = 1,
     .standard = "1..3",
     .what = "How often."},
    {.name = "colour",
     .kind = YAML_WORD,
     .words = colours,
     .offset = offsetof(struct lamp, colour),
     .standard = "green",
     .what = "Which colour."},
    {.name = "lit",
     .kind = YAML_BOOLEAN,
     .offset = offsetof(struct lamp, lit),
     .standard = "true",
     .what = "Whether it is on."},
    {.name = "stand",
     .shape = &stand_shape,
     .offset = offsetof(struct lamp, stand),
     .flags = YAML_OVERRIDE,
     .what = "What it stands on."},
    {.name = "tags", .kind = YAML_NAME, .flags = YAML_MANY, .min = 1, .max = 2, .what = "Tags."},
    {.name = "timer",
     .kind = YAML_SHIFT,
     .min = 1,
     .max = 3600000000000,
     .offset = offsetof(struct lamp, timer_ns),
     .what = "How far its timer is ahead."},
    {.name = "drift",
     .kind = YAML_DRIFT,
     .max = 500,
     .offset = offsetof(struct lamp, drift_ppm),
     .standard = "-7ppm",
     .what = "How much too fast its timer runs."},
    {.name = "lasts",
     .kind = YAML_AGE,
     .min = 1000000000,
     .offset = offsetof(struct lamp, lasts_ns),
     .standard = "1d",
     .what = "How long it lasts."},
    {.name = "rooms",
     .kind = YAML_NAME,
     .flags = YAML_MANY | YAML_OR_ALL,
     .min = 1,
     .max = 2,
     .what = "Where it may stand."},
};
static const struct yaml_shape lamp_shape = {.name = "lamp",
                                             .title = "a lamp",
                                             .what = "A lamp.",
                                             .keys = lamp_keys,
                                             .keys_len = LEN(lamp_keys)};

static struct yaml_document document;
static struct yaml_errors errors;
static struct lamp lamp;

static int tear_down(void **state)
{
    (void)state;
    yaml_document_free(&document);
    yaml_errors_free(&errors);
    return 0;
}

static bool read_lamp(const char *text, unsigned only)
{
    yaml_document_free(&document);
    yaml_errors_free(&errors);
    assert_true(yaml_document_load_memory(&document, "lamp", text, strlen(text), &errors));
    struct yaml_reader reader = {.document = &document, .errors = &errors, .only = only};
    bool fine = yaml_read_mapping(&reader, &lamp_shape, document.root, &lamp);
    yaml_errors_sort(&errors);
    assert_int_equal(fine, !yaml_errors_any(&errors));
    return fine;
}

static void assert_error(uint32_t index, uint32_t line, uint32_t column, const char *text)
{
    assert_true(index < errors.len);
    assert_string_equal(errors.items[index].text, text);
    assert_int_equal(errors.items[index].line, line);
    assert_int_equal(errors.items[index].column, column);
}

static void test_what_is_left_out_has_its_default(void **state)
{
    (void)state;
    memset(&lamp, 0xa5, sizeof lamp);
    assert_true(read_lamp("name: desk\n", 0));
    assert_string_equal(lamp.name, "desk");
    assert_int_equal(lamp.fade_ns, 1000000000);
    assert_int_equal(lamp.glow_ns[0], 1000000000);
    assert_int_equal(lamp.glow_ns[1], 2000000000);
    assert_int_equal(lamp.power, 60);
    assert_int_equal(lamp.dim_ppm, 0);
    assert_int_equal(lamp.retries[0], 1);
    assert_int_equal(lamp.retries[1], 3);
    assert_int_equal(lamp.colour, 1);
    assert_true(lamp.lit);
    assert_int_equal(lamp.drift_ppm, -7);
    assert_int_equal(lamp.stand.height, 40);
}

static void test_what_is_there_is_stored(void **state)
{
    (void)state;
    assert_true(
        read_lamp("name: |\n  floor\nfade: 2m\nglow: 5s\npower: 100\ndim: 12.5%\ntries: 2..\n"
                  "colour: blue\nlit: false\nstand: {height: 150}\ntags: [a, b]\n",
                  0));
    assert_string_equal(lamp.name, "floor"); /* without the newline of a block of text */
    assert_int_equal(lamp.fade_ns, UINT64_C(120000000000));
    assert_int_equal(lamp.glow_ns[1], UINT64_C(5000000000));
    assert_int_equal(lamp.power, 100);
    assert_int_equal(lamp.dim_ppm, 125000);
    assert_int_equal(lamp.retries[1], UINT32_MAX);
    assert_int_equal(lamp.colour, 2);
    assert_false(lamp.lit);
    assert_int_equal(lamp.stand.height, 150);
}

static void test_what_may_be_negative_is_bounded_both_ways(void **state)
{
    (void)state;
    assert_true(read_lamp("name: a\ntimer: -1h\ndrift: 500ppm\n", 0));
    assert_int_equal(lamp.timer_ns, -3600 * INT64_C(1000000000));
    assert_int_equal(lamp.drift_ppm, 500);
    assert_true(read_lamp("name: a\ntimer: 1ns\ndrift: -500ppm\n", 0));
    assert_int_equal(lamp.timer_ns, 1);
    assert_int_equal(lamp.drift_ppm, -500);
    assert_false(read_lamp("name: a\ntimer: -61m\ndrift: -501ppm\n", 0));
    assert_int_equal(errors.len, 2);
    assert_error(0, 2, 8,
                 "`-61m` is out of bounds for `timer`; allowed: a duration, 1ns to 1h, or the same "
                 "with a `-`, such as `-2h`");
    assert_error(1, 3, 8,
                 "`-501ppm` is out of bounds for `drift`; allowed: parts per million, 0ppm to "
                 "500ppm, or the same with a `-`, such as `50ppm`");
    assert_false(read_lamp("name: a\ntimer: 0s\ndrift: -5\n", 0));
    assert_int_equal(errors.len, 2);
    assert_error(0, 2, 8,
                 "`0s` is out of bounds for `timer`; allowed: a duration, 1ns to 1h, or the same "
                 "with a `-`, such as `-2h`");
    assert_error(1, 3, 8,
                 "`-5` is not allowed for `drift`; did you mean `-5ppm`? Allowed: parts per "
                 "million, 0ppm to 500ppm, or the same with a `-`, such as `50ppm`");
    assert_false(read_lamp("name: a\ntimer: -5\n", 0));
    assert_non_null(strstr(errors.items[0].text, "did you mean `-5s`?"));
}

static void test_what_may_last_for_ever_lasts_0(void **state)
{
    (void)state;
    assert_true(read_lamp("name: a\n", 0));
    assert_int_equal(lamp.lasts_ns, 86400 * UINT64_C(1000000000));
    assert_true(read_lamp("name: a\nlasts: 2h\n", 0));
    assert_int_equal(lamp.lasts_ns, 7200 * UINT64_C(1000000000));
    assert_true(read_lamp("name: a\nlasts: forever\n", 0));
    assert_int_equal(lamp.lasts_ns, 0);
    assert_false(read_lamp("name: a\nlasts: 0s\n", 0));
    assert_int_equal(errors.len, 1);
    assert_error(0, 2, 8,
                 "`0s` is out of bounds for `lasts`; allowed: `forever`, or a duration, 1s to "
                 "3650d, such as `30d`");
}

static void test_a_list_may_be_all(void **state)
{
    (void)state;
    assert_true(read_lamp("name: a\nrooms: all\n", 0));
    assert_true(read_lamp("name: a\nrooms: [hall]\n", 0));
    assert_false(read_lamp("name: a\nrooms: hall\ntags: all\n", 0));
    assert_int_equal(errors.len, 2);
    assert_error(0, 2, 8,
                 "`rooms` is a single value; allowed: `all`, or a list of at most 2, each a name "
                 "of a-z, 0-9 and _ (at most 31), such as `book_room`");
    assert_error(1, 3, 7,
                 "`tags` is a single value; allowed: a list of at most 2, each a name of a-z, 0-9 "
                 "and _ (at most 31), such as `book_room`");
    assert_false(read_lamp("name: a\nrooms: []\n", 0));
    assert_error(0, 2, 8, "`rooms` has 0 entries; allowed: 1 to 2");
}

static void test_every_error_is_told_with_place_and_way_out(void **state)
{
    (void)state;
    assert_false(read_lamp("powr: 3\n"
                           "fade: 10\n"
                           "power: 101\n"
                           "colour: Blue\n"
                           "lit: yes\n"
                           "stand: tall\n"
                           "tags: [a, b, c]\n"
                           "glow:\n",
                           0));
    assert_int_equal(errors.len, 8);
    assert_error(
        0, 1, 1,
        "unknown key `powr` in a lamp; did you mean `power`? Allowed: `name`, `fade`, "
        "`glow`, `power`, `dim`, `tries`, `colour`, `lit`, `stand`, `tags`, `timer`, `drift`, "
        "`lasts`, `rooms`");
    assert_error(1, 2, 7,
                 "`10` is not allowed for `fade`; did you mean `10s`? Allowed: a duration, 0s to "
                 "3650d (units: ns us ms s m h d), such as `250ms`");
    assert_error(2, 3, 8,
                 "`101` is out of bounds for `power`; allowed: a whole number, 1 to 100, such as "
                 "`3`");
    assert_error(3, 4, 9,
                 "`Blue` is not allowed for `colour`; did you mean `blue`? Allowed: one of `red`, "
                 "`green`, `blue`, such as `red`");
    assert_error(4, 5, 6,
                 "`yes` is not allowed for `lit`; did you mean `true`? Allowed: `true` or `false`, "
                 "such as `true`");
    assert_error(5, 6, 8, "`stand` is a single value; allowed: a stand, such as `{}`");
    assert_error(6, 7, 7, "`tags` has 3 entries; allowed: 1 to 2");
    assert_error(7, 8, 1,
                 "`glow` is empty; allowed: a duration or a range of them, 0s to 3650d, such as "
                 "`2ms..40ms`");
}

static void test_a_missing_key_is_told_unless_it_was_probably_misspelled(void **state)
{
    (void)state;
    assert_false(read_lamp("power: 3\n", 0));
    assert_int_equal(errors.len, 1);
    assert_error(0, 1, 1,
                 "`name` is missing in a lamp; it is required: text of at most 15 bytes, such as "
                 "`name: some text`");
    assert_false(read_lamp("nam: desk\n", 0));
    assert_int_equal(errors.len, 1);
    assert_non_null(strstr(errors.items[0].text, "did you mean `name`?"));
}

static void test_an_override_changes_only_what_it_names(void **state)
{
    (void)state;
    assert_true(read_lamp("name: desk\nfade: 2m\nstand: {height: 150}\n", 0));
    assert_true(read_lamp("power: 7\nstand: {}\n", YAML_OVERRIDE));
    assert_int_equal(lamp.power, 7);
    assert_int_equal(lamp.fade_ns, UINT64_C(120000000000));
    assert_int_equal(lamp.stand.height, 150);
    assert_false(read_lamp("fade: 3m\n", YAML_OVERRIDE));
    assert_error(0, 1, 1, "unknown key `fade` in an override of a lamp; allowed: `power`, `stand`");
}

static void test_items_of_a_list_are_read_one_by_one(void **state)
{
    (void)state;
    assert_true(read_lamp("name: desk\ntags: [a, B C]\n", 0));
    struct yaml_reader reader = {.document = &document, .errors = &errors};
    const struct yaml_key *tags = yaml_shape_find(&lamp_shape, "tags", 0);
    struct yaml_node *item = yaml_get(document.root, "tags")->first;
    assert_true(yaml_read_value(&reader, tags, item, NULL));
    assert_false(yaml_read_value(&reader, tags, item->next, NULL));
    assert_error(0, 2, 11,
                 "`B C` is not allowed for `tags`; did you mean `b_c`? Allowed: a name of a-z, 0-9 "
                 "and _ (at most 31), such as `book_room`");
    /* What was reported is not reported again. */
    assert_false(yaml_read_value(&reader, tags, item->next, NULL));
    assert_int_equal(errors.len, 1);
}

static void test_the_schema_knows_bounds_defaults_and_what_is_required(void **state)
{
    (void)state;
    json_t *schema = yaml_schema("Lamps", &lamp_shape);
    assert_non_null(schema);
    const char *name = NULL;
    const char *standard = NULL;
    const char *pattern = NULL;
    int more = 1;
    json_int_t max = 0;
    const char *all = NULL;
    json_int_t rooms = 0;
    assert_int_equal(json_unpack(schema,
                                 "{s:{s:{s:[s], s:b, s:{s:{s:I}, s:{s:s, s:s}, s:{s:[{s:s}, "
                                 "{s:I}]}}}}}",
                                 "$defs", "lamp", "required", &name, "additionalProperties", &more,
                                 "properties", "power", "maximum", &max, "fade", "default",
                                 &standard, "pattern", &pattern, "rooms", "anyOf", "const", &all,
                                 "maxItems", &rooms),
                     0);
    assert_string_equal(json_string_value(json_object_get(schema, "$ref")), "#/$defs/lamp");
    assert_string_equal(all, "all");
    assert_int_equal(rooms, 2);
    assert_string_equal(name, "name");
    assert_int_equal(more, 0);
    assert_int_equal(max, 100);
    assert_string_equal(standard, "1s");
    assert_non_null(strstr(pattern, "(ns|us|ms|s|m|h|d)"));
    json_decref(schema);
}

static void test_the_reference_has_a_row_for_each_key(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    yaml_write_reference(out, &lamp_shape, NULL);
    fclose(out);
    assert_non_null(strstr(text, "## lamp\n"));
    assert_non_null(strstr(text, "\n| `name` | Its name. | text of at most 15 bytes | "
                                 "**required** | `some text` |\n"));
    assert_non_null(strstr(text, "\n| `stand` | What it stands on. | [a stand](#stand) |"));
    assert_non_null(strstr(text,
                           "\n| `rooms` | Where it may stand. | `all`, or a list of at most 2, "
                           "each a name "));
    assert_non_null(strstr(text, "## stand\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_what_is_left_out_has_its_default, tear_down),
        cmocka_unit_test_teardown(test_what_is_there_is_stored, tear_down),
        cmocka_unit_test_teardown(test_what_may_be_negative_is_bounded_both_ways, tear_down),
        cmocka_unit_test_teardown(test_what_may_last_for_ever_lasts_0, tear_down),
        cmocka_unit_test_teardown(test_a_list_may_be_all, tear_down),
        cmocka_unit_test_teardown(test_every_error_is_told_with_place_and_way_out, tear_down),
        cmocka_unit_test_teardown(test_a_missing_key_is_told_unless_it_was_probably_misspelled,
                                  tear_down),
        cmocka_unit_test_teardown(test_an_override_changes_only_what_it_names, tear_down),
        cmocka_unit_test_teardown(test_items_of_a_list_are_read_one_by_one, tear_down),
        cmocka_unit_test(test_the_schema_knows_bounds_defaults_and_what_is_required),
        cmocka_unit_test(test_the_reference_has_a_row_for_each_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
