/* A line is rejected with a reason, or it is an object whose values, written as JSON, read back as
 * the same object. */
#include <string.h>

#include "src/ingest/draft.h"
#include "src/ingest/export_text.h"
#include "src/ingest/jsonl.h"
#include "tests/fuzz/target.h"

typedef struct target {
    kithi_mapping mapping;
    kithi_draft draft;
} target;

/* Numbers are compared by value: 1.0 is written 1. */
static bool same(const json_t *a, const json_t *b) {
    const char *name;
    json_t *member;
    if (json_is_number(a) && json_is_number(b)) {
        return json_number_value(a) == json_number_value(b);
    }
    if (json_is_array(a) && json_is_array(b)) {
        bool equal = json_array_size(a) == json_array_size(b);
        for (size_t i = 0; equal && i < json_array_size(a); i++) {
            equal = same(json_array_get(a, i), json_array_get(b, i));
        }
        return equal;
    }
    if (!json_is_object(a) || !json_is_object(b)) {
        return json_equal(a, b);
    }
    bool equal = json_object_size(a) == json_object_size(b);
    json_object_foreach((json_t *)(uintptr_t)a, name, member) {
        equal = equal && same(member, json_object_get(b, name));
    }
    return equal;
}

static void check_values(const json_t *object) {
    kithi_arena arena;
    kithi_buffer text;
    kith_value value;
    kithi_arena_init(&arena);
    kithi_buffer_init(&text);
    check(kithi_json_value(&arena, object, &value));
    kithi_export_json(&text, &value);
    check(kithi_buffer_ok(&text));
    json_t *again = json_loadb((const char *)text.data, text.size, 0, NULL);
    check(again != NULL && same(object, again));
    json_decref(again);
    kithi_buffer_clear(&text);
    kithi_arena_clear(&arena);
}

static int take_leaf(void *context, const char *path, size_t path_bytes, kith_value value) {
    target *t = context;
    uint32_t column = 0;
    int code = kithi_mapping_column(&t->mapping, path, path_bytes, &column, NULL);
    check(code == KITH_OK || code == KITH_LIMIT);
    check(code != KITH_OK || kithi_draft_add(&t->draft, column, value));
    return KITH_OK;
}

/* Each field of a draft has a value, and no two have one name. */
static void check_draft(target *t, const json_t *object, kithi_row *row) {
    kithi_draft_reset(&t->draft);
    check(kithi_json_walk(object, KITHI_JSON_FLAT, &t->draft.arena, row, take_leaf, t) == KITH_OK);
    size_t count = t->draft.field_count < 200 ? t->draft.field_count : 200;
    for (size_t i = 0; i < count; i++) {
        check(t->draft.fields[i].value.type != KITH_TYPE_NULL);
        for (size_t k = 0; k < i; k++) {
            check(strcmp(t->draft.fields[i].name, t->draft.fields[k].name) != 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kithi_input input;
    kithi_lines lines;
    kithi_row row;
    target t;
    kith_error error = KITH_ERROR_INIT;
    kith_import_options options = KITH_IMPORT_OPTIONS_INIT;
    check(kithi_mapping_init(&t.mapping, KITHI_MAPPING_TRAITS, &options, &error) == KITH_OK);
    kithi_draft_init(&t.draft, &t.mapping);
    check(kithi_input_open_memory(&input, (const char *)data, size, NULL, false, &error) ==
          KITH_OK);
    kithi_lines_init(&lines, &input, 0);
    while (kithi_lines_next(&lines, &row, &error) == KITH_OK) {
        json_t *object = NULL;
        if (!row.rejected) {
            check(kithi_json_parse(&row, &object, &error) == KITH_OK);
        }
        check(row.rejected == (object == NULL));
        check(!row.rejected || row.detail[0] != '\0');
        if (object != NULL) {
            check_values(object);
            check_draft(&t, object, &row);
        }
        json_decref(object);
    }
    kithi_lines_clear(&lines);
    kithi_input_close(&input);
    kithi_draft_clear(&t.draft);
    kithi_mapping_clear(&t.mapping);
    return 0;
}
