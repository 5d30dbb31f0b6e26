#include "src/store/treewalk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_PAGES     32768u /* of a set: 4 KiB of bits */
#define PROGRESS_PAGES  2048u
#define LINE_BYTES      400
#define KEY_SHOWN_BYTES 16

/* Keys of a subtree are at least `low` and less than `high`; no data: no bound. */
typedef struct key_range {
    kithi_pages_bytes low;
    kithi_pages_bytes high;
} key_range;

static int walk_page(kithi_treewalk *walk, kithi_tree *tree, uint64_t from, uint64_t number,
                     unsigned depth, const key_range *range);

/* Sets of pages */

static int set_init(kithi_page_set *set, uint64_t limit) {
    size_t chunk_count = (size_t)((limit + CHUNK_PAGES - 1) / CHUNK_PAGES);
    *set = (kithi_page_set){calloc(chunk_count, sizeof *set->chunks), limit, 0};
    return set->chunks == NULL ? KITH_NO_MEMORY : KITH_OK;
}

static void set_clear(kithi_page_set *set) {
    for (uint64_t i = 0; set->chunks != NULL && i * CHUNK_PAGES < set->limit; i++) {
        free(set->chunks[i]);
    }
    free(set->chunks);
    *set = (kithi_page_set){NULL, 0, 0};
}

static bool set_has(const kithi_page_set *set, uint64_t page) {
    const uint8_t *chunk = set->chunks[page / CHUNK_PAGES];
    return chunk != NULL && (chunk[page % CHUNK_PAGES / 8] >> (page & 7) & 1) != 0;
}

/* The page isn't in the set. */
static int set_add(kithi_page_set *set, uint64_t page) {
    uint8_t **chunk = &set->chunks[page / CHUNK_PAGES];
    if (*chunk == NULL) {
        *chunk = calloc(CHUNK_PAGES / 8, 1);
        if (*chunk == NULL) {
            return KITH_NO_MEMORY;
        }
    }
    (*chunk)[page % CHUNK_PAGES / 8] |= (uint8_t)(1u << (page & 7));
    set->count++;
    return KITH_OK;
}

/* The walk and its problems */

int kithi_treewalk_init(kithi_treewalk *walk, const kithi_pages *pages,
                        const kithi_pages_meta *meta, const kith_check_options *options,
                        kith_error *error) {
    memset(walk, 0, sizeof *walk);
    walk->pages = pages;
    walk->meta = meta;
    walk->options = *options;
    walk->error = error;
    kithi_buffer_init(&walk->value);
    if (set_init(&walk->reached, meta->last_page + 1) != KITH_OK ||
        set_init(&walk->unused, meta->last_page + 1) != KITH_OK) {
        kithi_treewalk_clear(walk);
        return kithi_error_memory(error);
    }
    return KITH_OK;
}

void kithi_treewalk_clear(kithi_treewalk *walk) {
    set_clear(&walk->reached);
    set_clear(&walk->unused);
    kithi_buffer_clear(&walk->value);
    for (size_t i = 0; i < KITHI_TREEWALK_LEVEL_MAX; i++) {
        free(walk->buffers[i]);
        walk->buffers[i] = NULL;
    }
}

/* Appends to a line of LINE_BYTES, and cuts rather than overruns. */
static size_t line_add(char *line, size_t at, const char *format, va_list list) {
    int size = vsnprintf(line + at, LINE_BYTES - at, format, list);
    size_t end = at + (size < 0 ? 0 : (size_t)size);
    return end < LINE_BYTES ? end : LINE_BYTES - 1;
}

static size_t line_put(char *line, size_t at, const char *format, ...) KITHI_PRINTF(3, 4);
static size_t line_put(char *line, size_t at, const char *format, ...) {
    va_list list;
    va_start(list, format);
    at = line_add(line, at, format, list);
    va_end(list);
    return at;
}

static size_t line_put_key(char *line, size_t at, const kithi_pages_bytes *key) {
    size_t shown = key->size < KEY_SHOWN_BYTES ? key->size : KEY_SHOWN_BYTES;
    at = line_put(line, at, ", key ");
    for (size_t i = 0; i < shown; i++) {
        at = line_put(line, at, "%02x", key->data[i]);
    }
    return line_put(line, at, "%s", shown < key->size ? "..." : "");
}

void kithi_treewalk_problem(kithi_treewalk *walk, const char *tree, uint64_t page,
                            const kithi_pages_bytes *key, const char *format, ...) {
    walk->problem_count++;
    if (walk->options.problem == NULL || walk->problem_count > KITHI_TREEWALK_LINES_MAX) {
        return;
    }
    char line[LINE_BYTES];
    size_t at = line_put(line, 0, "%s", tree);
    if (page != 0) {
        at = line_put(line, at, ", page %llu", (unsigned long long)page);
    }
    if (key != NULL) {
        at = line_put_key(line, at, key);
    }
    at = line_put(line, at, ": ");
    va_list list;
    va_start(list, format);
    line_add(line, at, format, list);
    va_end(list);
    walk->options.problem(walk->options.context, line);
}

static int progress(kithi_treewalk *walk) {
    if (walk->options.progress == NULL || walk->reached.count < walk->progress_at) {
        return KITH_OK;
    }
    walk->progress_at = walk->reached.count + PROGRESS_PAGES;
    kith_progress report = {sizeof report, "check", walk->reached.count, walk->meta->last_page + 1,
                            0};
    return walk->options.progress(walk->options.context, &report) == 0
               ? KITH_OK
               : kithi_error_set(walk->error, KITH_INTERRUPTED, "the check was stopped");
}

/* Entering pages */

/* Whether a run of pages lies in the store and in the file; says so where it doesn't. */
static bool run_within(kithi_treewalk *walk, const kithi_tree *tree, uint64_t from, uint64_t number,
                       uint64_t count) {
    uint64_t last = walk->meta->last_page;
    if (number < KITHI_PAGE_FIRST || number > last || count > last - number + 1) {
        kithi_treewalk_problem(walk, tree->name, from, NULL,
                               "refers to %llu pages from page %llu, outside of pages 2 to %llu",
                               (unsigned long long)count, (unsigned long long)number,
                               (unsigned long long)last);
        return false;
    }
    if (number + count > kithi_pages_count(walk->pages)) {
        kithi_treewalk_problem(walk, tree->name, from, NULL,
                               "refers to page %llu, which is past the end of the file",
                               (unsigned long long)(number + count - 1));
        return false;
    }
    return true;
}

/* Marks a run as reached; *out_new is whether all of it was so for the first time. */
static int run_reach(kithi_treewalk *walk, const kithi_tree *tree, uint64_t from, uint64_t number,
                     uint64_t count, bool *out_new) {
    *out_new = true;
    for (uint64_t page = number; page < number + count; page++) {
        if (set_has(&walk->reached, page)) {
            *out_new = false;
            kithi_treewalk_problem(walk, tree->name, from, NULL,
                                   "refers to page %llu, which is in use elsewhere too",
                                   (unsigned long long)page);
            continue;
        }
        if (set_add(&walk->reached, page) != KITH_OK) {
            return kithi_error_memory(walk->error);
        }
        if (set_has(&walk->unused, page)) {
            kithi_treewalk_problem(walk, tree->name, from, NULL,
                                   "refers to page %llu, which is in the free list",
                                   (unsigned long long)page);
        }
    }
    return progress(walk);
}

/* Reads a page to the buffer of the level at hand; *out_bytes is NULL where the file ends too
 * early. */
static int page_load(kithi_treewalk *walk, const kithi_tree *tree, uint64_t number,
                     const uint8_t **out_bytes) {
    size_t size = walk->pages->page_bytes;
    uint8_t **buffer = &walk->buffers[walk->level];
    *out_bytes = NULL;
    if (*buffer == NULL) {
        *buffer = malloc(size);
        if (*buffer == NULL) {
            return kithi_error_memory(walk->error);
        }
    }
    size_t got = 0;
    int code = kithi_pages_read(walk->pages, number * size, *buffer, size, &got, walk->error);
    if (code == KITH_OK && got == size) {
        *out_bytes = *buffer;
    } else if (code == KITH_OK) {
        kithi_treewalk_problem(walk, tree->name, number, NULL, "is past the end of the file");
    }
    return code;
}

/* Whether the header is that of this page of this tree. */
static bool header_sound(kithi_treewalk *walk, const kithi_tree *tree, uint64_t number,
                         const kithi_page *page) {
    if (page->number != number) {
        kithi_treewalk_problem(walk, tree->name, number, NULL, "its header says it is page %llu",
                               (unsigned long long)page->number);
        return false;
    }
    const char *wrong = kithi_page_wrong(page);
    bool leaf = (page->flags & KITHI_PAGE_LEAF) != 0;
    bool fixed = (page->flags & KITHI_PAGE_FIXED) != 0;
    if (wrong == NULL && ((page->flags & KITHI_PAGE_SUB) != 0 || (leaf && fixed != tree->fixed))) {
        wrong = "its flags are those of another kind of tree";
    }
    if (wrong != NULL) {
        kithi_treewalk_problem(walk, tree->name, number, NULL, "%s", wrong);
    }
    return wrong == NULL;
}

/* Entries of a page */

/* Reports each entry that is out of bounds or lies over another one. */
static void check_nodes(kithi_treewalk *walk, const kithi_tree *tree, uint64_t number,
                        const kithi_page *page) {
    size_t count = kithi_page_count(page);
    bool nodes = (page->flags & KITHI_PAGE_FIXED) == 0;
    memset(walk->cover, 0, sizeof walk->cover);
    for (size_t i = 0; nodes && i < count; i++) {
        kithi_page_node node;
        const char *wrong = kithi_page_get(page, i, &node);
        size_t units = wrong == NULL ? (node.bytes + 1) / 2 : 0;
        if (wrong == NULL && memchr(walk->cover + node.offset / 2, 1, units) != NULL) {
            wrong = "lies over another one";
        }
        if (wrong != NULL) {
            kithi_treewalk_problem(walk, tree->name, number, NULL, "entry %zu %s", i, wrong);
            continue;
        }
        memset(walk->cover + node.offset / 2, 1, units);
    }
}

static int compare(const kithi_tree *tree, kithi_pages_bytes a, kithi_pages_bytes b) {
    if (tree->order == KITHI_ORDER_INTEGER && a.size == sizeof(uint64_t) && b.size == a.size) {
        uint64_t left = kithi_pages_get64(a.data);
        uint64_t right = kithi_pages_get64(b.data);
        return left < right ? -1 : left > right;
    }
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* Whether the key has a possible size and is greater than the one before it on its page (no data:
 * none). */
static void check_key(kithi_treewalk *walk, const kithi_tree *tree, uint64_t number,
                      kithi_pages_bytes before, kithi_pages_bytes key) {
    if (key.size == 0 || key.size > KITHI_KEY_MAX_BYTES) {
        kithi_treewalk_problem(walk, tree->name, number, &key, "the key has an impossible size");
        return;
    }
    if (tree->order != KITHI_ORDER_UNKNOWN && before.data != NULL &&
        compare(tree, before, key) >= 0) {
        kithi_treewalk_problem(walk, tree->name, number, &key, "the keys are not in order");
    }
}

static void check_range(kithi_treewalk *walk, const kithi_tree *tree, uint64_t number,
                        kithi_pages_bytes first, kithi_pages_bytes last, const key_range *range) {
    if (tree->order == KITHI_ORDER_UNKNOWN || first.data == NULL) {
        return;
    }
    if (range->low.data != NULL && compare(tree, first, range->low) < 0) {
        kithi_treewalk_problem(walk, tree->name, number, &first,
                               "the key belongs on an earlier page");
    }
    if (range->high.data != NULL && compare(tree, last, range->high) >= 0) {
        kithi_treewalk_problem(walk, tree->name, number, &last, "the key belongs on a later page");
    }
}

static int walk_branch(kithi_treewalk *walk, kithi_tree *tree, const kithi_page *page,
                       unsigned depth, const key_range *range) {
    size_t count = kithi_page_count(page);
    kithi_pages_bytes first = {NULL, 0};
    kithi_pages_bytes before = {NULL, 0};
    /* LMDB aborts the process on such a page, but for one of the free list. */
    if (count < 2 && tree->order != KITHI_ORDER_INTEGER) {
        kithi_treewalk_problem(walk, tree->name, page->number, NULL,
                               "a branch has under two children");
    }
    tree->found.branch_pages++;
    int code = KITH_OK;
    for (size_t i = 0; code == KITH_OK && i < count; i++) {
        kithi_page_node node;
        kithi_page_node next;
        if (kithi_page_get(page, i, &node) != NULL) {
            continue;
        }
        if (i > 0) { /* nothing reads the first key of a branch: it stands for all lower ones */
            check_key(walk, tree, page->number, before, node.key);
            before = node.key;
            first = first.data == NULL ? node.key : first;
        }
        key_range within = {i == 0 ? range->low : node.key, range->high};
        if (i + 1 < count && kithi_page_get(page, i + 1, &next) == NULL) {
            within.high = next.key;
        }
        code = walk_page(walk, tree, page->number, node.child, depth + 1, &within);
    }
    check_range(walk, tree, page->number, first, before, range);
    return code;
}

/* Values */

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
    if (!run_within(walk, tree, from, node->child, needed)) {
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
    *out_pages = run_within(walk, tree, from, node->child, page.run_pages) ? page.run_pages : 0;
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
        code = run_reach(walk, tree, from, node->child, pages, &sound);
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
    check_nodes(walk, tree, number, &page);
    for (size_t i = 0; i < kithi_page_count(&page); i++) {
        kithi_page_node entry;
        if (kithi_page_get(&page, i, &entry) != NULL) {
            continue;
        }
        check_key(walk, &inner, number, before, entry.key);
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

static int walk_node(kithi_treewalk *walk, kithi_tree *tree, uint64_t number,
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

/* What holds for a leaf as a whole. */
static void check_leaf(kithi_treewalk *walk, kithi_tree *tree, const kithi_page *page,
                       unsigned depth) {
    tree->found.leaf_pages++;
    if (tree->found.depth == 0) {
        tree->found.depth = (uint16_t)depth;
    }
    if (tree->found.depth != depth) {
        kithi_treewalk_problem(walk, tree->name, page->number, NULL,
                               "is a leaf at depth %u where others are at depth %u", depth,
                               tree->found.depth);
    }
    if (kithi_page_count(page) == 0) {
        kithi_treewalk_problem(walk, tree->name, page->number, NULL, "is an empty leaf");
    }
    if (tree->fixed && page->pad != tree->value_bytes) {
        kithi_treewalk_problem(walk, tree->name, page->number, NULL,
                               "its values have %u bytes, others have %zu", page->pad,
                               tree->value_bytes);
    }
}

static int walk_leaf(kithi_treewalk *walk, kithi_tree *tree, const kithi_page *page, unsigned depth,
                     const key_range *range) {
    size_t count = kithi_page_count(page);
    kithi_pages_bytes first = {NULL, 0};
    kithi_pages_bytes before = {NULL, 0};
    int code = KITH_OK;
    check_leaf(walk, tree, page, depth);
    for (size_t i = 0; code == KITH_OK && i < count; i++) {
        kithi_page_node node;
        if (kithi_page_get(page, i, &node) != NULL) {
            continue;
        }
        check_key(walk, tree, page->number, before, node.key);
        before = node.key;
        first = first.data == NULL ? node.key : first;
        code = walk_node(walk, tree, page->number, &node);
    }
    check_range(walk, tree, page->number, first, before, range);
    return code;
}

static int walk_page(kithi_treewalk *walk, kithi_tree *tree, uint64_t from, uint64_t number,
                     unsigned depth, const key_range *range) {
    const uint8_t *bytes = NULL;
    bool sound = false;
    kithi_page page;
    if (depth > KITHI_TREE_DEPTH_MAX || walk->level == KITHI_TREEWALK_LEVEL_MAX) {
        kithi_treewalk_problem(walk, tree->name, from, NULL, "the tree is too deep");
        return KITH_OK;
    }
    if (!run_within(walk, tree, from, number, 1)) {
        return KITH_OK;
    }
    int code = run_reach(walk, tree, from, number, 1, &sound);
    if (code == KITH_OK && sound) {
        code = page_load(walk, tree, number, &bytes);
    }
    if (code != KITH_OK || bytes == NULL) {
        return code;
    }
    kithi_page_view(bytes, walk->pages->page_bytes, &page);
    if (!header_sound(walk, tree, number, &page)) {
        return KITH_OK;
    }
    check_nodes(walk, tree, number, &page);
    walk->level++;
    code = page.flags & KITHI_PAGE_BRANCH ? walk_branch(walk, tree, &page, depth, range)
                                          : walk_leaf(walk, tree, &page, depth, range);
    walk->level--;
    return code;
}

/* Trees */

static void check_count(kithi_treewalk *walk, const kithi_tree *tree, const char *what,
                        uint64_t found, uint64_t told) {
    if (found != told) {
        kithi_treewalk_problem(walk, tree->name, 0, NULL,
                               "it has %llu %s, its description says %llu",
                               (unsigned long long)found, what, (unsigned long long)told);
    }
}

static void check_counts(kithi_treewalk *walk, const kithi_tree *tree) {
    const kithi_pages_tree *found = &tree->found;
    const kithi_pages_tree *told = &tree->record;
    check_count(walk, tree, "levels", found->depth, told->depth);
    check_count(walk, tree, "branch pages", found->branch_pages, told->branch_pages);
    check_count(walk, tree, "leaf pages", found->leaf_pages, told->leaf_pages);
    check_count(walk, tree, "overflow pages", found->overflow_pages, told->overflow_pages);
    check_count(walk, tree, "entries", found->entries, told->entries);
}

int kithi_treewalk_run(kithi_treewalk *walk, kithi_tree *tree) {
    const key_range everything = {{NULL, 0}, {NULL, 0}};
    uint64_t problems = walk->problem_count;
    int code = KITH_OK;
    tree->found = (kithi_pages_tree){0};
    if (tree->record.root != KITHI_PAGE_NONE) {
        code = walk_page(walk, tree, 0, tree->record.root, 1, &everything);
    }
    /* What is missing behind a damaged page is no problem of its own. */
    if (code == KITH_OK && walk->problem_count == problems) {
        check_counts(walk, tree);
    }
    return code;
}

/* The free list: transaction number -> count and page numbers, descending */

static int free_page(kithi_treewalk *walk, const kithi_tree *tree, uint64_t number,
                     const kithi_page_node *node, uint64_t page, uint64_t before) {
    const char *wrong = NULL;
    if (page < KITHI_PAGE_FIRST || page > walk->meta->last_page) {
        wrong = "is outside of the store";
    } else if (page >= before) {
        wrong = "is out of order";
    } else if (set_has(&walk->unused, page)) {
        wrong = "is in it twice";
    } else if (set_has(&walk->reached, page)) {
        wrong = "is in use";
    }
    if (wrong != NULL) {
        kithi_treewalk_problem(walk, tree->name, number, &node->key, "page %llu %s",
                               (unsigned long long)page, wrong);
        return KITH_OK;
    }
    return set_add(&walk->unused, page) == KITH_OK ? KITH_OK : kithi_error_memory(walk->error);
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
    while (set_has(&walk->unused, count - 1)) {
        count--;
    }
    return count;
}
