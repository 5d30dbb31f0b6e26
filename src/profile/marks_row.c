#include "src/profile/marks_row.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/order.h"
#include "src/profile/marks.h"

#define HEAD_BYTES 29

/* Writing */

static size_t size_of(const char *text) {
    return text != NULL ? strlen(text) : 0;
}

static void write_text(kithi_buffer *out, const char *text) {
    if (text != NULL) {
        kithi_buffer_append(out, text, strlen(text) + 1);
    }
}

static void write_entry(kithi_buffer *out, const kithi_row_mark *mark) {
    uint8_t *head = kithi_buffer_grow(out, HEAD_BYTES);
    if (head == NULL) {
        return;
    }
    head[0] = (uint8_t)mark->kind;
    head[1] = (uint8_t)mark->origin;
    head[2] = mark->confidence;
    head[3] = mark->flag;
    head[4] = (uint8_t)size_of(mark->name);
    head[5] = (uint8_t)size_of(mark->channel);
    head[6] = (uint8_t)size_of(mark->by);
    kithi_put16(head + 7, (uint16_t)mark->value.size);
    kithi_put32(head + 9, mark->record);
    kithi_put_time(head + 13, mark->at_us);
    kithi_put_time(head + 21, mark->amount);
    write_text(out, mark->name);
    write_text(out, mark->channel);
    write_text(out, mark->by);
    kithi_buffer_append(out, mark->value.data, mark->value.size);
}

typedef struct writer {
    kithi_buffer *out;
    kithi_arena arena;
    int64_t now_us;
    int64_t next_us;
} writer;

static void expect(writer *w, int64_t at_us) {
    w->next_us = at_us < w->next_us ? at_us : w->next_us;
}

static kithi_row_mark entry_of(const kithi_said *said) {
    return (kithi_row_mark){.kind = said->mark.kind,
                            .record = said->record,
                            .at_us = said->at_us,
                            .name = said->mark.name.data,
                            .by = said->mark.by.data};
}

static void write_tag(writer *w, kithi_marks_run run) {
    const kithi_said *said = kithi_marks_standing(run, NULL, w->now_us);
    if (!kithi_said_holds(said, w->now_us)) {
        return;
    }
    kithi_row_mark entry = entry_of(said);
    entry.amount = said->mark.expires_at_us;
    entry.origin = said->mark.origin;
    entry.confidence = said->mark.confidence;
    entry.value = said->mark.value;
    write_entry(w->out, &entry);
    expect(w, said->mark.expires_at_us);
}

static void write_score(writer *w, kithi_marks_run run) {
    const kithi_said *said = kithi_marks_standing(run, NULL, w->now_us);
    if (said != NULL) {
        kithi_row_mark entry = entry_of(said);
        entry.amount = said->mark.micros;
        write_entry(w->out, &entry);
    }
}

static void write_points(writer *w, kithi_marks_run run) {
    kithi_marks_sum sum = 0;
    size_t count = 0;
    while (count < run.count && run.items[count]->at_us <= w->now_us) {
        sum += run.items[count++]->mark.micros;
    }
    if (count == 0) {
        return;
    }
    bool over = sum > INT64_MAX, under = sum < INT64_MIN;
    kithi_row_mark entry = entry_of(run.items[count - 1]);
    entry.by = NULL;
    entry.record = (uint32_t)count;
    entry.amount = over ? INT64_MAX : under ? INT64_MIN : (int64_t)sum;
    entry.flag = over || under;
    write_entry(w->out, &entry);
}

/* Consents */

static int compare_channels(const kithi_said *a, const kithi_said *b) {
    return kithi_bytes_compare(a->mark.detail.data, a->mark.detail.size, b->mark.detail.data,
                               b->mark.detail.size);
}

static int by_channel(const void *x, const void *y) {
    const kithi_said *a = *(const kithi_said *const *)x, *b = *(const kithi_said *const *)y;
    int order = compare_channels(a, b);
    if (order == 0 && a != b) {
        order = kithi_said_prevails(a, b) ? -1 : 1;
    }
    return order;
}

static void write_consent(writer *w, const kithi_said *said, const char *channel) {
    kithi_row_mark entry = entry_of(said);
    entry.channel = channel;
    entry.flag = said->mark.granted;
    write_entry(w->out, &entry);
}

/* A purpose: for each channel what stands of it and of what was said of any. */
static bool write_consents(writer *w, kithi_marks_run run) {
    const kithi_said **said = kithi_arena_calloc(&w->arena, run.count, sizeof *said);
    const kithi_said *of_any = kithi_marks_standing(run, NULL, w->now_us);
    size_t count = 0;
    if (said == NULL) {
        return false;
    }
    while (count < run.count && run.items[count]->at_us <= w->now_us) {
        said[count] = run.items[count];
        count++;
    }
    if (count > 1) {
        qsort(said, count, sizeof *said, by_channel);
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && compare_channels(said[i - 1], said[i]) == 0) {
            continue; /* the first of a channel stands against the others */
        }
        bool any = of_any != NULL && kithi_said_prevails(of_any, said[i]);
        write_consent(w, any ? of_any : said[i], said[i]->mark.detail.data);
    }
    return true;
}

/* The whole */

static bool write_run(writer *w, kithi_marks_run run) {
    switch (run.items[0]->mark.kind) {
    case KITHI_MARK_TAG:
    case KITHI_MARK_UNTAG:
        write_tag(w, run);
        break;
    case KITHI_MARK_CONSENT:
        return write_consents(w, run);
    case KITHI_MARK_POINTS:
        write_points(w, run);
        break;
    case KITHI_MARK_SCORE:
        write_score(w, run);
        break;
    }
    return true;
}

int kithi_marks_compute(kith_txn *txn, const uint32_t *records, size_t count, int64_t now_us,
                        kithi_buffer *out, int64_t *out_next_us) {
    writer w = {.out = out, .now_us = now_us, .next_us = INT64_MAX};
    kithi_marks marks = {NULL, 0};
    kithi_marks_run run;
    size_t at = 0;
    bool ok = true;
    kithi_arena_init(&w.arena);
    int rc = kithi_marks_load(txn, records, count, &w.arena, &marks);
    for (size_t i = 0; i < marks.count; i++) {
        if (marks.items[i]->at_us > now_us) {
            expect(&w, marks.items[i]->at_us);
        }
    }
    while (ok && kithi_marks_next_run(&marks, &at, &run)) {
        ok = write_run(&w, run);
    }
    kithi_arena_clear(&w.arena);
    *out_next_us = w.next_us;
    return rc == KITH_OK && !ok ? kithi_error_memory(kithi_txn_error(txn)) : rc;
}

/* Reading */

/* A text of so many bytes and a NUL; of no bytes none. */
static bool read_text(kithi_walker *walker, size_t size, const char **out) {
    *out = NULL;
    if (size == 0) {
        return true;
    }
    if ((size_t)(walker->end - walker->at) <= size || walker->at[size] != '\0') {
        return false;
    }
    *out = (const char *)walker->at;
    walker->at += size + 1;
    return true;
}

static bool read_value(kithi_walker *walker, size_t size, kithi_slice *out) {
    *out = (kithi_slice){walker->at, size};
    if ((size_t)(walker->end - walker->at) < size) {
        return false;
    }
    walker->at += size;
    return true;
}

bool kithi_row_mark_next(kithi_walker *walker, kithi_row_mark *out) {
    const uint8_t *head = walker->at;
    if (walker->end - head < HEAD_BYTES) {
        return false;
    }
    out->kind = (kithi_mark_kind)head[0];
    out->origin = (kith_origin)head[1];
    out->confidence = head[2];
    out->flag = head[3] != 0;
    out->record = kithi_get32(head + 9);
    out->at_us = kithi_get_time(head + 13);
    out->amount = kithi_get_time(head + 21);
    kithi_walker rest = {head + HEAD_BYTES, walker->end};
    bool ok = head[4] > 0 && read_text(&rest, head[4], &out->name) &&
              read_text(&rest, head[5], &out->channel) && read_text(&rest, head[6], &out->by) &&
              read_value(&rest, kithi_get16(head + 7), &out->value);
    walker->at = ok ? rest.at : walker->at;
    return ok;
}

bool kithi_tag_value(kithi_slice packed, kith_value *out) {
    kithi_walker walker = kithi_walker_of(packed.data, packed.size);
    return kithi_walk_value(&walker, NULL, out);
}
