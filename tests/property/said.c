#include "tests/property/said.h"

#include <inttypes.h>
#include <string.h>

#include "src/fact/mark.h"

bool history_is_mark(const history_op *op) {
    return op->kind >= HISTORY_TAG && op->kind <= HISTORY_SCORE;
}

static bool is_tag(const said *s) {
    return s->op->kind == HISTORY_TAG || s->op->kind == HISTORY_UNTAG;
}

/* The order of contents */

static kithi_mark_text text_of(const char *text) {
    return (kithi_mark_text){text, text != NULL ? strlen(text) : 0};
}

static void pack(const history_op *op, kithi_buffer *value, kithi_buffer *out) {
    const kithi_mark mark = {.kind = (kithi_mark_kind)(KITHI_MARK_TAG + (op->kind - HISTORY_TAG)),
                             .name = text_of(world_names[op->kind][op->name]),
                             .detail =
                                 text_of(op->kind == HISTORY_POINTS ? world_entries[op->detail]
                                                                    : world_channels[op->detail]),
                             .by = text_of(op->by < 3 ? world_people[op->by] : NULL),
                             .origin = world_origin(op),
                             .confidence = world_confidence(op),
                             .expires_at_us = op->expires_at_us,
                             .value = {value->data, value->size},
                             .granted = op->granted,
                             .micros = world_micros[op->amount]};
    kithi_mark_write(out, &mark);
}

/* Negative: a's content says that it stands against b's. */
static int compare_contents(const said *a, const said *b) {
    kithi_buffer values[2], rows[2];
    const said *both[] = {a, b};
    uint64_t hashes[2];
    for (int i = 0; i < 2; i++) {
        kithi_buffer_init(&values[i]);
        kithi_buffer_init(&rows[i]);
        kithi_pack_value(&values[i], &world_amounts[both[i]->op->amount].value);
        pack(both[i]->op, &values[i], &rows[i]);
        hashes[i] = kithi_mark_hash((kithi_slice){rows[i].data, rows[i].size});
    }
    size_t least = rows[0].size < rows[1].size ? rows[0].size : rows[1].size;
    int order = hashes[0] != hashes[1] ? (hashes[0] < hashes[1] ? -1 : 1)
                                       : memcmp(rows[0].data, rows[1].data, least);
    order = order != 0 ? order : (rows[0].size > rows[1].size) - (rows[0].size < rows[1].size);
    for (int i = 0; i < 2; i++) {
        kithi_buffer_clear(&values[i]);
        kithi_buffer_clear(&rows[i]);
    }
    return order != 0 ? order : memcmp(a->record_id, b->record_id, sizeof *a->record_id);
}

/* What stands */

static bool is_negative(const said *s) {
    return s->op->kind == HISTORY_UNTAG || (s->op->kind == HISTORY_CONSENT && !s->op->granted);
}

static bool prevails(const said *a, const said *b) {
    if (a->op->at_us != b->op->at_us) {
        return a->op->at_us > b->op->at_us;
    }
    if (is_negative(a) != is_negative(b)) {
        return is_negative(a);
    }
    return compare_contents(a, b) < 0;
}

/* Whether something is said of a name; of a consent, for a channel or for any. */
static bool is_of(const said *s, history_kind kind, uint8_t name, uint8_t channel) {
    bool same = kind == HISTORY_TAG ? is_tag(s) : s->op->kind == kind;
    bool fits = kind != HISTORY_CONSENT || s->op->detail == 0 || s->op->detail == channel;
    return same && s->op->name == name && fits;
}

static const said *standing(const said *list, size_t count, history_kind kind, uint8_t name,
                            uint8_t channel, int64_t now_us) {
    const said *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (is_of(&list[i], kind, name, channel) && list[i].op->at_us <= now_us &&
            (found == NULL || prevails(&list[i], found))) {
            found = &list[i];
        }
    }
    return found;
}

static bool has_tag(const said *s, int64_t now_us) {
    return s != NULL && s->op->kind == HISTORY_TAG && now_us < s->op->expires_at_us;
}

bool said_has_tag(const said *list, size_t count, uint8_t name, int64_t now_us) {
    return has_tag(standing(list, count, HISTORY_TAG, name, 0, now_us), now_us);
}

bool said_consents(const said *list, size_t count, uint8_t name, uint8_t channel, int64_t now_us) {
    const said *found = standing(list, count, HISTORY_CONSENT, name, channel, now_us);
    return found != NULL && found->op->granted;
}

bool said_score(const said *list, size_t count, uint8_t name, int64_t now_us, int64_t *out_micros) {
    const said *found = standing(list, count, HISTORY_SCORE, name, 0, now_us);
    if (found != NULL) {
        *out_micros = world_micros[found->op->amount];
    }
    return found != NULL;
}

/* Whether an entry of points is a copy of one that stands instead. */
static bool is_copy(const said *list, size_t count, size_t at) {
    const said *own = &list[at];
    for (size_t i = 0; i < count; i++) {
        const said *s = &list[i];
        bool same = i != at && s->op->kind == HISTORY_POINTS && s->op->name == own->op->name &&
                    s->op->detail == own->op->detail &&
                    memcmp(s->record_id, own->record_id, sizeof *s->record_id) == 0;
        if (!same) {
            continue;
        }
        int order = s->op->at_us != own->op->at_us ? (s->op->at_us < own->op->at_us ? -1 : 1)
                                                   : compare_contents(s, own);
        if (order < 0 || (order == 0 && i < at)) {
            return true;
        }
    }
    return false;
}

int64_t said_next(const said *list, size_t count, int64_t now_us) {
    int64_t next_us = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        int64_t at_us = list[i].op->at_us;
        bool idle = list[i].op->kind == HISTORY_POINTS && is_copy(list, count, i);
        if (at_us > now_us && at_us < next_us && !idle) {
            next_us = at_us;
        }
    }
    for (uint8_t name = 0; name < WORLD_NAMES; name++) {
        const said *tag = standing(list, count, HISTORY_TAG, name, 0, now_us);
        if (has_tag(tag, now_us) && tag->op->expires_at_us < next_us) {
            next_us = tag->op->expires_at_us;
        }
    }
    return next_us;
}

/* Writing out */

static void show_source(const said *s, char out[96]) {
    char record[32];
    world_record_name(record, s->op->source, s->op->key);
    snprintf(out, 96, "at %" PRId64 " of %s by %s", s->op->at_us, record,
             s->op->by < 3 ? world_people[s->op->by] : "-");
}

static void dump_tag(const said *tag, int64_t now_us, const char *id, lines *out) {
    char value[64], source[96];
    if (!has_tag(tag, now_us)) {
        return;
    }
    world_show_value(&world_amounts[tag->op->amount].value, value, sizeof value);
    show_source(tag, source);
    lines_add(out, "tag %s %s=%s until %" PRId64 " %s %d%% %s", id,
              world_names[HISTORY_TAG][tag->op->name], value, tag->op->expires_at_us,
              kith_origin_name(world_origin(tag->op)), world_confidence(tag->op), source);
}

static void dump_consent(const said *list, size_t count, uint8_t name, uint8_t channel,
                         int64_t now_us, const char *id, lines *out) {
    const said *found = standing(list, count, HISTORY_CONSENT, name, channel, now_us);
    bool named = false;
    char source[96];
    for (size_t i = 0; i < count; i++) {
        named = named || (list[i].op->kind == HISTORY_CONSENT && list[i].op->name == name &&
                          list[i].op->detail == channel && list[i].op->at_us <= now_us);
    }
    const char *purpose = world_names[HISTORY_CONSENT][name];
    const char *shown = channel != 0 ? world_channels[channel] : "any";
    if (named) {
        show_source(found, source);
        lines_add(out, "consent %s %s %s %d %s", id, purpose, shown, found->op->granted, source);
    }
    lines_add(out, "consents %s %s %s %d", id, purpose, shown, found != NULL && found->op->granted);
}

static void dump_points(const said *list, size_t count, uint8_t name, int64_t now_us,
                        const char *id, lines *out) {
    __extension__ __int128 sum = 0;
    unsigned entries = 0;
    int64_t last_us = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        const history_op *op = list[i].op;
        if (op->kind == HISTORY_POINTS && op->name == name && op->at_us <= now_us &&
            !is_copy(list, count, i)) {
            sum += world_micros[op->amount];
            last_us = op->at_us > last_us ? op->at_us : last_us;
            entries++;
        }
    }
    bool over = sum > INT64_MAX, under = sum < INT64_MIN;
    if (entries > 0) {
        lines_add(out, "points %s %s %" PRId64 " in %u last %" PRId64 " overflow %d", id,
                  world_names[HISTORY_POINTS][name],
                  over    ? INT64_MAX
                  : under ? INT64_MIN
                          : (int64_t)sum,
                  entries, last_us, over || under);
    }
}

static void dump_score(const said *score, const char *id, lines *out) {
    char source[96];
    if (score != NULL) {
        show_source(score, source);
        lines_add(out, "score %s %s %" PRId64 " %s", id,
                  world_names[HISTORY_SCORE][score->op->name], world_micros[score->op->amount],
                  source);
    }
}

void said_dump(const said *list, size_t count, int64_t now_us, const char *id, lines *out) {
    for (uint8_t name = 0; name < WORLD_NAMES; name++) {
        dump_tag(standing(list, count, HISTORY_TAG, name, 0, now_us), now_us, id, out);
        for (uint8_t channel = 0; channel < WORLD_CHANNELS; channel++) {
            dump_consent(list, count, name, channel, now_us, id, out);
        }
        dump_points(list, count, name, now_us, id, out);
        dump_score(standing(list, count, HISTORY_SCORE, name, 0, now_us), id, out);
    }
}
