/*
 * Two systems, three records, one customer. Try: ./quickstart shop.kith
 */
#include <kith.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void check(int code, const kith_error *error) {
    if (code != KITH_OK) {
        fprintf(stderr, "quickstart: %s: %s\n", kith_code_name(code), error->message);
        exit(EXIT_FAILURE);
    }
}

/* Says what one system knows of one person; an empty text is no value. */
static void put(kith_txn *txn, const char *source, const char *key, const char *at,
                const char *name, const char *email, const char *phone) {
    const kith_field fields[] = {{"given_name", kith_value_text(name)},
                                 {"email", kith_value_text(email)},
                                 {"phone", kith_value_text(phone)}};
    kith_record_input record = KITH_RECORD_INPUT_INIT;
    record.source = source;
    record.key = key;
    record.fields = fields;
    record.field_count = 3;
    check(kith_time_parse(at, 10, &record.at_us), kith_txn_error(txn));
    kith_change change;
    check(kith_record_put(txn, &record, &change), kith_txn_error(txn));
}

static void print_golden(const kith_profile *profile) {
    kith_golden golden = KITH_GOLDEN_INIT;
    for (size_t cursor = 0; kith_profile_next_value(profile, &cursor, &golden) == KITH_OK;) {
        char at[KITH_TIME_TEXT_BYTES];
        kith_time_format(golden.at_us, at);
        if (golden.value.type == KITH_TYPE_TEXT) {
            printf("  %-11s %-17.*s said by %s, %s\n", golden.attribute,
                   (int)golden.value.as.text.size, golden.value.as.text.data, golden.source, at);
        }
    }
}

static void print_record(kith_txn *txn, uint32_t number) {
    kith_record record = KITH_RECORD_INIT;
    check(kith_record_get_number(txn, number, &record), kith_txn_error(txn));
    printf("%s %s", record.source, record.key);
}

static void print_why(kith_txn *txn, uint32_t a, uint32_t b) {
    kith_explanation *why = NULL;
    check(kith_explain_why(txn, a, b, &why), kith_txn_error(txn));
    const kith_step *step;
    for (size_t i = 0; (step = kith_explanation_step(why, i)) != NULL; i++) {
        printf("  ");
        print_record(txn, step->a);
        printf(" and ");
        print_record(txn, step->b);
        printf(": %s by %s %s\n", kith_step_kind_name(step->kind),
               step->type != NULL ? step->type : "", step->value != NULL ? step->value : "");
    }
    kith_explanation_free(why);
}

int main(int argc, char **argv) {
    kith_error error = KITH_ERROR_INIT;
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    options.flags = KITH_CREATE;
    kith *store = NULL;
    kith_txn *txn = NULL;
    check(kith_open(argc > 1 ? argv[1] : "shop.kith", &options, &store, &error), &error);

    check(kith_txn_begin(store, KITH_WRITE, &txn, &error), &error);
    put(txn, "crm", "1042", "2024-01-15", "Ann", "ann@mail.example", "+44 20 7946 0958");
    put(txn, "shop", "77", "2024-03-02", "Anne", "Ann@Mail.Example", "");
    put(txn, "shop", "93", "2024-05-20", "Ann", "ann@mail.example", "");
    check(kith_txn_commit(txn, &error), &error);

    int64_t now_us = 0;
    check(kith_time_parse("2024-06-01", 10, &now_us), &error);
    check(kith_txn_begin(store, KITH_READ, &txn, &error), &error);
    kith_profile profile = KITH_PROFILE_INIT;
    check(kith_profile_find(txn, "phone", "+442079460958", now_us, &profile, NULL),
          kith_txn_error(txn));
    printf("one customer, %" PRIu32 " records\n", profile.record_count);
    print_golden(&profile);

    kith_record crm = KITH_RECORD_INIT, shop = KITH_RECORD_INIT;
    check(kith_record_get(txn, "crm", "1042", &crm), kith_txn_error(txn));
    check(kith_record_get(txn, "shop", "77", &shop), kith_txn_error(txn));
    print_why(txn, crm.number, shop.number);
    kith_txn_abort(txn);
    kith_close(store);
    return EXIT_SUCCESS;
}
