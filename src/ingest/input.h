/*
 * The bytes of a file or of standard input, as UTF-8, in a window that readers move over it.
 *
 * Bytes that are not of the file's encoding become 0xFF, which no UTF-8 holds: the row they stand
 * in is refused by the one check of rows, and the rows around it are read. A byte order mark is
 * taken off.
 */
#ifndef KITHI_INGEST_INPUT_H
#define KITHI_INGEST_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <iconv.h>

#include "kith/base.h"

#define KITHI_INPUT_CHUNK_BYTES   ((size_t)256 << 10) /* read at a time */
#define KITHI_INPUT_GUESS_BYTES   ((size_t)1 << 20)   /* looked at to tell the encoding */
#define KITHI_ENCODING_NAME_BYTES 64

typedef enum kithi_input_state {
    KITHI_INPUT_UNDECIDED, /* only ASCII so far: UTF-8 and GB18030 agree on it */
    KITHI_INPUT_PLAIN,     /* UTF-8: bytes pass as they are */
    KITHI_INPUT_CONVERTED
} kithi_input_state;

typedef struct kithi_input {
    char *window; /* window[begin..end) is decoded and not consumed yet; readers move `begin` */
    size_t begin, end, capacity;
    bool ended;                       /* nothing comes after `end` */
    uint64_t done_bytes, total_bytes; /* of the file as it is; total 0: not known */
    char encoding[KITHI_ENCODING_NAME_BYTES];
    /* private */
    const char *name; /* for messages; borrowed */
    int file;         /* -1: the bytes come from `memory` */
    bool owns_file, source_ended, guess, started;
    const char *memory;
    size_t memory_left;
    kithi_input_state state;
    iconv_t converter;
    size_t unit_bytes; /* stepped over where a byte can't be decoded */
    char *raw;         /* raw[0..raw_size) awaits conversion */
    size_t raw_size, raw_capacity;
} kithi_input;

/*
 * Opens a file ("-": standard input).
 * @param encoding  as iconv names it; NULL: UTF-8, or UTF-16 where a byte order mark says so.
 * @param guess     with no encoding, a file that doesn't begin as JSON may turn out to be GB18030.
 * The guess falls at the first byte that isn't ASCII, over 1 MiB from there: a line counts for
 * UTF-8 where it is valid UTF-8 and couldn't be common Hanzi in GB18030; it counts for GB18030
 * where it isn't UTF-8, is well-formed GB18030, and holds a Hanzi that couldn't be a character of
 * UTF-8 cut short. GB18030 needs more lines than UTF-8, so a few broken bytes never turn a file.
 * @return KITH_OK; KITH_NOT_FOUND; KITH_INVALID (no such encoding); KITH_IO; KITH_NO_MEMORY.
 */
int kithi_input_open(kithi_input *input, const char *path, const char *encoding, bool guess,
                     kith_error *error);
/* The same over bytes in memory, borrowed until the input is closed. */
int kithi_input_open_memory(kithi_input *input, const char *data, size_t size, const char *encoding,
                            bool guess, kith_error *error);
void kithi_input_close(kithi_input *input);

/*
 * Reads more behind `end`, or sets `ended`. What is in the window stays, but may move in memory.
 * KITH_OK; KITH_IO; KITH_NO_MEMORY.
 */
int kithi_input_fill(kithi_input *input, kith_error *error);

/*
 * Whether what the window begins with, read as it stands, must be UTF-16 without a byte order mark,
 * by its NUL bytes: "UTF-16LE", "UTF-16BE", or NULL.
 */
const char *kithi_input_looks_utf16(const kithi_input *input);

#endif
