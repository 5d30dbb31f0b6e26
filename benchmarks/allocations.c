#include "allocations.h"

#include <stdlib.h>

static uint64_t count;

uint64_t allocations_count(void) {
    return count;
}

/* A sanitizer brings an allocator of its own, which a second replacement would fight with. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

/* A program's own malloc takes precedence over glibc's, which stays within reach under these names.
 */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t items, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);

bool allocations_counted(void) {
    return true;
}

void *malloc(size_t bytes) {
    count++;
    return __libc_malloc(bytes);
}

void *calloc(size_t items, size_t bytes) {
    count++;
    return __libc_calloc(items, bytes);
}

void *realloc(void *memory, size_t bytes) {
    count++;
    return __libc_realloc(memory, bytes);
}

#else

bool allocations_counted(void) {
    return false;
}

#endif
