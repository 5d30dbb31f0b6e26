#include "src/cli/ranking.h"

#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"

/* Below 0: a goes before b. */
static int compare(const void *left, const void *right) {
    const cli_ranked *a = left, *b = right;
    if (a->group != b->group) {
        return cli_group_compare(a->group, b->group);
    }
    if (a->number != b->number) {
        return a->number > b->number ? -1 : 1;
    }
    return memcmp(a->id.bytes, b->id.bytes, sizeof a->id.bytes);
}

static kith_value *copy_values(const kith_value *values, size_t count) {
    kith_value *copy = cli_allocate((count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        copy[i] = values[i];
        if (values[i].type == KITH_TYPE_TEXT) {
            char *text = cli_allocate(values[i].as.text.size + 1);
            memcpy(text, values[i].as.text.data, values[i].as.text.size);
            text[values[i].as.text.size] = '\0';
            copy[i].as.text.data = text;
        }
    }
    return copy;
}

static void free_values(kith_value *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (values[i].type == KITH_TYPE_TEXT) {
            free((char *)values[i].as.text.data);
        }
    }
    free(values);
}

/* The heap: none goes before those below it, so the last of all stands on top. */

static void swap(cli_ranked *a, cli_ranked *b) {
    cli_ranked kept = *a;
    *a = *b;
    *b = kept;
}

static void sift_up(cli_ranked *items, size_t at) {
    while (at > 0 && compare(&items[at], &items[(at - 1) / 2]) > 0) {
        swap(&items[at], &items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(cli_ranked *items, size_t count) {
    size_t at = 0;
    for (;;) {
        size_t last = at, left = 2 * at + 1;
        for (size_t kid = left; kid < left + 2 && kid < count; kid++) {
            last = compare(&items[kid], &items[last]) > 0 ? kid : last;
        }
        if (last == at) {
            return;
        }
        swap(&items[at], &items[last]);
        at = last;
    }
}

static void append(cli_ranking *ranking, const cli_ranked *item) {
    if (ranking->count == ranking->capacity) {
        ranking->capacity = ranking->capacity > 0 ? ranking->capacity * 2 : 64;
        ranking->items = cli_grow(ranking->items, ranking->capacity * sizeof *ranking->items);
    }
    ranking->items[ranking->count++] = *item;
}

void cli_ranking_offer(cli_ranking *ranking, const kith_id *id, const cli_group *group,
                       double number, const kith_value *values) {
    cli_ranked item = {*id, group, number, NULL};
    bool full = ranking->limit > 0 && ranking->count == ranking->limit;
    if (full && compare(&item, &ranking->items[0]) > 0) {
        return;
    }
    item.values = copy_values(values, ranking->column_count);
    if (full) {
        free_values(ranking->items[0].values, ranking->column_count);
        ranking->items[0] = item;
        sift_down(ranking->items, ranking->count);
    } else {
        append(ranking, &item);
        if (ranking->limit > 0) {
            sift_up(ranking->items, ranking->count - 1);
        }
    }
}

void cli_ranking_sort(cli_ranking *ranking) {
    if (ranking->count > 0) {
        qsort(ranking->items, ranking->count, sizeof *ranking->items, compare);
    }
}

void cli_ranking_clear(cli_ranking *ranking) {
    for (size_t i = 0; i < ranking->count; i++) {
        free_values(ranking->items[i].values, ranking->column_count);
    }
    free(ranking->items);
    *ranking = (cli_ranking){.column_count = ranking->column_count, .limit = ranking->limit};
}
