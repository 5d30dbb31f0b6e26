#include "src/cli/definition_card.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"
#include "src/cli/formula.h"
#include "src/cli/people.h"
#include "src/cli/quote.h"
#include "src/cli/score_card.h"
#include "src/cli/table.h"

#define CARD_COLUMNS_MAX 100

int cli_definition_get(const cli_session *session, kith_definition_kind kind, const char *name,
                       uint32_t version, kith_definition *out) {
    int code = kith_definition_get(session->txn, kind, name, version, out);
    if (code == KITH_NOT_FOUND) {
        return cli_session_no(session, "%s", kith_txn_error(session->txn)->message);
    }
    return code == KITH_OK ? CLI_OK : cli_session_fail(session);
}

/* What a definition means to the store. It was checked when it was put, so names that the store
 * doesn't know are fine. */
static int parse(const cli_session *session, const char *text, bool condition,
                 kith_expression **out) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    options.value = !condition;
    options.any_name = true;
    int code = kith_expression_parse(text, strlen(text), session->txn, &options, out, &error);
    return code == KITH_OK ? CLI_OK : cli_fail_error(&error);
}

/* The condition that somebody is in a segment, or has a value; owned. */
static char *test_text(const kith_definition *definition) {
    if (definition->kind == KITH_SEGMENT) {
        return cli_segment_test(definition->name);
    }
    if (definition->kind == KITH_TRAIT) {
        return cli_format("(%s) IS NOT NULL", definition->expression);
    }
    char *call = cli_score_call(definition->name, NULL);
    char *text = cli_format("%s IS NOT NULL", call);
    free(call);
    return text;
}

int cli_definition_count(const cli_session *session, const kith_definition *definition,
                         int64_t now_us, uint64_t *out) {
    kith_expression *where = NULL;
    char *text = test_text(definition);
    int result = parse(session, text, true, &where);
    if (result == CLI_OK) {
        result = cli_people_count(session, where, now_us, out);
    }
    kith_expression_free(where);
    free(text);
    return result;
}

/* What it asks for, and who asks for it */

/* Where names go: one list of a JSON object, or the second column of a table. */
typedef struct names {
    cli_json *json; /* NULL: the table */
    cli_table *table;
    const char *title; /* of those that come; "" when the first stands there */
} names;

static void put_name(names *to, const char *kind, const char *name) {
    if (to->json != NULL) {
        cli_json_object(to->json, NULL);
        cli_json_text(to->json, "kind", kind);
        cli_json_text(to->json, "name", name);
        cli_json_end(to->json);
        return;
    }
    cli_table_add(to->table, "%s", to->title);
    cli_table_add(to->table, "%s %s", kind, name);
    to->title = "";
}

static int put_mentions(const cli_session *session, const kith_definition *definition, names *to) {
    kith_mention mention = KITH_MENTION_INIT;
    size_t cursor = 0;
    int code;
    while ((code = kith_definition_next_mention(session->txn, definition->kind, definition->name,
                                                &cursor, &mention)) == KITH_OK) {
        put_name(to, mention.kind, mention.name);
    }
    return code == KITH_DONE ? CLI_OK : cli_session_fail(session);
}

/* Whether a name that is mentioned is the definition's: of a score, with an output or without. */
static bool is_named(const kith_mention *mention, const kith_definition *definition) {
    const char *kind =
        definition->kind == KITH_TRAIT ? "attribute" : kith_definition_kind_name(definition->kind);
    size_t size = strlen(definition->name);
    bool begins =
        strcmp(mention->kind, kind) == 0 && strncmp(mention->name, definition->name, size) == 0;
    return begins && (mention->name[size] == '\0' ||
                      (definition->kind == KITH_SCORE && mention->name[size] == '.'));
}

static int find_mention(const cli_session *session, const kith_definition *other,
                        const kith_definition *definition, bool *out) {
    kith_mention mention = KITH_MENTION_INIT;
    size_t cursor = 0;
    int code = KITH_OK;
    *out = false;
    while (!*out && code == KITH_OK) {
        code =
            kith_definition_next_mention(session->txn, other->kind, other->name, &cursor, &mention);
        *out = code == KITH_OK && is_named(&mention, definition);
    }
    return code == KITH_OK || code == KITH_DONE ? CLI_OK : cli_session_fail(session);
}

static int put_users_of_kind(const cli_session *session, kith_definition_kind kind,
                             const kith_definition *definition, names *to) {
    kith_definition other = KITH_DEFINITION_INIT;
    size_t cursor = 0;
    int result = CLI_OK;
    while (result == CLI_OK &&
           kith_definition_next(session->txn, kind, &cursor, &other) == KITH_OK) {
        bool asks = false;
        result = find_mention(session, &other, definition, &asks);
        if (asks) {
            put_name(to, kith_definition_kind_name(kind), other.name);
        }
    }
    return result;
}

static int put_users(const cli_session *session, const kith_definition *definition, names *to) {
    static const kith_definition_kind kinds[] = {KITH_TRAIT, KITH_SCORE, KITH_SEGMENT};
    int result = CLI_OK;
    for (size_t i = 0; result == CLI_OK && i < sizeof kinds / sizeof kinds[0]; i++) {
        result = put_users_of_kind(session, kinds[i], definition, to);
    }
    return result;
}

/* For people */

void cli_definition_print_head(const kith_definition *definition) {
    char *name = cli_text_clean(definition->name, strlen(definition->name));
    char at[KITH_TIME_TEXT_BYTES];
    kith_time_format(definition->at_us, at);
    printf("%s%s %s%s  version %" PRIu32 ", %s %s\n\n", cli_bold(stdout),
           kith_definition_kind_name(definition->kind), name, cli_plain(stdout),
           definition->version, definition->removed ? "removed" : "since", at);
    free(name);
}

void cli_definition_print_body(const kith_definition *definition) {
    if (definition->kind == KITH_SCORE) {
        cli_score_print_model(definition->expression);
    } else {
        cli_formula_print(definition->expression);
    }
}

static int print_expression(const cli_session *session, const kith_definition *definition) {
    kith_expression *expression = NULL;
    char *text = NULL;
    size_t columns = cli_is_terminal(stdout) ? cli_terminal_columns(stdout) : CARD_COLUMNS_MAX;
    int result = parse(session, definition->expression, false, &expression);
    if (result == CLI_OK && kith_expression_text(expression, columns, &text) != KITH_OK) {
        result = cli_fail("out of memory");
    }
    if (result == CLI_OK) {
        cli_formula_print(text);
        putchar('\n');
    }
    kith_free(text);
    kith_expression_free(expression);
    return result;
}

static void add_members(cli_table *table, const kith_definition *definition, uint64_t members,
                        uint64_t all) {
    char number[CLI_NUMBER_BYTES], of[CLI_NUMBER_BYTES];
    cli_table_add(table, "%s", definition->kind == KITH_SEGMENT ? "members" : "have it");
    cli_table_add(table, "%s of %s profiles%s%.1f%s", cli_count_text(members, number),
                  cli_count_text(all, of), all > 0 ? " (" : "",
                  all > 0 ? 100.0 * (double)members / (double)all : 0.0, all > 0 ? "%)" : "");
}

/* What became of a version; a score's model would be too long. Owned. */
static char *version_text(const kith_definition *version) {
    if (version->removed || version->kind != KITH_SCORE) {
        return cli_format("%s", version->removed ? "removed" : version->expression);
    }
    char *fitted = cli_score_fitted_text(version->expression);
    char *text = cli_format("%s", fitted[0] != '\0' ? fitted : "defined");
    free(fitted);
    return text;
}

static void print_versions(const cli_session *session, const kith_definition *definition) {
    cli_table table;
    char at[KITH_TIME_TEXT_BYTES];
    cli_table_init(&table, "rll");
    for (uint32_t version = 1; version <= definition->version; version++) {
        kith_definition old = KITH_DEFINITION_INIT;
        if (kith_definition_get(session->txn, definition->kind, definition->name, version, &old) !=
            KITH_OK) {
            continue;
        }
        kith_time_format(old.at_us, at);
        cli_table_add(&table, "%" PRIu32, old.version);
        cli_table_add(&table, "%s", at);
        char *said = version_text(&old);
        cli_table_add(&table, "%s", said);
        free(said);
    }
    puts("\nversions");
    table.indent = 2;
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

int cli_definition_print(const cli_session *session, const kith_definition *definition,
                         uint64_t members, uint64_t all) {
    cli_table table;
    names asks = {NULL, &table, "asks for"}, asked = {NULL, &table, "asked for by"};
    cli_definition_print_head(definition);
    int result = CLI_OK;
    if (definition->kind == KITH_SCORE) {
        cli_definition_print_body(definition);
    } else {
        result = print_expression(session, definition);
    }
    cli_table_init(&table, "ll");
    if (definition->note[0] != '\0') {
        cli_table_add(&table, "note");
        cli_table_add(&table, "%s", definition->note);
    }
    if (definition->kind == KITH_TRAIT) {
        cli_table_add(&table, "gives");
        cli_table_add(&table, "%s", definition->gives);
    } else if (definition->kind == KITH_SCORE) {
        cli_score_add_rows(&table, session->txn, definition->name, definition->expression);
    }
    add_members(&table, definition, members, all);
    result = result == CLI_OK ? put_mentions(session, definition, &asks) : result;
    result = result == CLI_OK ? put_users(session, definition, &asked) : result;
    if (result == CLI_OK) {
        cli_table_print(&table, stdout);
        print_versions(session, definition);
    }
    cli_table_clear(&table);
    return result;
}

/* JSON */

/* What it says: an expression, or a model. */
static void json_said(cli_json *json, const kith_definition *definition) {
    if (definition->kind == KITH_SCORE) {
        cli_score_json_model(json, definition->expression);
    } else {
        cli_json_text(json, "expression", definition->expression);
    }
}

void cli_definition_json_members(cli_json *json, const kith_definition *definition) {
    cli_json_text(json, "name", definition->name);
    cli_json_count(json, "version", definition->version);
    cli_json_boolean(json, "removed", definition->removed);
    json_said(json, definition);
    cli_json_text(json, "note", definition->note);
    cli_json_text(json, "gives", definition->gives);
    cli_json_time(json, "at", definition->at_us);
}

static void json_versions(cli_json *json, const cli_session *session,
                          const kith_definition *definition) {
    cli_json_list(json, "versions");
    for (uint32_t version = 1; version <= definition->version; version++) {
        kith_definition old = KITH_DEFINITION_INIT;
        if (kith_definition_get(session->txn, definition->kind, definition->name, version, &old) ==
            KITH_OK) {
            cli_json_object(json, NULL);
            cli_json_count(json, "version", old.version);
            cli_json_boolean(json, "removed", old.removed);
            json_said(json, &old);
            cli_json_text(json, "note", old.note);
            cli_json_time(json, "at", old.at_us);
            cli_json_end(json);
        }
    }
    cli_json_end(json);
}

int cli_definition_print_json(const cli_session *session, const kith_definition *definition,
                              uint64_t members, uint64_t all) {
    cli_json json;
    names to = {&json, NULL, ""};
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_definition_json_members(&json, definition);
    cli_json_count(&json, "members", members);
    cli_json_count(&json, "profiles", all);
    if (definition->kind == KITH_SCORE) {
        cli_score_json_about(&json, session->txn, definition->name);
    }
    cli_json_list(&json, "asks_for");
    int result = put_mentions(session, definition, &to);
    cli_json_end(&json);
    cli_json_list(&json, "asked_for_by");
    result = result == CLI_OK ? put_users(session, definition, &to) : result;
    cli_json_end(&json);
    json_versions(&json, session, definition);
    cli_json_end(&json);
    return result;
}
