/*
 * A reader of LMDB 0.9's file format (64 bits, data version 1) by pread, never through a map: a
 * damaged page is a text that says what is wrong with it, never a signal. Nothing that was read is
 * trusted: a view is handed out only after its bounds were checked. Integers are in the machine's
 * byte order, as LMDB writes them.
 */
#ifndef KITHI_STORE_PAGES_H
#define KITHI_STORE_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kith/base.h"

#define KITHI_PAGE_MIN_BYTES    4096u  /* LMDB takes the machine's page size, ... */
#define KITHI_PAGE_MAX_BYTES    32768u /* ... but no more than this */
#define KITHI_PAGE_HEADER_BYTES 16u
#define KITHI_PAGE_NONE         UINT64_MAX /* the root of an empty tree */
#define KITHI_PAGE_FIRST        2u         /* pages 0 and 1 are the meta pages */
#define KITHI_META_BYTES        152u       /* of a meta page, its header included */
#define KITHI_TREE_BYTES        48u        /* a tree's description */
#define KITHI_TREE_DEPTH_MAX    32u        /* LMDB's cursors hold no more */
#define KITHI_KEY_MAX_BYTES     511u
#define KITHI_FILE_MAX_BYTES    ((uint64_t)1 << 47) /* what an address space can map */

/* Flags of a page. */
#define KITHI_PAGE_BRANCH   0x01u
#define KITHI_PAGE_LEAF     0x02u
#define KITHI_PAGE_OVERFLOW 0x04u
#define KITHI_PAGE_META     0x08u
#define KITHI_PAGE_DIRTY    0x10u /* in a file only on sub-pages, where it means nothing */
#define KITHI_PAGE_FIXED    0x20u /* a leaf of values of one size, without nodes */
#define KITHI_PAGE_SUB      0x40u /* inside a node */

/* Flags of a node. */
#define KITHI_NODE_OVERFLOW   0x01u /* the value is on overflow pages */
#define KITHI_NODE_TREE       0x02u /* the value describes a tree */
#define KITHI_NODE_DUPLICATES 0x04u /* the value is a sub-page, or a tree, of duplicates */

/* Flags of a tree: the order of its keys and the shape of its duplicates. */
#define KITHI_TREE_REVERSE_KEY 0x02u
#define KITHI_TREE_DUPLICATES  0x04u
#define KITHI_TREE_INTEGER_KEY 0x08u
#define KITHI_TREE_FIXED       0x10u
#define KITHI_TREE_FLAGS       0x7eu /* all of that kind; others are the environment's */

typedef struct kithi_pages {
    int file;
    uint64_t file_bytes;
    uint32_t page_bytes; /* 0 until the meta pages were read */
} kithi_pages;

typedef struct kithi_pages_bytes {
    const uint8_t *data;
    size_t size;
} kithi_pages_bytes;

/* What the file says of a tree. */
typedef struct kithi_pages_tree {
    uint32_t pad;
    uint16_t flags;
    uint16_t depth;
    uint64_t branch_pages;
    uint64_t leaf_pages;
    uint64_t overflow_pages;
    uint64_t entries;
    uint64_t root;
} kithi_pages_tree;

typedef struct kithi_pages_meta {
    uint32_t page_bytes;
    uint64_t map_bytes;
    uint64_t last_page;
    uint64_t txnid;
    kithi_pages_tree free_list;
    kithi_pages_tree main;
} kithi_pages_meta;

typedef struct kithi_pages_metas {
    kithi_pages_meta meta[2];
    bool identified[2];   /* it is a meta page of this format at all */
    const char *wrong[2]; /* what is wrong with it; NULL: nothing */
    int current;          /* the valid one with the larger transaction number; -1: neither */
    int mapped; /* the one that LMDB would go by, valid or not; -1: it would refuse the file */
} kithi_pages_metas;

typedef struct kithi_page {
    const uint8_t *bytes;
    size_t size; /* of the page, or of the sub-page */
    uint64_t number;
    uint16_t pad;
    uint16_t flags;
    uint16_t lower;
    uint16_t upper;
    uint32_t run_pages; /* of an overflow page */
} kithi_page;

/* An entry of a page; on a fixed leaf it has only a key. */
typedef struct kithi_page_node {
    unsigned flags;
    size_t offset; /* in the page */
    size_t bytes;  /* there */
    kithi_pages_bytes key;
    kithi_pages_bytes data; /* what is in the page: for an overflow value its page number */
    uint32_t value_bytes;
    uint64_t child; /* of a branch: the page; of an overflow value: its first page */
} kithi_page_node;

/* KITH_OK; KITH_NOT_FOUND; KITH_IO; KITH_CORRUPT: it isn't a regular file. */
int kithi_pages_open(const char *path, kithi_pages *out, kith_error *error);
void kithi_pages_close(kithi_pages *pages);
/* Asks again how large the file is: it may have grown since. */
int kithi_pages_measure(kithi_pages *pages, kith_error *error);
/* Reads up to `size` bytes, fewer only at the end of the file. KITH_OK; KITH_IO. */
int kithi_pages_read(const kithi_pages *pages, uint64_t offset, void *to, size_t size,
                     size_t *out_size, kith_error *error);
/* Reads both meta pages, and sets the page size where at least one is valid. KITH_OK; KITH_IO. */
int kithi_pages_metas_read(kithi_pages *pages, kithi_pages_metas *out, kith_error *error);
/* Whole pages in the file. */
uint64_t kithi_pages_count(const kithi_pages *pages);

/* From 48 bytes. */
void kithi_pages_tree_decode(const uint8_t *bytes, kithi_pages_tree *out);
/* NULL, or why this can't be a tree of a file with that last page. */
const char *kithi_pages_tree_wrong(const kithi_pages_tree *tree, uint64_t last_page);

/* The header; `size` is at least KITHI_PAGE_HEADER_BYTES. */
void kithi_page_view(const uint8_t *bytes, size_t size, kithi_page *out);
/* NULL, or what is wrong with the header of a page of a tree, or of a sub-page. */
const char *kithi_page_wrong(const kithi_page *page);
/* Entries of a page that has nothing wrong. */
size_t kithi_page_count(const kithi_page *page);
/* NULL and the entry, or what is wrong with it. */
const char *kithi_page_get(const kithi_page *page, size_t index, kithi_page_node *out);

/* An integer as the file has it, at any address. */
uint64_t kithi_pages_get64(const uint8_t *at);

#endif
