/* What a customer is likely to buy next: again, and for the first time. */
#include <stdlib.h>
#include <string.h>

#include "src/base/sized.h"
#include "src/learn/similar_items.h"

typedef struct candidate {
    uint32_t item;
    bool repeat;
    double score;
    uint32_t baskets, later;
    size_t first_reason, reason_count;
} candidate;

struct kith_recommendations {
    kith_baskets *baskets;
    candidate *items;
    size_t count, at;
    kith_recommend_reason *reasons;
    size_t reason_count;
};

/* What is known of the customer, and room to count. */
typedef struct recommending {
    const kith_similar *similar;
    const kith_baskets *baskets;
    const kith_recommend_options *options;
    kithi_bought *bought; /* before, by item */
    size_t bought_count;
    size_t basket_count; /* of the customer */
    uint32_t *known;     /* items that speak for others: bought, or at hand */
    size_t known_count;
    bool *is_known; /* by item */
    double *scores; /* by item, of new ones */
    kith_recommendations *out;
} recommending;

static int by_score(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    int order = (x->score < y->score) - (x->score > y->score);
    return order != 0 ? order : (x->item > y->item) - (x->item < y->item);
}

/* The best of those from `first` on. */
static void keep_best(const recommending *r, size_t first) {
    kith_recommendations *out = r->out;
    size_t count = out->count - first, limit = r->options->limit;
    qsort(out->items + first, count, sizeof *out->items, by_score);
    out->count = first + (limit > 0 && count > limit ? limit : count);
}

/* What is known */

static bool read_bought(recommending *r) {
    const kith_profile *customer = r->options->customer;
    const kithi_customers view = kithi_baskets_view(r->baskets);
    size_t place = 0;
    bool known = customer != NULL && kithi_baskets_customer(r->baskets, customer->number, &place);
    size_t lines = known ? kithi_customer_line_count(&view, place) : 0;
    r->bought = malloc((lines + 1) * sizeof *r->bought);
    if (r->bought == NULL) {
        return false;
    }
    if (known) {
        r->bought_count = kithi_purchases_of(&view, place, r->bought);
        r->basket_count = view.basket_ends[place] - (place > 0 ? view.basket_ends[place - 1] : 0);
    }
    return true;
}

static void know(recommending *r, uint32_t item) {
    if (!r->is_known[item]) {
        r->is_known[item] = true;
        r->known[r->known_count++] = item;
    }
}

/* A repeat is not what lies in the basket already. */
static bool is_at_hand(const recommending *r, uint32_t item) {
    const kith_recommend_options *o = r->options;
    for (size_t i = 0; i < o->item_count; i++) {
        if (strcmp(o->items[i], r->baskets->names[item]) == 0) {
            return true;
        }
    }
    return false;
}

static bool gather_known(recommending *r) {
    const kith_recommend_options *o = r->options;
    uint32_t item;
    r->is_known = calloc(r->baskets->item_count + 1, sizeof *r->is_known);
    r->known =
        read_bought(r) ? malloc((r->bought_count + o->item_count + 1) * sizeof *r->known) : NULL;
    if (r->is_known == NULL || r->known == NULL) {
        return false;
    }
    for (size_t i = 0; i < r->bought_count; i++) {
        know(r, r->bought[i].item);
    }
    for (size_t i = 0; i < o->item_count; i++) {
        if (kithi_baskets_find(r->baskets, o->items[i], &item)) {
            know(r, item);
        }
    }
    return true;
}

/* Again */

static candidate repeat_of(const recommending *r, const kithi_bought *bought) {
    double usual = kithi_repeat_share(&r->baskets->items[bought->item]);
    uint32_t later = (uint32_t)r->basket_count - 1 - bought->first, hits = bought->baskets - 1;
    candidate made = {.item = bought->item, .repeat = true, .baskets = bought->baskets};
    made.later = later;
    made.score = (hits + KITH_RECOMMEND_USUAL * usual) / (later + KITH_RECOMMEND_USUAL);
    return made;
}

static void add_repeats(const recommending *r) {
    kith_recommendations *out = r->out;
    for (size_t i = 0; i < r->bought_count; i++) {
        if (!is_at_hand(r, r->bought[i].item)) {
            out->items[out->count++] = repeat_of(r, &r->bought[i]);
        }
    }
    keep_best(r, 0);
}

/* New ones */

static double part_of(const recommending *r, const kithi_like *like) {
    return r->similar->by == KITH_SIMILAR_BY_COSINE ? like->cosine : like->likelihood_ratio;
}

static void sum_likes(const recommending *r, const kithi_likes *likes) {
    for (size_t i = 0; likes != NULL && i < likes->count; i++) {
        r->scores[likes->items[i].item] += part_of(r, &likes->items[i]);
    }
}

static void add_alike(const recommending *r) {
    kith_recommendations *out = r->out;
    size_t first = out->count;
    for (size_t i = 0; i < r->known_count; i++) {
        sum_likes(r, kithi_similar_of(r->similar, r->known[i]));
    }
    for (uint32_t item = 0; item < r->baskets->item_count; item++) {
        if (!r->is_known[item] && r->scores[item] > 0) {
            out->items[out->count++] = (candidate){.item = item, .score = r->scores[item]};
        }
    }
    keep_best(r, first);
}

static void add_popular(const recommending *r) {
    kith_recommendations *out = r->out;
    for (uint32_t item = 0; item < r->baskets->item_count; item++) {
        double share =
            (double)r->baskets->items[item].customers / (double)r->baskets->customer_count;
        out->items[out->count++] = (candidate){.item = item, .score = share};
    }
    keep_best(r, 0);
}

/* Reasons */

typedef struct part {
    uint32_t item;
    double part;
} part;

static int by_part(const void *a, const void *b) {
    const part *x = a, *y = b;
    int order = (x->part < y->part) - (x->part > y->part);
    return order != 0 ? order : (x->item > y->item) - (x->item < y->item);
}

static size_t gather_parts(const recommending *r, uint32_t item, part *out) {
    size_t count = 0;
    for (size_t i = 0; i < r->known_count; i++) {
        const kithi_likes *likes = kithi_similar_of(r->similar, r->known[i]);
        for (size_t k = 0; likes != NULL && k < likes->count; k++) {
            if (likes->items[k].item == item) {
                out[count++] = (part){r->known[i], part_of(r, &likes->items[k])};
            }
        }
    }
    qsort(out, count, sizeof *out, by_part);
    return count;
}

static void add_reasons(const recommending *r, candidate *of, part *parts, size_t most) {
    kith_recommendations *out = r->out;
    size_t count = gather_parts(r, of->item, parts);
    of->first_reason = out->reason_count;
    of->reason_count = count < most ? count : most;
    for (size_t i = 0; i < of->reason_count; i++) {
        out->reasons[out->reason_count++] =
            (kith_recommend_reason){r->baskets->names[parts[i].item], parts[i].part};
    }
}

static bool give_reasons(const recommending *r) {
    kith_recommendations *out = r->out;
    uint32_t limit = r->options->reason_limit;
    size_t most = limit > 0 && limit < r->known_count ? limit : r->known_count;
    part *parts = malloc((r->known_count + 1) * sizeof *parts);
    out->reasons = malloc((out->count * most + 1) * sizeof *out->reasons);
    bool done = parts != NULL && out->reasons != NULL;
    for (size_t i = 0; done && i < out->count; i++) {
        if (!out->items[i].repeat) {
            add_reasons(r, &out->items[i], parts, most);
        }
    }
    free(parts);
    return done;
}

/* All of it */

static bool recommend(recommending *r) {
    kith_recommendations *out = r->out;
    if (!gather_known(r)) {
        return false;
    }
    r->scores = calloc(r->baskets->item_count + 1, sizeof *r->scores);
    out->items = malloc((r->baskets->item_count + 1) * sizeof *out->items);
    if (r->scores == NULL || out->items == NULL) {
        return false;
    }
    if (r->known_count > 0) {
        add_repeats(r);
        add_alike(r);
    } else {
        add_popular(r);
    }
    return give_reasons(r);
}

static int check(const kith_recommend_options *o, kith_error *error) {
    return o->items == NULL && o->item_count > 0
               ? kithi_error_set(error, KITH_MISUSE,
                                 "kith_recommendations_open: a list of items is missing")
               : KITH_OK;
}

int kith_recommendations_open(const kith_similar *similar, const kith_recommend_options *given,
                              kith_recommendations **out, kith_error *error) {
    kith_recommend_options options = KITH_RECOMMEND_OPTIONS_INIT;
    if (similar == NULL || out == NULL) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_recommendations_open: similar items, and a place for the "
                               "recommendations, are required");
    }
    int rc = kithi_take(given, &options, sizeof options, "kith_recommendations_open", error);
    rc = rc == KITH_OK ? check(&options, error) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    recommending r = {.similar = similar, .baskets = similar->baskets, .options = &options};
    r.out = calloc(1, sizeof *r.out);
    if (r.out != NULL) {
        r.out->baskets = kithi_baskets_keep(similar->baskets);
    }
    bool done = r.out != NULL && recommend(&r);
    free(r.bought);
    free(r.known);
    free(r.is_known);
    free(r.scores);
    if (!done) {
        kith_recommendations_close(r.out);
        return kithi_error_memory(error);
    }
    *out = r.out;
    return KITH_OK;
}

int kith_recommendations_next(kith_recommendations *r, kith_recommendation *out) {
    kith_recommendation made = KITH_RECOMMENDATION_INIT;
    if (r->at >= r->count) {
        return KITH_DONE;
    }
    const candidate *c = &r->items[r->at++];
    made.item = r->baskets->names[c->item];
    made.repeat = c->repeat;
    made.score = c->score;
    made.basket_count = c->baskets;
    made.later_count = c->later;
    made.reasons = r->reasons + c->first_reason;
    made.reason_count = c->reason_count;
    kithi_give(out, &made, sizeof made);
    return KITH_OK;
}

void kith_recommendations_close(kith_recommendations *r) {
    if (r != NULL) {
        free(r->items);
        free(r->reasons);
        kith_baskets_close(r->baskets);
        free(r);
    }
}
