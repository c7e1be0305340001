#include "runtime/access/file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_private(int fd, const char *path, struct yaml_errors *errors)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        yaml_errors_add(errors, path, 1, 1, "cannot be read: %s", strerror(errno));
        return false;
    }
    if (!S_ISREG(status.st_mode)) {
        yaml_errors_add(errors, path, 1, 1, "this is not a file; a file is expected here");
        return false;
    }
    if ((status.st_mode & (S_IROTH | S_IWOTH)) != 0) {
        yaml_errors_add(errors, path, 1, 1,
                        "everybody can %s this secret (mode %03o); a file with a secret is for its "
                        "owner and group only: chmod o-rwx",
                        (status.st_mode & S_IROTH) != 0 ? "read" : "write",
                        (unsigned)(status.st_mode & 0777));
        return false;
    }
    return true;
}

static bool read_all(int fd, struct access_file *file, const char *path, struct yaml_errors *errors)
{
    while (file->len < sizeof file->bytes) {
        ssize_t got = read(fd, file->bytes + file->len, sizeof file->bytes - file->len);
        if (got == 0) {
            return true;
        }
        if (got < 0 && errno != EINTR) {
            yaml_errors_add(errors, path, 1, 1, "cannot be read: %s", strerror(errno));
            return false;
        }
        file->len += got > 0 ? (size_t)got : 0;
    }
    yaml_errors_add(errors, path, 1, 1, "the file is too large; at most %d KiB are read",
                    ACCESS_FILE_MAX / 1024);
    return false;
}

bool access_file_read(struct access_file *file, const char *path, struct yaml_errors *errors)
{
    file->len = 0;
    /* O_NONBLOCK: opening a pipe that nobody writes to must not wait. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        yaml_errors_add(errors, path, 1, 1, "cannot be read: %s; is the path right?",
                        strerror(errno));
        return false;
    }
    bool fine = is_private(fd, path, errors) && read_all(fd, file, path, errors);
    close(fd);
    if (!fine) {
        access_file_wipe(file);
    }
    return fine;
}

void access_file_wipe(struct access_file *file)
{
    OPENSSL_cleanse(file, sizeof *file);
}
