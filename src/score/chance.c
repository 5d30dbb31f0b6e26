#include "src/score/chance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *kithi_chance_refusal_text(kithi_chance_refusal refusal) {
    switch (refusal) {
    case KITHI_CHANCE_FITS:
        return "it fits";
    case KITHI_CHANCE_NO_MEMORY:
        return "out of memory";
    case KITHI_CHANCE_INTERRUPTED:
        return "it was interrupted";
    case KITHI_CHANCE_NOBODY:
        return "there are no customers to learn from";
    case KITHI_CHANCE_ONE_OUTCOME:
        return "it holds of all customers, or of none: there is nothing to tell apart";
    case KITHI_CHANCE_FEW:
        return "too few customers have the rarer outcome";
    case KITHI_CHANCE_ID:
        return "a feature has nearly as many levels as customers: an id tells nothing of others";
    case KITHI_CHANCE_NO_FEATURES:
        return "no feature differs between customers";
    case KITHI_CHANCE_TOO_WIDE:
        return "the features have too many levels: let fewer of them have columns";
    case KITHI_CHANCE_NOT_CONVERGED:
        return "did not converge: raise the penalty";
    }
    return "unknown refusal";
}

void kithi_chance_init(kithi_chance *chance) {
    *chance = (kithi_chance){.weights = NULL};
    kithi_encoding_init(&chance->encoding);
}

void kithi_chance_clear(kithi_chance *chance) {
    kithi_encoding_clear(&chance->encoding);
    kithi_chance_init(chance);
}

/* Scores */

static double average_part(const kithi_feature *f, const double *weights) {
    double sum = 0;
    for (uint32_t i = 0; i < f->width; i++) {
        sum += weights[f->first_column + i] * kithi_feature_average(f, i);
    }
    return sum;
}

bool kithi_chance_finish(kithi_chance *chance) {
    kithi_encoding *encoding = &chance->encoding;
    chance->averages =
        kithi_arena_calloc(&encoding->arena, encoding->feature_count + 1, sizeof *chance->averages);
    if (chance->averages == NULL) {
        return false;
    }
    chance->base = chance->weights[encoding->width];
    for (size_t i = 0; i < encoding->feature_count; i++) {
        chance->averages[i] = average_part(&encoding->features[i], chance->weights);
        chance->base += chance->averages[i];
    }
    return true;
}

static double part_of(const kithi_chance *chance, size_t feature, const kithi_cell *cell) {
    return chance->weights[cell->column] * (double)cell->value - chance->averages[feature];
}

double kithi_chance_score(const kithi_chance *chance, const kith_value *values, double *parts) {
    double score = chance->base;
    for (size_t i = 0; i < chance->encoding.feature_count; i++) {
        kithi_cell cell;
        bool told = kithi_feature_cell(&chance->encoding.features[i], &values[i], &cell);
        double part = told ? part_of(chance, i, &cell) : 0;
        score += part;
        if (parts != NULL) {
            parts[i] = part;
        }
    }
    return score;
}

/* The same of a case, by its cells: to the last digit what its values will come to. */
static double score_case(const kithi_chance *chance, const kithi_outcomes *o, size_t row) {
    const kithi_cell *cells = o->cells + row * o->row_cells;
    double score = chance->base;
    for (size_t i = 0; i < o->row_cells; i++) {
        bool told = chance->encoding.features[i].width > 0;
        score += told ? part_of(chance, i, &cells[i]) : 0;
    }
    return score;
}

/* Checking */

static uint32_t count_happened(const kithi_cases *cases) {
    uint32_t happened = 0;
    for (size_t i = 0; i < cases->count; i++) {
        happened += cases->happened[i] != 0;
    }
    return happened;
}

static kithi_chance_refusal check_outcomes(const kithi_chance_report *report,
                                           const kithi_chance_options *options) {
    uint32_t others = report->count - report->happened;
    uint32_t rarer = report->happened < others ? report->happened : others;
    if (report->count == 0) {
        return KITHI_CHANCE_NOBODY;
    }
    if (rarer == 0) {
        return KITHI_CHANCE_ONE_OUTCOME;
    }
    return rarer < options->fewest || rarer < options->folds ? KITHI_CHANCE_FEW : KITHI_CHANCE_FITS;
}

static kithi_chance_refusal check_features(const kithi_cases *cases, kithi_chance_report *report) {
    for (size_t i = 0; i < cases->feature_count; i++) {
        kithi_feature_fault fault = kithi_cases_fault(cases, i);
        if (fault == KITHI_FEATURE_IS_ID) {
            report->feature = i;
            return KITHI_CHANCE_ID;
        }
        report->left_out += fault == KITHI_FEATURE_IS_CONSTANT;
    }
    return report->left_out == cases->feature_count ? KITHI_CHANCE_NO_FEATURES : KITHI_CHANCE_FITS;
}

/* Learning */

typedef struct learning {
    const kithi_chance_options *options;
    kithi_outcomes outcomes;
    kithi_chance *chance;
    kithi_chance_report *report;
    uint8_t *fold;
    double *held_out;
} learning;

static kithi_chance_refusal refusal_of(const kithi_logistic_report *report) {
    return report->no_memory   ? KITHI_CHANCE_NO_MEMORY
           : report->converged ? KITHI_CHANCE_FITS
                               : KITHI_CHANCE_NOT_CONVERGED;
}

static uint32_t rows_of_others(const learning *l, uint8_t fold, uint32_t *out) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < l->outcomes.row_count; i++) {
        if (l->fold[i] != fold) {
            out[count++] = i;
        }
    }
    return count;
}

/* One fold's scores, by the others. It begins at what was learnt from all, from where the way is
 * short; where it ends doesn't hang on that. */
static int learn_fold(void *context, size_t fold) {
    const learning *l = context;
    size_t weight_count = l->outcomes.column_count + 1;
    double *weights = malloc(weight_count * sizeof *weights);
    uint32_t *rows = malloc((l->outcomes.row_count + 1) * sizeof *rows);
    kithi_chance_refusal refusal = KITHI_CHANCE_NO_MEMORY;
    if (weights != NULL && rows != NULL) {
        memcpy(weights, l->chance->weights, weight_count * sizeof *weights);
        uint32_t count = rows_of_others(l, (uint8_t)fold, rows);
        kithi_logistic_report report =
            kithi_logistic_fit(&l->outcomes, rows, count, l->options->penalty, weights);
        refusal = refusal_of(&report);
    }
    for (uint32_t i = 0; refusal == KITHI_CHANCE_FITS && i < l->outcomes.row_count; i++) {
        if (l->fold[i] == fold) {
            l->held_out[i] = kithi_logistic_score(&l->outcomes, weights, i);
        }
    }
    free(weights);
    free(rows);
    return (int)refusal;
}

static kithi_chance_refusal learn_all(learning *l) {
    l->report->fit = kithi_logistic_fit(&l->outcomes, NULL, l->outcomes.row_count,
                                        l->options->penalty, l->chance->weights);
    kithi_chance_refusal refusal = refusal_of(&l->report->fit);
    if (refusal == KITHI_CHANCE_FITS && !kithi_chance_finish(l->chance)) {
        refusal = KITHI_CHANCE_NO_MEMORY;
    }
    return refusal;
}

static kithi_chance_refusal judge(learning *l) {
    uint32_t count = l->report->count;
    unsigned folds = l->options->folds;
    if (!kithi_folds_deal(l->outcomes.happened, count, folds, l->options->seed, l->fold)) {
        return KITHI_CHANCE_NO_MEMORY;
    }
    int refusal =
        kithi_workers_run_told(l->options->threads, folds, learn_fold, l, l->options->ear);
    if (refusal == KITH_INTERRUPTED) {
        return KITHI_CHANCE_INTERRUPTED;
    }
    if (refusal == KITHI_CHANCE_FITS && !kithi_validate(l->held_out, l->outcomes.happened, l->fold,
                                                        count, folds, &l->report->held_out)) {
        refusal = KITHI_CHANCE_NO_MEMORY;
    }
    return (kithi_chance_refusal)refusal;
}

static kithi_chance_refusal find_cuts(learning *l) {
    double *scores = malloc(l->outcomes.row_count * sizeof *scores);
    for (size_t i = 0; scores != NULL && i < l->outcomes.row_count; i++) {
        scores[i] = score_case(l->chance, &l->outcomes, i);
    }
    bool found = scores != NULL && kithi_cuts_find(scores, l->report->count, l->chance->cuts);
    free(scores);
    return found ? KITHI_CHANCE_FITS : KITHI_CHANCE_NO_MEMORY;
}

/* From cases that are fit to be learnt from. */
static kithi_chance_refusal learn(kithi_cases *cases, learning *l) {
    kithi_encoding *encoding = &l->chance->encoding;
    if (!kithi_cases_learn(cases, l->options->levels_max, encoding)) {
        return KITHI_CHANCE_NO_MEMORY;
    }
    l->report->columns = encoding->width;
    if (encoding->width == 0) {
        return KITHI_CHANCE_NO_FEATURES;
    }
    if (encoding->width > KITHI_ENCODING_COLUMNS_MAX) {
        return KITHI_CHANCE_TOO_WIDE;
    }
    l->chance->weights =
        kithi_arena_calloc(&encoding->arena, encoding->width + 1, sizeof *l->chance->weights);
    if (l->chance->weights == NULL || !kithi_cases_encode(cases, encoding, &l->outcomes)) {
        return KITHI_CHANCE_NO_MEMORY;
    }
    kithi_chance_refusal refusal = learn_all(l);
    if (refusal == KITHI_CHANCE_FITS) {
        refusal = judge(l);
    }
    return refusal == KITHI_CHANCE_FITS ? find_cuts(l) : refusal;
}

static kithi_chance_refusal learn_with_room(kithi_cases *cases, learning *l, double *held_out) {
    double *room = held_out == NULL ? malloc(cases->count * sizeof *room) : NULL;
    kithi_chance_refusal refusal = KITHI_CHANCE_NO_MEMORY;
    l->fold = malloc(cases->count);
    l->held_out = held_out != NULL ? held_out : room;
    if (l->fold != NULL && l->held_out != NULL) {
        refusal = learn(cases, l);
    }
    free(l->fold);
    free(room);
    return refusal;
}

kithi_chance_refusal kithi_chance_fit(kithi_cases *cases, const kithi_chance_options *options,
                                      kithi_chance *out, kithi_chance_report *report,
                                      double *held_out) {
    learning l = {.options = options, .chance = out, .report = report};
    *report =
        (kithi_chance_report){.count = (uint32_t)cases->count, .happened = count_happened(cases)};
    kithi_chance_init(out);
    kithi_chance_refusal refusal = check_outcomes(report, options);
    if (refusal == KITHI_CHANCE_FITS) {
        refusal = check_features(cases, report);
    }
    if (refusal == KITHI_CHANCE_FITS) {
        refusal = learn_with_room(cases, &l, held_out);
    }
    if (refusal != KITHI_CHANCE_FITS) {
        kithi_chance_clear(out);
    }
    return refusal;
}
