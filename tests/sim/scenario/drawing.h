/* Draws for any_scenario.c, any_fault.c and any_expect.c. */
#ifndef BACKSTEP_TESTS_SIM_SCENARIO_DRAWING_H
#define BACKSTEP_TESTS_SIM_SCENARIO_DRAWING_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/scenario/scenario.h"

#define LEN(array) (sizeof(array) / sizeof *(array))
#define MS         UINT64_C(1000000)
#define S          (1000 * MS)
#define MIN        (60 * S)
#define D          (UINT64_C(24) * 60 * MIN)

struct drawing {
    uint64_t state;
    struct scenario *scenario;
};

/* 0..below-1. */
uint64_t draw(struct drawing *d, uint64_t below);
bool draw_one_in(struct drawing *d, uint64_t n);

/* From lo to hi, both included; often whole in some unit. */
uint64_t draw_ns(struct drawing *d, uint64_t lo, uint64_t hi);
struct scenario_range draw_range(struct drawing *d, uint64_t max);

/* Either sign, never 0. */
int64_t draw_shift(struct drawing *d, uint64_t max);
int32_t draw_drift(struct drawing *d);
uint32_t draw_ppm(struct drawing *d);

/* Calls and services of the scenario's plan, numbers of its checkouts. */
uint8_t draw_step(struct drawing *d);
uint8_t draw_compensation(struct drawing *d);
uint8_t draw_service(struct drawing *d);
uint32_t draw_checkout(struct drawing *d);

/* A code that is no answer's name. */
void draw_code(struct drawing *d, char code[SAGA_CODE_MAX + 1]);

void draw_faults(struct drawing *d);
void draw_expect(struct drawing *d);

#endif
