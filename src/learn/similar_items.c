#include "src/learn/similar_items.h"

#include <stdlib.h>

#include "src/base/sized.h"
#include "src/store/suggest.h"

static int check(const kith_similar_options *o, kith_error *error) {
    if (o->items == NULL && o->item_count > 0) {
        return kithi_error_set(error, KITH_MISUSE, "kith_similar_open: a list of items is missing");
    }
    if (o->items != NULL && o->customer != NULL) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_similar_open: either items or a customer tell which");
    }
    if (o->by != KITH_SIMILAR_BY_COSINE && o->by != KITH_SIMILAR_BY_RATIO) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_similar_open: there is no measure of "
                               "number %d",
                               (int)o->by);
    }
    if (o->min_customers < 1) {
        return kithi_error_set(error, KITH_INVALID,
                               "at least one customer has bought both of two similar items");
    }
    return KITH_OK;
}

/* Which items */

static int no_such_item(const kith_baskets *b, const char *name, kith_error *error) {
    kithi_suggestion near = kithi_suggestion_of(name);
    for (uint32_t i = 0; i < b->item_count; i++) {
        kithi_suggestion_offer(&near, b->names[i]);
    }
    if (near.name != NULL) {
        return kithi_error_set(error, KITH_NOT_FOUND,
                               "no basket has '%.99s'; did you mean '%.99s'?", name, near.name);
    }
    return kithi_error_set(error, KITH_NOT_FOUND, "no basket has '%.99s'", name);
}

static int find_items(const kith_similar_options *o, kith_similar *out, kith_error *error) {
    out->items = malloc((o->item_count + 1) * sizeof *out->items);
    if (out->items == NULL) {
        return kithi_error_memory(error);
    }
    for (size_t i = 0; i < o->item_count; i++) {
        if (!kithi_baskets_find(out->baskets, o->items[i], &out->items[i])) {
            return no_such_item(out->baskets, o->items[i], error);
        }
    }
    out->item_count = o->item_count;
    return KITH_OK;
}

static int find_bought(const kith_similar_options *o, kith_similar *out, kith_error *error) {
    const kithi_customers view = kithi_baskets_view(out->baskets);
    size_t customer = 0, count = 0;
    bool known = kithi_baskets_customer(out->baskets, o->customer->number, &customer);
    size_t lines = known ? kithi_customer_line_count(&view, customer) : 0;
    kithi_bought *bought = malloc((lines + 1) * sizeof *bought);
    out->items = malloc((lines + 1) * sizeof *out->items);
    if (bought == NULL || out->items == NULL) {
        free(bought);
        return kithi_error_memory(error);
    }
    count = known ? kithi_purchases_of(&view, customer, bought) : 0;
    for (size_t i = 0; i < count; i++) {
        out->items[i] = bought[i].item;
    }
    out->item_count = count;
    free(bought);
    return KITH_OK;
}

static int choose_items(const kith_similar_options *o, kith_similar *out, kith_error *error) {
    out->item_count = out->baskets->item_count;
    return o->items != NULL      ? find_items(o, out, error)
           : o->customer != NULL ? find_bought(o, out, error)
                                 : KITH_OK;
}

/* Which are alike */

static int too_much(const kith_similar_options *o, kith_error *error) {
    return kithi_error_set(
        error, KITH_LIMIT,
        "who has bought what, and similar items, take more than the %llu bytes of memory that "
        "they may; allow more, ask for fewer of each item, or read baskets of a shorter time or of "
        "fewer customers",
        (unsigned long long)kithi_basket_memory(o->memory_bytes));
}

static int fail(int rc, const kith_similar_options *o, kith_error *error) {
    return rc == KITH_LIMIT ? too_much(o, error)
           : rc == KITH_INTERRUPTED
               ? kithi_error_set(error, rc, "the search for similar items was stopped")
           : rc == KITH_NO_MEMORY ? kithi_error_memory(error)
                                  : rc;
}

static int find_likes(const kith_similar_options *o, kith_similar *out, kith_error *error) {
    const kithi_customers view = kithi_baskets_view(out->baskets);
    kithi_basket_ear told = {"similar", o->progress, o->context};
    const kithi_workers_ear ear = {kithi_basket_tell, &told};
    uint64_t memory = kithi_basket_memory(o->memory_bytes), needed = kithi_purchases_bytes(&view);
    const kithi_like_options options = {.items = out->items,
                                        .item_count = out->item_count,
                                        .by_cosine = o->by == KITH_SIMILAR_BY_COSINE,
                                        .least = o->min_customers,
                                        .limit = o->limit,
                                        .memory_bytes = memory - needed,
                                        .threads = kithi_basket_threads(o->threads),
                                        .ear = &ear};
    kithi_purchases purchases;
    if (needed > memory) {
        return too_much(o, error);
    }
    out->likes = calloc(out->item_count + 1, sizeof *out->likes);
    out->ends = calloc(out->item_count + 1, sizeof *out->ends);
    int rc = out->likes != NULL && out->ends != NULL ? KITH_OK : KITH_NO_MEMORY;
    if (rc == KITH_OK) {
        rc = kithi_purchases_make(&view, &purchases)
                 ? kithi_likes_find(&purchases, &options, out->likes)
                 : KITH_NO_MEMORY;
        kithi_purchases_clear(&purchases);
    }
    for (size_t i = 0, at = 0; rc == KITH_OK && i < out->item_count; i++) {
        at += out->likes[i].count;
        out->ends[i] = at;
    }
    return fail(rc, o, error);
}

int kith_similar_open(const kith_baskets *baskets, const kith_similar_options *given,
                      kith_similar **out, kith_error *error) {
    kith_similar_options options = KITH_SIMILAR_OPTIONS_INIT;
    if (baskets == NULL || out == NULL) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_similar_open: baskets, and a place for the items, are "
                               "required");
    }
    int rc = kithi_take(given, &options, sizeof options, "kith_similar_open", error);
    rc = rc == KITH_OK ? check(&options, error) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    kith_similar *similar = calloc(1, sizeof *similar);
    if (similar == NULL) {
        return kithi_error_memory(error);
    }
    similar->baskets = kithi_baskets_keep(baskets);
    similar->by = options.by;
    rc = choose_items(&options, similar, error);
    rc = rc == KITH_OK ? find_likes(&options, similar, error) : rc;
    if (rc != KITH_OK) {
        kith_similar_close(similar);
        return rc;
    }
    *out = similar;
    return KITH_OK;
}

/* Giving them */

static uint32_t item_at(const kith_similar *s, size_t place) {
    return s->items != NULL ? s->items[place] : (uint32_t)place;
}

const kithi_likes *kithi_similar_of(const kith_similar *s, uint32_t item) {
    if (s->items == NULL) {
        return &s->likes[item];
    }
    for (size_t i = 0; i < s->item_count; i++) {
        if (s->items[i] == item) {
            return &s->likes[i];
        }
    }
    return NULL;
}

static void fill(const kith_similar *s, uint32_t item, const kithi_like *like,
                 kith_similar_item *out) {
    const kith_baskets *b = s->baskets;
    kith_similar_item pair = {.size = sizeof pair, .item = b->names[item]};
    pair.other = b->names[like->item];
    pair.item_customers = b->items[item].customers;
    pair.other_customers = b->items[like->item].customers;
    pair.both_customers = like->both;
    pair.later_customers = like->later;
    pair.cosine = like->cosine;
    pair.likelihood_ratio = like->likelihood_ratio;
    kithi_give(out, &pair, sizeof pair);
}

/* The item that a pair is of. */
static size_t place_of(const kith_similar *s, size_t pair) {
    size_t low = 0, high = s->item_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->ends[middle] <= pair) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int kith_similar_next(const kith_similar *s, size_t *cursor, kith_similar_item *out) {
    size_t place = place_of(s, *cursor);
    if (place >= s->item_count) {
        return KITH_DONE;
    }
    size_t begin = place > 0 ? s->ends[place - 1] : 0;
    fill(s, item_at(s, place), &s->likes[place].items[*cursor - begin], out);
    ++*cursor;
    return KITH_OK;
}

void kith_similar_close(kith_similar *s) {
    if (s != NULL) {
        kithi_likes_clear(s->likes, s->item_count);
        free(s->likes);
        free(s->ends);
        free(s->items);
        kith_baskets_close(s->baskets);
        free(s);
    }
}
