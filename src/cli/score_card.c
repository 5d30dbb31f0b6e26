#include "src/cli/score_card.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"
#include "src/cli/json_drift.h"
#include "src/cli/json_layout.h"

#define KIND   "kind"
#define FITTED "fitted"

/* A definition is JSON that the library wrote: where it can't be read, memory is out. */
static json_t *load(const char *text) {
    json_t *root = json_loads(text, JSON_ALLOW_NUL, NULL);
    if (root == NULL) {
        cli_fail("out of memory");
        exit(CLI_BAD);
    }
    return root;
}

/* For people */

static void print_under(const char *title, const json_t *object) {
    if (json_object_size(object) > 0) {
        printf("%s%s%s\n", cli_bold(stdout), title, cli_plain(stdout));
        cli_json_lay_out(object, 2, stdout);
        putchar('\n');
    }
}

void cli_score_print_model(const char *definition) {
    json_t *root = load(definition);
    json_t *fitted = json_incref(json_object_get(root, FITTED));
    char *kind = cli_format("%s", json_string_value(json_object_get(root, KIND)));
    json_object_del(root, KIND);
    json_object_del(root, FITTED);
    print_under(kind, root);
    print_under("learnt", fitted);
    free(kind);
    json_decref(fitted);
    json_decref(root);
}

void cli_score_print_fitted(const char *fitted) {
    json_t *root = load(fitted);
    cli_json_lay_out(root, 2, stdout);
    json_decref(root);
}

void cli_score_print_drift(const char *before, uint32_t version, const char *fitted) {
    static const char *const titles[] = {"learnt", "before", "now", "change"};
    json_t *old = load(before), *now = load(fitted);
    cli_table table;
    cli_table_init(&table, CLI_DRIFT_COLUMNS);
    table.indent = 2;
    cli_table_add_titles(&table, titles, sizeof titles / sizeof titles[0]);
    cli_json_add_drift(&table, json_object_get(old, FITTED), now);
    if (table.cell_count > strlen(CLI_DRIFT_COLUMNS)) {
        printf("\nsince version %" PRIu32 "\n", version);
        cli_table_print(&table, stdout);
    }
    cli_table_clear(&table);
    json_decref(now);
    json_decref(old);
}

char *cli_score_fitted_text(const char *definition) {
    char number[CLI_NUMBER_BYTES];
    json_t *root = load(definition);
    const json_t *fitted = json_object_get(root, FITTED);
    const char *as_of = json_string_value(json_object_get(fitted, "as_of"));
    json_int_t customers = json_integer_value(json_object_get(fitted, "customers"));
    char *text = as_of == NULL ? cli_format("%s", "")
                               : cli_format("learnt from %s customer%s as of %.10s",
                                            cli_count_text((uint64_t)customers, number),
                                            cli_plural((uint64_t)customers), as_of);
    json_decref(root);
    return text;
}

/* Some kinds may learn, but say something without it. */
static void add_fitted(cli_table *table, kith_txn *txn, const char *score, const char *definition) {
    kith_score_model model = KITH_SCORE_MODEL_INIT;
    kith_score_model_get(txn, score, &model);
    if (model.learns || model.learnt) {
        char *text = cli_score_fitted_text(definition);
        cli_table_add(table, "fitted");
        cli_table_add(table, "%s",
                      model.learnt ? text : "not yet: it says nothing before 'kith score fit'");
        free(text);
    }
}

void cli_score_add_rows(cli_table *table, kith_txn *txn, const char *score,
                        const char *definition) {
    kith_score_about about = KITH_SCORE_ABOUT_INIT;
    const char *title = "gives";
    add_fitted(table, txn, score, definition);
    for (size_t cursor = 0; kith_score_next_output(txn, score, &cursor, &about) == KITH_OK;) {
        cli_table_add(table, "%s", title);
        cli_table_add(table, "%s, a %s: %s", about.output, about.gives, about.what);
        title = "";
    }
}

/* JSON */

static void put_made(cli_json *json, const char *name, const json_t *value) {
    char *made = value != NULL ? json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY) : NULL;
    if (made != NULL) {
        cli_json_made(json, name, made);
    } else {
        cli_json_null(json, name);
    }
    free(made);
}

void cli_score_json_fitted(cli_json *json, const char *name, const char *definition) {
    json_t *root = load(definition);
    put_made(json, name, json_object_get(root, FITTED));
    json_decref(root);
}

void cli_score_json_model(cli_json *json, const char *definition) {
    json_t *root = load(definition);
    json_t *fitted = json_incref(json_object_get(root, FITTED));
    json_object_del(root, FITTED);
    cli_json_text(json, "kind", json_string_value(json_object_get(root, KIND)));
    put_made(json, "definition", root);
    put_made(json, "fitted", fitted);
    json_decref(fitted);
    json_decref(root);
}

void cli_score_json_about(cli_json *json, kith_txn *txn, const char *score) {
    kith_score_about about = KITH_SCORE_ABOUT_INIT;
    kith_score_model model = KITH_SCORE_MODEL_INIT;
    kith_score_model_get(txn, score, &model);
    cli_json_boolean(json, "learns", model.learns);
    cli_json_boolean(json, "learnt", model.learnt);
    cli_json_list(json, "outputs");
    for (size_t cursor = 0; kith_score_next_output(txn, score, &cursor, &about) == KITH_OK;) {
        cli_json_object(json, NULL);
        cli_json_text(json, "output", about.output);
        cli_json_text(json, "gives", about.gives);
        cli_json_text(json, "what", about.what);
        cli_json_boolean(json, "kept", about.kept);
        cli_json_end(json);
    }
    cli_json_end(json);
}

/* Names */

static void put_name(cli_groups *groups, const json_t *value) {
    if (json_is_string(value)) {
        cli_groups_put(groups, json_string_value(value));
    }
}

void cli_score_put_names(cli_groups *groups, const char *definition) {
    json_t *root = load(definition), *list;
    const char *key;
    json_object_foreach(root, key, list) {
        for (size_t i = 0; i < json_array_size(list); i++) {
            put_name(groups, json_object_get(json_array_get(list, i), "name"));
        }
    }
    put_name(groups, json_object_get(root, "otherwise"));
    json_decref(root);
}
