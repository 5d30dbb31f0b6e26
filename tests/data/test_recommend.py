"""Recommendations held to what was bought then, by the binding: a published wholesaler's customers.

KITH_DATA is the folder of the larger data sets.
"""

from collections import defaultdict

import kith
import pytest
from shop_tables import read

NOW, TURN = "2012-01-01", "2011-11-01"


@pytest.fixture(scope="module")
def lines():
    """Of a known customer, with a quantity and a price above 0."""
    return [(row["CustomerID"], row["InvoiceDate"], row["InvoiceNo"], row["Description"].strip())
            for row in read("online_retail/online_retail.csv.gz")
            if row["CustomerID"] and int(row["Quantity"]) > 0 and float(row["UnitPrice"]) > 0]


@pytest.fixture(scope="module")
def retail(lines, tmp_path_factory):
    orders = defaultdict(list)
    for customer, time, order, item in lines:
        orders[customer, time, order].append(item)
    with kith.open(tmp_path_factory.mktemp("retail") / "retail.kith", create=True) as store:
        with store.write() as txn:
            for (customer, time, order), items in orders.items():
                txn.event("shop", customer, "order", time, {"order_id": order, "item": items})
        yield store


def shares(lines, read_baskets, txn, **measure):
    """Of ten items each, how many were bought from the turn on: new ones, what most buy, repeats."""
    before, later = defaultdict(set), defaultdict(set)
    for customer, time, _, item in lines:
        (later if time >= TURN else before)[customer].add(item)
    right = popular = again = told_new = told_again = 0
    usual = [item["item"] for item in sorted(read_baskets.items(), key=lambda item: -item["customer_count"])]
    similar = read_baskets.similar(**measure)
    for customer in set(before) & set(later):
        made = similar.recommend(txn.profile_of("shop", customer, NOW))
        new = {one["item"] for one in made if one["kind"] == "new"}
        repeats = {one["item"] for one in made if one["kind"] == "repeat"}
        assert not new & before[customer] and repeats <= before[customer]
        first = later[customer] - before[customer]
        right, told_new = right + len(first & new), told_new + len(new)
        popular += len(first & set([item for item in usual if item not in before[customer]][:10]))
        again, told_again = again + len(later[customer] & repeats), told_again + len(repeats)
    return right / told_new, popular / told_new, again / told_again


@pytest.mark.parametrize("by", ["cosine", "ratio"])
def test_what_is_recommended_is_bought(by, lines, retail):
    """Learnt of what was bought before November 2011, held to what was bought from then on."""
    with retail.read() as txn:
        new, popular, again = shares(lines, txn.baskets("order", "item", "order_id", now=NOW, to=TURN), txn, by=by)
    print(f"by {by}: of ten new ones bought {new:.4f}, of the ten that most buy {popular:.4f}, of ten repeats {again:.4f}")
    assert new > 0.06 and new > 1.7 * popular and again > 0.3


def test_threads_make_no_difference(retail):
    with retail.read() as txn:
        one, many = (txn.baskets("order", "item", "order_id", now=NOW, threads=threads) for threads in (1, 4))
    assert one.items() == many.items()
    assert one.rules(0.005, threads=1) == many.rules(0.005, threads=4)
    assert one.similar(threads=1).pairs() == many.similar(threads=4).pairs()
