/*
 * Any bytes as a match model. One that is refused says where; one that is taken is written as a
 * text that gives the same model.
 */
#include "src/match/model_json.h"
#include "src/match/model_row.h"
#include "tests/fuzz/target_store.h"

static void check_refused(kith_txn *txn, int code, size_t size) {
    const kith_error *error = kith_txn_error(txn);
    check(code == KITH_INVALID && error->code == code);
    check(strncmp(error->message, "match model, line ", 18) == 0);
    check(error->position >= 0 && error->position <= (int64_t)size);
}

static void check_taken(kith_txn *txn, const kithi_model *model) {
    kithi_model *again = NULL;
    kithi_buffer first, second;
    char *json = NULL;
    check(kithi_model_write(txn, model, &json) == KITH_OK);
    check(kithi_model_parse(txn, json, strlen(json), &again) == KITH_OK);
    kithi_buffer_init(&first);
    kithi_buffer_init(&second);
    kithi_model_pack(model, &first);
    kithi_model_free(again);
    check(kithi_model_unpack(txn, (kithi_slice){first.data, first.size}, &again) == KITH_OK);
    kithi_model_pack(again, &second);
    check(first.size == second.size);
    kithi_buffer_clear(&first);
    kithi_buffer_clear(&second);
    kithi_model_free(again);
    kith_free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kithi_model *model = NULL;
    target_store_make();
    kith_txn *txn = scratch_begin(target_store, KITH_WRITE);
    int code = kithi_model_parse(txn, (const char *)data, size, &model);
    if (code == KITH_OK) {
        check_taken(txn, model);
    } else {
        check_refused(txn, code, size);
    }
    kithi_model_free(model);
    kith_txn_abort(txn);
    return 0;
}
