#include "src/ingest/jsonl.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/ingest/columns.h"

#define PROBE_BYTES 4096

/* Parsing */

static int depth_of(const json_t *json, int limit) {
    int deepest = 0;
    size_t index;
    const char *name;
    json_t *member;
    if (limit == 0 || !(json_is_array(json) || json_is_object(json))) {
        return 0;
    }
    json_array_foreach(json, index, member) {
        int depth = depth_of(member, limit - 1);
        deepest = depth > deepest ? depth : deepest;
    }
    json_object_foreach((json_t *)(uintptr_t)json, name, member) {
        int depth = depth_of(member, limit - 1);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

static void reject_syntax(kithi_row *row, const json_error_t *problem) {
    switch (json_error_code(problem)) {
    case json_error_null_character:
    case json_error_null_byte_in_key:
        kithi_row_reject(row, KITH_REJECT_ENCODING, "a NUL character at byte %d of the line",
                         problem->position);
        return;
    case json_error_numeric_overflow:
        kithi_row_reject(row, KITH_REJECT_BAD_VALUE,
                         "a number at byte %d of the line is too large; write it as a string",
                         problem->position);
        return;
    default:
        kithi_row_reject(row, KITH_REJECT_SYNTAX, "no JSON object: %s at byte %d of the line",
                         problem->text, problem->position);
    }
}

/*
 * jansson tells most failures of memory as errors of syntax. So a line that fails is read twice,
 * and only where memory can be had is the line itself to blame.
 */
static json_t *load(const kithi_row *row, json_error_t *problem, bool *out_no_memory) {
    memset(problem, 0,
           sizeof *problem); /* jansson leaves the code as it was where it says nothing */
    json_t *json = json_loadb(row->text, row->text_bytes, 0, problem);
    if (json == NULL) {
        json = json_loadb(row->text, row->text_bytes, 0, problem);
    }
    void *probe = json == NULL ? malloc(row->text_bytes + PROBE_BYTES) : NULL;
    *out_no_memory = json == NULL && (probe == NULL || problem->text[0] == '\0');
    free(probe);
    return json;
}

int kithi_json_parse(kithi_row *row, json_t **out, kith_error *error) {
    json_error_t problem;
    bool no_memory = false;
    json_t *json = load(row, &problem, &no_memory);
    *out = NULL;
    if (no_memory) {
        return kithi_error_memory(error);
    }
    if (json == NULL) {
        reject_syntax(row, &problem);
    } else if (!json_is_object(json)) {
        kithi_row_reject(row, KITH_REJECT_SYNTAX, "the line is a list, not a JSON object");
    } else if (depth_of(json, KITHI_JSON_DEPTH_MAX + 1) > KITHI_JSON_DEPTH_MAX) {
        kithi_row_reject(row, KITH_REJECT_SYNTAX, "the object is nested deeper than %d levels",
                         KITHI_JSON_DEPTH_MAX);
    }
    if (row->rejected) {
        json_decref(json);
        json = NULL;
    }
    *out = json;
    return KITH_OK;
}

/* Values */

static bool scalar_value(const json_t *json, kith_value *out) {
    switch (json ? json_typeof(json) : JSON_NULL) {
    case JSON_STRING:
        *out = kith_value_text_n(json_string_value(json), json_string_length(json));
        return true;
    case JSON_INTEGER:
        *out = kith_value_integer(json_integer_value(json));
        return true;
    case JSON_REAL:
        *out = kith_value_real(json_real_value(json));
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        *out = kith_value_boolean(json_is_true(json));
        return true;
    case JSON_NULL:
        *out = kith_value_null();
        return true;
    default:
        return false;
    }
}

static bool list_value(kithi_arena *arena, const json_t *json, kith_value *out) {
    size_t count = json_array_size(json);
    kith_value *items = kithi_arena_calloc(arena, count + 1, sizeof *items);
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!kithi_json_value(arena, json_array_get(json, i), &items[i])) {
            return false;
        }
    }
    *out = (kith_value){KITH_TYPE_LIST, {0}};
    out->as.list.items = items;
    out->as.list.count = count;
    return true;
}

static bool map_value(kithi_arena *arena, const json_t *json, kith_value *out) {
    size_t count = 0;
    const char *name;
    json_t *member;
    kith_field *fields = kithi_arena_calloc(arena, json_object_size(json) + 1, sizeof *fields);
    if (fields == NULL) {
        return false;
    }
    json_object_foreach((json_t *)(uintptr_t)json, name, member) {
        fields[count].name = name;
        if (!kithi_json_value(arena, member, &fields[count++].value)) {
            return false;
        }
    }
    *out = (kith_value){KITH_TYPE_MAP, {0}};
    out->as.map.fields = fields;
    out->as.map.count = count;
    return true;
}

bool kithi_json_value(kithi_arena *arena, const json_t *json, kith_value *out) {
    if (scalar_value(json, out)) {
        return true;
    }
    return json_is_array(json) ? list_value(arena, json, out) : map_value(arena, json, out);
}

const json_t *kithi_json_find(const json_t *object, const char *path) {
    char name[KITHI_COLUMN_NAME_MAX_BYTES + 1];
    while (object != NULL) {
        size_t size = strcspn(path, ".");
        if (size >= sizeof name) {
            return NULL;
        }
        memcpy(name, path, size);
        name[size] = '\0';
        object = json_object_get(object, name);
        if (path[size] == '\0') {
            break;
        }
        path += size + 1;
    }
    return object;
}

/* Walking */

typedef struct walk {
    kithi_json_shape shape;
    kithi_arena *arena;
    kithi_row *row;
    kithi_json_leaf leaf;
    void *context;
    char path[KITHI_COLUMN_NAME_MAX_BYTES + 1];
} walk;

/* The JSON text of what is nested in a list, as a text value. */
static bool dumped_value(kithi_arena *arena, const json_t *json, kith_value *out) {
    size_t size = json_dumpb(json, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
    char *text = size > 0 ? kithi_arena_alloc(arena, size) : NULL;
    if (text == NULL || json_dumpb(json, text, size, JSON_COMPACT | JSON_ENCODE_ANY) != size) {
        return false;
    }
    *out = kith_value_text_n(text, size);
    return true;
}

/* {"type": "home", "number": "..."} in a list of phones or e-mails: the one text that it is about.
 */
static const json_t *contact_of(const json_t *item) {
    static const char *const names[] = {"number",      "value",         "address",
                                        "phone",       "email",         "phone_number",
                                        "phoneNumber", "email_address", "emailAddress"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const json_t *member = json_object_get(item, names[i]);
        if (json_is_string(member) || json_is_integer(member)) {
            return member;
        }
    }
    return item;
}

static bool is_of_contacts(const char *path) {
    bool single = false;
    const char *attribute = kithi_columns_attribute(path, &single);
    return attribute != NULL &&
           (strcmp(attribute, "phone") == 0 || strcmp(attribute, "email") == 0);
}

/* A list for a record: scalars as they are, the rest as text. */
static bool flat_list(kithi_arena *arena, const json_t *json, bool contacts, kith_value *out) {
    size_t count = json_array_size(json);
    kith_value *items = kithi_arena_calloc(arena, count + 1, sizeof *items);
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(json, i);
        item = contacts ? contact_of(item) : item;
        if (!scalar_value(item, &items[i]) && !dumped_value(arena, item, &items[i])) {
            return false;
        }
    }
    *out = (kith_value){KITH_TYPE_LIST, {0}};
    out->as.list.items = items;
    out->as.list.count = count;
    return true;
}

static bool is_features(const char *name, const json_t *member) {
    if (strcasecmp(name, "FEATURES") != 0 || !json_is_array(member)) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(member); i++) {
        if (!json_is_object(json_array_get(member, i))) {
            return false;
        }
    }
    return true;
}

static int walk_object(walk *w, const json_t *object, size_t prefix_bytes);

static int walk_features(walk *w, const json_t *features, size_t prefix_bytes) {
    int code = KITH_OK;
    for (size_t i = 0; code == KITH_OK && i < json_array_size(features); i++) {
        code = walk_object(w, json_array_get(features, i), prefix_bytes);
    }
    return code;
}

/* The list at the path, of which `size` bytes are written. */
static bool list_of(walk *w, const json_t *list, size_t size, kith_value *out) {
    w->path[size] = '\0';
    return flat_list(w->arena, list, is_of_contacts(w->path), out);
}

static int walk_member(walk *w, const char *name, const json_t *member, size_t prefix_bytes) {
    size_t size = strlen(name);
    kith_value value;
    bool flat = w->shape == KITHI_JSON_FLAT;
    if (prefix_bytes + size > KITHI_COLUMN_NAME_MAX_BYTES) {
        kithi_row_reject(w->row, KITH_REJECT_TOO_LONG, "a member's name is longer than %d bytes",
                         KITHI_COLUMN_NAME_MAX_BYTES);
        return KITH_OK;
    }
    if (flat && is_features(name, member)) {
        return walk_features(w, member, prefix_bytes);
    }
    memcpy(w->path + prefix_bytes, name, size);
    size += prefix_bytes;
    if (flat && json_is_object(member)) {
        w->path[size] = '.';
        return walk_object(w, member, size + 1);
    }
    bool made = flat && json_is_array(member) ? list_of(w, member, size, &value)
                                              : kithi_json_value(w->arena, member, &value);
    if (!made) {
        return KITH_NO_MEMORY;
    }
    return size > 0 ? w->leaf(w->context, w->path, size, value) : KITH_OK;
}

static int walk_object(walk *w, const json_t *object, size_t prefix_bytes) {
    const char *name;
    json_t *member;
    if (prefix_bytes > KITHI_COLUMN_NAME_MAX_BYTES) {
        kithi_row_reject(w->row, KITH_REJECT_TOO_LONG, "a member's name is longer than %d bytes",
                         KITHI_COLUMN_NAME_MAX_BYTES);
        return KITH_OK;
    }
    json_object_foreach((json_t *)(uintptr_t)object, name, member) {
        int code = walk_member(w, name, member, prefix_bytes);
        if (code != KITH_OK || w->row->rejected) {
            return code;
        }
    }
    return KITH_OK;
}

int kithi_json_walk(const json_t *object, kithi_json_shape shape, kithi_arena *arena,
                    kithi_row *row, kithi_json_leaf leaf, void *context) {
    walk w = {shape, arena, row, leaf, context, {0}};
    return walk_object(&w, object, 0);
}
