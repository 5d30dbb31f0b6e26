/*
 * Making trees, within the limits of an expression. After a failure `rc` is set; what is asked for
 * then is NULL, and adding NULL to something, or something to NULL, does nothing.
 */
#ifndef KITHI_SEGMENT_TREE_H
#define KITHI_SEGMENT_TREE_H

#include "kith/base.h"
#include "src/segment/node.h"

typedef struct kithi_tree {
    kithi_arena *arena;
    kith_error *error;
    int rc; /* of the first failure */
    size_t node_count;
    size_t stream_count; /* counted by checking */
} kithi_tree;

/* Sets rc, and the error for a place (-1: none) by a text that holds no directives; after a failure
 * neither. */
void kithi_tree_refuse(kithi_tree *tree, int rc, int64_t at, const char *what);
/* Refuses what stands within too much. */
void kithi_tree_too_deep(kithi_tree *tree, int64_t at);
void kithi_tree_no_memory(kithi_tree *tree);

kithi_node *kithi_tree_make(kithi_tree *tree, kithi_op op, size_t at);
void kithi_tree_add(kithi_tree *tree, kithi_node *node, kithi_node *kid);
kithi_stream *kithi_tree_add_stream(kithi_tree *tree, kithi_node *node, size_t at);
/* Notes what a stream of the node holds. */
void kithi_tree_hold(kithi_tree *tree, kithi_node *node, const kithi_node *held);
/* A copy with a NUL behind; "" where memory is out. */
const char *kithi_tree_copy(kithi_tree *tree, const char *data, size_t size);
void kithi_tree_set_text(kithi_tree *tree, kithi_node *node, const char *data, size_t size);
/* A property of an event, or the time of it where the property is called "at"; an attribute. */
kithi_node *kithi_tree_property(kithi_tree *tree, int step, const char *name, size_t at);
kithi_node *kithi_tree_attribute(kithi_tree *tree, const char *name, size_t at);

#endif
