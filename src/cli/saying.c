#include "src/cli/saying.h"

#include <string.h>

#include "src/cli/console.h"
#include "src/cli/json_writer.h"

int cli_saying_times(const cli_arguments *arguments, int64_t *out_at_us) {
    int64_t now_us = 0;
    int result = cli_option_now(arguments, &now_us);
    return result == CLI_OK ? cli_option_time(arguments, "at", now_us, out_at_us) : result;
}

/* Something said of somebody is said of one: a value that several share names nobody. */
static int check_one(const cli_finding *finding) {
    return finding->shared.count <= 1
               ? CLI_OK
               : cli_session_no(&finding->session,
                                "%zu profiles share this value, name one of them by --id",
                                finding->shared.count);
}

/* Names the record that was named; the oldest of a profile that was found otherwise. */
static int name_record(const cli_arguments *arguments, cli_saying *out) {
    const char *record = cli_option_get(arguments, "record");
    const char *id = cli_option_get(arguments, "id");
    if (record != NULL) {
        int result = cli_record_name_read(&out->finding.session, record, &out->name);
        out->source = out->name.source;
        out->key = out->name.key;
        return result;
    }
    out->given = out->finding.profile.id;
    out->id = &out->given;
    return id == NULL || kith_id_parse(id, &out->given) == KITH_OK
               ? CLI_OK
               : cli_usage(arguments->command, "--id '%s' is no id", id);
}

int cli_saying_begin(const cli_arguments *arguments, cli_saying *out) {
    *out = (cli_saying){.by = cli_option_get(arguments, "by")};
    int result = cli_saying_times(arguments, &out->at_us);
    if (result == CLI_OK) {
        result = cli_finding_begin_write(arguments, out->at_us, &out->finding);
    }
    if (result != CLI_OK) {
        return result;
    }
    result = check_one(&out->finding);
    if (result == CLI_OK) {
        result = name_record(arguments, out);
    }
    if (result != CLI_OK) {
        cli_saying_drop(out);
    }
    return result;
}

void cli_saying_drop(cli_saying *saying) {
    cli_record_name_clear(&saying->name);
    cli_finding_end(&saying->finding);
}

static void print_change(const cli_saying *saying, const kith_id *profile, kith_change change) {
    bool added = change == KITH_ADDED;
    if (saying->finding.session.json) {
        cli_json json;
        cli_json_init(&json, stdout);
        cli_json_object(&json, NULL);
        cli_json_boolean(&json, "found", true);
        cli_json_id(&json, "id", profile);
        cli_json_text(&json, "change", added ? "added" : "unchanged");
        cli_json_end(&json);
    } else {
        char id[KITH_ID_TEXT_BYTES];
        kith_id_format(profile, id);
        printf("profile %s: %s\n", id, added ? "added" : "there already, unchanged");
    }
}

int cli_saying_end(cli_saying *saying, int code, kith_change change) {
    cli_session *session = &saying->finding.session;
    kith_id profile = saying->finding.profile.id;
    int result = CLI_OK;
    if (code == KITH_INVALID) { /* what was given as an argument */
        result = cli_usage(session->command, "%s", kith_txn_error(session->txn)->message);
    } else if (code != KITH_OK) {
        result = cli_session_fail(session);
    }
    if (result == CLI_OK) {
        result = cli_session_commit(session);
    }
    if (result == CLI_OK) {
        print_change(saying, &profile, change);
    }
    cli_saying_drop(saying);
    return result;
}
