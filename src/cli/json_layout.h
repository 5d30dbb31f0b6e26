/*
 * JSON that a store keeps, laid out for people: a line for each member, indented where they stand
 * within one another, and a table where a list has objects that are alike.
 */
#ifndef KITH_CLI_JSON_LAYOUT_H
#define KITH_CLI_JSON_LAYOUT_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/* Of a list that takes one line; more are counted. */
#define CLI_JSON_ITEMS_SHOWN 8

/* What a member is called: "top_percent" is "top percent"; owned. */
char *cli_json_title(const char *key);
/* Prints the members of an object. */
void cli_json_lay_out(const json_t *object, size_t indent, FILE *out);

#endif
