#include "src/score/scale.h"

#include <math.h>

static double counted(const kithi_scale *scale, double value) {
    return scale->logarithm ? copysign(log1p(fabs(value)), value) : value;
}

/* The mean of what is known of a column; whether it says anything, which it doesn't where all are
 * the same: then the mean is exactly that. */
static bool find_mean(const double *column, size_t rows, size_t columns, kithi_scale *scale,
                      size_t *known) {
    double sum = 0, low = INFINITY, high = -INFINITY;
    *known = 0;
    for (size_t i = 0; i < rows; i++) {
        double value = counted(scale, column[i * columns]);
        if (!isnan(value)) {
            sum += value;
            low = value < low ? value : low;
            high = value > high ? value : high;
            (*known)++;
        }
    }
    scale->mean = *known == 0 ? 0 : low == high ? low : sum / (double)*known;
    return low < high;
}

static double find_deviation(const double *column, size_t rows, size_t columns,
                             const kithi_scale *scale, size_t known) {
    double squares = 0;
    for (size_t i = 0; i < rows; i++) {
        double away = counted(scale, column[i * columns]) - scale->mean;
        squares += isnan(away) ? 0 : away * away;
    }
    return sqrt(squares / (double)known);
}

bool kithi_scale_learn(const double *values, size_t rows, size_t columns, kithi_scale *scales,
                       size_t *out_bad) {
    for (size_t i = 0; i < rows * columns; i++) {
        if (fabs(values[i]) > KITHI_SCALE_VALUE_MAX) {
            *out_bad = i;
            return false;
        }
    }
    for (size_t i = 0; i < columns; i++) {
        size_t known;
        bool differs = find_mean(values + i, rows, columns, &scales[i], &known);
        scales[i].deviation =
            differs ? find_deviation(values + i, rows, columns, &scales[i], known) : 0;
    }
    return true;
}

void kithi_scale_apply(double *row, size_t columns, const kithi_scale *scales) {
    for (size_t i = 0; i < columns; i++) {
        bool says = !isnan(row[i]) && scales[i].deviation > 0;
        row[i] = says ? (counted(&scales[i], row[i]) - scales[i].mean) / scales[i].deviation : 0;
    }
}

double kithi_scale_restore(const kithi_scale *scale, double deviations) {
    double value = scale->mean + deviations * scale->deviation;
    return scale->logarithm ? copysign(expm1(fabs(value)), value) : value;
}
