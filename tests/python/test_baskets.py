"""Baskets: which events are one, what is bought together, what goes with an item, and what is bought next."""

import math
import threading

import kith
import pytest

NOW = "2024-06-01"

# Each customer's orders, one a day.
ORDERS = {
    "ann": [["mug", "tea"], ["tea"], ["mug", "tea", "pot"]],
    "bob": [["mug", "tea"], ["pot"]],
    "cid": [["mug", "tea", "pot"]],
    "dee": [["book"], ["book"], ["book", "pen"]],
    "eve": [["book", "pen"], ["mug", "tea"]],
}


@pytest.fixture
def shop(store):
    with store.write() as txn:
        for customer, orders in ORDERS.items():
            txn.put("crm", customer, {"email": f"{customer}@mail.example"}, "2024-01-01")
            for number, items in enumerate(orders):
                for item in items:
                    txn.event("crm", customer, "order", f"2024-03-{number + 1:02}", {"sku": item, "number": number})
    return store


@pytest.fixture
def baskets(shop):
    with shop.read() as txn:
        return txn.baskets("order", "sku", now=NOW)  # it outlives the transaction


def test_baskets_are_the_orders_of_each_customer(shop, baskets):
    assert baskets.summary == {
        "customer_count": 5, "basket_count": 11, "item_count": 5, "line_count": 20, "left_out_count": 0}
    assert [item["item"] for item in baskets.items()] == ["book", "mug", "pen", "pot", "tea"]
    # Ann, Bob, Cid and Eve have bought tea; Ann had two orders behind the first one with it, both with tea, Bob one.
    assert baskets.item("tea") == {
        "item": "tea", "basket_count": 6, "customer_count": 4, "again_count": 1, "repeat_share": 2 / 3}
    assert baskets.item("cake") is None
    with shop.read() as txn:
        by_number = txn.baskets("order", "sku", "number", now=NOW)  # the same: they are numbered day by day
        assert by_number.summary == baskets.summary
        assert txn.baskets(now=NOW).summary == baskets.summary  # the usual names


def test_whose_and_which_baskets_count(shop):
    with shop.read() as txn:
        def count(**options):
            return txn.baskets("order", "sku", **{"now": NOW, **options}).summary["basket_count"]

        assert count(where="email STARTS WITH 'ann'") == 3
        assert count(where=kith.Expression("count(order) = 3")) == 3  # Bob, of two orders with three lines; Cid
        assert count(now="2024-03-01") == 5
        assert count(from_="2024-03-02") == 6
        assert count(to="2024-03-02") == 5
        assert count(from_="2024-03-02", to="2024-03-02") == 0


def test_a_list_of_items_is_a_basket(store):
    with store.write() as txn:
        txn.event("crm", "1", "order", "2024-03-01", {"lines": [{"sku": "mug"}, {"sku": 7}, {"sku": "mug"}]})
        txn.event("crm", "1", "order", "2024-03-02", {"lines": [{"sku": "7"}, {"sku": True}, {"price": 3}]})
        read = txn.baskets("order", "lines.sku", now=NOW)
        assert read.summary == {
            "customer_count": 1, "basket_count": 2, "item_count": 2, "line_count": 3, "left_out_count": 1}
        assert [item["item"] for item in read.items()] == ["7", "mug"]


def test_rules(baskets):
    found = baskets.rules(0.3, min_confidence=0)
    assert {name: found[name] for name in ("basket_count", "min_count", "item_count", "itemset_count")} == {
        "basket_count": 11, "min_count": 4, "item_count": 3, "itemset_count": 4}
    rule = next(rule for rule in found["rules"] if rule["antecedent"] == ("tea",))
    assert rule["consequent"] == ("mug",)
    assert (rule["antecedent_baskets"], rule["consequent_baskets"], rule["both_baskets"]) == (6, 5, 5)
    assert rule["support"] == pytest.approx(5 / 11)
    assert rule["confidence"] == pytest.approx(5 / 6)
    assert rule["lift"] == pytest.approx(11 / 6)
    assert rule["leverage"] == pytest.approx(5 / 11 - 30 / 121)
    assert rule["conviction"] == pytest.approx((6 / 11) / (1 / 6))
    assert rule["p"] == pytest.approx(6 / math.comb(11, 5))
    assert rule["lift_low"] < rule["lift"] < rule["lift_high"]
    always = next(rule for rule in found["rules"] if rule["antecedent"] == ("mug",))
    assert always["confidence"] == 1 and always["conviction"] is None


def test_rules_by_what_is_asked_for(baskets):
    everything = baskets.rules(min_count=1, min_confidence=0, redundant=True, max_consequent=4)
    fewer = baskets.rules(min_count=1, min_confidence=0, max_consequent=4)
    assert len(everything["rules"]) == everything["rule_count"] == fewer["rule_count"] + fewer["redundant_count"]
    assert any(len(rule["consequent"]) == 2 for rule in everything["rules"])
    best = baskets.rules(min_count=1, limit=2, by="support", threads=3)
    assert [rule["both_baskets"] for rule in best["rules"]] == [5, 5]
    assert all(rule["p"] <= 0.02 for rule in baskets.rules(min_count=1, max_p=0.02)["rules"])
    assert baskets.rules(1.0)["rules"] == []
    for wrong in {"min_support": 0}, {"min_support": float("nan")}, {"min_confidence": 2}, {"max_items": 1}:
        with pytest.raises(kith.Invalid):
            baskets.rules(**wrong)
    with pytest.raises(ValueError, match="lift"):
        baskets.rules(by="luck")
    with pytest.raises(TypeError, match="min_support must be a number"):
        baskets.rules("often")
    with pytest.raises(kith.Limit, match="raise the least support"):
        baskets.rules(min_count=1, memory_bytes=200)


def test_similar_items(baskets):
    pairs = baskets.similar(["tea"]).pairs()
    assert [pair["other"] for pair in pairs] == ["mug", "pot"]
    assert pairs[0] == {
        "item": "tea", "other": "mug", "item_customers": 4, "other_customers": 4, "both_customers": 4,
        "later_customers": 0, "cosine": 1.0, "likelihood_ratio": pytest.approx(10 * math.log(5) - 8 * math.log(4))}
    assert pairs[1]["later_customers"] == 2  # Ann and Bob bought the pot later
    assert {pair["item"] for pair in baskets.similar().pairs()} == {"mug", "tea", "pot", "book", "pen"}
    assert all(pair["likelihood_ratio"] > 0 for pair in baskets.similar(by="ratio", min_customers=1).pairs())
    with pytest.raises(kith.NotFound, match="no basket has 'mugs'; did you mean 'mug'"):
        baskets.similar(["mugs"])
    with pytest.raises(TypeError, match="items must be a list"):
        baskets.similar("tea")


def test_what_is_bought_next(shop, baskets):
    with shop.read() as txn:
        bob = txn.profile_of("crm", "bob", NOW)
        for similar in baskets.similar(min_customers=1), baskets.similar(customer=bob, min_customers=1):
            made = similar.recommend(bob)
            assert [(one["kind"], one["item"]) for one in made] == [
                ("repeat", "tea"), ("repeat", "mug"), ("repeat", "pot"), ("new", "book"), ("new", "pen")]
            # Of tea: no hit in one later order, while two of three are usual.
            assert made[0]["score"] == pytest.approx((0 + 5 * 2 / 3) / (1 + 5))
            assert (made[0]["basket_count"], made[0]["later_count"]) == (1, 1)
            assert [reason["item"] for reason in made[3]["reasons"]] == ["mug", "tea"]
            assert sum(reason["part"] for reason in made[3]["reasons"]) == pytest.approx(made[3]["score"])
        assert len(baskets.similar(min_customers=1).recommend(bob, limit=1, reasons=1)) == 2


def test_what_goes_with_the_basket_at_hand(baskets):
    similar = baskets.similar()
    assert [one["item"] for one in similar.recommend(items=["mug", "unheard of"])] == ["tea", "pot"]
    known_to_nobody = similar.recommend(limit=2)
    assert [one["item"] for one in known_to_nobody] == ["mug", "tea"]
    assert known_to_nobody[0]["score"] == 0.8 and known_to_nobody[0]["reasons"] == []


def test_what_is_wrong_is_told(shop):
    with shop.read() as txn:
        with pytest.raises(kith.Invalid, match="no event 'ordre'; did you mean 'order'"):
            txn.baskets("ordre", now=NOW)
        with pytest.raises(kith.Invalid, match="no property 'skus'; did you mean 'sku'"):
            txn.baskets("order", "skus", now=NOW)
        with pytest.raises(kith.Invalid, match="condition"):
            txn.baskets("order", "sku", now=NOW, where="email")
        with pytest.raises(kith.Limit, match="allow more"):
            txn.baskets("order", "sku", now=NOW, memory_bytes=10)
        with pytest.raises(TypeError, match="now"):
            txn.baskets("order", "sku")


def test_progress_is_told_and_may_stop(shop, baskets):
    told = []
    with shop.read() as txn:
        txn.baskets("order", "sku", now=NOW, progress=lambda *step: told.append(step[0]))
        assert set(told) == {"query"}
        with pytest.raises(kith.Interrupted):
            txn.baskets("order", "sku", now=NOW, progress=lambda *step: False)
        with pytest.raises(ZeroDivisionError):
            txn.baskets("order", "sku", now=NOW, progress=lambda *step: 1 / 0)
    told.clear()
    baskets.rules(0.1, progress=lambda *step: told.append(step[0]))
    baskets.similar(progress=lambda *step: told.append(step[0]))
    assert set(told) >= {"itemsets", "similar"}
    for ask in baskets.rules, baskets.similar:
        with pytest.raises(kith.Interrupted):
            ask(progress=lambda *step: False)


def test_nothing_was_bought(store):
    with store.write() as txn:
        txn.event("crm", "1", "order", "2024-03-01", {"sku": "mug"})
        empty = txn.baskets("order", "sku", now="2024-01-01")
    assert set(empty.summary.values()) == {0}
    assert empty.rules()["rules"] == [] and empty.similar().pairs() == [] and empty.similar().recommend() == []


def test_threads_share_baskets(baskets):
    expected, found = baskets.rules(min_count=1), []

    def ask():
        for _ in range(20):
            found.append(baskets.rules(min_count=1) == expected and len(baskets.similar().pairs()))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80 and len(set(found)) == 1 and found[0]


def test_they_are_made_by_a_transaction_only(baskets):
    for made in kith.Baskets, kith.Similar:
        with pytest.raises(TypeError, match="cannot create"):
            made()
