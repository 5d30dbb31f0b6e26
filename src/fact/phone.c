/*
 * Telephone numbers. A number is read into its digits, then placed in a region: by its calling
 * code, by the store's region, or under "auto" by the shapes that can't be mistaken. What has no
 * country keeps its national digits, so that it equals only itself.
 */
#include "src/fact/normalise.h"

#include <string.h>

#include "src/base/letters.h"
#include "src/base/text.h"
#include "src/base/regions.h"

#define TEXT_CAPACITY        256
#define DIGITS_MAX           24 /* as written, with prefixes; E.164 has 15 */
#define E164_MAX_DIGITS      15
#define E164_MIN_DIGITS      7
#define NATIONAL_MIN_DIGITS  8 /* where no region says better */
#define EXTENSION_MAX_DIGITS 7
#define DUMMY_MIN_DIGITS     7 /* shorter national numbers may well run in sequence */
#define FLOAT_MIN_DIGITS     8
#define CHINA                86
#define NORTH_AMERICA        1
#define CHINA_MOBILE_DIGITS  11
#define NORTH_AMERICA_DIGITS 10

/* A number as it was written. */
typedef struct dialled {
    char digits[DIGITS_MAX];
    size_t count;
    size_t first_group; /* digits before the first sign between digits; 0: no such sign yet */
    bool international;
} dialled;

/* A part of the digits. */
typedef struct digits {
    const char *data;
    size_t count;
} digits;

static digits skip(digits number, size_t count) {
    return (digits){number.data + count, number.count - count};
}

static bool starts_with(digits number, const char *prefix) {
    size_t size = strlen(prefix);
    return number.count >= size && memcmp(number.data, prefix, size) == 0;
}

static bool is_china_mobile(digits n) {
    return n.count == CHINA_MOBILE_DIGITS && n.data[0] == '1' && n.data[1] >= '3';
}

static bool is_north_american(digits n) {
    return n.count == NORTH_AMERICA_DIGITS && n.data[0] >= '2' && n.data[3] >= '2';
}

/* All digits the same, or each one more (or less) than the one before, with 0 next to 9. */
static bool is_dummy(digits n) {
    int step = n.count > 1 ? (n.data[1] - n.data[0] + 10) % 10 : -1;
    if (n.count < DUMMY_MIN_DIGITS || (step != 0 && step != 1 && step != 9)) {
        return false;
    }
    for (size_t i = 2; i < n.count; i++) {
        if ((n.data[i] - n.data[i - 1] + 10) % 10 != step) {
            return false;
        }
    }
    return true;
}

/* Whether a national number without its trunk prefix may exist in the region. */
static bool fits(const kithi_region *region, digits n) {
    if (n.count < region->min || n.count > region->max || is_dummy(n)) {
        return false;
    }
    if (region->code == NORTH_AMERICA) {
        return is_north_american(n);
    }
    if (region->code == CHINA) {
        /* Mobiles have 11 digits, and only Beijing's area code, with 10 in all, begins with 1 as
         * well. */
        bool landline = n.data[0] != '1' ? n.data[0] != '0' : n.data[1] == '0' && n.count == 10;
        return landline || is_china_mobile(n);
    }
    return region->trunk[0] != '0' || n.data[0] != '0';
}

/*
 * Takes a trunk prefix off where there is one. One that begins with 0 can't be part of a number;
 * others, such as Russia's 8, may be, so there the number as it stands goes first.
 */
static bool place(const kithi_region *region, digits *n) {
    size_t trunk = strlen(region->trunk);
    bool has_trunk = trunk > 0 && starts_with(*n, region->trunk);
    digits rest = has_trunk ? skip(*n, trunk) : *n;
    if (region->trunk[0] != '0' && fits(region, *n)) {
        return true;
    }
    if (!fits(region, rest)) {
        return false;
    }
    *n = rest;
    return true;
}

static int write(unsigned code, digits n, char *out, size_t *out_size) {
    char reversed[8];
    size_t code_size = 0, at = 0;
    for (; code > 0; code /= 10) {
        reversed[code_size++] = (char)('0' + code % 10);
    }
    if (code_size + n.count > E164_MAX_DIGITS) {
        return KITH_INVALID;
    }
    out[at++] = '+';
    while (code_size > 0) {
        out[at++] = reversed[--code_size];
    }
    memcpy(out + at, n.data, n.count);
    *out_size = at + n.count;
    return KITH_OK;
}

static int write_international(digits n, char *out, size_t *out_size) {
    size_t code_size = 0;
    const kithi_region *region = kithi_region_of_number(n.data, n.count, &code_size);
    if (is_dummy(n) || n.count == 0 || n.data[0] == '0') {
        return KITH_INVALID;
    }
    if (region == NULL) { /* a service, or a country to come */
        bool bounded = n.count >= E164_MIN_DIGITS && n.count <= E164_MAX_DIGITS;
        return bounded ? write(0, n, out, out_size) : KITH_INVALID;
    }
    for (; region != NULL; region = kithi_region_next(region)) {
        digits national = skip(n, code_size);
        if (place(region, &national)) {
            return write(region->code, national, out, out_size);
        }
        /* Mexico's mobiles were once written +52 1. */
        if (strcmp(region->name, "MX") == 0 && starts_with(national, "1")) {
            national = skip(national, 1);
            if (place(region, &national)) {
                return write(region->code, national, out, out_size);
            }
        }
    }
    return KITH_INVALID;
}

static int write_in_region(const kithi_region *region, digits n, char *out, size_t *out_size) {
    digits national = n;
    if (place(region, &national)) {
        return write(region->code, national, out, out_size);
    }
    /* Exports often lose the plus of an international number. */
    size_t code_size = 0;
    const kithi_region *of = kithi_region_of_number(n.data, n.count, &code_size);
    if (of != NULL && of->code == region->code) {
        return write_international(n, out, out_size);
    }
    return KITH_INVALID;
}

static int write_digits(digits n, char *out, size_t *out_size) {
    if (n.count < NATIONAL_MIN_DIGITS || n.count > E164_MAX_DIGITS) {
        return KITH_INVALID;
    }
    memcpy(out, n.data, n.count);
    *out_size = n.count;
    return KITH_OK;
}

static int write_auto(digits n, size_t first_group, char *out, size_t *out_size) {
    bool mobile = is_china_mobile(n);
    if (starts_with(n, "86") && is_china_mobile(skip(n, 2))) { /* its plus got lost */
        return write(CHINA, skip(n, 2), out, out_size);
    }
    if (mobile && first_group != 1) {
        return write(CHINA, n, out, out_size);
    }
    digits rest = starts_with(n, "1") ? skip(n, 1) : n;
    if (is_north_american(rest)) {
        return is_dummy(rest) ? KITH_INVALID : write(NORTH_AMERICA, rest, out, out_size);
    }
    /* Written with a North American prefix, yet no such number; its bare digits would read as a
     * mobile. */
    return mobile ? KITH_INVALID : write_digits(n, out, out_size);
}

static size_t prefix_size(const char *text, size_t size, const char *prefix) {
    size_t prefix_size = strlen(prefix);
    return size >= prefix_size && memcmp(text, prefix, prefix_size) == 0 ? prefix_size : 0;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Whether the text is an extension and nothing else: "x123", "ext. 5", "#9", "转 801)". */
static bool is_extension(const char *text, size_t size) {
    static const char *const marks[] = {"extension", "extn", "ext",  "x",    "#",    "转",
                                        "轉",        "分机", "分機", "内线", "內線", "доб"};
    size_t at = 0;
    if (size > 0 && (unsigned char)text[0] < 0x80 && strchr("ex#", text[0]) == NULL) {
        return false; /* without a look at each mark */
    }
    for (size_t i = 0; i < sizeof marks / sizeof marks[0] && at == 0; i++) {
        at = prefix_size(text, size, marks[i]);
    }
    if (at == 0) {
        return false;
    }
    while (at < size && strchr(". :=-", text[at]) != NULL) {
        at++;
    }
    size_t first = at;
    while (at < size && is_digit(text[at])) {
        at++;
    }
    size_t count = at - first;
    if (at < size && text[at] == ')') {
        at++;
    }
    return count > 0 && count <= EXTENSION_MAX_DIGITS && at == size;
}

static bool is_separator(int32_t c) {
    return (c > 0 && c < 0x80 && strchr(" -./()[]~_", (int)c) != NULL) ||
           (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0x30FC || c == 0xB7;
}

static bool is_international(const dialled *to) {
    return to->international || (to->count > 2 && memcmp(to->digits, "00", 2) == 0);
}

static bool add_digit(dialled *to, char digit) {
    if (to->count == DIGITS_MAX) {
        return false;
    }
    to->digits[to->count++] = digit;
    return true;
}

/* One code point of a number; false where it has no place in one. */
static bool read_one(dialled *to, int32_t c) {
    int digit = kithi_text_digit(c);
    if (digit >= 0) {
        return add_digit(to, (char)('0' + digit));
    }
    if (c == '+') {
        bool first = to->count == 0 && !to->international;
        to->international = true;
        return first;
    }
    if (!is_separator(c)) {
        return false;
    }
    if (to->first_group == 0) {
        to->first_group = to->count;
    }
    return true;
}

static bool read_number(const char *text, size_t size, dialled *to) {
    *to = (dialled){{0}, 0, 0, false};
    size_t at = prefix_size(text, size, "tel:");
    if (at < size && text[at] == '\'') {
        at++; /* how a spreadsheet marks a number as text */
    }
    while (at < size) {
        if (is_digit(text[at])) { /* most of what there is */
            if (!add_digit(to, text[at++])) {
                return false;
            }
            continue;
        }
        if (is_international(to) && prefix_size(text + at, size - at, "(0)") > 0) {
            at += 3;
            continue;
        }
        size_t mark = at;
        while (mark < size && strchr(" ,;", text[mark]) != NULL) {
            mark++;
        }
        if (mark == size || (!is_digit(text[mark]) && is_extension(text + mark, size - mark))) {
            break;
        }
        int32_t c = kithi_text_next(text, size, &at);
        if (!read_one(to, c)) {
            return false;
        }
    }
    return to->count > 0;
}

/* What "13812345678.0" was before it went through a column of floats. */
static size_t without_fraction(const char *text, size_t size) {
    size_t count = 0;
    while (count < size && is_digit(text[count])) {
        count++;
    }
    bool fraction = count >= FLOAT_MIN_DIGITS && size == count + 2 && text[count] == '.' &&
                    text[count + 1] == '0';
    return fraction ? count : size;
}

static bool clean(const char *text, size_t size, char *out, size_t *out_size) {
    if (!kithi_text_clean(text, size, out, TEXT_CAPACITY, out_size)) {
        return false;
    }
    for (size_t i = 0; i < *out_size; i++) {
        if (out[i] >= 'A' && out[i] <= 'Z') {
            out[i] = (char)(out[i] - 'A' + 'a');
        } else if (out[i] == '\0') {
            return false; /* the searches below stop at it */
        }
    }
    *out_size = without_fraction(out, *out_size);
    return true;
}

/* Takes off what is dialled to leave the country: 00, in North America 011. */
static bool take_exit(const kithi_region *region, const dialled *number, digits *n) {
    if (starts_with(*n, "00")) {
        *n = skip(*n, 2);
        return true;
    }
    if (!number->international && region != NULL && region->code == NORTH_AMERICA &&
        starts_with(*n, "011")) {
        *n = skip(*n, 3);
        return true;
    }
    return number->international;
}

int kithi_normalise_phone(const char *region_name, const char *text, size_t size, char *out,
                          size_t *out_size) {
    char cleaned[TEXT_CAPACITY];
    size_t cleaned_size = 0;
    dialled number;
    if (!clean(text, size, cleaned, &cleaned_size) ||
        !read_number(cleaned, cleaned_size, &number)) {
        return KITH_INVALID;
    }
    digits n = {number.digits, number.count};
    if (is_dummy(n)) {
        return KITH_INVALID;
    }
    bool automatic = region_name == NULL || strcmp(region_name, "auto") == 0;
    const kithi_region *region = automatic ? NULL : kithi_region_find(region_name);
    if (take_exit(region, &number, &n)) {
        return write_international(n, out, out_size);
    }
    if (region != NULL) {
        return write_in_region(region, n, out, out_size);
    }
    /* An unlisted region's numbers have no known shape, so they equal only themselves. */
    return automatic ? write_auto(n, number.first_group, out, out_size)
                     : write_digits(n, out, out_size);
}
