/* Models as the public interface shows them. */
#include <stdlib.h>
#include <string.h>

#include "kith/match.h"
#include "src/base/sized.h"
#include "src/match/model_json.h"
#include "src/match/model_row.h"

struct kith_model {
    kithi_model *model;
    bool in_force, configured;
};

static double bits_of(int32_t weight) {
    return (double)weight / KITHI_BIT;
}

static int read(kith_txn *txn, uint32_t version, kithi_model **out) {
    uint32_t newest = 0;
    int rc = kithi_txn_check_read(txn);
    if (rc == KITH_OK && (newest = kithi_catalog_model(kithi_txn_catalog(txn))) == 0) {
        rc = kithi_error_say(kithi_txn_error(txn), KITH_NOT_FOUND,
                             "the store has no match model yet");
    }
    rc = rc == KITH_OK ? kithi_model_read(txn, version > 0 ? version : newest, out) : rc;
    return rc == KITH_NOT_FOUND && newest > 0
               ? kithi_error_set(kithi_txn_error(txn), rc,
                                 "the store has no match model of version %lu",
                                 (unsigned long)version)
               : rc;
}

int kith_model_get(kith_txn *txn, uint32_t version, kith_model **out) {
    if (out == NULL) {
        return kithi_error_say(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_model_get: a place for the model is required");
    }
    kith_model *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    int rc = read(txn, version, &made->model);
    if (rc == KITH_OK) {
        const kithi_catalog *catalog = kithi_txn_catalog(txn);
        made->in_force = made->model->version == kithi_catalog_model(catalog);
        rc = kithi_model_is_configured(made->model, catalog, &made->configured);
        rc = rc == KITH_OK ? rc : kithi_error_memory(kithi_txn_error(txn));
    }
    if (rc != KITH_OK) {
        kith_model_free(made);
        return rc;
    }
    *out = made;
    return KITH_OK;
}

void kith_model_free(kith_model *model) {
    if (model != NULL) {
        kithi_model_free(model->model);
        free(model);
    }
}

void kith_model_about(const kith_model *model, kith_model_info *out) {
    const kithi_model *m = model->model;
    kith_model_info info = KITH_MODEL_INFO_INIT;
    if (out == NULL) {
        return;
    }
    info.version = m->version;
    info.in_force = model->in_force;
    info.configured = model->configured;
    info.record_count = m->record_count;
    info.match_count = m->match_count;
    info.prior_bits = bits_of(m->prior[KITHI_RIVAL_STRANGER]);
    info.relative_prior_bits = bits_of(m->prior[KITHI_RIVAL_RELATIVE]);
    info.link_at_bits = bits_of(m->link_at);
    info.known_at_bits = bits_of(m->known_at);
    info.review_at_bits = bits_of(m->keep_at);
    info.cohesion = (double)m->cohesion / KITHI_MATCH_WHOLE;
    info.block_cap = m->block_cap;
    info.comparison_count = m->comparison_count;
    info.block_rule_count = m->blocks.count;
    info.given = m->given;
    kithi_give(out, &info, sizeof info);
}

/* Whether random records showed anything of it: else each level is taken to be as likely. */
static bool was_seen(const kithi_comparison *c) {
    const uint64_t *u = c->u[KITHI_RIVAL_STRANGER];
    for (size_t i = 2; i < c->kind->level_count; i++) {
        if (u[i] != u[1]) {
            return true;
        }
    }
    return false;
}

bool kith_model_comparison_at(const kith_model *model, size_t index, kith_model_comparison *out) {
    const kithi_model *m = model->model;
    kith_model_comparison found = KITH_MODEL_COMPARISON_INIT;
    if (out == NULL || index >= m->comparison_count) {
        return false;
    }
    const kithi_comparison *c = &m->comparisons[index];
    found.name = c->name;
    found.kind = c->kind->name;
    for (size_t i = 0; i < m->attribute_count; i++) {
        found.attribute_count += m->attributes[i].comparison == index;
    }
    found.level_count = c->kind->level_count;
    found.term_count = c->terms.count;
    found.seen = was_seen(c);
    kithi_give(out, &found, sizeof found);
    return true;
}

const char *kith_model_attribute_at(const kith_model *model, size_t comparison, size_t index) {
    const kithi_model *m = model->model;
    for (size_t i = 0; i < m->attribute_count; i++) {
        if (m->attributes[i].comparison == comparison && index-- == 0) {
            return m->attributes[i].name;
        }
    }
    return NULL;
}

bool kith_model_level_at(const kith_model *model, size_t comparison, size_t level,
                         kith_model_level *out) {
    const kithi_model *m = model->model;
    kith_model_level found = KITH_MODEL_LEVEL_INIT;
    if (out == NULL || comparison >= m->comparison_count ||
        level >= m->comparisons[comparison].kind->level_count) {
        return false;
    }
    const kithi_comparison *c = &m->comparisons[comparison];
    found.name = c->kind->level_names[level];
    found.m = (double)c->m[level] / KITHI_CHANCE_UNIT;
    found.u = (double)c->u[KITHI_RIVAL_STRANGER][level] / KITHI_CHANCE_UNIT;
    found.relative_u = (double)c->u[KITHI_RIVAL_RELATIVE][level] / KITHI_CHANCE_UNIT;
    found.bits = bits_of(c->weight[KITHI_RIVAL_STRANGER][level]);
    found.relative_bits = bits_of(c->weight[KITHI_RIVAL_RELATIVE][level]);
    kithi_give(out, &found, sizeof found);
    return true;
}

bool kith_model_block_rule_at(const kith_model *model, size_t index, kith_model_block_rule *out) {
    const kithi_block_rules *blocks = &model->model->blocks;
    kith_model_block_rule found = KITH_MODEL_BLOCK_RULE_INIT;
    if (out == NULL || index >= blocks->count) {
        return false;
    }
    found.name = blocks->items[index].name;
    found.weak = blocks->items[index].weak;
    kithi_give(out, &found, sizeof found);
    return true;
}

int kith_model_next(kith_txn *txn, uint32_t *version) {
    int rc = kithi_txn_check_read(txn);
    if (rc == KITH_OK && version == NULL) {
        rc = kithi_error_say(kithi_txn_error(txn), KITH_MISUSE,
                             "kith_model_next: a place for the version is required");
    }
    if (rc == KITH_OK && *version >= kithi_catalog_model(kithi_txn_catalog(txn))) {
        return KITH_DONE;
    }
    if (rc == KITH_OK) {
        *version += 1;
    }
    return rc;
}

int kith_model_export(kith_txn *txn, uint32_t version, char **out_json) {
    kithi_model *model = NULL;
    if (out_json == NULL) {
        return kithi_error_say(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_model_export: a place for the text is required");
    }
    int rc = read(txn, version, &model);
    rc = rc == KITH_OK ? kithi_model_write(txn, model, out_json) : rc;
    kithi_model_free(model);
    return rc;
}
