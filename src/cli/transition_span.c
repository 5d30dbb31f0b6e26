#include "src/cli/transition_span.h"

/* Whether there is one after a sequence, and which comes first. */
static int next_after(kith_txn *txn, uint64_t after, uint64_t *out_sequence) {
    kith_transition transition = KITH_TRANSITION_INIT;
    *out_sequence = after;
    return kith_transition_next(txn, out_sequence, &transition);
}

/* There are no gaps, so the last is found by halving, however many there are. */
int cli_transitions_span(kith_txn *txn, cli_span *out) {
    uint64_t found, none = UINT64_MAX;
    int code = next_after(txn, 0, &found);
    *out = (cli_span){0, 0};
    if (code != KITH_OK) {
        return code == KITH_DONE ? KITH_OK : code;
    }
    out->first = out->last = found;
    while (out->last + 1 < none) {
        uint64_t middle = out->last + (none - out->last) / 2;
        code = next_after(txn, middle - 1, &found);
        if (code != KITH_OK && code != KITH_DONE) {
            return code;
        }
        if (code == KITH_OK) {
            out->last = found;
        } else {
            none = middle;
        }
    }
    return KITH_OK;
}

int cli_transitions_tally(kith_txn *txn, uint64_t after, uint64_t *out_entered,
                          uint64_t *out_left) {
    kith_transition transition = KITH_TRANSITION_INIT;
    int code;
    *out_entered = *out_left = 0;
    while ((code = kith_transition_next(txn, &after, &transition)) == KITH_OK) {
        *(transition.entered ? out_entered : out_left) += 1;
    }
    return code == KITH_DONE ? KITH_OK : code;
}
