/*
 * Inside of the walk, for the files that it is made of: treewalk.c goes from page to page,
 * treewalk_value.c takes what an entry of a leaf holds.
 */
#ifndef KITHI_STORE_TREEWALK_INSIDE_H
#define KITHI_STORE_TREEWALK_INSIDE_H

#include <string.h>

#include "src/store/treewalk.h"

/* Whether a run of pages lies in the store and in the file; says so where it doesn't. */
bool kithi_treewalk_within(kithi_treewalk *walk, const kithi_tree *tree, uint64_t from,
                           uint64_t number, uint64_t count);
/* Marks a run as reached; *out_new is whether all of it was so for the first time. */
int kithi_treewalk_reach(kithi_treewalk *walk, const kithi_tree *tree, uint64_t from,
                         uint64_t number, uint64_t count, bool *out_new);
/* Reports each entry of a page that is out of bounds or lies over another one. */
void kithi_treewalk_check_nodes(kithi_treewalk *walk, const kithi_tree *tree, uint64_t number,
                                const kithi_page *page);
/* An entry of a leaf: its value, or its duplicates. */
int kithi_treewalk_entry(kithi_treewalk *walk, kithi_tree *tree, uint64_t number,
                         const kithi_page_node *node);

/* The order of the keys of a tree. */
static inline int kithi_tree_compare(const kithi_tree *tree, kithi_pages_bytes a,
                                     kithi_pages_bytes b) {
    if (tree->order == KITHI_ORDER_INTEGER && a.size == sizeof(uint64_t) && b.size == a.size) {
        uint64_t left = kithi_pages_get64(a.data);
        uint64_t right = kithi_pages_get64(b.data);
        return left < right ? -1 : left > right;
    }
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* Tells it where a key has an impossible size or isn't greater than the one before it on its page
 * (no data: none). Each key of a file comes by here. */
static inline void kithi_treewalk_check_key(kithi_treewalk *walk, const kithi_tree *tree,
                                            uint64_t number, kithi_pages_bytes before,
                                            kithi_pages_bytes key) {
    if (key.size == 0 || key.size > KITHI_KEY_MAX_BYTES) {
        kithi_treewalk_problem(walk, tree->name, number, &key, "the key has an impossible size");
        return;
    }
    if (tree->order != KITHI_ORDER_UNKNOWN && before.data != NULL &&
        kithi_tree_compare(tree, before, key) >= 0) {
        kithi_treewalk_problem(walk, tree->name, number, &key, "the keys are not in order");
    }
}

#endif
