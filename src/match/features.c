#include "src/match/features.h"

#include <string.h>

#include "src/base/amount.h"
#include "src/base/hash.h"
#include "src/base/value.h"
#include "src/match/roles.h"

#define SHOWN_MAX_BYTES 256 /* of a value that is no text */

_Static_assert(sizeof(kithi_features) +
                       KITHI_COMPARISONS_MAX * KITHI_TERMS_MAX * sizeof(kithi_term) +
                       KITHI_FEATURES_TEXT_MAX_BYTES <=
                   KITHI_FEATURES_MAX_BYTES,
               "features find room");

static uint32_t short_hash(const char *text, size_t size) {
    uint32_t hash = (uint32_t)kithi_hash64(text, size, 0);
    return hash != 0 ? hash : 1;
}

uint64_t kithi_term_hash(const kithi_term_list *list, const kithi_term *term) {
    return kithi_hash64(list->text + term->at, term->size, 0);
}

bool kithi_terms_equal(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                       const kithi_term *y) {
    return x->hash == y->hash && x->size == y->size &&
           memcmp(a->text + x->at, b->text + y->at, x->size) == 0;
}

bool kithi_term_precedes(const kithi_term_list *list, const kithi_term *x, const kithi_term *y) {
    if (x->hash != y->hash || x->size != y->size) {
        return x->hash != y->hash ? x->hash < y->hash : x->size < y->size;
    }
    return memcmp(list->text + x->at, list->text + y->at, x->size) < 0;
}

/* At most so many bytes, without parting a letter. */
static size_t cut(const char *text, size_t size, size_t max) {
    if (size <= max) {
        return size;
    }
    while (max > 0 && ((unsigned char)text[max] & 0xC0) == 0x80) {
        max--;
    }
    return max;
}

uint32_t kithi_alias_of(const char *text, size_t size) {
    return size > 0 ? short_hash(text, size) : 0;
}

void kithi_builder_add(kithi_feature_builder *b, size_t comparison, const char *text, size_t size,
                       uint32_t alias, unsigned flags) {
    size = cut(text, size, KITHI_TERM_MAX_BYTES);
    uint8_t *count = &b->counts[comparison];
    if (size == 0 || *count == KITHI_TERMS_MAX || b->text_bytes + size > sizeof b->text) {
        return;
    }
    kithi_term term = {.hash = short_hash(text, size),
                       .alias = alias,
                       .letters = kithi_letters_of(text, size),
                       .at = (uint16_t)b->text_bytes,
                       .size = (uint8_t)size,
                       .flags = (uint8_t)flags};
    for (size_t i = 0; i < *count; i++) {
        const kithi_term *other = &b->terms[comparison][i];
        if (other->hash == term.hash && other->flags == term.flags) {
            return;
        }
    }
    memcpy(b->text + b->text_bytes, text, size);
    b->text_bytes += size;
    b->terms[comparison][(*count)++] = term;
}

/* Reading a row */

typedef struct reader {
    const kithi_model *model;
    kithi_feature_builder builder;
    kithi_name_parts name;
    size_t name_comparison; /* of the model; KITHI_COMPARISONS_MAX: it has none */
    struct company {
        struct kithi_name_part value; /* the first one */
        size_t comparison;
    } companies[KITHI_COMPARISONS_MAX];
    size_t company_count;
    struct place {
        size_t comparison;
        bool has_latitude, has_longitude;
        int64_t latitude, longitude; /* millionths of a degree */
    } place;
    uint8_t taken[KITHI_COMPARISONS_MAX]; /* values */
} reader;

static void take_part(kithi_name_parts *name, struct kithi_name_part *first,
                      const struct kithi_further_name *found) {
    if (first->text == NULL) {
        *first = found->value;
    } else if (name->further_count < KITHI_FURTHER_NAMES_MAX) {
        name->further[name->further_count++] = *found;
    }
}

static void take_name(reader *r, kithi_role role, const char *text, size_t size) {
    struct kithi_name_part *const parts[] = {
        [KITHI_ROLE_GIVEN] = &r->name.given,   [KITHI_ROLE_FAMILY] = &r->name.family,
        [KITHI_ROLE_MIDDLE] = &r->name.middle, [KITHI_ROLE_FULL] = &r->name.full,
        [KITHI_ROLE_NATIVE] = &r->name.native,
    };
    if (role != KITHI_ROLE_KANA) {
        take_part(&r->name, parts[role], &(struct kithi_further_name){{text, size}, role});
    } else if (r->name.kana_count < KITHI_KANA_MAX) {
        r->name.kana[r->name.kana_count++] = (struct kithi_name_part){text, size};
    }
}

typedef void terms_of_text(kithi_feature_builder *builder, size_t comparison, const char *text,
                           size_t size);

static terms_of_text *maker_of(kithi_kind kind, kithi_role role) {
    static terms_of_text *const of_kinds[KITHI_KIND_COUNT] = {
        [KITHI_KIND_TEXT] = kithi_terms_of_text,   [KITHI_KIND_CATEGORY] = kithi_terms_of_text,
        [KITHI_KIND_EMAIL] = kithi_terms_of_email, [KITHI_KIND_PHONE] = kithi_terms_of_phone,
        [KITHI_KIND_CODE] = kithi_terms_of_code,
    };
    switch (role) {
    case KITHI_ROLE_STREET:
        return kithi_terms_of_street;
    case KITHI_ROLE_CITY:
        return kithi_terms_of_city;
    case KITHI_ROLE_POSTCODE:
        return kithi_terms_of_postcode;
    case KITHI_ROLE_STATE:
        return kithi_terms_of_state;
    case KITHI_ROLE_GENDER:
        return kithi_terms_of_gender;
    default:
        return of_kinds[kind];
    }
}

static void take_text(reader *r, size_t comparison, kithi_role role, const char *text,
                      size_t size) {
    kithi_kind kind = r->model->comparisons[comparison].kind->kind;
    if (kind == KITHI_KIND_NAME) {
        take_name(r, role, text, size);
    } else if (role == KITHI_ROLE_COMPANY && r->company_count < KITHI_COMPARISONS_MAX) {
        r->companies[r->company_count++] = (struct company){{text, size}, comparison};
    } else if (r->taken[comparison]++ < KITHI_TERMS_MAX) {
        maker_of(kind, role)(&r->builder, comparison, text, size);
    }
}

static void take_coordinate(reader *r, size_t comparison, kithi_role role,
                            const kith_value *value) {
    struct place *place = &r->place;
    bool *has = role == KITHI_ROLE_LATITUDE ? &place->has_latitude : &place->has_longitude;
    int64_t *out = role == KITHI_ROLE_LATITUDE ? &place->latitude : &place->longitude;
    place->comparison = comparison;
    if (!*has) {
        *has = kithi_amount_summed(value, out);
    }
}

static void take_value(reader *r, const kithi_row_value *stored) {
    const kithi_model *model = r->model;
    char shown[SHOWN_MAX_BYTES];
    kith_value value;
    kithi_walker walker = kithi_walker_of(stored->packed, stored->packed_size);
    if (stored->floor || stored->attribute >= model->place_count ||
        model->place_of[stored->attribute] == KITHI_NOT_COMPARED ||
        stored->status == KITH_VALUE_BLOCKED || !kithi_walk_value(&walker, NULL, &value)) {
        return;
    }
    const kithi_model_attribute *attribute = &model->attributes[model->place_of[stored->attribute]];
    size_t comparison = attribute->comparison;
    kithi_role role = attribute->role;
    kithi_kind kind = model->comparisons[comparison].kind->kind;
    if (kind == KITHI_KIND_DATE) {
        kithi_terms_of_date(&r->builder, comparison, &value);
    } else if (kind == KITHI_KIND_NUMBER) {
        kithi_terms_of_number(&r->builder, comparison, &value);
    } else if (kind == KITHI_KIND_GEO) {
        take_coordinate(r, comparison, role, &value);
    } else if (value.type == KITH_TYPE_TEXT) {
        take_text(r, comparison, role, value.as.text.data, value.as.text.size);
    } else if (kind != KITHI_KIND_NAME) { /* a number is nobody's name */
        kithi_value_show(&value, shown, sizeof shown);
        if (role == KITHI_ROLE_COMPANY) { /* nor anybody's who has no other */
            kithi_terms_of_company(&r->builder, comparison, shown, strlen(shown));
        } else {
            take_text(r, comparison, role, shown, strlen(shown));
        }
    }
}

static void write_features(const reader *r, kithi_features *out) {
    const kithi_feature_builder *b = &r->builder;
    kithi_term *terms = (kithi_term *)(void *)(out + 1);
    size_t count = 0;
    for (size_t i = 0; i < KITHI_COMPARISONS_MAX; i++) {
        out->first[i] = (uint8_t)count;
        memcpy(terms + count, b->terms[i], b->counts[i] * sizeof *terms);
        count += b->counts[i];
    }
    out->first[KITHI_COMPARISONS_MAX] = (uint8_t)count;
    out->generation = b->generation;
    memcpy(terms + count, b->text, b->text_bytes);
    out->bytes = (uint16_t)(sizeof *out + count * sizeof *terms + b->text_bytes);
}

static bool is_company(const kithi_name_parts *name) {
    return name->full.text != NULL && name->given.text == NULL && name->family.text == NULL &&
           kithi_terms_tell_company(name->full.text, name->full.size);
}

/* A customer who has no name of a person is called by the company. */
static void write_names(reader *r) {
    kithi_feature_builder *b = &r->builder;
    const struct company *companies = r->companies;
    bool named = r->name_comparison < KITHI_COMPARISONS_MAX;
    size_t used = KITHI_COMPARISONS_MAX; /* the comparison whose companies are the name */
    if (named && is_company(&r->name)) {
        kithi_terms_of_company_name(b, r->name_comparison, r->name.full.text, r->name.full.size);
    } else if (named) {
        kithi_terms_of_name(b, r->name_comparison, &r->name);
    }
    if (named && b->counts[r->name_comparison] == 0 && r->company_count > 0) {
        used = companies[0].comparison;
    }
    for (size_t i = 0; i < r->company_count; i++) {
        const struct kithi_name_part *company = &companies[i].value;
        if (companies[i].comparison == used) {
            kithi_terms_of_company_name(b, r->name_comparison, company->text, company->size);
        } else {
            kithi_terms_of_company(b, companies[i].comparison, company->text, company->size);
        }
    }
}

bool kithi_features_make(const kithi_model *model, kithi_slice row, kithi_features *out) {
    reader r;
    kithi_row_header header;
    kithi_row_value value;
    kithi_walker walker;
    r.model = model;
    memset(r.builder.counts, 0, sizeof r.builder.counts);
    memset(&r.name, 0, sizeof r.name);
    memset(&r.place, 0, sizeof r.place);
    memset(r.taken, 0, sizeof r.taken);
    r.builder.generation = 0;
    r.builder.text_bytes = 0;
    r.name_comparison = kithi_model_names(model);
    r.company_count = 0;
    if (!kithi_row_values(row, &header, &walker)) {
        return false;
    }
    while (kithi_row_next(&header, &walker, &value)) {
        take_value(&r, &value);
    }
    write_names(&r);
    for (size_t i = 0; i < model->comparison_count; i++) {
        if (model->comparisons[i].kind->kind == KITHI_KIND_EMAIL) {
            kithi_terms_of_email_rests(&r.builder, i, r.name_comparison);
        }
    }
    if (r.place.has_latitude && r.place.has_longitude) {
        kithi_terms_of_place(&r.builder, r.place.comparison, r.place.latitude, r.place.longitude);
    }
    write_features(&r, out);
    return true;
}
