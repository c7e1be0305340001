#include "runtime/yaml/path.h"

#include <stdio.h>
#include <string.h>

bool yaml_path_is(const char *text)
{
    size_t len = strlen(text);
    return strchr(text, '/') != NULL || (len > 5 && strcmp(text + len - 5, ".yaml") == 0) ||
           (len > 4 && strcmp(text + len - 4, ".yml") == 0);
}

bool yaml_path_beside(const char *file, const char *named, char path[YAML_PATH_SIZE])
{
    const char *slash = strrchr(file, '/');
    while (strncmp(named, "./", 2) == 0) {
        named += 2;
    }
    int folder = slash == NULL || named[0] == '/' ? 0 : (int)(slash - file) + 1;
    int len = snprintf(path, YAML_PATH_SIZE, "%.*s%s", folder, file, named);
    return len > 0 && len < YAML_PATH_SIZE;
}
