"""Tags, consents, points and scores: what is said of a customer, and what stands."""

from datetime import datetime, timezone
from decimal import Decimal

import kith
import pytest

UTC = timezone.utc
ANN = ("crm", "1")


def ann_of(shop, now):
    return shop.read().profile_of(*ANN, now)


def test_a_tag_comes_and_goes(shop, now):
    with shop.write() as txn:
        assert txn.tag(ANN, "vip", "2024-05-01", value="gold", expires="2025-01-01", confidence=80, origin="rule",
                       by="desk") == "added"
        assert txn.tag(ANN, "vip", "2024-05-01", value="gold", expires="2025-01-01", confidence=80, origin="rule",
                       by="desk") == "unchanged"
        assert txn.tag(ANN, "late", "2024-07-01") == "added"
    ann = ann_of(shop, now)
    assert ann.tags == {"vip": ann.tag("vip")}
    assert ann.tag("vip") == {
        "tag": "vip", "value": "gold", "origin": "rule", "confidence": 80, "expires": datetime(2025, 1, 1, tzinfo=UTC),
        "record": ANN, "at": datetime(2024, 5, 1, tzinfo=UTC), "by": "desk",
    }
    assert ann.tag("late") is None
    assert ann.next_change_at == datetime(2024, 7, 1, tzinfo=UTC)
    assert set(ann_of(shop, "2024-12-31").tags) == {"late", "vip"}
    with shop.write() as txn:
        assert txn.untag(("web", "77"), "vip", "2024-05-20") == "added"
    ann = ann_of(shop, now)
    assert ann.tags == {}
    history = ann.tag_history()
    assert [(tag["tag"], tag["removed"], tag["record"]) for tag in history] == [
        ("vip", False, ANN), ("vip", True, ("web", "77")), ("late", False, ANN)]


@pytest.mark.parametrize("value", [None, True, -3, 0.5, "x", datetime(2024, 1, 1, tzinfo=UTC),
                                   datetime(2024, 1, 1).date()])
def test_values_of_tags(value, shop, now):
    with shop.write() as txn:
        txn.tag(ANN, "t", 0, value=value)
    found = ann_of(shop, now).tag("t")["value"]
    assert found == value and type(found) is type(value)


def test_consents(shop, now):
    with shop.write() as txn:
        txn.consent(ANN, "news", True, "2024-05-01", channel="sms", by="form 7")
        txn.consent(("web", "77"), "ads", True, "2024-05-01")
    ann = ann_of(shop, now)
    assert ann.consent("news", "sms") and ann.consent("news", channel="sms")
    assert not ann.consent("news") and not ann.consent("news", "mail") and not ann.consent("none")
    assert ann.consent("ads") and ann.consent("ads", "mail")
    assert ann.consents[1] == {"purpose": "news", "channel": "sms", "granted": True, "record": ANN,
                               "at": datetime(2024, 5, 1, tzinfo=UTC), "by": "form 7"}
    with shop.write() as txn:
        txn.consent(ANN, "ads", False, "2024-05-02")
    assert not ann_of(shop, now).consent("ads")


def test_points(shop, now):
    with shop.write() as txn:
        assert txn.points(ANN, "main", "R-1", 120, "2024-05-01", by="till") == "added"
        assert txn.points(ANN, "main", "R-1", 120, "2024-05-01", by="till") == "unchanged"
        txn.points(ANN, "main", "R-2", Decimal("-0.000001"), "2024-05-02")
        txn.points(("web", "77"), "main", "R-1", 0.1, "2024-05-03")
    ann = ann_of(shop, now)
    assert ann.balance("main") == Decimal("120.099999")
    assert ann.balance("none") == 0
    assert ann.points == {"main": {"balance": Decimal("120.099999"), "count": 3,
                                   "last": datetime(2024, 5, 3, tzinfo=UTC), "overflow": False}}


@pytest.mark.parametrize("amount, error", [
    (Decimal("0.0000001"), ValueError), (1e-7, ValueError), (2**63, OverflowError), ("12", TypeError),
    (float("nan"), ValueError), (float("inf"), OverflowError)])
def test_amounts_that_are_none(amount, error, shop):
    with shop.write() as txn, pytest.raises(error):
        txn.points(ANN, "main", "R-1", amount, 0)
    assert shop.stat()["mark_count"] == 0


def test_a_balance_that_is_too_large(shop, now):
    largest = Decimal(2**63 - 1).scaleb(-6)
    with shop.write() as txn:
        txn.points(ANN, "main", "a", largest, 0)
        assert txn.profile_of(*ANN, now).balance("main") == largest
        txn.points(ANN, "main", "b", 1, 0)
    ann = ann_of(shop, now)
    with pytest.raises(kith.Limit):
        ann.balance("main")
    assert ann.points["main"]["overflow"]


def test_scores(shop, now):
    with shop.write() as txn:
        txn.score(ANN, "churn", 0.83, "2024-05-01", by="model 3")
        txn.score(("web", "77"), "churn", 1, "2024-04-01")
    ann = ann_of(shop, now)
    assert ann.score("churn") == Decimal("0.83") and ann.score("none") is None
    assert ann.scores == {"churn": {"value": Decimal("0.83"), "record": ANN, "at": datetime(2024, 5, 1, tzinfo=UTC),
                                    "by": "model 3"}}
    shown = ann.to_dict()
    assert shown["scores"] == ann.scores
    assert shown["tags"] == {} and shown["consents"] == [] and shown["points"] == {}


def test_what_was_ever_said(shop, now):
    with shop.write() as txn:
        txn.consent(ANN, "news", True, "2024-05-01", channel="sms", by="form 7")
        txn.consent(("web", "77"), "news", False, "2024-05-02")
        txn.points(ANN, "main", "R-2", Decimal("-0.5"), "2024-05-02")
        txn.points(ANN, "main", "R-1", 3, "2024-05-01", by="till")
        txn.score(ANN, "churn", 0.83, "2024-05-01")
        txn.score(ANN, "churn", 0.5, "2024-05-03")
    ann = ann_of(shop, now)
    assert ann.consent_history() == [
        {"purpose": "news", "channel": "sms", "granted": True, "record": ANN, "at": datetime(2024, 5, 1, tzinfo=UTC),
         "by": "form 7"},
        {"purpose": "news", "channel": None, "granted": False, "record": ("web", "77"),
         "at": datetime(2024, 5, 2, tzinfo=UTC), "by": None}]
    assert ann.points_history() == [
        {"ledger": "main", "entry": "R-1", "amount": Decimal(3), "record": ANN, "at": datetime(2024, 5, 1, tzinfo=UTC),
         "by": "till"},
        {"ledger": "main", "entry": "R-2", "amount": Decimal("-0.5"), "record": ANN,
         "at": datetime(2024, 5, 2, tzinfo=UTC), "by": None}]
    assert [score["value"] for score in ann.score_history()] == [Decimal("0.83"), Decimal("0.5")]
    assert set(ann.score_history()[0]) == {"score", "value", "record", "at", "by"}


def test_of_whom(shop, now):
    with shop.write() as txn:
        ann = txn.profile_id(*ANN)
        assert txn.tag(ann, "seen", 0) == "added"
        for unknown in (("crm", "404"), "0" * 32):
            with pytest.raises(kith.NotFound):
                txn.tag(unknown, "seen", 0)
        with pytest.raises(kith.Invalid):
            txn.tag("nobody", "seen", 0)
        with pytest.raises(TypeError):
            txn.tag(7, "seen", 0)
    assert "seen" in ann_of(shop, now).tags


def test_what_is_refused(shop):
    with shop.write() as txn:
        with pytest.raises(kith.Invalid):
            txn.tag(ANN, "", 0)
        with pytest.raises(kith.Invalid):
            txn.tag(ANN, "vip", 0, confidence=101)
        with pytest.raises(kith.Invalid):
            txn.tag(ANN, "vip", 0, value=[1])
        with pytest.raises(ValueError, match="origin is one of"):
            txn.tag(ANN, "vip", 0, origin="dream")
    with shop.read() as txn, pytest.raises(kith.ReadOnly):
        txn.score(ANN, "churn", 1, 0)


def test_views_end_with_a_write(shop, now):
    with shop.write() as txn:
        ann = txn.profile_of(*ANN, now)
        txn.tag(ANN, "vip", 0)
        with pytest.raises(kith.Misuse):
            ann.tags  # noqa: B018


def test_a_file_is_tagged(shop, now, tmp_path):
    keys = tmp_path / "keys.csv"
    keys.write_text("name,customer id\nAnn,1\nNobody,404\n")
    steps = []
    report = shop.tag_file(keys, "crm", "fair", "2024-05-01", value=7,
                           progress=lambda *step: steps.append(step[0]))
    assert report == {"row_count": 2, "added_count": 1, "unchanged_count": 0, "unknown_count": 1,
                      "first_unknown_line": 3, "rejected_count": 0, "first_rejected_line": 0}
    assert set(steps) == {"tag"}
    assert ann_of(shop, now).tag("fair")["value"] == 7
    assert shop.tag_file(keys, "crm", "fair", "2024-05-02", key="customer_id", remove=True)["added_count"] == 1
    assert ann_of(shop, now).tags == {}
    with pytest.raises(kith.NotFound):
        shop.tag_file(tmp_path / "none.csv", "crm", "fair", 0)
    with pytest.raises(kith.Interrupted) as stopped:
        shop.tag_file(keys, "crm", "fair", 0, progress=lambda *step: False)
    assert stopped.value.report["row_count"] == 2  # they were committed before the question


def test_those_who_are_meant_are_tagged(shop, now):
    steps = []
    report = shop.tag_where("city = 'Leeds'", "spring", "2024-05-01", value="gold", dry_run=True)
    assert report == {"matched_count": 1, "added_count": 1, "unchanged_count": 0}
    assert ann_of(shop, now).tags == {}
    assert shop.tag_where(kith.Expression("city = 'Leeds'"), "spring", "2024-05-01", value="gold",
                          progress=lambda *step: steps.append(step[0])) == report
    assert set(steps) == {"query", "tag"}
    assert ann_of(shop, now).tag("spring")["value"] == "gold"
    assert shop.read().tag_counts(now) == {"spring": 1}
    assert shop.read().tag_counts("2024-04-30") == {}
    again = shop.tag_where("city = 'Leeds'", "spring", "2024-05-09", value="gold")
    assert again == {"matched_count": 1, "added_count": 0, "unchanged_count": 1}
    # The condition is asked as of `now`, which is `at` unless it is given.
    assert shop.tag_where("tag('spring')", "x", "2024-04-01", dry_run=True)["matched_count"] == 0
    assert shop.tag_where("tag('spring')", "x", "2024-04-01", now=now, dry_run=True)["matched_count"] == 1
    twin = kith.Expression("tag('spring')").json()
    assert shop.tag_where(twin, "spring", "2024-05-10", json=True, remove=True)["added_count"] == 1
    assert ann_of(shop, now).tags == {}
    with pytest.raises(kith.Invalid) as wrong:
        shop.tag_where("city = ", "x", now)
    assert wrong.value.position == 7
    with pytest.raises(kith.Interrupted) as stopped:
        shop.tag_where("TRUE", "x", now, progress=lambda phase, *step: phase != "tag")
    assert stopped.value.report["added_count"] == stopped.value.report["matched_count"]


def test_samples(shop, now):
    txn = shop.read()
    everybody = {row["id"] for row in txn.query(now=now)}
    half = {row["id"] for row in txn.query(now=now, sample=5000, salt="it's")}
    assert half == {row["id"] for row in txn.query("bucket('it''s', 0, 5000)", now=now)} <= everybody
    assert txn.count(None, now, sample=5000, salt="it's") == len(half)
    assert txn.count(None, now, sample=5000) == txn.count("bucket('sample', 0, 5000)", now)
    assert txn.count("TRUE", now, sample=10000) == len(everybody)
    with pytest.raises(kith.Invalid, match="1 to 10000 buckets"):
        txn.count(None, now, sample=10001)
