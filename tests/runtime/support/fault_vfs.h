/*
 * A disk that fails on demand: a layer over SQLite's own VFS, on real files. It fails the n-th
 * operation of a kind, runs full, or loses its power; then the files hold what was synced, and what
 * chance let through of the rest. Real syncs are left out: whether something is durable is known
 * from the shadow that is kept of each file.
 *
 * One disk for the program; used by several threads it is as good as by one.
 */
#ifndef BACKSTEP_TESTS_RUNTIME_SUPPORT_FAULT_VFS_H
#define BACKSTEP_TESTS_RUNTIME_SUPPORT_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

#define FAULT_KINDS(X)                                                                             \
    X(FAULT_OPEN, "open")                                                                          \
    X(FAULT_READ, "read")                                                                          \
    X(FAULT_WRITE, "write")             /* nothing is written */                                   \
    X(FAULT_SHORT_WRITE, "short write") /* half of it is */                                        \
    X(FAULT_FULL, "full")               /* half of it is, and then there is no space */            \
    X(FAULT_SYNC, "sync") /* what was to be synced is lost, and no later sync brings it back */    \
    X(FAULT_TRUNCATE, "truncate")                                                                  \
    X(FAULT_POWER, "power") /* it goes at the n-th of writes, syncs and truncates, before it */

enum fault_kind {
#define X(id, name) id,
    FAULT_KINDS(X)
#undef X
};

const char *fault_kind_name(enum fault_kind kind);

/* Registers it, once; the name to open databases with. */
const char *fault_vfs_name(void);

/* From now on: operation `nth` (from 1) of the kind fails, and if `ever_after` every later one. */
void fault_vfs_arm(enum fault_kind kind, uint64_t nth, bool ever_after);

/* The disk is well again. Power that has gone stays away. */
void fault_vfs_disarm(void);

/* Whether the fault has struck since it was armed. */
bool fault_vfs_has_struck(void);

/* The power goes now: every operation fails until it is back. */
void fault_vfs_cut_power(void);

/* What is left of writes and truncates that no sync has covered. */
enum fault_survivors {
    FAULT_NONE_SURVIVE,
    FAULT_ALL_SURVIVE, /* as when the process is killed and the machine goes on: also what a sync
                          that failed has lost */
    FAULT_SOME_SURVIVE /* each by itself, whole or in sectors of 512 bytes */
};

/* Puts on the disk what is left, and gives power again. Every file must have been closed. `stream`
 * is what chance draws from. */
void fault_vfs_restore_power(enum fault_survivors survivors, uint64_t *stream);

/* Forgets every file and every fault; for the next story. Every file must have been closed. */
void fault_vfs_reset(void);

#endif
