#include "src/ingest/newly_generic.h"

#include <string.h>

#include "src/base/bytes.h"
#include "src/base/error.h"
#include "src/identity/identity.h"
#include "src/store/txn.h"

typedef struct walk {
    kithi_newly_generic *newly;
    kith_txn *txn;
} walk;

void kithi_newly_generic_init(kithi_newly_generic *newly) {
    memset(newly, 0, sizeof *newly);
    kithi_map_init(&newly->before);
    kithi_arena_init(&newly->arena);
}

void kithi_newly_generic_clear(kithi_newly_generic *newly) {
    kithi_map_clear(&newly->before);
    kithi_arena_clear(&newly->arena);
    memset(newly, 0, sizeof *newly);
}

static int no_memory(const walk *w) {
    return kithi_error_memory(kithi_txn_error(w->txn));
}

static int note_before(void *context, const uint8_t mark[16]) {
    walk *w = context;
    return kithi_map_put(&w->newly->before, kithi_get64(mark), 0, NULL) != NULL ? KITH_OK
                                                                                : no_memory(w);
}

int kithi_newly_generic_begin(kithi_newly_generic *newly, kith_txn *txn) {
    walk w = {newly, txn};
    return kithi_generic_each(txn, note_before, &w);
}

static int keep(walk *w, const uint8_t mark[16]) {
    kithi_newly_generic *newly = w->newly;
    kithi_generic_value found;
    int rc = kithi_generic_find(w->txn, mark, &found);
    if (rc != KITH_OK) {
        return rc == KITH_NOT_FOUND ? KITH_OK : rc;
    }
    const char *type = kithi_arena_copy(&newly->arena, found.type, strlen(found.type));
    const char *text = kithi_arena_copy(&newly->arena, found.text, found.size);
    if (type == NULL || text == NULL) {
        return no_memory(w);
    }
    newly->values[newly->told++] =
        (kith_generic_value){sizeof(kith_generic_value), type, text, found.record_count};
    return KITH_OK;
}

static int note_after(void *context, const uint8_t mark[16]) {
    walk *w = context;
    if (kithi_map_get(&w->newly->before, kithi_get64(mark)) != NULL) {
        return KITH_OK;
    }
    w->newly->count++;
    return w->newly->told < KITH_GENERIC_VALUES_TOLD ? keep(w, mark) : KITH_OK;
}

int kithi_newly_generic_end(kithi_newly_generic *newly, kith_txn *txn) {
    walk w = {newly, txn};
    return kithi_generic_each(txn, note_after, &w);
}
