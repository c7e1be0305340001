/* What a call of the core can answer. Anything but SAGA_OK changed nothing. */
#ifndef BACKSTEP_CORE_RESULT_H
#define BACKSTEP_CORE_RESULT_H

#define SAGA_RESULTS(X)                                                                            \
    X(SAGA_OK, "OK", "accepted, or ignored as stale")                                              \
    X(SAGA_ERROR_INVALID_STATE, "INVALID_STATE",                                                   \
      "the checkout is not in a state that allows this")                                           \
    X(SAGA_ERROR_CHECKOUT_EXPIRED, "CHECKOUT_EXPIRED",                                             \
      "the checkout has expired and is being undone")                                              \
    X(SAGA_ERROR_STEP_FAILED, "STEP_FAILED", "a step has failed and the checkout is being undone") \
    X(SAGA_ERROR_CONFLICT, "CONFLICT", "the same id was started with another request")             \
    X(SAGA_ERROR_UNKNOWN_PLAN, "UNKNOWN_PLAN",                                                     \
      "the checkout runs on a plan or version that is not here")

enum saga_result {
#define X(id, name, sentence) id,
    SAGA_RESULTS(X)
#undef X
};

/* The stable name, as in logs and in JSON: "INVALID_STATE". */
const char *saga_result_name(enum saga_result result);

/* One sentence for people. */
const char *saga_result_sentence(enum saga_result result);

#endif
