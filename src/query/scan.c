#include "src/query/scan.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/query/scan_column.h"
#include "src/state/golden_columns.h"

#define LEVELS (KITH_EXPRESSION_DEPTH_MAX + 2)

int kithi_scan_begin(kithi_scan *s, kith_txn *txn, int64_t now_us) {
    kithi_counters *counters;
    *s = (kithi_scan){.txn = txn, .now_us = now_us};
    kithi_buffer_init(&s->row);
    int rc = kithi_executor_init(&s->executor, txn);
    rc = rc == KITH_OK ? kithi_txn_counters(txn, &counters) : rc;
    rc = rc == KITH_OK ? kithi_due_list(txn, now_us, &s->due, &s->due_count) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    s->past = now_us < counters->clock_us;
    s->chunk_count = (uint32_t)((counters->next_record + KITHI_CHUNK_BITS - 1) / KITHI_CHUNK_BITS);
    s->known = malloc(LEVELS * sizeof *s->known);
    return s->known != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(txn));
}

void kithi_scan_end(kithi_scan *s) {
    kithi_executor_clear(&s->executor);
    kithi_buffer_clear(&s->row);
    free(s->due);
    free(s->known);
}

/* The chunk: all, stale */

static int add_dirty(kithi_scan *s, kithi_chunk *out) {
    uint8_t bits[KITHI_DIRTY_CHUNK_BYTES];
    uint64_t chunks;
    int rc = kithi_count(s->txn, KITHI_TABLE_DIRTY, &chunks);
    for (uint32_t at = 0; rc == KITH_OK && chunks > 0 && at < KITHI_CHUNK_BITS;
         at += KITHI_DIRTY_CHUNK_BITS) {
        rc = kithi_dirty_bits(s->txn, s->chunk * KITHI_CHUNK_BITS + at, bits);
        for (uint32_t i = 0; rc == KITH_OK && i < KITHI_DIRTY_CHUNK_BITS / 64; i++) {
            uint64_t word = 0;
            for (uint32_t byte = 0; byte < 8; byte++) {
                word |= (uint64_t)bits[8 * i + byte] << (8 * byte);
            }
            out->words[at / 64 + i] |= word;
        }
    }
    return rc;
}

static size_t first_due(const kithi_scan *s, uint64_t profile) {
    size_t low = 0, high = s->due_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->due[middle] < profile) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void add_due(kithi_scan *s, kithi_chunk *out) {
    uint64_t first = (uint64_t)s->chunk * KITHI_CHUNK_BITS;
    size_t end = first_due(s, first + KITHI_CHUNK_BITS);
    for (size_t i = first_due(s, first); i < end; i++) {
        uint16_t bit = (uint16_t)(s->due[i] % KITHI_CHUNK_BITS);
        kithi_chunk_add(out, &bit, 1);
    }
}

static int enter(kithi_scan *s, uint32_t chunk) {
    s->chunk = chunk;
    kithi_chunk_clear(&s->stale);
    int rc = kithi_members_chunk(s->txn, KITHI_SET_PROFILES, chunk, &s->all);
    rc = rc == KITH_OK ? add_dirty(s, &s->stale) : rc;
    if (rc == KITH_OK) {
        kithi_chunk_or(&s->all, &s->stale);
        add_due(s, &s->stale);
        if (s->past) {
            s->stale = s->all;
        }
    }
    rc = rc == KITH_OK ? kithi_columns_made(s->txn, chunk, &s->has_columns) : rc;
    return rc == KITH_OK && s->has_columns
               ? kithi_members_chunk(s->txn, KITHI_SET_STALE, chunk, &s->odd_columns)
               : rc;
}

/* What sets say */

static void know_nothing(kithi_known *out) {
    kithi_chunk_clear(&out->yes);
    kithi_chunk_clear(&out->no);
}

static void know_all(const kithi_scan *s, bool holds, kithi_known *out) {
    know_nothing(out);
    *(holds ? &out->yes : &out->no) = s->all;
}

static int know_segment(kithi_scan *s, const kithi_node *node, kithi_known *out) {
    if (node->id < 0) {
        know_all(s, false, out);
        return KITH_OK;
    }
    int rc =
        kithi_members_chunk(s->txn, KITHI_SET_SEGMENT((uint32_t)node->id), s->chunk, &out->yes);
    out->no = s->all;
    kithi_chunk_andnot(&out->no, &out->yes);
    return rc;
}

static void swap(kithi_known *known) {
    kithi_chunk yes = known->yes;
    known->yes = known->no;
    known->no = yes;
}

static int know(kithi_scan *s, const kithi_node *node, size_t level);

/* AND holds where all do; OR is AND of what doesn't hold. */
static int know_joined(kithi_scan *s, const kithi_node *node, size_t level) {
    kithi_known *out = &s->known[level], *part = &s->known[level + 1];
    bool either = node->op == KITHI_OP_OR;
    int rc = KITH_OK;
    know_all(s, true, out);
    for (size_t i = 0; rc == KITH_OK && i < node->kid_count; i++) {
        rc = know(s, node->kids[i], level + 1);
        if (either) {
            swap(part);
        }
        kithi_chunk_and(&out->yes, &part->yes);
        kithi_chunk_or(&out->no, &part->no);
    }
    if (either) {
        swap(out);
    }
    return rc;
}

/* Works out what is known of a part, in the room of its level. */
static int know(kithi_scan *s, const kithi_node *node, size_t level) {
    kithi_known *out = &s->known[level];
    switch (node->op) {
    case KITHI_OP_AND:
    case KITHI_OP_OR:
        return know_joined(s, node, level);
    case KITHI_OP_NOT: {
        int rc = know(s, node->kids[0], level);
        swap(out);
        return rc;
    }
    case KITHI_OP_BOOLEAN:
        know_all(s, node->as.boolean, out);
        return KITH_OK;
    case KITHI_OP_TEST:
        if (node->word == KITHI_TEST_SEGMENT) {
            return know_segment(s, node, out);
        }
        know_nothing(out);
        return KITH_OK;
    default:
        return kithi_scan_column(s, node, out);
    }
}

/* Profiles that are asked */

/* The row of one whose stored row doesn't hold: its golden values are all that is wanted. */
static int compute_row(kithi_scan *s, uint32_t profile, kithi_slice *out) {
    kithi_arena arena;
    uint32_t *records;
    size_t count;
    kithi_arena_init(&arena);
    int rc = kithi_identity_members(s->txn, profile, &arena, &records, &count);
    rc = rc == KITH_OK ? kithi_profile_compute(s->txn, records, count, s->now_us, &s->row) : rc;
    kithi_arena_clear(&arena);
    *out = (kithi_slice){s->row.data, s->row.size};
    return rc;
}

int kithi_scan_take(kithi_scan *s, uint32_t profile) {
    kithi_slice row;
    bool dirty;
    int rc = kithi_dirty_get(s->txn, profile, &dirty);
    if (rc == KITH_OK) {
        rc = dirty ? compute_row(s, profile, &row) : kithi_state_row(s->txn, profile, &row);
    }
    return rc == KITH_OK ? kithi_executor_take(&s->executor, profile, row) : rc;
}

static int ask(kithi_scan *s, const kith_expression *where, uint16_t bit) {
    kithi_outcome outcome;
    int rc = kithi_scan_take(s, s->chunk * KITHI_CHUNK_BITS + bit);
    rc = rc == KITH_OK ? kithi_execute(&s->executor, where, s->now_us, false, &outcome) : rc;
    if (rc == KITH_OK && outcome.value.as.boolean) {
        kithi_chunk_add(&s->chosen, &bit, 1);
    }
    return rc;
}

int kithi_scan_choose(kithi_scan *s, uint32_t chunk, const kith_expression *where) {
    int rc = enter(s, chunk);
    s->chosen = s->all;
    if (rc != KITH_OK || where == NULL) {
        return rc;
    }
    kithi_known *sure = &s->known[0];
    rc = know(s, where->root, 0);
    kithi_chunk open = s->all;
    kithi_chunk_andnot(&sure->yes, &s->stale);
    kithi_chunk_andnot(&sure->no, &s->stale);
    kithi_chunk_andnot(&open, &sure->yes);
    kithi_chunk_andnot(&open, &sure->no);
    kithi_chunk_and(&s->chosen, &sure->yes);
    for (uint32_t bit = kithi_chunk_next(&open, 0); rc == KITH_OK && bit < KITHI_CHUNK_BITS;
         bit = kithi_chunk_next(&open, bit + 1)) {
        rc = ask(s, where, (uint16_t)bit);
    }
    return rc;
}
