/* Baskets once they are read: what they hold, who holds them. */
#include "src/learn/basket.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/sized.h"
#include "src/base/workers.h"

kith_baskets *kithi_baskets_new(void) {
    kith_baskets *b = calloc(1, sizeof *b);
    if (b != NULL) {
        atomic_init(&b->owner_count, 1);
        kithi_arena_init(&b->texts);
    }
    return b;
}

kith_baskets *kithi_baskets_keep(const kith_baskets *baskets) {
    kith_baskets *b = (kith_baskets *)(uintptr_t)baskets;
    atomic_fetch_add(&b->owner_count, 1);
    return b;
}

void kith_baskets_close(kith_baskets *b) {
    if (b == NULL || atomic_fetch_sub(&b->owner_count, 1) > 1) {
        return;
    }
    kithi_arena_clear(&b->texts);
    free(b->names);
    free(b->lines);
    free(b->ends);
    free(b->basket_ends);
    free(b->profiles);
    free(b->item_baskets);
    free(b->items);
    free(b);
}

kithi_customers kithi_baskets_view(const kith_baskets *b) {
    const kithi_baskets baskets = {b->lines, b->ends, b->basket_count, b->item_count};
    return (kithi_customers){baskets, b->basket_ends, b->customer_count};
}

bool kithi_baskets_find(const kith_baskets *b, const char *name, uint32_t *out) {
    uint32_t low = 0, high = b->item_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(b->names[middle], name);
        if (order == 0) {
            *out = middle;
            return true;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return false;
}

bool kithi_baskets_customer(const kith_baskets *b, uint32_t profile, size_t *out) {
    size_t low = 0, high = b->customer_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (b->profiles[middle] < profile) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *out = low;
    return low < b->customer_count && b->profiles[low] == profile;
}

void kith_baskets_summarise(const kith_baskets *b, kith_baskets_summary *out) {
    kith_baskets_summary summary = {sizeof summary, b->customer_count, b->basket_count,
                                    b->item_count,  b->line_count,     b->left_out_count};
    kithi_give(out, &summary, sizeof summary);
}

static void give_item(const kith_baskets *b, size_t place, kith_basket_item *out) {
    const kithi_item_customers *of = &b->items[place];
    kith_basket_item item = {.size = sizeof item, .item = b->names[place]};
    item.basket_count = b->item_baskets[place];
    item.customer_count = of->customers;
    item.again_count = of->again;
    item.repeat_share = kithi_repeat_share(of);
    kithi_give(out, &item, sizeof item);
}

int kith_baskets_next_item(const kith_baskets *b, size_t *cursor, kith_basket_item *out) {
    if (*cursor >= b->item_count) {
        return KITH_DONE;
    }
    give_item(b, (*cursor)++, out);
    return KITH_OK;
}

int kith_baskets_find_item(const kith_baskets *b, const char *item, kith_basket_item *out) {
    uint32_t place;
    if (!kithi_baskets_find(b, item, &place)) {
        return KITH_NOT_FOUND;
    }
    give_item(b, place, out);
    return KITH_OK;
}

uint64_t kithi_basket_memory(uint64_t given) {
    return given > 0 ? given : KITH_BASKET_MEMORY;
}

int kithi_basket_tell(void *context, size_t done, size_t count) {
    const kithi_basket_ear *ear = context;
    kith_progress state = {sizeof state, ear->phase, done, count, 0};
    return ear->progress != NULL ? ear->progress(ear->context, &state) : 0;
}

unsigned kithi_basket_threads(unsigned given) {
    unsigned threads = given > 0 ? given : kithi_workers_available();
    return threads < KITHI_WORKERS_MAX ? threads : KITHI_WORKERS_MAX;
}
