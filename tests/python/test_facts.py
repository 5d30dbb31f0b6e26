"""Records, events and decisions through transactions."""

from datetime import datetime, timezone

import kith
import pytest


def at(day):
    return datetime(2024, 1, day, tzinfo=timezone.utc)


def test_put_patch_add(store):
    with store.write() as txn:
        assert txn.put("crm", "1", {"city": "Leeds", "email": "amy@mail.example"}, at(1)) == "added"
        assert txn.put("crm", "1", {"city": "Leeds", "email": "amy@mail.example"}, at(1)) == "unchanged"
        assert txn.put("crm", "1", {"city": "York"}, at(2)) == "updated"
        assert txn.record("crm", "1")["attributes"] == {"city": "York"}
        assert txn.patch("crm", "1", {"email": "ben@mail.example"}, at(3)) == "updated"
        assert txn.add("crm", "1", {"email": "cleo@mail.example"}, at(4)) == "updated"
        assert txn.patch("crm", "1", {"city": None}, at(5)) == "updated"
        assert txn.put("crm", "1", {"city": "Hull"}, at(1)) in ("ignored", "unchanged")
    with store.read() as txn:
        record = txn.record("crm", "1")
    assert sorted(record["attributes"]["email"]) == ["ben@mail.example", "cleo@mail.example"]
    assert set(record["attributes"]) == {"email"}
    assert (record["source"], record["key"], record["first_seen"], record["at"]) == ("crm", "1", at(1), at(5))
    assert len(record["id"]) == 32
    assert {value["status"] for value in record["values"]} == {"live"}


def test_several_values_and_statuses(store):
    with store.write() as txn:
        txn.put("crm", "1", {"email": ["amy@mail.example", "ben@mail.example", "no address"], "hobby": ["chess", "go"]}, 0)
        record = txn.record("crm", "1")
    assert set(record["attributes"]["email"]) == {"amy@mail.example", "ben@mail.example", "no address"}
    statuses = {value["value"]: value["status"] for value in record["values"]}
    assert statuses == {"amy@mail.example": "live", "ben@mail.example": "live", "no address": "invalid", "chess": "plain",
                        "go": "plain"}


def test_unicode_keys(store, now):
    with store.write() as txn:
        txn.put("\u95e8\u5e97", "\u5ba2-\U0001f600", {"given_name": "\u660e", "\u6807\u7b7e": "\u8001\u5ba2"}, 0)
    with store.read() as txn:
        assert txn.record("\u95e8\u5e97", "\u5ba2-\U0001f600")["attributes"]["\u6807\u7b7e"] == "\u8001\u5ba2"
        assert txn.profile_of("\u95e8\u5e97", "\u5ba2-\U0001f600", now).value("given_name") == "\u660e"


def test_nothing_found_is_none(shop, now):
    with shop.read() as txn:
        assert txn.record("crm", "none") is None
        assert txn.record("none", "1") is None
        assert txn.find("email", "none@mail.example", now) is None
        assert txn.get("0" * 32, now) is None
        assert txn.profile_of("crm", "none", now) is None
        assert txn.profile_id("crm", "none") is None
        assert list(txn.events("crm", "none")) == []
        with pytest.raises(kith.Invalid):
            txn.find("no such type", "x", now)
        with pytest.raises(kith.Invalid, match="32 hexadecimal"):
            txn.get("xyz", now)


def test_wrong_types_of_arguments(shop, now):
    with shop.write() as txn:
        for call, text in [
            (lambda: txn.record("crm", 1), "key must be str, not int"),
            (lambda: txn.put(1, "1", {}, 0), "source must be str, not int"),
            (lambda: txn.find("email", None, now), "value must be str, not NoneType"),
            (lambda: txn.why("crm", ("crm", "2")), "a must be a tuple (source, key), not str"),
            (lambda: txn.put("crm", "1", {}), "put() needs the argument 'at'"),
        ]:
            with pytest.raises(TypeError) as caught:
                call()
            assert str(caught.value) == text
        with pytest.raises(ValueError, match="key holds a NUL character"):
            txn.record("crm", "1\0")


def test_named_arguments(store, now):
    with store.write() as txn:
        txn.put(source="crm", key="1", attributes={"email": "amy@mail.example"}, at=0)
        txn.event(source="crm", key="1", type="order", time=5, properties=None, message_id=None)
    with store.read() as txn:
        assert txn.find(value="amy@mail.example", now=now, type="email").event_count == 1
        assert [event["time"] for event in txn.events("crm", key="1", from_=5, to=6)] != []


def test_events(shop):
    with shop.read() as txn:
        events = list(txn.events("web", "77"))
        assert [event["message_id"] for event in events] == ["o-1", "o-2"]
        assert events[0]["properties"] == {"total": 19.5, "items": 2} and events[0]["type"] == "order"
        assert [e["message_id"] for e in txn.events("web", "77", from_="2024-04-01")] == ["o-2"]
        assert [e["message_id"] for e in txn.events("web", "77", to="2024-04-01")] == ["o-1"]
        (call,) = txn.events("crm", "1")
        assert call["message_id"] is None and call["properties"] == {}
    with shop.write() as txn:
        assert txn.event("web", "77", "order", "2024-03-03T10:00:00Z", {"items": 2, "total": 19.5}, "o-1") == "unchanged"
        assert txn.event("crm", "9", "visit", 7) == "added"
        assert txn.record("crm", "9")["first_seen"] is None


def test_records(shop):
    with shop.read() as txn:
        assert [(r["source"], r["key"]) for r in txn.records()] == [("crm", "1"), ("web", "77"), ("crm", "2")]


def test_commit_and_abort(store):
    with pytest.raises(ZeroDivisionError):
        with store.write() as txn:
            txn.put("crm", "1", {"city": "Leeds"}, 0)
            1 / 0
    assert txn.ended
    txn = store.write()
    txn.put("crm", "2", {"city": "Leeds"}, 0)
    txn.abort()
    txn.abort()
    with store.write() as txn:
        txn.put("crm", "3", {"city": "Leeds"}, 0)
        txn.commit()
    with store.write() as txn:
        txn.put("crm", "4", {"city": "Leeds"}, 0)
        txn.abort()
    with store.begin(write=True) as txn:
        assert txn.writable
        txn.put("crm", "5", {"city": "Leeds"}, 0)
    with store.begin() as txn:
        assert [record["key"] for record in txn.records()] == ["3", "5"]


def test_ended_transaction_refuses(shop, now):
    with shop.read() as txn:
        pass
    assert repr(txn) == "<kith.Transaction to read, ended>"
    for call in (txn.records, txn.stat, txn.commit, txn.reset, txn.renew, lambda: txn.record("crm", "1"),
                 lambda: txn.find("email", "x@mail.example", now), lambda: txn.put("crm", "1", {}, 0), txn.__enter__,
                 lambda: txn.why(("crm", "1"), ("crm", "2")), txn.config, lambda: txn.settle(now),
                 lambda: txn.profiles(now), lambda: txn.events("crm", "1"), lambda: txn.profile_id("crm", "1")):
        with pytest.raises(kith.Misuse, match="the transaction has ended"):
            call()


def test_read_transaction_refuses_to_write(shop, now):
    with shop.read() as txn:
        for call in (lambda: txn.put("crm", "1", {}, 0), lambda: txn.event("crm", "1", "x", 0),
                     lambda: txn.link(("crm", "1"), ("crm", "2"), by="me", at=0)):
            with pytest.raises(kith.ReadOnly, match="a read transaction can't write"):
                call()
        assert txn.find("email", "bob@mail.example", now) is not None


def test_reset_and_renew(shop, now):
    txn = shop.read()
    profile = txn.find("email", "bob@mail.example", now)
    iterator = txn.records()
    next(iterator)
    with shop.write() as other:
        other.put("crm", "2", {"given_name": "Robert", "email": "bob@mail.example"}, now)
    assert profile.value("given_name") == "Bob"
    txn.reset()
    for call in (lambda: txn.find("email", "bob@mail.example", now), lambda: profile.id, lambda: next(iterator)):
        with pytest.raises(kith.Misuse, match="reset"):
            call()
    txn.renew()
    assert txn.find("email", "bob@mail.example", now).value("given_name") == "Robert"
    with pytest.raises(kith.Misuse, match="since the profile was read"):
        profile.id
    with pytest.raises(kith.Misuse):
        txn.renew()
    with pytest.raises(kith.Misuse, match="reset since these records were opened"):
        next(iterator)
    txn.reset()
    txn.abort()
    with shop.write() as txn, pytest.raises(kith.Misuse, match="only a read transaction"):
        txn.reset()


def test_one_writer_in_a_thread(shop, now):
    with shop.write():
        for call in (shop.write, lambda: shop.settle(now), lambda: shop.import_file("x", "s", now=now),
                     lambda: shop.apply_config({})):
            with pytest.raises(kith.Misuse, match="holds a write transaction"):
                call()
        with shop.read() as txn:
            assert txn.stat()["record_count"] == 3
    with shop.write():
        pass


def test_a_bad_put_leaves_the_transaction_usable(store):
    with store.write() as txn:
        with pytest.raises(kith.Invalid):
            txn.put("crm", "", {"city": "Leeds"}, 0)
        with pytest.raises(kith.Invalid):
            txn.put("crm", "1", {"note": "x" * 70000}, 0)
        assert txn.put("crm", "1", {"city": "Leeds"}, 0) == "added"
    assert store.stat()["record_count"] == 1
