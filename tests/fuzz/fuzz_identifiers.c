/*
 * A normal form is valid UTF-8, within its limit, and its own normal form. Folding is at rest after
 * one pass. Two names, the halves of the input, compare the same in either order, and no name
 * differs from itself.
 */
#include <string.h>

#include "src/base/letters.h"
#include "src/base/text.h"
#include "src/fact/normalise.h"
#include "src/match/compare.h"
#include "tests/fuzz/target.h"

#define FOLD_CAPACITY 4096

static void check_normaliser(kithi_normaliser how, const char *region, const char *text,
                             size_t size) {
    char out[KITHI_IDENTIFIER_MAX_BYTES], again[KITHI_IDENTIFIER_MAX_BYTES];
    size_t out_size = 0, again_size = 0;
    if (kithi_normalise(how, region, text, size, out, &out_size) != KITH_OK) {
        return;
    }
    check(out_size > 0 && out_size <= KITHI_IDENTIFIER_MAX_BYTES);
    check(kithi_text_valid(out, out_size) && memchr(out, '\0', out_size) == NULL);
    check(kithi_normalise(how, region, out, out_size, again, &again_size) == KITH_OK);
    check(again_size == out_size && memcmp(again, out, out_size) == 0);
}

typedef bool (*rewrite_fn)(const char *, size_t, char *, size_t, size_t *);

static void check_at_rest(rewrite_fn rewrite, const char *text, size_t size) {
    static char out[FOLD_CAPACITY], again[FOLD_CAPACITY];
    size_t out_size = 0, again_size = 0;
    if (!rewrite(text, size, out, sizeof out, &out_size)) {
        return;
    }
    check(kithi_text_valid(text, size) && kithi_text_valid(out, out_size));
    check(rewrite(out, out_size, again, sizeof again, &again_size));
    check(again_size == out_size && memcmp(again, out, out_size) == 0);
}

static void check_names(const kithi_name *a, const kithi_name *b) {
    check(kithi_text_valid(a->given, strlen(a->given)));
    check(kithi_text_valid(a->family, strlen(a->family)));
    check(!kithi_given_names_differ(a, a));
    check(kithi_given_names_differ(a, b) == kithi_given_names_differ(b, a));
    check((kithi_name_key(a) == 0) == (a->given[0] == '\0' && a->family[0] == '\0'));
}

static void check_comparing(const char *text, size_t size) {
    size_t half = size / 2;
    kithi_name a, b;
    kithi_name_make(NULL, 0, NULL, 0, text, half, &a);
    kithi_name_make(NULL, 0, NULL, 0, text + half, size - half, &b);
    check_names(&a, &b);
    check_names(&b, &a);
    kithi_name_make(text, half, text + half, size - half, NULL, 0, &a);
    kithi_name_make(text + half, size - half, text, half, NULL, 0, &b);
    check_names(&a, &b);
    bool differ = kithi_texts_differ(text, half, text + half, size - half);
    check(differ == kithi_texts_differ(text + half, size - half, text, half));
    check(!kithi_texts_differ(text, size, text, size));
    int64_t days[2];
    if (size >= sizeof days) {
        memcpy(days, text, sizeof days);
        check(kithi_dates_differ(days[0], days[1]) == kithi_dates_differ(days[1], days[0]));
        check(kithi_dates_differ(days[0] % 40000, days[1] % 40000) ==
              kithi_dates_differ(days[1] % 40000, days[0] % 40000));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const regions[] = {"auto", "CN", "US", "GB", "RU", "IT", "MX", "HU", "ZZ"};
    const char *text = (const char *)data;
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++) {
        check_normaliser(KITHI_NORMALISE_PHONE, regions[i], text, size);
    }
    check_normaliser(KITHI_NORMALISE_EXACT, "auto", text, size);
    check_normaliser(KITHI_NORMALISE_ID, "auto", text, size);
    check_normaliser(KITHI_NORMALISE_EMAIL, "auto", text, size);
    check_normaliser(KITHI_NORMALISE_NAME, "auto", text, size);
    check_at_rest(kithi_text_clean, text, size);
    check_at_rest(kithi_text_fold, text, size);
    check_comparing(text, size);
    return 0;
}
