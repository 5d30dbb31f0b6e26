/* Where in a twin something stands: names of members and numbers in lists, with / before each. */
#include <stdio.h>
#include <string.h>

#include "src/segment/twin.h"

size_t kithi_twin_enter(kithi_twin_path *path, const char *key) {
    size_t before = path->size, size = strlen(key);
    if (before + size + 2 < sizeof path->text) {
        path->text[before] = '/';
        memcpy(path->text + before + 1, key, size + 1);
    }
    path->size += size + 1;
    return before;
}

size_t kithi_twin_enter_part(kithi_twin_path *path, size_t part) {
    char key[24];
    snprintf(key, sizeof key, "%zu", part);
    return kithi_twin_enter(path, key);
}

void kithi_twin_leave(kithi_twin_path *path, size_t before) {
    path->size = before;
    if (before < sizeof path->text) {
        path->text[before] = '\0';
    }
}

/* These leave the path where they find the place. */

static bool find_in_node(kithi_twin_path *path, const kithi_node *node, size_t place);

static bool find_in_member(kithi_twin_path *path, const char *key, const kithi_node *node,
                           size_t place) {
    size_t before = kithi_twin_enter(path, key);
    bool found = node != NULL && find_in_node(path, node, place);
    if (!found) {
        kithi_twin_leave(path, before);
    }
    return found;
}

static bool find_in_stream(kithi_twin_path *path, const kithi_stream *stream, size_t place) {
    const kithi_window *window = &stream->window;
    bool both = window->kind == KITHI_WINDOW_FROM_TO;
    return stream->at == place || find_in_member(path, "where", stream->where, place) ||
           find_in_member(path, both ? "from" : "since", window->from, place) ||
           find_in_member(path, both ? "to" : "before", window->to, place);
}

static bool find_in_parts(kithi_twin_path *path, const kithi_node *node, size_t place) {
    for (size_t i = 0; i < node->stream_count + node->kid_count; i++) {
        size_t before = kithi_twin_enter_part(path, i);
        if (i < node->stream_count
                ? find_in_stream(path, &node->streams[i], place)
                : find_in_node(path, node->kids[i - node->stream_count], place)) {
            return true;
        }
        kithi_twin_leave(path, before);
    }
    return false;
}

static bool find_in_node(kithi_twin_path *path, const kithi_node *node, size_t place) {
    size_t before = path->size;
    if (node->op > KITHI_OP_AT) {
        char name[KITHI_TWIN_NAME_BYTES];
        kithi_twin_name(node, name);
        kithi_twin_enter(path, name);
    }
    if (node->place.at == place || find_in_parts(path, node, place)) {
        return true;
    }
    kithi_twin_leave(path, before);
    return false;
}

void kithi_twin_find(const kithi_node *root, int64_t position, kithi_twin_path *out) {
    *out = (kithi_twin_path){.size = 0};
    if (root == NULL || !find_in_node(out, root, (size_t)position)) {
        kithi_twin_leave(out, 0);
    }
}
