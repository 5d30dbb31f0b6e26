/*
 * Searching: what is asked for becomes the features of a record that isn't there, and is compared
 * with those that share a block or an identifier with it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/sized.h"
#include "src/fact/given_row.h"
#include "src/fact/holders.h"
#include "src/fact/record_key.h"
#include "src/identity/candidates.h"
#include "src/match/block.h"
#include "src/match/compare_pair.h"
#include "src/match/model_row.h"
#include "src/state/state.h"

#define NAME_SHOWN_BYTES 128
#define HOLDERS_MAX      64 /* records of one identifier that are looked at */

/* A record that may be meant; later the best one of a profile. */
typedef struct hit {
    uint32_t record, profile;
    int32_t weight;
    const char *identifier;
    kith_id id;
} hit;

typedef struct search {
    kith_txn *txn;
    const kithi_model *model;
    kithi_candidates candidates;
    kithi_buffer row;   /* what is asked for */
    size_t asked_count; /* attributes, at most */
    uint64_t room[KITHI_FEATURES_MAX_BYTES / sizeof(uint64_t)];
    hit *hits;
    size_t count, capacity;
    int32_t best; /* weight so far */
    uint64_t compared_count;
    bool partial;
} search;

/* A result and the memory of what it lists. */
typedef struct owned_result {
    kith_search_result public;
    kithi_arena arena;
} owned_result;

static int no_memory(search *s) {
    return kithi_error_memory(kithi_txn_error(s->txn));
}

static const kithi_features *features_of(const search *s) {
    return (const kithi_features *)(const void *)s->room;
}

static int add_hit(search *s, uint32_t record, int32_t weight, const char *identifier) {
    if (!KITHI_GROW(s->hits, s->capacity, s->count + 1)) {
        return no_memory(s);
    }
    s->hits[s->count++] = (hit){.record = record, .weight = weight, .identifier = identifier};
    s->best = weight > s->best ? weight : s->best;
    return KITH_OK;
}

/* By identifiers */

/* Whether a record has the very value: hashes may collide. */
static int record_has(search *s, uint32_t record, const kithi_row_value *wanted, bool *out) {
    kithi_slice row;
    kithi_row_header header;
    kithi_row_value value;
    kithi_walker walker;
    int rc = kithi_record_row(s->txn, record, &row);
    *out = false;
    if (rc == KITH_OK && !kithi_row_values(row, &header, &walker)) {
        return kithi_record_damaged(s->txn, record);
    }
    while (rc == KITH_OK && !*out && kithi_row_next(&header, &walker, &value)) {
        *out = value.status == KITH_VALUE_LIVE && kithi_row_value_compare(&value, wanted) == 0;
    }
    return rc;
}

static int add_holder(search *s, uint32_t record, const kithi_row_value *wanted,
                      const kithi_attribute *type) {
    const kithi_features *other;
    uint64_t pattern;
    bool has;
    int rc = record_has(s, record, wanted, &has);
    if (rc != KITH_OK || !has) {
        return rc;
    }
    rc = kithi_candidates_features(&s->candidates, record, &other);
    s->compared_count++;
    return rc == KITH_OK
               ? add_hit(s, record,
                         kithi_pair_weight(s->model, features_of(s), other, INT32_MIN, &pattern),
                         type->name)
               : rc;
}

static int add_holders(search *s, const kithi_row_value *wanted) {
    const kithi_attribute *type =
        kithi_catalog_attribute(kithi_txn_catalog(s->txn), wanted->attribute);
    kithi_walker walker = kithi_walker_of(wanted->packed, wanted->packed_size);
    kithi_holders holders;
    const char *text;
    size_t size, taken = 0;
    uint32_t record;
    if (!kithi_walk_text(&walker, &text, &size)) {
        return KITH_OK;
    }
    int rc =
        kithi_holders_first(s->txn, kithi_identifier_hash(type, text, size), &holders, &record);
    while (rc == KITH_OK && taken < HOLDERS_MAX) {
        rc = add_holder(s, record, wanted, type);
        taken++;
        rc = rc == KITH_OK ? kithi_holders_next(&holders, &record) : rc;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* *out_any: identifiers were asked for. */
static int search_identifiers(search *s, bool *out_any) {
    kithi_row_header header;
    kithi_row_value value;
    kithi_walker walker;
    int rc = KITH_OK;
    *out_any = false;
    kithi_row_values((kithi_slice){s->row.data, s->row.size}, &header, &walker);
    while (rc == KITH_OK && kithi_row_next(&header, &walker, &value)) {
        if (value.status == KITH_VALUE_LIVE) {
            *out_any = true;
            rc = add_holders(s, &value);
        }
    }
    return rc;
}

/* By blocks */

static int add_scored(search *s, const kithi_scored *pairs, size_t count) {
    int rc = KITH_OK;
    s->compared_count += s->candidates.record_count;
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = add_hit(s, pairs[i].other, pairs[i].weight, NULL);
    }
    return rc;
}

static int search_blocks(search *s) {
    kithi_candidates *c = &s->candidates;
    int32_t floor = s->model->prior[KITHI_RIVAL_STRANGER] + 1;
    kithi_scored *pairs;
    size_t count;
    bool identified = s->count > 0;
    int rc = kithi_candidates_score_features(c, features_of(s), UINT32_MAX, floor, &pairs, &count);
    rc = rc == KITH_OK ? add_scored(s, pairs, count) : rc;
    if (rc != KITH_OK || identified || s->best >= s->model->link_at) {
        return rc;
    }
    rc = kithi_candidates_widen(c, features_of(s), &s->partial);
    if (rc == KITH_OK) {
        rc = kithi_candidates_score_at_hand(c, features_of(s), UINT32_MAX, floor, &pairs, &count);
    }
    return rc == KITH_OK ? add_scored(s, pairs, count) : rc;
}

/* Whether a value makes no difference: the model doesn't compare it, or it isn't of its type's form
 * and says nothing at all. A date may be a year. */
static bool is_unread(const search *s, const kithi_row_value *value) {
    const kithi_attribute *type =
        kithi_catalog_attribute(kithi_txn_catalog(s->txn), value->attribute);
    if (type->identifier != NULL) {
        return value->status == KITH_VALUE_INVALID;
    }
    size_t place = value->attribute < s->model->place_count ? s->model->place_of[value->attribute]
                                                            : KITHI_NOT_COMPARED;
    if (place == KITHI_NOT_COMPARED || value->status != KITH_VALUE_INVALID) {
        return place == KITHI_NOT_COMPARED;
    }
    return kithi_features_of(features_of(s), s->model->attributes[place].comparison).count == 0;
}

/* ", and email can't be read": the first of what says nothing. */
static void show_unread(const search *s, char out[NAME_SHOWN_BYTES]) {
    kithi_row_header header;
    kithi_row_value value;
    kithi_walker walker;
    out[0] = '\0';
    kithi_row_values((kithi_slice){s->row.data, s->row.size}, &header, &walker);
    while (out[0] == '\0' && kithi_row_next(&header, &walker, &value)) {
        if (is_unread(s, &value)) {
            snprintf(out, NAME_SHOWN_BYTES, ", and %.60s makes no difference",
                     kithi_catalog_attribute(kithi_txn_catalog(s->txn), value.attribute)->name);
        }
    }
}

static int tell_too_little(const search *s) {
    const kithi_block_rules *blocks = &s->model->blocks;
    char rules[240] = "", unread[NAME_SHOWN_BYTES];
    show_unread(s, unread);
    if (kithi_block_rules_are_standard(blocks)) {
        return kithi_error_set(kithi_txn_error(s->txn), KITH_INVALID,
                               "too little to search by%s: give two words of a name, a name and a "
                               "birth date or a town, or an identifier",
                               unread);
    }
    for (size_t i = 0; i < blocks->count; i++) {
        size_t used = strlen(rules);
        snprintf(rules + used, sizeof rules - used, "%s%.60s", i > 0 ? ", " : "",
                 blocks->items[i].name);
    }
    return kithi_error_set(kithi_txn_error(s->txn), KITH_INVALID,
                           "too little to search by%s: give an identifier, or what a block key is "
                           "made of: %s",
                           unread, rules);
}

static int look_up(search *s) {
    uint64_t keys[KITHI_BLOCK_KEYS_MAX];
    bool identifiers;
    int rc = search_identifiers(s, &identifiers);
    if (rc == KITH_OK && !identifiers && kithi_block_keys(s->model, features_of(s), keys) == 0) {
        return tell_too_little(s);
    }
    return rc == KITH_OK ? search_blocks(s) : rc;
}

/* Ranking */

/* The best record of a profile first: with an identifier, of more weight, of the lesser number. */
static int compare_records(const void *a, const void *b) {
    const hit *x = a, *y = b;
    if (x->profile != y->profile) {
        return x->profile < y->profile ? -1 : 1;
    }
    if (x->weight != y->weight) {
        return x->weight > y->weight ? -1 : 1;
    }
    return (x->record > y->record) - (x->record < y->record);
}

static int compare_ranks(const void *a, const void *b) {
    const hit *x = a, *y = b;
    bool x_known = x->identifier != NULL, y_known = y->identifier != NULL;
    if (x_known != y_known) {
        return x_known ? -1 : 1;
    }
    return x->weight != y->weight ? (x->weight > y->weight ? -1 : 1)
                                  : memcmp(x->id.bytes, y->id.bytes, sizeof x->id.bytes);
}

/* One hit for each profile: its best record, and an identifier if one of its records has it. */
static int unite_profiles(search *s) {
    size_t kept = 0;
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < s->count; i++) {
        rc = kithi_identity_head(s->txn, s->hits[i].record, &s->hits[i].profile);
    }
    if (rc != KITH_OK || s->count == 0) {
        return rc;
    }
    qsort(s->hits, s->count, sizeof *s->hits, compare_records);
    for (size_t i = 0; i < s->count; i++) {
        hit *last = kept > 0 ? &s->hits[kept - 1] : NULL;
        if (last == NULL || last->profile != s->hits[i].profile) {
            s->hits[kept++] = s->hits[i];
        } else if (last->identifier == NULL) {
            last->identifier = s->hits[i].identifier;
        }
    }
    s->count = kept;
    return KITH_OK;
}

/* Ids are read only of those that may be listed: who is as good as the last that is. */
static int rank(search *s, size_t limit) {
    int rc = KITH_OK;
    if (s->count > 0) {
        qsort(s->hits, s->count, sizeof *s->hits, compare_ranks);
    }
    size_t end = s->count < limit ? s->count : limit;
    while (end > 0 && end < s->count && s->hits[end].weight == s->hits[end - 1].weight) {
        end++;
    }
    for (size_t i = 0; rc == KITH_OK && i < end; i++) {
        rc = kith_profile_id_of_record(s->txn, s->hits[i].record, &s->hits[i].id);
    }
    if (rc == KITH_OK && end > 0) {
        qsort(s->hits, end, sizeof *s->hits, compare_ranks);
    }
    s->count = end < limit ? end : limit;
    return rc;
}

/* The result */

static kith_search_hit *copy_hit(const search *s, const hit *from, kithi_arena *arena) {
    kith_search_hit *to = kithi_arena_alloc(arena, sizeof *to);
    char *type = from->identifier != NULL
                     ? kithi_arena_copy(arena, from->identifier, strlen(from->identifier))
                     : NULL;
    if (to == NULL || (type == NULL && from->identifier != NULL)) {
        return NULL;
    }
    *to = (kith_search_hit){.size = sizeof *to,
                            .id = from->id,
                            .record = from->record,
                            .bits = (double)from->weight / KITHI_BIT,
                            .likely = from->weight >= s->model->link_at,
                            .identifier = type};
    return to;
}

/* The row is sorted by attribute: each is told once. False: memory is out. */
static bool give_unread(const search *s, owned_result *result) {
    const kithi_catalog *catalog = kithi_txn_catalog(s->txn);
    kithi_row_header header;
    kithi_row_value value;
    kithi_walker walker;
    size_t count = 0;
    const char **names = kithi_arena_calloc(&result->arena, s->asked_count + 1, sizeof *names);
    bool ok = names != NULL;
    kithi_row_values((kithi_slice){s->row.data, s->row.size}, &header, &walker);
    while (ok && kithi_row_next(&header, &walker, &value)) {
        const char *name = kithi_catalog_attribute(catalog, value.attribute)->name;
        if (is_unread(s, &value) && (count == 0 || strcmp(names[count - 1], name) != 0)) {
            names[count] = kithi_arena_copy(&result->arena, name, strlen(name));
            ok = names[count++] != NULL;
        }
    }
    result->public.unread = names;
    result->public.unread_count = count;
    return ok;
}

static int give_result(search *s, kith_search_result **out) {
    owned_result *result = calloc(1, sizeof *result);
    if (result == NULL) {
        return no_memory(s);
    }
    kithi_arena_init(&result->arena);
    const kith_search_hit **hits = kithi_arena_calloc(&result->arena, s->count + 1, sizeof *hits);
    bool ok = hits != NULL;
    for (size_t i = 0; ok && i < s->count; i++) {
        hits[i] = copy_hit(s, &s->hits[i], &result->arena);
        ok = hits[i] != NULL;
    }
    result->public = (kith_search_result){.size = sizeof result->public,
                                          .hit_count = s->count,
                                          .hits = hits,
                                          .compared_count = s->compared_count,
                                          .partial = s->partial};
    if (!ok || !give_unread(s, result)) {
        kith_search_result_free(&result->public);
        return no_memory(s);
    }
    *out = &result->public;
    return KITH_OK;
}

void kith_search_result_free(kith_search_result *result) {
    if (result != NULL) {
        owned_result *owned = (owned_result *)(void *)result;
        kithi_arena_clear(&owned->arena);
        free(owned);
    }
}

static int begin(search *s, const kith_field *fields, size_t field_count) {
    int rc = kithi_txn_check_read(s->txn);
    rc = rc == KITH_OK ? kithi_state_apply(s->txn) : rc;
    rc = rc == KITH_OK ? kithi_model_of(s->txn, &s->model) : rc;
    if (rc == KITH_OK && s->model == NULL) {
        return kithi_error_set(kithi_txn_error(s->txn), KITH_NOT_FOUND,
                               "the store has no match model yet: run kith resolve first");
    }
    s->asked_count = field_count;
    rc = rc == KITH_OK ? kithi_given_row(s->txn, fields, field_count, &s->row) : rc;
    if (rc == KITH_OK) {
        kithi_features_make(s->model, (kithi_slice){s->row.data, s->row.size},
                            (kithi_features *)(void *)s->room);
    }
    return rc;
}

static int run(search *s, const kith_field *fields, size_t field_count, size_t limit,
               kith_search_result **out) {
    int rc = begin(s, fields, field_count);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_candidates_init(&s->candidates, s->txn, s->model);
    rc = look_up(s);
    rc = rc == KITH_OK ? unite_profiles(s) : rc;
    rc = rc == KITH_OK ? rank(s, limit) : rc;
    rc = rc == KITH_OK ? give_result(s, out) : rc;
    kithi_candidates_clear(&s->candidates);
    return rc;
}

int kith_search(kith_txn *txn, const kith_field *fields, size_t field_count,
                const kith_search_options *given, kith_search_result **out) {
    kith_search_options options = KITH_SEARCH_OPTIONS_INIT;
    search s = {.txn = txn, .best = INT32_MIN};
    kith_error *error = kithi_txn_error(txn);
    if (out == NULL || (fields == NULL && field_count > 0)) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_search: fields and a place for the result are required");
    }
    kithi_buffer_init(&s.row);
    int rc = kithi_take(given, &options, sizeof options, "kith_search_options", error);
    if (rc == KITH_OK) {
        rc = run(&s, fields, field_count, options.limit > 0 ? options.limit : KITH_SEARCH_LIMIT,
                 out);
    }
    kithi_buffer_clear(&s.row);
    free(s.hits);
    return rc;
}
