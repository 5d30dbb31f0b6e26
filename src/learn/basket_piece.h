/*
 * Pieces of baskets: what the profiles of a chunk have bought, with texts and numbers of its own.
 * They are joined in the order of the chunks, so what comes out is the same whoever read which.
 */
#ifndef KITHI_LEARN_BASKET_PIECE_H
#define KITHI_LEARN_BASKET_PIECE_H

#include "src/base/names.h"
#include "src/learn/basket.h"

typedef struct kithi_basket_piece {
    kithi_names names; /* of the items */
    uint32_t *lines, *profiles;
    size_t *ends, *basket_ends;
    size_t line_count, basket_count, customer_count;
    size_t line_capacity, end_capacity, basket_end_capacity, profile_capacity;
    uint64_t left_out_count;
} kithi_basket_piece;

void kithi_basket_piece_init(kithi_basket_piece *piece);
void kithi_basket_piece_clear(kithi_basket_piece *piece);
/* Fills empty baskets, and clears the pieces on the way. False: memory is out. */
bool kithi_basket_pieces_join(kithi_basket_piece *pieces, size_t count, kith_baskets *out);

#endif
