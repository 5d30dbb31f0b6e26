"""Who is this? Profiles, their golden values, reasons, and how long a view holds."""

from datetime import datetime, timezone
from decimal import Decimal

import kith
import pytest

UTC = timezone.utc


def test_find(shop, now):
    with shop.read() as txn:
        ann = txn.find("email", " ANN@mail.example", now)
        assert ann.record_count == 2 and ann.event_count == 3 and ann.match_count == 1
        assert txn.find_ids("email", "nobody@mail.example") == []
        assert ann.records == [("crm", "1"), ("web", "77")]
        assert ann.id == txn.profile_of("web", "77", now).id == txn.profile_id("crm", "1")
        assert txn.get(ann.id, now).id == ann.id
        assert txn.get(txn.record("web", "77")["id"], now).id == ann.id
        assert repr(ann) == f"<kith.Profile {ann.id}>"
        assert not ann.pending and ann.computed


def test_golden_values(shop, now):
    with shop.read() as txn:
        ann = txn.find("phone", "+442079460958", now)
        assert ann.value("city") == "Leeds" and ann.value("state") is None and ann.golden("state") is None
        assert ann.golden("city") == {
            "attribute": "city",
            "value": "Leeds",
            "source": "web",
            "record": ("web", "77"),
            "at": datetime(2024, 3, 2, tzinfo=UTC),
            "status": "plain",
        }
        assert ann.attributes["phone"] == "+442079460958"
        assert {golden["attribute"] for golden in ann.golden_values} == set(ann.attributes)
        assert ann.golden("city") in ann.golden_values
        with pytest.raises(TypeError, match="attribute must be str"):
            ann.value(1)


def test_aggregates(shop, now):
    with shop.read() as txn:
        ann = txn.find("email", "ann@mail.example", now)
        assert set(ann.aggregates) == {"order", "call"}
        order = ann.aggregate("order")
        assert order == ann.aggregates["order"] and ann.aggregate("none") is None
        assert order["count"] == 2
        assert order["first"] == datetime(2024, 3, 3, 10, tzinfo=UTC)
        assert order["last"] == datetime(2024, 4, 3, 10, tzinfo=UTC)
        total = order["properties"]["total"]
        assert total == {"count": 2, "sum": Decimal("49.75"), "min": Decimal("19.5"), "max": Decimal("30.25"),
                         "overflow": False}
        assert ann.count_events() == 3 == txn.count_events(ann)
        assert ann.count_events("order") == 2 == txn.count_events(ann, type="order")
        assert ann.count_events("order", "2024-04-01") == 1 == ann.count_events(to="2024-03-01")
        assert ann.count_events("none") == 0
        with pytest.raises(TypeError, match="takes a Profile"):
            txn.count_events("order")


def test_sums_of_decimals_are_exact(store, now):
    with store.write() as txn:
        for i in range(3):
            txn.event("till", "1", "order", i, {"total": Decimal("0.1")})
        assert txn.profile_of("till", "1", now).aggregate("order")["properties"]["total"]["sum"] == Decimal("0.3")


def test_now_is_what_is_said(shop):
    with shop.read() as txn:
        assert txn.find("email", "ann@mail.example", "2024-03-31").aggregate("order")["count"] == 1
        assert txn.find("email", "ann@mail.example", "2024-01-31").event_count == 0


def test_to_dict_outlives_the_transaction(shop, now):
    with shop.read() as txn:
        ann = txn.find("email", "ann@mail.example", now).to_dict()
    assert ann["attributes"]["city"] == "Leeds"
    assert set(ann) == {"id", "record_count", "event_count", "pending", "next_change_at", "attributes", "aggregates",
                        "tags", "consents", "points", "scores", "score_values", "orders", "traits", "segments",
                        "records"}


@pytest.mark.parametrize("settle", [False, True])
def test_profiles(shop, now, settle):
    if settle:
        shop.settle(now)
    with shop.read() as txn:
        assert [profile.value("email") for profile in txn.profiles(now)] == ["ann@mail.example", "bob@mail.example"]
        kept = list(txn.profiles(now))
        assert [profile.value("email") for profile in kept] == ["ann@mail.example", "bob@mail.example"]
        assert [profile.id for profile in kept] == [profile.id for profile in txn.profiles(now)]
        assert [profile.computed for profile in kept] == [not settle] * 2


def test_view_ends_with_its_transaction(shop, now):
    with shop.read() as txn:
        ann = txn.find("email", "ann@mail.example", now)
        kept = list(txn.profiles(now))
    for profile in (ann, *kept):
        for call in (lambda: profile.id, lambda: profile.value("city"), profile.to_dict, lambda: profile.records,
                     profile.count_events, lambda: profile.golden("city")):
            with pytest.raises(kith.Misuse, match="the transaction has ended"):
                call()


def test_view_ends_with_the_next_write(shop, now):
    with shop.write() as txn:
        ann = txn.find("email", "ann@mail.example", now)
        profiles = txn.profiles(now)
        next(profiles)
        txn.patch("web", "77", {"city": "York"}, "2024-05-01")
        with pytest.raises(kith.Misuse, match="since the profile was read"):
            ann.value("city")
        with pytest.raises(kith.Misuse, match="wrote since these profiles were opened"):
            next(profiles)
        assert txn.find("email", "ann@mail.example", now).value("city") == "York"


def test_iterators_closed_early(shop, now):
    with shop.read() as txn:
        for make in (txn.records, lambda: txn.profiles(now), lambda: txn.events("web", "77")):
            with make() as iterator:
                first = next(iterator)
                assert first is not None
            assert list(iterator) == []
            iterator.close()
            abandoned = make()
            next(abandoned)
            del abandoned
            left_open = make()
            next(left_open)
            finished = make()
            assert len(list(finished)) >= 2 and list(finished) == []
    with pytest.raises(kith.Misuse, match="the transaction has ended"):
        next(left_open)
    left_open.close()


def test_a_profile_of_a_closed_iterator(shop, now):
    with shop.read() as txn:
        with txn.profiles(now) as profiles:
            ann = next(profiles)
        assert ann.value("email") == "ann@mail.example"
        assert next(txn.profiles(now)).value("email") == "ann@mail.example"


def test_why(shop):
    with shop.read() as txn:
        why = txn.why(("crm", "1"), ("web", "77"))
        assert why["same"] is True
        ((step,),) = why["paths"]
        assert step in why["steps"]
        assert (step["kind"], step["type"], step["value"]) == ("link", "email", "ann@mail.example")
        assert {step["a"], step["b"]} == {("crm", "1"), ("web", "77")}
        why = txn.why(("crm", "1"), ("crm", "2"))
        assert why["same"] is False and why["paths"] == []
        assert [step["kind"] for step in why["steps"]] == ["nothing"]
        with pytest.raises(kith.NotFound, match='no record "9" of the source "crm"'):
            txn.why(("crm", "9"), ("crm", "2"))


def test_vetoes_by_numbers_and_booleans(tmp_path):
    config = {
        "identifiers": {"chain_id": {"normalise": "exact", "veto": ["height", "vip"]}},
        "attributes": {"height": {"type": "real"}, "vip": {"type": "boolean"}},
    }
    pairs = [
        ({"height": 1.8}, {"height": 1.9}, "height: 1.8 / 1.9"),
        ({"height": 0.0}, {"height": -0.0}, None),
        ({"vip": True}, {"vip": False}, "vip: true / false"),
        ({"vip": True}, {"height": 1.8}, None),
    ]
    with kith.open(tmp_path / "veto.kith", create=True, config=config) as store:
        with store.write() as txn:
            for i, (a, b, _) in enumerate(pairs):
                txn.put("crm", f"a{i}", {"chain_id": f"z{i}", **a}, at=1)
                txn.put("crm", f"b{i}", {"chain_id": f"z{i}", **b}, at=2)
        with store.read() as txn:
            for i, (_, _, detail) in enumerate(pairs):
                why = txn.why(("crm", f"a{i}"), ("crm", f"b{i}"))
                assert why["same"] == (detail is None)
                assert why["steps"][0]["detail"] == detail


def test_a_veto_names_the_records_that_clash(shop):
    phone = "+44 20 7946 0111"
    with shop.write() as txn:
        txn.put("pos", "1", {"given_name": "Ann", "loyalty_id": "L1"}, "2024-01-01")
        txn.put("pos", "2", {"loyalty_id": "L1", "phone": phone}, "2024-01-02")
        txn.put("pos", "3", {"given_name": "Robert", "phone": phone}, "2024-01-03")
    with shop.read() as txn:
        (step,) = txn.why(("pos", "1"), ("pos", "3"))["steps"]
        said = {step["a"]: step["clash_a"], step["b"]: step["clash_b"]}
        assert said == {("pos", "2"): ("pos", "1"), ("pos", "3"): ("pos", "3")}
        values = step["detail"].removeprefix("given_name: ").split(" / ")
        assert dict(zip((step["clash_a"][1], step["clash_b"][1]), values)) == {"1": "ann", "3": "robert"}
        (step,) = txn.why(("pos", "1"), ("pos", "2"))["steps"]
        assert step["clash_a"] is None and step["clash_b"] is None


def test_how(shop, now):
    with shop.read() as txn:
        steps = txn.how(("web", "77"))
        assert [step["kind"] for step in steps] == ["link"]
        assert txn.how(txn.find("email", "ann@mail.example", now)) == steps
        assert txn.how(("crm", "2")) == []
        with pytest.raises(TypeError):
            txn.how("web")


def test_link_and_unlink(shop, now):
    with shop.write() as txn:
        txn.put("till", "5", {"city": "Leeds"}, "2024-02-01")
        assert txn.link(("crm", "1"), ("till", "5"), by="kim", at=now) == "added"
        assert txn.link(("crm", "1"), ("till", "5"), by="kim", at=now) == "unchanged"
    with shop.read() as txn:
        assert txn.profile_of("till", "5", now).record_count == 3
        (step,) = txn.why(("till", "5"), ("crm", "1"))["paths"][0]
        assert (step["type"], step["value"]) == ("assertion", "kim")
        assert len(txn.how(("till", "5"))) == 2
    with shop.write() as txn:
        txn.unlink(("crm", "1"), ("till", "5"), by="kim", at="2024-06-02")
        txn.unlink(("web", "77"), ("crm", "1"), by="kim", at="2024-06-02")
    with shop.read() as txn:
        assert txn.profile_of("till", "5", now).record_count == 1
        why = txn.why(("crm", "1"), ("web", "77"))
        assert not why["same"] and "unlinked" in {step["kind"] for step in why["steps"]}
    with shop.write() as txn:
        with pytest.raises(kith.NotFound):
            txn.link(("crm", "1"), ("crm", "none"), by="kim", at=0)
        with pytest.raises(kith.Invalid):
            txn.link(("crm", "1"), ("crm", "1"), by="kim", at=0)
        with pytest.raises(TypeError, match="by position"):
            txn.link(("crm", "1"), ("crm", "2"), "kim", 0)
