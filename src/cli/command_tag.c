/* tag add, tag remove, tag list: what people and programs call a customer. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/json_writer.h"
#include "src/cli/mark_table.h"
#include "src/cli/progress_bar.h"
#include "src/cli/saying.h"
#include "src/cli/tag_people.h"

/* What is said */

static bool is_number(const char *text, kith_value *out) {
    char *end = NULL;
    errno = 0;
    long long integer = strtoll(text, &end, 10);
    bool plain = text[strspn(text, "+-.0123456789eE")] == '\0' && strpbrk(text, "0123456789");
    if (plain && *end == '\0' && errno == 0) {
        *out = kith_value_integer(integer);
        return true;
    }
    double real = strtod(text, &end);
    *out = kith_value_real(real);
    return plain && *end == '\0' && isfinite(real);
}

/* A number, true or false, a date as YYYY-MM-DD; anything else is text. */
static kith_value read_value(const char *text) {
    kith_value value = kith_value_null();
    int64_t days = 0;
    if (text == NULL || is_number(text, &value)) {
        return value;
    }
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        return kith_value_boolean(text[0] == 't');
    }
    bool date = strlen(text) == 10 && text[4] == '-' && text[7] == '-' &&
                kith_date_parse(text, 10, &days) == KITH_OK;
    return date ? kith_value_date(days) : kith_value_text(text);
}

static int read_origin(const cli_arguments *arguments, kith_origin *out) {
    const char *name = cli_option_get(arguments, "origin");
    for (int i = KITH_ORIGIN_MANUAL; name != NULL && i <= KITH_ORIGIN_MODEL; i++) {
        if (strcmp(kith_origin_name((kith_origin)i), name) == 0) {
            *out = (kith_origin)i;
            return CLI_OK;
        }
    }
    return name == NULL ? CLI_OK
                        : cli_usage(arguments->command,
                                    "--origin is manual, rule, import or model, not '%s'", name);
}

/* All but who is meant. */
static int read_tag(const cli_arguments *arguments, int64_t at_us, kith_tag_input *out) {
    uint64_t confidence = 0;
    out->tag = arguments->operands[1];
    out->value = read_value(cli_option_get(arguments, "value"));
    out->at_us = at_us;
    out->by = cli_option_get(arguments, "by");
    int result = cli_option_count(arguments, "confidence", 100, &confidence);
    if (result == CLI_OK) {
        result = read_origin(arguments, &out->origin);
    }
    out->confidence = confidence < UINT32_MAX ? (uint32_t)confidence : UINT32_MAX;
    return result == CLI_OK ? cli_option_time(arguments, "expires", INT64_MAX, &out->expires_at_us)
                            : result;
}

static int tag_one(const cli_arguments *arguments, bool remove) {
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    kith_change change = KITH_UNCHANGED;
    cli_saying saying;
    int result = read_tag(arguments, 0, &input);
    if (result == CLI_OK) {
        result = cli_saying_begin(arguments, &saying);
    }
    if (result != CLI_OK) {
        return result;
    }
    input.source = saying.source;
    input.key = saying.key;
    input.id = saying.id;
    input.at_us = saying.at_us;
    kith_txn *txn = saying.finding.session.txn;
    int code = remove ? kith_tag_remove(txn, &input, &change) : kith_tag_add(txn, &input, &change);
    return cli_saying_end(&saying, code, change);
}

/* Those of a file */

static void print_report(const cli_arguments *arguments, const kith_tag_import_report *report) {
    const cli_named_count counts[] = {{"rows", report->row_count},
                                      {"added", report->added_count},
                                      {"unchanged", report->unchanged_count},
                                      {"unknown keys", report->unknown_count},
                                      {"rows that can't be read", report->rejected_count}};
    cli_table table;
    cli_json json;
    if (!arguments->json) {
        cli_table_init(&table, "lr");
        cli_table_add_named_counts(&table, counts, sizeof counts / sizeof counts[0]);
        cli_table_print(&table, stdout);
        cli_table_clear(&table);
        return;
    }
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_count(&json, "rows", report->row_count);
    cli_json_count(&json, "added", report->added_count);
    cli_json_count(&json, "unchanged", report->unchanged_count);
    cli_json_count(&json, "unknown", report->unknown_count);
    cli_json_count(&json, "first_unknown_line", report->first_unknown_line);
    cli_json_count(&json, "rejected", report->rejected_count);
    cli_json_count(&json, "first_rejected_line", report->first_rejected_line);
    cli_json_end(&json);
}

/* Rows whose record wasn't there, or that weren't rows, are an answer too: no. */
static int judge_report(const cli_arguments *arguments, const kith_tag_import_report *report) {
    const char *file = cli_option_get(arguments, "file");
    char number[CLI_NUMBER_BYTES];
    if (report->unknown_count > 0) {
        cli_fail("%s row%s of '%s' %s no record of this source, the first is line %" PRIu64,
                 cli_count_text(report->unknown_count, number), cli_plural(report->unknown_count),
                 file, report->unknown_count == 1 ? "names" : "name", report->first_unknown_line);
    } else if (report->rejected_count > 0) {
        cli_fail("%s row%s of '%s' can't be read, the first is line %" PRIu64,
                 cli_count_text(report->rejected_count, number), cli_plural(report->rejected_count),
                 file, report->first_rejected_line);
    }
    return report->unknown_count + report->rejected_count > 0 ? CLI_NO : CLI_OK;
}

static int fail_file(const cli_arguments *arguments, int code, const kith_error *error) {
    if (code == KITH_NOT_FOUND) {
        return cli_fail("there is no file '%s'", cli_option_get(arguments, "file"));
    }
    return code == KITH_INVALID ? cli_usage(arguments->command, "%s", error->message)
                                : cli_fail_error(error);
}

static int run_file(const cli_arguments *arguments, const kith_tag_import_options *given,
                    kith *store) {
    cli_progress progress;
    kith_tag_import_options options = *given;
    kith_tag_import_report report = KITH_TAG_IMPORT_REPORT_INIT;
    kith_error error = KITH_ERROR_INIT;
    options.progress = cli_progress_step;
    options.context = &progress;
    cli_progress_begin(&progress);
    int code = kith_tag_import(store, cli_option_get(arguments, "file"), &options, &report, &error);
    cli_progress_end(&progress);
    if (code == KITH_OK || report.row_count > 0) {
        print_report(arguments, &report);
    }
    return code == KITH_OK ? judge_report(arguments, &report) : fail_file(arguments, code, &error);
}

static int tag_file(const cli_arguments *arguments, bool remove) {
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    kith_tag_import_options options = KITH_TAG_IMPORT_OPTIONS_INIT;
    kith *store = NULL;
    int64_t at_us = 0;
    options.source = cli_option_get(arguments, "source");
    options.key_column = cli_option_get(arguments, "key");
    options.remove = remove;
    options.tag = &input;
    if (options.source == NULL || options.source[0] == '\0') {
        return cli_usage(arguments->command, "--file needs --source NAME, whose keys they are");
    }
    int result = cli_saying_times(arguments, &at_us);
    if (result == CLI_OK) {
        result = read_tag(arguments, at_us, &input);
    }
    if (result == CLI_OK) {
        result = cli_store_open(arguments, 0, &store);
    }
    if (result == CLI_OK) {
        result = run_file(arguments, &options, store);
    }
    kith_close(store);
    return result;
}

static int tag_people(const cli_arguments *arguments, bool remove) {
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    int64_t at_us = 0;
    int result = cli_saying_times(arguments, &at_us);
    if (result == CLI_OK) {
        result = read_tag(arguments, at_us, &input);
    }
    return result == CLI_OK ? cli_tag_people(arguments, &input, remove) : result;
}

/* What only goes with another option. */
static int check_use(const cli_arguments *arguments, bool file, bool people, bool person) {
    if (file + people + person > 1) {
        return cli_usage(arguments->command, "%s names whom, no other may be named",
                         file ? "--file" : "--segment or --where");
    }
    if (!file &&
        (cli_option_get(arguments, "source") != NULL || cli_option_get(arguments, "key") != NULL)) {
        return cli_usage(arguments->command, "--source and --key are of --file FILE");
    }
    if (!people && cli_option_get(arguments, "dry-run") != NULL) {
        return cli_usage(arguments->command, "--dry-run is of --segment and --where");
    }
    return CLI_OK;
}

/* A file, those who are meant, or one person. */
static int tag(const cli_arguments *arguments, bool remove) {
    bool file = cli_option_get(arguments, "file") != NULL;
    bool people = cli_tag_people_is_asked(arguments);
    bool person = cli_option_get(arguments, "id") != NULL ||
                  cli_option_get(arguments, "record") != NULL ||
                  cli_option_get(arguments, "find") != NULL;
    int result = check_use(arguments, file, people, person);
    if (result != CLI_OK) {
        return result;
    }
    return file     ? tag_file(arguments, remove)
           : people ? tag_people(arguments, remove)
                    : tag_one(arguments, remove);
}

static int run_add(const cli_arguments *arguments) {
    return tag(arguments, false);
}

static int run_remove(const cli_arguments *arguments) {
    return tag(arguments, true);
}

/* Listing */

static void print_counts(kith_tag_counts *all) {
    kith_tag_count count = KITH_TAG_COUNT_INIT;
    cli_table table;
    cli_table_init(&table, "lr");
    while (kith_tag_counts_next(all, &count) == KITH_OK) {
        cli_table_add(&table, "%s", count.name);
        cli_table_add_count(&table, count.profile_count);
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_counts_json(kith_tag_counts *all) {
    kith_tag_count count = KITH_TAG_COUNT_INIT;
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_list(&json, "tags");
    while (kith_tag_counts_next(all, &count) == KITH_OK) {
        cli_json_object(&json, NULL);
        cli_json_text(&json, "tag", count.name);
        cli_json_count(&json, "profiles", count.profile_count);
        cli_json_end(&json);
    }
    cli_json_end(&json);
    cli_json_end(&json);
}

static int list_all(const cli_arguments *arguments, int64_t now_us) {
    cli_session session;
    kith_tag_counts *all = NULL;
    if (cli_option_get(arguments, "history") != NULL) {
        return cli_usage(arguments->command, "--history is of one person, name whom");
    }
    int result = cli_session_begin(arguments, KITH_READ, &session);
    if (result != CLI_OK) {
        return result;
    }
    if (kith_tag_counts_open(session.txn, now_us, &all) != KITH_OK) {
        result = cli_session_fail(&session);
    } else if (arguments->json) {
        print_counts_json(all);
    } else {
        print_counts(all);
    }
    kith_tag_counts_close(all);
    cli_session_end(&session);
    return result;
}

static int show_history(const cli_finding *finding, cli_table *table, cli_json *json) {
    kith_tag_iter *iter = NULL;
    kith_tag tag = KITH_TAG_INIT;
    kith_txn *txn = finding->session.txn;
    if (kith_tag_iter_open(&finding->profile, &iter) != KITH_OK) {
        return cli_session_fail(&finding->session);
    }
    while (kith_tag_iter_next(iter, &tag) == KITH_OK) {
        if (json != NULL) {
            cli_json_tag(json, txn, &tag);
        } else {
            cli_marks_add_history(table, txn, &tag);
        }
    }
    kith_tag_iter_close(iter);
    return CLI_OK;
}

static int print_tags(const cli_finding *finding, bool history) {
    cli_table table;
    int result = CLI_OK;
    cli_table_init(&table, CLI_MARK_COLUMNS);
    if (history) {
        result = show_history(finding, &table, NULL);
    } else {
        cli_marks_add_tags(&table, finding->session.txn, &finding->profile, "");
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
    return result;
}

static int print_tags_json(const cli_finding *finding, bool history) {
    cli_json json;
    int result = CLI_OK;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_id(&json, "id", &finding->profile.id);
    if (history) {
        cli_json_list(&json, "history");
        result = show_history(finding, NULL, &json);
        cli_json_end(&json);
    } else {
        cli_json_tags(&json, finding->session.txn, &finding->profile);
    }
    cli_json_end(&json);
    return result;
}

static int list_one(const cli_arguments *arguments, int64_t now_us) {
    cli_finding finding;
    bool history = cli_option_get(arguments, "history") != NULL;
    int result = cli_finding_begin(arguments, now_us, &finding);
    if (result != CLI_OK) {
        return result;
    }
    result = arguments->json ? print_tags_json(&finding, history) : print_tags(&finding, history);
    cli_finding_end(&finding);
    return result;
}

static int run_list(const cli_arguments *arguments) {
    bool person = cli_option_get(arguments, "id") != NULL ||
                  cli_option_get(arguments, "record") != NULL ||
                  cli_option_get(arguments, "find") != NULL;
    int64_t now_us = 0;
    int result = cli_option_now(arguments, &now_us);
    if (result != CLI_OK) {
        return result;
    }
    return person ? list_one(arguments, now_us) : list_all(arguments, now_us);
}

#define FILE_OPTIONS                                                                               \
    {"file", "FILE", "a CSV file that lists whom: one record a row; '-' is standard input"},       \
        {"source", "NAME", "of --file: the source whose keys they are"}, {                         \
        "key", "COLUMN", "of --file: the column of keys; else recognised by its name"              \
    }

const cli_command cli_command_tag_add = {
    .name = "tag add",
    .summary = "tag a customer, all in a segment, or all that a file lists",
    .usage = "STORE TAG " CLI_WHOM_USAGE " [options]\n"
             "       kith tag add STORE TAG " CLI_TAG_PEOPLE_USAGE " [options]\n"
             "       kith tag add STORE TAG --file FILE --source NAME [--key COLUMN] [options]",
    .operands = {"STORE", "TAG"},
    .options =
        {
            CLI_FINDING_OPTIONS,
            CLI_TAG_PEOPLE_OPTIONS,
            FILE_OPTIONS,
            {"value", "VALUE", "a number, true or false, a date such as 2024-02-29, or text"},
            {"expires", "TIME", "when it ends; else it holds until it is removed"},
            {"confidence", "N", "how sure it is, in percent (default: 100)"},
            {"origin", "ORIGIN", "manual (default), rule, import or model"},
            CLI_SAYING_OPTIONS,
        },
    .details =
        "A tag hangs on a record and follows it wherever profiles merge and split. What is said\n"
        "last of a tag stands, also after it expired. Saying the same twice changes nothing; for "
        "a\n"
        "file give --at, so that running it again does. --segment and --where mean who is in it "
        "at\n"
        "--now; who has the very same tag already is left as it is, so run it as often as you "
        "like.\n"
        "Many are tagged in several transactions: Ctrl-C stops between two, run it again to go "
        "on.\n"
        "\n"
        "Exit code 1: no such customer or segment, an expression that means nothing, or rows of "
        "the\n"
        "file without a customer.\n"
        "\n"
        "  kith tag add shop.kith vip --record crm:17 --value gold --expires 2026-01-01\n"
        "  kith tag add shop.kith spring --segment lapsed --expires 2026-06-01 --dry-run\n"
        "  kith tag add shop.kith spring --where \"city = 'York' AND NOT tag('staff')\"\n"
        "  kith tag add shop.kith fair --file visitors.csv --source crm --key id --by booth",
    .run = run_add,
};

const cli_command cli_command_tag_remove = {
    .name = "tag remove",
    .summary = "remove a tag of a customer, of all in a segment, or of all that a file lists",
    .usage = "STORE TAG " CLI_WHOM_USAGE " [options]\n"
             "       kith tag remove STORE TAG " CLI_TAG_PEOPLE_USAGE " [options]\n"
             "       kith tag remove STORE TAG --file FILE --source NAME [--key COLUMN] [options]",
    .operands = {"STORE", "TAG"},
    .options =
        {
            CLI_FINDING_OPTIONS,
            CLI_TAG_PEOPLE_OPTIONS,
            FILE_OPTIONS,
            {"origin", "ORIGIN", "manual (default), rule, import or model"},
            CLI_SAYING_OPTIONS,
        },
    .details =
        "The tag is gone from --at on, whichever of the customer's records it hung on; what\n"
        "was said before stays in the history. Of --segment and --where those who don't have it\n"
        "are left as they are.\n"
        "\n"
        "Exit code 1: no such customer or segment, an expression that means nothing, or rows of "
        "the\n"
        "file without a customer.\n"
        "\n"
        "  kith tag remove shop.kith vip --find email=bob@example.com --by desk\n"
        "  kith tag remove shop.kith spring --where \"did(order LAST 7d)\"",
    .run = run_remove,
};

const cli_command cli_command_tag_list = {
    .name = "tag list",
    .summary = "list all tags and how many have them, or those of one customer",
    .usage = "STORE [--id ID | --record SOURCE:KEY | --find TYPE=VALUE [--history]]",
    .operands = {"STORE"},
    .options =
        {
            CLI_FINDING_OPTIONS,
            {"history", NULL, "all that was ever said of the customer's tags, by time"},
            {"now", "TIME", "as of this time (default: the clock)"},
        },
    .details = "Exit code 1: no such customer.\n"
               "\n"
               "  kith tag list shop.kith\n"
               "  kith tag list shop.kith --record crm:17 --history",
    .run = run_list,
};
