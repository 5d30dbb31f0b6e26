#include <math.h>
#include <stdlib.h>

#include "src/score/logistic.h"

/* Sorts scores, and takes what belongs to them along: by sifting down a heap, as no room is asked
 * for. */

static void swap(double *scores, uint8_t *happened, size_t a, size_t b) {
    double score = scores[a];
    uint8_t it = happened[a];
    scores[a] = scores[b];
    happened[a] = happened[b];
    scores[b] = score;
    happened[b] = it;
}

static void sift(double *scores, uint8_t *happened, size_t from, size_t end) {
    for (size_t child; (child = 2 * from + 1) < end; from = child) {
        if (child + 1 < end && scores[child + 1] > scores[child]) {
            child++;
        }
        if (scores[from] >= scores[child]) {
            return;
        }
        swap(scores, happened, from, child);
    }
}

static void sort(double *scores, uint8_t *happened, size_t count) {
    for (size_t i = count / 2; i-- > 0;) {
        sift(scores, happened, i, count);
    }
    for (size_t end = count; end > 1;) {
        swap(scores, happened, 0, --end);
        sift(scores, happened, 0, end);
    }
}

double kithi_auc(double *scores, uint8_t *happened, size_t count) {
    double did = 0, did_not = 0, pairs = 0;
    sort(scores, happened, count);
    for (size_t i = 0, end; i < count; i = end) {
        double here = 0, not_here = 0;
        for (end = i; end < count && scores[end] == scores[i]; end++) {
            here += happened[end] != 0;
            not_here += happened[end] == 0;
        }
        pairs += here * (did_not + not_here / 2);
        did += here;
        did_not += not_here;
    }
    return did > 0 && did_not > 0 ? pairs / (did * did_not) : NAN;
}
