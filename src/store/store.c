#include "src/store/env.h"

#include <stdlib.h>
#include <string.h>

#define KNOWN_FLAGS (KITH_CREATE | KITH_CREATE_NEW | KITH_OPEN_READ_ONLY | KITH_OPEN_NETWORK)

/* Takes the caller's options, of whatever size they are; an unknown tail must be zero. */
static int read_options(const kith_open_options *given, kith_open_options *out, kith_error *error) {
    *out = (kith_open_options)KITH_OPEN_OPTIONS_INIT;
    if (given == NULL) {
        return KITH_OK;
    }
    size_t size = given->size;
    for (size_t i = sizeof *out; i < size; i++) {
        if (((const char *)given)[i] != 0) {
            return kithi_error_set(error, KITH_MISUSE, "kith_open: options of a newer kith");
        }
    }
    memcpy(out, given, size < sizeof *out ? size : sizeof *out);
    out->size = sizeof *out;
    if (out->flags & ~KNOWN_FLAGS) {
        return kithi_error_set(error, KITH_MISUSE, "kith_open: unknown flags 0x%x",
                               out->flags & ~KNOWN_FLAGS);
    }
    return KITH_OK;
}

int kith_open(const char *path, const kith_open_options *options, kith **out, kith_error *error) {
    if (path == NULL || path[0] == '\0') {
        return kithi_error_set(error, KITH_MISUSE, "kith_open: a path is required");
    }
    if (out == NULL) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_open: `out`, a place for the store, is required");
    }
    kith_open_options used;
    int rc = read_options(options, &used, error);
    if (rc != KITH_OK) {
        return rc;
    }
    kith *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return kithi_error_memory(error);
    }
    rc = kithi_env_acquire(path, &used, &store->env, error);
    if (rc != KITH_OK) {
        free(store);
        return rc;
    }
    store->flags = used.flags;
    atomic_init(&store->reference_count, 1);
    *out = store;
    return KITH_OK;
}

void kithi_store_release(kith *store) {
    if (atomic_fetch_sub(&store->reference_count, 1) == 1) {
        kithi_env_release(store->env);
        free(store);
    }
}

void kith_close(kith *store) {
    if (store != NULL) {
        kithi_store_release(store);
    }
}

void kith_free(void *memory) {
    free(memory);
}
