/*
 * Whether what a model foresaw came true: customers as they were at the end of the time that it was
 * learnt from, and what they bought in a time after it.
 */
#ifndef KITHI_SCORE_CALIBRATION_H
#define KITHI_SCORE_CALIBRATION_H

#include "src/score/buyers.h"

#define KITHI_CALIBRATION_GROUPS 8 /* by repeat purchases before: 0, 1, ... and 7 or more */

typedef struct kithi_calibration_group {
    double customers;
    double actual, expected; /* purchases a customer in the time after; 0 of nobody */
} kithi_calibration_group;

typedef struct kithi_calibration {
    kithi_calibration_group groups[KITHI_CALIBRATION_GROUPS];
    kithi_calibration_group all;
    double error; /* by how many purchases a customer's number was missed, on average */
    double bias;  /* and with its sign: expected less actual */
    double alive; /* mean chance that a customer is still there */
} kithi_calibration;

/* `actual` are the purchases of each in `time`; customers needn't be compressed, and each counts by
 * his weight. */
kithi_calibration kithi_buyers_calibrate(const kithi_buyers *model, const kithi_repeat *customers,
                                         const uint32_t *actual, size_t count, double time);

#endif
