/*
 * Clusters as a score: each customer belongs to the cluster whose center is the nearest, and is
 * named by what sets that cluster apart.
 *
 *   {"kind": "clusters", "clusters": [2, 8], "of": "did(order)", "features": [
 *      {"value": "today - last(order.at)", "name": "recency", "low": "lately", "high": "long ago",
 *       "unit": "days", "logarithm": true}, "count(order)", "sum(order.total)"]}
 */
#include "src/segment/score_clusters.h"

#include <math.h>
#include <string.h>

#include "src/segment/run.h"
#include "src/segment/score_kinds.h"
#include "src/segment/score_tell.h"

#define CLUSTERS_LEAST 2
#define CLUSTERS_MOST  8

typedef enum output { NAME, NUMBER, DISTANCE, OUTPUTS } output;

static const kithi_score_output outputs[OUTPUTS] = {
    [NAME] = {"cluster", KITHI_SORT_TEXT, true, "what sets the customer's cluster apart"},
    [NUMBER] = {"number", KITHI_SORT_NUMBER, true, "of the cluster, from 1 on"},
    [DISTANCE] = {"distance", KITHI_SORT_NUMBER, true,
                  "from its center, in standard deviations of the features"},
};

/* Settings */

static int read_worded(kithi_score_reader *r, json_t *member, kithi_score_cluster_settings *s,
                       size_t at) {
    static const char *const keys[] = {"value", "name", "low", "high", "unit", "logarithm", NULL};
    kithi_cluster_feature *words = &s->words[at];
    int rc = kithi_json_check_keys(&r->json, member, keys);
    if (rc == KITH_OK && json_object_get(member, "value") == NULL) {
        return kithi_json_refuse(&r->json, "a feature needs \"value\", an expression");
    }
    rc = rc == KITH_OK ? kithi_score_ask(r, member, "value", false, &s->features.parts[at]) : rc;
    rc = rc == KITH_OK ? kithi_score_text(r, member, "name", &words->name) : rc;
    rc = rc == KITH_OK ? kithi_score_text(r, member, "low", &words->low) : rc;
    rc = rc == KITH_OK ? kithi_score_text(r, member, "high", &words->high) : rc;
    rc = rc == KITH_OK ? kithi_score_text(r, member, "unit", &words->unit) : rc;
    return rc == KITH_OK ? kithi_json_bool(&r->json, member, "logarithm", &words->scale.logarithm)
                         : rc;
}

static int read_feature(kithi_score_reader *r, json_t *member, size_t at, void *context) {
    kithi_score_cluster_settings *s = context;
    int rc = json_is_object(member)
                 ? read_worded(r, member, s, at)
                 : kithi_score_ask_text(r, member, false, &s->features.parts[at]);
    if (rc == KITH_OK && s->words[at].name == NULL) {
        s->words[at].name = r->model->parts[s->features.parts[at]].text;
    }
    return rc;
}

/* 4, or [2, 8]. */
static int read_count(kithi_score_reader *r, json_t *root, kithi_score_cluster_settings *s) {
    const json_t *member = json_object_get(root, "clusters");
    const json_t *least = json_array_get(member, 0), *most = json_array_get(member, 1);
    s->least = CLUSTERS_LEAST;
    s->most = CLUSTERS_MOST;
    if (member == NULL) {
        return KITH_OK;
    }
    if (json_is_integer(member)) {
        s->least = s->most = json_integer_value(member);
    } else if (json_array_size(member) == 2 && json_is_integer(least) && json_is_integer(most)) {
        s->least = json_integer_value(least);
        s->most = json_integer_value(most);
    } else {
        s->least = 0;
    }
    bool sound = s->least >= CLUSTERS_LEAST && s->most >= s->least && s->most <= KITHI_CLUSTERS_MAX;
    return sound ? KITH_OK
                 : kithi_json_refuse_member(&r->json, "clusters",
                                            "expected a number from 2 to 64, or two: [2, 8]");
}

static int read_settings(kithi_score_reader *r, json_t *root) {
    kithi_score_cluster_settings *s = kithi_score_room(r, 1, sizeof *s);
    if (s == NULL) {
        return KITH_NO_MEMORY;
    }
    r->model->settings = s;
    s->seed = 1;
    s->chosen = json_object_get(root, "of") != NULL;
    if (json_object_get(root, "features") == NULL) {
        return kithi_json_refuse_member(&r->json, "features", "missing: a list of expressions");
    }
    int rc = kithi_score_list(r, root, "features", KITHI_CLUSTER_FEATURES_MAX, read_feature, s,
                              &s->features.count);
    rc = rc == KITH_OK ? kithi_score_ask(r, root, "of", true, &s->of) : rc;
    rc = rc == KITH_OK ? read_count(r, root, s) : rc;
    return rc == KITH_OK ? kithi_json_integer(&r->json, root, "seed", INT64_MAX, &s->seed) : rc;
}

/* What was learnt */

static int read_name(kithi_score_reader *r, json_t *member, size_t at, void *context) {
    const char **texts = context;
    return kithi_score_keep_text(r, member, &texts[at]);
}

static int read_texts(kithi_score_reader *r, json_t *object, const char *key, size_t count,
                      const char ***out) {
    size_t found = 0;
    *out = kithi_score_room(r, count, sizeof **out);
    if (*out == NULL) {
        return KITH_NO_MEMORY;
    }
    int rc = kithi_score_list(r, object, key, count, read_name, *out, &found);
    return rc == KITH_OK && found != count
               ? kithi_json_refuse_member(&r->json, key, "expected one for each cluster")
               : rc;
}

static int read_scales(kithi_score_reader *r, json_t *object, kithi_score_cluster_fitted *fitted) {
    const kithi_score_cluster_settings *s = r->model->settings;
    double means[KITHI_CLUSTER_FEATURES_MAX], deviations[KITHI_CLUSTER_FEATURES_MAX];
    size_t count = s->features.count;
    int rc = kithi_score_read_numbers(r, object, "means", count, means);
    rc = rc == KITH_OK ? kithi_score_read_numbers(r, object, "deviations", count, deviations) : rc;
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        fitted->words[i] = s->words[i];
        fitted->words[i].scale.mean = means[i];
        fitted->words[i].scale.deviation = deviations[i];
        if (!(deviations[i] >= 0)) {
            rc = kithi_json_refuse_member(&r->json, "deviations", "expected no number below 0");
        }
    }
    return rc;
}

static int read_fitted(kithi_score_reader *r, json_t *object) {
    const kithi_score_cluster_settings *s = r->model->settings;
    kithi_score_cluster_fitted *fitted = kithi_score_room(r, 1, sizeof *fitted);
    size_t clusters = json_array_size(json_object_get(object, "names"));
    size_t width = clusters * s->features.count;
    if (clusters == 0 || clusters > KITHI_CLUSTERS_MAX) {
        return kithi_json_refuse_member(&r->json, "names", "expected one for each cluster");
    }
    double *centers = kithi_score_room(r, width, sizeof *centers);
    if (fitted == NULL || centers == NULL) {
        return KITH_NO_MEMORY;
    }
    fitted->clusters = clusters;
    fitted->centers = centers;
    int rc = read_scales(r, object, fitted);
    rc = rc == KITH_OK ? kithi_score_read_numbers(r, object, "centers", width, centers) : rc;
    rc = rc == KITH_OK ? read_texts(r, object, "names", clusters, &fitted->names) : rc;
    rc =
        rc == KITH_OK ? read_texts(r, object, "descriptions", clusters, &fitted->descriptions) : rc;
    r->model->fitted = fitted;
    return rc;
}

/* Running */

void kithi_score_cluster_point(const kith_value *values, size_t count, double *out) {
    for (size_t i = 0; i < count; i++) {
        bool there = values[i].type == KITH_TYPE_REAL && isfinite(values[i].as.real);
        out[i] = !there                                            ? NAN
                 : fabs(values[i].as.real) < KITHI_SCALE_VALUE_MAX ? values[i].as.real
                                                                   : KITHI_SCALE_VALUE_MAX;
    }
}

/* False: nothing is learnt, or the customer isn't one of those that are clustered. */
static bool find_place(kithi_run *run, const kithi_plan *plan, int64_t *until,
                       kithi_cluster_place *out) {
    const kithi_score_cluster_settings *s = plan->score.settings;
    const kithi_score_cluster_fitted *fitted = plan->score.fitted;
    kithi_scale scales[KITHI_CLUSTER_FEATURES_MAX];
    kith_value values[KITHI_CLUSTER_FEATURES_MAX];
    double point[KITHI_CLUSTER_FEATURES_MAX];
    if (fitted == NULL || (s->chosen && !kithi_run_part_holds(run, plan, s->of, until))) {
        return false;
    }
    for (size_t i = 0; i < s->features.count; i++) {
        kithi_operand value = kithi_run_part(run, plan, s->features.parts[i], until);
        values[i] = kithi_score_feature_value(&value, KITHI_FEATURE_NUMBER);
        scales[i] = fitted->words[i].scale;
    }
    kithi_score_cluster_point(values, s->features.count, point);
    kithi_scale_apply(point, s->features.count, scales);
    *out = kithi_cluster_find(fitted->centers, fitted->clusters, s->features.count, point);
    return true;
}

static kithi_operand run_clusters(kithi_run *run, const kithi_plan *plan, size_t which,
                                  int64_t *until) {
    const kithi_score_cluster_fitted *fitted = plan->score.fitted;
    kithi_operand distance = kithi_operand_number(0);
    kithi_cluster_place place;
    if (!find_place(run, plan, until, &place)) {
        return kithi_operand_null();
    }
    switch ((output)which) {
    case NAME:
        return kithi_operand_text(fitted->names[place.cluster],
                                  strlen(fitted->names[place.cluster]));
    case NUMBER:
        return kithi_operand_number(kithi_decimal_of(place.cluster + 1));
    default:
        return kithi_decimal_of_real(place.distance, &distance.as.number) ? distance
                                                                          : kithi_operand_null();
    }
}

static void tell_clusters(kithi_run *run, const kithi_plan *plan, kithi_score_telling *t,
                          int64_t *until) {
    const kithi_score_cluster_fitted *fitted = plan->score.fitted;
    kithi_cluster_place place;
    if (!find_place(run, plan, until, &place)) {
        kithi_score_tell(t, fitted == NULL ? "it isn't fitted yet"
                                           : "it is none of the customers that are clustered");
        return;
    }
    kithi_score_tell(t, "its customers: %s", fitted->descriptions[place.cluster]);
    kithi_score_tell(t, "the next one, \"%s\", is %.2f away, this one %.2f",
                     fitted->names[place.second], place.second_distance, place.distance);
}

const kithi_score_kind kithi_score_clusters = {
    .name = "clusters",
    .outputs = outputs,
    .output_count = OUTPUTS,
    .learns = true,
    .keys = (const char *const[]){"features", "clusters", "of", "seed", NULL},
    .read = read_settings,
    .read_fitted = read_fitted,
    .run = run_clusters,
    .tell = tell_clusters,
};
