/* Files that a file names. */
#ifndef BACKSTEP_RUNTIME_YAML_PATH_H
#define BACKSTEP_RUNTIME_YAML_PATH_H

#include <stdbool.h>

enum { YAML_PATH_SIZE = 4096 /* bytes of a path, with the NUL */ };

/* Whether the text is the path of a YAML file, and no name: it has a `/`, or ends as one. */
bool yaml_path_is(const char *text);

/* The path of a file that another file names, seen from where that one is. False: too long. */
bool yaml_path_beside(const char *file, const char *named, char path[YAML_PATH_SIZE]);

#endif
