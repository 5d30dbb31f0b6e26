#include "src/cli/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "src/cli/options.h"

/* Signal handlers have no context: the one variable of this program outside of main. */
static volatile sig_atomic_t interrupted;

static void note(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

/* Only what a signal handler may call. A transaction that is open ends as if the process had been
 * killed: nothing of it is in the store. */
static void end(int signal_number) {
    static const char line[] = "kith: stopped by Ctrl-C\n";
    (void)signal_number;
    ssize_t written = write(STDERR_FILENO, line, sizeof line - 1);
    (void)written;
    _exit(CLI_BAD);
}

static struct sigaction action_of(void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    return action;
}

void cli_interrupt_ends(void) {
    struct sigaction action = action_of(end, 0), before;
    if (sigaction(SIGINT, NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
        sigaction(SIGINT, &action, NULL);
    }
}

void cli_interrupt_is_noted(void) {
    struct sigaction action = action_of(note, (int)SA_RESETHAND);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool cli_interrupted(void) {
    return interrupted != 0;
}
