#include "sim/record/record.h"

#include "sim/scenario/scenario.h"

#define X(id, name) [id] = name,
static const char *const kinds[] = {SIM_RECORD_KINDS(X)};
static const char *const answered[] = {SIM_ANSWERED_BECAUSE(X)};
static const char *const sent[] = {SIM_SENT_AS(X)};
static const char *const lost[] = {SIM_LOST_BECAUSE(X)};
static const char *const unstored[] = {SIM_UNSTORED_BECAUSE(X)};
static const char *const crashes[] = {SIM_CRASHES(X)};
static const char *const codes[] = {SIM_CODES(X)};
#undef X

const char *sim_code(const struct scenario *scenario, uint16_t code)
{
    return code < SIM_CODES_LEN ? codes[code] : scenario->faults[code - SIM_CODES_LEN].code;
}

const char *sim_record_kind_name(enum sim_record_kind kind)
{
    return kinds[kind];
}

const char *sim_answered_name(enum sim_answered because)
{
    return answered[because];
}

const char *sim_sent_name(enum sim_sent how)
{
    return sent[how];
}

const char *sim_lost_name(enum sim_lost because)
{
    return lost[because];
}

const char *sim_unstored_name(enum sim_unstored because)
{
    return unstored[because];
}

const char *sim_crash_name(enum sim_crash point)
{
    return crashes[point];
}
