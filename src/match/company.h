/*
 * Names of companies: which words say nothing but what kind of company in law it is. Folded words.
 */
#ifndef KITHI_MATCH_COMPANY_H
#define KITHI_MATCH_COMPANY_H

#include <stdbool.h>

#include "src/match/remarks.h"

/* The words without legal forms, articles in front and what joins others at the end: "the acme
 * trading co ltd" is "acme trading". Words that are nothing else stay as they are. */
kithi_span kithi_company_strip(kithi_span words);
/* Whether the words end in a legal form that is nobody's family name: a company stands where a
 * person's name is expected. */
bool kithi_company_is(kithi_span words);

#endif
