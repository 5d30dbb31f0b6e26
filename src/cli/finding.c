#include "src/cli/finding.h"

#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"

#define SHARED_SHOWN 20

int cli_finding_check(const cli_arguments *arguments) {
    int given = (cli_option_get(arguments, "id") != NULL) +
                (cli_option_get(arguments, "record") != NULL) +
                (cli_option_get(arguments, "find") != NULL);
    return given == 1 ? CLI_OK
                      : cli_usage(arguments->command,
                                  "%s needs one of --id ID, --record SOURCE:KEY, --find TYPE=VALUE",
                                  arguments->command->name);
}

static int not_found(const cli_session *session, int code, const char *what, const char *text) {
    if (code == KITH_NOT_FOUND) {
        return cli_session_no(session, "no profile has %s '%s'", what, text);
    }
    return cli_session_fail(session);
}

static int find_by_identifier(cli_session *session, const char *text, int64_t now_us,
                              kith_profile *out, cli_shared *out_shared) {
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || equals[1] == '\0') {
        return cli_usage(session->command, "--find '%s' is not of the form TYPE=VALUE", text);
    }
    char *type = cli_format("%.*s", (int)(equals - text), text);
    int code = kith_profile_find(session->txn, type, equals + 1, now_us, out, &out_shared->count);
    if (code == KITH_OK && out_shared->count > 1) {
        code = kith_profile_find_ids(session->txn, type, equals + 1, &out_shared->ids,
                                     &out_shared->count);
    }
    int result = CLI_OK;
    if (code == KITH_INVALID) {
        result = cli_usage(session->command, "%s", kith_txn_error(session->txn)->message);
    } else if (code != KITH_OK) {
        /* Nobody has the value, or it is blocked and stands for nobody. */
        result = code == KITH_NOT_FOUND
                     ? cli_session_no(session, "%s", kith_txn_error(session->txn)->message)
                     : cli_session_fail(session);
    }
    free(type);
    return result;
}

static int find_by_id(cli_session *session, const char *text, int64_t now_us, kith_profile *out) {
    kith_id id;
    if (kith_id_parse(text, &id) != KITH_OK) {
        return cli_usage(session->command, "--id '%s' is no id, it has 32 hexadecimal digits",
                         text);
    }
    int code = kith_profile_get(session->txn, &id, now_us, out);
    return code == KITH_OK ? CLI_OK : not_found(session, code, "id", text);
}

static int find_by_record(cli_session *session, const char *text, int64_t now_us,
                          kith_profile *out) {
    kith_record record = KITH_RECORD_INIT;
    int result = cli_record_find(session, text, &record);
    if (result != CLI_OK) {
        return result;
    }
    int code = kith_profile_of_record(session->txn, record.number, now_us, out);
    return code == KITH_OK ? CLI_OK : not_found(session, code, "record", text);
}

int cli_profile_find(const cli_arguments *arguments, cli_session *session, int64_t now_us,
                     kith_profile *out, cli_shared *out_shared) {
    const char *id = cli_option_get(arguments, "id");
    const char *record = cli_option_get(arguments, "record");
    *out = (kith_profile)KITH_PROFILE_INIT;
    *out_shared = (cli_shared){1, NULL};
    if (id != NULL) {
        return find_by_id(session, id, now_us, out);
    }
    if (record != NULL) {
        return find_by_record(session, record, now_us, out);
    }
    return find_by_identifier(session, cli_option_get(arguments, "find"), now_us, out, out_shared);
}

static int begin(const cli_arguments *arguments, unsigned mode, int64_t now_us, cli_finding *out) {
    int result = cli_finding_check(arguments);
    if (result == CLI_OK) {
        result = cli_session_begin(arguments, mode, &out->session);
    }
    if (result != CLI_OK) {
        return result;
    }
    result = cli_profile_find(arguments, &out->session, now_us, &out->profile, &out->shared);
    if (result != CLI_OK) {
        cli_finding_end(out);
    }
    return result;
}

int cli_finding_begin(const cli_arguments *arguments, int64_t now_us, cli_finding *out) {
    return begin(arguments, KITH_READ, now_us, out);
}

int cli_finding_begin_write(const cli_arguments *arguments, int64_t now_us, cli_finding *out) {
    return begin(arguments, KITH_WRITE, now_us, out);
}

void cli_finding_end(cli_finding *finding) {
    kith_free(finding->shared.ids);
    cli_session_end(&finding->session);
}

void cli_finding_print_shared(const cli_shared *shared) {
    if (shared->count < 2 || shared->ids == NULL) {
        return;
    }
    printf("\n%zu profiles share this value; --id ID shows each of them:\n", shared->count);
    for (size_t i = 0; i < shared->count && i < SHARED_SHOWN; i++) {
        char id[KITH_ID_TEXT_BYTES];
        kith_id_format(&shared->ids[i], id);
        printf("  %s\n", id);
    }
    if (shared->count > SHARED_SHOWN) {
        printf("  ... and %zu more; --json lists them all\n", shared->count - SHARED_SHOWN);
    }
}
