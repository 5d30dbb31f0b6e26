#include "src/identity/review.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"

#define SLACK_MIN 64 /* items beyond the limit before they are sorted again */

void kithi_choices_init(kithi_choices *c, kith_txn *txn, int32_t link_at, size_t limit) {
    *c = (kithi_choices){.txn = txn, .link_at = link_at, .limit = limit};
    kithi_map_init(&c->patterns);
}

void kithi_choices_clear(kithi_choices *c) {
    kithi_map_clear(&c->patterns);
    free(c->items);
}

static int no_memory(kithi_choices *c) {
    return kithi_error_memory(kithi_txn_error(c->txn));
}

static int read_id(kith_txn *txn, uint32_t record, kith_id *out) {
    kith_record found = KITH_RECORD_INIT;
    int rc = kith_record_get_number(txn, record, &found);
    if (rc == KITH_NOT_FOUND) {
        return kithi_scored_damaged(txn);
    }
    *out = found.id;
    return rc;
}

static int read_ids(kith_txn *txn, kithi_choice *choice) {
    kith_id a, b;
    int rc = read_id(txn, choice->pair.a, &a);
    rc = rc == KITH_OK ? read_id(txn, choice->pair.b, &b) : rc;
    if (rc == KITH_OK) {
        choice->swapped = memcmp(a.bytes, b.bytes, sizeof a.bytes) > 0;
        choice->ids[0] = choice->swapped ? b : a;
        choice->ids[1] = choice->swapped ? a : b;
    }
    return rc;
}

static int compare_ids(const kithi_choice *x, const kithi_choice *y) {
    int order = memcmp(x->ids[0].bytes, y->ids[0].bytes, sizeof x->ids[0].bytes);
    return order != 0 ? order : memcmp(x->ids[1].bytes, y->ids[1].bytes, sizeof x->ids[1].bytes);
}

/* The best */

static int by_weight(const void *a, const void *b) {
    const kithi_choice *x = a, *y = b;
    if (x->pair.weight != y->pair.weight) {
        return x->pair.weight > y->pair.weight ? -1 : 1;
    }
    return compare_ids(x, y);
}

static int by_profiles(const void *a, const void *b) {
    const kithi_choice *x = a, *y = b;
    uint64_t p = kithi_open_pair_profiles(&x->pair), q = kithi_open_pair_profiles(&y->pair);
    return p != q ? (p > q) - (p < q) : by_weight(a, b);
}

/* Keeps the first of each pair of profiles, and of these as many as are asked for. */
static void prune(kithi_choices *c) {
    size_t kept = 0;
    if (c->count > 1) {
        qsort(c->items, c->count, sizeof *c->items, by_profiles);
    }
    for (size_t i = 0; i < c->count; i++) {
        if (i == 0 || kithi_open_pair_profiles(&c->items[i].pair) !=
                          kithi_open_pair_profiles(&c->items[kept - 1].pair)) {
            c->items[kept++] = c->items[i];
        }
    }
    if (kept > 1) {
        qsort(c->items, kept, sizeof *c->items, by_weight);
    }
    c->full = kept >= c->limit;
    c->count = c->full ? c->limit : kept;
}

/* What is pushed out is worse than `limit` others of other profiles, so no lighter pair of its
 * profiles is of use either. */
int kithi_best_add(kithi_choices *c, const kithi_open_pair *pair) {
    kithi_choice choice = {.pair = *pair};
    if (c->limit == 0 || (c->full && pair->weight < c->items[c->limit - 1].pair.weight)) {
        return KITH_OK;
    }
    int rc = read_ids(c->txn, &choice);
    if (rc != KITH_OK) {
        return rc;
    }
    if (!KITHI_GROW(c->items, c->capacity, c->count + 1)) {
        return no_memory(c);
    }
    c->items[c->count++] = choice;
    if (c->count >= SLACK_MIN && c->count / 2 >= c->limit) {
        prune(c);
    }
    return KITH_OK;
}

void kithi_best_end(kithi_choices *c) {
    prune(c);
}

/* Suggestions */

static int32_t distance_of(const kithi_choices *c, const kithi_open_pair *pair) {
    return abs(pair->weight - c->link_at);
}

/* Makes a pair that of its pattern where it is nearer to what links. */
static int offer(kithi_choices *c, kithi_choice *present, const kithi_open_pair *pair) {
    kithi_choice choice = {.pair = *pair, .alike = present->alike + 1};
    int32_t is = distance_of(c, pair), was = distance_of(c, &present->pair);
    present->alike++;
    if (is > was || (is == was && pair->weight < present->pair.weight)) {
        return KITH_OK;
    }
    int rc = read_ids(c->txn, &choice);
    if (rc == KITH_OK && (is < was || by_weight(&choice, present) < 0)) {
        *present = choice;
    }
    return rc;
}

int kithi_suggestions_add(kithi_choices *c, const kithi_open_pair *pair) {
    bool added;
    uint64_t *place = kithi_map_put(&c->patterns, pair->pattern, c->count, &added);
    if (place == NULL || (added && !KITHI_GROW(c->items, c->capacity, c->count + 1))) {
        return no_memory(c);
    }
    if (!added) {
        return offer(c, &c->items[*place], pair);
    }
    kithi_choice *choice = &c->items[c->count++];
    *choice = (kithi_choice){.pair = *pair, .alike = 1};
    return read_ids(c->txn, choice);
}

/* A doubling of the pairs that it stands for is worth one bit of the way to what links. */
typedef struct lesson {
    int32_t worth, distance;
    const kithi_choice *choice;
} lesson;

static int by_worth(const void *a, const void *b) {
    const lesson *x = a, *y = b;
    if (x->worth != y->worth) {
        return x->worth > y->worth ? -1 : 1;
    }
    if (x->distance != y->distance) {
        return x->distance < y->distance ? -1 : 1;
    }
    return by_weight(x->choice, y->choice);
}

static lesson *rank_lessons(const kithi_choices *c) {
    lesson *lessons = malloc((c->count + 1) * sizeof *lessons);
    for (size_t i = 0; lessons != NULL && i < c->count; i++) {
        int32_t distance = distance_of(c, &c->items[i].pair);
        lessons[i] =
            (lesson){kithi_log2_ratio(c->items[i].alike, 1) - distance, distance, &c->items[i]};
    }
    if (lessons != NULL && c->count > 1) {
        qsort(lessons, c->count, sizeof *lessons, by_worth);
    }
    return lessons;
}

/* The first lessons, no two of the same profiles. False: memory is out. */
static bool choose(const kithi_choices *c, const lesson *lessons, kithi_choice *out,
                   size_t *out_count) {
    kithi_map taken;
    bool added, ok = true;
    kithi_map_init(&taken);
    for (size_t i = 0; ok && i < c->count && *out_count < c->limit; i++) {
        uint64_t profiles = kithi_open_pair_profiles(&lessons[i].choice->pair);
        ok = kithi_map_put(&taken, profiles, 0, &added) != NULL;
        if (ok && added) {
            out[(*out_count)++] = *lessons[i].choice;
        }
    }
    kithi_map_clear(&taken);
    return ok;
}

int kithi_suggestions_end(kithi_choices *c) {
    size_t count = 0;
    lesson *lessons = rank_lessons(c);
    kithi_choice *chosen = malloc((c->count + 1) * sizeof *chosen);
    bool ok = lessons != NULL && chosen != NULL && choose(c, lessons, chosen, &count);
    free(lessons);
    if (!ok) {
        free(chosen);
        return no_memory(c);
    }
    free(c->items);
    c->items = chosen;
    c->count = count;
    return KITH_OK;
}
