#include "src/identity/teller.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/fact/record_key.h"

static const char *const kind_names[] = {
    NULL,     "link",     "refused", "blocked", "generic", "invalid",
    "shared", "unlinked", "pending", "nothing", "weak",    "uncompared",
};

const char *kith_step_kind_name(kith_step_kind kind) {
    size_t at = (size_t)kind;
    return at < sizeof kind_names / sizeof kind_names[0] && kind_names[at] ? kind_names[at]
                                                                           : "unknown";
}

bool kith_explanation_same(const kith_explanation *e) {
    return e->same;
}

size_t kith_explanation_step_count(const kith_explanation *e) {
    return e->count;
}

const kith_step *kith_explanation_step(const kith_explanation *e, size_t index) {
    return index < e->count ? &e->steps[index] : NULL;
}

void kith_explanation_free(kith_explanation *e) {
    if (e != NULL) {
        kithi_arena_clear(&e->arena);
        free(e->steps);
        free(e);
    }
}

int kithi_teller_no_memory(kithi_teller *t) {
    return kithi_error_memory(kithi_txn_error(t->txn));
}

const char *kithi_teller_keep(kithi_teller *t, const char *text, size_t size) {
    const char *kept = text != NULL ? kithi_arena_copy(&t->e->arena, text, size) : NULL;
    t->failed = t->failed || (text != NULL && kept == NULL);
    return kept;
}

const char *kithi_teller_keep_text(kithi_teller *t, const char *text) {
    return text != NULL ? kithi_teller_keep(t, text, strlen(text)) : NULL;
}

kith_step kithi_step_of(kith_step_kind kind, uint32_t a, uint32_t b) {
    return (kith_step){.size = sizeof(kith_step),
                       .kind = kind,
                       .a = a,
                       .b = b,
                       .clash_a = KITH_NO_RECORD,
                       .clash_b = KITH_NO_RECORD};
}

int kithi_teller_add(kithi_teller *t, kith_step step) {
    kith_explanation *e = t->e;
    if (!KITHI_GROW(e->steps, e->capacity, e->count + 1)) {
        return kithi_teller_no_memory(t);
    }
    e->steps[e->count++] = step;
    return KITH_OK;
}

int kithi_teller_begin(kithi_teller *t, kith_txn *txn, uint32_t record) {
    bool whole;
    memset(t, 0, sizeof *t);
    t->txn = txn;
    t->e = calloc(1, sizeof *t->e);
    if (t->e == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    kithi_arena_init(&t->e->arena);
    kithi_component_init(&t->c, txn, true);
    int rc = kithi_component_gather(&t->c, record, 0, &whole);
    if (rc == KITH_NOT_FOUND) {
        return kithi_record_missing(txn, record);
    }
    return rc == KITH_OK ? kithi_component_cluster(&t->c) : rc;
}

int kithi_teller_end(kithi_teller *t, int rc, kith_explanation **out) {
    if (rc == KITH_OK && t->failed) {
        rc = kithi_teller_no_memory(t);
    }
    if (t->e != NULL) {
        kithi_component_clear(&t->c);
    }
    if (rc == KITH_OK) {
        *out = t->e;
    } else {
        kith_explanation_free(t->e);
    }
    return rc;
}
