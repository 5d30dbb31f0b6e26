#include "src/cli/pair_table.h"

#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

#define BAR_COLUMNS      24
#define BAR_TERMINAL_MIN 100 /* columns of a terminal on which there is room for bars */
#define TEXT_COLUMNS_MIN 24
#define BITS_COLUMNS     7
#define BITS_SHOWN       0.005 /* less is 0.00 */

/* The comparisons of one pair, as they are printed from the top down. */
typedef struct waterfall {
    const kith_pair_report *report;
    const kith_pair_total *total;
    cli_table table;
    double sum;             /* so far */
    double least, greatest; /* of all sums: where bars begin and end */
    size_t bar_columns;
    size_t text_columns; /* 0: as many as there are */
} waterfall;

static double bits_of(const waterfall *w, kith_rival_bits bits) {
    return w->total->relative_decides ? bits.relative : bits.stranger;
}

/* Against a relative it makes no difference how rare it is what both say. */
static double frequency_of(const waterfall *w, const kith_pair_comparison *c) {
    return w->total->relative_decides ? 0 : c->frequency_bits;
}

static const kith_pair_comparison *comparison_at(const waterfall *w, size_t index) {
    return kith_pair_report_comparison(w->report, index);
}

/* Measures */

static void reach(waterfall *w, double sum) {
    w->least = sum < w->least ? sum : w->least;
    w->greatest = sum > w->greatest ? sum : w->greatest;
}

static void measure(waterfall *w, size_t indent) {
    const kith_pair_comparison *c;
    double sum = bits_of(w, w->total->prior);
    size_t name = strlen("says nothing");
    reach(w, sum);
    reach(w, w->total->link_at);
    for (size_t i = 0; (c = comparison_at(w, i)) != NULL; i++) {
        sum += bits_of(w, c->bits);
        reach(w, sum);
        sum += frequency_of(w, c);
        reach(w, sum);
        name = c->level > 0 && strlen(c->name) > name ? strlen(c->name) : name;
    }
    if (!cli_is_terminal(stdout)) {
        return;
    }
    size_t columns = cli_terminal_columns(stdout);
    w->bar_columns = columns >= BAR_TERMINAL_MIN ? BAR_COLUMNS : 0;
    size_t used = indent + name + 2 * (BITS_COLUMNS + 2) + w->bar_columns + 4;
    w->text_columns = columns > used + TEXT_COLUMNS_MIN ? columns - used : TEXT_COLUMNS_MIN;
}

static size_t column_of(const waterfall *w, double bits) {
    double width = w->greatest - w->least;
    double share = width > 0 ? (bits - w->least) / width : 0;
    size_t column = (size_t)(share * (double)w->bar_columns + 0.5);
    return column < w->bar_columns ? column : w->bar_columns;
}

/* From one sum to the next: full where it grows; where it is zero stands a line. Owned. */
static char *bar_text(const waterfall *w, double from, double to) {
    size_t first = column_of(w, from < to ? from : to), last = column_of(w, from < to ? to : from);
    size_t zero = column_of(w, 0);
    char *text = cli_format("%s", "");
    for (size_t i = 0; i < w->bar_columns; i++) {
        bool inside = i >= first && i < last;
        char *longer = cli_format("%s%s", text,
                                  inside      ? (from < to ? "█" : "░")
                                  : i == zero ? "│"
                                              : " ");
        free(text);
        text = longer;
    }
    return text;
}

/* Owned text of at most so many columns; "…" stands for what is cut. Takes the text over. */
static char *fit(char *text, size_t columns) {
    if (columns == 0 || cli_text_width(text) <= columns) {
        return text;
    }
    size_t size = strlen(text);
    do {
        do {
            size--;
        } while (size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80);
        text[size] = '\0';
    } while (size > 0 && cli_text_width(text) >= columns);
    char *cut = cli_format("%s…", text);
    free(text);
    return cut;
}

/* Rows */

static void add_bar(waterfall *w, double from, double to) {
    if (w->bar_columns == 0) {
        return;
    }
    char *bar = bar_text(w, from, to);
    cli_table_add(&w->table, "%s", bar);
    free(bar);
}

/* Takes the text over. */
static void add_text(waterfall *w, char *text) {
    char *clean = cli_text_clean(text, strlen(text));
    free(text);
    clean = fit(clean, w->text_columns);
    cli_table_add(&w->table, "%s", clean);
    free(clean);
}

static void add_bits(waterfall *w, const char *name, double bits, char *text) {
    double before = w->sum;
    w->sum += bits;
    cli_table_add(&w->table, "%s", name);
    cli_table_add(&w->table, "%+.2f", bits);
    cli_table_add(&w->table, "%+.2f", w->sum);
    add_bar(w, before, w->sum);
    add_text(w, text);
}

static void add_header(waterfall *w, kith_txn *txn) {
    char *a = cli_record_text(txn, w->total->a), *b = cli_record_text(txn, w->total->b);
    cli_table_add(&w->table, "%s", "");
    cli_table_add(&w->table, "bits");
    cli_table_add(&w->table, "sum");
    add_bar(w, 0, 0);
    add_text(w, cli_format("%s / %s", a, b));
    free(a);
    free(b);
}

static const char *or_nothing(const char *text) {
    return text != NULL ? text : "-";
}

static char *said_text(const kith_pair_comparison *c) {
    const char *a = or_nothing(c->value_a), *b = or_nothing(c->value_b);
    return strcmp(a, b) == 0 ? cli_format("%s: %s", c->level_name, a)
                             : cli_format("%s: %s / %s", c->level_name, a, b);
}

static void add_comparison(waterfall *w, const kith_pair_comparison *c) {
    double frequency = frequency_of(w, c);
    add_bits(w, c->name, bits_of(w, c->bits), said_text(c));
    if (frequency >= BITS_SHOWN) {
        add_bits(w, "  frequency", frequency, cli_format("what both have is rare"));
    } else if (frequency <= -BITS_SHOWN) {
        add_bits(w, "  frequency", frequency, cli_format("what both have is common"));
    } else {
        w->sum += frequency;
    }
}

/* Of what only one of them says, and of what can't be compared: an address without the town and a
 * town, names in two scripts. */
static bool is_silent(const kith_pair_comparison *c, const char *level_name) {
    return c->level == 0 && (c->value_a != NULL || c->value_b != NULL) &&
           strcmp(c->level_name, level_name) == 0;
}

/* All that say nothing for this reason, in one row. */
static void add_nothing(waterfall *w, const char *level_name) {
    const kith_pair_comparison *c;
    char *text = cli_format("%s", "");
    for (size_t i = 0; (c = comparison_at(w, i)) != NULL; i++) {
        if (is_silent(c, level_name)) {
            char *longer = cli_format("%s%s%s", text, text[0] != '\0' ? ", " : "", c->name);
            free(text);
            text = longer;
        }
    }
    if (text[0] != '\0') {
        add_bits(w, level_name, 0, text);
    } else {
        free(text);
    }
}

static void add_total(waterfall *w) {
    const kith_pair_total *t = w->total;
    const char *rival = t->relative_decides ? "relatives" : "strangers";
    const char *other = t->relative_decides ? "strangers" : "relatives";
    double other_bits = t->relative_decides ? t->sum.stranger : t->sum.relative;
    cli_table_add(&w->table, "total");
    cli_table_add(&w->table, "%+.2f", t->bits);
    cli_table_add(&w->table, "%s", "");
    add_bar(w, 0, t->bits);
    add_text(w, cli_format("a link needs %+.2f; against %s (%s: %+.2f)", t->link_at, rival, other,
                           other_bits));
}

static void print_report(kith_txn *txn, const kith_pair_report *report, size_t indent) {
    const kith_pair_comparison *c;
    waterfall w = {.report = report, .total = kith_pair_report_total(report)};
    measure(&w, indent);
    cli_table_init(&w.table, w.bar_columns > 0 ? "lrrll" : "lrrl");
    w.table.header = true;
    w.table.indent = indent;
    add_header(&w, txn);
    add_bits(&w, "prior", bits_of(&w, w.total->prior), cli_format("before they are compared"));
    for (size_t i = 0; (c = comparison_at(&w, i)) != NULL; i++) {
        if (c->level > 0) {
            add_comparison(&w, c);
        }
    }
    add_nothing(&w, "missing");
    add_nothing(&w, "says nothing");
    add_total(&w);
    cli_table_print(&w.table, stdout);
    cli_table_clear(&w.table);
}

void cli_pair_print(kith_txn *txn, uint32_t a, uint32_t b, size_t indent) {
    kith_pair_report *report = NULL;
    if (kith_explain_pair(txn, a, b, &report) == KITH_OK) {
        print_report(txn, report, indent);
    } else {
        printf("%*s(%s)\n", (int)indent, "", kith_txn_error(txn)->message);
    }
    kith_pair_report_free(report);
}

/* JSON */

static void json_rivals(cli_json *json, const char *name, kith_rival_bits bits) {
    cli_json_object(json, name);
    cli_json_real(json, "stranger", bits.stranger);
    cli_json_real(json, "relative", bits.relative);
    cli_json_end(json);
}

static void json_comparison(cli_json *json, const kith_pair_comparison *c) {
    cli_json_object(json, NULL);
    cli_json_text(json, "name", c->name);
    cli_json_text(json, "kind", c->kind);
    cli_json_count(json, "level", c->level);
    cli_json_text(json, "level_name", c->level_name);
    cli_json_text(json, "a", c->value_a);
    cli_json_text(json, "b", c->value_b);
    json_rivals(json, "bits", c->bits);
    cli_json_real(json, "frequency_bits", c->frequency_bits);
    cli_json_end(json);
}

static void json_total(cli_json *json, const kith_pair_total *total) {
    cli_json_count(json, "model", total->model_version);
    cli_json_real(json, "bits", total->bits);
    cli_json_text(json, "rival", total->relative_decides ? "relative" : "stranger");
    json_rivals(json, "prior", total->prior);
    json_rivals(json, "sum", total->sum);
    cli_json_real(json, "link_at", total->link_at);
    cli_json_real(json, "known_at", total->known_at);
    cli_json_real(json, "keep_at", total->keep_at);
    cli_json_boolean(json, "links", total->links);
    cli_json_boolean(json, "kept", total->kept);
}

void cli_json_pair(cli_json *json, const char *name, kith_txn *txn, uint32_t a, uint32_t b) {
    const kith_pair_comparison *c;
    kith_pair_report *report = NULL;
    if (kith_explain_pair(txn, a, b, &report) != KITH_OK) {
        cli_json_null(json, name);
        return;
    }
    cli_json_object(json, name);
    json_total(json, kith_pair_report_total(report));
    cli_json_list(json, "comparisons");
    for (size_t i = 0; (c = kith_pair_report_comparison(report, i)) != NULL; i++) {
        json_comparison(json, c);
    }
    cli_json_end(json);
    cli_json_end(json);
    kith_pair_report_free(report);
}
