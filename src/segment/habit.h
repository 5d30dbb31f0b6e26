/*
 * What people write who know another language, or whose editor knows better, and what to write
 * instead. It is only for messages, and never makes anything valid.
 */
#ifndef KITHI_SEGMENT_HABIT_H
#define KITHI_SEGMENT_HABIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/segment/parser.h"

/* Of a sign that isn't one of the language; NULL: it is one, or nothing is known of it. */
const char *kithi_habit_sign(const char *text, size_t size);
/* Whether a character beyond ASCII looks like a sign: then it stands in no name without quotes. */
bool kithi_habit_looks_like_sign(int32_t code_point);
/* What is wrong with a number that more letters follow. */
const char *kithi_habit_number(const char *more, size_t size);
/* Of a word with brackets that isn't known; NULL: nothing. */
const char *kithi_habit_call(const char *name, size_t size);
/* Of a name that isn't known; NULL: nothing. */
const char *kithi_habit_name(const char *name, size_t size);
/* Of what stands where the parser stands and should not; NULL: nothing. */
const char *kithi_habit_here(const kithi_parser *p);

#endif
