/*
 * Finding profiles: by identifier, by id, by record, one after another.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/map.h"
#include "src/base/sized.h"
#include "src/fact/holders.h"
#include "src/fact/normalise.h"
#include "src/state/state.h"

#define SAME_PROFILE_MAX 16 /* records looked at to see that they are of one profile */

static int begin_read(kith_txn *txn) {
    int rc = kithi_txn_check_read(txn);
    return rc == KITH_OK ? kithi_state_apply(txn) : rc;
}

/* The profile of a record, into a struct of the caller's. */
static int give_profile(kith_txn *txn, uint32_t record, int64_t now_us, kith_profile *out) {
    kith_profile view;
    int rc = kithi_state_profile(txn, record, now_us, kithi_txn_arena(txn), &view);
    if (rc == KITH_OK) {
        kithi_give(out, &view, sizeof view);
    }
    return rc;
}

int kith_profile_of_record(kith_txn *txn, uint32_t record, int64_t now_us, kith_profile *out) {
    int rc = begin_read(txn);
    return rc == KITH_OK ? give_profile(txn, record, now_us, out) : rc;
}

int kith_profile_get(kith_txn *txn, const kith_id *id, int64_t now_us, kith_profile *out) {
    uint32_t record;
    int rc = begin_read(txn);
    if (rc == KITH_OK) {
        rc = kithi_record_number_of_id(txn, id, &record);
    }
    if (rc == KITH_NOT_FOUND) {
        return kithi_error_set(kithi_txn_error(txn), KITH_NOT_FOUND, "no profile has this id");
    }
    return rc == KITH_OK ? give_profile(txn, record, now_us, out) : rc;
}

/* A search: the profiles among whose records the value is. */
typedef struct search {
    kith_txn *txn;
    const kithi_attribute *type;
    char text[KITHI_IDENTIFIER_MAX_BYTES];
    size_t size;
    int64_t now_us;
} search;

static bool is_wanted(const search *s, const kith_record_value *value) {
    return value->value.type == KITH_TYPE_TEXT && strcmp(value->attribute, s->type->name) == 0 &&
           value->value.as.text.size == s->size &&
           memcmp(value->value.as.text.data, s->text, s->size) == 0;
}

static bool is_unique(const search *s, const char *attribute) {
    const kithi_attribute *type =
        kithi_catalog_find_attribute(kithi_txn_catalog(s->txn), attribute);
    return type != NULL && type->identifier != NULL && type->identifier->unique;
}

/* Whether a record has the value itself, as hashes may collide, and may link by it: a shared record
 * doesn't. */
static int record_has(const search *s, uint32_t number, bool *out_has, bool *out_links) {
    kith_record record = KITH_RECORD_INIT;
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    const char *last = "";
    size_t cursor = 0;
    bool shared = false;
    *out_has = false;
    int rc = kith_record_get_number(s->txn, number, &record);
    while (rc == KITH_OK && (rc = kith_record_next_value(&record, &cursor, &value)) == KITH_OK) {
        if (value.status == KITH_VALUE_LIVE) {
            shared = shared || (strcmp(last, value.attribute) == 0 && is_unique(s, last));
            last = value.attribute; /* the values of an attribute follow each other */
            *out_has = *out_has || is_wanted(s, &value);
        }
    }
    *out_links = *out_has && !shared;
    return rc == KITH_DONE ? KITH_OK : rc;
}

static int no_match(kith_txn *txn, const search *s) {
    if (kithi_identifier_blocked(s->type->identifier, s->text, s->size)) {
        return kithi_error_set(kithi_txn_error(txn), KITH_NOT_FOUND,
                               "%s '%.*s' is blocked: it stands for nobody", s->type->name,
                               (int)s->size, s->text);
    }
    return kithi_error_set(kithi_txn_error(txn), KITH_NOT_FOUND, "nobody has %s '%.*s'",
                           s->type->name, (int)s->size, s->text);
}

static int prepare(kith_txn *txn, const char *type, const char *value, search *s) {
    s->txn = txn;
    s->type = type != NULL ? kithi_catalog_find_attribute(kithi_txn_catalog(txn), type) : NULL;
    if (value == NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                               "kith_profile_find: a value is required");
    }
    if (s->type == NULL || s->type->identifier == NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_INVALID, "'%.60s' is no identifier type",
                               type != NULL ? type : "");
    }
    size_t size = strlen(value);
    const char *region = kithi_catalog_region(kithi_txn_catalog(txn));
    if (kithi_normalise(s->type->identifier->normaliser, region, value, size, s->text, &s->size) !=
        KITH_OK) {
        return kithi_error_set(kithi_txn_error(txn), KITH_INVALID, "'%.60s' is no value of %s",
                               value, s->type->name);
    }
    return KITH_OK;
}

static int load_profile(const search *s, uint32_t record, kith_profile *out) {
    return kithi_state_profile(s->txn, record, s->now_us, kithi_txn_arena(s->txn), out);
}

/* The quick way: all records with the hash are of one profile, and the row that is read anyway
 * shows the value. */
static int find_single(const search *s, uint32_t record, kith_profile *out) {
    bool has = true, links;
    int rc = load_profile(s, record, out);
    if (rc == KITH_OK && !kithi_state_has_identifier((kithi_slice){out->row, out->row_bytes},
                                                     s->type, s->text, s->size)) {
        rc = record_has(s, record, &has, &links);
    }
    return rc != KITH_OK || has ? rc : no_match(s->txn, s);
}

/* The profiles of the records of a hash, as they are walked. */
typedef struct heads {
    kithi_map having;        /* those that have the value */
    uint32_t least, linking; /* the smallest that has it, that links by it; UINT32_MAX: none */
} heads;

/* Takes one record in, which is read only if it may tell something new of its profile. */
static int add_holder(const search *s, uint32_t record, heads *found) {
    uint32_t head;
    bool has = false, links = false;
    int rc = kithi_identity_head(s->txn, record, &head);
    bool known = rc == KITH_OK && kithi_map_get(&found->having, head) != NULL;
    if (rc == KITH_OK && (!known || head < found->linking)) {
        rc = record_has(s, record, &has, &links);
    }
    if (rc != KITH_OK || !has) {
        return rc;
    }
    if (kithi_map_put(&found->having, head, 0, NULL) == NULL) {
        return kithi_error_memory(kithi_txn_error(s->txn));
    }
    found->least = head < found->least ? head : found->least;
    found->linking = links && head < found->linking ? head : found->linking;
    return KITH_OK;
}

/* Takes all records of the hash in, from `record` on. KITH_NOT_FOUND: none has the value. */
static int add_holders(const search *s, kithi_holders *holders, uint32_t record, heads *found) {
    int rc = KITH_OK;
    while (rc == KITH_OK) {
        rc = add_holder(s, record, found);
        if (rc == KITH_OK) {
            rc = kithi_holders_next(holders, &record);
        }
    }
    if (rc != KITH_NOT_FOUND) {
        return rc;
    }
    return found->having.count > 0 ? KITH_OK : no_match(s->txn, s);
}

/* Several records have the hash: the smallest profile that links by the value, or else that only
 * has it. */
static int find_among(const search *s, kithi_holders *holders, uint32_t record, kith_profile *out,
                      size_t *out_count) {
    heads found = {.least = UINT32_MAX, .linking = UINT32_MAX};
    kithi_map_init(&found.having);
    int rc = add_holders(s, holders, record, &found);
    *out_count = found.having.count;
    kithi_map_clear(&found.having);
    if (rc != KITH_OK) {
        return rc;
    }
    return load_profile(s, found.linking != UINT32_MAX ? found.linking : found.least, out);
}

/* Whether all records of a hash are of one profile; few are looked at. */
static int one_profile(const search *s, kithi_holders *holders, uint32_t record, size_t count,
                       bool *out) {
    uint32_t first = 0, head;
    int rc = KITH_OK;
    *out = count <= SAME_PROFILE_MAX;
    for (size_t i = 0; rc == KITH_OK && *out && count > 1 && i < count; i++) {
        rc = i > 0 ? kithi_holders_next(holders, &record) : KITH_OK;
        if (rc == KITH_OK) {
            rc = kithi_identity_head(s->txn, record, &head);
        }
        first = i == 0 ? head : first;
        *out = head == first;
    }
    return rc;
}

static int first_holder(const search *s, kithi_holders *holders, uint32_t *out, size_t *count) {
    uint64_t hash = kithi_identifier_hash(s->type, s->text, s->size), dirty_chunks;
    int rc = kithi_count(s->txn, KITHI_TABLE_DIRTY, &dirty_chunks);
    if (rc == KITH_OK) {
        rc = dirty_chunks == 0 ? kithi_holders_first_moved(s->txn, hash, holders, out)
                               : kithi_holders_first(s->txn, hash, holders, out);
    }
    return rc == KITH_OK ? kithi_holders_count(holders, count) : rc;
}

static int find(const search *s, kith_profile *out, size_t *out_count) {
    kithi_holders holders;
    size_t count = 0;
    uint32_t first;
    bool one;
    int rc = first_holder(s, &holders, &first, &count);
    if (rc != KITH_OK) {
        return rc == KITH_NOT_FOUND ? no_match(s->txn, s) : rc;
    }
    rc = one_profile(s, &holders, first, count, &one);
    if (rc == KITH_OK && one && (count == 1 || s->type->survivorship == KITHI_SURVIVORSHIP_UNION)) {
        rc = find_single(s, first, out);
        *out_count = rc == KITH_OK;
        if (rc != KITH_NOT_FOUND || count == 1) {
            return rc;
        }
    }
    rc = rc == KITH_OK || rc == KITH_NOT_FOUND ? first_holder(s, &holders, &first, &count) : rc;
    return rc == KITH_OK ? find_among(s, &holders, first, out, out_count) : rc;
}

int kith_profile_find(kith_txn *txn, const char *type, const char *value, int64_t now_us,
                      kith_profile *out, size_t *out_count) {
    search s = {.now_us = now_us};
    kith_profile view;
    size_t count = 0;
    if (out == NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_profile_find: a place for the profile is required");
    }
    int rc = begin_read(txn);
    if (rc == KITH_OK) {
        rc = prepare(txn, type, value, &s);
    }
    if (rc == KITH_OK) {
        rc = find(&s, &view, &count);
    }
    if (rc == KITH_OK) {
        kithi_give(out, &view, sizeof view);
    }
    if (out_count != NULL) {
        *out_count = rc == KITH_OK ? count : 0;
    }
    return rc;
}

static int compare_heads(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The profiles' numbers in ascending order; malloc'ed, NULL when memory is out. */
static uint32_t *sorted_heads(const kithi_map *having) {
    uint32_t *numbers = malloc(having->count * sizeof *numbers);
    size_t count = 0;
    for (size_t i = 0; numbers != NULL && i < having->capacity; i++) {
        if (having->slots[i].used) {
            numbers[count++] = (uint32_t)having->slots[i].key;
        }
    }
    if (numbers != NULL) {
        qsort(numbers, count, sizeof *numbers, compare_heads);
    }
    return numbers;
}

static int give_ids(kith_txn *txn, const kithi_map *having, kith_id **out) {
    uint32_t *numbers = sorted_heads(having);
    kith_id *ids = calloc(having->count, sizeof *ids);
    int rc = numbers != NULL && ids != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(txn));
    for (size_t i = 0; rc == KITH_OK && i < having->count; i++) {
        rc = kith_profile_id_of_record(txn, numbers[i], &ids[i]);
    }
    free(numbers);
    if (rc != KITH_OK) {
        free(ids);
        return rc;
    }
    *out = ids;
    return KITH_OK;
}

int kith_profile_find_ids(kith_txn *txn, const char *type, const char *value, kith_id **out_ids,
                          size_t *out_count) {
    search s = {.now_us = 0};
    heads found = {.least = UINT32_MAX, .linking = UINT32_MAX};
    kithi_holders holders;
    uint32_t first;
    size_t count;
    if (out_ids == NULL || out_count == NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_profile_find_ids: a place for the ids is required");
    }
    kithi_map_init(&found.having);
    int rc = begin_read(txn);
    if (rc == KITH_OK) {
        rc = prepare(txn, type, value, &s);
    }
    if (rc == KITH_OK) {
        rc = first_holder(&s, &holders, &first, &count);
        rc = rc == KITH_NOT_FOUND ? no_match(txn, &s) : rc;
    }
    if (rc == KITH_OK) {
        rc = add_holders(&s, &holders, first, &found);
    }
    if (rc == KITH_OK) {
        rc = give_ids(txn, &found.having, out_ids);
    }
    *out_count = rc == KITH_OK ? found.having.count : *out_count;
    kithi_map_clear(&found.having);
    return rc;
}

int kith_profile_id_of_record(kith_txn *txn, uint32_t record, kith_id *out) {
    kith_record present = KITH_RECORD_INIT;
    uint32_t head;
    int rc = begin_read(txn);
    if (rc == KITH_OK) {
        rc = kith_record_get_number(txn, record, &present);
    }
    if (rc == KITH_OK) {
        rc = kithi_identity_head(txn, record, &head);
    }
    return rc == KITH_OK ? kithi_identity_id(txn, head, out) : rc;
}

int kith_profile_next_record(const kith_profile *profile, size_t *cursor, uint32_t *out_number) {
    kith_txn *txn = profile->txn;
    uint8_t key_bytes[4], from[4];
    kithi_cursor *rows;
    if (profile->record_count == 1) {
        *out_number = profile->number;
        return (*cursor)++ == 0 ? KITH_OK : KITH_DONE;
    }
    if (*cursor > UINT32_MAX) {
        return KITH_DONE;
    }
    kithi_put32(key_bytes, profile->number);
    kithi_put32(from, (uint32_t)*cursor);
    kithi_slice key = {key_bytes, 4}, number = {from, 4};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_CLUSTER, &rows);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(rows, KITHI_SEEK_VALUE_FROM, &key, &number);
    }
    if (rc != KITH_OK) {
        return rc == KITH_NOT_FOUND ? KITH_DONE : rc;
    }
    *out_number = kithi_get32(number.data);
    *cursor = (size_t)*out_number + 1;
    return KITH_OK;
}

struct kith_profile_iter {
    kithi_watch watch;
    int64_t now_us;
    uint64_t next, end;
    kithi_arena arena; /* of one step */
};

int kith_profile_iter_open(kith_txn *txn, int64_t now_us, kith_profile_iter **out) {
    kithi_counters *counters;
    int rc = begin_read(txn);
    if (rc == KITH_OK) {
        rc = kithi_txn_counters(txn, &counters);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    kith_profile_iter *iter = calloc(1, sizeof *iter);
    if (iter == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    iter->watch = kithi_watch_begin(txn, KITHI_WATCH_ALL); /* a row is of all tables */
    iter->now_us = now_us;
    iter->end = counters->next_record;
    kithi_arena_init(&iter->arena);
    *out = iter;
    return KITH_OK;
}

int kith_profile_iter_next(kith_profile_iter *iter, kith_profile *out) {
    kith_txn *txn = iter->watch.txn;
    kith_profile view;
    uint32_t head;
    int rc = kithi_watch_check(&iter->watch, "profiles");
    kithi_arena_reset(&iter->arena);
    while (rc == KITH_OK && iter->next < iter->end) {
        uint32_t record = (uint32_t)iter->next++;
        rc = kithi_identity_head(txn, record, &head);
        if (rc == KITH_OK && head == record) {
            rc = kithi_state_profile(txn, head, iter->now_us, &iter->arena, &view);
            if (rc == KITH_OK) {
                kithi_give(out, &view, sizeof view);
            }
            return rc;
        }
    }
    return rc == KITH_OK ? KITH_DONE : rc;
}

void kith_profile_iter_close(kith_profile_iter *iter) {
    if (iter != NULL) {
        kithi_arena_clear(&iter->arena);
        free(iter);
    }
}
