/*
 * A crew: several threads that scan one snapshot, a chunk each at a time. What comes out is the
 * same for any number of them.
 */
#ifndef KITHI_QUERY_CREW_H
#define KITHI_QUERY_CREW_H

#include <pthread.h>

#include "src/base/workers.h"
#include "src/query/scan.h"

typedef struct kithi_crew {
    kithi_scan *scans; /* the first is of the caller's transaction, the others of twins of it */
    size_t count;
    pthread_mutex_t lock; /* of the idle ones */
    size_t idle[KITHI_WORKERS_MAX];
    size_t idle_count;
} kithi_crew;

/* As kithi_scan_begin(). `threads`: the most of them; 0: as many as there are processors. There are
 * fewer where chunks are few, or where the snapshot can't be read by others. */
int kithi_crew_begin(kithi_crew *crew, kith_txn *txn, const kith_expression *where, int64_t now_us,
                     unsigned threads);
/* Calls `work` once for each index below `count`, with a scan that nobody else uses meanwhile.
 * KITH_OK, or what the lowest index that failed did, which the caller's transaction then says. */
typedef int kithi_crew_work(void *context, kithi_scan *scan, size_t index);
int kithi_crew_run(kithi_crew *crew, size_t count, kithi_crew_work *work, void *context);
/* Works out who is meant in `count` chunks from `first` on. */
int kithi_crew_choose(kithi_crew *crew, uint32_t first, size_t count, kithi_chunk *out);
/* Also where it could not begin, or is all zero. */
void kithi_crew_end(kithi_crew *crew);

#endif
