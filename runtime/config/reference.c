/* What the tables say, for people and for editors. */
#include "runtime/yaml/reference.h"
#include "runtime/config/config.h"
#include "runtime/config/events.h"
#include "runtime/config/keys.h"
#include "runtime/yaml/schema.h"

static const char introduction[] =
    "# The daemon's file: the reference\n"
    "\n"
    "<!-- Generated from the tables of keys in runtime/config. Do not edit. -->\n"
    "\n"
    "`backstepd --config FILE` reads one YAML 1.2 document, in UTF-8, of at most 1 MiB. Anchors,\n"
    "aliases, merge keys and tags are not read. Everything that is wrong with a file is told at\n"
    "once, as `file:line:column: what is wrong, and what is allowed there`. A duration is a "
    "number\n"
    "and a unit, `ns us ms s m h d`: `250ms`, `1.5s`, `30d`. `backstepd schema` prints a JSON\n"
    "Schema for editors. The least that a file can say:\n"
    "\n"
    "```yaml\n"
    "services:\n"
    "  cart: http://127.0.0.1:9090/cart\n"
    "  order: http://127.0.0.1:9090/order\n"
    "  coupon: http://127.0.0.1:9090/coupon\n"
    "  inventory: http://127.0.0.1:9090/inventory\n"
    "  payment: {url: https://payment.example/v1, token: payment.token, concurrency: 8}\n"
    "  shipping: http://127.0.0.1:9090/shipping\n"
    "```\n"
    "\n";

static void write_default_events(FILE *out)
{
    fputs("## Events that are read by default\n\n"
          "Without `events`, these are, for the calls that some plan has. A list in the file\n"
          "replaces them all.\n\n"
          "| type | call | answer |\n|---|---|---|\n",
          out);
    for (size_t i = 0; i < config_default_events_len; i++) {
        const struct message_event_type *event = &config_default_events[i];
        fprintf(out, "| `%s` | `%s` | `%s` |\n", event->type, event->call,
                config_answer_words[event->answer]);
    }
}

bool config_write_reference(FILE *out)
{
    fputs(introduction, out);
    yaml_write_reference(out, &config_shape, NULL);
    write_default_events(out);
    return ferror(out) == 0;
}

bool config_write_schema(FILE *out)
{
    json_t *schema = yaml_schema("The file of backstepd", &config_shape);
    bool written = schema != NULL && json_dumpf(schema, out, JSON_INDENT(2)) == 0;
    json_decref(schema);
    return written && fputc('\n', out) != EOF && ferror(out) == 0;
}
