/*
 * Histories of marks: all that was said at a profile's records, by time.
 */
#include <stdlib.h>
#include <string.h>

#include "kith/profile.h"
#include "src/base/sized.h"
#include "src/identity/identity.h"
#include "src/profile/marks.h"
#include "src/profile/marks_row.h"

/* What was said of one kind, in a copy of its own. */
typedef struct history {
    kithi_arena arena;
    const kithi_said **items;
    size_t count, at;
} history;

struct kith_tag_iter {
    history told;
};

struct kith_mark_iter {
    history told;
};

/* A removal of a tag is of the kind of tags. */
static bool is_of(const kithi_said *said, kithi_mark_kind kind) {
    return said->mark.kind == kind ||
           (kind == KITHI_MARK_TAG && said->mark.kind == KITHI_MARK_UNTAG);
}

/* By time; at one time by name, and of one name in the order in which they stand. */
static int by_time(const void *x, const void *y) {
    const kithi_said *a = *(const kithi_said *const *)x, *b = *(const kithi_said *const *)y;
    if (a->at_us != b->at_us) {
        return a->at_us < b->at_us ? -1 : 1;
    }
    int order = strcmp(a->mark.name.data, b->mark.name.data);
    return order != 0 || a == b ? order : kithi_said_prevails(a, b) ? -1 : 1;
}

static int load(const kith_profile *profile, kithi_mark_kind kind, history *h) {
    uint32_t *records = NULL;
    size_t count = 0;
    kithi_marks marks = {NULL, 0};
    int rc = kithi_identity_members(profile->txn, profile->number, &h->arena, &records, &count);
    if (rc == KITH_OK) {
        rc = kithi_marks_load(profile->txn, records, count, &h->arena, &marks);
    }
    for (size_t i = 0; i < marks.count; i++) {
        if (is_of(marks.items[i], kind)) {
            marks.items[h->count++] = marks.items[i];
        }
    }
    h->items = marks.items;
    if (rc == KITH_OK && h->count > 1) {
        qsort(h->items, h->count, sizeof *h->items, by_time);
    }
    return rc;
}

static const kithi_said *next(history *h) {
    return h->at < h->count ? h->items[h->at++] : NULL;
}

/* Tags */

int kith_tag_iter_open(const kith_profile *profile, kith_tag_iter **out) {
    int rc = kithi_txn_check_read(profile->txn);
    if (rc != KITH_OK) {
        return rc;
    }
    kith_tag_iter *iter = calloc(1, sizeof *iter);
    if (iter == NULL) {
        return kithi_error_memory(kithi_txn_error(profile->txn));
    }
    kithi_arena_init(&iter->told.arena);
    rc = load(profile, KITHI_MARK_TAG, &iter->told);
    if (rc != KITH_OK) {
        kith_tag_iter_close(iter);
        return rc;
    }
    *out = iter;
    return KITH_OK;
}

int kith_tag_iter_next(kith_tag_iter *iter, kith_tag *out) {
    const kithi_said *said = next(&iter->told);
    if (said == NULL) {
        return KITH_DONE;
    }
    kith_tag tag = {.name = said->mark.name.data,
                    .removed = said->mark.kind == KITHI_MARK_UNTAG,
                    .value = kith_value_null(),
                    .origin = said->mark.origin,
                    .confidence = said->mark.confidence,
                    .record = said->record,
                    .at_us = said->at_us,
                    .expires_at_us = said->mark.expires_at_us,
                    .by = said->mark.by.data};
    if (!tag.removed) {
        kithi_tag_value(said->mark.value, &tag.value); /* it was read before */
    }
    kithi_give(out, &tag, sizeof tag);
    return KITH_OK;
}

void kith_tag_iter_close(kith_tag_iter *iter) {
    if (iter != NULL) {
        kithi_arena_clear(&iter->told.arena);
        free(iter);
    }
}

/* Consents, points and scores */

int kith_mark_iter_open(const kith_profile *profile, kith_mark_kind kind, kith_mark_iter **out) {
    kith_error *error = kithi_txn_error(profile->txn);
    int rc = kithi_txn_check_read(profile->txn);
    if (rc == KITH_OK && (kind < KITH_MARK_CONSENT || kind > KITH_MARK_SCORE)) {
        rc = kithi_error_set(error, KITH_MISUSE, "%d is no kith_mark_kind", (int)kind);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    kith_mark_iter *iter = calloc(1, sizeof *iter);
    if (iter == NULL) {
        return kithi_error_memory(error);
    }
    kithi_arena_init(&iter->told.arena);
    rc = load(profile, (kithi_mark_kind)kind, &iter->told);
    if (rc != KITH_OK) {
        kith_mark_iter_close(iter);
        return rc;
    }
    *out = iter;
    return KITH_OK;
}

int kith_mark_iter_next(kith_mark_iter *iter, kith_mark *out) {
    const kithi_said *said = next(&iter->told);
    if (said == NULL) {
        return KITH_DONE;
    }
    const kith_mark mark = {.kind = (kith_mark_kind)said->mark.kind,
                            .name = said->mark.name.data,
                            .detail = said->mark.detail.data,
                            .granted = said->mark.granted,
                            .micros = said->mark.micros,
                            .record = said->record,
                            .at_us = said->at_us,
                            .by = said->mark.by.data};
    kithi_give(out, &mark, sizeof mark);
    return KITH_OK;
}

void kith_mark_iter_close(kith_mark_iter *iter) {
    if (iter != NULL) {
        kithi_arena_clear(&iter->told.arena);
        free(iter);
    }
}
