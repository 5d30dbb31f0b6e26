#include "src/profile/marks.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/order.h"
#include "src/fact/record_key.h"

/* Gathering */

typedef struct gatherer {
    kith_txn *txn;
    kithi_arena *arena;
    uint32_t record;
    const uint8_t *record_id; /* NULL until the record has something */
    kithi_marks marks;
    size_t capacity;
    bool has_points;
} gatherer;

static int no_memory(gatherer *g) {
    return kithi_error_memory(kithi_txn_error(g->txn));
}

static bool grow(gatherer *g) {
    if (g->marks.count < g->capacity) {
        return true;
    }
    size_t capacity = g->capacity > 0 ? 2 * g->capacity : 16;
    const kithi_said **items = kithi_arena_calloc(g->arena, capacity, sizeof *items);
    if (items == NULL) {
        return false;
    }
    if (g->marks.count > 0) {
        memcpy(items, g->marks.items, g->marks.count * sizeof *items);
    }
    g->marks.items = items;
    g->capacity = capacity;
    return true;
}

static bool keep_text(kithi_arena *arena, kithi_mark_text *text) {
    if (text->data != NULL) {
        text->data = kithi_arena_copy(arena, text->data, text->size);
        return text->data != NULL;
    }
    return true;
}

/* Copies a row and the texts in it. */
static kithi_said *keep(kithi_arena *arena, const kithi_mark_row *from) {
    kithi_said *said = kithi_arena_alloc(arena, sizeof *said);
    const uint8_t *row = (const uint8_t *)kithi_arena_copy(arena, from->row.data, from->row.size);
    if (said == NULL || row == NULL) {
        return NULL;
    }
    *said = (kithi_said){.mark = from->mark, .at_us = from->at_us, .row = {row, from->row.size}};
    if (said->mark.value.data != NULL) {
        said->mark.value.data = row + (from->mark.value.data - from->row.data);
    }
    bool ok = keep_text(arena, &said->mark.name) && keep_text(arena, &said->mark.detail) &&
              keep_text(arena, &said->mark.by);
    return ok ? said : NULL;
}

static int load_id(gatherer *g) {
    kithi_slice row;
    kithi_row_header header;
    int rc = kithi_record_row(g->txn, g->record, &row);
    if (rc != KITH_OK || !kithi_row_read_header(row, &header)) {
        return rc == KITH_OK || rc == KITH_NOT_FOUND ? kithi_record_damaged(g->txn, g->record) : rc;
    }
    g->record_id =
        (const uint8_t *)kithi_arena_copy(g->arena, header.id.bytes, sizeof header.id.bytes);
    return g->record_id != NULL ? KITH_OK : no_memory(g);
}

static int take(void *context, const kithi_mark_row *row) {
    gatherer *g = context;
    int rc = g->record_id == NULL ? load_id(g) : KITH_OK;
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_said *said = keep(g->arena, row);
    if (said == NULL || !grow(g)) {
        return no_memory(g);
    }
    said->record = g->record;
    said->record_id = g->record_id;
    said->hash = kithi_mark_hash(row->row);
    g->marks.items[g->marks.count++] = said;
    g->has_points = g->has_points || said->mark.kind == KITHI_MARK_POINTS;
    return KITH_OK;
}

/* Order */

static int compare_text(kithi_mark_text a, kithi_mark_text b) {
    return kithi_bytes_compare(a.data, a.size, b.data, b.size);
}

static int compare_numbers(int64_t a, int64_t b) {
    return (a > b) - (a < b);
}

/* Which table of names it is of: a tag and its removal are of one. */
static kithi_mark_kind kind_of(const kithi_said *said) {
    return said->mark.kind == KITHI_MARK_UNTAG ? KITHI_MARK_TAG : said->mark.kind;
}

/* What stands against what is said at the same time: the removal, and the withdrawal. */
static int rank_of(const kithi_said *said) {
    return said->mark.kind == KITHI_MARK_TAG || said->mark.granted;
}

/* How every tie is broken. */
static int compare_content(const kithi_said *a, const kithi_said *b) {
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    int order = kithi_bytes_compare(a->row.data, a->row.size, b->row.data, b->row.size);
    return order != 0 ? order : memcmp(a->record_id, b->record_id, 16);
}

static int compare_names(const kithi_said *a, const kithi_said *b) {
    int order = compare_numbers(kind_of(a), kind_of(b));
    return order != 0 ? order : compare_text(a->mark.name, b->mark.name);
}

/* Of what is said of one name at one time the one that stands comes first. */
static int compare_at_once(const kithi_said *a, const kithi_said *b) {
    int order = rank_of(a) - rank_of(b);
    return order != 0 ? order : compare_content(a, b);
}

static int by_time(const void *x, const void *y) {
    const kithi_said *a = *(const kithi_said *const *)x, *b = *(const kithi_said *const *)y;
    int order = compare_names(a, b);
    if (order == 0) {
        order = compare_numbers(a->at_us, b->at_us);
    }
    return order != 0 ? order : compare_at_once(a, b);
}

bool kithi_said_prevails(const kithi_said *a, const kithi_said *b) {
    return a->at_us != b->at_us ? a->at_us > b->at_us : compare_at_once(a, b) < 0;
}

static int compare_entries(const kithi_said *a, const kithi_said *b) {
    int order = compare_names(a, b);
    if (order == 0) {
        order = memcmp(a->record_id, b->record_id, 16);
    }
    return order != 0 ? order : compare_text(a->mark.detail, b->mark.detail);
}

/* The entries of points that are copies of one another side by side, the one that counts first. */
static int by_entry(const void *x, const void *y) {
    const kithi_said *a = *(const kithi_said *const *)x, *b = *(const kithi_said *const *)y;
    int order = compare_entries(a, b);
    if (order == 0) {
        order = compare_numbers(a->at_us, b->at_us);
    }
    return order != 0 ? order : compare_content(a, b);
}

static void sort(kithi_marks *marks, int (*order)(const void *, const void *)) {
    if (marks->count > 1) {
        qsort(marks->items, marks->count, sizeof *marks->items, order);
    }
}

static void drop_copies(kithi_marks *marks) {
    size_t kept = 0;
    sort(marks, by_entry);
    for (size_t i = 0; i < marks->count; i++) {
        const kithi_said *said = marks->items[i];
        bool copy = kept > 0 && said->mark.kind == KITHI_MARK_POINTS &&
                    compare_entries(marks->items[kept - 1], said) == 0;
        if (!copy) {
            marks->items[kept++] = said;
        }
    }
    marks->count = kept;
}

int kithi_marks_load(kith_txn *txn, const uint32_t *records, size_t count, kithi_arena *arena,
                     kithi_marks *out) {
    gatherer g = {.txn = txn, .arena = arena};
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        g.record = records[i];
        g.record_id = NULL;
        rc = kithi_mark_each(txn, records[i], take, &g);
    }
    if (rc == KITH_OK && g.has_points) {
        drop_copies(&g.marks);
    }
    if (rc == KITH_OK) {
        sort(&g.marks, by_time);
        *out = g.marks;
    }
    return rc;
}

/* Runs */

static size_t end_of_run(const kithi_marks *marks, size_t from) {
    size_t end = from + 1;
    while (end < marks->count && compare_names(marks->items[from], marks->items[end]) == 0) {
        end++;
    }
    return end;
}

bool kithi_marks_next_run(const kithi_marks *marks, size_t *at, kithi_marks_run *out) {
    if (*at >= marks->count) {
        return false;
    }
    size_t end = end_of_run(marks, *at);
    *out = (kithi_marks_run){marks->items + *at, end - *at};
    *at = end;
    return true;
}

/* What is said of a name: nothing where it isn't there. */
static kithi_marks_run find_run(const kithi_marks *marks, kithi_mark_kind kind, const char *name) {
    kithi_said wanted = {.mark = {.kind = kind, .name = {name, strlen(name)}}};
    size_t low = 0, high = marks->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_names(marks->items[middle], &wanted) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < marks->count && compare_names(marks->items[low], &wanted) == 0;
    return found ? (kithi_marks_run){marks->items + low, end_of_run(marks, low) - low}
                 : (kithi_marks_run){NULL, 0};
}

/* Whether it is said of a channel, or, where it isn't of consents, at all. */
static bool is_for(const kithi_said *said, const char *channel) {
    const char *own = said->mark.detail.data;
    return said->mark.kind != KITHI_MARK_CONSENT || own == NULL ||
           (channel != NULL && strcmp(own, channel) == 0);
}

/* What stands from the next time on at which something is said of the channel; *at moves behind all
 * that is said then. NULL: nothing more. */
static const kithi_said *next_standing(kithi_marks_run run, const char *channel, size_t *at) {
    while (*at < run.count && !is_for(run.items[*at], channel)) {
        ++*at;
    }
    const kithi_said *said = *at < run.count ? run.items[*at] : NULL;
    while (*at < run.count && run.items[*at]->at_us == said->at_us) {
        ++*at;
    }
    return said;
}

/* A walk along what stands of a run, one thing after the other. */
typedef struct walk {
    kithi_marks_run run;
    const char *channel;
    size_t at;
    const kithi_said *now;  /* NULL: nothing yet */
    const kithi_said *next; /* what stands after it; NULL: nothing will */
} walk;

static void step(walk *w) {
    w->now = w->next;
    w->next = next_standing(w->run, w->channel, &w->at);
}

static walk walk_to(kithi_marks_run run, const char *channel, int64_t at_us) {
    walk w = {.run = run, .channel = channel};
    w.next = next_standing(run, channel, &w.at);
    while (w.next != NULL && w.next->at_us <= at_us) {
        step(&w);
    }
    return w;
}

const kithi_said *kithi_marks_standing(kithi_marks_run run, const char *channel, int64_t at_us) {
    return walk_to(run, channel, at_us).now;
}

/* Answers */

bool kithi_said_holds(const kithi_said *said, int64_t at_us) {
    return said != NULL && said->mark.kind == KITHI_MARK_TAG && at_us < said->mark.expires_at_us;
}

/* Whether it is what stands next: a tag that is set again before it expires goes on. */
static bool expires_first(const walk *w) {
    return w->next == NULL || w->now->mark.expires_at_us < w->next->at_us;
}

bool kithi_marks_has_tag(const kithi_marks *marks, const char *name, int64_t at_us,
                         int64_t *out_until_us) {
    walk w = walk_to(find_run(marks, KITHI_MARK_TAG, name), NULL, at_us);
    bool has = kithi_said_holds(w.now, at_us), same = true;
    while (same && w.next != NULL && !(has && expires_first(&w))) {
        step(&w);
        same = kithi_said_holds(w.now, w.now->at_us) == has;
    }
    *out_until_us = !same ? w.now->at_us : has ? w.now->mark.expires_at_us : INT64_MAX;
    return has;
}

static bool grants(const kithi_said *said) {
    return said != NULL && said->mark.granted;
}

bool kithi_marks_consent(const kithi_marks *marks, const char *purpose, const char *channel,
                         int64_t at_us, int64_t *out_until_us) {
    walk w = walk_to(find_run(marks, KITHI_MARK_CONSENT, purpose), channel, at_us);
    bool granted = grants(w.now);
    while (w.next != NULL && grants(w.next) == granted) {
        step(&w);
    }
    *out_until_us = w.next != NULL ? w.next->at_us : INT64_MAX;
    return granted;
}

bool kithi_marks_score(const kithi_marks *marks, const char *name, int64_t at_us,
                       int64_t *out_until_us, int64_t *out_micros) {
    walk w = walk_to(find_run(marks, KITHI_MARK_SCORE, name), NULL, at_us);
    bool any = w.now != NULL;
    int64_t micros = any ? w.now->mark.micros : 0;
    while (any && w.next != NULL && w.next->mark.micros == micros) {
        step(&w);
    }
    *out_until_us = w.next != NULL ? w.next->at_us : INT64_MAX;
    *out_micros = micros;
    return any;
}

/* Adds up the entries of the next time. */
static kithi_marks_sum next_sum(kithi_marks_run run, size_t *at) {
    kithi_marks_sum sum = 0;
    int64_t at_us = run.items[*at]->at_us;
    while (*at < run.count && run.items[*at]->at_us == at_us) {
        sum += run.items[(*at)++]->mark.micros;
    }
    return sum;
}

kithi_marks_sum kithi_marks_points(const kithi_marks *marks, const char *ledger, int64_t at_us,
                                   int64_t *out_until_us) {
    kithi_marks_run run = find_run(marks, KITHI_MARK_POINTS, ledger);
    kithi_marks_sum sum = 0, more = 0;
    size_t at = 0;
    while (at < run.count && run.items[at]->at_us <= at_us) {
        sum += next_sum(run, &at);
    }
    *out_until_us = INT64_MAX;
    while (at < run.count && *out_until_us == INT64_MAX) {
        int64_t next_us = run.items[at]->at_us;
        more = next_sum(run, &at);
        *out_until_us = more != 0 ? next_us : INT64_MAX;
    }
    return sum;
}
