/* Writes generated persons as CSV, and the truth about them. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "persons.h"

typedef struct settings {
    persons_options options;
    const char *out;    /* NULL: standard output */
    const char *truth;  /* NULL: not wanted */
    const char *source; /* NULL: each record's own */
    const char *only;   /* NULL: all sources */
    bool summary;
} settings;

typedef struct sums {
    uint64_t rows;
    uint64_t later;
} sums;

static const char *const help =
    "generate_persons: synthetic persons with truth, for matching without a shared key\n"
    "\n"
    "usage: generate_persons --count N [options]\n"
    "\n"
    "  --count N        records, at most 100,000,000 (required)\n"
    "  --seed S         the same options give the same bytes on every machine (default: 1)\n"
    "  --chinese SHARE  per cent of Chinese households (default: 5)\n"
    "  --slips SHARE    per cent of a person's later records that have slips (default: 70)\n"
    "  --cluster-max N  most records of one person, 1 to 64 (default: 12)\n"
    "  --out FILE       where the CSV goes (default: standard output)\n"
    "  --truth FILE     writes source,key,entity as 'kith eval' wants\n"
    "  --source NAME    all records are of this source (default: crm, shop, till)\n"
    "  --only NAME      writes the records of crm, shop or till alone\n"
    "  --summary        what was made, as JSON, on standard error\n"
    "  --help           print this\n"
    "\n"
    "The column entity_id is the truth: it is not for the matching. So for one import\n"
    "\n"
    "  generate_persons --count 1000000 --source people --out people.csv --truth truth.csv\n"
    "  kith import shop.kith people.csv --source people --key record_id \\\n"
    "      --map entity_id=,source=\n"
    "  kith eval shop.kith --truth truth.csv\n";

static void fail(const char *what, const char *which) {
    fprintf(stderr, "generate_persons: %s%s%s\n", what, which ? ": " : "", which ? which : "");
    exit(2);
}

static uint64_t read_number(const char *name, const char *text, uint64_t limit) {
    char *end = NULL;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || errno || number > limit) {
        fail("not a number that this can take", name);
    }
    return number;
}

static bool read_text_option(settings *set, const char *name, const char *value) {
    const struct {
        const char *name;
        const char **to;
    } texts[] = {
        {"--out", &set->out},
        {"--truth", &set->truth},
        {"--source", &set->source},
        {"--only", &set->only},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].to = value;
            return true;
        }
    }
    return false;
}

static void read_option(settings *set, const char *name, const char *value) {
    persons_options *options = &set->options;
    if (strcmp(name, "--count") == 0) {
        options->count = read_number(name, value, PERSONS_COUNT_MAX);
    } else if (strcmp(name, "--seed") == 0) {
        options->seed = read_number(name, value, UINT64_MAX);
    } else if (strcmp(name, "--chinese") == 0) {
        options->chinese_permille = (unsigned)read_number(name, value, 100) * 10;
    } else if (strcmp(name, "--slips") == 0) {
        options->slips_permille = (unsigned)read_number(name, value, 100) * 10;
    } else if (strcmp(name, "--cluster-max") == 0) {
        options->cluster_max = (unsigned)read_number(name, value, PERSONS_CLUSTER_LIMIT);
    } else if (!read_text_option(set, name, value)) {
        fail("there is no option", name);
    }
}

static void check_source(const char *only) {
    for (unsigned i = 0; only && i < PERSON_SOURCES; i++) {
        if (strcmp(only, person_sources[i]) == 0) {
            return;
        }
    }
    if (only) {
        fail("there is no source", only);
    }
}

static void read_options(settings *set, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(help, stdout);
            exit(0);
        } else if (strcmp(argv[i], "--summary") == 0) {
            set->summary = true;
        } else if (i + 1 == argc) {
            fail("this needs a value, or is no option", argv[i]);
        } else {
            read_option(set, argv[i], argv[i + 1]);
            i++;
        }
    }
    check_source(set->only);
    if (set->options.count == 0) {
        fail("--count says how many records are wanted", NULL);
    }
    if (set->out && set->truth && strcmp(set->out, set->truth) == 0) {
        fail("--out and --truth are two files", set->out);
    }
}

static FILE *open_file(const char *path) {
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        fail(strerror(errno), path);
    }
    setvbuf(file, NULL, _IOFBF, 1 << 18);
    return file;
}

static void close_file(FILE *file, const char *path) {
    bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed) {
        fail("could not write all of it", path);
    }
}

static void write_cell(FILE *file, const char *text) {
    if (text[strcspn(text, ",\"\n")] == '\0') {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text; text++) {
        fputs(*text == '"' ? "\"\"" : (char[]){*text, '\0'}, file);
    }
    fputc('"', file);
}

static void write_header(FILE *file) {
    fputs("record_id,entity_id,source", file);
    for (unsigned i = 0; i < PERSON_FIELDS; i++) {
        fprintf(file, ",%s", person_field_names[i]);
    }
    fputc('\n', file);
}

static void write_row(FILE *file, const person_record *record, const char *source) {
    fprintf(file, "%s,e%09" PRIu64 ",", record->record_id, record->entity);
    write_cell(file, source);
    for (unsigned i = 0; i < PERSON_FIELDS; i++) {
        fputc(',', file);
        write_cell(file, record->field[i]);
    }
    fputc('\n', file);
}

static void write_truth(FILE *file, const person_record *record, const char *source) {
    write_cell(file, source);
    fprintf(file, ",%s,e%09" PRIu64 "\n", record->record_id, record->entity);
}

static void print_summary(const persons *all, const sums *sum) {
    const uint64_t *changes = persons_changes(all);
    fprintf(stderr, "{\"records\": %" PRIu64 ", \"later_records\": %" PRIu64, sum->rows,
            sum->later);
    for (unsigned i = 0; i < PERSON_CHANGES; i++) {
        fprintf(stderr, ", \"%s\": %" PRIu64, person_change_names[i], changes[i]);
    }
    fputs("}\n", stderr);
}

static void write_all(const settings *set, persons *all, FILE *out, FILE *truth) {
    person_record record;
    sums sum = {0};
    write_header(out);
    if (truth) {
        fputs("source,key,entity\n", truth);
    }
    while (persons_next(all, &record)) {
        const char *own = person_sources[record.source];
        const char *source = set->source ? set->source : own;
        if (set->only && strcmp(set->only, own) != 0) {
            continue;
        }
        sum.rows++;
        sum.later += record.is_later;
        write_row(out, &record, source);
        if (truth) {
            write_truth(truth, &record, source);
        }
    }
    if (set->summary) {
        print_summary(all, &sum);
    }
}

int main(int argc, char **argv) {
    settings set = {.options = PERSONS_OPTIONS_INIT};
    set.options.count = 0;
    read_options(&set, argc, argv);
    persons *all = persons_new(&set.options);
    if (all == NULL) {
        fail("an option is out of its limits, or memory lacks", NULL);
    }
    FILE *out = set.out ? open_file(set.out) : stdout;
    FILE *truth = set.truth ? open_file(set.truth) : NULL;
    write_all(&set, all, out, truth);
    close_file(out, set.out ? set.out : "standard output");
    if (truth) {
        close_file(truth, set.truth);
    }
    persons_free(all);
    return 0;
}
