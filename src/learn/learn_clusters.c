/* Clusters of customers: their centers, and what sets them apart in words. */
#include <math.h>
#include <stdlib.h>

#include "src/learn/known.h"
#include "src/score/silhouette.h"
#include "src/segment/score_clusters.h"

typedef struct clustering {
    kithi_learner *learner;
    const kithi_score_cluster_settings *settings;
    double *points;
    size_t count, dimensions;
    kithi_scale scales[KITHI_CLUSTER_FEATURES_MAX];
    kithi_cluster_feature words[KITHI_CLUSTER_FEATURES_MAX];
    kithi_cluster_choice choice;
} clustering;

static int no_memory(const clustering *c) {
    return kithi_error_memory(kithi_txn_error(c->learner->txn));
}

/* Points */

static int make_points(clustering *c, const kithi_known_customers *known) {
    kith_value values[KITHI_FEATURES_MAX];
    size_t bad;
    c->count = known->gathered.count;
    c->points = malloc((c->count * c->dimensions + 1) * sizeof *c->points);
    if (c->points == NULL) {
        return no_memory(c);
    }
    for (size_t i = 0; i < c->count; i++) {
        kithi_known_values(known, i, values);
        kithi_score_cluster_point(values, c->dimensions, c->points + i * c->dimensions);
    }
    for (size_t i = 0; i < c->dimensions; i++) {
        c->scales[i] = c->settings->words[i].scale;
    }
    kithi_scale_learn(c->points, c->count, c->dimensions, c->scales, &bad); /* all are in bounds */
    for (size_t i = 0; i < c->count; i++) {
        kithi_scale_apply(c->points + i * c->dimensions, c->dimensions, c->scales);
    }
    return KITH_OK;
}

static int check_numbers(clustering *c, const kithi_known_customers *known) {
    for (size_t i = 0; i < c->dimensions; i++) {
        if (known->gathered.count > 0 && known->kinds[i] != KITHI_FEATURE_NUMBER) {
            return kithi_learner_refuse(
                c->learner, "\"%.80s\" gives no numbers",
                c->learner->plan->score.parts[known->features->parts[i]].text);
        }
    }
    return KITH_OK;
}

/* Clusters */

static int refuse(const clustering *c, kithi_cluster_refusal refusal) {
    switch (refusal) {
    case KITHI_CLUSTER_FINE:
        return KITH_OK;
    case KITHI_CLUSTER_NO_MEMORY:
        return no_memory(c);
    case KITHI_CLUSTER_INTERRUPTED:
        return kithi_learner_stopped(c->learner);
    default:
        return kithi_learner_refuse(c->learner, "%s", kithi_cluster_refusal_text(refusal));
    }
}

static int make_clusters(clustering *c) {
    const kith_fit_options *asked = &c->learner->options;
    kithi_cluster_options options = KITHI_CLUSTER_OPTIONS_INIT;
    kithi_points points = {c->points, c->count, c->dimensions};
    kithi_workers_ear ear = {kithi_learner_tell, c->learner};
    options.threads = asked->threads != 0 ? asked->threads : kithi_workers_available();
    options.seed = (uint64_t)c->settings->seed;
    options.ear = &ear;
    return refuse(c, kithi_cluster_choose(&points, (size_t)c->settings->least,
                                          (size_t)c->settings->most, &options, &c->choice));
}

/* Words */

static json_t *names_of(const kithi_cluster_name *names, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (json_array_append_new(list, json_string(names[i].text)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *description_of(const clustering *c, const kithi_cluster_trait *traits) {
    kithi_buffer text;
    kithi_buffer_init(&text);
    kithi_cluster_describe(c->words, traits, c->dimensions, &text);
    json_t *made = kithi_buffer_ok(&text) ? json_stringn((const char *)text.data, text.size) : NULL;
    kithi_buffer_clear(&text);
    return made;
}

static json_t *descriptions_of(const clustering *c, const kithi_cluster_trait *traits) {
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < c->choice.best.clusters; i++) {
        if (json_array_append_new(list, description_of(c, traits + i * c->dimensions)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int put_words(clustering *c) {
    kithi_learner *l = c->learner;
    size_t clusters = c->choice.best.clusters;
    kithi_cluster_trait *traits = malloc(clusters * c->dimensions * sizeof *traits);
    kithi_cluster_name *names = malloc(clusters * sizeof *names);
    for (size_t i = 0; traits != NULL && i < clusters; i++) {
        kithi_cluster_traits(c->words, c->dimensions, c->choice.best.centers + i * c->dimensions,
                             traits + i * c->dimensions);
    }
    int rc = traits != NULL && names != NULL &&
                     kithi_cluster_names(c->words, traits, c->dimensions, clusters, names)
                 ? KITH_OK
                 : no_memory(c);
    rc = rc == KITH_OK ? kithi_learner_put(l, l->fitted, "names", names_of(names, clusters)) : rc;
    rc = rc == KITH_OK ? kithi_learner_put(l, l->fitted, "descriptions", descriptions_of(c, traits))
                       : rc;
    free(traits);
    free(names);
    return rc;
}

/* Numbers */

static json_t *sizes_of(const kithi_clustering *best) {
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < best->clusters; i++) {
        if (json_array_append_new(list, json_integer((json_int_t)best->sizes[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *trials_of(const kithi_cluster_choice *choice) {
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < choice->trial_count; i++) {
        const kithi_cluster_trial *trial = &choice->trials[i];
        json_t *one = json_pack("{s:I, s:f, s:f}", "clusters", (json_int_t)trial->clusters,
                                "inertia", trial->inertia, "silhouette", trial->silhouette);
        if (json_array_append_new(list, one) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int put_scales(clustering *c) {
    double means[KITHI_CLUSTER_FEATURES_MAX], deviations[KITHI_CLUSTER_FEATURES_MAX];
    kithi_learner *l = c->learner;
    for (size_t i = 0; i < c->dimensions; i++) {
        means[i] = c->scales[i].mean;
        deviations[i] = c->scales[i].deviation;
        c->words[i] = c->settings->words[i];
        c->words[i].scale = c->scales[i];
    }
    int rc = kithi_learner_put(l, l->fitted, "means", kithi_learner_reals(means, c->dimensions));
    return rc == KITH_OK ? kithi_learner_put(l, l->fitted, "deviations",
                                             kithi_learner_reals(deviations, c->dimensions))
                         : rc;
}

static int put_clusters(clustering *c) {
    kithi_learner *l = c->learner;
    const kithi_clustering *best = &c->choice.best;
    json_t *fitted = l->fitted;
    int rc = kithi_learner_put(l, fitted, "sizes", sizes_of(best));
    rc = rc == KITH_OK
             ? kithi_learner_put(l, fitted, "centers",
                                 kithi_learner_reals(best->centers, best->clusters * c->dimensions))
             : rc;
    rc = rc == KITH_OK ? kithi_learner_put(l, fitted, "inertia", kithi_learner_real(best->inertia))
                       : rc;
    rc = rc == KITH_OK
             ? kithi_learner_put(l, fitted, "silhouette", kithi_learner_real(c->choice.silhouette))
             : rc;
    rc = rc == KITH_OK ? kithi_learner_put(l, fitted, "trials", trials_of(&c->choice)) : rc;
    return rc == KITH_OK ? kithi_learner_put(l, fitted, "converged", json_boolean(best->converged))
                         : rc;
}

/* All */

static int learn(clustering *c, const kithi_known_customers *known) {
    int rc = check_numbers(c, known);
    rc = rc == KITH_OK ? make_points(c, known) : rc;
    rc = rc == KITH_OK ? make_clusters(c) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    rc = put_clusters(c);
    rc = rc == KITH_OK ? put_scales(c) : rc;
    rc = rc == KITH_OK ? put_words(c) : rc;
    kithi_cluster_choice_clear(&c->choice);
    return rc;
}

int kithi_learn_clusters(kithi_learner *l) {
    const kithi_score_cluster_settings *s = l->plan->score.settings;
    clustering c = {.learner = l, .settings = s, .dimensions = s->features.count};
    kithi_known_plan plan = {
        .features = &s->features, .chosen = s->chosen, .of = s->of, .by_content = true};
    kithi_known_customers known;
    int rc = kithi_known_gather(l, &plan, &known);
    l->customer_count = known.gathered.count;
    rc = rc == KITH_OK ? learn(&c, &known) : rc;
    free(c.points);
    kithi_known_clear(&known);
    return rc;
}
