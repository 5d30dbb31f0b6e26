#include "src/fact/coerce.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "src/base/amount.h"
#include "src/base/bytes.h"
#include "src/base/hash.h"
#include "src/base/number.h"
#include "src/base/text.h"
#include "src/base/time.h"
#include "src/fact/normalise.h"

#define NUMBER_TEXT_BYTES 64

uint64_t kithi_identifier_hash(const kithi_attribute *attribute, const char *value, size_t size) {
    return kithi_hash_kept(kithi_hash64(value, size, attribute->name_hash));
}

kith_value_status kithi_identifier_status(const kith_txn *txn, const kithi_attribute *attribute,
                                          const char *text, size_t size, char *out,
                                          size_t *out_size) {
    const kithi_identifier_rules *rules = attribute->identifier;
    const char *region = kithi_catalog_region(kithi_txn_catalog(txn));
    if (kithi_normalise(rules->normaliser, region, text, size, out, out_size) != KITH_OK) {
        return KITH_VALUE_INVALID;
    }
    return kithi_identifier_blocked(rules, out, *out_size) ? KITH_VALUE_BLOCKED : KITH_VALUE_LIVE;
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void trim(const char **text, size_t *size) {
    while (*size > 0 && is_space((*text)[0])) {
        (*text)++;
        (*size)--;
    }
    while (*size > 0 && is_space((*text)[*size - 1])) {
        (*size)--;
    }
}

/* Text of a scalar, for attributes that are text or identifiers. NULL: it has none (list, map). */
static const char *text_of(const kith_value *value, char buffer[NUMBER_TEXT_BYTES], size_t *size) {
    switch (value->type) {
    case KITH_TYPE_TEXT:
        *size = value->as.text.size;
        return value->as.text.data;
    case KITH_TYPE_BOOLEAN:
        strcpy(buffer, value->as.boolean ? "true" : "false");
        break;
    case KITH_TYPE_INTEGER:
        snprintf(buffer, NUMBER_TEXT_BYTES, "%" PRId64, value->as.integer);
        break;
    case KITH_TYPE_REAL:
        kithi_real_format(value->as.real, buffer);
        break;
    case KITH_TYPE_DATE:
        kith_date_format(value->as.date_days, buffer);
        break;
    case KITH_TYPE_TIME:
        kith_time_format(value->as.time_us, buffer);
        break;
    default:
        return NULL;
    }
    *size = strlen(buffer);
    return buffer;
}

static bool boolean_of(const char *text, size_t size, bool *out) {
    static const char *const yes[] = {"true", "yes", "y", "1", "t", "是"};
    static const char *const no[] = {"false", "no", "n", "0", "f", "否"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (strlen(yes[i]) == size && strncasecmp(yes[i], text, size) == 0) {
            *out = true;
            return true;
        }
        if (strlen(no[i]) == size && strncasecmp(no[i], text, size) == 0) {
            *out = false;
            return true;
        }
    }
    return false;
}

/* Reads text as a declared type. False: it is none, and stays text. */
static bool typed(kith_type type, const char *text, size_t size, kith_value *out) {
    int64_t integer;
    double real;
    bool boolean;
    switch (type) {
    case KITH_TYPE_DATE:
        *out = kith_value_date(0);
        return kithi_day_read(text, size, KITHI_DATE_USUAL, &out->as.date_days) == KITH_OK;
    case KITH_TYPE_TIME:
        *out = kith_value_time(0);
        return kith_time_parse(text, size, &out->as.time_us) == KITH_OK;
    case KITH_TYPE_INTEGER:
        *out = kith_value_integer(0);
        return kithi_amount_integer(text, size, &integer) && ((out->as.integer = integer), true);
    case KITH_TYPE_REAL:
        *out = kith_value_real(0);
        return kithi_amount_real(text, size, &real) && ((out->as.real = real), true);
    case KITH_TYPE_BOOLEAN:
        *out = kith_value_boolean(false);
        return boolean_of(text, size, &boolean) && ((out->as.boolean = boolean), true);
    default:
        *out = kith_value_text_n(text, size);
        return true;
    }
}

static int refuse(kith_txn *txn, const kithi_attribute *attribute, const char *problem) {
    return kithi_error_set(kithi_txn_error(txn), KITH_INVALID, "attribute '%.60s' %s",
                           attribute->name, problem);
}

#define NOTHING_THERE "holds a NULL pointer whose size isn't 0"

static const char *text_problem(const char *text, size_t size) {
    if (text == NULL && size > 0) {
        return NOTHING_THERE;
    }
    if (!kithi_text_valid(text, size)) {
        return "is not valid UTF-8";
    }
    return size > 0 && memchr(text, '\0', size) != NULL ? "holds a NUL byte" : NULL;
}

static const char *name_problem(const char *name) {
    if (name == NULL) {
        return "has a member without a name";
    }
    return kithi_text_valid(name, strlen(name)) ? NULL : "has a name that is not valid UTF-8";
}

/* A list or map that counts what isn't there. */
static bool lacks_items(const kith_value *value) {
    return (value->type == KITH_TYPE_LIST && value->as.list.items == NULL &&
            value->as.list.count > 0) ||
           (value->type == KITH_TYPE_MAP && value->as.map.fields == NULL &&
            value->as.map.count > 0);
}

static const char *problem_at(const kith_value *value, int depth) {
    const char *problem = NULL;
    if (depth > KITHI_CODEC_DEPTH_MAX) {
        return "is nested too deep";
    }
    if (value->type == KITH_TYPE_TEXT) {
        return text_problem(value->as.text.data, value->as.text.size);
    }
    if (value->type == KITH_TYPE_REAL) {
        return isfinite(value->as.real) ? NULL : "is not a finite number";
    }
    if (lacks_items(value)) {
        return NOTHING_THERE;
    }
    for (size_t i = 0; problem == NULL && value->type == KITH_TYPE_LIST && i < value->as.list.count;
         i++) {
        problem = problem_at(&value->as.list.items[i], depth + 1);
    }
    for (size_t i = 0; problem == NULL && value->type == KITH_TYPE_MAP && i < value->as.map.count;
         i++) {
        problem = name_problem(value->as.map.fields[i].name);
        problem = problem != NULL ? problem : problem_at(&value->as.map.fields[i].value, depth + 1);
    }
    return problem;
}

const char *kithi_value_problem(const kith_value *value) {
    return problem_at(value, 1);
}

static int check_text(kith_txn *txn, const kithi_attribute *attribute, const char *text,
                      size_t size) {
    if (size > KITH_VALUE_MAX_BYTES) {
        return refuse(txn, attribute, "has a value of more than 65536 bytes");
    }
    const char *problem = text_problem(text, size);
    return problem == NULL ? KITH_OK : refuse(txn, attribute, problem);
}

static void pack_identifier(kith_txn *txn, const kithi_attribute *attribute, const char *text,
                            size_t size, kithi_buffer *out, kith_value_status *out_status) {
    char normal[KITHI_IDENTIFIER_MAX_BYTES];
    size_t normal_size;
    *out_status = kithi_identifier_status(txn, attribute, text, size, normal, &normal_size);
    if (*out_status == KITH_VALUE_INVALID) {
        kithi_pack_text(out, text, size);
    } else {
        kithi_pack_text(out, normal, normal_size);
    }
}

static int pack_any(kith_txn *txn, const kithi_attribute *attribute, const kith_value *value,
                    kithi_buffer *out) {
    size_t start = out->size;
    const char *problem = kithi_value_problem(value);
    if (problem != NULL) {
        return refuse(txn, attribute, problem);
    }
    if (!kithi_pack_value(out, value)) {
        return refuse(txn, attribute, "is nested too deep or of no known type");
    }
    bool scalar = value->type != KITH_TYPE_LIST && value->type != KITH_TYPE_MAP;
    return scalar || out->size - start <= KITH_VALUE_MAX_BYTES
               ? KITH_OK
               : refuse(txn, attribute, "has a value of more than 65536 bytes");
}

/* A hash that is the same in every store and under all definitions: versions of one time are
 * ordered by it. */
static uint64_t hash_scalar(const kithi_attribute *attribute, const kith_value *value) {
    uint8_t bytes[8];
    uint64_t bits = (uint64_t)value->as.integer;
    if (value->type == KITH_TYPE_BOOLEAN) {
        bits = value->as.boolean;
    } else if (value->type == KITH_TYPE_REAL) {
        memcpy(&bits, &value->as.real, sizeof bits);
    }
    kithi_put64(bytes, bits);
    return kithi_hash64(bytes, sizeof bytes, attribute->name_hash + (uint64_t)value->type);
}

static int pack_structure(kith_txn *txn, const kithi_attribute *attribute, const kith_value *value,
                          kithi_buffer *out, kithi_coerced *what) {
    size_t start = out->size;
    int rc = pack_any(txn, attribute, value, out);
    if (rc == KITH_OK && kithi_buffer_ok(out)) {
        what->said = kithi_hash64(out->data + start, out->size - start,
                                  attribute->name_hash + (uint64_t)value->type);
    }
    return rc;
}

int kithi_coerce(kith_txn *txn, const kithi_attribute *attribute, const kith_value *value,
                 kithi_buffer *out, kithi_coerced *out_what) {
    char buffer[NUMBER_TEXT_BYTES];
    size_t size = 0;
    const char *text = text_of(value, buffer, &size);
    *out_what = (kithi_coerced){value->type != KITH_TYPE_NULL, KITH_VALUE_PLAIN,
                                kithi_hash64("", 0, attribute->name_hash)};
    if (!out_what->any || text == NULL) {
        return out_what->any ? pack_structure(txn, attribute, value, out, out_what) : KITH_OK;
    }
    trim(&text, &size);
    out_what->any = size > 0;
    int rc = check_text(txn, attribute, text, size);
    if (rc != KITH_OK || !out_what->any) {
        return rc;
    }
    out_what->said = value->type == KITH_TYPE_TEXT ? kithi_hash64(text, size, attribute->name_hash)
                                                   : hash_scalar(attribute, value);
    if (attribute->identifier != NULL) {
        pack_identifier(txn, attribute, text, size, out, &out_what->status);
        return KITH_OK;
    }
    kith_value stored = *value;
    kith_type type = attribute->type;
    if (value->type == KITH_TYPE_TEXT || (type != KITH_TYPE_NULL && type != value->type)) {
        if (!typed(type, text, size, &stored)) {
            out_what->status = KITH_VALUE_INVALID;
            stored = kith_value_text_n(text, size);
        }
    }
    return pack_any(txn, attribute, &stored, out);
}
