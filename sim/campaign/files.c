#include "sim/campaign/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FOLDERS_DEEP_MAX = 64 };

/* The folders on the way down, and the area of their files. */
struct folder {
    const struct folder *above;
    const char *path;
    const char *area;
    dev_t device;
    ino_t inode;
};

static char *join(const char *folder, const char *name)
{
    size_t folder_len = strlen(folder);
    while (folder_len > 1 && folder[folder_len - 1] == '/') {
        folder_len--;
    }
    bool is_root = folder_len == 1 && folder[0] == '/';
    char *path = malloc(folder_len + strlen(name) + 2);
    if (path != NULL) {
        memcpy(path, folder, folder_len);
        path[folder_len] = '\0';
        strcat(path, is_root ? "" : "/");
        strcat(path, name);
    }
    return path;
}

/* The last name of a path: of "scenarios/payment/" it is "payment". */
static char *last_name(const char *path, size_t len)
{
    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    size_t from = len;
    while (from > 0 && path[from - 1] != '/') {
        from--;
    }
    return strndup(path + from, len - from);
}

/* The area of a file that was named: the folder it stands in. */
static char *area_of_file(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? strdup(".") : last_name(path, (size_t)(slash - path));
}

static void cannot(struct yaml_errors *errors, const char *path, int number)
{
    yaml_errors_add(errors, path, 1, 1, "cannot be read: %s", strerror(number));
}

static bool is_known(const struct campaign_files *files, const char *real)
{
    for (size_t i = 0; i < files->len; i++) {
        if (strcmp(files->items[i].real, real) == 0) {
            return true;
        }
    }
    return false;
}

static bool reserve(struct campaign_files *files)
{
    if (files->len < files->max) {
        return true;
    }
    size_t max = files->max == 0 ? 64 : files->max * 2;
    struct campaign_file *items = realloc(files->items, max * sizeof(*items));
    if (items == NULL) {
        return false;
    }
    files->items = items;
    files->max = max;
    return true;
}

/* Takes path and area; they may be NULL when memory was out. */
static void add_file(struct campaign_files *files, char *path, char *area, bool named)
{
    char *real = path == NULL ? NULL : realpath(path, NULL);
    if (real == NULL && path != NULL && errno != ENOMEM) {
        real = strdup(path); /* a broken link: whoever reads it will say so */
    }
    if (path == NULL || area == NULL || real == NULL || !reserve(files)) {
        files->no_memory = true;
    } else if (!is_known(files, real)) {
        files->items[files->len++] =
            (struct campaign_file){.path = path, .area = area, .real = real, .named = named};
        return;
    }
    free(path);
    free(area);
    free(real);
}

static bool is_yaml(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

/* Hidden files, and `.` and `..`, are not for us. */
static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_below(const struct folder *folder, const struct stat *status)
{
    for (; folder != NULL; folder = folder->above) {
        if (folder->device == status->st_dev && folder->inode == status->st_ino) {
            return true;
        }
    }
    return false;
}

static void add_folder(struct campaign_files *files, const struct folder *folder, size_t depth,
                       struct yaml_errors *errors);

static void enter_folder(struct campaign_files *files, const struct folder *above, const char *path,
                         const char *name, const struct stat *status, size_t depth,
                         struct yaml_errors *errors)
{
    if (is_below(above, status)) {
        return; /* round in a circle */
    }
    if (depth == FOLDERS_DEEP_MAX) {
        yaml_errors_add(errors, path, 1, 1, "folders are at most %d deep", FOLDERS_DEEP_MAX);
        return;
    }
    /* Below the folder that was named the area is the way from there. */
    char *area = depth == 1 ? strdup(name) : join(above->area, name);
    if (area == NULL) {
        files->no_memory = true;
        return;
    }
    struct folder folder = {.above = above,
                            .path = path,
                            .area = area,
                            .device = status->st_dev,
                            .inode = status->st_ino};
    add_folder(files, &folder, depth, errors);
    free(area);
}

/* One pass over a folder's entries: its files, or its folders. */
static void add_entry(struct campaign_files *files, const struct folder *folder, const char *name,
                      bool folders, size_t depth, struct yaml_errors *errors)
{
    struct stat status;
    char *path = join(folder->path, name);
    if (path == NULL) {
        files->no_memory = true;
        return;
    }
    bool exists = stat(path, &status) == 0;
    bool is_folder = exists && S_ISDIR(status.st_mode);
    if (folders && is_folder) {
        enter_folder(files, folder, path, name, &status, depth + 1, errors);
    } else if (!folders && !is_folder && is_yaml(name)) {
        add_file(files, path, strdup(folder->area), false);
        return;
    }
    free(path);
}

static void add_folder(struct campaign_files *files, const struct folder *folder, size_t depth,
                       struct yaml_errors *errors)
{
    struct dirent **entries = NULL;
    int len = scandir(folder->path, &entries, is_shown, by_name);
    if (len < 0) {
        files->no_memory |= errno == ENOMEM;
        cannot(errors, folder->path, errno);
        return;
    }
    for (int i = 0; i < len; i++) {
        add_entry(files, folder, entries[i]->d_name, false, depth, errors);
    }
    for (int i = 0; i < len; i++) {
        add_entry(files, folder, entries[i]->d_name, true, depth, errors);
        free(entries[i]);
    }
    free(entries);
}

void campaign_files_add(struct campaign_files *files, const char *path, struct yaml_errors *errors)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        cannot(errors, path, errno);
        return;
    }
    if (!S_ISDIR(status.st_mode)) {
        add_file(files, strdup(path), area_of_file(path), true);
        return;
    }
    char *area = last_name(path, strlen(path));
    if (area == NULL) {
        files->no_memory = true;
        return;
    }
    struct folder folder = {
        .path = path, .area = area, .device = status.st_dev, .inode = status.st_ino};
    add_folder(files, &folder, 0, errors);
    free(area);
}

void campaign_files_free(struct campaign_files *files)
{
    for (size_t i = 0; i < files->len; i++) {
        free(files->items[i].path);
        free(files->items[i].area);
        free(files->items[i].real);
    }
    free(files->items);
    *files = (struct campaign_files){0};
}
