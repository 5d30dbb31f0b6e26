#include "src/ingest/rejects.h"

#include <errno.h>
#include <fcntl.h>
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
    rejects->ours = rejects->regular = false;
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

/* Whether a file begins as those do that are written here. */
static bool begins_with_header(int file) {
    char head[sizeof HEADER - 1];
    return pread(file, head, sizeof head, 0) == (ssize_t)sizeof head &&
           memcmp(head, HEADER, sizeof head) == 0;
}

/* Whether a file is named as a store's lock file. To open and close that one would end the locks
 * that this process holds on it. */
static bool is_lock_file(const char *path) {
    static const char ending[] = "-lock";
    size_t size = strlen(path);
    return size >= sizeof ending && strcmp(path + size - (sizeof ending - 1), ending) == 0;
}

static int refuse_found(const kithi_rejects *rejects, kith_error *error) {
    return kithi_error_set(error, KITH_INVALID,
                           "rejects: %s is there and holds no rejected rows; name another file",
                           rejects->path);
}

/* A file that is there is kept whatever it holds, unless that is rejected rows or nothing. */
static int check_found(kithi_rejects *rejects, int file, kith_error *error) {
    struct stat status;
    if (fstat(file, &status) != 0) {
        return fail(rejects, error);
    }
    rejects->ours = begins_with_header(file);
    if (rejects->ours || status.st_size == 0) {
        return KITH_OK;
    }
    return refuse_found(rejects, error);
}

/* A file of this path, made where there is none; it isn't emptied. -1: errno says why not. */
static int open_path(kithi_rejects *rejects) {
    struct stat status;
    int file = open(rejects->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    rejects->made = rejects->ours = file >= 0;
    if (file >= 0 || errno != EEXIST || stat(rejects->path, &status) != 0) {
        return file;
    }
    rejects->regular = S_ISREG(status.st_mode);
    return open(rejects->path, (rejects->regular ? O_RDWR : O_WRONLY) | O_CLOEXEC);
}

/*
 * Opened at the start, so that a place that can't be written shows before the import. What an
 * earlier import left there goes with the first row, or at the end; a device or a pipe is just
 * written to.
 */
int kithi_rejects_open(kithi_rejects *rejects, kith_error *error) {
    if (rejects->path == NULL) {
        return KITH_OK;
    }
    struct stat status;
    if (is_lock_file(rejects->path) && stat(rejects->path, &status) == 0) {
        return refuse_found(rejects, error);
    }
    rejects->regular = true;
    int file = open_path(rejects);
    if (file < 0) {
        return fail(rejects, error);
    }
    int code = rejects->regular && !rejects->ours ? check_found(rejects, file, error) : KITH_OK;
    rejects->file = code == KITH_OK ? fdopen(file, "wb") : NULL;
    if (code == KITH_OK && rejects->file == NULL) {
        code = fail(rejects, error);
    }
    if (code != KITH_OK) {
        close(file);
    }
    return code;
}

static bool empty(const kithi_rejects *rejects) {
    return !rejects->regular || ftruncate(fileno(rejects->file), 0) == 0;
}

int kithi_rejects_add(kithi_rejects *rejects, const kith_reject *reject, kith_error *error) {
    if (rejects->file == NULL) {
        return KITH_OK;
    }
    kithi_buffer_reset(&rejects->line);
    if (!rejects->written) {
        if (!empty(rejects)) {
            return fail(rejects, error);
        }
        kithi_buffer_append_text(&rejects->line, HEADER);
        rejects->written = true;
    }
    format_line(&rejects->line, reject);
    if (!kithi_buffer_ok(&rejects->line)) {
        return kithi_error_memory(error);
    }
    return write_line(rejects) ? KITH_OK : fail(rejects, error);
}

/* Removes a file in which nothing came to stand, if it is the one at the path still. */
static void remove_unwritten(const kithi_rejects *rejects) {
    struct stat opened;
    struct stat found;
    bool same = fstat(fileno(rejects->file), &opened) == 0 && lstat(rejects->path, &found) == 0 &&
                opened.st_dev == found.st_dev && opened.st_ino == found.st_ino;
    if (same) {
        unlink(rejects->path);
    } else {
        (void)empty(rejects); /* behind a symbolic link, which stays */
    }
}

void kithi_rejects_keep(kithi_rejects *rejects) {
    rejects->ours = rejects->made;
}

int kithi_rejects_close(kithi_rejects *rejects, kith_error *error) {
    FILE *file = rejects->file;
    if (file != NULL && !rejects->written && rejects->ours) {
        remove_unwritten(rejects);
    }
    rejects->file = NULL;
    kithi_buffer_clear(&rejects->line);
    return file == NULL || fclose(file) == 0 ? KITH_OK : fail(rejects, error);
}
