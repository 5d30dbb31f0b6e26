/*
 * The part of the check that kithi_probe needs as well: whether the end of a file may be missing.
 */
#ifndef KITHI_STORE_CHECK_H
#define KITHI_STORE_CHECK_H

#include "src/store/pages.h"

/*
 * LMDB never writes a page that a transaction took and gave back, so a sound file may end before
 * its last page: what it must hold are the pages that aren't in its free list. Says how many bytes
 * that is; all pages count where the free list is damaged. Reads only the free list. KITH_OK;
 * KITH_IO; KITH_NO_MEMORY.
 */
int kithi_check_bytes_needed(const kithi_pages *pages, const kithi_pages_meta *meta,
                             uint64_t *out_bytes, kith_error *error);

#endif
