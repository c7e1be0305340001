#include "runtime/store/store.h"

#define X(id, name, sentence) [id] = name,
static const char *const names[] = {STORE_RESULTS(X)};
#undef X

#define X(id, name, sentence) [id] = sentence,
static const char *const sentences[] = {STORE_RESULTS(X)};
#undef X

const char *store_result_name(enum store_result result)
{
    return names[result];
}

const char *store_result_sentence(enum store_result result)
{
    return sentences[result];
}
