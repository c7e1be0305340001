/*
 * The checkout in backstep's bounded world (docs/exploration.md, E1 to E10), for SPIN 6.5: the
 * built-in plan under the rules R1 to R19, its services, its node, and a budget of FAULTS faults.
 * Written from the texts, not from core/ nor sim/explore/: where they come to the same outcomes
 * they have understood the same. Its parts are state.pml, rules.pml and services.pml; outcomes.sh
 * runs it.
 *
 * Time is counted in units of 500 ms, which divides every duration of the plan; an instant is how
 * far it is from now, 0 when it has come, NEVER when it will not. Those of the session are by the
 * node's clock, so a leap (E8) shortens them and nothing else.
 *
 *   E1   one checkout; the two flags are the first choice
 *   E2   prompt requests are `queue`, in order; replies and late requests are the multiset `msg`.
 *        Instead of its attempt's number a message tells whether it is of the attempt in flight
 *        (FRESH): of older ones only that they are older matters
 *   E3   pass()
 *   E4   the moves under "what is due"
 *   E5   one option of the loop each, and one state after it
 *   E6   restart()
 *   E7   HORIZONS
 *   E8   the options with fault(). The three faults of the store are heard all the same
 *   E9   IS_END: the loop prints the outcome and comes back to the same state
 *   E10  what can no longer matter is set back: an instant once nothing waits for it, attempts
 *        once no retry and no late success asks for them
 *
 * TOMBSTONES=0 makes services forget what they should bar: then something is left behind.
 *
 * In its steps it is as fine as the explorer: one choice, one step. But `used` is part of a state,
 * so what is reached with fewer faults and with more is two states; states with a single choice are
 * stored; and more is set back than E10 lists. None of it adds or takes away an end: with more
 * faults used up there are only fewer choices, and nothing that follows reads what is set back.
 */

#ifndef FAULTS
#define FAULTS 1
#endif
#ifndef TOMBSTONES
#define TOMBSTONES 1
#endif

#include "state.pml"
#include "rules.pml"
#include "services.pml"

/* --- time ----------------------------------------------------------------------------------- */

#define BEFORE_NOW(t, by) ((t) == NEVER -> NEVER : ((t) > (by) -> (t) - (by) : 0))

/* For the session; a leap moves nothing else. */
inline advance_session(by)
{
    due = BEFORE_NOW(due, by);
    step_deadline = BEFORE_NOW(step_deadline, by);
    hold_deadline = BEFORE_NOW(hold_deadline, by);
    checkout_deadline = BEFORE_NOW(checkout_deadline, by);
    wake = BEFORE_NOW(wake, by);
    for (c : 0 .. UNDOS - 1) {
        undo_due[c] = BEFORE_NOW(undo_due[c], by)
    }
}

#define SOMETHING_IS_DUE                                                                          \
    (lapse == 0 || (node == UP && wake == 0) || (node != UP && until == 0))
#define IS_PROMPT_WAITING     ((msg[0] & PROMPT) && node != PAUSED)
#define SOMETHING_WILL_BE_DUE (lapse != NEVER || node != UP || wake != NEVER)

/* E3 */
inline pass()
{
    m = (node == UP -> EARLIER(wake, lapse) : EARLIER(until, lapse));
    for (c : 0 .. SERVICES - 1) {
        if
        :: out[c] != 0 && out[c] <= m -> out[c] = 0; silent = silent & ~(1 << c)
        :: out[c] > m -> out[c] = out[c] - m
        :: else
        fi
    };
    advance_session(m);
    until = BEFORE_NOW(until, m);
    lapse = BEFORE_NOW(lapse, m)
}

/* --- the end -------------------------------------------------------------------------------- */

#define IS_END (queue == 0 && msg[0] == 0 && node == UP && wake == NEVER && lapse == NEVER)

/* E9, as one line. */
c_decl {
static void print_outcome(int phase, int cause, int step, int undone)
{
    int left = undone;
    static const char *const reasons[] = {"cart_invalid", "order_failed", "coupon_failed",
        "inventory_failed", "payment_failed", "inventory_failed", "shipping_failed",
        "payment_failed", "order_failed"};
    static const char *const names[] = {"restock_inventory", "release_inventory",
        "cancel_shipment", "refund_payment", "cancel_payment", "restore_coupon", "cancel_order"};
    static const char *const causes[] = {"FAILED", "EXPIRED timeout", "FAILED cancelled"};
    if (phase == 1) {
        puts("outcome: COMPLETED - none -");
        return;
    }
    printf("outcome: %s", causes[cause]);
    if (cause == 0) {
        printf(" %s", reasons[step]);
    }
    printf(" %s ", phase == 3 ? "done" : "stuck");
    for (const char *comma = ""; left != 0; left >>= 3, comma = ",") {
        printf("%s%s", comma, names[(left & 7) - 1]);
    }
    puts(undone == 0 ? "-" : "");
}
}

inline judge_end()
{
    is_free = 1;
    for (c : 0 .. UNDOS - 1) {
        if
        :: undo[c] == STUCK -> is_free = 0
        :: else
        fi
    }
    assert(phase == COMPLETED || phase == COMPENSATED || !is_free); /* all-closed */
    assert(phase != COMPENSATED || is_free);
    assert(phase != COMPLETED ||                                    /* completed-means-done */
           (order == 2 && committed == 1 && captured == 1 && refunded == 0 &&
            coupon_held == coupon && shipment == ships));
    assert(phase != COMPENSATED ||                                  /* failed-leaves-nothing */
           (order == 0 && available == 1 && captured == refunded &&
            authorized == voided + captured && !coupon_held && !shipment));
    c_code { print_outcome(now.phase, now.cause, now.step, now.undone); }
}

/* --- the moves ------------------------------------------------------------------------------ */

#define IN_EACH_SLOT(is_it)                                                                       \
    :: is_it(0) -> slot = 0                                                                       \
    :: is_it(1) -> slot = 1                                                                       \
    :: is_it(2) -> slot = 2                                                                       \
    :: is_it(3) -> slot = 3                                                                       \
    :: is_it(4) -> slot = 4                                                                       \
    :: is_it(5) -> slot = 5
#define OF_EACH_UNDO(is_it)                                                                       \
    IN_EACH_SLOT(is_it)                                                                           \
    :: is_it(6) -> slot = 6

/* Two messages that are the same are one choice. */
#define IS_FIRST(i)          ((i) == 0 || msg[(i) - 1] != msg[i])
#define IS_CHOICE_REQUEST(i) (queue == 0 && IS_REQUEST(msg[i]) && IS_FIRST(i))
#define IS_CHOICE_REPLY(i)                                                                        \
    (queue == 0 && IS_REPLY(msg[i]) && IS_FIRST(i) &&                                             \
     (node != PAUSED || (used < FAULTS && (msg[i] & PROMPT))))
#define IS_CHOICE_STUCK(i)   (queue == 0 && used < FAULTS && node == UP && undo[i] == STUCK)

#define IS_OPEN  (phase == FORWARD || phase == COMPENSATING)
#define AHEAD(t) ((t) != 0 && (t) != NEVER)

/* E7, each once. */
#define HORIZONS_BUT_THE_FIRST(if_so)                                                             \
    :: (if_so) && AHEAD(step_deadline) -> span = step_deadline                                    \
    :: (if_so) && AHEAD(hold_deadline) && hold_deadline != step_deadline -> span = hold_deadline  \
    :: (if_so) && AHEAD(checkout_deadline) && checkout_deadline != step_deadline &&               \
       checkout_deadline != hold_deadline -> span = checkout_deadline
#define HORIZONS                                                                                  \
    :: AHEAD(due) && due != step_deadline && due != hold_deadline && due != checkout_deadline ->  \
        span = due                                                                                \
    HORIZONS_BUT_THE_FIRST(1)                                                                     \
    :: phase == COMPENSATING && AHEAD(wake) -> span = wake

#define MAY_FAIL  (used < FAULTS)
#define QUEUED    (queue != 0 && MAY_FAIL)
#define SERVED    (QUEUED && out[SERVICE(QUEUED_CALL)] == 0)
#define PROMPTLY  (MAY_FAIL && (msg[slot] & PROMPT) && node != DOWN)

inline fault()
{
    used++
}

active proctype world()
{
    atomic {
        if
        :: coupon = 0
        :: coupon = 1
        fi;
        if
        :: ships = 0
        :: ships = 1
        fi;
        d_step {
            due = NEVER;
            checkout_deadline = CHECKOUT_DEADLINE;
            forget_sent();
            send_step();
            find_wake();
            dispatch()
        }
    }
    do
    /* The first prompt request: nothing comes between. */
    :: d_step { queue != 0 -> take_queued(); serve() }
    :: d_step { QUEUED -> fault(); take_queued() }
    :: d_step { QUEUED -> fault(); take_queued(); m = ASKED; put() }
    :: d_step { QUEUED -> fault(); take_queued(); m = ASKED; put(); serve() }
    :: d_step { SERVED -> fault(); take_queued(); receive(1); reply(answer) }
    :: d_step { SERVED -> fault(); take_queued(); reply(UNAVAILABLE) }
    :: d_step { SERVED -> fault(); take_queued(); receive(0); reply(UNAVAILABLE) }
    :: atomic {
        if
        HORIZONS_BUT_THE_FIRST(SERVED)
        :: SERVED && phase == COMPENSATING -> span = LONG_WHILE
        fi;
        if
        :: answer = UNAVAILABLE
        :: answer = 0
        fi;
        d_step {
            fault();
            take_queued();
            out[SERVICE(call)] = span;
            silent = silent | (answer == 0) << SERVICE(call);
            serve()
        }
       }
    /* A late request. */
    :: atomic {
        if
        IN_EACH_SLOT(IS_CHOICE_REQUEST)
        fi;
        d_step { take(); serve() }
       }
    /* A reply. */
    :: atomic {
        if
        IN_EACH_SLOT(IS_CHOICE_REPLY)
        fi;
        if
        :: d_step { node == UP && IS_HEARD(msg[slot]) -> take(); hear(); dispatch() }
        :: d_step { node == DOWN || (node == UP && !IS_HEARD(msg[slot])) -> take() }
        :: d_step { PROMPTLY -> fault(); take() }
        :: d_step { PROMPTLY -> fault(); take(); m = m - PROMPT; put() }
        :: d_step { PROMPTLY -> fault(); m = msg[slot] - PROMPT; put() }
        :: MAY_FAIL && node == UP && IS_HEARD(msg[slot]) ->
            if
            :: answer = STORE_AMBIGUOUS
            :: answer = STORE_FAILED
            :: answer = STORE_CONFLICT
            fi;
            d_step { fault(); take(); hear(); dispatch() }
        :: MAY_FAIL && node == UP && IS_HEARD(msg[slot]) ->
            if
            :: span = 0
            HORIZONS
            fi;
            d_step { fault(); take(); crash() }
        :: MAY_FAIL && node == UP && IS_HEARD(msg[slot]) ->
            d_step { fault(); take(); hear() };
            if
            :: span = 0
            HORIZONS
            fi;
            d_step { crash() }
        fi
       }
    /* What is due. */
    :: d_step { queue == 0 && node == UP && wake == 0 -> tick(); dispatch() }
    :: d_step { queue == 0 && node == DOWN && until == 0 -> restart() }
    :: d_step { queue == 0 && node == PAUSED && until == 0 -> node = UP }
    :: d_step { queue == 0 && lapse == 0 -> give_back_hold() }
    :: d_step {
        queue == 0 && !IS_PROMPT_WAITING && !SOMETHING_IS_DUE && SOMETHING_WILL_BE_DUE -> pass()
       }
    :: d_step { IS_END -> judge_end() }
    /* The node, the buyer, the operator, the hold. */
    :: atomic {
        queue == 0 && MAY_FAIL && node == UP && IS_OPEN ->
        if
        :: span = 0
        HORIZONS
        fi;
        if
        :: d_step { fault(); crash() }
        :: d_step { span != 0 -> fault(); node = PAUSED; until = span }
        :: d_step { span != 0 -> fault(); advance_session(span); restart() }
        fi
       }
    :: d_step {
        queue == 0 && MAY_FAIL && node == UP && phase == FORWARD ->
        fault();
        cancel();
        dispatch()
       }
    :: atomic {
        if
        OF_EACH_UNDO(IS_CHOICE_STUCK)
        fi;
        if
        :: d_step { fault(); retry(); dispatch() }
        :: d_step { fault(); resolve(); dispatch() }
        fi
       }
    :: d_step { queue == 0 && MAY_FAIL && lapse != NEVER -> fault(); give_back_hold() }
    od
}
