#include "src/insight/truth.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/error.h"
#include "src/base/grow.h"
#include "src/base/text.h"
#include "src/base/delimiter.h"

enum { COLUMN_SOURCE, COLUMN_KEY, COLUMN_ENTITY, COLUMN_COUNT };

/* The names that each column may have, in any case. */
static const char *const column_names[COLUMN_COUNT][4] = {
    {"source", "data_source", NULL},
    {"key", "record_id", NULL},
    {"entity", "cluster_id", "entity_id", NULL},
};

typedef struct reader {
    FILE *file;
    const char *path;
    const kithi_truth_waiting *waiting;
    kith_error *error;
    int code;                              /* of the first reading that failed */
    char chunk[KITHI_TRUTH_ROW_MAX_BYTES]; /* of the file; the first one tells the delimiter */
    size_t chunk_bytes, chunk_at;
    uint64_t done_bytes; /* with those of the chunk */
    bool ended;
    char delimiter;
    int held[3]; /* bytes looked at that are read again, the last first */
    size_t held_count;
    uint64_t line;     /* on which the next byte stands */
    int64_t position;  /* of the next byte */
    uint64_t row_line; /* on which the row in hand began */
    int64_t row_position;
    char row[KITHI_TRUTH_ROW_MAX_BYTES]; /* its cells, each with a NUL behind */
    size_t row_bytes;
    size_t cells[KITHI_TRUTH_COLUMNS_MAX]; /* where they begin */
    size_t cell_count;
    size_t width; /* cells of the header */
    size_t column[COLUMN_COUNT];
} reader;

#define ROW_END 1 /* no row any more */

static int fail(reader *in, const char *what) {
    return kithi_error_set_at(in->error, KITH_INVALID, in->row_position,
                              "line %" PRIu64 " of '%s' %s", in->row_line, in->path, what);
}

static int tell(reader *in) {
    kith_progress at = {sizeof at, "truth", in->done_bytes, 0, 0};
    return in->waiting->progress != NULL && in->waiting->progress(in->waiting->context, &at) != 0
               ? kithi_error_set(in->error, KITH_INTERRUPTED, "the evaluation was stopped")
               : KITH_OK;
}

/* Fills the chunk. A signal may break the waiting for a pipe: whoever waits says whether it goes
 * on.
 */
static void read_chunk(reader *in) {
    bool broken = true;
    in->chunk_at = in->chunk_bytes = 0;
    while (broken && (in->code = tell(in)) == KITH_OK) {
        in->chunk_bytes = fread(in->chunk, 1, sizeof in->chunk, in->file);
        broken = in->chunk_bytes == 0 && ferror(in->file) && errno == EINTR;
        if (broken) {
            clearerr(in->file);
        } else if (in->chunk_bytes == 0 && ferror(in->file)) {
            in->code = kithi_error_set(in->error, KITH_IO, "cannot read '%s', %s", in->path,
                                       strerror(errno));
        }
    }
    in->done_bytes += in->chunk_bytes;
    in->ended = in->chunk_bytes == 0;
}

static int take_byte(reader *in) {
    if (in->chunk_at == in->chunk_bytes && !in->ended) {
        read_chunk(in);
    }
    return in->chunk_at < in->chunk_bytes ? (unsigned char)in->chunk[in->chunk_at++] : EOF;
}

static int next_byte(reader *in) {
    int byte = in->held_count > 0 ? in->held[--in->held_count] : take_byte(in);
    if (byte != EOF) {
        in->position++;
        in->line += byte == '\n';
    }
    return byte;
}

/* A byte that was looked at and belongs to what follows. (A pipe can't be rewound.) */
static void put_back(reader *in, int byte) {
    if (byte != EOF) {
        in->held[in->held_count++] = byte;
        in->position--;
        in->line -= byte == '\n';
    }
}

static bool keep(reader *in, int byte) {
    if (in->row_bytes == sizeof in->row) {
        return false;
    }
    in->row[in->row_bytes++] = (char)byte;
    return true;
}

/* Reads what stands between quotes, the first of which is read already. */
static int read_quoted(reader *in) {
    for (;;) {
        int byte = next_byte(in);
        if (byte == '"') {
            byte = next_byte(in);
            if (byte != '"') {
                put_back(in, byte);
                return KITH_OK;
            }
        }
        if (byte == EOF) {
            return fail(in, "has a quote that is never closed");
        }
        if (byte == '\0') {
            return fail(in, "holds a NUL byte");
        }
        if (!keep(in, byte)) {
            return fail(in, "is longer than 64 KiB");
        }
    }
}

/* Reads one cell; *out_end is the byte that ended it: a delimiter, a line feed, or EOF. */
static int read_cell(reader *in, int *out_end) {
    if (in->cell_count == KITHI_TRUTH_COLUMNS_MAX) {
        return fail(in, "has more than 256 columns");
    }
    in->cells[in->cell_count++] = in->row_bytes;
    int byte = next_byte(in);
    if (byte == '"') {
        int code = read_quoted(in);
        if (code != KITH_OK) {
            return code;
        }
        byte = next_byte(in);
        byte = byte == '\r' ? next_byte(in) : byte;
        if (byte != in->delimiter && byte != '\n' && byte != EOF) {
            return fail(in, "has text behind a closing quote");
        }
    }
    while (byte != in->delimiter && byte != '\n' && byte != EOF) {
        if (byte == '\0') {
            return fail(in, "holds a NUL byte");
        }
        if (!keep(in, byte)) {
            return fail(in, "is longer than 64 KiB");
        }
        byte = next_byte(in);
    }
    if (byte != in->delimiter && in->row_bytes > in->cells[in->cell_count - 1] &&
        in->row[in->row_bytes - 1] == '\r') {
        in->row_bytes--;
    }
    *out_end = byte;
    return keep(in, '\0') ? KITH_OK : fail(in, "is longer than 64 KiB");
}

/* Reads a row that isn't empty. KITH_OK; ROW_END; an error. */
static int read_row(reader *in) {
    for (;;) {
        int end = in->delimiter;
        in->row_bytes = 0;
        in->cell_count = 0;
        in->row_line = in->line;
        in->row_position = in->position;
        while (end == in->delimiter) {
            int code = read_cell(in, &end);
            if (code != KITH_OK) {
                return code;
            }
        }
        if (in->code != KITH_OK) {
            return in->code;
        }
        if (in->cell_count > 1 || in->row[0] != '\0') {
            return kithi_text_valid(in->row, in->row_bytes) ? KITH_OK : fail(in, "is not UTF-8");
        }
        if (end == EOF) {
            return ROW_END;
        }
    }
}

static const char *cell(const reader *in, size_t index) {
    return in->row + in->cells[index];
}

static bool names_column(const char *name, size_t column) {
    for (size_t i = 0; column_names[column][i] != NULL; i++) {
        if (strcasecmp(column_names[column][i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Passes over the byte order mark that some programs put in front. */
static void skip_mark(reader *in) {
    static const int mark[3] = {0xEF, 0xBB, 0xBF};
    int taken[3];
    size_t count = 0;
    do {
        taken[count] = next_byte(in);
        count++;
    } while (count < 3 && taken[count - 1] == mark[count - 1]);
    if (taken[count - 1] != mark[count - 1]) {
        while (count > 0) {
            put_back(in, taken[--count]);
        }
    }
}

static int read_header(reader *in) {
    static const char *const missing[COLUMN_COUNT] = {"has no column 'source' (or DATA_SOURCE)",
                                                      "has no column 'key' (or RECORD_ID)",
                                                      "has no column 'entity' (or CLUSTER_ID)"};
    skip_mark(in);
    int code = read_row(in);
    if (code == ROW_END) {
        return kithi_error_set_at(in->error, KITH_INVALID, 0,
                                  "'%s' is empty, it needs the columns source, key, entity",
                                  in->path);
    }
    if (code != KITH_OK) {
        return code;
    }
    in->width = in->cell_count;
    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        size_t at = 0;
        while (at < in->width && !names_column(cell(in, at), column)) {
            at++;
        }
        if (at == in->width) {
            return fail(in, missing[column]);
        }
        in->column[column] = at;
    }
    return KITH_OK;
}

/* Copies the three cells of the row in hand. */
static int take_row(reader *in, kithi_arena *arena, kithi_truth_row *out) {
    char *copies[COLUMN_COUNT];
    if (in->cell_count != in->width) {
        return fail(in, in->cell_count < in->width ? "has fewer columns than the header"
                                                   : "has more columns than the header");
    }
    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        const char *text = cell(in, in->column[column]);
        if (text[0] == '\0') {
            return fail(in, column == COLUMN_SOURCE ? "has an empty source"
                            : column == COLUMN_KEY  ? "has an empty key"
                                                    : "has an empty entity");
        }
        copies[column] = kithi_arena_copy(arena, text, strlen(text));
        if (copies[column] == NULL) {
            return kithi_error_memory(in->error);
        }
    }
    *out = (kithi_truth_row){copies[COLUMN_SOURCE], copies[COLUMN_KEY], copies[COLUMN_ENTITY],
                             in->row_line};
    return KITH_OK;
}

static int read_rows(reader *in, kithi_arena *arena, kithi_truth_row **out_rows,
                     size_t *out_count) {
    kithi_truth_row *rows = NULL;
    size_t count = 0;
    size_t capacity = 0;
    int code = read_header(in);
    while (code == KITH_OK && (code = read_row(in)) == KITH_OK) {
        if (!KITHI_GROW(rows, capacity, count + 1)) {
            code = kithi_error_memory(in->error);
            break;
        }
        code = take_row(in, arena, &rows[count]);
        count++;
    }
    if (code != ROW_END) {
        free(rows);
        return code;
    }
    *out_rows = rows;
    *out_count = count;
    return KITH_OK;
}

static int begin(reader *in, FILE *file, const char *path, const kithi_truth_waiting *waiting,
                 kith_error *error) {
    in->file = file;
    in->path = path;
    in->waiting = waiting;
    in->error = error;
    in->held_count = 0;
    in->line = 1;
    in->position = 0;
    in->done_bytes = 0;
    read_chunk(in);
    kithi_delimiter_find(in->chunk, in->chunk_bytes, &in->delimiter);
    return in->code;
}

int kithi_truth_load(const char *path, const kithi_truth_waiting *waiting, kithi_arena *arena,
                     kithi_truth_row **out_rows, size_t *out_count, kith_error *error) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        int code = errno == ENOENT ? KITH_NOT_FOUND : KITH_IO;
        return kithi_error_set(error, code, "cannot read '%s', %s", path, strerror(errno));
    }
    reader *in = malloc(sizeof *in);
    int code;
    if (in == NULL) {
        code = kithi_error_memory(error);
    } else {
        code = begin(in, file, path, waiting, error);
    }
    if (code == KITH_OK) {
        code = read_rows(in, arena, out_rows, out_count);
    }
    free(in);
    fclose(file);
    return code;
}
