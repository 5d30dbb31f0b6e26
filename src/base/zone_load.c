#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kith/base.h"
#include "src/base/zone_data.h"

#define FOLDER_MAX 1024 /* bytes of its path */

/* A name goes into a path: nothing in it may lead out of the folder. No zone's has a point. */
static bool is_name(const char *name) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    size_t size = strnlen(name, KITHI_ZONE_NAME_MAX + 1);
    return size >= 1 && size <= KITHI_ZONE_NAME_MAX && name[0] != '/' &&
           strspn(name, letters) == size;
}

/* All of a file of that size, of which there may be less meanwhile. */
static int read_all(int file, uint8_t *data, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t taken = read(file, data + done, size - done);
        if (taken == 0) {
            return KITH_INVALID;
        }
        if (taken < 0 && errno != EINTR) {
            return KITH_IO;
        }
        done += taken > 0 ? (size_t)taken : 0;
    }
    return KITH_OK;
}

static int read_zone(int file, size_t size, kithi_zone **out) {
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (data == NULL) {
        return KITH_NO_MEMORY;
    }
    int code = read_all(file, data, size);
    if (code == KITH_OK) {
        code = kithi_zone_parse(data, size, out);
    }
    free(data);
    return code;
}

/* What is no regular file is no zone: Europe is a folder. */
static int read_file(int file, kithi_zone **out) {
    struct stat info;
    if (fstat(file, &info) != 0) {
        return KITH_IO;
    }
    if (!S_ISREG(info.st_mode)) {
        return KITH_NOT_FOUND;
    }
    return info.st_size > (off_t)KITHI_ZONE_FILE_BYTES ? KITH_INVALID
                                                       : read_zone(file, (size_t)info.st_size, out);
}

int kithi_zone_load_from(const char *folder, const char *name, kithi_zone **out) {
    char path[FOLDER_MAX + 1 + KITHI_ZONE_NAME_MAX + 1];
    if (!is_name(name) || strlen(folder) > FOLDER_MAX) {
        return KITH_NOT_FOUND;
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    /* Were it a pipe, opening it would wait for its other end. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return errno == ENOENT || errno == ENOTDIR ? KITH_NOT_FOUND : KITH_IO;
    }
    int code = read_file(file, out);
    close(file);
    return code;
}

static int make_utc(kithi_zone **out) {
    kithi_zone *zone = calloc(1, sizeof *zone);
    if (zone == NULL) {
        return KITH_NO_MEMORY;
    }
    zone->rule_from = INT64_MIN;
    *out = zone;
    return KITH_OK;
}

int kithi_zone_load(const char *name, kithi_zone **out) {
    static const char *const folders[] = {"/usr/share/zoneinfo", "/usr/lib/zoneinfo",
                                          "/usr/share/lib/zoneinfo", "/etc/zoneinfo"};
    if (strcmp(name, "UTC") == 0) {
        return make_utc(out);
    }
    int code = KITH_NOT_FOUND;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0] && code == KITH_NOT_FOUND; i++) {
        code = kithi_zone_load_from(folders[i], name, out);
    }
    return code;
}
