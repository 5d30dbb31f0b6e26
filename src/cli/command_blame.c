/* blame: the weakest link that holds a profile together. */
#include <stdlib.h>

#include "src/cli/command.h"
#include "src/cli/console.h"
#include "src/cli/finding.h"
#include "src/cli/session.h"
#include "src/cli/steps.h"

#define RECORDS_SHOWN 20 /* of a part */

static size_t count_records(const kith_blame *blame) {
    size_t total = 0, count = 0;
    for (size_t i = 0; kith_blame_part(blame, i, &count) != NULL; i++) {
        total += count;
    }
    return total;
}

static void print_part(kith_txn *txn, const kith_blame *blame, size_t index) {
    size_t count = 0;
    const uint32_t *records = kith_blame_part(blame, index, &count);
    printf("%4zu. ", index + 1);
    for (size_t i = 0; i < count && i < RECORDS_SHOWN; i++) {
        char *name = cli_record_text(txn, records[i]);
        printf("%s%s", i > 0 ? ", " : "", name);
        free(name);
    }
    if (count > RECORDS_SHOWN) {
        printf(" ... and %zu more", count - RECORDS_SHOWN);
    }
    putchar('\n');
}

static void print_link(kith_txn *txn, const kith_blame *blame) {
    cli_telling telling = {.txn = txn};
    const kith_step *link = kith_blame_link(blame);
    size_t parts = kith_blame_part_count(blame);
    fputs("  the weakest link that holds it: ", stdout);
    cli_step_print(&telling, link);
    cli_step_print_table(&telling, link, 6);
    printf("  without it there would be %zu customers:\n", parts);
    for (size_t i = 0; i < parts; i++) {
        print_part(txn, blame, i);
    }
    cli_telling_end(&telling);
}

static void print_blame(kith_txn *txn, uint32_t number, const kith_blame *blame) {
    kith_id id;
    char id_text[KITH_ID_TEXT_BYTES] = "";
    size_t count = count_records(blame);
    if (kith_profile_id_of_record(txn, number, &id) == KITH_OK) {
        kith_id_format(&id, id_text);
    }
    printf("%sprofile %s%s, %zu record%s\n", cli_bold(stdout), id_text, cli_plain(stdout), count,
           cli_plural(count));
    if (kith_blame_link(blame) != NULL) {
        print_link(txn, blame);
    } else if (count == 1) {
        puts("  it is one record; no link joins it to others");
    } else if (kith_blame_complete(blame)) {
        puts("  no single link holds it together: whichever is left out, others do");
    } else {
        puts("  none of its weakest links alone holds it together; it has too many to try all");
    }
}

static void json_blame(kith_txn *txn, uint32_t number, size_t shared_by, const kith_blame *blame) {
    cli_json json;
    const uint32_t *records;
    size_t count = 0;
    cli_json_init(&json, stdout);
    cli_json_object(&json, NULL);
    cli_json_boolean(&json, "found", true);
    cli_json_profile_id(&json, "id", txn, number);
    cli_json_count(&json, "profiles_found", shared_by);
    cli_json_step(&json, "link", txn, kith_blame_link(blame));
    cli_json_boolean(&json, "complete", kith_blame_complete(blame));
    cli_json_list(&json, "parts");
    for (size_t i = 0; (records = kith_blame_part(blame, i, &count)) != NULL; i++) {
        cli_json_list(&json, NULL);
        for (size_t j = 0; j < count; j++) {
            cli_json_record(&json, NULL, txn, records[j]);
        }
        cli_json_end(&json);
    }
    cli_json_end(&json);
    cli_json_end(&json);
}

static int run_blame(const cli_arguments *arguments) {
    cli_finding finding;
    kith_blame *blame = NULL;
    int result = cli_finding_begin(arguments, cli_clock_us(), &finding);
    if (result != CLI_OK) {
        return result;
    }
    kith_txn *txn = finding.session.txn;
    uint32_t number = finding.profile.number;
    if (kith_explain_blame(txn, number, &blame) != KITH_OK) {
        result = cli_session_fail(&finding.session);
    } else if (arguments->json) {
        json_blame(txn, number, finding.shared.count, blame);
    } else {
        print_blame(txn, number, blame);
        cli_finding_print_shared(&finding.shared);
    }
    kith_blame_free(blame);
    cli_finding_end(&finding);
    return result;
}

const cli_command cli_command_blame = {
    .name = "blame",
    .summary = "say which weakest link holds a profile together, and what it would part into",
    .usage = CLI_FINDING_USAGE,
    .operands = {"STORE"},
    .options = {CLI_FINDING_OPTIONS},
    .details =
        "Links are scored pairs, values of identifiers (of all records that share one) and\n"
        "decisions of people. From the weakest on each is left out and the clusters are worked\n"
        "out anew; the first without which the profile falls apart is told, and the parts. Where\n"
        "others always bring its records together again, no single link holds it.\n"
        "Exit code 1: no such profile.",
    .run = run_blame,
};
