/* transitions: who entered and left segments. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/asked_columns.h"
#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/definition_card.h"
#include "src/cli/json_writer.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

/* Rows whose columns are aligned with one another: what is printed need not be held. */
#define ROWS_ALIGNED 1000

/* What is asked for. */
typedef struct wanted {
    uint64_t since, limit;
    const char *segment; /* NULL: all */
} wanted;

static int read_wanted(const cli_arguments *arguments, wanted *out) {
    int result = cli_option_count(arguments, "since", 0, &out->since);
    if (result == CLI_OK) {
        result = cli_option_count(arguments, "limit", UINT64_MAX, &out->limit);
    }
    out->segment = cli_option_get(arguments, "segment");
    return result;
}

/* The next that is asked for. KITH_OK; KITH_DONE; KITH_CORRUPT. */
static int next(kith_txn *txn, wanted *w, kith_transition *out) {
    int code = w->limit > 0 ? kith_transition_next(txn, &w->since, out) : KITH_DONE;
    while (code == KITH_OK && w->segment != NULL && strcmp(out->segment, w->segment) != 0) {
        code = kith_transition_next(txn, &w->since, out);
    }
    w->limit -= code == KITH_OK;
    return code;
}

static void add_row(cli_table *table, const kith_transition *transition) {
    char at[KITH_TIME_TEXT_BYTES], id[KITH_ID_TEXT_BYTES];
    kith_time_format(transition->at_us, at);
    kith_id_format(&transition->id, id);
    cli_table_add(table, "%" PRIu64, transition->sequence);
    cli_table_add(table, "%s", at);
    cli_table_add(table, "%s", id);
    cli_table_add(table, "%s", transition->entered ? "entered" : "left");
    cli_table_add(table, "%s", transition->segment);
    cli_table_add(table, "%s", kith_cause_name(transition->cause));
}

static void flush_rows(cli_table *table) {
    cli_table_print(table, stdout);
    cli_table_clear(table);
}

static int print_rows(kith_txn *txn, wanted *w) {
    static const char *const titles[] = {"sequence", "time",    CLI_ID_COLUMN,
                                         "change",   "segment", "cause"};
    const size_t columns = sizeof titles / sizeof titles[0];
    kith_transition transition = KITH_TRANSITION_INIT;
    cli_table table;
    int code;
    cli_table_init(&table, "rlllll");
    for (uint64_t i = 0; (code = next(txn, w, &transition)) == KITH_OK && !ferror(stdout); i++) {
        if (i == 0) {
            cli_table_add_titles(&table, titles, columns);
        }
        add_row(&table, &transition);
        if (table.cell_count >= ROWS_ALIGNED * columns) {
            flush_rows(&table);
        }
    }
    flush_rows(&table);
    return code;
}

static int print_lines(kith_txn *txn, wanted *w) {
    kith_transition transition = KITH_TRANSITION_INIT;
    cli_json json;
    int code;
    while ((code = next(txn, w, &transition)) == KITH_OK && !ferror(stdout)) {
        cli_json_init_line(&json, stdout);
        cli_json_object(&json, NULL);
        cli_json_count(&json, "sequence", transition.sequence);
        cli_json_time(&json, "at", transition.at_us);
        cli_json_id(&json, CLI_ID_COLUMN, &transition.id);
        cli_json_text(&json, "change", transition.entered ? "entered" : "left");
        cli_json_text(&json, "segment", transition.segment);
        cli_json_text(&json, "cause", kith_cause_name(transition.cause));
        cli_json_end(&json);
    }
    return code;
}

static int list(const cli_arguments *arguments) {
    kith_definition any = KITH_DEFINITION_INIT;
    cli_session session;
    wanted w;
    int result = read_wanted(arguments, &w);
    if (result == CLI_OK) {
        result = cli_session_begin(arguments, KITH_READ, &session);
    }
    if (result != CLI_OK) {
        return result;
    }
    if (w.segment != NULL) {
        /* One that is removed has a first version too. */
        result = cli_definition_get(&session, KITH_SEGMENT, w.segment, 1, &any);
    }
    if (result == CLI_OK) {
        int code = arguments->json ? print_lines(session.txn, &w) : print_rows(session.txn, &w);
        result = code == KITH_DONE || code == KITH_OK ? CLI_OK : cli_session_fail(&session);
    }
    cli_session_end(&session);
    return result;
}

static void print_trimmed(const cli_arguments *arguments, uint64_t count) {
    char number[CLI_NUMBER_BYTES];
    cli_json json;
    if (arguments->json) {
        cli_json_init(&json, stdout);
        cli_json_object(&json, NULL);
        cli_json_count(&json, "forgotten", count);
        cli_json_end(&json);
    } else {
        printf("forgot %s transition%s\n", cli_count_text(count, number), cli_plural(count));
    }
}

static int trim(const cli_arguments *arguments) {
    cli_session session;
    uint64_t sequence = 0, count = 0;
    if (cli_option_get(arguments, "since") != NULL || cli_option_get(arguments, "limit") != NULL ||
        cli_option_get(arguments, "segment") != NULL) {
        return cli_usage(arguments->command, "--trim forgets, it takes no --since, --limit or "
                                             "--segment");
    }
    int result = cli_option_count(arguments, "trim", 0, &sequence);
    if (result == CLI_OK) {
        result = cli_session_begin(arguments, KITH_WRITE, &session);
    }
    if (result != CLI_OK) {
        return result;
    }
    result = kith_transition_trim(session.txn, sequence, &count) == KITH_OK
                 ? cli_session_commit(&session)
                 : cli_session_fail(&session);
    cli_session_end(&session);
    if (result == CLI_OK) {
        print_trimmed(arguments, count);
    }
    return result;
}

static int run_transitions(const cli_arguments *arguments) {
    return cli_option_get(arguments, "trim") != NULL ? trim(arguments) : list(arguments);
}

const cli_command cli_command_transitions = {
    .name = "transitions",
    .summary = "list who entered and left segments, and why",
    .usage = "STORE [--since SEQUENCE] [--limit N] [--segment NAME]\n"
             "       kith transitions STORE --trim SEQUENCE",
    .operands = {"STORE"},
    .options =
        {
            {"since", "SEQUENCE", "only those after it: the last that was seen"},
            {"limit", "N", "at most so many, the oldest first"},
            {"segment", "NAME", "only those of one segment"},
            {"trim", "SEQUENCE", "forget those up to it, that one too"},
            {"json", NULL, "print one JSON object a line"},
            CLI_MAP_SIZE_OPTION,
        },
    .details =
        "'kith settle' writes them. Whoever remembers the last sequence that was seen acts on\n"
        "each once. The cause is fact (something was put), time (it went by), definition (the\n"
        "segment was defined, changed or removed) or merge (the profile became part of another,\n"
        "whose id goes on in what it was in).\n"
        "Exit code 1: there never was such a segment.\n"
        "\n"
        "  kith transitions shop.kith --since 1207 --segment regulars --json",
    .run = run_transitions,
};
