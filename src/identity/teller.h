/*
 * Inside of explaining, for the files that it is made of: an explanation being written, and the
 * component that it is about. The component is gathered as resolving does, so what is told is what
 * was decided.
 */
#ifndef KITHI_IDENTITY_TELLER_H
#define KITHI_IDENTITY_TELLER_H

#include "src/identity/component.h"
#include "src/identity/identity.h"

struct kith_explanation {
    kithi_arena arena;
    bool same;
    kith_step *steps;
    size_t count, capacity;
};

typedef struct kithi_teller {
    kith_txn *txn;
    kith_explanation *e;
    kithi_component c;
    bool failed; /* a text could not be kept: memory is out */
} kithi_teller;

static inline double kithi_bits(int32_t weight) {
    return (double)weight / KITHI_BIT;
}

/* Gathers the component of a record as it was decided, and clusters it; one that is pending is not
 * put off here. Whatever it returns, kithi_teller_end() ends it. */
int kithi_teller_begin(kithi_teller *teller, kith_txn *txn, uint32_t record);
/* Hands the explanation out, or frees it where `rc` says that something failed. */
int kithi_teller_end(kithi_teller *teller, int rc, kith_explanation **out);

int kithi_teller_no_memory(kithi_teller *teller);
/* Copies of texts, NULL for NULL. */
const char *kithi_teller_keep(kithi_teller *teller, const char *text, size_t size);
const char *kithi_teller_keep_text(kithi_teller *teller, const char *text);

kith_step kithi_step_of(kith_step_kind kind, uint32_t a, uint32_t b);
int kithi_teller_add(kithi_teller *teller, kith_step step);
/* Adds a link, taken or refused, with what it is by and what refused it. */
int kithi_teller_add_link(kithi_teller *teller, const kithi_found_link *link, uint32_t path);

/* explain_paths.c: every way from one node to another over records of their cluster. */
int kithi_tell_paths(kithi_teller *teller, uint32_t a, uint32_t b);
/* explain_why_not.c: what keeps two records apart. */
int kithi_tell_why_not(kithi_teller *teller, uint32_t a, uint32_t b);

#endif
