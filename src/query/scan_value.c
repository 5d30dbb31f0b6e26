#include "src/query/scan_value.h"

#include <stdlib.h>
#include <string.h>

#include "src/state/row_columns.h"

/* What can be worked out so */

static bool is_constant(const kithi_node *node);

static bool are_constant(const kithi_node *node) {
    for (size_t i = 0; i < node->kid_count; i++) {
        if (!is_constant(node->kids[i])) {
            return false;
        }
    }
    return true;
}

/* The same for all who live in one time zone. */
static bool is_constant(const kithi_node *node) {
    if (node->op == KITHI_OP_CALL) {
        return node->word != KITHI_FUNCTION_SCORE && node->word != KITHI_FUNCTION_POINTS &&
               are_constant(node);
    }
    bool combines = node->op >= KITHI_OP_ADD && node->op <= KITHI_OP_DIVIDE;
    return node->op <= KITHI_OP_TODAY || (combines && are_constant(node));
}

bool kithi_scan_is_constant_window(const kithi_window *window) {
    return (window->from == NULL || is_constant(window->from)) &&
           (window->to == NULL || is_constant(window->to));
}

/* Whether the time zone may make a difference. A text beside a moment is read as one. */
static bool may_ask_for_zone(const kithi_node *node) {
    bool may = node->op == KITHI_OP_TEXT || node->op == KITHI_OP_DATE ||
               node->op == KITHI_OP_TODAY || node->op == KITHI_OP_CALL ||
               node->op == KITHI_OP_ATTRIBUTE ||
               (node->op == KITHI_OP_AGGREGATE && node->word == KITHI_AGGREGATE_DAYS);
    for (size_t i = 0; i < node->kid_count; i++) {
        may = may || may_ask_for_zone(node->kids[i]);
    }
    for (size_t i = 0; i < node->stream_count; i++) {
        const kithi_window *window = &node->streams[i].window;
        may = may || window->kind == KITHI_WINDOW_CALENDAR || window->kind == KITHI_WINDOW_THIS ||
              (window->from != NULL && may_ask_for_zone(window->from)) ||
              (window->to != NULL && may_ask_for_zone(window->to));
    }
    return may;
}

/* Where a date that an event has, or a text that is one, may stand beside a time. */
typedef struct moments {
    size_t count;
    bool dated;
} moments;

static void find_moments(const kithi_node *node, moments *out) {
    bool one = node->word == KITHI_AGGREGATE_FIRST || node->word == KITHI_AGGREGATE_LAST ||
               node->word == KITHI_AGGREGATE_MIN || node->word == KITHI_AGGREGATE_MAX;
    if (node->op == KITHI_OP_AGGREGATE && one) {
        out->count++;
        out->dated = out->dated || !node->streams[0].time;
    }
    out->count += node->op == KITHI_OP_NOW || node->op == KITHI_OP_TIME;
    for (size_t i = 0; i < node->kid_count; i++) {
        find_moments(node->kids[i], out);
    }
}

static bool dates_meet_times(const kithi_node *node) {
    moments found = {0, false};
    find_moments(node, &found);
    return found.dated && found.count > 1;
}

/* Lanes: room that is used again */

static kithi_lane *take_lane(kithi_scan *s) {
    kithi_lane **lane = &s->lanes[s->lane_count];
    *lane = *lane != NULL ? *lane : malloc(sizeof **lane);
    if (*lane == NULL) {
        kithi_error_memory(kithi_txn_error(s->txn));
        return NULL;
    }
    s->lane_count++;
    return *lane;
}

void kithi_scan_end_values(kithi_scan *s) {
    for (size_t i = 0; i < KITHI_LANES; i++) {
        free(s->lanes[i]);
    }
}

static const kithi_operand *lane_at(const kithi_lane *lane, uint32_t place) {
    return kithi_chunk_has(&lane->own, (uint16_t)place) ? &lane->each[place] : &lane->rest;
}

/* Values */

static int fill_constant(kithi_scan *s, const kithi_node *node, kithi_lane *out) {
    kithi_outcome outcome;
    kithi_chunk_clear(&out->own);
    int rc = kithi_execute_part(&s->executor, s->where, node, false, s->now_us, false, &outcome);
    out->rest = rc == KITH_OK ? outcome.value : kithi_operand_null();
    return rc;
}

/* Golden values. */
static int fill_attribute(kithi_scan *s, const kithi_node *node, kithi_lane *out,
                          kithi_chunk *unsure) {
    kithi_column column = {.sort = KITHI_COLUMN_NOTHING};
    kithi_chunk_clear(&out->own);
    out->rest = kithi_operand_null();
    int rc = node->id >= 0
                 ? kithi_golden_column(s->txn, &s->arena, (uint16_t)node->id, s->chunk, &column)
                 : KITH_NOT_FOUND;
    for (uint32_t i = 0; rc == KITH_OK && i < column.count; i++) {
        uint16_t place = (uint16_t)i;
        if (kithi_column_has(&column, i)) {
            out->each[i] = kithi_column_operand(&column, i);
            kithi_chunk_add(&out->own, &place, 1);
        } else if (kithi_column_is_odd(&column, i)) {
            kithi_chunk_add(unsure, &place, 1);
        }
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int fill(kithi_scan *s, const kithi_node *node, kithi_lane *out, kithi_chunk *unsure);

static int fill_combined(kithi_scan *s, const kithi_node *node, kithi_lane *out,
                         kithi_chunk *unsure) {
    const kithi_zone *zone = s->executor.zone;
    int rc = fill(s, node->kids[0], out, unsure);
    if (rc != KITH_OK || s->lane_count == KITHI_LANES) {
        *unsure = s->all; /* room for more isn't worth it */
        return rc;
    }
    kithi_lane *other = take_lane(s);
    rc = other != NULL ? fill(s, node->kids[1], other, unsure) : KITH_NO_MEMORY;
    if (rc == KITH_OK) {
        kithi_chunk own = out->own;
        kithi_chunk_or(&own, &other->own);
        for (uint32_t i = kithi_chunk_next(&own, 0); i < KITHI_CHUNK_BITS;
             i = kithi_chunk_next(&own, i + 1)) {
            out->each[i] =
                kithi_operand_combine(node->op, zone, *lane_at(out, i), *lane_at(other, i));
        }
        out->rest = kithi_operand_combine(node->op, zone, out->rest, other->rest);
        out->own = own;
    }
    s->lane_count -= other != NULL;
    return rc;
}

static int fill(kithi_scan *s, const kithi_node *node, kithi_lane *out, kithi_chunk *unsure) {
    if (is_constant(node)) {
        return fill_constant(s, node, out);
    }
    if (node->op == KITHI_OP_AGGREGATE) {
        return kithi_scan_fold(s, node, out, unsure);
    }
    if (node->op == KITHI_OP_ATTRIBUTE && !node->trait && node->inside == NULL) {
        return fill_attribute(s, node, out, unsure);
    }
    if (node->op >= KITHI_OP_ADD && node->op <= KITHI_OP_DIVIDE) {
        return fill_combined(s, node, out, unsure);
    }
    *unsure = s->all;
    kithi_chunk_clear(&out->own);
    out->rest = kithi_operand_null();
    return KITH_OK;
}

/* Comparisons */

typedef struct compared {
    const kithi_node *node;
    const kithi_zone *zone;
    kithi_lane *lanes[KITHI_LANES]; /* of the kids, each once there was room for all */
} compared;

/* As the row executor does for two that have one value each. */
static bool holds(const compared *c, const kithi_operand *const *values) {
    const kithi_node *node = c->node;
    bool any = false;
    switch (node->op) {
    case KITHI_OP_IS_NULL:
        return (values[0]->sort == KITHI_SORT_NULL) != node->negated;
    case KITHI_OP_UNEQUAL:
        return !kithi_operands_hold(KITHI_OP_EQUAL, c->zone, *values[0], *values[1]);
    case KITHI_OP_BETWEEN:
        any = kithi_operands_hold(KITHI_OP_GREATER_EQUAL, c->zone, *values[0], *values[1]) &&
              kithi_operands_hold(KITHI_OP_LESS_EQUAL, c->zone, *values[0], *values[2]);
        return any != node->negated;
    case KITHI_OP_IN:
        for (size_t i = 1; i < node->kid_count && !any; i++) {
            any = kithi_operands_hold(KITHI_OP_EQUAL, c->zone, *values[0], *values[i]);
        }
        return any != node->negated;
    default:
        return kithi_operands_hold(node->op, c->zone, *values[0], *values[1]);
    }
}

static bool holds_at(const compared *c, uint32_t place) {
    const kithi_operand *values[KITHI_LANES];
    for (size_t i = 0; i < c->node->kid_count; i++) {
        values[i] = lane_at(c->lanes[i], place);
    }
    return holds(c, values);
}

static bool holds_of_rest(const compared *c) {
    const kithi_operand *values[KITHI_LANES];
    for (size_t i = 0; i < c->node->kid_count; i++) {
        values[i] = &c->lanes[i]->rest;
    }
    return holds(c, values);
}

static int compare(kithi_scan *s, const kithi_node *node, kithi_chunk *out, kithi_chunk *unsure) {
    compared c = {.node = node, .zone = s->executor.zone};
    kithi_chunk own;
    int rc = KITH_OK;
    kithi_chunk_clear(&own);
    for (size_t i = 0; rc == KITH_OK && i < node->kid_count; i++) {
        c.lanes[i] = take_lane(s);
        rc = c.lanes[i] != NULL ? fill(s, node->kids[i], c.lanes[i], unsure) : KITH_NO_MEMORY;
        if (rc == KITH_OK) {
            kithi_chunk_or(&own, &c.lanes[i]->own);
        }
    }
    kithi_chunk_clear(out);
    if (rc == KITH_OK) {
        if (holds_of_rest(&c)) {
            *out = s->all;
            kithi_chunk_andnot(out, &own);
        }
        for (uint32_t i = kithi_chunk_next(&own, 0); i < KITHI_CHUNK_BITS;
             i = kithi_chunk_next(&own, i + 1)) {
            out->words[i / 64] |= (uint64_t)holds_at(&c, i) << i % 64;
        }
    }
    return rc;
}

/* Counts: most of them are small, and what is asked of one of them is worked out once. */

#define SMALL_COUNTS 256

typedef struct counted {
    compared *compared;         /* its first lane has the count that is asked about, for all */
    int8_t known[SMALL_COUNTS]; /* of each small one, whether it holds; -1: it wasn't asked yet */
} counted;

static bool ask_count(counted *c, uint32_t count) {
    c->compared->lanes[0]->rest = kithi_operand_number(kithi_decimal_of(count));
    return holds_of_rest(c->compared);
}

static bool count_holds(counted *c, uint32_t count) {
    if (count >= SMALL_COUNTS) {
        return ask_count(c, count);
    }
    if (c->known[count] < 0) {
        c->known[count] = ask_count(c, count);
    }
    return c->known[count];
}

static void compare_each(counted *c, const uint32_t *counts, kithi_chunk *out) {
    for (uint32_t i = 0; i < KITHI_CHUNK_WORDS; i++) {
        uint64_t word = 0;
        for (uint32_t bit = 0; bit < 64; bit++) {
            word |= (uint64_t)count_holds(c, counts[i * 64 + bit]) << bit;
        }
        out->words[i] = word;
    }
}

static int compare_counts(kithi_scan *s, const kithi_node *node, kithi_chunk *out,
                          kithi_chunk *unsure) {
    compared c = {.node = node, .zone = s->executor.zone};
    counted k = {.compared = &c};
    const uint32_t *counts = NULL;
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < node->kid_count; i++) {
        c.lanes[i] = take_lane(s);
        rc = c.lanes[i] == NULL ? KITH_NO_MEMORY
             : i > 0            ? fill_constant(s, node->kids[i], c.lanes[i])
                                : kithi_scan_count(s, node->kids[0], &counts, unsure);
    }
    if (rc == KITH_OK) {
        memset(k.known, -1, sizeof k.known);
        compare_each(&k, counts, out);
    }
    return rc;
}

static bool compares_counts(const kithi_node *node) {
    const kithi_node *first = node->kids[0];
    bool counts = first->op == KITHI_OP_AGGREGATE && first->word == KITHI_AGGREGATE_COUNT;
    for (size_t i = 1; counts && i < node->kid_count; i++) {
        counts = is_constant(node->kids[i]);
    }
    return counts;
}

/* Lists are worked out value by value: what is written down in them has little room. */
static bool is_compared(const kithi_node *node) {
    bool compares = (node->op >= KITHI_OP_EQUAL && node->op <= KITHI_OP_BETWEEN) ||
                    node->op == KITHI_OP_IS_NULL;
    return compares && node->kid_count < KITHI_LANES;
}

int kithi_scan_values(kithi_scan *s, const kithi_node *node, kithi_known *out) {
    kithi_chunk sure = s->all, unsure = s->dirty;
    int rc;
    kithi_know_nothing(out);
    if (!s->has_columns || (node->op != KITHI_OP_DID && !is_compared(node))) {
        return KITH_OK;
    }
    kithi_chunk_or(&unsure, &s->odd);
    if (may_ask_for_zone(node) || dates_meet_times(node)) {
        kithi_chunk_or(&unsure, &s->zoned);
    }
    s->lane_count = 0;
    rc = node->op == KITHI_OP_DID ? kithi_scan_sequence(s, node, &out->yes, &unsure)
         : compares_counts(node)  ? compare_counts(s, node, &out->yes, &unsure)
                                  : compare(s, node, &out->yes, &unsure);
    kithi_chunk_andnot(&sure, &unsure);
    kithi_know(out, &sure);
    return rc;
}
