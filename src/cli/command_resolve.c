/* resolve: links that need no shared identifier. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/json_writer.h"
#include "src/cli/progress_bar.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

#define PHASES_MAX 8

/* The bar, and when each phase began. */
typedef struct phase_clock {
    cli_progress bar;
    size_t count;
    struct phase {
        const char *name;
        double began; /* seconds since the whole began */
    } phases[PHASES_MAX];
} phase_clock;

static int on_step(void *context, const kith_progress *step) {
    phase_clock *clock = context;
    size_t count = clock->count;
    if (count < PHASES_MAX &&
        (count == 0 || strcmp(clock->phases[count - 1].name, step->phase) != 0)) {
        /* The first one is told of when some of it is done. */
        double began = count > 0 ? cli_progress_seconds(&clock->bar) : 0;
        clock->phases[clock->count++] = (struct phase){step->phase, began};
    }
    return cli_progress_step(&clock->bar, step);
}

static void json_milliseconds(cli_json *json, const phase_clock *clock, double whole) {
    cli_json_object(json, "milliseconds");
    for (size_t i = 0; i < clock->count; i++) {
        double ended = i + 1 < clock->count ? clock->phases[i + 1].began : whole;
        uint64_t milliseconds = (uint64_t)((ended - clock->phases[i].began) * 1000 + 0.5);
        cli_json_count(json, clock->phases[i].name, milliseconds);
    }
    cli_json_end(json);
}

static void print_json(const kith_resolve_result *r, const kith_stat *stat,
                       const phase_clock *clock, double whole) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_count(&json, "records", r->record_count);
    cli_json_count(&json, "compared", r->compared_count);
    cli_json_count(&json, "scored", r->scored_count);
    cli_json_count(&json, "model", r->model_version);
    cli_json_boolean(&json, "trained", r->trained);
    cli_json_count(&json, "profiles", stat->profile_count);
    cli_json_count(&json, "settled", r->settled.settled_count);
    cli_json_count(&json, "remaining", r->settled.remaining_count);
    json_milliseconds(&json, clock, whole);
    cli_json_end(&json);
}

static void print_text(const kith_resolve_result *r, const kith_stat *stat) {
    const cli_named_count counts[] = {
        {"records", r->record_count},
        {"pairs compared", r->compared_count},
        {"  of them kept", r->scored_count},
        {"profiles", stat->profile_count},
    };
    cli_table table;
    cli_table_init(&table, "lr");
    cli_table_add_named_counts(&table, counts, sizeof counts / sizeof counts[0]);
    cli_table_add(&table, "match model");
    if (r->model_version > 0) {
        cli_table_add(&table, "%" PRIu32 "%s", r->model_version, r->trained ? ", learnt now" : "");
    } else {
        cli_table_add(&table, "none: there are too few records to learn from");
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static int read_stat(kith *store, kith_stat *out) {
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn = NULL;
    int code = kith_txn_begin(store, KITH_READ, &txn, &error);
    code = code == KITH_OK ? kith_stat_get(txn, out) : code;
    kith_txn_abort(txn);
    return code == KITH_OK ? CLI_OK : cli_fail_error(&error);
}

static int resolve(const cli_arguments *arguments, kith *store, kith_resolve_options *options) {
    kith_resolve_result done = KITH_RESOLVE_RESULT_INIT;
    kith_stat stat = KITH_STAT_INIT;
    kith_error error = KITH_ERROR_INIT;
    phase_clock clock = {.count = 0};
    cli_progress_begin(&clock.bar);
    options->progress = on_step;
    options->context = &clock;
    int code = kith_resolve(store, options, &done, &error);
    double whole = cli_progress_seconds(&clock.bar);
    cli_progress_end(&clock.bar);
    if (code != KITH_OK) {
        return cli_fail_error(&error);
    }
    int result = read_stat(store, &stat);
    if (result == CLI_OK && arguments->json) {
        print_json(&done, &stat, &clock, whole);
    } else if (result == CLI_OK) {
        print_text(&done, &stat);
    }
    return result;
}

static int read_options(const cli_arguments *arguments, kith_resolve_options *out) {
    uint64_t threads = 0;
    out->train = cli_option_get(arguments, "train") != NULL;
    int result = cli_option_now(arguments, &out->now_us);
    if (result == CLI_OK) {
        result = cli_option_count(arguments, "threads", 0, &threads);
    }
    if (result == CLI_OK && out->train && cli_option_get(arguments, "model") != NULL) {
        result = cli_usage(arguments->command, "a match model is either given or learnt: --model "
                                               "and --train exclude each other");
    }
    out->threads = (unsigned)(threads < 1024 ? threads : 1024);
    return result;
}

static int run_resolve(const cli_arguments *arguments) {
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    const char *model_path = cli_option_get(arguments, "model");
    char *model = NULL;
    kith *store = NULL;
    int result = read_options(arguments, &options);
    if (result == CLI_OK && model_path != NULL) {
        result = cli_file_read(model_path, &model);
    }
    if (result == CLI_OK) {
        result = cli_store_open(arguments, 0, &store);
    }
    if (result == CLI_OK) {
        options.model = model;
        result = resolve(arguments, store, &options);
    }
    kith_close(store);
    free(model);
    return result;
}

const cli_command cli_command_resolve = {
    .name = "resolve",
    .summary = "link records that share no identifier but are likely one customer",
    .usage = "STORE [--train | --model FILE] [--threads N] [--now TIME]",
    .operands = {"STORE"},
    .options =
        {
            {"train", NULL, "learn a new match model, also where there is one"},
            {"model", "FILE",
             "put this match model in force instead of learning one (-: standard\n"
             "input), as 'kith model STORE --export 1' writes one"},
            {"threads", "N", "how many to work with (default: one for each processor)"},
            {"now", "TIME", "settle as of this time (default: the clock)"},
            CLI_MAP_SIZE_OPTION,
        },
    .details =
        "Learns from the store's own records how much it says that two of them agree in a\n"
        "name, a birth date, an address; compares all that have something in common; and\n"
        "links those that are likely one customer. Every import afterwards does the same for\n"
        "what it brings. Others wait with their writes while it compares. With --json it\n"
        "also tells how long each phase took, in milliseconds.",
    .run = run_resolve,
};
