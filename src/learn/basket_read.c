/*
 * Reading baskets: by a crew, a chunk of profiles at a time, each into a piece of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/order.h"
#include "src/base/sized.h"
#include "src/learn/basket_piece.h"
#include "src/learn/order_names.h"
#include "src/query/crew.h"
#include "src/segment/customer.h"
#include "src/segment/decimal.h"

/* What is kept of each. */
#define LINE_BYTES     sizeof(uint32_t)
#define BASKET_BYTES   sizeof(size_t)
#define CUSTOMER_BYTES (sizeof(size_t) + sizeof(uint32_t))
#define NAME_BYTES     48 /* beside the text */

/* A property of events, or what stands at a path in it. */
typedef struct told_by {
    int property; /* -1: none is asked for */
    const char *inside;
} told_by;

typedef struct reading {
    kith_txn *txn;
    kith_baskets_options options;
    int type;
    told_by item, order;
    kithi_crew crew;
    kithi_basket_piece *pieces; /* by chunk */
    size_t piece_count;
    atomic_uint_fast64_t kept_bytes, kept_lines; /* of all pieces, without names */
} reading;

/* An event in which something was bought. */
typedef struct buying {
    kithi_operand order; /* without a value: its time tells the basket */
    int64_t at_us;
    uint32_t place; /* among the customer's */
} buying;

/* The customer at hand. */
typedef struct taking {
    reading *r;
    kithi_basket_piece *out;
    kithi_executor *executor;
    buying *buyings, **sorted;
    size_t count, capacity, sorted_capacity;
    uint32_t *baskets; /* of the buyings, by their places */
    size_t basket_capacity;
    size_t name_bytes; /* that are new with the customer */
    uint64_t *bought;  /* baskets and items */
    size_t bought_count, bought_capacity;
} taking;

static int no_memory(const taking *t) {
    return kithi_error_memory(kithi_txn_error(t->executor->txn));
}

/* Names of items */

/* A value as an item's name; false: it names none. */
static bool name_of(const kithi_operand *value, char *out) {
    char number[KITHI_DECIMAL_TEXT_BYTES];
    switch (value->sort) {
    case KITHI_SORT_TEXT:
        if (value->as.text.size == 0 || value->as.text.size > KITH_ITEM_MAX_BYTES) {
            return false;
        }
        memcpy(out, value->as.text.data, value->as.text.size);
        out[value->as.text.size] = '\0';
        return true;
    case KITHI_SORT_NUMBER:
        kithi_decimal_format(value->as.number, number);
        strcpy(out, number);
        return true;
    case KITHI_SORT_DATE:
        kith_date_format(value->as.date_days, out);
        return true;
    case KITHI_SORT_TIME:
        kith_time_format(value->as.us, out);
        return true;
    default:
        return false;
    }
}

static int add_item(taking *t, uint32_t basket, const kithi_operand *value) {
    char name[KITH_ITEM_MAX_BYTES + 1];
    uint32_t item;
    if (!name_of(value, name)) {
        t->out->left_out_count++;
        return KITH_OK;
    }
    size_t known = t->out->names.count;
    if (!kithi_names_number(&t->out->names, name, &item) ||
        !KITHI_GROW(t->bought, t->bought_capacity, t->bought_count + 1)) {
        return no_memory(t);
    }
    t->name_bytes += item == known ? strlen(name) + NAME_BYTES : 0;
    t->bought[t->bought_count++] = (uint64_t)basket << 32 | item;
    return KITH_OK;
}

static int add_items(taking *t, uint32_t basket, const kithi_happening *event) {
    kithi_values values;
    const told_by *item = &t->r->item;
    int rc = kithi_happening_values(t->executor, event, item->property, item->inside, &values);
    for (size_t i = 0; rc == KITH_OK && i < values.count; i++) {
        rc = add_item(t, basket, kithi_values_at(&values, i));
    }
    return rc;
}

/* Which events are one basket */

static int compare_buyings(const void *a, const void *b) {
    const buying *x = *(buying *const *)a, *y = *(buying *const *)b;
    bool x_told = x->order.sort != KITHI_SORT_NULL, y_told = y->order.sort != KITHI_SORT_NULL;
    int order = x_told - y_told;
    if (order == 0) {
        order = x_told ? kithi_operand_order(&x->order, &y->order)
                       : (x->at_us > y->at_us) - (x->at_us < y->at_us);
    }
    return order;
}

static int by_basket(const void *a, const void *b) {
    int order = compare_buyings(a, b);
    const buying *x = *(buying *const *)a, *y = *(buying *const *)b;
    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

/* Numbers the baskets in the order of their first events. */
static bool number_baskets(taking *t) {
    uint32_t next = 0, first = 0;
    if (t->count == 0) {
        return true;
    }
    if (!KITHI_GROW(t->sorted, t->sorted_capacity, t->count) ||
        !KITHI_GROW(t->baskets, t->basket_capacity, t->count)) {
        return false;
    }
    for (size_t i = 0; i < t->count; i++) {
        t->sorted[i] = &t->buyings[i];
    }
    qsort(t->sorted, t->count, sizeof *t->sorted, by_basket);
    for (size_t i = 0; i < t->count; i++) { /* to each the place of the first of its basket */
        bool begins = i == 0 || compare_buyings(&t->sorted[i - 1], &t->sorted[i]) != 0;
        first = begins ? t->sorted[i]->place : first;
        t->baskets[t->sorted[i]->place] = first;
    }
    for (uint32_t i = 0; i < t->count; i++) { /* which has its number before them */
        t->baskets[i] = t->baskets[i] == i ? next++ : t->baskets[t->baskets[i]];
    }
    return true;
}

/* Of several values of an order's id the first one counts. */
static int order_of(const taking *t, const kithi_happening *event, kithi_operand *out) {
    kithi_values values;
    const told_by *order = &t->r->order;
    int rc = kithi_happening_values(t->executor, event, order->property, order->inside, &values);
    *out = rc == KITH_OK && values.count > 0 ? values.first : kithi_operand_null();
    return rc;
}

static bool counts(const reading *r, const kithi_happening *event) {
    const kith_baskets_options *o = &r->options;
    return event->at_us >= o->from_us && event->at_us < o->to_us && event->at_us <= o->now_us;
}

static int gather_buyings(taking *t, const kithi_happenings *events) {
    int rc = KITH_OK;
    t->count = 0;
    for (size_t i = 0; rc == KITH_OK && i < events->count; i++) {
        if (counts(t->r, &events->items[i])) {
            kithi_operand order;
            rc = order_of(t, &events->items[i], &order);
            if (!KITHI_GROW(t->buyings, t->capacity, t->count + 1)) {
                return no_memory(t);
            }
            t->buyings[t->count] = (buying){order, events->items[i].at_us, (uint32_t)t->count};
            t->count++;
        }
    }
    return rc == KITH_OK && !number_baskets(t) ? no_memory(t) : rc;
}

/* What a customer has bought */

/* A basket without an item is none, so baskets are told by where the number changes. */
static bool keep_lines(taking *t) {
    kithi_basket_piece *p = t->out;
    kithi_sort_u64(t->bought, t->bought_count);
    if (!KITHI_GROW(p->lines, p->line_capacity, p->line_count + t->bought_count) ||
        !KITHI_GROW(p->ends, p->end_capacity, p->basket_count + t->bought_count)) {
        return false;
    }
    for (size_t i = 0; i < t->bought_count; i++) {
        if (i > 0 && t->bought[i] == t->bought[i - 1]) {
            continue;
        }
        if (i == 0 || t->bought[i] >> 32 != t->bought[i - 1] >> 32) {
            p->basket_count++;
        }
        p->lines[p->line_count++] = (uint32_t)t->bought[i];
        p->ends[p->basket_count - 1] = p->line_count;
    }
    return true;
}

static int too_much(kith_txn *txn, const kith_baskets_options *o) {
    return kithi_error_set(
        kithi_txn_error(txn), KITH_LIMIT,
        "the baskets take more than the %llu bytes of memory that they may; allow more, or read "
        "those of a shorter time or of fewer customers",
        (unsigned long long)kithi_basket_memory(o->memory_bytes));
}

static int account(const taking *t, size_t lines, size_t baskets) {
    reading *r = t->r;
    uint64_t bytes = lines * LINE_BYTES + baskets * BASKET_BYTES + CUSTOMER_BYTES + t->name_bytes;
    uint64_t kept = atomic_fetch_add(&r->kept_bytes, bytes) + bytes;
    uint64_t all = atomic_fetch_add(&r->kept_lines, lines + baskets) + lines + baskets;
    return kept > kithi_basket_memory(r->options.memory_bytes) || all > KITH_BASKET_LINES_MAX
               ? too_much(t->executor->txn, &r->options)
               : KITH_OK;
}

static int keep_customer(taking *t, uint32_t profile) {
    kithi_basket_piece *p = t->out;
    size_t lines = p->line_count, baskets = p->basket_count;
    if (t->bought_count == 0) {
        return KITH_OK;
    }
    if (!keep_lines(t) || !KITHI_GROW(p->profiles, p->profile_capacity, p->customer_count + 1) ||
        !KITHI_GROW(p->basket_ends, p->basket_end_capacity, p->customer_count + 1)) {
        return no_memory(t);
    }
    p->profiles[p->customer_count] = profile;
    p->basket_ends[p->customer_count++] = p->basket_count;
    return account(t, p->line_count - lines, p->basket_count - baskets);
}

static int take_customer(taking *t, uint32_t profile) {
    kithi_happenings events;
    int rc = kithi_customer_events(t->executor, t->r->type, &events);
    rc = rc == KITH_OK ? gather_buyings(t, &events) : rc;
    t->bought_count = t->name_bytes = 0;
    size_t place = 0;
    for (size_t i = 0; rc == KITH_OK && i < events.count; i++) {
        if (counts(t->r, &events.items[i])) {
            rc = add_items(t, t->baskets[place++], &events.items[i]);
        }
    }
    return rc == KITH_OK ? keep_customer(t, profile) : rc;
}

#define CUSTOMERS_A_PAUSE 1024u

static int take_chunk(void *context, kithi_scan *scan, size_t chunk) {
    reading *r = context;
    kithi_chunk *chosen = malloc(sizeof *chosen);
    taking t = {.r = r, .out = &r->pieces[chunk], .executor = &scan->executor};
    int rc = chosen != NULL ? kithi_scan_choose(scan, (uint32_t)chunk, chosen) : no_memory(&t);
    uint32_t looks = 0;
    for (uint32_t bit = rc == KITH_OK ? kithi_chunk_next(chosen, 0) : KITHI_CHUNK_BITS;
         rc == KITH_OK && bit < KITHI_CHUNK_BITS; bit = kithi_chunk_next(chosen, bit + 1)) {
        uint32_t profile = (uint32_t)chunk * KITHI_CHUNK_BITS + bit;
        rc = ++looks % CUSTOMERS_A_PAUSE == 0 ? kithi_txn_pause(scan->txn) : KITH_OK;
        rc = rc == KITH_OK ? kithi_scan_take(scan, profile) : rc;
        rc = rc == KITH_OK ? take_customer(&t, profile) : rc;
    }
    free(chosen);
    free(t.buyings);
    free(t.sorted);
    free(t.baskets);
    free(t.bought);
    return rc;
}

/* What is asked for */

static int check(reading *r) {
    kith_baskets_options *o = &r->options;
    if (o->where != NULL && !o->where->condition) {
        return kithi_error_set(kithi_txn_error(r->txn), KITH_INVALID,
                               "whose baskets count is told by a condition, this gives a %s",
                               kith_expression_gives(o->where));
    }
    int rc = kithi_bought_names_find(r->txn, &o->event, &o->item, &r->type);
    rc = rc == KITH_OK ? kithi_property_find(r->txn, o->item, &r->item.property, &r->item.inside)
                       : rc;
    r->order = (told_by){-1, NULL};
    return rc == KITH_OK && o->order != NULL
               ? kithi_property_find(r->txn, o->order, &r->order.property, &r->order.inside)
               : rc;
}

static int read_pieces(reading *r) {
    const kith_baskets_options *o = &r->options;
    const kithi_crew_plan plan = {.conditions = &o->where,
                                  .condition_count = 1,
                                  .now_us = o->now_us,
                                  .threads = o->threads,
                                  .progress = o->progress,
                                  .context = o->context,
                                  .reads_events = true};
    int rc = kithi_crew_begin(&r->crew, r->txn, &plan);
    r->piece_count = rc == KITH_OK ? r->crew.scans[0].chunk_count : 0;
    r->pieces = calloc(r->piece_count + 1, sizeof *r->pieces);
    if (r->pieces == NULL) {
        rc = kithi_error_memory(kithi_txn_error(r->txn));
    }
    for (size_t i = 0; r->pieces != NULL && i < r->piece_count; i++) {
        kithi_basket_piece_init(&r->pieces[i]);
    }
    rc = rc == KITH_OK ? kithi_crew_run(&r->crew, r->piece_count, take_chunk, r) : rc;
    kithi_crew_end(&r->crew);
    return rc;
}

static int read_all(reading *r, kith_baskets **out) {
    kith_baskets *made = NULL;
    atomic_init(&r->kept_bytes, 0);
    atomic_init(&r->kept_lines, 0);
    int rc = read_pieces(r);
    if (rc == KITH_OK) {
        made = kithi_baskets_new();
        bool joined = made != NULL && kithi_basket_pieces_join(r->pieces, r->piece_count, made);
        rc = joined ? KITH_OK : kithi_error_memory(kithi_txn_error(r->txn));
    }
    for (size_t i = 0; r->pieces != NULL && i < r->piece_count; i++) {
        kithi_basket_piece_clear(&r->pieces[i]);
    }
    free(r->pieces);
    if (rc != KITH_OK) {
        kith_baskets_close(made);
        return rc;
    }
    *out = made;
    return KITH_OK;
}

int kith_baskets_open(kith_txn *txn, const kith_baskets_options *given, kith_baskets **out) {
    static const kith_baskets_options defaults = KITH_BASKETS_OPTIONS_INIT;
    reading r = {.txn = txn, .options = defaults};
    if (out == NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_baskets_open: a place for the baskets is required");
    }
    int rc = kithi_txn_check_read(txn);
    rc = rc == KITH_OK ? kithi_state_apply(txn) : rc;
    if (rc == KITH_OK) {
        rc = kithi_take(given, &r.options, sizeof r.options, "kith_baskets_open",
                        kithi_txn_error(txn));
    }
    rc = rc == KITH_OK ? check(&r) : rc;
    return rc == KITH_OK ? read_all(&r, out) : rc;
}
