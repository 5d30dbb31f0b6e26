/* What each customer has bought, and who has bought each item. */
#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/score/likeness.h"

static size_t first_basket(const kithi_customers *c, size_t customer) {
    return customer == 0 ? 0 : c->basket_ends[customer - 1];
}

static size_t basket_count(const kithi_customers *c, size_t customer) {
    return c->basket_ends[customer] - first_basket(c, customer);
}

size_t kithi_customer_line_count(const kithi_customers *c, size_t customer) {
    size_t first = first_basket(c, customer), end = c->basket_ends[customer];
    return end > first ? c->baskets.ends[end - 1] - kithi_basket_begin(&c->baskets, first) : 0;
}

uint64_t kithi_purchases_bytes(const kithi_customers *c) {
    uint64_t lines = kithi_basket_line_count(&c->baskets);
    return lines * (sizeof(kithi_bought) + sizeof(uint32_t)) +
           c->baskets.item_count * (sizeof(kithi_item_customers) + sizeof(size_t)) +
           c->count * sizeof(size_t);
}

static int by_item(const void *a, const void *b) {
    const kithi_bought *x = a, *y = b;
    int order = (x->item > y->item) - (x->item < y->item);
    return order != 0 ? order : (x->first > y->first) - (x->first < y->first);
}

/* The lines of a customer, then one for each item. */
size_t kithi_purchases_of(const kithi_customers *c, size_t customer, kithi_bought *out) {
    size_t first = first_basket(c, customer), count = 0, kept = 0;
    for (size_t basket = first; basket < c->basket_ends[customer]; basket++) {
        for (size_t i = kithi_basket_begin(&c->baskets, basket); i < c->baskets.ends[basket]; i++) {
            out[count++] = (kithi_bought){c->baskets.items[i], (uint32_t)(basket - first), 1};
        }
    }
    qsort(out, count, sizeof *out, by_item);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && out[kept - 1].item == out[i].item) {
            out[kept - 1].baskets++;
        } else {
            out[kept++] = out[i];
        }
    }
    return kept;
}

static void note_items(kithi_item_customers *items, const kithi_bought *bought, size_t count,
                       size_t baskets) {
    for (size_t i = 0; i < count; i++) {
        kithi_item_customers *item = &items[bought[i].item];
        item->customers++;
        item->again += bought[i].baskets > 1;
        item->chances += baskets - 1 - bought[i].first;
        item->hits += bought[i].baskets - 1;
    }
}

/* Where the customers of each item begin becomes where they end. */
static void list_customers(kithi_purchases *p) {
    for (size_t item = 0, at = 0; item < p->item_count; item++) {
        p->who_ends[item] = at;
        at += p->items[item].customers;
    }
    for (size_t customer = 0, i = 0; customer < p->customer_count; customer++) {
        for (; i < p->ends[customer]; i++) {
            p->who[p->who_ends[p->bought[i].item]++] = (uint32_t)customer;
        }
    }
}

bool kithi_purchases_make(const kithi_customers *c, kithi_purchases *out) {
    size_t lines = kithi_basket_line_count(&c->baskets), items = c->baskets.item_count;
    *out = (kithi_purchases){.customer_count = c->count, .item_count = c->baskets.item_count};
    out->bought = malloc((lines + 1) * sizeof *out->bought);
    out->ends = malloc((c->count + 1) * sizeof *out->ends);
    out->who = malloc((lines + 1) * sizeof *out->who);
    out->who_ends = malloc((items + 1) * sizeof *out->who_ends);
    out->items = calloc(items + 1, sizeof *out->items);
    if (out->bought == NULL || out->ends == NULL || out->who == NULL || out->who_ends == NULL ||
        out->items == NULL) {
        return false;
    }
    for (size_t customer = 0, at = 0; customer < c->count; customer++) {
        size_t count = kithi_purchases_of(c, customer, out->bought + at);
        note_items(out->items, out->bought + at, count, basket_count(c, customer));
        at += count;
        out->ends[customer] = at;
    }
    list_customers(out);
    return true;
}

bool kithi_purchases_count(const kithi_customers *c, kithi_item_customers *out) {
    kithi_bought *bought = NULL;
    size_t capacity = 0;
    bool done = true;
    memset(out, 0, c->baskets.item_count * sizeof *out);
    for (size_t customer = 0; done && customer < c->count; customer++) {
        done = KITHI_GROW(bought, capacity, kithi_customer_line_count(c, customer) + 1);
        if (done) {
            size_t count = kithi_purchases_of(c, customer, bought);
            note_items(out, bought, count, basket_count(c, customer));
        }
    }
    free(bought);
    return done;
}

void kithi_purchases_clear(kithi_purchases *p) {
    free(p->bought);
    free(p->ends);
    free(p->who);
    free(p->who_ends);
    free(p->items);
    *p = (kithi_purchases){.item_count = 0};
}
