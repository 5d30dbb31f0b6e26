#include "src/match/block.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/hash.h"
#include "src/match/name_tables.h"
#include "src/match/nicknames.h"
#include "src/match/sound.h"

#define WORDS_MAX       5 /* of a name that make keys */
#define LOCAL_MIN_BYTES 6 /* of an e-mail address: shorter names are many people's */
#define PHONE_MIN       7
#define NUMBERS_MAX     2 /* words of an address that make keys */

typedef enum block_rule {
    WORD_AND_WORD = 1,
    WORD_AND_YEAR,
    WORD_AND_DAY,
    WORD_AND_AREA,
    WORD_AND_PLACE,
    SOUND_AND_SOUND,
    DATE_AND_SOUND,
    DATE_ALONE,
    NUMBER_AND_WORD,
    NUMBER_AND_AREA,
    EMAIL_NAME,
    PHONE_TAIL,
    WHOLE_CODE
} block_rule;

typedef struct keys {
    uint64_t *items;
    size_t count;
} keys;

static bool is_weak(block_rule rule) {
    return rule == WORD_AND_YEAR || rule == WORD_AND_DAY || rule == DATE_ALONE ||
           rule == NUMBER_AND_WORD || rule == NUMBER_AND_AREA;
}

static void add(keys *out, block_rule rule, uint64_t a, uint64_t b) {
    uint64_t parts[2] = {a, b};
    if (out->count < KITHI_BLOCK_KEYS_MAX) {
        uint64_t hash = kithi_hash64(parts, sizeof parts, (uint64_t)rule);
        uint64_t key = hash >> (64 - KITHI_BLOCK_KEY_BITS);
        out->items[out->count++] = is_weak(rule) ? key & ~UINT64_C(1) : key | 1;
    }
}

/* What several keys are made of. */
typedef struct material {
    uint64_t words[WORDS_MAX];
    uint64_t sounds[WORDS_MAX];
    size_t word_count;
    struct things {
        uint64_t items[2 * KITHI_VALUES_MAX];
        size_t count;
    } years, days, dates, areas, places;
} material;

static void put(struct things *things, uint64_t item) {
    if (things->count < sizeof things->items / sizeof things->items[0]) {
        things->items[things->count++] = item;
    }
}

static uint64_t sound_of(const char *word, size_t size) {
    char sound[2 * KITHI_TERM_MAX_BYTES];
    size_t length = kithi_sound_skeleton(word, size, sound);
    return length > 0 ? kithi_hash64(sound, length, 0) : kithi_hash64(word, size, 0);
}

/* All forms of a given name are one word: by the text of the formal one, as keys are stored. */
static uint64_t word_of(const kithi_term *term) {
    if (term->alias == 0) {
        return term->hash;
    }
    const char *formal = kithi_given_names[kithi_nicknames_formal_of(term->alias) - 1];
    return kithi_alias_of(formal, strlen(formal));
}

static void take_names(const kithi_term_list *list, material *m) {
    for (size_t i = 0; i < list->count && m->word_count < WORDS_MAX; i++) {
        const kithi_term *term = &list->terms[i];
        if (!(term->flags & KITHI_TERM_INITIAL)) {
            m->sounds[m->word_count] = sound_of(list->text + term->at, term->size);
            m->words[m->word_count++] = word_of(term);
        }
    }
}

static void take_dates(const kithi_term_list *list, material *m) {
    for (size_t i = 0; i < list->count; i++) {
        const char *digits = list->text + list->terms[i].at;
        put(&m->years, kithi_hash64(digits, 4, 0));
        if (!(list->terms[i].flags & KITHI_TERM_PARTIAL)) {
            put(&m->dates, list->terms[i].hash);
            put(&m->days, kithi_hash64(digits + 4, 4, 0));
        }
    }
}

static void take_wholes(const kithi_term_list *list, unsigned flag, struct things *things) {
    for (size_t i = 0; i < list->count; i++) {
        if (flag == 0 || (list->terms[i].flags & flag)) {
            put(things, list->terms[i].hash);
        }
    }
}

static void take_areas(const kithi_term_list *list, struct things *things) {
    for (size_t i = 0; i < list->count; i++) {
        if (list->terms[i].flags & KITHI_TERM_POSTCODE) {
            put(things, list->terms[i].alias);
        }
    }
}

/* Each number with the first words of the street, and with the postal area. */
static void add_address(const kithi_term_list *list, keys *out) {
    size_t numbers = 0;
    for (size_t i = 0; i < list->count && numbers < NUMBERS_MAX; i++) {
        const kithi_term *x = &list->terms[i];
        bool number = (x->flags & KITHI_TERM_NUMBER) && !(x->flags & KITHI_TERM_AREA);
        size_t words = 0;
        numbers += number;
        for (size_t j = 0; number && j < list->count && words < NUMBERS_MAX; j++) {
            const kithi_term *y = &list->terms[j];
            if (y->flags == 0) {
                add(out, NUMBER_AND_WORD, x->hash, y->hash);
                words++;
            } else if (y->flags & KITHI_TERM_POSTCODE) {
                add(out, NUMBER_AND_AREA, x->hash, y->alias);
            }
        }
    }
}

static void add_contacts(kithi_kind kind, const kithi_term_list *list, keys *out) {
    for (size_t i = 0; i < list->count; i++) {
        const kithi_term *term = &list->terms[i];
        if (kind == KITHI_KIND_EMAIL) {
            bool long_enough = term->size >= LOCAL_MIN_BYTES && !(term->flags & KITHI_TERM_REST);
            if (!long_enough) {
                continue;
            }
            add(out, EMAIL_NAME, term->hash, 0);
        } else if (kind == KITHI_KIND_PHONE && term->size >= PHONE_MIN) {
            add(out, PHONE_TAIL, term->alias, 0);
        } else if (kind == KITHI_KIND_CODE) {
            add(out, WHOLE_CODE, term->hash, 0);
        }
    }
}

static void add_products(keys *out, block_rule rule, const uint64_t *items, size_t count,
                         const struct things *things) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < things->count; j++) {
            add(out, rule, items[i], things->items[j]);
        }
    }
}

/* Of two in either order. */
static void add_pairs(keys *out, block_rule rule, const uint64_t *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            bool less = items[i] < items[j];
            add(out, rule, items[less ? i : j], items[less ? j : i]);
        }
    }
}

static void add_combined(const material *m, keys *out) {
    add_pairs(out, WORD_AND_WORD, m->words, m->word_count);
    add_pairs(out, SOUND_AND_SOUND, m->sounds, m->word_count);
    add_products(out, WORD_AND_YEAR, m->words, m->word_count, &m->years);
    add_products(out, WORD_AND_DAY, m->words, m->word_count, &m->days);
    add_products(out, WORD_AND_AREA, m->words, m->word_count, &m->areas);
    add_products(out, WORD_AND_PLACE, m->words, m->word_count, &m->places);
    add_products(out, DATE_AND_SOUND, m->sounds, m->word_count, &m->dates);
    for (size_t i = 0; i < m->dates.count; i++) {
        add(out, DATE_ALONE, m->dates.items[i], 0);
    }
}

static void take(kithi_kind kind, const kithi_term_list *list, material *m, keys *out) {
    switch (kind) {
    case KITHI_KIND_NAME:
        take_names(list, m);
        break;
    case KITHI_KIND_DATE:
        take_dates(list, m);
        break;
    case KITHI_KIND_TEXT:
        take_wholes(list, 0, &m->places);
        break;
    case KITHI_KIND_ADDRESS:
        take_wholes(list, KITHI_TERM_CITY, &m->places);
        take_areas(list, &m->areas);
        add_address(list, out);
        break;
    default:
        add_contacts(kind, list, out);
    }
}

static int compare_keys(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static size_t make_distinct(keys *out) {
    size_t kept = 0;
    qsort(out->items, out->count, sizeof *out->items, compare_keys);
    for (size_t i = 0; i < out->count; i++) {
        if (i == 0 || out->items[i] != out->items[i - 1]) {
            out->items[kept++] = out->items[i];
        }
    }
    return kept;
}

size_t kithi_block_keys(const kithi_model *model, const kithi_features *features, uint64_t *out) {
    material m = {.word_count = 0};
    keys all = {out, 0};
    for (size_t i = 0; i < model->comparison_count; i++) {
        kithi_term_list list = kithi_features_of(features, i);
        take(model->comparisons[i].kind->kind, &list, &m, &all);
    }
    add_combined(&m, &all);
    return make_distinct(&all);
}
