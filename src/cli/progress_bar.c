#include "src/cli/progress_bar.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/cli/console.h"
#include "src/cli/interrupt.h"

#define REDRAW_US     100000
#define BAR_CELLS_MAX 24 /* so that it keeps its length when the rate appears beside it */
#define BAR_CELLS_MIN 8
#define RATE_AFTER_US 500000 /* before that a rate is noise */

static int64_t monotonic_us(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void cli_progress_begin(cli_progress *progress) {
    cli_interrupt_is_noted();
    *progress = (cli_progress){.shown = cli_is_terminal(stderr), .begun_us = monotonic_us()};
}

double cli_progress_seconds(const cli_progress *progress) {
    return (double)(monotonic_us() - progress->begun_us) / 1e6;
}

static void format_eta(double seconds, char *text, size_t size) {
    unsigned long whole = seconds < 0 || seconds > 1e8 ? 0 : (unsigned long)(seconds + 0.5);
    if (whole >= 3600) {
        snprintf(text, size, "%lu:%02lu:%02lu", whole / 3600, whole / 60 % 60, whole % 60);
    } else {
        snprintf(text, size, "%lu:%02lu", whole / 60, whole % 60);
    }
}

/* What stands right of the bar: rows, their rate, the time left. */
static void format_numbers(const cli_progress *progress, const kith_progress *step, int64_t now,
                           char *text, size_t size) {
    char number[CLI_NUMBER_BYTES];
    double seconds = (double)(now - progress->phase_us) / 1e6;
    size_t used = 0;
    text[0] = '\0';
    if (step->rows > 0) {
        used += (size_t)snprintf(text, size, "  %s rows", cli_count_text(step->rows, number));
    }
    if (now - progress->phase_us < RATE_AFTER_US) {
        return;
    }
    if (step->rows > 0) {
        cli_count_text((uint64_t)((double)step->rows / seconds), number);
        used += (size_t)snprintf(text + used, size - used, "  %s/s", number);
    }
    if (step->done > 0 && step->total > step->done) {
        char eta[CLI_NUMBER_BYTES];
        double left = seconds * (double)(step->total - step->done) / (double)step->done;
        format_eta(left, eta, sizeof eta);
        snprintf(text + used, size - used, "  ETA %s", eta);
    }
}

static void draw_bar(double part, size_t cells) {
    size_t full = (size_t)(part * (double)cells);
    for (size_t i = 0; i < cells; i++) {
        fputs(i < full ? "━" : i == full ? "╸" : "─", stderr);
    }
}

static void draw(const cli_progress *progress, const kith_progress *step, int64_t now) {
    char numbers[160];
    char number[CLI_NUMBER_BYTES];
    format_numbers(progress, step, now, numbers, sizeof numbers);
    fprintf(stderr, "\r%-7s ", step->phase);
    if (step->total == 0) {
        fprintf(stderr, "%s", step->rows > 0 ? "" : cli_count_text(step->done, number));
    } else {
        double part = step->done < step->total ? (double)step->done / (double)step->total : 1;
        size_t others = 8 + 6 + strlen(numbers) + 1;
        size_t columns = cli_terminal_columns(stderr);
        size_t cells = columns > others + BAR_CELLS_MIN ? columns - others : BAR_CELLS_MIN;
        draw_bar(part, cells < BAR_CELLS_MAX ? cells : BAR_CELLS_MAX);
        fprintf(stderr, " %4.0f%%", part * 100);
    }
    fprintf(stderr, "%s\x1b[K", numbers);
    fflush(stderr);
}

int cli_progress_step(void *context, const kith_progress *step) {
    cli_progress *progress = context;
    if (progress->shown) {
        int64_t now = monotonic_us();
        if (progress->phase == NULL || strcmp(progress->phase, step->phase) != 0) {
            progress->phase = step->phase;
            progress->phase_us = now;
        }
        if (now - progress->drawn_us >= REDRAW_US) {
            progress->drawn_us = now;
            progress->drawn = true;
            draw(progress, step, now);
        }
    }
    return cli_interrupted();
}

void cli_progress_end(cli_progress *progress) {
    if (progress->drawn) {
        fputs("\r\x1b[K", stderr);
        fflush(stderr);
        progress->drawn = false;
    }
}
