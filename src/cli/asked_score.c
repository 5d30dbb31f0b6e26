#include "src/cli/asked_score.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"
#include "src/cli/definition_card.h"
#include "src/cli/people.h"
#include "src/cli/progress_bar.h"

#define KIND   "kind"
#define FITTED "fitted"

/* Takes a definition apart. It is JSON that the library wrote: where it can't be read, memory is
 * out. */
static void take_definition(cli_asked_score *asked, const char *text) {
    json_t *root = json_loads(text, JSON_ALLOW_NUL, NULL);
    if (root == NULL) {
        cli_fail("out of memory");
        exit(CLI_BAD);
    }
    asked->fitted = json_incref(json_object_get(root, FITTED));
    json_object_del(root, FITTED);
    asked->definition = root;
}

/* One that the store has */

static const char *first_setting(const cli_arguments *arguments, const cli_asked_kind *kind) {
    for (const char *const *name = kind->settings; *name != NULL; name++) {
        if (cli_option_get(arguments, *name) != NULL) {
            return *name;
        }
    }
    return NULL;
}

static int check_use(const cli_arguments *arguments, const cli_asked_kind *kind) {
    const char *setting = first_setting(arguments, kind);
    return setting != NULL && cli_option_get(arguments, "score") != NULL
               ? cli_usage(arguments->command,
                           "--%s is of a score that is fitted for this answer; --score has its own",
                           setting)
               : CLI_OK;
}

static int take_named(cli_asked_score *asked, const cli_asked_kind *kind, const char *name) {
    const cli_session *session = &asked->session;
    kith_definition found = KITH_DEFINITION_INIT;
    kith_score_model model = KITH_SCORE_MODEL_INIT;
    int result = cli_definition_get(session, KITH_SCORE, name, 0, &found);
    if (result != CLI_OK) {
        return result;
    }
    if (kith_score_model_get(session->txn, name, &model) != KITH_OK) {
        return cli_session_fail(session);
    }
    if (strcmp(model.kind, kind->kind) != 0) {
        return cli_session_no(session, "score '%s' is of kind %s; %s asks one of kind %s", name,
                              model.kind, session->command->name, kind->kind);
    }
    if (!model.learnt) {
        return cli_session_no(
            session, "score '%s' says nothing before it is fitted: 'kith score fit'", name);
    }
    asked->name = cli_format("%s", name);
    asked->version = found.version;
    take_definition(asked, found.expression);
    return CLI_OK;
}

/* The fitted ones of the kind are counted; the name of the first is owned by the caller. */
static char *find_fitted(cli_asked_score *asked, const cli_asked_kind *kind) {
    kith_txn *txn = asked->session.txn;
    kith_definition found = KITH_DEFINITION_INIT;
    char *first = NULL;
    for (size_t at = 0; kith_definition_next(txn, KITH_SCORE, &at, &found) == KITH_OK;) {
        kith_score_model model = KITH_SCORE_MODEL_INIT;
        char *name = cli_format("%s", found.name);
        if (kith_score_model_get(txn, name, &model) == KITH_OK && model.learnt &&
            strcmp(model.kind, kind->kind) == 0 && asked->fitted_count++ == 0) {
            first = name;
        } else {
            free(name);
        }
    }
    return first;
}

/* Leaves the name open where one is to be made. */
static int take_kept(const cli_arguments *arguments, const cli_asked_kind *kind,
                     cli_asked_score *asked) {
    const char *given = cli_option_get(arguments, "score");
    char *first = find_fitted(asked, kind);
    bool one = asked->fitted_count == 1 && first_setting(arguments, kind) == NULL;
    int result = given != NULL ? take_named(asked, kind, given)
                 : one         ? take_named(asked, kind, first)
                               : CLI_OK;
    free(first);
    return result;
}

/* One that nobody keeps */

static int open_to_write(const cli_arguments *arguments, cli_asked_score *asked) {
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    if (kith_open(arguments->operands[0], &options, &asked->session.store, &error) == KITH_OK) {
        return CLI_OK;
    }
    return cli_fail("%s; without a fitted score of the store, which --score names, '%s' needs one "
                    "that may be written, though it writes nothing",
                    error.message, arguments->command->name);
}

/* What is wrong with the model, without its place in a definition that nobody wrote: options made
 * it. */
static const char *without_place(const char *message) {
    static const char place[] = "score, line ";
    const char *end = strncmp(message, place, sizeof place - 1) == 0
                          ? strstr(message + sizeof place - 1, ", ")
                          : NULL;
    return end != NULL ? end + strlen(", ") : message;
}

static int fit(cli_asked_score *asked, const char *definition, int64_t now_us,
               kith_fit_report **out) {
    kith_fit_options options = KITH_FIT_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    cli_progress bar;
    options.now_us = now_us;
    options.definition = definition;
    options.progress = cli_progress_step;
    options.context = &bar;
    cli_progress_begin(&bar);
    int code = kith_score_fit(asked->session.store, NULL, &options, out, &error);
    cli_progress_end(&bar);
    return code == KITH_OK            ? CLI_OK
           : code == KITH_INTERRUPTED ? cli_fail("interrupted: nothing was learnt")
           : code == KITH_INVALID || code == KITH_LIMIT
               ? cli_session_no(&asked->session, "%s", without_place(error.message))
               : cli_fail_error(&error);
}

/* "clv", or "clv_2" where that is taken, and so on; owned. */
static char *free_name(kith_txn *txn, const char *wanted) {
    char *name = cli_format("%s", wanted);
    kith_definition found = KITH_DEFINITION_INIT;
    for (unsigned i = 2; kith_definition_get(txn, KITH_SCORE, name, 0, &found) == KITH_OK; i++) {
        free(name);
        name = cli_format("%s_%u", wanted, i);
    }
    return name;
}

static int put(cli_asked_score *asked, const cli_asked_kind *kind, const char *definition,
               int64_t now_us) {
    kith_error error = KITH_ERROR_INIT;
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    if (kith_txn_begin(asked->session.store, KITH_WRITE, &asked->session.txn, &error) != KITH_OK) {
        return cli_fail_error(&error);
    }
    asked->name = free_name(asked->session.txn, kind->name);
    input.name = asked->name;
    input.expression = definition;
    input.at_us = now_us;
    int code = kith_definition_put(asked->session.txn, KITH_SCORE, &input, NULL);
    return code == KITH_OK ? CLI_OK : cli_session_fail(&asked->session);
}

static int fit_and_put(const cli_arguments *arguments, const cli_asked_kind *kind,
                       const json_t *definition, int64_t now_us, cli_asked_score *asked) {
    kith_fit_report *report = NULL;
    char *text = json_dumps(definition, 0);
    int result = text != NULL ? open_to_write(arguments, asked) : cli_fail("out of memory");
    result = result == CLI_OK ? fit(asked, text, now_us, &report) : result;
    result = result == CLI_OK ? put(asked, kind, report->definition, now_us) : result;
    if (result == CLI_OK) {
        take_definition(asked, report->definition);
    }
    kith_fit_report_free(report);
    free(text);
    return result;
}

static int make(const cli_arguments *arguments, const cli_asked_kind *kind, int64_t now_us,
                cli_asked_score *asked) {
    json_t *definition = NULL;
    int result = kind->make(arguments, &asked->session, now_us, &definition);
    cli_session_end(&asked->session);
    if (result == CLI_OK) {
        result = fit_and_put(arguments, kind, definition, now_us, asked);
    }
    json_decref(definition);
    return result;
}

/* All */

int cli_asked_score_begin(const cli_arguments *arguments, const cli_asked_kind *kind,
                          int64_t now_us, cli_asked_score *out) {
    *out = (cli_asked_score){.name = NULL};
    int result = check_use(arguments, kind);
    result = result == CLI_OK ? cli_session_begin(arguments, KITH_READ, &out->session) : result;
    if (result != CLI_OK) {
        return result;
    }
    result = take_kept(arguments, kind, out);
    if (result == CLI_OK && out->name == NULL) {
        result = make(arguments, kind, now_us, out);
    }
    if (result != CLI_OK) {
        cli_asked_score_end(out);
    }
    return result;
}

void cli_asked_score_end(cli_asked_score *asked) {
    cli_session_end(&asked->session);
    json_decref(asked->definition);
    json_decref(asked->fitted);
    free(asked->name);
    *asked = (cli_asked_score){.name = NULL};
}

int cli_asked_score_add_columns(const cli_asked_score *asked, const char *const *outputs,
                                cli_columns *out) {
    int result = CLI_OK;
    for (; result == CLI_OK && *outputs != NULL; outputs++) {
        result = cli_columns_add_output(out, &asked->session, asked->name, *outputs,
                                        cli_format("%s", *outputs));
    }
    return result;
}

int cli_asked_orders(const cli_arguments *arguments, const cli_session *session, int64_t now_us,
                     kith_rfm_result **out) {
    kith_rfm_options options = KITH_RFM_OPTIONS_INIT;
    cli_progress bar;
    options.now_us = now_us;
    options.event = cli_option_get(arguments, "event");
    options.amount = cli_option_get(arguments, "amount");
    options.refund = cli_option_get(arguments, "refund");
    options.progress = cli_progress_step;
    options.context = &bar;
    cli_progress_begin(&bar);
    int code = kith_rfm(session->txn, &options, out);
    cli_progress_end(&bar);
    return code == KITH_OK ? CLI_OK
           : code == KITH_INVALID
               ? cli_session_no(session, "%s", kith_txn_error(session->txn)->message)
               : cli_people_fail(session, code);
}

/* Telling */

char *cli_asked_score_text(const cli_asked_score *asked) {
    if (asked->version == 0) {
        return cli_format("a model that is fitted for this answer alone");
    }
    char *name = cli_text_clean(asked->name, strlen(asked->name));
    char *text = cli_format("score '%s', version %" PRIu32, name, asked->version);
    free(name);
    return text;
}

/* As a shell reads it: within single quotes, where it isn't plain. Owned. */
static char *quoted(const char *text) {
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./";
    size_t size = strlen(text);
    char *out = cli_allocate(4 * size + 3), *at = out;
    if (size > 0 && strspn(text, plain) == size) {
        return strcpy(out, text);
    }
    *at++ = '\'';
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\'') {
            memcpy(at, "'\\'", 3);
            at += 3;
        }
        *at++ = text[i];
    }
    memcpy(at, "'", 2);
    return out;
}

void cli_asked_score_print_keeping(const cli_asked_score *asked, const char *path) {
    if (asked->version != 0) {
        return;
    }
    char *text = json_dumps(asked->definition, 0);
    char *definition = quoted(text != NULL ? text : ""), *where = quoted(path);
    char *clean = cli_text_clean(definition, strlen(definition));
    char *store = cli_text_clean(where, strlen(where));
    if (asked->fitted_count > 1) {
        printf("\nThe store has %zu fitted scores of this kind; --score NAME asks one of them.\n",
               asked->fitted_count);
    }
    printf("\nNobody keeps this model: it is fitted anew each time. To keep it, and to ask for it\n"
           "in segments, queries and exports:\n"
           "  kith score add %s %s %s\n"
           "  kith score fit %s %s\n",
           store, asked->name, clean, store, asked->name);
    free(store);
    free(clean);
    free(where);
    free(definition);
    free(text);
}

static void put_json(cli_json *json, const char *name, const json_t *value) {
    char *made = json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY);
    if (made != NULL) {
        cli_json_made(json, name, made);
    }
    free(made);
}

void cli_json_asked_score(cli_json *json, const cli_asked_score *asked) {
    bool kept = asked->version > 0;
    cli_json_text(json, "score", kept ? asked->name : NULL);
    if (kept) {
        cli_json_count(json, "version", asked->version);
    } else {
        cli_json_null(json, "version");
    }
    cli_json_text(json, "kind", json_string_value(json_object_get(asked->definition, KIND)));
    put_json(json, "definition", asked->definition);
    put_json(json, "fitted", asked->fitted);
}
