/*
 * Structs that cross the border begin with `size`, as the caller's may be of an older or a newer
 * kith (kith/base.h has the rule). One way to take such a struct, and one to fill it.
 */
#ifndef KITHI_BASE_SIZED_H
#define KITHI_BASE_SIZED_H

#include <string.h>

#include "src/base/error.h"

/* The rest of the two below, for structs of another size than this kith's. */
int kithi_take_other(const void *given, void *out, size_t known, const char *what,
                     kith_error *error);
void kithi_give_shorter(void *out, const void *result);

/*
 * Takes a struct of the caller's into `out`, which holds the defaults, as NULL does, and is `known`
 * bytes long.
 * KITH_OK; KITH_MISUSE, in words that begin with `what`: it is too short to be one, or sets what
 * this kith doesn't know.
 */
static inline int kithi_take(const void *given, void *out, size_t known, const char *what,
                             kith_error *error) {
    size_t size;
    if (given == NULL) {
        return KITH_OK;
    }
    memcpy(&size, given, sizeof size);
    if (size != known) {
        return kithi_take_other(given, out, known, what, error);
    }
    memcpy(out, given, known);
    return KITH_OK;
}

/* Fills a struct of the caller's from `result`, which is `known` bytes long: no byte past the size
 * that the caller's says, and that one stays. Inline, as looking a customer up fills several. */
static inline void kithi_give(void *out, const void *result, size_t known) {
    size_t size;
    memcpy(&size, out, sizeof size);
    if (size >= known) {
        memcpy((char *)out + sizeof size, (const char *)result + sizeof size, known - sizeof size);
    } else {
        kithi_give_shorter(out, result);
    }
}

#endif
