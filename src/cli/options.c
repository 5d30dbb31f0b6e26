#include "src/cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kith.h"
#include "src/cli/console.h"

#define HELP_COLUMN 24
#define MAP_MIN_BYTES                                                                              \
    ((uint64_t)1 << 20) /* what a store takes that holds nothing yet, and more                     \
                         */

static int find_option(const cli_command *command, const char *name, size_t size) {
    for (int i = 0; command->options[i].name != NULL; i++) {
        const char *known = command->options[i].name;
        if (strlen(known) == size && memcmp(known, name, size) == 0) {
            return i;
        }
    }
    return -1;
}

static bool is_word(const char *name, size_t size, const char *word) {
    return strlen(word) == size && memcmp(name, word, size) == 0;
}

/* --json and --help, which every subcommand has. */
static bool take_common(cli_arguments *out, const char *name, size_t size) {
    if (is_word(name, size, "json")) {
        out->json = true;
        return true;
    }
    if (is_word(name, size, "help")) {
        out->help = true;
        return true;
    }
    return false;
}

/* Takes the option at words[*at] and its value. */
static int take_option(cli_arguments *out, int count, char **words, int *at) {
    const cli_command *command = out->command;
    const char *name = words[*at] + 2;
    const char *equals = strchr(name, '=');
    size_t size = equals != NULL ? (size_t)(equals - name) : strlen(name);
    if (equals == NULL && take_common(out, name, size)) {
        return CLI_OK;
    }
    int found = find_option(command, name, size);
    if (found < 0 && take_common(&(cli_arguments){0}, name, size)) {
        return cli_usage(command, "--%.*s takes no value", (int)size, name);
    }
    if (found < 0) {
        return cli_usage(command, "%s has no option '--%.*s'", command->name, (int)size, name);
    }
    const cli_option *option = &command->options[found];
    if (out->values[found] != NULL) {
        return cli_usage(command, "--%s is given twice", option->name);
    }
    if (option->argument == NULL) {
        out->values[found] = "";
        return equals == NULL ? CLI_OK : cli_usage(command, "--%s takes no value", option->name);
    }
    if (equals == NULL && (*at + 1 >= count || strncmp(words[*at + 1], "--", 2) == 0)) {
        return cli_usage(command, "--%s needs a value: --%s %s", option->name, option->name,
                         option->argument);
    }
    out->values[found] = equals != NULL ? equals + 1 : words[++*at];
    return CLI_OK;
}

static int take_operand(cli_arguments *out, size_t *taken, const char *word) {
    bool rest = *taken >= CLI_OPERANDS_MAX || out->command->operands[*taken] == NULL;
    if (rest && out->command->rest != NULL && out->rest_count < CLI_REST_MAX) {
        out->rest[out->rest_count++] = word;
        return CLI_OK;
    }
    if (rest) {
        return cli_usage(out->command, "%s takes no further argument, but there is '%s'",
                         out->command->name, word);
    }
    out->operands[(*taken)++] = word;
    return CLI_OK;
}

static size_t required_operands(const cli_command *command) {
    size_t count = 0;
    while (command->operands[count] != NULL) {
        count++;
    }
    return count - command->optional_operands;
}

int cli_arguments_read(const cli_command *command, int count, char **words, cli_arguments *out) {
    *out = (cli_arguments){.command = command};
    size_t taken = 0;
    bool only_operands = false;
    for (int i = 0; i < count; i++) {
        const char *word = words[i];
        int code;
        if (!only_operands && strcmp(word, "--") == 0) {
            only_operands = true;
            continue;
        }
        if (!only_operands && strcmp(word, "-h") == 0) {
            out->help = true;
            continue;
        }
        if (!only_operands && word[0] == '-' && word[1] != '\0') {
            code = word[1] == '-'
                       ? take_option(out, count, words, &i)
                       : cli_usage(command, "%s has no option '%s'", command->name, word);
        } else {
            code = take_operand(out, &taken, word);
        }
        if (code != CLI_OK) {
            return code;
        }
    }
    const char *missing = command->operands[taken];
    missing = taken < required_operands(command)                ? missing
              : out->rest_count == 0 && !command->optional_rest ? command->rest
                                                                : NULL;
    if (missing != NULL && !out->help) {
        return cli_usage(command, "%s needs %s", command->name, missing);
    }
    return CLI_OK;
}

const char *cli_option_get(const cli_arguments *arguments, const char *name) {
    int found = find_option(arguments->command, name, strlen(name));
    return found < 0 ? NULL : arguments->values[found];
}

/* The whole number that a text begins with; false where it begins with none, or one too large. */
static bool read_number(const char *text, uint64_t *out, const char **out_rest) {
    char *end = NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    *out_rest = end;
    return text[0] >= '0' && text[0] <= '9' && errno == 0;
}

int cli_option_count(const cli_arguments *arguments, const char *name, uint64_t fallback,
                     uint64_t *out) {
    const char *text = cli_option_get(arguments, name), *rest;
    if (text == NULL) {
        *out = fallback;
        return CLI_OK;
    }
    if (!read_number(text, out, &rest) || *rest != '\0') {
        return cli_usage(arguments->command, "--%s needs a whole number, not '%s'", name, text);
    }
    return CLI_OK;
}

static bool read_format(const char *name, kith_format *out) {
    static const struct {
        const char *name;
        kith_format format;
    } known[] = {
        {"csv", KITH_FORMAT_CSV}, {"jsonl", KITH_FORMAT_JSONL}, {"arrow", KITH_FORMAT_ARROW}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, name) == 0) {
            *out = known[i].format;
            return true;
        }
    }
    return false;
}

int cli_option_format(const cli_arguments *arguments, kith_format *out) {
    const char *name = cli_option_get(arguments, "format");
    *out = arguments->json ? KITH_FORMAT_JSONL : KITH_FORMAT_CSV;
    if (name == NULL) {
        return CLI_OK;
    }
    if (!read_format(name, out)) {
        return cli_usage(arguments->command, "--format is csv, jsonl or arrow, not '%s'", name);
    }
    if (*out != KITH_FORMAT_JSONL && arguments->json) {
        return cli_usage(arguments->command, "--json and --format %s exclude each other", name);
    }
    if (*out == KITH_FORMAT_ARROW && cli_is_terminal(stdout)) {
        return cli_usage(arguments->command,
                         "--format arrow is no text for a terminal: send it to a file (> "
                         "out.arrows) or into a program");
    }
    return CLI_OK;
}

/* How many bits a unit's letter stands for, as in 200G; -1 where it is none. */
static int shift_of_unit(char unit) {
    static const char units[] = "KMGT";
    char upper = unit >= 'a' && unit <= 'z' ? (char)(unit - 'a' + 'A') : unit;
    const char *found = upper != '\0' ? strchr(units, upper) : NULL;
    return found != NULL ? 10 * (int)(found - units + 1) : -1;
}

static bool read_size(const char *text, uint64_t *out) {
    const char *rest;
    uint64_t number;
    if (!read_number(text, &number, &rest)) {
        return false;
    }
    int shift = *rest != '\0' ? shift_of_unit(*rest++) : 0;
    if (*rest != '\0' || shift < 0 || number > UINT64_MAX >> shift) {
        return false;
    }
    *out = number << shift;
    return true;
}

int cli_option_size(const cli_arguments *arguments, const char *name, uint64_t *out) {
    const char *text = cli_option_get(arguments, name);
    *out = 0;
    if (text == NULL || (read_size(text, out) && *out > 0)) {
        return CLI_OK;
    }
    return cli_usage(arguments->command,
                     "--%s needs a size in bytes, or with K, M, G or T behind it such as 4G, not "
                     "'%s'",
                     name, text);
}

int cli_option_map_size(const cli_arguments *arguments, uint64_t *out) {
    const char *text = cli_option_get(arguments, "map-size");
    *out = 0;
    if (text == NULL || (read_size(text, out) && *out >= MAP_MIN_BYTES)) {
        return CLI_OK;
    }
    return cli_usage(arguments->command,
                     "--map-size needs a size of at least 1M in bytes, or with K, M, G or T behind "
                     "it such as 200G, not '%s'",
                     text);
}

int64_t cli_clock_us(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int cli_option_time(const cli_arguments *arguments, const char *name, int64_t fallback_us,
                    int64_t *out_us) {
    const char *text = cli_option_get(arguments, name);
    if (text == NULL) {
        *out_us = fallback_us;
        return CLI_OK;
    }
    if (kith_time_parse(text, strlen(text), out_us) != KITH_OK) {
        return cli_usage(arguments->command,
                         "--%s '%s' is no time of the years 0000 to 9999, write it like "
                         "2024-02-29T12:00:00Z",
                         name, text);
    }
    return CLI_OK;
}

int cli_option_now(const cli_arguments *arguments, int64_t *out_us) {
    bool past = cli_option_get(arguments, "as-of") != NULL;
    if (past && cli_option_get(arguments, "now") != NULL) {
        return cli_usage(arguments->command, "either --as-of or --now, which mean the same");
    }
    return cli_option_time(arguments, past ? "as-of" : "now", cli_clock_us(), out_us);
}

#define MICROS_DIGITS 6

/* -12.5 as -12500000. */
static bool read_micros(const char *text, int64_t *out) {
    bool below = text[0] == '-', any = false;
    int places = -1; /* behind the point, once there is one */
    int64_t micros = 0;
    for (text += below || text[0] == '+'; *text != '\0'; text++) {
        bool digit = *text >= '0' && *text <= '9';
        if (!digit && (*text != '.' || places >= 0)) {
            return false;
        }
        places += !digit || places >= 0;
        any = any || digit;
        /* Summed below zero, which reaches one further. */
        if (digit && (places > MICROS_DIGITS || __builtin_mul_overflow(micros, 10, &micros) ||
                      __builtin_sub_overflow(micros, *text - '0', &micros))) {
            return false;
        }
    }
    for (int i = places > 0 ? places : 0; i < MICROS_DIGITS; i++) {
        any = any && !__builtin_mul_overflow(micros, 10, &micros);
    }
    *out = micros;
    return any && (below || !__builtin_sub_overflow(0, micros, out));
}

int cli_option_micros(const cli_arguments *arguments, const char *name, int64_t *out_micros) {
    const char *text = cli_option_get(arguments, name);
    if (text == NULL) {
        return cli_usage(arguments->command, "%s needs --%s N", arguments->command->name, name);
    }
    return read_micros(text, out_micros)
               ? CLI_OK
               : cli_usage(arguments->command,
                           "--%s needs a number of at most six decimals, not '%s'", name, text);
}

static int read_real(const cli_arguments *arguments, const char *name, double fallback,
                     bool below_zero, double *out) {
    const char *text = cli_option_get(arguments, name);
    char number[32];
    int64_t micros = 0;
    if (text == NULL) {
        *out = fallback;
        return CLI_OK;
    }
    size_t size = strlen(text);
    bool share = size > 0 && text[size - 1] == '%';
    snprintf(number, sizeof number, "%.*s", (int)(size - share), text);
    if (size >= sizeof number || !read_micros(number, &micros) || (micros < 0 && !below_zero)) {
        return cli_usage(arguments->command,
                         "--%s needs a number of at most six decimals, such as 0.01 or 1%%, not "
                         "'%s'",
                         name, text);
    }
    *out = (double)micros / (share ? 1e8 : 1e6);
    return CLI_OK;
}

int cli_option_real(const cli_arguments *arguments, const char *name, double fallback,
                    double *out) {
    return read_real(arguments, name, fallback, false, out);
}

int cli_option_change(const cli_arguments *arguments, const char *name, double fallback,
                      double *out) {
    return read_real(arguments, name, fallback, true, out);
}

/* One option of a help text; the lines of its explanation stand under each other. */
static void print_option(FILE *out, const cli_option *option) {
    int used = fprintf(out, "  --%s%s%s", option->name, option->argument != NULL ? " " : "",
                       option->argument != NULL ? option->argument : "");
    if (used > HELP_COLUMN - 2) {
        fputc('\n', out);
        used = 0;
    }
    const char *line = option->help;
    for (;;) {
        int size = (int)strcspn(line, "\n");
        fprintf(out, "%*s%.*s\n", HELP_COLUMN - used, "", size, line);
        if (line[size] == '\0') {
            return;
        }
        line += size + 1;
        used = 0;
    }
}

void cli_help_print(const cli_command *command, FILE *out) {
    static const cli_option common[] = {
        {"json", NULL, "print the answer as JSON"},
        {"help", NULL, "print this"},
    };
    fprintf(out, "kith %s: %s\n\nusage: kith %s %s\n\n", command->name, command->summary,
            command->name, command->usage);
    for (const cli_option *option = command->options; option->name != NULL; option++) {
        print_option(out, option);
    }
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
        if (find_option(command, common[i].name, strlen(common[i].name)) < 0) {
            print_option(out, &common[i]);
        }
    }
    if (command->details != NULL) {
        fprintf(out, "\n%s\n", command->details);
    }
}
