/* eval: the profiles against known truth. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/json_writer.h"
#include "src/cli/progress_bar.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

#define PAIRS_SHOWN 20

static void add_quality(cli_table *table, const char *name, const kith_quality *quality) {
    cli_table_add(table, "%s", name);
    cli_table_add(table, "%.4f", quality->precision);
    cli_table_add(table, "%.4f", quality->recall);
    cli_table_add(table, "%.4f", quality->f1);
}

static void print_qualities(const kith_evaluation *evaluation) {
    static const char *const header[] = {"", "precision", "recall", "F1"};
    cli_table table;
    cli_table_init(&table, "lrrr");
    cli_table_add_titles(&table, header, sizeof header / sizeof header[0]);
    add_quality(&table, "pairwise", &evaluation->pairwise);
    add_quality(&table, "B-cubed", &evaluation->bcubed);
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_counts(const kith_evaluation *evaluation) {
    const cli_named_count counts[] = {
        {"records", evaluation->record_count},
        {"of the truth, not in the store", evaluation->missing_count},
        {"entities", evaluation->entity_count},
        {"profiles", evaluation->profile_count},
        {"true pairs", evaluation->true_pair_count},
        {"pairs found", evaluation->found_pair_count},
        {"  of these right", evaluation->right_pair_count},
        {"over-merges", evaluation->over_merge_count},
        {"under-merges", evaluation->under_merge_count},
    };
    cli_table table;
    cli_table_init(&table, "lr");
    cli_table_add_named_counts(&table, counts, sizeof counts / sizeof counts[0]);
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_pairs(const char *title, const kith_wrong_pair *const *pairs, size_t listed,
                        uint64_t count, uint64_t limit) {
    char number[CLI_NUMBER_BYTES];
    cli_table table;
    size_t shown = listed < limit ? listed : (size_t)limit;
    if (shown == 0) {
        return;
    }
    printf("\n%s%s%s\n", cli_bold(stdout), title, cli_plain(stdout));
    cli_table_init(&table, "lll");
    table.indent = 2;
    for (size_t i = 0; i < shown; i++) {
        bool one_entity = strcmp(pairs[i]->entity_a, pairs[i]->entity_b) == 0;
        cli_table_add(&table, "%s:%s", pairs[i]->source_a, pairs[i]->key_a);
        cli_table_add(&table, "%s:%s", pairs[i]->source_b, pairs[i]->key_b);
        cli_table_add(&table, "(%s%s%s)", pairs[i]->entity_a, one_entity ? "" : " and ",
                      one_entity ? "" : pairs[i]->entity_b);
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
    if (count > shown) {
        printf("  ... and %s more%s\n", cli_count_text(count - shown, number),
               shown < listed ? "; --limit N shows more" : "");
    }
}

static void print_curve(const kith_evaluation *evaluation) {
    static const char *const header[] = {"bits", "pairs", "right", "precision", "recall", "F1"};
    char number[CLI_NUMBER_BYTES];
    cli_table table;
    if (evaluation->curve_count == 0) {
        puts("\nno threshold curve: the store has no match model yet; 'kith resolve' learns one");
        return;
    }
    printf("\n%sscored pairs from a threshold on, each for itself%s\n", cli_bold(stdout),
           cli_plain(stdout));
    cli_table_init(&table, "rrrrrr");
    table.indent = 2;
    cli_table_add_titles(&table, header, sizeof header / sizeof header[0]);
    for (size_t i = 0; i < evaluation->curve_count; i++) {
        const kith_curve_point *point = evaluation->curve[i];
        cli_table_add(&table, "%.1f", point->threshold_bits);
        cli_table_add_count(&table, point->pair_count);
        cli_table_add_count(&table, point->right_pair_count);
        cli_table_add(&table, "%.4f", point->quality.precision);
        cli_table_add(&table, "%.4f", point->quality.recall);
        cli_table_add(&table, "%.4f", point->quality.f1);
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
    printf("  model %" PRIu32 " links from %.1f bits on; %s true pair%s not scored at all\n",
           evaluation->model_version, evaluation->link_at_bits,
           cli_count_text(evaluation->unscored_pair_count, number),
           evaluation->unscored_pair_count == 1 ? " is" : "s are");
}

static void print_evaluation(const kith_evaluation *evaluation, uint64_t limit, bool curves) {
    print_qualities(evaluation);
    putchar('\n');
    print_counts(evaluation);
    if (curves) {
        print_curve(evaluation);
    }
    print_pairs("over-merges: records of two entities in one profile", evaluation->over_merges,
                evaluation->over_listed, evaluation->over_merge_count, limit);
    print_pairs("under-merges: records of one entity in two profiles", evaluation->under_merges,
                evaluation->under_listed, evaluation->under_merge_count, limit);
}

static void json_rates(cli_json *json, const kith_quality *quality) {
    cli_json_real(json, "precision", quality->precision);
    cli_json_real(json, "recall", quality->recall);
    cli_json_real(json, "f1", quality->f1);
}

static void json_quality(cli_json *json, const char *name, const kith_quality *quality) {
    cli_json_object(json, name);
    json_rates(json, quality);
    cli_json_end(json);
}

static void json_half(cli_json *json, const char *name, const char *source, const char *key,
                      const char *entity) {
    cli_json_object(json, name);
    cli_json_text(json, "source", source);
    cli_json_text(json, "key", key);
    cli_json_text(json, "entity", entity);
    cli_json_end(json);
}

static void json_pairs(cli_json *json, const char *name, const kith_wrong_pair *const *pairs,
                       size_t listed, uint64_t limit) {
    cli_json_list(json, name);
    for (size_t i = 0; i < listed && i < limit; i++) {
        cli_json_object(json, NULL);
        json_half(json, "a", pairs[i]->source_a, pairs[i]->key_a, pairs[i]->entity_a);
        json_half(json, "b", pairs[i]->source_b, pairs[i]->key_b, pairs[i]->entity_b);
        cli_json_end(json);
    }
    cli_json_end(json);
}

static void json_curve(cli_json *json, const kith_evaluation *evaluation) {
    cli_json_list(json, "curve");
    for (size_t i = 0; i < evaluation->curve_count; i++) {
        const kith_curve_point *point = evaluation->curve[i];
        cli_json_object(json, NULL);
        cli_json_real(json, "threshold", point->threshold_bits);
        cli_json_count(json, "pairs", point->pair_count);
        cli_json_count(json, "right_pairs", point->right_pair_count);
        json_rates(json, &point->quality);
        cli_json_end(json);
    }
    cli_json_end(json);
}

static void json_model(cli_json *json, const kith_evaluation *evaluation) {
    cli_json_count(json, "model", evaluation->model_version);
    if (evaluation->model_version > 0) {
        cli_json_real(json, "link_at", evaluation->link_at_bits);
        cli_json_count(json, "unscored_pairs", evaluation->unscored_pair_count);
    } else {
        cli_json_null(json, "link_at");
        cli_json_null(json, "unscored_pairs");
    }
    json_curve(json, evaluation);
}

static void print_evaluation_json(const kith_evaluation *evaluation, uint64_t limit) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    json_quality(&json, "pairwise", &evaluation->pairwise);
    json_quality(&json, "bcubed", &evaluation->bcubed);
    cli_json_count(&json, "records", evaluation->record_count);
    cli_json_count(&json, "missing", evaluation->missing_count);
    cli_json_count(&json, "entities", evaluation->entity_count);
    cli_json_count(&json, "profiles", evaluation->profile_count);
    cli_json_count(&json, "true_pairs", evaluation->true_pair_count);
    cli_json_count(&json, "found_pairs", evaluation->found_pair_count);
    cli_json_count(&json, "right_pairs", evaluation->right_pair_count);
    cli_json_count(&json, "over_merge_count", evaluation->over_merge_count);
    cli_json_count(&json, "under_merge_count", evaluation->under_merge_count);
    json_model(&json, evaluation);
    json_pairs(&json, "over_merges", evaluation->over_merges, evaluation->over_listed, limit);
    json_pairs(&json, "under_merges", evaluation->under_merges, evaluation->under_listed, limit);
    cli_json_end(&json);
}

static int run_eval(const cli_arguments *arguments) {
    const char *truth = cli_option_get(arguments, "truth");
    kith_evaluation *evaluation = NULL;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    uint64_t limit = 0;
    if (truth == NULL) {
        return cli_usage(arguments->command, "eval needs --truth FILE");
    }
    /* JSON is for programs: all that is listed, unless a limit is asked for. */
    int result =
        cli_option_count(arguments, "limit", arguments->json ? UINT64_MAX : PAIRS_SHOWN, &limit);
    if (result == CLI_OK) {
        result = cli_store_open(arguments, KITH_OPEN_READ_ONLY, &store);
    }
    if (result != CLI_OK) {
        return result;
    }
    cli_progress bar;
    cli_progress_begin(&bar);
    int code = kith_evaluate(store, truth, cli_progress_step, &bar, &evaluation, &error);
    cli_progress_end(&bar);
    if (code != KITH_OK) {
        result = cli_fail_error(&error);
    } else if (evaluation->record_count == 0) { /* figures of nothing would look perfect */
        result = cli_fail("%s: none of its records is in %s; check the sources' names and the keys",
                          truth, arguments->operands[0]);
    } else if (arguments->json) {
        print_evaluation_json(evaluation, limit);
    } else {
        print_evaluation(evaluation, limit, cli_option_get(arguments, "curves") != NULL);
    }
    kith_evaluation_free(evaluation);
    kith_close(store);
    return result;
}

const cli_command cli_command_eval = {
    .name = "eval",
    .summary = "compare the profiles with known truth",
    .usage = "STORE --truth FILE [--curves] [--limit N]",
    .operands = {"STORE"},
    .options =
        {
            {"truth", "FILE",
             "CSV, parted by , ; tab or |, with the columns source, key,\nentity in any order "
             "(also "
             "DATA_SOURCE, RECORD_ID,\nCLUSTER_ID) (required)"},
            {"curves", NULL,
             "also print what other thresholds of the match model would\nfind (JSON: always)"},
            {"limit", "N",
             "wrong pairs to list of each kind (default: 20; JSON: all that\nare "
             "kept, 1,000 of each)"},
        },
    .details =
        "Pairwise: of the pairs of records in one profile, how many are right (precision); of\n"
        "the true pairs, how many are found (recall). B-cubed: the same averaged over records.\n"
        "Rows of the truth that the store lacks are counted and left out. The threshold curve\n"
        "takes each scored pair of two records of the truth for itself: rules, decisions and\n"
        "what is linked through others don't count.",
    .run = run_eval,
};
