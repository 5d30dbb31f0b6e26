/*
 * Explaining a pair: each comparison of the match model for two records, with what both say and
 * what it weighs. The sums are those by which pairs are linked.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/buffer.h"
#include "src/base/value.h"
#include "src/fact/record_key.h"
#include "src/identity/scored.h"
#include "src/identity/teller.h"
#include "src/match/compare_pair.h"
#include "src/match/model_row.h"

#define SHOWN_MAX_BYTES 512 /* of one value; comparing looks at less */

struct kith_pair_report {
    kithi_arena arena; /* of texts */
    kith_pair_total total;
    size_t comparison_count;
    kith_pair_comparison comparisons[KITHI_COMPARISONS_MAX];
};

const kith_pair_total *kith_pair_report_total(const kith_pair_report *report) {
    return &report->total;
}

size_t kith_pair_report_comparison_count(const kith_pair_report *report) {
    return report->comparison_count;
}

const kith_pair_comparison *kith_pair_report_comparison(const kith_pair_report *report,
                                                        size_t index) {
    return index < report->comparison_count ? &report->comparisons[index] : NULL;
}

void kith_pair_report_free(kith_pair_report *report) {
    if (report != NULL) {
        kithi_arena_clear(&report->arena);
        free(report);
    }
}

/* Reading */

typedef struct pair_features {
    uint64_t room[2][KITHI_FEATURES_MAX_BYTES / sizeof(uint64_t)];
    const kithi_features *a, *b;
} pair_features;

static int read_side(kith_txn *txn, const kithi_model *model, uint32_t record, uint64_t *room,
                     const kithi_features **out) {
    kithi_features *features = (kithi_features *)(void *)room;
    int rc = kithi_features_read(txn, model, record, features);
    *out = features;
    return rc == KITH_NOT_FOUND ? kithi_record_missing(txn, record) : rc;
}

static int read_pair(kith_txn *txn, const kithi_model *model, uint32_t a, uint32_t b,
                     pair_features *out) {
    int rc = read_side(txn, model, a, out->room[0], &out->a);
    return rc == KITH_OK ? read_side(txn, model, b, out->room[1], &out->b) : rc;
}

/* What the records say */

/* The roles in the order in which people read them. */
static const kithi_role roles_shown[] = {
    KITHI_ROLE_VALUE,     KITHI_ROLE_GIVEN,   KITHI_ROLE_MIDDLE, KITHI_ROLE_FAMILY,
    KITHI_ROLE_FULL,      KITHI_ROLE_NATIVE,  KITHI_ROLE_STREET, KITHI_ROLE_CITY,
    KITHI_ROLE_POSTCODE,  KITHI_ROLE_STATE,   KITHI_ROLE_GENDER, KITHI_ROLE_LATITUDE,
    KITHI_ROLE_LONGITUDE, KITHI_ROLE_COMPANY, KITHI_ROLE_KANA,
};
_Static_assert(sizeof roles_shown / sizeof roles_shown[0] == KITHI_ROLE_COUNT,
               "a role isn't shown");

typedef struct saying {
    const kithi_model *model;
    kithi_slice row;
    kithi_buffer texts[KITHI_COMPARISONS_MAX];
} saying;

/* The parts of a name are one text; all else stands side by side. */
static const char *behind(const saying *s, size_t place) {
    kithi_role role = s->model->attributes[place].role;
    bool part = role == KITHI_ROLE_MIDDLE || role == KITHI_ROLE_FAMILY;
    return part ? " " : ", ";
}

static void say_value(saying *s, size_t place, const kithi_row_value *stored) {
    char shown[SHOWN_MAX_BYTES];
    kith_value value;
    kithi_walker walker = kithi_walker_of(stored->packed, stored->packed_size);
    kithi_buffer *text = &s->texts[s->model->attributes[place].comparison];
    if (stored->floor || !kithi_walk_value(&walker, NULL, &value)) {
        return;
    }
    kithi_value_show(&value, shown, sizeof shown);
    if (text->size > 0 && shown[0] != '\0') {
        kithi_buffer_append_text(text, behind(s, place));
    }
    kithi_buffer_append_text(text, shown);
}

static void say_attribute(saying *s, size_t place) {
    kithi_row_header header;
    kithi_row_value value;
    kithi_walker walker;
    bool more = kithi_row_values(s->row, &header, &walker);
    while (more && kithi_row_next(&header, &walker, &value)) {
        if (value.attribute < s->model->place_count &&
            s->model->place_of[value.attribute] == place) {
            say_value(s, place, &value);
        }
    }
}

static void say_all(saying *s) {
    for (size_t i = 0; i < sizeof roles_shown / sizeof roles_shown[0]; i++) {
        for (size_t place = 0; place < s->model->attribute_count; place++) {
            if (s->model->attributes[place].role == roles_shown[i]) {
                say_attribute(s, place);
            }
        }
    }
}

/* Who has no name of a person is compared by the company's. */
static void say_company(saying *s, const kithi_features *features) {
    size_t names = kithi_model_names(s->model);
    for (size_t place = 0; place < s->model->attribute_count; place++) {
        size_t comparison = s->model->attributes[place].comparison;
        kithi_buffer *company = &s->texts[comparison];
        if (s->model->attributes[place].role == KITHI_ROLE_COMPANY && company->size > 0 &&
            names < KITHI_COMPARISONS_MAX && kithi_features_of(features, names).count > 0 &&
            kithi_features_of(features, comparison).count == 0) {
            kithi_buffer name = s->texts[names];
            s->texts[names] = *company;
            *company = name;
        }
    }
}

static int keep_text(kith_pair_report *report, kith_txn *txn, const kithi_buffer *text,
                     const char **out) {
    *out = text->size > 0 ? kithi_arena_copy(&report->arena, text->data, text->size) : NULL;
    return kithi_buffer_ok(text) && (text->size == 0 || *out != NULL)
               ? KITH_OK
               : kithi_error_memory(kithi_txn_error(txn));
}

static int tell_said(kith_pair_report *report, kith_txn *txn, const kithi_model *model,
                     uint32_t record, const kithi_features *features, const char *texts[]) {
    saying s = {.model = model};
    int rc = kithi_record_row(txn, record, &s.row);
    if (rc != KITH_OK) {
        return rc;
    }
    for (size_t i = 0; i < KITHI_COMPARISONS_MAX; i++) {
        kithi_buffer_init(&s.texts[i]);
    }
    say_all(&s);
    say_company(&s, features);
    for (size_t i = 0; i < KITHI_COMPARISONS_MAX; i++) {
        rc = rc == KITH_OK ? keep_text(report, txn, &s.texts[i], &texts[i]) : rc;
        kithi_buffer_clear(&s.texts[i]);
    }
    return rc;
}

static int tell_both_said(kith_pair_report *report, kith_txn *txn, const kithi_model *model,
                          const pair_features *pair) {
    const char *texts[2][KITHI_COMPARISONS_MAX];
    int rc = tell_said(report, txn, model, report->total.a, pair->a, texts[0]);
    if (rc == KITH_OK) {
        rc = tell_said(report, txn, model, report->total.b, pair->b, texts[1]);
    }
    for (size_t i = 0; rc == KITH_OK && i < report->comparison_count; i++) {
        report->comparisons[i].value_a = texts[0][i];
        report->comparisons[i].value_b = texts[1][i];
        if (report->comparisons[i].level == 0 && texts[0][i] != NULL && texts[1][i] != NULL) {
            report->comparisons[i].level_name = "says nothing";
        }
    }
    return rc;
}

/* What it weighs */

static kith_rival_bits bits_of(const int32_t weights[KITHI_RIVAL_COUNT]) {
    return (kith_rival_bits){kithi_bits(weights[KITHI_RIVAL_STRANGER]),
                             kithi_bits(weights[KITHI_RIVAL_RELATIVE])};
}

/* Adds what the comparison weighs to both sums. */
static bool tell_comparison(kith_pair_report *report, const kithi_model *model, size_t at,
                            const pair_features *pair, uint64_t pattern,
                            int32_t sums[KITHI_RIVAL_COUNT]) {
    const kithi_comparison *c = &model->comparisons[at];
    unsigned level = kithi_pattern_level(pattern, at);
    int32_t frequency = kithi_frequency_weight(model, at, pair->a, pair->b);
    int32_t weights[KITHI_RIVAL_COUNT];
    for (size_t rival = 0; rival < KITHI_RIVAL_COUNT; rival++) {
        weights[rival] = c->weight[rival][level];
        sums[rival] += weights[rival];
    }
    sums[KITHI_RIVAL_STRANGER] += frequency;
    const char *name = kithi_arena_copy(&report->arena, c->name, strlen(c->name));
    report->comparisons[at] = (kith_pair_comparison){.size = sizeof(kith_pair_comparison),
                                                     .name = name,
                                                     .kind = c->kind->name,
                                                     .level = level,
                                                     .level_name = c->kind->level_names[level],
                                                     .bits = bits_of(weights),
                                                     .frequency_bits = kithi_bits(frequency)};
    return name != NULL;
}

static int tell_comparisons(kith_pair_report *report, kith_txn *txn, const kithi_model *model,
                            const pair_features *pair, int32_t sums[KITHI_RIVAL_COUNT]) {
    uint64_t pattern = kithi_pattern_of(model, pair->a, pair->b);
    report->comparison_count = model->comparison_count;
    for (size_t i = 0; i < model->comparison_count; i++) {
        if (!tell_comparison(report, model, i, pair, pattern, sums)) {
            return kithi_error_memory(kithi_txn_error(txn));
        }
    }
    return KITH_OK;
}

static void tell_total(kith_pair_report *report, const kithi_model *model,
                       const int32_t sums[KITHI_RIVAL_COUNT]) {
    kith_pair_total *total = &report->total;
    bool relative = sums[KITHI_RIVAL_RELATIVE] < sums[KITHI_RIVAL_STRANGER];
    int32_t weight = sums[relative ? KITHI_RIVAL_RELATIVE : KITHI_RIVAL_STRANGER];
    total->model_version = model->version;
    total->prior = bits_of(model->prior);
    total->sum = bits_of(sums);
    total->relative_decides = relative;
    total->bits = kithi_bits(weight);
    total->link_at = kithi_bits(model->link_at);
    total->known_at = kithi_bits(model->known_at);
    total->keep_at = kithi_bits(model->keep_at);
    total->links = weight >= model->link_at;
}

static int fill(kith_pair_report *report, kith_txn *txn, const kithi_model *model, uint32_t a,
                uint32_t b) {
    pair_features pair;
    int32_t sums[KITHI_RIVAL_COUNT];
    memcpy(sums, model->prior, sizeof sums);
    report->total = (kith_pair_total){.size = sizeof report->total, .a = a, .b = b};
    int rc = read_pair(txn, model, a, b, &pair);
    if (rc == KITH_OK) {
        rc = tell_comparisons(report, txn, model, &pair, sums);
    }
    if (rc == KITH_OK) {
        tell_total(report, model, sums);
        rc = kithi_scored_has(txn, a, b, &report->total.kept);
    }
    return rc == KITH_OK ? tell_both_said(report, txn, model, &pair) : rc;
}

/* The model in force, once what the transaction wrote is worked in. */
static int require_model(kith_txn *txn, const kithi_model **out) {
    int rc = kithi_txn_check_read(txn);
    if (rc == KITH_OK) {
        rc = kithi_identity_resolve(txn);
    }
    if (rc == KITH_OK) {
        rc = kithi_model_of(txn, out);
    }
    if (rc == KITH_OK && *out == NULL) {
        rc = kithi_error_say(kithi_txn_error(txn), KITH_NOT_FOUND,
                             "the store has no match model yet; run kith resolve first");
    }
    return rc;
}

int kith_explain_pair(kith_txn *txn, uint32_t a, uint32_t b, kith_pair_report **out) {
    const kithi_model *model;
    if (out == NULL) {
        return kithi_error_say(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_explain_pair: a place for the report is required");
    }
    int rc = require_model(txn, &model);
    if (rc != KITH_OK) {
        return rc;
    }
    kith_pair_report *report = calloc(1, sizeof *report);
    if (report == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    kithi_arena_init(&report->arena);
    rc = fill(report, txn, model, a, b);
    if (rc == KITH_OK) {
        *out = report;
    } else {
        kith_pair_report_free(report);
    }
    return rc;
}
