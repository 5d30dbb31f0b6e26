/*
 * The cheap part of the check, which open runs before a file is mapped: a few dozen small reads
 * that tell a store from anything else, and refuse a file whose pages would end a process that maps
 * it.
 */
#ifndef KITHI_STORE_PROBE_H
#define KITHI_STORE_PROBE_H

#include "kith/base.h"

/*
 * Others may be writing meanwhile.
 * @param out_map_bytes  NULL, or set on success: the largest that the store was to grow to when it
 *                       was last written.
 * @return KITH_OK; KITH_NOT_FOUND: no such file; KITH_CORRUPT: empty, not
 * a store, truncated or damaged, the message says which; KITH_IO; KITH_NO_MEMORY.
 */
int kithi_probe(const char *path, uint64_t *out_map_bytes, kith_error *error);

#endif
