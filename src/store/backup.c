/*
 * A copy of a store while it is in use. LMDB copies compactly into a socket from a thread of its
 * own; reading it here gives progress and lets the caller stop. Unlike a pipe a socket can be shut
 * down, so that nobody waits for a process that was forked meanwhile and holds its ends open. The
 * copy gets its name only when it is whole.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/store/env.h"
#include "src/store/partial.h"

#define COPY_BYTES 65536

typedef struct copy {
    kithi_env *env;
    int to;
    int rc;
} copy;

static void *copy_into_socket(void *argument) {
    copy *c = argument;
    c->rc = mdb_env_copyfd2(c->env->mdb, c->to, MDB_CP_COMPACT);
    shutdown(c->to, SHUT_WR);
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
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return kithi_error_set(error, KITH_IO, "cannot copy the store: %s", strerror(errno));
    }
    copy c = {env, ends[1], 0};
    if (pthread_create(&thread, NULL, copy_into_socket, &c) != 0) {
        close(ends[0]);
        close(ends[1]);
        return kithi_error_memory(error);
    }
    int rc = drain(ends[0], file, &state, progress, context, error);
    shutdown(ends[0], SHUT_RDWR); /* stops a copy that still writes */
    close(ends[0]);
    pthread_join(thread, NULL);
    if (rc == KITH_OK && c.rc != 0) {
        rc = kithi_mdb_error(error, c.rc, "copy the store");
    }
    if (rc == KITH_OK && fsync(file) != 0) {
        rc = kithi_error_set(error, KITH_IO, "cannot write the backup: %s", strerror(errno));
    }
    return rc;
}

int kith_backup(kith *store, const char *path, kith_progress_fn progress, void *context,
                kith_error *error) {
    kithi_partial partial;
    if (store == NULL || path == NULL || !kithi_env_is_ours(store->env)) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_backup: a store of this process and a path are required");
    }
    int rc = kithi_partial_open(path, false, &partial, error);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = copy_to(store->env, partial.file, progress, context, error);
    if (rc == KITH_OK) {
        return kithi_partial_publish(&partial, path, error);
    }
    kithi_partial_drop(&partial);
    return rc;
}
