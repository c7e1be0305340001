/* The session under the rules R1 to R19, and its node. */

/* To be sent once it is stored, after what the update already sends. */
inline send(digit)
{
    sent = sent | (digit) << sent_at;
    sent_at = sent_at + 4
}

inline forget_sent()
{
    sent = 0;
    sent_at = 0
}

inline send_step()
{
    if
    :: attempt == 0 && step == RESERVE -> hold_deadline = HOLD
    :: attempt == 0 && step == AUTHORIZE -> step_deadline = STEP_DEADLINE
    :: else
    fi;
    if
    :: attempt < ATTEMPTS_FOLD -> attempt++
    :: else
    fi;
    waiting = 0;
    due = TIMEOUT(step);
    age(step);
    send(QUEUED_STEP)
}

inline send_undo(u)
{
    if
    :: undo_attempt[u] < UNDO_FOLD -> undo_attempt[u]++
    :: else
    fi;
    undo[u] = RUNNING;
    undo_due[u] = UNDO_TIMEOUT;
    age(STEPS + u);
    send(u + 1)
}

inline forget_forward()
{
    attempt = 0;
    waiting = 0;
    due = NEVER;
    step_deadline = NEVER;
    hold_deadline = NEVER;
    checkout_deadline = NEVER
}

/* R10, R11, R13, R17 */
inline compensate(why, is_doubt)
{
    assert(phase == FORWARD);
    phase = COMPENSATING;
    cause = why;
    doubt = is_doubt;
    undo[UNDO(RESTOCK)] = TOUCHED(COMMIT);
    undo[UNDO(RELEASE)] = TOUCHED(RESERVE) && !IS_DONE(COMMIT);
    undo[UNDO(CANCEL_SHIPMENT)] = TOUCHED(BOOK) && ships;
    undo[UNDO(REFUND)] = TOUCHED(CAPTURE);
    undo[UNDO(CANCEL_PAYMENT)] = TOUCHED(AUTHORIZE) && !IS_DONE(CAPTURE);
    undo[UNDO(RESTORE_COUPON)] = TOUCHED(REDEEM) && coupon;
    undo[UNDO(CANCEL_ORDER)] = TOUCHED(CREATE);
    doubt = doubt && step != VALIDATE;
    age(step);
    forget_forward()
}

/* R3 */
inline succeed()
{
    age(step);
    if
    :: step == AUTHORIZE -> step_deadline = NEVER
    :: step == COMMIT -> hold_deadline = NEVER
    :: else
    fi;
    step++;
    if
    :: step == REDEEM && !coupon -> step++
    :: step == BOOK && !ships -> step++
    :: else
    fi;
    attempt = 0;
    if
    :: step == STEPS -> phase = COMPLETED; forget_forward()
    :: else -> send_step()
    fi
}

/* R7, R8 */
inline fail_attempt()
{
    if
    :: IS_LIMITED(step) && attempt == ATTEMPTS -> compensate(BY_STEP, 1)
    :: else -> waiting = 1; due = BACKOFF(attempt); age(step)
    fi
}

/* R14 */
inline fail_undo(u)
{
    undo_failed = undo_failed | 1 << u;
    undo[u] = WAITING;
    undo_due[u] = UNDO_BACKOFF(undo_attempt[u]);
    age(STEPS + u)
}

/* The compensation that reverses the step. */
#define UNDO_OF(s)                                                                                \
    ((s) == COMMIT -> UNDO(RESTOCK) : ((s) == RESERVE -> UNDO(RELEASE) :                          \
    ((s) == BOOK -> UNDO(CANCEL_SHIPMENT) : ((s) == CAPTURE -> UNDO(REFUND) :                     \
    ((s) == AUTHORIZE -> UNDO(CANCEL_PAYMENT) : ((s) == REDEEM -> UNDO(RESTORE_COUPON) :          \
    UNDO(CANCEL_ORDER)))))))

/* Of a compensation that is owed no more only what R15 would ask for still matters (E10). */
inline end_undo(u, as)
{
    undo[u] = as;
    undo_due[u] = 0;
    age(STEPS + u);
    if
    :: doubt && UNDO_OF(step) == u
    :: else -> undo_attempt[u] = 0; undo_failed = undo_failed & ~(1 << u)
    fi
}

inline acknowledge(u)
{
    end_undo(u, UNDONE);
    at = 0;
    do
    :: (undone >> at & 7) != 0 && (undone >> at & 7) != u + 1 -> at = at + 3
    :: else -> break
    od;
    undone = undone | (u + 1) << at
}

/* R15 */
inline late_success()
{
    doubt = 0;
    c = UNDO_OF(step);
    if
    :: undo[c] == RUNNING || undo[c] == WAITING -> reopened = c + 1; send_undo(c)
    :: undo[c] == STUCK -> reopened = c + 1
    :: undo[c] == UNDONE || undo[c] == RESOLVED ->
        phase = COMPENSATING;
        reopened = c + 1;
        undo[c] = NEEDED
    :: else /* not yet sent: in its turn */
    fi
}

/* What a reply says, in the session as the deadlines left it. */
inline hear_step()
{
    if
    :: phase == FORWARD && call == step && answer == OK -> succeed()
    :: phase == FORWARD && call == step && answer == REJECTED -> compensate(BY_STEP, attempt > 1)
    :: phase == FORWARD && call == step && answer == UNAVAILABLE && fresh -> fail_attempt()
    :: phase != FORWARD && call == step && answer == OK && doubt -> late_success()
    :: else
    fi
}

inline hear_undo()
{
    c = UNDO(call);
    if
    :: epoch == EPOCH(c) && answer == OK && undo[c] >= RUNNING && undo[c] <= STUCK ->
        acknowledge(c)
    :: epoch == EPOCH(c) && answer == REJECTED && (undo[c] == RUNNING || undo[c] == WAITING) ->
        undo[c] = STUCK;
        undo_due[c] = 0;
        age(call)
    :: answer == UNAVAILABLE && fresh && undo[c] == RUNNING -> fail_undo(c)
    :: else
    fi
}

/* Whether a reply changes the session: what it says, or what is due with it. */
#define STEP_HEARS(m)                                                                             \
    (CALL(m) == step &&                                                                           \
     (phase == FORWARD -> ANSWER(m) != UNAVAILABLE || ((m) & FRESH) != 0 :                        \
     ANSWER(m) == OK && doubt))
#define UNDO_HEARS(m, u)                                                                          \
    (ANSWER(m) == UNAVAILABLE -> ((m) & FRESH) != 0 && undo[u] == RUNNING :                       \
    SECOND(m) == EPOCH(u) && undo[u] >= RUNNING &&                                                \
    undo[u] <= (ANSWER(m) == OK -> STUCK : WAITING))
#define IS_HEARD(m)                                                                               \
    (wake == 0 || (CALL(m) < STEPS -> STEP_HEARS(m) : UNDO_HEARS(m, UNDO(CALL(m)))))

#define EARLIER(a, b) ((a) < (b) -> (a) : (b))

inline find_wake()
{
    wake = NEVER;
    if
    :: phase == FORWARD ->
        wake = EARLIER(due, step_deadline);
        wake = EARLIER(wake, hold_deadline);
        wake = EARLIER(wake, checkout_deadline)
    :: phase == COMPENSATING ->
        for (c : 0 .. UNDOS - 1) {
            if
            :: undo[c] == RUNNING || undo[c] == WAITING -> wake = EARLIER(wake, undo_due[c])
            :: else
            fi
        }
    :: else
    fi
}

/* R2: before the event. */
inline apply_deadlines()
{
    forget_sent();
    if
    :: phase == FORWARD &&
       (checkout_deadline == 0 || hold_deadline == 0 || step_deadline == 0) ->
        compensate(BY_EXPIRY, 1)
    :: else
    fi
}

/* After the event: what else is due, what may be sent (R12), and whether anything is owed. */
inline apply_rest()
{
    if
    :: phase == FORWARD && due == 0 && waiting -> send_step()
    :: phase == FORWARD && due == 0 && !waiting -> fail_attempt()
    :: else
    fi;
    if
    :: phase == COMPENSATING ->
        is_free = 1;
        phase = COMPENSATED;
        for (c : 0 .. UNDOS - 1) {
            if
            :: undo[c] == RUNNING && undo_due[c] == 0 -> fail_undo(c)
            :: undo[c] == WAITING && undo_due[c] == 0 -> send_undo(c)
            :: else
            fi
        }
        for (c : 0 .. UNDOS - 1) {
            if
            :: undo[c] == NEEDED && is_free -> send_undo(c)
            :: else
            fi;
            if
            :: HOLDS_BACK(c) -> is_free = 0
            :: else
            fi;
            if
            :: IS_OWED(c) -> phase = COMPENSATING
            :: else
            fi
        }
    :: else
    fi;
    find_wake()
}

inline dispatch()
{
    assert(queue == 0);
    assert((sent & 15) != QUEUED_STEP || (phase == FORWARD && sent == QUEUED_STEP)); /* R13 */
    assert(sent == 0 || (sent & 15) == QUEUED_STEP || phase == COMPENSATING);
    queue = sent;
    forget_sent()
}

inline tick()
{
    apply_deadlines();
    apply_rest()
}

/* The reply that was taken. */
inline hear()
{
    apply_deadlines();
    if
    :: call < STEPS -> hear_step()
    :: else -> hear_undo()
    fi;
    apply_rest()
}

inline cancel()
{
    apply_deadlines();
    if
    :: phase == FORWARD -> compensate(BY_CANCEL, 1)
    :: else
    fi;
    apply_rest()
}

inline retry()
{
    apply_deadlines();
    send_undo(slot);
    apply_rest()
}

/* E6 */
inline restart()
{
    node = UP;
    until = 0;
    forget_sent();
    if
    :: wake == 0 -> tick()
    :: else
    fi;
    if
    :: phase == FORWARD && !waiting && sent == 0 -> send(QUEUED_STEP)
    :: phase == COMPENSATING ->
        for (c : 0 .. UNDOS - 1) {
            at = 0;
            do
            :: at < sent_at && (sent >> at & 15) != c + 1 -> at = at + 4
            :: else -> break
            od;
            if
            :: undo[c] == RUNNING && at == sent_at -> send(c + 1)
            :: else
            fi
        }
    :: else
    fi;
    dispatch()
}

/* Until `span`; of no length it is a restart. */
inline crash()
{
    if
    :: span == 0 -> restart()
    :: else -> node = DOWN; until = span
    fi
}
