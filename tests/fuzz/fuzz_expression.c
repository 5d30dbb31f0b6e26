/*
 * Any bytes as an expression. One that is refused says where in it; one that is read reads back as
 * the same from its text, on one line or wrapped, and from its JSON twin, in a store or in none.
 * What a store would refuse is written as it was read too.
 */
#include "src/segment/parse.h"
#include "src/segment/print.h"
#include "src/segment/twin.h"
#include "tests/fuzz/expressed.h"

static void check_text(const kithi_node *node, kithi_arena *arena, size_t columns) {
    kithi_node *again = NULL;
    kithi_buffer text;
    kithi_buffer_init(&text);
    kithi_print(node, columns, &text);
    check(kithi_buffer_ok(&text));
    int rc = kithi_parse((const char *)text.data, text.size, arena, &again, NULL);
    /* What is near to the limit may be longer in its one form. */
    check(rc == KITH_OK || (rc == KITH_LIMIT && text.size > KITH_EXPRESSION_MAX_BYTES));
    check(rc != KITH_OK || kithi_node_equal(node, again));
    kithi_buffer_clear(&text);
}

static void check_twin(const kithi_node *node, kithi_arena *arena) {
    kithi_tree tree = {.arena = arena};
    kithi_buffer json;
    kithi_buffer_init(&json);
    check(kithi_twin_write(node, false, &json));
    const kithi_node *twin = kithi_twin_read(&tree, (const char *)json.data, json.size);
    check(twin != NULL && kithi_node_equal(node, twin));
    kithi_buffer_clear(&json);
}

/* As it is read, before names and types are looked at. */
static void try_unchecked(const char *text, size_t size) {
    kithi_arena arena;
    kithi_node *node = NULL;
    kith_error error = KITH_ERROR_INIT;
    kithi_arena_init(&arena);
    int rc = kithi_parse(text, size, &arena, &node, &error);
    if (rc == KITH_OK) {
        check_text(node, &arena, 0);
        check_text(node, &arena, EXPRESSED_COLUMNS);
        check_twin(node, &arena);
    } else {
        expressed_check_refused(rc, &error, size);
        check(error.position >= 0);
    }
    kithi_arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (kithi_text_valid((const char *)data, size)) {
        try_unchecked((const char *)data, size);
    }
    expressed_try(data, size, false);
    return 0;
}
