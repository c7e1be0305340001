#include <stdio.h>
#include <string.h>

#include "tests/naive/generate.h"

static const uint64_t MS = 1000000;

uint64_t dice_roll(struct dice *dice, uint64_t sides)
{
    uint64_t z = dice->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (z ^ z >> 31) % sides;
}

bool dice_chance(struct dice *dice, uint32_t percent)
{
    return dice_roll(dice, 100) < percent;
}

static void name(char text[SAGA_NAME_MAX + 1], const char *prefix, unsigned number)
{
    snprintf(text, SAGA_NAME_MAX + 1, "%s%u", prefix, number);
}

static void generate_retry(struct saga_retry *retry, struct dice *dice)
{
    static const uint32_t jitters[] = {0, 0, 0, 200000, SAGA_PPM};
    retry->initial_ns = MS * (1 + dice_roll(dice, 2));
    retry->max_ns = retry->initial_ns + MS * dice_roll(dice, 5);
    retry->attempts = dice_chance(dice, 20) ? SAGA_UNLIMITED : 1 + (uint32_t)dice_roll(dice, 3);
    retry->multiplier = 1 + (uint32_t)dice_roll(dice, 3);
    retry->jitter_ppm = jitters[dice_roll(dice, 5)];
}

/* One service per model, so that its index is its model. */
static void generate_services(struct saga_plan *plan)
{
    static const char *const names[] = {"rules", "book", "stock", "card"};
    plan->services_len = 4;
    for (uint8_t i = 0; i < plan->services_len; i++) {
        memcpy(plan->services[i].name, names[i], strlen(names[i]));
        plan->services[i].model = i;
    }
}

static void generate_step(struct saga_plan *plan, uint8_t index, struct dice *dice)
{
    static const uint8_t forward[4][2] = {{SAGA_EFFECT_NONE, SAGA_EFFECT_NONE},
                                          {SAGA_EFFECT_OPEN, SAGA_EFFECT_CONFIRM},
                                          {SAGA_EFFECT_ACQUIRE, SAGA_EFFECT_COMMIT},
                                          {SAGA_EFFECT_AUTHORIZE, SAGA_EFFECT_CAPTURE}};
    struct saga_step *step = &plan->steps[index];
    name(step->name, "s", index);
    if (dice_chance(dice, 60)) {
        name(step->emits, "Done", index);
    }
    name(step->reason, "failed_s", index);
    generate_retry(&step->retry, dice);
    step->timeout_ns = MS * (1 + dice_roll(dice, 4));
    step->deadline_ns = dice_chance(dice, 30) ? MS * (1 + dice_roll(dice, 8)) : 0;
    step->service = (uint8_t)(dice_chance(dice, 20) ? 0 : 1 + dice_roll(dice, 3));
    step->effect = forward[step->service][dice_roll(dice, 2)];
    step->when = plan->flags_len > 0 && dice_chance(dice, 25)
                     ? (uint8_t)dice_roll(dice, plan->flags_len)
                     : SAGA_NONE;
    step->milestone = (uint8_t)dice_roll(dice, 3);
    step->hold_until = SAGA_NONE;
    step->settles = SAGA_NONE;
    for (uint8_t earlier = 0; earlier < index; earlier++) {
        bool one_service = plan->steps[earlier].service == step->service && step->service != 0;
        if (one_service && dice_chance(dice, 60)) {
            step->settles = earlier;
        }
    }
}

/* A hold lasts until a later step that runs whenever the holding step does. */
static void generate_hold(struct saga_plan *plan, uint8_t index, struct dice *dice)
{
    struct saga_step *step = &plan->steps[index];
    for (uint8_t later = (uint8_t)(index + 1); later < plan->steps_len; later++) {
        bool runs = plan->steps[later].when == SAGA_NONE || plan->steps[later].when == step->when;
        if (step->effect != SAGA_EFFECT_NONE && runs && dice_chance(dice, 35)) {
            step->hold_ns = MS * (1 + dice_roll(dice, 12));
            step->hold_until = later;
        }
    }
}

/* Reverses the step by a compensation of its own, or by one that its service has already. */
static void generate_undo(struct saga_plan *plan, uint8_t index, struct dice *dice)
{
    static const uint8_t reverse[4][2] = {{SAGA_EFFECT_NONE, SAGA_EFFECT_NONE},
                                          {SAGA_EFFECT_CANCEL, SAGA_EFFECT_CANCEL},
                                          {SAGA_EFFECT_RELEASE, SAGA_EFFECT_RETURN},
                                          {SAGA_EFFECT_VOID, SAGA_EFFECT_REFUND}};
    const struct saga_step *step = &plan->steps[index];
    for (uint8_t i = 0; i < plan->compensations_len; i++) {
        if (plan->compensations[i].service == step->service && dice_chance(dice, 40)) {
            plan->compensations[i].reverses |= (uint16_t)(1U << index);
            return;
        }
    }
    uint8_t at = (uint8_t)dice_roll(dice, plan->compensations_len + 1U);
    memmove(&plan->compensations[at + 1], &plan->compensations[at],
            (plan->compensations_len - at) * sizeof(plan->compensations[0]));
    plan->compensations_len++;
    struct saga_compensation *undo = &plan->compensations[at];
    memset(undo, 0, sizeof(*undo));
    name(undo->name, "undo_s", index);
    if (dice_chance(dice, 60)) {
        name(undo->emits, "Undone", index);
    }
    generate_retry(&undo->retry, dice);
    undo->timeout_ns = MS * (1 + dice_roll(dice, 4));
    undo->reverses = (uint16_t)(1U << index);
    undo->service = step->service;
    undo->effect = reverse[step->service][dice_roll(dice, 2)];
}

void generate_plan(struct saga_plan *plan, struct dice *dice)
{
    memset(plan, 0, sizeof(*plan));
    memcpy(plan->name, "generated", sizeof("generated"));
    plan->version = 1;
    plan->deadline_ns = MS * (4 + dice_roll(dice, 30));
    plan->flags_len = (uint8_t)dice_roll(dice, 3);
    for (uint8_t i = 0; i < plan->flags_len; i++) {
        name(plan->flags[i], "wants", i);
    }
    generate_services(plan);
    plan->steps_len = (uint8_t)(1 + dice_roll(dice, 5));
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        generate_step(plan, i, dice);
    }
    for (uint8_t i = 0; i < plan->steps_len; i++) {
        generate_hold(plan, i, dice);
        if (plan->steps[i].effect != SAGA_EFFECT_NONE) {
            generate_undo(plan, i, dice);
        }
    }
}
