/* cluster: which kinds of customers there are, by what is known of them. */
#include <stdlib.h>
#include <string.h>

#include "src/cli/asked_score.h"
#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/formula.h"
#include "src/cli/json_layout.h"
#include "src/cli/people.h"
#include "src/cli/quote.h"
#include "src/cli/row_writer.h"
#include "src/cli/table.h"

#define CLUSTERS_MAX 64

typedef enum output { NAME, NUMBER, DISTANCE, OUTPUTS } output;

static const char *const outputs[] = {
    [NAME] = "cluster", [NUMBER] = "number", [DISTANCE] = "distance", [OUTPUTS] = NULL};

typedef struct clustering {
    const cli_arguments *arguments;
    const cli_asked_score *asked;
    int64_t now_us;
    cli_columns columns;
    kith_expression *where;
    cli_rows rows;
    bool members; /* they are written as they come */
    uint64_t counts[CLUSTERS_MAX];
    uint64_t count, without; /* who are in one, and in none */
} clustering;

/* The model that nobody keeps */

/* last(order.at) of "last", "order" and ".at": the event is quoted only where it must be. Owned. */
static char *of_event(const cli_session *session, const char *before, const char *event,
                      const char *behind) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *expression = NULL;
    kith_error error = KITH_ERROR_INIT;
    char *quoted = cli_quote(event), *text = cli_format("%s(%s%s)", before, quoted, behind);
    char *form = NULL, *out;
    options.value = true;
    if (kith_expression_parse(text, strlen(text), session->txn, &options, &expression, &error) ==
        KITH_OK) {
        kith_expression_text(expression, 0, &form);
    }
    out = cli_format("%s", form != NULL ? form : text);
    kith_expression_free(expression);
    kith_free(form);
    free(text);
    free(quoted);
    return out;
}

static int read_count(const cli_arguments *arguments, json_t *root) {
    const char *text = cli_option_get(arguments, "clusters");
    unsigned least, most;
    int used = 0;
    if (text == NULL) {
        return CLI_OK;
    }
    if (sscanf(text, "%4u..%4u%n", &least, &most, &used) == 2 && text[used] == '\0') {
        json_object_set_new(root, "clusters", json_pack("[i, i]", (int)least, (int)most));
        return CLI_OK;
    }
    if (sscanf(text, "%4u%n", &least, &used) == 1 && text[used] == '\0') {
        json_object_set_new(root, "clusters", json_integer((json_int_t)least));
        return CLI_OK;
    }
    return cli_usage(arguments->command,
                     "--clusters takes a number such as 4, or two such as 2..8, not '%s'", text);
}

/* How long ago, how often and for how much customers bought. */
static json_t *usual_features(const cli_session *session, const kith_rfm_result *orders) {
    char *property = cli_format(".%s", orders->amount);
    char *last = of_event(session, "today - last", orders->event, ".at");
    char *count = of_event(session, "count", orders->event, "");
    char *spent = of_event(session, "sum", orders->event, property);
    json_t *list =
        json_pack("[{s:s, s:s, s:s, s:s, s:s, s:b}, {s:s, s:s, s:s, s:s, s:s, s:b}, {s:s, s:s, "
                  "s:s, s:s, s:b}]",
                  "value", last, "name", "last order", "low", "lately", "high", "long ago", "unit",
                  "days", "logarithm", 1, "value", count, "name", "orders", "low", "seldom", "high",
                  "often", "unit", "orders", "logarithm", 1, "value", spent, "name", "spent", "low",
                  "little spent", "high", "much spent", "logarithm", 1);
    free(spent);
    free(count);
    free(last);
    free(property);
    return list;
}

static json_t *feature_of(const kith_expression *expression, const char *name) {
    char *text = NULL;
    json_t *made = NULL;
    if (kith_expression_text(expression, 0, &text) == KITH_OK) {
        made = strcmp(name, text) == 0 ? json_string(text)
                                       : json_pack("{s:s, s:s}", "value", text, "name", name);
    }
    kith_free(text);
    return made;
}

static int asked_features(const cli_arguments *arguments, const cli_session *session,
                          json_t *root) {
    cli_columns columns = {.count = 0};
    json_t *list = json_array();
    int result = cli_columns_read_option(arguments, session, "features", &columns);
    for (size_t i = 0; result == CLI_OK && i < columns.count; i++) {
        json_array_append_new(list, feature_of(columns.expressions[i], columns.names[i]));
    }
    json_object_set_new(root, "features", list);
    cli_columns_clear(&columns);
    return result;
}

/* Only who has bought is clustered by purchases; of others nothing is known. */
static int put_usual(const cli_arguments *arguments, const cli_session *session, int64_t now_us,
                     const char *where, json_t *root) {
    kith_rfm_result *orders = NULL;
    int result = cli_asked_orders(arguments, session, now_us, &orders);
    if (result != CLI_OK) {
        return result;
    }
    char *did = of_event(session, "did", orders->event, "");
    char *of = where != NULL ? cli_format("%s AND (%s)", did, where) : cli_format("%s", did);
    json_object_set_new(root, "of", json_string(of));
    json_object_set_new(root, "features", usual_features(session, orders));
    kith_rfm_free(orders);
    free(of);
    free(did);
    return CLI_OK;
}

static int make_clusters(const cli_arguments *arguments, const cli_session *session, int64_t now_us,
                         json_t **out) {
    const char *where = cli_option_get(arguments, "where");
    kith_expression *condition = NULL;
    int result = cli_formula_where(arguments, session->txn, &condition);
    kith_expression_free(condition);
    *out = json_pack("{s:s}", "kind", "clusters");
    result = result == CLI_OK ? read_count(arguments, *out) : result;
    if (result != CLI_OK || cli_option_get(arguments, "features") == NULL) {
        return result == CLI_OK ? put_usual(arguments, session, now_us, where, *out) : result;
    }
    if (where != NULL) {
        json_object_set_new(*out, "of", json_string(where));
    }
    return asked_features(arguments, session, *out);
}

static const cli_asked_kind clusters = {
    .kind = "clusters",
    .name = "clusters",
    .settings = (const char *const[]){"clusters", "features", "event", "amount", NULL},
    .make = make_clusters,
};

/* Counting */

static void take_row(void *context, const kith_query_row *row) {
    clustering *c = context;
    const kith_value *number = &row->values[NUMBER];
    if (number->type != KITH_TYPE_INTEGER || number->as.integer < 1 ||
        number->as.integer > CLUSTERS_MAX) {
        c->without++;
        return;
    }
    c->count++;
    c->counts[number->as.integer - 1]++;
    if (c->members) {
        cli_rows_put(&c->rows, &row->id, row->values);
    }
}

static int count(clustering *c, kith_format format) {
    if (c->members) {
        cli_rows_begin(&c->rows, &c->columns, format == KITH_FORMAT_JSONL);
    }
    return cli_people_each(&c->asked->session, &c->columns, c->where, c->now_us, take_row, c);
}

/* For people */

static const char *text_at(const clustering *c, const char *key, size_t at) {
    const char *text =
        json_string_value(json_array_get(json_object_get(c->asked->fitted, key), at));
    return text != NULL ? text : "";
}

static size_t cluster_count(const clustering *c) {
    return json_array_size(json_object_get(c->asked->fitted, "names"));
}

static double number_of(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static double share(const clustering *c, size_t at) {
    return c->count > 0 ? (double)c->counts[at] / (double)c->count : 0;
}

static void print_head(const clustering *c) {
    char date[KITH_TIME_TEXT_BYTES], in[CLI_NUMBER_BYTES], none[CLI_NUMBER_BYTES];
    char *score = cli_asked_score_text(c->asked);
    kith_time_format(c->now_us, date);
    printf("%s%zu clusters%s of %s customer%s, as of %.10s", cli_bold(stdout), cluster_count(c),
           cli_plain(stdout), cli_count_text(c->count, in), cli_plural(c->count), date);
    if (c->without > 0) {
        printf("; %s in none", cli_count_text(c->without, none));
    }
    printf("\nby %s\n\n", score);
    free(score);
}

static void print_clusters(const clustering *c) {
    static const char *const titles[] = {"", "cluster", "customers", "", "on average"};
    cli_table table;
    cli_table_init(&table, "rlrrl");
    cli_table_add_titles(&table, titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; i < cluster_count(c) && i < CLUSTERS_MAX; i++) {
        cli_table_add_count(&table, i + 1);
        cli_table_add(&table, "%s", text_at(c, "names", i));
        cli_table_add_count(&table, c->counts[i]);
        cli_table_add(&table, "%.1f%%", 100 * share(c, i));
        cli_table_add(&table, "%s", text_at(c, "descriptions", i));
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

/* The counts that were tried: the one with the highest silhouette is taken. */
static void print_trials(const clustering *c) {
    static const char *const titles[] = {"clusters", "inertia", "silhouette", ""};
    const json_t *trials = json_object_get(c->asked->fitted, "trials");
    size_t taken = cluster_count(c);
    cli_table table;
    printf("\n%show well they part%s: 1 is apart, 0 is mixed (silhouette); what is left within "
           "(inertia)\n",
           cli_bold(stdout), cli_plain(stdout));
    cli_table_init(&table, "rrrl");
    table.indent = 2;
    cli_table_add_titles(&table, titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; i < json_array_size(trials); i++) {
        const json_t *trial = json_array_get(trials, i);
        size_t tried = (size_t)json_integer_value(json_object_get(trial, "clusters"));
        cli_table_add_count(&table, tried);
        cli_table_add(&table, "%.4g", number_of(trial, "inertia"));
        cli_table_add(&table, "%.3f", number_of(trial, "silhouette"));
        cli_table_add(&table, "%s", tried == taken ? "taken" : "");
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_text(const clustering *c) {
    print_head(c);
    print_clusters(c);
    print_trials(c);
    cli_asked_score_print_keeping(c->asked, c->arguments->operands[0]);
}

/* JSON */

static void print_json(const clustering *c) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_asked_score(&json, c->asked);
    cli_json_time(&json, "as_of", c->now_us);
    cli_json_count(&json, "count", c->count);
    cli_json_count(&json, "without", c->without);
    cli_json_list(&json, "clusters");
    for (size_t i = 0; i < cluster_count(c) && i < CLUSTERS_MAX; i++) {
        cli_json_object(&json, NULL);
        cli_json_count(&json, "number", i + 1);
        cli_json_text(&json, "cluster", text_at(c, "names", i));
        cli_json_text(&json, "description", text_at(c, "descriptions", i));
        cli_json_count(&json, "count", c->counts[i]);
        cli_json_real(&json, "share", share(c, i));
        cli_json_end(&json);
    }
    cli_json_end(&json);
    cli_json_end(&json);
}

/* All */

static int check_use(const cli_arguments *arguments, kith_format *out) {
    static const char *const of_members[] = {"format", "columns"};
    bool members = cli_option_get(arguments, "members") != NULL;
    for (size_t i = 0; i < sizeof of_members / sizeof of_members[0]; i++) {
        if (!members && cli_option_get(arguments, of_members[i]) != NULL) {
            return cli_usage(arguments->command, "--%s is of --members", of_members[i]);
        }
    }
    int result = cli_option_format(arguments, out);
    return result == CLI_OK && *out == KITH_FORMAT_ARROW
               ? cli_usage(arguments->command, "--format is csv or jsonl here")
               : result;
}

static int show(clustering *c, kith_format format) {
    const cli_session *session = &c->asked->session;
    int result = cli_formula_where(c->arguments, session->txn, &c->where);
    result =
        result == CLI_OK ? cli_asked_score_add_columns(c->asked, outputs, &c->columns) : result;
    result = result == CLI_OK ? cli_columns_read(c->arguments, session, &c->columns) : result;
    result = result == CLI_OK ? count(c, format) : result;
    if (result == CLI_OK && !c->members && c->arguments->json) {
        print_json(c);
    } else if (result == CLI_OK && !c->members) {
        print_text(c);
    }
    cli_columns_clear(&c->columns);
    kith_expression_free(c->where);
    return result;
}

static int run_cluster(const cli_arguments *arguments) {
    cli_asked_score asked;
    clustering c = {.arguments = arguments, .asked = &asked};
    kith_format format = KITH_FORMAT_CSV;
    int result = check_use(arguments, &format);
    result = result == CLI_OK ? cli_option_now(arguments, &c.now_us) : result;
    result =
        result == CLI_OK ? cli_asked_score_begin(arguments, &clusters, c.now_us, &asked) : result;
    if (result != CLI_OK) {
        return result;
    }
    c.members = cli_option_get(arguments, "members") != NULL;
    result = show(&c, format);
    cli_asked_score_end(&asked);
    return result;
}

const cli_command cli_command_cluster = {
    .name = "cluster",
    .summary = "find which kinds of customers there are, and say what sets each apart",
    .usage = "STORE [--score NAME] [--clusters N] [--features EXPRESSIONS] [--where CONDITION]\n"
             "       [--members [--columns EXPRESSIONS] [--format FORMAT]] [--as-of TIME]",
    .operands = {"STORE"},
    .options =
        {
            {"score", "NAME",
             "a fitted score of kind clusters (default: the one that the store\nhas)"},
            {"clusters", "N",
             "how many, such as 4, or 2..8: the count that parts them best\n"
             "(default: 2..8)"},
            {"features", "EXPRESSIONS",
             "by what: 'count(order) as orders, avg(order.total)' (default:\nhow long ago the last "
             "order is, orders, and what was spent)"},
            {"event", "EVENT", "what an order is (default: as 'kith rfm' finds it)"},
            {"amount", "PROPERTY", "what an order came to (default: likewise)"},
            {"where", "CONDITION", "of those alone"},
            {"members", NULL, "write a row for each customer who is in one instead"},
            {"columns", "EXPRESSIONS", "what else is asked about each: 'email, city as town'"},
            {"format", "FORMAT", "of the rows: csv (default), or jsonl, as with --json"},
            CLI_AS_OF_OPTIONS,
        },
    .details =
        "K-means of standardized numbers, the same each time; a cluster is named for what sets it\n"
        "apart from all customers. Without a fitted score, or with settings of its own, it fits\n"
        "one for this answer alone: while it answers nobody else can write, and nothing is\n"
        "written. 'kith score add' and 'kith score fit' keep one.\n" CLI_AS_OF_DETAILS "\n"
        "  kith cluster shop.kith\n"
        "  kith cluster shop.kith --clusters 4 --features \"age(birth_date) as age, "
        "count(order)\"\n"
        "  kith cluster shop.kith --score kinds --members --columns email > clusters.csv\n"
        "\n"
        "Exit code 1: there is no such event, property or score, the customers are too few or too\n"
        "alike, or an expression means nothing.",
    .run = run_cluster,
};
