#include "src/query/scan.h"

#include <stdlib.h>
#include <string.h>

#include "src/query/scan_column.h"
#include "src/query/scan_mark.h"
#include "src/query/scan_value.h"
#include "src/state/row_columns.h"
#include "src/state/made_columns.h"

#define LEVELS (KITH_EXPRESSION_DEPTH_MAX + 2) /* with a sample around the whole */

int kithi_scan_begin(kithi_scan *s, kith_txn *txn, const kith_expression *where, int64_t now_us) {
    kithi_counters *counters;
    *s = (kithi_scan){.txn = txn, .where = where, .now_us = now_us};
    kithi_buffer_init(&s->row);
    kithi_arena_init(&s->arena);
    int rc = kithi_executor_init(&s->executor, txn);
    rc = rc == KITH_OK ? kithi_txn_counters(txn, &counters) : rc;
    rc = rc == KITH_OK ? kithi_due_list(txn, now_us, &s->due, &s->due_count) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    s->past = now_us < counters->clock_us;
    s->chunk_count = (uint32_t)((counters->next_record + KITHI_CHUNK_BITS - 1) / KITHI_CHUNK_BITS);
    s->known = malloc(LEVELS * sizeof *s->known);
    s->known_events = malloc(LEVELS * sizeof *s->known_events);
    bool made = s->known != NULL && s->known_events != NULL;
    return made ? KITH_OK : kithi_error_memory(kithi_txn_error(txn));
}

void kithi_scan_end(kithi_scan *s) {
    kithi_executor_clear(&s->executor);
    kithi_buffer_clear(&s->row);
    kithi_arena_clear(&s->arena);
    kithi_scan_end_values(s);
    free(s->due);
    free(s->known);
    free(s->known_events);
    free(s->fold);
    free(s->summaries);
    free(s->spending);
}

/* The chunk: all, and who isn't sure */

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

/* Who has a time zone of his own, as far as columns tell. */
static int find_zoned(kithi_scan *s) {
    kithi_column zones;
    kithi_chunk_clear(&s->zoned);
    int rc = s->executor.zone_attribute == KITHI_UNKNOWN
                 ? KITH_NOT_FOUND
                 : kithi_golden_column(s->txn, &s->arena, (uint16_t)s->executor.zone_attribute,
                                       s->chunk, &zones);
    for (uint32_t i = 0; rc == KITH_OK && i < zones.count; i++) {
        uint16_t place = (uint16_t)i;
        if (kithi_column_has(&zones, i) || kithi_column_is_odd(&zones, i)) {
            kithi_chunk_add(&s->zoned, &place, 1);
        }
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int find_columns(kithi_scan *s) {
    int rc = kithi_columns_made(s->txn, s->chunk, &s->has_columns);
    if (rc == KITH_OK && s->has_columns) {
        rc = kithi_members_chunk(s->txn, KITHI_SET_STALE, s->chunk, &s->odd);
        rc = rc == KITH_OK ? find_zoned(s) : rc;
    }
    return rc;
}

static int enter(kithi_scan *s, uint32_t chunk) {
    s->chunk = chunk;
    kithi_arena_reset(&s->arena);
    kithi_executor_take_nobody(&s->executor);
    int rc = kithi_members_chunk(s->txn, KITHI_SET_PROFILES, chunk, &s->all);
    rc = rc == KITH_OK ? kithi_dirty_chunk(s->txn, chunk, &s->dirty) : rc;
    if (rc == KITH_OK) {
        kithi_chunk_or(&s->all, &s->dirty);
        s->stale = s->dirty;
        add_due(s, &s->stale);
        if (s->past) {
            s->stale = s->all;
        }
    }
    return rc == KITH_OK ? find_columns(s) : rc;
}

/* What is known */

static int know_attribute(kithi_scan *s, const kithi_node *node, const kithi_node *attribute,
                          kithi_known *out) {
    kithi_column column = {.sort = KITHI_COLUMN_NOTHING};
    kithi_chunk sure = s->all;
    kithi_chunk_andnot(&sure, &s->dirty);
    kithi_chunk_andnot(&sure, &s->odd);
    int rc = attribute->id >= 0 ? kithi_golden_column(s->txn, &s->arena, (uint16_t)attribute->id,
                                                      s->chunk, &column)
                                : KITH_NOT_FOUND;
    return rc == KITH_OK || rc == KITH_NOT_FOUND ? kithi_scan_column(s, node, &column, &sure, out)
                                                 : rc;
}

/* Rows that hold now say what scores are, and so do their columns. */
static int know_score(kithi_scan *s, const kithi_node *node, const kithi_node *score,
                      kithi_known *out) {
    kithi_column column = {.sort = KITHI_COLUMN_NOTHING};
    kithi_chunk sure = s->all, rescored;
    const kithi_plan *plan = kithi_plan_of(s->executor.plans, KITHI_CATALOG_SCORE, score->id);
    if (plan == NULL || !plan->score.kind->outputs[score->output].kept) {
        kithi_know_nothing(out);
        return KITH_OK;
    }
    int rc = kithi_members_chunk(s->txn, KITHI_SET_RESCORED, s->chunk, &rescored);
    kithi_chunk_andnot(&sure, &s->stale);
    kithi_chunk_andnot(&sure, &rescored);
    rc = rc == KITH_OK ? kithi_score_column(s->txn, &s->arena, (uint16_t)score->id,
                                            (uint8_t)score->output, s->chunk, &column)
                       : rc;
    return rc == KITH_OK || rc == KITH_NOT_FOUND ? kithi_scan_column(s, node, &column, &sure, out)
                                                 : rc;
}

/* A condition about profiles. */
static int know_of_profiles(kithi_scan *s, const kithi_ground *ground, const kithi_node *node,
                            kithi_known *out) {
    const kithi_node *value = kithi_scan_compared(node);
    (void)ground;
    if (node->op == KITHI_OP_TEST) {
        return kithi_scan_mark(s, node, out);
    }
    if (s->has_columns && value != NULL && value->op == KITHI_OP_ATTRIBUTE) {
        return know_attribute(s, node, value, out);
    }
    if (s->has_columns && value != NULL && kithi_scan_is_score(value)) {
        return know_score(s, node, value, out);
    }
    return kithi_scan_values(s, node, out);
}

static void know_all(const kithi_ground *ground, bool holds, kithi_known *out) {
    kithi_know_nothing(out);
    *(holds ? &out->yes : &out->no) = *ground->all;
}

static int know(kithi_scan *s, const kithi_ground *ground, const kithi_node *node, size_t level);

/* Takes in those parts that cost a look at each row, or the others. Each is asked of those alone
 * for whom the parts before don't decide. */
static int know_parts(kithi_scan *s, const kithi_ground *ground, const kithi_node *node,
                      size_t level, bool costly) {
    kithi_known *out = &ground->rooms[level], *part = &ground->rooms[level + 1];
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < node->kid_count; i++) {
        if (kithi_scan_is_bucket(node->kids[i]) != costly) {
            continue;
        }
        part->asked = out->asked;
        kithi_chunk_andnot(&part->asked, &out->no);
        rc = know(s, ground, node->kids[i], level + 1);
        if (node->op == KITHI_OP_OR) {
            kithi_know_negated(part);
        }
        kithi_chunk_and(&out->yes, &part->yes);
        kithi_chunk_or(&out->no, &part->no);
    }
    return rc;
}

/* AND holds where all do; OR is AND of what doesn't hold. */
static int know_joined(kithi_scan *s, const kithi_ground *ground, const kithi_node *node,
                       size_t level) {
    kithi_known *out = &ground->rooms[level];
    know_all(ground, true, out);
    int rc = know_parts(s, ground, node, level, false);
    rc = rc == KITH_OK ? know_parts(s, ground, node, level, true) : rc;
    if (node->op == KITHI_OP_OR) {
        kithi_know_negated(out);
    }
    return rc;
}

/* Works out what is known of a part, in the room of its level. */
static int know(kithi_scan *s, const kithi_ground *ground, const kithi_node *node, size_t level) {
    kithi_known *out = &ground->rooms[level];
    int rc;
    switch (node->op) {
    case KITHI_OP_AND:
    case KITHI_OP_OR:
        return know_joined(s, ground, node, level);
    case KITHI_OP_NOT:
        rc = know(s, ground, node->kids[0], level);
        kithi_know_negated(out);
        return rc;
    case KITHI_OP_BOOLEAN:
        know_all(ground, node->as.boolean, out);
        return KITH_OK;
    default:
        return ground->leaf(s, ground, node, out);
    }
}

int kithi_scan_know(kithi_scan *s, const kithi_ground *ground, const kithi_node *node) {
    ground->rooms[0].asked = *ground->all;
    return know(s, ground, node, 0);
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

#define ASKED_MASK 0xff /* of how many one is told of */

static int ask(kithi_scan *s, uint32_t bit, bool *out) {
    kithi_outcome outcome;
    int rc = kithi_scan_take(s, s->chunk * KITHI_CHUNK_BITS + bit);
    rc = rc == KITH_OK ? kithi_execute(&s->executor, s->where, s->now_us, false, &outcome) : rc;
    *out = rc == KITH_OK && outcome.value.as.boolean;
    return rc;
}

int kithi_scan_choose(kithi_scan *s, uint32_t chunk, kithi_chunk *out) {
    int rc = enter(s, chunk);
    *out = s->all;
    if (rc != KITH_OK || s->where == NULL) {
        return rc;
    }
    kithi_ground ground = {&s->all, s->known, know_of_profiles, NULL};
    rc = kithi_scan_know(s, &ground, s->where->root);
    kithi_chunk open = s->all;
    kithi_chunk_andnot(&open, &s->known[0].yes);
    kithi_chunk_andnot(&open, &s->known[0].no);
    kithi_chunk_and(out, &s->known[0].yes);
    uint32_t asked = 0;
    for (uint32_t bit = kithi_chunk_next(&open, 0); rc == KITH_OK && bit < KITHI_CHUNK_BITS;
         bit = kithi_chunk_next(&open, bit + 1)) {
        bool meant = false;
        rc = (++asked & ASKED_MASK) == 0 ? kithi_txn_pause(s->txn) : rc;
        rc = rc == KITH_OK ? ask(s, bit, &meant) : rc;
        out->words[bit / 64] |= (uint64_t)meant << bit % 64;
    }
    return rc;
}
