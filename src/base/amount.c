#include "src/base/amount.h"

#include <string.h>

#include "src/base/letters.h"
#include "src/base/number.h"
#include "src/base/text.h"

#define MICROS             1000000
#define EXACT_DIGITS_MAX   15 /* a double holds so many exactly, and powers of ten up to 22 */
#define INTEGER_DIGITS_MAX 18
#define NUMBER_TEXT_BYTES  64
#define LETTERS_MAX        64 /* of an amount */
#define GROUP_DIGITS       3
#define INDIAN_DIGITS      2 /* of the groups before the last one: 1,00,000 */

static bool is_digit(int32_t c) {
    return c >= '0' && c <= '9';
}

/* Plain numerals */

typedef struct numeral {
    bool negative;
    size_t digits, decimals;
    uint64_t mantissa; /* of the first INTEGER_DIGITS_MAX digits */
} numeral;

static bool read_numeral(const char *text, size_t size, numeral *out) {
    size_t at = size > 0 && text[0] == '-';
    size_t first = at;
    bool point = false;
    *out = (numeral){at > 0, 0, 0, 0};
    for (; at < size; at++) {
        if (text[at] == '.' && !point && out->digits > 0) {
            point = true;
            continue;
        }
        if (!is_digit(text[at])) {
            return false;
        }
        if (out->digits < INTEGER_DIGITS_MAX) {
            out->mantissa = out->mantissa * 10 + (uint64_t)(text[at] - '0');
        }
        out->digits++;
        out->decimals += point;
    }
    bool leading_zero = out->digits > 1 && text[first] == '0' && text[first + 1] != '.';
    return out->digits > 0 && !leading_zero && (!point || out->decimals > 0);
}

/* A real of more digits than are surely exact, if it is written with just these. */
static kith_value long_real(kith_value text) {
    char written[NUMBER_TEXT_BYTES];
    double real;
    if (!kithi_real_parse(text.as.text.data, text.as.text.size, &real)) {
        return text;
    }
    kithi_real_format(real, written);
    bool same = strlen(written) == text.as.text.size &&
                memcmp(written, text.as.text.data, text.as.text.size) == 0;
    return same ? kith_value_real(real) : text;
}

kith_value kithi_amount_numeral(kith_value text) {
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    numeral found;
    if (text.type != KITH_TYPE_TEXT ||
        !read_numeral(text.as.text.data, text.as.text.size, &found)) {
        return text;
    }
    if (found.decimals == 0) {
        int64_t integer = (int64_t)found.mantissa;
        bool kept = found.digits <= INTEGER_DIGITS_MAX && !(found.negative && integer == 0);
        return kept ? kith_value_integer(found.negative ? -integer : integer) : text;
    }
    if (found.digits > EXACT_DIGITS_MAX) {
        return long_real(text);
    }
    if (found.mantissa % 10 == 0) { /* 2.10 is another version than 2.1 */
        return text;
    }
    double real = (double)found.mantissa / powers[found.decimals]; /* correctly rounded */
    return kith_value_real(found.negative ? -real : real);
}

/* Amounts: the letters at[begin..end) that are not yet accounted for, in their usual forms. */

typedef struct letters {
    int32_t at[LETTERS_MAX];
    size_t begin, end;
} letters;

static int32_t usual_form(int32_t c) {
    if (c >= 0xFF01 && c <= 0xFF5E) { /* the full-width forms of ASCII */
        return c - 0xFF01 + '!';
    }
    if (kithi_text_digit(c) >= 0) {
        return '0' + kithi_text_digit(c);
    }
    switch (c) {
    case 0xA0:
    case 0x2007:
    case 0x2009:
    case 0x202F:
    case 0x3000:
        return ' ';
    case 0x2212:
        return '-';
    case 0x2019:
        return '\'';
    case 0xFFE1:
        return 0xA3; /* £ */
    case 0xFFE5:
        return 0xA5; /* ¥ */
    case 0xFFE6:
        return 0x20A9; /* ₩ */
    default:
        return c;
    }
}

static bool read_letters(const char *text, size_t size, letters *out) {
    size_t at = 0;
    out->begin = out->end = 0;
    while (at < size) {
        if (out->end == LETTERS_MAX) {
            return false;
        }
        out->at[out->end++] = usual_form(kithi_text_next(text, size, &at));
    }
    return true;
}

static bool is_latin(int32_t c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Currencies */

static bool is_currency_sign(int32_t c) {
    static const int32_t signs[] = {'$',    0xA3,   0xA5,   0x0E3F, 0x5143,
                                    0x5186, 0x5706, 0x5713, 0xC6D0}; /* $ £ ¥ ฿ 元 円 圆 圓 원 */
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (c == signs[i]) {
            return true;
        }
    }
    return c >= 0x20A0 && c <= 0x20CF; /* Unicode's block of them */
}

/* ISO 4217, and what is written for the yuan beside it. Other words behind a number may be a factor
 * (5 mln), so that only these are passed over. */
static bool is_currency_code(const int32_t *letter) {
    static const char codes[] =
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN "
        "BWP BYN BZD CAD CDF CHF CLP CNH CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR "
        "FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD "
        "JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK "
        "MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN "
        "PYG QAR RMB RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB "
        "TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER "
        "ZAR ZMW ZWL";
    for (size_t at = 0; at + 2 < sizeof codes - 1; at += 4) {
        bool same = true;
        for (size_t i = 0; i < 3; i++) {
            same = same && is_latin(letter[i]) && (letter[i] & ~0x20) == codes[at + i];
        }
        if (same) {
            return true;
        }
    }
    return false;
}

/* How many letters at the begin are a currency: €, HK$, EUR. */
static size_t currency_in_front(const letters *l) {
    const int32_t *first = l->at + l->begin;
    size_t size = l->end - l->begin;
    size_t latin = 0;
    while (latin < size && latin < 4 && is_latin(first[latin])) {
        latin++;
    }
    if (latin < size && latin < 4 &&
        (latin == 0 ? is_currency_sign(*first) : first[latin] == '$')) {
        return latin + 1;
    }
    return latin == 3 && is_currency_code(first) ? 3 : 0;
}

static size_t currency_behind(const letters *l) {
    size_t size = l->end - l->begin;
    if (size > 0 && is_currency_sign(l->at[l->end - 1])) {
        return 1;
    }
    bool word = size > 3 && !is_latin(l->at[l->end - 4]);
    return word && is_currency_code(l->at + l->end - 3) ? 3 : 0;
}

static void skip_spaces(letters *l) {
    while (l->begin < l->end && l->at[l->begin] == ' ') {
        l->begin++;
    }
    while (l->begin < l->end && l->at[l->end - 1] == ' ') {
        l->end--;
    }
}

/* The signs of an amount: it has one at most, in front, behind, or as brackets around it. */
typedef struct signs {
    int32_t front; /* '-', '+' or '('; 0: none */
    bool negative, closed;
} signs;

static void take_front(letters *l, signs *s) {
    bool has_currency = false;
    for (int i = 0; i < 2; i++) { /* a sign and a currency, either may come first */
        skip_spaces(l);
        size_t currency = has_currency ? 0 : currency_in_front(l);
        int32_t first = l->begin < l->end ? l->at[l->begin] : 0;
        if (currency > 0) {
            l->begin += currency;
            has_currency = true;
        } else if (s->front == 0 && (first == '-' || first == '+' || first == '(')) {
            s->front = first;
            l->begin++;
        }
    }
}

static void take_end(letters *l, signs *s) {
    bool has_currency = false;
    for (int i = 0; i < 2; i++) {
        skip_spaces(l);
        size_t currency = has_currency ? 0 : currency_behind(l);
        int32_t last = l->begin < l->end ? l->at[l->end - 1] : 0;
        if (currency > 0) {
            l->end -= currency;
            has_currency = true;
        } else if (!s->closed && s->front == '(' && last == ')') {
            s->closed = true;
            l->end--;
        } else if (s->front == 0 && !s->negative && last == '-') {
            s->negative = true;
            l->end--;
        }
    }
    skip_spaces(l);
}

/* Takes the sign and the currencies off, so that digits and their marks are left. False: a bracket
 * stays open. */
static bool take_surroundings(letters *l, bool *out_negative) {
    signs s = {0};
    take_front(l, &s);
    take_end(l, &s);
    *out_negative = s.negative || s.front == '-' || s.front == '(';
    return s.closed == (s.front == '(');
}

/* Marks */

typedef struct marks {
    size_t points, commas, spaces, apostrophes;
    size_t last; /* of points and commas: where it is */
} marks;

static bool count_marks(const letters *l, marks *out) {
    *out = (marks){.last = l->end};
    for (size_t i = l->begin; i < l->end; i++) {
        int32_t c = l->at[i];
        out->points += c == '.';
        out->commas += c == ',';
        out->spaces += c == ' ';
        out->apostrophes += c == '\'';
        out->last = c == '.' || c == ',' ? i : out->last;
        if (!is_digit(c) && c != '.' && c != ',' && c != ' ' && c != '\'') {
            return false;
        }
    }
    return true;
}

/* Whether a comma alone can part thousands. */
static bool can_part_thousands(const letters *l, size_t comma) {
    size_t before = comma - l->begin;
    return l->end - comma - 1 == GROUP_DIGITS && before >= 1 && before <= GROUP_DIGITS &&
           l->at[l->begin] != '0';
}

/* Which letter is the decimal mark (l->end: none), and which parts groups (0: none). */
static bool choose_marks(const letters *l, const marks *m, size_t *out_decimal,
                         int32_t *out_group) {
    size_t count = m->points + m->commas;
    *out_decimal = l->end;
    *out_group = 0;
    if (m->spaces > 0 || m->apostrophes > 0) {
        *out_group = m->spaces > 0 ? ' ' : '\'';
        *out_decimal = m->last;
        return count <= 1 && (m->spaces == 0 || m->apostrophes == 0);
    }
    if (m->points > 0 && m->commas > 0) {
        *out_decimal = m->last;
        *out_group = l->at[m->last] == '.' ? ',' : '.';
        return (*out_group == ',' ? m->points : m->commas) == 1;
    }
    if (count > 1 || (m->commas == 1 && can_part_thousands(l, m->last))) {
        *out_group = l->at[m->last];
    } else if (count == 1) {
        *out_decimal = m->last;
    }
    return true;
}

/* Whether `group` parts the digits of [begin, end) as thousands: into threes, or by commas the
 * Indian way into twos before the last three. Seen from the end. */
static bool groups_fit(const letters *l, size_t begin, size_t end, int32_t group) {
    size_t digits = 0; /* since the last mark */
    size_t count = 0;
    size_t wanted = GROUP_DIGITS;
    for (size_t i = end; i > begin; i--) {
        if (is_digit(l->at[i - 1])) {
            digits++;
            continue;
        }
        if (count == 1 && group == ',' && digits == INDIAN_DIGITS) {
            wanted = INDIAN_DIGITS;
        }
        if (group == 0 || l->at[i - 1] != group || digits != wanted) {
            return false;
        }
        count++;
        digits = 0;
    }
    return count == 0 || (digits >= 1 && digits <= wanted && l->at[begin] != '0');
}

/* Appends the digits of [begin, end), which `group` may part; false where it does so wrongly. */
static bool append_digits(const letters *l, size_t begin, size_t end, int32_t group, char *out,
                          size_t *size) {
    if (!groups_fit(l, begin, end, group)) {
        return false;
    }
    for (size_t i = begin; i < end; i++) {
        if (is_digit(l->at[i])) {
            out[(*size)++] = (char)l->at[i];
        }
    }
    return true;
}

/* An amount in the usual form, for the parsers of numbers. */
typedef struct plain {
    char text[LETTERS_MAX + 2];
    size_t size;
    size_t point; /* where the point is; size: there is none */
} plain;

static bool write_plain(const letters *l, bool negative, plain *out) {
    marks m;
    size_t decimal;
    int32_t group;
    out->size = 0;
    if (!count_marks(l, &m) || !choose_marks(l, &m, &decimal, &group)) {
        return false;
    }
    if (negative) {
        out->text[out->size++] = '-';
    }
    if (!append_digits(l, l->begin, decimal, group, out->text, &out->size)) {
        return false;
    }
    out->point = out->size;
    if (decimal == l->end) {
        return true;
    }
    out->text[out->size++] = '.';
    return decimal + 1 < l->end && append_digits(l, decimal + 1, l->end, 0, out->text, &out->size);
}

static bool read_amount(const char *text, size_t size, plain *out) {
    letters l;
    bool negative = false;
    if (!read_letters(text, size, &l)) {
        return false;
    }
    return take_surroundings(&l, &negative) && write_plain(&l, negative, out);
}

static bool is_whole(const plain *amount) {
    for (size_t i = amount->point + 1; i < amount->size; i++) {
        if (amount->text[i] != '0') {
            return false;
        }
    }
    return true;
}

/* A number with an exponent, as spreadsheets and programs write large ones: 1.5E3. */
static bool read_exponent(const char *text, size_t size, double *out) {
    bool has_exponent = memchr(text, 'e', size) != NULL || memchr(text, 'E', size) != NULL;
    return has_exponent && kithi_real_parse(text, size, out);
}

static bool whole_of_exponent(const char *text, size_t size, int64_t *out) {
    double real;
    if (!read_exponent(text, size, &real) || !kithi_real_is_whole(real)) {
        return false;
    }
    *out = (int64_t)real;
    return true;
}

static bool micros_of_exponent(const char *text, size_t size, int64_t *out) {
    double real;
    return read_exponent(text, size, &real) && kithi_micros_of_real(real, out);
}

bool kithi_amount_integer(const char *text, size_t size, int64_t *out) {
    plain amount;
    return kithi_integer_parse(text, size, out) || whole_of_exponent(text, size, out) ||
           (read_amount(text, size, &amount) && is_whole(&amount) &&
            kithi_integer_parse(amount.text, amount.point, out));
}

bool kithi_amount_real(const char *text, size_t size, double *out) {
    plain amount;
    return kithi_real_parse(text, size, out) ||
           (read_amount(text, size, &amount) && kithi_real_parse(amount.text, amount.size, out));
}

bool kithi_amount_micros(const char *text, size_t size, int64_t *out) {
    plain amount;
    return kithi_micros_parse(text, size, out) || micros_of_exponent(text, size, out) ||
           (read_amount(text, size, &amount) && kithi_micros_parse(amount.text, amount.size, out));
}

bool kithi_amount_summed(const kith_value *value, int64_t *out_micros) {
    switch (value->type) {
    case KITH_TYPE_INTEGER:
        if (value->as.integer > INT64_MAX / MICROS || value->as.integer < INT64_MIN / MICROS) {
            return false;
        }
        *out_micros = value->as.integer * MICROS;
        return true;
    case KITH_TYPE_REAL:
        return kithi_micros_of_real(value->as.real, out_micros);
    case KITH_TYPE_TEXT:
        return kithi_amount_micros(value->as.text.data, value->as.text.size, out_micros);
    default:
        return false;
    }
}
