#include "src/store/env.h"

#include <stdlib.h>

#include "src/base/sized.h"

#define KNOWN_FLAGS (KITH_CREATE | KITH_CREATE_NEW | KITH_OPEN_READ_ONLY | KITH_OPEN_NETWORK)

static int read_options(const kith_open_options *given, kith_open_options *out, kith_error *error) {
    *out = (kith_open_options)KITH_OPEN_OPTIONS_INIT;
    int rc = kithi_take(given, out, sizeof *out, "kith_open", error);
    if (rc != KITH_OK) {
        return rc;
    }
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
