/* search: the customers that are most like what is known of one. */
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/json_writer.h"
#include "src/cli/session.h"
#include "src/cli/table.h"
#include "src/cli/title.h"

/* What is asked for. */
typedef struct asked {
    kith_field *fields;
    char **names; /* owned */
    size_t count;
} asked;

static void asked_clear(asked *a) {
    for (size_t i = 0; i < a->count; i++) {
        free(a->names[i]);
    }
    free(a->names);
    free(a->fields);
}

static int read_asked(const cli_arguments *arguments, asked *out) {
    size_t count = arguments->rest_count;
    *out = (asked){cli_allocate((count + 1) * sizeof *out->fields),
                   cli_allocate((count + 1) * sizeof *out->names), 0};
    for (size_t i = 0; i < count; i++) {
        const char *word = arguments->rest[i];
        const char *equals = strchr(word, '=');
        if (equals == NULL || equals == word || equals[1] == '\0') {
            asked_clear(out);
            return cli_usage(arguments->command,
                             "search needs attribute=value, such as given_name=Ann, not '%s'",
                             word);
        }
        char *name = cli_format("%.*s", (int)(equals - word), word);
        out->names[out->count] = name;
        out->fields[out->count++] = (kith_field){name, kith_value_text(equals + 1)};
    }
    return CLI_OK;
}

/* The table */

/* The first values of some attributes, with `between` in between; owned. */
static char *values_text(const kith_profile *profile, const char *const *attributes,
                         const char *between) {
    char *text = cli_format("%s", "");
    for (; *attributes != NULL; attributes++) {
        kith_golden golden = KITH_GOLDEN_INIT;
        if (kith_profile_value(profile, *attributes, &golden) != KITH_OK) {
            continue;
        }
        char *value = cli_value_text(&golden.value);
        char *longer = cli_format("%s%s%s", text, text[0] != '\0' ? between : "", value);
        free(value);
        free(text);
        text = longer;
    }
    return text;
}

static void add_values(cli_table *table, const kith_profile *profile, const char *const *attributes,
                       const char *between) {
    char *text = values_text(profile, attributes, between);
    cli_table_add(table, "%s", text);
    free(text);
}

static void add_hit(cli_table *table, kith_txn *txn, const kith_search_hit *hit,
                    const kith_profile *profile) {
    static const char *const born[] = {"birth_date", NULL};
    static const char *const address[] = {"address_line", "postcode", "city", NULL};
    static const char *const contacts[] = {"phone", "email", NULL};
    char id[KITH_ID_TEXT_BYTES];
    char *name = cli_title_text(txn, profile);
    kith_id_format(&hit->id, id);
    cli_table_add(table, "%.1f", hit->bits);
    cli_table_add(table, "%s",
                  hit->identifier != NULL ? hit->identifier
                  : hit->likely           ? "likely"
                                          : "");
    cli_table_add(table, "%s", name);
    add_values(table, profile, born, "");
    add_values(table, profile, address, ", ");
    add_values(table, profile, contacts, ", ");
    cli_table_add(table, "%s", id);
    free(name);
}

/* What was asked for in vain, with something before it; empty if nothing was. Owned. */
static char *unread_text(const kith_search_result *found, const char *before) {
    char *text = cli_format("%s", found->unread_count > 0 ? before : "");
    for (size_t i = 0; i < found->unread_count; i++) {
        char *longer = cli_format("%s%s%s", text, i > 0 ? ", " : "", found->unread[i]);
        free(text);
        text = longer;
    }
    return text;
}

static int print_table(const cli_session *session, const kith_search_result *found,
                       int64_t now_us) {
    static const char *const titles[] = {"bits",    "",         "name",   "birth date",
                                         "address", "contacts", "profile"};
    cli_table table;
    int code = KITH_OK;
    cli_table_init(&table, "rllllll");
    cli_table_add_titles(&table, titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; code == KITH_OK && i < found->hit_count; i++) {
        kith_profile profile = KITH_PROFILE_INIT;
        code = kith_profile_of_record(session->txn, found->hits[i]->record, now_us, &profile);
        if (code == KITH_OK) {
            add_hit(&table, session->txn, found->hits[i], &profile);
        }
    }
    if (code == KITH_OK) {
        cli_table_print(&table, stdout);
        fputs(found->partial ? "\nMany have this in common, and not all were compared: give more "
                               "to find the others.\n"
                             : "",
              stdout);
        char *unread = unread_text(found, "\nNot compared, or not of the form of its type: ");
        printf("%s%s", unread, unread[0] != '\0' ? "\n" : "");
        free(unread);
    }
    cli_table_clear(&table);
    return code == KITH_OK ? CLI_OK : cli_session_fail(session);
}

/* JSON */

/* The values of a profile, one list for each attribute. */
static void json_values(cli_json *json, const kith_profile *profile) {
    const char *attribute = NULL;
    size_t cursor = 0;
    kith_golden golden = KITH_GOLDEN_INIT;
    cli_json_object(json, "values");
    while (kith_profile_next_value(profile, &cursor, &golden) == KITH_OK) {
        if (attribute == NULL || strcmp(attribute, golden.attribute) != 0) {
            if (attribute != NULL) {
                cli_json_end(json);
            }
            cli_json_list(json, golden.attribute);
            attribute = golden.attribute;
        }
        cli_json_value(json, NULL, &golden.value);
    }
    if (attribute != NULL) {
        cli_json_end(json);
    }
    cli_json_end(json);
}

static void json_hit(cli_json *json, kith_txn *txn, const kith_search_hit *hit,
                     const kith_profile *profile) {
    kith_record record = KITH_RECORD_INIT;
    cli_json_object(json, NULL);
    cli_json_id(json, "id", &hit->id);
    cli_json_real(json, "bits", hit->bits);
    cli_json_boolean(json, "likely", hit->likely);
    cli_json_text(json, "identifier", hit->identifier);
    if (kith_record_get_number(txn, hit->record, &record) == KITH_OK) {
        cli_json_text(json, "source", record.source);
        cli_json_text(json, "key", record.key);
    }
    cli_json_count(json, "record_count", profile->record_count);
    json_values(json, profile);
    cli_json_end(json);
}

static int print_json(const cli_session *session, const kith_search_result *found, int64_t now_us) {
    cli_json json;
    int code = KITH_OK;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_count(&json, "compared", found->compared_count);
    cli_json_boolean(&json, "partial", found->partial);
    cli_json_list(&json, "unread");
    for (size_t i = 0; i < found->unread_count; i++) {
        cli_json_text(&json, NULL, found->unread[i]);
    }
    cli_json_end(&json);
    cli_json_list(&json, "profiles");
    for (size_t i = 0; code == KITH_OK && i < found->hit_count; i++) {
        kith_profile profile = KITH_PROFILE_INIT;
        code = kith_profile_of_record(session->txn, found->hits[i]->record, now_us, &profile);
        if (code == KITH_OK) {
            json_hit(&json, session->txn, found->hits[i], &profile);
        }
    }
    cli_json_end(&json);
    cli_json_end(&json);
    return code == KITH_OK ? CLI_OK : cli_session_fail(session);
}

static int say_problem(const cli_session *session, int code) {
    return code == KITH_INVALID
               ? cli_usage(session->command, "%s", kith_txn_error(session->txn)->message)
               : cli_session_fail(session);
}

static int search(const cli_arguments *arguments, const asked *a, uint64_t limit, int64_t now_us) {
    kith_search_options options = KITH_SEARCH_OPTIONS_INIT;
    kith_search_result *found = NULL;
    cli_session session;
    int result = cli_session_begin(arguments, KITH_READ, &session);
    if (result != CLI_OK) {
        return result;
    }
    options.limit = (size_t)limit;
    int code = kith_search(session.txn, a->fields, a->count, &options, &found);
    if (code != KITH_OK) {
        result = say_problem(&session, code);
    } else if (found->hit_count == 0) {
        char *unread = unread_text(found, "; not compared, or not of the form of its type: ");
        result = cli_session_no(&session, "nobody is like this%s%s",
                                found->partial ? "; not all were compared: give more" : "", unread);
        free(unread);
    } else {
        result = arguments->json ? print_json(&session, found, now_us)
                                 : print_table(&session, found, now_us);
    }
    kith_search_result_free(found);
    cli_session_end(&session);
    return result;
}

static int run_search(const cli_arguments *arguments) {
    uint64_t limit = 0;
    int64_t now_us = 0;
    asked a;
    int result = cli_option_count(arguments, "limit", KITH_SEARCH_LIMIT, &limit);
    if (result == CLI_OK && limit == 0) {
        result = cli_usage(arguments->command, "--limit needs at least 1");
    }
    if (result == CLI_OK) {
        result = cli_option_now(arguments, &now_us);
    }
    if (result == CLI_OK) {
        result = read_asked(arguments, &a);
    }
    if (result == CLI_OK) {
        result = search(arguments, &a, limit, now_us);
        asked_clear(&a);
    }
    return result;
}

const cli_command cli_command_search = {
    .name = "search",
    .summary = "the customers that are most like what is known of one",
    .usage = "STORE ATTRIBUTE=VALUE... [--limit N] [--now TIME]",
    .operands = {"STORE"},
    .rest = "ATTRIBUTE=VALUE",
    .options =
        {
            {"limit", "N", "the most profiles to list (default: 10)"},
            {"now", "TIME", "values as of this time (default: the clock)"},
        },
    .details =
        "Give what is known: two words of a name, a name and a birth date or a town, or an\n"
        "identifier such as a phone or an e-mail; spelling may be wrong. The best come first:\n"
        "those that have the identifier, then by bits, how likely each is meant: at 0 as likely\n"
        "as not, and each bit doubles the odds; few details give few bits. 'likely': enough for\n"
        "kith to link a record that says this, unless a rule refuses. What makes no difference is\n"
        "told: what the model doesn't compare, and what isn't of its type's form, such as a date\n"
        "that is none. The store needs a match model: run kith resolve first.\n\n"
        "  kith search shop.kith given_name=Jon family_name=Smyth birth_date=1980-03-04\n\n"
        "Exit code 1: nobody is found.",
    .run = run_search,
};
