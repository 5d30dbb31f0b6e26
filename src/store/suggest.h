/*
 * "Did you mean": which of several names a misspelt one is nearest to.
 */
#ifndef KITHI_STORE_SUGGEST_H
#define KITHI_STORE_SUGGEST_H

#include <stddef.h>

typedef struct kithi_suggestion {
    const char *written;
    const char *name; /* the nearest so far, or NULL: none is near; borrowed from who offered it */
    size_t distance;
} kithi_suggestion;

kithi_suggestion kithi_suggestion_of(const char *written);
/* Takes the name if it is near to what was written, and nearer than those before it. */
void kithi_suggestion_offer(kithi_suggestion *suggestion, const char *name);

#endif
