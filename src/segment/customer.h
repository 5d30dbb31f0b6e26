/*
 * Inside of the executor: the facts of the customer at hand, read when they are first asked for.
 */
#ifndef KITHI_SEGMENT_CUSTOMER_H
#define KITHI_SEGMENT_CUSTOMER_H

#include "src/segment/executor.h"

/* What an attribute or a property says: mostly one value. A list stands for its items. */
typedef struct kithi_values {
    kithi_operand first;
    kithi_operand *others; /* in the arena */
    size_t count, capacity;
} kithi_values;

static inline const kithi_operand *kithi_values_at(const kithi_values *values, size_t i) {
    return i == 0 ? &values->first : &values->others[i - 1];
}

/* The values of an attribute, or what stands in them at a path. KITH_OK; KITH_NO_MEMORY;
 * KITH_CORRUPT. */
int kithi_customer_values(kithi_executor *executor, int attribute, const char *inside,
                          kithi_values *out);
/* The same of a property of an event. */
int kithi_happening_values(kithi_executor *executor, const kithi_happening *event, int property,
                           const char *inside, kithi_values *out);
/* All events of a type, those that lie ahead too. */
int kithi_customer_events(kithi_executor *executor, int type, kithi_happenings *out);

#endif
