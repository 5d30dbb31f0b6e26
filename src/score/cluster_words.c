#include "src/score/cluster_words.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/number.h"
#include "src/base/text.h"
#include "src/score/clusters.h"

#define NAME_TRAITS 2 /* in a name that nobody else has */
#define TYPICAL     "typical"

static kithi_cluster_level level_of(double apart) {
    double size = fabs(apart);
    int level = size < KITHI_CLUSTER_APART ? 0 : size < KITHI_CLUSTER_MUCH ? 1 : 2;
    return apart < 0 ? -level : level;
}

/* Traits */

static kithi_cluster_trait trait_of(const kithi_cluster_feature *features, size_t feature,
                                    double apart) {
    const kithi_scale *scale = &features[feature].scale;
    return (kithi_cluster_trait){feature, level_of(apart), kithi_scale_restore(scale, apart),
                                 kithi_scale_restore(scale, 0), apart};
}

void kithi_cluster_traits(const kithi_cluster_feature *features, size_t feature_count,
                          const double *center, kithi_cluster_trait *out) {
    for (size_t i = 0; i < feature_count; i++) {
        kithi_cluster_trait trait = trait_of(features, i, center[i]);
        size_t place = i;
        for (; place > 0 && fabs(out[place - 1].apart) < fabs(trait.apart); place--) {
            out[place] = out[place - 1];
        }
        out[place] = trait;
    }
}

/* Sentences */

/* As "very few orders", or "low orders" where the feature has no words of its own. */
static void append_phrase(const kithi_cluster_feature *f, kithi_cluster_level level,
                          kithi_buffer *out) {
    const char *own = level < 0 ? f->low : f->high;
    bool much = level == KITHI_CLUSTER_MUCH_LOWER || level == KITHI_CLUSTER_MUCH_HIGHER;
    kithi_buffer_append_text(out, much ? "very " : "");
    if (own != NULL) {
        kithi_buffer_append_text(out, own);
        return;
    }
    kithi_buffer_append_text(out, level < 0 ? "low " : "high ");
    kithi_buffer_append_text(out, f->name);
}

static void append_value(const kithi_cluster_feature *f, double value, kithi_buffer *out) {
    char text[32];
    double shown = round(value);
    if (fabs(value) < 100) {
        snprintf(text, sizeof text, "%.3g", value);
        shown = strtod(text, NULL);
    }
    kithi_real_format(shown + 0.0, text); /* no -0 */
    kithi_buffer_append_text(out, text);
    if (f->unit != NULL) {
        kithi_buffer_append_byte(out, ' ');
        kithi_buffer_append_text(out, f->unit);
    }
}

void kithi_cluster_describe(const kithi_cluster_feature *features,
                            const kithi_cluster_trait *traits, size_t feature_count,
                            kithi_buffer *out) {
    for (size_t i = 0; i < feature_count && traits[i].level != KITHI_CLUSTER_TYPICAL; i++) {
        const kithi_cluster_feature *f = &features[traits[i].feature];
        kithi_buffer_append_text(out, i > 0 ? ", " : "");
        append_phrase(f, traits[i].level, out);
        kithi_buffer_append_text(out, " (");
        append_value(f, traits[i].value, out);
        kithi_buffer_append_text(out, ", all ");
        append_value(f, traits[i].overall, out);
        kithi_buffer_append_text(out, ")");
    }
    if (feature_count == 0 || traits[0].level == KITHI_CLUSTER_TYPICAL) {
        kithi_buffer_append_text(out, TYPICAL);
    }
}

/* Names */

typedef struct naming {
    const kithi_cluster_feature *features;
    const kithi_cluster_trait *traits;
    size_t feature_count, clusters;
    size_t depths[KITHI_CLUSTERS_MAX]; /* how many traits a name may have */
    kithi_cluster_name *names;
    kithi_buffer buffer; /* of one name at a time */
    bool no_memory;      /* for any of them */
} naming;

/* Sets a name to so many bytes of a text at most, and what follows them. */
static void set_name(kithi_cluster_name *name, const char *text, size_t size, const char *end) {
    size_t room = KITHI_CLUSTER_NAME_BYTES - strlen(end);
    size = size < room ? size : room;
    memmove(name->text, text, size);
    name->text[size] = '\0';
    kithi_text_mend(name->text);
    memcpy(name->text + strlen(name->text), end, strlen(end) + 1);
}

/* The first of its traits that fit; of the very first what fits. */
static void name_by_traits(naming *n, size_t cluster) {
    const kithi_cluster_trait *traits = n->traits + cluster * n->feature_count;
    size_t fits = 0;
    kithi_buffer_reset(&n->buffer);
    for (size_t i = 0; i < n->feature_count && i < n->depths[cluster]; i++) {
        if (traits[i].level == KITHI_CLUSTER_TYPICAL) {
            break;
        }
        kithi_buffer_append_text(&n->buffer, i > 0 ? ", " : "");
        append_phrase(&n->features[traits[i].feature], traits[i].level, &n->buffer);
        fits = i == 0 || n->buffer.size <= KITHI_CLUSTER_NAME_BYTES ? n->buffer.size : fits;
    }
    if (fits == 0) {
        kithi_buffer_append_text(&n->buffer, TYPICAL);
        fits = n->buffer.size;
    }
    if (!kithi_buffer_ok(&n->buffer)) {
        n->no_memory = true;
        return;
    }
    set_name(&n->names[cluster], (const char *)n->buffer.data, fits, "");
}

static bool is_taken(const naming *n, size_t cluster, const char *name, size_t among) {
    for (size_t i = 0; i < among; i++) {
        if (i != cluster && strcmp(n->names[i].text, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Lets names that are the same have one more trait each; whether there were any. */
static bool tell_apart(naming *n) {
    bool same[KITHI_CLUSTERS_MAX], any = false;
    for (size_t i = 0; i < n->clusters; i++) {
        same[i] = is_taken(n, i, n->names[i].text, n->clusters);
        any = any || same[i];
    }
    for (size_t i = 0; i < n->clusters; i++) {
        if (same[i]) {
            n->depths[i]++;
            name_by_traits(n, i);
        }
    }
    return any;
}

/* Gives a name that an earlier cluster has too the first number that makes it nobody's. */
static void number_name(naming *n, size_t cluster) {
    kithi_cluster_name plain = n->names[cluster], *name = &n->names[cluster];
    bool taken = is_taken(n, cluster, plain.text, cluster);
    for (unsigned number = 2; taken; number++) {
        char end[16];
        snprintf(end, sizeof end, " (%u)", number);
        set_name(name, plain.text, strlen(plain.text), end);
        taken = is_taken(n, cluster, name->text, n->clusters);
    }
}

bool kithi_cluster_names(const kithi_cluster_feature *features, const kithi_cluster_trait *traits,
                         size_t feature_count, size_t clusters, kithi_cluster_name *out) {
    naming n = {.features = features,
                .traits = traits,
                .feature_count = feature_count,
                .clusters = clusters,
                .names = out};
    kithi_buffer_init(&n.buffer);
    for (size_t i = 0; i < clusters && !n.no_memory; i++) {
        n.depths[i] = NAME_TRAITS;
        name_by_traits(&n, i);
    }
    for (size_t i = NAME_TRAITS; i < feature_count && !n.no_memory; i++) {
        if (!tell_apart(&n)) {
            break;
        }
    }
    for (size_t i = 0; i < clusters && !n.no_memory; i++) {
        number_name(&n, i);
    }
    kithi_buffer_clear(&n.buffer);
    return !n.no_memory;
}
