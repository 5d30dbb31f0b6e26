/*
 * Hashes (XXH3): fast, the same on every machine, never for secrecy. A hit is always verified
 * against the stored value, so a crafted collision only costs time. Tests force collisions through
 * kithi_hash_mask.
 */
#ifndef KITHI_BASE_HASH_H
#define KITHI_BASE_HASH_H

#include "kith/base.h"

uint64_t kithi_hash64(const void *data, size_t size, uint64_t seed);
void kithi_hash128(const void *data, size_t size, uint64_t seed, uint8_t out[16]);

/* For tests only: identifier hashes are and-ed with it. All ones outside of them. */
extern uint64_t kithi_hash_mask;

#endif
