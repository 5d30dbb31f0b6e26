#include "src/column/column.h"

#include <string.h>

#include "src/column/column_inside.h"

/* Reading */

static uint32_t get32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t get64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static size_t filled_up(size_t bytes) {
    return (bytes + 7) / 8 * 8;
}

static bool is_head(const uint8_t *head, const kithi_column *c) {
    bool width = c->width == 0 || c->width == 1 || c->width == 2 || c->width == 4 || c->width == 8;
    bool nothing = c->sort == KITHI_COLUMN_NOTHING;
    return head[0] == KITHI_COLUMN_VERSION && head[1] < KITHI_COLUMN_SORTS && width &&
           nothing == (c->width == 0) && (head[3] & ~(KITHI_COLUMN_GAPS | KITHI_COLUMN_ODD)) == 0 &&
           c->count <= KITHI_COLUMN_PLACES_MAX && c->scale >= 1 &&
           c->text_count <= KITHI_COLUMN_PLACES_MAX;
}

bool kithi_column_read(const void *data, size_t size, kithi_column *out) {
    const uint8_t *head = data;
    if (size < KITHI_COLUMN_HEAD_BYTES) {
        return false;
    }
    *out = (kithi_column){.sort = (kithi_column_sort)head[1],
                          .width = head[2],
                          .count = get32(head + 4),
                          .base = (int64_t)get64(head + 8),
                          .scale = (int64_t)get64(head + 16),
                          .text_count = get32(head + 24),
                          .text_bytes = get32(head + 28)};
    if (!is_head(head, out)) {
        return false;
    }
    size_t codes = filled_up((size_t)out->count * out->width);
    size_t bits = ((size_t)out->count + 63) / 64 * sizeof(uint64_t);
    size_t ends = filled_up((size_t)out->text_count * sizeof(uint32_t));
    const uint8_t *at = head + KITHI_COLUMN_HEAD_BYTES;
    size_t parts = ((head[3] & KITHI_COLUMN_GAPS) != 0) + ((head[3] & KITHI_COLUMN_ODD) != 0);
    if (size != KITHI_COLUMN_HEAD_BYTES + codes + parts * bits + ends + out->text_bytes) {
        return false;
    }
    out->codes = at;
    at += codes;
    if ((head[3] & KITHI_COLUMN_GAPS) != 0) {
        out->present = (const uint64_t *)(const void *)at;
        at += bits;
    }
    if ((head[3] & KITHI_COLUMN_ODD) != 0) {
        out->odd = (const uint64_t *)(const void *)at;
        at += bits;
    }
    out->ends = (const uint32_t *)(const void *)at;
    out->texts = (const char *)at + ends;
    return true;
}

kithi_column kithi_column_slice(const kithi_column *column, uint32_t from, uint32_t to) {
    kithi_column slice = *column;
    to = to < column->count ? to : column->count;
    slice.count = to > from ? to - from : 0;
    slice.codes = column->codes + (size_t)from * column->width;
    slice.present = column->present != NULL ? column->present + from / 64 : NULL;
    slice.odd = column->odd != NULL ? column->odd + from / 64 : NULL;
    return slice;
}

/* To multiply by 1 would cost as much as all the rest. */
#define NUMBERS(bits)                                                                              \
    static void numbers_##bits(const kithi_column *c, uint32_t place, uint32_t count,              \
                               int64_t *out) {                                                     \
        const uint##bits##_t *codes = (const uint##bits##_t *)(const void *)c->codes + place;      \
        uint64_t base = (uint64_t)c->base, scale = (uint64_t)c->scale;                             \
        for (uint32_t i = 0; scale == 1 && i < count; i++) {                                       \
            out[i] = (int64_t)(base + codes[i]);                                                   \
        }                                                                                          \
        for (uint32_t i = 0; scale != 1 && i < count; i++) {                                       \
            out[i] = (int64_t)(base + codes[i] * scale);                                           \
        }                                                                                          \
    }
NUMBERS(8)
NUMBERS(16)
NUMBERS(32)
NUMBERS(64)

void kithi_column_numbers(const kithi_column *c, uint32_t place, uint32_t count, int64_t *out) {
    switch (c->width) {
    case 1:
        numbers_8(c, place, count, out);
        break;
    case 2:
        numbers_16(c, place, count, out);
        break;
    case 4:
        numbers_32(c, place, count, out);
        break;
    case 8:
        numbers_64(c, place, count, out);
        break;
    default:
        memset(out, 0, count * sizeof *out);
    }
    for (uint32_t i = 0; c->present != NULL && i < count; i++) {
        out[i] = kithi_column_has(c, place + i) ? out[i] : 0;
    }
}

const char *kithi_column_text(const kithi_column *c, uint32_t code, size_t *out_size) {
    *out_size = 0;
    if (code >= c->text_count) {
        return "";
    }
    uint32_t begin = code > 0 ? c->ends[code - 1] : 0, end = c->ends[code];
    if (begin > end || end > c->text_bytes) {
        return "";
    }
    *out_size = end - begin;
    return c->texts + begin;
}

/* Questions: loops that the compiler makes wide. Each writes 64 places a word. */

/* A bit for each of 64 bytes, which are 0 or 1. Multiplying brings bit 0 of the eight bytes of a
 * number into its highest byte, in their order. */
static uint64_t bits_of(const uint8_t bytes[64]) {
    uint64_t word = 0;
    for (uint32_t i = 0; i < 8; i++) {
        uint64_t eight = 0;
        for (uint32_t j = 0; j < 8; j++) {
            eight |= (uint64_t)bytes[8 * i + j] << 8 * j;
        }
        word |= (eight * UINT64_C(0x0102040810204080) >> 56) << 8 * i;
    }
    return word;
}

#define BETWEEN(bits)                                                                              \
    static uint64_t word_##bits(const uint##bits##_t *codes, uint##bits##_t least,                 \
                                uint##bits##_t span) {                                             \
        uint8_t in[64];                                                                            \
        for (size_t i = 0; i < 64; i++) {                                                          \
            uint##bits##_t apart = (uint##bits##_t)(codes[i] - least);                             \
            in[i] = apart <= span;                                                                 \
        }                                                                                          \
        return bits_of(in);                                                                        \
    }                                                                                              \
    static void between_##bits(const uint##bits##_t *codes, size_t count, uint##bits##_t least,    \
                               uint##bits##_t span, uint64_t *out) {                               \
        for (; count >= 64; codes += 64, count -= 64) {                                            \
            *out++ = word_##bits(codes, least, span);                                              \
        }                                                                                          \
        if (count > 0) {                                                                           \
            uint##bits##_t last[64] = {0};                                                         \
            memcpy(last, codes, count * sizeof *codes);                                            \
            *out = word_##bits(last, least, span) & ((UINT64_C(1) << count) - 1);                  \
        }                                                                                          \
    }
BETWEEN(8)
BETWEEN(16)
BETWEEN(32)
BETWEEN(64)

static size_t word_count(const kithi_column *c) {
    return ((size_t)c->count + 63) / 64;
}

/* Those without a value have the code 0. */
static void keep_present(const kithi_column *c, uint64_t *out) {
    for (size_t i = 0; c->present != NULL && i < word_count(c); i++) {
        out[i] &= c->present[i];
    }
}

/* The least and the greatest code of the numbers in a range; false: there is none. */
static bool codes_of(const kithi_column *c, int64_t least, int64_t most, uint64_t *out_least,
                     uint64_t *out_most) {
    uint64_t scale = (uint64_t)c->scale;
    uint64_t top = c->width == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * c->width) - 1;
    if (c->width == 0 || most < c->base || least > most) {
        return false;
    }
    uint64_t low = least > c->base ? (uint64_t)least - (uint64_t)c->base : 0;
    uint64_t high = (uint64_t)most - (uint64_t)c->base;
    *out_least = low / scale + (low % scale != 0);
    *out_most = high / scale < top ? high / scale : top;
    return *out_least <= *out_most;
}

void kithi_column_between(const kithi_column *c, int64_t least, int64_t most, uint64_t *out) {
    uint64_t from, to;
    const void *codes = c->codes;
    if (!codes_of(c, least, most, &from, &to)) {
        memset(out, 0, word_count(c) * sizeof *out);
        return;
    }
    switch (c->width) {
    case 1:
        between_8(codes, c->count, (uint8_t)from, (uint8_t)(to - from), out);
        break;
    case 2:
        between_16(codes, c->count, (uint16_t)from, (uint16_t)(to - from), out);
        break;
    case 4:
        between_32(codes, c->count, (uint32_t)from, (uint32_t)(to - from), out);
        break;
    default:
        between_64(codes, c->count, from, to - from, out);
    }
    keep_present(c, out);
}

#define CHOSEN(bits)                                                                               \
    static void chosen_##bits(const uint##bits##_t *codes, uint32_t count, const uint8_t *chosen,  \
                              uint32_t texts, uint64_t *out) {                                     \
        for (uint32_t from = 0; from < count; from += 64) {                                        \
            uint32_t here = count - from < 64 ? count - from : 64;                                 \
            uint64_t word = 0;                                                                     \
            for (uint32_t i = 0; i < here; i++) {                                                  \
                uint32_t code = codes[from + i];                                                   \
                word |= (uint64_t)(code < texts && chosen[code] != 0) << i;                        \
            }                                                                                      \
            out[from / 64] = word;                                                                 \
        }                                                                                          \
    }
CHOSEN(8)
CHOSEN(16)
CHOSEN(32)

/* Where one text alone is chosen its code is looked for, which is quicker. */
static bool is_one(const uint8_t *chosen, uint32_t count, uint32_t *out) {
    const uint8_t *first = memchr(chosen, 1, count);
    if (first == NULL) {
        return false;
    }
    *out = (uint32_t)(first - chosen);
    return memchr(first + 1, 1, count - *out - 1) == NULL;
}

void kithi_column_chosen(const kithi_column *c, const uint8_t *chosen, uint64_t *out) {
    uint32_t code;
    if (is_one(chosen, c->text_count, &code)) {
        kithi_column_between(c, code, code, out);
        return;
    }
    memset(out, 0, word_count(c) * sizeof *out);
    const void *codes = c->codes;
    if (c->width == 1) {
        chosen_8(codes, c->count, chosen, c->text_count, out);
    } else if (c->width == 2) {
        chosen_16(codes, c->count, chosen, c->text_count, out);
    } else if (c->width == 4) {
        chosen_32(codes, c->count, chosen, c->text_count, out);
    }
    keep_present(c, out);
}
