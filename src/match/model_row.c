#include "src/match/model_row.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/error.h"
#include "src/match/block.h"
#include "src/store/codec.h"
#include "src/store/txn.h"

#define LAYOUT 4 /* of the row */

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
    for (size_t part = 0; part < c->kind->part_count; part++) {
        kithi_pack_int(out, c->shared[part]);
    }
    pack_terms(out, &c->terms);
}

void kithi_model_pack(const kithi_model *model, kithi_buffer *out) {
    kithi_pack_uint(out, LAYOUT);
    kithi_pack_bool(out, model->given);
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
    kithi_pack_array(out, (uint32_t)model->blocks.count);
    for (size_t i = 0; i < model->blocks.count; i++) {
        pack_name(out, model->blocks.items[i].name);
    }
}

/* Reading. A false answer leaves the rest unread. */

typedef struct reading {
    kithi_model *model;
    kithi_walker walker;
    bool out_of_memory;
} reading;

/* Greater weights than a model can have, and so small that no sum of them overflows. */
#define WEIGHT_MOST    INT32_C(0x100000)
/* Records of a block; a look-up has room for as many. */
#define BLOCK_CAP_MOST 65536

static bool take_weight(reading *r, int32_t *out) {
    int64_t value;
    if (!kithi_walk_int(&r->walker, &value) || value < -WEIGHT_MOST || value > WEIGHT_MOST) {
        return false;
    }
    *out = (int32_t)value;
    return true;
}

static bool take_uint32(reading *r, uint32_t most, uint32_t *out) {
    uint64_t value;
    if (!kithi_walk_uint(&r->walker, &value) || value > most) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

static bool take_name(reading *r, const char **out) {
    const char *text;
    size_t size;
    if (!kithi_walk_text(&r->walker, &text, &size)) {
        return false;
    }
    *out = kithi_arena_copy(&r->model->arena, text, size);
    r->out_of_memory = *out == NULL;
    return *out != NULL;
}

static bool begin_terms(reading *r, kithi_terms *terms, uint32_t count) {
    r->out_of_memory = !kithi_terms_begin(terms, count);
    return !r->out_of_memory;
}

static bool take_terms(reading *r, kithi_terms *terms) {
    uint32_t count;
    if (!kithi_walk_uint(&r->walker, &terms->total) || !take_uint32(r, UINT32_MAX, &terms->rest) ||
        !kithi_walk_array(&r->walker, &count) || count > (size_t)(r->walker.end - r->walker.at) ||
        (terms->rest == 0 && terms->total > 0) || !begin_terms(r, terms, count)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t hash;
        uint32_t times;
        if (!kithi_walk_uint(&r->walker, &hash) || !take_uint32(r, UINT32_MAX, &times) ||
            times == 0 || !kithi_terms_list(terms, hash, times)) {
            return false;
        }
    }
    return true;
}

static bool take_levels(reading *r, kithi_comparison *c) {
    uint32_t count;
    if (!kithi_walk_array(&r->walker, &count) || count != c->kind->level_count - 1u) {
        return false;
    }
    for (size_t level = 1; level <= count; level++) {
        bool ok = kithi_walk_uint(&r->walker, &c->m[level]) && c->m[level] > 0;
        for (size_t rival = 0; ok && rival < KITHI_RIVAL_COUNT; rival++) {
            ok = kithi_walk_uint(&r->walker, &c->u[rival][level]) && c->u[rival][level] > 0;
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool take_comparison(reading *r, kithi_comparison *c) {
    const char *kind;
    size_t size;
    if (!take_name(r, &c->name) || !kithi_walk_text(&r->walker, &kind, &size)) {
        return false;
    }
    c->kind = kithi_kind_find(kind, size);
    bool ok = c->kind != NULL && take_levels(r, c);
    for (size_t part = 0; ok && part < c->kind->part_count; part++) {
        ok = take_weight(r, &c->shared[part]);
    }
    return ok && take_terms(r, &c->terms);
}

static bool take_attribute(reading *r, kithi_model_attribute *out) {
    const kithi_model *model = r->model;
    uint64_t comparison, role;
    bool ok = take_name(r, &out->name) && kithi_walk_uint(&r->walker, &comparison) &&
              kithi_walk_uint(&r->walker, &role) && comparison < model->comparison_count &&
              role < KITHI_ROLE_COUNT &&
              kithi_role_fits((kithi_role)role, model->comparisons[comparison].kind->kind);
    if (ok) {
        out->comparison = (uint8_t)comparison;
        out->role = (kithi_role)role;
    }
    return ok;
}

static bool take_numbers(reading *r) {
    kithi_model *model = r->model;
    uint64_t layout;
    bool ok = kithi_walk_uint(&r->walker, &layout) && layout == LAYOUT &&
              kithi_walk_bool(&r->walker, &model->given) &&
              kithi_walk_uint(&r->walker, &model->record_count) &&
              kithi_walk_uint(&r->walker, &model->match_count);
    for (size_t rival = 0; ok && rival < KITHI_RIVAL_COUNT; rival++) {
        ok = take_weight(r, &model->prior[rival]);
    }
    return ok && take_weight(r, &model->link_at) && take_weight(r, &model->known_at) &&
           take_weight(r, &model->keep_at) && take_uint32(r, BLOCK_CAP_MOST, &model->block_cap) &&
           take_uint32(r, KITHI_BLOCK_KEYS_MAX, &model->weak_least) && model->weak_least > 0 &&
           take_uint32(r, KITHI_MATCH_WHOLE, &model->cohesion);
}

static bool take_block(reading *r) {
    char problem[KITHI_BLOCK_PROBLEM_BYTES];
    const char *name;
    if (!take_name(r, &name)) {
        return false;
    }
    int rc = kithi_model_add_block(r->model, name, problem);
    r->out_of_memory = rc == KITH_NO_MEMORY;
    return rc == KITH_OK;
}

static bool take_blocks(reading *r) {
    uint32_t count;
    bool ok = kithi_walk_array(&r->walker, &count) && count > 0 && count <= KITHI_BLOCK_RULES_MAX;
    for (uint32_t i = 0; ok && i < count; i++) {
        ok = take_block(r);
    }
    return ok;
}

static bool take_model(reading *r) {
    kithi_model *model = r->model;
    uint32_t count;
    if (!take_numbers(r) || !kithi_walk_array(&r->walker, &count) ||
        count > KITHI_COMPARISONS_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        model->comparison_count = i + 1; /* so that what is read so far is freed */
        if (!take_comparison(r, &model->comparisons[i])) {
            return false;
        }
    }
    if (!kithi_walk_array(&r->walker, &count) || count > KITHI_MODEL_ATTRIBUTES_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!take_attribute(r, &model->attributes[i])) {
            return false;
        }
    }
    model->attribute_count = count;
    return take_blocks(r) && kithi_walker_done(&r->walker);
}

static int tell_unreadable(kith_txn *txn) {
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                           "a match model can't be read; run kith check");
}

int kithi_model_unpack(kith_txn *txn, kithi_slice row, kithi_model **out) {
    reading r = {calloc(1, sizeof *r.model), kithi_walker_of(row.data, row.size), false};
    if (r.model == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    kithi_arena_init(&r.model->arena);
    bool read = take_model(&r);
    if (read) {
        kithi_model_weigh(r.model);
        read = kithi_model_bind(r.model, kithi_txn_catalog(txn));
        r.out_of_memory = !read;
    }
    if (!read) {
        kithi_model_free(r.model);
        return r.out_of_memory ? kithi_error_memory(kithi_txn_error(txn)) : tell_unreadable(txn);
    }
    *out = r.model;
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
    *out = version > 0 ? kithi_catalog_attached(catalog, KITHI_ATTACHED_MODEL) : NULL;
    if (version == 0 || *out != NULL) {
        return KITH_OK;
    }
    int rc = kithi_model_read(txn, version, &model);
    if (rc == KITH_OK) {
        *out = kithi_catalog_attach(catalog, KITHI_ATTACHED_MODEL, model, end_model);
    }
    return rc;
}
