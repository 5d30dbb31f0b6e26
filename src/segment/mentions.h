/*
 * The names that an expression mentions.
 */
#ifndef KITHI_SEGMENT_MENTIONS_H
#define KITHI_SEGMENT_MENTIONS_H

#include "src/segment/node.h"

typedef enum kithi_mention {
    KITHI_MENTION_ATTRIBUTE, /* or a trait; with the path in it */
    KITHI_MENTION_EVENT,
    KITHI_MENTION_PROPERTY,
    KITHI_MENTION_SEGMENT,
    KITHI_MENTION_TAG,
    KITHI_MENTION_CONSENT, /* its purpose */
    KITHI_MENTION_POINTS,
    KITHI_MENTION_SCORE
} kithi_mention;

typedef void kithi_mention_fn(void *context, kithi_mention kind, const char *name);

/* Tells each name, in the order of the text, as often as it stands there. */
void kithi_mentions(const kithi_node *node, kithi_mention_fn *tell, void *context);

#endif
