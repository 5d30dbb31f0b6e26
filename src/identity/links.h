/*
 * Link rows: under each record, its links taken and refused. Fixed 24 bytes: other record 4, rule
 * 1, kind 1, detail 2, type 2, zero 2, order 4, hash 8: of the value, or of a scored link the
 * pattern. Each link stands under both of its records.
 */
#ifndef KITHI_IDENTITY_LINKS_H
#define KITHI_IDENTITY_LINKS_H

#include "src/identity/component.h"

#define KITHI_LINK_BYTES    24
#define KITHI_LINK_DECISION UINT16_MAX
#define KITHI_LINK_SCORE    (UINT16_MAX - 1)

typedef struct kithi_link {
    uint32_t other;
    kithi_rule rule; /* NONE: taken */
    bool later;      /* the record under which it stands is the later of the two */
    uint16_t detail;
    uint16_t type;  /* attribute id; KITHI_LINK_DECISION, KITHI_LINK_SCORE */
    uint32_t order; /* in the component's walk */
    uint64_t hash;
} kithi_link;

void kithi_link_write(uint8_t out[KITHI_LINK_BYTES], const kithi_link *link);
bool kithi_link_read(kithi_slice row, kithi_link *out);
/* The rows that a component's records should have: rows[first[node]..first[node + 1]), sorted. In
 * the arena. */
int kithi_links_build(const kithi_component *component, kithi_arena *arena,
                      uint8_t (**out_rows)[KITHI_LINK_BYTES], size_t **out_first);
/* The link of two records by this type. KITH_NOT_FOUND. */
int kithi_link_find(kith_txn *txn, uint32_t a, uint32_t b, uint16_t type, kithi_link *out);
/* Says that the table is damaged: KITH_CORRUPT. */
int kithi_links_damaged(kith_txn *txn);
/* The links of a record, in the arena. */
int kithi_links_of(kith_txn *txn, uint32_t record, kithi_arena *arena, kithi_link **out,
                   size_t *out_count);

#endif
