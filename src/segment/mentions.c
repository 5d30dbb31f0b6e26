#include "src/segment/mentions.h"

typedef struct telling {
    kithi_mention_fn *tell;
    void *context;
} telling;

static void tell_node(const telling *t, const kithi_node *node);

static void tell_kids(const telling *t, const kithi_node *node) {
    for (size_t i = 0; i < node->kid_count; i++) {
        tell_node(t, node->kids[i]);
    }
}

static void tell_optional(const telling *t, const kithi_node *node) {
    if (node != NULL) {
        tell_node(t, node);
    }
}

static void tell_stream(const telling *t, const kithi_stream *stream) {
    t->tell(t->context, KITHI_MENTION_EVENT, stream->event);
    if (stream->property != NULL && !stream->time) {
        t->tell(t->context, KITHI_MENTION_PROPERTY, stream->property);
    }
    tell_optional(t, stream->where);
    tell_optional(t, stream->window.from);
    tell_optional(t, stream->window.to);
}

/* Of texts that name something. */
static void tell_texts(const telling *t, const kithi_node *node, kithi_mention kind, size_t count) {
    for (size_t i = 0; i < count && i < node->kid_count; i++) {
        t->tell(t->context, kind, node->kids[i]->as.text.data);
    }
}

static void tell_test(const telling *t, const kithi_node *node) {
    switch ((kithi_test)node->word) {
    case KITHI_TEST_SEGMENT:
        tell_texts(t, node, KITHI_MENTION_SEGMENT, 1);
        break;
    case KITHI_TEST_CONSENT:
        tell_texts(t, node, KITHI_MENTION_CONSENT, 1);
        break;
    case KITHI_TEST_BUCKET:
        break;
    default:
        tell_texts(t, node, KITHI_MENTION_TAG, node->kid_count);
    }
}

static void tell_call(const telling *t, const kithi_node *node) {
    if (node->word == KITHI_FUNCTION_SCORE || node->word == KITHI_FUNCTION_POINTS) {
        bool score = node->word == KITHI_FUNCTION_SCORE;
        tell_texts(t, node, score ? KITHI_MENTION_SCORE : KITHI_MENTION_POINTS, 1);
    } else {
        tell_kids(t, node);
    }
}

static void tell_node(const telling *t, const kithi_node *node) {
    for (size_t i = 0; i < node->stream_count; i++) {
        tell_stream(t, &node->streams[i]);
    }
    switch (node->op) {
    case KITHI_OP_ATTRIBUTE:
        t->tell(t->context, KITHI_MENTION_ATTRIBUTE, node->as.text.data);
        break;
    case KITHI_OP_PROPERTY:
        t->tell(t->context, KITHI_MENTION_PROPERTY, node->as.text.data);
        break;
    case KITHI_OP_TEST:
        tell_test(t, node);
        break;
    case KITHI_OP_CALL:
        tell_call(t, node);
        break;
    default:
        tell_kids(t, node);
    }
}

void kithi_mentions(const kithi_node *node, kithi_mention_fn *tell, void *context) {
    telling t = {tell, context};
    tell_node(&t, node);
}
