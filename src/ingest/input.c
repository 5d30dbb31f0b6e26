#include "src/ingest/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/grow.h"
#include "src/base/text.h"

#define UNDECODABLE       '\xFF'
#define DECODED_MAX_BYTES 16 /* room that one step of iconv may ask for */
#define UTF16_LOOK_BYTES  512
#define UTF16_NUL_SHARE   8 /* at least one character of so many is of ASCII */

/* Opening and closing */

static bool is_utf8_name(const char *encoding) {
    return strcasecmp(encoding, "UTF-8") == 0 || strcasecmp(encoding, "UTF8") == 0;
}

static size_t unit_bytes_of(const char *encoding) {
    if (strncasecmp(encoding, "UTF-16", 6) == 0 || strncasecmp(encoding, "UTF16", 5) == 0 ||
        strncasecmp(encoding, "UCS-2", 5) == 0) {
        return 2;
    }
    bool wide = strncasecmp(encoding, "UTF-32", 6) == 0 || strncasecmp(encoding, "UCS-4", 5) == 0;
    return wide ? 4 : 1;
}

static int convert_from(kithi_input *input, const char *encoding, kith_error *error) {
    input->converter = iconv_open("UTF-8", encoding);
    if (input->converter == (iconv_t)-1 && errno == ENOMEM) {
        return kithi_error_memory(error);
    }
    if (input->converter == (iconv_t)-1) {
        return kithi_error_set(error, KITH_INVALID,
                               "encoding: none is named \"%s\"; `iconv -l` lists the names",
                               encoding);
    }
    input->state = KITHI_INPUT_CONVERTED;
    input->unit_bytes = unit_bytes_of(encoding);
    return KITH_OK;
}

static int prepare(kithi_input *input, const char *encoding, bool guess, kith_error *error) {
    const char *name = encoding ? encoding : "UTF-8";
    if (strlen(name) >= sizeof input->encoding) {
        return kithi_error_set(error, KITH_INVALID, "encoding: its name is too long");
    }
    strcpy(input->encoding, name);
    input->guess = guess && encoding == NULL;
    input->state = encoding ? KITHI_INPUT_PLAIN : KITHI_INPUT_UNDECIDED;
    if (encoding != NULL && is_utf8_name(encoding)) {
        strcpy(input->encoding, "UTF-8");
        return KITH_OK;
    }
    return encoding ? convert_from(input, encoding, error) : KITH_OK;
}

static void clear(kithi_input *input, const char *name) {
    memset(input, 0, sizeof *input);
    input->name = name;
    input->file = -1;
    input->converter = (iconv_t)-1;
}

static int open_file(kithi_input *input, const char *path, kith_error *error) {
    struct stat info;
    bool standard = strcmp(path, "-") == 0;
    input->name = standard ? "standard input" : path;
    input->file = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    input->owns_file = !standard;
    if (input->file < 0) {
        int code = errno == ENOENT || errno == ENOTDIR ? KITH_NOT_FOUND : KITH_IO;
        return kithi_error_set(error, code, "%s: %s", path, strerror(errno));
    }
    if (fstat(input->file, &info) == 0 && S_ISDIR(info.st_mode)) {
        return kithi_error_set(error, KITH_IO, "%s: it is a directory; give a file", path);
    }
    if (fstat(input->file, &info) == 0 && S_ISREG(info.st_mode)) {
        input->total_bytes = (uint64_t)info.st_size;
    }
    return KITH_OK;
}

int kithi_input_open(kithi_input *input, const char *path, const char *encoding, bool guess,
                     kith_error *error) {
    clear(input, path);
    int code = open_file(input, path, error);
    if (code == KITH_OK) {
        code = prepare(input, encoding, guess, error);
    }
    if (code != KITH_OK) {
        kithi_input_close(input);
    }
    return code;
}

int kithi_input_open_memory(kithi_input *input, const char *data, size_t size, const char *encoding,
                            bool guess, kith_error *error) {
    clear(input, "memory");
    input->memory = data;
    input->memory_left = size;
    input->total_bytes = size;
    int code = prepare(input, encoding, guess, error);
    if (code != KITH_OK) {
        kithi_input_close(input);
    }
    return code;
}

void kithi_input_close(kithi_input *input) {
    if (input->converter != (iconv_t)-1) {
        iconv_close(input->converter);
    }
    if (input->owns_file && input->file >= 0) {
        close(input->file);
    }
    free(input->window);
    free(input->raw);
    clear(input, input->name);
    input->ended = true;
}

/* Raw bytes */

static size_t take_memory(kithi_input *input, char *out, size_t size) {
    size_t taken = size < input->memory_left ? size : input->memory_left;
    if (taken > 0) {
        memcpy(out, input->memory, taken);
        input->memory += taken;
        input->memory_left -= taken;
    }
    return taken;
}

/* One read of at most a chunk; sets source_ended where there is no more. */
static int read_raw(kithi_input *input, char *out, size_t *out_size, kith_error *error) {
    ssize_t taken = 0;
    if (input->file < 0) {
        taken = (ssize_t)take_memory(input, out, KITHI_INPUT_CHUNK_BYTES);
    } else {
        do {
            taken = read(input->file, out, KITHI_INPUT_CHUNK_BYTES);
        } while (taken < 0 && errno == EINTR);
    }
    if (taken < 0) {
        return kithi_error_set(error, KITH_IO, "%s: reading stopped after %llu bytes: %s",
                               input->name, (unsigned long long)input->done_bytes, strerror(errno));
    }
    input->source_ended = taken == 0;
    input->done_bytes += (uint64_t)taken;
    *out_size = (size_t)taken;
    return KITH_OK;
}

static int read_to_window(kithi_input *input, kith_error *error) {
    size_t taken = 0;
    if (!KITHI_GROW(input->window, input->capacity, input->end + KITHI_INPUT_CHUNK_BYTES)) {
        return kithi_error_memory(error);
    }
    int code = read_raw(input, input->window + input->end, &taken, error);
    input->end += taken;
    return code;
}

/* Conversion */

static bool put_undecodable(kithi_input *input) {
    if (!KITHI_GROW(input->window, input->capacity, input->end + 1)) {
        return false;
    }
    input->window[input->end++] = UNDECODABLE;
    return true;
}

/* Some encodings write an accent behind its letter, so their decoders hold the last letter back. */
static int flush_converter(kithi_input *input, kith_error *error) {
    if (!KITHI_GROW(input->window, input->capacity, input->end + DECODED_MAX_BYTES)) {
        return kithi_error_memory(error);
    }
    char *out = input->window + input->end;
    size_t room = input->capacity - input->end;
    iconv(input->converter, NULL, NULL, &out, &room);
    input->end = (size_t)(out - input->window);
    return KITH_OK;
}

/*
 * Decodes what it can of raw[0..raw_size) and keeps a character that is cut short at its end for
 * the next time, unless there is none.
 */
static int convert(kithi_input *input, kith_error *error) {
    char *in = input->raw;
    size_t left = input->raw_size;
    while (left > 0) {
        if (!KITHI_GROW(input->window, input->capacity, input->end + left + DECODED_MAX_BYTES)) {
            return kithi_error_memory(error);
        }
        char *out = input->window + input->end;
        size_t room = input->capacity - input->end;
        size_t result = iconv(input->converter, &in, &left, &out, &room);
        input->end = (size_t)(out - input->window);
        if (result != (size_t)-1 || errno == E2BIG) {
            continue;
        }
        if (errno == EINVAL && !input->source_ended) {
            break;
        }
        if (!put_undecodable(input)) {
            return kithi_error_memory(error);
        }
        size_t skipped = left < input->unit_bytes ? left : input->unit_bytes;
        in += skipped;
        left -= skipped;
    }
    if (left > 0) {
        memmove(input->raw, in, left);
    }
    input->raw_size = left;
    return input->source_ended ? flush_converter(input, error) : KITH_OK;
}

static int read_converted(kithi_input *input, kith_error *error) {
    size_t taken = 0;
    if (!KITHI_GROW(input->raw, input->raw_capacity, input->raw_size + KITHI_INPUT_CHUNK_BYTES)) {
        return kithi_error_memory(error);
    }
    int code = read_raw(input, input->raw + input->raw_size, &taken, error);
    input->raw_size += taken;
    return code == KITH_OK ? convert(input, error) : code;
}

/* From here on the bytes from `from` in the window, read as they are, turn out to be of `encoding`.
 */
static int switch_to(kithi_input *input, const char *encoding, size_t from, kith_error *error) {
    size_t size = input->end - from;
    int code = convert_from(input, encoding, error);
    if (code != KITH_OK) {
        return code;
    }
    strcpy(input->encoding, encoding);
    if (!KITHI_GROW(input->raw, input->raw_capacity, size + KITHI_INPUT_CHUNK_BYTES)) {
        return kithi_error_memory(error);
    }
    memcpy(input->raw, input->window + from, size);
    input->raw_size = size;
    input->end = from;
    return convert(input, error);
}

/* Telling the encoding */

typedef enum line_kind { LINE_NEITHER, LINE_UTF8, LINE_GB18030 } line_kind;

static bool is_common_hanzi(unsigned char lead, unsigned char trail) {
    return lead >= 0xB0 && lead <= 0xF7 && trail >= 0xA1 && trail <= 0xFE;
}

/* A pair that can also be the first two bytes of a UTF-8 character says nothing. */
static bool may_be_cut_utf8(unsigned char lead, unsigned char trail) {
    return lead >= 0xC2 && lead <= 0xF4 && trail < 0xC0;
}

typedef struct gb_facts {
    bool well_formed;
    bool all_common; /* every character outside ASCII is a common Hanzi */
    bool telling;    /* one of them is a Hanzi that can't be cut UTF-8 */
} gb_facts;

static gb_facts gb_examine(const unsigned char *line, size_t size) {
    gb_facts facts = {true, true, false};
    size_t at = 0;
    while (at < size) {
        unsigned char lead = line[at];
        unsigned char trail = at + 1 < size ? line[at + 1] : 0;
        bool four = trail >= 0x30 && trail <= 0x39 && at + 3 < size && line[at + 2] >= 0x81 &&
                    line[at + 2] <= 0xFE && line[at + 3] >= 0x30 && line[at + 3] <= 0x39;
        bool two = (trail >= 0x40 && trail <= 0x7E) || (trail >= 0x80 && trail <= 0xFE);
        if (lead < 0x80) {
            at++;
            continue;
        }
        if (lead < 0x81 || lead > 0xFE || !(two || four)) {
            facts.well_formed = false;
            return facts;
        }
        bool common = two && is_common_hanzi(lead, trail);
        facts.all_common = facts.all_common && common;
        facts.telling = facts.telling || (common && !may_be_cut_utf8(lead, trail));
        at += two ? 2 : 4;
    }
    return facts;
}

static bool is_ascii(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

static line_kind kind_of_line(const char *line, size_t size) {
    if (is_ascii(line, size)) {
        return LINE_NEITHER;
    }
    gb_facts gb = gb_examine((const unsigned char *)line, size);
    if (kithi_text_valid(line, size)) {
        return gb.well_formed && gb.all_common ? LINE_NEITHER : LINE_UTF8;
    }
    return gb.well_formed && gb.telling ? LINE_GB18030 : LINE_NEITHER;
}

static bool looks_gb18030(const char *text, size_t size) {
    size_t utf8_count = 0;
    size_t gb_count = 0;
    size_t at = 0;
    while (at < size) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t line_size = end ? (size_t)(end - text) - at : size - at;
        line_kind kind = kind_of_line(text + at, line_size);
        utf8_count += kind == LINE_UTF8;
        gb_count += kind == LINE_GB18030;
        at += line_size + 1;
    }
    return gb_count > utf8_count;
}

static int decide(kithi_input *input, size_t from, kith_error *error) {
    int code = KITH_OK;
    while (code == KITH_OK && !input->source_ended && input->end - from < KITHI_INPUT_GUESS_BYTES) {
        code = read_to_window(input, error);
    }
    input->state = KITHI_INPUT_PLAIN;
    if (code == KITH_OK && looks_gb18030(input->window + from, input->end - from)) {
        code = switch_to(input, "GB18030", from, error);
    }
    return code;
}

static int read_undecided(kithi_input *input, kith_error *error) {
    size_t from = input->end;
    int code = read_to_window(input, error);
    if (code != KITH_OK || !input->guess) {
        return code;
    }
    while (from < input->end && (unsigned char)input->window[from] < 0x80) {
        from++;
    }
    return from < input->end ? decide(input, from, error) : KITH_OK;
}

/* The start of the file: byte order marks, and whether a guess is in order. */

static bool window_begins(const kithi_input *input, const char *bytes, size_t size) {
    return input->end - input->begin >= size &&
           memcmp(input->window + input->begin, bytes, size) == 0;
}

static bool begins_as_json(const kithi_input *input) {
    size_t at = input->begin;
    while (at < input->end && strchr(" \t\r\n", input->window[at]) != NULL &&
           input->window[at] != '\0') {
        at++;
    }
    return at < input->end && (input->window[at] == '{' || input->window[at] == '[');
}

static int take_mark(kithi_input *input, kith_error *error) {
    if (input->state == KITHI_INPUT_UNDECIDED) {
        bool little = window_begins(input, "\xFF\xFE", 2);
        if (little || window_begins(input, "\xFE\xFF", 2)) {
            return switch_to(input, little ? "UTF-16LE" : "UTF-16BE", 2, error);
        }
    }
    if (window_begins(input, "\xEF\xBB\xBF", 3)) {
        input->begin += 3;
        if (input->state == KITHI_INPUT_UNDECIDED) {
            input->state = KITHI_INPUT_PLAIN;
        }
    }
    return KITH_OK;
}

/* The first bytes are read without a guess, so that the guess may look at them. */
static int start(kithi_input *input, kith_error *error) {
    int code = KITH_OK;
    bool guess = input->guess;
    input->started = true;
    input->guess = false;
    while (code == KITH_OK && !input->source_ended && input->end < 4) {
        code = input->state == KITHI_INPUT_CONVERTED ? read_converted(input, error)
                                                     : read_to_window(input, error);
    }
    if (code == KITH_OK) {
        bool was_converted = input->state == KITHI_INPUT_CONVERTED;
        code = take_mark(input, error);
        if (!was_converted && input->state == KITHI_INPUT_CONVERTED) {
            input->begin = 2; /* the mark of UTF-16 stays in the window before the text */
        }
    }
    input->guess = guess && !begins_as_json(input);
    if (code != KITH_OK || !input->guess || input->state != KITHI_INPUT_UNDECIDED) {
        return code;
    }
    size_t from = input->begin;
    while (from < input->end && (unsigned char)input->window[from] < 0x80) {
        from++;
    }
    return from < input->end ? decide(input, from, error) : KITH_OK;
}

static int read_more(kithi_input *input, kith_error *error) {
    if (!input->started) {
        return start(input, error);
    }
    if (input->state == KITHI_INPUT_CONVERTED) {
        return read_converted(input, error);
    }
    return input->state == KITHI_INPUT_UNDECIDED ? read_undecided(input, error)
                                                 : read_to_window(input, error);
}

int kithi_input_fill(kithi_input *input, kith_error *error) {
    size_t kept = input->end - input->begin;
    size_t wanted = kept < KITHI_INPUT_GUESS_BYTES ? kept + 1 : KITHI_INPUT_GUESS_BYTES;
    if (input->ended) {
        return KITH_OK;
    }
    if (input->begin > 0) {
        memmove(input->window, input->window + input->begin, kept);
    }
    input->begin = 0;
    input->end = kept;
    /* As much again as there is: a reader that starts a long row over stays linear. */
    while (input->end - input->begin < kept + wanted && !input->source_ended) {
        int code = read_more(input, error);
        if (code != KITH_OK) {
            return code;
        }
    }
    input->ended = input->source_ended;
    return KITH_OK;
}

const char *kithi_input_looks_utf16(const kithi_input *input) {
    size_t size = input->end - input->begin;
    size_t nuls[2] = {0, 0}; /* at even places and at odd ones */
    size = size < UTF16_LOOK_BYTES ? size : UTF16_LOOK_BYTES;
    for (size_t i = 0; i < size; i++) {
        nuls[i % 2] += input->window[input->begin + i] == '\0';
    }
    size_t count = nuls[0] + nuls[1];
    bool one_sided = nuls[0] == 0 || nuls[1] == 0;
    if (input->state == KITHI_INPUT_CONVERTED || !one_sided || count < 2 ||
        count * UTF16_NUL_SHARE < size / 2) {
        return NULL;
    }
    return nuls[1] > 0 ? "UTF-16LE" : "UTF-16BE";
}
