/*
 * Settling: large components are clustered, then dirty profiles and those that are due get their
 * rows anew and their events packed.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/sized.h"
#include "src/fact/event.h"
#include "src/fact/record_key.h"
#include "src/segment/plans.h"
#include "src/state/made_columns.h"
#include "src/state/members.h"
#include "src/store/landing.h"

typedef struct settler {
    kith_txn *txn;
    int64_t now_us;
    const kithi_readers *readers;
    uint64_t budget;                         /* UINT64_MAX: no end */
    kithi_buffer row, before, marks, scores; /* the row at hand; of the one before it segments,
                                                marks and scores */
    kithi_member_changes members;
    uint64_t departed; /* that left their segments */
    uint32_t chunk;    /* of the profile settled last; has_columns where it is known */
    bool chunk_known, has_columns;
    kith_settle_result result;
    uint64_t clustered; /* components that waited */
} settler;

static int pack_events(settler *s, uint32_t profile) {
    kithi_arena arena;
    uint32_t *records;
    size_t count = 0;
    uint64_t landed;
    kithi_arena_init(&arena);
    int rc = kithi_count(s->txn, KITHI_TABLE_EVENT_LOG, &landed);
    if (rc == KITH_OK && landed > 0) {
        rc = kithi_identity_members(s->txn, profile, &arena, &records, &count);
    }
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        uint64_t packed;
        rc = kithi_events_pack(s->txn, records[i], &packed);
        s->result.packed_count += packed;
    }
    kithi_arena_clear(&arena);
    return rc;
}

static int write_row(settler *s, uint32_t profile) {
    uint8_t key[4], due[12];
    kithi_state_header header;
    kithi_slice row = {s->row.data, s->row.size};
    int rc = kithi_state_delete(s->txn, profile);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_put32(key, profile);
    rc = kithi_append(s->txn, KITHI_TABLE_STATE, key, sizeof key, row.data, row.size);
    if (rc == KITH_OK && kithi_state_read_header(row, &header) &&
        header.next_change_at_us != KITHI_NEVER_US) {
        kithi_put_time(due, header.next_change_at_us);
        kithi_put32(due + 8, profile);
        rc = kithi_put(s->txn, KITHI_TABLE_DUE, due, sizeof due, NULL, 0);
    }
    return rc;
}

static bool has_budget(const settler *s) {
    return s->result.settled_count + s->departed < s->budget;
}

/* What a profile was in, as its row or, where it was none meanwhile, its departure says. */
typedef struct past {
    kith_id id;
    kithi_slice ids;
    uint32_t stamp;   /* of the definitions then; UINT32_MAX: it had no row */
    int64_t until_us; /* how long its row holds */
} past;

/* What is kept of a row is copied: it goes when the next one is written. */
static int copy(settler *s, kithi_buffer *out, const uint8_t *data, size_t size) {
    kithi_buffer_reset(out);
    kithi_buffer_append(out, data, size);
    return kithi_buffer_ok(out) ? KITH_OK : kithi_error_memory(kithi_txn_error(s->txn));
}

static int keep(settler *s, kithi_slice ids, past *out) {
    int rc = copy(s, &s->before, ids.data, ids.size);
    out->ids = (kithi_slice){s->before.data, s->before.size};
    return rc;
}

static int keep_part(settler *s, kithi_buffer *out, kithi_walker part) {
    return copy(s, out, part.at, (size_t)(part.end - part.at));
}

/* What the profile that had this id was in, where no row says it any more. */
static int read_departed(settler *s, const kith_id *id, past *out) {
    kithi_slice row;
    int rc = kithi_get(s->txn, KITHI_TABLE_DEPARTED, id->bytes, sizeof id->bytes, &row);
    if (rc != KITH_OK) {
        return rc == KITH_NOT_FOUND ? KITH_OK : rc;
    }
    rc = keep(s, kithi_departed_segments(row), out);
    return rc == KITH_OK ? kithi_delete(s->txn, KITHI_TABLE_DEPARTED, id->bytes, sizeof id->bytes)
                         : rc;
}

/* One that is a profile again, or under this number now, is taken back into the sets that it left
 * with its row. */
static int read_returned(settler *s, uint32_t profile, past *out) {
    kithi_state_header header;
    kithi_slice row = {s->row.data, s->row.size};
    if (!kithi_state_read_header(row, &header) ||
        (out->until_us != INT64_MIN && memcmp(&out->id, &header.id, sizeof header.id) == 0)) {
        return KITH_OK;
    }
    int rc = read_departed(s, &header.id, out);
    for (size_t i = 0; rc == KITH_OK && i < out->ids.size; i += KITHI_MEMBERSHIP_BYTES) {
        rc = kithi_members_note(
            s->txn, &s->members,
            (kithi_member_change){KITHI_SET_SEGMENT(kithi_get16(out->ids.data + i)), profile,
                                  true});
    }
    return rc;
}

static int read_past(settler *s, uint32_t profile, past *out) {
    kithi_slice row;
    kithi_state_header header;
    *out = (past){.stamp = UINT32_MAX, .until_us = INT64_MIN};
    kithi_buffer_reset(&s->marks);
    kithi_buffer_reset(&s->scores);
    int rc = kithi_state_row(s->txn, profile, &row);
    if (rc == KITH_OK && kithi_state_read_header(row, &header)) {
        out->id = header.id;
        out->stamp = header.stamp;
        out->until_us = header.next_change_at_us;
        rc = keep(s, kithi_state_segments(row, &header), out);
        rc = rc == KITH_OK ? keep_part(s, &s->marks, kithi_state_marks(row, &header)) : rc;
        rc = rc == KITH_OK ? keep_part(s, &s->scores, kithi_state_scores(row, &header)) : rc;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int record_one(settler *s, const kithi_transition *t) {
    int rc = kithi_transition_append(s->txn, t);
    return rc == KITH_OK ? kithi_members_note(s->txn, &s->members,
                                              (kithi_member_change){KITHI_SET_SEGMENT(t->segment),
                                                                    t->profile, t->entered})
                         : rc;
}

/* Why somebody enters or leaves: time alone; the definition of the segment, or of one that it asks
 * for, that is another since; or facts. */
static int find_cause(settler *s, uint16_t segment, bool due, uint32_t stamp, kith_cause *out) {
    const kithi_plans *plans;
    *out = KITH_CAUSE_TIME;
    int rc = due ? KITH_OK : kithi_plans_of(s->txn, &plans);
    if (rc == KITH_OK && !due) {
        const kithi_plan *plan = kithi_plan_of(plans, KITHI_CATALOG_SEGMENT, segment);
        *out = plan == NULL || plan->stamp > stamp ? KITH_CAUSE_DEFINITION : KITH_CAUSE_FACT;
    }
    return rc;
}

/* Tells what is in one list of ids and not in the other; both are ascending. */
static int record_changes(settler *s, uint32_t profile, int64_t at_us, bool due, const past *was) {
    kithi_state_header header;
    kithi_slice row = {s->row.data, s->row.size}, now = {NULL, 0};
    size_t i = 0, j = 0;
    int rc = KITH_OK;
    if (kithi_state_read_header(row, &header)) {
        now = kithi_state_segments(row, &header);
    }
    while (rc == KITH_OK && (i < was->ids.size || j < now.size)) {
        uint32_t left = i < was->ids.size ? kithi_get16(was->ids.data + i) : UINT32_MAX;
        uint32_t entered = j < now.size ? kithi_get16(now.data + j) : UINT32_MAX;
        i += left <= entered ? KITHI_MEMBERSHIP_BYTES : 0;
        j += entered <= left ? KITHI_MEMBERSHIP_BYTES : 0;
        if (left == entered) {
            continue;
        }
        uint16_t segment = (uint16_t)(left < entered ? left : entered);
        kithi_transition t = {.at_us = at_us,
                              .profile = profile,
                              .id = header.id,
                              .segment = segment,
                              .entered = entered < left};
        rc = find_cause(s, segment, due, was->stamp, &t.cause);
        rc = rc == KITH_OK ? record_one(s, &t) : rc;
    }
    return rc;
}

/* Which tags its new row has that the one before had not, and the other way round. */
static int note_tags(settler *s, uint32_t profile) {
    kithi_state_header header;
    kithi_slice row = {s->row.data, s->row.size};
    if (!kithi_state_read_header(row, &header)) {
        return KITH_OK;
    }
    return kithi_members_note_tags(s->txn, &s->members, profile,
                                   kithi_walker_of(s->marks.data, s->marks.size),
                                   kithi_state_marks(row, &header));
}

/* Whether its new row says other scores than the one before. Where there was none, columns may
 * still say those of an earlier one. */
static bool is_rescored(const settler *s, bool had_row) {
    kithi_state_header header;
    kithi_slice row = {s->row.data, s->row.size};
    bool any = kithi_catalog_formula_count(kithi_txn_catalog(s->txn), KITHI_CATALOG_SCORE) > 0;
    if (!any || !had_row || !kithi_state_read_header(row, &header)) {
        return any;
    }
    kithi_walker now = kithi_state_scores(row, &header);
    size_t size = (size_t)(now.end - now.at);
    return size != s->scores.size || (size > 0 && memcmp(now.at, s->scores.data, size) != 0);
}

/* Its columns, if its chunk has any, don't say what its facts and its new row do; those of scores
 * only where they are others. */
static int mark_stale(settler *s, uint32_t profile, bool facts_came, bool had_row) {
    bool rescored = is_rescored(s, had_row);
    int rc = KITH_OK;
    if (s->chunk != profile / KITHI_CHUNK_BITS || !s->chunk_known) {
        s->chunk = profile / KITHI_CHUNK_BITS;
        rc = kithi_columns_made(s->txn, s->chunk, &s->has_columns);
        s->chunk_known = rc == KITH_OK;
    }
    if (rc == KITH_OK && s->has_columns && facts_came) {
        rc = kithi_members_note(s->txn, &s->members,
                                (kithi_member_change){KITHI_SET_STALE, profile, true});
    }
    if (rc == KITH_OK && s->has_columns && rescored) {
        rc = kithi_members_note(s->txn, &s->members,
                                (kithi_member_change){KITHI_SET_RESCORED, profile, true});
    }
    return rc;
}

/* Where one goes on to that is due again: to when it may enter or leave something, else to now. */
static int64_t next_step(const settler *s, int64_t moves_us) {
    return moves_us < s->now_us ? moves_us : s->now_us;
}

/*
 * A profile that only time changes is followed through each time at which it may enter or leave
 * segments up to now, so that none is missed; one that facts changed is as it is now.
 */
static int settle_profile(settler *s, uint32_t profile, bool due) {
    kithi_state_header header;
    past was = {.stamp = UINT32_MAX, .until_us = INT64_MIN};
    int rc = pack_events(s, profile);
    rc = rc == KITH_OK ? read_past(s, profile, &was) : rc;
    due = due && was.until_us != INT64_MIN;
    bool facts_came = !due; /* time alone changes neither golden values nor events */
    int64_t at_us = due ? was.until_us : s->now_us, moves_us;
    while (rc == KITH_OK) {
        rc = kithi_state_compute(s->txn, profile, at_us, &s->row, &moves_us);
        rc = rc == KITH_OK && !due ? read_returned(s, profile, &was) : rc;
        rc = rc == KITH_OK ? record_changes(s, profile, at_us, due, &was) : rc;
        kithi_slice row = {s->row.data, s->row.size};
        if (rc != KITH_OK || !kithi_state_read_header(row, &header) ||
            header.next_change_at_us > s->now_us || header.next_change_at_us == KITHI_NEVER_US) {
            break;
        }
        at_us = next_step(s, moves_us);
        due = true;
        rc = keep(s, kithi_state_segments(row, &header), &was);
    }
    if (rc == KITH_OK && was.until_us == INT64_MIN) {
        rc = kithi_members_note(s->txn, &s->members,
                                (kithi_member_change){KITHI_SET_PROFILES, profile, true});
    }
    rc = rc == KITH_OK ? note_tags(s, profile) : rc;
    rc = rc == KITH_OK ? mark_stale(s, profile, facts_came, was.until_us != INT64_MIN) : rc;
    rc = rc == KITH_OK ? write_row(s, profile) : rc;
    rc = rc == KITH_OK ? kithi_members_apply_many(s->txn, &s->members) : rc;
    s->result.settled_count += rc == KITH_OK;
    return rc;
}

/* It left its sets when it departed: this only tells. */
static int depart(settler *s, const kith_id *id, kithi_slice row) {
    past was = {.ids = {NULL, 0}};
    uint32_t profile = row.size < KITHI_DEPARTED_HEAD ? 0 : kithi_get32(row.data);
    int rc = read_departed(s, id, &was);
    for (size_t i = 0; rc == KITH_OK && i < was.ids.size; i += KITHI_MEMBERSHIP_BYTES) {
        kithi_transition t = {.at_us = s->now_us,
                              .profile = profile,
                              .id = *id,
                              .segment = kithi_get16(was.ids.data + i),
                              .cause = KITH_CAUSE_MERGE};
        rc = kithi_transition_append(s->txn, &t);
    }
    s->departed++;
    return rc;
}

/* Whether a profile has this id. */
static int is_profile(settler *s, const kith_id *id, bool *out) {
    uint32_t record, head;
    kith_id now;
    *out = false;
    int rc = kithi_record_number_of_id(s->txn, id, &record);
    rc = rc == KITH_OK ? kithi_identity_head(s->txn, record, &head) : rc;
    rc = rc == KITH_OK ? kithi_identity_id(s->txn, head, &now) : rc;
    if (rc == KITH_OK) {
        *out = memcmp(&now, id, sizeof now) == 0;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Who is no profile any more left its segments; who is one goes on when it is settled. */
static int settle_departed(settler *s) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0}, row = {NULL, 0};
    uint8_t from[sizeof(kith_id) + 1] = {0}; /* behind the one before */
    int rc = kithi_cursor_of(s->txn, KITHI_TABLE_DEPARTED, &cursor);
    rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &row) : rc;
    while (rc == KITH_OK && has_budget(s) && key.size == sizeof(kith_id)) {
        kith_id id;
        bool is;
        memcpy(&id, key.data, sizeof id);
        memcpy(from, key.data, sizeof id);
        rc = is_profile(s, &id, &is);
        if (rc == KITH_OK && !is) {
            rc = depart(s, &id, row);
        }
        key = (kithi_slice){from, sizeof from};
        rc = rc == KITH_OK ? kithi_cursor_of(s->txn, KITHI_TABLE_DEPARTED, &cursor) : rc;
        rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, &row) : rc;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

#define BATCH 4096 /* dirty profiles taken at once, so that their bits are cleared together */

static int settle_dirty(settler *s) {
    uint32_t *batch = malloc(BATCH * sizeof *batch);
    uint64_t from = 0;
    int rc = batch != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(s->txn));
    while (rc == KITH_OK && has_budget(s)) {
        size_t count = 0;
        uint64_t room = s->budget - s->result.settled_count - s->departed;
        while (count < BATCH && count < room &&
               (rc = kithi_dirty_next(s->txn, from, &batch[count])) == KITH_OK) {
            from = (uint64_t)batch[count++] + 1;
        }
        if (rc == KITH_NOT_FOUND && count > 0) {
            rc = KITH_OK;
        }
        for (size_t i = 0; rc == KITH_OK && i < count; i++) {
            rc = settle_profile(s, batch[i], false);
        }
        if (rc == KITH_OK) {
            rc = kithi_dirty_set(s->txn, batch, count, false);
        }
    }
    free(batch);
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* The first profile that changes at or before now with no new fact. KITH_NOT_FOUND. */
static int first_due(settler *s, uint32_t *out) {
    int64_t at_us;
    int rc = kithi_due_first(s->txn, &at_us, out);
    return rc == KITH_OK && at_us > s->now_us ? KITH_NOT_FOUND : rc;
}

/* While components wait, one that is due may be dirty too: then it isn't time alone. */
static int settle_due(settler *s) {
    uint32_t profile;
    bool dirty;
    int rc = KITH_OK;
    while (rc == KITH_OK && has_budget(s)) {
        rc = first_due(s, &profile);
        rc = rc == KITH_OK ? kithi_dirty_get(s->txn, profile, &dirty) : rc;
        if (rc == KITH_OK) {
            rc = settle_profile(s, profile, !dirty);
        }
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int count_due(settler *s, uint64_t *out) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0};
    *out = 0;
    int rc = kithi_cursor_of(s->txn, KITHI_TABLE_DUE, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, NULL);
    }
    while (rc == KITH_OK && kithi_get_time(key.data) <= s->now_us) {
        ++*out;
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, NULL);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int settle(settler *s) {
    uint64_t pending, dirty, due, departed;
    int rc = kithi_identity_settle(s->txn, s->readers, s->budget == UINT64_MAX ? 0 : s->budget,
                                   &s->clustered);
    if (rc == KITH_OK) {
        rc = kithi_state_apply(s->txn);
    }
    if (rc == KITH_OK) {
        rc = kithi_count(s->txn, KITHI_TABLE_PENDING, &pending);
    }
    if (rc == KITH_OK && pending == 0) { /* until then the pending ones stay dirty */
        rc = settle_departed(s);
        rc = rc == KITH_OK ? settle_dirty(s) : rc;
    }
    if (rc == KITH_OK) {
        rc = settle_due(s);
    }
    if (rc == KITH_OK) {
        rc = kithi_members_apply(s->txn, &s->members);
    }
    if (rc == KITH_OK) {
        rc = kithi_count(s->txn, KITHI_TABLE_DEPARTED, &departed);
    }
    if (rc == KITH_OK) {
        rc = kithi_dirty_count(s->txn, &dirty);
    }
    if (rc == KITH_OK) {
        rc = count_due(s, &due);
    }
    if (rc == KITH_OK) {
        s->result.remaining_count = pending + dirty + due + departed;
    }
    /* While nothing is dirty nothing has landed: find.c relies on it, and verify sees to it. */
    return rc == KITH_OK && dirty == 0 ? kithi_landing_drain(s->txn) : rc;
}

int kithi_settle(kith_txn *txn, const kithi_readers *readers, int64_t now_us, uint64_t budget,
                 kith_settle_result *out, uint64_t *out_clustered) {
    kithi_counters *counters;
    settler s = {.txn = txn,
                 .readers = readers,
                 .now_us = now_us,
                 .budget = budget != 0 ? budget : UINT64_MAX};
    s.result = (kith_settle_result)KITH_SETTLE_RESULT_INIT;
    kithi_buffer_init(&s.row);
    kithi_buffer_init(&s.before);
    kithi_buffer_init(&s.marks);
    kithi_buffer_init(&s.scores);
    kithi_members_init(&s.members);
    int rc = kithi_txn_check_write(txn);
    if (rc == KITH_OK) {
        rc = kithi_txn_counters(txn, &counters);
    }
    if (rc == KITH_OK) {
        counters->clock_us = now_us > counters->clock_us ? now_us : counters->clock_us;
        rc = kithi_state_apply(txn);
        if (rc == KITH_OK) {
            rc = settle(&s);
        }
        if (rc != KITH_OK) {
            kithi_txn_poison(txn, rc);
        }
    }
    kithi_buffer_clear(&s.row);
    kithi_buffer_clear(&s.before);
    kithi_buffer_clear(&s.marks);
    kithi_buffer_clear(&s.scores);
    kithi_members_clear(&s.members);
    if (rc == KITH_OK) {
        *out = s.result;
        *out_clustered = s.clustered;
    }
    return rc;
}

int kith_settle(kith_txn *txn, int64_t now_us, uint64_t budget, kith_settle_result *out) {
    static const kithi_readers none = {NULL, 0}; /* what the transaction changed, only it sees */
    kith_settle_result result;
    uint64_t clustered;
    int rc = kithi_settle(txn, &none, now_us, budget, &result, &clustered);
    if (rc == KITH_OK && out != NULL) {
        kithi_give(out, &result, sizeof result);
    }
    return rc;
}
