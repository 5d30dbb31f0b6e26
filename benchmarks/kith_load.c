#include "kith_load.h"

#include <stdlib.h>
#include <unistd.h>

#define BATCH             10000
#define EVENTS_PER_RECORD 3

kith *load_open(const char *path, unsigned flags) {
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    options.flags = flags;
    if (kith_open(path, &options, &store, &error) != KITH_OK) {
        bench_fail("kith_open: %s", error.message);
    }
    return store;
}

kith_txn *load_begin(kith *store, unsigned mode) {
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn = NULL;
    if (kith_txn_begin(store, mode, &txn, &error) != KITH_OK) {
        bench_fail("kith_txn_begin: %s", error.message);
    }
    return txn;
}

void load_commit(kith_txn *txn) {
    kith_error error = KITH_ERROR_INIT;
    if (kith_txn_commit(txn, &error) != KITH_OK) {
        bench_fail("kith_txn_commit: %s", error.message);
    }
}

void load_check(const kith_txn *txn, int code, const char *what) {
    if (code != KITH_OK) {
        bench_fail("%s: %s: %s", what, kith_code_name(code), kith_txn_error(txn)->message);
    }
}

void load_record(kith_txn *txn, const generated_record *record) {
    kith_field fields[GENERATE_FIELDS_MAX];
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    input.source = generate_source_names[record->source];
    input.key = record->key;
    input.at_us = record->at_us;
    input.fields = fields;
    input.field_count = generate_record_fields(record, fields);
    kith_change change;
    load_check(txn, kith_record_put(txn, &input, &change), "kith_record_put");
}

void load_event(kith_txn *txn, const generated_event *event, bool with_message_id) {
    kith_field fields[GENERATE_FIELDS_MAX];
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    input.source = generate_source_names[event->source];
    input.key = event->key;
    input.type = generate_event_types[event->type];
    input.time_us = event->time_us;
    input.message_id = with_message_id ? event->message_id : NULL;
    input.fields = fields;
    input.field_count = generate_event_fields(event, fields);
    kith_change change;
    load_check(txn, kith_event_put(txn, &input, &change), "kith_event_put");
}

void load_settle(kith *store, int64_t now_us) {
    kith_error error = KITH_ERROR_INIT;
    if (kith_settle_all(store, now_us, 0, NULL, NULL, NULL, &error) != KITH_OK) {
        bench_fail("kith_settle_all: %s", error.message);
    }
}

void load_stat(kith *store, kith_stat *out) {
    kith_txn *txn = load_begin(store, KITH_READ);
    load_check(txn, kith_stat_get(txn, out), "kith_stat_get");
    kith_txn_abort(txn);
}

uint64_t load_compact_bytes(const bench_options *options, kith *store) {
    char path[BENCH_PATH_BYTES];
    kith_error error = KITH_ERROR_INIT;
    bench_path(options, "compact.kith", path);
    if (kith_backup(store, path, NULL, NULL, &error) != KITH_OK) {
        bench_fail("kith_backup: %s", error.message);
    }
    uint64_t bytes = bench_file_bytes(path);
    unlink(path);
    return bytes;
}

void load_profiles(kith *store, uint64_t seed, uint64_t profiles) {
    uint64_t records = generate_profile_records(profiles);
    for (uint64_t at = 0; at < records; at += BATCH) {
        uint64_t end = at + BATCH < records ? at + BATCH : records;
        kith_txn *txn = load_begin(store, KITH_WRITE);
        for (uint64_t i = at; i < end; i++) {
            generated_record record;
            generate_profile_record(seed, i, profiles, &record);
            load_record(txn, &record);
        }
        load_commit(txn);
    }
}

static void load_events(const bench_options *options, kith *store, uint64_t records) {
    uint64_t count = records * EVENTS_PER_RECORD;
    for (uint64_t at = 0; at < count; at += BATCH) {
        uint64_t end = at + BATCH < count ? at + BATCH : count;
        kith_txn *txn = load_begin(store, KITH_WRITE);
        for (uint64_t i = at; i < end; i++) {
            generated_event event;
            generate_event(options->seed, i, count, records, &event);
            load_event(txn, &event, false);
        }
        load_commit(txn);
    }
}

static void make_prepared(const bench_options *options, const char *path) {
    char part[BENCH_PATH_BYTES];
    uint64_t records = generate_profile_records(options->count);
    int64_t started = bench_now_ns();
    bench_prepared_path(options, ".part", part);
    unlink(part);
    kith *store = load_open(part, KITH_CREATE_NEW);
    bench_note("%llu records", (unsigned long long)records);
    load_profiles(store, options->seed, options->count);
    bench_note("%llu events, after %.1f s", (unsigned long long)(records * EVENTS_PER_RECORD),
               (double)(bench_now_ns() - started) / 1e9);
    load_events(options, store, records);
    bench_note("settle, after %.1f s", (double)(bench_now_ns() - started) / 1e9);
    load_settle(store, GENERATE_NOW_US);
    kith_close(store);
    /* Only a finished store gets the name that a later run would trust. */
    bench_rename(part, path);
    bench_note("prepared in %.1f s", (double)(bench_now_ns() - started) / 1e9);
}

kith *load_prepared(const bench_options *options) {
    char path[BENCH_PATH_BYTES];
    kith_stat stat = KITH_STAT_INIT;
    bench_prepared_path(options, ".kith", path);
    if (!bench_exists(path)) {
        make_prepared(options, path);
    }
    kith *store = load_open(path, 0);
    load_stat(store, &stat);
    if (stat.profile_count < options->count) {
        bench_fail("%s has %llu profiles instead of %llu", path,
                   (unsigned long long)stat.profile_count, (unsigned long long)options->count);
    }
    return store;
}
