#include "src/score/likeness.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kith/base.h"
#include "src/score/rule_measures.h"

#define TASKS_MAX         256u /* each has every so-manieth item */
#define CUSTOMERS_A_PAUSE 4096u

typedef struct finding {
    const kithi_purchases *purchases;
    const kithi_like_options *options;
    kithi_likes *out;
    size_t count, task_count; /* of the items that are asked for */
    atomic_size_t done;
    atomic_uint_fast64_t kept_bytes;
    pthread_t leader; /* the thread that tells how far all are */
    atomic_bool stopped;
} finding;

/* Room of one task. */
typedef struct counting {
    uint32_t *both, *later; /* by item: all 0 between two items */
    uint32_t *touched;      /* whose counts aren't */
    kithi_like *likes;
    uint32_t looks;
} counting;

static bool init_counting(const finding *f, counting *out) {
    size_t items = f->purchases->item_count + 1;
    *out = (counting){calloc(items, sizeof(uint32_t)), calloc(items, sizeof(uint32_t)),
                      malloc(items * sizeof(uint32_t)), malloc(items * sizeof(kithi_like)), 0};
    return out->both != NULL && out->later != NULL && out->touched != NULL && out->likes != NULL;
}

static void clear_counting(counting *c) {
    free(c->both);
    free(c->later);
    free(c->touched);
    free(c->likes);
}

static int tell(void *context, size_t tasks, size_t task_count) {
    finding *f = context;
    const kithi_workers_ear *ear = f->options->ear;
    (void)tasks, (void)task_count;
    if (ear != NULL && !atomic_load(&f->stopped) &&
        ear->tell(ear->context, atomic_load(&f->done), f->count) != 0) {
        atomic_store(&f->stopped, true);
    }
    return atomic_load(&f->stopped);
}

static int pause_sometimes(finding *f, counting *c) {
    if (++c->looks % CUSTOMERS_A_PAUSE != 0) {
        return KITH_OK;
    }
    if (pthread_equal(pthread_self(), f->leader)) {
        tell(f, 0, 0);
    }
    return atomic_load(&f->stopped) ? KITH_INTERRUPTED : KITH_OK;
}

/* Counting what the customers of an item have bought besides */

static uint32_t first_of(const kithi_bought *bought, size_t count, uint32_t item) {
    size_t low = 0, high = count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (bought[middle].item <= item) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return bought[low].first;
}

static uint32_t count_customer(counting *c, const kithi_bought *bought, size_t count, uint32_t item,
                               uint32_t touched) {
    uint32_t first = first_of(bought, count, item);
    for (size_t i = 0; i < count; i++) {
        uint32_t other = bought[i].item;
        c->touched[touched] = other;
        touched += c->both[other]++ == 0;
        c->later[other] += bought[i].first > first;
    }
    return touched;
}

static int count_others(finding *f, counting *c, uint32_t item, uint32_t *out_touched) {
    const kithi_purchases *p = f->purchases;
    uint32_t touched = 0;
    int rc = KITH_OK;
    for (size_t i = item == 0 ? 0 : p->who_ends[item - 1]; rc == KITH_OK && i < p->who_ends[item];
         i++) {
        size_t begin = p->who[i] == 0 ? 0 : p->ends[p->who[i] - 1];
        touched = count_customer(c, p->bought + begin, p->ends[p->who[i]] - begin, item, touched);
        rc = pause_sometimes(f, c);
    }
    *out_touched = touched;
    return rc;
}

/* Keeping the best */

static kithi_like like_of(const finding *f, const counting *c, uint32_t item, uint32_t other) {
    const kithi_purchases *p = f->purchases;
    const kithi_rule_counts counts = {p->customer_count, p->items[item].customers,
                                      p->items[other].customers, c->both[other]};
    kithi_like like = {other, c->both[other], c->later[other], 0, 0};
    like.cosine = (double)counts.both / sqrt((double)counts.antecedent * (double)counts.consequent);
    like.likelihood_ratio = kithi_rule_likelihood_ratio(&counts);
    return like;
}

static int by_ratio(const void *a, const void *b) {
    const kithi_like *x = a, *y = b;
    int order =
        (x->likelihood_ratio < y->likelihood_ratio) - (x->likelihood_ratio > y->likelihood_ratio);
    return order != 0 ? order : (x->item > y->item) - (x->item < y->item);
}

static int by_cosine(const void *a, const void *b) {
    const kithi_like *x = a, *y = b;
    int order = (x->cosine < y->cosine) - (x->cosine > y->cosine);
    return order != 0 ? order : (x->item > y->item) - (x->item < y->item);
}

static int keep_best(finding *f, kithi_like *likes, size_t count, kithi_likes *out) {
    const kithi_like_options *o = f->options;
    qsort(likes, count, sizeof *likes, o->by_cosine ? by_cosine : by_ratio);
    count = o->limit > 0 && count > o->limit ? o->limit : count;
    uint64_t bytes = count * sizeof *out->items;
    if (atomic_fetch_add(&f->kept_bytes, bytes) + bytes > o->memory_bytes) {
        return KITH_LIMIT;
    }
    out->items = malloc(bytes + 1);
    if (out->items == NULL) {
        return KITH_NO_MEMORY;
    }
    memcpy(out->items, likes, count * sizeof *likes);
    out->count = count;
    return KITH_OK;
}

static int find_of(finding *f, counting *c, uint32_t item, kithi_likes *out) {
    const kithi_like_options *o = f->options;
    uint32_t touched = 0;
    size_t count = 0;
    int rc = count_others(f, c, item, &touched);
    for (uint32_t i = 0; i < touched; i++) {
        uint32_t other = c->touched[i];
        kithi_like like = like_of(f, c, item, other);
        bool alike = o->by_cosine || like.likelihood_ratio > 0;
        if (other != item && like.both >= o->least && alike) {
            c->likes[count++] = like;
        }
        c->both[other] = c->later[other] = 0;
    }
    rc = rc == KITH_OK ? keep_best(f, c->likes, count, out) : rc;
    atomic_fetch_add(&f->done, 1);
    return rc;
}

static int find_some(void *context, size_t task) {
    finding *f = context;
    counting c;
    int rc = init_counting(f, &c) ? KITH_OK : KITH_NO_MEMORY;
    for (size_t i = task; rc == KITH_OK && i < f->count; i += f->task_count) {
        uint32_t item = f->options->items != NULL ? f->options->items[i] : (uint32_t)i;
        rc = find_of(f, &c, item, &f->out[i]);
    }
    clear_counting(&c);
    return rc;
}

int kithi_likes_find(const kithi_purchases *purchases, const kithi_like_options *options,
                     kithi_likes *out) {
    finding f = {.purchases = purchases, .options = options, .out = out};
    const kithi_workers_ear ear = {tell, &f};
    f.count = options->items != NULL ? options->item_count : purchases->item_count;
    f.task_count = f.count < TASKS_MAX ? f.count : TASKS_MAX;
    f.leader = pthread_self();
    atomic_init(&f.done, 0);
    atomic_init(&f.kept_bytes, 0);
    atomic_init(&f.stopped, false);
    memset(out, 0, f.count * sizeof *out);
    return tell(&f, 0, 0) != 0
               ? KITH_INTERRUPTED
               : kithi_workers_run_told(options->threads, f.task_count, find_some, &f, &ear);
}

void kithi_likes_clear(kithi_likes *likes, size_t count) {
    for (size_t i = 0; likes != NULL && i < count; i++) {
        free(likes[i].items);
    }
}
