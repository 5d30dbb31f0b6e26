#include "src/store/probe.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/error.h"
#include "src/store/check.h"
#include "src/store/pages.h"
#include "src/store/tables.h"

#define ATTEMPTS_MAX 16

typedef struct probe {
    const char *path;
    kithi_pages pages;
    kithi_pages_metas metas;
    kith_error *error;
} probe;

static int no_store(probe *at, const char *why) {
    return kithi_error_set(at->error, KITH_CORRUPT, "%s is not a kith store: %s", at->path, why);
}

static int damaged(probe *at, uint64_t page, const char *why) {
    int64_t position = (int64_t)(page * at->pages.page_bytes);
    return kithi_error_set_at(at->error, KITH_CORRUPT, position,
                              "%s is damaged: page %llu: %s; restore a backup", at->path,
                              (unsigned long long)page, why);
}

/* For people who open the wrong file. */
static int say_what_it_is(probe *at) {
    char bytes[64];
    size_t size = 0;
    size_t printable = 0;
    int code = kithi_pages_read(&at->pages, 0, bytes, sizeof bytes, &size, at->error);
    if (code != KITH_OK) {
        return code;
    }
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        printable += (byte >= ' ' && byte != 0x7f) || (byte >= '\t' && byte <= '\r') ? 1 : 0;
    }
    if (size > 0 && printable == size) {
        return no_store(at, "it looks like a text file");
    }
    return no_store(at, "it has no LMDB header");
}

/* LMDB makes both meta pages before anything else: one without the other is a store that never was.
 */
static bool is_unfinished(const probe *at) {
    const kithi_pages_meta *first = &at->metas.meta[0];
    return at->metas.identified[0] && at->metas.wrong[0] == NULL && first->txnid == 0 &&
           at->pages.file_bytes < 2 * (uint64_t)first->page_bytes;
}

static int probe_metas(probe *at) {
    const kithi_pages_metas *metas = &at->metas;
    int code = kithi_pages_metas_read(&at->pages, &at->metas, at->error);
    if (code != KITH_OK) {
        return code;
    }
    if (!metas->identified[0] && !metas->identified[1]) {
        return say_what_it_is(at);
    }
    if (is_unfinished(at)) {
        return kithi_error_set(at->error, KITH_CORRUPT,
                               "%s is unfinished: the process that made it died; it holds nothing, "
                               "remove it",
                               at->path);
    }
    int wrong = metas->wrong[0] != NULL ? 0 : 1;
    if (metas->mapped >= 0) {
        wrong = metas->mapped;
    }
    if (metas->mapped < 0 || metas->wrong[wrong] != NULL) {
        return kithi_error_set_at(at->error, KITH_CORRUPT, 0,
                                  "%s is damaged: meta page %d: %s; restore a backup", at->path,
                                  wrong, metas->wrong[wrong]);
    }
    at->pages.page_bytes = metas->meta[metas->mapped].page_bytes;
    return KITH_OK;
}

static int probe_size(probe *at) {
    const kithi_pages_meta *meta = &at->metas.meta[at->metas.mapped];
    uint64_t needed = (meta->last_page + 1) * meta->page_bytes;
    int code = kithi_pages_measure(&at->pages, at->error);
    if (code == KITH_OK && at->pages.file_bytes < needed) {
        code = kithi_check_bytes_needed(&at->pages, meta, &needed, at->error);
    }
    if (code != KITH_OK || at->pages.file_bytes >= needed) {
        return code;
    }
    return kithi_error_set(
        at->error, KITH_CORRUPT,
        "%s is truncated: it has %llu bytes and should have at least %llu; restore a backup",
        at->path, (unsigned long long)at->pages.file_bytes, (unsigned long long)needed);
}

/* Reads the root of a tree; *out_page has no bytes where the tree is empty. */
static int probe_root(probe *at, const kithi_pages_tree *tree, uint8_t *buffer,
                      kithi_page *out_page) {
    const kithi_pages_meta *meta = &at->metas.meta[at->metas.mapped];
    size_t page_bytes = meta->page_bytes;
    size_t size = 0;
    *out_page = (kithi_page){0};
    const char *wrong = kithi_pages_tree_wrong(tree, meta->last_page);
    if (tree->root == KITHI_PAGE_NONE && wrong == NULL) {
        return KITH_OK;
    }
    if (wrong != NULL) {
        return damaged(at, tree->root <= meta->last_page ? tree->root : 0, wrong);
    }
    int code =
        kithi_pages_read(&at->pages, tree->root * page_bytes, buffer, page_bytes, &size, at->error);
    if (code != KITH_OK) {
        return code;
    }
    if (size < page_bytes) {
        return damaged(at, tree->root, "the file ends before it");
    }
    kithi_page_view(buffer, page_bytes, out_page);
    wrong = kithi_page_wrong(out_page);
    bool leaf = (out_page->flags & KITHI_PAGE_LEAF) != 0;
    if (out_page->number != tree->root || (wrong == NULL && leaf != (tree->depth == 1))) {
        wrong = "it is not the root of a tree";
    }
    return wrong == NULL ? KITH_OK : damaged(at, tree->root, wrong);
}

static bool is_table(const kithi_page_node *node) {
    for (int i = 0; i < KITHI_TABLE_COUNT; i++) {
        if (strlen(kithi_table_names[i]) == node->key.size &&
            memcmp(kithi_table_names[i], node->key.data, node->key.size) == 0) {
            return true;
        }
    }
    return false;
}

/* The tables of a store fit a single leaf: then their roots are looked at too. */
static int probe_tables(probe *at, const kithi_page *main_root, uint8_t *buffer) {
    if (main_root->bytes == NULL || (main_root->flags & KITHI_PAGE_LEAF) == 0) {
        return KITH_OK;
    }
    int code = KITH_OK;
    size_t count = kithi_page_count(main_root);
    for (size_t i = 0; code == KITH_OK && i < count; i++) {
        kithi_page_node node;
        kithi_page ignored;
        kithi_pages_tree tree;
        const char *wrong = kithi_page_get(main_root, i, &node);
        if (wrong != NULL) {
            return damaged(at, main_root->number, "an entry is out of bounds");
        }
        if (is_table(&node)) {
            if ((node.flags & KITHI_NODE_TREE) == 0 || node.data.size != KITHI_TREE_BYTES) {
                return damaged(at, main_root->number, "a table has no description");
            }
            kithi_pages_tree_decode(node.data.data, &tree);
            code = probe_root(at, &tree, buffer, &ignored);
        }
    }
    return code;
}

static int probe_once(probe *at) {
    if (at->pages.file_bytes == 0) {
        return no_store(at, "it is empty");
    }
    int code = probe_metas(at);
    if (code == KITH_OK) {
        code = probe_size(at);
    }
    if (code != KITH_OK) {
        return code;
    }
    const kithi_pages_meta *meta = &at->metas.meta[at->metas.mapped];
    size_t page_bytes = meta->page_bytes;
    kithi_page root;
    uint8_t *buffers = malloc(2 * page_bytes);
    if (buffers == NULL) {
        return kithi_error_memory(at->error);
    }
    code = probe_root(at, &meta->free_list, buffers, &root);
    if (code == KITH_OK) {
        code = probe_root(at, &meta->main, buffers, &root);
    }
    if (code == KITH_OK) {
        code = probe_tables(at, &root, buffers + page_bytes);
    }
    free(buffers);
    return code;
}

/* Whether a commit happened since the meta pages were read. */
static bool has_moved(const probe *at) {
    kithi_pages pages = at->pages;
    kithi_pages_metas now;
    return at->metas.mapped >= 0 && kithi_pages_metas_read(&pages, &now, NULL) == KITH_OK &&
           (now.meta[0].txnid != at->metas.meta[0].txnid ||
            now.meta[1].txnid != at->metas.meta[1].txnid);
}

int kithi_probe(const char *path, uint64_t *out_map_bytes, kith_error *error) {
    kith_error reason = KITH_ERROR_INIT;
    probe at = {.path = path, .error = &reason};
    int attempt = 0;
    int code = kithi_pages_open(path, &at.pages, &reason);
    if (code != KITH_OK) {
        goto done;
    }
    /*
     * A writer that commits meanwhile may use the pages of the snapshot at hand again: what looks
     * damaged then counts only if no commit came between. A file that never stands still has a
     * writer that finds it sound.
     */
    do {
        code = probe_once(&at);
    } while (code == KITH_CORRUPT && has_moved(&at) && ++attempt < ATTEMPTS_MAX);
    kithi_pages_close(&at.pages);
    if (attempt == ATTEMPTS_MAX) {
        code = KITH_OK;
    }
    if (code == KITH_OK && out_map_bytes != NULL && at.metas.mapped >= 0) {
        *out_map_bytes = at.metas.meta[at.metas.mapped].map_bytes;
    }
done:
    if (code != KITH_OK) {
        kithi_error_copy(error, &reason);
    }
    return code;
}
