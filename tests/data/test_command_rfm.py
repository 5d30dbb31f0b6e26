"""RFM by the kith command: what was published of two sets of data, and shops of few customers.

KITH_COMMAND is the path of the built command, KITH_DATA the folder of the larger data sets.
"""

import csv
import json
import re
from decimal import Decimal

import pytest
from shop_tables import read
from test_command import ROOT, answer, ok, refused, rows, run, store  # noqa: F401

ORDERS = ROOT / "examples/data/rfm_data_orders.csv"
SEGMENTS = ["champions", "loyal", "cant_lose", "at_risk", "new", "promising", "potential_loyalist", "need_attention",
            "about_to_sleep", "hibernating", "lost"]
TIERS = ["platinum", "gold", "silver", "bronze"]


def put(store, folder, orders, event="order"):
    """Orders as (customer, time, amount), each with a number of its own: none is another one's copy."""
    path = folder / f"{event}.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["customer", "time", "amount", "number"])
        writer.writerows((*order, f"n{number}") for number, order in enumerate(orders))
    ok("import", store, path, "--source", "shop", "--event", event, "--key", "customer", "--time", "time")
    return store


def named(groups, kind):
    return {group[kind]: group for group in groups}


def test_help():
    text = ok("rfm", "--help")
    assert text.startswith("kith rfm: ") and "\n  kith rfm shop.kith" in text
    assert all(len(line) <= 100 for line in text.splitlines())


# The R package rfm, https://rfm.rsquaredacademy.com: of its data, with its own segments, what its tests expect.


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    path = tmp_path_factory.mktemp("rfm") / "rfm.kith"
    ok("init", path)
    ok("import", path, ORDERS, "--source", "shop", "--event", "order", "--key", "customer_id", "--time", "order_date")
    return path


def test_the_champions_of_rfm_orders(published):
    found = answer("rfm", published, "--as-of", "2006-12-31")
    print({key: found[key] for key in ("customers", "orders", "spent")}, found["cuts"])
    assert (found["customers"], found["orders"], found["spent"]) == (995, 4906, 464158)
    champions = named(found["segments"], "segment")["champions"]
    print(champions)
    assert (champions["customers"], champions["orders"], champions["spent"]) == (158, 1234, 120178)
    assert found["as_of"] == "2006-12-31" and (found["event"], found["amount"]) == ("order", "revenue")


def test_all_is_told_of_everybody_once(published):
    found = answer("rfm", published, "--as-of", "2006-12-31")
    assert [group["segment"] for group in found["segments"]] == SEGMENTS
    assert [group["tier"] for group in found["tiers"]] == TIERS
    for parts in (found["segments"], found["tiers"], found["grid"]):
        assert sum(part["customers"] for part in parts) == 995
        assert sum(Decimal(str(part["spent"])) for part in parts) == 464158
    customers = rows(ok("rfm", published, "--customers", "--as-of", "2006-12-31"))
    assert len({row["profile_id"] for row in customers}) == 995
    for kind, groups in (("segment", found["segments"]), ("tier", found["tiers"])):
        for group in groups:
            members = [row for row in customers if row[kind] == group[kind]]
            assert len(members) == group["customers"]
            assert sum(int(row["orders"]) for row in members) == group["orders"]
            assert sum(Decimal(row["spent"]) for row in members) == Decimal(str(group["spent"]))
    for cell in found["grid"]:
        both = [row for row in customers if (int(row["r"]), int(row["f"])) == (cell["r"], cell["f"])]
        assert len(both) == cell["customers"]
    last = ok("rfm", published, "--customers", "--as-of", "2006-12-31", "--json").splitlines()
    assert [json.loads(line)["profile_id"] for line in last] == [row["profile_id"] for row in customers]


def test_what_people_see(published):
    text = ok("rfm", published, "--as-of", "2006-12-31")
    assert "995 customers with orders, 0 without; 4,906 orders of 464,158.00" in text
    for name in SEGMENTS + TIERS:
        assert f"\n{name} " in text
    assert "\nR 5 " in text and "F 1" in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_an_earlier_day_knows_less(published):
    found = answer("rfm", published, "--as-of", "2005-01-01")
    with open(ORDERS, newline="", encoding="utf-8") as file:
        before = [row for row in csv.DictReader(file) if row["order_date"] <= "2005-01-01"]
    assert found["orders"] == len(before) < 4906
    assert found["customers"] == len({row["customer_id"] for row in before})
    assert found["without_orders"] == 995 - found["customers"]


def test_only_those_who_are_meant_are_compared(published):
    found = answer("rfm", published, "--where", "count(order) >= 6", "--as-of", "2006-12-31", "--bins", "3")
    assert min(int(row["orders"]) for row in rows(ok(
        "rfm", published, "--where", "count(order) >= 6", "--customers", "--as-of", "2006-12-31"))) == 6
    assert found["customers"] == answer("query", published, "count(order) >= 6", "--count", "--as-of",
                                        "2006-12-31")["count"]
    assert len(found["grid"]) == 9 and len(found["cuts"]["days"]) == 2


def documented():
    """The ranges of the segments, in their order, as rfm.h says them."""
    header = (ROOT / "include/kith/rfm.h").read_text(encoding="utf-8")
    for name in SEGMENTS:
        said = re.search(rf"^ \* +{name} +(R.*)$", header, re.M).group(1)
        ranges = dict(re.findall(r"([RFM]) ([1-5](?:-[1-5])?)", said))
        yield name, [ranges.get(letter, "1-5").split("-") for letter in "RFM"]


def test_segments_are_those_of_the_header(published):
    segments = list(documented())
    for row in rows(ok("rfm", published, "--customers", "--as-of", "2006-12-31")):
        fits = [name for name, ranges in segments
                if all(int(least[0]) <= int(row[score]) <= int(least[-1]) for score, least in zip("rfm", ranges))]
        assert row["segment"] == fits[0], row


def test_the_readme_s_figures(published):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme[readme.index("## What customers are worth"):]
    shown = re.search(r"^```\nas of(.+?)^\.\.\.\n```", section, re.M | re.S).group(1)
    assert ("as of" + shown).strip() in ok("rfm", published, "--as-of", "2006-12-31")


# Online Retail: who bought, without cancelled invoices.


def sales():
    for row in read("online_retail/online_retail.csv.gz"):
        if row["CustomerID"] and int(row["Quantity"]) > 0 and Decimal(row["UnitPrice"]) > 0:
            yield row, int(row["Quantity"]) * Decimal(row["UnitPrice"])


@pytest.fixture(scope="module")
def invoices(tmp_path_factory):
    """An order for each invoice of a customer, at its first line."""
    folder = tmp_path_factory.mktemp("retail")
    store, orders = folder / "retail.kith", {}
    for row, amount in sales():
        key = row["CustomerID"], row["InvoiceNo"]
        time, sum_ = orders.get(key, (row["InvoiceDate"], 0))
        orders[key] = min(time, row["InvoiceDate"]), sum_ + amount
    ok("init", store)
    return put(store, folder, [(customer, time, amount) for (customer, _), (time, amount) in orders.items()])


def test_lines_of_online_retail(tmp_path):
    lines = [(row["CustomerID"], row["InvoiceDate"] + f".{place % 1000000:06}", amount)
             for place, (row, amount) in enumerate(sales())]
    ok("init", tmp_path / "lines.kith")
    found = answer("rfm", put(tmp_path / "lines.kith", tmp_path, lines), "--as-of", "2011-12-10")
    print({key: found[key] for key in ("customers", "orders", "spent")})
    assert (found["customers"], found["orders"]) == (4338, 397884)
    assert round(found["spent"], 2) == 8911407.90


def test_invoices_of_online_retail(invoices):
    found = answer("rfm", invoices, "--as-of", "2011-12-10")
    assert (found["customers"], found["orders"]) == (4338, 18532)
    assert round(found["spent"], 2) == 8911407.90
    top = found["tiers"][:3]
    share = 100 * sum(tier["spent"] for tier in top) / found["spent"]
    print(f"{sum(tier['customers'] for tier in top)} customers are the top 20 %, with {share:.3f} % of the revenue")
    assert f"{share:.3f}" == "74.594"


def test_a_cohort_of_online_retail(invoices):
    """Who first bought in December 2010, and in which months they bought again."""
    months = [f"{2010 + (11 + month) // 12}-{(11 + month) % 12 + 1:02}-01" for month in range(14)]
    found = [answer("query", invoices, f"first(order.at) < {months[1]} AND did(order FROM {since} TO {until})",
                    "--count", "--as-of", "2011-12-31")["count"] for since, until in zip(months, months[1:])]
    print(found)
    assert found == [885, 324, 286, 340, 321, 352, 321, 309, 313, 350, 331, 445, 235]


# Shops of few customers.


@pytest.fixture
def small(store, tmp_path):  # noqa: F811
    return lambda orders, **more: put(store, tmp_path, orders, **more)


def finite(found):
    text = json.dumps(found)
    assert "NaN" not in text and "Infinity" not in text
    return found


def test_nobody(store, tmp_path):  # noqa: F811
    assert "which events are orders? name one: the store has none" in run("rfm", store).stderr
    put(store, tmp_path, [("a", "2024-05-01", 5)])
    found = finite(answer("rfm", store, "--as-of", "2024-01-01"))
    assert found["customers"] == 0 and found["without_orders"] == 1
    assert all(group["customers"] == 0 and group["median_days"] == 0 for group in found["segments"] + found["tiers"])
    assert "0 customers with orders, 1 without" in ok("rfm", store, "--as-of", "2024-01-01")


def test_one(small):
    found = finite(answer("rfm", small([("a", "2024-05-01", 5)]), "--as-of", "2024-05-02"))
    assert [group["segment"] for group in found["segments"] if group["customers"] == 1] == ["new"]
    assert [tier["tier"] for tier in found["tiers"] if tier["customers"] == 1] == ["platinum"]


def test_all_equal(small):
    shop = small([(f"c{i}", "2024-05-01", 7) for i in range(40)])
    found = finite(answer("rfm", shop, "--as-of", "2024-05-09"))
    assert len([group for group in found["segments"] if group["customers"] > 0]) == 1
    assert found["tiers"][0]["customers"] == 40
    assert {(row["days"], row["orders"], row["spent"]) for row in rows(ok(
        "rfm", shop, "--customers", "--as-of", "2024-05-09"))} == {("8", "1", "7.0")}


def test_nothing_spent(small):
    found = finite(answer("rfm", small([(f"c{i}", "2024-05-01", 0) for i in range(9)]), "--as-of", "2024-05-09"))
    assert found["spent"] == 0 and found["without_amounts"] == 9
    assert found["tiers"][-1]["customers"] == 9
    assert "9 of them never paid anything" in ok("rfm", small([]), "--as-of", "2024-05-09")


def test_amounts_as_texts_and_refunds(small):
    small([("a", "2024-05-01", "€1.234,50"), ("a", "2024-05-02", "-34.50"), ("b", "2024-05-03", "none"),
           ("b", "2024-05-04", 20)])
    shop = small([("b", "2024-05-05", 5), ("c", "2024-05-06", 5)], event="return")
    found = {row["orders"]: row for row in rows(ok("rfm", shop, "--event", "order", "--refund", "return", "--customers",
                                                   "--as-of", "2024-05-11"))}
    assert (found["1"]["spent"], found["1"]["days"]) == ("1200.0", "10")
    assert (found["2"]["spent"], found["2"]["days"]) == ("15.0", "7")
    report = answer("rfm", shop, "--refund", "return", "--as-of", "2024-05-11")
    assert (report["without_orders"], report["refund"]) == (1, "return")


def test_days_are_those_of_the_store(small, tmp_path):
    shop = small([("a", "2024-05-01T20:00:00Z", 5)])
    zone = tmp_path / "zone.json"
    zone.write_text('{"time_zone": "Asia/Shanghai"}')
    days = lambda: rows(ok("rfm", shop, "--customers", "--as-of", "2024-05-02T10:00:00Z"))[0]["days"]  # noqa: E731
    assert days() == "1"
    ok("config", shop, "--apply", zone)
    assert days() == "0"


@pytest.mark.parametrize("words, said", [
    (["--event", "ordr"], "the store has no event 'ordr'; did you mean 'order'?"),
    (["--amount", "amout"], "the store has no property 'amout'; did you mean 'amount'?"),
    (["--refund", "zebra"], "the store has no event 'zebra'; it has order"),
    (["--where", "amount >"], "expected"),
])
def test_what_is_asked_must_be_there(small, words, said):
    done = run("rfm", small([("a", "2024-05-01", 5)]), *words)
    assert done.returncode == 1 and said in done.stderr and done.stdout == ""


def test_which_events_are_orders_must_be_clear(small):
    small([("a", "2024-05-01", 5)])
    shop = small([("a", "2024-05-01", 5)], event="purchase")
    assert "the store has 'order' and 'purchase': name one" in run("rfm", shop).stderr.lower()
    assert answer("rfm", shop, "--event", "purchase", "--as-of", "2024-05-02")["customers"] == 1


@pytest.mark.parametrize("words", [["--bins", "1"], ["--bins", "11"], ["--format", "csv"],
                                   ["--customers", "--format", "arrow"]])
def test_wrong_use(small, words):
    done = run("rfm", small([("a", "2024-05-01", 5)]), *words)
    assert done.returncode == 2 and done.stderr.startswith("kith: ")
