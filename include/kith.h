/*
 * kith: SQLite for customer data.
 *
 * A shop's own software links this library and opens one file. It stores what its systems say
 * (records, events, decisions of people) and answers who a customer is: one profile from many
 * records, golden values with their provenance, and the reasons.
 *
 * Only facts are stored as truth; everything else is a function of the facts, the definitions and
 * a time `now`, kept up to date as a cache. No function reads the wall clock.
 *
 * This header includes the whole public interface. Each topic stands in a header of its own.
 */
#ifndef KITH_H
#define KITH_H

#include "kith/base.h"
#include "kith/arrow.h"
#include "kith/store.h"
#include "kith/fact.h"
#include "kith/match.h"
#include "kith/identity.h"
#include "kith/profile.h"
#include "kith/segment.h"
#include "kith/state.h"
#include "kith/query.h"
#include "kith/rfm.h"
#include "kith/ingest.h"
#include "kith/insight.h"
#include "kith/learn.h"
#include "kith/basket.h"

#endif
