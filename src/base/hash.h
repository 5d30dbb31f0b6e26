/*
 * Hashes (XXH3): fast, the same on every machine, never for secrecy. A hit is always verified
 * against the stored value, so a crafted collision only costs time.
 */
#ifndef KITHI_BASE_HASH_H
#define KITHI_BASE_HASH_H

#include "kith/base.h"

uint64_t kithi_hash64(const void *data, size_t size, uint64_t seed);
void kithi_hash128(const void *data, size_t size, uint64_t seed, uint8_t out[16]);

/* Every hash that is verified goes through here, and comes out as it is. It stands in an object of
 * its own, so that a test that links the static library puts one in its place that forces
 * collisions. */
uint64_t kithi_hash_kept(uint64_t hash);

#endif
