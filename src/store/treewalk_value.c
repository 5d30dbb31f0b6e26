/*
 * What an entry of a leaf holds: a value in the page, a value on overflow pages, or duplicates in a
 * page or a tree of their own.
 */
#include "src/store/treewalk_inside.h"

static void check_value_size(kithi_treewalk *walk, kithi_tree *tree, uint64_t number,
                             const kithi_pages_bytes *key, size_t size) {
    if (tree->value_bytes == 0) {
        tree->value_bytes = size;
    }
    if (size == 0 || size != tree->value_bytes) {
        kithi_treewalk_problem(walk, tree->name, number, key,
                               "a value has %zu bytes, others have %zu", size, tree->value_bytes);
    }
}

/* The header of the first page of an overflow run; 0 pages where it can't be one. */
static int overflow_length(kithi_treewalk *walk, const kithi_tree *tree, uint64_t from,
                           const kithi_page_node *node, uint64_t *out_pages) {
    uint64_t page_bytes = walk->pages->page_bytes;
    uint64_t needed = (KITHI_PAGE_HEADER_BYTES - 1 + (uint64_t)node->value_bytes) / page_bytes + 1;
    uint8_t bytes[KITHI_PAGE_HEADER_BYTES];
    kithi_page page;
    size_t got = 0;
    *out_pages = 0;
    if (!kithi_treewalk_within(walk, tree, from, node->child, needed)) {
        return KITH_OK;
    }
    int code = kithi_pages_read(walk->pages, node->child * page_bytes, bytes, sizeof bytes, &got,
                                walk->error);
    if (code != KITH_OK || got < sizeof bytes) {
        return code;
    }
    kithi_page_view(bytes, sizeof bytes, &page);
    /* A value that was replaced by a shorter one keeps its pages, so the run may be too long but
     * not by any length. */
    if (page.number != node->child || page.flags != KITHI_PAGE_OVERFLOW ||
        page.run_pages < needed || page.run_pages > UINT32_MAX / page_bytes + 1) {
        kithi_treewalk_problem(walk, tree->name, node->child, &node->key,
                               "is not the first of %llu overflow pages",
                               (unsigned long long)needed);
        return KITH_OK;
    }
    *out_pages =
        kithi_treewalk_within(walk, tree, from, node->child, page.run_pages) ? page.run_pages : 0;
    return KITH_OK;
}

static int overflow_read(kithi_treewalk *walk, const kithi_page_node *node,
                         kithi_pages_bytes *out) {
    uint64_t offset = node->child * walk->pages->page_bytes + KITHI_PAGE_HEADER_BYTES;
    size_t got = 0;
    kithi_buffer_reset(&walk->value);
    uint8_t *bytes = kithi_buffer_grow(&walk->value, (size_t)node->value_bytes + 1);
    if (bytes == NULL) {
        return kithi_error_memory(walk->error);
    }
    int code = kithi_pages_read(walk->pages, offset, bytes, node->value_bytes, &got, walk->error);
    if (code == KITH_OK && got == node->value_bytes) {
        *out = (kithi_pages_bytes){bytes, got};
    }
    return code;
}

/* Marks the overflow pages of a value, and reads it where somebody wants it; else *out has no data.
 */
static int overflow_load(kithi_treewalk *walk, kithi_tree *tree, uint64_t from,
                         const kithi_page_node *node, kithi_pages_bytes *out) {
    uint64_t pages = 0;
    bool sound = false;
    *out = (kithi_pages_bytes){NULL, 0};
    int code = overflow_length(walk, tree, from, node, &pages);
    if (code == KITH_OK && pages > 0) {
        code = kithi_treewalk_reach(walk, tree, from, node->child, pages, &sound);
    }
    if (code != KITH_OK || !sound) {
        return code;
    }
    tree->found.overflow_pages += pages;
    if (tree->entry == NULL) {
        return KITH_OK;
    }
    if (node->value_bytes > KITHI_TREEWALK_VALUE_MAX_BYTES) {
        kithi_treewalk_problem(walk, tree->name, from, &node->key,
                               "a value of %u bytes is too large", node->value_bytes);
        return KITH_OK;
    }
    return overflow_read(walk, node, out);
}

static int walk_value(kithi_treewalk *walk, kithi_tree *tree, uint64_t number,
                      const kithi_page_node *node) {
    kithi_pages_bytes value = node->data;
    tree->found.entries++;
    if (tree->many) {
        check_value_size(walk, tree, number, &node->key, node->data.size);
    }
    if (node->flags & KITHI_NODE_OVERFLOW) {
        int code = overflow_load(walk, tree, number, node, &value);
        if (code != KITH_OK) {
            return code;
        }
    }
    if (tree->entry == NULL || value.data == NULL) {
        return KITH_OK;
    }
    return tree->entry(walk, tree, number, node, value);
}

/* Duplicates in a page of their own inside the node. */
static void walk_sub_page(kithi_treewalk *walk, kithi_tree *tree, uint64_t number,
                          const kithi_page_node *node) {
    kithi_tree inner = {.name = tree->name, .order = KITHI_ORDER_BYTES};
    kithi_pages_bytes before = {NULL, 0};
    kithi_page page;
    const char *wrong = "its duplicates have no page";
    if (node->data.size >= KITHI_PAGE_HEADER_BYTES) {
        kithi_page_view(node->data.data, node->data.size, &page);
        wrong = kithi_page_wrong(&page);
    }
    if (wrong == NULL && ((page.flags & KITHI_PAGE_SUB) == 0 || kithi_page_count(&page) == 0 ||
                          ((page.flags & KITHI_PAGE_FIXED) != 0) != tree->many)) {
        wrong = "its duplicates are not on a page of their kind";
    }
    if (wrong != NULL) {
        kithi_treewalk_problem(walk, tree->name, number, &node->key, "%s", wrong);
        return;
    }
    kithi_treewalk_check_nodes(walk, tree, number, &page);
    for (size_t i = 0; i < kithi_page_count(&page); i++) {
        kithi_page_node entry;
        if (kithi_page_get(&page, i, &entry) != NULL) {
            continue;
        }
        kithi_treewalk_check_key(walk, &inner, number, before, entry.key);
        before = entry.key;
        if (tree->many) {
            check_value_size(walk, tree, number, &node->key, entry.key.size);
        }
        tree->found.entries++;
    }
}

/* Duplicates in a tree of their own. */
static int walk_sub_tree(kithi_treewalk *walk, kithi_tree *tree, uint64_t number,
                         const kithi_page_node *node) {
    kithi_tree inner = {
        .name = tree->name,
        .order = KITHI_ORDER_BYTES,
        .fixed = tree->many,
        .value_bytes = tree->value_bytes,
    };
    if (node->data.size != KITHI_TREE_BYTES) {
        kithi_treewalk_problem(walk, tree->name, number, &node->key, "its duplicates have no tree");
        return KITH_OK;
    }
    kithi_pages_tree_decode(node->data.data, &inner.record);
    if (inner.record.root == KITHI_PAGE_NONE ||
        (inner.record.flags & KITHI_TREE_FLAGS) != (inner.fixed ? KITHI_TREE_FIXED : 0)) {
        kithi_treewalk_problem(walk, tree->name, number, &node->key,
                               "the tree of its duplicates is impossible");
        return KITH_OK;
    }
    if (inner.fixed) {
        check_value_size(walk, tree, number, &node->key, inner.record.pad);
    }
    inner.value_bytes = tree->value_bytes;
    int code = kithi_treewalk_run(walk, &inner);
    tree->found.entries += inner.found.entries;
    return code;
}

int kithi_treewalk_entry(kithi_treewalk *walk, kithi_tree *tree, uint64_t number,
                         const kithi_page_node *node) {
    bool duplicates = (node->flags & KITHI_NODE_DUPLICATES) != 0;
    bool subtree = (node->flags & KITHI_NODE_TREE) != 0;
    bool allowed = (node->flags & ~tree->node_flags) == 0;
    if (subtree && !duplicates && (tree->node_flags & KITHI_NODE_DUPLICATES) != 0) {
        allowed = false; /* a tree in a table with duplicates is one of duplicates */
    }
    if (!allowed) {
        kithi_treewalk_problem(walk, tree->name, number, &node->key, "an entry has flags 0x%x",
                               node->flags);
        return KITH_OK;
    }
    if (!duplicates) {
        return walk_value(walk, tree, number, node);
    }
    if (subtree) {
        return walk_sub_tree(walk, tree, number, node);
    }
    walk_sub_page(walk, tree, number, node);
    return KITH_OK;
}
