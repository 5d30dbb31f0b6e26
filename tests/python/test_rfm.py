"""Transaction.rfm: what it gives, of whom, and how it is stopped."""

from datetime import date
from decimal import Decimal

import kith
import pytest


@pytest.fixture
def orders(store):
    """Customer number n of 20 bought n times, last n days before June 1st, for n each; one never bought."""
    with store.write() as txn:
        txn.put("crm", "nobody", {"given_name": "Nobody"}, "2024-01-01")
        for number in range(1, 21):
            txn.put("crm", str(number), {"city": "York" if number % 2 else "Ayr"}, "2024-01-01")
            for order in range(number):
                txn.event("crm", str(number), "order", f"2024-05-{32 - number:02}T10:00:00Z", {"total": number},
                          message_id=f"{number}-{order}")
    return store


def test_what_it_gives(orders, now):
    with orders.read() as txn:
        found = txn.rfm(now, customers=True)
    assert (found["today"], found["event"], found["amount"], found["refund"]) == (date(2024, 6, 1), "order", "total", None)
    assert (found["bins"], found["customer_count"], found["without_orders_count"]) == (5, 20, 1)
    assert found["order_count"] == 210 and found["spent"] == Decimal(2870)
    assert [len(found[cuts]) for cuts in ("day_cuts", "order_cuts", "spent_cuts")] == [4, 4, 4]
    assert sum(cell["customer_count"] for row in found["grid"] for cell in row) == 20
    assert [tier["name"] for tier in found["tiers"]] == ["platinum", "gold", "silver", "bronze"]
    assert found["tiers"][0]["least_spent"] == Decimal(400) and found["tiers"][3]["least_spent"] is None
    first, last = found["customers"][0], found["customers"][-1]
    assert (first["days"], first["order_count"], first["spent"]) == (1, 1, Decimal(1))
    assert (first["r"], first["f"], first["m"], first["segment"]) == (5, 1, 1, "new")
    assert (last["r"], last["f"], last["m"], last["segment"]) == (1, 5, 5, "cant_lose")
    for kind, groups in (("segment", found["segments"]), ("tier", found["tiers"])):
        for group in groups:
            mine = [customer for customer in found["customers"] if customer[kind] == group["name"]]
            assert len(mine) == group["customer_count"]
            assert sum(customer["spent"] for customer in mine) == group["spent"]
    with orders.read() as txn:
        assert txn.get(last["id"], now).id == last["id"] == txn.profile_id("crm", "20")


def test_who_is_compared(orders, now):
    with orders.read() as txn:
        found = txn.rfm(now, where="city = 'York'", bins=2, customers=True)
        assert found["customer_count"] == 10 and len(found["grid"]) == 2
        assert {customer["r"] for customer in found["customers"]} == {1, 2}
        assert "customers" not in txn.rfm(now)
        assert txn.rfm("2023-01-01")["customer_count"] == 0
        assert txn.rfm(now, where=kith.Expression("count(order) > 15", orders))["customer_count"] == 5


def test_before_the_end_of_a_write(orders, now):
    with orders.write() as txn:
        txn.event("crm", "1", "order", "2024-05-31T12:00:00Z", {"total": 99})
        assert txn.rfm(now)["spent"] == Decimal(2969)


def test_refunds(orders, now):
    with orders.write() as txn:
        txn.event("crm", "20", "return", "2024-05-31T12:00:00Z", {"total": 400})
    with orders.read() as txn:
        assert txn.rfm(now, refund="return")["spent"] == Decimal(2470)
        assert txn.rfm(now, refund="return")["refund"] == "return"


@pytest.mark.parametrize("wrong, said", [
    ({"event": "ordr"}, "no event 'ordr'; did you mean 'order'"),
    ({"amount": "totl"}, "no property 'totl'; did you mean 'total'"),
    ({"refund": "zzz"}, "no event 'zzz'; it has order"),
    ({"bins": 11}, "2 to 10 bins, not 11"),
    ({"where": "city"}, "condition"),
])
def test_what_is_wrong(orders, now, wrong, said):
    with orders.read() as txn, pytest.raises(kith.Invalid, match=said):
        txn.rfm(now, **wrong)


def test_a_store_without_orders(store, now):
    with store.read() as txn, pytest.raises(kith.Invalid, match="which events are orders"):
        txn.rfm(now)


def test_progress_may_stop_it(orders, now):
    told = []
    with orders.read() as txn:
        txn.rfm(now, progress=lambda *step: told.append(step))
        assert told and told[0][0] == "query"
        with pytest.raises(kith.Interrupted):
            txn.rfm(now, progress=lambda *step: False)
        with pytest.raises(ZeroDivisionError):
            txn.rfm(now, progress=lambda *step: 1 / 0)
        with pytest.raises(TypeError, match="progress must be callable"):
            txn.rfm(now, progress=5)
        assert txn.rfm(now)["customer_count"] == 20
