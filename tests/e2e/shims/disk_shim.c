/*
 * Loaded into a program with LD_PRELOAD: the disk is full while the file that DISK_SHIM names is
 * not empty. What is written at an offset, as databases do, fails with ENOSPC; logs and sockets do
 * not.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

typedef ssize_t pwrite_function(int fd, const void *bytes, size_t len, off_t offset);

ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t offset);

static bool is_full(void)
{
    struct stat file;
    const char *name = getenv("DISK_SHIM");
    return name != NULL && stat(name, &file) == 0 && file.st_size > 0;
}

static ssize_t write_at(const char *function, int fd, const void *bytes, size_t len, off_t offset)
{
    pwrite_function *next = NULL;
    if (is_full()) {
        errno = ENOSPC;
        return -1;
    }
    *(void **)&next = dlsym(RTLD_NEXT, function);
    return next(fd, bytes, len, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    return write_at("pwrite", fd, bytes, len, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t offset)
{
    return write_at("pwrite64", fd, bytes, len, offset);
}
