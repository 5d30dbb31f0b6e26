#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/hash.h"
#include "src/base/radix.h"
#include "src/column/column_inside.h"

bool kithi_column_begin(kithi_column_maker *m, uint32_t count) {
    size_t words = (count + 63) / 64 + 1;
    *m = (kithi_column_maker){.count = count};
    kithi_buffer_init(&m->texts);
    m->numbers = calloc((size_t)count + 1, sizeof *m->numbers);
    m->sizes = calloc((size_t)count + 1, sizeof *m->sizes);
    m->present = calloc(words, sizeof *m->present);
    m->odd = calloc(words, sizeof *m->odd);
    return m->numbers != NULL && m->sizes != NULL && m->present != NULL && m->odd != NULL;
}

void kithi_column_clear(kithi_column_maker *m) {
    free(m->numbers);
    free(m->sizes);
    free(m->present);
    free(m->odd);
    kithi_buffer_clear(&m->texts);
    *m = (kithi_column_maker){.count = 0};
}

static void set_bit(uint64_t *words, uint32_t place) {
    words[place / 64] |= UINT64_C(1) << place % 64;
}

static bool has_bit(const uint64_t *words, uint32_t place) {
    return (words[place / 64] >> place % 64 & 1) != 0;
}

void kithi_column_set_odd(kithi_column_maker *m, uint32_t place) {
    set_bit(m->odd, place);
    m->present[place / 64] &= ~(UINT64_C(1) << place % 64);
}

/* Whether a value of this sort fits the column, and its place has none yet. */
static bool takes(kithi_column_maker *m, uint32_t place, kithi_column_sort sort) {
    if (m->sort == KITHI_COLUMN_NOTHING) {
        m->sort = sort;
    }
    if (m->sort != sort || has_bit(m->present, place) || has_bit(m->odd, place)) {
        kithi_column_set_odd(m, place);
        return false;
    }
    set_bit(m->present, place);
    return true;
}

void kithi_column_set_number(kithi_column_maker *m, uint32_t place, kithi_column_sort sort,
                             int64_t number) {
    if (takes(m, place, sort)) {
        m->numbers[place] = number;
    }
}

void kithi_column_set_text(kithi_column_maker *m, uint32_t place, const char *data, size_t size) {
    if (takes(m, place, KITHI_COLUMN_TEXT)) {
        m->numbers[place] = (int64_t)m->texts.size;
        m->sizes[place] = (uint32_t)size;
        kithi_buffer_append(&m->texts, data, size);
    }
}

void kithi_column_unset(kithi_column_maker *m, uint32_t place) {
    m->present[place / 64] &= ~(UINT64_C(1) << place % 64);
    m->odd[place / 64] &= ~(UINT64_C(1) << place % 64);
}

static void take_place(kithi_column_maker *m, const kithi_column *column, uint32_t place) {
    if (column->sort != KITHI_COLUMN_TEXT) {
        kithi_column_set_number(m, place, column->sort, kithi_column_number(column, place));
        return;
    }
    size_t size;
    const char *text = kithi_column_text(column, (uint32_t)kithi_column_code(column, place), &size);
    kithi_column_set_text(m, place, text, size);
}

bool kithi_column_reopen(kithi_column_maker *m, const kithi_column *column, uint32_t count) {
    bool made = kithi_column_begin(m, count);
    m->sort = column->sort;
    for (uint32_t i = 0; made && i < column->count && i < count; i++) {
        if (kithi_column_is_odd(column, i)) {
            kithi_column_set_odd(m, i);
        } else if (kithi_column_has(column, i)) {
            take_place(m, column, i);
        }
    }
    return made;
}

/* Packing */

typedef struct packer {
    const kithi_column_maker *m;
    kithi_buffer *out;
    uint32_t *codes;  /* of the places, where they are texts */
    uint32_t *firsts; /* of each text a place that has it */
    uint32_t text_count;
    int64_t base;
    uint64_t scale, most; /* the greatest code */
} packer;

/* What all numbers have in common: the least of them, and what they are apart by. */

static uint64_t greatest_divisor(uint64_t a, uint64_t b) {
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static void find_base(packer *p) {
    const kithi_column_maker *m = p->m;
    bool any = false;
    for (uint32_t i = 0; i < m->count; i++) {
        if (has_bit(m->present, i) && (!any || m->numbers[i] < p->base)) {
            p->base = m->numbers[i];
            any = true;
        }
    }
}

static void find_scale(packer *p) {
    const kithi_column_maker *m = p->m;
    uint64_t most = 0, scale = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        if (has_bit(m->present, i)) {
            uint64_t apart = (uint64_t)m->numbers[i] - (uint64_t)p->base;
            scale = greatest_divisor(apart, scale);
            most = apart > most ? apart : most;
        }
    }
    p->scale = scale == 0 || scale > INT64_MAX ? 1 : scale;
    p->most = most / p->scale;
}

/* Texts */

static int compare_places(const void *a, const void *b, void *context) {
    const kithi_column_maker *m = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    uint32_t least = m->sizes[x] < m->sizes[y] ? m->sizes[x] : m->sizes[y];
    int order =
        least > 0 ? memcmp(m->texts.data + m->numbers[x], m->texts.data + m->numbers[y], least) : 0;
    return order != 0 ? order : (m->sizes[x] > m->sizes[y]) - (m->sizes[x] < m->sizes[y]);
}

static uint64_t hash_at(const kithi_column_maker *m, uint32_t place) {
    return kithi_hash64(m->texts.data + m->numbers[place], m->sizes[place], 0);
}

/* Gives equal texts one code, by their first mention. A slot that is taken has the first place of a
 * text, counted from 1; there are more slots than texts, and mask + 1 of them. */
static void group_texts(packer *p, uint32_t *slots, uint32_t mask) {
    const kithi_column_maker *m = p->m;
    for (uint32_t i = 0; i < m->count; i++) {
        if (!has_bit(m->present, i)) {
            continue;
        }
        uint32_t slot = (uint32_t)hash_at(m, i) & mask;
        while (slots[slot] != 0) {
            uint32_t first = slots[slot] - 1;
            if (compare_places(&first, &i, (void *)m) == 0) {
                break;
            }
            slot = (slot + 1) & mask;
        }
        if (slots[slot] == 0) {
            slots[slot] = i + 1;
            p->codes[i] = p->text_count;
            p->firsts[p->text_count++] = i;
        } else {
            p->codes[i] = p->codes[slots[slot] - 1];
        }
    }
}

/* The first bytes of a text as a number, so that numbers are in order as the texts are. */
static uint64_t prefix_of(const kithi_column_maker *m, uint32_t place) {
    uint8_t bytes[8] = {0};
    size_t size = m->sizes[place] < sizeof bytes ? m->sizes[place] : sizeof bytes;
    if (size > 0) {
        memcpy(bytes, m->texts.data + m->numbers[place], size);
    }
    return kithi_get64(bytes);
}

/* Puts those that begin alike in order: from each the next ones. */
static void order_alike(packer *p, const uint64_t *prefixes, const uint32_t *order) {
    for (uint32_t i = 0, end; i < p->text_count; i = end) {
        end = i + 1;
        while (end < p->text_count && prefixes[order[end]] == prefixes[order[i]]) {
            end++;
        }
        if (end - i > 1) {
            qsort_r(p->firsts + i, end - i, sizeof *p->firsts, compare_places, (void *)p->m);
        }
    }
}

/* Puts the texts in order. False: memory is out. */
static bool sort_texts(packer *p) {
    size_t room = (size_t)p->text_count + 1;
    uint64_t *prefixes = malloc(room * sizeof *prefixes);
    uint32_t *order = malloc(room * sizeof *order), *firsts = malloc(room * sizeof *firsts);
    bool made = prefixes != NULL && order != NULL && firsts != NULL;
    for (uint32_t i = 0; made && i < p->text_count; i++) {
        prefixes[i] = prefix_of(p->m, p->firsts[i]);
        firsts[i] = p->firsts[i];
    }
    made = made && kithi_radix_order(prefixes, p->text_count, order);
    for (uint32_t i = 0; made && i < p->text_count; i++) {
        p->firsts[i] = firsts[order[i]];
    }
    if (made) {
        order_alike(p, prefixes, order);
    }
    free(prefixes);
    free(order);
    free(firsts);
    return made;
}

/* Then codes by the order of the texts; `ranks` is room for one of each. */
static void rank_texts(packer *p, uint32_t *ranks) {
    const kithi_column_maker *m = p->m;
    for (uint32_t rank = 0; rank < p->text_count; rank++) {
        ranks[p->codes[p->firsts[rank]]] = rank;
    }
    for (uint32_t i = 0; i < m->count; i++) {
        p->codes[i] = has_bit(m->present, i) ? ranks[p->codes[i]] : 0;
    }
}

static bool number_texts(packer *p) {
    size_t count = (size_t)p->m->count + 1, slot_count = 2;
    while (slot_count < 2 * count) {
        slot_count *= 2;
    }
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    p->codes = calloc(count, sizeof *p->codes);
    p->firsts = calloc(count, sizeof *p->firsts);
    bool made = slots != NULL && p->codes != NULL && p->firsts != NULL;
    if (made) {
        group_texts(p, slots, (uint32_t)(slot_count - 1));
        made = sort_texts(p);
    }
    if (made) {
        rank_texts(p, slots);
    }
    free(slots);
    p->scale = 1;
    p->most = p->text_count;
    return made;
}

/* Writing */

static void fill_up(kithi_buffer *out, size_t begin) {
    while (kithi_buffer_ok(out) && (out->size - begin) % 8 != 0) {
        kithi_buffer_append_byte(out, 0);
    }
}

static unsigned width_of(const packer *p) {
    if (p->m->sort == KITHI_COLUMN_NOTHING) {
        return 0;
    }
    return p->most <= UINT8_MAX ? 1 : p->most <= UINT16_MAX ? 2 : p->most <= UINT32_MAX ? 4 : 8;
}

static uint64_t code_of(const packer *p, uint32_t place) {
    const kithi_column_maker *m = p->m;
    if (!has_bit(m->present, place)) {
        return 0;
    }
    return p->codes != NULL ? p->codes[place]
                            : ((uint64_t)m->numbers[place] - (uint64_t)p->base) / p->scale;
}

static void put_code(kithi_buffer *out, uint64_t code, unsigned width) {
    uint8_t code8 = (uint8_t)code;
    uint16_t code16 = (uint16_t)code;
    uint32_t code32 = (uint32_t)code;
    const void *bytes = width == 1   ? (const void *)&code8
                        : width == 2 ? (const void *)&code16
                        : width == 4 ? (const void *)&code32
                                     : (const void *)&code;
    kithi_buffer_append(out, bytes, width);
}

static void write_codes(packer *p, unsigned width, size_t begin) {
    for (uint32_t i = 0; width > 0 && i < p->m->count; i++) {
        put_code(p->out, code_of(p, i), width);
    }
    fill_up(p->out, begin);
}

static void write_bits(packer *p, const uint64_t *words) {
    kithi_buffer_append(p->out, words, ((size_t)p->m->count + 63) / 64 * sizeof *words);
}

static void write_texts(packer *p, size_t begin) {
    const kithi_column_maker *m = p->m;
    uint32_t end = 0;
    for (uint32_t i = 0; i < p->text_count; i++) {
        end += m->sizes[p->firsts[i]];
        kithi_buffer_append(p->out, &end, sizeof end);
    }
    fill_up(p->out, begin);
    for (uint32_t i = 0; i < p->text_count; i++) {
        kithi_buffer_append(p->out, m->texts.data + m->numbers[p->firsts[i]],
                            m->sizes[p->firsts[i]]);
    }
}

static uint32_t text_bytes(const packer *p) {
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < p->text_count; i++) {
        bytes += p->m->sizes[p->firsts[i]];
    }
    return bytes;
}

static bool any_bit(const kithi_column_maker *m, const uint64_t *words) {
    for (uint32_t i = 0; i < (m->count + 63) / 64; i++) {
        if (words[i] != 0) {
            return true;
        }
    }
    return false;
}

static bool all_present(const kithi_column_maker *m) {
    for (uint32_t i = 0; i < m->count; i++) {
        if (!has_bit(m->present, i)) {
            return false;
        }
    }
    return true;
}

static void write_column(packer *p) {
    const kithi_column_maker *m = p->m;
    size_t begin = p->out->size;
    unsigned width = width_of(p);
    bool gaps = width > 0 && !all_present(m), odd = any_bit(m, m->odd);
    uint8_t head[KITHI_COLUMN_HEAD_BYTES] = {
        KITHI_COLUMN_VERSION, (uint8_t)m->sort, (uint8_t)width,
        (uint8_t)((gaps ? KITHI_COLUMN_GAPS : 0) | (odd ? KITHI_COLUMN_ODD : 0))};
    uint32_t bytes = text_bytes(p);
    memcpy(head + 4, &m->count, sizeof m->count);
    memcpy(head + 8, &p->base, sizeof p->base);
    memcpy(head + 16, &p->scale, sizeof p->scale);
    memcpy(head + 24, &p->text_count, sizeof p->text_count);
    memcpy(head + 28, &bytes, sizeof bytes);
    kithi_buffer_append(p->out, head, sizeof head);
    write_codes(p, width, begin);
    if (gaps) {
        write_bits(p, m->present);
    }
    if (odd) {
        write_bits(p, m->odd);
    }
    write_texts(p, begin);
}

bool kithi_column_pack(const kithi_column_maker *m, kithi_buffer *out) {
    packer p = {.m = m, .out = out, .scale = 1};
    bool made = kithi_buffer_ok(&m->texts);
    if (made && m->sort == KITHI_COLUMN_TEXT) {
        made = number_texts(&p);
    } else {
        find_base(&p);
        find_scale(&p);
    }
    if (made) {
        write_column(&p);
    }
    free(p.codes);
    free(p.firsts);
    return made && kithi_buffer_ok(out);
}
