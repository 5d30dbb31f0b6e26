#include "src/store/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/error.h"

#define META_MAGIC        0xBEEFC0DEu
#define META_VERSION      1u
#define META_AT           KITHI_PAGE_HEADER_BYTES
#define NODE_HEADER_BYTES 8u
#define OFFSET_BYTES      2u /* of an entry in the array of offsets behind the header */

static uint16_t load16(const uint8_t *at) {
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint32_t load32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

uint64_t kithi_pages_get64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* The file */

static int open_failed(const char *path, int reason, kith_error *error) {
    if (reason == ENOENT || reason == ENOTDIR) {
        return kithi_error_set(error, KITH_NOT_FOUND, "%s: no such file", path);
    }
    return kithi_error_set(error, KITH_IO, "cannot open %s: %s", path, strerror(reason));
}

int kithi_pages_open(const char *path, kithi_pages *out, kith_error *error) {
    /* Not blocking, since to open a pipe would wait for its other end. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) {
        return open_failed(path, errno, error);
    }
    kithi_pages pages = {file, 0, 0};
    struct stat stat;
    int code = KITH_OK;
    if (fstat(file, &stat) != 0) {
        code = kithi_error_set(error, KITH_IO, "cannot look at %s: %s", path, strerror(errno));
    } else if (!S_ISREG(stat.st_mode)) {
        code = kithi_error_set(error, KITH_CORRUPT,
                               "%s is not a kith store: it is not a regular file", path);
    }
    if (code != KITH_OK) {
        close(file);
        return code;
    }
    pages.file_bytes = (uint64_t)stat.st_size;
    *out = pages;
    return KITH_OK;
}

void kithi_pages_close(kithi_pages *pages) {
    if (pages->file >= 0) {
        close(pages->file);
        pages->file = -1;
    }
}

int kithi_pages_measure(kithi_pages *pages, kith_error *error) {
    struct stat stat;
    if (fstat(pages->file, &stat) != 0) {
        return kithi_error_set(error, KITH_IO, "cannot look at the file: %s", strerror(errno));
    }
    pages->file_bytes = (uint64_t)stat.st_size;
    return KITH_OK;
}

int kithi_pages_read(const kithi_pages *pages, uint64_t offset, void *to, size_t size,
                     size_t *out_size, kith_error *error) {
    size_t done = 0;
    while (done < size) {
        ssize_t count =
            pread(pages->file, (uint8_t *)to + done, size - done, (off_t)(offset + done));
        if (count < 0 && errno != EINTR) {
            return kithi_error_set_at(error, KITH_IO, (int64_t)offset,
                                      "cannot read %zu bytes at %llu: %s", size,
                                      (unsigned long long)offset, strerror(errno));
        }
        if (count == 0) {
            break;
        }
        done += count > 0 ? (size_t)count : 0;
    }
    *out_size = done;
    return KITH_OK;
}

uint64_t kithi_pages_count(const kithi_pages *pages) {
    return pages->page_bytes == 0 ? 0 : pages->file_bytes / pages->page_bytes;
}

/* Trees and meta pages */

void kithi_pages_tree_decode(const uint8_t *bytes, kithi_pages_tree *out) {
    out->pad = load32(bytes);
    out->flags = load16(bytes + 4);
    out->depth = load16(bytes + 6);
    out->branch_pages = kithi_pages_get64(bytes + 8);
    out->leaf_pages = kithi_pages_get64(bytes + 16);
    out->overflow_pages = kithi_pages_get64(bytes + 24);
    out->entries = kithi_pages_get64(bytes + 32);
    out->root = kithi_pages_get64(bytes + 40);
}

const char *kithi_pages_tree_wrong(const kithi_pages_tree *tree, uint64_t last_page) {
    if (tree->root == KITHI_PAGE_NONE) {
        return tree->depth == 0 && tree->entries == 0 ? NULL
                                                      : "a tree has entries or levels but no root";
    }
    if (tree->root < KITHI_PAGE_FIRST || tree->root > last_page) {
        return "the root of a tree is outside the file's pages";
    }
    if (tree->depth == 0 || tree->depth > KITHI_TREE_DEPTH_MAX) {
        return "the depth of a tree is impossible";
    }
    return NULL;
}

static bool page_bytes_valid(uint32_t bytes) {
    return bytes >= KITHI_PAGE_MIN_BYTES && bytes <= KITHI_PAGE_MAX_BYTES &&
           (bytes & (bytes - 1)) == 0;
}

static bool meta_identified(const uint8_t bytes[KITHI_META_BYTES]) {
    return load16(bytes + 10) == KITHI_PAGE_META && load32(bytes + META_AT) == META_MAGIC &&
           load32(bytes + META_AT + 4) == META_VERSION;
}

static void meta_decode(const uint8_t bytes[KITHI_META_BYTES], kithi_pages_meta *out) {
    const uint8_t *at = bytes + META_AT + 16; /* behind magic, version and the map's address */
    out->map_bytes = kithi_pages_get64(at);
    kithi_pages_tree_decode(at + 8, &out->free_list);
    kithi_pages_tree_decode(at + 8 + KITHI_TREE_BYTES, &out->main);
    out->last_page = kithi_pages_get64(at + 8 + 2 * KITHI_TREE_BYTES);
    out->txnid = kithi_pages_get64(at + 16 + 2 * KITHI_TREE_BYTES);
    out->page_bytes = out->free_list.pad;
}

static const char *meta_wrong(const kithi_pages_meta *meta, unsigned index) {
    if (!page_bytes_valid(meta->page_bytes)) {
        return "the page size is impossible";
    }
    if (meta->map_bytes > KITHI_FILE_MAX_BYTES) {
        return "the map size is impossible";
    }
    if (meta->last_page < 1 || meta->last_page >= meta->map_bytes / meta->page_bytes) {
        return "the last page is outside the map";
    }
    /* A commit writes the meta page that its number's lowest bit names. */
    if (meta->txnid != 0 && (meta->txnid & 1) != index) {
        return "the transaction number belongs to the other meta page";
    }
    if ((meta->free_list.flags & KITHI_TREE_FLAGS) != KITHI_TREE_INTEGER_KEY) {
        return "the flags of the free list are impossible";
    }
    return NULL;
}

/*
 * A commit that could not write its meta page has LMDB put back the old number and last page there,
 * but not the old roots. So roots count only where the page is in force.
 */
static const char *meta_roots_wrong(const kithi_pages_meta *meta) {
    const char *wrong = kithi_pages_tree_wrong(&meta->free_list, meta->last_page);
    return wrong != NULL ? wrong : kithi_pages_tree_wrong(&meta->main, meta->last_page);
}

/* Whether a meta page can be believed, with its roots. */
static bool meta_holds(kithi_pages_metas *metas, int index) {
    if (metas->wrong[index] == NULL) {
        metas->wrong[index] = meta_roots_wrong(&metas->meta[index]);
    }
    return metas->wrong[index] == NULL;
}

static int meta_read(const kithi_pages *pages, unsigned index, uint64_t offset,
                     kithi_pages_metas *metas, kith_error *error) {
    uint8_t bytes[KITHI_META_BYTES] = {0};
    size_t size = 0;
    int code = kithi_pages_read(pages, offset, bytes, sizeof bytes, &size, error);
    metas->identified[index] = code == KITH_OK && size == sizeof bytes && meta_identified(bytes);
    metas->wrong[index] = "it has no LMDB header";
    if (metas->identified[index]) {
        meta_decode(bytes, &metas->meta[index]);
        metas->wrong[index] = meta_wrong(&metas->meta[index], index);
    }
    return code;
}

/* The second meta page is one page behind the first, which may be too damaged to say how far that
 * is. */
static int second_meta_read(const kithi_pages *pages, kithi_pages_metas *metas, kith_error *error) {
    uint32_t told = metas->identified[0] ? metas->meta[0].page_bytes : 0;
    if (page_bytes_valid(told)) {
        return meta_read(pages, 1, told, metas, error);
    }
    int code = KITH_OK;
    for (uint32_t bytes = KITHI_PAGE_MIN_BYTES; bytes <= KITHI_PAGE_MAX_BYTES; bytes *= 2) {
        code = meta_read(pages, 1, bytes, metas, error);
        if (code != KITH_OK || (metas->identified[1] && metas->meta[1].page_bytes == bytes)) {
            break;
        }
    }
    return code;
}

/* Commits alternate between the two, so their numbers are neighbours: else one of them can't be
 * believed. */
static void metas_compare(kithi_pages_metas *metas) {
    const kithi_pages_meta *a = &metas->meta[0];
    const kithi_pages_meta *b = &metas->meta[1];
    uint64_t apart = a->txnid < b->txnid ? b->txnid - a->txnid : a->txnid - b->txnid;
    if (metas->wrong[0] != NULL || metas->wrong[1] != NULL) {
        return;
    }
    if (a->page_bytes != b->page_bytes) {
        metas->wrong[1] = "its page size is not that of meta page 0";
    } else if (apart > 1) {
        metas->wrong[a->txnid < b->txnid ? 1 : 0] =
            "its transaction number is not next to that of the other meta page";
    }
}

int kithi_pages_metas_read(kithi_pages *pages, kithi_pages_metas *out, kith_error *error) {
    *out = (kithi_pages_metas){.current = -1, .mapped = -1};
    int code = meta_read(pages, 0, 0, out, error);
    if (code == KITH_OK) {
        code = second_meta_read(pages, out, error);
    }
    if (code != KITH_OK) {
        return code;
    }
    metas_compare(out);
    int newer = out->meta[0].txnid < out->meta[1].txnid ? 1 : 0;
    if (out->identified[0] && out->identified[1] &&
        out->meta[0].page_bytes == out->meta[1].page_bytes) {
        out->mapped = newer;
    }
    if (meta_holds(out, newer)) {
        out->current = newer;
    } else if (meta_holds(out, 1 - newer)) {
        out->current = 1 - newer;
    }
    if (out->current >= 0) {
        pages->page_bytes = out->meta[out->current].page_bytes;
    }
    return KITH_OK;
}

/* Pages and their entries */

void kithi_page_view(const uint8_t *bytes, size_t size, kithi_page *out) {
    *out = (kithi_page){
        .bytes = bytes,
        .size = size,
        .number = kithi_pages_get64(bytes),
        .pad = load16(bytes + 8),
        .flags = load16(bytes + 10),
        .lower = load16(bytes + 12),
        .upper = load16(bytes + 14),
        .run_pages = load32(bytes + 12),
    };
}

size_t kithi_page_count(const kithi_page *page) {
    return (page->lower - KITHI_PAGE_HEADER_BYTES) / OFFSET_BYTES;
}

static bool is_fixed(const kithi_page *page) {
    return (page->flags & KITHI_PAGE_FIXED) != 0;
}

static const char *flags_wrong(unsigned flags) {
    unsigned kind = flags;
    if (flags & KITHI_PAGE_SUB) {
        kind &= ~(KITHI_PAGE_SUB | KITHI_PAGE_DIRTY);
    }
    bool branch = kind == KITHI_PAGE_BRANCH && kind == flags;
    bool leaf = kind == KITHI_PAGE_LEAF || kind == (KITHI_PAGE_LEAF | KITHI_PAGE_FIXED);
    return branch || leaf ? NULL : "its flags are those of no page of a tree";
}

const char *kithi_page_wrong(const kithi_page *page) {
    const char *wrong = flags_wrong(page->flags);
    if (wrong != NULL) {
        return wrong;
    }
    /* LMDB puts the next entry right below `upper`, and entries lie at even offsets. */
    bool uneven = (page->lower & 1) != 0 || (!is_fixed(page) && (page->upper & 1) != 0);
    if (uneven || page->lower < KITHI_PAGE_HEADER_BYTES || page->lower > page->upper ||
        page->upper > page->size) {
        return "its bounds of free space are impossible";
    }
    if (!is_fixed(page)) {
        return NULL;
    }
    size_t used = KITHI_PAGE_HEADER_BYTES + kithi_page_count(page) * page->pad;
    if (page->pad == 0 || page->pad > KITHI_KEY_MAX_BYTES || used > page->size) {
        return "its values do not fit in it";
    }
    /* LMDB takes upper - lower for the room that is left. */
    return (size_t)(page->upper - page->lower) > page->size - used
               ? "its bounds of free space overlap its values"
               : NULL;
}

static const char *get_fixed(const kithi_page *page, size_t index, kithi_page_node *out) {
    size_t offset = KITHI_PAGE_HEADER_BYTES + index * page->pad;
    *out = (kithi_page_node){.offset = offset, .bytes = page->pad};
    out->key = (kithi_pages_bytes){page->bytes + offset, page->pad};
    return NULL;
}

static const char *get_data(const kithi_page *page, kithi_page_node *node) {
    const uint8_t *data = page->bytes + node->offset + node->bytes;
    size_t room = page->size - node->offset - node->bytes;
    bool overflow = (node->flags & KITHI_NODE_OVERFLOW) != 0;
    size_t size = overflow ? sizeof(uint64_t) : node->value_bytes;
    if (size > room) {
        return "reaches over the end of the page with its value";
    }
    node->data = (kithi_pages_bytes){data, size};
    node->bytes += size;
    node->child = overflow ? kithi_pages_get64(data) : 0;
    return NULL;
}

const char *kithi_page_get(const kithi_page *page, size_t index, kithi_page_node *out) {
    if (is_fixed(page)) {
        return get_fixed(page, index, out);
    }
    size_t offset = load16(page->bytes + KITHI_PAGE_HEADER_BYTES + index * OFFSET_BYTES);
    if (offset < page->upper || (offset & 1) != 0 || offset + NODE_HEADER_BYTES > page->size) {
        return "has an impossible offset";
    }
    const uint8_t *at = page->bytes + offset;
    size_t key_size = load16(at + 6);
    *out = (kithi_page_node){.offset = offset, .bytes = NODE_HEADER_BYTES + key_size};
    if (out->bytes > page->size - offset) {
        return "reaches over the end of the page with its key";
    }
    out->key = (kithi_pages_bytes){at + NODE_HEADER_BYTES, key_size};
    if (page->flags & KITHI_PAGE_BRANCH) {
        out->child = load32(at) | (uint64_t)load16(at + 4) << 32;
        return NULL;
    }
    out->flags = load16(at + 4);
    out->value_bytes = load32(at);
    return get_data(page, out);
}
