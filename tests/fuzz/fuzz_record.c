/*
 * Any bytes as a record's row. What is accepted is written again as a row that says the same; and a
 * row that was written is written again as the same bytes.
 */
#include <string.h>

#include "src/fact/record_row.h"
#include "tests/fuzz/target.h"

#define VALUES_MAX 4096

typedef struct row {
    kithi_row_header header;
    kithi_row_value values[VALUES_MAX];
    size_t count;
} row;

/* False: the row is damaged. */
static bool read_row(const uint8_t *data, size_t size, row *out) {
    kithi_walker walker;
    out->count = 0;
    if (!kithi_row_values((kithi_slice){data, size}, &out->header, &walker)) {
        return false;
    }
    check(inside(out->header.key, out->header.key_size + 1, data, size));
    while (out->count < VALUES_MAX &&
           kithi_row_next(&out->header, &walker, &out->values[out->count])) {
        const kithi_row_value *value = &out->values[out->count++];
        check(inside(value->packed, value->packed_size, data, size));
        check(value->floor ? value->packed_size == 0 : value->packed_size > 0);
    }
    check(inside(walker.at, 0, data, size));
    return kithi_walker_done(&walker);
}

static void check_same(const row *a, const row *b) {
    check(memcmp(&a->header.id, &b->header.id, sizeof a->header.id) == 0);
    check(a->header.first_seen_us == b->header.first_seen_us);
    check(a->header.at_us == b->header.at_us && a->header.source == b->header.source);
    check(kithi_version_compare(a->header.floor, b->header.floor) == 0);
    check(a->header.key_size == b->header.key_size);
    check(memcmp(a->header.key, b->header.key, a->header.key_size) == 0);
    check(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        const kithi_row_value *x = &a->values[i], *y = &b->values[i];
        check(x->attribute == y->attribute && x->floor == y->floor && x->status == y->status);
        check(kithi_version_compare(x->version, y->version) == 0);
        check(x->packed_size == y->packed_size);
        check(memcmp(x->packed, y->packed, x->packed_size) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static row first, second;
    kithi_buffer written, again;
    if (size == 0 || !read_row(data, size, &first)) { /* libFuzzer gives no address of nothing */
        return 0;
    }
    kithi_buffer_init(&written);
    kithi_buffer_init(&again);
    kithi_row_write(&written, &first.header, first.values, first.count);
    check(kithi_buffer_ok(&written));
    check(read_row(written.data, written.size, &second));
    check_same(&first, &second);
    kithi_row_write(&again, &second.header, second.values, second.count);
    check(again.size == written.size && memcmp(again.data, written.data, again.size) == 0);
    kithi_buffer_clear(&written);
    kithi_buffer_clear(&again);
    return 0;
}
