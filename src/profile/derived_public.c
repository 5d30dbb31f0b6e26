/* What a profile's row says of traits and segments. */
#include "src/base/sized.h"
#include "src/profile/row.h"

static int damaged(kith_txn *txn) {
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                           "a profile's row can't be read; run kith verify");
}

static bool read_header(const kith_profile *profile, kithi_slice *out_row,
                        kithi_state_header *out) {
    *out_row = (kithi_slice){profile->row, profile->row_bytes};
    return kithi_state_read_header(*out_row, out);
}

typedef struct trait_entry {
    uint16_t id;
    kithi_slice packed;
} trait_entry;

static bool next_entry(kithi_walker *walker, trait_entry *out) {
    const uint8_t *at = walker->at;
    size_t left = (size_t)(walker->end - at);
    if (left < KITHI_TRAIT_HEAD_BYTES) {
        return false;
    }
    size_t size = kithi_get32(at + 2);
    if (left - KITHI_TRAIT_HEAD_BYTES < size) {
        return false;
    }
    *out = (trait_entry){kithi_get16(at), {at + KITHI_TRAIT_HEAD_BYTES, size}};
    walker->at = at + KITHI_TRAIT_HEAD_BYTES + size;
    return true;
}

static int give_trait(const kith_profile *profile, const trait_entry *entry,
                      kith_profile_trait_value *out) {
    const kithi_formula *trait =
        kithi_catalog_formula(kithi_txn_catalog(profile->txn), KITHI_CATALOG_TRAIT, entry->id);
    kithi_walker packed = kithi_walker_of(entry->packed.data, entry->packed.size);
    kith_profile_trait_value found;
    if (trait == NULL || !kithi_walk_value(&packed, kithi_txn_arena(profile->txn), &found.value)) {
        return damaged(profile->txn);
    }
    found.trait = trait->name;
    kithi_give(out, &found, sizeof found);
    return KITH_OK;
}

int kith_profile_next_trait(const kith_profile *profile, size_t *cursor,
                            kith_profile_trait_value *out) {
    kithi_slice row;
    kithi_state_header header;
    trait_entry entry;
    if (!read_header(profile, &row, &header)) {
        return damaged(profile->txn);
    }
    kithi_walker walker = kithi_state_traits(row, &header);
    const uint8_t *start = walker.at;
    walker.at += *cursor;
    if (kithi_walker_done(&walker)) {
        return KITH_DONE;
    }
    if (!next_entry(&walker, &entry)) {
        return damaged(profile->txn);
    }
    *cursor = (size_t)(walker.at - start);
    return give_trait(profile, &entry, out);
}

int kith_profile_trait(const kith_profile *profile, const char *name,
                       kith_profile_trait_value *out) {
    const kithi_formula *wanted =
        kithi_catalog_find_formula(kithi_txn_catalog(profile->txn), KITHI_CATALOG_TRAIT, name);
    kithi_slice row;
    kithi_state_header header;
    trait_entry entry;
    if (!read_header(profile, &row, &header)) {
        return damaged(profile->txn);
    }
    kithi_walker walker = kithi_state_traits(row, &header);
    while (wanted != NULL && next_entry(&walker, &entry)) {
        if (entry.id == wanted->id) {
            return give_trait(profile, &entry, out);
        }
    }
    return kithi_error_say(kithi_txn_error(profile->txn), KITH_NOT_FOUND,
                           "the profile has no value of this trait");
}

int kith_profile_in_segment(const kith_profile *profile, const char *name, bool *out_in) {
    const kithi_formula *wanted =
        kithi_catalog_find_formula(kithi_txn_catalog(profile->txn), KITHI_CATALOG_SEGMENT, name);
    kithi_slice row;
    kithi_state_header header;
    if (wanted == NULL || wanted->removed) {
        return kithi_error_set(kithi_txn_error(profile->txn), KITH_NOT_FOUND,
                               "there is no segment '%.80s'", name);
    }
    if (!read_header(profile, &row, &header)) {
        return damaged(profile->txn);
    }
    kithi_slice ids = kithi_state_segments(row, &header);
    *out_in = false;
    for (size_t at = 0; at + KITHI_MEMBERSHIP_BYTES <= ids.size && !*out_in;
         at += KITHI_MEMBERSHIP_BYTES) {
        *out_in = kithi_get16(ids.data + at) == wanted->id;
    }
    return KITH_OK;
}

int kith_profile_next_segment(const kith_profile *profile, size_t *cursor, const char **out_name) {
    kithi_slice row;
    kithi_state_header header;
    if (!read_header(profile, &row, &header)) {
        return damaged(profile->txn);
    }
    kithi_slice ids = kithi_state_segments(row, &header);
    if (*cursor + KITHI_MEMBERSHIP_BYTES > ids.size) {
        return KITH_DONE;
    }
    const kithi_formula *segment = kithi_catalog_formula(
        kithi_txn_catalog(profile->txn), KITHI_CATALOG_SEGMENT, kithi_get16(ids.data + *cursor));
    if (segment == NULL) {
        return damaged(profile->txn);
    }
    *cursor += KITHI_MEMBERSHIP_BYTES;
    *out_name = segment->name;
    return KITH_OK;
}
