"""The main job on real data: the three sources of the truth set in examples/data, by identifiers alone.

The default definitions, no mapping. The figures reached are printed; the limits are the promises made.
"""

import csv
import itertools
import json
import os
import subprocess
from pathlib import Path

import pytest

KITH = os.environ.get("KITH_COMMAND", "kith")
DATA = Path(__file__).resolve().parents[2] / "examples/data"
SOURCES = ["CUSTOMERS", "REFERENCE", "WATCHLIST"]
NOW = "2024-06-01"

RECORDS = 159
TRUE_PAIRS = 108
LEAST_PRECISION = 0.98
LEAST_RIGHT_PAIRS = 40


def kith(*arguments, code=0):
    done = subprocess.run([KITH, *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, (arguments, done.stdout, done.stderr)
    return done.stdout


def answer(*arguments):
    return json.loads(kith(*arguments, "--json"))


def load(store, source):
    return answer("import", store, DATA / f"{source.lower()}.csv", "--source", source, "--now", NOW)


def made(store, sources=SOURCES):
    kith("init", store)
    for source in sources:
        load(store, source)
    return store


def clusters(store):
    """The profiles as sets of records, and the id of each."""
    members = {}
    for row in csv.DictReader(kith("export", store, "clusters").splitlines()):
        members.setdefault(row["profile_id"], set()).add((row["source"], row["key"]))
    return {frozenset(records): profile_id for profile_id, records in members.items()}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return made(tmp_path_factory.mktemp("truthset") / "shop.kith")


def test_precision_and_right_pairs(store, capsys):
    found = answer("eval", store, "--truth", DATA / "truth.csv")
    pairwise, bcubed = found["pairwise"], found["bcubed"]
    with capsys.disabled():
        print(f"\ntruth set, identifiers alone: precision {pairwise['precision']:.4f}, recall {pairwise['recall']:.4f}, "
              f"F1 {pairwise['f1']:.4f}; B-cubed F1 {bcubed['f1']:.4f}; {json.dumps(counts(found))}")
    assert pairwise["precision"] >= LEAST_PRECISION
    assert round(pairwise["recall"] * TRUE_PAIRS) >= LEAST_RIGHT_PAIRS


def counts(found):
    return {key: value for key, value in found.items() if isinstance(value, int)}


def test_the_figures_are_right(store):
    """Counted anew, pair by pair."""
    truth = {}
    for row in csv.DictReader((DATA / "truth.csv").open(newline="")):
        truth[(row["source"], row["key"])] = row["entity"]
    assert len(truth) == RECORDS
    true = {pair for pair in itertools.combinations(sorted(truth), 2) if truth[pair[0]] == truth[pair[1]]}
    assert len(true) == TRUE_PAIRS
    found = {pair for records in clusters(store) for pair in itertools.combinations(sorted(records), 2)}
    right = len(found & true)
    told = answer("eval", store, "--truth", DATA / "truth.csv")["pairwise"]
    assert right >= LEAST_RIGHT_PAIRS
    assert told["precision"] == pytest.approx(right / len(found))
    assert told["recall"] == pytest.approx(right / len(true))


def test_the_key_itself_is_read(store):
    """The published key, under its own column names, says the same as the copy of it."""
    key, copy = (answer("eval", store, "--truth", DATA / f) for f in ("actual_truthset_key.csv", "truth.csv"))
    assert key["pairwise"] == copy["pairwise"] and key["bcubed"] == copy["bcubed"]


@pytest.mark.parametrize("order", list(itertools.permutations(SOURCES)), ids="-".join)
def test_order_does_not_matter(store, tmp_path, order):
    """Profile ids too: they are those of records, not of arrival."""
    assert clusters(made(tmp_path / "shop.kith", order)) == clusters(store)


def test_twice_is_once(tmp_path):
    store = made(tmp_path / "shop.kith")
    before = clusters(store), kith("export", store, "profiles", "--now", NOW), answer("stat", store)["records"]
    for source in SOURCES:
        again = load(store, source)
        assert again["added"] == 0 and again["updated"] == 0 and again["unchanged"] == again["rows"]
    assert (clusters(store), kith("export", store, "profiles", "--now", NOW), answer("stat", store)["records"]) == before


def test_all_is_sound(store):
    kith("verify", store, "--now", NOW)
    kith("check", store)
    assert answer("stat", store)["records"] == RECORDS


def test_a_family_with_one_address_stays_apart(store):
    told = kith("why", store, "CUSTOMERS:1015", "CUSTOMERS:1019")
    assert "refused" in told and "veto" in told
    mark, mary = (answer("profile", store, "--record", f"CUSTOMERS:{key}")["id"] for key in (1015, 1019))
    assert mark != mary


def test_orders_become_sums(tmp_path):
    """The orders of the web shop, first the customers in them, then the orders."""
    store = tmp_path / "shop.kith"
    orders = DATA / "rfm_data_orders.csv"
    kith("init", store)
    made_of = answer("import", store, orders, "--source", "shop", "--key", "customer_id",
                     "--map", "order_date=,revenue=", "--now", NOW)
    assert made_of["rows"] == 4906 and made_of["added"] == 995 and made_of["rejected"] == 0
    put = answer("import", store, orders, "--source", "shop", "--event", "order", "--key", "customer_id",
                 "--time", "order_date", "--map", "first_name=,last_name=,email=", "--now", NOW)
    # Orders of one customer, on one day and of one sum, are told apart by nothing.
    rows = list(csv.DictReader(orders.open(newline="")))
    distinct = {(row["customer_id"], row["order_date"], row["revenue"]) for row in rows}
    assert put["rejected"] == 0 and put["added"] == len(distinct)
    spent, bought = {}, {}
    for customer, _, revenue in distinct:
        spent[customer] = spent.get(customer, 0) + int(revenue)
        bought[customer] = bought.get(customer, 0) + 1
    told = {row["email"]: row for row in csv.DictReader(kith("export", store, "profiles", "--now", NOW).splitlines())}
    emails = {row["customer_id"]: row["email"].lower() for row in rows}
    for customer, total in spent.items():
        row = told[emails[customer]]
        assert (int(row["order.count"]), float(row["order.sum.revenue"])) == (bought[customer], total)
    kith("verify", store, "--now", NOW)
