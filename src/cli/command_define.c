/* segment, trait and score: add, list, show, remove. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/define.h"
#include "src/cli/definition_card.h"
#include "src/cli/formula.h"
#include "src/cli/json_writer.h"
#include "src/cli/people.h"
#include "src/cli/score_card.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

static const char *word_of(kith_definition_kind kind) {
    return kith_definition_kind_name(kind);
}

/* add */

/* What is to be defined, and what came of it. */
typedef struct defining {
    const cli_arguments *arguments;
    kith_definition_kind kind;
    const char *name;
    bool dry;
    cli_formula formula;
    kith_expression_options options;
    char *note; /* owned */
    int64_t now_us;
    kith_change change;
    uint32_t version;
    char *expression;       /* in its one form; owned */
    kith_score_model model; /* of a score */
    uint64_t members, all;
} defining;

static int read_defining(const cli_arguments *arguments, kith_definition_kind kind, defining *out) {
    *out = (defining){.arguments = arguments, .kind = kind, .name = arguments->operands[1]};
    out->dry = cli_option_get(arguments, "dry-run") != NULL;
    out->options = (kith_expression_options)KITH_EXPRESSION_OPTIONS_INIT;
    out->options.json = cli_option_get(arguments, "twin") != NULL;
    out->options.any_name = cli_option_get(arguments, "any-name") != NULL;
    out->options.value = kind == KITH_TRAIT;
    size_t size = strlen(out->name);
    if (size == 0 || size > KITH_NAME_MAX_BYTES) {
        return cli_usage(arguments->command, "a name has 1 to %d bytes", KITH_NAME_MAX_BYTES);
    }
    int result = cli_option_now(arguments, &out->now_us);
    return result == CLI_OK ? cli_formula_read_one(arguments, arguments->operands[2], &out->formula)
                            : result;
}

static int refuse(const defining *d, const cli_session *session, int code) {
    const kith_error *error = kith_txn_error(session->txn);
    if (code != KITH_INVALID && code != KITH_LIMIT) {
        return cli_session_fail(session);
    }
    return d->kind == KITH_SCORE ? cli_formula_refuse_json(&d->formula, error, session->json)
                                 : cli_formula_refuse(&d->formula, error, session->json);
}

/* A new version keeps the note, unless there is another; a copy, as the put ends what was read. */
static char *find_note(const defining *d, const cli_session *session) {
    kith_definition before = KITH_DEFINITION_INIT;
    const char *note = cli_option_get(d->arguments, "note");
    if (note == NULL &&
        kith_definition_get(session->txn, d->kind, d->name, 0, &before) == KITH_OK) {
        note = before.note;
    }
    return cli_format("%s", note != NULL ? note : "");
}

static int put(defining *d, const cli_session *session) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    kith_definition found = KITH_DEFINITION_INIT;
    input.name = d->name;
    input.expression = d->formula.text;
    input.options = &d->options;
    d->note = find_note(d, session);
    input.note = d->note;
    input.at_us = d->now_us;
    int code = kith_definition_put(session->txn, d->kind, &input, &d->change);
    if (code != KITH_OK) {
        return refuse(d, session, code);
    }
    int result = cli_definition_get(session, d->kind, d->name, 0, &found);
    if (result == CLI_OK) {
        d->version = found.version;
        d->expression = cli_format("%s", found.expression);
    }
    if (result == CLI_OK && d->kind == KITH_SCORE) {
        d->model = (kith_score_model)KITH_SCORE_MODEL_INIT;
        code = kith_score_model_get(session->txn, d->name, &d->model);
        result = code == KITH_OK ? CLI_OK : cli_session_fail(session);
    }
    return result;
}

/* How many it would hold, of the store as it is. */
static int count_ahead(defining *d) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *where = NULL;
    cli_session session;
    cli_formula asked = {NULL, 0};
    int result = cli_session_begin(d->arguments, KITH_READ, &session);
    if (result != CLI_OK) {
        return result;
    }
    options.any_name = true;
    asked.text = cli_format(d->kind == KITH_TRAIT ? "(%s) IS NOT NULL" : "%s", d->expression);
    asked.size = strlen(asked.text);
    result = cli_formula_parse(&asked, session.txn, &options, session.json, &where);
    result = result == CLI_OK ? cli_people_count(&session, where, d->now_us, &d->members) : result;
    result = result == CLI_OK ? cli_people_count(&session, NULL, d->now_us, &d->all) : result;
    kith_expression_free(where);
    cli_formula_clear(&asked);
    cli_session_end(&session);
    return result;
}

static const char *change_word(kith_change change) {
    return change == KITH_ADDED ? "added" : change == KITH_UPDATED ? "updated" : "unchanged";
}

static void print_defined_json(const defining *d) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_text(&json, "name", d->name);
    cli_json_text(&json, "change", change_word(d->change));
    cli_json_count(&json, "version", d->version);
    if (d->kind == KITH_SCORE) {
        cli_score_json_model(&json, d->expression);
        cli_json_boolean(&json, "learns", d->model.learns);
    } else {
        cli_json_text(&json, "expression", d->expression);
        cli_json_boolean(&json, "dry_run", d->dry);
    }
    if (d->dry) {
        cli_json_count(&json, "members", d->members);
        cli_json_count(&json, "profiles", d->all);
    }
    cli_json_end(&json);
}

static void print_defined(const defining *d) {
    char number[CLI_NUMBER_BYTES], of[CLI_NUMBER_BYTES];
    char *name = cli_text_clean(d->name, strlen(d->name));
    printf("%s '%s': %s", word_of(d->kind), name, d->dry ? "nothing written, it would be " : "");
    if (d->change == KITH_UPDATED) {
        printf("version %" PRIu32 "\n", d->version);
    } else {
        puts(change_word(d->change));
    }
    if (d->dry) {
        printf("%s of %s profiles would %s now\n", cli_count_text(d->members, number),
               cli_count_text(d->all, of), d->kind == KITH_SEGMENT ? "be in it" : "have it");
    }
    if (d->kind == KITH_SCORE && d->model.learns && !d->model.learnt) {
        printf("'kith score fit' learns from the customers what it is to say of one\n");
    }
    free(name);
}

static int define(defining *d) {
    cli_session session;
    int result = cli_session_begin(d->arguments, KITH_WRITE, &session);
    if (result != CLI_OK) {
        return result;
    }
    result = put(d, &session);
    if (result == CLI_OK && !d->dry) {
        result = cli_session_commit(&session);
    }
    cli_session_end(&session);
    if (result == CLI_OK && d->dry) {
        result = count_ahead(d);
    }
    if (result == CLI_OK && d->arguments->json) {
        print_defined_json(d);
    } else if (result == CLI_OK) {
        print_defined(d);
    }
    return result;
}

int cli_define_add(const cli_arguments *arguments, kith_definition_kind kind) {
    defining d;
    int result = read_defining(arguments, kind, &d);
    if (result == CLI_OK) {
        result = define(&d);
    }
    cli_formula_clear(&d.formula);
    free(d.expression);
    free(d.note);
    return result;
}

/* list */

static void add_titles(cli_table *table, kith_definition_kind kind) {
    static const char *const segment[] = {"segment", "version", "members", "expression", "note"};
    static const char *const trait[] = {"trait", "version", "gives", "expression", "note"};
    static const char *const score[] = {"score", "version", "customers", "kind", "fitted", "note"};
    if (kind == KITH_SCORE) {
        cli_table_init(table, "lrrlll");
        cli_table_add_titles(table, score, 6);
    } else {
        cli_table_init(table, kind == KITH_SEGMENT ? "lrrll" : "lrlll");
        cli_table_add_titles(table, kind == KITH_SEGMENT ? segment : trait, 5);
    }
}

/* What a score is, and whether it says anything. */
static void add_score(cli_table *table, kith_txn *txn, const kith_definition *definition) {
    kith_score_model model = KITH_SCORE_MODEL_INIT;
    kith_score_model_get(txn, definition->name, &model);
    char *fitted = cli_score_fitted_text(definition->expression);
    cli_table_add(table, "%s", model.kind);
    cli_table_add(table, "%s", model.learns && !model.learnt ? "not yet" : fitted);
    free(fitted);
}

static void add_row(cli_table *table, kith_txn *txn, const kith_definition *definition,
                    uint64_t members) {
    cli_table_add(table, "%s", definition->name);
    cli_table_add(table, "%" PRIu32, definition->version);
    if (definition->kind == KITH_TRAIT) {
        cli_table_add(table, "%s", definition->gives);
    } else {
        cli_table_add_count(table, members);
    }
    if (definition->kind == KITH_SCORE) {
        add_score(table, txn, definition);
    } else {
        cli_table_add(table, "%s", definition->expression);
    }
    cli_table_add(table, "%s", definition->note);
}

static void add_object(cli_json *json, kith_txn *txn, const kith_definition *definition,
                       uint64_t members) {
    cli_json_object(json, NULL);
    cli_definition_json_members(json, definition);
    if (definition->kind == KITH_SCORE) {
        cli_score_json_about(json, txn, definition->name);
    }
    if (definition->kind != KITH_TRAIT) {
        cli_json_count(json, "members", members);
    }
    cli_json_end(json);
}

/* Each goes to the table, or, where there is one, to the list of the JSON. */
static int list_each(const cli_session *session, kith_definition_kind kind, int64_t now_us,
                     cli_table *table, cli_json *json) {
    kith_definition found = KITH_DEFINITION_INIT;
    size_t cursor = 0;
    int result = CLI_OK;
    int code = kith_definition_next(session->txn, kind, &cursor, &found);
    while (result == CLI_OK && code == KITH_OK) {
        uint64_t members = 0;
        if (kind != KITH_TRAIT) {
            result = cli_definition_count(session, &found, now_us, &members);
        }
        if (result == CLI_OK && json != NULL) {
            add_object(json, session->txn, &found, members);
        } else if (result == CLI_OK) {
            add_row(table, session->txn, &found, members);
        }
        code = kith_definition_next(session->txn, kind, &cursor, &found);
    }
    return result == CLI_OK && code != KITH_DONE ? cli_session_fail(session) : result;
}

static int print_list(const cli_session *session, kith_definition_kind kind, int64_t now_us) {
    cli_table table;
    add_titles(&table, kind);
    size_t titles = table.cell_count;
    int result = list_each(session, kind, now_us, &table, NULL);
    if (result == CLI_OK && table.cell_count > titles) {
        cli_table_print(&table, stdout);
    }
    cli_table_clear(&table);
    return result;
}

static const char *plural_of(kith_definition_kind kind) {
    return kind == KITH_SEGMENT ? "segments" : kind == KITH_TRAIT ? "traits" : "scores";
}

static int print_list_json(const cli_session *session, kith_definition_kind kind, int64_t now_us) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_list(&json, plural_of(kind));
    int result = list_each(session, kind, now_us, NULL, &json);
    cli_json_end(&json);
    cli_json_end(&json);
    return result;
}

int cli_define_list(const cli_arguments *arguments, kith_definition_kind kind, int64_t now_us) {
    cli_session session;
    int result = cli_session_begin(arguments, KITH_READ, &session);
    if (result != CLI_OK) {
        return result;
    }
    result = arguments->json ? print_list_json(&session, kind, now_us)
                             : print_list(&session, kind, now_us);
    cli_session_end(&session);
    return result;
}

/* show */

/* A version that isn't in force was checked against the definitions of its time: only what it said
 * is shown. */
static void show_old(const kith_definition *definition, bool as_json) {
    cli_json json;
    if (!as_json) {
        cli_definition_print_head(definition);
        cli_definition_print_body(definition);
        return;
    }
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_definition_json_members(&json, definition);
    cli_json_end(&json);
}

static int show_in_force(const cli_session *session, const kith_definition *definition,
                         int64_t now_us) {
    uint64_t members = 0, all = 0;
    int result = cli_definition_count(session, definition, now_us, &members);
    result = result == CLI_OK ? cli_people_count(session, NULL, now_us, &all) : result;
    if (result != CLI_OK) {
        return result;
    }
    return session->json ? cli_definition_print_json(session, definition, members, all)
                         : cli_definition_print(session, definition, members, all);
}

int cli_define_show(const cli_arguments *arguments, kith_definition_kind kind, int64_t now_us) {
    kith_definition found = KITH_DEFINITION_INIT;
    cli_session session;
    uint64_t version = 0;
    int result = cli_option_count(arguments, "version", 0, &version);
    if (result == CLI_OK &&
        (version > UINT32_MAX || (version == 0 && cli_option_get(arguments, "version")))) {
        result = cli_usage(arguments->command, "--version needs a number from 1 on");
    }
    if (result == CLI_OK) {
        result = cli_session_begin(arguments, KITH_READ, &session);
    }
    if (result != CLI_OK) {
        return result;
    }
    result = cli_definition_get(&session, kind, arguments->operands[1], (uint32_t)version, &found);
    if (result == CLI_OK && version > 0) {
        show_old(&found, arguments->json);
    } else if (result == CLI_OK) {
        result = show_in_force(&session, &found, now_us);
    }
    cli_session_end(&session);
    return result;
}

/* remove */

static void print_removed(const cli_arguments *arguments, kith_definition_kind kind) {
    cli_json json;
    if (arguments->json) {
        cli_json_init(&json, stdout);
        cli_json_object(&json, NULL);
        cli_json_boolean(&json, "found", true);
        cli_json_text(&json, "name", arguments->operands[1]);
        cli_json_text(&json, "change", "removed");
        cli_json_end(&json);
    } else {
        char *name = cli_text_clean(arguments->operands[1], strlen(arguments->operands[1]));
        printf("%s '%s': removed\n", word_of(kind), name);
        free(name);
    }
}

int cli_define_remove(const cli_arguments *arguments, kith_definition_kind kind, int64_t now_us) {
    cli_session session;
    int result = cli_session_begin(arguments, KITH_WRITE, &session);
    if (result != CLI_OK) {
        return result;
    }
    int code = kith_definition_remove(session.txn, kind, arguments->operands[1], now_us);
    const char *message = kith_txn_error(session.txn)->message;
    if (code == KITH_NOT_FOUND) {
        result = cli_session_no(&session, "%s", message);
    } else if (code == KITH_INVALID) {
        cli_fail("%s", message);
        result = CLI_NO;
    } else {
        result = code == KITH_OK ? cli_session_commit(&session) : cli_session_fail(&session);
    }
    cli_session_end(&session);
    if (result == CLI_OK) {
        print_removed(arguments, kind);
    }
    return result;
}

/* All */

int cli_define_run(const cli_arguments *arguments, kith_definition_kind kind,
                   cli_define_action *act) {
    int64_t now_us = 0;
    int result = cli_option_now(arguments, &now_us);
    return result == CLI_OK ? act(arguments, kind, now_us) : result;
}

static int run_segment_add(const cli_arguments *arguments) {
    return cli_define_add(arguments, KITH_SEGMENT);
}

static int run_segment_list(const cli_arguments *arguments) {
    return cli_define_run(arguments, KITH_SEGMENT, cli_define_list);
}

static int run_segment_show(const cli_arguments *arguments) {
    return cli_define_run(arguments, KITH_SEGMENT, cli_define_show);
}

static int run_segment_remove(const cli_arguments *arguments) {
    return cli_define_run(arguments, KITH_SEGMENT, cli_define_remove);
}

static int run_trait_add(const cli_arguments *arguments) {
    return cli_define_add(arguments, KITH_TRAIT);
}

static int run_trait_list(const cli_arguments *arguments) {
    return cli_define_run(arguments, KITH_TRAIT, cli_define_list);
}

static int run_trait_show(const cli_arguments *arguments) {
    return cli_define_run(arguments, KITH_TRAIT, cli_define_show);
}

static int run_trait_remove(const cli_arguments *arguments) {
    return cli_define_run(arguments, KITH_TRAIT, cli_define_remove);
}

#define ADD_OPTIONS                                                                                \
    {"note", "TEXT", "what it is for; a new version keeps it"}, CLI_FORMULA_OPTIONS,               \
        {"twin", NULL, "the expression is the JSON twin"},                                         \
        {"dry-run", NULL, "say how many it would hold, and write nothing"},                        \
        {"now", "TIME", "the time that it is (default: the clock)"}, CLI_MAP_SIZE_OPTION
const cli_command cli_command_segment_add = {
    .name = "segment add",
    .summary = "define a segment, or a new version of one",
    .usage = "STORE NAME EXPRESSION [--note TEXT] [--dry-run] [options]",
    .operands = {"STORE", "NAME", "EXPRESSION"},
    .optional_operands = 1,
    .options = {ADD_OPTIONS},
    .details =
        "Who is in it follows at once for whoever reads; 'kith settle' makes such reads fast, and\n"
        "writes down who entered and left. Expressions ask for it by segment('NAME').\n"
        "\n"
        "  kith segment add shop.kith regulars \"count(order LAST 90d) >= 3\" --note 'a mug each'\n"
        "  kith segment add shop.kith regulars --file regulars.txt --dry-run\n"
        "\n"
        "Exit code 1: the expression means nothing, or asks for the segment itself.",
    .run = run_segment_add,
};

const cli_command cli_command_segment_list = {
    .name = "segment list",
    .summary = "list the segments, and how many are in each",
    .usage = "STORE [--now TIME]",
    .operands = {"STORE"},
    .options = {CLI_DEFINE_NOW_OPTION},
    .details = "  kith segment list shop.kith",
    .run = run_segment_list,
};

const cli_command cli_command_segment_show = {
    .name = "segment show",
    .summary = "show a segment: its expression, versions, what it asks for, who asks for it",
    .usage = "STORE NAME [--version N] [--now TIME]",
    .operands = {"STORE", "NAME"},
    .options = {CLI_DEFINE_VERSION_OPTION, CLI_DEFINE_NOW_OPTION},
    .details = "Exit code 1: there is no such segment, or no such version of it.\n"
               "\n"
               "  kith segment show shop.kith regulars",
    .run = run_segment_show,
};

const cli_command cli_command_segment_remove = {
    .name = "segment remove",
    .summary = "remove a segment; its versions stay",
    .usage = "STORE NAME [--now TIME]",
    .operands = {"STORE", "NAME"},
    .options = {{"now", "TIME", "the time that it is (default: the clock)"}, CLI_MAP_SIZE_OPTION},
    .details = "Exit code 1: there is no such segment, or another one asks for it.\n"
               "\n"
               "  kith segment remove shop.kith regulars",
    .run = run_segment_remove,
};

const cli_command cli_command_trait_add = {
    .name = "trait add",
    .summary = "define a trait, a value that each customer has, or a new version of one",
    .usage = "STORE NAME EXPRESSION [--note TEXT] [--dry-run] [options]",
    .operands = {"STORE", "NAME", "EXPRESSION"},
    .optional_operands = 1,
    .options = {ADD_OPTIONS},
    .details =
        "Expressions ask for it by its name, as for an attribute, and it goes before one of that\n"
        "name. Its value must not move with the time itself: now - last(order.at).\n"
        "\n"
        "  kith trait add shop.kith spent_365d \"sum(order.total LAST 365d)\"\n"
        "  kith query shop.kith \"spent_365d > 1000\" --columns 'email, spent_365d'\n"
        "\n"
        "Exit code 1: the expression means nothing, or asks for the trait itself.",
    .run = run_trait_add,
};

const cli_command cli_command_trait_list = {
    .name = "trait list",
    .summary = "list the traits",
    .usage = "STORE",
    .operands = {"STORE"},
    .details = "  kith trait list shop.kith",
    .run = run_trait_list,
};

const cli_command cli_command_trait_show = {
    .name = "trait show",
    .summary = "show a trait: its expression, versions, what it asks for, who asks for it",
    .usage = "STORE NAME [--version N] [--now TIME]",
    .operands = {"STORE", "NAME"},
    .options = {CLI_DEFINE_VERSION_OPTION, CLI_DEFINE_NOW_OPTION},
    .details = "Exit code 1: there is no such trait, or no such version of it.\n"
               "\n"
               "  kith trait show shop.kith spent_365d",
    .run = run_trait_show,
};

const cli_command cli_command_trait_remove = {
    .name = "trait remove",
    .summary = "remove a trait; its versions stay",
    .usage = "STORE NAME [--now TIME]",
    .operands = {"STORE", "NAME"},
    .options = {{"now", "TIME", "the time that it is (default: the clock)"}, CLI_MAP_SIZE_OPTION},
    .details = "Exit code 1: there is no such trait, or a segment or trait asks for it.\n"
               "\n"
               "  kith trait remove shop.kith spent_365d",
    .run = run_trait_remove,
};
