/*
 * Which events are orders, which property says what they came to, or what was bought: as people
 * name them, or as
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
int kithi_order_names_find(kith_txn *txn, kithi_order_names *names, kithi_summary_of *out);
/* The same of events in which something is bought, and of their property that says what; the names
 * that are NULL are filled in. */
int kithi_bought_names_find(kith_txn *txn, const char **event, const char **item, int *out_event);
/* A property, or the longest one that a path begins with: then the rest, which is borrowed from the
 * name, is inside of it; else NULL. KITH_OK; KITH_INVALID. */
int kithi_property_find(kith_txn *txn, const char *name, int *out, const char **out_inside);

#endif
