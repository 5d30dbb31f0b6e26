"""Nothing is leaked, neither objects nor reader slots, however things end."""

import gc
import sys

import kith
import pytest


def everything(store, now):
    with store.write() as txn:
        txn.put("crm", "1", {"email": ["amy@mail.example", "ben@mail.example"], "birth_date": "1980-01-01", "n": [1]}, 0)
        txn.event("crm", "1", "order", 1, {"total": 5, "lines": [{"sku": "x"}]})
        with pytest.raises(TypeError):
            txn.put("crm", "1", {"a": [object()]}, 0)
    with store.read() as txn:
        for record in txn.records():
            assert record["id"]
        for profile in txn.profiles(now):
            profile.to_dict()
            profile.golden_values
        next(txn.events("crm", "1"))
        txn.why(("crm", "1"), ("crm", "1"))
        txn.how(("crm", "1"))
        assert txn.record("crm", "none") is None
        with pytest.raises(kith.Error):
            txn.find("none", "x", now)
    store.export("profiles", now=now)
    store.stat()
    store.config()
    store.settle(now)
    with pytest.raises(kith.NotFound):
        kith.open(store.path + ".none")
    abandoned = store.write()
    abandoned.put("crm", "2", {"city": "Leeds"}, 0)
    del abandoned


def everything_scored(store, truth, now):
    store.resolve(now)
    with store.read() as txn:
        txn.pair(("crm", "3"), ("shop", "3"))
        txn.blame(("crm", "3"))
        txn.review(5, suggest=True)
        assert txn.search({"given_name": "Alice", "family_name": "Abbott"})["hits"]
        with pytest.raises(TypeError):
            txn.search({"city": object()})
        with pytest.raises(kith.Invalid):
            txn.search({"city": "Leeds"})
        assert txn.models() and txn.model()["comparisons"] and txn.compare_models(1) == []
        given = txn.export_model()
        with pytest.raises(kith.NotFound):
            txn.model(1 << 30)
    with pytest.raises(kith.Invalid):
        store.resolve(now, model={"records": given})
    with pytest.raises(kith.Invalid):
        store.resolve(now, train=True, model=given)
    assert store.evaluate(truth)["curve"]
    store.audit()
    with pytest.raises(ZeroDivisionError):
        store.audit(progress=lambda *_: 1 / 0)


def test_nothing_scored_is_leaked(people, truth, now):
    growths = []
    for _ in range(8):
        before = sys.getallocatedblocks()
        for _ in range(5):
            everything_scored(people, truth, now)
        gc.collect()
        growths.append(sys.getallocatedblocks() - before)
    assert min(growths) < 5, growths


def test_nothing_is_leaked(store, now):
    """The interpreter's own caches grow for a while; a leak grows by an object or more each time, for ever."""
    growths = []
    for _ in range(8):
        before = sys.getallocatedblocks()
        for _ in range(100):
            everything(store, now)
        gc.collect()
        growths.append(sys.getallocatedblocks() - before)
    assert min(growths) < 100, growths


def test_reader_slots_come_back(store):
    for _ in range(2000):
        store.read()
    assert store.stat()["record_count"] == 0


def test_types_count_their_references(store, now):
    with store.write() as txn:
        txn.put("crm", "1", {"email": "amy@mail.example"}, 0)
    with store.read() as txn:
        txn.find("email", "amy@mail.example", now)
        before = [sys.getrefcount(made) for made in (kith.Profile, kith.Transaction, kith.Iterator)]
        for _ in range(1000):
            txn.find("email", "amy@mail.example", now)
            txn.records()
            store.read()
        after = [sys.getrefcount(made) for made in (kith.Profile, kith.Transaction, kith.Iterator)]
    assert before == after
