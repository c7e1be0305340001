/* The built-in plan: an e-commerce checkout in seven steps, and two more if the request asks. */
#ifndef BACKSTEP_CORE_CHECKOUT_H
#define BACKSTEP_CORE_CHECKOUT_H

#include "core/plan.h"

/* The steps of the checkout plan, as calls. */
enum saga_checkout_step {
    SAGA_VALIDATE_CART,
    SAGA_CREATE_ORDER,
    SAGA_REDEEM_COUPON,
    SAGA_RESERVE_INVENTORY,
    SAGA_AUTHORIZE_PAYMENT,
    SAGA_COMMIT_INVENTORY,
    SAGA_BOOK_SHIPMENT,
    SAGA_CAPTURE_PAYMENT,
    SAGA_CONFIRM_ORDER
};

/* Its compensations, in their order. */
enum saga_checkout_compensation {
    SAGA_RESTOCK_INVENTORY,
    SAGA_RELEASE_INVENTORY,
    SAGA_CANCEL_SHIPMENT,
    SAGA_REFUND_PAYMENT,
    SAGA_CANCEL_PAYMENT,
    SAGA_RESTORE_COUPON,
    SAGA_CANCEL_ORDER
};

/* Its flags. */
enum saga_checkout_flag { SAGA_FLAG_COUPON, SAGA_FLAG_SHIPS };

extern const struct saga_plan saga_checkout_plan;

#endif
