#include "src/cli/formula.h"

#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"
#include "src/cli/excerpt.h"
#include "src/cli/json_writer.h"
#include "src/cli/session.h"

/* Reading */

/* Blanks at the end go, so that what is missing there is missed behind the last word. */
static size_t size_without_blanks(const char *text) {
    size_t size = strlen(text);
    while (size > 0 && strchr(" \t\r\n", text[size - 1]) != NULL) {
        size--;
    }
    return size;
}

int cli_formula_read(const cli_arguments *arguments, const char *given, cli_formula *out) {
    int result = CLI_OK;
    *out = (cli_formula){NULL, 0};
    if (given == NULL || strcmp(given, "-") == 0) {
        const char *file = cli_option_get(arguments, "file");
        result = cli_file_read(file != NULL ? file : "-", &out->text);
    } else {
        out->text = cli_format("%s", given);
    }
    if (result == CLI_OK) {
        out->size = size_without_blanks(out->text);
        out->text[out->size] = '\0';
    }
    return result;
}

/* What the command calls it: its last operand. */
static const char *word_of(const cli_command *command) {
    size_t last = 0;
    while (command->operands[last + 1] != NULL) {
        last++;
    }
    return command->operands[last];
}

int cli_formula_read_one(const cli_arguments *arguments, const char *given, cli_formula *out) {
    const cli_command *command = arguments->command;
    bool file = cli_option_get(arguments, "file") != NULL;
    *out = (cli_formula){NULL, 0};
    if (file && given != NULL) {
        return cli_usage(command, "either %s or --file, not both", word_of(command));
    }
    if (!file && given == NULL) {
        return cli_usage(command, "%s needs %s, in quotes, or --file", command->name,
                         word_of(command));
    }
    return cli_formula_read(arguments, given, out);
}

void cli_formula_clear(cli_formula *formula) {
    free(formula->text);
    formula->text = NULL;
}

void cli_formula_print(const char *text) {
    for (;;) {
        size_t size = strcspn(text, "\n");
        char *line = cli_text_clean(text, size);
        puts(line);
        free(line);
        if (text[size] == '\0') {
            return;
        }
        text += size + 1;
    }
}

/* Refusing */

static void print_refusal_json(const cli_formula *formula, const kith_error *error) {
    bool placed = error->position >= 0;
    cli_spot spot =
        cli_spot_find(formula->text, formula->size, placed ? (size_t)error->position : 0);
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "valid", false);
    if (placed) {
        cli_json_count(&json, "position", (uint64_t)error->position);
        cli_json_count(&json, "line", spot.line);
        cli_json_count(&json, "column", spot.column);
    } else {
        cli_json_null(&json, "position");
        cli_json_null(&json, "line");
        cli_json_null(&json, "column");
    }
    cli_json_text(&json, "message", error->message);
    cli_json_end(&json);
}

/* `placed`: the message itself says where. */
static int refuse(const cli_formula *formula, const kith_error *error, bool placed, bool json) {
    if (json) {
        print_refusal_json(formula, error);
    }
    if (error->position < 0) {
        cli_fail("%s", error->message);
        return CLI_NO;
    }
    size_t at = (size_t)error->position;
    cli_spot spot = cli_spot_find(formula->text, formula->size, at);
    if (placed) {
        cli_fail("%s", error->message);
    } else {
        cli_fail("line %zu, column %zu: %s", spot.line, spot.column, error->message);
    }
    if (!json) {
        cli_excerpt_print(formula->text, formula->size, at, cli_terminal_columns(stderr), stderr);
    }
    return CLI_NO;
}

int cli_formula_refuse(const cli_formula *formula, const kith_error *error, bool json) {
    return refuse(formula, error, false, json);
}

int cli_formula_refuse_json(const cli_formula *formula, const kith_error *error, bool json) {
    return refuse(formula, error, true, json);
}

int cli_formula_parse(const cli_formula *formula, kith_txn *txn,
                      const kith_expression_options *options, bool json, kith_expression **out) {
    kith_error error = KITH_ERROR_INIT;
    int code = kith_expression_parse(formula->text, formula->size, txn, options, out, &error);
    if (code == KITH_OK) {
        return CLI_OK;
    }
    return code == KITH_INVALID || code == KITH_LIMIT ? cli_formula_refuse(formula, &error, json)
                                                      : cli_fail_error(&error);
}

int cli_formula_where(const cli_arguments *arguments, kith_txn *txn, kith_expression **out) {
    const char *text = cli_option_get(arguments, "where");
    const cli_formula formula = {(char *)text, text != NULL ? strlen(text) : 0};
    *out = NULL;
    return text != NULL ? cli_formula_parse(&formula, txn, NULL, arguments->json, out) : CLI_OK;
}
