#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/order.h"
#include "src/score/cases.h"

_Static_assert(sizeof(kithi_case_cell) == sizeof(kithi_cell), "cells stand where values stood");

/* Learning how */

static double number_at(const kithi_cases *cases, size_t feature, size_t row) {
    return cases->cells[row * cases->feature_count + feature].number;
}

static void learn_number(const kithi_cases *cases, size_t feature, kithi_feature *out) {
    double known = (double)(cases->count - cases->features[feature].missing), sum = 0, squares = 0;
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < cases->count; i++) {
        double number = number_at(cases, feature, i);
        sum += isnan(number) ? 0 : number;
        least = fmin(number, least);
        most = fmax(number, most);
    }
    if (least >= most) {
        return; /* all that are known are the same, if any are */
    }
    out->mean = sum / known;
    for (size_t i = 0; i < cases->count; i++) {
        double away = number_at(cases, feature, i) - out->mean;
        squares += isnan(away) ? 0 : away * away;
    }
    out->deviation = sqrt(squares / known);
}

/* The most frequent first, then by bytes. For qsort(). */
static int compare_counts(const void *a, const void *b) {
    const kithi_case_level *x = *(const kithi_case_level *const *)a;
    const kithi_case_level *y = *(const kithi_case_level *const *)b;
    int order = (x->count < y->count) - (x->count > y->count);
    return order != 0 ? order : kithi_bytes_compare(x->text, x->size, y->text, y->size);
}

static const kithi_case_level **sorted_levels(const kithi_case_feature *f) {
    const kithi_case_level **sorted = malloc((f->level_count + 1) * sizeof *sorted);
    for (size_t i = 0; sorted != NULL && i < f->level_count; i++) {
        sorted[i] = &f->levels[i];
    }
    if (sorted != NULL) {
        qsort(sorted, f->level_count, sizeof *sorted, compare_counts);
    }
    return sorted;
}

static bool learn_levels(const kithi_case_feature *f, double count, size_t levels_max,
                         kithi_arena *arena, kithi_feature *out) {
    const kithi_case_level **sorted = sorted_levels(f);
    size_t kept = f->level_count < levels_max ? f->level_count : levels_max;
    uint64_t others = 0;
    out->levels = kithi_arena_calloc(arena, kept + 1, sizeof *out->levels);
    bool made = sorted != NULL && out->levels != NULL;
    for (size_t i = 0; made && i < f->level_count; i++) {
        if (i < kept) {
            out->levels[i] =
                (kithi_level){kithi_arena_copy(arena, sorted[i]->text, sorted[i]->size),
                              sorted[i]->size, (double)sorted[i]->count / count};
            made = out->levels[i].text != NULL;
        } else {
            others += sorted[i]->count;
        }
    }
    out->level_count = made ? kept : 0;
    out->other_share = (double)others / count;
    free(sorted);
    return made;
}

static bool learn_feature(const kithi_cases *cases, size_t feature, size_t levels_max,
                          kithi_arena *arena, kithi_feature *out) {
    const kithi_case_feature *f = &cases->features[feature];
    out->name = kithi_arena_copy(arena, f->name, strlen(f->name));
    out->kind = f->kind;
    if (out->name == NULL || kithi_cases_fault(cases, feature) != KITHI_FEATURE_FINE) {
        return out->name != NULL;
    }
    out->missing_share = (double)f->missing / (double)cases->count;
    if (f->kind == KITHI_FEATURE_NUMBER) {
        learn_number(cases, feature, out);
        return true;
    }
    return learn_levels(f, (double)cases->count, levels_max, arena, out);
}

bool kithi_cases_learn(const kithi_cases *cases, size_t levels_max, kithi_encoding *out) {
    bool made = kithi_encoding_make(out, cases->feature_count);
    levels_max =
        levels_max <= KITHI_ENCODING_COLUMNS_MAX ? levels_max : KITHI_ENCODING_COLUMNS_MAX + 1;
    for (size_t i = 0; made && i < cases->feature_count; i++) {
        made = learn_feature(cases, i, levels_max, &out->arena, &out->features[i]);
    }
    return made && kithi_encoding_finish(out);
}

/* Doing so */

/* One that says nothing is a cell of 0, which may stand in any column, the intercept's too. */
static kithi_cell cell_of(const kithi_feature *f, const kith_value *value) {
    kithi_cell cell;
    bool told = kithi_feature_cell(f, value, &cell);
    return told ? cell : (kithi_cell){f->first_column, 0};
}

static void encode_numbers(kithi_cases *cases, size_t feature, const kithi_feature *f) {
    for (size_t i = 0; i < cases->count; i++) {
        kithi_case_cell *at = &cases->cells[i * cases->feature_count + feature];
        kith_value value = isnan(at->number) ? kith_value_null() : kith_value_real(at->number);
        at->cell = cell_of(f, &value);
    }
}

/* A level is looked up once. */
static void encode_levels(kithi_cases *cases, size_t feature, const kithi_feature *f,
                          kithi_cell *room) {
    const kithi_case_feature *from = &cases->features[feature];
    kith_value missing = kith_value_null();
    for (size_t i = 0; i < from->level_count; i++) {
        kith_value value = kith_value_text_n(from->levels[i].text, from->levels[i].size);
        room[i] = cell_of(f, &value);
    }
    for (size_t i = 0; i < cases->count; i++) {
        kithi_case_cell *at = &cases->cells[i * cases->feature_count + feature];
        bool kept = at->level < from->level_count;
        at->cell = kept ? room[at->level] : cell_of(f, &missing);
    }
}

bool kithi_cases_encode(kithi_cases *cases, const kithi_encoding *encoding, kithi_outcomes *out) {
    kithi_cell *room = malloc(KITHI_CASES_LEVELS_MAX * sizeof *room);
    if (room == NULL) {
        return false;
    }
    for (size_t i = 0; i < cases->feature_count; i++) {
        if (encoding->features[i].kind == KITHI_FEATURE_NUMBER) {
            encode_numbers(cases, i, &encoding->features[i]);
        } else {
            encode_levels(cases, i, &encoding->features[i], room);
        }
    }
    free(room);
    *out = (kithi_outcomes){&cases->cells->cell, cases->happened, cases->count,
                            cases->feature_count, encoding->width};
    return true;
}
