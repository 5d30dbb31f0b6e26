/*
 * Features: what comparing and blocking need of a record, read once from its row and folded, in one
 * piece of memory. A pure function of the row and of which attributes the model compares.
 */
#ifndef KITHI_MATCH_FEATURES_H
#define KITHI_MATCH_FEATURES_H

#include "src/fact/record_row.h"
#include "src/match/model.h"
#include "src/match/similar.h"

#define KITHI_TERMS_MAX               12 /* of a comparison; more add nothing */
#define KITHI_VALUES_MAX              4  /* of an attribute that may have several */
#define KITHI_TERM_MAX_BYTES          64 /* what is behind is left out */
#define KITHI_FEATURES_TEXT_MAX_BYTES 2048
#define KITHI_FEATURES_MAX_BYTES      5144 /* with all terms that a model may ask for */

/* Flags of terms. */
#define KITHI_TERM_GIVEN    1u /* of names: what part of the name the word is */
#define KITHI_TERM_FAMILY   2u
#define KITHI_TERM_INITIAL  4u  /* one letter */
#define KITHI_TERM_KANA     8u  /* of names: how it is read */
#define KITHI_TERM_HAN      16u /* of names: a part of Han characters */
#define KITHI_TERM_SOUND    32u /* of names: no word of it, but its syllables in pinyin, sorted */
#define KITHI_TERM_FOREIGN  64u /* of names: not in Latin letters, and not put into them */
#define KITHI_TERM_PARTIAL  16u /* of dates: no full date */
/* Of addresses; none of them: a word of the street. */
#define KITHI_TERM_CITY     1u
#define KITHI_TERM_POSTCODE 2u
#define KITHI_TERM_STATE    4u
#define KITHI_TERM_NUMBER   32u /* has a digit */
/* Of e-mail addresses: behind each address, what it has besides the name. */
#define KITHI_TERM_REST     1u
#define KITHI_TERM_AREA     7u /* any of the above that is no word of the street */

typedef struct kithi_term {
    uint32_t hash;
    uint32_t alias;   /* of a word of a name, its number among the given names (nicknames.h); of
                         others the hash of what stands for them and their like: the area of a
                         postcode, the domain of an e-mail address; 0: none */
    uint32_t letters; /* kithi_letters_of() it */
    uint16_t at;      /* in the text */
    uint8_t size;
    uint8_t flags;
} kithi_term;

typedef struct kithi_features {
    uint16_t bytes; /* of all */
    uint8_t first[KITHI_COMPARISONS_MAX +
                  1];   /* the terms of comparison c: first[c] up to first[c + 1] */
    uint8_t generation; /* of a name with Jr., Sr., II: which; 0: it doesn't say */
} kithi_features;

static inline const kithi_term *kithi_features_terms(const kithi_features *features) {
    return (const kithi_term *)(const void *)(features + 1);
}

static inline const char *kithi_features_text(const kithi_features *features) {
    return (const char *)(kithi_features_terms(features) + features->first[KITHI_COMPARISONS_MAX]);
}

/* The terms of one comparison. */
typedef struct kithi_term_list {
    const kithi_term *terms;
    const char *text;
    size_t count;
    uint8_t generation;
} kithi_term_list;

static inline kithi_term_list kithi_features_of(const kithi_features *features, size_t comparison) {
    size_t first = features->first[comparison];
    return (kithi_term_list){kithi_features_terms(features) + first, kithi_features_text(features),
                             features->first[comparison + 1] - first, features->generation};
}

static inline kithi_spelling kithi_term_spelling(const kithi_term_list *list,
                                                 const kithi_term *term) {
    return (kithi_spelling){list->text + term->at, term->size, term->letters};
}
/* How alike two terms are, in thousandths: 0 below `least`. */
static inline int kithi_terms_alike(const kithi_term_list *a, const kithi_term *x,
                                    const kithi_term_list *b, const kithi_term *y, int least) {
    kithi_spelling p = kithi_term_spelling(a, x), q = kithi_term_spelling(b, y);
    return kithi_jaro_winkler_from(&p, &q, least);
}

/* Which part of its comparison a term is of, by its flags. */
static inline size_t kithi_term_part(kithi_kind kind, unsigned flags) {
    if (kind == KITHI_KIND_NAME) {
        unsigned part = flags & (KITHI_TERM_GIVEN | KITHI_TERM_FAMILY);
        return part == KITHI_TERM_GIVEN ? 0 : part == KITHI_TERM_FAMILY ? 1 : 2;
    }
    if (kind == KITHI_KIND_ADDRESS) {
        return flags & KITHI_TERM_CITY       ? 0
               : flags & KITHI_TERM_POSTCODE ? 1
               : flags & KITHI_TERM_STATE    ? 2
                                             : 3;
    }
    return 0;
}

/* The 64-bit hash of a term, as tables of frequencies have it. */
uint64_t kithi_term_hash(const kithi_term_list *list, const kithi_term *term);
bool kithi_terms_equal(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                       const kithi_term *y);
/* An order of the terms of a list that hangs on them alone, not on where they stand. */
bool kithi_term_precedes(const kithi_term_list *list, const kithi_term *x, const kithi_term *y);

/* Reads a row. `out` is aligned for pointers and has KITHI_FEATURES_MAX_BYTES. False: the row is
 * damaged. */
bool kithi_features_make(const kithi_model *model, kithi_slice row, kithi_features *out);

/* terms_*.c: how texts become terms. */

typedef struct kithi_feature_builder {
    kithi_term terms[KITHI_COMPARISONS_MAX][KITHI_TERMS_MAX];
    uint8_t counts[KITHI_COMPARISONS_MAX];
    uint8_t generation;
    char text[KITHI_FEATURES_TEXT_MAX_BYTES];
    size_t text_bytes;
} kithi_feature_builder;

/* The hash that stands in `alias`; 0 for an empty text. */
uint32_t kithi_alias_of(const char *text, size_t size);
/* Adds a term; one that is there already (flags and all) is not added again. */
void kithi_builder_add(kithi_feature_builder *builder, size_t comparison, const char *text,
                       size_t size, uint32_t alias, unsigned flags);
/* Adds the words of a name, but those that are frequent in all names. */
void kithi_builder_add_name(kithi_feature_builder *builder, size_t comparison, const char *words,
                            unsigned flags);

#define KITHI_FURTHER_NAMES_MAX 6
#define KITHI_KANA_MAX          3

/* The parts of a name as the row has them. */
typedef struct kithi_name_parts {
    struct kithi_name_part {
        const char *text;
        size_t size;
    } given, family, middle, full, native;
    struct kithi_name_part kana[KITHI_KANA_MAX]; /* how it is read, in any parts */
    size_t kana_count;
    /* Further values of these: former names, other spellings. */
    struct kithi_further_name {
        struct kithi_name_part value;
        kithi_role role;
    } further[KITHI_FURTHER_NAMES_MAX];
    size_t further_count;
} kithi_name_parts;

void kithi_terms_of_name(kithi_feature_builder *builder, size_t comparison,
                         const kithi_name_parts *parts);
void kithi_terms_of_date(kithi_feature_builder *builder, size_t comparison,
                         const kith_value *value);
/* Whether a company stands where a person's name is expected. */
bool kithi_terms_tell_company(const char *text, size_t size);
/* From the text of an attribute; of one that has several values, from one of them. */
typedef void kithi_terms_of_fn(kithi_feature_builder *builder, size_t comparison, const char *text,
                               size_t size);
kithi_terms_of_fn kithi_terms_of_street, kithi_terms_of_city, kithi_terms_of_postcode;
kithi_terms_of_fn kithi_terms_of_state, kithi_terms_of_text, kithi_terms_of_gender;
kithi_terms_of_fn kithi_terms_of_email, kithi_terms_of_phone, kithi_terms_of_code;
kithi_terms_of_fn kithi_terms_of_company, kithi_terms_of_company_name;
/* Adds what the addresses have besides the words of the name, which are in the builder. */
void kithi_terms_of_email_rests(kithi_feature_builder *builder, size_t comparison, size_t name);
/* The first value that is a number; further ones are left out. */
void kithi_terms_of_number(kithi_feature_builder *builder, size_t comparison,
                           const kith_value *value);
/* In millionths of a degree. */
void kithi_terms_of_place(kithi_feature_builder *builder, size_t comparison, int64_t latitude,
                          int64_t longitude);

#endif
