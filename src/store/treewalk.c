#include "src/store/treewalk_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    if (kithi_page_set_init(&walk->reached, meta->last_page + 1) != KITH_OK ||
        kithi_page_set_init(&walk->unused, meta->last_page + 1) != KITH_OK) {
        kithi_treewalk_clear(walk);
        return kithi_error_memory(error);
    }
    return KITH_OK;
}

void kithi_treewalk_clear(kithi_treewalk *walk) {
    kithi_page_set_clear(&walk->reached);
    kithi_page_set_clear(&walk->unused);
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

bool kithi_treewalk_within(kithi_treewalk *walk, const kithi_tree *tree, uint64_t from,
                           uint64_t number, uint64_t count) {
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

int kithi_treewalk_reach(kithi_treewalk *walk, const kithi_tree *tree, uint64_t from,
                         uint64_t number, uint64_t count, bool *out_new) {
    *out_new = true;
    for (uint64_t page = number; page < number + count; page++) {
        if (kithi_page_set_has(&walk->reached, page)) {
            *out_new = false;
            kithi_treewalk_problem(walk, tree->name, from, NULL,
                                   "refers to page %llu, which is in use elsewhere too",
                                   (unsigned long long)page);
            continue;
        }
        if (kithi_page_set_add(&walk->reached, page) != KITH_OK) {
            return kithi_error_memory(walk->error);
        }
        if (kithi_page_set_has(&walk->unused, page)) {
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

void kithi_treewalk_check_nodes(kithi_treewalk *walk, const kithi_tree *tree, uint64_t number,
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

static void check_range(kithi_treewalk *walk, const kithi_tree *tree, uint64_t number,
                        kithi_pages_bytes first, kithi_pages_bytes last, const key_range *range) {
    if (tree->order == KITHI_ORDER_UNKNOWN || first.data == NULL) {
        return;
    }
    if (range->low.data != NULL && kithi_tree_compare(tree, first, range->low) < 0) {
        kithi_treewalk_problem(walk, tree->name, number, &first,
                               "the key belongs on an earlier page");
    }
    if (range->high.data != NULL && kithi_tree_compare(tree, last, range->high) >= 0) {
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
            kithi_treewalk_check_key(walk, tree, page->number, before, node.key);
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
        kithi_treewalk_check_key(walk, tree, page->number, before, node.key);
        before = node.key;
        first = first.data == NULL ? node.key : first;
        code = kithi_treewalk_entry(walk, tree, page->number, &node);
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
    if (!kithi_treewalk_within(walk, tree, from, number, 1)) {
        return KITH_OK;
    }
    int code = kithi_treewalk_reach(walk, tree, from, number, 1, &sound);
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
    kithi_treewalk_check_nodes(walk, tree, number, &page);
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
