/*
 * Any bytes as a packed match model. It is refused, or it is one that two records can be compared
 * and blocked by, and that is read from its own bytes as the same.
 */
#include "src/fact/record_key.h"
#include "src/match/model_row.h"
#include "tests/fuzz/compared.h"
#include "tests/fuzz/target_store.h"

static kith_txn *txn;

static void leave(void) {
    kith_txn_abort(txn);
}

static void check_same_comparison(const kithi_comparison *a, const kithi_comparison *b) {
    check(strcmp(a->name, b->name) == 0 && a->kind == b->kind);
    check(memcmp(a->weight, b->weight, sizeof a->weight) == 0);
    check(memcmp(a->shared, b->shared, a->kind->part_count * sizeof a->shared[0]) == 0);
    check(a->terms.total == b->terms.total);
    check(a->terms.count == b->terms.count && a->terms.rest == b->terms.rest);
    for (size_t i = 0; i < a->terms.capacity; i++) {
        const struct kithi_term_count *place = &a->terms.places[i];
        check(place->count == 0 || kithi_terms_count(&b->terms, place->hash) == place->count);
    }
}

static void check_same(const kithi_model *a, const kithi_model *b) {
    check(a->comparison_count == b->comparison_count);
    check(a->attribute_count == b->attribute_count);
    check(memcmp(a->prior, b->prior, sizeof a->prior) == 0);
    check(a->link_at == b->link_at && a->block_cap == b->block_cap);
    check(kithi_block_rules_equal(&a->blocks, &b->blocks));
    check(memcmp(a->most_left, b->most_left, sizeof a->most_left) == 0);
    for (size_t i = 0; i < a->comparison_count; i++) {
        check_same_comparison(&a->comparisons[i], &b->comparisons[i]);
    }
}

static void check_reads_itself(const kithi_model *model) {
    kithi_model *again = NULL;
    kithi_buffer packed;
    kithi_buffer_init(&packed);
    kithi_model_pack(model, &packed);
    check(kithi_buffer_ok(&packed));
    kithi_slice row = {packed.data, packed.size};
    check(kithi_model_unpack(txn, row, &again) == KITH_OK);
    check_same(model, again);
    kithi_buffer_clear(&packed);
    kithi_model_free(again);
}

/* One that is read for certain, whatever the corpus holds. */
static void check_a_new_one(void) {
    kithi_model *model = kithi_model_new(kithi_txn_catalog(txn));
    check(model != NULL);
    weigh_somehow(model);
    check_reads_itself(model);
    kithi_model_free(model);
}

/* Two records that say something of everything that a model compares. */
static void prepare(void) {
    if (!target_store_make()) {
        return;
    }
    txn = scratch_begin(target_store, KITH_WRITE);
    scratch_record(txn, kith_record_put, "crm", "1", 1, NULL, "given_name", "Ann", "family_name",
                   "Muir", "birth_date", "1980-02-01", "address_line", "4 Mill Lane", "city",
                   "York", "postcode", "YO1 7HH", "state", "Yorkshire", "gender", "f", "email",
                   "ann.muir84@mail.test", "phone", "+441904555010", "national_id", "AB123456C",
                   "company", "Muir & Co", NULL);
    scratch_record(txn, kith_record_put, "crm", "2", 1, NULL, "full_name", "Muir, Anne J",
                   "birth_date", "1980-01-02", "address_line", "Mill Ln 4", "city", "York City",
                   "postcode", "YO1 7HJ", "gender", "f", "email", "annmuir84@other.test", "phone",
                   "+441904555011", "national_id", "AB123465C", "company", "Muir", NULL);
    scratch_commit(txn);
    txn = scratch_begin(target_store, KITH_READ);
    atexit(leave);
    check_a_new_one();
}

static void check_usable(const kithi_model *model) {
    compared_room rooms[2];
    for (uint32_t record = 0; record < 2; record++) {
        kithi_slice row;
        check(kithi_record_row(txn, record, &row) == KITH_OK);
        check(kithi_features_make(model, row, &rooms[record].features));
        check_features(&rooms[record].features);
        check_block_keys(model, &rooms[record].features);
    }
    check_pair(model, &rooms[0].features, &rooms[1].features);
    check_pair(model, &rooms[0].features, &rooms[0].features);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kithi_model *model = NULL;
    prepare();
    int code = kithi_model_unpack(txn, (kithi_slice){data, size}, &model);
    check(code == KITH_OK || code == KITH_CORRUPT);
    if (code == KITH_CORRUPT) {
        check(model == NULL && kith_txn_error(txn)->code == code);
        return 0;
    }
    check_usable(model);
    check_reads_itself(model);
    kithi_model_free(model);
    return 0;
}
