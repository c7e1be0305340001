/* From libfyaml's events to our tree. */
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/yaml/arena.h"
#include "runtime/yaml/document.h"
#include "runtime/yaml/names.h"
#include "runtime/yaml/source.h"

struct frame {
    struct yaml_node *node; /* the mapping or list that is open */
    struct yaml_node *last; /* its last item or key */
    struct yaml_node *key;  /* mapping: the key that waits for its value */
    char bracket;           /* `{` or `[`, or 0 in block style */
};

struct builder {
    struct yaml_document *document;
    struct yaml_errors *errors;
    const char *bytes;
    size_t size;
    uint32_t line; /* of the last token seen: the place of what has none */
    uint32_t column;
    uint32_t depth;
    uint32_t documents;
    bool stopped; /* no sense in reading on */
    struct frame frames[YAML_DEPTH_MAX];
};

static const char second_document[] =
    "a second document begins here; a file holds one, so split it in two";

static void report_here(struct builder *builder, const char *sentence)
{
    yaml_errors_add(builder->errors, builder->document->name, builder->line, builder->column, "%s",
                    sentence);
}

static void stop(struct builder *builder, const char *sentence)
{
    report_here(builder, sentence);
    builder->stopped = true;
}

static void stop_no_memory(struct builder *builder)
{
    yaml_errors_add_no_memory(builder->errors);
    builder->stopped = true;
}

static void move_to(struct builder *builder, struct fy_token *token)
{
    const struct fy_mark *mark = token == NULL ? NULL : fy_token_start_mark(token);
    if (mark == NULL) {
        return;
    }
    builder->line = (uint32_t)mark->line + 1;
    builder->column = (uint32_t)mark->column + 1;
}

/* The bracket that opens a flow collection; 0 in block style. */
static char bracket_at(const struct builder *builder, struct fy_token *token)
{
    const struct fy_mark *mark = token == NULL ? NULL : fy_token_start_mark(token);
    if (mark == NULL || mark->input_pos >= builder->size) {
        return 0;
    }
    char first = builder->bytes[mark->input_pos];
    return (char)(first == '{' || first == '[' ? first : 0);
}

static struct yaml_node *take_node(struct builder *builder, enum yaml_form form)
{
    if (builder->documents > 1) {
        stop(builder, second_document);
        return NULL;
    }
    if (builder->document->nodes_len == YAML_NODES_MAX) {
        stop(builder, "the file holds too much; at most 20000 keys, values and lists are read");
        return NULL;
    }
    struct yaml_node *node = yaml_arena_take(&builder->document->chunks, sizeof *node);
    if (node == NULL) {
        stop_no_memory(builder);
        return NULL;
    }
    builder->document->nodes_len++;
    node->form = form;
    node->text = "";
    node->line = builder->line;
    node->column = builder->column;
    return node;
}

static void append(struct frame *frame, struct yaml_node *node)
{
    if (frame->last == NULL) {
        frame->node->first = node;
    } else {
        frame->last->next = node;
    }
    frame->last = node;
    frame->node->len++;
}

/* What stands where a key should: a key that tidy() drops, so that its value finds a place. */
static struct yaml_node *key_from(struct builder *builder, struct yaml_node *node)
{
    if (node->form == YAML_SCALAR && !node->broken) {
        if (strcmp(node->text, "<<") == 0 && !node->quoted) {
            report_here(builder, "merge keys (`<<`) are not read; write the keys themselves here");
            node->broken = true;
        }
        return node;
    }
    if (!node->broken) {
        report_here(builder, "a key is a plain name here; this is a list or a mapping");
    }
    struct yaml_node *key = take_node(builder, YAML_SCALAR);
    if (key != NULL) {
        key->broken = true;
    }
    return key;
}

static void attach(struct builder *builder, struct yaml_node *node)
{
    if (builder->depth == 0) {
        builder->document->root = node;
        return;
    }
    struct frame *frame = &builder->frames[builder->depth - 1];
    if (frame->node->form == YAML_LIST) {
        append(frame, node);
    } else if (frame->key == NULL) {
        frame->key = key_from(builder, node);
        if (frame->key != NULL) {
            append(frame, frame->key);
        }
    } else {
        frame->key->value = node;
        frame->key = NULL;
    }
}

static int compare_keys(const void *left, const void *right)
{
    const struct yaml_node *a = *(struct yaml_node *const *)left;
    const struct yaml_node *b = *(struct yaml_node *const *)right;
    int order = strcmp(a->text, b->text);
    if (order == 0) {
        order = (a->line > b->line) - (a->line < b->line);
    }
    return order == 0 ? (a->column > b->column) - (a->column < b->column) : order;
}

static void report_twice(struct builder *builder, const struct yaml_node *first,
                         struct yaml_node *again)
{
    char shown[YAML_SHOWN_MAX];
    yaml_report(builder->document, builder->errors, again,
                "the key `%s` stands here for the second time, first in line %u; keep one",
                yaml_show(shown, again->text), first->line);
}

/* Drops the keys that were reported. */
static void drop_broken(struct yaml_node *mapping)
{
    struct yaml_node **link = &mapping->first;
    while (*link != NULL) {
        if ((*link)->broken) {
            *link = (*link)->next;
            mapping->len--;
        } else {
            link = &(*link)->next;
        }
    }
}

/* A mapping is complete: finds keys that stand twice. By sorting, as there may be thousands. */
static void tidy(struct builder *builder, struct yaml_node *mapping)
{
    drop_broken(mapping);
    if (mapping->len < 2) {
        return;
    }
    struct yaml_node **keys = calloc(mapping->len, sizeof(void *));
    if (keys == NULL) {
        stop_no_memory(builder);
        return;
    }
    size_t len = 0;
    for (struct yaml_node *key = mapping->first; key != NULL; key = key->next) {
        keys[len++] = key;
    }
    qsort(keys, len, sizeof(void *), compare_keys);
    const struct yaml_node *first = keys[0];
    for (size_t i = 1; i < len; i++) {
        if (strcmp(first->text, keys[i]->text) == 0) {
            report_twice(builder, first, keys[i]);
        } else {
            first = keys[i];
        }
    }
    free(keys);
    drop_broken(mapping);
}

/* Anchors and tags in front of a node: reported, and otherwise as if they were not there. */
static void refuse_decoration(struct builder *builder, struct fy_token *anchor,
                              struct fy_token *tag)
{
    if (anchor != NULL) {
        move_to(builder, anchor);
        builder->column -= builder->column > 1 ? 1 : 0; /* the mark is behind the `&` */
        report_here(builder, "anchors (`&name`) are not read; leave it out");
    }
    if (tag != NULL) {
        move_to(builder, tag);
        report_here(builder, "tags (`!name`) are not read; leave it out");
    }
}

static void open_collection(struct builder *builder, enum yaml_form form, struct fy_token *token)
{
    move_to(builder, token);
    if (builder->depth == YAML_DEPTH_MAX) {
        stop(builder, "too deep; at most 16 lists and mappings may stand within each other");
        return;
    }
    struct yaml_node *node = take_node(builder, form);
    if (node == NULL) {
        return;
    }
    attach(builder, node);
    builder->frames[builder->depth++] =
        (struct frame){.node = node, .bracket = bracket_at(builder, token)};
}

static void close_collection(struct builder *builder)
{
    struct frame *frame = &builder->frames[--builder->depth];
    if (frame->node->form == YAML_MAPPING) {
        tidy(builder, frame->node);
    }
}

/* The mark of a quoted scalar is behind its quote. */
static void move_to_scalar(struct builder *builder, struct fy_token *token)
{
    move_to(builder, token);
    enum fy_scalar_style style = token == NULL ? FYSS_PLAIN : fy_token_scalar_style(token);
    bool quoted = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    builder->column -= quoted && builder->column > 1 ? 1 : 0;
}

static void add_scalar(struct builder *builder, const struct fy_event *event)
{
    struct fy_token *token = event->scalar.value;
    refuse_decoration(builder, event->scalar.anchor, event->scalar.tag);
    move_to_scalar(builder, token);
    struct yaml_node *node = take_node(builder, YAML_SCALAR);
    if (node == NULL) {
        return;
    }
    size_t len = 0;
    const char *text = token == NULL ? NULL : fy_token_get_text(token, &len);
    if (text != NULL && memchr(text, 0, len) != NULL) {
        report_here(builder, "a NUL character has no place in text here");
        node->broken = true;
        len = 0;
    }
    if (text != NULL && len > 0) {
        node->text = yaml_arena_copy(&builder->document->chunks, text, len);
        if (node->text == NULL) {
            stop_no_memory(builder);
            return;
        }
    }
    node->len = (uint32_t)len;
    node->quoted = token != NULL && fy_token_scalar_style(token) != FYSS_PLAIN;
    attach(builder, node);
}

static void add_alias(struct builder *builder, struct fy_token *token)
{
    move_to(builder, token);
    builder->column -= builder->column > 1 ? 1 : 0; /* the mark is behind the `*` */
    report_here(builder, "aliases (`*name`) are not read; write the value itself here");
    struct yaml_node *node = take_node(builder, YAML_SCALAR);
    if (node == NULL) {
        return;
    }
    node->broken = true;
    attach(builder, node);
}

static void begin_document(struct builder *builder, struct fy_token *token)
{
    if (builder->documents++ == 0 || token == NULL) { /* without `---` its first node has a place */
        return;
    }
    move_to(builder, token);
    stop(builder, second_document);
}

static void take_event(struct builder *builder, const struct fy_event *event)
{
    switch (event->type) {
    case FYET_DOCUMENT_START:
        begin_document(builder, event->document_start.document_start);
        break;
    case FYET_MAPPING_START:
        refuse_decoration(builder, event->mapping_start.anchor, event->mapping_start.tag);
        open_collection(builder, YAML_MAPPING, event->mapping_start.mapping_start);
        break;
    case FYET_SEQUENCE_START:
        refuse_decoration(builder, event->sequence_start.anchor, event->sequence_start.tag);
        open_collection(builder, YAML_LIST, event->sequence_start.sequence_start);
        break;
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        close_collection(builder);
        break;
    case FYET_SCALAR:
        add_scalar(builder, event);
        break;
    case FYET_ALIAS:
        add_alias(builder, event->alias.anchor);
        break;
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
    case FYET_DOCUMENT_END:
        break;
    }
}

/* What to do about libfyaml's sentences, by a part of them. */
static const struct {
    const char *part;
    const char *hint;
} hints[] = {
    {"tab character", "indent with spaces"},
    {"nested block mapping", "text that holds `: ` needs quotes"},
    {"multiline plain key", "is the line below indented too far, or does a `:` need quotes?"},
    {"plain scalar cannot start", "put it in quotes"},
    {"closing quote", "close the quote"},
    {"missing comma", "put a `,` between the entries, or close the bracket before"},
    {"same line as a mapping key", "begin the list on the next line, or write `[a, b]`"},
    {"extra closing", "it was never opened"},
    {"indentation", "keys of one mapping begin in the same column"},
    {"invalid escape", "in single quotes a `\\` is plain text"},
};

static const char *hint_for(const char *sentence)
{
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        if (strstr(sentence, hints[i].part) != NULL) {
            return hints[i].hint;
        }
    }
    return "see the YAML 1.2 syntax";
}

static void report_syntax(struct builder *builder, const struct fy_diag_error *error)
{
    const char *sentence = error == NULL ? "it cannot be parsed" : error->msg;
    uint32_t line = error == NULL || error->line < 1 ? builder->line : (uint32_t)error->line;
    uint32_t column =
        error == NULL || error->column < 1 ? builder->column : (uint32_t)error->column;
    for (uint32_t i = builder->depth; i > 0; i--) {
        const struct frame *frame = &builder->frames[i - 1];
        if (frame->bracket == 0) {
            continue;
        }
        yaml_errors_add(builder->errors, builder->document->name, line, column,
                        "this is not YAML: %s; the `%c` of line %u, column %u is still open",
                        sentence, frame->bracket, frame->node->line, frame->node->column);
        return;
    }
    yaml_errors_add(builder->errors, builder->document->name, line, column,
                    "this is not YAML: %s; %s", sentence, hint_for(sentence));
}

static void parse(struct builder *builder, struct fy_parser *parser, struct fy_diag *diag)
{
    while (!builder->stopped) {
        struct fy_event *event = fy_parser_parse(parser);
        if (event == NULL) {
            break;
        }
        take_event(builder, event);
        fy_parser_event_free(parser, event);
    }
    if (!builder->stopped && fy_parser_get_stream_error(parser)) {
        void *previous = NULL;
        report_syntax(builder, fy_diag_errors_iterate(diag, &previous));
        builder->stopped = true;
    }
    if (!builder->stopped && builder->document->root == NULL) {
        stop(builder, "the file is empty; its keys are expected here");
    }
}

static void build(struct builder *builder)
{
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.colorize = false;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    if (diag == NULL) {
        stop_no_memory(builder);
        return;
    }
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg cfg = {.flags = (enum fy_parse_cfg_flags)(FYPCF_QUIET | FYPCF_JSON_NONE),
                               .diag = diag};
    struct fy_parser *parser = fy_parser_create(&cfg);
    if (parser == NULL || fy_parser_set_string(parser, builder->bytes, builder->size) != 0) {
        stop_no_memory(builder);
    } else {
        parse(builder, parser, diag);
    }
    if (parser != NULL) {
        fy_parser_destroy(parser);
    }
    fy_diag_destroy(diag);
}

bool yaml_document_load_memory(struct yaml_document *document, const char *name, const char *bytes,
                               size_t size, struct yaml_errors *errors)
{
    *document = (struct yaml_document){0};
    document->name = yaml_arena_copy(&document->chunks, name, strlen(name));
    if (document->name == NULL) {
        yaml_errors_add_no_memory(errors);
        return false;
    }
    size_t start = yaml_source_start(bytes, size);
    struct builder builder = {.document = document,
                              .errors = errors,
                              .bytes = bytes + start,
                              .size = size - start,
                              .line = 1,
                              .column = 1};
    if (size > YAML_FILE_MAX) {
        stop(&builder, "the file is too large; at most 1024 KiB are read");
    } else if (yaml_source_check(name, builder.bytes, builder.size, errors)) {
        build(&builder);
    } else {
        builder.stopped = true;
    }
    return !builder.stopped;
}

bool yaml_document_load(struct yaml_document *document, const char *path,
                        struct yaml_errors *errors)
{
    *document = (struct yaml_document){0};
    char *bytes = NULL;
    size_t size = 0;
    if (!yaml_source_read(path, &bytes, &size, errors)) {
        return false;
    }
    bool loaded = yaml_document_load_memory(document, path, bytes, size, errors);
    free(bytes);
    return loaded;
}
