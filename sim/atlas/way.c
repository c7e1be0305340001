#include "sim/atlas/way.h"

#define X(id, word, title, group, kind, sentence) [id] = {word, title, sentence, group, kind},
static const struct {
    const char *word;
    const char *title;
    const char *sentence;
    enum atlas_group group;
    enum sim_fault_kind kind;
} ways[] = {ATLAS_STEP_WAYS(X) ATLAS_UNDO_WAYS(X)};
#undef X

#define X(id, title) [id] = title,
static const char *const groups[] = {ATLAS_GROUPS(X)};
#undef X

const char *atlas_way_word(enum atlas_way way)
{
    return ways[way].word;
}

const char *atlas_way_title(enum atlas_way way)
{
    return ways[way].title;
}

const char *atlas_way_sentence(enum atlas_way way)
{
    return ways[way].sentence;
}

enum atlas_group atlas_way_group(enum atlas_way way)
{
    return ways[way].group;
}

const char *atlas_group_title(enum atlas_group group)
{
    return groups[group];
}

enum sim_fault_kind atlas_way_kind(enum atlas_way way)
{
    return ways[way].kind;
}
