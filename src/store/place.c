#include "src/store/place.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/error.h"

#define LOCK_FILE_MODE   0600
#define CACHE_LINE_BYTES 64u
#define STAT_BLOCK_BYTES 512

int kithi_place_resolve(const char *path, char **out, kith_error *error) {
    *out = realpath(path, NULL);
    if (*out != NULL) {
        return KITH_OK;
    }
    return errno == ENOMEM
               ? kithi_error_memory(error)
               : kithi_error_set(error, KITH_IO, "cannot find '%s': %s", path, strerror(errno));
}

int kithi_place_check_free(const char *path, kith_error *error) {
    struct stat status;
    if (lstat(path, &status) != 0) {
        return KITH_OK;
    }
    return kithi_error_set(error, KITH_EXISTS, "'%s' exists already; choose another name", path);
}

int kithi_place_check_names(const char *path, const struct stat *status, kith_error *error) {
    if (!S_ISREG(status->st_mode) || status->st_nlink <= 1) {
        return KITH_OK;
    }
    return kithi_error_set(error, KITH_INVALID,
                           "'%s' has several names (hard links), and writers by different names "
                           "would not see each other; remove all names but one, or open a copy",
                           path);
}

static uint64_t round_up(uint64_t bytes) {
    return (bytes + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES * CACHE_LINE_BYTES;
}

/* What LMDB 0.9 needs: a header with a mutex, a second mutex, and a cache line for each reader. */
static uint64_t lock_bytes(unsigned max_readers) {
    uint64_t header = round_up(sizeof(uint64_t) + sizeof(pthread_mutex_t) + 2 * sizeof(uint64_t));
    return header + round_up(sizeof(pthread_mutex_t)) + (uint64_t)max_readers * CACHE_LINE_BYTES;
}

/* The size stays, since LMDB tells from it how many readers there are. Returns an errno; a file
 * system that can't allocate is no failure. */
static int allocate(int file, uint64_t bytes) {
    struct stat status;
    if (fstat(file, &status) != 0) {
        return errno;
    }
    if ((uint64_t)status.st_size > bytes) {
        bytes = (uint64_t)status.st_size;
    }
    int rc;
    do {
        rc = fallocate(file, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes) == 0 ? 0 : errno;
    } while (rc == EINTR);
    bool full = rc == ENOSPC || rc == EDQUOT;
    return full && (uint64_t)status.st_blocks * STAT_BLOCK_BYTES < bytes ? rc : 0;
}

static int refuse_lock(const char *lock_path, int reason, kith_error *error) {
    if (reason == ENOSPC || reason == EDQUOT) {
        return kithi_error_set(error, KITH_IO,
                               "the disk is full: there is no room for the lock file '%s'; free "
                               "some space and open the store again",
                               lock_path);
    }
    return kithi_error_set(error, KITH_IO, "cannot open the lock file '%s': %s", lock_path,
                           strerror(reason));
}

int kithi_place_reserve_lock(const char *real_path, unsigned max_readers, kith_error *error) {
    char *lock_path = NULL;
    if (asprintf(&lock_path, "%s-lock", real_path) < 0) {
        return kithi_error_memory(error);
    }
    int reason = 0;
    int file = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, LOCK_FILE_MODE);
    if (file < 0) {
        reason = errno;
    } else {
        reason = allocate(file, lock_bytes(max_readers));
        close(file);
    }
    /* Whether it goes on without the right to write there, LMDB knows. */
    bool denied = file < 0 && (reason == EROFS || reason == EACCES || reason == EPERM);
    int rc = reason == 0 || denied ? KITH_OK : refuse_lock(lock_path, reason, error);
    free(lock_path);
    return rc;
}

/* "." of a bare name, "/" of one at the root. Owned; NULL: no memory. */
static char *folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return strdup(".");
    }
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Returns an errno. A folder that may not be read, or whose file system can't sync one, is no
 * failure: nobody could do more there. */
static int sync_folder(const char *folder) {
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) {
        return errno == EACCES ? 0 : errno;
    }
    int rc;
    do {
        rc = fsync(file) == 0 ? 0 : errno;
    } while (rc == EINTR);
    close(file);
    return rc == EINVAL || rc == ENOTSUP ? 0 : rc;
}

int kithi_place_sync_folder(const char *path, kith_error *error) {
    char *folder = folder_of(path);
    if (folder == NULL) {
        return kithi_error_memory(error);
    }
    int reason = sync_folder(folder);
    int rc = reason == 0 ? KITH_OK
                         : kithi_error_set(error, KITH_IO, "cannot sync the folder '%s': %s",
                                           folder, strerror(reason));
    free(folder);
    return rc;
}
