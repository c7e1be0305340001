/* What is shared while one file is read. For the files of this folder only. */
#ifndef BACKSTEP_RUNTIME_CONFIG_READING_H
#define BACKSTEP_RUNTIME_CONFIG_READING_H

#include "runtime/config/config.h"
#include "runtime/yaml/reader.h"

struct config_reading {
    struct yaml_reader reader;
    struct yaml_node *root;
    struct config *config;
    bool may_open;  /* plan files may be opened: the config is a file, too */
    bool has_plans; /* all of them are sound: names can be held against them */
};

/* targets.c: services, notification, sink. */
void config_read_targets(const struct config_reading *reading);

/* events.c: the events of services; those of the built-in checkout if the file lists none. */
void config_read_events(const struct config_reading *reading);

/* load.c: puts the folder of the file before a path in it. At the node, if that is too long. */
void config_see_from_file(const struct config_reading *reading, struct yaml_node *node,
                          char path[CONFIG_PATH_MAX + 1]);

#define config_report(reading, node, ...)                                                          \
    yaml_report((reading)->reader.document, (reading)->reader.errors, node, __VA_ARGS__)

#endif
