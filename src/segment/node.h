/*
 * An expression of the segment language as a tree. Parsing makes it, or reading its JSON twin;
 * printing, checking and both executors walk it. It lives in an arena, and never changes once it is
 * checked.
 */
#ifndef KITHI_SEGMENT_NODE_H
#define KITHI_SEGMENT_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kith/segment.h"
#include "src/base/arena.h"
#include "src/base/calendar.h"
#include "src/segment/decimal.h"

#define KITHI_CALENDAR_COUNT_MAX 10000
#define KITHI_STEPS_MAX          16 /* of a sequence */

typedef enum kithi_op {
    /* values */
    KITHI_OP_NULL,
    KITHI_OP_BOOLEAN,
    KITHI_OP_NUMBER,
    KITHI_OP_TEXT,
    KITHI_OP_DATE,
    KITHI_OP_TIME,
    KITHI_OP_DURATION,
    KITHI_OP_NOW,
    KITHI_OP_TODAY,
    KITHI_OP_ATTRIBUTE, /* of the profile: text is its name */
    KITHI_OP_PROPERTY,  /* of an event: text is its name, step is whose */
    KITHI_OP_AT,        /* of an event: when it happened */
    KITHI_OP_ADD,
    KITHI_OP_SUBTRACT,
    KITHI_OP_MULTIPLY,
    KITHI_OP_DIVIDE,
    KITHI_OP_AGGREGATE, /* word is which, streams[0] is of what */
    KITHI_OP_CALL,      /* word is which function */
    /* conditions */
    KITHI_OP_AND,
    KITHI_OP_OR,
    KITHI_OP_NOT,
    KITHI_OP_EQUAL,
    KITHI_OP_UNEQUAL,
    KITHI_OP_LESS,
    KITHI_OP_LESS_EQUAL,
    KITHI_OP_GREATER,
    KITHI_OP_GREATER_EQUAL,
    KITHI_OP_IN, /* kids: what, and then the list */
    KITHI_OP_BETWEEN,
    KITHI_OP_LIKE,
    KITHI_OP_ILIKE,
    KITHI_OP_CONTAINS,
    KITHI_OP_STARTS_WITH,
    KITHI_OP_ENDS_WITH,
    KITHI_OP_IS_NULL,
    KITHI_OP_DID,  /* streams in their order */
    KITHI_OP_TEST, /* word is which: tag, any_tag, segment, consent, bucket, ...; kids are texts
                      and numbers */
    KITHI_OP_REGULARLY, /* streams[0]; kids: least count, period, least periods */
    KITHI_OP_PARTS,     /* of a score: kids are what it asks; no part of any expression */
    KITHI_OP_COUNT
} kithi_op;

typedef enum kithi_aggregate {
    KITHI_AGGREGATE_COUNT,
    KITHI_AGGREGATE_DAYS,
    KITHI_AGGREGATE_SUM,
    KITHI_AGGREGATE_AVG,
    KITHI_AGGREGATE_MIN,
    KITHI_AGGREGATE_MAX,
    KITHI_AGGREGATE_FIRST,
    KITHI_AGGREGATE_LAST,
    KITHI_AGGREGATE_MODE,
    KITHI_AGGREGATE_DISTINCT,
    KITHI_AGGREGATES
} kithi_aggregate;

typedef enum kithi_function {
    KITHI_FUNCTION_SCORE,
    KITHI_FUNCTION_POINTS,
    KITHI_FUNCTION_AGE,
    KITHI_FUNCTION_LOWER,
    KITHI_FUNCTION_LENGTH,
    KITHI_FUNCTION_COALESCE,
    KITHI_FUNCTION_DATE_PART,
    KITHI_FUNCTIONS
} kithi_function;

typedef enum kithi_test {
    KITHI_TEST_TAG,
    KITHI_TEST_ANY_TAG,
    KITHI_TEST_ALL_TAGS,
    KITHI_TEST_NO_TAGS,
    KITHI_TEST_SEGMENT,
    KITHI_TEST_CONSENT,
    KITHI_TEST_BUCKET,
    KITHI_TESTS
} kithi_test;

#define KITHI_BUCKETS 10000 /* of which bucket() asks for some */

/* What a part gives. ANY is told when it is executed. */
typedef enum kithi_sort {
    KITHI_SORT_ANY,
    KITHI_SORT_NULL,
    KITHI_SORT_BOOLEAN,
    KITHI_SORT_NUMBER,
    KITHI_SORT_TEXT,
    KITHI_SORT_DATE,
    KITHI_SORT_TIME,
    KITHI_SORT_DURATION,
    KITHI_SORTS
} kithi_sort;

#define KITHI_UNKNOWN (-1) /* id of a name that the store doesn't know */

/* Whose event a property is of, inside WHERE. */
#define KITHI_STEP_THIS     0
#define KITHI_STEP_PREVIOUS (-1) /* others: the number of the step, from 1 on */

typedef struct kithi_node kithi_node;

typedef enum kithi_window_kind {
    KITHI_WINDOW_ALL,
    KITHI_WINDOW_LAST,     /* duration */
    KITHI_WINDOW_CALENDAR, /* LAST count CALENDAR units */
    KITHI_WINDOW_THIS,     /* unit */
    KITHI_WINDOW_SINCE,    /* from */
    KITHI_WINDOW_BEFORE,   /* to */
    KITHI_WINDOW_FROM_TO
} kithi_window_kind;

typedef struct kithi_window {
    kithi_window_kind kind;
    kithi_calendar_unit unit;
    int64_t duration_us;
    int64_t count;
    kithi_node *from, *to; /* a date or a time */
} kithi_window;

/* Events of a type: which of them, and when. */
typedef struct kithi_stream {
    size_t at; /* in the text */
    const char *event;
    const char *property;      /* NULL: the events themselves */
    bool time;                 /* not a property, but when they happened */
    int event_id, property_id; /* set by checking */
    const char *inside;        /* of the property: the path in it; NULL: all of it */
    bool negated;              /* THEN NOT */
    int64_t within_us;         /* of the step before; 0: whenever */
    kithi_node *where;         /* NULL: all */
    kithi_window window;
    size_t number;   /* of the expression's streams; set by checking, as is */
    unsigned refers; /* to which earlier steps WHERE refers: bit 0 is the first */
} kithi_stream;

typedef struct kithi_place {
    size_t at, size; /* in the text that was parsed; of a twin see twin.h */
} kithi_place;

struct kithi_node {
    kithi_op op;
    int word;           /* kithi_aggregate, kithi_function, kithi_test */
    int step;           /* KITHI_STEP_... */
    bool negated;       /* NOT IN, NOT BETWEEN, NOT LIKE, ..., IS NOT NULL */
    unsigned depth;     /* of what stands within it */
    kithi_sort sort;    /* set by checking */
    int id;             /* of an attribute, a property, a segment or a score, set by checking */
    int output;         /* of the score: which of its outputs */
    bool trait;         /* the attribute is a trait, whose id it is */
    const char *inside; /* of it: the path in it; NULL: all of it */
    kithi_place place;
    union {
        bool boolean;
        int64_t date_days;
        int64_t time_us;
        int64_t duration_us;
        struct {
            const char *data; /* with a NUL behind */
            size_t size;
        } text;
    } as;
    kithi_decimal number;
    kithi_node **kids;
    size_t kid_count;
    kithi_stream *streams;
    size_t stream_count;
};

/* The words of the language for what has one; NULL: none (kithi_op). */
const char *kithi_op_sign(kithi_op op);
const char *kithi_aggregate_name(kithi_aggregate aggregate);
const char *kithi_function_name(kithi_function function);
const char *kithi_test_name(kithi_test test);
const char *kithi_unit_name(kithi_calendar_unit unit);
/* By name, in any case of its letters; -1: there is none. */
int kithi_aggregate_of(const char *name, size_t size);
int kithi_function_of(const char *name, size_t size);
int kithi_test_of(const char *name, size_t size);
int kithi_unit_of(const char *name, size_t size); /* also in the plural */
int kithi_date_part_of(const char *name);
/* Whether it is a word that takes brackets: an aggregate, a function, a test, did, regularly. */
bool kithi_is_call(const char *name, size_t size);
/* Whether a word stands there, in any case of its letters. */
bool kithi_word_matches(const char *name, size_t size, const char *word);

/* Whether two trees are the same but for their places. */
bool kithi_node_equal(const kithi_node *a, const kithi_node *b);

#endif
