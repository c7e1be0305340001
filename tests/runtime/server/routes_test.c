/* Which path leads where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/server/routes.h"

static const struct route *find(const char *method, const char *path, char id[ROUTE_ID_SIZE])
{
    char allow[ROUTE_ALLOW_SIZE];
    return route_find(method, path, id, allow);
}

static void each_route_is_found_by_its_own_path(void **state)
{
    char id[ROUTE_ID_SIZE];
    (void)state;
    for (int r = ROUTE_NONE + 1; r < ROUTES_LEN; r++) {
        const struct route *route = route_at((enum route_id)r);
        assert_int_equal(route->id, r);
        assert_ptr_equal(find(route->method, route->path, id), route);
        assert_string_equal(id, strstr(route->path, "{id}") != NULL ? "{id}" : "");
    }
}

static void a_path_names_the_checkout(void **state)
{
    char id[ROUTE_ID_SIZE];
    (void)state;
    assert_int_equal(find("GET", "/v1/checkouts/c-17", id)->id, ROUTE_CHECKOUT);
    assert_string_equal(id, "c-17");
    assert_int_equal(find("POST", "/v1/checkouts/c~1.2/cancel", id)->id, ROUTE_CANCEL);
    assert_string_equal(id, "c~1.2");
}

static void an_id_that_is_too_long_is_cut_and_stays_too_long(void **state)
{
    char id[ROUTE_ID_SIZE];
    char path[300] = "/v1/checkouts/";
    (void)state;
    memset(path + strlen(path), 'x', 200);
    assert_int_equal(find("GET", path, id)->id, ROUTE_CHECKOUT);
    assert_int_equal(strlen(id), ROUTE_ID_SIZE - 1);
}

static void other_paths_lead_nowhere(void **state)
{
    static const char *const paths[] = {"",
                                        "/",
                                        "/v1",
                                        "/v1/checkouts/",
                                        "/v1/checkouts//events",
                                        "/v1/checkouts/c-17/",
                                        "/v1/checkouts/c-17/event",
                                        "/v1/checkouts/c-17/events/1",
                                        "/v2/checkouts",
                                        "/V1/checkouts",
                                        "/metrics/",
                                        "*"};
    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char id[ROUTE_ID_SIZE];
        char allow[ROUTE_ALLOW_SIZE];
        const struct route *route = route_find("GET", paths[i], id, allow);
        assert_int_equal(route->id, ROUTE_NONE);
        assert_string_equal(allow, "");
    }
}

static void a_path_that_does_not_take_the_method_says_what_it_takes(void **state)
{
    static const struct {
        const char *method;
        const char *path;
        const char *allow;
    } rows[] = {{"DELETE", "/v1/checkouts", "POST, GET, HEAD"},
                {"PUT", "/v1/checkouts/c-17", "GET, HEAD"},
                {"GET", "/v1/checkouts/c-17/cancel", "POST"},
                {"OPTIONS", "/v1/replies", "POST"},
                {"get", "/healthz", "GET, HEAD"}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char id[ROUTE_ID_SIZE];
        char allow[ROUTE_ALLOW_SIZE];
        assert_int_equal(route_find(rows[i].method, rows[i].path, id, allow)->id, ROUTE_NONE);
        assert_string_equal(allow, rows[i].allow);
    }
}

/* What changes something asks for more than reading does, and operators' actions for most. */
static void roles_follow_what_a_route_does(void **state)
{
    (void)state;
    for (int r = ROUTE_NONE + 1; r < ROUTES_LEN; r++) {
        const struct route *route = route_at((enum route_id)r);
        if (strcmp(route->method, "POST") == 0) {
            assert_true(route->role >= ACCESS_WRITE);
        } else if (r != ROUTE_HEALTHZ && r != ROUTE_READYZ) {
            assert_int_equal(route->role, ACCESS_READ);
        } else {
            assert_int_equal(route->role, ACCESS_NOBODY);
        }
    }
    assert_int_equal(route_at(ROUTE_RETRY)->role, ACCESS_OPERATOR);
    assert_int_equal(route_at(ROUTE_RESOLVE)->role, ACCESS_OPERATOR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_route_is_found_by_its_own_path),
        cmocka_unit_test(a_path_names_the_checkout),
        cmocka_unit_test(an_id_that_is_too_long_is_cut_and_stays_too_long),
        cmocka_unit_test(other_paths_lead_nowhere),
        cmocka_unit_test(a_path_that_does_not_take_the_method_says_what_it_takes),
        cmocka_unit_test(roles_follow_what_a_route_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
