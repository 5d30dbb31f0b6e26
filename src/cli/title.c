#include "src/cli/title.h"

#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"
#include "src/cli/session.h"

char *cli_title_text(kith_txn *txn, const kith_profile *profile) {
    static const char *const names[] = {"full_name",    "native_name", "company",
                                        "organization", "email",       "phone"};
    kith_golden given = KITH_GOLDEN_INIT;
    kith_golden family = KITH_GOLDEN_INIT;
    kith_golden other = KITH_GOLDEN_INIT;
    bool has_given = kith_profile_value(profile, "given_name", &given) == KITH_OK;
    bool has_family = kith_profile_value(profile, "family_name", &family) == KITH_OK;
    if (has_given && has_family) {
        char *first = cli_value_text(&given.value);
        char *last = cli_value_text(&family.value);
        /* A name written in Han characters or kana has the family name first and no blank. */
        bool eastern = cli_text_width(first) * 3 == strlen(first) * 2 && (first[0] & 0x80) != 0;
        char *title = eastern ? cli_format("%s%s", last, first) : cli_format("%s %s", first, last);
        free(first);
        free(last);
        return title;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (kith_profile_value(profile, names[i], &other) == KITH_OK) {
            return cli_value_text(&other.value);
        }
    }
    if (has_given || has_family) {
        return cli_value_text(has_given ? &given.value : &family.value);
    }
    return cli_record_text(txn, profile->number);
}
