/* JSON lines: each object a record or an event; the first one settles which member is the key. */
#include <string.h>

#include "src/ingest/columns.h"
#include "src/ingest/import.h"
#include "src/ingest/jsonl.h"

#define KEYLESS_LINES_MAX 1000

/* A line at work. */
typedef struct line {
    kithi_import *import;
    kithi_row *row;
    bool joining; /* only the columns are wanted, so that the key can be chosen among them */
    bool seeing;  /* only their names are, so that the layout is known before any is joined */
} line;

static void see_member(line *l, const char *path, size_t path_bytes) {
    char name[KITHI_COLUMN_NAME_MAX_BYTES + 1];
    if (path_bytes < sizeof name) {
        memcpy(name, path, path_bytes);
        name[path_bytes] = '\0';
        kithi_layout_see(&l->import->mapping.layout, name);
    }
}

static int take_member(void *context, const char *path, size_t path_bytes, kith_value value) {
    line *l = context;
    kith_error problem = KITH_ERROR_INIT;
    uint32_t column = KITHI_MAPPING_NONE;
    if (l->seeing) {
        see_member(l, path, path_bytes);
        return KITH_OK;
    }
    kithi_mapping *mapping = &l->import->mapping;
    int code = kithi_mapping_member(mapping, path, path_bytes, &column, &problem);
    if (code == KITH_INVALID || code == KITH_LIMIT) {
        kithi_row_reject(l->row, KITH_REJECT_BAD_VALUE, "%s", problem.message);
        return KITH_OK;
    }
    if (code != KITH_OK || l->joining) {
        return code;
    }
    if (column == KITHI_MAPPING_NONE) {
        mapping->unmapped_values++;
        return KITH_OK;
    }
    return kithi_draft_add(&l->import->draft, column, value) ? KITH_OK : KITH_NO_MEMORY;
}

static int walk(line *l, const json_t *object) {
    bool events = l->import->options.event_type != NULL;
    kithi_json_shape shape = events ? KITHI_JSON_NESTED : KITHI_JSON_FLAT;
    int code = kithi_json_walk(object, shape, &l->import->draft.arena, l->row, take_member, l);
    return code == KITH_OK ? KITH_OK : kithi_error_memory(l->import->error);
}

/*
 * A line from which no key or time can be told is rejected, and the next one asked. Where many in a
 * row, or all of the file, tell nothing, the import ends instead of rejecting everything.
 */
static int decide(line *l, const json_t *object) {
    kithi_import *import = l->import;
    kithi_mapping *mapping = &import->mapping;
    kith_error problem = KITH_ERROR_INIT;
    l->seeing = mapping->column_count == 0;
    int code = l->seeing ? walk(l, object) : KITH_OK;
    l->seeing = false;
    l->joining = true;
    if (code == KITH_OK) {
        code = walk(l, object);
    }
    l->joining = false;
    kithi_draft_reset(&import->draft);
    if (code != KITH_OK || l->row->rejected) {
        return code;
    }
    code = kithi_mapping_decide(mapping, false, &problem);
    if (code == KITH_INVALID && ++import->keyless_count < KEYLESS_LINES_MAX) {
        bool has_key = mapping->key != KITHI_MAPPING_NONE || mapping->key_is_identifier;
        kithi_row_reject(l->row, has_key ? KITH_REJECT_BAD_TIME : KITH_REJECT_NO_KEY, "%s",
                         problem.message + strlen(mapping->wrong_option) + strlen(": "));
        mapping->wrong_option = NULL;
        return KITH_OK;
    }
    kithi_error_copy(import->error, &problem);
    return code;
}

/* --key customer.id: a member inside of one that an event keeps whole. */
static bool find_nested(kithi_import *import, const json_t *object, uint32_t column,
                        const char *path, kith_value *out) {
    bool wanted = import->options.event_type != NULL && path != NULL &&
                  out->type == KITH_TYPE_NULL && column != KITHI_MAPPING_NONE &&
                  strchr(path, '.') != NULL;
    const json_t *member = wanted ? kithi_json_find(object, path) : NULL;
    return member == NULL || kithi_json_value(&import->draft.arena, member, out);
}

static int draft_line(kithi_import *import, kithi_row *row, const json_t *object) {
    line l = {import, row, false, false};
    const kithi_mapping *mapping = &import->mapping;
    kithi_draft *draft = &import->draft;
    kithi_draft_reset(draft);
    int code = mapping->decided ? KITH_OK : decide(&l, object);
    if (code == KITH_OK && !row->rejected) {
        code = walk(&l, object);
    }
    if (code != KITH_OK || row->rejected) {
        return code;
    }
    bool found = find_nested(import, object, mapping->key, mapping->key_option, &draft->key) &&
                 find_nested(import, object, mapping->time, mapping->time_option, &draft->time);
    return found ? kithi_import_draft(import, row) : kithi_error_memory(import->error);
}

static int take_line(kithi_import *import, kithi_row *row) {
    json_t *object = NULL;
    int code = row->rejected ? KITH_OK : kithi_json_parse(row, &object, import->error);
    if (object != NULL) {
        code = draft_line(import, row, object);
    }
    if (code == KITH_OK) {
        code = kithi_batch_end_row(&import->batch, row);
    }
    json_decref(object);
    return code;
}

int kithi_import_jsonl(kithi_import *import) {
    kithi_lines lines;
    kithi_row row;
    kithi_lines_init(&lines, &import->input, 0);
    int code = KITH_OK;
    while (code == KITH_OK) {
        code = kithi_lines_next(&lines, &row, import->error);
        if (code == KITH_OK) {
            code = take_line(import, &row);
        }
    }
    kithi_lines_clear(&lines);
    if (code == KITH_DONE && !import->mapping.decided && import->keyless_count > 0) {
        return kithi_mapping_decide(&import->mapping, false, import->error);
    }
    return code == KITH_DONE ? KITH_OK : code;
}
