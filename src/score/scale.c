#include "src/score/scale.h"

#include <math.h>

/* The mean of what is known of a column; whether it says anything, which it doesn't where all are
 * the same: then the mean is exactly that. */
static bool find_mean(const double *column, size_t rows, size_t columns, double *mean,
                      size_t *known) {
    double sum = 0, low = INFINITY, high = -INFINITY;
    *known = 0;
    for (size_t i = 0; i < rows; i++) {
        double value = column[i * columns];
        if (!isnan(value)) {
            sum += value;
            low = value < low ? value : low;
            high = value > high ? value : high;
            (*known)++;
        }
    }
    *mean = *known == 0 ? 0 : low == high ? low : sum / (double)*known;
    return low < high;
}

static double find_deviation(const double *column, size_t rows, size_t columns, double mean,
                             size_t known) {
    double squares = 0;
    for (size_t i = 0; i < rows; i++) {
        double away = column[i * columns] - mean;
        squares += isnan(away) ? 0 : away * away;
    }
    return sqrt(squares / (double)known);
}

bool kithi_scale_learn(const double *values, size_t rows, size_t columns, double *means,
                       double *deviations, size_t *out_bad) {
    for (size_t i = 0; i < rows * columns; i++) {
        if (fabs(values[i]) > KITHI_SCALE_VALUE_MAX) {
            *out_bad = i;
            return false;
        }
    }
    for (size_t i = 0; i < columns; i++) {
        size_t known;
        bool differs = find_mean(values + i, rows, columns, &means[i], &known);
        deviations[i] = differs ? find_deviation(values + i, rows, columns, means[i], known) : 0;
    }
    return true;
}

void kithi_scale_apply(double *row, size_t columns, const double *means, const double *deviations) {
    for (size_t i = 0; i < columns; i++) {
        bool says = !isnan(row[i]) && deviations[i] > 0;
        row[i] = says ? (row[i] - means[i]) / deviations[i] : 0;
    }
}
