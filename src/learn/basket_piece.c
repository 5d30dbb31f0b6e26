#include "src/learn/basket_piece.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/order.h"

void kithi_basket_piece_init(kithi_basket_piece *p) {
    *p = (kithi_basket_piece){.line_count = 0};
    kithi_names_init(&p->names);
}

void kithi_basket_piece_clear(kithi_basket_piece *p) {
    kithi_names_clear(&p->names);
    free(p->lines);
    free(p->profiles);
    free(p->ends);
    free(p->basket_ends);
    kithi_basket_piece_init(p);
}

static bool make_room(const kithi_basket_piece *pieces, size_t count, kith_baskets *out) {
    size_t lines = 0, baskets = 0, customers = 0;
    for (size_t i = 0; i < count; i++) {
        lines += pieces[i].line_count;
        baskets += pieces[i].basket_count;
        customers += pieces[i].customer_count;
    }
    out->lines = malloc((lines + 1) * sizeof *out->lines);
    out->ends = malloc((baskets + 1) * sizeof *out->ends);
    out->basket_ends = malloc((customers + 1) * sizeof *out->basket_ends);
    out->profiles = malloc((customers + 1) * sizeof *out->profiles);
    return out->lines != NULL && out->ends != NULL && out->basket_ends != NULL &&
           out->profiles != NULL;
}

/* The numbers of a piece's items among all; owned. */
static uint32_t *number_names(const kithi_basket_piece *p, kithi_names *all) {
    uint32_t *numbers = malloc((p->names.count + 1) * sizeof *numbers);
    for (size_t i = 0; numbers != NULL && i < p->names.count; i++) {
        if (!kithi_names_number(all, p->names.items[i], &numbers[i])) {
            free(numbers);
            return NULL;
        }
    }
    return numbers;
}

static bool join_piece(const kithi_basket_piece *p, kithi_names *all, kith_baskets *out) {
    uint32_t *numbers = number_names(p, all);
    if (numbers == NULL) {
        return false;
    }
    for (size_t i = 0; i < p->basket_count; i++) {
        out->ends[out->basket_count + i] = out->line_count + p->ends[i];
    }
    for (size_t i = 0; i < p->customer_count; i++) {
        out->profiles[out->customer_count + i] = p->profiles[i];
        out->basket_ends[out->customer_count + i] = out->basket_count + p->basket_ends[i];
    }
    for (size_t i = 0; i < p->line_count; i++) {
        out->lines[out->line_count + i] = numbers[p->lines[i]];
    }
    out->line_count += p->line_count;
    out->basket_count += p->basket_count;
    out->customer_count += p->customer_count;
    out->left_out_count += p->left_out_count;
    free(numbers);
    return true;
}

typedef struct named {
    const char *name;
    uint32_t number;
} named;

static int by_name(const void *a, const void *b) {
    return strcmp(((const named *)a)->name, ((const named *)b)->name);
}

/* Numbers the items in order of their names; `numbers` gets which each of them has then. */
static bool order_names(kithi_names *all, uint32_t *numbers, kith_baskets *out) {
    named *list = malloc((all->count + 1) * sizeof *list);
    out->names = malloc((all->count + 1) * sizeof *out->names);
    if (list == NULL || out->names == NULL) {
        free(list);
        return false;
    }
    for (size_t i = 0; i < all->count; i++) {
        list[i] = (named){all->items[i], (uint32_t)i};
    }
    qsort(list, all->count, sizeof *list, by_name);
    for (size_t i = 0; i < all->count; i++) {
        numbers[list[i].number] = (uint32_t)i;
        out->names[i] = list[i].name;
    }
    free(list);
    out->item_count = (uint32_t)all->count;
    out->texts = all->arena; /* where the names stand */
    kithi_arena_init(&all->arena);
    return true;
}

static void renumber_lines(const uint32_t *numbers, const kith_baskets *b) {
    for (size_t i = 0, basket = 0; basket < b->basket_count; basket++) {
        size_t begin = i;
        for (; i < b->ends[basket]; i++) {
            b->lines[i] = numbers[b->lines[i]];
            b->item_baskets[b->lines[i]]++;
        }
        kithi_sort_u32(b->lines + begin, i - begin);
    }
}

static bool finish(kithi_names *all, kith_baskets *out) {
    uint32_t *numbers = malloc((all->count + 1) * sizeof *numbers);
    bool done = numbers != NULL && order_names(all, numbers, out);
    out->item_baskets = done ? calloc(out->item_count + 1, sizeof *out->item_baskets) : NULL;
    out->items = done ? calloc(out->item_count + 1, sizeof *out->items) : NULL;
    done = out->item_baskets != NULL && out->items != NULL;
    if (done) {
        renumber_lines(numbers, out);
        const kithi_customers view = kithi_baskets_view(out);
        done = kithi_purchases_count(&view, out->items);
    }
    free(numbers);
    return done;
}

bool kithi_basket_pieces_join(kithi_basket_piece *pieces, size_t count, kith_baskets *out) {
    kithi_names all;
    kithi_names_init(&all);
    bool done = make_room(pieces, count, out);
    for (size_t i = 0; done && i < count; i++) {
        done = join_piece(&pieces[i], &all, out);
        kithi_basket_piece_clear(&pieces[i]);
    }
    done = done && finish(&all, out);
    kithi_names_clear(&all);
    return done;
}
