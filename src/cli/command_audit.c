/* audit: how good the match model is on the store's own records. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/json_writer.h"
#include "src/cli/progress_bar.h"
#include "src/cli/session.h"
#include "src/cli/table.h"

static int on_step(void *context, const kith_progress *step) {
    return cli_progress_step(context, step);
}

/* Text */

static void print_heading(const char *text) {
    printf("\n%s%s%s\n", cli_bold(stdout), text, cli_plain(stdout));
}

/* Of nothing there is no share. */
static void add_share(cli_table *table, double share, uint64_t whole) {
    if (whole > 0) {
        cli_table_add(table, "%.1f%%", 100 * share);
    } else {
        cli_table_add(table, "-");
    }
}

static void add_count(cli_table *table, const char *name, const kith_audit_count *count) {
    cli_table_add(table, "%s", name);
    cli_table_add_count(table, count->copy_count);
    add_share(table, count->quality.recall, count->copy_count);
    add_share(table, count->quality.precision, count->link_count);
}

static void print_copies(const kith_audit_result *r) {
    static const char *const titles[] = {"copies with", "number", "recall", "precision"};
    cli_table table;
    cli_table_init(&table, "lrrr");
    cli_table_add_titles(&table, titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; i < r->error_count; i++) {
        if (r->errors[i]->count.copy_count > 0) {
            add_count(&table, r->errors[i]->name, &r->errors[i]->count);
        }
    }
    add_count(&table, "all", &r->all);
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_attributes(const kith_audit_result *r) {
    static const char *const titles[] = {"attribute", "has it",        "values",
                                         "differ",    "most frequent", ""};
    cli_table table;
    print_heading("What is compared");
    cli_table_init(&table, "lrrrrl");
    cli_table_add_titles(&table, titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; i < r->attribute_count; i++) {
        const kith_audit_attribute *a = r->attributes[i];
        cli_table_add(&table, "%s", a->attribute);
        add_share(&table, a->completeness, r->record_count);
        cli_table_add_count(&table, a->value_count);
        add_share(&table, a->uniqueness, a->value_count);
        add_share(&table, (double)a->top_count / (double)a->value_count, a->value_count);
        cli_table_add(&table, "%s", a->top_value != NULL ? a->top_value : "");
    }
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_counts(const kith_audit_result *r) {
    const cli_named_count counts[] = {
        {"records", r->record_count},
        {"  that say too little ever to be linked", r->unlinkable_count},
        {"records compared with copies", r->compared_count},
        {"copies that still share an identifier", r->identified_count},
        {"blocks", r->block_count},
        {"  dropped, of too many records", r->dropped_block_count},
        {"records of the largest", r->largest_block_count},
        {"the most that a block may have", r->block_cap},
    };
    cli_table table;
    print_heading("Counts");
    cli_table_init(&table, "lr");
    cli_table_add_named_counts(&table, counts, sizeof counts / sizeof counts[0]);
    cli_table_print(&table, stdout);
    cli_table_clear(&table);
}

static void print_result(const kith_audit_result *r) {
    char number[CLI_NUMBER_BYTES];
    if (r->all.copy_count == 0) {
        puts("There is nothing to audit: no record says anything that the match model compares.");
        return;
    }
    printf("Of %s corrupted cop%s match model %" PRIu32 " would link %.1f%% to their original's "
           "profile;\n",
           cli_count_text(r->all.copy_count, number), r->all.copy_count == 1 ? "y" : "ies",
           r->model_version, 100 * r->all.quality.recall);
    if (r->all.link_count > 0) {
        printf("%.1f%% of its links are right.\n\n", 100 * r->all.quality.precision);
    } else {
        puts("it would link none of them to any.\n");
    }
    print_copies(r);
}

static void print_text(const kith_audit_result *r) {
    print_result(r);
    print_attributes(r);
    print_counts(r);
}

/* JSON */

static void json_share(cli_json *json, const char *name, double share, bool is_known) {
    if (is_known) {
        cli_json_real(json, name, share);
    } else {
        cli_json_null(json, name);
    }
}

static void json_count(cli_json *json, const kith_audit_count *count) {
    bool has_copies = count->copy_count > 0, has_links = count->link_count > 0;
    cli_json_count(json, "copies", count->copy_count);
    cli_json_count(json, "found", count->found_count);
    cli_json_count(json, "links", count->link_count);
    cli_json_count(json, "right", count->right_count);
    json_share(json, "recall", count->quality.recall, has_copies);
    json_share(json, "precision", count->quality.precision, has_links);
    json_share(json, "f1", count->quality.f1, has_copies && has_links);
}

static void json_attribute(cli_json *json, const kith_audit_result *r,
                           const kith_audit_attribute *a) {
    cli_json_object(json, NULL);
    cli_json_text(json, "attribute", a->attribute);
    cli_json_count(json, "records", a->record_count);
    cli_json_count(json, "values", a->value_count);
    cli_json_count(json, "distinct", a->distinct_count);
    json_share(json, "completeness", a->completeness, r->record_count > 0);
    json_share(json, "uniqueness", a->uniqueness, a->value_count > 0);
    cli_json_count(json, "top_count", a->top_count);
    cli_json_text(json, "top_value", a->top_value);
    cli_json_end(json);
}

static void print_json(const kith_audit_result *r) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_count(&json, "model", r->model_version);
    cli_json_count(&json, "records", r->record_count);
    json_count(&json, &r->all);
    cli_json_count(&json, "identified", r->identified_count);
    cli_json_count(&json, "compared", r->compared_count);
    cli_json_list(&json, "errors");
    for (size_t i = 0; i < r->error_count; i++) {
        cli_json_object(&json, NULL);
        cli_json_text(&json, "error", r->errors[i]->name);
        json_count(&json, &r->errors[i]->count);
        cli_json_end(&json);
    }
    cli_json_end(&json);
    cli_json_list(&json, "attributes");
    for (size_t i = 0; i < r->attribute_count; i++) {
        json_attribute(&json, r, r->attributes[i]);
    }
    cli_json_end(&json);
    cli_json_count(&json, "unlinkable", r->unlinkable_count);
    cli_json_count(&json, "block_cap", r->block_cap);
    cli_json_count(&json, "blocks", r->block_count);
    cli_json_count(&json, "dropped_blocks", r->dropped_block_count);
    cli_json_count(&json, "largest_block", r->largest_block_count);
    cli_json_end(&json);
}

static int run_audit(const cli_arguments *arguments) {
    kith_audit_options options = KITH_AUDIT_OPTIONS_INIT;
    kith_audit_result *found = NULL;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    cli_progress bar;
    int result = cli_store_open(arguments, KITH_OPEN_READ_ONLY, &store);
    if (result != CLI_OK) {
        return result;
    }
    cli_progress_begin(&bar);
    options.progress = on_step;
    options.context = &bar;
    int code = kith_audit(store, &options, &found, &error);
    cli_progress_end(&bar);
    if (code != KITH_OK) {
        result = cli_fail_error(&error);
    } else if (arguments->json) {
        print_json(found);
    } else {
        print_text(found);
    }
    kith_audit_result_free(found);
    kith_close(store);
    return result;
}

const cli_command cli_command_audit = {
    .name = "audit",
    .summary = "how well likely links are found, told from the store's own records",
    .usage = "STORE",
    .operands = {"STORE"},
    .details =
        "Copies one record in 200 (at least 200, at most 20,000) in memory, with errors as\n"
        "people make them, and looks where the match model would link each copy. Recall: to the\n"
        "profile of its original. Precision: of all profiles that copies would be linked to,\n"
        "how many are the original's; persons whom the store still has under several profiles\n"
        "count as wrong, so it is rather better than that. Then how many records have each\n"
        "attribute that is compared, and how many of its values differ. Nothing is written,\n"
        "and the same records give the same figures. Where there is nothing to measure stands\n"
        "'-' (JSON: null). Run kith resolve first.",
    .run = run_audit,
};
