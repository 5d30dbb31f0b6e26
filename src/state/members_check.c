/* Whether the sets of members are what the rows say. */
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/grow.h"
#include "src/profile/marks_row.h"
#include "src/state/members.h"

struct kithi_expected {
    uint32_t set, number;
    kithi_chunk *chunk;
};

void kithi_members_check_begin(kithi_members_check *check, kith_txn *txn) {
    *check = (kithi_members_check){.txn = txn};
    kithi_map_init(&check->places);
    kithi_names_init(&check->tags);
}

void kithi_members_check_clear(kithi_members_check *check) {
    for (size_t i = 0; i < check->count; i++) {
        free(check->items[i].chunk);
    }
    free(check->items);
    kithi_map_clear(&check->places);
    kithi_names_clear(&check->tags);
}

static struct kithi_expected *add_expected(kithi_members_check *check, uint32_t set,
                                           uint32_t number) {
    kithi_chunk *chunk = malloc(sizeof *chunk);
    if (chunk == NULL || !KITHI_GROW(check->items, check->capacity, check->count + 1)) {
        free(chunk);
        return NULL;
    }
    kithi_chunk_clear(chunk);
    check->items[check->count] = (struct kithi_expected){set, number, chunk};
    return &check->items[check->count++];
}

/* The chunk of a set; NULL: memory is out. */
static kithi_chunk *expected_of(kithi_members_check *check, uint32_t set, uint32_t number) {
    bool added;
    uint64_t *at =
        kithi_map_put(&check->places, (uint64_t)set << 32 | number, check->count, &added);
    if (at == NULL) {
        return NULL;
    }
    struct kithi_expected *item = added ? add_expected(check, set, number) : &check->items[*at];
    return item != NULL ? item->chunk : NULL;
}

static int expect(kithi_members_check *check, uint32_t set, uint32_t profile) {
    uint16_t bit = (uint16_t)(profile % KITHI_CHUNK_BITS);
    kithi_chunk *chunk = expected_of(check, set, profile / KITHI_CHUNK_BITS);
    if (chunk == NULL) {
        return kithi_error_memory(kithi_txn_error(check->txn));
    }
    kithi_chunk_add(chunk, &bit, 1);
    return KITH_OK;
}

static int expect_tags(kithi_members_check *check, uint32_t profile, kithi_walker marks) {
    kithi_row_mark mark;
    int rc = KITH_OK;
    while (rc == KITH_OK && kithi_row_mark_next(&marks, &mark)) {
        uint32_t number;
        if (mark.kind != KITHI_MARK_TAG) {
            continue;
        }
        rc = kithi_names_number(&check->tags, mark.name, &number)
                 ? expect(check, KITHI_SET_TAGS | number, profile)
                 : kithi_error_memory(kithi_txn_error(check->txn));
    }
    return rc;
}

int kithi_members_check_row(kithi_members_check *check, uint32_t profile, kithi_slice row) {
    kithi_state_header header;
    int rc = expect(check, KITHI_SET_PROFILES, profile);
    if (rc != KITH_OK || !kithi_state_read_header(row, &header)) {
        return rc;
    }
    kithi_slice ids = kithi_state_segments(row, &header);
    for (size_t at = 0; rc == KITH_OK && at + KITHI_MEMBERSHIP_BYTES <= ids.size;
         at += KITHI_MEMBERSHIP_BYTES) {
        rc = expect(check, KITHI_SET_SEGMENT(kithi_get16(ids.data + at)), profile);
    }
    return rc == KITH_OK ? expect_tags(check, profile, kithi_state_marks(row, &header)) : rc;
}

static int read_stored(const kithi_members_check *check, const struct kithi_expected *item,
                       kithi_chunk *out) {
    return item->set >= KITHI_SET_TAGS
               ? kithi_members_tag_chunk_whole(
                     check->txn, check->tags.items[item->set - KITHI_SET_TAGS], item->number, out)
               : kithi_members_chunk_whole(check->txn, item->set, item->number, out);
}

int kithi_members_check_end(kithi_members_check *check, uint64_t *out_wrong) {
    kithi_chunk stored;
    uint64_t rows;
    uint64_t stale = 0, rescored = 0;
    int rc = kithi_count(check->txn, KITHI_TABLE_BITMAP, &rows);
    rc = rc == KITH_OK ? kithi_members_rows(check->txn, KITHI_SET_STALE, &stale) : rc;
    rc = rc == KITH_OK ? kithi_members_rows(check->txn, KITHI_SET_RESCORED, &rescored) : rc;
    uint64_t known = check->count + stale + rescored;
    *out_wrong = rc == KITH_OK && rows > known ? rows - known : 0;
    for (size_t i = 0; rc == KITH_OK && i < check->count; i++) {
        const struct kithi_expected *item = &check->items[i];
        rc = read_stored(check, item, &stored);
        bool damaged = rc == KITH_CORRUPT;
        rc = damaged ? KITH_OK : rc;
        *out_wrong += damaged || memcmp(&stored, item->chunk, sizeof stored) != 0;
    }
    return rc;
}
