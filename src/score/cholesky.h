/*
 * Symmetric positive definite matrices, row by row.
 */
#ifndef KITHI_SCORE_CHOLESKY_H
#define KITHI_SCORE_CHOLESKY_H

#include <stdbool.h>
#include <stddef.h>

/* The whole of a matrix of which the lower triangle is given. */
void kithi_symmetric(const double *lower, size_t size, double *out);
/* The lower triangle L with L L' = matrix takes the place of the matrix's own, above which nothing
 * is looked at. False: it is not positive definite. */
bool kithi_cholesky(double *matrix, size_t size);
/* Solves L L' x = b in place. */
void kithi_cholesky_solve(const double *lower, size_t size, double *b);

#endif
