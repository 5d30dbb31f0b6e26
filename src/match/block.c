#include "src/match/block.h"

#include <string.h>

#include "src/base/hash.h"
#include "src/base/order.h"
#include "src/match/name_tables.h"
#include "src/match/nicknames.h"
#include "src/match/sound.h"

/* Of an e-mail address: shorter names are many people's, and count with their domain. */
#define LOCAL_MIN_BYTES 6
#define PHONE_MIN       7

/* The postal areas that a number goes with: two words of the street before them say more. */
#define AREAS_OF_NUMBERS (KITHI_INGREDIENT_COUNT + KITHI_COMPARISONS_MAX)
#define LISTS            (AREAS_OF_NUMBERS + 1)
#define LIST_MAX         KITHI_BLOCK_KEYS_MAX

/* Beside the hash of a place that is where somebody lives, not of a birthplace or another text. */
#define IS_HOME (UINT64_C(1) << 32)

/* How many of each a record's keys are made of, further ones add nothing; 0: all. */
static const uint8_t most_of[LISTS] = {
    [KITHI_INGREDIENT_WORD] = 5,   [KITHI_INGREDIENT_SOUND] = 5, [KITHI_INGREDIENT_YEAR] = 8,
    [KITHI_INGREDIENT_DAY] = 8,    [KITHI_INGREDIENT_DATE] = 8,  [KITHI_INGREDIENT_NUMBER] = 2,
    [KITHI_INGREDIENT_STREET] = 2, [KITHI_INGREDIENT_AREA] = 8,  [KITHI_INGREDIENT_PLACE] = 8,
};

typedef struct keys {
    uint64_t *items;
    size_t count;
} keys;

/* What keys are made of: a list for each ingredient. */
typedef struct material {
    uint8_t counts[LISTS];
    uint64_t items[LISTS][LIST_MAX];
} material;

static void put(material *m, size_t list, uint64_t item) {
    size_t most = most_of[list] > 0 ? most_of[list] : LIST_MAX;
    if (m->counts[list] < most) {
        m->items[list][m->counts[list]++] = item;
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
    size_t most = most_of[KITHI_INGREDIENT_WORD];
    for (size_t i = 0; i < list->count && m->counts[KITHI_INGREDIENT_WORD] < most; i++) {
        const kithi_term *term = &list->terms[i];
        if (!(term->flags & KITHI_TERM_INITIAL)) {
            put(m, KITHI_INGREDIENT_WORD, word_of(term));
            put(m, KITHI_INGREDIENT_SOUND, sound_of(list->text + term->at, term->size));
        }
    }
}

static void take_dates(const kithi_term_list *list, material *m) {
    for (size_t i = 0; i < list->count; i++) {
        const char *digits = list->text + list->terms[i].at;
        put(m, KITHI_INGREDIENT_YEAR, kithi_hash64(digits, 4, 0));
        if (!(list->terms[i].flags & KITHI_TERM_PARTIAL)) {
            put(m, KITHI_INGREDIENT_DATE, list->terms[i].hash);
            put(m, KITHI_INGREDIENT_DAY, kithi_hash64(digits + 4, 4, 0));
        }
    }
}

static void take_address(const kithi_term_list *list, material *m) {
    for (size_t i = 0; i < list->count; i++) {
        const kithi_term *term = &list->terms[i];
        if (term->flags == 0) {
            put(m, KITHI_INGREDIENT_STREET, term->hash);
        } else if (term->flags & KITHI_TERM_CITY) {
            put(m, KITHI_INGREDIENT_PLACE, term->hash | IS_HOME);
        } else if (term->flags & KITHI_TERM_POSTCODE) {
            put(m, KITHI_INGREDIENT_AREA, term->alias | IS_HOME);
            if (m->counts[KITHI_INGREDIENT_STREET] < most_of[KITHI_INGREDIENT_STREET]) {
                put(m, AREAS_OF_NUMBERS, term->alias);
            }
        } else if (!(term->flags & KITHI_TERM_AREA)) {
            put(m, KITHI_INGREDIENT_NUMBER, term->hash);
            if (memchr(list->text + term->at, '-', term->size) != NULL) { /* a block and a house */
                put(m, KITHI_INGREDIENT_STREET, term->hash);
            }
        }
    }
}

/* Whole values, but those that have the flag. */
static void take_wholes(const kithi_term_list *list, unsigned flag, size_t to, material *m) {
    for (size_t i = 0; i < list->count; i++) {
        if (!(list->terms[i].flags & flag)) {
            put(m, to, list->terms[i].hash);
        }
    }
}

static void take_emails(const kithi_term_list *list, material *m) {
    for (size_t i = 0; i < list->count; i++) {
        const kithi_term *term = &list->terms[i];
        if (term->flags & KITHI_TERM_REST) {
            continue;
        }
        uint64_t whole[2] = {term->hash, term->alias};
        bool says_enough = term->size >= LOCAL_MIN_BYTES;
        put(m, KITHI_INGREDIENT_EMAIL,
            says_enough ? term->hash : kithi_hash64(whole, sizeof whole, 0));
    }
}

static void take_phones(const kithi_term_list *list, material *m) {
    for (size_t i = 0; i < list->count; i++) {
        if (list->terms[i].size >= PHONE_MIN) {
            put(m, KITHI_INGREDIENT_PHONE, list->terms[i].alias);
        }
    }
}

static void take(kithi_kind kind, const kithi_term_list *list, material *m) {
    switch (kind) {
    case KITHI_KIND_NAME:
        take_names(list, m);
        break;
    case KITHI_KIND_DATE:
        take_dates(list, m);
        break;
    case KITHI_KIND_ADDRESS:
        take_address(list, m);
        break;
    case KITHI_KIND_TEXT:
        take_wholes(list, 0, KITHI_INGREDIENT_PLACE, m);
        break;
    case KITHI_KIND_EMAIL:
        take_emails(list, m);
        break;
    case KITHI_KIND_PHONE:
        take_phones(list, m);
        break;
    case KITHI_KIND_CODE:
        take_wholes(list, 0, KITHI_INGREDIENT_CODE, m);
        break;
    default:
        break;
    }
}

static bool is_of_name(uint8_t ingredient) {
    return ingredient == KITHI_INGREDIENT_WORD || ingredient == KITHI_INGREDIENT_SOUND;
}

static bool is_of_home(uint8_t ingredient, uint64_t item) {
    bool place = ingredient == KITHI_INGREDIENT_AREA || ingredient == KITHI_INGREDIENT_PLACE;
    return place && (item & IS_HOME);
}

static kithi_block_kind kind_of(const kithi_block_rule *rule, uint64_t b) {
    bool placed = is_of_name(rule->parts[0]) && is_of_home(rule->parts[1], b);
    return !rule->weak ? KITHI_BLOCK_STRONG : placed ? KITHI_BLOCK_PLACED : KITHI_BLOCK_WEAK;
}

static void add(keys *out, const kithi_block_rule *rule, uint64_t a, uint64_t b) {
    uint64_t parts[2] = {a, b};
    if (out->count < KITHI_BLOCK_KEYS_MAX) {
        uint64_t hash = kithi_hash64(parts, sizeof parts, rule->seed);
        uint64_t key = hash >> (64 - KITHI_BLOCK_KEY_BITS + KITHI_BLOCK_KIND_BITS);
        out->items[out->count++] = key << KITHI_BLOCK_KIND_BITS | kind_of(rule, b);
    }
}

/* Two of one list, in either order. */
static void add_pairs(keys *out, const kithi_block_rule *rule, const uint64_t *items,
                      size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            bool less = items[i] < items[j];
            add(out, rule, items[less ? i : j], items[less ? j : i]);
        }
    }
}

static void add_rule(const material *m, const kithi_block_rule *rule, keys *out) {
    size_t first = rule->parts[0], second = rule->parts[1];
    if (first == second) {
        add_pairs(out, rule, m->items[first], m->counts[first]);
        return;
    }
    if (first == KITHI_INGREDIENT_NUMBER && second == KITHI_INGREDIENT_AREA) {
        second = AREAS_OF_NUMBERS;
    }
    for (size_t i = 0; i < m->counts[first]; i++) {
        if (second == KITHI_INGREDIENT_NONE) {
            add(out, rule, m->items[first][i], 0);
            continue;
        }
        for (size_t j = 0; j < m->counts[second]; j++) {
            add(out, rule, m->items[first][i], m->items[second][j]);
        }
    }
}

static size_t make_distinct(keys *out) {
    size_t kept = 0;
    kithi_sort_u64(out->items, out->count);
    for (size_t i = 0; i < out->count; i++) {
        if (i == 0 || out->items[i] != out->items[i - 1]) {
            out->items[kept++] = out->items[i];
        }
    }
    return kept;
}

size_t kithi_block_keys(const kithi_model *model, const kithi_features *features, uint64_t *out) {
    material m;
    keys all = {out, 0};
    memset(m.counts, 0, sizeof m.counts);
    for (size_t i = 0; i < model->comparison_count; i++) {
        kithi_term_list list = kithi_features_of(features, i);
        kithi_kind kind = model->comparisons[i].kind->kind;
        take(kind, &list, &m);
        if (model->blocks.own >> i & 1) {
            unsigned flag = kind == KITHI_KIND_DATE ? KITHI_TERM_PARTIAL : 0;
            take_wholes(&list, flag, KITHI_INGREDIENT_COUNT + i, &m);
        }
    }
    for (size_t i = 0; i < model->blocks.count; i++) {
        add_rule(&m, &model->blocks.items[i], &all);
    }
    return make_distinct(&all);
}
