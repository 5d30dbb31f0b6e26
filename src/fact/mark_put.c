/*
 * Putting marks: the inputs of the four kinds are checked and made one form, whose row is put
 * unless it is there.
 */
#include <string.h>

#include "src/base/sized.h"
#include "src/fact/assertion.h"
#include "src/fact/coerce.h"
#include "src/fact/mark.h"
#include "src/fact/record_key.h"
#include "src/store/definition.h"

/* Who is meant. */
typedef struct whom {
    const char *source, *key;
    const kith_id *id;
} whom;

static int find_by_id(kith_txn *txn, const kith_id *id, uint32_t *out) {
    char text[KITH_ID_TEXT_BYTES];
    int rc = kithi_record_number_of_id(txn, id, out);
    if (rc == KITH_NOT_FOUND) {
        kith_id_format(id, text);
        rc = kithi_error_set(kithi_txn_error(txn), KITH_NOT_FOUND, "no record has the id %s", text);
    }
    return rc;
}

static int find_record(kith_txn *txn, whom who, uint32_t *out) {
    if (who.id != NULL) {
        return find_by_id(txn, who.id, out);
    }
    int rc = kithi_record_number(txn, who.source, who.key, out);
    if (rc == KITH_NOT_FOUND) {
        rc = kithi_error_set(kithi_txn_error(txn), KITH_NOT_FOUND,
                             "no record '%.60s' of source '%.60s'", who.key, who.source);
    }
    return rc;
}

/* Storing */

/* The key of a row: its hash, or where another row has that, the next one that is free: a crafted
 * collision costs time, but no fact. */
static int find_place(kith_txn *txn, uint32_t record, int64_t at_us, kithi_slice row,
                      uint8_t key[KITHI_ASSERTION_KEY_BYTES], bool *out_present) {
    kithi_slice present;
    uint64_t hash = kithi_mark_place(row);
    int rc;
    do {
        kithi_assertion_key(key, record, KITHI_ASSERTION_NOBODY, at_us, hash++);
        rc = kithi_get(txn, KITHI_TABLE_ASSERTION, key, KITHI_ASSERTION_KEY_BYTES, &present);
        *out_present = rc == KITH_OK && present.size == row.size &&
                       memcmp(present.data, row.data, row.size) == 0;
    } while (rc == KITH_OK && !*out_present);
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Counts another mark of a record, if it may have one. Those that it has are counted when the
 * transaction first gives it one. */
static int take_room(kith_txn *txn, uint32_t record) {
    kithi_record_change *change;
    int rc = kithi_fact_note_of(txn, record, &change);
    if (rc == KITH_OK && !change->marks_counted) {
        rc = kithi_mark_count(txn, record, &change->mark_count);
        change->marks_counted = rc == KITH_OK;
    }
    if (rc == KITH_OK && change->mark_count >= KITH_RECORD_MAX_MARKS) {
        return kithi_error_set(kithi_txn_error(txn), KITH_LIMIT,
                               "the record has %d tags, consents, entries of points and scores, "
                               "with those that no longer stand: it takes no more",
                               KITH_RECORD_MAX_MARKS);
    }
    if (rc == KITH_OK) {
        change->mark_count++;
    }
    return rc;
}

static int add_row(kith_txn *txn, uint32_t record, const uint8_t key[KITHI_ASSERTION_KEY_BYTES],
                   kithi_slice row) {
    kithi_counters *counters;
    int rc = take_room(txn, record);
    if (rc == KITH_OK) {
        rc = kithi_txn_counters(txn, &counters);
    }
    if (rc == KITH_OK) {
        rc = kithi_put(txn, KITHI_TABLE_ASSERTION, key, KITHI_ASSERTION_KEY_BYTES, row.data,
                       row.size);
    }
    if (rc == KITH_OK) {
        counters->marks++;
    }
    return rc;
}

static int put_row(kith_txn *txn, uint32_t record, int64_t at_us, kithi_slice row,
                   kith_change *out_change) {
    uint8_t key[KITHI_ASSERTION_KEY_BYTES];
    bool present;
    int rc = find_place(txn, record, at_us, row, key, &present);
    if (rc == KITH_OK && !present) {
        rc = add_row(txn, record, key, row);
    }
    if (rc == KITH_OK && out_change != NULL) {
        *out_change = present ? KITH_UNCHANGED : KITH_ADDED;
    }
    return rc;
}

static int put_mark(kith_txn *txn, whom who, const kithi_mark *mark, int64_t at_us,
                    kith_change *out_change) {
    uint32_t record;
    kithi_buffer row;
    int rc = find_record(txn, who, &record);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_buffer_init(&row);
    kithi_mark_write(&row, mark);
    rc = kithi_buffer_ok(&row)
             ? put_row(txn, record, at_us, (kithi_slice){row.data, row.size}, out_change)
             : kithi_error_memory(kithi_txn_error(txn));
    kithi_buffer_clear(&row);
    return rc;
}

/* At the door */

static kithi_mark_text text_of(const char *text) {
    bool any = text != NULL && text[0] != '\0';
    return any ? (kithi_mark_text){text, strlen(text)} : (kithi_mark_text){NULL, 0};
}

/* Takes an input of any kind into `out`, which holds the defaults. */
static int take_input(kith_txn *txn, const void *given, void *out, size_t known, const char *what) {
    int rc = kithi_txn_check_write(txn);
    if (rc == KITH_OK && given == NULL) {
        rc = kithi_error_set(kithi_txn_error(txn), KITH_MISUSE, "a %s is required", what);
    }
    return rc == KITH_OK ? kithi_take(given, out, known, what, kithi_txn_error(txn)) : rc;
}

static int check_whom(kith_txn *txn, whom who) {
    bool named = who.source != NULL && who.key != NULL;
    bool none = who.source == NULL && who.key == NULL;
    if (who.id != NULL ? none : named) {
        return KITH_OK;
    }
    return kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                           "a record is named by its source and its key, or else by an id");
}

/* What all kinds say. `what`: "a tag", for the message. */
static int check_saying(kith_txn *txn, const kithi_mark *mark, const char *what, int64_t at_us) {
    int rc = kithi_definition_check_name(txn, what, mark->name.data);
    if (rc == KITH_OK && mark->by.data != NULL) {
        rc = kithi_definition_check_name(txn, "who says it", mark->by.data);
    }
    if (rc == KITH_OK && at_us == INT64_MAX) { /* it means never */
        rc = kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                             "the time of %s is less than INT64_MAX", what);
    }
    return rc;
}

/* What all kinds have. */
static int check_mark(kith_txn *txn, whom who, const kithi_mark *mark, const char *what,
                      int64_t at_us) {
    int rc = check_whom(txn, who);
    return rc == KITH_OK ? check_saying(txn, mark, what, at_us) : rc;
}

/* Tags */

static int refuse_value(kith_txn *txn, const char *problem) {
    return kithi_error_set(kithi_txn_error(txn), KITH_INVALID, "the value of a tag %s", problem);
}

static int pack_value(kith_txn *txn, const kith_value *value, kithi_buffer *out) {
    const char *problem = kithi_value_problem(value);
    if (problem != NULL) {
        return refuse_value(txn, problem);
    }
    if (value->type == KITH_TYPE_LIST || value->type == KITH_TYPE_MAP) {
        return refuse_value(txn, "is a single one: no list and no map");
    }
    if (value->type == KITH_TYPE_TEXT && value->as.text.size > KITH_TAG_VALUE_MAX_BYTES) {
        return refuse_value(txn, "has at most 1024 bytes");
    }
    if (value->type == KITH_TYPE_TEXT && value->as.text.size == 0) {
        kithi_pack_nil(out);
    } else if (!kithi_pack_value(out, value)) {
        return refuse_value(txn, "is of no known type, or a date out of range");
    }
    return kithi_buffer_ok(out) ? KITH_OK : kithi_error_memory(kithi_txn_error(txn));
}

/* What a tag and its removal have. */
static int make_tag(kith_txn *txn, const kith_tag_input *input, kithi_mark_kind kind,
                    kithi_mark *out) {
    *out = (kithi_mark){.kind = kind,
                        .name = text_of(input->tag),
                        .by = text_of(input->by),
                        .origin = input->origin,
                        .expires_at_us = INT64_MAX};
    int rc = check_saying(txn, out, "a tag", input->at_us);
    if (rc == KITH_OK &&
        (input->origin < KITH_ORIGIN_MANUAL || input->origin > KITH_ORIGIN_MODEL)) {
        rc = kithi_error_set(kithi_txn_error(txn), KITH_MISUSE, "%d is no kith_origin",
                             (int)input->origin);
    }
    return rc;
}

static int take_tag(kith_txn *txn, const kith_tag_input *given, kithi_mark_kind kind,
                    kith_tag_input *out, kithi_mark *mark) {
    int rc = take_input(txn, given, out, sizeof *out, "kith_tag_input");
    rc = rc == KITH_OK ? check_whom(txn, (whom){out->source, out->key, out->id}) : rc;
    return rc == KITH_OK ? make_tag(txn, out, kind, mark) : rc;
}

/* What only a tag that is set has. */
static int take_setting(kith_txn *txn, const kith_tag_input *input, kithi_buffer *value,
                        kithi_mark *mark) {
    kith_error *error = kithi_txn_error(txn);
    if (input->confidence > 100) {
        return kithi_error_set(error, KITH_INVALID,
                               "the confidence of a tag is 0 to 100 percent, not %u",
                               input->confidence);
    }
    if (input->expires_at_us <= input->at_us) {
        return kithi_error_set(error, KITH_INVALID, "a tag expires after it is set");
    }
    int rc = pack_value(txn, &input->value, value);
    mark->confidence = (uint8_t)input->confidence;
    mark->expires_at_us = input->expires_at_us;
    mark->value = (kithi_slice){value->data, value->size};
    return rc;
}

int kithi_tag_check(kith_txn *txn, const kith_tag_input *input, bool remove,
                    kithi_buffer *out_value) {
    kithi_mark mark;
    int rc = make_tag(txn, input, remove ? KITHI_MARK_UNTAG : KITHI_MARK_TAG, &mark);
    return rc == KITH_OK && !remove ? take_setting(txn, input, out_value, &mark) : rc;
}

int kith_tag_add(kith_txn *txn, const kith_tag_input *given, kith_change *out_change) {
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    kithi_buffer value;
    kithi_mark mark;
    kithi_buffer_init(&value);
    int rc = take_tag(txn, given, KITHI_MARK_TAG, &input, &mark);
    if (rc == KITH_OK) {
        rc = take_setting(txn, &input, &value, &mark);
    }
    if (rc == KITH_OK) {
        rc = put_mark(txn, (whom){input.source, input.key, input.id}, &mark, input.at_us,
                      out_change);
    }
    kithi_buffer_clear(&value);
    return rc;
}

int kith_tag_remove(kith_txn *txn, const kith_tag_input *given, kith_change *out_change) {
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    kithi_mark mark;
    int rc = take_tag(txn, given, KITHI_MARK_UNTAG, &input, &mark);
    return rc == KITH_OK ? put_mark(txn, (whom){input.source, input.key, input.id}, &mark,
                                    input.at_us, out_change)
                         : rc;
}

/* Consents, points, scores */

int kith_consent_put(kith_txn *txn, const kith_consent_input *given, kith_change *out_change) {
    kith_consent_input input = KITH_CONSENT_INPUT_INIT;
    int rc = take_input(txn, given, &input, sizeof input, "kith_consent_input");
    if (rc != KITH_OK) {
        return rc;
    }
    const whom who = {input.source, input.key, input.id};
    const kithi_mark mark = {.kind = KITHI_MARK_CONSENT,
                             .name = text_of(input.purpose),
                             .detail = text_of(input.channel),
                             .by = text_of(input.by),
                             .granted = input.granted};
    rc = check_mark(txn, who, &mark, "a purpose", input.at_us);
    if (rc == KITH_OK && mark.detail.data != NULL) {
        rc = kithi_definition_check_name(txn, "a channel", mark.detail.data);
    }
    return rc == KITH_OK ? put_mark(txn, who, &mark, input.at_us, out_change) : rc;
}

int kith_points_put(kith_txn *txn, const kith_points_input *given, kith_change *out_change) {
    kith_points_input input = KITH_POINTS_INPUT_INIT;
    int rc = take_input(txn, given, &input, sizeof input, "kith_points_input");
    if (rc != KITH_OK) {
        return rc;
    }
    const whom who = {input.source, input.key, input.id};
    const kithi_mark mark = {.kind = KITHI_MARK_POINTS,
                             .name = text_of(input.ledger),
                             .detail = text_of(input.entry),
                             .by = text_of(input.by),
                             .micros = input.amount_micros};
    rc = check_mark(txn, who, &mark, "a ledger", input.at_us);
    if (rc == KITH_OK) {
        rc = kithi_definition_check_name(txn, "an entry of points", mark.detail.data);
    }
    return rc == KITH_OK ? put_mark(txn, who, &mark, input.at_us, out_change) : rc;
}

int kith_score_put(kith_txn *txn, const kith_score_input *given, kith_change *out_change) {
    kith_score_input input = KITH_SCORE_INPUT_INIT;
    int rc = take_input(txn, given, &input, sizeof input, "kith_score_input");
    if (rc != KITH_OK) {
        return rc;
    }
    const whom who = {input.source, input.key, input.id};
    const kithi_mark mark = {.kind = KITHI_MARK_SCORE,
                             .name = text_of(input.score),
                             .by = text_of(input.by),
                             .micros = input.value_micros};
    rc = check_mark(txn, who, &mark, "a score", input.at_us);
    return rc == KITH_OK ? put_mark(txn, who, &mark, input.at_us, out_change) : rc;
}
