#include "src/store/page_set.h"

#include <stdlib.h>

#include "kith/base.h"

int kithi_page_set_init(kithi_page_set *set, uint64_t limit) {
    size_t chunk_count = (size_t)((limit + KITHI_PAGE_SET_CHUNK - 1) / KITHI_PAGE_SET_CHUNK);
    *set = (kithi_page_set){calloc(chunk_count, sizeof *set->chunks), limit, 0};
    return set->chunks == NULL ? KITH_NO_MEMORY : KITH_OK;
}

void kithi_page_set_clear(kithi_page_set *set) {
    for (uint64_t i = 0; set->chunks != NULL && i * KITHI_PAGE_SET_CHUNK < set->limit; i++) {
        free(set->chunks[i]);
    }
    free(set->chunks);
    *set = (kithi_page_set){NULL, 0, 0};
}

int kithi_page_set_add(kithi_page_set *set, uint64_t page) {
    uint8_t **chunk = &set->chunks[page / KITHI_PAGE_SET_CHUNK];
    if (*chunk == NULL) {
        *chunk = calloc(KITHI_PAGE_SET_CHUNK / 8, 1);
        if (*chunk == NULL) {
            return KITH_NO_MEMORY;
        }
    }
    (*chunk)[page % KITHI_PAGE_SET_CHUNK / 8] |= (uint8_t)(1u << (page & 7));
    set->count++;
    return KITH_OK;
}
