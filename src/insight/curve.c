#include "src/insight/curve.h"

#include "src/base/bytes.h"
#include "src/identity/scored.h"
#include "src/insight/quality.h"
#include "src/match/model_row.h"
#include "src/store/txn.h"

#define STEP (KITHI_CURVE_STEP * KITHI_BIT)

/* The pairs that weigh as much as a threshold and less than the next one. */
typedef struct counts {
    uint64_t pairs, right;
} counts;

typedef struct drawing {
    kith_txn *txn;
    const kithi_entities *entities;
    int32_t first; /* threshold */
    size_t count;
    counts at[KITHI_CURVE_MAX];
} drawing;

static size_t thresholds_from(int32_t first) {
    int64_t way = (int64_t)KITHI_CURVE_END * KITHI_BIT - first;
    size_t count = way > 0 ? (size_t)(way / STEP) + 1 : 1;
    return count < KITHI_CURVE_MAX ? count : KITHI_CURVE_MAX;
}

static uint32_t entity_of(const kithi_entities *entities, uint32_t record) {
    return record < entities->count ? entities->of[record] : KITHI_ENTITY_UNKNOWN;
}

static void count_pair(drawing *d, uint32_t entity, const kithi_scored *pair) {
    uint32_t other = entity_of(d->entities, pair->other);
    if (other == KITHI_ENTITY_UNKNOWN || pair->weight < d->first) {
        return;
    }
    size_t place = (size_t)(((int64_t)pair->weight - d->first) / STEP);
    counts *at = &d->at[place < d->count ? place : d->count - 1];
    at->pairs++;
    at->right += entity == other;
}

/* Each pair stands under both of its records; it is counted under the lesser one. */
static int count_row(drawing *d, kithi_slice key, kithi_slice row) {
    kithi_scored pair;
    if (key.size != sizeof(uint32_t) || !kithi_scored_read(row, &pair)) {
        return kithi_scored_damaged(d->txn);
    }
    uint32_t record = kithi_get32(key.data), entity = entity_of(d->entities, record);
    if (entity != KITHI_ENTITY_UNKNOWN && pair.other > record) {
        count_pair(d, entity, &pair);
    }
    return KITH_OK;
}

static int count_pairs(drawing *d) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0}, row = {NULL, 0};
    int rc = kithi_cursor_open(d->txn, KITHI_TABLE_SCORED, &cursor);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &row);
    while (rc == KITH_OK && (rc = count_row(d, key, row)) == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &row);
    }
    kithi_cursor_close(cursor);
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* From the highest threshold down, as each takes all that those above it do. */
static int draw(const drawing *d, kithi_arena *arena, kith_evaluation *out) {
    const kith_curve_point **curve = kithi_arena_calloc(arena, d->count, sizeof *curve);
    kith_curve_point *points = kithi_arena_calloc(arena, d->count, sizeof *points);
    counts sum = {0, 0};
    if (curve == NULL || points == NULL) {
        return kithi_error_memory(kithi_txn_error(d->txn));
    }
    for (size_t i = d->count; i-- > 0;) {
        sum.pairs += d->at[i].pairs;
        sum.right += d->at[i].right;
        points[i] = (kith_curve_point){
            sizeof points[i], (double)d->first / KITHI_BIT + (double)i * KITHI_CURVE_STEP,
            sum.pairs, sum.right,
            kithi_quality_of(kithi_ratio((double)sum.right, (double)sum.pairs),
                             kithi_ratio((double)sum.right, (double)out->true_pair_count))};
        curve[i] = &points[i];
    }
    out->unscored_pair_count = out->true_pair_count - sum.right;
    out->curve = curve;
    out->curve_count = d->count;
    return KITH_OK;
}

int kithi_curve_make(kith_txn *txn, const kithi_entities *entities, kithi_arena *arena,
                     kith_evaluation *out) {
    const kithi_model *model = NULL;
    drawing d = {.txn = txn, .entities = entities};
    int rc = kithi_model_of(txn, &model);
    if (rc != KITH_OK || model == NULL) {
        return rc;
    }
    d.first = model->keep_at;
    d.count = thresholds_from(d.first);
    out->model_version = model->version;
    out->link_at_bits = (double)model->link_at / KITHI_BIT;
    rc = count_pairs(&d);
    return rc == KITH_OK ? draw(&d, arena, out) : rc;
}
