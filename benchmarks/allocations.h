/*
 * Counts the allocations of a whole program, its libraries included: link allocations.c and malloc
 * is counted.
 */
#ifndef KITH_BENCHMARKS_ALLOCATIONS_H
#define KITH_BENCHMARKS_ALLOCATIONS_H

#include <stdbool.h>
#include <stdint.h>

/* False where the C library offers no way to count. */
bool allocations_counted(void);
/* Since the program began. Counts those of one thread exactly. */
uint64_t allocations_count(void);

#endif
