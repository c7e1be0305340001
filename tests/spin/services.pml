/* What the services do, remember and bar. */

#define BARRED_BY(k)                                                                              \
    ((k) == RESTOCK -> 1 << COMMIT : ((k) == RELEASE -> 1 << RESERVE :                            \
    ((k) == CANCEL_SHIPMENT -> 1 << BOOK : ((k) == REFUND -> 1 << CAPTURE :                       \
    ((k) == CANCEL_PAYMENT -> 1 << AUTHORIZE : ((k) == RESTORE_COUPON -> 1 << REDEEM :            \
    1 << CREATE | 1 << CONFIRM))))))

inline give_back_hold()
{
    held--;
    available++;
    lapse = NEVER
}

/* A compensation that finds nothing to undo answers ok. */
inline make_effect()
{
    answer = OK;
    if
    :: call == CREATE -> order = 1
    :: call == CONFIRM && order > 0 -> order = 2
    :: call == CONFIRM && order == 0 -> answer = REJECTED
    :: call == CANCEL_ORDER -> order = 0
    :: call == BOOK -> shipment = 1
    :: call == CANCEL_SHIPMENT -> shipment = 0
    :: call == REDEEM -> coupon_held = 1
    :: call == RESTORE_COUPON -> coupon_held = 0
    :: call == RESERVE && available > 0 -> available--; held++; lapse = HOLD
    :: call == RESERVE && available == 0 -> answer = REJECTED
    :: call == RELEASE && held > 0 -> give_back_hold()
    :: call == COMMIT && held > 0 -> held--; committed++; lapse = NEVER
    :: call == COMMIT && held == 0 -> answer = REJECTED
    :: call == RESTOCK && committed > 0 -> committed--; available++
    :: call == AUTHORIZE -> authorized++
    :: call == CANCEL_PAYMENT && authorized > voided + captured -> voided++
    :: call == CAPTURE && authorized > voided -> captured++
    :: call == CAPTURE && authorized <= voided -> answer = REJECTED
    :: call == REFUND && captured > refunded -> refunded++
    :: else
    fi;
    assert(available + held + committed == 1);
    assert(captured <= 1 && captured <= authorized && refunded <= captured)
}

inline bar()
{
#if TOMBSTONES
    fenced = fenced | BARRED_BY(call)
#else
    skip
#endif
}

/* The first time that a key comes; what is rejected by a fault has no effect, not even a bar. */
inline decide(is_refused)
{
    if
    :: is_refused || (call < STEPS && (fenced >> call & 1)) -> answer = REJECTED
    :: else ->
        if
        :: call >= STEPS -> bar()
        :: else
        fi;
        make_effect()
    fi;
    if
    :: epoch -> remembered_second = answer
    :: !epoch && answer == OK -> remembered_ok = remembered_ok | 1 << call
    :: else -> remembered_rejected = remembered_rejected | 1 << call
    fi
}

inline receive(is_refused)
{
    if
    :: epoch && remembered_second != 0 -> answer = remembered_second
    :: !epoch && (remembered_ok >> call & 1) -> answer = OK
    :: !epoch && (remembered_rejected >> call & 1) -> answer = REJECTED
    :: else -> decide(is_refused)
    fi
}

inline reply(a)
{
    m = REPLY(call, epoch, a, fresh);
    put()
}

/* What has been taken. */
inline serve()
{
    if
    :: out[SERVICE(call)] == 0 -> receive(0); reply(answer)
    :: out[SERVICE(call)] != 0 && !(silent >> SERVICE(call) & 1) -> reply(UNAVAILABLE)
    :: else
    fi
}

/* The operator ends it, and mends what it would have undone. */
inline resolve()
{
    apply_deadlines();
    end_undo(slot, RESOLVED);
    apply_rest();
    call = STEPS + slot;
    bar();
    make_effect()
}
