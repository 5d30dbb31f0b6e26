#include "src/profile/golden.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/grow.h"
#include "src/base/order.h"
#include "src/base/value.h"
#include "src/fact/record_key.h"
#include "src/profile/row.h"

/* One value that one record says. */
typedef struct candidate {
    uint16_t attribute;
    kith_value_status status;
    uint32_t record;
    uint16_t source;
    uint8_t trust;
    int64_t at_us;
    const uint8_t *record_id; /* 16 bytes, in the row */
    kithi_slice packed;
    uint32_t frequency; /* records of the profile that say the same */
} candidate;

typedef struct candidate_list {
    candidate *items;
    size_t count, capacity;
} candidate_list;

static bool add(candidate_list *list, const candidate *item) {
    if (!KITHI_GROW(list->items, list->capacity, list->count + 1)) {
        return false;
    }
    list->items[list->count++] = *item;
    return true;
}

static int collect(kith_txn *txn, uint32_t record, candidate_list *list, kithi_row_header *header) {
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    kithi_slice row;
    kithi_walker walker;
    kithi_row_value value;
    int rc = kithi_record_row(txn, record, &row);
    if (rc != KITH_OK || !kithi_row_values(row, header, &walker)) {
        return rc == KITH_OK || rc == KITH_NOT_FOUND ? kithi_record_damaged(txn, record) : rc;
    }
    const kithi_source *source = kithi_catalog_source(catalog, header->source);
    while (kithi_row_next(header, &walker, &value)) {
        candidate item = {value.attribute,
                          value.status,
                          record,
                          header->source,
                          source != NULL ? source->trust : 0,
                          value.version.at_us,
                          row.data,
                          {value.packed, value.packed_size},
                          1};
        if (!value.floor && !add(list, &item)) {
            return kithi_error_memory(kithi_txn_error(txn));
        }
    }
    return kithi_walker_done(&walker) ? KITH_OK : kithi_record_damaged(txn, record);
}

/* Orders: negative if a is to be preferred. */

static int compare_bytes(kithi_slice a, kithi_slice b) {
    return kithi_bytes_compare(a.data, a.size, b.data, b.size);
}

/* A usable value before a blocked one before one that is not of its type's form. */
static int status_rank(kith_value_status status) {
    return status == KITH_VALUE_INVALID ? 2 : status == KITH_VALUE_BLOCKED ? 1 : 0;
}

/* How every tie is broken: the later statement, then the record's id, then the value's bytes. */
static int prefer_late(const candidate *a, const candidate *b) {
    if (a->at_us != b->at_us) {
        return a->at_us > b->at_us ? -1 : 1;
    }
    int order = memcmp(a->record_id, b->record_id, 16);
    return order != 0 ? order : compare_bytes(a->packed, b->packed);
}

static int prefer_early(const candidate *a, const candidate *b) {
    return a->at_us != b->at_us ? (a->at_us < b->at_us ? -1 : 1) : prefer_late(a, b);
}

static int prefer_frequent(const candidate *a, const candidate *b) {
    return a->frequency != b->frequency ? (a->frequency > b->frequency ? -1 : 1)
                                        : prefer_late(a, b);
}

static int prefer_trusted(const candidate *a, const candidate *b) {
    return a->trust != b->trust ? (a->trust > b->trust ? -1 : 1) : prefer_late(a, b);
}

static int prefer_long(const candidate *a, const candidate *b) {
    return a->packed.size != b->packed.size ? (a->packed.size > b->packed.size ? -1 : 1)
                                            : prefer_late(a, b);
}

/* Lists and maps by their bytes. */
static int compare_values(const candidate *a, const candidate *b) {
    kith_value x, y;
    kithi_walker wa = kithi_walker_of(a->packed.data, a->packed.size);
    kithi_walker wb = kithi_walker_of(b->packed.data, b->packed.size);
    bool scalars = kithi_walk_value(&wa, NULL, &x) && kithi_walk_value(&wb, NULL, &y);
    return scalars ? kithi_value_compare(&x, &y) : compare_bytes(a->packed, b->packed);
}

static int prefer_small(const candidate *a, const candidate *b) {
    int order = compare_values(a, b);
    return order != 0 ? order : prefer_late(a, b);
}

static int prefer_large(const candidate *a, const candidate *b) {
    int order = compare_values(b, a);
    return order != 0 ? order : prefer_late(a, b);
}

typedef int (*preference)(const candidate *a, const candidate *b);

static preference preference_of(kithi_survivorship survivorship) {
    switch (survivorship) {
    case KITHI_SURVIVORSHIP_LATEST:
        return prefer_late;
    case KITHI_SURVIVORSHIP_EARLIEST:
        return prefer_early;
    case KITHI_SURVIVORSHIP_MOST_FREQUENT:
        return prefer_frequent;
    case KITHI_SURVIVORSHIP_LONGEST:
        return prefer_long;
    case KITHI_SURVIVORSHIP_MIN:
        return prefer_small;
    case KITHI_SURVIVORSHIP_MAX:
        return prefer_large;
    case KITHI_SURVIVORSHIP_SOURCE_PRIORITY:
    case KITHI_SURVIVORSHIP_UNION:
        break;
    }
    return prefer_trusted;
}

/* Choosing */

static int by_attribute_and_value(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    if (x->attribute != y->attribute) {
        return x->attribute < y->attribute ? -1 : 1;
    }
    int order = status_rank(x->status) - status_rank(y->status);
    return order != 0 ? order : compare_bytes(x->packed, y->packed);
}

static int by_trust(const void *a, const void *b) {
    return prefer_trusted(a, b);
}

static void write_entry(kithi_buffer *out, const candidate *item) {
    uint8_t *head = kithi_buffer_grow(out, KITHI_GOLDEN_HEAD_BYTES);
    if (head == NULL) {
        return;
    }
    kithi_put16(head, item->attribute);
    kithi_put16(head + 2, item->source);
    kithi_put32(head + 4, item->record);
    kithi_put_time(head + 8, item->at_us);
    kithi_put32(head + 16, (uint32_t)item->status << 24 | (uint32_t)item->packed.size);
    kithi_buffer_append(out, item->packed.data, item->packed.size);
}

static const candidate *best(const candidate *items, size_t count, preference prefer) {
    const candidate *chosen = &items[0];
    for (size_t i = 1; i < count; i++) {
        if (prefer(&items[i], chosen) < 0) {
            chosen = &items[i];
        }
    }
    return chosen;
}

/* Makes of a run of equal values one candidate each: the preferred one. Returns how many are left.
 */
static size_t merge_equals(candidate *items, size_t count, preference prefer) {
    size_t kept = 0;
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        while (end < count && compare_bytes(items[i].packed, items[end].packed) == 0) {
            end++;
        }
        candidate chosen = *best(items + i, end - i, prefer);
        chosen.frequency = (uint32_t)(end - i);
        items[kept++] = chosen;
        i = end;
    }
    return kept;
}

/* Whether what one record says stands as a whole: a list that it gives isn't torn apart. */
static bool keeps_whole(kithi_survivorship survivorship) {
    return survivorship == KITHI_SURVIVORSHIP_LATEST ||
           survivorship == KITHI_SURVIVORSHIP_EARLIEST ||
           survivorship == KITHI_SURVIVORSHIP_SOURCE_PRIORITY;
}

static int by_time(const void *a, const void *b) {
    return prefer_early(a, b);
}

/* Moves the values of the preferred record to the front, in order of preference. */
static size_t keep_record(candidate *items, size_t count, kithi_survivorship survivorship) {
    uint32_t record = best(items, count, preference_of(survivorship))->record;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (items[i].record == record) {
            items[kept++] = items[i];
        }
    }
    bool early = survivorship == KITHI_SURVIVORSHIP_EARLIEST;
    qsort(items, kept, sizeof *items, early ? by_time : by_trust);
    return kept;
}

static size_t keep_distinct(candidate *items, size_t count, kithi_survivorship survivorship) {
    preference prefer = preference_of(survivorship);
    size_t distinct = merge_equals(items, count, prefer);
    if (survivorship == KITHI_SURVIVORSHIP_UNION) {
        qsort(items, distinct, sizeof *items, by_trust);
        return distinct;
    }
    items[0] = *best(items, distinct, prefer);
    return 1;
}

/* Writes what survives of the values of one attribute, which stand in order of status and bytes. */
static void choose(const kithi_catalog *catalog, candidate *items, size_t count,
                   kithi_buffer *out) {
    const kithi_attribute *attribute = kithi_catalog_attribute(catalog, items[0].attribute);
    kithi_survivorship survivorship =
        attribute != NULL ? attribute->survivorship : KITHI_SURVIVORSHIP_LATEST;
    size_t usable = 1;
    while (usable < count && status_rank(items[usable].status) == status_rank(items[0].status)) {
        usable++;
    }
    size_t kept = keeps_whole(survivorship) ? keep_record(items, usable, survivorship)
                                            : keep_distinct(items, usable, survivorship);
    for (size_t i = 0; i < kept; i++) {
        write_entry(out, &items[i]);
    }
}

static bool is_older(const kithi_row_header *a, int64_t first_seen_us, const kith_id *id) {
    if (a->first_seen_us != first_seen_us) {
        return a->first_seen_us < first_seen_us;
    }
    return memcmp(a->id.bytes, id->bytes, sizeof id->bytes) < 0;
}

int kithi_golden_compute(kith_txn *txn, const uint32_t *records, size_t count, kithi_buffer *out,
                         kith_id *out_id) {
    candidate_list list = {NULL, 0, 0};
    int64_t oldest_us = 0;
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        kithi_row_header header;
        rc = collect(txn, records[i], &list, &header);
        if (rc == KITH_OK && (i == 0 || is_older(&header, oldest_us, out_id))) {
            oldest_us = header.first_seen_us;
            *out_id = header.id;
        }
    }
    if (rc == KITH_OK && list.count > 1) {
        qsort(list.items, list.count, sizeof *list.items, by_attribute_and_value);
    }
    for (size_t i = 0; rc == KITH_OK && i < list.count;) {
        size_t end = i + 1;
        while (end < list.count && list.items[end].attribute == list.items[i].attribute) {
            end++;
        }
        choose(kithi_txn_catalog(txn), list.items + i, end - i, out);
        i = end;
    }
    free(list.items);
    return rc;
}
