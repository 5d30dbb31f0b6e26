#include "src/store/json_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/store/json_place.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"
#define NAMES_MAX       1000

static int refuse_at(kithi_json_reader *r, size_t offset, const char *problem) {
    int line, column;
    char where[256] = "";
    kithi_text_place(r->text, offset, &line, &column);
    for (size_t i = 0; i < r->depth; i++) {
        size_t used = strlen(where);
        snprintf(where + used, sizeof where - used, "%s%.60s", i > 0 ? "." : "", r->path[i]);
    }
    return kithi_error_set_at(kithi_txn_error(r->txn), KITH_INVALID,
                              (int64_t)(r->mark_bytes + offset), "%s, line %d column %d%s%s: %s",
                              r->what, line, column, where[0] != '\0' ? ", " : "", where, problem);
}

int kithi_json_refuse(kithi_json_reader *r, const char *problem) {
    return refuse_at(r, kithi_json_place(r->text, r->size, r->path, r->depth), problem);
}

int kithi_json_refuse_member(kithi_json_reader *r, const char *key, const char *problem) {
    kithi_json_enter(r, key);
    int rc = kithi_json_refuse(r, problem);
    kithi_json_leave(r);
    return rc;
}

int kithi_json_placed(kithi_json_reader *r, int rc) {
    char problem[sizeof kithi_txn_error(r->txn)->message];
    if (rc != KITH_INVALID) {
        return rc;
    }
    snprintf(problem, sizeof problem, "%s", kithi_txn_error(r->txn)->message);
    return kithi_json_refuse(r, problem);
}

void kithi_json_enter(kithi_json_reader *r, const char *key) {
    r->path[r->depth++] = key;
}

void kithi_json_leave(kithi_json_reader *r) {
    r->depth--;
}

/*
 * Reads the text twice: where memory runs out, jansson (2.14) drops bytes of a text without a word,
 * or calls the syntax wrong. What it says twice is so.
 */
json_t *kithi_json_load(const char *json, size_t size, size_t flags, json_error_t *problem,
                        bool *out_no_memory) {
    json_error_t again;
    errno = 0;
    json_t *root = json_loadb(json, size, flags | JSON_REJECT_DUPLICATES, problem);
    json_t *second = json_loadb(json, size, flags | JSON_REJECT_DUPLICATES, &again);
    bool same = root != NULL ? json_equal(root, second) : second == NULL;
    json_decref(second);
    *out_no_memory = !same || errno == ENOMEM;
    if (*out_no_memory) {
        json_decref(root);
        return NULL;
    }
    return root;
}

int kithi_json_begin(kithi_json_reader *r, kith_txn *txn, const char *what, const char *json,
                     size_t size) {
    json_error_t problem;
    bool no_memory;
    size_t mark_bytes = strlen(BYTE_ORDER_MARK);
    if (size < mark_bytes || memcmp(json, BYTE_ORDER_MARK, mark_bytes) != 0) {
        mark_bytes = 0;
    }
    *r = (kithi_json_reader){.txn = txn,
                             .what = what,
                             .text = json + mark_bytes,
                             .size = size - mark_bytes,
                             .mark_bytes = mark_bytes};
    r->root = kithi_json_load(r->text, r->size, 0, &problem, &no_memory);
    if (no_memory) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    return r->root != NULL ? KITH_OK
                           : refuse_at(r, problem.position > 0 ? (size_t)problem.position - 1 : 0,
                                       problem.text);
}

void kithi_json_end(kithi_json_reader *r) {
    json_decref(r->root);
}

int kithi_json_check_keys(kithi_json_reader *r, json_t *object, const char *const *known) {
    const char *key;
    json_t *member;
    if (!json_is_object(object)) {
        return kithi_json_refuse(r, "expected an object");
    }
    json_object_foreach(object, key, member) {
        bool found = false;
        for (size_t i = 0; known[i] != NULL && !found; i++) {
            found = strcmp(known[i], key) == 0;
        }
        if (!found) {
            char problem[240] = "unknown key; known are";
            for (size_t i = 0; known[i] != NULL; i++) {
                size_t used = strlen(problem);
                snprintf(problem + used, sizeof problem - used, "%s %s", i > 0 ? "," : "",
                         known[i]);
            }
            return kithi_json_refuse_member(r, key, problem);
        }
    }
    return KITH_OK;
}

/* Members */

int kithi_json_integer(kithi_json_reader *r, json_t *object, const char *key, int64_t max,
                       int64_t *out) {
    json_t *member = json_object_get(object, key);
    if (member == NULL) {
        return KITH_OK;
    }
    if (!json_is_integer(member) || json_integer_value(member) < 0 ||
        json_integer_value(member) > max) {
        char problem[80];
        snprintf(problem, sizeof problem, "expected an integer from 0 to %lld", (long long)max);
        return kithi_json_refuse_member(r, key, problem);
    }
    *out = json_integer_value(member);
    return KITH_OK;
}

int kithi_json_real(kithi_json_reader *r, json_t *object, const char *key, double min, double max,
                    double *out) {
    json_t *member = json_object_get(object, key);
    if (member == NULL) {
        return KITH_OK;
    }
    double value = json_number_value(member);
    if (!json_is_number(member) || !(value >= min && value <= max)) {
        char problem[80];
        snprintf(problem, sizeof problem, "expected a number from %g to %g", min, max);
        return kithi_json_refuse_member(r, key, problem);
    }
    *out = value;
    return KITH_OK;
}

int kithi_json_bool(kithi_json_reader *r, json_t *object, const char *key, bool *out) {
    json_t *member = json_object_get(object, key);
    if (member == NULL) {
        return KITH_OK;
    }
    if (!json_is_boolean(member)) {
        return kithi_json_refuse_member(r, key, "expected true or false");
    }
    *out = json_is_true(member);
    return KITH_OK;
}

int kithi_json_choice(kithi_json_reader *r, json_t *object, const char *key,
                      int (*value_of)(const char *), const char *expected, int *out) {
    json_t *member = json_object_get(object, key);
    if (member == NULL) {
        return KITH_OK;
    }
    int value = json_is_string(member) ? value_of(json_string_value(member)) : -1;
    if (value < 0) {
        return kithi_json_refuse_member(r, key, expected);
    }
    *out = value;
    return KITH_OK;
}

static int read_names(kithi_json_reader *r, json_t *member, const char *const **out,
                      size_t *out_count) {
    if (!json_is_array(member) || json_array_size(member) > NAMES_MAX) {
        return kithi_json_refuse(r, "expected a list of at most 1000 texts");
    }
    size_t count = json_array_size(member);
    const char **names = kithi_arena_calloc(kithi_txn_arena(r->txn), count + 1, sizeof *names);
    if (names == NULL) {
        return kithi_error_memory(kithi_txn_error(r->txn));
    }
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(member, i));
        if (text == NULL) {
            return kithi_json_refuse(r, "expected a list of texts");
        }
        names[i] = kithi_arena_copy(kithi_txn_arena(r->txn), text, strlen(text));
        if (names[i] == NULL) {
            return kithi_error_memory(kithi_txn_error(r->txn));
        }
    }
    *out = names;
    *out_count = count;
    return KITH_OK;
}

int kithi_json_names(kithi_json_reader *r, json_t *object, const char *key, const char *const **out,
                     size_t *out_count) {
    json_t *member = json_object_get(object, key);
    if (member == NULL) {
        return KITH_OK;
    }
    kithi_json_enter(r, key);
    int rc = read_names(r, member, out, out_count);
    kithi_json_leave(r);
    return rc;
}

int kithi_json_section(kithi_json_reader *r, json_t *root, const char *section,
                       int (*read)(kithi_json_reader *r, const char *name, json_t *member,
                                   void *context),
                       void *context) {
    json_t *object = json_object_get(root, section);
    const char *name;
    json_t *member;
    if (object == NULL) {
        return KITH_OK;
    }
    kithi_json_enter(r, section);
    int rc = json_is_object(object) ? KITH_OK : kithi_json_refuse(r, "expected an object");
    if (rc == KITH_OK) {
        json_object_foreach(object, name, member) {
            kithi_json_enter(r, name);
            rc = read(r, name, member, context);
            kithi_json_leave(r);
            if (rc != KITH_OK) {
                break;
            }
        }
    }
    kithi_json_leave(r);
    return rc;
}

int kithi_json_dump(kith_txn *txn, json_t *root, char **out) {
    char *text = json_dumps(root, JSON_INDENT(2));
    bool whole = text != NULL &&
                 errno != ENOMEM; /* a member that found no memory is left out without a word */
    json_decref(root);
    if (!whole) {
        free(text);
        return kithi_error_memory(kithi_txn_error(txn));
    }
    *out = text;
    return KITH_OK;
}
