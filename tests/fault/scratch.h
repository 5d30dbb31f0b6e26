/*
 * What the tests of the store share: a folder that goes with the test, files as bytes, and facts in
 * one line. A helper that fails says where and ends the process: it is never what is tested.
 */
#ifndef KITH_TESTS_FAULT_SCRATCH_H
#define KITH_TESTS_FAULT_SCRATCH_H

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kith.h"

#define SCRATCH_PATH_BYTES 192
#define SCRATCH_SECOND_US  INT64_C(1000000)
#define SCRATCH_DAY_US     (86400 * SCRATCH_SECOND_US)
#define SCRATCH_NOW_US     (20000 * SCRATCH_DAY_US)

static inline void scratch_must(bool holds, const char *what, const char *detail) {
    if (!holds) {
        fprintf(stderr, "%s: %s\n", what, detail);
        abort();
    }
}

/* In memory where that is possible: the tests sync often, and none is about the disk. */
static inline void scratch_make(char folder[SCRATCH_PATH_BYTES]) {
    const char *parent = getenv("TMPDIR");
    if (parent == NULL) {
        parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    }
    snprintf(folder, SCRATCH_PATH_BYTES, "%.120s/kith-test-XXXXXX", parent);
    scratch_must(mkdtemp(folder) != NULL, "mkdtemp", folder);
}

static inline void scratch_path(char out[SCRATCH_PATH_BYTES], const char *folder,
                                const char *name) {
    snprintf(out, SCRATCH_PATH_BYTES, "%.140s/%.40s", folder, name);
}

/* How many files the folder holds, LMDB's lock files not counted; removes them and it where asked
 * to. */
static inline size_t scratch_list(const char *folder, bool remove_all) {
    size_t count = 0;
    DIR *entries = opendir(folder);
    struct dirent *entry;
    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        char path[512];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        count += strstr(entry->d_name, "-lock") == NULL;
        snprintf(path, sizeof path, "%.200s/%.255s", folder, entry->d_name);
        if (remove_all) {
            unlink(path);
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
    if (remove_all) {
        rmdir(folder);
    }
    return count;
}

static inline void scratch_remove(const char *folder) {
    scratch_list(folder, true);
}

static inline void scratch_write(const char *path, const void *data, size_t size) {
    FILE *file = fopen(path, "wb");
    scratch_must(file != NULL, "fopen", path);
    scratch_must(fwrite(data, 1, size, file) == size, "fwrite", path);
    scratch_must(fclose(file) == 0, "fclose", path);
}

/* The number that an environment variable holds. */
static inline uint64_t scratch_number(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

static inline void scratch_write_text(const char *path, const char *text) {
    scratch_write(path, text, strlen(text));
}

/* The bytes of a file; owned. NULL where there is none. */
static inline uint8_t *scratch_read(const char *path, size_t *out_size) {
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    scratch_must(fstat(fileno(file), &status) == 0, "fstat", path);
    uint8_t *data = malloc((size_t)status.st_size + 1);
    scratch_must(data != NULL, "malloc", path);
    *out_size = fread(data, 1, (size_t)status.st_size, file);
    scratch_must(*out_size == (size_t)status.st_size, "fread", path);
    fclose(file);
    return data;
}

/* Removes a store's two files. */
static inline void scratch_unlink(const char *path) {
    char lock[SCRATCH_PATH_BYTES + 8];
    snprintf(lock, sizeof lock, "%s-lock", path);
    unlink(path);
    unlink(lock);
}

static inline kith *scratch_open(const char *path, unsigned flags) {
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    options.flags = flags;
    options.map_size_bytes = (uint64_t)1 << 30;
    int code = kith_open(path, &options, &store, &error);
    scratch_must(code == KITH_OK, path, error.message);
    return store;
}

static inline kith_txn *scratch_begin(kith *store, unsigned mode) {
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn = NULL;
    int code = kith_txn_begin(store, mode, &txn, &error);
    scratch_must(code == KITH_OK, "kith_txn_begin", error.message);
    return txn;
}

static inline void scratch_commit(kith_txn *txn) {
    kith_error error = KITH_ERROR_INIT;
    int code = kith_txn_commit(txn, &error);
    scratch_must(code == KITH_OK, "kith_txn_commit", error.message);
}

#define SCRATCH_FIELDS_MAX 16

/* Fields from name, text, name, text, ..., NULL. */
static inline size_t scratch_fields(kith_field fields[SCRATCH_FIELDS_MAX], va_list list) {
    size_t count = 0;
    const char *name;
    while ((name = va_arg(list, const char *)) != NULL) {
        const char *text = va_arg(list, const char *);
        scratch_must(count < SCRATCH_FIELDS_MAX, "scratch_fields", "too many");
        fields[count++] =
            (kith_field){name, text != NULL ? kith_value_text(text) : kith_value_null()};
    }
    return count;
}

typedef int (*scratch_put_fn)(kith_txn *txn, const kith_record_input *input, kith_change *change);

/* One record by kith_record_put, _patch or _add: name, text, ..., NULL. */
__attribute__((sentinel)) static inline int scratch_record(kith_txn *txn, scratch_put_fn put,
                                                           const char *source, const char *key,
                                                           int64_t at_us, kith_change *change,
                                                           ...) {
    kith_field fields[SCRATCH_FIELDS_MAX];
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    va_list list;
    va_start(list, change);
    input.field_count = scratch_fields(fields, list);
    va_end(list);
    input.source = source;
    input.key = key;
    input.at_us = at_us;
    input.fields = fields;
    return put(txn, &input, change);
}

/* One event: name, text, ..., NULL. */
__attribute__((sentinel)) static inline int scratch_event(kith_txn *txn, const char *source,
                                                          const char *key, const char *type,
                                                          int64_t time_us, const char *message_id,
                                                          kith_change *change, ...) {
    kith_field fields[SCRATCH_FIELDS_MAX];
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    va_list list;
    va_start(list, change);
    input.field_count = scratch_fields(fields, list);
    va_end(list);
    input.source = source;
    input.key = key;
    input.type = type;
    input.time_us = time_us;
    input.message_id = message_id;
    input.fields = fields;
    return kith_event_put(txn, &input, change);
}

static inline void scratch_print_problem(void *context, const char *problem) {
    (void)context;
    fprintf(stderr, "    %s\n", problem);
}

/* How many problems kith_check and kith_verify find together; they are printed. */
static inline uint64_t scratch_problems(const char *path) {
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    uint64_t structure = 0, derived = 0;
    options.problem = scratch_print_problem;
    int code = kith_check(path, &options, &structure, &error);
    scratch_must(code == KITH_OK, "kith_check", error.message);
    kith *store = scratch_open(path, 0);
    code = kith_verify(store, SCRATCH_NOW_US, &options, &derived, &error);
    scratch_must(code == KITH_OK, "kith_verify", error.message);
    kith_close(store);
    return structure + derived;
}

#endif
