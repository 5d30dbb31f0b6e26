#include "src/fact/mark.h"

#include <string.h>

#include "src/base/hash.h"
#include "src/base/text.h"
#include "src/fact/assertion.h"

const char *kith_origin_name(kith_origin origin) {
    switch (origin) {
    case KITH_ORIGIN_MANUAL:
        return "manual";
    case KITH_ORIGIN_RULE:
        return "rule";
    case KITH_ORIGIN_IMPORT:
        return "import";
    case KITH_ORIGIN_MODEL:
        return "model";
    }
    return "unknown";
}

/* Rows */

static void write_text(kithi_buffer *out, kithi_mark_text text) {
    if (text.data != NULL) {
        kithi_pack_text(out, text.data, text.size);
    } else {
        kithi_pack_nil(out);
    }
}

static void write_tag(kithi_buffer *out, const kithi_mark *mark) {
    kithi_buffer_append(out, mark->value.data, mark->value.size);
    kithi_pack_uint(out, mark->origin);
    kithi_pack_uint(out, mark->confidence);
    if (mark->expires_at_us != INT64_MAX) {
        kithi_pack_int(out, mark->expires_at_us);
    } else {
        kithi_pack_nil(out);
    }
}

void kithi_mark_write(kithi_buffer *out, const kithi_mark *mark) {
    kithi_buffer_append_byte(out, (uint8_t)mark->kind);
    write_text(out, mark->name);
    switch (mark->kind) {
    case KITHI_MARK_TAG:
        write_tag(out, mark);
        break;
    case KITHI_MARK_UNTAG:
        kithi_pack_uint(out, mark->origin);
        break;
    case KITHI_MARK_CONSENT:
        write_text(out, mark->detail);
        kithi_pack_bool(out, mark->granted);
        break;
    case KITHI_MARK_POINTS:
        write_text(out, mark->detail);
        kithi_pack_int(out, mark->micros);
        break;
    case KITHI_MARK_SCORE:
        kithi_pack_int(out, mark->micros);
        break;
    }
    write_text(out, mark->by);
}

/* A name, as the door lets it in. */
static bool read_text(kithi_walker *walker, kithi_mark_text *out) {
    return kithi_walk_text(walker, &out->data, &out->size) && out->size > 0 &&
           out->size <= KITH_NAME_MAX_BYTES && memchr(out->data, '\0', out->size) == NULL &&
           kithi_text_valid(out->data, out->size);
}

static bool read_text_or_nil(kithi_walker *walker, kithi_mark_text *out) {
    return kithi_walk_nil(walker) || read_text(walker, out);
}

static bool read_origin(kithi_walker *walker, kithi_mark *out) {
    uint64_t origin;
    bool ok = kithi_walk_uint(walker, &origin) && origin <= KITH_ORIGIN_MODEL;
    out->origin = ok ? (kith_origin)origin : KITH_ORIGIN_MANUAL;
    return ok;
}

static bool read_value(kithi_walker *walker, kithi_slice *out) {
    const uint8_t *from = walker->at;
    kith_value value;
    bool ok = kithi_walk_value(walker, NULL, &value); /* a scalar, as there is no arena */
    *out = (kithi_slice){from, (size_t)(walker->at - from)};
    return ok && (value.type != KITH_TYPE_TEXT || value.as.text.size <= KITH_TAG_VALUE_MAX_BYTES);
}

static bool read_tag(kithi_walker *walker, kithi_mark *out) {
    uint64_t confidence;
    if (!read_value(walker, &out->value) || !read_origin(walker, out) ||
        !kithi_walk_uint(walker, &confidence) || confidence > 100) {
        return false;
    }
    out->confidence = (uint8_t)confidence;
    return kithi_walk_nil(walker) || kithi_walk_int(walker, &out->expires_at_us);
}

static bool read_kind(kithi_walker *walker, kithi_mark *out) {
    switch (out->kind) {
    case KITHI_MARK_TAG:
        return read_tag(walker, out);
    case KITHI_MARK_UNTAG:
        return read_origin(walker, out);
    case KITHI_MARK_CONSENT:
        return read_text_or_nil(walker, &out->detail) && kithi_walk_bool(walker, &out->granted);
    case KITHI_MARK_POINTS:
        return read_text(walker, &out->detail) && kithi_walk_int(walker, &out->micros);
    case KITHI_MARK_SCORE:
        return kithi_walk_int(walker, &out->micros);
    }
    return false;
}

bool kithi_mark_read(kithi_slice row, kithi_mark *out) {
    if (row.size == 0) {
        return false;
    }
    kithi_walker walker = kithi_walker_of(row.data + 1, row.size - 1);
    *out = (kithi_mark){.kind = (kithi_mark_kind)row.data[0], .expires_at_us = INT64_MAX};
    return read_text(&walker, &out->name) && read_kind(&walker, out) &&
           read_text_or_nil(&walker, &out->by) && kithi_walker_done(&walker);
}

uint64_t kithi_mark_hash(kithi_slice row) {
    return kithi_hash64(row.data, row.size, 0);
}

uint64_t kithi_mark_place(kithi_slice row) {
    return kithi_hash_kept(kithi_mark_hash(row));
}

/* Reading */

static int damaged(kith_txn *txn, uint32_t record) {
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                           "what was said of record number %u can't be read; run kith check and "
                           "restore a backup",
                           record);
}

static bool is_mark_of(kithi_slice key, uint32_t record) {
    return kithi_assertion_is_mark(key) && kithi_get32(key.data) == record;
}

int kithi_mark_each(kith_txn *txn, uint32_t record,
                    int (*take)(void *context, const kithi_mark_row *row), void *context) {
    uint64_t all;
    int rc = kithi_count(txn, KITHI_TABLE_ASSERTION, &all);
    if (rc != KITH_OK || all == 0) {
        return rc;
    }
    uint8_t wanted[KITHI_ASSERTION_KEY_BYTES];
    kithi_cursor *cursor;
    kithi_mark_row row;
    kithi_assertion_key(wanted, record, KITHI_ASSERTION_NOBODY, INT64_MIN, 0);
    kithi_slice key = {wanted, sizeof wanted};
    rc = kithi_cursor_of(txn, KITHI_TABLE_ASSERTION, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, &row.row);
    }
    while (rc == KITH_OK && is_mark_of(key, record)) {
        row.at_us = kithi_get_time(key.data + 8);
        rc = kithi_mark_read(row.row, &row.mark) ? take(context, &row) : damaged(txn, record);
        if (rc == KITH_OK) {
            rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &row.row);
        }
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

int kithi_mark_count(kith_txn *txn, uint32_t record, uint32_t *out) {
    uint8_t wanted[KITHI_ASSERTION_KEY_BYTES];
    kithi_cursor *cursor;
    kithi_assertion_key(wanted, record, KITHI_ASSERTION_NOBODY, INT64_MIN, 0);
    kithi_slice key = {wanted, sizeof wanted}, row = {NULL, 0};
    *out = 0;
    int rc = kithi_cursor_of(txn, KITHI_TABLE_ASSERTION, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, &row);
    }
    while (rc == KITH_OK && is_mark_of(key, record)) {
        ++*out;
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &row);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

int kithi_mark_is_sound(kith_txn *txn, kithi_slice key, kithi_slice row, bool *out) {
    uint8_t before[KITHI_ASSERTION_KEY_BYTES];
    kithi_mark mark;
    kithi_slice taken;
    uint64_t hash = kithi_get64(key.data + 16);
    *out = kithi_mark_read(row, &mark);
    if (!*out || hash == kithi_mark_place(row)) {
        return KITH_OK;
    }
    /* It had to give way, so the place before its own is taken. */
    memcpy(before, key.data, sizeof before);
    kithi_put64(before + 16, hash - 1);
    int rc = kithi_get(txn, KITHI_TABLE_ASSERTION, before, sizeof before, &taken);
    *out = rc == KITH_OK;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}
