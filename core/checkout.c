#include "core/checkout.h"

#define MS  UINT64_C(1000000)
#define S   (1000 * MS)
#define MIN (60 * S)

enum service { CART, ORDER, COUPON, INVENTORY, PAYMENT, SHIPPING };

/* 4 attempts, 500 ms doubling to 10 s, jitter 20 %. */
#define TRIED                                                                                      \
    {                                                                                              \
        .attempts = 4, .initial_ns = 500 * MS, .multiplier = 2, .max_ns = 10 * S,                  \
        .jitter_ppm = 200000                                                                       \
    }

/* Once the buyer has paid attention, patience is cheaper than a lost sale. */
#define PATIENT                                                                                    \
    {                                                                                              \
        .attempts = SAGA_UNLIMITED, .initial_ns = 500 * MS, .multiplier = 2, .max_ns = 10 * S,     \
        .jitter_ppm = 200000                                                                       \
    }

/* R14: flagged after 8 attempts, and goes on. */
#define UNDOING                                                                                    \
    {                                                                                              \
        .attempts = 8, .initial_ns = 500 * MS, .multiplier = 2, .max_ns = 1 * MIN,                 \
        .jitter_ppm = 200000                                                                       \
    }

#define STEP(id, svc, eff, rsn) .name = id, .service = svc, .effect = eff, .reason = rsn

#define COMPENSATION(id, svc, eff, event)                                                          \
    .name = id, .service = svc, .effect = eff, .emits = event, .timeout_ns = 10 * S,               \
    .retry = UNDOING

#define BIT(step) (UINT16_C(1) << (step))

/* clang-format off */
const struct saga_plan saga_checkout_plan = {
    .name = "checkout",
    .version = 1,
    .deadline_ns = 20 * MIN,
    .services_len = 6,
    .services = {
        [CART] = {"cart", SAGA_MODEL_CHECK},
        [ORDER] = {"order", SAGA_MODEL_RECORD},
        [COUPON] = {"coupon", SAGA_MODEL_HOLD},
        [INVENTORY] = {"inventory", SAGA_MODEL_HOLD},
        [PAYMENT] = {"payment", SAGA_MODEL_CHARGE},
        [SHIPPING] = {"shipping", SAGA_MODEL_RECORD},
    },
    .flags_len = 2,
    .flags = {[SAGA_FLAG_COUPON] = "coupon", [SAGA_FLAG_SHIPS] = "ships"},
    .steps_len = 9,
    .steps = {
        [SAGA_VALIDATE_CART] = {
            STEP("validate_cart", CART, SAGA_EFFECT_NONE, "cart_invalid"),
            .settles = SAGA_NONE,
            .timeout_ns = 10 * S, .retry = TRIED, .hold_until = SAGA_NONE, .when = SAGA_NONE},
        [SAGA_CREATE_ORDER] = {
            STEP("create_order", ORDER, SAGA_EFFECT_OPEN, "order_failed"),
            .settles = SAGA_NONE,
            .timeout_ns = 10 * S, .retry = TRIED, .hold_until = SAGA_NONE, .when = SAGA_NONE},
        [SAGA_REDEEM_COUPON] = {
            STEP("redeem_coupon", COUPON, SAGA_EFFECT_ACQUIRE, "coupon_failed"),
            .settles = SAGA_NONE,
            .timeout_ns = 10 * S, .retry = TRIED, .hold_until = SAGA_NONE,
            .when = SAGA_FLAG_COUPON},
        [SAGA_RESERVE_INVENTORY] = {
            STEP("reserve_inventory", INVENTORY, SAGA_EFFECT_ACQUIRE, "inventory_failed"),
            .settles = SAGA_NONE,
            .timeout_ns = 10 * S, .retry = TRIED, .when = SAGA_NONE,
            .hold_ns = 15 * MIN, .hold_until = SAGA_COMMIT_INVENTORY,
            .emits = "CheckoutInventoryReserved", .milestone = SAGA_MILESTONE_RESERVED},
        [SAGA_AUTHORIZE_PAYMENT] = {
            STEP("authorize_payment", PAYMENT, SAGA_EFFECT_AUTHORIZE, "payment_failed"),
            .settles = SAGA_NONE,
            /* The buyer may be confirming at the bank. */
            .timeout_ns = 60 * S, .retry = PATIENT, .deadline_ns = 5 * MIN,
            .hold_until = SAGA_NONE, .when = SAGA_NONE, .emits = "CheckoutPaymentAuthorized"},
        [SAGA_COMMIT_INVENTORY] = {
            STEP("commit_inventory", INVENTORY, SAGA_EFFECT_COMMIT, "inventory_failed"),
            .settles = SAGA_RESERVE_INVENTORY,
            .timeout_ns = 10 * S, .retry = PATIENT, .hold_until = SAGA_NONE, .when = SAGA_NONE},
        [SAGA_BOOK_SHIPMENT] = {
            STEP("book_shipment", SHIPPING, SAGA_EFFECT_OPEN, "shipping_failed"),
            .settles = SAGA_NONE,
            .timeout_ns = 10 * S, .retry = TRIED, .hold_until = SAGA_NONE,
            .when = SAGA_FLAG_SHIPS},
        [SAGA_CAPTURE_PAYMENT] = {
            STEP("capture_payment", PAYMENT, SAGA_EFFECT_CAPTURE, "payment_failed"),
            .settles = SAGA_AUTHORIZE_PAYMENT,
            .timeout_ns = 10 * S, .retry = PATIENT, .hold_until = SAGA_NONE, .when = SAGA_NONE,
            .milestone = SAGA_MILESTONE_PAID},
        [SAGA_CONFIRM_ORDER] = {
            STEP("confirm_order", ORDER, SAGA_EFFECT_CONFIRM, "order_failed"),
            .settles = SAGA_NONE,
            .timeout_ns = 10 * S, .retry = PATIENT, .hold_until = SAGA_NONE, .when = SAGA_NONE},
    },
    .compensations_len = 7,
    .compensations = {
        [SAGA_RESTOCK_INVENTORY] = {
            COMPENSATION("restock_inventory", INVENTORY, SAGA_EFFECT_RETURN, "InventoryRestocked"),
            .reverses = BIT(SAGA_COMMIT_INVENTORY)},
        [SAGA_RELEASE_INVENTORY] = {
            COMPENSATION("release_inventory", INVENTORY, SAGA_EFFECT_RELEASE, "InventoryReleased"),
            .reverses = BIT(SAGA_RESERVE_INVENTORY)},
        [SAGA_CANCEL_SHIPMENT] = {
            COMPENSATION("cancel_shipment", SHIPPING, SAGA_EFFECT_CANCEL, "ShipmentCancelled"),
            .reverses = BIT(SAGA_BOOK_SHIPMENT)},
        [SAGA_REFUND_PAYMENT] = {
            COMPENSATION("refund_payment", PAYMENT, SAGA_EFFECT_REFUND, "PaymentRefunded"),
            .reverses = BIT(SAGA_CAPTURE_PAYMENT)},
        [SAGA_CANCEL_PAYMENT] = {
            COMPENSATION("cancel_payment", PAYMENT, SAGA_EFFECT_VOID, "PaymentCancelled"),
            .reverses = BIT(SAGA_AUTHORIZE_PAYMENT)},
        [SAGA_RESTORE_COUPON] = {
            COMPENSATION("restore_coupon", COUPON, SAGA_EFFECT_RELEASE, "CouponRestored"),
            .reverses = BIT(SAGA_REDEEM_COUPON)},
        [SAGA_CANCEL_ORDER] = {
            COMPENSATION("cancel_order", ORDER, SAGA_EFFECT_CANCEL, "OrderCancelled"),
            .reverses = BIT(SAGA_CREATE_ORDER) | BIT(SAGA_CONFIRM_ORDER)},
    },
};
/* clang-format on */
