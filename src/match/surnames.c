#include "src/match/surnames.h"

#include <stdlib.h>
#include <string.h>

#include "src/match/cyrillic.h"
#include "src/match/nicknames.h"
#include "src/match/words.h"

#define NAME_BYTES   12
#define WORD_MAX     128 /* bytes of a word that has an ending worth looking at */
#define LATIN_STEM   3 /* bytes in front of an ending, at least: Лев and Яков are no surnames */
#define RUSSIAN_STEM 6

/* In order. */
/* clang-format off */
static const char surnames[][NAME_BYTES] = {
    "agarwal", "aguilar", "almeida", "alvarez", "becker", "bui", "castillo", "castro", "choi",
    "dang", "delgado", "diaz", "dinh", "doan", "dubois", "duong", "dupont", "durand", "esposito",
    "fernandez", "ferrari", "ferreira", "fischer", "flores", "garcia", "gomez", "gonzalez", "gupta",
    "gutierrez", "guzman", "hernandez", "herrera", "hoang", "hoffmann", "huang", "huynh", "ivanov",
    "ivanova", "jimenez", "johnson", "jones", "kowalska", "kowalski", "kuznetsov", "kuznetsova",
    "liu", "lopez", "luong", "martinez", "mendoza", "meyer", "miller", "moore", "morales",
    "moreau", "moreno", "mueller", "muller", "munoz", "ngo", "nguyen", "nowak", "oliveira", "ortiz",
    "patel", "pena", "pereira", "perez", "petrov", "petrova", "pham", "phan", "popov", "popova",
    "ramirez", "reddy", "rios", "rivera", "robinson", "rodrigues", "rodriguez", "rossi", "ruiz",
    "russo", "salazar", "sanchez", "schmidt", "schneider", "schulz", "sharma", "silva", "singh",
    "smirnov", "smirnova", "smith", "soto", "souza", "thompson", "torres", "tran", "trinh",
    "truong", "vargas", "vasquez", "vazquez", "verma", "vo", "vu", "wagner", "wang", "white",
    "zhang", "zhao", "zheng", "zhou",
};

/* Of the given names in the table of nicknames. */
static const char *const either[] = {
    "cameron", "carter",  "chen",   "cole",    "craig",   "dean",   "douglas",
    "george", "gordon",  "graham",  "grant",  "harrison", "howard", "hunter", "jackson", "james",
    "jordan", "kelly",   "kim",     "lee",    "lewis",   "logan",  "louis",   
    "martin", "mason",   "mitchell", "morgan", "morris",   "nelson", "owen",    "parker",
    "perry",  "reed",    "reid",    "ross",   "russell", "scott",   "spencer", "stanley", "stewart",
    "stuart", "taylor",  "thomas",  "tyler",   "wallace", "warren",  "wayne",
};

static const char *const vietnamese[] = {
    "bui", "dang", "dinh", "doan", "duong", "hoang", "huynh", "luong", "ngo", "nguyen", "pham",
    "phan", "tran", "trinh", "truong", "vo", "vu",
};

static const char *const particles[] = {
    "van", "von", "der", "den", "de",  "del", "della", "di",  "da",  "do", "dos", "das", "du", "la",
    "le",  "las", "los", "el",  "al",  "bin", "ibn",   "bint", "ter", "ten", "zu", "zur", "af", "av",
};
/* clang-format on */

/* Of names in Cyrillic letters only: in Latin ones, words of many languages end so. (None of these
 * endings ends in another, so a word has one of them at most; so it is with those of patronymics.)
 */
static const char *const russian[] = {
    "ов", "ев", "ова", "ева", "скии", "ская", "цкии", "цкая",
};

/* As cyrillic.c and others write them. */
static const char *const patronymics[] = {"ovich", "evich", "ovna", "evna", "inichna"};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static bool ends_in_one_of(const char *word, size_t size, size_t stem, const char *const *list,
                           size_t count) {
    size_t ending = kithi_word_ending(word, size, list, count);
    return ending > 0 && size >= ending + stem;
}

static int compare_names(const void *a, const void *b) {
    return memcmp(a, b, NAME_BYTES);
}

static bool is_russian(const char *word, size_t size) {
    return ends_in_one_of(word, size, RUSSIAN_STEM, russian, COUNT(russian)) &&
           !kithi_nicknames_know(word, size);
}

bool kithi_surnames_know(const char *word, size_t size) {
    char wanted[NAME_BYTES] = {0};
    if (size == 0 || size >= NAME_BYTES) {
        return is_russian(word, size);
    }
    memcpy(wanted, word, size);
    return bsearch(wanted, surnames, COUNT(surnames), NAME_BYTES, compare_names) != NULL ||
           is_russian(word, size);
}

bool kithi_surnames_may_be(const char *word, size_t size) {
    return kithi_word_is_one_of(word, size, either, COUNT(either));
}

bool kithi_surnames_vietnamese(const char *word, size_t size) {
    return kithi_word_is_one_of(word, size, vietnamese, COUNT(vietnamese));
}

bool kithi_surnames_particle(const char *word, size_t size) {
    return kithi_word_is_one_of(word, size, particles, COUNT(particles));
}

bool kithi_surnames_patronymic(const char *word, size_t size) {
    char latin[2 * WORD_MAX];
    if (size > WORD_MAX) {
        return false;
    }
    size_t written = kithi_cyrillic_latin(word, size, latin);
    if (written == 0) { /* no Cyrillic letters */
        return ends_in_one_of(word, size, LATIN_STEM, patronymics, COUNT(patronymics));
    }
    return ends_in_one_of(latin, written, LATIN_STEM, patronymics, COUNT(patronymics));
}
