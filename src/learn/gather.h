/*
 * Gathering: something is asked of each customer, by several threads; what comes out is in the
 * order of the customers' numbers, whichever thread asked.
 */
#ifndef KITHI_LEARN_GATHER_H
#define KITHI_LEARN_GATHER_H

#include "src/query/crew.h"
#include "src/query/scan_orders.h"

typedef struct kithi_gather_plan {
    const kith_expression *where; /* of whom; NULL: everybody */
    int64_t now_us;
    unsigned threads;
    kith_progress_fn progress;
    void *context;
    size_t item_bytes; /* of what is known of one */
    /* Of orders, by the columns of their events: makes an item, which is all zero, of what they
     * come to; false: there is nothing to take. NULL: the customer is asked. */
    const kithi_summary_of *orders;
    bool (*sum_up)(void *asker, const kithi_summary *orders, void *item);
    /* Works out an item, which is all zero, of the customer that the executor holds; *out_take
     * false: there is nothing to take. Texts of it may be appended to a buffer: the item says where
     * they begin there. */
    int (*ask)(void *asker, kithi_executor *executor, int64_t now_us, void *item,
               kithi_buffer *texts, bool *out_take);
    void *asker;
} kithi_gather_plan;

typedef struct kithi_gathered {
    void *items;        /* malloc'ed */
    uint32_t *profiles; /* malloc'ed: whose each is */
    char *texts;        /* malloc'ed */
    size_t *text_bases; /* malloc'ed: where each one's buffer begins in them */
    size_t count;
    uint64_t asked_count; /* of whom nothing was to be taken, too */
} kithi_gathered;

/* KITH_OK; KITH_INTERRUPTED; KITH_NO_MEMORY; what asking returns. */
int kithi_gather(kith_txn *txn, const kithi_gather_plan *plan, kithi_gathered *out);
void kithi_gathered_clear(kithi_gathered *gathered);

#endif
