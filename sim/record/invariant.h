/* The invariants: stable name and sentence, in the order in which they are listed. */
#ifndef BACKSTEP_SIM_RECORD_INVARIANT_H
#define BACKSTEP_SIM_RECORD_INVARIANT_H

#define SIM_INVARIANTS(X)                                                                          \
    X(SIM_STOCK_CONSERVED, "stock-conserved",                                                      \
      "available, held and committed stock add up to what there was, and none is negative")        \
    X(SIM_MONEY_CONSERVED, "money-conserved",                                                      \
      "no more is captured than was authorized, and no more refunded than was captured")           \
    X(SIM_CAPTURED_ONCE, "captured-once", "a checkout's money is captured at most once")           \
    X(SIM_ONE_EFFECT_PER_CALL, "one-effect-per-call",                                              \
      "however often a call is sent, its service makes one effect for its key")                    \
    X(SIM_CONFIRMED_MEANS_PAID, "confirmed-means-paid",                                            \
      "when an order is confirmed its stock is committed and its money captured")                  \
    X(SIM_NO_FORWARD_AFTER_COMPENSATION, "no-forward-after-compensation",                          \
      "once compensation has begun no step is sent")                                               \
    X(SIM_NO_COMPENSATION_BEFORE_FAILURE, "no-compensation-before-failure",                        \
      "no compensation is sent before the checkout has failed or expired")                         \
    X(SIM_STEP_ORDER, "step-order",                                                                \
      "steps are sent one at a time, in the plan's order, compensations in theirs")                \
    X(SIM_ATTEMPTS_BOUNDED, "attempts-bounded",                                                    \
      "attempts are numbered from 1 without gaps, and no step is tried more often than the plan "  \
      "allows")                                                                                    \
    X(SIM_BACKOFF_RESPECTED, "backoff-respected",                                                  \
      "no attempt is sent before the one before it has failed and its backoff has passed")         \
    X(SIM_NEVER_EARLY, "never-early", "no checkout expires before one of its deadlines has come")  \
    X(SIM_EVENTS_WELL_FORMED, "events-well-formed",                                                \
      "a checkout's domain events begin with CheckoutStarted, have no gaps and no repetition, "    \
      "and "                                                                                       \
      "tell of one outcome")                                                                       \
    X(SIM_VERSION_STEPS_BY_ONE, "version-steps-by-one",                                            \
      "each accepted event raises the stored version by one; nothing else changes what is stored") \
    X(SIM_CLOSED_IS_ABSORBING, "closed-is-absorbing",                                              \
      "a closed checkout accepts nothing but a late success (R15)")                                \
    X(SIM_REPLAY_EQUALS_STORED, "replay-equals-stored",                                            \
      "folding the accepted events anew gives the stored bytes")                                   \
    X(SIM_HOLD_15M, "hold-15m",                                                                    \
      "a hold that ran out before its stock was committed begins compensation at the next event")  \
    X(SIM_AUTHORIZATION_5M, "authorization-5m",                                                    \
      "a step that ran past its deadline begins compensation at the next event")                   \
    X(SIM_CHECKOUT_20M, "checkout-20m",                                                            \
      "a checkout that ran past its deadline begins compensation at the next event")               \
    X(SIM_ALL_CLOSED, "all-closed", "once healed, every checkout closes")                          \
    X(SIM_COMPLETED_MEANS_DONE, "completed-means-done",                                            \
      "a completed checkout has made every effect that was asked for, and undone none")            \
    X(SIM_FAILED_LEAVES_NOTHING, "failed-leaves-nothing",                                          \
      "a failed or expired checkout leaves no order, no stock, no money and no coupon behind")     \
    X(SIM_CLOSES_IN_TIME, "closes-in-time",                                                        \
      "a checkout closes within the later of heal and its last deadline, plus one longest "        \
      "backoff "                                                                                   \
      "and attempt for each compensation")                                                         \
    X(SIM_OUTBOX_DRAINED, "outbox-drained",                                                        \
      "once healed, every domain event that was stored has been published")                        \
    X(SIM_READ_MODEL_EQUALS_EVENTS, "read-model-equals-events",                                    \
      "the read model is what its projection makes of the stored events")                          \
    X(SIM_NOTIFIED_ONCE, "notified-once",                                                          \
      "the buyer is notified exactly once of the outcome, and of nothing else")

enum sim_invariant {
#define X(id, name, sentence) id,
    SIM_INVARIANTS(X)
#undef X
        SIM_INVARIANTS_LEN
};

/* The stable name: "stock-conserved". */
const char *sim_invariant_name(enum sim_invariant invariant);

/* One sentence for people. */
const char *sim_invariant_sentence(enum sim_invariant invariant);

/* The invariant of that name; SIM_INVARIANTS_LEN when there is none. */
enum sim_invariant sim_invariant_find(const char *name);

#endif
