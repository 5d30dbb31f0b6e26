#include "src/fact/record_key.h"

#include <string.h>

#include "src/base/bytes.h"
#include "src/base/hash.h"
#include "src/base/text.h"
#include "src/store/landing.h"

/* Two keys with one id need a crafted collision; then the next seed gives another id. */
#define ID_TRIES         4
#define ENTRY_HEAD_BYTES 6 /* record number and source id; the key follows */

int kithi_record_check_names(kith_txn *txn, const char *source, const char *key) {
    kith_error *error = kithi_txn_error(txn);
    if (source == NULL || source[0] == '\0') {
        return kithi_error_set(error, KITH_INVALID, "a record needs a source");
    }
    if (key == NULL || key[0] == '\0') {
        return kithi_error_set(error, KITH_INVALID, "a record needs a key");
    }
    size_t size = strlen(key);
    if (size > KITH_KEY_MAX_BYTES) {
        return kithi_error_set(error, KITH_INVALID,
                               "the key '%.40s...' has %zu bytes; at most %d are allowed", key,
                               size, KITH_KEY_MAX_BYTES);
    }
    if (!kithi_text_valid(key, size)) {
        return kithi_error_set(error, KITH_INVALID, "the key is not valid UTF-8");
    }
    return KITH_OK;
}

static void make_id(const char *source, const char *key, uint64_t seed, kith_id *out) {
    uint8_t text[256 + KITH_KEY_MAX_BYTES + 2];
    size_t source_size = strlen(source);
    size_t key_size = strlen(key);
    source_size = source_size < 256 ? source_size : 256;
    memcpy(text, source, source_size);
    text[source_size] = 0;
    memcpy(text + source_size + 1, key, key_size);
    kithi_hash128(text, source_size + 1 + key_size, seed, out->bytes);
}

/* Looks an id up; *out_other says that it is another record's. */
static int look_up(kith_txn *txn, const kith_id *id, uint16_t source, const char *key,
                   uint32_t *out, bool *out_other) {
    kithi_slice entry;
    *out_other = false;
    int rc = kithi_landing_get(txn, KITHI_TABLE_RECORD_KEY, id->bytes, sizeof id->bytes, &entry);
    if (rc != KITH_OK) {
        return rc;
    }
    size_t key_size = strlen(key);
    *out_other = entry.size != ENTRY_HEAD_BYTES + key_size ||
                 kithi_get16(entry.data + 4) != source ||
                 memcmp(entry.data + ENTRY_HEAD_BYTES, key, key_size) != 0;
    *out = entry.size >= 4 ? kithi_get32(entry.data) : 0;
    return KITH_OK;
}

/* The record's number, or KITH_NOT_FOUND with the id it would have. */
static int find(kith_txn *txn, const kithi_source *source, const char *key, uint32_t *out,
                kith_id *out_id) {
    for (uint64_t seed = 0; seed < ID_TRIES; seed++) {
        bool other;
        make_id(source->name, key, seed, out_id);
        int rc = look_up(txn, out_id, source->id, key, out, &other);
        if (rc != KITH_OK || !other) {
            return rc;
        }
    }
    return kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                           "the key '%.60s' has the id of other records; choose another key", key);
}

int kithi_record_number(kith_txn *txn, const char *source, const char *key, uint32_t *out) {
    kith_id id;
    const kithi_source *known = kithi_catalog_find_source(kithi_txn_catalog(txn), source);
    if (known == NULL || strlen(key) > KITH_KEY_MAX_BYTES) {
        return KITH_NOT_FOUND;
    }
    return find(txn, known, key, out, &id);
}

int kithi_record_number_of_id(kith_txn *txn, const kith_id *id, uint32_t *out) {
    kithi_slice entry;
    int rc = kithi_landing_get(txn, KITHI_TABLE_RECORD_KEY, id->bytes, sizeof id->bytes, &entry);
    if (rc == KITH_OK && entry.size >= 4) {
        *out = kithi_get32(entry.data);
    }
    return rc;
}

static int put_entry(kith_txn *txn, const kith_id *id, uint32_t record, uint16_t source,
                     const char *key) {
    uint8_t entry[ENTRY_HEAD_BYTES + KITH_KEY_MAX_BYTES];
    size_t key_size = strlen(key);
    kithi_put32(entry, record);
    kithi_put16(entry + 4, source);
    memcpy(entry + ENTRY_HEAD_BYTES, key, key_size);
    return kithi_landing_put(txn, KITHI_TABLE_RECORD_KEY, id->bytes, sizeof id->bytes, entry,
                             ENTRY_HEAD_BYTES + key_size);
}

int kithi_record_reserve(kith_txn *txn, const kithi_row_header *header, uint32_t *out) {
    kithi_counters *counters;
    int rc = kithi_txn_counters(txn, &counters);
    if (rc != KITH_OK) {
        return rc;
    }
    if (counters->next_record >= UINT32_MAX) {
        return kithi_error_set(kithi_txn_error(txn), KITH_LIMIT,
                               "a store holds at most 4294967295 records");
    }
    *out = (uint32_t)counters->next_record;
    rc = put_entry(txn, &header->id, *out, header->source, header->key);
    if (rc == KITH_OK) {
        counters->next_record++;
        rc = kithi_fact_note_added(txn, *out);
    }
    return rc;
}

static int write_empty_row(kith_txn *txn, uint32_t record, const kithi_row_header *header) {
    kithi_buffer row;
    uint8_t number[4];
    kithi_buffer_init(&row);
    kithi_row_write(&row, header, NULL, 0);
    kithi_put32(number, record);
    int rc = kithi_buffer_ok(&row)
                 ? kithi_append(txn, KITHI_TABLE_RECORD, number, sizeof number, row.data, row.size)
                 : kithi_txn_poison(txn, kithi_error_memory(kithi_txn_error(txn)));
    kithi_buffer_clear(&row);
    return rc;
}

int kithi_record_find(kith_txn *txn, const char *source, const char *key, uint32_t *out,
                      kithi_row_header *out_header) {
    const kithi_source *known;
    kith_id id;
    int rc = kithi_record_check_names(txn, source, key);
    if (rc == KITH_OK) {
        rc = kithi_define_source(txn, source, &known);
    }
    if (rc == KITH_OK) {
        rc = find(txn, known, key, out, &id);
    }
    if (rc == KITH_NOT_FOUND) {
        *out_header = (kithi_row_header){id,        INT64_MAX, INT64_MIN,  KITHI_VERSION_NONE,
                                         known->id, key,       strlen(key)};
    }
    return rc;
}

int kithi_record_obtain(kith_txn *txn, const char *source, const char *key, uint32_t *out,
                        bool *out_added) {
    kithi_row_header header;
    int rc = kithi_record_find(txn, source, key, out, &header);
    *out_added = rc == KITH_NOT_FOUND;
    if (*out_added) {
        rc = kithi_record_reserve(txn, &header, out);
    }
    return rc == KITH_OK && *out_added ? write_empty_row(txn, *out, &header) : rc;
}

int kithi_record_row(kith_txn *txn, uint32_t record, kithi_slice *out) {
    uint8_t number[4];
    kithi_put32(number, record);
    return kithi_get(txn, KITHI_TABLE_RECORD, number, sizeof number, out);
}

int kithi_record_missing(kith_txn *txn, uint32_t record) {
    return kithi_error_set(kithi_txn_error(txn), KITH_NOT_FOUND, "there is no record number %u",
                           record);
}

int kithi_record_damaged(kith_txn *txn, uint32_t record) {
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                           "record number %u can't be read; run kith check and restore a backup",
                           record);
}
