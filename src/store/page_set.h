/*
 * A set of page numbers: a bit a page, in chunks that exist where there are some.
 */
#ifndef KITHI_STORE_PAGE_SET_H
#define KITHI_STORE_PAGE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KITHI_PAGE_SET_CHUNK 32768u /* pages of one: 4 KiB of bits */

typedef struct kithi_page_set {
    uint8_t **chunks;
    uint64_t limit;
    uint64_t count;
} kithi_page_set;

/* For pages less than `limit`. KITH_OK; KITH_NO_MEMORY. */
int kithi_page_set_init(kithi_page_set *set, uint64_t limit);
void kithi_page_set_clear(kithi_page_set *set);
/* The page isn't in the set. KITH_OK; KITH_NO_MEMORY. */
int kithi_page_set_add(kithi_page_set *set, uint64_t page);

static inline bool kithi_page_set_has(const kithi_page_set *set, uint64_t page) {
    const uint8_t *chunk = set->chunks[page / KITHI_PAGE_SET_CHUNK];
    return chunk != NULL && (chunk[page % KITHI_PAGE_SET_CHUNK / 8] >> (page & 7) & 1) != 0;
}

#endif
