#include "src/score/cholesky.h"

#include <math.h>

void kithi_symmetric(const double *lower, size_t size, double *out) {
    for (size_t i = 0; i < size; i++) {
        for (size_t j = 0; j <= i; j++) {
            out[i * size + j] = out[j * size + i] = lower[i * size + j];
        }
    }
}

bool kithi_cholesky(double *matrix, size_t n) {
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = matrix[i * n + j];
            for (size_t k = 0; k < j; k++) {
                sum -= matrix[i * n + k] * matrix[j * n + k];
            }
            if (i == j && !(sum > 0)) {
                return false;
            }
            matrix[i * n + j] = i == j ? sqrt(sum) : sum / matrix[j * n + j];
        }
    }
    return true;
}

void kithi_cholesky_solve(const double *lower, size_t n, double *b) {
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            b[i] -= lower[i * n + k] * b[k];
        }
        b[i] /= lower[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++) {
            b[i] -= lower[k * n + i] * b[k];
        }
        b[i] /= lower[i * n + i];
    }
}
