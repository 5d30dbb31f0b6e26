/*
 * A compiled expression: a checked tree, and the memory that it lives in.
 */
#ifndef KITHI_SEGMENT_EXPRESSION_H
#define KITHI_SEGMENT_EXPRESSION_H

#include <stdatomic.h>

#include "kith/segment.h"
#include "src/segment/mentions.h"

typedef struct kithi_mentioned {
    kithi_mention kind;
    const char *name;
} kithi_mentioned;

struct kith_expression {
    atomic_uint other_holders; /* the last one who frees it ends it */
    kithi_arena arena;
    kithi_node *root;
    bool condition; /* it is true or false */
    size_t stream_count;
    kithi_mentioned *mentions; /* each once */
    size_t mention_count, mention_capacity;
};

/* What a sort is called for whoever asks what something gives: "number", "text", ... */
const char *kithi_gives(kithi_sort sort);
/* An empty one; NULL: memory is out. */
kith_expression *kithi_expression_make(void);
/* Keeps it alive until one more kith_expression_free(). */
kith_expression *kithi_expression_hold(const kith_expression *expression);
/* Lists what it mentions. False: memory is out. */
bool kithi_expression_list(kith_expression *expression);
/* Whether it mentions this name; of a score by any of its outputs. */
bool kithi_expression_mentions(const kith_expression *expression, kithi_mention kind,
                               const char *name);

#endif
