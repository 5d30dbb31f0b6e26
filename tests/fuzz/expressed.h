/*
 * What holds of any expression that was read: its text and its JSON twin read back as the same, and
 * so they do in a store that knows some of its names.
 */
#ifndef KITH_TESTS_FUZZ_EXPRESSED_H
#define KITH_TESTS_FUZZ_EXPRESSED_H

#include "src/base/text.h"
#include "src/segment/expression.h"
#include "tests/fuzz/target_store.h"

#define EXPRESSED_COLUMNS 40

static kith_txn *expressed_txn; /* of a store with some names; it reads */

static void expressed_leave(void) {
    kith_txn_abort(expressed_txn);
}

static void expressed_define(kith_txn *txn) {
    static const char config[] =
        "{\"attributes\": {\"spent\": {\"type\": \"real\"}, \"vip\": {\"type\": \"boolean\"},"
        " \"seen\": {\"type\": \"time\"}, \"Zip Code\": {\"type\": \"text\"}}}";
    static const char *const types[] = {"purchase", "signup", "Order Completed"};
    check(kith_config_apply(txn, config, sizeof config - 1) == KITH_OK);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        check(scratch_event(txn, "shop", "1", types[i], SCRATCH_NOW_US, NULL, NULL, "amount", "3",
                            "sku", "a", "Order Id", "7", NULL) == KITH_OK);
    }
}

static inline void expressed_prepare(void) {
    if (!target_store_make()) {
        return;
    }
    kith_txn *txn = scratch_begin(target_store, KITH_WRITE);
    expressed_define(txn);
    scratch_commit(txn);
    expressed_txn = scratch_begin(target_store, KITH_READ);
    atexit(expressed_leave);
}

/* One line that can be shown, and a place in the text or none. */
static inline void expressed_check_refused(int rc, const kith_error *error, size_t size) {
    check(rc == KITH_INVALID || rc == KITH_LIMIT);
    check(error->code == rc && error->message[0] != '\0');
    check(error->position >= -1 && error->position <= (int64_t)size);
    check(kithi_text_valid(error->message, strlen(error->message)));
    for (const char *c = error->message; *c != '\0'; c++) {
        check((unsigned char)*c >= ' ' && *c != '\x7f');
    }
}

/* NULL: it was refused, as it should be. */
static inline kith_expression *expressed_read(const char *text, size_t size, kith_txn *txn,
                                              bool json) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith_expression *expression = NULL;
    options.json = json;
    options.value = true;
    int rc = kith_expression_parse(text, size, txn, &options, &expression, &error);
    if (rc != KITH_OK) {
        expressed_check_refused(rc, &error, size);
        check(expression == NULL);
    }
    return expression;
}

/* What was written reads back as the same; written again it is the same. */
static inline void expressed_check_again(const kith_expression *expression, const char *written,
                                         kith_txn *txn, bool json) {
    char *text = NULL, *again_text = NULL;
    kith_expression *again = expressed_read(written, strlen(written), txn, json);
    check(again != NULL);
    check(kithi_node_equal(expression->root, again->root));
    check(strcmp(kith_expression_gives(expression), kith_expression_gives(again)) == 0);
    check(kith_expression_text(expression, 0, &text) == KITH_OK);
    check(kith_expression_text(again, 0, &again_text) == KITH_OK);
    check(strcmp(text, again_text) == 0);
    kith_free(text);
    kith_free(again_text);
    kith_expression_free(again);
}

static inline void expressed_check_forms(const kith_expression *expression, kith_txn *txn) {
    static const size_t columns[] = {0, EXPRESSED_COLUMNS};
    for (size_t i = 0; i < 2; i++) {
        char *text = NULL, *json = NULL;
        check(kith_expression_text(expression, columns[i], &text) == KITH_OK);
        check(kith_expression_json(expression, i > 0, &json) == KITH_OK);
        expressed_check_again(expression, text, txn, false);
        expressed_check_again(expression, json, txn, true);
        kith_free(text);
        kith_free(json);
    }
}

static inline void expressed_try(const uint8_t *data, size_t size, bool json) {
    expressed_prepare();
    kith_txn *const txns[] = {NULL, expressed_txn};
    for (size_t i = 0; i < 2; i++) {
        kith_expression *expression = expressed_read((const char *)data, size, txns[i], json);
        if (expression != NULL) {
            expressed_check_forms(expression, txns[i]);
        }
        kith_expression_free(expression);
    }
}

#endif
