#include "src/segment/tree.h"

#include <string.h>

#include "src/base/error.h"

#define KIDS_MAX   1024 /* of a node */
#define TEXT(x)    TEXT_OF(x)
#define TEXT_OF(x) #x

void kithi_tree_refuse(kithi_tree *tree, int rc, int64_t at, const char *what) {
    if (tree->rc == KITH_OK) {
        tree->rc = kithi_error_set_at(tree->error, rc, at, "%s", what);
    }
}

void kithi_tree_too_deep(kithi_tree *tree, int64_t at) {
    kithi_tree_refuse(
        tree, KITH_LIMIT, at,
        "too deep: more than " TEXT(
            KITH_EXPRESSION_DEPTH_MAX) " parts stand within one another; a part may be a "
                                       "segment or trait of its own");
}

void kithi_tree_no_memory(kithi_tree *tree) {
    if (tree->rc == KITH_OK) {
        tree->rc = kithi_error_memory(tree->error);
    }
}

kithi_node *kithi_tree_make(kithi_tree *tree, kithi_op op, size_t at) {
    if (tree->rc == KITH_OK && ++tree->node_count > KITH_EXPRESSION_PARTS_MAX) {
        kithi_tree_refuse(tree, KITH_LIMIT, (int64_t)at,
                          "an expression has at most " TEXT(KITH_EXPRESSION_PARTS_MAX) " parts");
    }
    kithi_node *node =
        tree->rc == KITH_OK ? kithi_arena_calloc(tree->arena, 1, sizeof *node) : NULL;
    if (node == NULL) {
        kithi_tree_no_memory(tree);
        return NULL;
    }
    node->op = op;
    node->place = (kithi_place){at, 0};
    return node;
}

void kithi_tree_hold(kithi_tree *tree, kithi_node *node, const kithi_node *held) {
    if (node == NULL || held == NULL) {
        return;
    }
    node->depth = held->depth + 1 > node->depth ? held->depth + 1 : node->depth;
    if (node->depth > KITH_EXPRESSION_DEPTH_MAX) {
        kithi_tree_too_deep(tree, (int64_t)held->place.at);
    }
}

/* Lists have room for a power of two. */
static bool has_room(kithi_tree *tree, kithi_node *node) {
    size_t count = node->kid_count;
    if ((count & (count - 1)) != 0) {
        return true;
    }
    kithi_node **kids =
        kithi_arena_calloc(tree->arena, count > 0 ? 2 * count : 1, sizeof(kithi_node *));
    if (kids == NULL) {
        kithi_tree_no_memory(tree);
        return false;
    }
    if (count > 0) {
        memcpy(kids, node->kids, count * sizeof(kithi_node *));
    }
    node->kids = kids;
    return true;
}

void kithi_tree_add(kithi_tree *tree, kithi_node *node, kithi_node *kid) {
    if (node == NULL || kid == NULL || tree->rc != KITH_OK) {
        return;
    }
    kithi_tree_hold(tree, node, kid);
    if (node->kid_count == KIDS_MAX) {
        kithi_tree_refuse(tree, KITH_LIMIT, (int64_t)kid->place.at,
                          "more than " TEXT(KIDS_MAX) " parts stand side by side");
    } else if (has_room(tree, node)) {
        node->kids[node->kid_count++] = kid;
    }
}

kithi_stream *kithi_tree_add_stream(kithi_tree *tree, kithi_node *node, size_t at) {
    if (node == NULL || tree->rc != KITH_OK) {
        return NULL;
    }
    if (node->stream_count == KITHI_STEPS_MAX) {
        kithi_tree_refuse(tree, KITH_LIMIT, (int64_t)at,
                          "a sequence has at most " TEXT(KITHI_STEPS_MAX) " steps");
        return NULL;
    }
    if (node->streams == NULL) {
        size_t room = node->op == KITHI_OP_DID ? KITHI_STEPS_MAX : 1;
        node->streams = kithi_arena_calloc(tree->arena, room, sizeof *node->streams);
    }
    if (node->streams == NULL) {
        kithi_tree_no_memory(tree);
        return NULL;
    }
    kithi_stream *stream = &node->streams[node->stream_count++];
    stream->at = at;
    return stream;
}

const char *kithi_tree_copy(kithi_tree *tree, const char *data, size_t size) {
    char *copy = tree->rc == KITH_OK ? kithi_arena_copy(tree->arena, data, size) : NULL;
    if (copy == NULL) {
        kithi_tree_no_memory(tree);
    }
    return copy != NULL ? copy : "";
}

void kithi_tree_set_text(kithi_tree *tree, kithi_node *node, const char *data, size_t size) {
    if (node != NULL) {
        node->as.text.data = kithi_tree_copy(tree, data, size);
        node->as.text.size = size;
    }
}

kithi_node *kithi_tree_property(kithi_tree *tree, int step, const char *name, size_t at) {
    bool time = strcmp(name, "at") == 0;
    kithi_node *node = kithi_tree_make(tree, time ? KITHI_OP_AT : KITHI_OP_PROPERTY, at);
    if (node != NULL) {
        node->step = step;
    }
    if (!time) {
        kithi_tree_set_text(tree, node, name, strlen(name));
    }
    return node;
}

kithi_node *kithi_tree_attribute(kithi_tree *tree, const char *name, size_t at) {
    kithi_node *node = kithi_tree_make(tree, KITHI_OP_ATTRIBUTE, at);
    kithi_tree_set_text(tree, node, name, strlen(name));
    return node;
}
