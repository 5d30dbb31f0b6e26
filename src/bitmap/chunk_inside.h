/*
 * Inside of a chunk, for the files that it is made of: chunk.c and chunk_count.c are its algebra,
 * chunk_pack.c writes rows, chunk_view.c reads them.
 */
#ifndef KITHI_BITMAP_CHUNK_INSIDE_H
#define KITHI_BITMAP_CHUNK_INSIDE_H

#include "src/bitmap/chunk.h"

#define KITHI_CHUNK_VERSION 1

/* Where the fields of a header are. */
#define KITHI_CHUNK_AT_FORM        1
#define KITHI_CHUNK_AT_CARDINALITY 2
#define KITHI_CHUNK_AT_CHECKSUM    6
#define KITHI_CHUNK_AT_CHECK       14

#define KITHI_CHUNK_CONTENT_MAX  (KITHI_CHUNK_BITS / 8)
#define KITHI_CHUNK_MEMBER_BYTES 2u
#define KITHI_CHUNK_RUN_BYTES    4u
/* With one more, bits would be as small. */
#define KITHI_CHUNK_ARRAY_MAX    (KITHI_CHUNK_CONTENT_MAX / KITHI_CHUNK_MEMBER_BYTES - 1)
#define KITHI_CHUNK_RUNS_MAX     (KITHI_CHUNK_CONTENT_MAX / KITHI_CHUNK_RUN_BYTES - 1)

/* The form of a chunk that has so many members in so many runs. */
static inline kithi_chunk_form kithi_chunk_form_of(uint32_t cardinality, uint32_t run_count) {
    if (cardinality > KITHI_CHUNK_ARRAY_MAX && run_count > KITHI_CHUNK_RUNS_MAX) {
        return KITHI_CHUNK_BITMAP;
    }
    bool runs = run_count * KITHI_CHUNK_RUN_BYTES < cardinality * KITHI_CHUNK_MEMBER_BYTES;
    return runs ? KITHI_CHUNK_RUNS : KITHI_CHUNK_ARRAY;
}

/* How many unbroken runs there are. Once they are too many for that form it may stop: any answer
 * above KITHI_CHUNK_RUNS_MAX means no more than that. */
uint32_t kithi_chunk_run_count(const kithi_chunk *chunk);

uint64_t kithi_chunk_checksum(const uint8_t *content, size_t size);
uint16_t kithi_chunk_check(const uint8_t *header);
/* Writes both into a row of which all else is there. */
void kithi_chunk_seal(uint8_t *row, size_t size);

#endif
