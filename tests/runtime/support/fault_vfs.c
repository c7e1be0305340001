#include "tests/runtime/support/fault_vfs.h"

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/runtime/support/fault_disk.h"

/* An open file: ours in front, the real one behind. */
struct handle {
    sqlite3_file base;
    struct fault_file *shadow; /* NULL: a temporary file, which no power cut concerns */
    sqlite3_file *real;
};

static struct {
    pthread_mutex_t lock;
    struct fault_file *files;
    enum fault_kind kind;
    uint64_t nth; /* 0: disarmed */
    uint64_t count;
    bool ever_after;
    bool has_struck;
    bool is_off;
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER};

static const char *const kind_names[] = {
#define X(id, name) [id] = name,
    FAULT_KINDS(X)
#undef X
};

const char *fault_kind_name(enum fault_kind kind)
{
    return kind_names[kind];
}

static sqlite3_vfs *real_vfs(void)
{
    return sqlite3_vfs_find("unix");
}

static struct handle *handle_of(sqlite3_file *file)
{
    return (struct handle *)file;
}

/* Counts an operation of the kind; whether it is to fail. */
static bool strikes(enum fault_kind kind)
{
    if (disk.nth == 0 || disk.kind != kind) {
        return false;
    }
    disk.count++;
    bool now = disk.count == disk.nth || (disk.ever_after && disk.count > disk.nth);
    disk.has_struck |= now;
    return now;
}

/* The same of an operation that changes the disk, and may be the last one. */
static bool power_goes(void)
{
    disk.is_off |= strikes(FAULT_POWER);
    return disk.is_off;
}

static int close_file(sqlite3_file *file)
{
    struct handle *handle = handle_of(file);
    pthread_mutex_lock(&disk.lock);
    if (handle->shadow != NULL) {
        handle->shadow->users--;
    }
    pthread_mutex_unlock(&disk.lock);
    return handle->real->pMethods->xClose(handle->real);
}

static int read_file(sqlite3_file *file, void *bytes, int len, sqlite3_int64 offset)
{
    sqlite3_file *real = handle_of(file)->real;
    pthread_mutex_lock(&disk.lock);
    bool fails = disk.is_off || strikes(FAULT_READ);
    pthread_mutex_unlock(&disk.lock);
    return fails ? SQLITE_IOERR_READ : real->pMethods->xRead(real, bytes, len, offset);
}

static int write_through(struct handle *handle, const void *bytes, int len, sqlite3_int64 offset)
{
    if (handle->shadow != NULL) {
        fault_file_write(handle->shadow, (uint64_t)offset, bytes, (size_t)len);
    }
    return handle->real->pMethods->xWrite(handle->real, bytes, len, offset);
}

static int write_as_told(struct handle *handle, const void *bytes, int len, sqlite3_int64 offset)
{
    if (power_goes() || strikes(FAULT_WRITE)) {
        return SQLITE_IOERR_WRITE;
    }
    bool is_full = strikes(FAULT_FULL);
    if (!is_full && !strikes(FAULT_SHORT_WRITE)) {
        return write_through(handle, bytes, len, offset);
    }
    write_through(handle, bytes, len / 2, offset);
    return is_full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int write_file(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
    pthread_mutex_lock(&disk.lock);
    int rc = write_as_told(handle_of(file), bytes, len, offset);
    pthread_mutex_unlock(&disk.lock);
    return rc;
}

static int truncate_as_told(struct handle *handle, sqlite3_int64 size)
{
    if (power_goes() || strikes(FAULT_TRUNCATE)) {
        return SQLITE_IOERR_TRUNCATE;
    }
    if (handle->shadow != NULL) {
        fault_file_truncate(handle->shadow, (uint64_t)size);
    }
    return handle->real->pMethods->xTruncate(handle->real, size);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
    pthread_mutex_lock(&disk.lock);
    int rc = truncate_as_told(handle_of(file), size);
    pthread_mutex_unlock(&disk.lock);
    return rc;
}

/* As on Linux: after a sync that failed, the pages count as written, and are not tried again. */
static int sync_as_told(struct handle *handle)
{
    if (power_goes()) {
        return SQLITE_IOERR_FSYNC;
    }
    bool fails = strikes(FAULT_SYNC);
    if (handle->shadow != NULL && fails) {
        fault_file_lose(handle->shadow);
    } else if (handle->shadow != NULL) {
        fault_file_sync(handle->shadow);
    }
    return fails ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int sync_file(sqlite3_file *file, int flags)
{
    (void)flags;
    pthread_mutex_lock(&disk.lock);
    int rc = sync_as_told(handle_of(file));
    pthread_mutex_unlock(&disk.lock);
    return rc;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    sqlite3_file *real = handle_of(file)->real;
    return real->pMethods->xFileSize(real, size);
}

static int lock_file(sqlite3_file *file, int level)
{
    sqlite3_file *real = handle_of(file)->real;
    return real->pMethods->xLock(real, level);
}

static int unlock_file(sqlite3_file *file, int level)
{
    sqlite3_file *real = handle_of(file)->real;
    return real->pMethods->xUnlock(real, level);
}

static int check_reserved(sqlite3_file *file, int *reserved)
{
    sqlite3_file *real = handle_of(file)->real;
    return real->pMethods->xCheckReservedLock(real, reserved);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    sqlite3_file *real = handle_of(file)->real;
    return real->pMethods->xFileControl(real, operation, argument);
}

static int sector_size(sqlite3_file *file)
{
    sqlite3_file *real = handle_of(file)->real;
    return real->pMethods->xSectorSize(real);
}

static int device_characteristics(sqlite3_file *file)
{
    sqlite3_file *real = handle_of(file)->real;
    return real->pMethods->xDeviceCharacteristics(real);
}

static int shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **mapped)
{
    sqlite3_file *real = handle_of(file)->real;
    return real->pMethods->xShmMap(real, page, size, extend, mapped);
}

static int shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    sqlite3_file *real = handle_of(file)->real;
    return real->pMethods->xShmLock(real, offset, n, flags);
}

static void shm_barrier(sqlite3_file *file)
{
    sqlite3_file *real = handle_of(file)->real;
    real->pMethods->xShmBarrier(real);
}

static int shm_unmap(sqlite3_file *file, int deletes)
{
    sqlite3_file *real = handle_of(file)->real;
    return real->pMethods->xShmUnmap(real, deletes);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, /* without memory-mapped reads: those can not fail */
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

static int open_as_told(struct handle *handle, const char *name, int flags, int *out_flags)
{
    const int durable = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
    if (disk.is_off || strikes(FAULT_OPEN)) {
        return SQLITE_CANTOPEN;
    }
    int rc = real_vfs()->xOpen(real_vfs(), name, handle->real, flags, out_flags);
    if (rc == SQLITE_OK && name != NULL && (flags & durable) != 0) {
        handle->shadow = fault_file_find(&disk.files, name);
        handle->shadow->exists = true;
        handle->shadow->users++;
    }
    return rc;
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *out_flags)
{
    (void)vfs;
    struct handle *handle = handle_of(file);
    memset(handle, 0, sizeof(*handle));
    handle->real = (sqlite3_file *)(handle + 1);
    pthread_mutex_lock(&disk.lock);
    int rc = open_as_told(handle, name, flags, out_flags);
    pthread_mutex_unlock(&disk.lock);
    handle->base.pMethods = rc == SQLITE_OK ? &methods : NULL;
    return rc;
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    (void)vfs;
    pthread_mutex_lock(&disk.lock);
    bool fails = disk.is_off;
    for (struct fault_file *file = disk.files; !fails && file != NULL; file = file->next) {
        if (strcmp(file->path, name) == 0) {
            fault_file_truncate(file, 0);
            fault_file_sync(file);
            file->exists = false;
        }
    }
    pthread_mutex_unlock(&disk.lock);
    return fails ? SQLITE_IOERR_DELETE : real_vfs()->xDelete(real_vfs(), name, sync_folder);
}

const char *fault_vfs_name(void)
{
    static sqlite3_vfs vfs;
    pthread_mutex_lock(&disk.lock);
    if (vfs.zName == NULL) {
        vfs = *real_vfs();
        vfs.zName = "fault";
        vfs.pNext = NULL;
        vfs.szOsFile += (int)sizeof(struct handle);
        vfs.xOpen = open_file;
        vfs.xDelete = delete_file;
        int rc = sqlite3_vfs_register(&vfs, 0);
        assert(rc == SQLITE_OK);
        (void)rc;
    }
    pthread_mutex_unlock(&disk.lock);
    return vfs.zName;
}

void fault_vfs_arm(enum fault_kind kind, uint64_t nth, bool ever_after)
{
    pthread_mutex_lock(&disk.lock);
    disk.kind = kind;
    disk.nth = nth;
    disk.count = 0;
    disk.ever_after = ever_after;
    disk.has_struck = false;
    pthread_mutex_unlock(&disk.lock);
}

void fault_vfs_disarm(void)
{
    pthread_mutex_lock(&disk.lock);
    disk.nth = 0;
    pthread_mutex_unlock(&disk.lock);
}

bool fault_vfs_has_struck(void)
{
    pthread_mutex_lock(&disk.lock);
    bool has_struck = disk.has_struck;
    pthread_mutex_unlock(&disk.lock);
    return has_struck;
}

void fault_vfs_cut_power(void)
{
    pthread_mutex_lock(&disk.lock);
    disk.is_off = true;
    pthread_mutex_unlock(&disk.lock);
}

/* The index of a log is memory: it is gone. */
static void drop_index(const char *path)
{
    char name[4096];
    snprintf(name, sizeof(name), "%s-shm", path);
    unlink(name);
}

void fault_vfs_restore_power(enum fault_survivors survivors, uint64_t *stream)
{
    pthread_mutex_lock(&disk.lock);
    for (struct fault_file *file = disk.files; file != NULL; file = file->next) {
        fault_file_restore(file, survivors, stream);
        drop_index(file->path);
    }
    disk.is_off = false;
    disk.nth = 0;
    pthread_mutex_unlock(&disk.lock);
}

void fault_vfs_reset(void)
{
    pthread_mutex_lock(&disk.lock);
    fault_files_free(&disk.files);
    disk.nth = 0;
    disk.is_off = false;
    pthread_mutex_unlock(&disk.lock);
}
