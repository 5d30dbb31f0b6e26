/*
 * A record's row: header, key, then its values. See src/store/FORMAT.md, "record".
 *
 * A record is a map of last writers: each value carries the version (time and content hash) that
 * said it; a put is a floor below which all is forgotten, a patch is such a floor for one
 * attribute. So any order of the same versions gives the same row.
 */
#ifndef KITHI_FACT_RECORD_ROW_H
#define KITHI_FACT_RECORD_ROW_H

#include "kith/fact.h"
#include "src/base/arena.h"
#include "src/base/buffer.h"
#include "src/store/codec.h"
#include "src/store/kv.h"

/* A version: when a source said something, and a hash of what, to break ties. */
typedef struct kithi_version {
    int64_t at_us;
    uint64_t hash;
} kithi_version;

static inline int kithi_version_compare(kithi_version a, kithi_version b) {
    if (a.at_us != b.at_us) {
        return a.at_us < b.at_us ? -1 : 1;
    }
    return a.hash < b.hash ? -1 : a.hash > b.hash;
}

/* Before all versions. */
#define KITHI_VERSION_NONE ((kithi_version){INT64_MIN, 0})

typedef struct kithi_row_header {
    kith_id id;
    int64_t first_seen_us;
    int64_t at_us;
    kithi_version floor;
    uint16_t source;
    const char *key; /* NUL-terminated, in the row */
    size_t key_size;
} kithi_row_header;

/* One value of a row, or (floor) the place below which an attribute's values are forgotten. */
typedef struct kithi_row_value {
    uint16_t attribute;
    bool floor;
    kith_value_status status;
    kithi_version version;
    const uint8_t *packed; /* the value as msgpack */
    size_t packed_size;
} kithi_row_value;

/* False: the row is damaged. */
bool kithi_row_read_header(kithi_slice row, kithi_row_header *out);
/* The values of a row, for kithi_row_next. */
bool kithi_row_values(kithi_slice row, kithi_row_header *header, kithi_walker *out);
/* Steps through them. False at the end; a damaged row ends too, and leaves the walker not done. */
bool kithi_row_next(const kithi_row_header *header, kithi_walker *walker, kithi_row_value *out);

/* By attribute, floor first, then by bytes: the one order in which a row stands. For qsort(). */
int kithi_row_value_compare(const void *a, const void *b);

void kithi_row_write(kithi_buffer *out, const kithi_row_header *header,
                     const kithi_row_value *values, size_t count);

#endif
