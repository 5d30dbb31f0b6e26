#include "src/match/model_row.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/error.h"
#include "src/store/codec.h"
#include "src/store/txn.h"

#define LAYOUT 1 /* of the row */

static void pack_name(kithi_buffer *out, const char *name) {
    kithi_pack_text(out, name, strlen(name));
}

static void pack_terms(kithi_buffer *out, const kithi_terms *terms) {
    kithi_pack_uint(out, terms->total);
    kithi_pack_uint(out, terms->rest);
    kithi_pack_array(out, (uint32_t)terms->count);
    for (size_t i = 0; i < terms->capacity; i++) {
        if (terms->places[i].count > 0) {
            kithi_pack_uint(out, terms->places[i].hash);
            kithi_pack_uint(out, terms->places[i].count);
        }
    }
}

static void pack_comparison(kithi_buffer *out, const kithi_comparison *c) {
    pack_name(out, c->name);
    pack_name(out, c->kind->name);
    kithi_pack_array(out, c->kind->level_count - 1u);
    for (size_t level = 1; level < c->kind->level_count; level++) {
        kithi_pack_uint(out, c->m[level]);
        for (size_t rival = 0; rival < KITHI_RIVAL_COUNT; rival++) {
            kithi_pack_uint(out, c->u[rival][level]);
        }
    }
    kithi_pack_int(out, c->shared);
    pack_terms(out, &c->terms);
}

void kithi_model_pack(const kithi_model *model, kithi_buffer *out) {
    kithi_pack_uint(out, LAYOUT);
    kithi_pack_uint(out, model->record_count);
    kithi_pack_uint(out, model->match_count);
    for (size_t rival = 0; rival < KITHI_RIVAL_COUNT; rival++) {
        kithi_pack_int(out, model->prior[rival]);
    }
    kithi_pack_int(out, model->link_at);
    kithi_pack_int(out, model->known_at);
    kithi_pack_int(out, model->keep_at);
    kithi_pack_uint(out, model->block_cap);
    kithi_pack_uint(out, model->weak_least);
    kithi_pack_uint(out, model->cohesion);
    kithi_pack_array(out, (uint32_t)model->comparison_count);
    for (size_t i = 0; i < model->comparison_count; i++) {
        pack_comparison(out, &model->comparisons[i]);
    }
    kithi_pack_array(out, (uint32_t)model->attribute_count);
    for (size_t i = 0; i < model->attribute_count; i++) {
        pack_name(out, model->attributes[i].name);
        kithi_pack_uint(out, model->attributes[i].comparison);
        kithi_pack_uint(out, model->attributes[i].role);
    }
}

/* Reading. A false answer leaves the rest unread. */

typedef struct reader {
    kithi_walker walker;
    kithi_model *model;
    bool no_memory; /* why reading failed; else the row is damaged */
} reader;

static bool take_int32(kithi_walker *walker, int32_t *out) {
    int64_t value;
    if (!kithi_walk_int(walker, &value) || value < INT32_MIN || value > INT32_MAX) {
        return false;
    }
    *out = (int32_t)value;
    return true;
}

static bool take_uint32(kithi_walker *walker, uint32_t *out) {
    uint64_t value;
    if (!kithi_walk_uint(walker, &value) || value > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

static bool take_name(reader *r, const char **out) {
    const char *text;
    size_t size;
    if (!kithi_walk_text(&r->walker, &text, &size)) {
        return false;
    }
    *out = kithi_arena_copy(&r->model->arena, text, size);
    r->no_memory = *out == NULL;
    return *out != NULL;
}

static bool take_terms(reader *r, kithi_terms *terms) {
    kithi_walker *walker = &r->walker;
    uint32_t count;
    if (!kithi_walk_uint(walker, &terms->total) || !take_uint32(walker, &terms->rest) ||
        !kithi_walk_array(walker, &count) || count > (size_t)(walker->end - walker->at) ||
        (terms->rest == 0 && terms->total > 0)) {
        return false;
    }
    if (!kithi_terms_begin(terms, count)) {
        r->no_memory = true;
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t hash;
        uint32_t times;
        if (!kithi_walk_uint(walker, &hash) || !take_uint32(walker, &times) || times == 0) {
            return false;
        }
        kithi_terms_list(terms, hash, times);
    }
    return true;
}

static bool take_levels(kithi_walker *walker, kithi_comparison *c) {
    uint32_t count;
    if (!kithi_walk_array(walker, &count) || count != c->kind->level_count - 1u) {
        return false;
    }
    for (size_t level = 1; level <= count; level++) {
        bool ok = kithi_walk_uint(walker, &c->m[level]) && c->m[level] > 0;
        for (size_t rival = 0; ok && rival < KITHI_RIVAL_COUNT; rival++) {
            ok = kithi_walk_uint(walker, &c->u[rival][level]) && c->u[rival][level] > 0;
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool take_comparison(reader *r, kithi_comparison *c) {
    kithi_walker *walker = &r->walker;
    const char *kind;
    size_t size;
    if (!take_name(r, &c->name) || !kithi_walk_text(walker, &kind, &size)) {
        return false;
    }
    c->kind = kithi_kind_find(kind, size);
    return c->kind != NULL && take_levels(walker, c) && take_int32(walker, &c->shared) &&
           take_terms(r, &c->terms);
}

static bool take_attribute(reader *r, kithi_model_attribute *out) {
    kithi_walker *walker = &r->walker;
    uint64_t comparison, role;
    bool ok = take_name(r, &out->name) && kithi_walk_uint(walker, &comparison) &&
              kithi_walk_uint(walker, &role) && comparison < r->model->comparison_count &&
              role < KITHI_ROLE_COUNT;
    if (ok) {
        out->comparison = (uint8_t)comparison;
        out->role = (kithi_role)role;
    }
    return ok;
}

static bool take_numbers(kithi_model *model, kithi_walker *walker) {
    uint64_t layout;
    bool ok = kithi_walk_uint(walker, &layout) && layout == LAYOUT &&
              kithi_walk_uint(walker, &model->record_count) &&
              kithi_walk_uint(walker, &model->match_count);
    for (size_t rival = 0; ok && rival < KITHI_RIVAL_COUNT; rival++) {
        ok = take_int32(walker, &model->prior[rival]);
    }
    return ok && take_int32(walker, &model->link_at) && take_int32(walker, &model->known_at) &&
           take_int32(walker, &model->keep_at) && take_uint32(walker, &model->block_cap) &&
           take_uint32(walker, &model->weak_least) && take_uint32(walker, &model->cohesion) &&
           model->cohesion <= KITHI_MATCH_WHOLE;
}

static bool take_model(reader *r) {
    kithi_model *model = r->model;
    kithi_walker *walker = &r->walker;
    uint32_t count;
    if (!take_numbers(model, walker) || !kithi_walk_array(walker, &count) ||
        count > KITHI_COMPARISONS_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        model->comparison_count = i + 1; /* so that what is read so far is freed */
        if (!take_comparison(r, &model->comparisons[i])) {
            return false;
        }
    }
    if (!kithi_walk_array(walker, &count) || count > KITHI_MODEL_ATTRIBUTES_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!take_attribute(r, &model->attributes[i])) {
            return false;
        }
    }
    model->attribute_count = count;
    return kithi_walker_done(walker);
}

int kithi_model_unpack(kith_txn *txn, kithi_slice row, kithi_model **out) {
    kithi_model *model = calloc(1, sizeof *model);
    reader r = {.walker = kithi_walker_of(row.data, row.size), .model = model};
    if (model == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    kithi_arena_init(&model->arena);
    if (!take_model(&r)) {
        kithi_model_free(model);
        return r.no_memory ? kithi_error_memory(kithi_txn_error(txn))
                           : kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                                             "a match model can't be read; run kith check");
    }
    kithi_model_weigh(model);
    if (!kithi_model_bind(model, kithi_txn_catalog(txn))) {
        kithi_model_free(model);
        return kithi_error_memory(kithi_txn_error(txn));
    }
    *out = model;
    return KITH_OK;
}

int kithi_model_read(kith_txn *txn, uint32_t version, kithi_model **out) {
    uint8_t key[4];
    kithi_slice row;
    kithi_put32(key, version);
    int rc = kithi_get(txn, KITHI_TABLE_MODEL, key, sizeof key, &row);
    rc = rc == KITH_OK ? kithi_model_unpack(txn, row, out) : rc;
    if (rc == KITH_OK) {
        (*out)->version = version;
    }
    return rc;
}

int kithi_model_put(kith_txn *txn, kithi_model *model) {
    kithi_buffer row;
    kithi_buffer_init(&row);
    kithi_model_pack(model, &row);
    model->version = kithi_catalog_model(kithi_txn_catalog(txn)) + 1;
    int rc = kithi_buffer_ok(&row)
                 ? kithi_definition_put_model(txn, model->version, row.data, row.size)
                 : kithi_txn_poison(txn, kithi_error_memory(kithi_txn_error(txn)));
    kithi_buffer_clear(&row);
    return rc;
}

static void end_model(void *item) {
    kithi_model_free(item);
}

int kithi_model_of(kith_txn *txn, const kithi_model **out) {
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    uint32_t version = kithi_catalog_model(catalog);
    kithi_model *model;
    *out = version > 0 ? kithi_catalog_attached(catalog) : NULL;
    if (version == 0 || *out != NULL) {
        return KITH_OK;
    }
    int rc = kithi_model_read(txn, version, &model);
    if (rc == KITH_OK) {
        *out = kithi_catalog_attach(catalog, model, end_model);
    }
    return rc;
}
