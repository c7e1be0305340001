/* What is in flight: prompt requests as they were sent, then the others, sorted. */
#include "sim/explore/state.h"

static uint64_t rank(struct explore_message m)
{
    return (uint64_t)m.what << 48 | (uint64_t)m.call << 40 | (uint64_t)m.attempt << 8 | m.code;
}

struct explore_message messages_take(struct model *model, uint8_t part, uint8_t index)
{
    struct explore_net *net = &model_touch(model, part, EXPLORE_NET)->net;
    assert(index < net->messages_len);
    struct explore_message taken = net->messages[index];
    net->messages_len--;
    net->sending_len = (uint8_t)(net->sending_len - (index < net->sending_len));
    for (uint8_t i = index; i < net->messages_len; i++) {
        net->messages[i] = net->messages[i + 1];
    }
    return taken;
}

static void insert(struct model *model, struct explore_net *net, uint8_t index,
                   struct explore_message message)
{
    if (net->messages_len == EXPLORE_MESSAGES_MAX) {
        model->is_crowded = true;
        return;
    }
    for (uint8_t i = net->messages_len; i > index; i--) {
        net->messages[i] = net->messages[i - 1];
    }
    net->messages[index] = message;
    net->messages_len++;
}

void messages_add(struct model *model, uint8_t part, struct explore_message message)
{
    struct explore_net *net = &model_touch(model, part, EXPLORE_NET)->net;
    uint8_t index = net->sending_len;
    while (index < net->messages_len && rank(net->messages[index]) < rank(message)) {
        index++;
    }
    insert(model, net, index, message);
}

void messages_send(struct model *model, uint8_t part, struct saga_call call)
{
    struct explore_net *net = &model_touch(model, part, EXPLORE_NET)->net;
    struct explore_message message = {.attempt = call.attempt,
                                      .call = call.call,
                                      .what = call.epoch == 0 ? 0 : EXPLORE_MESSAGE_EPOCH};
    insert(model, net, net->sending_len, message);
    net->sending_len += !model->is_crowded;
}
