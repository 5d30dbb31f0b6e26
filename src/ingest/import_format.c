/* Which format a file is of, by its name or its beginning, and what people take for one by mistake.
 */
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "src/base/error.h"
#include "src/ingest/import.h"

static kith_format format_by_name(const char *path) {
    static const struct {
        const char *ending;
        kith_format format;
    } endings[] = {
        {".csv", KITH_FORMAT_CSV},     {".tsv", KITH_FORMAT_CSV},      {".txt", KITH_FORMAT_CSV},
        {".jsonl", KITH_FORMAT_JSONL}, {".ndjson", KITH_FORMAT_JSONL}, {".json", KITH_FORMAT_JSONL},
    };
    size_t size = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t length = strlen(endings[i].ending);
        if (size > length && strcasecmp(path + size - length, endings[i].ending) == 0) {
            return endings[i].format;
        }
    }
    return KITH_FORMAT_AUTO;
}

/* The first byte that is no white space, or -1 where nothing else is in the file. */
static int first_byte(kithi_import *import, int *out) {
    kithi_input *input = &import->input;
    size_t at = input->begin;
    *out = -1;
    for (;;) {
        if (at == input->end) {
            size_t seen = at - input->begin;
            int code = kithi_input_fill(input, import->error);
            if (code != KITH_OK || input->end - input->begin == seen) {
                return code;
            }
            at = input->begin + seen;
            continue;
        }
        char c = input->window[at++];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            *out = (unsigned char)c;
            return KITH_OK;
        }
        if (at - input->begin > KITHI_ROW_MAX_BYTES) { /* blank so far: the readers skip it */
            *out = ' ';
            return KITH_OK;
        }
    }
}

/* Whether a line is a message of the Segment spec: one of its six types, and whose it is. */
static bool is_segment_message(const char *line, size_t size) {
    static const char *const types[] = {"identify", "track", "page", "screen", "group", "alias"};
    json_t *message = json_loadb(line, size, 0, NULL);
    const char *type = json_string_value(json_object_get(message, "type"));
    bool known = false;
    for (size_t i = 0; type != NULL && i < sizeof types / sizeof types[0]; i++) {
        known = known || strcmp(type, types[i]) == 0;
    }
    bool whose = json_object_get(message, "userId") != NULL ||
                 json_object_get(message, "anonymousId") != NULL;
    json_decref(message);
    return known && whose;
}

/* Where nothing about rows was asked for, the first line tells Segment messages from other JSON
 * lines. */
static bool looks_like_segment(const kithi_import *import) {
    const kith_import_options *options = &import->options;
    const kithi_input *input = &import->input;
    const char *line = input->window + input->begin;
    size_t size = input->end - input->begin;
    const char *end = memchr(line, '\n', size);
    bool asked = options->format != KITH_FORMAT_AUTO || options->key_column != NULL ||
                 options->event_type != NULL || options->map != NULL;
    return !asked && is_segment_message(line, end != NULL ? (size_t)(end - line) : size);
}

/* The first line that holds anything, without the space around it. */
static kith_value first_line(const kithi_input *input) {
    const char *begin = input->window + input->begin;
    const char *end = input->window + input->end;
    while (begin < end && strchr(" \t\r\n", *begin) != NULL && *begin != '\0') {
        begin++;
    }
    const char *feed = memchr(begin, '\n', (size_t)(end - begin));
    return kithi_draft_trim(
        kith_value_text_n(begin, (size_t)((feed != NULL ? feed : end) - begin)));
}

/* JSON that isn't in lines: a list, or an object that a bracket alone in its line begins. */
static int check_lines(const kithi_import *import, int first) {
    const char *name = import->input.name;
    if (first == '[') {
        return kithi_error_set(import->error, KITH_INVALID,
                               "%s holds one JSON list: write one object a line instead, such as "
                               "`jq -c '.[]'` does",
                               name);
    }
    if (first == '{' && first_line(&import->input).as.text.size == 1) {
        return kithi_error_set(import->error, KITH_INVALID,
                               "%s holds JSON objects over several lines: write one object a line "
                               "instead, such as `jq -c .` does (`jq -c '.name[]'` for those of a "
                               "list in it)",
                               name);
    }
    return KITH_OK;
}

static int check_encoding(kithi_import *import) {
    const char *found = kithi_input_looks_utf16(&import->input);
    if (found == NULL) {
        return KITH_OK;
    }
    import->wrong_option = "encoding";
    return kithi_error_set(import->error, KITH_INVALID,
                           "encoding: %s looks like %s by its NUL bytes; name that as its encoding",
                           import->input.name, found);
}

/* What isn't text, by the bytes that such files begin with. */
static int check_kind(const kithi_import *import) {
    static const struct {
        const char *begin, *advice;
    } kinds[] = {
        {"PK\x03\x04", "a spreadsheet (.xlsx) or another zip file: save its sheet as CSV first"},
        {"\xD0\xCF\x11\xE0", "a spreadsheet in a format of its own (.xls): save it as CSV first"},
        {"\xFF\xFF\xFF\xFF", "a table of Arrow: import it from Python by import_arrow(), or write "
                             "it as CSV first"},
        {"\x1F\x8B", "compressed by gzip: unpack it first, such as `gunzip -c` does"},
    };
    const kithi_input *input = &import->input;
    size_t size = input->end - input->begin;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t length = strlen(kinds[i].begin);
        if (size >= length && memcmp(input->window + input->begin, kinds[i].begin, length) == 0) {
            return kithi_error_set(import->error, KITH_INVALID, "%s is %s", input->name,
                                   kinds[i].advice);
        }
    }
    return KITH_OK;
}

kith_format kithi_import_named_format(const kithi_import *import) {
    kith_format given = import->options.format;
    return given == KITH_FORMAT_AUTO ? format_by_name(import->path) : given;
}

int kithi_import_find_format(kithi_import *import, kith_format *format) {
    int first = -1;
    int code = first_byte(import, &first);
    if (code == KITH_OK) {
        code = check_kind(import);
    }
    if (code == KITH_OK) {
        code = check_encoding(import);
    }
    if (code != KITH_OK) {
        return code;
    }
    if (first < 0) {
        return kithi_error_set(import->error, KITH_INVALID,
                               "%s is empty: a header line, or a JSON object a line, is expected",
                               import->input.name);
    }
    if (*format == KITH_FORMAT_AUTO) {
        *format = first == '{' || first == '[' ? KITH_FORMAT_JSONL : KITH_FORMAT_CSV;
    }
    if (*format != KITH_FORMAT_CSV) {
        code = check_lines(import, first);
    }
    if (code == KITH_OK && *format == KITH_FORMAT_JSONL && looks_like_segment(import)) {
        *format = KITH_FORMAT_SEGMENT;
    }
    return code;
}
