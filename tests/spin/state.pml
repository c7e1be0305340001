/* What a state is: the plan's numbers, the session, the node, the network, the services. */

/* --- the plan ------------------------------------------------------------------------------- */

/* Calls: steps in their order, then compensations in theirs. */
#define VALIDATE         0
#define CREATE           1
#define REDEEM           2
#define RESERVE          3
#define AUTHORIZE        4
#define COMMIT           5
#define BOOK             6
#define CAPTURE          7
#define CONFIRM          8
#define STEPS            9
#define RESTOCK          9
#define RELEASE         10
#define CANCEL_SHIPMENT 11
#define REFUND          12
#define CANCEL_PAYMENT  13
#define RESTORE_COUPON  14
#define CANCEL_ORDER    15
#define UNDOS            7
#define UNDO(call)      ((call) - STEPS)

/* Services. */
#define CART      0
#define ORDER     1
#define COUPON    2
#define INVENTORY 3
#define PAYMENT   4
#define SHIPPING  5
#define SERVICES  6
#define SERVICE(k)                                                                                \
    ((k) == VALIDATE -> CART :                                                                    \
    ((k) == CREATE || (k) == CONFIRM || (k) == CANCEL_ORDER -> ORDER :                            \
    ((k) == REDEEM || (k) == RESTORE_COUPON -> COUPON :                                           \
    ((k) == BOOK || (k) == CANCEL_SHIPMENT -> SHIPPING :                                          \
    ((k) == RESERVE || (k) == COMMIT || (k) == RESTOCK || (k) == RELEASE -> INVENTORY :           \
    PAYMENT)))))

/* Durations, in units of 500 ms. */
#define NEVER             32767
#define CHECKOUT_DEADLINE 2400
#define HOLD              1800
#define STEP_DEADLINE     600
#define UNDO_TIMEOUT      20
#define LONG_WHILE        407 /* 8 attempts of 10 s; 0.5 + 1 + 2 + 4 + 8 + 16 + 32 + 60 s */
#define TIMEOUT(s)        ((s) == AUTHORIZE -> 120 : 20)
#define BACKOFF(n)        ((n) > 5 -> 20 : (1 << ((n) - 1)))
#define UNDO_BACKOFF(n)   ((n) > 7 -> 120 : (1 << ((n) - 1)))

/* Attempts; beyond ATTEMPTS_FOLD and UNDO_FOLD nothing depends on how many there were (E10). */
#define ATTEMPTS      4
#define ATTEMPTS_FOLD 6
#define UNDO_FOLD     8
#define IS_LIMITED(s) ((s) <= RESERVE || (s) == BOOK)

/* --- the session ---------------------------------------------------------------------------- */

#define FORWARD      0
#define COMPLETED    1
#define COMPENSATING 2
#define COMPENSATED  3

#define BY_STEP   0
#define BY_EXPIRY 1
#define BY_CANCEL 2

unsigned coupon : 1;   /* flags of the request */
unsigned ships : 1;
unsigned phase : 2;
unsigned cause : 2;
unsigned step : 4;     /* that runs, or ran when compensation began */
unsigned doubt : 1;    /* it may still turn out to have succeeded (R15) */
unsigned waiting : 1;  /* for its backoff */
unsigned attempt : 3;  /* the last that was sent of it */
short due;             /* its attempt's timeout, or the end of its backoff */
short step_deadline = NEVER;
short hold_deadline = NEVER;
short checkout_deadline = NEVER;

#define NOT_NEEDED 0
#define NEEDED     1
#define RUNNING    2
#define WAITING    3
#define STUCK      4
#define UNDONE     5
#define RESOLVED   6

byte undo[UNDOS];
byte undo_attempt[UNDOS];
short undo_due[UNDOS];
unsigned undo_failed : 7; /* bit: it has had an attempt fail (R12) */
unsigned reopened : 3;    /* the one in its second epoch, plus 1 (R15) */
int undone;               /* as first acknowledged: octal digits, each plus 1 */
short wake = NEVER;       /* the session's wake-up */

#define EPOCH(c)    (reopened == (c) + 1)
#define IS_OWED(c)  (undo[c] >= NEEDED && undo[c] <= STUCK)
#define IS_DONE(s)  (step > (s))
#define TOUCHED(s)  (step > (s) || (step == (s) && doubt))
#define HOLDS_BACK(c) (undo[c] >= NEEDED && undo[c] <= WAITING && !(undo_failed >> (c) & 1))

/* --- the node, the network, the faults ------------------------------------------------------ */

#define UP     0
#define DOWN   1
#define PAUSED 2

unsigned node : 2;
short until;           /* it restarts, or resumes */
unsigned used : 4;     /* faults */
short out[SERVICES];   /* the outage of a service ends; 0: it is not out */
unsigned silent : 6;   /* bit: that outage answers nothing */

/* Prompt requests in the order in which they were sent: hexadecimal digits, the lowest first: the
 * place of a compensation from 1 on; 8 for the running step. Each is of the attempt in flight. */
int queue;
#define QUEUED_STEP 8
#define QUEUED_CALL ((queue & 15) == QUEUED_STEP -> step : STEPS - 1 + (queue & 15))

/* Other messages, the largest first, so that the same ones are the same state; 0: none. */
#define ROOM 6
short msg[ROOM];

#define STORE_AMBIGUOUS 0
#define STORE_FAILED    1
#define STORE_CONFLICT  2

#define OK          1
#define REJECTED    2
#define UNAVAILABLE 3

#define FRESH      1   /* bit: of the attempt that is in flight */
#define REQUEST    256
#define PROMPT     512
#define ANSWER(m)  ((m) >> 1 & 3)
#define SECOND(m)  ((m) >> 3 & 1) /* epoch */
#define CALL(m)    ((m) >> 4 & 15)
#define ASKED  (REQUEST + (call << 4) + (epoch << 3) + FRESH)
#define REPLY(k, e, a, f)                                                                         \
    (PROMPT + ((k) << 4) + ((e) << 3) + ((a) << 1) + ((a) == UNAVAILABLE -> (f) : 0))
#define IS_REQUEST(m) ((m) & REQUEST)
#define IS_REPLY(m)   ((m) != 0 && !((m) & REQUEST))

/* --- the services --------------------------------------------------------------------------- */

unsigned remembered_ok : 16;       /* bit: of the call, in its first epoch */
unsigned remembered_rejected : 16;
unsigned remembered_second : 2;    /* of the compensation in its second epoch: an answer */
unsigned fenced : 9;               /* bit: a compensation of the step has come */
unsigned order : 2;                /* 0: none live; 1: pending; 2: confirmed */
unsigned shipment : 1;             /* live */
unsigned coupon_held : 1;
unsigned available : 2 = 1;
unsigned held : 2;
unsigned committed : 2;
unsigned authorized : 2;
unsigned voided : 2;
unsigned captured : 2;
unsigned refunded : 2;
short lapse = NEVER;               /* of the hold, by the service's clock */

/* --- what lives no longer than one move ----------------------------------------------------- */

/* Chosen before a move, and never written in a d_step: what a d_step writes here is not restored
 * when SPIN goes back to the choice. */
hidden byte slot;
hidden short span;

hidden byte call, answer, at, c, sent_at;
hidden short m;
hidden int sent;
hidden byte epoch, fresh, is_free;

/* Puts `m` in its place. */
inline put()
{
    assert(msg[ROOM - 1] == 0);
    at = ROOM - 1;
    do
    :: at > 0 && msg[at - 1] < m -> msg[at] = msg[at - 1]; at--
    :: else -> break
    od;
    msg[at] = m
}

/* Out of its slot; it is `m` then, and told apart. */
inline take()
{
    m = msg[slot];
    call = CALL(m);
    answer = ANSWER(m);
    epoch = SECOND(m);
    fresh = m & FRESH;
    for (at : slot .. ROOM - 2) {
        msg[at] = msg[at + 1]
    }
    msg[ROOM - 1] = 0
}

/* The first prompt request. */
inline take_queued()
{
    call = QUEUED_CALL;
    epoch = call >= STEPS && EPOCH(UNDO(call));
    fresh = 1;
    queue = queue >> 4
}

/* Of that call there is no attempt in flight any more, or another one. */
inline age(k)
{
    for (at : 0 .. ROOM - 1) {
        if
        :: msg[at] != 0 && CALL(msg[at]) == (k) && (msg[at] & FRESH) -> msg[at] = msg[at] - FRESH
        :: else
        fi
    }
}
