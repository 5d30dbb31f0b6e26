#include <endian.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/bitmap/chunk_inside.h"

static inline uint32_t member_at(const kithi_chunk_view *view, size_t i) {
    return kithi_get16(view->content + i * KITHI_CHUNK_MEMBER_BYTES);
}

static inline uint32_t first_at(const kithi_chunk_view *view, size_t i) {
    return kithi_get16(view->content + i * KITHI_CHUNK_RUN_BYTES);
}

static inline uint32_t last_at(const kithi_chunk_view *view, size_t i) {
    return kithi_get16(view->content + i * KITHI_CHUNK_RUN_BYTES + 2);
}

/* Whether the content has a size that its form can have: from here on no look at it leaves it,
 * whatever it says. */
static bool fits(kithi_chunk_view *view, size_t size) {
    switch (view->form) {
    case KITHI_CHUNK_ARRAY:
        view->entry_count = view->cardinality;
        return view->cardinality <= KITHI_CHUNK_ARRAY_MAX &&
               size == view->cardinality * KITHI_CHUNK_MEMBER_BYTES;
    case KITHI_CHUNK_BITMAP:
        return view->cardinality <= KITHI_CHUNK_BITS && size == KITHI_CHUNK_CONTENT_MAX;
    case KITHI_CHUNK_RUNS:
        view->entry_count = (uint32_t)(size / KITHI_CHUNK_RUN_BYTES);
        return view->cardinality <= KITHI_CHUNK_BITS && size % KITHI_CHUNK_RUN_BYTES == 0 &&
               size <= KITHI_CHUNK_RUNS_MAX * KITHI_CHUNK_RUN_BYTES;
    }
    return false;
}

bool kithi_chunk_peek(const void *data, size_t size, kithi_chunk_view *out) {
    const uint8_t *row = data;
    if (size < KITHI_CHUNK_HEADER_BYTES || row[0] != KITHI_CHUNK_VERSION ||
        kithi_get16(row + KITHI_CHUNK_AT_CHECK) != kithi_chunk_check(row)) {
        return false;
    }
    kithi_chunk_view view = {
        .content = row + KITHI_CHUNK_HEADER_BYTES,
        .cardinality = kithi_get32(row + KITHI_CHUNK_AT_CARDINALITY),
        .form = (kithi_chunk_form)row[KITHI_CHUNK_AT_FORM],
    };
    if (!fits(&view, size - KITHI_CHUNK_HEADER_BYTES)) {
        return false;
    }
    *out = view;
    return true;
}

/* What the content turns out to hold, whatever the header says. */
typedef struct measures {
    uint32_t cardinality, run_count;
    bool ordered;
} measures;

/* The loops don't leave early, so that the compiler can take several entries at a time. */
static measures measure_array(const kithi_chunk_view *view) {
    uint32_t begins = view->entry_count > 0, disorder = 0;
    for (size_t i = 1; i < view->entry_count; i++) {
        uint32_t before = member_at(view, i - 1), member = member_at(view, i);
        disorder |= member <= before;
        begins += member != before + 1;
    }
    return (measures){view->entry_count, begins, disorder == 0};
}

static measures measure_runs(const kithi_chunk_view *view) {
    uint32_t cardinality = 0, disorder = 0;
    for (size_t i = 0; i < view->entry_count; i++) {
        uint32_t first = first_at(view, i), last = last_at(view, i);
        disorder |= last < first;
        cardinality += last - first + 1;
    }
    for (size_t i = 1; i < view->entry_count; i++) {
        disorder |= first_at(view, i) <= last_at(view, i - 1) + 1; /* touching, they are one */
    }
    return (measures){cardinality, view->entry_count, disorder == 0};
}

static measures measure(const kithi_chunk_view *view) {
    if (view->form == KITHI_CHUNK_ARRAY) {
        return measure_array(view);
    }
    if (view->form == KITHI_CHUNK_RUNS) {
        return measure_runs(view);
    }
    kithi_chunk chunk;
    kithi_chunk_unpack(view, &chunk);
    return (measures){kithi_chunk_count(&chunk), kithi_chunk_run_count(&chunk), true};
}

bool kithi_chunk_read(const void *data, size_t size, kithi_chunk_view *out) {
    const uint8_t *row = data;
    kithi_chunk_view view;
    if (!kithi_chunk_peek(data, size, &view) ||
        kithi_get64(row + KITHI_CHUNK_AT_CHECKSUM) !=
            kithi_chunk_checksum(view.content, size - KITHI_CHUNK_HEADER_BYTES)) {
        return false;
    }
    measures found = measure(&view);
    if (!found.ordered || found.cardinality != view.cardinality ||
        kithi_chunk_form_of(found.cardinality, found.run_count) != view.form) {
        return false;
    }
    *out = view;
    return true;
}

static void unpack_array(const kithi_chunk_view *view, kithi_chunk *out) {
    kithi_chunk_clear(out);
    for (size_t i = 0; i < view->entry_count; i++) {
        uint32_t member = member_at(view, i);
        out->words[member / 64] |= (uint64_t)1 << member % 64;
    }
}

static void unpack_bits(const kithi_chunk_view *view, kithi_chunk *out) {
    memcpy(out->words, view->content, sizeof out->words);
    for (size_t i = 0; i < KITHI_CHUNK_WORDS; i++) {
        out->words[i] = le64toh(out->words[i]);
    }
}

/* Each bit becomes whether there is an odd number of marks up to it. */
static void fill_between_marks(kithi_chunk *chunk) {
    uint64_t open = 0;
    for (size_t i = 0; i < KITHI_CHUNK_WORDS; i++) {
        uint64_t word = chunk->words[i];
        for (unsigned shift = 1; shift < 64; shift *= 2) {
            word ^= word << shift;
        }
        chunk->words[i] = word ^ open;
        open = 0 - (chunk->words[i] >> 63);
    }
}

/* Marks where runs begin and where they have ended, and then fills them all at once: going from run
 * to run would stumble over their lengths, which no machine foresees. */
static void unpack_runs(const kithi_chunk_view *view, kithi_chunk *out) {
    kithi_chunk_clear(out);
    for (size_t i = 0; i < view->entry_count; i++) {
        uint32_t first = first_at(view, i), end = last_at(view, i) + 1;
        out->words[first / 64] ^= (uint64_t)1 << first % 64;
        if (end < KITHI_CHUNK_BITS) {
            out->words[end / 64] ^= (uint64_t)1 << end % 64;
        }
    }
    fill_between_marks(out);
}

void kithi_chunk_unpack(const kithi_chunk_view *view, kithi_chunk *out) {
    if (view->form == KITHI_CHUNK_ARRAY) {
        unpack_array(view, out);
    } else if (view->form == KITHI_CHUNK_RUNS) {
        unpack_runs(view, out);
    } else {
        unpack_bits(view, out);
    }
}
