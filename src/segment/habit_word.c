/* Words of other languages, and words where others should stand. */
#include <string.h>

#include "src/segment/habit.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define WORDS_MAX   12

typedef struct word_habit {
    const char *what;
    const char *words[WORDS_MAX];
} word_habit;

#define JOINS     "AND and OR join two conditions, and one of them is missing"
#define DATES     "a date is written 2024-02-29, a time 2024-02-29T09:30Z"
#define DURATIONS "durations are written 90s, 15m, 2h, 30d, 2w"
#define WINDOWS   "a window stands in the brackets, as in count(purchase LAST 30d)"

/* Before brackets. */
static const word_habit calls[] = {
    {JOINS, {"and", "or"}},
    {"what is looked for in a list stands before it, as in city IN ('a', 'b')", {"in"}},
    {"did you mean avg()?", {"average", "mean", "median"}},
    {"did you mean sum()?", {"total"}},
    {"did you mean first()?", {"earliest"}},
    {"did you mean last()?", {"latest"}},
    {"did you mean count()?", {"times", "frequency"}},
    {"did you mean distinct()?", {"unique", "uniq", "nunique"}},
    {"did you mean did()?", {"exists", "performed", "has", "has_done", "event"}},
    {"did you mean tag()?", {"has_tag", "tagged"}},
    {"did you mean any_tag(), all_tags() or no_tags()?", {"tags"}},
    {"did you mean segment()?", {"in_segment", "member", "is_member"}},
    {"did you mean length()?", {"len", "size", "char_length"}},
    {"did you mean lower()?", {"lcase"}},
    {"lower() is there, and ILIKE takes no notice of case", {"upper", "ucase"}},
    {"IS NULL asks for a missing value, coalesce(a, b) stands in for it",
     {"ifnull", "isnull", "nvl", "nullif"}},
    {"parts of dates are written date_part('month', birth_date)",
     {"year", "quarter", "month", "week", "day", "weekday", "hour", "extract", "datepart"}},
    {"now and today stand without brackets",
     {"now", "today", "current_date", "current_timestamp", "curdate", "getdate"}},
    {DATES, {"date", "timestamp", "to_date", "cast"}},
    {"times are subtracted, as in now - first(purchase.at) > 90d",
     {"datediff", "date_diff", "dateadd", "date_add", "date_sub", "timestampdiff", "interval"}},
};

/* Behind a number. */
static const word_habit units[] = {
    {DURATIONS,
     {"second", "seconds", "sec", "minute", "minutes", "min", "hour", "hours", "day", "days",
      "week", "weeks"}},
    {"months and years are counted by the calendar, as in LAST 3 CALENDAR MONTHS",
     {"month", "months", "quarter", "quarters", "year", "years"}},
};

/* Where the language has another word or a sign between two values. */
static const word_habit operators[] = {
    {"write = instead", {"eq", "equals", "equal"}},
    {"write != instead", {"ne", "neq"}},
    {"write > or >= instead", {"gt", "gte", "ge", "greater", "more", "over", "above", "after"}},
    {"write < or <= instead", {"lt", "lte", "le", "less", "under", "below"}},
    {"there are patterns of LIKE only, of which % is any text and _ a character",
     {"regexp", "rlike", "matches", "similar"}},
    {"write CONTAINS instead", {"includes", "has", "contain"}},
    {"write STARTS WITH instead", {"begins", "startswith", "starts_with"}},
    {"write ENDS WITH instead", {"endswith", "ends_with"}},
    {"write a AND NOT b OR b AND NOT a instead", {"xor"}},
    {"write IS NULL instead", {"isnull"}},
    {"write IS NOT NULL instead", {"notnull"}},
    {WINDOWS, {"last", "this", "since", "from"}},
    {"< compares; " WINDOWS, {"before"}},
    {"WHERE stands in the brackets and before the window, as in count(purchase WHERE amount > 200 "
     "LAST 30d)",
     {"where"}},
    {"a sequence stands in brackets, as in did(signup THEN purchase WITHIN 7d)",
     {"then", "within", "followed"}},
};

/* Behind the name of an event. */
static const word_habit windows[] = {
    {WINDOWS, {"in", "during", "over", "the", "past"}},
    {"a window is written FROM 2024-01-01 TO 2024-02-01", {"between", "until"}},
    {"what is asked of events stands behind WHERE, as in count(purchase WHERE amount > 200)",
     {"and", "or", "having", "with", "if", "when"}},
};

/* Where a name should be known. */
static const word_habit names[] = {
    {JOINS, {"and", "or"}},
    {"it is written today - 1d", {"yesterday"}},
    {"it is written today + 1d", {"tomorrow"}},
    {"the present is now or today", {"current_date", "current_timestamp", "sysdate"}},
    {"it is written TRUE", {"yes", "on"}},
    {"it is written FALSE", {"no", "off"}},
    {"what an event has is asked for inside WHERE", {"event", "prev", "step1", "step2"}},
};

/* Of the grammar: what stands behind them is no second word of a name. */
static const word_habit grammar[] = {
    {"", {"is", "not", "in", "like", "ilike", "contains", "starts", "ends", "with", "null"}},
    {"", {"calendar", "this", "last", "then", "within", "between", "where", "since", "to"}},
};

/* Words that say what is wrong with what stands behind them. */
static const word_habit openers[] = {
    {JOINS, {"and", "or"}},
    {"an expression is only what stands behind WHERE in SQL",
     {"select", "from", "where", "having", "if", "case"}},
    {DURATIONS, {"interval"}},
    {DATES, {"date", "timestamp"}},
    {"NOT stands before all of a condition", {"not"}},
    {"distinct is a word of its own, as in distinct(purchase.sku)", {"distinct"}},
};

static const char *find(const word_habit *habits, size_t count, const char *name, size_t size) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < WORDS_MAX && habits[i].words[j] != NULL; j++) {
            if (kithi_word_matches(name, size, habits[i].words[j])) {
                return habits[i].what;
            }
        }
    }
    return NULL;
}

const char *kithi_habit_call(const char *name, size_t size) {
    return find(calls, COUNT(calls), name, size);
}

const char *kithi_habit_name(const char *name, size_t size) {
    return find(names, COUNT(names), name, size);
}

/* What stands here */

static bool is_comparison(const kithi_token *token) {
    return token->kind == KITHI_TOKEN_SIGN &&
           (token->as.sign == KITHI_SIGN('!', '=') || token->as.sign == KITHI_SIGN('<', '>') ||
            strchr("<=>", (int)(token->as.sign & 0xFF)) != NULL);
}

/* 1,000 without a blank */
static bool is_within_number(const kithi_parser *p) {
    return p->before.kind == KITHI_TOKEN_NUMBER && p->next.kind == KITHI_TOKEN_NUMBER &&
           p->before.at + p->before.size == p->now.at && p->now.at + p->now.size == p->next.at;
}

static const char *habit_of_comparison(const kithi_parser *p) {
    if (p->in_stream) {
        return "what is asked of events stands behind WHERE, as in count(purchase WHERE amount > "
               "200)";
    }
    if (kithi_parser_is_word(p, &p->before, "not")) {
        return "write !=, or NOT before all of the condition";
    }
    bool value = p->before.kind != KITHI_TOKEN_SIGN && p->before.kind != KITHI_TOKEN_END;
    value = value || kithi_parser_is_sign(&p->before, ')');
    return value
               ? "of several comparisons each is written in full, with AND between; or use BETWEEN"
               : NULL;
}

static bool is_grammar(const kithi_parser *p, const kithi_token *token) {
    return find(grammar, COUNT(grammar), p->lexer.text + token->at, token->size) != NULL;
}

static bool is_operator(const kithi_token *token) {
    return kithi_parser_is_sign(token, '+') || kithi_parser_is_sign(token, '-') ||
           kithi_parser_is_sign(token, '*') || kithi_parser_is_sign(token, '/');
}

static const char *habit_of_sign(const kithi_parser *p) {
    bool number = p->next.kind == KITHI_TOKEN_NUMBER;
    if (is_comparison(&p->now)) {
        return habit_of_comparison(p);
    }
    if (kithi_parser_is_sign(&p->now, ',') && is_within_number(p)) {
        return "a number has no commas, such as 1000000";
    }
    if (kithi_parser_is_sign(&p->now, '.') && number) {
        return "a number begins with a digit, such as 0.5";
    }
    if (is_operator(&p->now) && p->in_stream && p->before.kind == KITHI_TOKEN_NAME &&
        !is_grammar(p, &p->before)) {
        return "of an event one property is taken, as in 2 * sum(purchase.amount)";
    }
    if (kithi_parser_is_sign(&p->now, '+') && number) {
        return "a number has no + before it, and a text such as '+44' stands in quotes";
    }
    if (kithi_parser_is_sign(&p->now, '(') && kithi_parser_is_sign(&p->before, '-')) {
        return "what is no number is subtracted from something, as in 0 - (a + b)";
    }
    if (kithi_parser_is_sign(&p->now, '(') && p->in_stream) {
        return "events stand here by their names, as in did(signup THEN purchase)";
    }
    return NULL;
}

/* LAST MONTH */
static const char *habit_of_last(const kithi_parser *p, const char *name) {
    bool calendar =
        kithi_unit_of(name, p->now.size) >= 0 || kithi_parser_is_word(p, &p->now, "calendar");
    return calendar ? "by the calendar it is LAST 1 CALENDAR MONTHS or THIS MONTH" : NULL;
}

/* What the word here is where it should be another. */
static const char *habit_of_found(const kithi_parser *p, const char *name) {
    const char *what = NULL;
    if (kithi_parser_is_word(p, &p->before, "last")) {
        return habit_of_last(p, name);
    }
    if (p->before.kind == KITHI_TOKEN_NUMBER) {
        what = find(units, COUNT(units), name, p->now.size);
    }
    if (what == NULL && p->in_stream) {
        what = find(windows, COUNT(windows), name, p->now.size);
    }
    return what != NULL ? what : find(operators, COUNT(operators), name, p->now.size);
}

/* What two words mean, or a word and a text or number. */
static const char *habit_of_two(const kithi_parser *p, const char *before) {
    size_t size = p->before.size;
    if (is_grammar(p, &p->before)) {
        return NULL;
    }
    if (kithi_is_call(before, size)) {
        return "such a word takes brackets, as in count(purchase)";
    }
    return p->now.kind == KITHI_TOKEN_NAME
               ? "a name of several words stands in quotes, as in did('Order Completed') or "
                 "profile.'zip code'"
               : "between the two a sign such as = is missing";
}

static const char *habit_of_word(const kithi_parser *p) {
    const char *name = p->lexer.text + p->now.at, *before = p->lexer.text + p->before.at;
    const char *what = NULL;
    bool named = p->before.kind == KITHI_TOKEN_NAME;
    if (named && !is_grammar(p, &p->now)) {
        what = find(openers, COUNT(openers), before, p->before.size);
    }
    if (what == NULL && p->now.kind == KITHI_TOKEN_NAME) {
        what = habit_of_found(p, name);
    }
    return what == NULL && named ? habit_of_two(p, before) : what;
}

const char *kithi_habit_here(const kithi_parser *p) {
    if (p->now.kind == KITHI_TOKEN_SIGN) {
        return habit_of_sign(p);
    }
    return p->now.kind != KITHI_TOKEN_END ? habit_of_word(p) : NULL;
}
