#include "src/query/scan_mark.h"

#include "src/base/bytes.h"
#include "src/segment/bucket.h"

/* Who has one of the tags, or all of them. */
static int find_tagged(kithi_scan *s, const kithi_node *node, bool all, kithi_chunk *out) {
    kithi_chunk one;
    int rc = KITH_OK;
    kithi_chunk_clear(out);
    if (all) {
        *out = s->all;
    }
    for (size_t i = 0; rc == KITH_OK && i < node->kid_count; i++) {
        rc = kithi_members_tag_chunk(s->txn, node->kids[i]->as.text.data, s->chunk, &one);
        if (all) {
            kithi_chunk_and(out, &one);
        } else {
            kithi_chunk_or(out, &one);
        }
    }
    return rc;
}

/* Sets are those of the rows. */
static kithi_chunk sure_rows(const kithi_scan *s) {
    kithi_chunk sure = s->all;
    kithi_chunk_andnot(&sure, &s->stale);
    return sure;
}

static int know_segment(kithi_scan *s, const kithi_node *node, kithi_known *out) {
    if (node->id < 0) {
        kithi_know(out, &s->all); /* nobody is in one that there is none of */
        return KITH_OK;
    }
    kithi_chunk sure = sure_rows(s);
    int rc =
        kithi_members_chunk(s->txn, KITHI_SET_SEGMENT((uint32_t)node->id), s->chunk, &out->yes);
    kithi_know(out, &sure);
    return rc;
}

static int know_tags(kithi_scan *s, const kithi_node *node, kithi_known *out) {
    kithi_chunk sure = sure_rows(s);
    int rc = find_tagged(s, node, node->word == KITHI_TEST_ALL_TAGS, &out->yes);
    kithi_know(out, &sure);
    if (node->word == KITHI_TEST_NO_TAGS) {
        kithi_know_negated(out);
    }
    return rc;
}

/* The id of a profile, as its row begins. */
static int read_id(kith_txn *txn, kithi_cursor *rows, uint32_t profile, kith_id *out) {
    uint8_t bytes[4];
    kithi_slice key = {bytes, sizeof bytes}, row = {NULL, 0};
    kithi_state_header header;
    kithi_put32(bytes, profile);
    int rc = kithi_cursor_seek(rows, KITHI_SEEK_KEY, &key, &row);
    if (rc == KITH_NOT_FOUND || (rc == KITH_OK && !kithi_state_read_header(row, &header))) {
        return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                               "the row of profile %u can't be read; run kith verify", profile);
    }
    if (rc == KITH_OK) {
        *out = header.id;
    }
    return rc;
}

static int know_bucket(kithi_scan *s, const kithi_node *node, kithi_known *out) {
    kithi_bucket_range range = kithi_bucket_range_of(node);
    kithi_chunk asked = out->asked;
    kithi_cursor *rows;
    kithi_chunk_andnot(&asked, &s->dirty); /* who may have no row, or another id by now */
    int rc = kithi_cursor_of(s->txn, KITHI_TABLE_STATE, &rows);
    for (uint32_t bit = kithi_chunk_next(&asked, 0); rc == KITH_OK && bit < KITHI_CHUNK_BITS;
         bit = kithi_chunk_next(&asked, bit + 1)) {
        kith_id id;
        rc = read_id(s->txn, rows, s->chunk * KITHI_CHUNK_BITS + bit, &id);
        if (rc == KITH_OK) {
            kithi_chunk_put(kithi_bucket_has(&range, &id) ? &out->yes : &out->no, (uint16_t)bit);
        }
    }
    return rc;
}

int kithi_scan_mark(kithi_scan *s, const kithi_node *node, kithi_known *out) {
    kithi_know_nothing(out);
    switch ((kithi_test)node->word) {
    case KITHI_TEST_SEGMENT:
        return know_segment(s, node, out);
    case KITHI_TEST_TAG:
    case KITHI_TEST_ANY_TAG:
    case KITHI_TEST_ALL_TAGS:
    case KITHI_TEST_NO_TAGS:
        return know_tags(s, node, out);
    case KITHI_TEST_BUCKET:
        return know_bucket(s, node, out);
    default:
        return KITH_OK;
    }
}

bool kithi_scan_is_set(const kithi_node *node) {
    return node->op == KITHI_OP_TEST && node->word <= KITHI_TEST_SEGMENT;
}

bool kithi_scan_is_bucket(const kithi_node *node) {
    while (node->op == KITHI_OP_NOT) {
        node = node->kids[0];
    }
    return node->op == KITHI_OP_TEST && node->word == KITHI_TEST_BUCKET;
}
