#include "runtime/sqlite/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* The process that has noted its number in the lock; 0 when it can not be told. */
static long holder_of(int lock)
{
    char text[24] = "";
    ssize_t len = pread(lock, text, sizeof(text) - 1, 0);
    return len <= 0 ? 0 : strtol(text, NULL, 10);
}

/* For whoever is refused. The lock holds without it, so it may fail. */
static void note_holder(int lock)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    if (ftruncate(lock, 0) != 0 || pwrite(lock, text, (size_t)len, 0) != len) {
        return;
    }
}

enum store_result lock_take(const char *database_path, int *lock, char why[SQLITE_STORE_WHY_SIZE])
{
    *lock = LOCK_NONE;
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s-lock", database_path);
    int file = len < (int)sizeof(path) ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0) {
        snprintf(why, SQLITE_STORE_WHY_SIZE, "%s: can not make the lock file beside it: %s",
                 database_path, strerror(len < (int)sizeof(path) ? errno : ENAMETOOLONG));
        return STORE_FAILED;
    }
    int rc = flock(file, LOCK_EX | LOCK_NB);
    if (rc != 0 && errno == EWOULDBLOCK) {
        snprintf(why, SQLITE_STORE_WHY_SIZE, "%s: another process (%ld) has this database open",
                 database_path, holder_of(file));
    } else if (rc != 0) {
        snprintf(why, SQLITE_STORE_WHY_SIZE, "%s: can not be locked: %s", database_path,
                 strerror(errno));
    }
    if (rc != 0) {
        close(file);
        return STORE_FAILED;
    }
    note_holder(file);
    *lock = file;
    return STORE_OK;
}

void lock_release(int lock)
{
    if (lock != LOCK_NONE) {
        close(lock);
    }
}
