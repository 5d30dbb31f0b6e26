/*
 * The free list: transaction number -> count and page numbers, descending.
 */
#include "src/store/treewalk.h"

static int free_page(kithi_treewalk *walk, const kithi_tree *tree, uint64_t number,
                     const kithi_page_node *node, uint64_t page, uint64_t before) {
    const char *wrong = NULL;
    if (page < KITHI_PAGE_FIRST || page > walk->meta->last_page) {
        wrong = "is outside of the store";
    } else if (page >= before) {
        wrong = "is out of order";
    } else if (kithi_page_set_has(&walk->unused, page)) {
        wrong = "is in it twice";
    } else if (kithi_page_set_has(&walk->reached, page)) {
        wrong = "is in use";
    }
    if (wrong != NULL) {
        kithi_treewalk_problem(walk, tree->name, number, &node->key, "page %llu %s",
                               (unsigned long long)page, wrong);
        return KITH_OK;
    }
    return kithi_page_set_add(&walk->unused, page) == KITH_OK ? KITH_OK
                                                              : kithi_error_memory(walk->error);
}

static int free_list_entry(kithi_treewalk *walk, kithi_tree *tree, uint64_t number,
                           const kithi_page_node *node, kithi_pages_bytes value) {
    uint64_t room = value.size / sizeof(uint64_t);
    uint64_t count = room > 0 ? kithi_pages_get64(value.data) : 0;
    if (node->key.size != sizeof(uint64_t) || value.size % sizeof(uint64_t) != 0 || room == 0 ||
        count > room - 1) {
        kithi_treewalk_problem(walk, tree->name, number, &node->key, "is no list of pages");
        return KITH_OK;
    }
    uint64_t txnid = kithi_pages_get64(node->key.data);
    if (txnid == 0 || txnid > walk->meta->txnid) {
        kithi_treewalk_problem(walk, tree->name, number, &node->key,
                               "transaction %llu has not happened", (unsigned long long)txnid);
    }
    uint64_t before = UINT64_MAX;
    int code = KITH_OK;
    for (uint64_t i = 1; code == KITH_OK && i <= count; i++) {
        uint64_t page = kithi_pages_get64(value.data + i * sizeof(uint64_t));
        code = free_page(walk, tree, number, node, page, before);
        before = page;
    }
    return code;
}

int kithi_treewalk_free_list(kithi_treewalk *walk) {
    kithi_tree tree = {
        .name = "free list",
        .record = walk->meta->free_list,
        .order = KITHI_ORDER_INTEGER,
        .node_flags = KITHI_NODE_OVERFLOW,
        .entry = free_list_entry,
        .table = -1,
    };
    return kithi_treewalk_run(walk, &tree);
}

uint64_t kithi_treewalk_pages_needed(const kithi_treewalk *walk) {
    uint64_t count = walk->meta->last_page + 1;
    while (kithi_page_set_has(&walk->unused, count - 1)) {
        count--;
    }
    return count;
}
