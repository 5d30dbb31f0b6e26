#include "src/segment/expression.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/error.h"
#include "src/base/grow.h"
#include "src/base/sized.h"
#include "src/base/text.h"
#include "src/segment/checking.h"
#include "src/segment/parse.h"
#include "src/segment/plans.h"
#include "src/segment/print.h"
#include "src/segment/twin.h"
#include "src/store/txn.h"

static int read_text(kith_expression *expression, const char *text, size_t bytes, bool json,
                     kith_error *error) {
    size_t valid = kithi_text_valid_prefix(text, bytes);
    if (valid < bytes) {
        return kithi_error_set_at(error, KITH_INVALID, (int64_t)valid,
                                  "the text is no valid UTF-8 from byte %zu on", valid);
    }
    if (!json) {
        return kithi_parse(text, bytes, &expression->arena, &expression->root, error);
    }
    kithi_tree tree = {.arena = &expression->arena, .error = error};
    expression->root = kithi_twin_read(&tree, text, bytes);
    return tree.rc;
}

/* Mentions */

typedef struct listing {
    kith_expression *expression;
    bool out_of_memory;
} listing;

static bool is_listed(const kith_expression *expression, kithi_mention kind, const char *name) {
    for (size_t i = 0; i < expression->mention_count; i++) {
        const kithi_mentioned *known = &expression->mentions[i];
        if (known->kind == kind && strcmp(known->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void list_mention(void *context, kithi_mention kind, const char *name) {
    listing *l = context;
    kith_expression *expression = l->expression;
    if (is_listed(expression, kind, name)) {
        return;
    }
    if (!KITHI_GROW(expression->mentions, expression->mention_capacity,
                    expression->mention_count + 1)) {
        l->out_of_memory = true;
        return;
    }
    expression->mentions[expression->mention_count++] = (kithi_mentioned){kind, name};
}

bool kithi_expression_list(kith_expression *expression) {
    listing l = {expression, false};
    kithi_mentions(expression->root, list_mention, &l);
    return !l.out_of_memory;
}

typedef struct looking {
    kithi_mention kind;
    const char *name;
    bool found;
} looking;

static void look_at(void *context, kithi_mention kind, const char *name) {
    looking *l = context;
    size_t size = kind == KITHI_MENTION_SCORE ? kithi_score_name_size(name) : strlen(name);
    bool same = strlen(l->name) == size && memcmp(l->name, name, size) == 0;
    l->found = l->found || (kind == l->kind && same);
}

bool kithi_expression_mentions(const kith_expression *expression, kithi_mention kind,
                               const char *name) {
    looking l = {kind, name, false};
    kithi_mentions(expression->root, look_at, &l);
    return l.found;
}

int kith_expression_next_mention(const kith_expression *expression, size_t *cursor,
                                 kith_mention *out) {
    static const char *const kinds[] = {"attribute", "event",   "property", "segment",
                                        "tag",       "consent", "points",   "score"};
    if (*cursor >= expression->mention_count) {
        return KITH_DONE;
    }
    const kithi_mentioned *mentioned = &expression->mentions[(*cursor)++];
    kith_mention mention = {sizeof mention, kinds[mentioned->kind], mentioned->name};
    kithi_give(out, &mention, sizeof mention);
    return KITH_OK;
}

/* Reading */

static int find_plans(kith_txn *txn, kithi_checking *out, kith_error *error) {
    int rc = kithi_plans_of(txn, &out->plans);
    if (rc != KITH_OK) {
        kithi_error_copy(error, kith_txn_error(txn));
    }
    return rc;
}

/* What is written reads back, so it is no longer than what may be read. */
static int check_size(const kith_expression *expression, kith_error *error) {
    kithi_buffer buffer;
    kithi_buffer_init(&buffer);
    kithi_print(expression->root, 0, &buffer);
    bool ok = kithi_buffer_ok(&buffer);
    bool fits = buffer.size <= KITH_EXPRESSION_MAX_BYTES;
    kithi_buffer_clear(&buffer);
    if (!ok) {
        return kithi_error_memory(error);
    }
    return fits ? KITH_OK
                : kithi_error_set(error, KITH_LIMIT,
                                  "the text of the expression would have more than %d bytes",
                                  KITH_EXPRESSION_MAX_BYTES);
}

/* What is wrong in a twin has no position: the path to it stands in the message. */
static int tell_path(const kith_expression *expression, const kith_error *problem,
                     kith_error *error) {
    kithi_twin_path path;
    if (problem->position >= -1) {
        kithi_error_copy(error, problem);
        return problem->code;
    }
    kithi_twin_find(expression->root, problem->position, &path);
    return kithi_error_set(error, problem->code, "%s%s%s", path.text,
                           path.text[0] != '\0' ? ": " : "", problem->message);
}

static int read_and_check(kith_expression *expression, const char *text, size_t bytes,
                          kith_txn *txn, const kith_expression_options *options,
                          kith_error *error) {
    kithi_tree tree = {.arena = &expression->arena, .error = error};
    kithi_checking checking = {.catalog = txn != NULL ? kithi_txn_catalog(txn) : NULL,
                               .any_name = txn == NULL || options->any_name,
                               .condition = !options->value};
    int rc = txn != NULL ? find_plans(txn, &checking, error) : KITH_OK;
    rc = rc == KITH_OK ? read_text(expression, text, bytes, options->json, error) : rc;
    if (rc == KITH_OK) {
        rc = kithi_check(&tree, expression->root, &checking);
        expression->stream_count = tree.stream_count;
        expression->condition = !options->value || expression->root->sort == KITHI_SORT_BOOLEAN;
    }
    if (rc == KITH_OK && !kithi_expression_list(expression)) {
        rc = kithi_error_memory(error);
    }
    return rc == KITH_OK ? check_size(expression, error) : rc;
}

kith_expression *kithi_expression_make(void) {
    kith_expression *expression = calloc(1, sizeof *expression);
    if (expression != NULL) {
        kithi_arena_init(&expression->arena);
    }
    return expression;
}

int kith_expression_parse(const char *text, size_t bytes, kith_txn *txn,
                          const kith_expression_options *options, kith_expression **out,
                          kith_error *error) {
    kith_expression_options known = KITH_EXPRESSION_OPTIONS_INIT;
    if (text == NULL || out == NULL) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_expression_parse: a text and a place for the expression are "
                               "required");
    }
    int rc = kithi_take(options, &known, sizeof known, "kith_expression_parse", error);
    if (rc == KITH_OK && txn != NULL) {
        rc = kithi_txn_check_read(txn);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    kith_expression *expression = kithi_expression_make();
    if (expression == NULL) {
        return kithi_error_memory(error);
    }
    kith_error problem = KITH_ERROR_INIT;
    rc = read_and_check(expression, text, bytes, txn, &known, &problem);
    if (rc != KITH_OK) {
        rc = tell_path(expression, &problem, error);
        kith_expression_free(expression);
        return rc;
    }
    *out = expression;
    return KITH_OK;
}

kith_expression *kithi_expression_hold(const kith_expression *expression) {
    kith_expression *held = (kith_expression *)expression; /* what it says never changes */
    atomic_fetch_add(&held->other_holders, 1);
    return held;
}

void kith_expression_free(kith_expression *expression) {
    if (expression != NULL && atomic_fetch_sub(&expression->other_holders, 1) == 0) {
        kithi_arena_clear(&expression->arena);
        free(expression->mentions);
        free(expression);
    }
}

/* Hands the bytes over as a text; what can't be written is a failed buffer. */
static int give_text(kithi_buffer *buffer, char **out) {
    kithi_buffer_append_byte(buffer, '\0');
    if (!kithi_buffer_ok(buffer)) {
        kithi_buffer_clear(buffer);
        return KITH_NO_MEMORY;
    }
    *out = (char *)buffer->data;
    return KITH_OK;
}

int kith_expression_text(const kith_expression *expression, size_t columns, char **out_text) {
    kithi_buffer buffer;
    kithi_buffer_init(&buffer);
    kithi_print(expression->root, columns, &buffer);
    return give_text(&buffer, out_text);
}

int kith_expression_json(const kith_expression *expression, bool pretty, char **out_json) {
    kithi_buffer buffer;
    kithi_buffer_init(&buffer);
    if (!kithi_twin_write(expression->root, pretty, &buffer)) {
        kithi_buffer_clear(&buffer);
        return KITH_NO_MEMORY;
    }
    return give_text(&buffer, out_json);
}

const char *kithi_gives(kithi_sort sort) {
    static const char *const names[KITHI_SORTS] = {"any",  "null", "condition", "number",
                                                   "text", "date", "time",      "duration"};
    return names[sort];
}

const char *kith_expression_gives(const kith_expression *expression) {
    return kithi_gives(expression->condition ? KITHI_SORT_BOOLEAN : expression->root->sort);
}
