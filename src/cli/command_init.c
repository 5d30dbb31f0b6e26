/* init and config: a new store, and the definitions of one. */
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/json_writer.h"
#include "src/cli/session.h"

static int report_open_failure(const char *path, const char *config, int code,
                               const kith_error *error) {
    if (code == KITH_EXISTS) {
        return cli_fail("'%s' exists already, choose another name or remove it", path);
    }
    if (code == KITH_INVALID && config != NULL) {
        return cli_fail("%s: %s", config, error->message);
    }
    return cli_fail_error(error);
}

static void print_made(const cli_arguments *arguments, const char *config_path) {
    const char *path = arguments->operands[0];
    if (arguments->json) {
        cli_json json;
        cli_json_init(&json, stdout);
        cli_json_object(&json, NULL);
        cli_json_text(&json, "store", path);
        cli_json_text(&json, "config", config_path);
        cli_json_end(&json);
    } else {
        printf("made %s with the definitions of '%s'\n", path,
               config_path != NULL ? config_path : "retail");
    }
}

static int run_init(const cli_arguments *arguments) {
    const char *path = arguments->operands[0];
    const char *config_path = cli_option_get(arguments, "config");
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith *store = NULL;
    char *config = NULL;
    int result = cli_option_map_size(arguments, &options.map_size_bytes);
    if (result == CLI_OK && config_path != NULL) {
        result = cli_file_read(config_path, &config);
    }
    if (result != CLI_OK) {
        return result;
    }
    options.flags = KITH_CREATE_NEW;
    options.config = config;
    int code = kith_open(path, &options, &store, &error);
    if (code != KITH_OK) {
        result = report_open_failure(path, config_path, code, &error);
    } else {
        print_made(arguments, config_path);
    }
    kith_close(store);
    free(config);
    return result;
}

const cli_command cli_command_init = {
    .name = "init",
    .summary = "make a new store",
    .usage = "STORE [--config FILE] [--map-size SIZE]",
    .operands = {"STORE"},
    .options =
        {
            {"config", "FILE", "JSON definitions that add to the built-in ones or override them"},
            CLI_MAP_SIZE_OPTION,
        },
    .details = "A store is one file, and a lock file beside it. It begins with the built-in\n"
               "'retail' definitions, so that nothing needs to be configured.\n"
               "'kith config STORE' prints the definitions in force.",
    .run = run_init,
};

/* What a config says of the match model counts from the next one on. */
static int tell_of_model(cli_session *session) {
    kith_model *model = NULL;
    kith_model_info info = KITH_MODEL_INFO_INIT;
    int code = kith_model_get(session->txn, 0, &model);
    if (code != KITH_OK) {
        return code == KITH_NOT_FOUND ? CLI_OK : cli_session_fail(session);
    }
    kith_model_about(model, &info);
    kith_model_free(model);
    if (!info.configured && !session->json) {
        printf("the match model in force was learnt under other definitions: it stays until "
               "'kith resolve STORE --train'\n");
    }
    return CLI_OK;
}

static int apply_config(const cli_arguments *arguments, const char *path) {
    cli_session session = {0};
    char *config = NULL;
    int result = cli_file_read(path, &config);
    if (result != CLI_OK) {
        return result;
    }
    result = cli_session_begin(arguments, KITH_WRITE, &session);
    if (result != CLI_OK) {
        goto done;
    }
    if (kith_config_apply(session.txn, config, strlen(config)) != KITH_OK) {
        result = cli_fail("%s: %s", path, kith_txn_error(session.txn)->message);
        goto done;
    }
    result = cli_session_commit(&session);
    if (result == CLI_OK && !arguments->json) {
        printf("applied %s\n", path);
    }
    if (result == CLI_OK) {
        cli_session_end(&session);
        result = cli_session_begin(arguments, KITH_READ, &session);
    }
    if (result == CLI_OK) {
        result = tell_of_model(&session);
    }
done:
    cli_session_end(&session);
    free(config);
    return result;
}

static int print_config(const cli_arguments *arguments) {
    cli_session session;
    char *text = NULL;
    int result = cli_session_begin(arguments, KITH_READ, &session);
    if (result != CLI_OK) {
        return result;
    }
    if (kith_config_get(session.txn, &text) != KITH_OK) {
        result = cli_session_fail(&session);
    } else {
        size_t size = strlen(text);
        printf("%s%s", text, size > 0 && text[size - 1] == '\n' ? "" : "\n");
    }
    kith_free(text);
    cli_session_end(&session);
    return result;
}

static int run_config(const cli_arguments *arguments) {
    const char *path = cli_option_get(arguments, "apply");
    if (path == NULL) {
        return print_config(arguments);
    }
    int result = apply_config(arguments, path);
    return result == CLI_OK && arguments->json ? print_config(arguments) : result;
}

const cli_command cli_command_config = {
    .name = "config",
    .summary = "print the definitions of a store, or change them",
    .usage = "STORE [--apply FILE]",
    .operands = {"STORE"},
    .options =
        {
            {"apply", "FILE", "add or override definitions from a JSON file (-: standard input)"},
        },
    .details = "Prints JSON with or without --json: sources and their trust, identifier types and\n"
               "their rules, attributes and their survivorship, event types and what they sum.\n"
               "A wrong file is refused with its line and column, and nothing changes.\n"
               "Facts stay as they were put; a changed rule of an identifier type applies to all\n"
               "records at once. A changed region, normalise or type holds for what is put from\n"
               "then on: importing the same files again reads them anew. What the section\n"
               "\"match\" says counts when a match model is learnt: 'kith resolve STORE --train'.",
    .run = run_config,
};
