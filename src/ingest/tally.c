#include "src/ingest/tally.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/hash.h"

void kithi_tally_init(kithi_tally *tally) {
    memset(tally, 0, sizeof *tally);
    kithi_arena_init(&tally->names);
    kithi_map_init(&tally->by_name);
}

void kithi_tally_clear(kithi_tally *tally) {
    free(tally->items);
    kithi_arena_clear(&tally->names);
    kithi_map_clear(&tally->by_name);
    memset(tally, 0, sizeof *tally);
}

static kithi_tally_item *add_item(kithi_tally *tally, const char *name) {
    if (!KITHI_GROW(tally->items, tally->capacity, tally->count + 1)) {
        return NULL;
    }
    const char *copy = kithi_arena_copy(&tally->names, name, strlen(name));
    if (copy == NULL) {
        return NULL;
    }
    kithi_tally_item *item = &tally->items[tally->count++];
    *item = (kithi_tally_item){.name = copy};
    return item;
}

/* The index of a name among the items; the next one's where it is new. */
static size_t find_item(const kithi_tally *tally, const char *name, uint64_t hash) {
    const uint64_t *hit = kithi_map_get(&tally->by_name, hash);
    size_t at = hit != NULL ? *hit : tally->count;
    if (hit != NULL && strcmp(tally->items[at].name, name) != 0) { /* the hashes collide */
        for (at = 0; at < tally->count && strcmp(tally->items[at].name, name) != 0;) {
            at++;
        }
    }
    return at;
}

bool kithi_tally_note(kithi_tally *tally, const char *name) {
    uint64_t hash = kithi_hash64(name, strlen(name), 0);
    size_t at = find_item(tally, name, hash);
    if (at == tally->count &&
        (add_item(tally, name) == NULL || kithi_map_put(&tally->by_name, hash, at, NULL) == NULL)) {
        return false;
    }
    kithi_tally_item *item = &tally->items[at];
    item->of_row++;
    tally->of_row = true;
    return true;
}

void kithi_tally_add(kithi_tally_count *to, uint64_t count, uint64_t line) {
    if (count > 0 && to->count == 0) {
        to->first_line = line;
    }
    to->count += count;
}

void kithi_tally_end_row(kithi_tally *tally, uint64_t line, bool rejected) {
    for (size_t i = 0; tally->of_row && i < tally->count; i++) {
        kithi_tally_item *item = &tally->items[i];
        kithi_tally_add(&item->noted, rejected ? 0 : item->of_row, line);
        item->of_row = 0;
    }
    tally->of_row = false;
}

void kithi_tally_commit(kithi_tally *tally) {
    for (size_t i = 0; i < tally->count; i++) {
        tally->items[i].committed = tally->items[i].noted;
    }
}
