#include "core/key.h"

#include "core/text.h"

static size_t append(char *key, size_t len, const char *text, size_t size)
{
    size_t text_bytes = text_len(text, size);
    memcpy(key + len, text, text_bytes);
    return len + text_bytes;
}

size_t saga_key_format(char key[SAGA_KEY_MAX + 1], const struct saga_plan *plan, const char *id,
                       uint8_t call, uint8_t epoch)
{
    size_t len = append(key, 0, id, SAGA_ID_MAX);
    key[len++] = ':';
    len = append(key, len, saga_call_name(plan, call), SAGA_NAME_MAX);
    key[len++] = ':';
    if (epoch >= 100) {
        key[len++] = (char)('0' + epoch / 100);
    }
    if (epoch >= 10) {
        key[len++] = (char)('0' + epoch / 10 % 10);
    }
    key[len++] = (char)('0' + epoch % 10);
    key[len] = '\0';
    return len;
}
