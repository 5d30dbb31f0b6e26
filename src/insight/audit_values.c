#include "src/insight/audit_values.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/error.h"
#include "src/base/grow.h"
#include "src/base/hash.h"
#include "src/base/text.h"
#include "src/base/value.h"
#include "src/store/codec.h"
#include "src/store/kv.h"
#include "src/store/txn.h"

#define FOLDED_MAX_BYTES 512
#define TOP_PART         100 /* a value is named that is one in so many */

void kithi_audit_values_init(kithi_audit_values *v, const kithi_model *model) {
    memset(v, 0, sizeof *v);
    v->model = model;
}

void kithi_audit_values_clear(kithi_audit_values *v) {
    for (size_t i = 0; i < KITHI_MODEL_ATTRIBUTES_MAX; i++) {
        free(v->lists[i].hashes);
    }
}

/* Folds a value; one that is too long to fold is taken by its bytes, and has no text. */
static uint64_t fold_value(const kithi_row_value *stored, char out[FOLDED_MAX_BYTES],
                           size_t *out_size) {
    kithi_walker walker = kithi_walker_of(stored->packed, stored->packed_size);
    char shown[FOLDED_MAX_BYTES];
    kith_value value;
    *out_size = 0;
    if (!kithi_walk_value(&walker, NULL, &value)) {
        return kithi_hash64(stored->packed, stored->packed_size, 0);
    }
    if (value.type != KITH_TYPE_TEXT) {
        kithi_value_show(&value, shown, sizeof shown);
        value = kith_value_text(shown);
    }
    return kithi_text_fold(value.as.text.data, value.as.text.size, out, FOLDED_MAX_BYTES, out_size)
               ? kithi_hash64(out, *out_size, 0)
               : kithi_hash64(value.as.text.data, value.as.text.size, 0);
}

/* The list of a value's attribute; NULL: it isn't compared. */
static struct kithi_audit_list *list_of(kithi_audit_values *v, const kithi_row_value *value) {
    const kithi_model *model = v->model;
    bool compared = !value->floor && value->attribute < model->place_count &&
                    model->place_of[value->attribute] != KITHI_NOT_COMPARED;
    return compared ? &v->lists[model->place_of[value->attribute]] : NULL;
}

int kithi_audit_values_add(kithi_audit_values *v, kithi_slice row) {
    const struct kithi_audit_list *last = NULL;
    kithi_row_header header;
    kithi_row_value value;
    kithi_walker walker;
    if (!kithi_row_values(row, &header, &walker)) {
        return KITH_CORRUPT;
    }
    while (kithi_row_next(&header, &walker, &value)) {
        char folded[FOLDED_MAX_BYTES];
        size_t size;
        struct kithi_audit_list *list = list_of(v, &value);
        if (list == NULL) {
            continue;
        }
        if (!KITHI_GROW(list->hashes, list->capacity, list->count + 1)) {
            return KITH_NO_MEMORY;
        }
        list->hashes[list->count++] = fold_value(&value, folded, &size);
        list->record_count += list != last; /* the values of an attribute follow each other */
        last = list;
    }
    return KITH_OK;
}

static int compare_hashes(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Of values that are there equally often the one of the least hash is the most frequent. */
static void count_list(struct kithi_audit_list *list) {
    if (list->count > 1) {
        qsort(list->hashes, list->count, sizeof *list->hashes, compare_hashes);
    }
    for (size_t begin = 0, end; begin < list->count; begin = end) {
        for (end = begin + 1; end < list->count && list->hashes[end] == list->hashes[begin];) {
            end++;
        }
        list->distinct_count++;
        if (end - begin > list->top_count) {
            list->top_count = end - begin;
            list->top_hash = list->hashes[begin];
        }
    }
}

/* Naming the most frequent */

typedef struct naming {
    kithi_audit_values *values;
    const char *names[KITHI_MODEL_ATTRIBUTES_MAX];
    size_t missing;
    kithi_arena *arena;
} naming;

static bool is_named(const struct kithi_audit_list *list) {
    return list->top_count > 1 && list->top_count >= list->count / TOP_PART;
}

static bool name_row(naming *n, kithi_slice row) {
    kithi_row_header header;
    kithi_row_value value;
    kithi_walker walker;
    bool ok = kithi_row_values(row, &header, &walker);
    while (ok && kithi_row_next(&header, &walker, &value)) {
        char folded[FOLDED_MAX_BYTES];
        size_t size;
        struct kithi_audit_list *list = list_of(n->values, &value);
        size_t place = list != NULL ? (size_t)(list - n->values->lists) : 0;
        if (list == NULL || !is_named(list) || n->names[place] != NULL ||
            fold_value(&value, folded, &size) != list->top_hash) {
            continue;
        }
        n->names[place] = kithi_arena_copy(n->arena, folded, size);
        n->missing--;
        ok = n->names[place] != NULL;
    }
    return ok;
}

/* Reads records until all that are to be named are: few, as these are frequent. */
static int name_tops(naming *n, kith_txn *txn) {
    kithi_cursor *cursor;
    kithi_slice row = {NULL, 0};
    int rc = kithi_cursor_open(txn, KITHI_TABLE_RECORD, &cursor);
    if (rc != KITH_OK) {
        return rc;
    }
    for (size_t i = 0; i < n->values->model->attribute_count; i++) {
        n->missing += is_named(&n->values->lists[i]);
    }
    rc = n->missing > 0 ? kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, NULL, &row) : KITH_NOT_FOUND;
    while (rc == KITH_OK && n->missing > 0) {
        rc = name_row(n, row) ? kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, NULL, &row)
                              : KITH_NO_MEMORY;
    }
    kithi_cursor_close(cursor);
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static double part_of(uint64_t part, uint64_t whole) {
    return whole > 0 ? (double)part / (double)whole : 0;
}

int kithi_audit_values_tell(kithi_audit_values *v, kith_txn *txn, uint64_t record_count,
                            kithi_arena *arena, const kith_audit_attribute *const **out,
                            size_t *out_count) {
    size_t most = v->model->attribute_count, count = 0;
    naming n = {.values = v, .arena = arena};
    const kith_audit_attribute **list = kithi_arena_calloc(arena, most + 1, sizeof *list);
    for (size_t i = 0; i < most; i++) {
        count_list(&v->lists[i]);
    }
    int rc = list != NULL ? name_tops(&n, txn) : KITH_NO_MEMORY;
    for (size_t i = 0; rc == KITH_OK && i < most; i++) {
        const struct kithi_audit_list *from = &v->lists[i];
        const char *name = v->model->attributes[i].name;
        kith_audit_attribute *to = kithi_arena_alloc(arena, sizeof *to);
        name = kithi_arena_copy(arena, name, strlen(name));
        if (to == NULL || name == NULL) {
            return KITH_NO_MEMORY;
        }
        *to = (kith_audit_attribute){sizeof *to,
                                     name,
                                     from->record_count,
                                     from->count,
                                     from->distinct_count,
                                     from->top_count,
                                     n.names[i],
                                     part_of(from->record_count, record_count),
                                     part_of(from->distinct_count, from->count)};
        list[count] = to;
        count += from->count > 0;
    }
    *out = list;
    *out_count = count;
    return rc;
}
