/*
 * Workers: the same work on many things, by several threads. What comes out must not depend on
 * which thread did what.
 */
#ifndef KITHI_BASE_WORKERS_H
#define KITHI_BASE_WORKERS_H

#include <stddef.h>

#define KITHI_WORKERS_MAX 64

/* Works on one of `count` things; KITH_OK, or a code that ends all. */
typedef int kithi_work_fn(void *context, size_t index);

/*
 * Calls `work` once for each index below `count`, from up to `threads` threads, of which the
 * caller's is one. Where no thread can be started the caller's does all. KITH_OK, or the code of
 * the lowest index that failed.
 */
int kithi_workers_run(unsigned threads, size_t count, kithi_work_fn *work, void *context);

/* Who is told, by the caller's thread, how many are done: after each that this thread did, now and
 * then while it waits for the others, and, unless something failed, in the end that all are.
 * Another answer than 0 ends all: nothing more is taken up, and nobody is told any more. */
typedef struct kithi_workers_ear {
    int (*tell)(void *context, size_t done, size_t count);
    void *context;
} kithi_workers_ear;

/* The same with somebody to tell; KITH_INTERRUPTED where that ended it. */
int kithi_workers_run_told(unsigned threads, size_t count, kithi_work_fn *work, void *context,
                           const kithi_workers_ear *ear);

/* How many processors there are; at least 1. */
unsigned kithi_workers_available(void);

#endif
