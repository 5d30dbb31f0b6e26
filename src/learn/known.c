#include "src/learn/known.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/hash.h"
#include "src/base/integer.h"

/*
 * An item: of each feature what it gave in 8 bytes, then the sort of each, one byte, then whether
 * the target held. A text is where it begins and its size, 4 bytes each.
 */
#define CELL_BYTES 8

typedef struct asking {
    const kithi_plan *score;
    const kithi_known_plan *plan;
} asking;

static size_t item_bytes(const kithi_score_features *features) {
    size_t bytes = features->count * (CELL_BYTES + 1) + 1;
    return (bytes + CELL_BYTES - 1) / CELL_BYTES * CELL_BYTES;
}

static uint8_t *sorts_of(void *item, const kithi_score_features *features) {
    return (uint8_t *)item + features->count * CELL_BYTES;
}

static void put_text(void *cell, const kithi_operand *value, kithi_buffer *texts) {
    uint32_t place[2] = {(uint32_t)texts->size, (uint32_t)value->as.text.size};
    kithi_buffer_append(texts, value->as.text.data, value->as.text.size);
    memcpy(cell, place, sizeof place);
}

static void put_value(void *cell, const kithi_operand *value, kithi_buffer *texts) {
    double number = 0;
    switch (value->sort) {
    case KITHI_SORT_TEXT:
        put_text(cell, value, texts);
        return;
    case KITHI_SORT_NUMBER:
        number = (double)value->as.number / KITHI_DECIMAL_ONE;
        break;
    case KITHI_SORT_BOOLEAN:
        number = value->as.boolean;
        break;
    case KITHI_SORT_DATE:
        memcpy(cell, &value->as.date_days, CELL_BYTES);
        return;
    default:
        memcpy(cell, &value->as.us, CELL_BYTES);
        return;
    }
    memcpy(cell, &number, CELL_BYTES);
}

static int ask_features(const asking *a, kithi_executor *e, int64_t then_us, void *item,
                        kithi_buffer *texts) {
    const kithi_score_features *features = a->plan->features;
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < features->count; i++) {
        kithi_operand value;
        rc = kithi_execute_score_part(e, a->score, features->parts[i], then_us, &value);
        sorts_of(item, features)[i] = (uint8_t)value.sort;
        if (rc == KITH_OK && value.sort != KITHI_SORT_NULL) {
            put_value((uint8_t *)item + i * CELL_BYTES, &value, texts);
        }
    }
    return rc;
}

static int holds(const asking *a, kithi_executor *e, size_t part, int64_t at_us, bool *out) {
    kithi_operand value;
    int rc = kithi_execute_score_part(e, a->score, part, at_us, &value);
    *out = rc == KITH_OK && value.as.boolean;
    return rc;
}

static int ask(void *asker, kithi_executor *e, int64_t now_us, void *item, kithi_buffer *texts,
               bool *out_take) {
    const asking *a = asker;
    const kithi_known_plan *plan = a->plan;
    int64_t then_us = kithi_add_saturated(now_us, -plan->ahead_us);
    bool happened = false;
    int rc = plan->chosen ? holds(a, e, plan->of, then_us, out_take) : KITH_OK;
    if (rc != KITH_OK || !*out_take) {
        return rc;
    }
    rc = ask_features(a, e, then_us, item, texts);
    rc = rc == KITH_OK && plan->has_target ? holds(a, e, plan->target, now_us, &happened) : rc;
    sorts_of(item, plan->features)[plan->features->count] = happened;
    return rc;
}

/* Their order */

typedef struct kithi_known_place {
    uint64_t hash; /* of what is known */
    size_t place;  /* in what was gathered */
} kithi_known_place;

static const char *text_at(const kithi_gathered *gathered, size_t place, const void *cell,
                           size_t *out_size) {
    uint32_t at[2];
    memcpy(at, cell, sizeof at);
    *out_size = at[1];
    return gathered->texts + gathered->text_bases[place] + at[0];
}

static uint64_t hash_item(const kithi_known_customers *known, size_t place) {
    uint8_t *item = (uint8_t *)known->gathered.items + place * item_bytes(known->features);
    const uint8_t *sorts = sorts_of(item, known->features);
    uint64_t hash = kithi_hash64(sorts, known->features->count + 1, 0);
    for (size_t i = 0; i < known->features->count; i++) {
        size_t size = CELL_BYTES;
        const void *data = item + i * CELL_BYTES;
        if (sorts[i] == KITHI_SORT_TEXT) {
            data = text_at(&known->gathered, place, data, &size);
        }
        hash = kithi_hash64(data, size, hash);
    }
    return hash;
}

static int by_hash(const void *a, const void *b) {
    const kithi_known_place *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

static bool put_in_order(kithi_known_customers *known, bool by_content) {
    size_t count = known->gathered.count;
    known->order = malloc((count + 1) * sizeof *known->order);
    for (size_t i = 0; known->order != NULL && i < count; i++) {
        known->order[i] = (kithi_known_place){by_content ? hash_item(known, i) : i, i};
    }
    if (known->order != NULL && by_content) {
        qsort(known->order, count, sizeof *known->order, by_hash);
    }
    return known->order != NULL;
}

/* Reading items */

static void *item_at(const kithi_known_customers *known, size_t customer) {
    return (char *)known->gathered.items +
           known->order[customer].place * item_bytes(known->features);
}

static kithi_operand value_at(const kithi_known_customers *known, size_t customer, size_t feature) {
    void *item = item_at(known, customer);
    const void *cell = (uint8_t *)item + feature * CELL_BYTES;
    kithi_operand value = {.sort = (kithi_sort)sorts_of(item, known->features)[feature]};
    double number;
    switch (value.sort) {
    case KITHI_SORT_TEXT:
        value.as.text.data =
            text_at(&known->gathered, known->order[customer].place, cell, &value.as.text.size);
        break;
    case KITHI_SORT_NUMBER:
    case KITHI_SORT_BOOLEAN:
        memcpy(&number, cell, sizeof number);
        if (value.sort == KITHI_SORT_BOOLEAN) {
            value.as.boolean = number != 0;
        } else {
            kithi_decimal_of_real(number, &value.as.number);
        }
        break;
    default:
        memcpy(&value.as.us, cell, CELL_BYTES);
    }
    return value;
}

/* Numbers and moments are numbers, and texts that all are amounts, unless they are declared as
 * texts; truths are levels. */
static kithi_feature_kind kind_of(const kithi_known_customers *known, size_t feature,
                                  kithi_sort declared) {
    bool number = false;
    for (size_t i = 0; declared != KITHI_SORT_TEXT && i < known->gathered.count; i++) {
        kithi_operand value = value_at(known, i, feature), as = kithi_operand_number(0);
        bool text = value.sort == KITHI_SORT_TEXT;
        if (value.sort == KITHI_SORT_BOOLEAN || (text && !kithi_operands_meet(NULL, &value, &as))) {
            return KITHI_FEATURE_LEVEL;
        }
        number = number || value.sort != KITHI_SORT_NULL;
    }
    return number ? KITHI_FEATURE_NUMBER : KITHI_FEATURE_LEVEL;
}

int kithi_known_gather(kithi_learner *l, const kithi_known_plan *plan, kithi_known_customers *out) {
    asking a = {l->plan, plan};
    *out = (kithi_known_customers){.features = plan->features};
    int rc = kithi_learner_gather(l, item_bytes(plan->features), ask, &a, &out->gathered);
    if (rc == KITH_OK && !put_in_order(out, plan->by_content)) {
        rc = kithi_error_memory(kithi_txn_error(l->txn));
    }
    for (size_t i = 0; rc == KITH_OK && i < plan->features->count; i++) {
        const kithi_node *part = l->plan->expression->root->kids[plan->features->parts[i]];
        out->kinds[i] = kind_of(out, i, part->sort);
    }
    return rc;
}

void kithi_known_clear(kithi_known_customers *known) {
    kithi_gathered_clear(&known->gathered);
    free(known->order);
    known->order = NULL;
}

void kithi_known_values(const kithi_known_customers *known, size_t customer, kith_value *out) {
    for (size_t i = 0; i < known->features->count; i++) {
        kithi_operand value = value_at(known, customer, i);
        out[i] = kithi_score_feature_value(&value, known->kinds[i]);
    }
}

bool kithi_known_happened(const kithi_known_customers *known, size_t customer) {
    return sorts_of(item_at(known, customer), known->features)[known->features->count] != 0;
}
