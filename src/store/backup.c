/*
 * A copy of a store while it is in use. LMDB copies compactly into a pipe from a thread of its own;
 * reading the pipe here gives progress and lets the caller stop. The copy gets its name only when
 * it is whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/store/env.h"
#include "src/store/place.h"

#define COPY_BYTES     65536
#define PATH_MAX_BYTES 4096

typedef struct copy {
    kithi_env *env;
    int to;
    int rc;
} copy;

static void *copy_into_pipe(void *argument) {
    copy *c = argument;
    c->rc = mdb_env_copyfd2(c->env->mdb, c->to, MDB_CP_COMPACT);
    close(c->to);
    return NULL;
}

static int write_all(int file, const char *data, size_t size) {
    while (size > 0) {
        ssize_t written = write(file, data, size);
        if (written < 0 && errno != EINTR) {
            return -1;
        }
        if (written > 0) {
            data += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

static uint64_t used_bytes(kithi_env *env) {
    MDB_envinfo info;
    MDB_stat stat;
    mdb_env_info(env->mdb, &info);
    mdb_env_stat(env->mdb, &stat);
    return ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
}

static int drain(int from, int to, kith_progress *state, kith_progress_fn progress, void *context,
                 kith_error *error) {
    char *data = malloc(COPY_BYTES);
    int rc = data != NULL ? KITH_OK : kithi_error_memory(error);
    while (rc == KITH_OK) {
        ssize_t got = read(from, data, COPY_BYTES);
        if (got == 0) {
            break;
        }
        if (got < 0) {
            rc = errno == EINTR ? KITH_OK
                                : kithi_error_set(error, KITH_IO, "cannot copy the store: %s",
                                                  strerror(errno));
            continue;
        }
        state->done += (uint64_t)got;
        if (write_all(to, data, (size_t)got) != 0) {
            rc = kithi_error_set(error, KITH_IO, "cannot write the backup: %s", strerror(errno));
        } else if (progress != NULL && progress(context, state) != 0) {
            rc = kithi_error_set(error, KITH_INTERRUPTED,
                                 "the backup was stopped; no copy was kept");
        }
    }
    free(data);
    return rc;
}

static int copy_to(kithi_env *env, int file, kith_progress_fn progress, void *context,
                   kith_error *error) {
    int ends[2];
    pthread_t thread;
    kith_progress state = {sizeof state, "backup", 0, used_bytes(env), 0};
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return kithi_error_set(error, KITH_IO, "cannot copy the store: %s", strerror(errno));
    }
    copy c = {env, ends[1], 0};
    if (pthread_create(&thread, NULL, copy_into_pipe, &c) != 0) {
        close(ends[0]);
        close(ends[1]);
        return kithi_error_memory(error);
    }
    int rc = drain(ends[0], file, &state, progress, context, error);
    close(ends[0]); /* stops a copy that still writes */
    pthread_join(thread, NULL);
    if (rc == KITH_OK && c.rc != 0) {
        rc = kithi_mdb_error(error, env->mdb, c.rc, "copy the store");
    }
    if (rc == KITH_OK && fsync(file) != 0) {
        rc = kithi_error_set(error, KITH_IO, "cannot write the backup: %s", strerror(errno));
    }
    return rc;
}

/* Gives the finished copy its name, and never takes the name from another file. The copy has one
 * name at any time, as a store with two is refused. */
static int name_copy(const char *partial, const char *path, kith_error *error) {
    if (renameat2(AT_FDCWD, partial, AT_FDCWD, path, RENAME_NOREPLACE) == 0) {
        return KITH_OK;
    }
    if (errno != EEXIST && link(partial, path) == 0) { /* not every file system has the former */
        unlink(partial);
        return KITH_OK;
    }
    if (errno != EEXIST && access(path, F_OK) != 0 && rename(partial, path) == 0) {
        return KITH_OK; /* a file system without hard links */
    }
    int rc = kithi_error_set(error, errno == EEXIST ? KITH_EXISTS : KITH_IO,
                             "cannot name the backup '%s': %s", path, strerror(errno));
    unlink(partial);
    return rc;
}

/* Names the finished copy, so that a loss of power does not take the name away again. */
static int publish(const char *partial, const char *path, kith_error *error) {
    int rc = name_copy(partial, path, error);
    if (rc == KITH_OK) {
        rc = kithi_place_sync_folder(path, error);
        if (rc != KITH_OK) {
            unlink(path);
        }
    }
    return rc;
}

static bool is_at(int file, const char *path) {
    struct stat own, named;
    return fstat(file, &own) == 0 && lstat(path, &named) == 0 && own.st_dev == named.st_dev &&
           own.st_ino == named.st_ino;
}

/* Removes the part of a copy that a killed backup left; one that is locked is being written now. */
static int remove_left_over(const char *partial, kith_error *error) {
    int rc = KITH_OK;
    int file = open(partial, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) != 0) {
        rc = kithi_error_set(error, KITH_EXISTS, "another backup is writing '%s' now", partial);
    } else if (file >= 0 ? is_at(file, partial) && unlink(partial) != 0 : errno != ENOENT) {
        rc = kithi_error_set(error, KITH_IO, "cannot replace '%s': %s", partial, strerror(errno));
    }
    if (file >= 0) {
        close(file);
    }
    return rc;
}

/* Makes the file that is written, and locks it: backups to one name at once must not name each
 * other's. */
static int open_partial(const char *partial, int *out, kith_error *error) {
    for (;;) {
        int file = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file < 0 && errno != EEXIST) {
            return kithi_error_set(error, KITH_IO, "cannot create '%s': %s", partial,
                                   strerror(errno));
        }
        if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0 && is_at(file, partial)) {
            *out = file;
            return KITH_OK;
        }
        if (file >= 0) { /* another backup took it for a left-over before it was locked */
            close(file);
            continue;
        }
        int rc = remove_left_over(partial, error);
        if (rc != KITH_OK) {
            return rc;
        }
    }
}

int kith_backup(kith *store, const char *path, kith_progress_fn progress, void *context,
                kith_error *error) {
    char partial[PATH_MAX_BYTES];
    if (store == NULL || path == NULL || !kithi_env_is_ours(store->env)) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_backup: a store of this process and a path are required");
    }
    if (access(path, F_OK) == 0) {
        return kithi_error_set(error, KITH_EXISTS, "'%s' exists already; choose another name",
                               path);
    }
    if (snprintf(partial, sizeof partial, "%s.partial", path) >= (int)sizeof partial) {
        return kithi_error_set(error, KITH_INVALID, "the path of the backup is too long");
    }
    int file = -1;
    int rc = open_partial(partial, &file, error);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = copy_to(store->env, file, progress, context, error);
    if (rc == KITH_OK) {
        rc = publish(partial, path, error);
    } else {
        unlink(partial);
    }
    close(file);
    return rc;
}
