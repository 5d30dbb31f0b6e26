#include "src/ingest/rejects.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/ingest/export_text.h"

#define HEADER "line,reason,detail,row\n"

void kithi_rejects_init(kithi_rejects *rejects, const char *path) {
    rejects->path = path;
    rejects->file = NULL;
    rejects->written = false;
    kithi_buffer_init(&rejects->line);
}

static int fail(const kithi_rejects *rejects, kith_error *error) {
    return kithi_error_set(error, KITH_IO, "%s: the rejected rows can't be written: %s",
                           rejects->path, strerror(errno));
}

static bool write_line(kithi_rejects *rejects) {
    return fwrite(rejects->line.data, 1, rejects->line.size, rejects->file) == rejects->line.size;
}

static void format_line(kithi_buffer *line, const kith_reject *reject) {
    char number[24];
    const char *reason = kith_reject_reason_name(reject->reason);
    snprintf(number, sizeof number, "%" PRIu64 ",", reject->line);
    kithi_buffer_append_text(line, number);
    kithi_buffer_append_text(line, reason);
    kithi_buffer_append_byte(line, ',');
    kithi_export_csv_cell(line, reject->detail, strlen(reject->detail));
    kithi_buffer_append_byte(line, ',');
    kithi_export_csv_cell(line, reject->text, reject->text_bytes);
    kithi_buffer_append_byte(line, '\n');
}

/*
 * Opened at the start, so that a place that can't be written shows before the import, and what an
 * earlier import left there goes; a file in which nothing came to stand is removed.
 */
int kithi_rejects_open(kithi_rejects *rejects, kith_error *error) {
    if (rejects->path == NULL) {
        return KITH_OK;
    }
    rejects->file = fopen(rejects->path, "wbe");
    return rejects->file != NULL ? KITH_OK : fail(rejects, error);
}

int kithi_rejects_add(kithi_rejects *rejects, const kith_reject *reject, kith_error *error) {
    if (rejects->file == NULL) {
        return KITH_OK;
    }
    kithi_buffer_reset(&rejects->line);
    if (!rejects->written) {
        kithi_buffer_append_text(&rejects->line, HEADER);
        rejects->written = true;
    }
    format_line(&rejects->line, reject);
    if (!kithi_buffer_ok(&rejects->line)) {
        return kithi_error_memory(error);
    }
    return write_line(rejects) ? KITH_OK : fail(rejects, error);
}

int kithi_rejects_close(kithi_rejects *rejects, kith_error *error) {
    FILE *file = rejects->file;
    rejects->file = NULL;
    kithi_buffer_clear(&rejects->line);
    if (file != NULL && fclose(file) != 0) {
        return fail(rejects, error);
    }
    struct stat status;
    if (file != NULL && !rejects->written && stat(rejects->path, &status) == 0 &&
        S_ISREG(status.st_mode)) {
        unlink(rejects->path); /* never a device or a pipe that was given */
    }
    return KITH_OK;
}
