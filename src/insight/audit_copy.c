#include "src/insight/audit_copy.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/error.h"
#include "src/base/hash.h"
#include "src/base/value.h"
#include "src/store/codec.h"

#define VALUES_MAX     64  /* of a record; more are left out of the copy */
#define TEXT_MAX_BYTES 256 /* of a value; what is behind is left out of the copy */
#define SEED           UINT64_C(0x61756469742031)
#define DATE_BYTES     10 /* YYYY-MM-DD */

typedef struct draft_value {
    uint16_t attribute;
    uint8_t place; /* among the model's attributes */
    kith_value_status status;
    kithi_kind kind;
    kithi_role role;
    bool is_date, changed;
    int64_t date_days;
    char text[TEXT_MAX_BYTES];
    size_t size;
} draft_value;

typedef struct draft {
    const kithi_model *model;
    const struct draft *donor;
    draft_value values[VALUES_MAX];
    size_t count;
    uint64_t chance;
} draft;

/* Chance */

/* SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. */
static uint64_t next_chance(draft *d) {
    uint64_t z = d->chance += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* Less than n. */
static size_t draw(draft *d, size_t n) {
    return (size_t)((next_chance(d) >> 32) * n >> 32);
}

/* Reading */

/* At most so many bytes, without parting a character. */
static size_t cut(const char *text, size_t size) {
    if (size <= TEXT_MAX_BYTES) {
        return size;
    }
    for (size = TEXT_MAX_BYTES; size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80;) {
        size--;
    }
    return size;
}

static void take_text(draft_value *out, const kith_value *value) {
    if (value->type == KITH_TYPE_TEXT) {
        out->size = cut(value->as.text.data, value->as.text.size);
        memcpy(out->text, value->as.text.data, out->size);
    } else {
        kithi_value_show(value, out->text, sizeof out->text);
        out->size = strlen(out->text);
    }
    out->is_date = value->type == KITH_TYPE_DATE;
    out->date_days = out->is_date ? value->as.date_days : 0;
}

static void take_value(draft *d, const kithi_row_value *stored) {
    const kithi_model *model = d->model;
    kith_value value;
    kithi_walker walker = kithi_walker_of(stored->packed, stored->packed_size);
    if (d->count == VALUES_MAX || stored->floor || stored->attribute >= model->place_count ||
        model->place_of[stored->attribute] == KITHI_NOT_COMPARED ||
        !kithi_walk_value(&walker, NULL, &value)) {
        return;
    }
    draft_value *out = &d->values[d->count];
    out->attribute = stored->attribute;
    out->place = model->place_of[stored->attribute];
    out->status = stored->status;
    out->role = model->attributes[out->place].role;
    out->kind = model->comparisons[model->attributes[out->place].comparison].kind->kind;
    out->changed = false;
    take_text(out, &value);
    d->count += out->size > 0;
}

/* By the model's order, which doesn't depend on the order in which the store defined attributes. */
static int compare_values(const void *a, const void *b) {
    const draft_value *x = a, *y = b;
    if (x->place != y->place) {
        return x->place < y->place ? -1 : 1;
    }
    int order = memcmp(x->text, y->text, x->size < y->size ? x->size : y->size);
    return order != 0 ? order : (x->size > y->size) - (x->size < y->size);
}

static bool read_draft(draft *d, const kithi_model *model, kithi_slice row) {
    kithi_row_header header;
    kithi_row_value value;
    kithi_walker walker;
    d->model = model;
    d->donor = NULL;
    d->count = 0;
    if (!kithi_row_values(row, &header, &walker)) {
        return false;
    }
    while (kithi_row_next(&header, &walker, &value)) {
        take_value(d, &value);
    }
    d->chance = kithi_hash64(header.id.bytes, sizeof header.id.bytes, SEED);
    qsort(d->values, d->count, sizeof *d->values, compare_values);
    return true;
}

/* Choosing a value */

typedef bool fits(const draft_value *value);

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool fits_typing(const draft_value *v) {
    bool kind = v->kind == KITHI_KIND_NAME || v->kind == KITHI_KIND_TEXT ||
                (v->kind == KITHI_KIND_ADDRESS && v->role != KITHI_ROLE_POSTCODE);
    size_t letters = 0;
    for (size_t i = 0; i < v->size; i++) {
        letters += is_letter(v->text[i]);
    }
    return kind && letters > 1;
}

static bool fits_initial(const draft_value *v) {
    return v->role == KITHI_ROLE_GIVEN && v->size > 1 && is_letter(v->text[0]);
}

static bool is_given(const draft_value *v) {
    return v->role == KITHI_ROLE_GIVEN;
}

static bool is_family(const draft_value *v) {
    return v->role == KITHI_ROLE_FAMILY;
}

static bool is_full_date(const draft_value *v) {
    return v->kind == KITHI_KIND_DATE && v->is_date && v->size == DATE_BYTES;
}

static bool fits_swapped_date(const draft_value *v) {
    return is_full_date(v) && memcmp(v->text + 8, "12", 2) <= 0 &&
           memcmp(v->text + 5, v->text + 8, 2) != 0;
}

static bool is_address(const draft_value *v) {
    return v->kind == KITHI_KIND_ADDRESS;
}

static bool fits_email(const draft_value *v) {
    return v->kind == KITHI_KIND_EMAIL && memchr(v->text, '@', v->size) != NULL;
}

static bool fits_phone(const draft_value *v) {
    return v->kind == KITHI_KIND_PHONE;
}

static bool fits_any(const draft_value *v) {
    return v->size > 0;
}

static size_t count_fitting(const draft *d, fits *test) {
    size_t count = 0;
    for (size_t i = 0; i < d->count; i++) {
        count += test(&d->values[i]);
    }
    return count;
}

/* One of those that fit, by chance; there is one. */
static draft_value *choose(draft *d, fits *test) {
    size_t nth = draw(d, count_fitting(d, test));
    draft_value *v = d->values;
    while (!test(v) || nth-- > 0) {
        v++;
    }
    return v;
}

/* Errors */

static void remove_letter(draft_value *v, size_t at) {
    memmove(v->text + at, v->text + at + 1, v->size - at - 1);
    v->size--;
}

static void double_letter(draft_value *v, size_t at) {
    if (v->size < TEXT_MAX_BYTES) {
        memmove(v->text + at + 1, v->text + at, v->size - at);
        v->size++;
    }
}

/* Another letter of the same case. */
static void replace_letter(draft *d, draft_value *v, size_t at) {
    char first = v->text[at] >= 'a' ? 'a' : 'A';
    size_t other = draw(d, 25);
    v->text[at] = (char)(first + (v->text[at] - first + 1 + (int)other) % 26);
}

static bool exchange_letters(draft_value *v, size_t at) {
    char letter = v->text[at];
    if (at + 1 == v->size || !is_letter(v->text[at + 1]) || v->text[at + 1] == letter) {
        return false;
    }
    v->text[at] = v->text[at + 1];
    v->text[at + 1] = letter;
    return true;
}

static void make_typing(draft *d) {
    draft_value *v = choose(d, fits_typing);
    size_t at = draw(d, v->size), how = draw(d, 4);
    while (!is_letter(v->text[at])) {
        at = (at + 1) % v->size;
    }
    v->changed = true;
    if (how == 0) {
        remove_letter(v, at);
    } else if (how == 1) {
        double_letter(v, at);
    } else if (how == 2 || !exchange_letters(v, at)) {
        replace_letter(d, v, at);
    }
}

static void remove_values(draft *d, fits *test) {
    size_t kept = 0;
    for (size_t i = 0; i < d->count; i++) {
        if (!test(&d->values[i])) {
            d->values[kept++] = d->values[i];
        }
    }
    d->count = kept;
}

static void make_missing(draft *d) {
    uint8_t place = choose(d, fits_any)->place;
    size_t kept = 0;
    for (size_t i = 0; i < d->count; i++) {
        if (d->values[i].place != place) {
            d->values[kept++] = d->values[i];
        }
    }
    d->count = kept;
}

static void make_initial(draft *d) {
    draft_value *v = choose(d, fits_initial);
    v->size = 1;
    v->changed = true;
}

static void make_swapped_names(draft *d) {
    draft_value *given = choose(d, is_given), *family = choose(d, is_family);
    draft_value kept = *given;
    memcpy(given->text, family->text, family->size);
    given->size = family->size;
    memcpy(family->text, kept.text, kept.size);
    family->size = kept.size;
    given->changed = family->changed = true;
}

static void make_swapped_date(draft *d) {
    draft_value *v = choose(d, fits_swapped_date);
    char month[2];
    memcpy(month, v->text + 5, 2);
    memcpy(v->text + 5, v->text + 8, 2);
    memcpy(v->text + 8, month, 2);
    v->changed = true;
}

/* Of the century's digits none. */
static void make_date_digit(draft *d) {
    static const uint8_t digits[] = {2, 3, 5, 6, 8, 9};
    draft_value *v = choose(d, is_full_date);
    char *digit = &v->text[digits[draw(d, sizeof digits)]];
    *digit = (char)('0' + (*digit - '0' + 1 + (int)draw(d, 9)) % 10);
    v->changed = true;
}

static void make_moved(draft *d) {
    remove_values(d, is_address);
    for (size_t i = 0; i < d->donor->count && d->count < VALUES_MAX; i++) {
        if (is_address(&d->donor->values[i])) {
            d->values[d->count] = d->donor->values[i];
            d->values[d->count++].changed = true;
        }
    }
}

static void make_email(draft *d) {
    draft_value *v = choose(d, fits_email);
    for (size_t i = 0; v->text[i] != '@'; i++) {
        v->text[i] = (char)('a' + draw(d, 26));
    }
    v->changed = true;
}

/* As long, of the same country and area as far as there are more than six digits. */
static void make_phone(draft *d) {
    draft_value *v = choose(d, fits_phone);
    size_t digits = 0;
    for (size_t i = v->size; i-- > 0 && digits < 6;) {
        if (v->text[i] >= '0' && v->text[i] <= '9') {
            v->text[i] = (char)('0' + draw(d, 10));
            digits++;
        }
    }
    v->changed = true;
}

static const struct slip {
    const char *name;
    unsigned rate;
    fits *first, *second; /* there must be one of each; NULL: of the first alone */
    void (*make)(draft *d);
} slips[KITHI_AUDIT_SLIPS] = {
    [KITHI_AUDIT_TYPING] = {"typing error", 30, fits_typing, NULL, make_typing},
    [KITHI_AUDIT_MISSING] = {"value missing", 20, fits_any, NULL, make_missing},
    [KITHI_AUDIT_INITIAL] = {"initial for the given name", 10, fits_initial, NULL, make_initial},
    [KITHI_AUDIT_SWAPPED_NAMES] = {"names swapped", 5, is_given, is_family, make_swapped_names},
    [KITHI_AUDIT_SWAPPED_DATE] = {"day and month swapped", 5, fits_swapped_date, NULL,
                                  make_swapped_date},
    [KITHI_AUDIT_DATE_DIGIT] = {"digit of a date wrong", 10, is_full_date, NULL, make_date_digit},
    [KITHI_AUDIT_MOVED] = {"address of another", 10, is_address, NULL, make_moved},
    [KITHI_AUDIT_EMAIL] = {"another e-mail", 5, fits_email, NULL, make_email},
    [KITHI_AUDIT_PHONE] = {"another phone", 5, fits_phone, NULL, make_phone},
};

const char *kithi_audit_slip_name(kithi_audit_slip slip) {
    return slips[slip].name;
}

static bool has_two_places(const draft *d) {
    return d->count > 1 && d->values[0].place != d->values[d->count - 1].place;
}

static bool applies(const draft *d, kithi_audit_slip slip) {
    const struct slip *s = &slips[slip];
    return count_fitting(d, s->first) > 0 &&
           (s->second == NULL || count_fitting(d, s->second) > 0) &&
           (slip != KITHI_AUDIT_MISSING || has_two_places(d)) &&
           (slip != KITHI_AUDIT_MOVED || count_fitting(d->donor, is_address) > 0);
}

/* Makes one error of a kind that wasn't made yet; returns its bit, 0 where none applies. */
static unsigned make_one(draft *d, unsigned made) {
    unsigned total = 0;
    bool open[KITHI_AUDIT_SLIPS];
    for (unsigned i = 0; i < KITHI_AUDIT_SLIPS; i++) {
        open[i] = !(made & (1u << i)) && applies(d, (kithi_audit_slip)i);
        total += open[i] ? slips[i].rate : 0;
    }
    if (total == 0) {
        return 0;
    }
    size_t left = draw(d, total);
    unsigned chosen = 0;
    while (!open[chosen] || left >= slips[chosen].rate) {
        left -= open[chosen] ? slips[chosen].rate : 0;
        chosen++;
    }
    slips[chosen].make(d);
    return 1u << chosen;
}

/* The copy as a row */

static void pack_value(const draft_value *v, kithi_buffer *packed) {
    kith_value date = kith_value_date(v->date_days);
    if (v->is_date && !v->changed) {
        kithi_pack_value(packed, &date);
    } else {
        kithi_pack_text(packed, v->text, v->size);
    }
}

static int write_draft(const draft *d, kithi_buffer *out) {
    static const kithi_row_header nobody = {.key = ""};
    kithi_row_value values[VALUES_MAX];
    size_t ends[VALUES_MAX + 1] = {0};
    kithi_buffer packed;
    kithi_buffer_init(&packed);
    for (size_t i = 0; i < d->count; i++) {
        pack_value(&d->values[i], &packed);
        ends[i + 1] = packed.size;
    }
    bool ok = kithi_buffer_ok(&packed);
    for (size_t i = 0; ok && i < d->count; i++) {
        values[i] = (kithi_row_value){.attribute = d->values[i].attribute,
                                      .status = d->values[i].status,
                                      .packed = packed.data + ends[i],
                                      .packed_size = ends[i + 1] - ends[i]};
    }
    if (ok) {
        qsort(values, d->count, sizeof *values, kithi_row_value_compare);
        kithi_row_write(out, &nobody, values, d->count);
        ok = kithi_buffer_ok(out);
    }
    kithi_buffer_clear(&packed);
    return ok ? KITH_OK : KITH_NO_MEMORY;
}

int kithi_audit_copy_make(const kithi_model *model, kithi_slice row, kithi_slice donor,
                          kithi_buffer *out, kithi_audit_copy *out_copy) {
    draft d, other;
    *out_copy = (kithi_audit_copy){0, false};
    if (!read_draft(&d, model, row) || !read_draft(&other, model, donor)) {
        return KITH_CORRUPT;
    }
    d.donor = &other;
    size_t wanted = 1 + (draw(&d, 4) < 2);
    wanted += wanted == 2 && draw(&d, 2) == 0;
    for (size_t i = 0; i < wanted; i++) {
        out_copy->slips |= make_one(&d, out_copy->slips);
    }
    for (size_t i = 0; i < d.count; i++) {
        out_copy->identified =
            out_copy->identified || (d.values[i].status == KITH_VALUE_LIVE && !d.values[i].changed);
    }
    return write_draft(&d, out);
}
