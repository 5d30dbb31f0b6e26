/*
 * What a process does to its files, in its order: writes, syncs, names. recording.c defines the
 * calls of libc that do so, for the whole process, LMDB included, and hands on to libc.
 *
 * Lock files (their names end in "-lock") and standard streams are left out. All files are in one
 * folder and have one name each. One recording at a time, of one thread that writes.
 */
#ifndef KITH_TESTS_CRASH_RECORDING_H
#define KITH_TESTS_CRASH_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORDING_FILES_MAX  8
#define RECORDING_NAME_BYTES 40

typedef enum recording_kind {
    RECORDING_WRITE,
    RECORDING_RESIZE,
    RECORDING_SYNC,
    RECORDING_NAME,        /* the file has this name from now on, and no other; "": none */
    RECORDING_SYNC_FOLDER, /* of the names */
    RECORDING_PROMISE      /* the caller was told that the file of this name holds this state */
} recording_kind;

typedef struct recording_op {
    recording_kind kind;
    uint32_t file;
    bool through;    /* a write that is on the disk when it returns: O_DSYNC */
    uint64_t offset; /* of a write; of a resize the new size */
    uint64_t size;
    size_t data; /* where its bytes are among those of the recording */
    char name[RECORDING_NAME_BYTES];
    uint64_t state;
} recording_op;

typedef struct recording {
    recording_op *ops;
    size_t count, capacity;
    uint8_t *bytes;
    size_t byte_count, byte_capacity;
    uint32_t file_count;
} recording;

/* Records from now on, into an empty recording, until recording_stop(). */
void recording_start(recording *r);
void recording_stop(void);
void recording_clear(recording *r);

/* Notes what was promised. */
void recording_promise(const char *name, uint64_t state);
/* The last promise for a name before the operation `at`, or the first one from it on; NULL: none.
 */
const recording_op *recording_promised(const recording *r, const char *name, size_t at);
const recording_op *recording_to_promise(const recording *r, const char *name, size_t at);

#endif
