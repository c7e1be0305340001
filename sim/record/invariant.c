#include "sim/record/invariant.h"

#include <string.h>

static const struct {
    const char *name;
    const char *sentence;
} invariants[] = {
#define X(id, name, sentence) [id] = {name, sentence},
    SIM_INVARIANTS(X)
#undef X
};

const char *sim_invariant_name(enum sim_invariant invariant)
{
    return invariants[invariant].name;
}

const char *sim_invariant_sentence(enum sim_invariant invariant)
{
    return invariants[invariant].sentence;
}

enum sim_invariant sim_invariant_find(const char *name)
{
    for (int i = 0; i < SIM_INVARIANTS_LEN; i++) {
        if (strcmp(invariants[i].name, name) == 0) {
            return (enum sim_invariant)i;
        }
    }
    return SIM_INVARIANTS_LEN;
}
