/* score apply: what a score says of all customers, the best first. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/asked_columns.h"
#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/definition_card.h"
#include "src/cli/formula.h"
#include "src/cli/json_writer.h"
#include "src/cli/people.h"
#include "src/cli/ranking.h"
#include "src/cli/row_writer.h"
#include "src/cli/score_card.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

#define CUSTOMERS_SHOWN 20 /* to people, unless they ask for more */
#define GROUPS_SHOWN    20

/* How the answer is written. */
typedef enum form { FOR_PEOPLE, AS_OBJECT, AS_ROWS } form;

typedef struct applying {
    const cli_arguments *arguments;
    const cli_session *session;
    const char *score;
    int64_t now_us;
    form form;
    kith_format rows; /* AS_ROWS: CSV or JSON lines */
    kith_score_model model;
    uint32_t version;
    size_t output;       /* the column by which customers are ranked */
    size_t output_count; /* columns, which are the outputs; behind them those that were asked for */
    bool numeric;        /* its values are numbers */
    cli_columns columns;
    kith_expression *where; /* NULL: everybody */
    cli_groups groups;      /* of an output that is a text */
    cli_ranking ranking;
    uint64_t count, without; /* who have a value, and who have none */
} applying;

/* Reading */

static int read_form(applying *a) {
    const char *format = cli_option_get(a->arguments, "format");
    uint64_t top = 0;
    int result = cli_option_format(a->arguments, &a->rows);
    if (result == CLI_OK && a->rows == KITH_FORMAT_ARROW) {
        result = cli_usage(a->arguments->command,
                           "score apply writes csv or jsonl; 'kith query' writes arrow");
    }
    a->form = format != NULL ? AS_ROWS : a->arguments->json ? AS_OBJECT : FOR_PEOPLE;
    uint64_t shown = a->form == FOR_PEOPLE ? CUSTOMERS_SHOWN : 0;
    result = result == CLI_OK ? cli_option_count(a->arguments, "top", shown, &top) : result;
    if (result == CLI_OK && top == 0 && cli_option_get(a->arguments, "top") != NULL) {
        result = cli_usage(a->arguments->command, "--top needs a number from 1 on");
    }
    a->ranking.limit = (size_t)top;
    return result;
}

static int refuse_output(const applying *a, const char *wanted) {
    kith_score_about about = KITH_SCORE_ABOUT_INIT;
    char *all = cli_format("%s", "");
    size_t cursor = 0;
    while (kith_score_next_output(a->session->txn, a->score, &cursor, &about) == KITH_OK) {
        char *longer = cli_format("%s%s%s", all, all[0] != '\0' ? ", " : "", about.output);
        free(all);
        all = longer;
    }
    int result = cli_usage(a->arguments->command, "score '%s' has no output '%s'; it has %s",
                           a->score, wanted, all);
    free(all);
    return result;
}

/* The outputs become columns; the one that ranks is --output, or the first. */
static int read_outputs(applying *a) {
    const char *wanted = cli_option_get(a->arguments, "output");
    kith_score_about about = KITH_SCORE_ABOUT_INIT;
    bool found = false;
    size_t cursor = 0;
    int result = CLI_OK;
    while (result == CLI_OK &&
           kith_score_next_output(a->session->txn, a->score, &cursor, &about) == KITH_OK) {
        bool ranks = !found && (wanted == NULL || strcmp(wanted, about.output) == 0);
        if (ranks) {
            found = true;
            a->output = a->columns.count;
            a->numeric = strcmp(about.gives, "number") == 0;
        }
        char *name = cli_format("%s.%s", a->score, about.output);
        result = cli_columns_add_output(&a->columns, a->session, a->score, about.output, name);
    }
    a->output_count = a->columns.count;
    return result == CLI_OK && !found ? refuse_output(a, wanted) : result;
}

static int read_score(applying *a) {
    kith_definition found = KITH_DEFINITION_INIT;
    int result = cli_definition_get(a->session, KITH_SCORE, a->score, 0, &found);
    if (result != CLI_OK) {
        return result;
    }
    a->version = found.version;
    cli_score_put_names(&a->groups, found.expression);
    if (kith_score_model_get(a->session->txn, a->score, &a->model) != KITH_OK) {
        return cli_session_fail(a->session);
    }
    if (a->model.learns && !a->model.learnt) {
        return cli_session_no(
            a->session, "score '%s' says nothing before it is fitted: 'kith score fit'", a->score);
    }
    return read_outputs(a);
}

/* Ranking */

static double number_of(const kith_value *value) {
    return value->type == KITH_TYPE_INTEGER ? (double)value->as.integer : value->as.real;
}

/* Groups are told by texts as the store has them, or else as values are written: dates. */
static const cli_group *count_in_group(applying *a, const kith_value *value) {
    if (value->type == KITH_TYPE_TEXT) {
        return cli_groups_count(&a->groups, value->as.text.data, value->as.text.size);
    }
    char *text = cli_value_text(value);
    const cli_group *group = cli_groups_count(&a->groups, text, strlen(text));
    free(text);
    return group;
}

static void take_row(void *context, const kith_query_row *row) {
    applying *a = context;
    const kith_value *value = &row->values[a->output];
    if (value->type == KITH_TYPE_NULL) {
        a->without++;
        return;
    }
    a->count++;
    if (a->numeric) {
        cli_ranking_offer(&a->ranking, &row->id, NULL, number_of(value), row->values);
    } else {
        cli_ranking_offer(&a->ranking, &row->id, count_in_group(a, value), 0, row->values);
    }
}

static int rank(applying *a) {
    a->ranking.column_count = a->columns.count;
    int result = cli_people_each(a->session, &a->columns, a->where, a->now_us, take_row, a);
    cli_groups_sort(&a->groups);
    cli_ranking_sort(&a->ranking);
    return result;
}

/* Writing */

static void write_rows(const applying *a) {
    cli_rows rows;
    cli_rows_begin(&rows, &a->columns, a->rows == KITH_FORMAT_JSONL);
    for (size_t i = 0; i < a->ranking.count; i++) {
        cli_rows_put(&rows, &a->ranking.items[i].id, a->ranking.items[i].values);
    }
}

static void write_customers(cli_json *json, const applying *a) {
    cli_json_list(json, "customers");
    for (size_t i = 0; i < a->ranking.count; i++) {
        const cli_ranked *item = &a->ranking.items[i];
        cli_json_object(json, NULL);
        cli_json_id(json, CLI_ID_COLUMN, &item->id);
        for (size_t j = 0; j < a->columns.count; j++) {
            cli_json_value(json, a->columns.names[j], &item->values[j]);
        }
        cli_json_end(json);
    }
    cli_json_end(json);
}

static void write_object(const applying *a) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_text(&json, "score", a->score);
    cli_json_text(&json, "kind", a->model.kind);
    cli_json_count(&json, "version", a->version);
    cli_json_text(&json, "output", a->columns.names[a->output] + strlen(a->score) + 1);
    cli_json_count(&json, "count", a->count);
    cli_json_count(&json, "without", a->without);
    cli_json_list(&json, "groups");
    for (size_t i = 0; !a->numeric && i < a->groups.count; i++) {
        cli_json_object(&json, NULL);
        cli_json_text(&json, "value", a->groups.items[i]->name);
        cli_json_count(&json, "count", a->groups.items[i]->count);
        cli_json_end(&json);
    }
    cli_json_end(&json);
    write_customers(&json, a);
    cli_json_end(&json);
}

static void print_groups(const applying *a) {
    char number[CLI_NUMBER_BYTES];
    cli_table table;
    cli_table_init(&table, "lrr");
    table.indent = 2;
    for (size_t i = 0; i < a->groups.count && i < GROUPS_SHOWN; i++) {
        const cli_group *group = a->groups.items[i];
        cli_table_add(&table, "%s", group->name);
        cli_table_add_count(&table, group->count);
        cli_table_add(&table, "%.1f%%",
                      a->count > 0 ? 100.0 * (double)group->count / (double)a->count : 0.0);
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
    if (a->groups.count > GROUPS_SHOWN) {
        printf("  ... and %s more; --json has all\n",
               cli_count_text(a->groups.count - GROUPS_SHOWN, number));
    }
}

/* Numbers of a score are shown with as many digits as they are worth; rows have all of them. */
static void add_value(cli_table *table, const applying *a, size_t column, const kith_value *value) {
    if (column < a->output_count && value->type == KITH_TYPE_REAL) {
        cli_table_add(table, "%.6g", value->as.real);
        return;
    }
    char *text = cli_value_text(value);
    cli_table_add(table, "%s", text);
    free(text);
}

static void print_customers(const applying *a) {
    char alignment[CLI_COLUMNS_MAX + 1] = "l", id[KITH_ID_TEXT_BYTES];
    size_t columns =
        a->columns.count < CLI_COLUMNS_MAX - 1 ? a->columns.count : CLI_COLUMNS_MAX - 1;
    cli_table table;
    for (size_t i = 0; i < columns; i++) {
        bool text = a->ranking.items[0].values[i].type == KITH_TYPE_TEXT;
        alignment[i + 1] = text ? 'l' : 'r';
    }
    cli_table_init(&table, alignment);
    cli_table_add_titles(&table, (const char *const[]){CLI_ID_COLUMN}, 1);
    cli_table_add_titles(&table, (const char *const *)a->columns.names, columns);
    for (size_t i = 0; i < a->ranking.count; i++) {
        kith_id_format(&a->ranking.items[i].id, id);
        cli_table_add(&table, "%s", id);
        for (size_t j = 0; j < columns; j++) {
            add_value(&table, a, j, &a->ranking.items[i].values[j]);
        }
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_all(const applying *a) {
    char has[CLI_NUMBER_BYTES], none[CLI_NUMBER_BYTES], more[CLI_NUMBER_BYTES];
    char *name = cli_text_clean(a->columns.names[a->output], strlen(a->columns.names[a->output]));
    printf("%s%s%s  %s customer%s", cli_bold(stdout), name, cli_plain(stdout),
           cli_count_text(a->count, has), cli_plural(a->count));
    printf(a->without > 0 ? ", %s without a value\n" : "\n", cli_count_text(a->without, none));
    free(name);
    if (!a->numeric) {
        print_groups(a);
    }
    if (a->ranking.count > 0) {
        putchar('\n');
        print_customers(a);
    }
    if (a->count > a->ranking.count) {
        printf("... and %s more; --top N shows more, --format csv writes all\n",
               cli_count_text(a->count - a->ranking.count, more));
    }
}

static void write_answer(const applying *a) {
    if (a->form == FOR_PEOPLE) {
        print_all(a);
    } else if (a->form == AS_OBJECT) {
        write_object(a);
    } else {
        write_rows(a);
    }
}

/* All */

static int apply(applying *a) {
    int result = read_score(a);
    result =
        result == CLI_OK ? cli_formula_where(a->arguments, a->session->txn, &a->where) : result;
    result = result == CLI_OK ? cli_columns_read(a->arguments, a->session, &a->columns) : result;
    result = result == CLI_OK ? rank(a) : result;
    if (result == CLI_OK) {
        write_answer(a);
    }
    cli_ranking_clear(&a->ranking);
    cli_groups_clear(&a->groups);
    cli_columns_clear(&a->columns);
    kith_expression_free(a->where);
    return result;
}

static int run_apply(const cli_arguments *arguments) {
    applying a = {.arguments = arguments, .score = arguments->operands[1]};
    cli_session session;
    a.model = (kith_score_model)KITH_SCORE_MODEL_INIT;
    int result = cli_option_now(arguments, &a.now_us);
    result = result == CLI_OK ? read_form(&a) : result;
    result = result == CLI_OK ? cli_session_begin(arguments, KITH_READ, &session) : result;
    if (result != CLI_OK) {
        return result;
    }
    a.session = &session;
    result = apply(&a);
    cli_session_end(&session);
    return result;
}

const cli_command cli_command_score_apply = {
    .name = "score apply",
    .summary = "list what a score says of the customers, the highest first",
    .usage = "STORE NAME [--top N] [--output NAME] [--where CONDITION]\n"
             "           [--columns EXPRESSIONS] [--format csv|jsonl] [--as-of TIME]",
    .operands = {"STORE", "NAME"},
    .options = {{"top", "N", "only the first N (default: 20 for people, else all)"},
                {"output", "NAME", "the output by which they stand (default: the first)"},
                {"where", "CONDITION", "of those alone (default: all customers)"},
                {"columns", "EXPRESSIONS",
                 "what else is asked about each: 'city, count(order) as orders'"},
                {"format", "FORMAT", "the rows alone: csv, or jsonl, one JSON object a line"},
                CLI_AS_OF_OPTIONS},
    .details =
        "All outputs of the score are columns, called NAME.OUTPUT. Where the one by which they\n"
        "stand is a number the highest goes first, else how many have each value is told, and\n"
        "customers stand by it; ties go by profile id. Who has no value isn't listed. What is\n"
        "listed is held in memory; --top N holds N.\n" CLI_AS_OF_DETAILS "\n"
        "  kith score apply shop.kith tier\n"
        "  kith score apply shop.kith repeat --output value --top 100 --columns email --format "
        "csv\n"
        "\n"
        "Exit code 1: there is no such score, it isn't fitted, or an expression means nothing.",
    .run = run_apply,
};
