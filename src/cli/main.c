#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kith.h"
#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/interrupt.h"

static const cli_command *const commands[] = {
#define COMMAND_ENTRY(name) &cli_command_##name,
    CLI_COMMANDS(COMMAND_ENTRY)
#undef COMMAND_ENTRY
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void print_overview(FILE *out) {
    fprintf(out,
            "kith %s: SQLite for customer data\n\n"
            "usage: kith COMMAND STORE ...\n\n",
            kith_version());
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
    }
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

static const cli_command *find_command(const char *name) {
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static int run(int count, char **words) {
    if (count < 2) {
        return cli_usage(NULL, "no command is given");
    }
    if (strcmp(words[1], "--version") == 0) {
        printf("kith %s\n", kith_version());
        return CLI_OK;
    }
    if (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0) {
        print_overview(stdout);
        return CLI_OK;
    }
    const cli_command *command = find_command(words[1]);
    if (command == NULL) {
        return cli_usage(
            NULL, words[1][0] == '-' ? "there is no option '%s'" : "there is no command '%s'",
            words[1]);
    }
    cli_arguments arguments;
    int result = cli_arguments_read(command, count - 2, words + 2, &arguments);
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
