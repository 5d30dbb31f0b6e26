/* Every line is a message with all that its type needs, or it is rejected with a reason. */
#include <string.h>

#include "kith/fact.h"
#include "src/ingest/jsonl.h"
#include "src/ingest/segment.h"
#include "tests/fuzz/target.h"

#define NOW_US 12345

static void check_id(const char *id) {
    check(id == NULL || (id[0] != '\0' && strlen(id) <= KITH_KEY_MAX_BYTES));
}

static void check_message(const kithi_segment_message *m) {
    bool is_event = m->type == KITHI_SEGMENT_TRACK || m->type == KITHI_SEGMENT_PAGE ||
                    m->type == KITHI_SEGMENT_SCREEN || m->type == KITHI_SEGMENT_GROUP;
    check(m->key != NULL && (m->key == m->user_id || m->key == m->anonymous_id));
    check(!is_event || (m->event != NULL && m->event[0] != '\0'));
    check(m->type != KITHI_SEGMENT_GROUP || m->group_id != NULL);
    check(m->type != KITHI_SEGMENT_ALIAS || m->previous_id != NULL);
    check(m->traits == NULL || json_is_object(m->traits));
    check(m->context_traits == NULL || json_is_object(m->context_traits));
    check(m->properties == NULL || json_is_object(m->properties));
    check_id(m->user_id);
    check_id(m->anonymous_id);
    check_id(m->previous_id);
    check_id(m->group_id);
    check_id(m->message_id);
}

static void check_row(kithi_row *row, kithi_arena *arena) {
    json_t *object = NULL;
    kith_error error = KITH_ERROR_INIT;
    kithi_segment_message message;
    kithi_arena_reset(arena);
    if (!row->rejected) {
        check(kithi_json_parse(row, &object, &error) == KITH_OK);
    }
    if (object != NULL) {
        check(kithi_segment_read(object, NOW_US, arena, row, &message) == KITH_OK);
    }
    if (row->rejected) {
        check((unsigned)row->reason < KITHI_REJECT_REASON_COUNT && row->detail[0] != '\0');
    } else {
        check_message(&message);
    }
    json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kithi_input input;
    kithi_lines lines;
    kithi_row row;
    kithi_arena arena;
    kith_error error = KITH_ERROR_INIT;
    kithi_arena_init(&arena);
    check(kithi_input_open_memory(&input, (const char *)data, size, NULL, false, &error) ==
          KITH_OK);
    kithi_lines_init(&lines, &input, 0);
    while (kithi_lines_next(&lines, &row, &error) == KITH_OK) {
        check_row(&row, &arena);
    }
    kithi_lines_clear(&lines);
    kithi_input_close(&input);
    kithi_arena_clear(&arena);
    return 0;
}
