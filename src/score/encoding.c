#include "src/score/encoding.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/order.h"
#include "src/base/text.h"
#include "src/base/value.h"

#define NUMBER_MAX    1e150 /* greater ones count as that: squares have to be finite */
#define DEVIATION_MAX 1e6   /* away from the mean, as far as one counts */
#define DAY_US        86400e6

void kithi_encoding_init(kithi_encoding *encoding) {
    *encoding = (kithi_encoding){.features = NULL};
    kithi_arena_init(&encoding->arena);
}

void kithi_encoding_clear(kithi_encoding *encoding) {
    kithi_arena_clear(&encoding->arena);
    kithi_encoding_init(encoding);
}

bool kithi_encoding_make(kithi_encoding *encoding, size_t feature_count) {
    encoding->features =
        kithi_arena_calloc(&encoding->arena, feature_count + 1, sizeof *encoding->features);
    encoding->feature_count = encoding->features != NULL ? feature_count : 0;
    return encoding->features != NULL;
}

/* Columns: those of the number or of the levels, then other ones, then that it is missing. */

static uint32_t plain_columns(const kithi_feature *f) {
    return f->kind == KITHI_FEATURE_NUMBER ? f->deviation > 0 : (uint32_t)f->level_count;
}

static bool has_other(const kithi_feature *f) {
    return f->kind == KITHI_FEATURE_LEVEL && f->other_share > 0;
}

static int compare_levels(const kithi_level *a, const kithi_level *b) {
    return kithi_bytes_compare(a->text, a->size, b->text, b->size);
}

/* By insertion: levels are few. */
static void order_levels(kithi_feature *f) {
    for (uint32_t i = 0; i < f->level_count; i++) {
        uint32_t j = i;
        for (; j > 0 && compare_levels(&f->levels[f->by_text[j - 1]], &f->levels[i]) > 0; j--) {
            f->by_text[j] = f->by_text[j - 1];
        }
        f->by_text[j] = i;
    }
}

bool kithi_encoding_finish(kithi_encoding *encoding) {
    encoding->width = 0;
    for (size_t i = 0; i < encoding->feature_count; i++) {
        kithi_feature *f = &encoding->features[i];
        f->first_column = encoding->width;
        f->width = plain_columns(f) + has_other(f) + (f->missing_share > 0);
        encoding->width += f->width;
        f->by_text = kithi_arena_calloc(&encoding->arena, f->level_count + 1, sizeof *f->by_text);
        if (f->by_text == NULL) {
            return false;
        }
        order_levels(f);
    }
    return true;
}

/* Values */

bool kithi_feature_number(const kith_value *value, double *out) {
    switch (value->type) {
    case KITH_TYPE_BOOLEAN:
        *out = value->as.boolean;
        break;
    case KITH_TYPE_INTEGER:
        *out = (double)value->as.integer;
        break;
    case KITH_TYPE_REAL:
        *out = value->as.real;
        break;
    case KITH_TYPE_DATE:
        *out = (double)value->as.date_days;
        break;
    case KITH_TYPE_TIME:
        *out = (double)value->as.time_us / DAY_US;
        break;
    default:
        return false;
    }
    bool is_finite = isfinite(*out);
    *out = fmin(fmax(*out, -NUMBER_MAX), NUMBER_MAX);
    return is_finite;
}

bool kithi_feature_level(const kith_value *value, char room[KITHI_LEVEL_BYTES], kithi_level *out) {
    switch (value->type) {
    case KITH_TYPE_NULL:
    case KITH_TYPE_LIST:
    case KITH_TYPE_MAP:
        return false;
    case KITH_TYPE_TEXT:
        *out = (kithi_level){value->as.text.data, value->as.text.size, 0};
        return true;
    default:
        kithi_value_show(value, room, KITHI_LEVEL_BYTES);
        *out = (kithi_level){room, strlen(room), 0};
        return true;
    }
}

/* Cells */

static bool cell_at(const kithi_feature *f, bool is_there, uint32_t column, kithi_cell *out) {
    *out = (kithi_cell){f->first_column + column, 1};
    return is_there;
}

static bool missing_cell(const kithi_feature *f, kithi_cell *out) {
    return cell_at(f, f->missing_share > 0, f->width - 1, out);
}

static bool number_cell(const kithi_feature *f, const kith_value *value, kithi_cell *out) {
    double number;
    if (!kithi_feature_number(value, &number)) {
        return missing_cell(f, out);
    }
    double away = f->deviation > 0 ? (number - f->mean) / f->deviation : 0;
    bool told = cell_at(f, f->width > 0, 0, out);
    out->value = (float)fmin(fmax(away, -DEVIATION_MAX), DEVIATION_MAX);
    return told;
}

static bool level_cell(const kithi_feature *f, const kith_value *value, kithi_cell *out) {
    char room[KITHI_LEVEL_BYTES];
    kithi_level level;
    if (!kithi_feature_level(value, room, &level)) {
        return missing_cell(f, out);
    }
    for (size_t low = 0, high = f->level_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = compare_levels(&level, &f->levels[f->by_text[middle]]);
        if (order == 0) {
            return cell_at(f, true, f->by_text[middle], out);
        }
        low = order > 0 ? middle + 1 : low;
        high = order < 0 ? middle : high;
    }
    return cell_at(f, has_other(f), (uint32_t)f->level_count, out);
}

bool kithi_feature_cell(const kithi_feature *feature, const kith_value *value, kithi_cell *out) {
    return feature->kind == KITHI_FEATURE_NUMBER ? number_cell(feature, value, out)
                                                 : level_cell(feature, value, out);
}

double kithi_feature_average(const kithi_feature *f, uint32_t column) {
    uint32_t plain = plain_columns(f);
    if (column < plain) {
        return f->kind == KITHI_FEATURE_NUMBER ? 0 : f->levels[column].share;
    }
    return column == plain && has_other(f) ? f->other_share : f->missing_share;
}

void kithi_encoding_row(const kithi_encoding *encoding, const kith_value *values, double *out) {
    for (size_t i = 0; i < encoding->feature_count; i++) {
        const kithi_feature *f = &encoding->features[i];
        kithi_cell cell;
        bool told = kithi_feature_cell(f, &values[i], &cell);
        for (uint32_t column = 0; column < f->width; column++) {
            out[f->first_column + column] = told ? 0 : kithi_feature_average(f, column);
        }
        if (told) {
            out[cell.column] = (double)cell.value;
        }
    }
}

void kithi_encoding_name(const kithi_encoding *encoding, uint32_t column, char *out,
                         size_t capacity) {
    const kithi_feature *f = encoding->features;
    while (column >= f->first_column + f->width) {
        f++;
    }
    column -= f->first_column;
    uint32_t plain = plain_columns(f);
    if (column >= plain) {
        bool is_other = column == plain && has_other(f);
        snprintf(out, capacity, "%s %s", f->name, is_other ? "other" : "missing");
    } else if (f->kind == KITHI_FEATURE_NUMBER) {
        snprintf(out, capacity, "%s", f->name);
    } else {
        const kithi_level *level = &f->levels[column];
        snprintf(out, capacity, "%s = %.*s", f->name, (int)level->size, level->text);
    }
    kithi_text_mend(out);
}
