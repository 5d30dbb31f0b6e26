#include "src/segment/score_features.h"

#include <math.h>
#include <string.h>

#include "src/segment/run.h"

#define DAY_US 86400e6

/* Reading the settings */

static int read_feature(kithi_score_reader *r, json_t *member, size_t at, void *context) {
    kithi_score_features *features = context;
    return kithi_score_ask_text(r, member, false, &features->parts[at]);
}

int kithi_score_read_features(kithi_score_reader *r, json_t *settings, kithi_score_features *out) {
    if (json_object_get(settings, "features") == NULL) {
        return kithi_json_refuse_member(&r->json, "features",
                                        "missing: a list of expressions, such as "
                                        "\"count(order LAST 90d)\" or \"city\"");
    }
    return kithi_score_list(r, settings, "features", KITHI_FEATURES_MAX, read_feature, out,
                            &out->count);
}

/* Values */

static kith_value number_of(const kithi_operand *operand) {
    kithi_operand value = *operand, number = kithi_operand_number(0);
    switch (value.sort) {
    case KITHI_SORT_BOOLEAN:
        return kith_value_real(value.as.boolean);
    case KITHI_SORT_DATE:
        return kith_value_real((double)value.as.date_days);
    case KITHI_SORT_TIME:
    case KITHI_SORT_DURATION:
        return kith_value_real((double)value.as.us / DAY_US);
    default:
        return kithi_operands_meet(NULL, &value, &number) && value.sort == KITHI_SORT_NUMBER
                   ? kith_value_real((double)value.as.number / KITHI_DECIMAL_ONE)
                   : kith_value_null();
    }
}

kith_value kithi_score_feature_value(const kithi_operand *operand, kithi_feature_kind kind) {
    if (operand->sort == KITHI_SORT_NULL) {
        return kith_value_null();
    }
    return kind == KITHI_FEATURE_NUMBER ? number_of(operand) : kithi_operand_value(operand);
}

void kithi_score_feature_values(kithi_run *run, const kithi_plan *plan,
                                const kithi_score_features *features,
                                const kithi_encoding *encoding, kith_value *out, int64_t *until) {
    for (size_t i = 0; i < features->count; i++) {
        kithi_operand operand = kithi_run_part(run, plan, features->parts[i], until);
        out[i] = kithi_score_feature_value(&operand, encoding->features[i].kind);
    }
}

/* Reading what was learnt */

static int read_number(kithi_score_reader *r, json_t *member, size_t at, void *context) {
    double *numbers = context;
    if (!json_is_number(member) || !isfinite(json_number_value(member))) {
        return kithi_json_refuse(&r->json, "expected numbers");
    }
    numbers[at] = json_number_value(member);
    return KITH_OK;
}

int kithi_score_read_numbers(kithi_score_reader *r, json_t *object, const char *key, size_t count,
                             double *out) {
    size_t found = 0;
    int rc = kithi_score_list(r, object, key, count, read_number, out, &found);
    return rc == KITH_OK && found != count
               ? kithi_json_refuse_member(&r->json, key, "numbers are missing")
               : rc;
}

static int read_named(kithi_score_reader *r, json_t *object, const char *const *names, size_t count,
                      double *out) {
    if (json_object_size(object) != count) {
        return kithi_json_refuse(&r->json, "expected an object of the numbers of the model");
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *number = json_object_get(object, names[i]);
        if (!json_is_number(number) || !isfinite(json_number_value(number))) {
            return kithi_json_refuse_member(&r->json, names[i], "expected a number");
        }
        out[i] = json_number_value(number);
    }
    return KITH_OK;
}

int kithi_score_read_named(kithi_score_reader *r, json_t *object, const char *key,
                           const char *const *names, size_t count, double *out) {
    kithi_json_enter(&r->json, key);
    int rc = read_named(r, json_object_get(object, key), names, count, out);
    kithi_json_leave(&r->json);
    return rc;
}

typedef struct encoding_reading {
    const kithi_score_features *features;
    kithi_encoding *out;
    kithi_feature *feature; /* the one at hand */
} encoding_reading;

/* ["Berlin", 0.25] */
static int read_level(kithi_score_reader *r, json_t *member, size_t at, void *context) {
    encoding_reading *in = context;
    kithi_level *level = &in->feature->levels[at];
    const json_t *text = json_array_get(member, 0), *share = json_array_get(member, 1);
    double part = json_number_value(share);
    if (json_array_size(member) != 2 || !json_is_string(text) || !json_is_number(share) ||
        !(part >= 0 && part <= 1)) {
        return kithi_json_refuse(&r->json, "expected levels with their shares, from 0 to 1");
    }
    level->size = json_string_length(text);
    level->text =
        kithi_arena_copy(&in->out->arena, json_string_value(text), json_string_length(text));
    level->share = part;
    in->feature->level_count = at + 1;
    return level->text != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(r->json.txn));
}

static int read_levels(kithi_score_reader *r, json_t *member, encoding_reading *in) {
    const json_t *levels = json_object_get(member, "levels");
    size_t count = json_array_size(levels);
    if (levels != NULL && !json_is_array(levels)) {
        return kithi_json_refuse_member(&r->json, "levels", "expected a list");
    }
    in->feature->levels = kithi_arena_calloc(&in->out->arena, count + 1, sizeof(kithi_level));
    if (in->feature->levels == NULL) {
        return kithi_error_memory(kithi_txn_error(r->json.txn));
    }
    return count == 0 ? KITH_OK
                      : kithi_score_list(r, member, "levels", KITHI_ENCODING_COLUMNS_MAX,
                                         read_level, in, &count);
}

static int kind_of(const char *name) {
    return strcmp(name, "number") == 0  ? KITHI_FEATURE_NUMBER
           : strcmp(name, "level") == 0 ? KITHI_FEATURE_LEVEL
                                        : -1;
}

static int read_encoded(kithi_score_reader *r, json_t *member, size_t at, void *context) {
    encoding_reading *in = context;
    kithi_feature *f = in->feature = &in->out->features[at];
    int kind = KITHI_FEATURE_NUMBER;
    if (!json_is_object(member)) {
        return kithi_json_refuse(&r->json, "expected an object for each feature");
    }
    f->name = r->model->parts[in->features->parts[at]].text;
    int rc = kithi_json_choice(&r->json, member, "kind", kind_of,
                               "expected \"number\" or \"level\"", &kind);
    f->kind = (kithi_feature_kind)kind;
    rc = rc == KITH_OK ? kithi_json_real(&r->json, member, "mean", -1e300, 1e300, &f->mean) : rc;
    rc = rc == KITH_OK ? kithi_json_real(&r->json, member, "deviation", 0, 1e300, &f->deviation)
                       : rc;
    rc = rc == KITH_OK ? kithi_json_real(&r->json, member, "other", 0, 1, &f->other_share) : rc;
    rc = rc == KITH_OK ? kithi_json_real(&r->json, member, "missing", 0, 1, &f->missing_share) : rc;
    return rc == KITH_OK && kind == KITHI_FEATURE_LEVEL ? read_levels(r, member, in) : rc;
}

int kithi_score_read_encoding(kithi_score_reader *r, json_t *fitted,
                              const kithi_score_features *features, kithi_encoding *out) {
    encoding_reading in = {.features = features, .out = out};
    size_t count = 0;
    if (json_array_size(json_object_get(fitted, "features")) != features->count) {
        return kithi_json_refuse_member(&r->json, "features",
                                        "expected as many as the score has features");
    }
    if (!kithi_encoding_make(out, features->count)) {
        return kithi_error_memory(kithi_txn_error(r->json.txn));
    }
    int rc = kithi_score_list(r, fitted, "features", KITHI_FEATURES_MAX, read_encoded, &in, &count);
    return rc == KITH_OK && !kithi_encoding_finish(out)
               ? kithi_error_memory(kithi_txn_error(r->json.txn))
               : rc;
}
