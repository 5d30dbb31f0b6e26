/* profile: one customer as a card, or as JSON. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/finding.h"
#include "src/cli/json_writer.h"
#include "src/cli/mark_table.h"
#include "src/cli/score_table.h"
#include "src/cli/session.h"
#include "src/cli/table.h"
#include "src/cli/title.h"

#define RECORDS_SHOWN    20
#define CARD_COLUMNS_MAX 100

/* The card. */

static void print_title(kith_txn *txn, const kith_profile *profile, size_t columns) {
    char id[KITH_ID_TEXT_BYTES];
    char *title = cli_title_text(txn, profile);
    size_t used = cli_text_width(title) + strlen("profile ") + KITH_ID_TEXT_BYTES - 1;
    kith_id_format(&profile->id, id);
    printf("%s%s%s%*sprofile %s\n", cli_bold(stdout), title, cli_plain(stdout),
           used + 2 < columns ? (int)(columns - used) : 2, "", id);
    for (size_t i = 0; i < columns; i++) {
        fputs("─", stdout);
    }
    putchar('\n');
    free(title);
}

/* "3 records  crm:1, crm:2, ...", broken at the card's width. */
static void print_records(kith_txn *txn, const kith_profile *profile, size_t columns) {
    char number[CLI_NUMBER_BYTES];
    int indent = printf("%s record%s  ", cli_count_text(profile->record_count, number),
                        cli_plural(profile->record_count));
    size_t used = (size_t)indent;
    size_t cursor = 0;
    uint32_t record = 0;
    for (size_t i = 0; kith_profile_next_record(profile, &cursor, &record) == KITH_OK; i++) {
        if (i == RECORDS_SHOWN) {
            printf(" and %s more", cli_count_text(profile->record_count - i, number));
            break;
        }
        char *name = cli_record_text(txn, record);
        size_t width = cli_text_width(name);
        if (i > 0 && used + width + 2 > columns) {
            printf(",\n%*s", indent, "");
            used = (size_t)indent;
        } else if (i > 0) {
            used += (size_t)printf(", ");
        }
        printf("%s", name);
        used += width;
        free(name);
    }
    putchar('\n');
}

static void add_value(cli_table *table, kith_txn *txn, const kith_golden *golden, bool repeated) {
    char date[KITH_TIME_TEXT_BYTES];
    char *value = cli_value_text(&golden->value);
    char *record = cli_record_text(txn, golden->record);
    bool marked = golden->status == KITH_VALUE_INVALID || golden->status == KITH_VALUE_BLOCKED;
    kith_time_format(golden->at_us, date);
    cli_table_add(table, "%s", repeated ? "" : golden->attribute);
    cli_table_add(table, "%s", value);
    cli_table_add(table, "%s", record);
    cli_table_add(table, "%.10s", date);
    cli_table_add(table, "%s", marked ? kith_value_status_name(golden->status) : "");
    free(record);
    free(value);
}

static void print_values(kith_txn *txn, const kith_profile *profile) {
    cli_table table;
    const char *last = NULL;
    size_t cursor = 0;
    cli_table_init(&table, "lllll");
    for (;;) {
        kith_golden golden = KITH_GOLDEN_INIT;
        if (kith_profile_next_value(profile, &cursor, &golden) != KITH_OK) {
            break;
        }
        bool repeated = last != NULL && strcmp(last, golden.attribute) == 0;
        add_value(&table, txn, &golden, repeated);
        last = golden.attribute;
    }
    fputs(table.cell_count > 0 ? "\n" : "", stdout);
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_marks(kith_txn *txn, const kith_profile *profile) {
    cli_table table;
    cli_table_init(&table, CLI_MARK_COLUMNS);
    cli_marks_add_segments(&table, profile);
    cli_marks_add_traits(&table, profile, "trait ");
    cli_marks_add_tags(&table, txn, profile, "tag ");
    cli_marks_add_consents(&table, txn, profile, "consent ");
    cli_marks_add_points(&table, profile, "points ");
    cli_score_values_add(&table, profile, "score ");
    cli_marks_add_scores(&table, txn, profile, "score ");
    cli_orders_add(&table, profile);
    fputs(table.cell_count > 0 ? "\n" : "", stdout);
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void add_sums(cli_table *table, const kith_aggregate *aggregate) {
    size_t cursor = 0;
    for (;;) {
        kith_property_sum sum = KITH_PROPERTY_SUM_INIT;
        char number[CLI_NUMBER_BYTES];
        if (kith_aggregate_next_property(aggregate, &cursor, &sum) != KITH_OK) {
            return;
        }
        int64_t average = sum.count > 0 ? sum.sum_micros / (int64_t)sum.count : 0;
        /* A hundredth is enough of an average; the sum above it is exact. */
        average = average / 10000 * 10000;
        cli_table_add(table, "  %s", sum.property);
        cli_table_add(table, "%s", "");
        cli_table_add(table, "sum %s%s", cli_micros_text(sum.sum_micros, number),
                      sum.overflow ? " (or more)" : "");
        cli_table_add(table, "average %s", cli_micros_text(average, number));
        cli_table_add(table, "min %s", cli_micros_text(sum.min_micros, number));
        cli_table_add(table, "max %s", cli_micros_text(sum.max_micros, number));
    }
}

static void add_aggregate(cli_table *table, const kith_aggregate *aggregate) {
    char first[KITH_TIME_TEXT_BYTES];
    char last[KITH_TIME_TEXT_BYTES];
    kith_time_format(aggregate->first_us, first);
    kith_time_format(aggregate->last_us, last);
    cli_table_add(table, "%s", aggregate->event_type);
    cli_table_add_count(table, aggregate->count);
    cli_table_add(table, "first %.10s", first);
    cli_table_add(table, "last %.10s", last);
    cli_table_add(table, "%s", "");
    cli_table_add(table, "%s", "");
    add_sums(table, aggregate);
}

static void print_aggregates(const kith_profile *profile) {
    cli_table table;
    size_t cursor = 0;
    cli_table_init(&table, "lrllll");
    for (;;) {
        kith_aggregate aggregate = KITH_AGGREGATE_INIT;
        if (kith_profile_next_aggregate(profile, &cursor, &aggregate) != KITH_OK) {
            break;
        }
        add_aggregate(&table, &aggregate);
    }
    if (table.cell_count > 0) {
        char number[CLI_NUMBER_BYTES];
        printf("\n%s%s event%s%s\n", cli_bold(stdout), cli_count_text(profile->event_count, number),
               cli_plural(profile->event_count), cli_plain(stdout));
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_card(kith_txn *txn, const kith_profile *profile, const cli_shared *shared) {
    size_t columns = cli_is_terminal(stdout) ? cli_terminal_columns(stdout) : CARD_COLUMNS_MAX;
    columns = columns < CARD_COLUMNS_MAX ? columns : CARD_COLUMNS_MAX;
    print_title(txn, profile, columns);
    print_records(txn, profile, columns);
    print_values(txn, profile);
    print_marks(txn, profile);
    print_aggregates(profile);
    cli_finding_print_shared(shared);
    if (profile->flags & KITH_PROFILE_PENDING) {
        puts("\nMore records may belong here: run 'kith settle' first.");
    }
}

/* JSON. */

static void json_record(cli_json *json, kith_txn *txn, uint32_t number) {
    kith_record record = KITH_RECORD_INIT;
    if (kith_record_get_number(txn, number, &record) == KITH_OK) {
        cli_json_text(json, "source", record.source);
        cli_json_text(json, "key", record.key);
    }
}

static void json_values(cli_json *json, kith_txn *txn, const kith_profile *profile) {
    size_t cursor = 0;
    cli_json_list(json, "values");
    for (;;) {
        kith_golden golden = KITH_GOLDEN_INIT;
        if (kith_profile_next_value(profile, &cursor, &golden) != KITH_OK) {
            break;
        }
        cli_json_object(json, NULL);
        cli_json_text(json, "attribute", golden.attribute);
        cli_json_value(json, "value", &golden.value);
        json_record(json, txn, golden.record);
        cli_json_time(json, "at", golden.at_us);
        cli_json_text(json, "status", kith_value_status_name(golden.status));
        cli_json_end(json);
    }
    cli_json_end(json);
}

static void json_sums(cli_json *json, const kith_aggregate *aggregate) {
    size_t cursor = 0;
    cli_json_object(json, "sums");
    for (;;) {
        kith_property_sum sum = KITH_PROPERTY_SUM_INIT;
        if (kith_aggregate_next_property(aggregate, &cursor, &sum) != KITH_OK) {
            break;
        }
        double average = sum.count > 0 ? (double)sum.sum_micros / 1e6 / (double)sum.count : 0;
        cli_json_object(json, sum.property);
        cli_json_count(json, "count", sum.count);
        cli_json_micros(json, "sum", sum.sum_micros);
        cli_json_micros(json, "min", sum.min_micros);
        cli_json_micros(json, "max", sum.max_micros);
        cli_json_real(json, "average", average);
        cli_json_boolean(json, "overflow", sum.overflow);
        cli_json_end(json);
    }
    cli_json_end(json);
}

static void json_aggregates(cli_json *json, const kith_profile *profile) {
    size_t cursor = 0;
    cli_json_object(json, "events");
    for (;;) {
        kith_aggregate aggregate = KITH_AGGREGATE_INIT;
        if (kith_profile_next_aggregate(profile, &cursor, &aggregate) != KITH_OK) {
            break;
        }
        cli_json_object(json, aggregate.event_type);
        cli_json_count(json, "count", aggregate.count);
        cli_json_time(json, "first", aggregate.first_us);
        cli_json_time(json, "last", aggregate.last_us);
        json_sums(json, &aggregate);
        cli_json_end(json);
    }
    cli_json_end(json);
}

static void print_json(kith_txn *txn, const kith_profile *profile, const cli_shared *shared) {
    cli_json json;
    size_t cursor = 0;
    uint32_t number = 0;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_id(&json, "id", &profile->id);
    cli_json_count(&json, "record_count", profile->record_count);
    cli_json_count(&json, "event_count", profile->event_count);
    cli_json_time(&json, "next_change_at", profile->next_change_at_us);
    cli_json_boolean(&json, "computed", (profile->flags & KITH_PROFILE_COMPUTED) != 0);
    cli_json_boolean(&json, "pending", (profile->flags & KITH_PROFILE_PENDING) != 0);
    cli_json_count(&json, "profiles_found", shared->count);
    cli_json_list(&json, "profile_ids");
    for (size_t i = 0; i < shared->count; i++) {
        cli_json_id(&json, NULL, shared->ids != NULL ? &shared->ids[i] : &profile->id);
    }
    cli_json_end(&json);
    cli_json_list(&json, "records");
    while (kith_profile_next_record(profile, &cursor, &number) == KITH_OK) {
        cli_json_object(&json, NULL);
        json_record(&json, txn, number);
        cli_json_end(&json);
    }
    cli_json_end(&json);
    json_values(&json, txn, profile);
    cli_json_segments(&json, profile);
    cli_json_traits(&json, profile);
    cli_json_tags(&json, txn, profile);
    cli_json_consents(&json, txn, profile);
    cli_json_points(&json, profile);
    cli_json_score_values(&json, profile);
    cli_json_scores(&json, txn, profile);
    cli_json_orders(&json, profile);
    json_aggregates(&json, profile);
    cli_json_end(&json);
}

static int run_profile(const cli_arguments *arguments) {
    cli_finding finding;
    int64_t now_us = 0;
    int result = cli_option_now(arguments, &now_us);
    if (result == CLI_OK) {
        result = cli_finding_begin(arguments, now_us, &finding);
    }
    if (result != CLI_OK) {
        return result;
    }
    if (arguments->json) {
        print_json(finding.session.txn, &finding.profile, &finding.shared);
    } else {
        print_card(finding.session.txn, &finding.profile, &finding.shared);
    }
    cli_finding_end(&finding);
    return CLI_OK;
}

const cli_command cli_command_profile = {
    .name = "profile",
    .summary = "show one customer: golden values, where they come from, segments, events",
    .usage = CLI_FINDING_USAGE,
    .operands = {"STORE"},
    .options =
        {
            CLI_FINDING_OPTIONS,
            {"now", "TIME", "as of this time (default: the clock); later events don't count"},
        },
    .details =
        "Exit code 1: no such profile; --json then prints {\"found\": false, \"message\": ...}.",
    .run = run_profile,
};
