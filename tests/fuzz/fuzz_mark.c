/*
 * Any bytes as the row of a mark. What is accepted lies within the bytes and is written again as a
 * row that says the same; and a row that was written is written again as the same bytes.
 */
#include <string.h>

#include "src/fact/mark.h"
#include "tests/fuzz/target.h"

static void check_text(kithi_mark_text text, const uint8_t *data, size_t size) {
    check(text.data == NULL ? text.size == 0 : text.size >= 1 && text.size <= KITH_NAME_MAX_BYTES);
    check(text.data == NULL || inside(text.data, text.size, data, size));
    check(text.data == NULL || memchr(text.data, '\0', text.size) == NULL);
}

static bool read(const uint8_t *data, size_t size, kithi_mark *out) {
    if (!kithi_mark_read((kithi_slice){data, size}, out)) {
        return false;
    }
    check_text(out->name, data, size);
    check_text(out->detail, data, size);
    check_text(out->by, data, size);
    check(out->name.data != NULL);
    check((out->kind == KITHI_MARK_TAG) == (out->value.size > 0));
    check(out->value.data == NULL || inside(out->value.data, out->value.size, data, size));
    check(out->confidence <= 100 && out->origin <= KITH_ORIGIN_MODEL);
    return true;
}

static void check_same_text(kithi_mark_text a, kithi_mark_text b) {
    check((a.data == NULL) == (b.data == NULL) && a.size == b.size);
    check(a.data == NULL || memcmp(a.data, b.data, a.size) == 0);
}

static void check_same(const kithi_mark *a, const kithi_mark *b) {
    check(a->kind == b->kind && a->origin == b->origin && a->confidence == b->confidence);
    check(a->expires_at_us == b->expires_at_us && a->granted == b->granted);
    check(a->micros == b->micros && a->value.size == b->value.size);
    check(a->value.size == 0 || memcmp(a->value.data, b->value.data, a->value.size) == 0);
    check_same_text(a->name, b->name);
    check_same_text(a->detail, b->detail);
    check_same_text(a->by, b->by);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kithi_mark first, second;
    kithi_buffer written, again;
    if (size == 0 || !read(data, size, &first)) { /* libFuzzer gives no address of nothing */
        return 0;
    }
    kithi_buffer_init(&written);
    kithi_buffer_init(&again);
    kithi_mark_write(&written, &first);
    check(kithi_buffer_ok(&written));
    check(read(written.data, written.size, &second));
    check_same(&first, &second);
    kithi_mark_write(&again, &second);
    check(again.size == written.size && memcmp(again.data, written.data, again.size) == 0);
    kithi_buffer_clear(&written);
    kithi_buffer_clear(&again);
    return 0;
}
