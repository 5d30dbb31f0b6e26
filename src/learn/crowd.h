/*
 * A crowd: all customers with orders, in numbers, an array each.
 */
#ifndef KITHI_LEARN_CROWD_H
#define KITHI_LEARN_CROWD_H

#include "src/query/crew.h"
#include "src/query/scan_orders.h"

typedef struct kithi_crowd {
    size_t count;
    uint32_t *numbers;               /* of their profiles, ascending */
    int64_t *days, *orders, *micros; /* since the last order; how many; net */
    uint64_t without_orders, without_amounts;
} kithi_crowd;

/* Those whom the crew's condition means; `today` is a day of the store's time zone. Clear it in
 * either case. */
int kithi_crowd_gather(kithi_crew *crew, const kithi_summary_of *events, int64_t today,
                       kithi_crowd *out);
void kithi_crowd_clear(kithi_crowd *crowd);

#endif
