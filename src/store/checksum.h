/*
 * The checksum at the end of every fact's value: XXH3-64 over key and content, seeded by the table,
 * so that a value that landed under another key or in another table doesn't pass either.
 */
#ifndef KITHI_STORE_CHECKSUM_H
#define KITHI_STORE_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/store/tables.h"

#define KITHI_CHECKSUM_BYTES 8

uint64_t kithi_checksum(kithi_table table, const void *key, size_t key_size, const void *content,
                        size_t content_size);
/* Whether the last 8 of `size` bytes at `value` are the checksum (big-endian) of the bytes before.
 */
bool kithi_checksum_holds(kithi_table table, const void *key, size_t key_size, const void *value,
                          size_t size);

#endif
