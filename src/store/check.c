#include "src/store/check.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/sized.h"
#include "src/store/checksum.h"
#include "src/store/tables.h"
#include "src/store/treewalk.h"

#define TABLE_NAME_SHOWN_BYTES 40

/* Which tables the main tree was seen to hold. */
typedef struct check_state {
    kithi_treewalk walk;
    bool seen[KITHI_TABLE_COUNT];
} check_state;

/* Tables */

static int check_value(kithi_treewalk *walk, kithi_tree *tree, uint64_t page,
                       const kithi_page_node *node, kithi_pages_bytes value) {
    if (!kithi_checksum_holds((kithi_table)tree->table, node->key.data, node->key.size, value.data,
                              value.size)) {
        kithi_treewalk_problem(walk, tree->name, page, &node->key,
                               "the checksum of a value is wrong");
    }
    return KITH_OK;
}

static int find_table(kithi_pages_bytes name) {
    for (int i = 0; i < KITHI_TABLE_COUNT; i++) {
        if (strlen(kithi_table_names[i]) == name.size &&
            memcmp(kithi_table_names[i], name.data, name.size) == 0) {
            return i;
        }
    }
    return -1;
}

/* "table record"; bytes of a damaged name that can't be shown become '?'. */
static void name_tree(kithi_pages_bytes name, char *out, size_t capacity) {
    static const char prefix[] = "table ";
    size_t at = sizeof prefix - 1;
    memcpy(out, prefix, at);
    for (size_t i = 0; i < name.size && at + 1 < capacity; i++) {
        uint8_t byte = name.data[i];
        out[at++] = byte > ' ' && byte < 0x7f ? (char)byte : '?';
    }
    out[at] = '\0';
}

static kithi_tree table_tree(const char *name, int table, const kithi_pages_tree *record) {
    unsigned flags = record->flags & KITHI_TREE_FLAGS;
    bool duplicates = table < 0 ? (flags & KITHI_TREE_DUPLICATES) != 0 : kithi_table_many[table];
    bool fixed = table < 0 ? (flags & KITHI_TREE_FIXED) != 0 : kithi_table_many[table];
    bool bytewise = (flags & (KITHI_TREE_REVERSE_KEY | KITHI_TREE_INTEGER_KEY)) == 0;
    return (kithi_tree){
        .name = name,
        .record = *record,
        .order = table >= 0 || bytewise ? KITHI_ORDER_BYTES : KITHI_ORDER_UNKNOWN,
        .node_flags = duplicates ? KITHI_NODE_DUPLICATES | KITHI_NODE_TREE : KITHI_NODE_OVERFLOW,
        .many = duplicates && fixed,
        .entry = table >= 0 && kithi_table_checked[table] ? check_value : NULL,
        .table = table,
    };
}

static void check_description(kithi_treewalk *walk, uint64_t page, const kithi_tree *tree) {
    unsigned flags = tree->record.flags & KITHI_TREE_FLAGS;
    unsigned wanted = tree->many ? KITHI_TREE_DUPLICATES | KITHI_TREE_FIXED : 0;
    if (tree->table < 0) {
        kithi_treewalk_problem(walk, tree->name, page, NULL, "kith has no such table");
    } else if (flags != wanted) {
        kithi_treewalk_problem(walk, tree->name, page, NULL, "its flags are 0x%x instead of 0x%x",
                               flags, wanted);
    }
    const char *wrong = kithi_pages_tree_wrong(&tree->record, walk->meta->last_page);
    if (wrong != NULL) {
        kithi_treewalk_problem(walk, tree->name, page, NULL, "%s", wrong);
    }
}

/* An entry of the main tree: a table. */
static int check_table(kithi_treewalk *walk, kithi_tree *main_tree, uint64_t page,
                       const kithi_page_node *node, kithi_pages_bytes value) {
    check_state *state = main_tree->context;
    char name[TABLE_NAME_SHOWN_BYTES];
    kithi_pages_tree record;
    if ((node->flags & KITHI_NODE_TREE) == 0 || value.size != KITHI_TREE_BYTES) {
        kithi_treewalk_problem(walk, main_tree->name, page, &node->key, "an entry is no table");
        return KITH_OK;
    }
    int table = find_table(node->key);
    if (table >= 0) {
        state->seen[table] = true;
    }
    name_tree(node->key, name, sizeof name);
    kithi_pages_tree_decode(value.data, &record);
    kithi_tree tree = table_tree(name, table, &record);
    check_description(walk, page, &tree);
    return kithi_treewalk_run(walk, &tree);
}

static int check_main(check_state *state) {
    kithi_treewalk *walk = &state->walk;
    kithi_tree tree = {
        .name = "main tree",
        .record = walk->meta->main,
        .order = KITHI_ORDER_BYTES,
        .node_flags = KITHI_NODE_TREE,
        .entry = check_table,
        .table = -1,
        .context = state,
    };
    if (tree.record.flags & KITHI_TREE_FLAGS) {
        kithi_treewalk_problem(walk, tree.name, 0, NULL, "its flags are 0x%x instead of 0",
                               tree.record.flags & KITHI_TREE_FLAGS);
    }
    uint64_t problems = walk->problem_count;
    int code = kithi_treewalk_run(walk, &tree);
    /* Behind a damaged page of the main tree all tables may be missing: that page was the problem.
     */
    bool whole = tree.found.entries == tree.record.entries || walk->problem_count == problems;
    for (int i = 0; code == KITH_OK && whole && i < KITHI_TABLE_COUNT; i++) {
        if (!state->seen[i]) {
            kithi_treewalk_problem(walk, tree.name, 0, NULL, "table %s is missing",
                                   kithi_table_names[i]);
        }
    }
    return code;
}

/* Pages that nothing refers to do no harm but are lost for good; behind damage they are no news. */
static void check_leaks(kithi_treewalk *walk) {
    uint64_t known = walk->reached.count + walk->unused.count + KITHI_PAGE_FIRST;
    uint64_t pages = walk->meta->last_page + 1;
    if (walk->problem_count == 0 && known < pages) {
        kithi_treewalk_problem(walk, "file", 0, NULL,
                               "%llu of %llu pages are leaked: neither used nor free",
                               (unsigned long long)(pages - known), (unsigned long long)pages);
    }
}

static int check_trees(check_state *state) {
    int code = kithi_treewalk_free_list(&state->walk);
    if (code == KITH_OK) {
        code = check_main(state);
    }
    if (code == KITH_OK) {
        check_leaks(&state->walk);
    }
    return code;
}

/* The file */

typedef struct reporter {
    const kith_check_options *options;
    uint64_t count;
} reporter;

static void report(reporter *to, const char *text) {
    to->count++;
    if (to->options->problem != NULL) {
        to->options->problem(to->options->context, text);
    }
}

static void report_metas(reporter *to, const kithi_pages_metas *metas) {
    if (!metas->identified[0] && !metas->identified[1]) {
        report(to, "not a kith store: neither of its meta pages has an LMDB header");
        return;
    }
    for (int i = 0; i < 2; i++) {
        if (metas->wrong[i] != NULL) {
            kith_error line = KITH_ERROR_INIT;
            kithi_error_set(&line, KITH_CORRUPT, "meta page %d: %s", i, metas->wrong[i]);
            report(to, line.message);
        }
    }
}

static int check_file(kithi_pages *pages, const kith_check_options *options, uint64_t *out_count,
                      kith_error *error) {
    reporter to = {options, 0};
    kithi_pages_metas metas;
    check_state *state = NULL;
    int code = KITH_OK;
    *out_count = 0;
    if (pages->file_bytes < 2 * KITHI_PAGE_MIN_BYTES) {
        report(&to, "not a kith store: the file is too short for one");
        *out_count = to.count;
        return KITH_OK;
    }
    code = kithi_pages_metas_read(pages, &metas, error);
    if (code != KITH_OK) {
        return code;
    }
    report_metas(&to, &metas);
    if (metas.current >= 0) {
        state = malloc(sizeof *state);
        if (state == NULL) {
            return kithi_error_memory(error);
        }
        memset(state->seen, 0, sizeof state->seen);
        code = kithi_treewalk_init(&state->walk, pages, &metas.meta[metas.current], options, error);
        if (code == KITH_OK) {
            state->walk.problem_count = to.count;
            code = check_trees(state);
            to.count = state->walk.problem_count;
            kithi_treewalk_clear(&state->walk);
        }
        free(state);
    }
    *out_count = to.count;
    return code;
}

int kith_check(const char *path, const kith_check_options *options, uint64_t *out_problem_count,
               kith_error *error) {
    kith_check_options chosen = KITH_CHECK_OPTIONS_INIT;
    kithi_pages pages;
    kith_error reason = KITH_ERROR_INIT;
    uint64_t count = 0;
    if (path == NULL || out_problem_count == NULL) {
        return kithi_error_set(error, KITH_MISUSE, "kith_check needs a path and a count");
    }
    int code = kithi_take(options, &chosen, sizeof chosen, "kith_check", error);
    if (code != KITH_OK) {
        return code;
    }
    code = kithi_pages_open(path, &pages, &reason);
    if (code == KITH_CORRUPT) {
        reporter to = {&chosen, 0};
        report(&to, "not a kith store: it is not a regular file");
        *out_problem_count = to.count;
        return KITH_OK;
    }
    if (code != KITH_OK) {
        kithi_error_copy(error, &reason);
        return code;
    }
    code = check_file(&pages, &chosen, &count, error);
    kithi_pages_close(&pages);
    if (code == KITH_OK) {
        *out_problem_count = count;
    }
    return code;
}

int kithi_check_bytes_needed(const kithi_pages *pages, const kithi_pages_meta *meta,
                             uint64_t *out_bytes, kith_error *error) {
    const kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    kithi_treewalk *walk = malloc(sizeof *walk);
    if (walk == NULL) {
        return kithi_error_memory(error);
    }
    int code = kithi_treewalk_init(walk, pages, meta, &options, error);
    if (code != KITH_OK) {
        goto done;
    }
    code = kithi_treewalk_free_list(walk);
    uint64_t count =
        walk->problem_count == 0 ? kithi_treewalk_pages_needed(walk) : meta->last_page + 1;
    *out_bytes = count * meta->page_bytes;
    kithi_treewalk_clear(walk);
done:
    free(walk);
    return code;
}
