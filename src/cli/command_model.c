/* model: what was learnt of how alike the records of one customer are. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/json_writer.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

/* A version, or 0 for the one in force. */
static int read_version(const cli_arguments *arguments, const char *option, uint32_t *out) {
    const char *text = cli_option_get(arguments, option);
    uint64_t version = 0;
    *out = 0;
    if (text == NULL || strcmp(text, "current") == 0) {
        return CLI_OK;
    }
    int result = cli_option_count(arguments, option, 0, &version);
    if (result == CLI_OK && (version == 0 || version > UINT32_MAX)) {
        result =
            cli_usage(arguments->command, "--%s needs a version from 1 on, or 'current'", option);
    }
    *out = (uint32_t)version;
    return result;
}

static int fail(const cli_session *session, int code) {
    return code == KITH_NOT_FOUND
               ? cli_session_no(session, "%s", kith_txn_error(session->txn)->message)
               : cli_session_fail(session);
}

/* The list of versions */

static void list_json(cli_json *json, const kith_model_info *info) {
    cli_json_object(json, NULL);
    cli_json_count(json, "version", info->version);
    cli_json_boolean(json, "in_force", info->in_force);
    cli_json_boolean(json, "configured", info->configured);
    cli_json_boolean(json, "given", info->given);
    cli_json_count(json, "records", info->record_count);
    cli_json_count(json, "matches", info->match_count);
    cli_json_count(json, "comparisons", info->comparison_count);
    cli_json_real(json, "prior_bits", info->prior_bits);
    cli_json_real(json, "relative_prior_bits", info->relative_prior_bits);
    cli_json_real(json, "link_at_bits", info->link_at_bits);
    cli_json_real(json, "known_at_bits", info->known_at_bits);
    cli_json_real(json, "review_at_bits", info->review_at_bits);
    cli_json_end(json);
}

static void list_text(cli_table *table, const kith_model_info *info) {
    cli_table_add(table, "%" PRIu32, info->version);
    cli_table_add_count(table, info->record_count);
    cli_table_add_count(table, info->match_count);
    cli_table_add(table, "%.2f", info->prior_bits);
    cli_table_add(table, "%.2f", info->link_at_bits);
    cli_table_add(table, "%s%s%s", info->in_force ? "in force" : "",
                  info->given ? (info->in_force ? ", given" : "given") : "",
                  info->in_force && !info->configured ? ", but the definitions are others now"
                                                      : "");
}

static int each_version(cli_session *session, cli_json *json, cli_table *table) {
    uint32_t version = 0;
    int code;
    while ((code = kith_model_next(session->txn, &version)) == KITH_OK) {
        kith_model_info info = KITH_MODEL_INFO_INIT;
        kith_model *model = NULL;
        if (kith_model_get(session->txn, version, &model) != KITH_OK) {
            return cli_session_fail(session);
        }
        kith_model_about(model, &info);
        kith_model_free(model);
        if (json != NULL) {
            list_json(json, &info);
        } else {
            list_text(table, &info);
        }
    }
    return code == KITH_DONE ? CLI_OK : cli_session_fail(session);
}

static int list_models(cli_session *session) {
    if (session->json) {
        cli_json json;
        cli_json_init(&json, stdout);
        cli_json_list(&json, NULL);
        int result = each_version(session, &json, NULL);
        cli_json_end(&json);
        return result;
    }
    static const char *const titles[] = {"version", "records", "pairs", "prior", "links at", ""};
    cli_table table;
    cli_table_init(&table, "rrrrrl");
    cli_table_add_titles(&table, titles, sizeof titles / sizeof titles[0]);
    int result = each_version(session, NULL, &table);
    if (result == CLI_OK && table.cell_count == 6) {
        printf("no match model yet: 'kith resolve STORE' learns one\n");
    } else if (result == CLI_OK) {
        cli_table_print(&table, stdout);
    }
    cli_table_clear(&table);
    return result;
}

/* One version */

static void show_summary(const kith_model_info *info) {
    char number[CLI_NUMBER_BYTES];
    printf("match model %" PRIu32 "%s%s, learnt from %s records", info->version,
           info->in_force ? ", in force" : "", info->given ? ", given" : "",
           cli_count_text(info->record_count, number));
    printf(", %s pairs of one person\n", cli_count_text(info->match_count, number));
    printf("prior %.2f bits against strangers, %.2f against relatives\n", info->prior_bits,
           info->relative_prior_bits);
    printf("links at %.2f bits, speaks for uniting at %.2f (%.0f %% of the cross pairs), review at "
           "%.2f\n",
           info->link_at_bits, info->known_at_bits, 100 * info->cohesion, info->review_at_bits);
    printf("blocks of at most %" PRIu32 " records\n", info->block_cap);
}

static void show_block_rules(const kith_model *model, bool weak) {
    kith_model_block_rule rule = KITH_MODEL_BLOCK_RULE_INIT;
    size_t count = 0;
    for (size_t i = 0; kith_model_block_rule_at(model, i, &rule); i++) {
        if (rule.weak == weak) {
            char *name = cli_text_clean(rule.name, strlen(rule.name));
            printf("%s %s", count++ > 0 ? "," : weak ? "weak keys of" : "keys of", name);
            free(name);
        }
    }
    printf("%s", count > 0 ? "\n" : "");
}

static void show_heading(const kith_model *model, size_t index, const kith_model_comparison *c) {
    char *name = cli_text_clean(c->name, strlen(c->name));
    printf("\n%s%s%s, compared as %s:", cli_bold(stdout), name, cli_plain(stdout), c->kind);
    free(name);
    for (size_t i = 0; i < c->attribute_count; i++) {
        const char *attribute = kith_model_attribute_at(model, index, i);
        char *clean = cli_text_clean(attribute, strlen(attribute));
        printf("%s %s", i > 0 ? "," : "", clean);
        free(clean);
    }
    printf("\n");
}

static void show_levels(const kith_model *model, size_t index, const kith_model_comparison *c) {
    static const char *const heads[] = {"level", "m", "u", "bits", "relatives' u", "bits"};
    kith_model_level level = KITH_MODEL_LEVEL_INIT;
    cli_table table;
    cli_table_init(&table, "lrrrrr");
    table.indent = 2;
    cli_table_add_titles(&table, heads, sizeof heads / sizeof heads[0]);
    for (size_t i = c->level_count; i-- > 1 && kith_model_level_at(model, index, i, &level);) {
        cli_table_add(&table, "%s", level.name);
        cli_table_add(&table, "%.5f", level.m);
        cli_table_add(&table, "%.7f", level.u);
        cli_table_add(&table, "%+.2f", level.bits);
        cli_table_add(&table, "%.5f", level.relative_u);
        cli_table_add(&table, "%+.2f", level.relative_bits);
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void show_comparisons(const kith_model *model) {
    kith_model_comparison c = KITH_MODEL_COMPARISON_INIT;
    for (size_t i = 0; kith_model_comparison_at(model, i, &c); i++) {
        show_heading(model, i, &c);
        if (!c.seen) {
            printf("  no two records showed it: these weights are assumed\n");
        }
        show_levels(model, i, &c);
    }
}

static int show_model(const cli_arguments *arguments, cli_session *session) {
    kith_model_info info = KITH_MODEL_INFO_INIT;
    kith_model *model = NULL;
    uint32_t version;
    int result = read_version(arguments, "show", &version);
    if (result != CLI_OK) {
        return result;
    }
    int code = kith_model_get(session->txn, version, &model);
    if (code != KITH_OK) {
        return fail(session, code);
    }
    kith_model_about(model, &info);
    show_summary(&info);
    show_block_rules(model, false);
    show_block_rules(model, true);
    show_comparisons(model);
    kith_model_free(model);
    return CLI_OK;
}

static int export_model(const cli_arguments *arguments, cli_session *session, const char *option) {
    uint32_t version;
    char *json = NULL;
    int result = read_version(arguments, option, &version);
    if (result != CLI_OK) {
        return result;
    }
    int code = kith_model_export(session->txn, version, &json);
    if (code != KITH_OK) {
        return fail(session, code);
    }
    printf("%s\n", json);
    kith_free(json);
    return CLI_OK;
}

/* Two versions */

/* One of the models has it, the other not. */
static bool is_of_one(const kith_model_change *change) {
    return change->kind == KITH_MODEL_COMPARISON || change->kind == KITH_MODEL_BLOCKS;
}

static void change_json(cli_json *json, const kith_model_change *change) {
    cli_json_object(json, NULL);
    cli_json_text(json, "kind", kith_model_change_kind_name(change->kind));
    cli_json_text(json, "name", change->name);
    if (is_of_one(change)) {
        cli_json_boolean(json, "before", change->has_before);
        cli_json_boolean(json, "after", change->has_after);
    } else {
        if (change->kind == KITH_MODEL_LEVEL) {
            cli_json_text(json, "level", change->level);
            cli_json_boolean(json, "relative", change->relative);
        }
        cli_json_real(json, "before", change->before);
        cli_json_real(json, "after", change->after);
    }
    cli_json_end(json);
}

static void change_text(cli_table *table, const kith_model_change *change) {
    cli_table_add(table, "%s", change->name);
    cli_table_add(table, "%s%s", change->level != NULL ? change->level : "",
                  change->relative ? " (relatives)" : "");
    if (is_of_one(change)) {
        const char *has = change->kind == KITH_MODEL_BLOCKS ? "keys of it" : "compared";
        cli_table_add(table, "%s", change->has_before ? has : "-");
        cli_table_add(table, "%s", change->has_after ? has : "-");
    } else {
        cli_table_add(table, "%.2f", change->before);
        cli_table_add(table, "%.2f", change->after);
    }
}

static void print_changes(const kith_model_changes *changes, bool as_json) {
    cli_json json;
    cli_table table;
    cli_table_init(&table, "llrr");
    if (as_json) {
        cli_json_init(&json, stdout);
        cli_json_list(&json, NULL);
    }
    for (size_t i = 0; i < kith_model_change_count(changes); i++) {
        if (as_json) {
            change_json(&json, kith_model_change_at(changes, i));
        } else {
            change_text(&table, kith_model_change_at(changes, i));
        }
    }
    if (as_json) {
        cli_json_end(&json);
    } else if (kith_model_change_count(changes) == 0) {
        printf(
            "no weight differs by more than half a bit, and no prior, threshold or block rule at "
            "all\n");
    } else {
        cli_table_print(&table, stdout);
    }
    cli_table_clear(&table);
}

static int compare_models(const cli_arguments *arguments, cli_session *session) {
    kith_model_changes *changes = NULL;
    uint32_t before, after;
    int result = read_version(arguments, "compare", &before);
    if (result == CLI_OK) {
        result = read_version(arguments, "with", &after);
    }
    if (result != CLI_OK) {
        return result;
    }
    int code = kith_model_compare(session->txn, before, after, &changes);
    if (code != KITH_OK) {
        return fail(session, code);
    }
    print_changes(changes, session->json);
    kith_model_changes_free(changes);
    return CLI_OK;
}

static int check_options(const cli_arguments *arguments) {
    static const char *const ways[] = {"show", "export", "compare"};
    size_t count = 0;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        count += cli_option_get(arguments, ways[i]) != NULL;
    }
    if (count > 1) {
        return cli_usage(arguments->command, "--show, --export and --compare exclude each other");
    }
    if (cli_option_get(arguments, "with") != NULL && cli_option_get(arguments, "compare") == NULL) {
        return cli_usage(arguments->command, "--with needs --compare");
    }
    return CLI_OK;
}

static int run_model(const cli_arguments *arguments) {
    cli_session session = {0};
    int result = check_options(arguments);
    if (result == CLI_OK) {
        result = cli_session_begin(arguments, KITH_READ, &session);
    }
    if (result != CLI_OK) {
        return result;
    }
    if (cli_option_get(arguments, "compare") != NULL) {
        result = compare_models(arguments, &session);
    } else if (cli_option_get(arguments, "export") != NULL) {
        result = export_model(arguments, &session, "export");
    } else if (cli_option_get(arguments, "show") != NULL) {
        result = arguments->json ? export_model(arguments, &session, "show")
                                 : show_model(arguments, &session);
    } else {
        result = list_models(&session);
    }
    cli_session_end(&session);
    return result;
}

const cli_command cli_command_model = {
    .name = "model",
    .summary = "show what was learnt of how alike the records of one customer are",
    .usage = "STORE [--show VERSION | --export VERSION | --compare VERSION [--with VERSION]]",
    .operands = {"STORE"},
    .options =
        {
            {"show", "VERSION", "each level of each comparison, and its weight in bits"},
            {"export", "VERSION", "print the whole model as JSON, for 'kith resolve --model'"},
            {"compare", "VERSION",
             "what changed since this version: weights by more than half a bit,\n"
             "priors, thresholds, comparisons, block rules"},
            {"with", "VERSION", "up to this version, not up to the one in force"},
        },
    .details =
        "Without an option it lists the match models that the store has had, which\n"
        "'kith resolve' learns or is given; the last one is in force. A VERSION is one of\n"
        "that list, or 'current'. An older model comes back in force by\n"
        "  kith model STORE --export 1 | kith resolve STORE --model -\n"
        "Of a level's numbers m, u and relative_u count there: its bits are for the reader,\n"
        "and are worked out anew.",
    .run = run_model,
};
