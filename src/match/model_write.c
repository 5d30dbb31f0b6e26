/* A model as JSON text. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/match/model_json.h"
#include "src/store/json_reader.h"

static void set_real(json_t *object, const char *key, double value) {
    json_object_set_new(object, key, json_real(value));
}

static void set_count(json_t *object, const char *key, uint64_t count) {
    json_object_set_new(object, key, json_integer((json_int_t)count));
}

static void set_bits(json_t *object, const char *key, int32_t weight) {
    set_real(object, key, (double)weight / KITHI_BIT);
}

static json_t *levels_json(const kithi_comparison *c) {
    json_t *levels = json_object();
    for (size_t i = 1; i < c->kind->level_count; i++) {
        json_t *level = json_object();
        set_real(level, "m", (double)c->m[i] / KITHI_CHANCE_UNIT);
        set_real(level, "u", (double)c->u[KITHI_RIVAL_STRANGER][i] / KITHI_CHANCE_UNIT);
        set_real(level, "relative_u", (double)c->u[KITHI_RIVAL_RELATIVE][i] / KITHI_CHANCE_UNIT);
        set_bits(level, "bits", c->weight[KITHI_RIVAL_STRANGER][i]);
        set_bits(level, "relative_bits", c->weight[KITHI_RIVAL_RELATIVE][i]);
        json_object_set_new(levels, c->kind->level_names[i], level);
    }
    return levels;
}

/* The most frequent first. */
static int compare_counts(const void *a, const void *b) {
    const struct kithi_term_count *x = a, *y = b;
    if (x->count != y->count) {
        return x->count > y->count ? -1 : 1;
    }
    return (x->hash > y->hash) - (x->hash < y->hash);
}

static json_t *listed_json(const kithi_terms *terms) {
    json_t *listed = json_object();
    struct kithi_term_count *sorted = malloc((terms->count + 1) * sizeof *sorted);
    size_t count = 0;
    if (sorted == NULL) {
        errno = ENOMEM;
        return listed;
    }
    for (size_t i = 0; i < terms->capacity; i++) {
        if (terms->places[i].count > 0) {
            sorted[count++] = terms->places[i];
        }
    }
    qsort(sorted, count, sizeof *sorted, compare_counts);
    for (size_t i = 0; i < count; i++) {
        char hash[20];
        snprintf(hash, sizeof hash, "%016" PRIx64, sorted[i].hash);
        set_count(listed, hash, sorted[i].count);
    }
    free(sorted);
    return listed;
}

static json_t *terms_json(const kithi_comparison *c) {
    json_t *terms = json_object(), *shared = json_object();
    set_count(terms, "total", c->terms.total);
    set_count(terms, "rest", c->terms.rest);
    for (size_t part = 0; part < c->kind->part_count; part++) {
        set_bits(shared, c->kind->part_names[part], c->shared[part]);
    }
    json_object_set_new(terms, "shared_bits", shared);
    set_count(terms, "listed_count", c->terms.count);
    json_object_set_new(terms, "listed", listed_json(&c->terms));
    return terms;
}

static json_t *comparison_json(const kithi_model *model, size_t at) {
    const kithi_comparison *c = &model->comparisons[at];
    json_t *object = json_object(), *attributes = json_object();
    json_object_set_new(object, "kind", json_string(c->kind->name));
    for (size_t i = 0; i < model->attribute_count; i++) {
        const kithi_model_attribute *attribute = &model->attributes[i];
        if (attribute->comparison == at) {
            json_object_set_new(attributes, attribute->name,
                                json_string(kithi_role_name(attribute->role)));
        }
    }
    json_object_set_new(object, "attributes", attributes);
    json_object_set_new(object, "levels", levels_json(c));
    if (c->kind->terms) {
        json_object_set_new(object, "terms", terms_json(c));
    }
    return object;
}

static json_t *prior_json(const kithi_model *model) {
    json_t *object = json_object();
    set_bits(object, "stranger_bits", model->prior[KITHI_RIVAL_STRANGER]);
    set_bits(object, "relative_bits", model->prior[KITHI_RIVAL_RELATIVE]);
    return object;
}

static json_t *thresholds_json(const kithi_model *model) {
    json_t *object = json_object();
    set_bits(object, "link_at_bits", model->link_at);
    set_bits(object, "known_at_bits", model->known_at);
    set_bits(object, "review_at_bits", model->keep_at);
    return object;
}

static json_t *blocks_json(const kithi_model *model) {
    json_t *list = json_array();
    for (size_t i = 0; i < model->blocks.count; i++) {
        json_array_append_new(list, json_string(model->blocks.items[i].name));
    }
    return list;
}

int kithi_model_write(kith_txn *txn, const kithi_model *model, char **out_json) {
    errno = 0;
    json_t *root = json_object(), *comparisons = json_object();
    set_count(root, "version", model->version);
    set_count(root, "records", model->record_count);
    set_count(root, "matches", model->match_count);
    json_object_set_new(root, "prior", prior_json(model));
    json_object_set_new(root, "thresholds", thresholds_json(model));
    set_real(root, "cohesion", (double)model->cohesion / KITHI_MATCH_WHOLE);
    set_count(root, "block_cap", model->block_cap);
    set_count(root, "weak_least", model->weak_least);
    for (size_t i = 0; i < model->comparison_count; i++) {
        json_object_set_new(comparisons, model->comparisons[i].name, comparison_json(model, i));
    }
    json_object_set_new(root, "comparisons", comparisons);
    json_object_set_new(root, "blocks", blocks_json(model));
    return kithi_json_dump(txn, root, out_json);
}
