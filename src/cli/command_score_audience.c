/* score audience: those of whom a score says most, some of whom are left alone, so that what was
 * done to the others can be told. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/asked_columns.h"
#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/definition_card.h"
#include "src/cli/formula.h"
#include "src/cli/json_writer.h"
#include "src/cli/people.h"
#include "src/cli/progress_bar.h"
#include "src/cli/quote.h"
#include "src/cli/ranking.h"
#include "src/cli/row_writer.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

#define CUSTOMERS_SHOWN 20 /* to people */
#define REASONS_SHOWN   3
#define ALPHA_USUAL     .05
#define POWER_USUAL     .8
#define GROUP           "group"
#define REASONS         "reasons"

/* What is known of one who is in the audience. */
typedef struct member {
    bool control;
    kith_score_explanation *why; /* owned; NULL: it isn't asked for */
} member;

typedef struct audience {
    const cli_arguments *arguments;
    const cli_session *session;
    const char *score, *salt;
    int64_t now_us;
    kith_score_model model;
    uint32_t version;
    kith_expression *where; /* NULL: everybody */
    bool without_seed;      /* `where` leaves out those of the seed */
    cli_columns columns;    /* the outputs, and what else is asked for */
    size_t output_count;
    cli_ranking ranking;
    uint64_t candidate_count;
    bool planned; /* some are left alone */
    bool reasons; /* those of each are told */
    kith_control_options wanted;
    kith_control_plan plan;
    member *members; /* owned: as the ranking has them */
    size_t control_count;
} audience;

/* Reading */

static int read_control(audience *a) {
    const cli_arguments *arguments = a->arguments;
    bool rate = cli_option_get(arguments, "base-rate") != NULL;
    bool lift = cli_option_get(arguments, "lift") != NULL;
    if (rate != lift) {
        return cli_usage(arguments->command, "a control group needs both --base-rate and --lift");
    }
    if (!rate &&
        (cli_option_get(arguments, "alpha") != NULL || cli_option_get(arguments, "power") != NULL ||
         cli_option_get(arguments, "salt") != NULL)) {
        return cli_usage(arguments->command,
                         "--alpha, --power and --salt are of a control group: --base-rate, --lift");
    }
    const char *salt = cli_option_get(arguments, "salt");
    a->planned = rate;
    a->salt = salt != NULL ? salt : a->score;
    int result = cli_option_real(arguments, "base-rate", 0, &a->wanted.base_rate);
    result = result == CLI_OK ? cli_option_change(arguments, "lift", 0, &a->wanted.lift) : result;
    result = result == CLI_OK ? cli_option_real(arguments, "alpha", ALPHA_USUAL, &a->wanted.alpha)
                              : result;
    return result == CLI_OK ? cli_option_real(arguments, "power", POWER_USUAL, &a->wanted.power)
                            : result;
}

static int read_top(audience *a) {
    uint64_t top = 0;
    int result = cli_option_count(a->arguments, "top", 0, &top);
    if (result == CLI_OK && top == 0) {
        return cli_usage(a->arguments->command,
                         "score audience needs --top N, how many it is to have");
    }
    a->ranking.limit = (size_t)top;
    return result;
}

static int read_outputs(audience *a) {
    kith_score_about about = KITH_SCORE_ABOUT_INIT;
    int result = CLI_OK;
    for (size_t at = 0; result == CLI_OK && kith_score_next_output(a->session->txn, a->score, &at,
                                                                   &about) == KITH_OK;) {
        if (a->output_count == 0 && strcmp(about.gives, "number") != 0) {
            return cli_session_no(a->session,
                                  "score '%s' is of kind %s, which says a %s; an audience is of "
                                  "those of whom a score says the highest number",
                                  a->score, a->model.kind, about.gives);
        }
        result = cli_columns_add_output(&a->columns, a->session, a->score, about.output,
                                        cli_format("%s", about.output));
        a->output_count++;
    }
    return result;
}

static int parse(audience *a, const char *text, kith_expression **out) {
    const cli_formula formula = {(char *)text, strlen(text)};
    return cli_formula_parse(&formula, a->session->txn, NULL, a->arguments->json, out);
}

/* The condition of those whom others are to be like, in brackets: NOT (...). Owned; NULL: there are
 * none to leave out. */
static char *seed_left_out(const audience *a, const char *definition) {
    json_t *root = json_loads(definition, JSON_ALLOW_NUL, NULL);
    const char *seed = json_string_value(json_object_get(root, "seed"));
    bool leaves = strcmp(a->model.kind, "lookalike") == 0 && seed != NULL &&
                  cli_option_get(a->arguments, "with-seed") == NULL;
    char *text = leaves ? cli_format("NOT (%s)", seed) : NULL;
    json_decref(root);
    return text;
}

static int read_where(audience *a, const char *definition) {
    const char *given = cli_option_get(a->arguments, "where");
    char *left_out = seed_left_out(a, definition);
    int result = cli_formula_where(a->arguments, a->session->txn, &a->where);
    if (result == CLI_OK && left_out != NULL) {
        char *both =
            given != NULL ? cli_format("(%s) AND %s", given, left_out) : cli_format("%s", left_out);
        kith_expression_free(a->where);
        a->where = NULL;
        a->without_seed = true;
        result = parse(a, both, &a->where);
        free(both);
    }
    free(left_out);
    return result;
}

/* What is told of each member has columns of its own behind those that are asked for. */
static int read_columns(audience *a) {
    const cli_columns *columns = &a->columns;
    const char *const told[] = {a->planned ? GROUP : NULL, a->reasons ? REASONS : NULL};
    size_t most = KITH_QUERY_COLUMNS_MAX - sizeof told / sizeof told[0];
    int result = cli_columns_read(a->arguments, a->session, &a->columns);
    if (result == CLI_OK && columns->count > most) {
        return cli_usage(a->arguments->command, "at most %zu columns may be asked for",
                         most - a->output_count);
    }
    for (size_t i = 0; result == CLI_OK && i < sizeof told / sizeof told[0]; i++) {
        for (size_t j = 0; told[i] != NULL && j < columns->count; j++) {
            if (strcmp(told[i], columns->names[j]) == 0) {
                return cli_usage(a->arguments->command,
                                 "a column '%s' is told of each, call yours otherwise", told[i]);
            }
        }
    }
    return result;
}

static int read_score(audience *a) {
    kith_definition found = KITH_DEFINITION_INIT;
    int result = cli_definition_get(a->session, KITH_SCORE, a->score, 0, &found);
    if (result != CLI_OK) {
        return result;
    }
    char *definition = cli_format("%s", found.expression);
    a->version = found.version;
    if (kith_score_model_get(a->session->txn, a->score, &a->model) != KITH_OK) {
        result = cli_session_fail(a->session);
    } else if (a->model.learns && !a->model.learnt) {
        result = cli_session_no(
            a->session, "score '%s' says nothing before it is fitted: 'kith score fit'", a->score);
    }
    result = result == CLI_OK ? read_outputs(a) : result;
    result = result == CLI_OK ? read_where(a, definition) : result;
    free(definition);
    return result == CLI_OK ? read_columns(a) : result;
}

/* Ranking */

static void take_row(void *context, const kith_query_row *row) {
    audience *a = context;
    const kith_value *value = &row->values[0];
    if (value->type != KITH_TYPE_NULL) {
        double number =
            value->type == KITH_TYPE_INTEGER ? (double)value->as.integer : value->as.real;
        a->candidate_count++;
        cli_ranking_offer(&a->ranking, &row->id, NULL, number, row->values);
    }
}

static int rank(audience *a) {
    a->ranking.column_count = a->columns.count;
    int result = cli_people_each(a->session, &a->columns, a->where, a->now_us, take_row, a);
    cli_ranking_sort(&a->ranking);
    a->members = cli_allocate((a->ranking.count + 1) * sizeof *a->members);
    memset(a->members, 0, (a->ranking.count + 1) * sizeof *a->members);
    return result;
}

/* Who is left alone, and why each is in it */

/* bucket('SALT', 0, N): owned. */
static char *bucket_text(const audience *a) {
    char *salt = cli_quote(a->salt);
    char *text = cli_format("bucket(%s, 0, %" PRIu32 ")", salt, a->plan.bucket_count);
    free(salt);
    return text;
}

static int make_plan(audience *a, kith_expression **out_draw) {
    kith_error error = KITH_ERROR_INIT;
    if (!a->planned || a->ranking.count == 0) {
        a->planned = false;
        return CLI_OK;
    }
    a->wanted.audience_count = (uint32_t)a->ranking.count;
    int code = kith_control_group(&a->wanted, &a->plan, &error);
    if (code != KITH_OK) {
        return code == KITH_INVALID ? cli_usage(a->arguments->command, "%s", error.message)
                                    : cli_fail_error(&error);
    }
    char *text = bucket_text(a);
    int result = parse(a, text, out_draw);
    free(text);
    return result;
}

static int learn_member(audience *a, const kith_expression *draw, size_t at) {
    kith_profile profile = KITH_PROFILE_INIT;
    kith_outcome outcome = KITH_OUTCOME_INIT;
    if (draw == NULL && !a->reasons) {
        return CLI_OK;
    }
    int code = kith_profile_get(a->session->txn, &a->ranking.items[at].id, a->now_us, &profile);
    if (code == KITH_OK && draw != NULL) {
        code = kith_expression_evaluate(draw, &profile, a->now_us, &outcome);
        a->members[at].control = outcome.truth;
        a->control_count += outcome.truth;
    }
    if (code == KITH_OK && a->reasons) {
        code = kith_score_explain(&profile, a->score, a->now_us, &a->members[at].why);
    }
    return code == KITH_OK ? CLI_OK : cli_session_fail(a->session);
}

/* Reasons of many take their time. */
static int learn_each(audience *a, const kith_expression *draw) {
    kith_progress step = {sizeof step, "reasons", 0, a->ranking.count, 0};
    int result = CLI_OK, stop = 0;
    cli_progress bar;
    cli_progress_begin(&bar);
    for (size_t i = 0; result == CLI_OK && stop == 0 && i < a->ranking.count; i++) {
        step.done = i;
        stop = cli_progress_step(&bar, &step);
        result = stop == 0 ? learn_member(a, draw, i) : CLI_OK;
    }
    cli_progress_end(&bar);
    return stop == 0 ? result : cli_people_fail(a->session, KITH_INTERRUPTED);
}

static int learn_members(audience *a) {
    kith_expression *draw = NULL;
    int result = make_plan(a, &draw);
    result = result == CLI_OK ? learn_each(a, draw) : result;
    kith_expression_free(draw);
    return result;
}

static const char *group_of(const audience *a, size_t at) {
    return a->members[at].control ? "control" : "treated";
}

/* The largest reasons but the one that all have: what is said of the average customer. */
static size_t own_reasons(const kith_score_explanation *why,
                          const kith_score_reason *out[REASONS_SHOWN]) {
    size_t count = 0;
    for (size_t i = 0; i < why->reason_count && count < REASONS_SHOWN; i++) {
        if (strcmp(why->reasons[i]->text, "the average customer") != 0) {
            out[count++] = why->reasons[i];
        }
    }
    return count;
}

/* "+1.20 city is York; -0.31 ..."; owned. */
static char *reasons_text(const kith_score_explanation *why) {
    const kith_score_reason *own[REASONS_SHOWN];
    size_t count = own_reasons(why, own);
    char *text = cli_format("%s", "");
    for (size_t i = 0; i < count; i++) {
        char *share = own[i]->adds ? cli_format("%+.2f ", own[i]->share) : cli_format("%s", "");
        char *longer = cli_format("%s%s%s%s", text, i > 0 ? "; " : "", share, own[i]->text);
        free(share);
        free(text);
        text = longer;
    }
    return text;
}

/* For people */

static void print_plan(const audience *a) {
    const kith_control_plan *plan = &a->plan;
    char left[CLI_NUMBER_BYTES], all[CLI_NUMBER_BYTES], *draw = bucket_text(a);
    printf("\n%sleft alone%s: %s of %s, drawn by %s, the same each time\n", cli_bold(stdout),
           cli_plain(stdout), cli_count_text(a->control_count, left),
           cli_count_text(a->ranking.count, all), draw);
    printf("  if %g%% of them do it by themselves, a change by %+g%%", 100 * a->wanted.base_rate,
           100 * a->wanted.lift);
    if (plan->tells) {
        printf(" is seen in %g%% of cases;\n  %s are enough for that, and one is seen where there "
               "is none in %g%%\n",
               100 * a->wanted.power, cli_count_text(plan->control_count, left),
               100 * a->wanted.alpha);
    } else if (plan->least_lift != 0) {
        printf(" can't be told of so few;\n  halves, which they are, tell one by %+.1f%%\n",
               100 * plan->least_lift);
    } else {
        puts(" can't be told of so few,\n  nor can any other");
    }
    free(draw);
}

static void print_head(const audience *a) {
    char date[KITH_TIME_TEXT_BYTES], in[CLI_NUMBER_BYTES], of[CLI_NUMBER_BYTES];
    char *name = cli_text_clean(a->score, strlen(a->score));
    kith_time_format(a->now_us, date);
    printf("%sthe first %s of %s customers%s by score %s (%s, version %" PRIu32 "), as of %.10s\n",
           cli_bold(stdout), cli_count_text(a->ranking.count, in),
           cli_count_text(a->candidate_count, of), cli_plain(stdout), name, a->model.kind,
           a->version, date);
    if (a->ranking.count > 0) {
        printf("their %s is %.6g to %.6g%s\n", a->columns.names[0], a->ranking.items[0].number,
               a->ranking.items[a->ranking.count - 1].number,
               a->without_seed ? "; those of the seed itself are left out" : "");
    }
    free(name);
}

static void add_value(cli_table *table, const audience *a, size_t column, const kith_value *value) {
    if (column < a->output_count && value->type == KITH_TYPE_REAL) {
        cli_table_add(table, "%.6g", value->as.real);
        return;
    }
    char *text = cli_value_text(value);
    cli_table_add(table, "%s", text);
    free(text);
}

static void add_titles(cli_table *table, const audience *a, size_t columns) {
    cli_table_add_titles(table, (const char *const[]){CLI_ID_COLUMN}, 1);
    cli_table_add_titles(table, (const char *const *)a->columns.names, columns);
    if (a->planned) {
        cli_table_add(table, GROUP);
    }
    if (a->reasons) {
        cli_table_add(table, "because");
    }
}

static void add_member(cli_table *table, const audience *a, size_t columns, size_t at) {
    char id[KITH_ID_TEXT_BYTES];
    kith_id_format(&a->ranking.items[at].id, id);
    cli_table_add(table, "%s", id);
    for (size_t j = 0; j < columns; j++) {
        add_value(table, a, j, &a->ranking.items[at].values[j]);
    }
    if (a->planned) {
        cli_table_add(table, "%s", group_of(a, at));
    }
    if (a->members[at].why != NULL) {
        char *text = reasons_text(a->members[at].why);
        cli_table_add(table, "%s", text);
        free(text);
    }
}

static void print_members(const audience *a) {
    char alignment[CLI_COLUMNS_MAX + 1] = "l", more[CLI_NUMBER_BYTES];
    size_t most = CLI_COLUMNS_MAX - 3, count = a->columns.count < most ? a->columns.count : most;
    size_t used = 1;
    cli_table table;
    for (size_t i = 0; i < count; i++) {
        bool text = a->ranking.items[0].values[i].type == KITH_TYPE_TEXT;
        alignment[used++] = text ? 'l' : 'r';
    }
    memset(alignment + used, 'l', (size_t)a->planned + a->reasons);
    putchar('\n');
    cli_table_init(&table, alignment);
    add_titles(&table, a, count);
    for (size_t i = 0; i < a->ranking.count && i < CUSTOMERS_SHOWN; i++) {
        add_member(&table, a, count, i);
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
    if (a->ranking.count > CUSTOMERS_SHOWN) {
        printf("... and %s more; --format csv writes all\n",
               cli_count_text(a->ranking.count - CUSTOMERS_SHOWN, more));
    }
}

static void print_text(const audience *a) {
    print_head(a);
    if (a->planned) {
        print_plan(a);
    }
    if (a->ranking.count > 0) {
        print_members(a);
    }
}

/* Rows */

/* The columns, of which those behind what was asked are told of members. */
static void write_rows(audience *a, kith_format format) {
    size_t asked = a->columns.count;
    cli_rows rows;
    if (a->planned) {
        cli_columns_add(&a->columns, NULL, cli_format(GROUP));
    }
    if (a->reasons) {
        cli_columns_add(&a->columns, NULL, cli_format(REASONS));
    }
    kith_value *values = cli_allocate((a->columns.count + 1) * sizeof *values);
    cli_rows_begin(&rows, &a->columns, format == KITH_FORMAT_JSONL);
    for (size_t i = 0; i < a->ranking.count; i++) {
        char *text = a->reasons ? reasons_text(a->members[i].why) : NULL;
        memcpy(values, a->ranking.items[i].values, asked * sizeof *values);
        if (a->planned) {
            values[asked] = kith_value_text(group_of(a, i));
        }
        if (a->reasons) {
            values[a->columns.count - 1] = kith_value_text(text);
        }
        cli_rows_put(&rows, &a->ranking.items[i].id, values);
        free(text);
    }
    free(values);
}

/* JSON */

static void put_plan(cli_json *json, const audience *a) {
    const kith_control_plan *plan = &a->plan;
    if (!a->planned) {
        cli_json_null(json, "control");
        return;
    }
    char *draw = bucket_text(a);
    cli_json_object(json, "control");
    cli_json_count(json, "count", a->control_count);
    cli_json_text(json, "drawn_by", draw);
    cli_json_real(json, "base_rate", a->wanted.base_rate);
    cli_json_real(json, "lift", a->wanted.lift);
    cli_json_real(json, "alpha", a->wanted.alpha);
    cli_json_real(json, "power", a->wanted.power);
    cli_json_boolean(json, "tells", plan->tells);
    cli_json_text(json, "why_not", plan->why_not);
    cli_json_count(json, "control_count", plan->control_count);
    cli_json_count(json, "treated_count", plan->treated_count);
    cli_json_real(json, "least_lift", plan->least_lift);
    cli_json_end(json);
    free(draw);
}

static void put_reasons(cli_json *json, const kith_score_explanation *why) {
    const kith_score_reason *own[REASONS_SHOWN];
    size_t count = own_reasons(why, own);
    cli_json_list(json, REASONS);
    for (size_t i = 0; i < count; i++) {
        cli_json_object(json, NULL);
        cli_json_text(json, "text", own[i]->text);
        if (own[i]->adds) {
            cli_json_real(json, "share", own[i]->share);
        } else {
            cli_json_null(json, "share");
        }
        cli_json_end(json);
    }
    cli_json_end(json);
}

static void put_member(cli_json *json, const audience *a, size_t at) {
    cli_json_object(json, NULL);
    cli_json_id(json, CLI_ID_COLUMN, &a->ranking.items[at].id);
    for (size_t j = 0; j < a->columns.count; j++) {
        cli_json_value(json, a->columns.names[j], &a->ranking.items[at].values[j]);
    }
    if (a->planned) {
        cli_json_text(json, GROUP, group_of(a, at));
    }
    if (a->members[at].why != NULL) {
        put_reasons(json, a->members[at].why);
    }
    cli_json_end(json);
}

static void print_json(const audience *a) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_text(&json, "score", a->score);
    cli_json_text(&json, "kind", a->model.kind);
    cli_json_count(&json, "version", a->version);
    cli_json_count(&json, "candidates", a->candidate_count);
    cli_json_count(&json, "count", a->ranking.count);
    put_plan(&json, a);
    cli_json_list(&json, "customers");
    for (size_t i = 0; i < a->ranking.count; i++) {
        put_member(&json, a, i);
    }
    cli_json_end(&json);
    cli_json_end(&json);
}

/* All */

static void show(audience *a, kith_format format) {
    if (cli_option_get(a->arguments, "format") != NULL) {
        write_rows(a, format);
    } else if (a->arguments->json) {
        print_json(a);
    } else {
        print_text(a);
    }
}

static int answer(audience *a, kith_format format) {
    int result = read_score(a);
    result = result == CLI_OK ? rank(a) : result;
    result = result == CLI_OK ? learn_members(a) : result;
    if (result == CLI_OK) {
        show(a, format);
    }
    for (size_t i = 0; a->members != NULL && i < a->ranking.count; i++) {
        kith_score_explanation_free(a->members[i].why);
    }
    free(a->members);
    cli_ranking_clear(&a->ranking);
    cli_columns_clear(&a->columns);
    kith_expression_free(a->where);
    return result;
}

static int run_audience(const cli_arguments *arguments) {
    audience a = {.arguments = arguments, .score = arguments->operands[1]};
    kith_format format = KITH_FORMAT_CSV;
    cli_session session;
    a.model = (kith_score_model)KITH_SCORE_MODEL_INIT;
    a.reasons = cli_option_get(arguments, "reasons") != NULL;
    a.wanted = (kith_control_options)KITH_CONTROL_OPTIONS_INIT;
    a.plan = (kith_control_plan)KITH_CONTROL_PLAN_INIT;
    int result = read_top(&a);
    result = result == CLI_OK ? read_control(&a) : result;
    result = result == CLI_OK ? cli_option_now(arguments, &a.now_us) : result;
    result = result == CLI_OK ? cli_option_format(arguments, &format) : result;
    if (result == CLI_OK && format == KITH_FORMAT_ARROW) {
        result = cli_usage(arguments->command, "score audience writes csv or jsonl");
    }
    result = result == CLI_OK ? cli_session_begin(arguments, KITH_READ, &session) : result;
    if (result != CLI_OK) {
        return result;
    }
    a.session = &session;
    result = answer(&a, format);
    cli_session_end(&session);
    return result;
}

const cli_command cli_command_score_audience = {
    .name = "score audience",
    .summary = "list whom to write to, and who is left alone so that it can be told",
    .usage = "STORE NAME --top N [--where CONDITION] [--with-seed] [--reasons]\n"
             "           [--base-rate RATE --lift CHANGE [--alpha P] [--power P] [--salt TEXT]]\n"
             "           [--columns EXPRESSIONS] [--format csv|jsonl] [--as-of TIME]",
    .operands = {"STORE", "NAME"},
    .options = {{"top", "N", "how many it is to have: those of whom the score says most"},
                {"where", "CONDITION", "of those alone (default: all customers)"},
                {"with-seed", NULL,
                 "of a lookalike: with those of the seed, who are left out else"},
                {"base-rate", "RATE",
                 "what share of those who are left alone will do it, such as 5%"},
                {"lift", "CHANGE", "the least change of that to be told: 10% is a tenth more"},
                {"alpha", "P", "the chance to see one where there is none (default: 5%)"},
                {"power", "P", "the chance to see one that there is (default: 80%)"},
                {"salt", "TEXT", "another text draws another group (default: the score's name)"},
                {"reasons", NULL, "the three largest reasons of each"},
                {"columns", "EXPRESSIONS", "what else is asked about each: 'email, city as town'"},
                {"format", "FORMAT", "the rows alone: csv, or jsonl, one JSON object a line"},
                CLI_AS_OF_OPTIONS},
    .details =
        "For any score whose first output is a number: a lookalike, a chance, points. With\n"
        "--base-rate and --lift some of the audience are left alone, as few as tell such a change\n"
        "and at most half: each row says treated or control. They are drawn by bucket(), so it is\n"
        "the same customers each time and on every machine.\n" CLI_AS_OF_DETAILS "\n"
        "  kith score audience shop.kith alike --top 2000 --reasons --columns email\n"
        "  kith score audience shop.kith alike --top 20000 --base-rate 5% --lift 20% --format csv\n"
        "\n"
        "Exit code 1: there is no such score, it isn't fitted or says no number, or an expression\n"
        "means nothing.",
    .run = run_audience,
};
