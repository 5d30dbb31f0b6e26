/* settle, verify, check, stat, backup: the care of a store. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/interrupt.h"
#include "src/cli/json_writer.h"
#include "src/cli/progress_bar.h"
#include "src/cli/session.h"
#include "src/cli/table.h"
#include "src/cli/transition_span.h"

/* More problems than this are counted, not printed. */
#define PROBLEMS_SHOWN 100
/* So often verify looks at a structure that seems damaged while others write. */
#define CHECKS_MAX     3

/* settle */

static int on_settled(void *context, const kith_progress *step) {
    return cli_progress_step(context, step);
}

/* What a settle came to, and who entered and left segments meanwhile. */
typedef struct settled {
    kith_settle_result total;
    bool stopped; /* by Ctrl-C: no step that ended may have told how many are left */
    uint64_t entered, left;
} settled;

/* What was settled before it was stopped isn't lost: the caller tells of both. */
static int settle_all(kith *store, int64_t now_us, cli_progress *bar, settled *out) {
    kith_error error = KITH_ERROR_INIT;
    int code = kith_settle_all(store, now_us, 0, on_settled, bar, &out->total, &error);
    out->stopped = code == KITH_INTERRUPTED;
    return code == KITH_OK || out->stopped ? CLI_OK : cli_fail_error(&error);
}

static int read_transitions(kith *store, cli_span *span, settled *out) {
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn = NULL;
    if (kith_txn_begin(store, KITH_READ, &txn, &error) != KITH_OK) {
        return cli_fail_error(&error);
    }
    int code = out == NULL ? cli_transitions_span(txn, span)
                           : cli_transitions_tally(txn, span->last, &out->entered, &out->left);
    int result = code == KITH_OK ? CLI_OK : cli_fail_error(kith_txn_error(txn));
    kith_txn_abort(txn);
    return result;
}

static int settle_and_tally(kith *store, int64_t now_us, settled *out) {
    cli_progress bar;
    cli_span before = {0, 0};
    int result = read_transitions(store, &before, NULL);
    if (result != CLI_OK) {
        return result;
    }
    cli_progress_begin(&bar);
    result = settle_all(store, now_us, &bar, out);
    cli_progress_end(&bar);
    return result == CLI_OK ? read_transitions(store, &before, out) : result;
}

static void print_settled(const cli_arguments *arguments, const settled *done) {
    const kith_settle_result *total = &done->total;
    char number[CLI_NUMBER_BYTES];
    if (arguments->json) {
        cli_json json;
        cli_json_init(&json, stdout);
        cli_json_object(&json, NULL);
        cli_json_count(&json, "settled", total->settled_count);
        cli_json_count(&json, "packed", total->packed_count);
        cli_json_count(&json, "remaining", total->remaining_count);
        cli_json_count(&json, "entered", done->entered);
        cli_json_count(&json, "left", done->left);
        cli_json_boolean(&json, "interrupted", done->stopped);
        cli_json_end(&json);
        return;
    }
    printf("settled %s profile%s", cli_count_text(total->settled_count, number),
           cli_plural(total->settled_count));
    printf(", packed %s event%s", cli_count_text(total->packed_count, number),
           cli_plural(total->packed_count));
    if (total->remaining_count > 0) {
        printf(", %s left", cli_count_text(total->remaining_count, number));
    }
    if (done->entered + done->left > 0) {
        printf("; segments: %s entered", cli_count_text(done->entered, number));
        printf(", %s left", cli_count_text(done->left, number));
    }
    putchar('\n');
}

static int run_settle(const cli_arguments *arguments) {
    settled done = {.total = KITH_SETTLE_RESULT_INIT};
    kith *store = NULL;
    int64_t now_us = 0;
    int result = cli_option_now(arguments, &now_us);
    if (result == CLI_OK) {
        result = cli_store_open(arguments, 0, &store);
    }
    if (result != CLI_OK) {
        return result;
    }
    result = settle_and_tally(store, now_us, &done);
    kith_close(store);
    if (result != CLI_OK) {
        return result;
    }
    print_settled(arguments, &done);
    if (done.stopped) {
        result = cli_fail("interrupted: %" PRIu64 " profiles are settled, run it again to go on",
                          done.total.settled_count);
    } else if (done.total.remaining_count > 0) {
        result = cli_fail("%" PRIu64 " profiles could not be settled, run 'kith verify %s'",
                          done.total.remaining_count, arguments->operands[0]);
    }
    return result;
}

const cli_command cli_command_settle = {
    .name = "settle",
    .summary = "bring all profiles up to date, so that reading them is cheap",
    .usage = "STORE [--now TIME] [--map-size SIZE]",
    .operands = {"STORE"},
    .options = {{"now", "TIME", "as of this time (default: the clock)"}, CLI_MAP_SIZE_OPTION},
    .details =
        "Recomputes the profiles that changed or are due, packs their events, and writes down\n"
        "who entered and left segments ('kith transitions' lists them). Reads are exact before\n"
        "as well as after. It works in short transactions, so that others can\n"
        "write in between.",
    .run = run_settle,
};

/* verify, check */

typedef struct inspection {
    cli_progress bar;
    bool json_output;
    cli_json json;
    uint64_t shown;
    bool damaged;   /* the structure is, so that nothing else was looked at */
    char *no_store; /* what check says of a file that is no store at all; owned */
} inspection;

static int on_progress(void *context, const kith_progress *step) {
    inspection *state = context;
    return cli_progress_step(&state->bar, step);
}

static bool says_no_store(const char *problem) {
    return strncmp(problem, "not a kith store", strlen("not a kith store")) == 0;
}

static void on_problem(void *context, const char *problem) {
    inspection *state = context;
    if (says_no_store(problem)) {
        free(state->no_store);
        state->no_store = cli_format("%s", problem);
    }
    if (state->no_store != NULL && !state->json_output) {
        return; /* told at the end, as of any file that can't be opened */
    }
    if (state->shown++ >= PROBLEMS_SHOWN) {
        return;
    }
    if (state->json_output) {
        cli_json_text(&state->json, NULL, problem);
        return;
    }
    char *clean = cli_text_clean(problem, strlen(problem));
    cli_progress_end(&state->bar);
    printf("problem: %s\n", clean);
    free(clean);
}

static void inspection_begin(inspection *state, const cli_arguments *arguments,
                             kith_check_options *options) {
    *state = (inspection){.json_output = arguments->json};
    cli_progress_begin(&state->bar);
    options->problem = on_problem;
    options->progress = on_progress;
    options->context = state;
    if (arguments->json) {
        cli_json_init(&state->json, stdout);
        cli_json_object(&state->json, NULL);
        cli_json_list(&state->json, "problems");
    }
}

static int inspection_end(inspection *state, const cli_arguments *arguments, int code,
                          uint64_t problem_count, const kith_error *error) {
    char number[CLI_NUMBER_BYTES];
    cli_progress_end(&state->bar);
    bool sound = code == KITH_OK && problem_count == 0;
    if (arguments->json) {
        cli_json_end(&state->json);
        cli_json_count(&state->json, "problem_count", problem_count);
        cli_json_boolean(&state->json, "ok", sound);
        if (code != KITH_OK) {
            cli_json_text(&state->json, "message", error->message);
        }
        if (state->damaged) {
            cli_json_boolean(&state->json, "compared", false);
        }
        cli_json_end(&state->json);
    }
    if (code == KITH_INTERRUPTED) {
        return cli_fail("interrupted: 'kith %s' is unfinished", arguments->command->name);
    }
    if (code != KITH_OK) {
        return cli_fail_error(error);
    }
    if (state->no_store != NULL) {
        int result = cli_fail("%s is %s", arguments->operands[0], state->no_store);
        free(state->no_store);
        return result;
    }
    if (!arguments->json && state->shown > PROBLEMS_SHOWN) {
        printf("... and %s more\n", cli_count_text(state->shown - PROBLEMS_SHOWN, number));
    }
    if (!arguments->json) {
        printf("%s: %s%s%s\n", arguments->command->name,
               sound ? "no problem found" : cli_count_text(problem_count, number),
               sound ? "" : " problem", sound ? "" : cli_plural(problem_count));
    }
    if (!arguments->json && state->damaged) {
        puts("The structure of the file is damaged: what is derived from the facts wasn't "
             "compared.");
    }
    return sound ? CLI_OK : CLI_NO;
}

/* What a check of the structure found, kept until it is known to hold. */
typedef struct damage {
    cli_progress bar;
    char *problems[PROBLEMS_SHOWN];
    uint64_t count;
    bool no_store;
} damage;

static int on_damage_progress(void *context, const kith_progress *step) {
    return cli_progress_step(&((damage *)context)->bar, step);
}

static void on_damage(void *context, const char *problem) {
    damage *found = context;
    if (found->count < PROBLEMS_SHOWN) {
        found->problems[found->count] = cli_format("%s", problem);
    }
    found->no_store = found->no_store || says_no_store(problem);
    found->count++;
}

static void forget_damage(damage *found) {
    for (size_t i = 0; i < PROBLEMS_SHOWN; i++) {
        free(found->problems[i]);
        found->problems[i] = NULL;
    }
    found->count = 0;
}

static bool is_unchanged(const char *path, const struct stat *before) {
    struct stat now;
    return stat(path, &now) == 0 && now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == before->st_mtim.tv_nsec && now.st_size == before->st_size;
}

/* Pages that others write meanwhile look damaged: what is found then is looked for once more. */
static int find_damage(const char *path, damage *found, bool *out_busy, kith_error *error) {
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    uint64_t count = 0;
    options.problem = on_damage;
    options.progress = on_damage_progress;
    options.context = found;
    for (unsigned i = 0; i < CHECKS_MAX; i++) {
        struct stat before = {0};
        bool known = stat(path, &before) == 0;
        forget_damage(found);
        int code = kith_check(path, &options, &count, error);
        if (code != KITH_OK || count == 0 || !known || is_unchanged(path, &before)) {
            return code;
        }
    }
    *out_busy = true;
    return KITH_OK;
}

static int tell_damage(const cli_arguments *arguments, const damage *found) {
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    inspection state;
    inspection_begin(&state, arguments, &options);
    state.damaged = true;
    for (size_t i = 0; i < PROBLEMS_SHOWN && found->problems[i] != NULL; i++) {
        on_problem(&state, found->problems[i]);
    }
    state.shown = found->count;
    return inspection_end(&state, arguments, KITH_OK, found->count, NULL);
}

/*
 * The structure comes first: what a damaged page says would lead LMDB out of the file, and end the
 * command by a signal. What is no store at all is left to the opening, which says so.
 */
static int verify_structure(const cli_arguments *arguments) {
    damage found = {.count = 0};
    kith_error error = KITH_ERROR_INIT;
    bool busy = false;
    int result = CLI_OK;
    cli_progress_begin(&found.bar);
    int code = find_damage(arguments->operands[0], &found, &busy, &error);
    cli_progress_end(&found.bar);
    if (code == KITH_INTERRUPTED) {
        result = cli_fail("interrupted: 'kith verify' is unfinished");
    } else if (code != KITH_OK && code != KITH_NOT_FOUND) {
        result = cli_fail_error(&error);
    } else if (busy) {
        result = cli_fail("others write to '%s' all the time, run it again when they are done",
                          arguments->operands[0]);
    } else if (code == KITH_OK && found.count > 0 && !found.no_store) {
        result = tell_damage(arguments, &found);
    }
    forget_damage(&found);
    return result;
}

static int verify_derived(const cli_arguments *arguments, int64_t now_us) {
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    inspection state;
    kith *store = NULL;
    uint64_t problem_count = 0;
    int result = cli_store_open(arguments, KITH_OPEN_READ_ONLY, &store);
    if (result != CLI_OK) {
        return result;
    }
    inspection_begin(&state, arguments, &options);
    int code = kith_verify(store, now_us, &options, &problem_count, &error);
    result = inspection_end(&state, arguments, code, problem_count, &error);
    kith_close(store);
    return result;
}

static int run_verify(const cli_arguments *arguments) {
    int64_t now_us = 0;
    int result = cli_option_now(arguments, &now_us);
    if (result == CLI_OK) {
        result = verify_structure(arguments);
    }
    return result == CLI_OK ? verify_derived(arguments, now_us) : result;
}

const cli_command cli_command_verify = {
    .name = "verify",
    .summary = "recompute all that is derived from the facts, and compare",
    .usage = "STORE [--now TIME]",
    .operands = {"STORE"},
    .options = {{"now", "TIME", "as of this time (default: the clock)"}},
    .details =
        "The structure of the file is checked first, as 'kith check' does; where it is damaged\n"
        "the problems are printed, and nothing is compared. Exit code 1: it is damaged, or\n"
        "something stored differs from what the facts give; each problem is a line.",
    .run = run_verify,
};

static int run_check(const cli_arguments *arguments) {
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    inspection state;
    uint64_t problem_count = 0;
    inspection_begin(&state, arguments, &options);
    int code = kith_check(arguments->operands[0], &options, &problem_count, &error);
    return inspection_end(&state, arguments, code, problem_count, &error);
}

const cli_command cli_command_check = {
    .name = "check",
    .summary = "check the structure of a store's file, page by page",
    .usage = "STORE",
    .operands = {"STORE"},
    .details = "Reads every page and the checksum of every fact. Run it on a file that nobody\n"
               "writes to, or on a backup. Exit code 1: problems were found; each is a line.\n"
               "Exit code 3: the file is no store at all.",
    .run = run_check,
};

/* stat */

typedef struct stat_line {
    const char *name;  /* for people */
    const char *field; /* in JSON */
    uint64_t number;
    bool bytes;
} stat_line;

static void print_stat(const stat_line *lines, size_t count) {
    cli_table table;
    cli_table_init(&table, "lrl");
    for (size_t i = 0; i < count; i++) {
        char size[CLI_NUMBER_BYTES];
        cli_table_add(&table, "%s", lines[i].name);
        cli_table_add_count(&table, lines[i].number);
        cli_table_add(&table, "%s", lines[i].bytes ? cli_bytes_text(lines[i].number, size) : "");
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_stat_json(const stat_line *lines, size_t count) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    for (size_t i = 0; i < count; i++) {
        cli_json_count(&json, lines[i].field, lines[i].number);
    }
    cli_json_end(&json);
}

/* What the store's definitions have made. */
typedef struct stat_segments {
    uint64_t segments, traits, transitions;
} stat_segments;

static uint64_t count_definitions(kith_txn *txn, kith_definition_kind kind) {
    kith_definition any = KITH_DEFINITION_INIT;
    uint64_t count = 0;
    size_t cursor = 0;
    while (kith_definition_next(txn, kind, &cursor, &any) == KITH_OK) {
        count++;
    }
    return count;
}

static int count_segments(kith_txn *txn, stat_segments *out) {
    cli_span span;
    int code = cli_transitions_span(txn, &span);
    out->segments = count_definitions(txn, KITH_SEGMENT);
    out->traits = count_definitions(txn, KITH_TRAIT);
    out->transitions = span.last > 0 ? span.last - span.first + 1 : 0;
    return code;
}

static void show_stat(const kith_stat *stat, const stat_segments *made, bool as_json) {
    const stat_line lines[] = {
        {"records", "records", stat->record_count, false},
        {"profiles", "profiles", stat->profile_count, false},
        {"events", "events", stat->event_count, false},
        {"decisions of people", "assertions", stat->assertion_count, false},
        {"tags and the like", "marks", stat->mark_count, false},
        {"identifiers that may link", "identifiers", stat->identifier_count, false},
        {"links taken", "links", stat->link_count, false},
        {"links refused", "refused_links", stat->refused_link_count, false},
        {"values shared by too many", "generic_values", stat->generic_value_count, false},
        {"profiles to settle", "dirty_profiles", stat->dirty_profile_count, false},
        {"records of large components", "pending_records", stat->pending_record_count, false},
        {"events to pack", "landed_events", stat->landed_event_count, false},
        {"sources", "sources", stat->source_count, false},
        {"attributes", "attributes", stat->attribute_count, false},
        {"event types", "event_types", stat->event_type_count, false},
        {"segments", "segments", made->segments, false},
        {"traits", "traits", made->traits, false},
        {"entered and left segments", "transitions", made->transitions, false},
        {"file size", "file_bytes", stat->file_bytes, true},
        {"  of it in use", "used_bytes", stat->used_bytes, true},
        {"largest it may grow", "map_bytes", stat->map_bytes, true},
        {"format version", "format_version", stat->format_version, false},
        {"readers now", "readers", stat->reader_count, false},
    };
    size_t count = sizeof lines / sizeof lines[0];
    if (as_json) {
        print_stat_json(lines, count);
    } else {
        print_stat(lines, count);
    }
}

static int run_stat(const cli_arguments *arguments) {
    cli_session session;
    kith_stat stat = KITH_STAT_INIT;
    stat_segments made = {0, 0, 0};
    int result = cli_session_begin(arguments, KITH_READ, &session);
    if (result != CLI_OK) {
        return result;
    }
    if (kith_stat_get(session.txn, &stat) != KITH_OK ||
        count_segments(session.txn, &made) != KITH_OK) {
        result = cli_session_fail(&session);
    } else {
        show_stat(&stat, &made, arguments->json);
    }
    cli_session_end(&session);
    return result;
}

const cli_command cli_command_stat = {
    .name = "stat",
    .summary = "count what a store holds",
    .usage = "STORE",
    .operands = {"STORE"},
    .run = run_stat,
};

/* backup */

static int run_backup(const cli_arguments *arguments) {
    const char *path = arguments->operands[1];
    kith_error error = KITH_ERROR_INIT;
    cli_progress bar;
    kith *store = NULL;
    int result = cli_store_open(arguments, KITH_OPEN_READ_ONLY, &store);
    if (result != CLI_OK) {
        return result;
    }
    cli_progress_begin(&bar);
    int code = kith_backup(store, path, cli_progress_step, &bar, &error);
    cli_progress_end(&bar);
    kith_close(store);
    if (code == KITH_EXISTS) {
        return cli_fail("'%s' exists already, choose another name or remove it", path);
    }
    if (code == KITH_INTERRUPTED) {
        return cli_fail("interrupted: there is no backup '%s', run it again", path);
    }
    if (code != KITH_OK) {
        return cli_fail_error(&error);
    }
    if (arguments->json) {
        cli_json json;
        cli_json_init(&json, stdout);
        cli_json_object(&json, NULL);
        cli_json_text(&json, "store", arguments->operands[0]);
        cli_json_text(&json, "backup", path);
        cli_json_end(&json);
    } else {
        printf("wrote %s\n", path);
    }
    return CLI_OK;
}

const cli_command cli_command_backup = {
    .name = "backup",
    .summary = "write a compact copy of a store, while others use it",
    .usage = "STORE FILE",
    .operands = {"STORE", "FILE"},
    .details = "The copy is one snapshot, and a store of its own. A FILE that is there already is\n"
               "refused; an unfinished copy is removed.",
    .run = run_backup,
};
