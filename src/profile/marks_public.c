/*
 * The public view of what stands of a profile's marks.
 */
#include <string.h>

#include "src/base/sized.h"
#include "src/profile/marks.h"
#include "src/profile/marks_row.h"
#include "src/profile/row.h"

static int damaged(const kith_profile *profile) {
    return kithi_error_set(kithi_txn_error(profile->txn), KITH_CORRUPT,
                           "a profile's row can't be read; run kith verify");
}

static int not_found(const kith_profile *profile, const char *message) {
    return kithi_error_say(kithi_txn_error(profile->txn), KITH_NOT_FOUND, message);
}

/* The next entry of a kind; KITH_DONE after the last. */
static int next_of_kind(const kith_profile *profile, kithi_mark_kind kind, size_t *cursor,
                        kithi_row_mark *out) {
    kithi_slice row = {profile->row, profile->row_bytes};
    kithi_state_header header;
    if (!kithi_state_read_header(row, &header)) {
        return damaged(profile);
    }
    kithi_walker walker = kithi_state_marks(row, &header);
    const uint8_t *start = walker.at;
    walker.at += *cursor;
    do {
        if (kithi_walker_done(&walker)) {
            return KITH_DONE;
        }
        if (!kithi_row_mark_next(&walker, out)) {
            return damaged(profile);
        }
    } while (out->kind != kind);
    *cursor = (size_t)(walker.at - start);
    return KITH_OK;
}

/* The entry of a kind and a name; KITH_DONE: there is none. */
static int find_of_kind(const kith_profile *profile, kithi_mark_kind kind, const char *name,
                        kithi_row_mark *out) {
    size_t cursor = 0;
    int rc;
    do {
        rc = next_of_kind(profile, kind, &cursor, out);
    } while (rc == KITH_OK && strcmp(out->name, name) != 0);
    return rc;
}

/* Tags */

static int give_tag(const kith_profile *profile, const kithi_row_mark *entry, kith_tag *out) {
    kith_tag tag = {.name = entry->name,
                    .removed = false,
                    .origin = entry->origin,
                    .confidence = entry->confidence,
                    .record = entry->record,
                    .at_us = entry->at_us,
                    .expires_at_us = entry->amount,
                    .by = entry->by};
    if (!kithi_tag_value(entry->value, &tag.value)) {
        return damaged(profile);
    }
    kithi_give(out, &tag, sizeof tag);
    return KITH_OK;
}

int kith_profile_tag(const kith_profile *profile, const char *name, kith_tag *out) {
    kithi_row_mark entry;
    int rc = find_of_kind(profile, KITHI_MARK_TAG, name, &entry);
    if (rc == KITH_DONE) {
        return not_found(profile, "the profile doesn't have this tag");
    }
    return rc == KITH_OK ? give_tag(profile, &entry, out) : rc;
}

int kith_profile_next_tag(const kith_profile *profile, size_t *cursor, kith_tag *out) {
    kithi_row_mark entry;
    int rc = next_of_kind(profile, KITHI_MARK_TAG, cursor, &entry);
    return rc == KITH_OK ? give_tag(profile, &entry, out) : rc;
}

/* Consents */

static bool is_for(const char *own, const char *channel) {
    return own == NULL || (channel != NULL && strcmp(own, channel) == 0);
}

int kith_profile_consent(const kith_profile *profile, const char *purpose, const char *channel,
                         bool *out_granted, int64_t *out_at_us) {
    kithi_row_mark entry;
    size_t cursor = 0;
    bool granted = false;
    int64_t at_us = INT64_MIN;
    int rc;
    /* What stands for any channel comes first, and stands for one that isn't named beside it. */
    while ((rc = next_of_kind(profile, KITHI_MARK_CONSENT, &cursor, &entry)) == KITH_OK) {
        if (strcmp(entry.name, purpose) == 0 && is_for(entry.channel, channel)) {
            granted = entry.flag;
            at_us = entry.at_us;
        }
    }
    if (rc != KITH_OK && rc != KITH_DONE) {
        return rc;
    }
    *out_granted = granted;
    if (out_at_us != NULL) {
        *out_at_us = at_us;
    }
    return KITH_OK;
}

int kith_profile_next_consent(const kith_profile *profile, size_t *cursor, kith_consent *out) {
    kithi_row_mark entry;
    int rc = next_of_kind(profile, KITHI_MARK_CONSENT, cursor, &entry);
    if (rc == KITH_OK) {
        const kith_consent consent = {.purpose = entry.name,
                                      .channel = entry.channel,
                                      .granted = entry.flag,
                                      .record = entry.record,
                                      .at_us = entry.at_us,
                                      .by = entry.by};
        kithi_give(out, &consent, sizeof consent);
    }
    return rc;
}

/* Points */

int kith_profile_points(const kith_profile *profile, const char *ledger, int64_t *out_micros) {
    kithi_row_mark entry = {.amount = 0};
    int rc = find_of_kind(profile, KITHI_MARK_POINTS, ledger, &entry);
    if (rc == KITH_DONE) {
        *out_micros = 0;
        return KITH_OK;
    }
    if (rc == KITH_OK && entry.flag) {
        return kithi_error_say(kithi_txn_error(profile->txn), KITH_LIMIT,
                               "the balance is beyond +-9.2e12 points");
    }
    if (rc == KITH_OK) {
        *out_micros = entry.amount;
    }
    return rc;
}

int kith_profile_next_points(const kith_profile *profile, size_t *cursor, kith_points *out) {
    kithi_row_mark entry;
    int rc = next_of_kind(profile, KITHI_MARK_POINTS, cursor, &entry);
    if (rc == KITH_OK) {
        const kith_points points = {.ledger = entry.name,
                                    .balance_micros = entry.amount,
                                    .entry_count = entry.record,
                                    .last_us = entry.at_us,
                                    .overflow = entry.flag};
        kithi_give(out, &points, sizeof points);
    }
    return rc;
}

/* Scores */

static void give_score(const kithi_row_mark *entry, kith_score *out) {
    const kith_score score = {.name = entry->name,
                              .value_micros = entry->amount,
                              .record = entry->record,
                              .at_us = entry->at_us,
                              .by = entry->by};
    kithi_give(out, &score, sizeof score);
}

int kith_profile_score(const kith_profile *profile, const char *name, kith_score *out) {
    kithi_row_mark entry;
    int rc = find_of_kind(profile, KITHI_MARK_SCORE, name, &entry);
    if (rc == KITH_DONE) {
        return not_found(profile, "the profile doesn't have this score");
    }
    if (rc == KITH_OK) {
        give_score(&entry, out);
    }
    return rc;
}

int kith_profile_next_score(const kith_profile *profile, size_t *cursor, kith_score *out) {
    kithi_row_mark entry;
    int rc = next_of_kind(profile, KITHI_MARK_SCORE, cursor, &entry);
    if (rc == KITH_OK) {
        give_score(&entry, out);
    }
    return rc;
}
