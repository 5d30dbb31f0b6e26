#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kith.h"
#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/interrupt.h"
#include "src/cli/nearest.h"

static const cli_command *const commands[] = {
#define COMMAND_ENTRY(name) &cli_command_##name,
    CLI_COMMANDS(COMMAND_ENTRY)
#undef COMMAND_ENTRY
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

/* Commands of two words: "segment check". Their first word is a group. */
static size_t group_size(const char *name) {
    const char *blank = strchr(name, ' ');
    return blank != NULL ? (size_t)(blank - name) : 0;
}

static bool is_in_group(const char *name, const char *group) {
    size_t size = group_size(name);
    return size > 0 && strlen(group) == size && memcmp(name, group, size) == 0;
}

static bool has_group(const char *group) {
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (is_in_group(commands[i]->name, group)) {
            return true;
        }
    }
    return false;
}

/* The commands, or those of a group. */
static void print_list(const char *group, FILE *out) {
    int width = 0;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        int size = (int)strlen(commands[i]->name);
        width = size > width ? size : width;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (group == NULL || is_in_group(commands[i]->name, group)) {
            fprintf(out, "  %-*s  %s\n", width, commands[i]->name, commands[i]->summary);
        }
    }
}

static int print_group(const char *group, FILE *out) {
    fprintf(out, "usage: kith %s COMMAND STORE ...\n\n", group);
    print_list(group, out);
    fprintf(out, "\n'kith %s COMMAND --help' explains one command; each takes --json.\n", group);
    return CLI_OK;
}

static void print_overview(FILE *out) {
    fprintf(out,
            "kith %s: SQLite for customer data\n\n"
            "usage: kith COMMAND STORE ...\n\n",
            kith_version());
    print_list(NULL, out);
    fputs("\n'kith COMMAND --help' explains one command; each takes --json.\n"
          "Exit codes: 0 fine, 1 it ran and the answer is no, 2 wrong use, 3 bad data or store,\n"
          "or stopped by Ctrl-C.\n"
          "Where nothing is found, --json prints {\"found\": false, \"message\": ...}.\n"
          "\n"
          "  kith init shop.kith\n"
          "  kith import shop.kith customers.csv --source crm\n"
          "  kith profile shop.kith --find email=bob@example.com\n",
          out);
}

/* The command of one word, or of two, which *out_words says. */
static const cli_command *find_command(int count, char **words, int *out_words) {
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const char *name = commands[i]->name;
        size_t group = group_size(name);
        if (strcmp(name, words[0]) == 0) {
            *out_words = 1;
            return commands[i];
        }
        if (is_in_group(name, words[0]) && count > 1 && strcmp(name + group + 1, words[1]) == 0) {
            *out_words = 2;
            return commands[i];
        }
    }
    return NULL;
}

static bool is_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* The command that was likely meant by a word that begins none: one of which it is the second word,
 * or the nearest first one. */
static char *guess_command(const char *written) {
    cli_nearest nearest = cli_nearest_of(written);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const char *name = commands[i]->name;
        size_t group = group_size(name);
        if (group > 0 && strcmp(name + group + 1, written) == 0) {
            return cli_format("%s", name);
        }
        cli_nearest_offer(&nearest, name, group > 0 ? group : strlen(name));
    }
    return nearest.word == NULL ? NULL
                                : cli_format("%.*s", (int)strcspn(nearest.word, " "), nearest.word);
}

static int refuse_word(const char *written) {
    if (written[0] == '-') {
        return cli_usage(NULL, "there is no option '%s'", written);
    }
    char *guess = guess_command(written);
    int result = cli_usage(NULL, "there is no command '%s'%s%s%s", written,
                           guess != NULL ? " (did you mean '" : "", guess != NULL ? guess : "",
                           guess != NULL ? "'?)" : "");
    free(guess);
    return result;
}

/* "add, list, show": the second words of a group; owned. */
static char *list_group(const char *group, cli_nearest *nearest) {
    char *all = cli_format("%s", "");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (is_in_group(commands[i]->name, group)) {
            const char *word = commands[i]->name + strlen(group) + 1;
            char *longer = cli_format("%s%s%s", all, all[0] != '\0' ? ", " : "", word);
            cli_nearest_offer(nearest, word, strlen(word));
            free(all);
            all = longer;
        }
    }
    return all;
}

static int refuse_in_group(const char *group, const char *written) {
    cli_nearest nearest = cli_nearest_of(written);
    char *all = list_group(group, &nearest);
    bool near = nearest.word != NULL;
    int result =
        cli_usage(NULL, "there is no command '%s %s'%s%s%s; there are %s", group, written,
                  near ? " (did you mean '" : "", near ? nearest.word : "", near ? "'?)" : "", all);
    free(all);
    return result;
}

static int refuse_command(int count, char **words) {
    const char *group = words[0];
    if (!has_group(group)) {
        return refuse_word(group);
    }
    if (count > 1 && is_help(words[1])) {
        return print_group(group, stdout);
    }
    if (count > 1) {
        return refuse_in_group(group, words[1]);
    }
    print_group(group, stdout);
    return cli_usage(NULL, "%s what?", group);
}

static int run(int count, char **words) {
    if (count < 2) {
        return cli_usage(NULL, "no command is given");
    }
    if (strcmp(words[1], "--version") == 0) {
        printf("kith %s\n", kith_version());
        return CLI_OK;
    }
    if (is_help(words[1])) {
        print_overview(stdout);
        return CLI_OK;
    }
    int taken = 0;
    const cli_command *command = find_command(count - 1, words + 1, &taken);
    if (command == NULL) {
        return refuse_command(count - 1, words + 1);
    }
    cli_arguments arguments;
    int result = cli_arguments_read(command, count - 1 - taken, words + 1 + taken, &arguments);
    if (result != CLI_OK) {
        return result;
    }
    if (arguments.help) {
        cli_help_print(command, stdout);
        return CLI_OK;
    }
    cli_interrupt_ends();
    return command->run(&arguments);
}

/* Whether standard output is a pipe whose reader is gone: it has simply had enough. */
static bool reader_is_gone(void) {
    struct pollfd output = {.fd = STDOUT_FILENO};
    return errno == EPIPE || (poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0);
}

static int flush_output(int result) {
    errno = 0;
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    int reason = errno;
    if (failed && !reader_is_gone()) {
        return cli_fail("cannot write to standard output%s%s", reason != 0 ? ", " : "",
                        reason != 0 ? strerror(reason) : "");
    }
    return result;
}

int main(int count, char **words) {
    /* A closed pipe must end a command through its own clean-up, not by a signal. */
    signal(SIGPIPE, SIG_IGN);
    return flush_output(run(count, words));
}
