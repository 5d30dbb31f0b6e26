/*
 * A copy of a store while it is in use. LMDB copies compactly into a socket from a thread of its
 * own; reading it here gives progress and lets the caller stop. Unlike a pipe a socket can be shut
 * down, so that nobody waits for a process that was forked meanwhile and holds its ends open. The
 * copy gets its name only when it is whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/store/env.h"
#include "src/store/partial.h"

#define COPY_BYTES 65536

/* File descriptors, -1: not open. */
typedef struct channel {
    int from, end; /* of the socket */
    int to;        /* a second name of the end, which LMDB writes to */
    int none;      /* nothing can be written to it */
} channel;

typedef struct copy {
    kithi_env *env;
    channel channel;
    int rc;
} copy;

static void close_channel(const channel *c) {
    const int all[] = {c->from, c->end, c->to, c->none};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i] >= 0) {
            close(all[i]);
        }
    }
}

static bool open_channel(channel *c) {
    int ends[2];
    *c = (channel){-1, -1, -1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return false;
    }
    *c = (channel){ends[0], ends[1], fcntl(ends[1], F_DUPFD_CLOEXEC, 0),
                   open("/dev/null", O_RDONLY | O_CLOEXEC)};
    return c->to >= 0 && c->none >= 0;
}

static void *copy_into_socket(void *argument) {
    copy *c = argument;
    c->rc = mdb_env_copyfd2(c->env->mdb, c->channel.to, MDB_CP_COMPACT);
    shutdown(c->channel.end, SHUT_WR);
    return NULL;
}

/* What LMDB writes to is taken from it, so that its next write fails, and what is on its way is
 * thrown away. A socket that is shut down would not do: a write that waits fails by EPIPE then, but
 * mostly without the signal that LMDB waits for. */
static void stop_copying(const channel *c) {
    char waste[4096];
    ssize_t got = 1;
    dup3(c->none, c->to, O_CLOEXEC);
    while (got > 0 || (got < 0 && errno == EINTR)) {
        got = read(c->from, waste, sizeof waste);
    }
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

static int copy_through(copy *c, int file, kith_progress_fn progress, void *context,
                        kith_error *error) {
    pthread_t thread;
    kith_progress state = {sizeof state, "backup", 0, used_bytes(c->env), 0};
    if (pthread_create(&thread, NULL, copy_into_socket, c) != 0) {
        return kithi_error_memory(error);
    }
    int rc = drain(c->channel.from, file, &state, progress, context, error);
    if (rc != KITH_OK) {
        stop_copying(&c->channel);
    }
    pthread_join(thread, NULL);
    return rc == KITH_OK && c->rc != 0 ? kithi_mdb_error(error, c->rc, "copy the store") : rc;
}

static int copy_to(kithi_env *env, int file, kith_progress_fn progress, void *context,
                   kith_error *error) {
    copy c = {.env = env};
    int rc = open_channel(&c.channel)
                 ? copy_through(&c, file, progress, context, error)
                 : kithi_error_set(error, KITH_IO, "cannot copy the store: %s", strerror(errno));
    close_channel(&c.channel);
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
