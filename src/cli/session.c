#include "src/cli/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"
#include "src/cli/json_writer.h"

#define FILE_CHUNK_BYTES 65536
#define FILE_MAX_BYTES   (64u * 1024 * 1024)

int cli_store_open(const cli_arguments *arguments, unsigned flags, kith **out) {
    const char *path = arguments->operands[0];
    kith_error error = KITH_ERROR_INIT;
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    options.flags = flags;
    int result = cli_option_map_size(arguments, &options.map_size_bytes);
    if (result != CLI_OK) {
        return result;
    }
    int code = kith_open(path, &options, out, &error);
    if (code == KITH_NOT_FOUND) {
        return cli_fail("there is no store '%s', make one with 'kith init %s'", path, path);
    }
    return code == KITH_OK ? CLI_OK : cli_fail_error(&error);
}

int cli_session_begin(const cli_arguments *arguments, unsigned mode, cli_session *out) {
    *out = (cli_session){.command = arguments->command, .json = arguments->json};
    unsigned flags = mode == KITH_READ ? KITH_OPEN_READ_ONLY : 0;
    int code = cli_store_open(arguments, flags, &out->store);
    if (code != CLI_OK) {
        return code;
    }
    kith_error error = KITH_ERROR_INIT;
    if (kith_txn_begin(out->store, mode, &out->txn, &error) != KITH_OK) {
        cli_session_end(out);
        return cli_fail_error(&error);
    }
    return CLI_OK;
}

int cli_session_commit(cli_session *session) {
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn = session->txn;
    session->txn = NULL;
    return kith_txn_commit(txn, &error) == KITH_OK ? CLI_OK : cli_fail_error(&error);
}

void cli_session_end(cli_session *session) {
    kith_txn_abort(session->txn);
    kith_close(session->store);
    session->txn = NULL;
    session->store = NULL;
}

int cli_session_fail(const cli_session *session) {
    return cli_fail_error(kith_txn_error(session->txn));
}

int cli_session_no(const cli_session *session, const char *format, ...) {
    va_list list;
    va_start(list, format);
    char *message = cli_format_list(format, list);
    va_end(list);
    if (session->json) {
        cli_json json;
        cli_json_init(&json, stdout);
        cli_json_object(&json, NULL);
        cli_json_boolean(&json, "found", false);
        cli_json_text(&json, "message", message);
        cli_json_end(&json);
    }
    cli_fail("%s", message);
    free(message);
    return CLI_NO;
}

int cli_record_name_read(const cli_session *session, const char *text, cli_record_name *out) {
    const char *colon = strchr(text, ':');
    if (colon == NULL || colon == text || colon[1] == '\0') {
        return cli_usage(session->command, "'%s' names no record, write SOURCE:KEY", text);
    }
    out->source = cli_format("%.*s", (int)(colon - text), text);
    out->key = colon + 1;
    return CLI_OK;
}

void cli_record_name_clear(cli_record_name *name) {
    free(name->source);
    name->source = NULL;
}

int cli_record_find(const cli_session *session, const char *text, kith_record *out) {
    cli_record_name name = {NULL, NULL};
    int result = cli_record_name_read(session, text, &name);
    if (result != CLI_OK) {
        return result;
    }
    int code = kith_record_get(session->txn, name.source, name.key, out);
    if (code == KITH_NOT_FOUND) {
        result = cli_session_no(
            session, "there is no record '%s', 'kith export STORE clusters' lists them", text);
    } else if (code != KITH_OK) {
        result = cli_session_fail(session);
    }
    cli_record_name_clear(&name);
    return result;
}

char *cli_record_text(kith_txn *txn, uint32_t number) {
    kith_record record = KITH_RECORD_INIT;
    if (kith_record_get_number(txn, number, &record) != KITH_OK) {
        return cli_format("record %u", (unsigned)number);
    }
    char *text = cli_format("%s:%s", record.source, record.key);
    char *clean = cli_text_clean(text, strlen(text));
    free(text);
    return clean;
}

int cli_file_read(const char *path, char **out) {
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (file == NULL) {
        return cli_fail("cannot read '%s', %s", path, strerror(errno));
    }
    char *text = NULL;
    size_t used = 0;
    size_t taken;
    int result = CLI_OK;
    do {
        text = cli_grow(text, used + FILE_CHUNK_BYTES + 1);
        taken = fread(text + used, 1, FILE_CHUNK_BYTES, file);
        used += taken;
    } while (taken == FILE_CHUNK_BYTES && used <= FILE_MAX_BYTES);
    text[used] = '\0';
    if (used > FILE_MAX_BYTES) {
        result = cli_fail("'%s' has more than 64 MiB, which is more than kith reads of such a file",
                          path);
    } else if (ferror(file)) {
        result = cli_fail("cannot read '%s', %s", path, strerror(errno));
    } else if (strlen(text) != used) {
        result = cli_fail("'%s' is no text, there is a NUL byte at byte %zu", path, strlen(text));
    }
    if (file != stdin) {
        fclose(file);
    }
    if (result != CLI_OK) {
        free(text);
        return result;
    }
    *out = text;
    return CLI_OK;
}
