/*
 * What a point of sale does for one customer: who is this, what did they buy of late, book the
 * sale. Try: ./at_the_till till.kith
 *
 * The till holds one read transaction for the day. Between customers it is reset, so that it keeps
 * no old snapshot alive; renewing it is cheaper than beginning another.
 */
#include <kith.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define DAY_US INT64_C(86400000000)

static void check(int code, const kith_error *error) {
    if (code != KITH_OK) {
        fprintf(stderr, "at_the_till: %s: %s\n", kith_code_name(code), error->message);
        exit(EXIT_FAILURE);
    }
}

static void put_purchase(kith_txn *txn, const char *receipt, int64_t time_us, double amount) {
    const kith_field fields[] = {{"amount", kith_value_real(amount)},
                                 {"store", kith_value_text("High Street")}};
    kith_event_input purchase = KITH_EVENT_INPUT_INIT;
    purchase.source = "loyalty";
    purchase.key = "2001";
    purchase.type = "purchase";
    purchase.time_us = time_us;
    purchase.message_id = receipt; /* booked twice, it counts once */
    purchase.fields = fields;
    purchase.field_count = 2;
    kith_change change;
    check(kith_event_put(txn, &purchase, &change), kith_txn_error(txn));
}

/* What the shop knew before today. */
static void fill(kith *store, int64_t now_us) {
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn = NULL;
    const kith_field fields[] = {{"given_name", kith_value_text("Mei")},
                                 {"family_name", kith_value_text("Tanaka")},
                                 {"phone", kith_value_text("+81 3-1234-5678")}};
    kith_record_input member = KITH_RECORD_INPUT_INIT;
    member.source = "loyalty";
    member.key = "2001";
    member.at_us = now_us - 400 * DAY_US;
    member.fields = fields;
    member.field_count = 3;
    kith_change change;
    check(kith_txn_begin(store, KITH_WRITE, &txn, &error), &error);
    check(kith_record_put(txn, &member, &change), kith_txn_error(txn));
    put_purchase(txn, "R-1001", now_us - 45 * DAY_US, 31.5);
    put_purchase(txn, "R-1377", now_us - 12 * DAY_US, 18.2);
    put_purchase(txn, "R-1490", now_us - 3 * DAY_US, 64);
    check(kith_txn_commit(txn, &error), &error);
}

static void print_text(const kith_profile *profile, const char *attribute) {
    kith_golden golden = KITH_GOLDEN_INIT;
    if (kith_profile_value(profile, attribute, &golden) == KITH_OK &&
        golden.value.type == KITH_TYPE_TEXT) {
        printf("%.*s ", (int)golden.value.as.text.size, golden.value.as.text.data);
    }
}

/* Shows who has this phone. False where nobody has. */
static bool greet(kith_txn *txn, const char *phone, int64_t now_us) {
    kith_profile customer = KITH_PROFILE_INIT;
    int code = kith_profile_find(txn, "phone", phone, now_us, &customer, NULL);
    if (code == KITH_NOT_FOUND || code == KITH_INVALID) {
        printf("nobody has %s\n", phone);
        return false;
    }
    check(code, kith_txn_error(txn));
    uint64_t count = 0;
    check(
        kith_profile_count_events(&customer, "purchase", now_us - 30 * DAY_US, now_us + 1, &count),
        kith_txn_error(txn));
    print_text(&customer, "given_name");
    print_text(&customer, "family_name");
    printf("bought %" PRIu64 " times in 30 days\n", count);
    return true;
}

/* Books a sale and brings the customer's row up to date, in one durable transaction. */
static void sell(kith *store, const char *receipt, int64_t now_us, double amount) {
    kith_error error = KITH_ERROR_INIT;
    kith_settle_result result = KITH_SETTLE_RESULT_INIT;
    kith_txn *txn = NULL;
    check(kith_txn_begin(store, KITH_WRITE, &txn, &error), &error);
    put_purchase(txn, receipt, now_us, amount);
    check(kith_settle(txn, now_us, 0, &result), kith_txn_error(txn));
    check(kith_txn_commit(txn, &error), &error);
    printf("sold for %.2f; profiles settled: %" PRIu64 "\n", amount, result.settled_count);
}

int main(int argc, char **argv) {
    kith_error error = KITH_ERROR_INIT;
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    options.flags = KITH_CREATE;
    kith *store = NULL;
    int64_t now_us = 0;
    check(kith_time_parse("2024-06-01T10:30:00Z", 20, &now_us), &error);
    check(kith_open(argc > 1 ? argv[1] : "till.kith", &options, &store, &error), &error);
    fill(store, now_us);

    kith_txn *day = NULL;
    check(kith_txn_begin(store, KITH_READ, &day, &error), &error);
    bool known = greet(day, "+81312345678", now_us);
    kith_txn_reset(day);
    if (known) {
        sell(store, "R-1512", now_us, 22.9);
        check(kith_txn_renew(day), kith_txn_error(day));
        greet(day, "+81312345678", now_us);
    }
    kith_txn_abort(day);
    kith_close(store);
    return known ? EXIT_SUCCESS : EXIT_FAILURE;
}
