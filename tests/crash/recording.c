#include "tests/crash/recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/fault/real_call.h"

#define NO_FILE UINT32_MAX

static struct {
    recording *into; /* NULL: nothing is recorded */
    ino_t inodes[RECORDING_FILES_MAX];
    char names[RECORDING_FILES_MAX][RECORDING_NAME_BYTES];
    size_t streamed; /* the number of the last operation and 1, where write() did it */
} now;

static void *grown(void *memory, size_t *capacity, size_t needed, size_t item_bytes) {
    if (needed <= *capacity) {
        return memory;
    }
    *capacity = needed * 2;
    memory = realloc(memory, *capacity * item_bytes);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static recording_op *add_op(recording_kind kind, uint32_t file) {
    recording *r = now.into;
    r->ops = grown(r->ops, &r->capacity, r->count + 1, sizeof *r->ops);
    recording_op *op = &r->ops[r->count++];
    *op = (recording_op){.kind = kind, .file = file};
    return op;
}

static void set_name(recording_op *op, const char *name) {
    snprintf(op->name, sizeof op->name, "%.*s", RECORDING_NAME_BYTES - 1, name);
}

static void add_bytes(recording_op *op, const void *data, size_t size) {
    recording *r = now.into;
    r->bytes = grown(r->bytes, &r->byte_capacity, r->byte_count + size, 1);
    memcpy(r->bytes + r->byte_count, data, size);
    r->byte_count += size;
    op->size += size;
}

void recording_start(recording *r) {
    memset(&now, 0, sizeof now);
    *r = (recording){0};
    now.into = r;
}

void recording_stop(void) {
    now.into = NULL;
}

void recording_clear(recording *r) {
    free(r->ops);
    free(r->bytes);
    *r = (recording){0};
}

void recording_promise(const char *name, uint64_t state) {
    recording_op *op = add_op(RECORDING_PROMISE, NO_FILE);
    set_name(op, name);
    op->state = state;
}

static bool promises(const recording_op *op, const char *name) {
    return op->kind == RECORDING_PROMISE && strcmp(op->name, name) == 0;
}

const recording_op *recording_promised(const recording *r, const char *name, size_t at) {
    while (at > 0) {
        if (promises(&r->ops[--at], name)) {
            return &r->ops[at];
        }
    }
    return NULL;
}

const recording_op *recording_to_promise(const recording *r, const char *name, size_t at) {
    for (; at < r->count; at++) {
        if (promises(&r->ops[at], name)) {
            return &r->ops[at];
        }
    }
    return NULL;
}

/* Which file it is */

static bool find_regular(int descriptor, ino_t *out) {
    struct stat status;
    if (now.into == NULL || descriptor <= STDERR_FILENO || fstat(descriptor, &status) != 0 ||
        !S_ISREG(status.st_mode)) {
        return false;
    }
    *out = status.st_ino;
    return true;
}

static uint32_t file_of(int descriptor) {
    ino_t inode;
    if (find_regular(descriptor, &inode)) {
        for (uint32_t i = 0; i < now.into->file_count; i++) {
            if (now.inodes[i] == inode) {
                return i;
            }
        }
    }
    return NO_FILE;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool is_lock(const char *path) {
    size_t size = strlen(path);
    return size >= 5 && strcmp(path + size - 5, "-lock") == 0;
}

static void name_file(uint32_t file, const char *path) {
    recording_op *op = add_op(RECORDING_NAME, file);
    set_name(op, base_name(path));
    memcpy(now.names[file], op->name, sizeof op->name);
}

/* A file is known from the call that makes it on. */
static void see_open(const char *path, int flags, int descriptor) {
    ino_t inode;
    if (!find_regular(descriptor, &inode) || !(flags & O_CREAT) || is_lock(path) ||
        file_of(descriptor) != NO_FILE) {
        return;
    }
    if (now.into->file_count == RECORDING_FILES_MAX) {
        abort();
    }
    uint32_t file = now.into->file_count++;
    now.inodes[file] = inode;
    name_file(file, path);
}

static void see_name(const char *old_path, const char *new_path) {
    for (uint32_t i = 0; now.into != NULL && i < now.into->file_count; i++) {
        if (strcmp(now.names[i], base_name(old_path)) == 0) {
            name_file(i, new_path);
            now.inodes[i] = new_path[0] != '\0' ? now.inodes[i] : 0; /* others may get it */
            return;
        }
    }
}

/* Writes and syncs */

static void see_write(int descriptor, const struct iovec *parts, int count, int64_t offset,
                      ssize_t written) {
    uint32_t file = written > 0 ? file_of(descriptor) : NO_FILE;
    if (file == NO_FILE) {
        return;
    }
    recording_op *op = add_op(RECORDING_WRITE, file);
    op->through = (fcntl(descriptor, F_GETFL) & O_DSYNC) != 0;
    op->offset = (uint64_t)offset;
    op->data = now.into->byte_count;
    size_t left = (size_t)written;
    for (int i = 0; i < count && left > 0; i++) {
        size_t size = parts[i].iov_len < left ? parts[i].iov_len : left;
        add_bytes(op, parts[i].iov_base, size);
        left -= size;
    }
}

static void see_one_write(int descriptor, const void *data, int64_t offset, ssize_t written) {
    struct iovec part = {(void *)(uintptr_t)data, written > 0 ? (size_t)written : 0};
    see_write(descriptor, &part, 1, offset, written);
}

/* How a stream is cut into calls of write() is chance (of a pipe, say): they count as one, so that
 * a seed gives the same recording each time. */
static void see_stream(int descriptor, const void *data, int64_t offset, ssize_t written) {
    recording *r = now.into;
    uint32_t file = written > 0 ? file_of(descriptor) : NO_FILE;
    if (file == NO_FILE) {
        return;
    }
    recording_op *last = r->count > 0 ? &r->ops[r->count - 1] : NULL;
    if (last != NULL && now.streamed == r->count && last->file == file &&
        last->offset + last->size == (uint64_t)offset) {
        add_bytes(last, data, (size_t)written);
        return;
    }
    see_one_write(descriptor, data, offset, written);
    now.streamed = r->count;
}

static void see_resize(int descriptor, int64_t size) {
    uint32_t file = file_of(descriptor);
    if (file != NO_FILE) {
        add_op(RECORDING_RESIZE, file)->offset = (uint64_t)size;
    }
}

static void see_sync(int descriptor) {
    struct stat status;
    uint32_t file = file_of(descriptor);
    if (file != NO_FILE) {
        add_op(RECORDING_SYNC, file);
    } else if (now.into != NULL && fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
        add_op(RECORDING_SYNC_FOLDER, NO_FILE);
    }
}

/* The calls */

static int64_t place_of(int descriptor) {
    return now.into != NULL ? lseek(descriptor, 0, SEEK_CUR) : 0;
}

ssize_t write(int descriptor, const void *data, size_t size) {
    REAL(write)
    int64_t offset = place_of(descriptor);
    ssize_t written = real(descriptor, data, size);
    see_stream(descriptor, data, offset, written);
    return written;
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    REAL(writev)
    int64_t offset = place_of(descriptor);
    ssize_t written = real(descriptor, parts, count);
    see_write(descriptor, parts, count, offset, written);
    return written;
}

#define DEFINE_PWRITE(name, offset_type)                                                           \
    ssize_t name(int descriptor, const void *data, size_t size, offset_type offset) {              \
        REAL(name)                                                                                 \
        ssize_t written = real(descriptor, data, size, offset);                                    \
        see_one_write(descriptor, data, offset, written);                                          \
        return written;                                                                            \
    }
DEFINE_PWRITE(pwrite, off_t)
DEFINE_PWRITE(pwrite64, off64_t)

#define DEFINE_PWRITEV(name, offset_type)                                                          \
    ssize_t name(int descriptor, const struct iovec *parts, int count, offset_type offset) {       \
        REAL(name)                                                                                 \
        ssize_t written = real(descriptor, parts, count, offset);                                  \
        see_write(descriptor, parts, count, offset, written);                                      \
        return written;                                                                            \
    }
DEFINE_PWRITEV(pwritev, off_t)
DEFINE_PWRITEV(pwritev64, off64_t)

#define DEFINE_FTRUNCATE(name, offset_type)                                                        \
    int name(int descriptor, offset_type size) {                                                   \
        REAL(name)                                                                                 \
        int code = real(descriptor, size);                                                         \
        if (code == 0) {                                                                           \
            see_resize(descriptor, size);                                                          \
        }                                                                                          \
        return code;                                                                               \
    }
DEFINE_FTRUNCATE(ftruncate, off_t)
DEFINE_FTRUNCATE(ftruncate64, off64_t)

#define DEFINE_SYNC(name)                                                                          \
    int name(int descriptor) {                                                                     \
        REAL(name)                                                                                 \
        int code = real(descriptor);                                                               \
        if (code == 0) {                                                                           \
            see_sync(descriptor);                                                                  \
        }                                                                                          \
        return code;                                                                               \
    }
DEFINE_SYNC(fsync)
DEFINE_SYNC(fdatasync)

#define DEFINE_OPEN(name)                                                                          \
    int name(const char *path, int flags, ...) {                                                   \
        REAL(name)                                                                                 \
        va_list list;                                                                              \
        va_start(list, flags);                                                                     \
        int mode = real_mode(flags, list);                                                         \
        va_end(list);                                                                              \
        int descriptor = real(path, flags, mode);                                                  \
        see_open(path, flags, descriptor);                                                         \
        return descriptor;                                                                         \
    }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)

int renameat2(int from, const char *old_path, int to, const char *new_path, unsigned flags) {
    REAL(renameat2)
    int code = real(from, old_path, to, new_path, flags);
    if (code == 0) {
        see_name(old_path, new_path);
    }
    return code;
}

/* A link is how a file is renamed where that can't be done at once: its new name counts. */
#define DEFINE_RENAME(name)                                                                        \
    int name(const char *old_path, const char *new_path) {                                         \
        REAL(name)                                                                                 \
        int code = real(old_path, new_path);                                                       \
        if (code == 0) {                                                                           \
            see_name(old_path, new_path);                                                          \
        }                                                                                          \
        return code;                                                                               \
    }
DEFINE_RENAME(rename)
DEFINE_RENAME(link)

int unlink(const char *path) {
    REAL(unlink)
    int code = real(path);
    if (code == 0) {
        see_name(path, "");
    }
    return code;
}
