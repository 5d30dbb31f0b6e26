/*
 * Learners: what a kind of score learns of the customers. Each stands in a file of its own.
 */
#ifndef KITHI_LEARN_LEARNER_H
#define KITHI_LEARN_LEARNER_H

#include <jansson.h>

#include "kith/learn.h"
#include "src/learn/gather.h"
#include "src/segment/plans.h"

typedef struct kithi_learner {
    kith_txn *txn;
    const kithi_plan *plan; /* of the score */
    const kith_expression *where;
    kith_fit_options options;
    json_t *fitted; /* what is learnt goes in here; it says already who and when */
    uint64_t customer_count;
} kithi_learner;

/* KITH_OK; KITH_INVALID (these customers don't tell: the message says why), and so on. */
typedef int kithi_learn(kithi_learner *learner);

kithi_learn kithi_learn_chance;
kithi_learn kithi_learn_clusters;
kithi_learn kithi_learn_lifecycle;
kithi_learn kithi_learn_repeat;
kithi_learn kithi_learn_rfm;
kithi_learn kithi_learn_tiers;

/* Asks something of each customer. */
int kithi_learner_gather(kithi_learner *learner, size_t item_bytes,
                         int (*ask)(void *asker, kithi_executor *executor, int64_t now_us,
                                    void *item, kithi_buffer *texts, bool *out_take),
                         void *asker, kithi_gathered *out);
/* The same of what the orders that the score asks for come to. */
int kithi_learner_gather_orders(kithi_learner *learner, int64_t now_us, size_t item_bytes,
                                bool (*sum_up)(void *asker, const kithi_summary *orders,
                                               void *item),
                                void *asker, kithi_gathered *out);
/* The day of a time in the store's time zone. */
int kithi_learner_day(kithi_learner *learner, int64_t time_us, int64_t *out_day);
/* Tells of the fit how many of its steps are done: an ear's of workers, and a learner's. What is
 * not 0 ends the fit. */
int kithi_learner_tell(void *learner, size_t done, size_t count);
/* KITH_INTERRUPTED, of a fit that was ended so. */
int kithi_learner_stopped(kithi_learner *learner);
/* Refuses to learn. */
__attribute__((format(printf, 2, 3))) int kithi_learner_refuse(kithi_learner *learner,
                                                               const char *format, ...);
/* Puts what was learnt under a key; takes the value, of which NULL means that memory is out. */
int kithi_learner_put(kithi_learner *learner, json_t *object, const char *key, json_t *value);
/* A number that is finite; else none. */
json_t *kithi_learner_real(double value);
/* A list of such numbers; NULL: memory is out. */
json_t *kithi_learner_reals(const double *values, size_t count);

#endif
