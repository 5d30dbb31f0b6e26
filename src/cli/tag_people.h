/*
 * Tagging everybody in a segment, or whom a condition means. Functions that fail have said why on
 * stderr and return the exit code.
 */
#ifndef KITH_CLI_TAG_PEOPLE_H
#define KITH_CLI_TAG_PEOPLE_H

#include "kith.h"
#include "src/cli/options.h"

#define CLI_TAG_PEOPLE_USAGE "(--segment NAME | --where EXPRESSION) [--dry-run]"
#define CLI_TAG_PEOPLE_OPTIONS                                                                     \
    {"segment", "NAME", "all who are in this segment"},                                            \
        {"where", "EXPRESSION", "all whom this means (-: standard input)"},                        \
        {"dry-run", NULL, "of both: write nothing, say how many it would be"}, {                   \
        "any-name", NULL,                                                                          \
            "of --where: attributes, events and properties that the store\ndoesn't know are no "   \
            "error"                                                                                \
    }

/* Whether the options name people in this way. */
bool cli_tag_people_is_asked(const cli_arguments *arguments);
/* `tag` is all but whom. */
int cli_tag_people(const cli_arguments *arguments, const kith_tag_input *tag, bool remove);

#endif
