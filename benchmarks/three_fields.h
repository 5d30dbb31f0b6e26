/*
 * How fast two persons are compared by given name, family name and birth date: by kith, with all
 * that a comparison is in `kith resolve`, beside what anybody would write in C.
 *
 * kith compares features that were read from the records before, under a model that was learnt from
 * them: the words of both names in any order, nicknames, initials, sounds and slips; dates with
 * swapped or mistyped parts; and what the frequency of a shared name adds. The naive way is a
 * Jaro-Winkler for each name in its place, an equal for the dates, and a weight for each outcome.
 */
#ifndef KITH_BENCHMARKS_THREE_FIELDS_H
#define KITH_BENCHMARKS_THREE_FIELDS_H

#include "harness.h"

/* Adds its rows and remarks to a table. */
void three_fields_measure(const bench_options *options, bench_table *table);

#endif
