/*
 * The check against files that LMDB wrote: a sound one has no problem, and each kind of damage is
 * found and named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kith/store.h"

#include "src/store/pages.h"
#include "src/store/probe.h"
#include "tests/fault/scratch.h"
#include "tests/lmdb_file.h"

#define TEXT_MAX 65536

static char folder[SCRATCH_PATH_BYTES];
static char path[SCRATCH_PATH_BYTES];

static const lmdb_file_plan plan = {
    .seed = 1,
    .key_count = 2500,
    .rounds = 4,
    .big_one_in = 150,
    .crowd = 4000,
    .delete_one_in = 3,
};

/* Files in memory */

typedef struct image {
    uint8_t *bytes;
    size_t size;
} image;

static image sound; /* what `plan` makes */

static void read_image(image *out) {
    FILE *file = fopen(path, "rb");
    struct stat stat;
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &stat), 0);
    out->size = (size_t)stat.st_size;
    out->bytes = malloc(out->size);
    assert_non_null(out->bytes);
    assert_int_equal(fread(out->bytes, 1, out->size, file), out->size);
    fclose(file);
}

static void write_file(const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void poke16(uint8_t *at, uint16_t value) {
    memcpy(at, &value, sizeof value);
}

static void poke32(uint8_t *at, uint32_t value) {
    memcpy(at, &value, sizeof value);
}

static void poke64(uint8_t *at, uint64_t value) {
    memcpy(at, &value, sizeof value);
}

static uint16_t peek16(const uint8_t *at) {
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* Where things are in a meta page, a page and a tree's description. */
enum {
    META_MAGIC_AT = 16,
    META_MAP_BYTES_AT = 32,
    META_FREE_AT = 40,
    META_MAIN_AT = 88,
    META_LAST_PAGE_AT = 136,
    META_TXNID_AT = 144,
    PAGE_PAD_AT = 8,
    PAGE_FLAGS_AT = 10,
    PAGE_LOWER_AT = 12,
    PAGE_UPPER_AT = 14,
    PAGE_OFFSETS_AT = 16,
    TREE_FLAGS_AT = 4,
    TREE_DEPTH_AT = 6,
    TREE_BRANCHES_AT = 8,
    TREE_ENTRIES_AT = 32,
    TREE_ROOT_AT = 40,
    NODE_FLAGS_AT = 4,
    NODE_KEY_SIZE_AT = 6
};

static uint8_t *page_at(const image *file, uint64_t number) {
    assert_true((number + 1) * 4096 <= file->size);
    return file->bytes + number * 4096;
}

static uint8_t *current_meta(const image *file) {
    uint64_t first = kithi_pages_get64(file->bytes + META_TXNID_AT);
    uint64_t second = kithi_pages_get64(file->bytes + 4096 + META_TXNID_AT);
    return first < second ? file->bytes + 4096 : file->bytes;
}

/* An entry of a leaf, to be written to. */
typedef struct found {
    uint8_t *page;
    uint8_t *node;
    uint8_t *data;
    kithi_page_node view;
} found;

/* The first entry below `number` that has these flags, at least so many bytes in the page, and is
 * not before `index`. */
static bool find_from(const image *file, uint64_t number, unsigned flags, size_t bytes,
                      size_t index, found *out) {
    kithi_page page;
    kithi_page_view(page_at(file, number), 4096, &page);
    assert_null(kithi_page_wrong(&page));
    for (size_t i = 0; i < kithi_page_count(&page); i++) {
        kithi_page_node node;
        assert_null(kithi_page_get(&page, i, &node));
        if (page.flags & KITHI_PAGE_BRANCH) {
            if (find_from(file, node.child, flags, bytes, index, out)) {
                return true;
            }
        } else if (i >= index && node.flags == flags && node.data.size >= bytes) {
            out->page = page_at(file, number);
            out->node = out->page + node.offset;
            out->data = out->node + 8 + node.key.size;
            out->view = node;
            return true;
        }
    }
    return false;
}

static found find(const image *file, uint64_t root, unsigned flags, size_t bytes) {
    found out;
    assert_true(find_from(file, root, flags, bytes, 0, &out));
    return out;
}

/* The description of a table in the main tree. */
static uint8_t *table_of(const image *file, const char *name) {
    kithi_page page;
    kithi_page_node node;
    uint64_t root = kithi_pages_get64(current_meta(file) + META_MAIN_AT + TREE_ROOT_AT);
    kithi_page_view(page_at(file, root), 4096, &page);
    for (size_t i = 0; i < kithi_page_count(&page); i++) {
        assert_null(kithi_page_get(&page, i, &node));
        if (node.key.size == strlen(name) && memcmp(node.key.data, name, node.key.size) == 0) {
            return page_at(file, root) + node.offset + 8 + node.key.size;
        }
    }
    fail_msg("no table %s", name);
    return NULL;
}

static uint64_t root_of(const image *file, const char *name) {
    return kithi_pages_get64(table_of(file, name) + TREE_ROOT_AT);
}

/* The table's first leaf. */
static uint8_t *leaf_of(const image *file, const char *name) {
    return find(file, root_of(file, name), 0, 0).page;
}

static uint64_t free_root(const image *file) {
    return kithi_pages_get64(current_meta(file) + META_FREE_AT + TREE_ROOT_AT);
}

/* The first list of at least two pages in the free list. */
static uint8_t *free_pages(const image *file) {
    found at;
    if (find_from(file, free_root(file), 0, 3 * sizeof(uint64_t), 0, &at)) {
        return at.data;
    }
    at = find(file, free_root(file), KITHI_NODE_OVERFLOW, 0);
    return page_at(file, at.view.child) + 16;
}

/* Running the check */

typedef struct heard {
    char text[TEXT_MAX];
    size_t used;
    uint64_t lines;
    uint64_t calls; /* of progress */
    int stop;
    uint64_t last_done;
    uint64_t total;
} heard;

static void hear(void *context, const char *problem) {
    heard *to = context;
    size_t size = strlen(problem);
    assert_null(strchr(problem, '\n'));
    assert_true(size > 0);
    if (to->used + size + 2 < sizeof to->text) {
        memcpy(to->text + to->used, problem, size);
        to->text[to->used + size] = '\n';
        to->used += size + 1;
        to->text[to->used] = '\0';
    }
    to->lines++;
}

static int hear_progress(void *context, const kith_progress *progress) {
    heard *to = context;
    assert_string_equal(progress->phase, "check");
    assert_true(progress->done <= progress->total);
    assert_true(progress->done >= to->last_done);
    to->last_done = progress->done;
    to->total = progress->total;
    to->calls++;
    return to->stop;
}

static heard out; /* large, so not on a stack */

static uint64_t check(void) {
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    uint64_t count = 999;
    memset(&out, 0, sizeof out);
    options.problem = hear;
    options.progress = hear_progress;
    options.context = &out;
    assert_int_equal(kith_check(path, &options, &count, &error), KITH_OK);
    assert_int_equal(out.lines, count < 1000 ? count : 1000);
    return count;
}

static void expect(const char *text) {
    if (check() == 0 || strstr(out.text, text) == NULL) {
        fail_msg("no problem says '%s', but these: %s", text, out.text);
    }
}

/* Damage: each function does one kind; the text is what a problem must then say. */

typedef struct damage {
    const char *text;
    void (*apply)(image *file);
} damage;

static void zero_a_root(image *file) {
    memset(page_at(file, root_of(file, "record")), 0, 4096);
}

static void zero_the_main_root(image *file) {
    uint64_t root = kithi_pages_get64(current_meta(file) + META_MAIN_AT + TREE_ROOT_AT);
    memset(page_at(file, root), 0, 4096);
}

static void change_number(image *file) {
    leaf_of(file, "record")[0] ^= 1;
}

static void change_kind(image *file) {
    poke16(leaf_of(file, "record") + PAGE_FLAGS_AT, 0x82);
}

static void make_fixed(image *file) {
    uint8_t *leaf = leaf_of(file, "record");
    poke16(leaf + PAGE_FLAGS_AT, KITHI_PAGE_LEAF | KITHI_PAGE_FIXED);
    poke16(leaf + PAGE_PAD_AT, 1);
    poke16(leaf + PAGE_LOWER_AT, peek16(leaf + PAGE_UPPER_AT));
}

static void raise_upper(image *file) {
    poke16(leaf_of(file, "record") + PAGE_UPPER_AT, 4098);
}

static void raise_upper_a_little(image *file) {
    uint8_t *leaf = leaf_of(file, "record");
    poke16(leaf + PAGE_UPPER_AT, (uint16_t)(peek16(leaf + PAGE_UPPER_AT) + 2));
}

static void lower_upper_by_one(image *file) {
    uint8_t *leaf = leaf_of(file, "record");
    poke16(leaf + PAGE_UPPER_AT, (uint16_t)(peek16(leaf + PAGE_UPPER_AT) - 1));
}

static void lower_lower(image *file) {
    poke16(leaf_of(file, "record") + PAGE_LOWER_AT, 15);
}

static void empty_a_leaf(image *file) {
    poke16(leaf_of(file, "record") + PAGE_LOWER_AT, 16);
}

static void move_an_entry(image *file) {
    poke16(leaf_of(file, "record") + PAGE_OFFSETS_AT, 4);
}

static void lay_entries_over(image *file) {
    uint8_t *offsets = leaf_of(file, "record") + PAGE_OFFSETS_AT;
    poke16(offsets + 2, (uint16_t)(peek16(offsets) + 2));
}

static void lengthen_a_key(image *file) {
    poke16(find(file, root_of(file, "record"), 0, 8).node + NODE_KEY_SIZE_AT, 5000);
}

static void lengthen_a_value(image *file) {
    poke32(find(file, root_of(file, "record"), 0, 8).node, 5000);
}

static void empty_a_key(image *file) {
    poke16(find(file, root_of(file, "record"), 0, 8).node + NODE_KEY_SIZE_AT, 0);
}

static void swap_keys(image *file) {
    uint8_t *offsets = leaf_of(file, "record") + PAGE_OFFSETS_AT;
    uint16_t first = peek16(offsets);
    poke16(offsets, peek16(offsets + 2));
    poke16(offsets + 2, first);
}

static void repeat_a_key(image *file) {
    uint8_t *leaf = leaf_of(file, "member");
    uint8_t *offsets = leaf + PAGE_OFFSETS_AT;
    memcpy(leaf + peek16(offsets + 2) + 8, leaf + peek16(offsets) + 8, 4);
}

static void raise_a_key(image *file) {
    uint8_t *leaf = leaf_of(file, "record");
    size_t count = (size_t)(peek16(leaf + PAGE_LOWER_AT) - 16) / 2;
    uint16_t last = peek16(leaf + PAGE_OFFSETS_AT + 2 * (count - 1));
    memset(leaf + last + 8, 0xff, 4);
}

static uint8_t *branch_entry(image *file, const char *table, size_t index) {
    uint8_t *root = page_at(file, root_of(file, table));
    assert_int_equal(peek16(root + PAGE_FLAGS_AT), KITHI_PAGE_BRANCH);
    return root + peek16(root + PAGE_OFFSETS_AT + 2 * index);
}

static void lower_a_key(image *file) {
    uint8_t *entry = branch_entry(file, "record", 1);
    uint32_t child;
    memcpy(&child, entry, sizeof child);
    uint8_t *page = page_at(file, child);
    while (peek16(page + PAGE_FLAGS_AT) == KITHI_PAGE_BRANCH) {
        memcpy(&child, page + peek16(page + PAGE_OFFSETS_AT), sizeof child);
        page = page_at(file, child);
    }
    memset(page + peek16(page + PAGE_OFFSETS_AT) + 8, 0, 4);
}

static void refer_twice(image *file) {
    memcpy(branch_entry(file, "record", 1), branch_entry(file, "record", 0), 6);
}

static void refer_outside(image *file) {
    poke32(branch_entry(file, "record", 1), 0xfffffff0u);
}

static void refer_to_a_meta_page(image *file) {
    poke32(branch_entry(file, "record", 1), 1);
}

static void refer_to_a_free_page(image *file) {
    uint8_t *list = free_pages(file);
    poke32(branch_entry(file, "record", 1), (uint32_t)kithi_pages_get64(list + 8));
}

static void refer_to_oneself(image *file) {
    poke32(branch_entry(file, "record", 1), (uint32_t)root_of(file, "record"));
}

static void lonely_child(image *file) {
    poke16(page_at(file, root_of(file, "record")) + PAGE_LOWER_AT, 18);
}

static void shorten_a_run(image *file) {
    found at = find(file, root_of(file, "record"), KITHI_NODE_OVERFLOW, 0);
    poke32(page_at(file, at.view.child) + 12, 0);
}

static void lengthen_a_run(image *file) {
    found at = find(file, root_of(file, "record"), KITHI_NODE_OVERFLOW, 0);
    poke32(page_at(file, at.view.child) + 12, 100000);
}

static void misplace_a_run(image *file) {
    found at = find(file, root_of(file, "record"), KITHI_NODE_OVERFLOW, 0);
    poke64(at.data, UINT64_MAX - 4);
}

static void lengthen_a_big_value(image *file) {
    found at = find(file, root_of(file, "record"), KITHI_NODE_OVERFLOW, 0);
    poke32(at.node, UINT32_MAX);
}

static void flip_a_value(image *file) {
    find(file, root_of(file, "event_log"), 0, 9).data[0] ^= 0x10;
}

static void flip_a_checksum(image *file) {
    found at = find(file, root_of(file, "assertion"), 0, 9);
    at.data[at.view.data.size - 1] ^= 1;
}

static void flip_a_key(image *file) {
    found at = find(file, root_of(file, "meta"), 0, 9);
    at.node[8 + 3] ^= 0x80;
}

static void flip_a_big_value(image *file) {
    found at = find(file, root_of(file, "record"), KITHI_NODE_OVERFLOW, 0);
    page_at(file, at.view.child)[16 + at.view.value_bytes / 2] ^= 0x40;
}

static void shorten_a_checked_value(image *file) {
    poke32(find(file, root_of(file, "catalog"), 0, 9).node, 3);
}

static void shorten_a_single_value(image *file) {
    poke32(find(file, root_of(file, "link"), 0, 24).node, 20);
}

static void flag_an_entry(image *file) {
    poke16(find(file, root_of(file, "record"), 0, 8).node + NODE_FLAGS_AT, 4);
}

static void tree_without_duplicates(image *file) {
    poke16(find(file, root_of(file, "link"), 0, 24).node + NODE_FLAGS_AT, 2);
}

static uint8_t *sub_page(image *file) {
    return find(file, root_of(file, "link"), KITHI_NODE_DUPLICATES, 16 + 3 * 24).data;
}

static void swap_duplicates(image *file) {
    uint8_t *page = sub_page(file);
    uint8_t kept[24];
    memcpy(kept, page + 16, 24);
    memcpy(page + 16, page + 16 + 24, 24);
    memcpy(page + 16 + 24, kept, 24);
}

static void resize_duplicates(image *file) {
    poke16(sub_page(file) + PAGE_PAD_AT, 12);
}

static void enlarge_duplicates(image *file) {
    poke16(sub_page(file) + PAGE_PAD_AT, 400);
}

static void overcount_duplicates(image *file) {
    found at = find(file, root_of(file, "link"), KITHI_NODE_DUPLICATES, 16 + 3 * 24);
    poke16(at.data + PAGE_LOWER_AT, (uint16_t)(at.view.data.size & ~(size_t)1));
    poke16(at.data + PAGE_UPPER_AT, (uint16_t)at.view.data.size);
}

static void unflag_a_sub_page(image *file) {
    poke16(sub_page(file) + PAGE_FLAGS_AT, KITHI_PAGE_LEAF | KITHI_PAGE_FIXED);
}

static void cut_a_sub_page(image *file) {
    poke32(find(file, root_of(file, "link"), KITHI_NODE_DUPLICATES, 80).node, 10);
}

static uint8_t *sub_tree(image *file) {
    unsigned flags = KITHI_NODE_DUPLICATES | KITHI_NODE_TREE;
    return find(file, root_of(file, "identifier"), flags, 48).data;
}

static uint8_t *fixed_leaf(image *file) {
    uint8_t *page = page_at(file, kithi_pages_get64(sub_tree(file) + TREE_ROOT_AT));
    while (peek16(page + PAGE_FLAGS_AT) == KITHI_PAGE_BRANCH) {
        uint32_t child;
        memcpy(&child, page + peek16(page + PAGE_OFFSETS_AT), sizeof child);
        page = page_at(file, child);
    }
    assert_int_equal(peek16(page + PAGE_FLAGS_AT), KITHI_PAGE_LEAF | KITHI_PAGE_FIXED);
    return page;
}

static void swap_many_duplicates(image *file) {
    uint8_t *page = fixed_leaf(file);
    uint8_t kept[4];
    memcpy(kept, page + 16, 4);
    memcpy(page + 16, page + 20, 4);
    memcpy(page + 20, kept, 4);
}

static void resize_a_fixed_leaf(image *file) {
    poke16(fixed_leaf(file) + PAGE_PAD_AT, 2);
}

static void unfix_a_leaf(image *file) {
    poke16(fixed_leaf(file) + PAGE_FLAGS_AT, KITHI_PAGE_LEAF);
}

static void overfill_a_fixed_leaf(image *file) {
    uint8_t *page = fixed_leaf(file);
    poke16(page + PAGE_UPPER_AT, 4096);
    poke16(page + PAGE_LOWER_AT, 16 + 2 * 1500);
}

static void hide_room_of_a_fixed_leaf(image *file) {
    poke16(fixed_leaf(file) + PAGE_UPPER_AT, 4096);
}

static void empty_a_sub_tree(image *file) {
    poke64(sub_tree(file) + TREE_ROOT_AT, UINT64_MAX);
}

static void miscount_a_sub_tree(image *file) {
    sub_tree(file)[TREE_ENTRIES_AT] ^= 1;
}

static void flag_a_sub_tree(image *file) {
    sub_tree(file)[TREE_FLAGS_AT] ^= KITHI_TREE_DUPLICATES;
}

static void miscount_entries(image *file) {
    table_of(file, "event")[TREE_ENTRIES_AT] ^= 1;
}

static void miscount_branches(image *file) {
    table_of(file, "event")[TREE_BRANCHES_AT] ^= 1;
}

static void misstate_depth(image *file) {
    table_of(file, "event")[TREE_DEPTH_AT] ^= 1;
}

static void misstate_depth_much(image *file) {
    poke16(table_of(file, "event") + TREE_DEPTH_AT, 900);
}

static void flag_a_table(image *file) {
    table_of(file, "state")[TREE_FLAGS_AT] ^= KITHI_TREE_INTEGER_KEY;
}

static void unflag_a_table(image *file) {
    table_of(file, "cluster")[TREE_FLAGS_AT] = 0;
}

static void empty_a_table(image *file) {
    poke64(table_of(file, "due") + TREE_ROOT_AT, UINT64_MAX);
}

static void misplace_a_table(image *file) {
    poke64(table_of(file, "due") + TREE_ROOT_AT, 0);
}

static void rename_a_table(image *file) {
    table_of(file, "state")[-1] = 'z';
}

static void make_a_table_a_value(image *file) {
    poke16(table_of(file, "dirty") - strlen("dirty") - 8 + NODE_FLAGS_AT, 0);
}

static void list_a_used_page(image *file) {
    poke64(free_pages(file) + 8, root_of(file, "record"));
}

static void list_a_page_twice(image *file) {
    uint8_t *list = free_pages(file);
    memcpy(list + 16, list + 8, 8);
}

static void list_a_page_outside(image *file) {
    poke64(free_pages(file) + 8, UINT64_MAX - 1);
}

static void list_too_many(image *file) {
    poke64(free_pages(file), UINT64_MAX);
}

static void forget_a_free_page(image *file) {
    uint8_t *list = free_pages(file);
    poke64(list, kithi_pages_get64(list) - 1);
}

static void list_in_the_future(image *file) {
    found at;
    if (!find_from(file, free_root(file), 0, 0, 0, &at)) {
        at = find(file, free_root(file), KITHI_NODE_OVERFLOW, 0);
    }
    poke64(at.node + 8, 1u << 20);
}

static void truncate_a_little(image *file) {
    file->size -= 100;
}

static void truncate_by_half(image *file) {
    file->size /= 2;
}

static void unmark_a_meta_page(image *file) {
    file->bytes[META_MAGIC_AT] ^= 1;
}

static void unmark_both_meta_pages(image *file) {
    file->bytes[META_MAGIC_AT] ^= 1;
    file->bytes[4096 + META_MAGIC_AT] ^= 1;
}

static void swap_meta_pages(image *file) {
    uint8_t kept[4096];
    memcpy(kept, file->bytes, 4096);
    memcpy(file->bytes, file->bytes + 4096, 4096);
    memcpy(file->bytes + 4096, kept, 4096);
}

static void tell_a_far_transaction(image *file) {
    file->bytes[META_TXNID_AT + 2] ^= 1;
}

static void tell_another_page_size(image *file) {
    poke32(file->bytes + META_FREE_AT, 12);
}

static void tell_a_last_page(image *file) {
    poke64(current_meta(file) + META_LAST_PAGE_AT, UINT64_MAX);
}

static void tell_a_root(image *file) {
    poke64(current_meta(file) + META_MAIN_AT + TREE_ROOT_AT, 1);
}

static void tell_a_map(image *file) {
    poke64(current_meta(file) + META_MAP_BYTES_AT, UINT64_MAX);
}

static void flag_the_free_list(image *file) {
    current_meta(file)[META_FREE_AT + TREE_FLAGS_AT] ^= KITHI_TREE_DUPLICATES;
}

static void flag_the_main_tree(image *file) {
    current_meta(file)[META_MAIN_AT + TREE_FLAGS_AT] ^= KITHI_TREE_DUPLICATES;
}

static void miscount_tables(image *file) {
    current_meta(file)[META_MAIN_AT + TREE_ENTRIES_AT] ^= 1;
}

static void test_damage(void **state) {
    const damage *kind = *state;
    image file = {malloc(sound.size), sound.size};
    assert_non_null(file.bytes);
    memcpy(file.bytes, sound.bytes, sound.size);
    kind->apply(&file);
    write_file(file.bytes, file.size);
    expect(kind->text);
    free(file.bytes);
}

/* Sound files */

static void test_sound(void **state) {
    (void)state;
    static const lmdb_file_plan plans[] = {
        {.seed = 2, .key_count = 0, .rounds = 1},
        {.seed = 3, .key_count = 1, .rounds = 1, .crowd = 1},
        {.seed = 4, .key_count = 50, .rounds = 7, .big_one_in = 2, .crowd = 50, .delete_one_in = 1},
        {.seed = 5,
         .key_count = 2000,
         .rounds = 40,
         .big_one_in = 30,
         .crowd = 900,
         .delete_one_in = 2},
        {.seed = 6, .key_count = 9000, .rounds = 2, .crowd = 40000, .delete_one_in = 4},
    };
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        lmdb_file_make(path, &plans[i]);
        if (check() != 0) {
            fail_msg("plan %zu: %s", i, out.text);
        }
        assert_int_equal(kithi_probe(path, NULL, NULL), KITH_OK);
    }
}

/* Pages that a transaction took and gave back are never written, so the file ends before the last
 * page. */
static void test_short_but_sound(void **state) {
    (void)state;
    kith_error error = KITH_ERROR_INIT;
    lmdb_file *file = calloc(1, sizeof *file);
    assert_non_null(file);
    lmdb_file_make(path, &(lmdb_file_plan){.seed = 7, .key_count = 100, .rounds = 2, .crowd = 1});
    lmdb_file_open(file, path, MDB_NOLOCK);
    lmdb_file_tables(file);
    lmdb_file_must(mdb_txn_begin(file->env, NULL, 0, &file->txn), "mdb_txn_begin");
    for (uint32_t i = 0; i < 200; i++) {
        uint8_t key[4];
        kithi_put32(key, 1000 + i);
        lmdb_file_put(file, KITHI_TABLE_RECORD, key, sizeof key, 60000);
    }
    for (uint32_t i = 0; i < 200; i++) {
        uint8_t key[4];
        kithi_put32(key, 1000 + i);
        MDB_val k = {sizeof key, key};
        int code = mdb_del(file->txn, file->tables[KITHI_TABLE_RECORD], &k, NULL);
        lmdb_file_must(code, "mdb_del");
    }
    lmdb_file_must(mdb_txn_commit(file->txn), "mdb_txn_commit");
    MDB_envinfo info;
    struct stat before;
    mdb_env_info(file->env, &info);
    mdb_env_close(file->env);
    free(file);
    assert_int_equal(stat(path, &before), 0);
    assert_true((uint64_t)before.st_size < (info.me_last_pgno + 1) * 4096);
    assert_int_equal(check(), 0);
    assert_int_equal(kithi_probe(path, NULL, &error), KITH_OK);
    /* Less than that is too little. */
    assert_int_equal(truncate(path, before.st_size - 1), 0);
    assert_true(check() > 0);
    assert_int_equal(kithi_probe(path, NULL, &error), KITH_CORRUPT);
    assert_non_null(strstr(error.message, "is truncated: it has"));
}

/* The interface */

static void test_no_store(void **state) {
    (void)state;
    char zeros[16384] = {0};
    kith_error error = KITH_ERROR_INIT;
    uint64_t count = 7;
    write_file("", 0);
    expect("not a kith store");
    write_file(zeros, sizeof zeros);
    expect("not a kith store");
    write_file("id;name\n", 8);
    expect("not a kith store");
    assert_int_equal(kith_check(folder, NULL, &count, &error), KITH_OK);
    assert_int_equal(count, 1);
    count = 7;
    unlink(path);
    assert_int_equal(kith_check(path, NULL, &count, &error), KITH_NOT_FOUND);
    assert_int_equal(error.code, KITH_NOT_FOUND);
    assert_int_equal(count, 7);
    /* A link to itself can't be opened, even by root. */
    assert_int_equal(symlink(path, path), 0);
    assert_int_equal(kith_check(path, NULL, &count, &error), KITH_IO);
    assert_non_null(strstr(error.message, strerror(ELOOP)));
    unlink(path);
}

static void test_options(void **state) {
    (void)state;
    struct {
        kith_check_options options;
        uint64_t tail;
    } later = {KITH_CHECK_OPTIONS_INIT, 0};
    kith_error error = KITH_ERROR_INIT;
    uint64_t count = 7;
    write_file(sound.bytes, sound.size);
    assert_int_equal(kith_check(path, NULL, &count, NULL), KITH_OK);
    assert_int_equal(count, 0);
    later.options.size = sizeof later;
    assert_int_equal(kith_check(path, &later.options, &count, &error), KITH_OK);
    later.tail = 1;
    assert_int_equal(kith_check(path, &later.options, &count, &error), KITH_MISUSE);
    /* An older caller's struct ends before `progress`. */
    memset(&out, 0, sizeof out);
    later.options.size = offsetof(kith_check_options, progress);
    later.options.progress = hear_progress;
    assert_int_equal(kith_check(path, &later.options, &count, &error), KITH_OK);
    assert_int_equal(out.calls, 0);
    later.options.size = 0;
    assert_int_equal(kith_check(path, &later.options, &count, &error), KITH_MISUSE);
    assert_int_equal(kith_check(NULL, NULL, &count, &error), KITH_MISUSE);
    assert_int_equal(kith_check(path, NULL, NULL, &error), KITH_MISUSE);
}

static void test_progress(void **state) {
    (void)state;
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    uint64_t count = 7;
    write_file(sound.bytes, sound.size);
    assert_int_equal(check(), 0);
    assert_true(out.calls >= 2);
    assert_int_equal(out.total, kithi_pages_get64(current_meta(&sound) + META_LAST_PAGE_AT) + 1);
    memset(&out, 0, sizeof out);
    out.stop = 1;
    options.progress = hear_progress;
    options.context = &out;
    assert_int_equal(kith_check(path, &options, &count, &error), KITH_INTERRUPTED);
    assert_int_equal(out.calls, 1);
    assert_int_equal(count, 7);
}

/* Spoils the inline values of a page and all below it; returns how many. */
static uint64_t spoil_values(image *file, uint64_t number) {
    kithi_page page;
    uint64_t count = 0;
    kithi_page_view(page_at(file, number), 4096, &page);
    for (size_t i = 0; i < kithi_page_count(&page); i++) {
        kithi_page_node node;
        assert_null(kithi_page_get(&page, i, &node));
        if (page.flags & KITHI_PAGE_BRANCH) {
            count += spoil_values(file, node.child);
        } else if (node.flags == 0) {
            page_at(file, number)[node.offset + node.bytes - 1] ^= 1;
            count++;
        }
    }
    return count;
}

static void test_many_problems(void **state) {
    (void)state;
    image file = {malloc(sound.size), sound.size};
    assert_non_null(file.bytes);
    memcpy(file.bytes, sound.bytes, sound.size);
    uint64_t spoilt = spoil_values(&file, root_of(&file, "event_log"));
    assert_true(spoilt > 1000);
    write_file(file.bytes, file.size);
    assert_int_equal(check(), spoilt);
    free(file.bytes);
}

/* A problem says where it is. */
static void test_place(void **state) {
    (void)state;
    image file = {malloc(sound.size), sound.size};
    char text[128];
    assert_non_null(file.bytes);
    memcpy(file.bytes, sound.bytes, sound.size);
    found at = find(&file, root_of(&file, "event"), 0, 9);
    at.data[0] ^= 1;
    int used = snprintf(text, sizeof text, "table event, page %llu, key ",
                        (unsigned long long)kithi_pages_get64(at.page));
    for (int i = 0; i < 16; i++) {
        used += snprintf(text + used, sizeof text - (size_t)used, "%02x", at.node[8 + i]);
    }
    snprintf(text + used, sizeof text - (size_t)used, ": the checksum of a value is wrong\n");
    write_file(file.bytes, file.size);
    assert_int_equal(check(), 1);
    assert_string_equal(out.text, text);
    free(file.bytes);
}

/* The probe */

static void expect_refused(const char *text) {
    kith_error error = KITH_ERROR_INIT;
    assert_int_equal(kithi_probe(path, NULL, &error), KITH_CORRUPT);
    assert_int_equal(error.code, KITH_CORRUPT);
    if (strstr(error.message, text) == NULL) {
        fail_msg("'%s' doesn't say '%s'", error.message, text);
    }
}

static void test_probe_no_store(void **state) {
    (void)state;
    char zeros[16384] = {0};
    kith_error error = KITH_ERROR_INIT;
    write_file(sound.bytes, sound.size);
    assert_int_equal(kithi_probe(path, NULL, &error), KITH_OK);
    write_file("", 0);
    expect_refused("is not a kith store: it is empty");
    write_file("id;name\n1;J\xc3\xb6rg\n", 16);
    expect_refused("is not a kith store: it looks like a text file");
    write_file(zeros, sizeof zeros);
    expect_refused("is not a kith store: it has no LMDB header");
    write_file(sound.bytes, 100);
    expect_refused("is not a kith store");
    unlink(path);
    assert_int_equal(kithi_probe(path, NULL, &error), KITH_NOT_FOUND);
    assert_int_equal(symlink(path, path), 0);
    assert_int_equal(kithi_probe(path, NULL, &error), KITH_IO);
    assert_non_null(strstr(error.message, strerror(ELOOP)));
    unlink(path);
    assert_int_equal(kithi_probe(folder, NULL, &error), KITH_CORRUPT);
}

static void test_probe_damage(void **state) {
    (void)state;
    static const damage kinds[] = {
        {"is damaged: meta page 0: it has no LMDB header", unmark_a_meta_page},
        {"is not a kith store", unmark_both_meta_pages},
        {"is damaged: meta page", swap_meta_pages},
        {"is damaged: meta page", tell_a_far_transaction},
        {"is damaged: meta page", tell_another_page_size},
        {"is damaged: meta page", tell_a_last_page},
        {"is damaged: meta page", tell_a_root},
        {"is damaged: meta page", tell_a_map},
        {"is damaged: meta page", flag_the_free_list},
        {"is truncated: it has", truncate_a_little},
        {"is truncated: it has", truncate_by_half},
        {"is damaged: page", zero_a_root},
        {"is damaged: page", zero_the_main_root},
        {"is damaged: page", misstate_depth_much},
        {"is damaged: page", misplace_a_table},
        {"is damaged: page", make_a_table_a_value},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        image file = {malloc(sound.size), sound.size};
        assert_non_null(file.bytes);
        memcpy(file.bytes, sound.bytes, sound.size);
        kinds[i].apply(&file);
        write_file(file.bytes, file.size);
        expect_refused(kinds[i].text);
        free(file.bytes);
    }
}

static int group_setup(void **state) {
    (void)state;
    scratch_make(folder);
    scratch_path(path, folder, "store");
    lmdb_file_make(path, &plan);
    read_image(&sound);
    return 0;
}

static int group_teardown(void **state) {
    (void)state;
    free(sound.bytes);
    unlink(path);
    return rmdir(folder);
}

#define DAMAGE(function, text)                                                                     \
    {                                                                                              \
        "damage: " #function, test_damage, NULL, NULL, &(damage) {                                 \
            text, function                                                                         \
        }                                                                                          \
    }

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound),
        cmocka_unit_test(test_short_but_sound),
        cmocka_unit_test(test_no_store),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_many_problems),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_probe_no_store),
        cmocka_unit_test(test_probe_damage),
        DAMAGE(zero_a_root, "its header says it is page 0"),
        DAMAGE(zero_the_main_root, "its header says it is page 0"),
        DAMAGE(change_number, "its header says it is page"),
        DAMAGE(change_kind, "its flags are those of no page of a tree"),
        DAMAGE(make_fixed, "its "),
        DAMAGE(raise_upper, "its bounds of free space are impossible"),
        DAMAGE(raise_upper_a_little, "has an impossible offset"),
        DAMAGE(lower_upper_by_one, "its bounds of free space are impossible"),
        DAMAGE(lower_lower, "its bounds of free space are impossible"),
        DAMAGE(empty_a_leaf, "is an empty leaf"),
        DAMAGE(move_an_entry, "entry 0 has an impossible offset"),
        DAMAGE(lay_entries_over, "entry 1 "),
        DAMAGE(lengthen_a_key, "reaches over the end of the page with its key"),
        DAMAGE(lengthen_a_value, "reaches over the end of the page with its value"),
        DAMAGE(empty_a_key, "the key has an impossible size"),
        DAMAGE(swap_keys, "the keys are not in order"),
        DAMAGE(repeat_a_key, "the keys are not in order"),
        DAMAGE(raise_a_key, "the key belongs on a later page"),
        DAMAGE(lower_a_key, "the key belongs on an earlier page"),
        DAMAGE(refer_twice, "which is in use elsewhere too"),
        DAMAGE(refer_outside, "outside of pages 2 to"),
        DAMAGE(refer_to_a_meta_page, "outside of pages 2 to"),
        DAMAGE(refer_to_a_free_page, "which is in the free list"),
        DAMAGE(refer_to_oneself, "which is in use elsewhere too"),
        DAMAGE(lonely_child, "a branch has under two children"),
        DAMAGE(shorten_a_run, "is not the first of"),
        DAMAGE(lengthen_a_run, "pages from page"),
        DAMAGE(misplace_a_run, "outside of pages 2 to"),
        DAMAGE(lengthen_a_big_value, "outside of pages 2 to"),
        DAMAGE(flip_a_value, "table event_log, page"),
        DAMAGE(flip_a_checksum, "the checksum of a value is wrong"),
        DAMAGE(flip_a_key, "the checksum of a value is wrong"),
        DAMAGE(flip_a_big_value, "the checksum of a value is wrong"),
        DAMAGE(shorten_a_checked_value, "the checksum of a value is wrong"),
        DAMAGE(shorten_a_single_value, "bytes, others have"),
        DAMAGE(flag_an_entry, "an entry has flags 0x4"),
        DAMAGE(tree_without_duplicates, "an entry has flags 0x2"),
        DAMAGE(swap_duplicates, "the keys are not in order"),
        DAMAGE(resize_duplicates, "bytes, others have 24"),
        DAMAGE(enlarge_duplicates, "its values do not fit in it"),
        DAMAGE(overcount_duplicates, "its values do not fit in it"),
        DAMAGE(unflag_a_sub_page, "its duplicates are not on a page of their kind"),
        DAMAGE(cut_a_sub_page, "its duplicates have no page"),
        DAMAGE(swap_many_duplicates, "the keys are not in order"),
        DAMAGE(resize_a_fixed_leaf, "others have 4"),
        DAMAGE(unfix_a_leaf, "its flags are those of another kind of tree"),
        DAMAGE(overfill_a_fixed_leaf, "its values do not fit in it"),
        DAMAGE(hide_room_of_a_fixed_leaf, "its bounds of free space overlap its values"),
        DAMAGE(empty_a_sub_tree, "the tree of its duplicates is impossible"),
        DAMAGE(miscount_a_sub_tree, "entries, its description says"),
        DAMAGE(flag_a_sub_tree, "the tree of its duplicates is impossible"),
        DAMAGE(miscount_entries, "entries, its description says"),
        DAMAGE(miscount_branches, "branch pages, its description says"),
        DAMAGE(misstate_depth, "levels, its description says"),
        DAMAGE(misstate_depth_much, "the depth of a tree is impossible"),
        DAMAGE(flag_a_table, "its flags are 0x8 instead of 0x0"),
        DAMAGE(unflag_a_table, "its flags are 0x0 instead of 0x14"),
        DAMAGE(empty_a_table, "a tree has entries or levels but no root"),
        DAMAGE(misplace_a_table, "the root of a tree is outside the file's pages"),
        DAMAGE(rename_a_table, "table statz, page"),
        DAMAGE(rename_a_table, "table state is missing"),
        DAMAGE(make_a_table_a_value, "an entry is no table"),
        DAMAGE(make_a_table_a_value, "table dirty is missing"),
        DAMAGE(list_a_used_page, "free list"),
        DAMAGE(list_a_page_twice, "is out of order"),
        DAMAGE(list_a_page_outside, "is outside of the store"),
        DAMAGE(list_too_many, "is no list of pages"),
        DAMAGE(forget_a_free_page, "1 of"),
        DAMAGE(list_in_the_future, "has not happened"),
        DAMAGE(truncate_a_little, "past the end of the file"),
        DAMAGE(truncate_by_half, "past the end of the file"),
        DAMAGE(unmark_a_meta_page, "meta page 0: it has no LMDB header"),
        DAMAGE(unmark_both_meta_pages, "not a kith store"),
        DAMAGE(swap_meta_pages, "belongs to the other meta page"),
        DAMAGE(tell_a_far_transaction, "its transaction number is not next to"),
        DAMAGE(tell_another_page_size, "meta page 0: the page size is impossible"),
        DAMAGE(tell_a_last_page, "the last page is outside the map"),
        DAMAGE(tell_a_root, "the root of a tree is outside the file's pages"),
        DAMAGE(tell_a_map, "the map size is impossible"),
        DAMAGE(flag_the_free_list, "the flags of the free list are impossible"),
        DAMAGE(flag_the_main_tree, "main tree: its flags are 0x4 instead of 0"),
        DAMAGE(miscount_tables, "entries, its description says"),
    };
    return cmocka_run_group_tests_name("check", tests, group_setup, group_teardown);
}
