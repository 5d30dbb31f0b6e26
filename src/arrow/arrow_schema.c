#include "src/arrow/arrow_schema.h"

#include <stdlib.h>
#include <string.h>

static const char *const formats[KITHI_ARROW_TYPES] = {
    [KITHI_ARROW_TEXT] = "u",       [KITHI_ARROW_BOOLEAN] = "b",      [KITHI_ARROW_INTEGER] = "l",
    [KITHI_ARROW_REAL] = "g",       [KITHI_ARROW_DECIMAL] = "d:38,6", [KITHI_ARROW_DATE] = "tdD",
    [KITHI_ARROW_TIME] = "tsu:UTC", [KITHI_ARROW_DURATION] = "tDu",
};

static void release_field(struct ArrowSchema *schema) {
    free(schema->private_data); /* the name */
    schema->release = NULL;
}

/* What the schema of the table owns; its children may have been moved away. */
typedef struct owned_schema {
    struct ArrowSchema **pointers;
    struct ArrowSchema children[];
} owned_schema;

static void release_table(struct ArrowSchema *schema) {
    owned_schema *owned = schema->private_data;
    for (int64_t i = 0; i < schema->n_children; i++) {
        struct ArrowSchema *child = schema->children[i];
        if (child->release != NULL) {
            child->release(child);
        }
    }
    free(owned->pointers);
    free(owned);
    schema->release = NULL;
}

static int make_field(const kithi_arrow_field *field, struct ArrowSchema *out) {
    char *name = strdup(field->name);
    if (name == NULL) {
        return KITH_NO_MEMORY;
    }
    *out = (struct ArrowSchema){.format = formats[field->type],
                                .name = name,
                                .flags = ARROW_FLAG_NULLABLE,
                                .release = release_field,
                                .private_data = name};
    return KITH_OK;
}

int kithi_arrow_schema_make(const kithi_arrow_field *fields, size_t count,
                            struct ArrowSchema *out) {
    owned_schema *owned = calloc(1, sizeof *owned + count * sizeof owned->children[0]);
    struct ArrowSchema **pointers = calloc(count + 1, sizeof *pointers);
    if (owned == NULL || pointers == NULL) {
        free(owned);
        free(pointers);
        return KITH_NO_MEMORY;
    }
    owned->pointers = pointers;
    struct ArrowSchema schema = {.format = "+s",
                                 .name = "",
                                 .n_children = (int64_t)count,
                                 .children = pointers,
                                 .release = release_table,
                                 .private_data = owned};
    int code = KITH_OK;
    for (size_t i = 0; i < count; i++) {
        pointers[i] = &owned->children[i];
        code = code == KITH_OK ? make_field(&fields[i], pointers[i]) : code;
    }
    if (code != KITH_OK) {
        schema.release(&schema);
        return code;
    }
    *out = schema;
    return KITH_OK;
}
