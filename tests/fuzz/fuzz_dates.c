/* What is read as a date or a time is the same once written and read again; both are in years 0 to
 * 9999. */
#include <string.h>

#include "kith/base.h"
#include "tests/fuzz/target.h"

static void check_date(const char *text, size_t size) {
    int64_t days, again;
    char shown[KITH_TIME_TEXT_BYTES];
    if (kith_date_parse(text, size, &days) != KITH_OK) {
        return;
    }
    kith_date_format(days, shown);
    check(strlen(shown) == 10);
    check(kith_date_parse(shown, 10, &again) == KITH_OK && again == days);
    /* Each date is a time as well: that day's beginning. */
    int64_t us;
    check(kith_time_parse(text, size, &us) == KITH_OK);
    check(us == days * INT64_C(86400000000));
}

static void check_time(const char *text, size_t size) {
    int64_t us, again;
    char shown[KITH_TIME_TEXT_BYTES];
    if (kith_time_parse(text, size, &us) != KITH_OK) {
        return;
    }
    kith_time_format(us, shown);
    check(strlen(shown) < KITH_TIME_TEXT_BYTES);
    check(kith_time_parse(shown, strlen(shown), &again) == KITH_OK && again == us);
}

/* Any number has a text that can be read. */
static void check_format(const uint8_t *data, size_t size) {
    int64_t number, again;
    char shown[KITH_TIME_TEXT_BYTES];
    if (size < sizeof number) {
        return;
    }
    memcpy(&number, data, sizeof number);
    kith_time_format(number, shown);
    check(kith_time_parse(shown, strlen(shown), &again) == KITH_OK);
    kith_date_format(number, shown);
    check(kith_date_parse(shown, strlen(shown), &again) == KITH_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    check_date((const char *)data, size);
    check_time((const char *)data, size);
    check_format(data, size);
    return 0;
}
