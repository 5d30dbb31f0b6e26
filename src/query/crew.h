/*
 * A crew: several threads that scan one snapshot, a chunk each at a time. What comes out is the
 * same for any number of them.
 */
#ifndef KITHI_QUERY_CREW_H
#define KITHI_QUERY_CREW_H

#include <pthread.h>
#include <stdatomic.h>

#include "src/base/workers.h"
#include "src/query/scan.h"

typedef struct kithi_crew {
    kithi_scan *scans; /* the first is of the caller's transaction, the others of twins of it */
    size_t count;
    pthread_mutex_t lock; /* of the idle ones */
    size_t idle[KITHI_WORKERS_MAX];
    size_t idle_count;
    kith_progress_fn progress; /* NULL, or told in the thread that runs it */
    void *context;
    uint64_t done;     /* chunks, in all runs before */
    uint64_t told;     /* and in this one, as was told last */
    uint64_t found;    /* profiles, as its user counts them */
    pthread_t leader;  /* the thread that runs it */
    kithi_pause pause; /* of all the transactions while it runs */
    atomic_bool stopped;
} kithi_crew;

/* What a crew is made for. */
typedef struct kithi_crew_plan {
    const kith_expression *const *conditions; /* the first is the scans' own, until it is set */
    size_t condition_count;
    int64_t now_us;
    unsigned threads; /* the most of them; 0: as many as there are processors */
    kith_progress_fn progress;
    void *context;
    bool reads_events; /* of all who are meant, which is worth several threads by itself */
} kithi_crew_plan;

/* As kithi_scan_begin(). There are fewer threads where chunks are few, or where the snapshot can't
 * be read by others. It stays where it is. */
int kithi_crew_begin(kithi_crew *crew, kith_txn *txn, const kithi_crew_plan *plan);
/* Calls `work` once for each index below `count`, a chunk each, with a scan that nobody else uses
 * meanwhile. KITH_OK; KITH_INTERRUPTED; or what the lowest index that failed did. The caller's
 * transaction says it. */
typedef int kithi_crew_work(void *context, kithi_scan *scan, size_t index);
int kithi_crew_run(kithi_crew *crew, size_t count, kithi_crew_work *work, void *context);
/* Works out who is meant in `count` chunks from `first` on. */
int kithi_crew_choose(kithi_crew *crew, uint32_t first, size_t count, kithi_chunk *out);
/* What is asked of one profile by the caller's scan alone, which may be stopped, too. */
int kithi_crew_ask(kithi_crew *crew, const kith_expression *expression, kithi_outcome *out);
/* Also where it could not begin, or is all zero. */
void kithi_crew_end(kithi_crew *crew);

#endif
