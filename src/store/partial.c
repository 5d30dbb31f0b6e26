#include "src/store/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/store/place.h"

#define PARTIAL_FILE_MODE 0600

static bool is_at(int file, const char *path) {
    struct stat own, named;
    return fstat(file, &own) == 0 && lstat(path, &named) == 0 && own.st_dev == named.st_dev &&
           own.st_ino == named.st_ino;
}

/* Returns an errno. */
static int lock_file(int file, bool wait) {
    int rc;
    do {
        rc = flock(file, wait ? LOCK_EX : LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    } while (rc == EINTR);
    return rc;
}

/* Closing alone leaves it locked where a process that was forked meanwhile has it open too. */
static void unlock_and_close(int file) {
    flock(file, LOCK_UN);
    close(file);
}

static int set_paths(kithi_partial *partial, const char *path, kith_error *error) {
    size_t size = sizeof partial->path;
    if (snprintf(partial->path, size, "%s.partial", path) >= (int)size) {
        return kithi_error_set(error, KITH_IO, "cannot create '%s': %s", path,
                               strerror(ENAMETOOLONG));
    }
    snprintf(partial->lock_path, sizeof partial->lock_path, "%s-lock", partial->path);
    return KITH_OK;
}

/* By who has the file locked. LMDB's file goes first, as it is by the other that it is found. */
static int remove_files(const kithi_partial *partial) {
    unlink(partial->lock_path);
    return unlink(partial->path) == 0 ? 0 : errno;
}

/* Removes what a killed process left; one that is locked is being written now. */
static int remove_left_over(const kithi_partial *partial, bool wait, kith_error *error) {
    int file = open(partial->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) {
        return KITH_OK;
    }
    int reason = file < 0 ? errno : lock_file(file, wait);
    if (reason == 0 && is_at(file, partial->path)) {
        reason = remove_files(partial);
    }
    if (file >= 0) {
        unlock_and_close(file);
    }
    if (reason == EWOULDBLOCK) {
        return kithi_error_set(error, KITH_EXISTS, "'%s' is being written now", partial->path);
    }
    return reason == 0 ? KITH_OK
                       : kithi_error_set(error, KITH_IO, "cannot replace '%s': %s", partial->path,
                                         strerror(reason));
}

/* Locks the file that was made just now. It isn't ours where another process has taken it for a
 * left-over meanwhile. */
static int claim(kithi_partial *partial, bool *out_ours, kith_error *error) {
    int reason = lock_file(partial->file, false);
    bool named = is_at(partial->file, partial->path);
    *out_ours = reason == 0 && named;
    if (*out_ours) {
        return KITH_OK;
    }
    unlock_and_close(partial->file);
    if (reason == 0 || reason == EWOULDBLOCK) {
        return KITH_OK;
    }
    if (named) {
        unlink(partial->path);
    }
    return kithi_error_set(error, KITH_IO, "cannot lock '%s': %s", partial->path, strerror(reason));
}

int kithi_partial_open(const char *path, bool wait, kithi_partial *out, kith_error *error) {
    bool ours = false;
    int rc = set_paths(out, path, error);
    while (rc == KITH_OK && !ours) {
        rc = kithi_place_check_free(path, error);
        if (rc != KITH_OK) {
            break;
        }
        out->file = open(out->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, PARTIAL_FILE_MODE);
        if (out->file >= 0) {
            rc = claim(out, &ours, error);
        } else if (errno == EEXIST) {
            rc = remove_left_over(out, wait, error);
        } else {
            rc = kithi_error_set(error, KITH_IO, "cannot create '%s': %s", out->path,
                                 strerror(errno));
        }
    }
    return rc;
}

/* Never takes the name from another file. The file has one name at any time, as a store with two is
 * refused. */
static int give_name(const char *partial, const char *path, kith_error *error) {
    if (renameat2(AT_FDCWD, partial, AT_FDCWD, path, RENAME_NOREPLACE) == 0) {
        return KITH_OK;
    }
    if (errno != EEXIST && link(partial, path) == 0) { /* not every file system has the former */
        unlink(partial);
        return KITH_OK;
    }
    int rc = kithi_place_check_free(path, error);
    if (rc != KITH_OK || rename(partial, path) == 0) { /* a file system without hard links */
        return rc;
    }
    return kithi_error_set(error, KITH_IO, "cannot name '%s': %s", path, strerror(errno));
}

int kithi_partial_publish(kithi_partial *partial, const char *path, kith_error *error) {
    unlink(partial->lock_path);
    int rc = give_name(partial->path, path, error);
    if (rc != KITH_OK) {
        kithi_partial_drop(partial);
        return rc;
    }
    rc = kithi_place_sync_folder(path, error);
    unlock_and_close(partial->file);
    return rc;
}

void kithi_partial_drop(kithi_partial *partial) {
    remove_files(partial);
    unlock_and_close(partial->file);
}
