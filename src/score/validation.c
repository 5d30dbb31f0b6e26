#include "src/score/validation.h"

#include <math.h>
#include <stdlib.h>

#include "src/base/random.h"
#include "src/score/logistic.h"
#include "src/score/rank.h"

/* Folds */

static void shuffle(uint32_t *rows, uint32_t count, uint64_t *seed) {
    for (uint32_t i = count; i > 1; i--) {
        uint32_t other = (uint32_t)(kithi_random(seed) % i), row = rows[i - 1];
        rows[i - 1] = rows[other];
        rows[other] = row;
    }
}

/* Deals a run of the list, whose first stands at `begin` of it. */
static void deal_run(const uint32_t *rows, uint32_t begin, uint32_t end, unsigned folds,
                     uint8_t *out) {
    for (unsigned f = 0; f < folds; f++) {
        uint32_t first = (f + folds - begin % folds) % folds; /* of the run, that is the fold's */
        for (uint32_t i = begin + first; i < end; i += folds) {
            out[*rows++] = (uint8_t)f;
        }
    }
}

bool kithi_folds_deal(const uint8_t *happened, uint32_t count, unsigned folds, uint64_t seed,
                      uint8_t *out) {
    uint32_t *rows = malloc(((size_t)count + 1) * sizeof *rows), others = 0, end = 0;
    if (rows == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        others += happened[i] == 0;
    }
    for (uint32_t i = 0, other = 0; i < count; i++) {
        rows[happened[i] == 0 ? other++ : others + end++] = i;
    }
    if (seed != 0) {
        shuffle(rows, others, &seed);
        shuffle(rows + others, count - others, &seed);
    }
    deal_run(rows, 0, others, folds, out);
    deal_run(rows + others, others, count, folds, out);
    free(rows);
    return true;
}

/* Judging */

static bool judge_areas(const double *scores, const uint8_t *happened, const uint8_t *fold,
                        uint32_t count, unsigned folds, kithi_validation *out) {
    double *some = malloc(((size_t)count + 1) * sizeof *some), sum = 0, squares = 0;
    uint8_t *outcomes = malloc((size_t)count + 1);
    bool made = some != NULL && outcomes != NULL;
    for (unsigned f = 0; made && f < folds; f++) {
        size_t here = 0;
        for (uint32_t i = 0; i < count; i++) {
            if (fold[i] == f) {
                some[here] = scores[i];
                outcomes[here++] = happened[i];
            }
        }
        double area = kithi_auc(some, outcomes, here);
        sum += area;
        squares += area * area;
    }
    out->auc = sum / folds;
    out->auc_deviation = sqrt(fmax(0, squares / folds - out->auc * out->auc));
    free(some);
    free(outcomes);
    return made;
}

static void judge_chances(const double *scores, const uint8_t *happened, uint32_t count,
                          kithi_validation *out) {
    for (uint32_t i = 0; i < count; i++) {
        double off = kithi_logistic_chance(scores[i]) - (happened[i] != 0);
        out->log_loss += kithi_logistic_loss(scores[i], happened[i] != 0) / count;
        out->brier += off * off / count;
        out->base_rate += happened[i] != 0;
    }
    out->base_rate /= count;
    double odds = log(out->base_rate / (1 - out->base_rate));
    out->base_log_loss = out->base_rate * kithi_logistic_loss(odds, true) +
                         (1 - out->base_rate) * kithi_logistic_loss(odds, false);
}

/* The lowest tenth, the next one, and so on, by rank: all are of one size, or nearly. */
static bool judge_deciles(const double *scores, const uint8_t *happened, uint32_t count,
                          kithi_validation *out) {
    uint32_t *order = malloc(((size_t)count + 1) * sizeof *order);
    bool ranked = order != NULL && kithi_rank(scores, count, order);
    for (uint32_t i = 0; ranked && i < count; i++) {
        uint32_t row = order[count - 1 - i];
        kithi_decile *d = &out->deciles[(uint64_t)i * KITHI_DECILES / count];
        d->count++;
        d->predicted += kithi_logistic_chance(scores[row]);
        d->actual += happened[row] != 0;
    }
    for (size_t i = 0; i < KITHI_DECILES; i++) {
        kithi_decile *d = &out->deciles[i];
        d->predicted /= d->count > 0 ? d->count : 1;
        d->actual /= d->count > 0 ? d->count : 1;
    }
    free(order);
    return ranked;
}

bool kithi_validate(const double *scores, const uint8_t *happened, const uint8_t *fold,
                    uint32_t count, unsigned folds, kithi_validation *out) {
    *out = (kithi_validation){.count = count};
    judge_chances(scores, happened, count, out);
    return judge_areas(scores, happened, fold, count, folds, out) &&
           judge_deciles(scores, happened, count, out);
}
