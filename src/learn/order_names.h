/*
 * Which events are orders, which property says what they came to: as people name them, or as
 * stores mostly call them.
 */
#ifndef KITHI_LEARN_ORDER_NAMES_H
#define KITHI_LEARN_ORDER_NAMES_H

#include "src/query/scan_orders.h"
#include "src/store/txn.h"

/* NULL: as it is mostly called, and refunds: there are none. */
typedef struct kithi_order_names {
    const char *event, *amount, *refund;
} kithi_order_names;

/* Also fills in the names that are NULL; refund stays. KITH_OK; KITH_INVALID: there is no such
 * name, or it can't be told which is meant. */
int kithi_order_names_find(kith_txn *txn, kithi_order_names *names, kithi_order_events *out);

#endif
