/* segment history: how large a segment was over time, and when somebody was in it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/asked_columns.h"
#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/definition_card.h"
#include "src/cli/finding.h"
#include "src/cli/json_writer.h"
#include "src/cli/table.h"

#define BAR_COLUMNS 20

/* What is asked */

static int read_period(const cli_arguments *arguments, kith_period *out) {
    const char *word = cli_option_get(arguments, "by");
    for (int i = KITH_PERIOD_DAY; word != NULL && i <= KITH_PERIOD_MONTH; i++) {
        if (strcmp(kith_period_name((kith_period)i), word) == 0) {
            *out = (kith_period)i;
            return CLI_OK;
        }
    }
    return word == NULL
               ? CLI_OK
               : cli_usage(arguments->command, "--by is day, week or month, not '%s'", word);
}

static int read_asked(const cli_arguments *arguments, kith_segment_history_options *out) {
    int result = read_period(arguments, &out->by);
    result =
        result == CLI_OK ? cli_option_time(arguments, "since", INT64_MIN, &out->from_us) : result;
    return result == CLI_OK ? cli_option_time(arguments, "until", INT64_MAX, &out->to_us) : result;
}

/* A segment's size, for people */

static uint64_t largest_of(const kith_segment_history *history) {
    uint64_t largest = 1;
    for (size_t i = 0; i < history->period_count; i++) {
        uint64_t count = history->periods[i]->member_count;
        largest = count > largest ? count : largest;
    }
    return largest;
}

/* "version 2, removed": what was defined in a period. */
static char *definitions_in(kith_txn *txn, const char *segment, const kith_segment_period *period) {
    char *all = cli_format("%s", "");
    kith_definition found = KITH_DEFINITION_INIT;
    for (uint32_t v = 1; kith_definition_get(txn, KITH_SEGMENT, segment, v, &found) == KITH_OK;
         v++) {
        if (found.at_us >= period->from_us && found.at_us < period->to_us) {
            char *longer = found.removed
                               ? cli_format("%s%sremoved", all, all[0] ? ", " : "")
                               : cli_format("%s%sversion %" PRIu32, all, all[0] ? ", " : "", v);
            free(all);
            all = longer;
        }
    }
    return all;
}

static void add_period(cli_table *table, kith_txn *txn, const char *segment,
                       const kith_segment_period *period, uint64_t largest) {
    static const char bar[BAR_COLUMNS + 1] = "####################";
    char date[KITH_TIME_TEXT_BYTES];
    char *defined = definitions_in(txn, segment, period);
    kith_date_format(period->date_days, date);
    cli_table_add(table, "%s", date);
    cli_table_add_count(table, period->entered_count);
    cli_table_add_count(table, period->left_count);
    cli_table_add_count(table, period->redefined_count);
    cli_table_add_count(table, period->merged_count);
    cli_table_add_count(table, period->member_count);
    if (cli_is_terminal(stdout)) {
        double share = (double)period->member_count / (double)largest;
        cli_table_add(table, "%.*s", (int)(BAR_COLUMNS * share + 0.5), bar);
    }
    cli_table_add(table, "%s", defined);
    free(defined);
}

static void print_remarks(const kith_segment_history *history) {
    char begins[KITH_TIME_TEXT_BYTES], settled[KITH_TIME_TEXT_BYTES], number[CLI_NUMBER_BYTES];
    if (history->begins_us == INT64_MAX) {
        puts("there is no history yet: kith settle writes it");
        return;
    }
    kith_time_format(history->begins_us, begins);
    kith_time_format(history->settled_us, settled);
    printf("\nThe history begins %s, %s, and ends %s: so far it is settled.\n", begins,
           history->forgotten ? "where transitions were forgotten"
                              : "with the first that settle told of the segment",
           settled);
    if (history->dirty_count > 0) {
        printf("%s profile%s changed since: settle to have %s told.\n",
               cli_count_text(history->dirty_count, number), cli_plural(history->dirty_count),
               history->dirty_count == 1 ? "it" : "them");
    }
}

static void print_history(kith_txn *txn, const char *segment, const kith_segment_history *history) {
    static const char *const plain[] = {"from",   "entered", "left",   "redefined",
                                        "merged", "members", "defined"};
    static const char *const barred[] = {"from",   "entered", "left", "redefined",
                                         "merged", "members", "",     "defined"};
    bool bar = cli_is_terminal(stdout);
    uint64_t largest = largest_of(history);
    cli_table table;
    cli_table_init(&table, bar ? "lrrrrrll" : "lrrrrrl");
    cli_table_add_titles(&table, bar ? barred : plain, bar ? 8 : 7);
    for (size_t i = 0; i < history->period_count; i++) {
        add_period(&table, txn, segment, history->periods[i], largest);
    }
    if (history->period_count > 0) {
        cli_table_print(&table, stdout);
    }
    cli_table_clear(&table);
    print_remarks(history);
}

/* As JSON */

/* INT64_MIN too stands for what there isn't. */
static void put_time(cli_json *json, const char *name, int64_t time_us) {
    cli_json_time(json, name, time_us != INT64_MIN ? time_us : INT64_MAX);
}

static void put_period(cli_json *json, const kith_segment_period *period) {
    char date[KITH_TIME_TEXT_BYTES];
    kith_date_format(period->date_days, date);
    cli_json_object(json, NULL);
    cli_json_text(json, "date", date);
    cli_json_time(json, "from", period->from_us);
    cli_json_time(json, "to", period->to_us);
    cli_json_count(json, "entered", period->entered_count);
    cli_json_count(json, "left", period->left_count);
    cli_json_count(json, "redefined", period->redefined_count);
    cli_json_count(json, "merged", period->merged_count);
    cli_json_count(json, "members", period->member_count);
    cli_json_end(json);
}

static void put_versions(cli_json *json, kith_txn *txn, const char *segment) {
    kith_definition found = KITH_DEFINITION_INIT;
    cli_json_list(json, "versions");
    for (uint32_t v = 1; kith_definition_get(txn, KITH_SEGMENT, segment, v, &found) == KITH_OK;
         v++) {
        cli_json_object(json, NULL);
        cli_json_count(json, "version", v);
        cli_json_boolean(json, "removed", found.removed);
        cli_json_time(json, "at", found.at_us);
        cli_json_end(json);
    }
    cli_json_end(json);
}

static void print_history_json(kith_txn *txn, const char *segment, kith_period by,
                               const kith_segment_history *history) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_text(&json, "segment", segment);
    cli_json_text(&json, "by", kith_period_name(by));
    put_time(&json, "begins", history->begins_us);
    put_time(&json, "settled", history->settled_us);
    cli_json_boolean(&json, "forgotten", history->forgotten);
    cli_json_count(&json, "members", history->member_count);
    cli_json_count(&json, "dirty", history->dirty_count);
    cli_json_list(&json, "periods");
    for (size_t i = 0; i < history->period_count; i++) {
        put_period(&json, history->periods[i]);
    }
    cli_json_end(&json);
    put_versions(&json, txn, segment);
    cli_json_end(&json);
}

static int tell_segment(const cli_arguments *arguments) {
    kith_segment_history_options asked = KITH_SEGMENT_HISTORY_OPTIONS_INIT;
    kith_segment_history *history = NULL;
    const char *segment = arguments->operands[1];
    cli_session session;
    int result = read_asked(arguments, &asked);
    result = result == CLI_OK ? cli_session_begin(arguments, KITH_READ, &session) : result;
    if (result != CLI_OK) {
        return result;
    }
    int code = kith_segment_history_read(session.txn, segment, &asked, &history);
    if (code == KITH_NOT_FOUND) {
        result = cli_session_no(&session, "%s", kith_txn_error(session.txn)->message);
    } else if (code != KITH_OK) {
        result = cli_session_fail(&session);
    } else if (arguments->json) {
        print_history_json(session.txn, segment, asked.by, history);
    } else {
        print_history(session.txn, segment, history);
    }
    kith_segment_history_free(history);
    cli_session_end(&session);
    return result;
}

/* A customer's stays */

static void add_moment(cli_table *table, int64_t time_us, kith_cause cause, const char *none) {
    char time[KITH_TIME_TEXT_BYTES];
    bool known = time_us != INT64_MIN && time_us != INT64_MAX;
    if (known) {
        kith_time_format(time_us, time);
    }
    cli_table_add(table, "%s", known ? time : none);
    cli_table_add(table, "%s", known ? kith_cause_name(cause) : "");
}

static void print_stays(kith_stay_iter *iter) {
    static const char *const titles[] = {"entered", "cause", "left", "cause", CLI_ID_COLUMN};
    char id[KITH_ID_TEXT_BYTES];
    kith_stay stay = KITH_STAY_INIT;
    cli_table table;
    cli_table_init(&table, "lllll");
    cli_table_add_titles(&table, titles, 5);
    size_t empty = table.cell_count;
    while (kith_stay_iter_next(iter, &stay) == KITH_OK) {
        kith_id_format(&stay.id, id);
        add_moment(&table, stay.entered_at_us, stay.entered_by, "(forgotten)");
        add_moment(&table, stay.left_at_us, stay.left_by, "(is in it)");
        cli_table_add(&table, "%s", id);
    }
    if (table.cell_count > empty) {
        cli_table_print(&table, stdout);
    }
    cli_table_clear(&table);
}

static void put_moment(cli_json *json, const char *time_name, const char *cause_name,
                       int64_t time_us, kith_cause cause) {
    bool known = time_us != INT64_MIN && time_us != INT64_MAX;
    put_time(json, time_name, time_us);
    cli_json_text(json, cause_name, known ? kith_cause_name(cause) : NULL);
}

static void print_stays_json(const cli_finding *finding, const char *segment,
                             kith_stay_iter *iter) {
    kith_stay stay = KITH_STAY_INIT;
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_id(&json, "id", &finding->profile.id);
    cli_json_text(&json, "segment", segment);
    cli_json_list(&json, "stays");
    while (kith_stay_iter_next(iter, &stay) == KITH_OK) {
        cli_json_object(&json, NULL);
        cli_json_id(&json, CLI_ID_COLUMN, &stay.id);
        put_moment(&json, "entered", "entered_by", stay.entered_at_us, stay.entered_by);
        put_moment(&json, "left", "left_by", stay.left_at_us, stay.left_by);
        cli_json_end(&json);
    }
    cli_json_end(&json);
    cli_json_end(&json);
}

static int tell_customer(const cli_arguments *arguments) {
    const char *segment = arguments->operands[1];
    kith_stay_iter *iter = NULL;
    cli_finding finding;
    if (cli_option_get(arguments, "since") != NULL || cli_option_get(arguments, "until") != NULL ||
        cli_option_get(arguments, "by") != NULL) {
        return cli_usage(arguments->command,
                         "--since, --until and --by are of the segment's size, not of one person");
    }
    int result = cli_finding_begin(arguments, cli_clock_us(), &finding);
    if (result != CLI_OK) {
        return result;
    }
    int code = kith_stay_iter_open(&finding.profile, segment, &iter);
    if (code == KITH_NOT_FOUND) {
        result =
            cli_session_no(&finding.session, "%s", kith_txn_error(finding.session.txn)->message);
    } else if (code != KITH_OK) {
        result = cli_session_fail(&finding.session);
    } else if (arguments->json) {
        print_stays_json(&finding, segment, iter);
    } else {
        print_stays(iter);
        cli_finding_print_shared(&finding.shared);
    }
    kith_stay_iter_close(iter);
    cli_finding_end(&finding);
    return result;
}

static int run_segment_history(const cli_arguments *arguments) {
    bool person = cli_option_get(arguments, "id") != NULL ||
                  cli_option_get(arguments, "record") != NULL ||
                  cli_option_get(arguments, "find") != NULL;
    return person ? tell_customer(arguments) : tell_segment(arguments);
}

const cli_command cli_command_segment_history = {
    .name = "segment history",
    .summary = "how large a segment was over time, or when somebody was in it",
    .usage = "STORE NAME [--since TIME] [--until TIME] [--by day|week|month]\n"
             "       kith segment history STORE NAME\n"
             "           (--id ID | --record SOURCE:KEY | --find TYPE=VALUE)",
    .operands = {"STORE", "NAME"},
    .options =
        {
            {"since", "TIME", "begin with the period that holds it"},
            {"until", "TIME", "end with the last period that begins before it"},
            {"by", "PERIOD", "day (default), week or month, in the store's time zone"},
            CLI_FINDING_OPTIONS,
        },
    .details =
        "Of each period: how many entered and left; of these whom a definition moved (redefined)\n"
        "and who became part of another profile (merged); how many were in it at the end; and\n"
        "which versions were defined. It is told by the transitions that settle wrote: it begins\n"
        "with the first settle after the segment was defined, and ends with the last. Who was in\n"
        "it at any instant by the facts: 'kith segment members --as-of'.\n"
        "Exit code 1: there never was such a segment, or there is no such customer.\n"
        "\n"
        "  kith segment history shop.kith regulars --by month\n"
        "  kith segment history shop.kith regulars --record crm:17",
    .run = run_segment_history,
};
