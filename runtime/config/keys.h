/*
 * The keys of the daemon's file as data (see runtime/yaml/shape.h): the reader, the messages, the
 * schema and the reference come from these tables.
 */
#ifndef BACKSTEP_RUNTIME_CONFIG_KEYS_H
#define BACKSTEP_RUNTIME_CONFIG_KEYS_H

#include "runtime/yaml/shape.h"

extern const struct yaml_shape config_shape;        /* into struct config */
extern const struct yaml_shape config_target_shape; /* into struct config_target */

/* The words of `answer`, as in SAGA_ANSWERS. */
extern const char *const config_answer_words[];

#endif
