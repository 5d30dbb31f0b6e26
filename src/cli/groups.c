#include "src/cli/groups.h"

#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"

static cli_group *find(const cli_groups *groups, const char *name, size_t size) {
    for (size_t i = 0; i < groups->count; i++) {
        const char *known = groups->items[i]->name;
        if (strncmp(known, name, size) == 0 && known[size] == '\0') {
            return groups->items[i];
        }
    }
    return NULL;
}

static cli_group *add(cli_groups *groups, const char *name, size_t size, size_t rank) {
    cli_group *group = cli_allocate(sizeof *group);
    *group = (cli_group){cli_format("%.*s", (int)size, name), rank, 0};
    groups->items = cli_grow(groups->items, (groups->count + 1) * sizeof *groups->items);
    return groups->items[groups->count++] = group;
}

void cli_groups_put(cli_groups *groups, const char *name) {
    if (find(groups, name, strlen(name)) == NULL) {
        add(groups, name, strlen(name), groups->count);
    }
}

const cli_group *cli_groups_count(cli_groups *groups, const char *name, size_t size) {
    cli_group *group = find(groups, name, size);
    if (group == NULL) {
        group = add(groups, name, size, SIZE_MAX);
    }
    group->count++;
    return group;
}

int cli_group_compare(const cli_group *a, const cli_group *b) {
    if (a->rank != b->rank) {
        return a->rank < b->rank ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

static int compare_items(const void *left, const void *right) {
    const cli_group *const *a = left, *const *b = right;
    return cli_group_compare(*a, *b);
}

void cli_groups_sort(cli_groups *groups) {
    if (groups->count > 0) {
        qsort(groups->items, groups->count, sizeof(cli_group *), compare_items);
    }
}

void cli_groups_clear(cli_groups *groups) {
    for (size_t i = 0; i < groups->count; i++) {
        free(groups->items[i]->name);
        free(groups->items[i]);
    }
    free(groups->items);
    *groups = (cli_groups){NULL, 0};
}
