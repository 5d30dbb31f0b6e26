"""The twelve segments of the README on two published shops, beside the same questions asked in SQL of DuckDB.

shop_tables.py makes the tables that both sides read. The SQL is as plain as the meaning: windows are half-open,
(now - D, now]; what follows comes strictly later; a comparison with nothing is false. The counts are also written down
here, so that they are tested where there is no DuckDB. KITH_DATA is the folder of the data sets.
"""

import time
from datetime import datetime, timedelta, timezone

import kith
import pytest
import shop_tables

HEADER = f"{'segment':<18} {'now':<26} {'kith':>6} {'DuckDB':>6} {'seconds':>8} {'seconds':>8}"


# SQL: a customer is c, and $now the instant.

def within(event, days):
    return f"{event}.time > $now - INTERVAL {days} DAY AND {event}.time <= $now"


def some(table, *conditions, name="e"):
    """Whether the customer has such a row."""
    return (f"EXISTS (SELECT 1 FROM {table} AS {name} WHERE {name}.customer = c.customer"
            + "".join(f" AND {condition}" for condition in conditions) + ")")


def of(what, table, *conditions):
    """A figure of the customer's rows."""
    return f"(SELECT {what} FROM {table} AS e WHERE e.customer = c.customer AND {' AND '.join(conditions)})"


def has_tag(name):
    return some("tag", f"e.tag = '{name}'", "e.at <= $now", "$now < e.expires")


def consents(purpose, channel):
    """What was said last."""
    return "coalesce(" + of("arg_max(e.granted, e.at)", "consent", f"e.purpose = '{purpose}'",
                            f"e.channel = '{channel}'", "e.at <= $now") + ", false)"


# The twelve: kith's expression, and SQL's.

def vip(spent):
    return (f"sum(basket.amount LAST 365d) >= {spent} OR tag('vip')",
            f"coalesce({of('sum(e.amount)', 'basket', within('e', 365))}, 0) >= {spent} OR {has_tag('vip')}")


def lapsing_regular(times, days):
    return (f"count(basket LAST 365d) >= {times} AND NOT did(basket LAST {days}d)",
            f"{of('count(*)', 'basket', within('e', 365))} >= {times} AND NOT {some('basket', within('e', days))}")


def lovers(category, amount, days, times):
    return (f"count(purchase WHERE amount > {amount} AND category = '{category}' LAST {days}d) >= {times}",
            of("count(*)", "purchase", f"e.amount > {amount}", f"e.category = '{category}'", within("e", days))
            + f" >= {times}")


def onboarded_fast():
    return ("did(signup LAST 90d THEN basket WITHIN 7d)",
            some("signup", within("s", 90),
                 some("basket", "e.time > s.time", "e.time <= s.time + INTERVAL 7 DAY", "e.time <= $now"), name="s"))


def abandoned_cart():
    return ("did(cart_add LAST 7d THEN NOT basket WITHIN 2h) AND consent('marketing', 'sms')",
            some("cart_add", within("s", 7), "s.time + INTERVAL 2 HOUR <= $now", "NOT "
                 + some("basket", "e.time > s.time", "e.time <= s.time + INTERVAL 2 HOUR"), name="s")
            + f" AND {consents('marketing', 'sms')}")


def followed_up(first, then, same, days, after):
    """Bought, returned; of the groceries a campaign, and a coupon of it."""
    return (f"did({first} LAST {days}d THEN {then} WHERE {same} = prev.{same} WITHIN {after}d)",
            some(first, within("s", days),
                 some(then, "e.time > s.time", f"e.time <= s.time + INTERVAL {after} DAY", "e.time <= $now",
                      f"e.{same} = s.{same}"), name="s"))


def one_and_done():
    return ("count(basket) = 1 AND first(basket.at) < now - 90d",
            f"{of('count(*)', 'basket', 'e.time <= $now')} = 1"
            f" AND {of('min(e.time)', 'basket', 'e.time <= $now')} < $now - INTERVAL 90 DAY")


def channel_switcher():
    return ("first(basket.channel) = 'store' AND last(basket.channel) = 'web'",
            f"{of('arg_min(e.channel, e.time)', 'basket', 'e.time <= $now')} = 'store'"
            f" AND {of('arg_max(e.channel, e.time)', 'basket', 'e.time <= $now')} = 'web'")


def above_own_norm():
    return ("last(basket.amount) > 2 * avg(basket.amount LAST 180d)",
            f"{of('arg_max(e.amount, e.time)', 'basket', 'e.time <= $now')}"
            f" * {of('count(*)', 'basket', within('e', 180))} > 2 * {of('sum(e.amount)', 'basket', within('e', 180))}")


def birthday_month():
    return ("date_part('month', birth_date) = date_part('month', today) AND score('rfm_m') >= 4",
            "month(c.birth_date) = month($now)"
            f" AND {of('arg_max(e.value, e.at)', 'score', 'e.at <= $now')} >= 4")


def won_back(before, since):
    old, new = f"$now - INTERVAL {before} DAY", f"$now - INTERVAL {since} DAY"
    return (f"did(basket BEFORE now - {before}d) AND NOT did(basket FROM now - {before}d TO now - {since}d)"
            f" AND did(basket LAST {since}d)",
            f"{some('basket', f'e.time < {old}')} AND NOT {some('basket', f'e.time >= {old}', f'e.time < {new}')}"
            f" AND {some('basket', within('e', since))}")


def promo_target(where, sql_where, kinds, points):
    return (f"{where} AND no_tags(['staff', 'fraud']) AND distinct(purchase.sku LAST 90d) >= {kinds}"
            f" AND points('main') BETWEEN {points[0]} AND {points[1]} AND NOT segment('global_holdout')",
            f"{sql_where} AND NOT {has_tag('staff')} AND NOT {has_tag('fraud')}"
            f" AND {of('count(DISTINCT e.sku)', 'purchase', within('e', 90))} >= {kinds}"
            f" AND coalesce({of('sum(e.amount)', 'points', 'e.at <= $now')}, 0) BETWEEN {points[0]} AND {points[1]}"
            " AND NOT c.customer LIKE '%7'")


GROCERIES = {
    "VIP": vip(150),
    "lapsing regular": lapsing_regular(4, 30),
    "soda lovers": lovers("SOFT DRINKS", 2, 60, 2),
    "onboarded fast": onboarded_fast(),
    "abandoned cart": abandoned_cart(),
    "sent, redeemed": followed_up("campaign", "redemption", "campaign_id", 60, 30),
    "one-and-done": one_and_done(),
    "channel switcher": channel_switcher(),
    "above own norm": above_own_norm(),
    "birthday month": birthday_month(),
    "won back": won_back(90, 14),
    "promo target": promo_target("NOT home IN ('Renter', 'Homeowner')", "(c.home IS NULL OR c.home NOT IN"
                                 " ('Renter', 'Homeowner'))", 5, (20, 80)),
}
GIFTS = {
    "VIP": vip(5000),
    "lapsing regular": lapsing_regular(4, 60),
    "bag lovers": lovers("BAG", 15, 30, 3),
    "onboarded fast": onboarded_fast(),
    "abandoned cart": abandoned_cart(),
    "bought, returned": followed_up("purchase", "taken_back", "sku", 30, 14),
    "one-and-done": one_and_done(),
    "channel switcher": channel_switcher(),
    "above own norm": above_own_norm(),
    "birthday month": birthday_month(),
    "won back": won_back(180, 14),
    "promo target": promo_target("store_id IN ('United Kingdom', 'EIRE')", "c.store_id IN ('United Kingdom', 'EIRE')",
                                 5, (500, 2000)),
}

# How many are meant, at each instant.
COUNTS = {
    "groceries": {
        "VIP": [233, 286, 477, 590, 501],
        "lapsing regular": [355, 392, 507, 575, 2007],
        "soda lovers": [44, 30, 21, 22, 2],
        "onboarded fast": [75, 61, 20, 14, 6],
        "abandoned cart": [298, 297, 279, 237, 0],
        "sent, redeemed": [29, 25, 72, 41, 3],
        "one-and-done": [93, 96, 104, 82, 96],
        "channel switcher": [244, 257, 265, 285, 285],
        "above own norm": [177, 202, 190, 216, 186],
        "birthday month": [74, 62, 56, 82, 68],
        "won back": [41, 47, 68, 56, 0],
        "promo target": [375, 364, 299, 272, 128],
    },
    "gifts": {
        "VIP": [20, 240, 305, 385, 372],
        "lapsing regular": [0, 178, 215, 243, 297],
        "bag lovers": [5, 10, 17, 9, 3],
        "onboarded fast": [392, 181, 234, 285, 250],
        "abandoned cart": [108, 120, 155, 156, 35],
        "bought, returned": [64, 95, 144, 160, 102],
        "one-and-done": [0, 924, 927, 847, 903],
        "channel switcher": [69, 387, 450, 586, 586],
        "above own norm": [2, 22, 48, 38, 34],
        "birthday month": [28, 89, 106, 122, 122],
        "won back": [0, 19, 45, 54, 18],
        "promo target": [203, 602, 739, 890, 841],
    },
}


class Shop:
    """A shop in kith and, on demand, in DuckDB."""

    def __init__(self, name, tables, segments, instants, days, folder):
        self.name, self.tables, self.segments, self.folder = name, tables, segments, folder
        self.instants = [datetime.fromisoformat(instant) for instant in instants]
        self.bounds(*days)
        shop_tables.write(tables, folder)
        self.store = kith.open(folder / "shop.kith", create=True)
        self.fill()
        self.meant, self.seconds = {}, {}
        self.ask()

    def bounds(self, lapsed, away):
        """Where a moment matters: a regular lapses; somebody long away is back; a cart is given up."""
        baskets, carts = self.tables["basket"], self.tables["cart_add"]
        quiet, back = list(silences(baskets, lapsed)), list(silences(baskets, away))
        self.instants += [quiet[len(quiet) // 2][0] + timedelta(days=lapsed), back[len(back) // 2][1],
                          carts[len(carts) // 2]["time"] + timedelta(hours=2)]
        self.instants.sort()

    def fill(self):
        begin = utc(self.instants[0])
        self.store.import_file(self.folder / "customer.csv", "shop", now=begin, key="customer",
                               map={"customer": "number"}, settle=False)
        for event in shop_tables.EVENTS:
            report = self.store.import_file(self.folder / f"{event}.csv", "shop", now=begin, key="customer",
                                            event=event, time="time", settle=False)
            assert report["added_count"] == len(self.tables[event]) and not report["non_numbers"]
        with self.store.write() as txn:
            self.mark(txn)
            txn.put_segment("global_holdout", "number ENDS WITH '7'", begin)
            for name, (expression, _) in self.segments.items():
                txn.put_segment(name, expression, begin)

    def mark(self, txn):
        for row in self.tables["tag"]:
            txn.tag(("shop", row["customer"]), row["tag"], utc(row["at"]), expires=utc(row["expires"]), origin="rule")
        for row in self.tables["consent"]:
            txn.consent(("shop", row["customer"]), row["purpose"], row["granted"], utc(row["at"]),
                        channel=row["channel"])
        for row in self.tables["points"]:
            txn.points(("shop", row["customer"]), row["ledger"], row["entry"], row["amount"], utc(row["at"]))
        for row in self.tables["score"]:
            txn.score(("shop", row["customer"]), row["score"], row["value"], utc(row["at"]))

    def members(self, txn, condition, now):
        return {row["values"][0] for row in txn.query(condition, ["number"], now=utc(now))}

    def ask(self):
        """Who is meant by each at each instant, and in how many seconds, before anything is settled."""
        with self.store.read() as txn:
            for name, (expression, _) in self.segments.items():
                for now in self.instants:
                    begun = time.monotonic()
                    self.meant[name, now] = self.members(txn, expression, now)
                    self.seconds[name, now] = time.monotonic() - begun

    def database(self, duckdb):
        """The same files as tables."""
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        for name, columns in shop_tables.TABLES.items():
            kinds = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
            connection.execute(
                f"CREATE TABLE {name} AS SELECT * FROM read_csv('{self.folder / name}.csv', header = true, "
                f"auto_detect = false, quote = '\"', escape = '\"', columns = {{{kinds}}})")
        return connection


def silences(baskets, days):
    """Of whoever has bought four times: the baskets between which so many days went by, in order of the first."""
    times = {}
    for basket in baskets:
        times.setdefault(basket["customer"], []).append(basket["time"])
    found = [pair for each in times.values() for pair in zip(each[3:], each[4:])]
    return sorted((before, after) for before, after in found if after - before > timedelta(days=days))


def utc(instant):
    return instant.replace(tzinfo=timezone.utc)


SHOPS = {
    "groceries": (shop_tables.complete_journey, GROCERIES, ("2018-01-01", "2018-02-14"), (30, 90)),
    "gifts": (shop_tables.online_retail, GIFTS, ("2011-12-10", "2011-12-20T12:00"), (60, 180)),
}


@pytest.fixture(scope="module", params=SHOPS)
def shop(request, tmp_path_factory):
    tables, segments, instants, days = SHOPS[request.param]
    made = Shop(request.param, tables(), segments, instants, days, tmp_path_factory.mktemp(request.param))
    with made.store:
        yield made


def test_counts(shop):
    """As they were found with DuckDB beside them; none is of nobody, or of all, at every instant."""
    found = {name: [len(shop.meant[name, now]) for now in shop.instants] for name in shop.segments}
    assert found == COUNTS[shop.name]
    for counts in found.values():
        assert 0 < max(counts) < len(shop.tables["customer"])


def test_duckdb_says_the_same(shop):
    duckdb = pytest.importorskip("duckdb", reason="DuckDB isn't there to ask the same in SQL: pip install duckdb")
    connection = shop.database(duckdb)
    print(f"\n{shop.name}\n{HEADER}")
    for name, (_, condition) in shop.segments.items():
        for now in shop.instants:
            begun, ours = time.monotonic(), shop.meant[name, now]
            query = f"SELECT c.customer FROM customer AS c WHERE {condition}"
            theirs = {row[0] for row in connection.execute(query, {"now": now}).fetchall()}
            print(f"{name:<18} {now!s:<26} {len(ours):>6} {len(theirs):>6} {shop.seconds[name, now]:>8.3f}"
                  f" {time.monotonic() - begun:>8.3f}")
            assert ours == theirs, (name, now, sorted(ours - theirs)[:3], sorted(theirs - ours)[:3])


def test_settled_and_told(shop):
    """Stored sets hold the same, and so do all who entered without those who left."""
    inside, since = {name: set() for name in shop.segments}, 0
    for now in shop.instants[-2:]:
        wanted = {name: shop.meant[name, now] for name in shop.segments}
        shop.store.settle(utc(now))
        with shop.store.read() as txn:
            stored = {name: shop.members(txn, f"segment('{name}')", now) for name in shop.segments}
            number = {row["id"]: row["values"][0] for row in txn.query(None, ["number"], now=utc(now))}
            for change in txn.transitions(since):
                since = change["sequence"]
                if change["segment"] in inside:
                    members = inside[change["segment"]]
                    (members.add if change["entered"] else members.remove)(number[change["id"]])
        assert stored == wanted
        assert inside == wanted
    assert shop.store.verify(utc(shop.instants[-1])) == []
    print(f"{shop.name}: {since} transitions")
