#include <jansson.h>
#include <string.h>

#include "kith/base.h"
#include "src/segment/print.h"
#include "src/segment/twin.h"

/* Where memory is out jansson gives NULL, and takes NULL: what is made then is NULL in the end, or
 * lacks something, which `failed` tells. */
typedef struct writer {
    bool failed;
} writer;

static json_t *node_json(writer *w, const kithi_node *node);

static json_t *made(writer *w, json_t *json) {
    w->failed = w->failed || json == NULL;
    return json;
}

static void set(writer *w, json_t *object, const char *key, json_t *value) {
    w->failed = json_object_set_new(object, key, value) != 0 || w->failed;
}

static void append(writer *w, json_t *array, json_t *value) {
    w->failed = json_array_append_new(array, value) != 0 || w->failed;
}

static json_t *one(writer *w, const char *key, json_t *value) {
    json_t *object = made(w, json_object());
    set(w, object, key, value);
    return object;
}

static json_t *text(writer *w, const char *data) {
    return made(w, json_string(data));
}

/* Values */

static json_t *duration_text(writer *w, int64_t duration_us) {
    kithi_buffer buffer;
    kithi_buffer_init(&buffer);
    kithi_print_duration(duration_us, &buffer);
    json_t *made_text =
        kithi_buffer_ok(&buffer) ? json_stringn((const char *)buffer.data, buffer.size) : NULL;
    kithi_buffer_clear(&buffer);
    return made(w, made_text);
}

static json_t *number_json(writer *w, kithi_decimal number) {
    char shown[KITHI_DECIMAL_TEXT_BYTES];
    int64_t integer;
    if (kithi_decimal_integer(number, &integer)) {
        return made(w, json_integer(integer));
    }
    kithi_decimal_format(number, shown);
    return one(w, "number", text(w, shown));
}

static json_t *value_json(writer *w, const kithi_node *node) {
    char time[KITH_TIME_TEXT_BYTES];
    switch (node->op) {
    case KITHI_OP_BOOLEAN:
        return json_boolean(node->as.boolean);
    case KITHI_OP_NUMBER:
        return number_json(w, node->number);
    case KITHI_OP_TEXT:
        return made(w, json_stringn(node->as.text.data, node->as.text.size));
    case KITHI_OP_DATE:
        kith_date_format(node->as.date_days, time);
        return one(w, "date", text(w, time));
    case KITHI_OP_TIME:
        kith_time_format(node->as.time_us, time);
        return one(w, "time", text(w, time));
    case KITHI_OP_DURATION:
        return one(w, "duration", duration_text(w, node->as.duration_us));
    case KITHI_OP_NOW:
        return one(w, "now", json_true());
    case KITHI_OP_TODAY:
        return one(w, "today", json_true());
    default:
        return json_null();
    }
}

static json_t *step_text(writer *w, int step) {
    return made(w, step == KITHI_STEP_THIS       ? json_string("this")
                   : step == KITHI_STEP_PREVIOUS ? json_string("prev")
                                                 : json_sprintf("step%d", step));
}

static json_t *named_json(writer *w, const kithi_node *node) {
    if (node->op == KITHI_OP_AT) {
        return one(w, "at", step_text(w, node->step));
    }
    json_t *name = made(w, json_stringn(node->as.text.data, node->as.text.size));
    json_t *object = one(w, node->op == KITHI_OP_ATTRIBUTE ? "attribute" : "property", name);
    if (node->step != KITHI_STEP_THIS) {
        set(w, object, "of", step_text(w, node->step));
    }
    return object;
}

/* Streams */

static void set_window(writer *w, json_t *object, const kithi_window *window) {
    switch (window->kind) {
    case KITHI_WINDOW_LAST:
        set(w, object, "last", duration_text(w, window->duration_us));
        break;
    case KITHI_WINDOW_CALENDAR:
        set(w, object, "last", made(w, json_integer(window->count)));
        set(w, object, "calendar", text(w, kithi_unit_name(window->unit)));
        break;
    case KITHI_WINDOW_THIS:
        set(w, object, "this", text(w, kithi_unit_name(window->unit)));
        break;
    case KITHI_WINDOW_SINCE:
        set(w, object, "since", node_json(w, window->from));
        break;
    case KITHI_WINDOW_BEFORE:
        set(w, object, "before", node_json(w, window->to));
        break;
    case KITHI_WINDOW_FROM_TO:
        set(w, object, "from", node_json(w, window->from));
        set(w, object, "to", node_json(w, window->to));
        break;
    default:
        break;
    }
}

static json_t *stream_json(writer *w, const kithi_stream *stream) {
    json_t *object = one(w, "event", text(w, stream->event));
    if (stream->property != NULL) {
        set(w, object, "property", text(w, stream->property));
    }
    if (stream->where != NULL) {
        set(w, object, "where", node_json(w, stream->where));
    }
    set_window(w, object, &stream->window);
    if (stream->negated) {
        set(w, object, "not", json_true());
    }
    if (stream->within_us > 0) {
        set(w, object, "within", duration_text(w, stream->within_us));
    }
    return object;
}

/* Operators and calls */

static json_t *streams_json(writer *w, const kithi_node *node) {
    json_t *list = made(w, json_array());
    for (size_t i = 0; i < node->stream_count; i++) {
        append(w, list, stream_json(w, &node->streams[i]));
    }
    for (size_t i = 0; i < node->kid_count; i++) {
        append(w, list, node_json(w, node->kids[i]));
    }
    return list;
}

/* In lower case, "not " in front where it is negated. */
static void name_operator(const kithi_node *node, char out[KITHI_TWIN_NAME_BYTES]) {
    const char *sign = kithi_op_sign(node->op);
    size_t size = 0;
    if (node->op == KITHI_OP_IS_NULL) {
        sign = node->negated ? "is not null" : "is null";
    } else if (node->negated) {
        memcpy(out, "not ", 4);
        size = 4;
    }
    for (size_t i = 0; sign[i] != '\0'; i++) {
        out[size++] = (char)(sign[i] >= 'A' && sign[i] <= 'Z' ? sign[i] + ('a' - 'A') : sign[i]);
    }
    out[size] = '\0';
}

void kithi_twin_name(const kithi_node *node, char out[KITHI_TWIN_NAME_BYTES]) {
    const char *name = node->op == KITHI_OP_AGGREGATE
                           ? kithi_aggregate_name((kithi_aggregate)node->word)
                       : node->op == KITHI_OP_CALL ? kithi_function_name((kithi_function)node->word)
                       : node->op == KITHI_OP_TEST ? kithi_test_name((kithi_test)node->word)
                       : node->op == KITHI_OP_DID  ? "did"
                       : node->op == KITHI_OP_REGULARLY ? "regularly"
                                                        : NULL;
    if (name != NULL) {
        strcpy(out, name);
    } else {
        name_operator(node, out);
    }
}

static json_t *called_json(writer *w, const kithi_node *node) {
    char name[KITHI_TWIN_NAME_BYTES];
    kithi_twin_name(node, name);
    return one(w, name,
               node->op == KITHI_OP_AGGREGATE ? stream_json(w, &node->streams[0])
               : node->op == KITHI_OP_NOT     ? node_json(w, node->kids[0])
                                              : streams_json(w, node));
}

static json_t *node_json(writer *w, const kithi_node *node) {
    if (node->op < KITHI_OP_ATTRIBUTE) {
        return value_json(w, node);
    }
    return node->op <= KITHI_OP_AT ? named_json(w, node) : called_json(w, node);
}

static int append_bytes(const char *data, size_t size, void *context) {
    kithi_buffer_append(context, data, size);
    return 0;
}

bool kithi_twin_write(const kithi_node *node, bool pretty, kithi_buffer *out) {
    writer w = {false};
    json_t *json = node_json(&w, node);
    size_t flags = JSON_ENCODE_ANY | (pretty ? JSON_INDENT(2) : JSON_COMPACT);
    bool ok = !w.failed && json_dump_callback(json, append_bytes, out, flags) == 0;
    json_decref(json);
    return ok && kithi_buffer_ok(out);
}
