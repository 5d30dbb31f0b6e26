#include "src/score/reach.h"

#include <math.h>
#include <stdbool.h>

#define STEPS_MAX 200
#define ENOUGH    1e-9 /* of the distance at first */

typedef struct bracket {
    double low, high;             /* places */
    double low_value, high_value; /* the function there, less what is wanted */
} bracket;

/* By the secant, where an end that stays is held for half as much (Illinois); every third step
 * halves, so that it ends. */
static double next_try(const bracket *b, int step) {
    double secant = b->high - b->high_value * (b->high - b->low) / (b->high_value - b->low_value);
    bool inside = secant > b->low && secant < b->high;
    return step % 3 == 2 || !inside ? (b->low + b->high) / 2 : secant;
}

double kithi_reach(kithi_rising *function, const void *context, double wanted, double low,
                   double high) {
    bracket b = {low, high, function(context, low) - wanted, function(context, high) - wanted};
    int side = 0;
    for (int i = 0; i < STEPS_MAX && b.high - b.low > ENOUGH * (high - low); i++) {
        double at = next_try(&b, i), value = function(context, at) - wanted;
        if (value >= 0) {
            b.high = at;
            b.high_value = value;
            b.low_value /= side > 0 ? 2 : 1;
            side = 1;
        } else {
            b.low = at;
            b.low_value = value;
            b.high_value /= side < 0 ? 2 : 1;
            side = -1;
        }
    }
    return b.high;
}
