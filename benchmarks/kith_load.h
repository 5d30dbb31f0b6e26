/*
 * Filling stores through kith's public interface, in durable batches; failures end the process with
 * kith's own message.
 */
#ifndef KITH_BENCHMARKS_KITH_LOAD_H
#define KITH_BENCHMARKS_KITH_LOAD_H

#include <stdint.h>

#include "generate.h"
#include "harness.h"
#include "kith.h"

kith *load_open(const char *path, unsigned flags);
kith_txn *load_begin(kith *store, unsigned mode);
void load_commit(kith_txn *txn);
/* Ends the process unless code is KITH_OK. */
void load_check(const kith_txn *txn, int code, const char *what);

void load_record(kith_txn *txn, const generated_record *record);
void load_event(kith_txn *txn, const generated_event *event, bool with_message_id);
/* Puts the records of so many profiles; see generate_profile_record(). */
void load_profiles(kith *store, uint64_t seed, uint64_t profiles);

/* Settles all, in transactions of a limited number of profiles. */
void load_settle(kith *store, int64_t now_us);
void load_stat(kith *store, kith_stat *out);
/* Bytes of a compact copy, which is made and removed. */
uint64_t load_compact_bytes(const bench_options *options, kith *store);

/*
 * A store of options->count profiles, a tenth of them of two records, with three events a record,
 * settled: made at bench_prepared_path() unless it is there.
 */
kith *load_prepared(const bench_options *options);

#endif
