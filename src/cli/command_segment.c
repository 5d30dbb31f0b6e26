/* segment check: whether an expression of the segment language means something, and what. */
#include <stdlib.h>
#include <string.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/formula.h"
#include "src/cli/json_writer.h"
#include "src/cli/session.h"

/* What is asked. */
typedef struct asked {
    const cli_arguments *arguments;
    cli_formula formula;
    bool no_store;
    enum { FORM_REPORT, FORM_TEXT, FORM_JSON } form;
    kith_expression_options options;
} asked;

static bool is_given(const cli_arguments *arguments, const char *option) {
    return cli_option_get(arguments, option) != NULL;
}

/* What the arguments say */

static int read_form(asked *a) {
    const char *to = cli_option_get(a->arguments, "to");
    if (to == NULL) {
        a->form = FORM_REPORT;
        return CLI_OK;
    }
    if (strcmp(to, "text") != 0 && strcmp(to, "json") != 0) {
        return cli_usage(a->arguments->command, "--to needs json or text, not '%s'", to);
    }
    if (a->arguments->json) {
        return cli_usage(a->arguments->command, "either --to or --json, not both");
    }
    a->form = to[0] == 't' ? FORM_TEXT : FORM_JSON;
    return CLI_OK;
}

/* The operand that is the expression, NULL where a file has it. */
static int find_expression(const asked *a, const char **out) {
    const cli_command *command = a->arguments->command;
    const char *const *operands = a->arguments->operands;
    bool file = is_given(a->arguments, "file");
    *out = operands[a->no_store ? 0 : 1];
    if (!a->no_store && operands[0] == NULL) {
        return cli_usage(command, "%s needs STORE and EXPRESSION", command->name);
    }
    if (a->no_store && operands[1] != NULL) {
        return cli_usage(command,
                         "%s takes no further argument, but there is '%s': with --no-store there "
                         "is no STORE",
                         command->name, operands[1]);
    }
    if (file && *out != NULL) {
        return cli_usage(command, "either EXPRESSION or --file, not both");
    }
    if (!file && *out == NULL) {
        return cli_usage(command,
                         a->no_store ? "%s needs EXPRESSION, in quotes, or --file"
                                     : "%s needs EXPRESSION, in quotes, behind STORE, or --file; "
                                       "without a store it needs --no-store",
                         command->name);
    }
    return CLI_OK;
}

static int read_asked(const cli_arguments *arguments, asked *out) {
    const char *expression = NULL;
    *out = (asked){.arguments = arguments, .no_store = is_given(arguments, "no-store")};
    out->options = (kith_expression_options)KITH_EXPRESSION_OPTIONS_INIT;
    out->options.json = is_given(arguments, "twin");
    out->options.value = is_given(arguments, "value");
    out->options.any_name = is_given(arguments, "any-name");
    int result = read_form(out);
    if (result == CLI_OK) {
        result = find_expression(out, &expression);
    }
    if (result != CLI_OK) {
        return result;
    }
    return cli_formula_read(arguments, expression, &out->formula);
}

/* The answer yes */

static const char *gives_words(const char *gives) {
    static const char *const words[][2] = {
        {"condition", "a condition, true or false"},
        {"number", "a number"},
        {"text", "a text"},
        {"date", "a date"},
        {"time", "a time"},
        {"duration", "a duration"},
        {"null", "NULL"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i][0], gives) == 0) {
            return words[i][1];
        }
    }
    return "a value, of whichever type each one has";
}

static void print_json(const char *gives, const char *text, const char *twin) {
    cli_json json;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "valid", true);
    cli_json_text(&json, "gives", gives);
    cli_json_text(&json, "text", text);
    cli_json_made(&json, "expression", twin);
    cli_json_end(&json);
}

static void print_valid(const asked *a, const kith_expression *expression, const char *text,
                        const char *twin) {
    const char *gives = kith_expression_gives(expression);
    if (a->arguments->json) {
        print_json(gives, text, twin);
    } else if (a->form == FORM_REPORT) {
        cli_formula_print(text);
        printf("\nvalid: it gives %s\n", gives_words(gives));
    } else {
        puts(a->form == FORM_TEXT ? text : twin);
    }
}

static int say_yes(const asked *a, const kith_expression *expression) {
    char *text = NULL, *twin = NULL;
    size_t columns = a->arguments->json ? 0 : cli_terminal_columns(stdout);
    int code = kith_expression_text(expression, columns, &text);
    if (code == KITH_OK) {
        code = kith_expression_json(expression, true, &twin);
    }
    if (code == KITH_OK) {
        print_valid(a, expression, text, twin);
    }
    kith_free(text);
    kith_free(twin);
    return code == KITH_OK ? CLI_OK : cli_fail("out of memory");
}

/* All */

static int check_expression(const asked *a, kith_txn *txn) {
    kith_expression *expression = NULL;
    int result = cli_formula_parse(&a->formula, txn, &a->options, a->arguments->json, &expression);
    if (result == CLI_OK) {
        result = say_yes(a, expression);
    }
    kith_expression_free(expression);
    return result;
}

static int check_in_store(const asked *a) {
    cli_session session;
    int result = cli_session_begin(a->arguments, KITH_READ, &session);
    if (result == CLI_OK) {
        result = check_expression(a, session.txn);
        cli_session_end(&session);
    }
    return result;
}

static int run_segment_check(const cli_arguments *arguments) {
    asked a;
    int result = read_asked(arguments, &a);
    if (result == CLI_OK) {
        result = a.no_store ? check_expression(&a, NULL) : check_in_store(&a);
        cli_formula_clear(&a.formula);
    }
    return result;
}

const cli_command cli_command_segment_check = {
    .name = "segment check",
    .summary = "whether an expression means something to the store, and what",
    .usage = "STORE EXPRESSION [--to json|text] [--twin] [--any-name] [--value]",
    .operands = {"STORE", "EXPRESSION"},
    .optional_operands = 2,
    .options =
        {
            {"file", "FILE", "read the expression from a file (-: standard input) instead"},
            {"to", "FORM", "print only the expression: text, in its one form, or json, its twin"},
            {"twin", NULL, "what is read is the JSON twin"},
            {"any-name", NULL,
             "attributes, events and properties that the store doesn't know\nare no error"},
            {"value", NULL, "it may give a value: count(purchase), lower(city)"},
            {"no-store", NULL, "leave out STORE: names aren't checked"},
        },
    .details =
        "Prints the expression in its one form and what it gives. EXPRESSION stands in quotes of\n"
        "the shell; - reads it from standard input. README, \"Segments\", has the language.\n\n"
        "  kith segment check shop.kith \"count(purchase LAST 30d) >= 3 AND city = 'York'\"\n"
        "  kith segment check shop.kith --file vip.txt --to json\n"
        "  kith segment check --no-store --twin - --to text < vip.json\n\n"
        "Exit code 1: it means nothing; the message says where, what was expected there, and what\n"
        "was likely meant.",
    .run = run_segment_check,
};
