#include "src/score/calibration.h"

#include <math.h>

static void add(kithi_calibration_group *g, double weight, double actual, double expected) {
    g->customers += weight;
    g->actual += weight * actual;
    g->expected += weight * expected;
}

static void take_means(kithi_calibration_group *g) {
    g->actual /= g->customers > 0 ? g->customers : 1;
    g->expected /= g->customers > 0 ? g->customers : 1;
}

kithi_calibration kithi_buyers_calibrate(const kithi_buyers *m, const kithi_repeat *customers,
                                         const uint32_t *actual, size_t count, double time) {
    kithi_calibration c = {.error = 0};
    for (size_t i = 0; i < count; i++) {
        const kithi_repeat *one = &customers[i];
        double expected = kithi_buyers_expected(m, one, time);
        uint32_t last = KITHI_CALIBRATION_GROUPS - 1;
        add(&c.groups[one->frequency < last ? one->frequency : last], one->weight, actual[i],
            expected);
        add(&c.all, one->weight, actual[i], expected);
        c.error += one->weight * fabs(expected - actual[i]);
        c.alive += one->weight * kithi_buyers_alive(m, one);
    }
    c.error /= c.all.customers > 0 ? c.all.customers : 1;
    c.alive /= c.all.customers > 0 ? c.all.customers : 1;
    for (size_t i = 0; i < KITHI_CALIBRATION_GROUPS; i++) {
        take_means(&c.groups[i]);
    }
    take_means(&c.all);
    c.bias = c.all.expected - c.all.actual;
    return c;
}
