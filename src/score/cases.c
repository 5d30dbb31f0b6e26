#include "src/score/cases.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/hash.h"

#define ID_LEVELS 10 /* fewer can be had by chance among few customers */

bool kithi_cases_init(kithi_cases *cases, size_t feature_count) {
    *cases = (kithi_cases){.features = NULL};
    kithi_arena_init(&cases->arena);
    cases->features = kithi_arena_calloc(&cases->arena, feature_count + 1, sizeof *cases->features);
    cases->feature_count = cases->features != NULL ? feature_count : 0;
    return cases->features != NULL;
}

void kithi_cases_clear(kithi_cases *cases) {
    for (size_t i = 0; i < cases->feature_count; i++) {
        free(cases->features[i].levels);
        kithi_map_clear(&cases->features[i].places);
    }
    free(cases->cells);
    free(cases->happened);
    kithi_arena_clear(&cases->arena);
    *cases = (kithi_cases){.features = NULL};
}

bool kithi_cases_name(kithi_cases *cases, size_t feature, const char *name,
                      kithi_feature_kind kind) {
    const char *copy = kithi_arena_copy(&cases->arena, name, strlen(name));
    cases->features[feature].name = copy;
    cases->features[feature].kind = kind;
    return copy != NULL;
}

/* Levels */

static bool is_level(const kithi_case_level *kept, const kithi_level *level) {
    return kept->size == level->size &&
           (level->size == 0 || memcmp(kept->text, level->text, level->size) == 0);
}

static bool keep_level(kithi_cases *cases, kithi_case_feature *f, uint64_t place,
                       const kithi_level *level) {
    const char *copy = kithi_arena_copy(&cases->arena, level->text, level->size);
    if (copy == NULL || !KITHI_GROW(f->levels, f->level_capacity, f->level_count + 1) ||
        kithi_map_put(&f->places, place, f->level_count, NULL) == NULL) {
        return false;
    }
    f->levels[f->level_count++] = (kithi_case_level){copy, level->size, 0};
    return true;
}

/* The number of a level, which is kept where it is new and there is room for it. */
static bool number_level(kithi_cases *cases, kithi_case_feature *f, const kithi_level *level,
                         uint32_t *out) {
    uint64_t place = kithi_hash_kept(kithi_hash64(level->text, level->size, 0));
    const uint64_t *found;
    while ((found = kithi_map_get(&f->places, place)) != NULL &&
           !is_level(&f->levels[*found], level)) {
        place++; /* two levels of one hash */
    }
    *out = found != NULL ? (uint32_t)*found : (uint32_t)f->level_count;
    if (found == NULL && f->level_count == KITHI_CASES_LEVELS_MAX) {
        *out = KITHI_CASE_BEYOND;
        return true;
    }
    return found != NULL || keep_level(cases, f, place, level);
}

/* Customers */

static bool read_value(kithi_cases *cases, kithi_case_feature *f, const kith_value *value,
                       kithi_case_cell *out) {
    char room[KITHI_LEVEL_BYTES];
    kithi_level level;
    if (f->kind == KITHI_FEATURE_NUMBER) {
        out->number = kithi_feature_number(value, &out->number) ? out->number : (double)NAN;
        return true;
    }
    out->level = KITHI_CASE_MISSING;
    return !kithi_feature_level(value, room, &level) || number_level(cases, f, &level, &out->level);
}

/* Counts what was read, now that nothing can fail any more. */
static void count_value(kithi_case_feature *f, const kithi_case_cell *cell) {
    if (f->kind == KITHI_FEATURE_NUMBER) {
        f->missing += isnan(cell->number);
    } else if (cell->level == KITHI_CASE_MISSING) {
        f->missing++;
    } else if (cell->level == KITHI_CASE_BEYOND) {
        f->beyond = true;
    } else {
        f->levels[cell->level].count++;
    }
}

bool kithi_cases_add(kithi_cases *cases, const kith_value *values, bool happened) {
    size_t features = cases->feature_count, begin = cases->count * features;
    if (cases->count == UINT32_MAX ||
        !KITHI_GROW(cases->cells, cases->cell_capacity, begin + features) ||
        !KITHI_GROW(cases->happened, cases->happened_capacity, cases->count + 1)) {
        return false;
    }
    for (size_t i = 0; i < features; i++) {
        if (!read_value(cases, &cases->features[i], &values[i], &cases->cells[begin + i])) {
            return false;
        }
    }
    for (size_t i = 0; i < features; i++) {
        count_value(&cases->features[i], &cases->cells[begin + i]);
    }
    cases->happened[cases->count++] = happened;
    return true;
}

static bool has_one_number(const kithi_cases *cases, size_t feature) {
    const kithi_case_cell *first = cases->cells + feature;
    for (size_t i = 1; i < cases->count; i++) {
        if (first[i * cases->feature_count].number != first->number) {
            return false;
        }
    }
    return true;
}

kithi_feature_fault kithi_cases_fault(const kithi_cases *cases, size_t feature) {
    const kithi_case_feature *f = &cases->features[feature];
    uint64_t known = cases->count - f->missing;
    if (f->beyond || (f->level_count > ID_LEVELS && known < 2 * (uint64_t)f->level_count)) {
        return KITHI_FEATURE_IS_ID;
    }
    bool is_constant =
        known == 0 ||
        (f->missing == 0 &&
         (f->kind == KITHI_FEATURE_NUMBER ? has_one_number(cases, feature) : f->level_count == 1));
    return is_constant ? KITHI_FEATURE_IS_CONSTANT : KITHI_FEATURE_FINE;
}
