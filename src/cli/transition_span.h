/*
 * The transitions that a store keeps: which they are, and how many entered and left.
 */
#ifndef KITH_CLI_TRANSITION_SPAN_H
#define KITH_CLI_TRANSITION_SPAN_H

#include "kith.h"

/* Sequences of the first and the last; 0 where none is kept. KITH_OK; KITH_CORRUPT. */
typedef struct cli_span {
    uint64_t first, last;
} cli_span;
int cli_transitions_span(kith_txn *txn, cli_span *out);

/* Of those after a sequence. KITH_OK; KITH_CORRUPT. */
int cli_transitions_tally(kith_txn *txn, uint64_t after, uint64_t *out_entered, uint64_t *out_left);

#endif
