/*
 * When a customer was in segments: transitions of the profiles that its records were, in pairs.
 */
#include <stdlib.h>
#include <string.h>

#include "kith/segment.h"
#include "src/base/grow.h"
#include "src/base/sized.h"
#include "src/state/members.h"

#define ALL_SEGMENTS (-1)

/* A stay, and the segment that it is in; whose it is its id says. */
typedef struct stay {
    kith_stay given;
    uint16_t segment;
} stay;

struct kith_stay_iter {
    kithi_arena arena; /* names */
    stay *items;
    size_t count, capacity, at;
};

typedef struct gathering {
    kith_txn *txn;
    int segment;             /* or ALL_SEGMENTS */
    const uint32_t *records; /* ascending */
    size_t record_count;
    kith_stay_iter *into;
} gathering;

static bool is_asked(const gathering *g, uint16_t segment) {
    return g->segment == ALL_SEGMENTS || g->segment == segment;
}

static bool has_record(const gathering *g, uint32_t record) {
    size_t low = 0, high = g->record_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (g->records[middle] < record) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < g->record_count && g->records[low] == record;
}

/* The latest stay of an id in a segment, if it hasn't ended. */
static stay *find_open(const kith_stay_iter *iter, const kith_id *id, uint16_t segment) {
    for (size_t i = iter->count; i > 0; i--) {
        stay *s = &iter->items[i - 1];
        if (s->segment == segment && memcmp(&s->given.id, id, sizeof *id) == 0) {
            return s->given.left_at_us == INT64_MAX ? s : NULL;
        }
    }
    return NULL;
}

/* A new one, whose beginning isn't known. NULL: memory is out. */
static stay *add(const gathering *g, uint16_t segment, const kith_id *id) {
    kith_stay_iter *iter = g->into;
    const kithi_formula *formula =
        kithi_catalog_formula(kithi_txn_catalog(g->txn), KITHI_CATALOG_SEGMENT, segment);
    const char *name = formula != NULL ? formula->name : "";
    name = kithi_arena_copy(&iter->arena, name, strlen(name) + 1);
    if (name == NULL || !KITHI_GROW(iter->items, iter->capacity, iter->count + 1)) {
        kithi_error_memory(kithi_txn_error(g->txn));
        return NULL;
    }
    stay *s = &iter->items[iter->count++];
    *s = (stay){.given = KITH_STAY_INIT, .segment = segment};
    s->given.segment = name;
    s->given.id = *id;
    s->given.entered_at_us = INT64_MIN;
    s->given.left_at_us = INT64_MAX;
    return s;
}

static int take(void *context, const kithi_transition *t) {
    const gathering *g = context;
    if (!is_asked(g, t->segment) || !has_record(g, t->profile)) {
        return KITH_OK;
    }
    stay *s = t->entered ? NULL : find_open(g->into, &t->id, t->segment);
    s = s != NULL ? s : add(g, t->segment, &t->id);
    if (s == NULL) {
        return KITH_NO_MEMORY;
    }
    if (t->entered) {
        s->given.entered_at_us = t->at_us;
        s->given.entered_by = t->cause;
    } else {
        s->given.left_at_us = t->at_us;
        s->given.left_by = t->cause;
    }
    return KITH_OK;
}

/* Stays that lasted through all that is kept: of them there is only the row. */
static int take_row(const gathering *g, uint32_t profile) {
    kithi_slice row;
    kithi_state_header header;
    int rc = kithi_state_row(g->txn, profile, &row);
    if (rc != KITH_OK || !kithi_state_read_header(row, &header)) {
        return rc == KITH_NOT_FOUND ? KITH_OK : rc;
    }
    kithi_slice ids = kithi_state_segments(row, &header);
    for (size_t i = 0; i + KITHI_MEMBERSHIP_BYTES <= ids.size; i += KITHI_MEMBERSHIP_BYTES) {
        uint16_t segment = kithi_get16(ids.data + i);
        if (is_asked(g, segment) && find_open(g->into, &header.id, segment) == NULL &&
            add(g, segment, &header.id) == NULL) {
            return KITH_NO_MEMORY;
        }
    }
    return KITH_OK;
}

static int compare(int64_t a, int64_t b) {
    return (a > b) - (a < b);
}

static int by_time(const void *x, const void *y) {
    const stay *a = x, *b = y;
    int order = compare(a->given.entered_at_us, b->given.entered_at_us);
    order = order != 0 ? order : compare(a->given.left_at_us, b->given.left_at_us);
    order = order != 0 ? order : (int)a->segment - b->segment;
    return order != 0 ? order : memcmp(&a->given.id, &b->given.id, sizeof a->given.id);
}

static int find_segment(kith_txn *txn, const char *name, int *out) {
    kith_definition first = KITH_DEFINITION_INIT;
    *out = ALL_SEGMENTS;
    int rc = name != NULL ? kith_definition_get(txn, KITH_SEGMENT, name, 1, &first) : KITH_OK;
    if (rc == KITH_OK && name != NULL) {
        *out = kithi_catalog_find_formula(kithi_txn_catalog(txn), KITHI_CATALOG_SEGMENT, name)->id;
    }
    return rc;
}

static int gather(const kith_profile *profile, gathering *g) {
    kithi_arena arena;
    uint32_t *records = NULL;
    kithi_arena_init(&arena);
    int rc = kithi_identity_members(g->txn, profile->number, &arena, &records, &g->record_count);
    g->records = records;
    rc = rc == KITH_OK ? kithi_transition_each(g->txn, take, g) : rc;
    rc = rc == KITH_OK ? take_row(g, profile->number) : rc;
    if (rc == KITH_OK && g->into->count > 1) {
        qsort(g->into->items, g->into->count, sizeof *g->into->items, by_time);
    }
    kithi_arena_clear(&arena);
    return rc;
}

int kith_stay_iter_open(const kith_profile *profile, const char *segment, kith_stay_iter **out) {
    gathering g = {.txn = profile->txn};
    int rc = kithi_txn_check_read(profile->txn);
    rc = rc == KITH_OK ? find_segment(profile->txn, segment, &g.segment) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    g.into = calloc(1, sizeof *g.into);
    if (g.into == NULL) {
        return kithi_error_memory(kithi_txn_error(profile->txn));
    }
    kithi_arena_init(&g.into->arena);
    rc = gather(profile, &g);
    if (rc != KITH_OK) {
        kith_stay_iter_close(g.into);
        return rc;
    }
    *out = g.into;
    return KITH_OK;
}

int kith_stay_iter_next(kith_stay_iter *iter, kith_stay *out) {
    if (iter->at >= iter->count) {
        return KITH_DONE;
    }
    kithi_give(out, &iter->items[iter->at++].given, sizeof *out);
    return KITH_OK;
}

void kith_stay_iter_close(kith_stay_iter *iter) {
    if (iter != NULL) {
        kithi_arena_clear(&iter->arena);
        free(iter->items);
        free(iter);
    }
}
