#include "sim/sandbox/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/hash.h"

enum {
    MAGIC_SIZE = 16,
    AT_VERSION = MAGIC_SIZE,
    AT_IDENTITY = 24,
    AT_HEADER_CHECKSUM = 56,
    /* Of a record; behind its checksum. */
    AT_WALL = 8,
    AT_NUMBER = 16,
    AT_FLAGS = 20,
    AT_KIND = 22,
    AT_CONTENT = 24,
    READ_RECORDS = 1024
};

static_assert(JOURNAL_RECORD_SIZE - AT_CONTENT == SAGA_ID_MAX + 1, "an id fills the content");

static const char magic[MAGIC_SIZE] = {'b', 'a', 'c', 'k', 's', 't', 'e', 'p',
                                       ' ', 's', 'a', 'n', 'd', 'b', 'o', 'x'};

struct journal {
    int fd;
    bool sync;
    bool broken; /* what a failed write left behind could not be taken away */
    uint64_t identity;
    uint64_t len; /* records */
};

static void put(uint8_t *bytes, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> 8 * i);
    }
}

static uint64_t get(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value |= (uint64_t)bytes[i] << 8 * i;
    }
    return value;
}

/* A record in another place, or of another journal, is no sound one. */
static uint64_t checksum(const struct journal *journal, uint64_t place, const uint8_t *bytes)
{
    uint64_t seed = saga_hash_mix(journal->identity + place);
    return saga_hash_mix(saga_hash_bytes(seed, bytes + 8, JOURNAL_RECORD_SIZE - 8));
}

static void encode_content(const struct journal_record *record, uint8_t *content)
{
    switch ((enum journal_kind)record->kind) {
    case JOURNAL_HEARD:
        memcpy(content, record->id, sizeof(record->id));
        break;
    case JOURNAL_CALL:
        content[0] = record->call;
        content[1] = record->epoch;
        content[2] = record->answer;
        content[3] = record->injected;
        put(content + 4, record->code, 2);
        put(content + 8, record->lapse_ns, 8);
        break;
    case JOURNAL_LAPSE:
        content[0] = record->call;
        break;
    case JOURNAL_EVENT:
        content[0] = record->event;
        content[1] = record->index;
        put(content + 4, record->sequence, 4);
        break;
    case JOURNAL_NOTICE:
        put(content, record->key, 8);
        break;
    }
}

static void decode_content(struct journal_record *record, const uint8_t *content)
{
    switch ((enum journal_kind)record->kind) {
    case JOURNAL_HEARD:
        memcpy(record->id, content, sizeof(record->id));
        record->id[SAGA_ID_MAX] = '\0';
        break;
    case JOURNAL_CALL:
        record->call = content[0];
        record->epoch = content[1];
        record->answer = content[2];
        record->injected = content[3] != 0;
        record->code = (uint16_t)get(content + 4, 2);
        record->lapse_ns = get(content + 8, 8);
        break;
    case JOURNAL_LAPSE:
        record->call = content[0];
        break;
    case JOURNAL_EVENT:
        record->event = content[0];
        record->index = content[1];
        record->sequence = (uint32_t)get(content + 4, 4);
        break;
    case JOURNAL_NOTICE:
        record->key = get(content, 8);
        break;
    }
}

static void encode(const struct journal *journal, const struct journal_record *record,
                   uint8_t bytes[JOURNAL_RECORD_SIZE])
{
    memset(bytes, 0, JOURNAL_RECORD_SIZE);
    put(bytes + AT_WALL, record->wall_ns, 8);
    put(bytes + AT_NUMBER, record->number, 4);
    put(bytes + AT_FLAGS, record->flags, 2);
    bytes[AT_KIND] = record->kind;
    encode_content(record, bytes + AT_CONTENT);
    put(bytes, checksum(journal, journal->len, bytes), 8);
}

static bool is_sound(const struct journal *journal, uint64_t place, const uint8_t *bytes)
{
    return get(bytes, 8) == checksum(journal, place, bytes) && bytes[AT_KIND] <= JOURNAL_NOTICE;
}

static struct journal_record decode(const uint8_t *bytes)
{
    struct journal_record record = {.wall_ns = get(bytes + AT_WALL, 8),
                                    .number = (uint32_t)get(bytes + AT_NUMBER, 4),
                                    .flags = (uint16_t)get(bytes + AT_FLAGS, 2),
                                    .kind = bytes[AT_KIND],
                                    .lapse_ns = SAGA_NEVER};
    decode_content(&record, bytes + AT_CONTENT);
    return record;
}

static bool write_all(int fd, const uint8_t *bytes, size_t len, uint64_t at)
{
    while (len > 0) {
        ssize_t written = pwrite(fd, bytes, len, (off_t)at);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        bytes += written;
        len -= (size_t)written;
        at += (uint64_t)written;
    }
    return true;
}

/* How much could be read; less than `len` only at the end of the file. -1: an error. */
static ssize_t read_all(int fd, uint8_t *bytes, size_t len, uint64_t at)
{
    size_t done = 0;
    while (done < len) {
        ssize_t got = pread(fd, bytes + done, len - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    return (ssize_t)done;
}

static uint64_t offset_of(uint64_t place)
{
    return JOURNAL_HEADER_SIZE + place * JOURNAL_RECORD_SIZE;
}

static void encode_header(const struct journal *journal, uint8_t bytes[JOURNAL_HEADER_SIZE])
{
    memset(bytes, 0, JOURNAL_HEADER_SIZE);
    memcpy(bytes, magic, MAGIC_SIZE);
    put(bytes + AT_VERSION, JOURNAL_VERSION, 4);
    put(bytes + AT_IDENTITY, journal->identity, 8);
    put(bytes + AT_HEADER_CHECKSUM, saga_hash_bytes(SAGA_HASH_SEED, bytes, AT_HEADER_CHECKSUM), 8);
}

static bool begin(const struct journal *journal, const char *path, char why[SANDBOX_WHY_SIZE])
{
    uint8_t bytes[JOURNAL_HEADER_SIZE];
    encode_header(journal, bytes);
    if (ftruncate(journal->fd, 0) != 0 || !write_all(journal->fd, bytes, sizeof(bytes), 0) ||
        (journal->sync && fsync(journal->fd) != 0)) {
        snprintf(why, SANDBOX_WHY_SIZE, "%s cannot be written: %s", path, strerror(errno));
        return false;
    }
    return true;
}

static bool complain(char why[SANDBOX_WHY_SIZE], const char *path, const char *what)
{
    snprintf(why, SANDBOX_WHY_SIZE, "%s %s", path, what);
    return false;
}

/* A new journal, and one whose making was cut short, is begun. */
static bool check_header(const struct journal *journal, const char *path,
                         char why[SANDBOX_WHY_SIZE])
{
    uint8_t bytes[JOURNAL_HEADER_SIZE] = {0};
    ssize_t len = read_all(journal->fd, bytes, sizeof(bytes), 0);
    if (len < 0) {
        return complain(why, path, strerror(errno));
    }
    if (memcmp(bytes, magic, len < MAGIC_SIZE ? (size_t)len : MAGIC_SIZE) != 0) {
        return complain(why, path, "is no journal of a sandbox");
    }
    if (len < JOURNAL_HEADER_SIZE) {
        return begin(journal, path, why);
    }
    if (get(bytes + AT_HEADER_CHECKSUM, 8) !=
        saga_hash_bytes(SAGA_HASH_SEED, bytes, AT_HEADER_CHECKSUM)) {
        return complain(why, path, "is damaged: its header is not what was written");
    }
    if (get(bytes + AT_VERSION, 4) != JOURNAL_VERSION) {
        snprintf(why, SANDBOX_WHY_SIZE,
                 "%s is a journal of version %llu, and this program knows version %d", path,
                 (unsigned long long)get(bytes + AT_VERSION, 4), JOURNAL_VERSION);
        return false;
    }
    if (get(bytes + AT_IDENTITY, 8) != journal->identity) {
        return complain(why, path,
                        "was written for another scenario, plan or number of checkouts; name "
                        "another file, or remove it");
    }
    return true;
}

/* Whether any whole record from `place` on is sound. */
static bool has_sound(const struct journal *journal, uint64_t place, uint64_t len)
{
    uint8_t bytes[JOURNAL_RECORD_SIZE];
    for (; place < len; place++) {
        if (read_all(journal->fd, bytes, sizeof(bytes), offset_of(place)) == sizeof(bytes) &&
            is_sound(journal, place, bytes)) {
            return true;
        }
    }
    return false;
}

/* Hands the sound records at the beginning to `take`; journal->len: how many there are. */
static bool replay(struct journal *journal, const char *path, uint64_t len, journal_taker *take,
                   void *context, char why[SANDBOX_WHY_SIZE])
{
    static const size_t chunk = (size_t)READ_RECORDS * JOURNAL_RECORD_SIZE;
    uint8_t *bytes = malloc(chunk);
    bool ends = false;
    if (bytes == NULL) {
        return complain(why, path, "cannot be read: out of memory");
    }
    while (!ends && journal->len < len) {
        ssize_t got = read_all(journal->fd, bytes, chunk, offset_of(journal->len));
        if (got < 0) {
            free(bytes);
            return complain(why, path, strerror(errno));
        }
        size_t whole = (size_t)got / JOURNAL_RECORD_SIZE;
        ends = whole == 0;
        for (size_t i = 0; i < whole && !ends; i++) {
            const uint8_t *at = bytes + i * JOURNAL_RECORD_SIZE;
            struct journal_record record = decode(at);
            ends = !is_sound(journal, journal->len, at);
            if (!ends && !take(context, &record)) {
                free(bytes);
                snprintf(why, SANDBOX_WHY_SIZE, "%s is damaged: record %llu cannot be", path,
                         (unsigned long long)journal->len);
                return false;
            }
            journal->len += !ends;
        }
    }
    free(bytes);
    return true;
}

static bool take_up(struct journal *journal, const char *path, journal_taker *take, void *context,
                    FILE *notes, char why[SANDBOX_WHY_SIZE])
{
    struct stat file;
    if (!check_header(journal, path, why)) {
        return false;
    }
    if (fstat(journal->fd, &file) != 0) {
        return complain(why, path, strerror(errno));
    }
    uint64_t len = ((uint64_t)file.st_size - JOURNAL_HEADER_SIZE) / JOURNAL_RECORD_SIZE;
    if (!replay(journal, path, len, take, context, why)) {
        return false;
    }
    if (has_sound(journal, journal->len, len)) {
        snprintf(why, SANDBOX_WHY_SIZE, "%s is damaged: record %llu is not what was written", path,
                 (unsigned long long)journal->len);
        return false;
    }
    uint64_t torn = (uint64_t)file.st_size - offset_of(journal->len);
    if (torn == 0) {
        return true;
    }
    if (ftruncate(journal->fd, (off_t)offset_of(journal->len)) != 0) {
        return complain(why, path, strerror(errno));
    }
    if (notes != NULL) {
        fprintf(notes,
                "sandbox: %s ends in the middle of a record: its last %llu bytes were cut "
                "off\n",
                path, (unsigned long long)torn);
    }
    return true;
}

struct journal *journal_open(const char *path, uint64_t identity, bool sync, journal_taker *take,
                             void *context, FILE *notes, char why[SANDBOX_WHY_SIZE])
{
    struct journal *journal = calloc(1, sizeof(*journal));
    if (journal == NULL) {
        snprintf(why, SANDBOX_WHY_SIZE, "out of memory");
        return NULL;
    }
    journal->identity = identity;
    journal->sync = sync;
    journal->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (journal->fd < 0) {
        snprintf(why, SANDBOX_WHY_SIZE, "%s cannot be opened: %s", path, strerror(errno));
        free(journal);
        return NULL;
    }
    bool is_ours = flock(journal->fd, LOCK_EX | LOCK_NB) == 0;
    if (!is_ours) {
        snprintf(why, SANDBOX_WHY_SIZE, "%s is in use by another sandbox", path);
    }
    if (!is_ours || !take_up(journal, path, take, context, notes, why)) {
        journal_close(journal);
        return NULL;
    }
    return journal;
}

bool journal_write(struct journal *journal, const struct journal_record *record)
{
    uint8_t bytes[JOURNAL_RECORD_SIZE];
    uint64_t at = offset_of(journal->len);
    if (journal->broken) {
        return false;
    }
    encode(journal, record, bytes);
    if (!write_all(journal->fd, bytes, sizeof(bytes), at) ||
        (journal->sync && fdatasync(journal->fd) != 0)) {
        journal->broken = ftruncate(journal->fd, (off_t)at) != 0;
        return false;
    }
    journal->len++;
    return true;
}

void journal_close(struct journal *journal)
{
    if (journal != NULL) {
        close(journal->fd);
        free(journal);
    }
}
