#include "src/ingest/export_defined.h"

#include <stdio.h>
#include <string.h>

#include "kith/segment.h"

#define OUTPUT_MAX_BYTES 64

/* Columns in their order: by the definitions' ids, of which there are 16 bits, and outputs. */
enum { BAND_TRAITS, BAND_SCORES, BAND_SEGMENTS };

static uint64_t order_of(uint64_t first, unsigned band, uint16_t id, size_t output) {
    return first + ((uint64_t)band << 32 | (uint64_t)id << 8 | output);
}

static void put(kithi_export_rows *rows, uint64_t order, const char *kind, const char *name,
                const kith_value *value) {
    if (!kithi_export_rows_has(rows, order)) {
        kithi_export_rows_add(rows, order, kind, name);
    }
    kithi_export_rows_put(rows, order, value);
}

/* "trait.NAME" */
static int put_traits(kithi_export_rows *rows, const kithi_catalog *catalog, uint64_t first,
                      const kith_profile *profile) {
    kith_profile_trait_value found = KITH_PROFILE_TRAIT_VALUE_INIT;
    size_t cursor = 0;
    int rc;
    while ((rc = kith_profile_next_trait(profile, &cursor, &found)) == KITH_OK) {
        const kithi_formula *trait =
            kithi_catalog_find_formula(catalog, KITHI_CATALOG_TRAIT, found.trait);
        put(rows, order_of(first, BAND_TRAITS, trait->id, 0), "trait.", found.trait, &found.value);
    }
    return rc == KITH_DONE ? KITH_OK : rc;
}

/* Where it stands among the outputs of its score. */
static size_t place_of(kith_txn *txn, const kith_score_value *value) {
    kith_score_about about = KITH_SCORE_ABOUT_INIT;
    size_t place = 0;
    for (size_t cursor = 0; kith_score_next_output(txn, value->score, &cursor, &about) == KITH_OK &&
                            strcmp(about.output, value->output) != 0;) {
        place++;
    }
    return place;
}

/* "score.NAME.OUTPUT" */
static int put_scores(kithi_export_rows *rows, const kithi_catalog *catalog, uint64_t first,
                      const kith_profile *profile) {
    kith_score_value found = KITH_SCORE_VALUE_INIT;
    size_t cursor = 0;
    int rc;
    while ((rc = kith_profile_next_score_value(profile, &cursor, &found)) == KITH_OK) {
        char name[KITH_NAME_MAX_BYTES + OUTPUT_MAX_BYTES];
        const kithi_formula *score =
            kithi_catalog_find_formula(catalog, KITHI_CATALOG_SCORE, found.score);
        snprintf(name, sizeof name, "%s.%s", found.score, found.output);
        put(rows, order_of(first, BAND_SCORES, score->id, place_of(profile->txn, &found)), "score.",
            name, &found.value);
    }
    return rc == KITH_DONE ? KITH_OK : rc;
}

/* "segment.NAME", of each that is in force. */
static int put_segments(kithi_export_rows *rows, const kithi_catalog *catalog, uint64_t first,
                        const kith_profile *profile) {
    size_t count = kithi_catalog_formula_count(catalog, KITHI_CATALOG_SEGMENT);
    int rc = KITH_OK;
    for (uint16_t id = 0; rc == KITH_OK && id < count; id++) {
        const kithi_formula *segment = kithi_catalog_formula(catalog, KITHI_CATALOG_SEGMENT, id);
        bool in = false;
        if (!segment->removed) {
            rc = kith_profile_in_segment(profile, segment->name, &in);
            kith_value value = kith_value_boolean(in);
            put(rows, order_of(first, BAND_SEGMENTS, id, 0), "segment.", segment->name, &value);
        }
    }
    return rc;
}

int kithi_export_put_defined(kithi_export_rows *rows, const kithi_catalog *catalog, uint64_t first,
                             const kith_profile *profile) {
    int rc = put_traits(rows, catalog, first, profile);
    rc = rc == KITH_OK ? put_scores(rows, catalog, first, profile) : rc;
    return rc == KITH_OK ? put_segments(rows, catalog, first, profile) : rc;
}
