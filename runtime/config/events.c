#include "runtime/config/events.h"

#include <string.h>

#include "runtime/config/keys.h"
#include "runtime/config/reading.h"

#define OK(name, action)                                                                           \
    {                                                                                              \
        .type = name, .call = action, .answer = SAGA_ANSWER_OK                                     \
    }
#define REJECTED(name, action)                                                                     \
    {                                                                                              \
        .type = name, .call = action, .answer = SAGA_ANSWER_REJECTED                               \
    }

const struct message_event_type config_default_events[] = {
    OK("OrderCreated", "create_order"),
    REJECTED("OrderRejected", "create_order"),
    OK("CouponRedeemed", "redeem_coupon"),
    REJECTED("CouponRejected", "redeem_coupon"),
    OK("InventoryReserved", "reserve_inventory"),
    REJECTED("InventoryRejected", "reserve_inventory"),
    OK("PaymentAuthorized", "authorize_payment"),
    REJECTED("PaymentRejected", "authorize_payment"),
    OK("InventoryCommitted", "commit_inventory"),
    REJECTED("InventoryCommitRejected", "commit_inventory"),
    OK("ShipmentBooked", "book_shipment"),
    REJECTED("ShipmentRejected", "book_shipment"),
    OK("PaymentCaptured", "capture_payment"),
    REJECTED("PaymentCaptureRejected", "capture_payment"),
    OK("OrderConfirmed", "confirm_order"),
    REJECTED("OrderConfirmRejected", "confirm_order"),
    OK("InventoryRestocked", "restock_inventory"),
    REJECTED("InventoryRestockRejected", "restock_inventory"),
    OK("InventoryReleased", "release_inventory"),
    REJECTED("InventoryReleaseRejected", "release_inventory"),
    OK("ShipmentCancelled", "cancel_shipment"),
    REJECTED("ShipmentCancelRejected", "cancel_shipment"),
    OK("PaymentRefunded", "refund_payment"),
    REJECTED("PaymentRefundRejected", "refund_payment"),
    OK("PaymentCancelled", "cancel_payment"),
    REJECTED("PaymentCancelRejected", "cancel_payment"),
    OK("CouponRestored", "restore_coupon"),
    REJECTED("CouponRestoreRejected", "restore_coupon"),
    OK("OrderCancelled", "cancel_order"),
    REJECTED("OrderCancelRejected", "cancel_order"),
};

const size_t config_default_events_len =
    sizeof config_default_events / sizeof *config_default_events;

static bool has_call(const struct config *config, const char *name)
{
    for (uint32_t i = 0; i < config->plans_len; i++) {
        if (saga_plan_find_call(&config->plans[i], name) != SAGA_NONE) {
            return true;
        }
    }
    return false;
}

static bool has_name(const struct yaml_names *names, const char *name)
{
    for (size_t i = 0; i < names->len; i++) {
        if (strcmp(names->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void report_no_call(const struct config_reading *reading, struct yaml_node *node)
{
    const struct config *config = reading->config;
    struct yaml_names names = {0};
    for (uint32_t i = 0; i < config->plans_len; i++) {
        for (uint8_t call = 0; call < SAGA_CALLS_MAX; call++) {
            const struct saga_plan *plan = &config->plans[i];
            if (saga_plan_has_call(plan, call) && !has_name(&names, saga_call_name(plan, call))) {
                yaml_names_add(&names, saga_call_name(plan, call));
            }
        }
    }
    yaml_report_unknown(&reading->reader, node, "step or compensation", " of the plans", &names);
}

static bool stands_before(const struct config_reading *reading, struct yaml_node *node,
                          const char *type)
{
    const struct config *config = reading->config;
    for (uint32_t i = 0; i < config->event_types_len; i++) {
        if (strcmp(config->event_types[i].type, type) == 0) {
            char shown[YAML_SHOWN_MAX];
            config_report(reading, node,
                          "the type `%s` stands here for the second time; each is read in one way",
                          yaml_show(shown, type));
            return true;
        }
    }
    return false;
}

static void read_event(const struct config_reading *reading, struct yaml_node *item)
{
    struct message_event_type event = {0};
    const struct yaml_key *key = yaml_shape_find(&config_shape, "events", 0);
    if (!yaml_read_value(&reading->reader, key, item, &event)) {
        return;
    }
    struct yaml_node *call = yaml_get(item, "call");
    struct yaml_node *answer = yaml_get(item, "answer");
    memcpy(event.call, call->text, call->len);
    event.answer = answer == NULL
                       ? SAGA_ANSWER_OK
                       : (enum saga_answer)yaml_word_index(config_answer_words, answer->text);
    if (reading->has_plans && !has_call(reading->config, event.call)) {
        report_no_call(reading, call);
    } else if (!stands_before(reading, yaml_get(item, "type"), event.type)) {
        reading->config->event_types[reading->config->event_types_len++] = event;
    }
}

void config_read_events(const struct config_reading *reading)
{
    struct config *config = reading->config;
    struct yaml_node *events = yaml_get(reading->root, "events");
    if (events == NULL) {
        for (size_t i = 0; i < config_default_events_len; i++) {
            if (has_call(config, config_default_events[i].call)) {
                config->event_types[config->event_types_len++] = config_default_events[i];
            }
        }
        return;
    }
    if (events->form != YAML_LIST || events->broken) {
        return;
    }
    for (struct yaml_node *item = events->first; item != NULL; item = item->next) {
        read_event(reading, item);
    }
}
