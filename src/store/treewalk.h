/*
 * Walks the B+trees of a store's file page by page, and tells each thing that is wrong. It never
 * trusts a number of the file: each page is entered at most once, depth is bounded, and memory is
 * that of a path from a root to a leaf, one value, and two bits a page. A problem never ends the
 * walk; only a code other than KITH_OK does.
 */
#ifndef KITHI_STORE_TREEWALK_H
#define KITHI_STORE_TREEWALK_H

#include "kith/store.h"

#include "src/base/buffer.h"
#include "src/base/error.h"
#include "src/store/page_set.h"
#include "src/store/pages.h"

/* The main tree holds tables, and those hold trees of duplicates. */
#define KITHI_TREEWALK_LEVEL_MAX       (3 * KITHI_TREE_DEPTH_MAX)
#define KITHI_TREEWALK_LINES_MAX       1000u
#define KITHI_TREEWALK_VALUE_MAX_BYTES ((uint32_t)256 << 20)

typedef struct kithi_treewalk {
    const kithi_pages *pages;
    const kithi_pages_meta *meta;
    kith_check_options options;
    kith_error *error;
    uint64_t problem_count;
    uint64_t progress_at;
    kithi_page_set reached;
    kithi_page_set unused; /* in the free list */
    kithi_buffer value;    /* the last value read from overflow pages */
    unsigned level;
    uint8_t *buffers[KITHI_TREEWALK_LEVEL_MAX];
    uint8_t cover[KITHI_PAGE_MAX_BYTES / 2]; /* of the page at hand: two bytes each */
} kithi_treewalk;

typedef enum kithi_tree_order {
    KITHI_ORDER_BYTES,
    KITHI_ORDER_INTEGER,
    KITHI_ORDER_UNKNOWN /* not checked */
} kithi_tree_order;

typedef struct kithi_tree kithi_tree;

/*
 * Told of each entry of a leaf that isn't a set of duplicates, with its whole value, which is
 * borrowed until it returns. Returns KITH_OK to go on.
 */
typedef int (*kithi_tree_entry_fn)(kithi_treewalk *walk, kithi_tree *tree, uint64_t page,
                                   const kithi_page_node *node, kithi_pages_bytes value);

struct kithi_tree {
    const char *name;        /* "table record": problems begin with it */
    kithi_pages_tree record; /* what the file says of it; the walk compares */
    kithi_tree_order order;
    unsigned node_flags;       /* that its leaves may have */
    bool fixed;                /* its leaves have no nodes: a tree of duplicates of one size */
    bool many;                 /* each key has one or more values of one size */
    size_t value_bytes;        /* that size; 0: as the first one that is seen */
    kithi_tree_entry_fn entry; /* NULL: values aren't read */
    int table;                 /* for entry, as is context */
    void *context;
    kithi_pages_tree found; /* counted by the walk */
};

/* Both must have been read. options: the whole struct. KITH_OK; KITH_NO_MEMORY. */
int kithi_treewalk_init(kithi_treewalk *walk, const kithi_pages *pages,
                        const kithi_pages_meta *meta, const kith_check_options *options,
                        kith_error *error);
void kithi_treewalk_clear(kithi_treewalk *walk);

/* Reports a problem: page 0 and key NULL mean that it isn't about one. */
void kithi_treewalk_problem(kithi_treewalk *walk, const char *tree, uint64_t page,
                            const kithi_pages_bytes *key, const char *format, ...)
    KITHI_PRINTF(5, 6);
/* Walks all of a tree. KITH_OK, whatever is wrong with it; KITH_IO; KITH_INTERRUPTED;
 * KITH_NO_MEMORY. */
int kithi_treewalk_run(kithi_treewalk *walk, kithi_tree *tree);
/* Walks the free list: fills walk->unused. */
int kithi_treewalk_free_list(kithi_treewalk *walk);
/* After that: how many pages a file needs to hold all that aren't in the free list. */
uint64_t kithi_treewalk_pages_needed(const kithi_treewalk *walk);

#endif
